//! The master key: what the file of credentials is encrypted with.
//!
//! It comes from `MEM_MASTER_KEY`, or from the file `master.key` beside the credentials, which only its owner may read. A
//! rotation lays the new key beside the old one first; whichever the credentials are encrypted with is the right one.

use std::path::{Path, PathBuf};

use fernet::Fernet;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::CredentialsError;
use crate::private_file;
use crate::secret::Secret;

/// The variable that holds the key.
pub const VARIABLE: &str = "MEM_MASTER_KEY";
/// The variable that holds the next key, for a rotation where the key comes from the environment.
pub const NEXT_VARIABLE: &str = "MEM_MASTER_KEY_NEXT";

const FILE: &str = "master.key";
const NEXT_FILE: &str = "master.key.next";

/// A key, ready to use.
pub(crate) struct MasterKey {
    fernet: Fernet,
    text: Zeroizing<String>,
}

impl MasterKey {
    /// Reads a key: 32 bytes in URL-safe base64, as `Fernet.generate_key()` of Python's `cryptography` makes them.
    pub(crate) fn parse(text: &str, from: &str) -> Result<Self, CredentialsError> {
        let text = Zeroizing::new(text.trim().to_owned());
        let fernet = Fernet::new(&text).ok_or_else(|| CredentialsError::Key { from: from.to_owned() })?;
        Ok(Self { fernet, text })
    }

    pub(crate) fn generate() -> Self {
        let text = Zeroizing::new(Fernet::generate_key());
        let fernet = Fernet::new(&text).expect("a generated key is a key");
        Self { fernet, text }
    }

    /// What tells keys apart without telling anything about them.
    pub(crate) fn id(&self) -> String {
        hex(&Sha256::digest(format!("mem key id {}", *self.text)))[..16].to_owned()
    }

    pub(crate) fn encrypt(&self, secret: &Secret) -> String {
        self.fernet.encrypt(secret.expose().as_bytes())
    }

    /// The secret in a token; `None` if it was made with another key or changed.
    pub(crate) fn decrypt(&self, token: &str) -> Option<Secret> {
        let bytes = Zeroizing::new(self.fernet.decrypt(token).ok()?);
        Some(Secret::new(std::str::from_utf8(&bytes).ok()?))
    }

    /// A checksum of `text` that nobody without the key can make.
    pub(crate) fn checksum(&self, text: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.text.as_bytes()).expect("HMAC takes keys of any length");
        mac.update(text.as_bytes());
        hex(&mac.finalize().into_bytes())
    }

    /// Lays the key down as the next one.
    pub(crate) fn write_next(&self, folder: &Path) -> Result<(), CredentialsError> {
        private_file::write(&folder.join(NEXT_FILE), self.text.as_bytes())
    }

    /// Makes the next key the one in force.
    pub(crate) fn adopt_next(folder: &Path) -> Result<(), CredentialsError> {
        private_file::rename(&folder.join(NEXT_FILE), &folder.join(FILE))
    }

    pub(crate) fn write(&self, folder: &Path) -> Result<(), CredentialsError> {
        private_file::write(&folder.join(FILE), self.text.as_bytes())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The file of the key.
pub(crate) fn path(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

/// Every key there is, the likeliest first, with where it comes from.
pub(crate) fn all(variable: Option<&Secret>, folder: &Path) -> Result<Vec<MasterKey>, CredentialsError> {
    if let Some(text) = variable {
        return Ok(vec![MasterKey::parse(text.expose(), VARIABLE)?]);
    }
    let mut keys = Vec::new();
    for name in [FILE, NEXT_FILE] {
        let path = folder.join(name);
        if let Some(text) = private_file::read(&path)? {
            keys.push(MasterKey::parse(&text, &path.display().to_string())?);
        }
    }
    Ok(keys)
}

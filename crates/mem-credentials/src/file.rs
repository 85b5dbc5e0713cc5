//! The encrypted file: a Fernet token a field, a checksum a venue.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::CredentialsError;
use crate::key::MasterKey;
use crate::private_file;
use crate::secret::Secret;
use crate::venue::{FieldName, VenueName};

/// The form of the file; a later one is refused, not guessed at.
const VERSION: u32 = 1;
/// Longest file that is read.
const LONGEST: usize = 16 << 20;

/// What is in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Content {
    version: u32,
    /// With which key its tokens are made.
    pub key_id: String,
    /// Counts up with every change: how a running program notices one.
    pub generation: u64,
    pub venues: BTreeMap<VenueName, Entry>,
}

/// The tokens of one venue.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    pub fields: BTreeMap<FieldName, String>,
    /// What stood before the last rotation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<BTreeMap<FieldName, String>>,
    /// When it was changed last, RFC 3339.
    pub updated: String,
    /// Keyed, so that it tells nothing and cannot be made anew by whoever changes the file.
    pub checksum: String,
}

impl Entry {
    fn summed(&self, venue: &VenueName) -> String {
        // Lengths before texts: no two entries give the same bytes.
        let mut text = format!("{venue}\n{}\n", self.updated);
        for (part, fields) in [("fields", Some(&self.fields)), ("previous", self.previous.as_ref())] {
            text.push_str(&format!("{part} {}\n", fields.map_or(0, BTreeMap::len)));
            for (field, token) in fields.into_iter().flatten() {
                text.push_str(&format!("{field} {} {token}\n", token.len()));
            }
        }
        text
    }

    pub(crate) fn seal(&mut self, venue: &VenueName, key: &MasterKey) {
        self.checksum = key.checksum(&self.summed(venue));
    }

    pub(crate) fn is_whole(&self, venue: &VenueName, key: &MasterKey) -> bool {
        self.checksum == key.checksum(&self.summed(venue))
    }

    /// The secret of a field.
    pub(crate) fn open(
        &self,
        venue: &VenueName,
        field: &FieldName,
        key: &MasterKey,
    ) -> Result<Option<Secret>, CredentialsError> {
        let Some(token) = self.fields.get(field) else { return Ok(None) };
        if !self.is_whole(venue, key) {
            return Err(CredentialsError::Changed { venue: venue.clone() });
        }
        key.decrypt(token).map(Some).ok_or_else(|| CredentialsError::Changed { venue: venue.clone() })
    }
}

impl Content {
    pub(crate) fn new(key: &MasterKey) -> Self {
        Self { version: VERSION, key_id: key.id(), generation: 0, venues: BTreeMap::new() }
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// What is wrong, without a word of what is in it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err("it is too long".to_owned());
        }
        // The parser's own message may hold a piece of the text.
        let content: Self = serde_json::from_str(text)
            .map_err(|error| format!("line {}, column {} is not what belongs there", error.line(), error.column()))?;
        if content.version != VERSION {
            return Err(format!("it has version {}, this program reads {VERSION}", content.version));
        }
        Ok(content)
    }

    pub(crate) fn path(folder: &Path) -> PathBuf {
        folder.join("credentials.json")
    }

    /// The file of a folder; `None` if there is none.
    pub(crate) fn read(folder: &Path) -> Result<Option<Self>, CredentialsError> {
        let path = Self::path(folder);
        let Some(text) = private_file::read(&path)? else { return Ok(None) };
        Self::parse(&text).map(Some).map_err(|reason| CredentialsError::Unreadable { path, reason })
    }

    pub(crate) fn write(&mut self, folder: &Path) -> Result<(), CredentialsError> {
        self.generation += 1;
        let text = serde_json::to_vec_pretty(self).expect("texts and numbers are always JSON");
        private_file::write(&Self::path(folder), &text)
    }

    /// The same content under another key.
    pub(crate) fn under(&self, old: &MasterKey, new: &MasterKey) -> Result<Self, CredentialsError> {
        let mut content = Self { key_id: new.id(), ..self.clone() };
        for (venue, entry) in &mut content.venues {
            let changed = || CredentialsError::Changed { venue: venue.clone() };
            if !entry.is_whole(venue, old) {
                return Err(changed());
            }
            let tokens = entry.fields.values_mut().chain(entry.previous.iter_mut().flat_map(BTreeMap::values_mut));
            for token in tokens {
                *token = new.encrypt(&old.decrypt(token).ok_or_else(changed)?);
            }
            entry.seal(venue, new);
        }
        Ok(content)
    }
}

/// Whether a text could be a file of credentials: what the fuzzer asks.
pub fn is_readable(text: &str) -> bool {
    Content::parse(text).is_ok()
}

//! Bytes that are written as text (base64) where a format has text only.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// Bytes of a file inside another.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Bytes(Vec<u8>);

impl Bytes {
    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl std::fmt::Debug for Bytes {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} bytes", self.0.len())
    }
}

impl From<Bytes> for String {
    fn from(bytes: Bytes) -> Self {
        STANDARD.encode(bytes.0)
    }
}

impl TryFrom<String> for Bytes {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        STANDARD.decode(text).map(Self).map_err(|_| "these are no bytes in base64")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_texts() {
        // RFC 4648, section 10.
        for (bytes, text) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(String::from(Bytes::from(bytes.as_bytes().to_vec())), text);
        }
        for wrong in ["Zg", "Zg=", "Z===", "Zm8*", "=Zm8"] {
            assert!(Bytes::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_is_read(bytes in proptest::collection::vec(0..=255_u8, 0..100)) {
            let bytes = Bytes::from(bytes);
            assert_eq!(Bytes::try_from(String::from(bytes.clone())), Ok(bytes));
        }
    }
}

//! Bytes that are written as text (base64) where a format has text only.

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

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

impl From<Bytes> for String {
    fn from(bytes: Bytes) -> Self {
        let mut text = Self::with_capacity(bytes.0.len().div_ceil(3) * 4);
        for chunk in bytes.0.chunks(3) {
            let word = chunk.iter().fold(0_u32, |word, byte| (word << 8) | u32::from(*byte)) << (8 * (3 - chunk.len()));
            for place in 0..4 {
                let digit = DIGITS[(word >> (18 - 6 * place)) as usize & 63];
                text.push(if place <= chunk.len() { char::from(digit) } else { '=' });
            }
        }
        text
    }
}

impl TryFrom<String> for Bytes {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        const WRONG: &str = "these are no bytes in base64";
        let digits = text.trim_end_matches('=').as_bytes();
        if !text.len().is_multiple_of(4) || text.len() - digits.len() > 2 {
            return Err(WRONG);
        }
        let mut bytes = Vec::with_capacity(digits.len() / 4 * 3 + 2);
        for chunk in digits.chunks(4) {
            let mut word = 0_u32;
            for digit in chunk {
                let value = match digit {
                    b'A'..=b'Z' => digit - b'A',
                    b'a'..=b'z' => digit - b'a' + 26,
                    b'0'..=b'9' => digit - b'0' + 52,
                    b'+' => 62,
                    b'/' => 63,
                    _ => return Err(WRONG),
                };
                word = (word << 6) | u32::from(value);
            }
            word <<= 6 * (4 - chunk.len());
            bytes.extend_from_slice(&word.to_be_bytes()[1..chunk.len()]);
        }
        Ok(Self(bytes))
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

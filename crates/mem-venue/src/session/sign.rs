//! How private requests show who asks, without showing the secret.

use std::fmt;

use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::adapter::{Method, Request};

/// Signs the private requests of one venue.
pub trait Signer: Send + Sync + fmt::Debug {
    /// The headers that go with `request`; `now_ms` is the time in milliseconds since the epoch.
    fn headers(&self, request: &Request, now_ms: i64) -> Vec<(&'static str, String)>;
}

/// HMAC-SHA256 of `parts` one after another, in lower-case hexadecimal (RFC 2104).
pub fn hmac_sha256_hex(secret: &[u8], parts: &[&str]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
    parts.iter().for_each(|part| mac.update(part.as_bytes()));
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether `shown` is the HMAC-SHA256 of `parts`; takes as long for any wrong answer.
pub fn hmac_sha256_matches(secret: &[u8], parts: &[&str], shown: &str) -> bool {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
    parts.iter().for_each(|part| mac.update(part.as_bytes()));
    let bytes: Option<Vec<u8>> = (0..shown.len())
        .step_by(2)
        .map(|at| shown.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect();
    bytes.is_some_and(|bytes| mac.verify_slice(&bytes).is_ok())
}

/// The name of a method in what is signed.
pub fn method_name(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Delete => "DELETE",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_of_the_standard() {
        // RFC 4231, test case 2.
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(hmac_sha256_hex(b"Jefe", &["what do ya want ", "for nothing?"]), expected);
        assert!(hmac_sha256_matches(b"Jefe", &["what do ya want for nothing?"], expected));
        for wrong in ["", "5b", "zz", &expected.replace('5', "6"), "5bdcc146bf60754é"] {
            assert!(!hmac_sha256_matches(b"Jefe", &["what do ya want for nothing?"], wrong), "{wrong}");
        }
    }
}

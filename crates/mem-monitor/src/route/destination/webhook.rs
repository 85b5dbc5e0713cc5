//! Any address that takes JSON.

use hmac::{Hmac, Mac};
use mem_credentials::Secret;
use reqwest::header::{HeaderMap, HeaderValue};
use sha2::Sha256;

use super::http;
use crate::route::{Message, RouteError};

/// The header with the signature.
const SIGNATURE: &str = "x-mem-sign";

/// An address that takes JSON: the event, or the summary, with its `type`.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// The address, which often is a secret itself.
    pub url: Secret,
    /// Signs the body: `X-MEM-SIGN` is [`signature`] of it.
    pub sign_key: Option<Secret>,
}

impl Webhook {
    pub(super) async fn send(&self, client: &reqwest::Client, message: &Message) -> Result<(), RouteError> {
        let body = serde_json::to_string(message).map_err(|_| RouteError::Unsendable("the message is no JSON"))?;
        let mut headers = HeaderMap::new();
        if let Some(key) = &self.sign_key {
            let signed = HeaderValue::from_str(&signature(key, body.as_bytes()))
                .map_err(|_| RouteError::Unsendable("the signature is no header"))?;
            headers.insert(SIGNATURE, signed);
        }
        http::post(client, self.url.expose(), headers, body).await
    }
}

/// HMAC-SHA256 of `body` in lower-case hexadecimal digits: what a receiver computes to know that a message is ours.
pub fn signature(key: &Secret, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose().as_bytes()).expect("HMAC takes keys of any length");
    mac.update(body);
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2.
    #[test]
    fn signatures_are_those_of_the_standard() {
        assert_eq!(
            signature(&Secret::new("Jefe"), b"what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}

//! Responses to identical requests, kept for a while.
//!
//! The key is a hash of what was asked, and of the data it was asked about where those lie in the catalog. Of identical
//! requests at the same time one is computed and the others wait for it.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::config::ServerConfig;
use crate::error::ApiError;
use crate::metrics::{CacheOutcome, Metrics};

/// The responses.
#[derive(Debug)]
pub(crate) struct Cache {
    kept: moka::future::Cache<Key, Answer>,
    metrics: Metrics,
}

/// What was asked.
pub(crate) type Key = [u8; 32];

/// A response up to the word that says whether it was cached.
type Answer = Arc<[u8]>;

/// The name of that word in every response that may be cached; it stands last.
const CACHED: &[u8] = b"\"cached\":";

impl Cache {
    pub(crate) fn new(config: &ServerConfig, metrics: &Metrics) -> Self {
        let kept = moka::future::Cache::builder()
            .max_capacity(config.cache_mb << 20)
            .weigher(|_, answer: &Answer| u32::try_from(answer.len() + 128).unwrap_or(u32::MAX))
            .time_to_live(Duration::from_secs(config.cache_ttl_s.max(1)))
            .build();
        Self { kept, metrics: metrics.clone() }
    }

    /// The response to a request: from the cache, or made and kept. The response is a JSON object; a last field,
    /// `cached`, is added to it.
    pub(crate) async fn answer<T: Serialize>(
        &self,
        key: Key,
        make: impl Future<Output = Result<T, ApiError>>,
    ) -> Result<Response, ApiError> {
        let mut error = None;
        let entry = self
            .kept
            .entry(key)
            .or_optionally_insert_with(async {
                match make.await.and_then(|answer| to_bytes(&answer)) {
                    Ok(bytes) => Some(bytes),
                    Err(failed) => {
                        error = Some(failed);
                        None
                    }
                }
            })
            .await;
        match (entry, error) {
            (Some(entry), _) => {
                let outcome = if entry.is_fresh() { CacheOutcome::Miss } else { CacheOutcome::Hit };
                self.metrics.cache(outcome);
                Ok(respond(&entry.into_value(), outcome == CacheOutcome::Hit))
            }
            (None, Some(error)) => Err(error),
            (None, None) => Err(ApiError::internal(&"a response was neither made nor refused")),
        }
    }

    /// The response to a request, if it is known.
    pub(crate) async fn get(&self, key: &Key) -> Option<Response> {
        let known = self.kept.get(key).await?;
        self.metrics.cache(CacheOutcome::Hit);
        Some(respond(&known, true))
    }

    /// Keeps a response that was made elsewhere, and gives it back.
    pub(crate) async fn put(&self, key: Key, answer: &impl Serialize) -> Result<Response, ApiError> {
        let bytes = to_bytes(answer)?;
        self.kept.insert(key, Arc::clone(&bytes)).await;
        self.metrics.cache(CacheOutcome::Miss);
        Ok(respond(&bytes, false))
    }
}

/// The key of a request: where it went and what it said.
pub(crate) fn key(endpoint: &str, parts: &[&[u8]]) -> Key {
    let mut hasher = Sha256::new();
    hasher.update(endpoint.as_bytes());
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

fn to_bytes(answer: &impl Serialize) -> Result<Answer, ApiError> {
    let mut bytes = serde_json::to_vec(answer).map_err(|error| ApiError::internal(&error))?;
    // An object: its closing brace makes place for one more field.
    bytes.pop();
    bytes.push(b',');
    bytes.extend_from_slice(CACHED);
    Ok(bytes.into())
}

fn respond(answer: &Answer, cached: bool) -> Response {
    let mut bytes = Vec::with_capacity(answer.len() + 6);
    bytes.extend_from_slice(answer);
    bytes.extend_from_slice(if cached { b"true}" } else { b"false}" });
    ([(header::CONTENT_TYPE, "application/json")], Body::from(Bytes::from(bytes))).into_response()
}

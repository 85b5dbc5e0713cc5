//! Parameters of the address, with the same errors as everything else.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::error::ApiError;
use crate::state::AppState;

/// The parameters after the question mark.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<AppState> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, ApiError> {
        axum::extract::Query::try_from_uri(&parts.uri).map(|query| Self(query.0)).map_err(|rejection| {
            let text = rejection.body_text();
            let text = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text).to_owned();
            // `name: problem`, or a missing field in backticks.
            let field = match text.split_once(": ") {
                Some((field, _)) if !field.contains(' ') => Some(field.to_owned()),
                _ => text.split('`').nth(1).map(str::to_owned),
            };
            match field {
                Some(field) => ApiError::field(field, text),
                None => ApiError::new(axum::http::StatusCode::BAD_REQUEST, text),
            }
        })
    }
}

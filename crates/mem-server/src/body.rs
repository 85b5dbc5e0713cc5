//! Reading a request's JSON, field by field.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;

use crate::error::ApiError;
use crate::state::AppState;

/// The bytes of a JSON request.
#[derive(Debug)]
pub(crate) struct JsonBody(pub(crate) Bytes);

impl FromRequest<AppState> for JsonBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            let error = "the body must be JSON, with Content-Type: application/json";
            return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, error));
        }
        match Bytes::from_request(request, state).await {
            Ok(bytes) => Ok(Self(bytes)),
            Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                let error = format!("the body is larger than {} MB", state.config.body_limit_mb);
                Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, error))
            }
            Err(rejection) => Err(ApiError::new(StatusCode::BAD_REQUEST, rejection.body_text())),
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}

impl JsonBody {
    /// Reads the whole of it.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        // To know the path to every value costs a third of the time: it is asked for only once something is wrong.
        serde_json::from_slice(&self.0).or_else(|_| self.read_with_path())
    }

    fn read_with_path<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        let mut source = serde_json::Deserializer::from_slice(&self.0);
        let read = serde_path_to_error::deserialize(&mut source).map_err(|error| {
            let path = error.path().to_string();
            let cause = error.inner();
            if cause.is_data() && path != "." {
                let message = without_place(&cause.to_string());
                // What is missing lies below the object that it is missing from.
                let missing = message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
                let field = missing.map_or_else(|| path.clone(), |name| format!("{path}.{name}"));
                ApiError::field(field, message)
            } else if cause.is_data() {
                data_error(&cause.to_string())
            } else {
                malformed(cause)
            }
        })?;
        source.end().map_err(|error| malformed(&error))?;
        Ok(read)
    }
}

fn malformed(cause: &serde_json::Error) -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, format!("the body is not valid JSON: {cause}"))
}

/// A fault of the outermost object: serde names the field in its message.
fn data_error(message: &str) -> ApiError {
    let message = without_place(message);
    match message.split('`').nth(1) {
        Some(field) => ApiError::field(field.to_owned(), message),
        None => ApiError::new(StatusCode::BAD_REQUEST, message),
    }
}

/// The message without serde_json's line and column.
fn without_place(message: &str) -> String {
    message.rsplit_once(" at line ").map_or(message, |(text, _)| text).to_owned()
}

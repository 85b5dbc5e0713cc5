//! What can go wrong, and how a client is told.
//!
//! 400 names a field whose value is missing, of the wrong kind or out of range, or says why the body is no JSON. 422
//! is for a request whose fields are each sound but that cannot be done: too few bars, values that do not go together,
//! a symbol that the catalog does not have. The cause of a 500 stands in the log under the id that the client gets.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use mem_engine::shelf::ShelfError;
use mem_model::lifecycle::RegistryError;
use mem_research::ResearchError;
use mem_store::records::RecordsError;
use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};

use crate::request_id;

/// Why the server cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The configuration makes no sense.
    #[error("{problem}")]
    Config {
        /// What is wrong with it.
        problem: String,
    },
    /// An address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: std::net::SocketAddr,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The server stopped for another reason than being told to.
    #[error("the server stopped")]
    Stopped(#[source] std::io::Error),
}

/// How a request that only asks may be refused.
#[derive(Debug, IntoResponses)]
#[allow(dead_code, reason = "the refusals for the API's description")]
pub(crate) enum Refused {
    /// No or a wrong token
    #[response(status = 401)]
    Unauthorized(#[to_schema] ErrorBody),
}

/// How a request about the running engine may be refused.
#[derive(Debug, IntoResponses)]
#[allow(dead_code, reason = "the refusals for the API's description")]
pub(crate) enum LiveRefused {
    /// A parameter is wrong
    #[response(status = 400)]
    BadRequest(#[to_schema] ErrorBody),
    /// No or a wrong token
    #[response(status = 401)]
    Unauthorized(#[to_schema] ErrorBody),
    /// No engine runs here
    #[response(status = 409)]
    NoEngine(#[to_schema] ErrorBody),
    /// The engine has not said yet how it is, or the records are locked: try again
    #[response(status = 503)]
    Busy(#[to_schema] ErrorBody),
}

/// How a command may be refused.
#[derive(Debug, IntoResponses)]
#[allow(dead_code, reason = "the refusals for the API's description")]
pub(crate) enum CommandRefused {
    /// A field is missing, of the wrong kind or out of range
    #[response(status = 400)]
    BadRequest(#[to_schema] ErrorBody),
    /// No or a wrong token
    #[response(status = 401)]
    Unauthorized(#[to_schema] ErrorBody),
    /// There is no such alert or watched price
    #[response(status = 404)]
    NotFound(#[to_schema] ErrorBody),
    /// No engine, or no simulated exchange, runs here
    #[response(status = 409)]
    NoEngine(#[to_schema] ErrorBody),
    /// The body is not JSON
    #[response(status = 415)]
    NotJson(#[to_schema] ErrorBody),
}

/// How a request with parameters may be refused.
#[derive(Debug, IntoResponses)]
#[allow(dead_code, reason = "the refusals for the API's description")]
pub(crate) enum QueryRefused {
    /// A parameter is wrong
    #[response(status = 400)]
    BadRequest(#[to_schema] ErrorBody),
    /// No or a wrong token
    #[response(status = 401)]
    Unauthorized(#[to_schema] ErrorBody),
    /// The records are locked by another process: try again
    #[response(status = 503)]
    Busy(#[to_schema] ErrorBody),
}

/// How a request for something by its name may be refused.
#[derive(Debug, IntoResponses)]
#[allow(dead_code, reason = "the refusals for the API's description")]
pub(crate) enum LookupRefused {
    /// A parameter is missing or wrong
    #[response(status = 400)]
    BadRequest(#[to_schema] ErrorBody),
    /// No or a wrong token
    #[response(status = 401)]
    Unauthorized(#[to_schema] ErrorBody),
    /// There is no such thing
    #[response(status = 404)]
    NotFound(#[to_schema] ErrorBody),
}

/// How a text may be refused.
#[derive(Debug, IntoResponses)]
#[allow(dead_code, reason = "the refusals for the API's description")]
pub(crate) enum TextRefused {
    /// A field is missing, of the wrong kind or out of range
    #[response(status = 400)]
    BadRequest(#[to_schema] ErrorBody),
    /// No or a wrong token
    #[response(status = 401)]
    Unauthorized(#[to_schema] ErrorBody),
    /// The body is not JSON
    #[response(status = 415)]
    NotJson(#[to_schema] ErrorBody),
    /// The records are locked by another process: try again
    #[response(status = 503)]
    Busy(#[to_schema] ErrorBody),
}

/// How a word on a model may be refused.
#[derive(Debug, IntoResponses)]
#[allow(dead_code, reason = "the refusals for the API's description")]
pub(crate) enum ModelRefused {
    /// A field is missing, of the wrong kind or out of range: there is no reason
    #[response(status = 400)]
    BadRequest(#[to_schema] ErrorBody),
    /// No or a wrong token
    #[response(status = 401)]
    Unauthorized(#[to_schema] ErrorBody),
    /// There is no such model or training
    #[response(status = 404)]
    NotFound(#[to_schema] ErrorBody),
    /// It cannot be done with it as it stands
    #[response(status = 409)]
    Cannot(#[to_schema] ErrorBody),
    /// The body is not JSON
    #[response(status = 415)]
    NotJson(#[to_schema] ErrorBody),
    /// The records are locked by another process: try again
    #[response(status = 503)]
    Busy(#[to_schema] ErrorBody),
}

/// How a request with a body may be refused.
#[derive(Debug, IntoResponses)]
#[allow(dead_code, reason = "the refusals for the API's description")]
pub(crate) enum BodyRefused {
    /// A field is missing, of the wrong kind or out of range
    #[response(status = 400)]
    BadRequest(#[to_schema] ErrorBody),
    /// No or a wrong token
    #[response(status = 401)]
    Unauthorized(#[to_schema] ErrorBody),
    /// The body is too large
    #[response(status = 413)]
    TooLarge(#[to_schema] ErrorBody),
    /// The body is not JSON
    #[response(status = 415)]
    NotJson(#[to_schema] ErrorBody),
    /// Every field is sound, but what is asked cannot be done
    #[response(status = 422)]
    Cannot(#[to_schema] ErrorBody),
}

/// How long work may be refused beside that.
#[derive(Debug, IntoResponses)]
#[allow(dead_code, reason = "the refusals for the API's description")]
pub(crate) enum WorkRefused {
    /// The job was cancelled
    #[response(status = 409)]
    Cancelled(#[to_schema] ErrorBody),
    /// Too many jobs wait
    #[response(status = 503)]
    Busy(#[to_schema] ErrorBody),
}

/// A request that is not answered as wished.
#[derive(Debug, Clone)]
pub(crate) struct ApiError {
    status: StatusCode,
    error: String,
    field: Option<String>,
    retry_after_s: Option<u32>,
}

/// What a client reads of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErrorBody {
    /// Always false.
    pub(crate) success: bool,
    /// What is wrong, for people.
    pub(crate) error: String,
    /// The field that it is about, where it is about one: `data_1h.data[3].close`.
    pub(crate) field: Option<String>,
    /// Id of the request; the log has it, too.
    pub(crate) id: String,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self { status, error: error.into(), field: None, retry_after_s: None }
    }

    /// 400: the field is missing, of the wrong kind or out of range.
    pub(crate) fn field(field: impl Into<String>, error: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..Self::new(StatusCode::BAD_REQUEST, error) }
    }

    /// 422: every field is sound, but what is asked cannot be done.
    pub(crate) fn cannot(field: impl Into<String>, error: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, error) }
    }

    pub(crate) fn not_found(error: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, error)
    }

    /// 503: try again later.
    pub(crate) fn busy(error: impl Into<String>, retry_after_s: u32) -> Self {
        Self { retry_after_s: Some(retry_after_s), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, error) }
    }

    /// 500: our own fault. The cause goes to the log.
    pub(crate) fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(request = %request_id::current(), %cause, "request failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "the server failed; its log says why under this id")
    }

    /// What a client reads.
    pub(crate) fn body(&self) -> ErrorBody {
        ErrorBody { success: false, error: self.error.clone(), field: self.field.clone(), id: request_id::current() }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self.body()).unwrap_or_default();
        let mut response = (self.status, [(header::CONTENT_TYPE, "application/json")], body).into_response();
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<RecordsError> for ApiError {
    fn from(error: RecordsError) -> Self {
        if error.is_retryable() { Self::busy(error.to_string(), 1) } else { Self::internal(&error) }
    }
}

impl From<ShelfError> for ApiError {
    fn from(error: ShelfError) -> Self {
        match error {
            ShelfError::Records(error) => error.into(),
            ShelfError::Registry(error @ RegistryError::Unknown(_)) => Self::not_found(error.to_string()),
            ShelfError::Registry(
                error @ (RegistryError::Step { .. }
                | RegistryError::NoArtefact(_)
                | RegistryError::NothingBefore(_)
                | RegistryError::NoneDecides(_)),
            ) => Self::new(StatusCode::CONFLICT, error.to_string()),
            error => Self::internal(&error),
        }
    }
}

impl From<RegistryError> for ApiError {
    fn from(error: RegistryError) -> Self {
        ShelfError::from(error).into()
    }
}

impl From<ResearchError> for ApiError {
    fn from(error: ResearchError) -> Self {
        match &error {
            ResearchError::Config { field, .. } => Self::field(*field, error.to_string()),
            ResearchError::Space { gene, .. } => Self::field(format!("parameter_ranges.{gene}"), error.to_string()),
            ResearchError::SameLabel { .. } => Self::field("strategies", error.to_string()),
            ResearchError::Weights { .. } => Self::field("weights", error.to_string()),
            ResearchError::NoSeries
            | ResearchError::NoBars { .. }
            | ResearchError::TooFewBars { .. }
            | ResearchError::NoSleeves
            | ResearchError::Sleeve { .. }
            | ResearchError::Timeline { .. }
            | ResearchError::Unfinished { .. }
            | ResearchError::Strategy(_) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, error.with_causes()),
            ResearchError::NoSuchRun { .. } => Self::not_found(error.to_string()),
            ResearchError::AmbiguousRun { .. } | ResearchError::OtherKind { .. } => {
                Self::new(StatusCode::BAD_REQUEST, error.to_string())
            }
            _ => Self::internal(&error.with_causes()),
        }
    }
}

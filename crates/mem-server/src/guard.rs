//! Who may ask.
//!
//! With a token, every request under `/api`, for `/metrics`, `/latest` and `/command`, and every WebSocket must show it, as
//! `Authorization: Bearer TOKEN` or in the cookie that `POST /api/login` sets. On this machine alone no token is needed; then a page
//! from elsewhere must not use the visitor's browser to get in: the `Host` must be this machine's, and a request that changes something,
//! or opens a WebSocket, must not come from a foreign origin.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body::JsonBody;
use crate::error::{ApiError, BodyRefused};
use crate::state::AppState;

const COOKIE: &str = "mem_token";

/// Lets a request through, or not.
pub(crate) async fn check(State(state): State<AppState>, request: Request, next: Next) -> Response {
    match refusal(&state, &request) {
        Some(error) => error.into_response(),
        None => next.run(request).await,
    }
}

fn refusal(state: &AppState, request: &Request) -> Option<ApiError> {
    let headers = request.headers();
    let host = text(headers, header::HOST.as_str());
    if state.config.bind.ip().is_loopback() && !host.is_none_or(is_this_machine) {
        return Some(ApiError::new(StatusCode::FORBIDDEN, "this server answers to the names of its own machine only"));
    }
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let opens = headers.contains_key(header::UPGRADE);
    if (changes || opens)
        && let Some(origin) = text(headers, header::ORIGIN.as_str())
    {
        let own = origin.split_once("://").map(|(_, rest)| rest);
        if own != host {
            return Some(ApiError::new(StatusCode::FORBIDDEN, "requests from pages of other origins are refused"));
        }
    }
    let path = request.uri().path();
    let guarded = opens
        || (path.starts_with("/api/") && path != "/api/login")
        || matches!(path, "/metrics" | "/latest" | "/command" | "/ws");
    if guarded && state.config.token.is_set() && !shows_token(state, headers) {
        return Some(ApiError::new(StatusCode::UNAUTHORIZED, "show the server's token: Authorization: Bearer TOKEN"));
    }
    None
}

fn shows_token(state: &AppState, headers: &HeaderMap) -> bool {
    let bearer = text(headers, header::AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer "));
    let cookies = text(headers, header::COOKIE.as_str()).unwrap_or_default();
    let cookie = cookies.split("; ").find_map(|cookie| cookie.strip_prefix(COOKIE)?.strip_prefix('='));
    bearer.into_iter().chain(cookie).any(|shown| state.config.token.matches(shown))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Whether a `Host` names this machine, whatever the port.
fn is_this_machine(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The token.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginRequest {
    /// As the server was given it.
    token: String,
}

/// Whether it was right.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LoginAnswer {
    /// Always true.
    success: bool,
}

/// Puts the token into a cookie that scripts cannot read, so that pages and reports can be opened.
#[utoipa::path(post, path = "/api/login", tag = "pages", request_body = LoginRequest, responses(
    (status = 200, description = "The cookie is set, for twelve hours", body = LoginAnswer),
    BodyRefused,
))]
pub(crate) async fn login(State(state): State<AppState>, body: JsonBody) -> Result<Response, ApiError> {
    let request: LoginRequest = body.read()?;
    if state.config.token.is_set() && !state.config.token.matches(&request.token) {
        return Err(ApiError::new(StatusCode::UNAUTHORIZED, "that is not the server's token"));
    }
    let mut response = Json(LoginAnswer { success: true }).into_response();
    if state.config.token.is_set() {
        let cookie = format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200", request.token);
        let value = cookie.parse().map_err(|_| ApiError::field("token", "a token is plain ASCII text"))?;
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_this_machine() {
        for host in ["localhost", "localhost:8501", "127.0.0.1:80", "[::1]:8501", "LOCALHOST"] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in ["example.com", "localhost.example.com", "10.0.0.1", "", "[fe80::1]"] {
            assert!(!is_this_machine(host), "{host}");
        }
    }
}

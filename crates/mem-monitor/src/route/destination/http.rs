//! Requests that carry messages.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderMap;

use crate::route::RouteError;
use crate::route::error::causes;

/// A client for all routes: ring, the roots that browsers trust, no proxy. It follows no redirection, so that no secret goes
/// where the configuration does not say.
pub(in crate::route) fn client() -> reqwest::Client {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let tls = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring supports the default versions of TLS")
        .with_root_certificates(roots)
        .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .user_agent(concat!("mem/", env!("CARGO_PKG_VERSION")))
        .build()
        .expect("a client with constant settings is always made")
}

/// Whether a text is an address that can be asked.
pub(in crate::route) fn is_address(text: &str) -> bool {
    reqwest::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// Posts JSON. What the receiver says beyond its status is not read: it may hold what we sent.
pub(super) async fn post(
    client: &reqwest::Client,
    url: &str,
    headers: HeaderMap,
    body: String,
) -> Result<(), RouteError> {
    let asked = client.post(url).headers(headers).header("content-type", "application/json").body(body);
    // The address is a secret; the chain of causes says more and holds none.
    let answer = asked.send().await.map_err(|error| RouteError::Unreachable(causes(&error.without_url())))?;
    let status = answer.status().as_u16();
    if (200..300).contains(&status) {
        return Ok(());
    }
    let retry_after = answer.headers().get("retry-after").and_then(|value| value.to_str().ok()?.trim().parse().ok());
    Err(RouteError::Refused {
        status,
        // Discord says it in fractions of a second.
        retry_after: retry_after.and_then(|seconds: f64| Duration::try_from_secs_f64(seconds).ok()),
        retryable: matches!(status, 408 | 425 | 429) || status >= 500,
    })
}

//! The pages that people look at, embedded at build time.
//!
//! What comes in: a request that no route of the API answers. What goes out: the file at its path, or `index.html` for
//! every address that a page may have, since the pages read the address themselves. Nothing is loaded from elsewhere and
//! nothing inline is run: the Content-Security-Policy forbids it. Built without pages, `/` says how to get them.

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use crate::error::ApiError;

/// One embedded file.
#[derive(Debug, Clone, Copy)]
struct PageFile {
    /// Where it is asked for.
    path: &'static str,
    /// Beginning of the SHA-256 of its content.
    digest: &'static str,
    plain: &'static [u8],
    gzip: Option<&'static [u8]>,
}

include!(concat!(env!("OUT_DIR"), "/page_table.rs"));

/// What the pages may do: load their own files, ask this server, show its reports in a frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page that stands for the missing ones has a few lines of style and nothing else.
const MISSING_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
                              frame-ancestors 'none'";

/// Names of these files hold a digest of their content, so they never change.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// Answers what no route answers: with a page, or by saying that nothing is there.
pub(crate) async fn serve(request: Request) -> Response {
    answer(FILES, request.method(), request.uri().path(), request.headers())
}

fn answer(files: &[PageFile], method: &Method, path: &str, headers: &HeaderMap) -> Response {
    let reads = matches!(*method, Method::GET | Method::HEAD);
    let interface = path == "/api" || path.starts_with("/api/");
    if !reads || interface {
        return nothing_here().into_response();
    }
    if let Some(file) = files.iter().find(|file| file.path == path) {
        return send(file, headers);
    }
    let last = path.rsplit('/').next().unwrap_or_default();
    let page = !last.contains('.') && !path.starts_with("/assets/");
    match files.iter().find(|file| file.path == "/index.html") {
        Some(index) if page => send(index, headers),
        None if path == "/" => with_headers(Html(include_str!("pages/missing.html")).into_response(), MISSING_POLICY),
        _ => nothing_here().into_response(),
    }
}

fn nothing_here() -> ApiError {
    ApiError::not_found("there is nothing at this address; /docs shows what there is")
}

fn send(file: &PageFile, headers: &HeaderMap) -> Response {
    // Weak: the compressed file has the same tag, and is the same to whoever reads it.
    let tag = format!("W/\"{}\"", file.digest);
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let unchanged = known.flat_map(|list| list.split(',')).any(|one| matches!(one.trim(), "*") || one.trim() == tag);
    let mut response = if unchanged {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let gzip = file.gzip.filter(|_| takes_gzip(headers));
        let mut response = Response::new(Body::from(Bytes::from_static(gzip.unwrap_or(file.plain))));
        if gzip.is_some() {
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        let kind = HeaderValue::from_static(content_type(file.path));
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    };
    let keep = if file.path.starts_with("/assets/") { FOREVER } else { "no-cache" };
    let fields = response.headers_mut();
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    fields.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        fields.insert(header::ETAG, tag);
    }
    with_headers(response, POLICY)
}

fn with_headers(mut response: Response, policy: &'static str) -> Response {
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    fields.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    fields.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// Whether the other side has named gzip and not refused it.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let named = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    named.flat_map(|list| list.split(',')).any(|one| {
        let mut parts = one.split(';').map(str::trim);
        let gzip = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(Ok(1.0), str::parse::<f32>);
        gzip && weight.is_ok_and(|weight| weight > 0.0)
    })
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "json" => "application/json",
        "png" => "image/png",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed test is a panic")]

    use super::*;

    const SOME: &[PageFile] = &[
        PageFile { path: "/assets/index-1a2b.js", digest: "aa", plain: b"let a = 1;", gzip: Some(b"packed") },
        PageFile { path: "/index.html", digest: "bb", plain: b"<!doctype html>", gzip: None },
        PageFile { path: "/theme.js", digest: "cc", plain: b"0", gzip: None },
    ];

    fn get(files: &[PageFile], path: &str, headers: &[(header::HeaderName, &'static str)]) -> Response {
        let headers = headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect();
        answer(files, &Method::GET, path, &headers)
    }

    fn field(response: &Response, name: header::HeaderName) -> &str {
        response.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn body(response: Response) -> Bytes {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(axum::body::to_bytes(response.into_body(), usize::MAX)).unwrap()
    }

    #[test]
    fn every_address_of_a_page_gives_the_index() {
        for path in ["/", "/charts", "/charts/us/BRK.B/1d", "/runs/3fa9c0ffee12", "/nowhere"] {
            let response = get(SOME, path, &[]);
            assert_eq!(response.status(), StatusCode::OK, "{path}");
            assert_eq!(field(&response, header::CONTENT_TYPE), "text/html; charset=utf-8");
            assert_eq!(field(&response, header::CACHE_CONTROL), "no-cache");
            assert_eq!(field(&response, header::X_CONTENT_TYPE_OPTIONS), "nosniff");
            assert!(field(&response, header::CONTENT_SECURITY_POLICY).contains("script-src 'self';"));
            assert_eq!(body(response), b"<!doctype html>".as_slice());
        }
    }

    #[test]
    fn what_is_no_page_is_not_found() {
        for files in [SOME, &[]] {
            for path in ["/api", "/api/nothing", "/favicon.ico", "/assets/gone-1.js", "/assets/gone", "/../Cargo.toml"]
            {
                assert_eq!(get(files, path, &[]).status(), StatusCode::NOT_FOUND, "{path}");
            }
            assert_eq!(answer(files, &Method::POST, "/", &HeaderMap::new()).status(), StatusCode::NOT_FOUND);
        }
    }

    #[test]
    fn named_by_their_content_files_are_kept_forever() {
        let response = get(SOME, "/assets/index-1a2b.js", &[]);
        assert_eq!(field(&response, header::CACHE_CONTROL), FOREVER);
        assert_eq!(field(&response, header::CONTENT_TYPE), "text/javascript; charset=utf-8");
        assert_eq!(field(&get(SOME, "/theme.js", &[]), header::CACHE_CONTROL), "no-cache");
    }

    #[test]
    fn compressed_only_for_those_who_take_it() {
        let encoding = |accepted| {
            let response = get(SOME, "/assets/index-1a2b.js", &[(header::ACCEPT_ENCODING, accepted)]);
            assert_eq!(field(&response, header::VARY), "Accept-Encoding");
            (field(&response, header::CONTENT_ENCODING).to_owned(), body(response))
        };
        for accepted in ["gzip", "br, GZIP;q=0.5", "deflate,gzip"] {
            assert_eq!(encoding(accepted), ("gzip".to_owned(), Bytes::from_static(b"packed")), "{accepted}");
        }
        for accepted in ["", "br", "gzip;q=0", "xgzip"] {
            assert_eq!(encoding(accepted), (String::new(), Bytes::from_static(b"let a = 1;")), "{accepted}");
        }
    }

    #[test]
    fn who_has_it_is_told_so() {
        let tag = field(&get(SOME, "/", &[]), header::ETAG).to_owned();
        assert_eq!(tag, "W/\"bb\"");
        let again = get(SOME, "/runs", &[(header::IF_NONE_MATCH, "\"other\", W/\"bb\"")]);
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(field(&again, header::ETAG), tag);
        assert!(body(again).is_empty());
        let older = get(SOME, "/", &[(header::IF_NONE_MATCH, "W/\"aa\"")]);
        assert_eq!(older.status(), StatusCode::OK);
    }

    #[test]
    fn without_pages_the_first_one_says_how_to_get_them() {
        let response = get(&[], "/", &[]);
        assert_eq!(response.status(), StatusCode::OK);
        assert!(field(&response, header::CONTENT_SECURITY_POLICY).starts_with("default-src 'none'"));
        let text = body(response);
        let text = str::from_utf8(&text).unwrap();
        assert!(text.contains("Node.js") && text.contains("href=\"/docs\""), "{text}");
        assert_eq!(get(&[], "/charts", &[]).status(), StatusCode::NOT_FOUND);
    }

    #[test]
    fn the_embedded_files_fit_the_policy() {
        let Some(index) = FILES.iter().find(|file| file.path == "/index.html") else {
            return;
        };
        let html = str::from_utf8(index.plain).unwrap();
        assert!(!html.contains("<style") && !html.contains("style=") && !html.contains("://"), "{html}");
        for script in html.split("<script").skip(1) {
            assert!(script.split('>').next().unwrap().contains("src=\"/"), "{html}");
        }
        for file in FILES {
            assert!(file.digest.len() == 16 && !file.plain.is_empty(), "{}", file.path);
            assert!(file.gzip.is_none_or(|gzip| gzip.len() < file.plain.len()), "{}", file.path);
            assert_ne!(content_type(file.path), "application/octet-stream", "{}", file.path);
        }
    }
}

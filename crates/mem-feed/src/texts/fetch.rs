//! A feed from its address: small, in time, and only when it has changed.

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Duration;

use reqwest::header::{ETAG, HeaderMap, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use reqwest::redirect::Policy;

use super::entry::Entry;
use super::parse::{DocumentError, parse};

/// Longest document that is read, in bytes.
const LONGEST: usize = 4 << 20;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// Redirections that are followed.
const MOST_REDIRECTS: usize = 5;

/// Why a feed gave no entries.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// No address of HTTP.
    #[error("'{0}' is no address of a feed: it begins with http:// or https://")]
    Address(String),
    /// Nobody answered, or not to the end.
    #[error("no answer from {url}: {reason}")]
    Unreachable {
        /// Whom we asked.
        url: String,
        /// Why not.
        reason: String,
    },
    /// The server has none for us.
    #[error("{url} answered {status}")]
    Refused {
        /// Whom we asked.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// More than is read.
    #[error("{url} sends more than {most} bytes")]
    TooLong {
        /// Whom we asked.
        url: String,
        /// What is read at most.
        most: usize,
    },
    /// No feed.
    #[error("{url} holds {source}")]
    Document {
        /// Whom we asked.
        url: String,
        /// What it holds.
        source: DocumentError,
    },
}

impl FetchError {
    /// Whether asking again may help.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Refused { status, .. } => *status == 429 || *status >= 500,
            Self::Address(_) | Self::TooLong { .. } | Self::Document { .. } => false,
        }
    }
}

/// Fetches feeds, and remembers what each said of its state, so that one that has not changed is not sent again.
#[derive(Debug)]
pub struct Fetch {
    client: reqwest::Client,
    states: BTreeMap<String, HeaderMap>,
}

impl Default for Fetch {
    fn default() -> Self {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(mem_venue::session::tls())
            .timeout(PATIENCE)
            .connect_timeout(PATIENCE)
            .redirect(Policy::limited(MOST_REDIRECTS))
            .no_proxy()
            .user_agent(concat!("mem/", env!("CARGO_PKG_VERSION")))
            .build()
            .expect("a client with constant settings is always made");
        Self { client, states: BTreeMap::new() }
    }
}

impl Fetch {
    /// The entries of the feed at `url`; `None` where it has not changed since it was fetched here.
    ///
    /// # Errors
    /// See [`FetchError`]; what the feed said of its state is remembered after a success only.
    pub async fn fetch(&mut self, url: &str) -> Result<Option<Vec<Entry>>, FetchError> {
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return Err(FetchError::Address(url.to_owned()));
        }
        let unreachable = |error: reqwest::Error| FetchError::Unreachable {
            url: url.to_owned(),
            reason: causes(&error.without_url()),
        };
        let mut asked = self.client.get(url);
        for (name, value) in self.states.get(url).into_iter().flatten() {
            asked = asked.header(name, value);
        }
        let mut answer = asked.send().await.map_err(unreachable)?;
        let status = answer.status();
        if status == reqwest::StatusCode::NOT_MODIFIED {
            return Ok(None);
        }
        if !status.is_success() {
            return Err(FetchError::Refused { url: url.to_owned(), status: status.as_u16() });
        }
        let state = state(answer.headers());
        let too_long = || FetchError::TooLong { url: url.to_owned(), most: LONGEST };
        if answer.content_length().is_some_and(|length| length > LONGEST as u64) {
            return Err(too_long());
        }
        let mut document = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(unreachable)? {
            if document.len() + part.len() > LONGEST {
                return Err(too_long());
            }
            document.extend_from_slice(&part);
        }
        let entries = parse(&document).map_err(|source| FetchError::Document { url: url.to_owned(), source })?;
        self.states.insert(url.to_owned(), state);
        Ok(Some(entries))
    }

    /// Forgets what the feed at `url` said of its state: the next time it is sent again, whether it has changed or not.
    pub fn forget(&mut self, url: &str) {
        self.states.remove(url);
    }
}

/// What is asked with the next time, by what an answer says of its state.
fn state(headers: &HeaderMap) -> HeaderMap {
    let pairs: [(HeaderName, HeaderName); 2] = [(ETAG, IF_NONE_MATCH), (LAST_MODIFIED, IF_MODIFIED_SINCE)];
    pairs.into_iter().filter_map(|(said, ask)| Some((ask, headers.get(said)?.clone()))).collect()
}

/// An error with its causes on one line.
fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    const FEED: &str = "<rss><channel><item><title>Up</title><guid>1</guid></item></channel></rss>";

    /// Answers each connection with the next of `answers`, and tells what was asked.
    async fn serve(answers: Vec<String>) -> (String, tokio::task::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/feed", listener.local_addr().unwrap());
        let serving = tokio::spawn(async move {
            let mut asked = Vec::new();
            for answer in answers {
                let (mut socket, _) = listener.accept().await.unwrap();
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    request.push(socket.read_u8().await.unwrap());
                }
                asked.push(String::from_utf8(request).unwrap().to_lowercase());
                // Whoever has read enough hangs up.
                let _ = socket.write_all(answer.as_bytes()).await;
            }
            asked
        });
        (url, serving)
    }

    fn answer(status: &str, headers: &str, body: &str) -> String {
        format!("HTTP/1.1 {status}\r\n{headers}connection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    }

    #[tokio::test]
    async fn what_has_not_changed_is_not_sent_again() {
        let answers = vec![
            answer("200 OK", "etag: \"a1\"\r\nlast-modified: Wed, 31 Jan 2024 10:00:00 GMT\r\n", FEED),
            answer("304 Not Modified", "", ""),
            answer("200 OK", "", FEED),
        ];
        let (url, serving) = serve(answers).await;
        let mut fetch = Fetch::default();
        assert_eq!(fetch.fetch(&url).await.unwrap().unwrap()[0].text, "Up");
        assert_eq!(fetch.fetch(&url).await.unwrap(), None);
        fetch.forget(&url);
        assert!(fetch.fetch(&url).await.unwrap().is_some());
        let asked = serving.await.unwrap();
        let conditional =
            |asked: &str| asked.contains("if-none-match: \"a1\"") && asked.contains("if-modified-since: wed");
        assert_eq!(asked.iter().map(|asked| conditional(asked)).collect::<Vec<_>>(), [false, true, false]);
    }

    #[tokio::test]
    async fn what_goes_wrong_is_named() {
        let answers = vec![
            answer("404 Not Found", "", ""),
            answer("503 Busy", "", ""),
            answer("200 OK", "", "<html></html>"),
            "HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n".to_owned(),
            "HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n<rss>".to_owned(),
        ];
        let (url, serving) = serve(answers).await;
        let mut fetch = Fetch::default();
        let mut said = Vec::new();
        for _ in 0..5 {
            let error = fetch.fetch(&url).await.unwrap_err();
            said.push((error.to_string().replace(&url, "URL"), error.is_retryable()));
        }
        serving.await.unwrap();
        assert_eq!(said[0], ("URL answered 404".to_owned(), false));
        assert_eq!(said[1], ("URL answered 503".to_owned(), true));
        assert_eq!(said[2], ("URL holds no RSS, Atom or JSON feed but <html>".to_owned(), false));
        assert_eq!(said[3], ("URL sends more than 4194304 bytes".to_owned(), false));
        assert!(said[4].0.starts_with("no answer from URL: ") && said[4].1, "{}", said[4].0);
        assert!(matches!(fetch.fetch("file:///etc/passwd").await, Err(FetchError::Address(_))));
    }
}

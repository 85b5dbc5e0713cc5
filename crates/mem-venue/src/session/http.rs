//! Requests to a venue: budgeted, timed, spread over its endpoints.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use mem_types::Venue;

use crate::adapter::{Adapter, Method, Request, WireError};
use crate::session::{Endpoints, Meter, Signer, Throttle};
use crate::sim::SIMULATED_HEADER;
use crate::sim::market::MarketConfig;

/// Longest answer that is read.
const LONGEST_ANSWER: usize = 64 << 20;

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// Nobody answered.
    #[error("no answer from {endpoint}: {reason}")]
    Unreachable {
        /// Whom we asked.
        endpoint: String,
        /// Why not.
        reason: String,
    },
    /// The venue refused.
    #[error("the venue answered {status}: {text}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// When to come again, where the venue says so.
        retry_after: Option<Duration>,
        /// What it says.
        text: String,
    },
    /// A private request, and nothing to sign it with.
    #[error("this needs a key: `mem credentials set` takes it")]
    NoKey,
    /// The answer is not what the venue's protocol says.
    #[error("unreadable answer")]
    Wire(#[from] WireError),
}

impl HttpError {
    /// Whether the same request may succeed later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Wire(_) => true,
            Self::NoKey => false,
            Self::Refused { status, .. } => *status == 429 || *status == 418 || *status >= 500,
        }
    }

    /// How long the venue wants to be left alone.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused { retry_after, .. } => *retry_after,
            Self::Unreachable { .. } | Self::NoKey | Self::Wire(_) => None,
        }
    }
}

/// Requests to one venue. Cheap to clone; clones share budget, endpoints and figures.
#[derive(Debug, Clone)]
pub struct Http {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    adapter: Arc<dyn Adapter>,
    client: reqwest::Client,
    endpoints: Endpoints,
    throttle: Mutex<Throttle>,
    signer: Option<Arc<dyn Signer>>,
    /// An answer was labelled simulated.
    simulated: AtomicBool,
    meter: Meter,
    started: Instant,
}

impl Http {
    /// A session with the venue of `adapter` at `endpoints`; a request ends after `timeout`.
    pub fn new(adapter: Arc<dyn Adapter>, endpoints: Vec<String>, timeout: Duration) -> Self {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(super::socket::tls())
            .timeout(timeout)
            .connect_timeout(timeout)
            .no_proxy()
            .user_agent(concat!("mem/", env!("CARGO_PKG_VERSION")))
            .build()
            .expect("a client with constant settings is always made");
        let throttle = Mutex::new(Throttle::new(adapter.limits().weight_per_minute));
        let endpoints = Endpoints::new(endpoints);
        let started = Instant::now();
        let inner = Inner {
            adapter,
            client,
            endpoints,
            throttle,
            signer: None,
            simulated: AtomicBool::new(false),
            meter: Meter::default(),
            started,
        };
        Self { inner: Arc::new(inner) }
    }

    /// The same session with a signer for private requests. To be called before it is cloned.
    ///
    /// # Panics
    /// If it was cloned already.
    #[must_use]
    pub fn signed_by(mut self, signer: Arc<dyn Signer>) -> Self {
        Arc::get_mut(&mut self.inner).expect("a session that nobody else has yet").signer = Some(signer);
        self
    }

    /// Whose wire format is spoken.
    pub fn adapter(&self) -> &Arc<dyn Adapter> {
        &self.inner.adapter
    }

    /// The name under which data of this session is kept: the adapter's venue, or `simulated` as soon as an answer was
    /// labelled so, whichever venue's protocol the simulated exchange speaks.
    pub fn venue(&self) -> Venue {
        if self.inner.simulated.load(Ordering::Relaxed) {
            MarketConfig::venue()
        } else {
            self.inner.adapter.venue().clone()
        }
    }

    /// Figures of all requests so far.
    pub fn meter(&self) -> &Meter {
        &self.inner.meter
    }

    /// The addresses in use.
    pub fn endpoints(&self) -> &[String] {
        self.inner.endpoints.urls()
    }

    /// Sends a request when the budget allows, and returns the body of a success.
    ///
    /// # Errors
    /// Nobody answers in time, the venue refuses, or the answer is too long.
    pub async fn send(&self, request: &Request) -> Result<Vec<u8>, HttpError> {
        let wait = self.throttle(|throttle, now| throttle.take(request.weight, now));
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        let (number, base) = self.inner.endpoints.choose();
        let begun = Instant::now();
        let outcome = self.ask(base, request).await;
        let took = begun.elapsed();
        match &outcome {
            Ok(_) => {
                self.inner.meter.took(took);
                self.inner.endpoints.ended(number, Some(took));
            }
            Err(error) => {
                self.inner.meter.failed();
                // A refusal of what was asked is no fault of the endpoint.
                self.inner.endpoints.ended(number, (!error.is_retryable()).then_some(took));
                if let Some(pause) = error.retry_after() {
                    self.throttle(|throttle, now| throttle.pause(pause, now));
                }
            }
        }
        outcome
    }

    async fn ask(&self, base: &str, request: &Request) -> Result<Vec<u8>, HttpError> {
        let unreachable = |error: reqwest::Error| HttpError::Unreachable {
            endpoint: base.to_owned(),
            // The address may hold a query; the chain of causes says more and holds none.
            reason: causes(&error.without_url()),
        };
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut asked = self.inner.client.request(method, format!("{base}{}", request.path));
        if request.private {
            let signer = self.inner.signer.as_ref().ok_or(HttpError::NoKey)?;
            for (name, value) in signer.headers(request, now_ms()) {
                asked = asked.header(name, value);
            }
        }
        if !request.body.is_empty() {
            asked = asked.header("content-type", "application/json").body(request.body.clone());
        }
        let mut answer = asked.send().await.map_err(unreachable)?;
        let status = answer.status().as_u16();
        if answer.headers().contains_key(SIMULATED_HEADER) {
            self.inner.simulated.store(true, Ordering::Relaxed);
        }
        let retry_after = answer
            .headers()
            .get("retry-after")
            .and_then(|value| value.to_str().ok()?.trim().parse().ok())
            .map(|seconds: u64| Duration::from_secs(seconds.min(3_600)));
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(unreachable)? {
            if body.len() + chunk.len() > LONGEST_ANSWER {
                return Err(WireError::new("answer", format!("longer than {LONGEST_ANSWER} bytes")).into());
            }
            body.extend_from_slice(&chunk);
        }
        if !(200..300).contains(&status) {
            return Err(HttpError::Refused { status, retry_after, text: self.inner.adapter.read_refusal(&body) });
        }
        Ok(body)
    }

    fn throttle<T>(&self, with: impl FnOnce(&mut Throttle, Duration) -> T) -> T {
        let mut throttle = self.inner.throttle.lock().unwrap_or_else(PoisonError::into_inner);
        with(&mut throttle, self.inner.started.elapsed())
    }
}

/// The time for signatures, which venues want to be fresh.
fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

//! The task of one route: takes events out of its queue and sends them, patiently and not too often.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, sleep, sleep_until};

use super::backoff::Backoff;
use super::message::Summary;
use super::pace::Pace;
use super::{Destination, Message, Route, RouteError};
use crate::alert::{AlertEvent, Change, Severity};

/// How often, how much, how patiently.
#[derive(Debug, Clone, PartialEq)]
pub struct Manner {
    /// Only what is at least so bad.
    pub min_severity: Severity,
    /// Also that something is over.
    pub recoveries: bool,
    /// So many messages in any stretch of `window`.
    pub most: u32,
    /// See `most`.
    pub window: Duration,
    /// So many events wait at most; what comes beyond is counted in a summary.
    pub queue: usize,
    /// So many tries for each message.
    pub tries: u32,
    /// Each try ends after so long.
    pub timeout: Duration,
    /// The wait after the first failed try is at most this.
    pub first_wait: Duration,
    /// No wait between tries is longer, unless the receiver asks for it.
    pub longest_wait: Duration,
}

impl Default for Manner {
    fn default() -> Self {
        Self {
            min_severity: Severity::Yellow,
            recoveries: true,
            most: 20,
            window: Duration::from_secs(60),
            queue: 100,
            tries: 5,
            timeout: Duration::from_secs(10),
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(60),
        }
    }
}

impl Manner {
    /// Whether an event is told at all. Whoever acknowledges knows it already.
    pub fn wants(&self, event: &AlertEvent) -> bool {
        let change = match event.change {
            Change::Raised | Change::Escalated => true,
            Change::Recovered => self.recoveries,
            Change::Acknowledged => false,
        };
        change && event.alert.severity >= self.min_severity
    }
}

/// What became of a route's messages so far.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub delivered: AtomicU64,
    pub failed: AtomicU64,
    pub retried: AtomicU64,
    pub held_back: AtomicU64,
    pub lost: AtomicU64,
    /// Events that found the queue full and are in no summary yet.
    pub untold: AtomicU64,
    pub last_error: Mutex<Option<String>>,
}

/// The owner of one route.
#[derive(Debug)]
pub(super) struct Worker {
    name: String,
    destination: Arc<Destination>,
    manner: Manner,
    client: reqwest::Client,
    counts: Arc<Counts>,
    backoff: Backoff,
    pace: Pace,
    started: Instant,
    held: Summary,
}

impl Worker {
    pub(super) fn new(
        route: &Route,
        destination: Arc<Destination>,
        client: reqwest::Client,
        counts: Arc<Counts>,
        seed: (u64, u64),
    ) -> Self {
        let manner = route.manner.clone();
        let backoff = Backoff::new(seed.0, seed.1, manner.first_wait, manner.longest_wait);
        let pace = Pace::new(manner.most, manner.window);
        let held = Summary::default();
        Self {
            name: route.name.clone(),
            destination,
            manner,
            client,
            counts,
            backoff,
            pace,
            started: Instant::now(),
            held,
        }
    }

    /// Works until nobody sends any more and everything is told.
    pub(super) async fn run(mut self, mut queue: Receiver<AlertEvent>) {
        loop {
            self.held.add_lost(self.counts.untold.swap(0, Ordering::Relaxed));
            let free_at = Instant::now() + self.pace.wait(self.started.elapsed());
            tokio::select! {
                // What waits already joins the summary rather than coming after it.
                biased;
                event = queue.recv() => match event {
                    Some(event) => self.take(event).await,
                    None => break,
                },
                () = sleep_until(free_at), if self.held.count > 0 => self.tell_held().await,
            }
        }
        self.held.add_lost(self.counts.untold.swap(0, Ordering::Relaxed));
        if self.held.count > 0 {
            self.tell_held().await;
        }
    }

    async fn take(&mut self, event: AlertEvent) {
        if self.held.count > 0 || !self.pace.wait(self.started.elapsed()).is_zero() {
            self.counts.held_back.fetch_add(1, Ordering::Relaxed);
            self.held.add(&event);
        } else {
            self.tell(Message::Alert(event)).await;
        }
    }

    async fn tell_held(&mut self) {
        let summary = std::mem::take(&mut self.held);
        self.tell(Message::Summary(summary)).await;
    }

    /// Sends until it is delivered, hopeless, or tried often enough.
    async fn tell(&mut self, message: Message) {
        self.pace.went(self.started.elapsed());
        for tried in 1.. {
            let sent = self.destination.send(&self.client, &self.name, &message, self.manner.timeout).await;
            let Err(error) = sent else {
                self.counts.delivered.fetch_add(1, Ordering::Relaxed);
                return;
            };
            self.remember(&error);
            if !error.is_retryable() || tried >= self.manner.tries {
                self.counts.failed.fetch_add(1, Ordering::Relaxed);
                tracing::error!(route = self.name, tried, %error, alert = message.title(), "alert not delivered");
                return;
            }
            self.counts.retried.fetch_add(1, Ordering::Relaxed);
            let wait = self.backoff.wait(tried, error.retry_after());
            tracing::warn!(route = self.name, tried, %error, ?wait, "alert not delivered yet");
            sleep(wait).await;
        }
    }

    fn remember(&self, error: &RouteError) {
        *self.counts.last_error.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
    }
}

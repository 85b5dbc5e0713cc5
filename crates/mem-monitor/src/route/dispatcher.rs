//! All routes at work.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::destination::client;
use super::worker::{Counts, Worker};
use super::{Destination, Manner, Message, Route, RouteError};
use crate::alert::AlertEvent;

/// Hands events to routes. One task and one bounded queue a route, so that a slow one delays no other.
#[derive(Debug)]
pub struct Dispatcher {
    lines: Vec<Line>,
    client: reqwest::Client,
}

#[derive(Debug)]
struct Line {
    name: String,
    destination: Arc<Destination>,
    manner: Manner,
    counts: Arc<Counts>,
    /// Gone while the dispatcher closes.
    queue: Option<mpsc::Sender<AlertEvent>>,
    task: JoinHandle<()>,
}

/// What became of a route's messages so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RouteFigures {
    /// Which route.
    pub name: String,
    /// Messages that were delivered.
    pub delivered: u64,
    /// Messages that were given up.
    pub failed: u64,
    /// Tries that failed and were followed by another.
    pub retried: u64,
    /// Events that came in a summary, since the route had had enough.
    pub held_back: u64,
    /// Events that found the queue full: a summary counts them and cannot say what they were.
    pub lost: u64,
    /// Why the last try that failed did. Holds no secret.
    pub last_error: Option<String>,
}

impl Dispatcher {
    /// Starts a task for every route. `seed` decides the waits between tries.
    ///
    /// # Panics
    /// Outside a tokio runtime with time and I/O.
    pub fn start(routes: Vec<Route>, seed: u64) -> Self {
        let client = client();
        let start = |(number, route): (usize, Route)| {
            let (queue, waiting) = mpsc::channel(route.manner.queue.max(1));
            let (destination, counts) = (Arc::new(route.destination.clone()), Arc::<Counts>::default());
            let seed = (seed, number as u64);
            let worker = Worker::new(&route, destination.clone(), client.clone(), counts.clone(), seed);
            let task = tokio::spawn(worker.run(waiting));
            Line { name: route.name, destination, manner: route.manner, counts, queue: Some(queue), task }
        };
        let lines = routes.into_iter().enumerate().map(start).collect();
        Self { lines, client }
    }

    /// Hands an event to every route that wants it. Never waits: where a queue is full, the event is counted and a summary
    /// will tell that there was more.
    pub fn send(&self, event: &AlertEvent) {
        for line in self.lines.iter().filter(|line| line.manner.wants(event)) {
            let Some(queue) = &line.queue else { continue };
            match queue.try_send(event.clone()) {
                Ok(()) => {}
                Err(TrySendError::Full(_)) => {
                    line.counts.lost.fetch_add(1, Ordering::Relaxed);
                    line.counts.untold.fetch_add(1, Ordering::Relaxed);
                }
                Err(TrySendError::Closed(_)) => {
                    line.counts.lost.fetch_add(1, Ordering::Relaxed);
                    tracing::error!(route = line.name, "route has ended");
                }
            }
        }
    }

    /// Sends a test message by one route, once and at once.
    ///
    /// # Errors
    /// No route has this name, or the message was not delivered.
    pub async fn test(&self, name: &str) -> Result<(), RouteError> {
        let line = self.lines.iter().find(|line| line.name == name);
        let line = line.ok_or_else(|| RouteError::NoRoute(name.to_owned()))?;
        line.destination.send(&self.client, name, &Message::test(name), line.manner.timeout).await
    }

    /// What became of each route's messages so far.
    pub fn figures(&self) -> Vec<RouteFigures> {
        self.lines.iter().map(Line::figures).collect()
    }

    /// Takes nothing more, and waits at most `within` for what still waits to be delivered.
    pub async fn close(mut self, within: Duration) -> Vec<RouteFigures> {
        let end = Instant::now() + within;
        for line in &mut self.lines {
            line.queue = None;
        }
        for line in &mut self.lines {
            if tokio::time::timeout_at(end, &mut line.task).await.is_err() {
                line.task.abort();
                tracing::error!(route = line.name, "alerts left undelivered");
            }
        }
        self.figures()
    }
}

impl Line {
    fn figures(&self) -> RouteFigures {
        let counts = &self.counts;
        RouteFigures {
            name: self.name.clone(),
            delivered: counts.delivered.load(Ordering::Relaxed),
            failed: counts.failed.load(Ordering::Relaxed),
            retried: counts.retried.load(Ordering::Relaxed),
            held_back: counts.held_back.load(Ordering::Relaxed),
            lost: counts.lost.load(Ordering::Relaxed),
            last_error: counts.last_error.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }
}

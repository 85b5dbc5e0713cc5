//! Commands to a venue: kept in order while it cannot be reached, each carried out at most once.
//!
//! One command is under way at a time. One that gets no answer is sent again, with the same idempotency key (an order's
//! client id), until the venue answers or the command expires: the venue carries a key out once, however often it is sent.
//! The queue is bounded; a command that finds it full is refused at once, since an order that waits behind thousands is
//! worse than none.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mem_venue::Request;
use mem_venue::session::{Http, HttpError};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::backoff::Backoff;

/// First and longest wait before a command is sent again.
const FIRST_WAIT: Duration = Duration::from_millis(20);
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Something a venue is to do.
#[derive(Debug, Clone)]
pub struct Command {
    /// What makes it the same command when it is sent again, such as an order's client id.
    pub key: String,
    /// What is sent.
    pub request: Request,
    /// After so long it is not to be carried out any more.
    pub expires_after: Duration,
}

/// Why a command was not acknowledged.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// Too many wait already. It was not sent.
    #[error("{waiting} commands wait already: it was not sent")]
    Full {
        /// How many wait.
        waiting: usize,
    },
    /// A command with this key waits or is under way.
    #[error("a command with the key {key} is under way already")]
    UnderWay {
        /// The key.
        key: String,
    },
    /// It expired before it could be sent.
    #[error("it expired before it could be sent")]
    Expired,
    /// It was sent, no answer came, and it expired: the venue must be asked what became of it.
    #[error("it was sent and no answer came: ask the venue what became of it")]
    Unknown(#[source] HttpError),
    /// The venue refused it.
    #[error("the venue refused it")]
    Refused(#[source] HttpError),
    /// The queue has been stopped. It was not sent.
    #[error("the queue has been stopped: it was not sent")]
    Stopped,
}

struct Waiting {
    command: Command,
    until: Instant,
    answer: oneshot::Sender<Result<Vec<u8>, CommandError>>,
}

/// Commands to one venue. Cheap to clone; the queue ends when the last clone is gone and everything has been answered.
#[derive(Debug, Clone)]
pub struct Commands {
    queue: mpsc::Sender<Waiting>,
    keys: Arc<Mutex<BTreeSet<String>>>,
}

impl Commands {
    /// A queue to the venue of `http`, in which at most `capacity` commands wait. Must be called within a tokio runtime.
    pub fn start(http: Http, capacity: usize, seed: u64) -> Self {
        let (queue, mut waiting) = mpsc::channel::<Waiting>(capacity.max(1));
        let keys: Arc<Mutex<BTreeSet<String>>> = Arc::default();
        let done = Arc::clone(&keys);
        tokio::spawn(async move {
            let mut backoff = Backoff::new(FIRST_WAIT, LONGEST_WAIT, seed);
            while let Some(next) = waiting.recv().await {
                let outcome = carry_out(&http, &next.command, next.until, &mut backoff).await;
                lock(&done).remove(&next.command.key);
                // Whoever asked may have gone; the command was carried out all the same.
                let _ = next.answer.send(outcome);
            }
        });
        Self { queue, keys }
    }

    /// How many commands wait or are under way.
    pub fn waiting(&self) -> usize {
        lock(&self.keys).len()
    }

    /// Queues a command and waits for its acknowledgement: the body of the venue's answer.
    ///
    /// # Errors
    /// See [`CommandError`]; only [`CommandError::Unknown`] leaves open whether it was carried out.
    pub async fn send(&self, command: Command) -> Result<Vec<u8>, CommandError> {
        let (answer, answered) = oneshot::channel();
        let key = command.key.clone();
        let until = Instant::now() + command.expires_after;
        if !lock(&self.keys).insert(key.clone()) {
            return Err(CommandError::UnderWay { key });
        }
        if let Err(error) = self.queue.try_send(Waiting { command, until, answer }) {
            lock(&self.keys).remove(&key);
            return Err(match error {
                mpsc::error::TrySendError::Full(_) => CommandError::Full { waiting: self.waiting() },
                mpsc::error::TrySendError::Closed(_) => CommandError::Stopped,
            });
        }
        answered.await.unwrap_or(Err(CommandError::Stopped))
    }
}

fn lock(keys: &Mutex<BTreeSet<String>>) -> MutexGuard<'_, BTreeSet<String>> {
    keys.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn carry_out(
    http: &Http,
    command: &Command,
    until: Instant,
    backoff: &mut Backoff,
) -> Result<Vec<u8>, CommandError> {
    let mut unanswered = None;
    backoff.reset();
    loop {
        let sent = match tokio::time::timeout_at(until, http.send(&command.request)).await {
            Ok(sent) => sent,
            // It may have been on its way, unless it only waited for the budget; only the venue knows.
            Err(_) => return Err(unanswered.map_or(CommandError::Expired, CommandError::Unknown)),
        };
        let error = match sent {
            Ok(body) => return Ok(body),
            Err(error) if error.is_retryable() => error,
            Err(error) => return Err(CommandError::Refused(error)),
        };
        let wait = backoff.next_wait().max(error.retry_after().unwrap_or_default());
        // A refusal was an answer: the venue did nothing. Silence was none.
        if !matches!(error, HttpError::Refused { status: 429 | 418, .. }) || unanswered.is_none() {
            unanswered = Some(error);
        }
        if Instant::now() + wait >= until {
            return Err(match unanswered {
                Some(HttpError::Refused { status: 429 | 418, .. }) | None => CommandError::Expired,
                Some(error) => CommandError::Unknown(error),
            });
        }
        tokio::time::sleep(wait).await;
    }
}

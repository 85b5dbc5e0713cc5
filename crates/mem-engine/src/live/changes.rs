//! What the program around a running engine changes of it: limits, and turning its session over. Lives longer than a session.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use mem_monitor::alert::AlertConfig;
use mem_trade::risk::RiskConfig;
use mem_types::Timestamp;
use tokio::sync::Notify;

/// Told when a change has taken effect, by our clock.
pub struct Applied(Box<dyn FnOnce(Timestamp) + Send>);

impl Applied {
    /// Tells whoever wanted the change.
    pub fn tell(self, at: Timestamp) {
        (self.0)(at);
    }
}

impl std::fmt::Debug for Applied {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Applied")
    }
}

/// What is changed.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Other limits of risk: the loop is told, as by an operator, so that the session can be done again.
    Risk(Box<RiskConfig>),
    /// Other limits of alerts.
    Alerts(Box<AlertConfig>),
    /// The session ends in order, so that another can go on from its books with another configuration.
    TurnOver,
}

/// Changes on their way to a running engine. Clones are of one and the same.
#[derive(Debug, Clone, Default)]
pub struct Changes(Arc<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    queue: Mutex<VecDeque<(Change, Applied)>>,
    bell: Notify,
}

impl Changes {
    /// Tells the engine of a change; `applied` is called once it has taken effect, on a thread that must not be held up.
    pub fn tell(&self, change: Change, applied: impl FnOnce(Timestamp) + Send + 'static) {
        let waiting = (change, Applied(Box::new(applied)));
        self.0.queue.lock().unwrap_or_else(PoisonError::into_inner).push_back(waiting);
        self.0.bell.notify_one();
    }

    /// The next change, in the order in which they were told; waits for one.
    pub(super) async fn next(&self) -> (Change, Applied) {
        loop {
            if let Some(next) = self.0.queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front() {
                return next;
            }
            self.0.bell.notified().await;
        }
    }
}

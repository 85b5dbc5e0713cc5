//! How often a route may be used: so many messages in any stretch of a window's length.

use std::collections::VecDeque;
use std::time::Duration;

#[derive(Debug)]
pub(super) struct Pace {
    most: usize,
    window: Duration,
    sent: VecDeque<Duration>,
}

impl Pace {
    pub(super) fn new(most: u32, window: Duration) -> Self {
        Self { most: most.max(1) as usize, window, sent: VecDeque::new() }
    }

    /// How long until the next message may go: zero for now. `now` counts from any fixed moment.
    pub(super) fn wait(&mut self, now: Duration) -> Duration {
        while self.sent.front().is_some_and(|sent| now.saturating_sub(*sent) >= self.window) {
            self.sent.pop_front();
        }
        if self.sent.len() < self.most {
            return Duration::ZERO;
        }
        self.sent.front().map_or(Duration::ZERO, |sent| (*sent + self.window).saturating_sub(now))
    }

    /// A message goes now.
    pub(super) fn went(&mut self, now: Duration) {
        self.sent.push_back(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_stretch_of_a_window_has_more_than_it_may() {
        let second = Duration::from_secs(1);
        let mut pace = Pace::new(2, second * 60);
        assert_eq!(pace.wait(second), Duration::ZERO);
        pace.went(second);
        assert_eq!(pace.wait(second * 10), Duration::ZERO);
        pace.went(second * 10);
        assert_eq!(pace.wait(second * 11), second * 50);
        assert_eq!(pace.wait(second * 61), Duration::ZERO);
        pace.went(second * 61);
        assert_eq!(pace.wait(second * 61), second * 9);
    }
}

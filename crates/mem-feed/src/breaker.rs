//! The circuit breaker: after failures in a row nothing is tried for a while, then one attempt decides.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What the breaker lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BreakerState {
    /// Everything.
    Closed,
    /// Nothing.
    Open,
    /// One attempt, whose outcome decides.
    HalfOpen,
}

/// A circuit breaker. Real time comes in as the time since some fixed moment.
#[derive(Debug, Clone)]
pub struct Breaker {
    threshold: u32,
    reset: Duration,
    failures: u32,
    opened: Option<Duration>,
    probing: bool,
    openings: u64,
}

impl Breaker {
    /// Opens at `threshold` failures in a row (at least one), and lets one attempt through `reset` later.
    pub fn new(threshold: u32, reset: Duration) -> Self {
        Self { threshold: threshold.max(1), reset, failures: 0, opened: None, probing: false, openings: 0 }
    }

    /// Its state.
    pub fn state(&self) -> BreakerState {
        match (self.opened, self.probing) {
            (None, _) => BreakerState::Closed,
            (Some(_), false) => BreakerState::Open,
            (Some(_), true) => BreakerState::HalfOpen,
        }
    }

    /// Whether an attempt may be made now. One that may must be followed by [`Breaker::succeeded`] or
    /// [`Breaker::failed`].
    pub fn allow(&mut self, now: Duration) -> bool {
        match self.opened {
            None => true,
            Some(at) if !self.probing && now >= at + self.reset => {
                self.probing = true;
                true
            }
            Some(_) => false,
        }
    }

    /// When an open breaker lets the next attempt through.
    pub fn next_try(&self) -> Option<Duration> {
        self.opened.map(|at| at + self.reset)
    }

    /// The attempt has succeeded.
    pub fn succeeded(&mut self) {
        (self.failures, self.opened, self.probing) = (0, None, false);
    }

    /// The attempt has failed.
    pub fn failed(&mut self, now: Duration) {
        self.failures = self.failures.saturating_add(1);
        if self.probing || (self.opened.is_none() && self.failures >= self.threshold) {
            self.openings += 1;
            (self.opened, self.probing) = (Some(now), false);
        }
    }

    /// How often it has opened.
    pub fn openings(&self) -> u64 {
        self.openings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RESET: Duration = Duration::from_secs(60);

    fn at(second: u64) -> Duration {
        Duration::from_secs(second)
    }

    fn opened() -> Breaker {
        let mut breaker = Breaker::new(5, RESET);
        for _ in 0..5 {
            assert!(breaker.allow(at(0)));
            breaker.failed(at(0));
        }
        breaker
    }

    #[test]
    fn it_opens_at_the_threshold_and_half_opens_for_one() {
        let mut breaker = opened();
        assert_eq!(breaker.state(), BreakerState::Open);
        assert!(!breaker.allow(at(59)));
        assert!(breaker.allow(at(60)));
        assert_eq!(breaker.state(), BreakerState::HalfOpen);
        assert!(!breaker.allow(at(60)), "one probe only");
        breaker.succeeded();
        assert_eq!(breaker.state(), BreakerState::Closed);
        assert!(breaker.allow(at(61)));
    }

    #[test]
    fn a_failed_probe_opens_it_for_the_whole_time_again() {
        let mut breaker = opened();
        assert!(breaker.allow(at(60)));
        breaker.failed(at(61));
        assert_eq!(breaker.state(), BreakerState::Open);
        assert!(!breaker.allow(at(120)));
        assert!(breaker.allow(at(121)));
        assert_eq!(breaker.openings(), 2);
    }

    #[test]
    fn a_success_between_failures_keeps_it_closed() {
        let mut breaker = Breaker::new(2, RESET);
        for _ in 0..10 {
            breaker.failed(at(0));
            breaker.succeeded();
        }
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    proptest! {
        #[test]
        fn an_open_breaker_lets_one_through_per_reset(steps in prop::collection::vec(0_u64..100, 1..100)) {
            let mut breaker = opened();
            let (mut now, mut last) = (0, 0);
            for step in steps {
                now += step;
                if breaker.allow(at(now)) {
                    prop_assert!(now - last >= 60);
                    breaker.failed(at(now));
                    last = now;
                }
            }
        }
    }
}

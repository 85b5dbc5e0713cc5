//! Requests kept within a venue's budget, so that it never has to refuse one.

use std::time::Duration;

/// A bucket of weights that fills up evenly. Real time comes in as the time since some fixed moment.
#[derive(Debug, Clone)]
pub struct Throttle {
    per_minute: f64,
    left: f64,
    at: Duration,
}

impl Throttle {
    /// A full bucket.
    pub fn new(weight_per_minute: u32) -> Self {
        let per_minute = f64::from(weight_per_minute.max(1));
        Self { per_minute, left: per_minute, at: Duration::ZERO }
    }

    /// Takes `weight` out and says how long to wait before the request may be sent.
    pub fn take(&mut self, weight: u32, now: Duration) -> Duration {
        let grown = now.saturating_sub(self.at).as_secs_f64() * self.per_minute / 60.0;
        self.left = (self.left + grown).min(self.per_minute) - f64::from(weight);
        self.at = self.at.max(now);
        if self.left >= 0.0 { Duration::ZERO } else { Duration::from_secs_f64(-self.left * 60.0 / self.per_minute) }
    }

    /// Nothing may be sent for `pause`: the venue has said so.
    pub fn pause(&mut self, pause: Duration, now: Duration) {
        let owed = -(pause.as_secs_f64() * self.per_minute / 60.0);
        self.left = self.left.min(owed);
        self.at = self.at.max(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_pause_is_kept() {
        let mut throttle = Throttle::new(600);
        throttle.pause(Duration::from_secs(5), Duration::ZERO);
        assert_eq!(throttle.take(0, Duration::from_secs(5)), Duration::ZERO);
        throttle.pause(Duration::from_secs(5), Duration::from_secs(5));
        assert_eq!(throttle.take(1, Duration::from_secs(6)), Duration::from_millis(4_100));
    }

    proptest! {
        #[test]
        fn no_minute_holds_more_than_the_bucket_and_its_refill(
            steps in prop::collection::vec((0_u64..2_000, 1_u32..50), 1..300)
        ) {
            let mut throttle = Throttle::new(100);
            let (mut now, mut sent) = (0.0, Vec::new());
            for (step_ms, weight) in steps {
                now += step_ms as f64 / 1000.0;
                let wait = throttle.take(weight, Duration::from_secs_f64(now));
                sent.push((now + wait.as_secs_f64(), f64::from(weight)));
            }
            for (start, _) in &sent {
                let inside: f64 = sent.iter().filter(|(at, _)| at >= start && *at < start + 60.0).map(|(_, w)| w).sum();
                prop_assert!(inside <= 200.0 + 50.0, "{inside}");
            }
        }
    }
}

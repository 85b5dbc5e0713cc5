//! How long to wait before the next attempt: exponential, with full jitter.
//!
//! The wait before attempt n is drawn evenly from 0 to `min(longest, base * 2^n)`, so that many clients that lost the
//! same venue at once do not come back at once (M. Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog 2015).

use std::time::Duration;

/// Waits that grow until a success.
#[derive(Debug, Clone)]
pub struct Backoff {
    base: Duration,
    longest: Duration,
    attempt: u32,
    state: u64,
}

impl Backoff {
    /// Waits of at most `base` at first and at most `longest` later; `seed` decides the draws.
    pub fn new(base: Duration, longest: Duration, seed: u64) -> Self {
        Self { base, longest, attempt: 0, state: seed }
    }

    /// The wait before the next attempt.
    pub fn next_wait(&mut self) -> Duration {
        let most = self.base.saturating_mul(1 << self.attempt.min(30)).min(self.longest);
        self.attempt = self.attempt.saturating_add(1);
        most.mul_f64(self.draw())
    }

    /// An attempt has succeeded.
    pub fn reset(&mut self) {
        self.attempt = 0;
    }

    /// Attempts since the last success.
    pub fn attempts(&self) -> u32 {
        self.attempt
    }

    /// A number from 0 to 1 (SplitMix64).
    fn draw(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn waits_lie_below_the_doubling_bound(seed in any::<u64>(), attempts in 1_u32..80) {
            let (base, longest) = (Duration::from_millis(100), Duration::from_secs(30));
            let mut backoff = Backoff::new(base, longest, seed);
            for attempt in 0..attempts {
                let bound = base.saturating_mul(1 << attempt.min(30)).min(longest);
                prop_assert!(backoff.next_wait() <= bound);
            }
            backoff.reset();
            prop_assert!(backoff.next_wait() <= base);
        }
    }

    #[test]
    fn waits_are_spread_over_the_whole_range() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(1), 1);
        let waits: Vec<f64> = (0..1000).map(|_| backoff.next_wait().as_secs_f64()).collect();
        let mean = waits.iter().sum::<f64>() / 1000.0;
        assert!((0.45..0.55).contains(&mean), "{mean}");
        assert!(waits.iter().any(|wait| *wait < 0.05) && waits.iter().any(|wait| *wait > 0.95));
    }
}

//! Waits between tries: drawn evenly from 0 to a bound that doubles (full jitter).

use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// Longest wait that a receiver may ask for.
const LONGEST_ASKED: Duration = Duration::from_secs(600);

#[derive(Debug)]
pub(super) struct Backoff {
    random: ChaCha8Rng,
    first: Duration,
    longest: Duration,
}

impl Backoff {
    /// Bounds of `first`, twice that, and so on up to `longest`. Each `stream` of a seed waits differently.
    pub(super) fn new(seed: u64, stream: u64, first: Duration, longest: Duration) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(stream);
        Self { random, first, longest }
    }

    /// The wait after the try number `tried`, from 1; at least what the receiver has asked for.
    pub(super) fn wait(&mut self, tried: u32, asked: Option<Duration>) -> Duration {
        let doublings = tried.saturating_sub(1).min(30);
        let bound = self.first.saturating_mul(1 << doublings).min(self.longest);
        let part = (self.random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        bound.mul_f64(part).max(asked.unwrap_or_default().min(LONGEST_ASKED))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_stay_within_their_bounds_and_are_the_same_every_time() {
        let waits = |seed| {
            let mut backoff = Backoff::new(seed, 3, Duration::from_secs(1), Duration::from_secs(8));
            (1..40).map(|tried| backoff.wait(tried, None)).collect::<Vec<_>>()
        };
        for (index, wait) in waits(7).into_iter().enumerate() {
            assert!(wait <= Duration::from_secs(1 << index.min(3)), "{index}: {wait:?}");
        }
        assert_eq!(waits(7), waits(7));
        assert_ne!(waits(7), waits(8));
        let mut backoff = Backoff::new(1, 1, Duration::ZERO, Duration::ZERO);
        assert_eq!(backoff.wait(1, Some(Duration::from_secs(5))), Duration::from_secs(5));
        assert_eq!(backoff.wait(1, Some(Duration::from_secs(5_000))), LONGEST_ASKED);
    }
}

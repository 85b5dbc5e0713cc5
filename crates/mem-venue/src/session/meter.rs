//! How many requests, how many failed, and how long they took.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

/// Longest time that is told apart.
const LONGEST_MICROS: u64 = 60_000_000;

/// Counts and times of one kind of work. Times are kept to three digits.
#[derive(Debug)]
pub struct Meter {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    errors: u64,
    micros: Histogram<u64>,
}

/// What a [`Meter`] shows. Times are in milliseconds; `None` before the first success.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct MeterReading {
    /// Successes and failures.
    pub count: u64,
    /// Failures.
    pub errors: u64,
    /// Half of the successes took no longer.
    pub p50_ms: Option<f64>,
    /// 95 of 100 took no longer.
    pub p95_ms: Option<f64>,
    /// 99 of 100 took no longer.
    pub p99_ms: Option<f64>,
    /// None took longer.
    pub max_ms: Option<f64>,
}

impl Default for Meter {
    fn default() -> Self {
        let micros = Histogram::new_with_bounds(1, LONGEST_MICROS, 3).expect("constant bounds that the library takes");
        Self { state: Mutex::new(State { errors: 0, micros }) }
    }
}

impl Meter {
    /// One success that took so long.
    pub fn took(&self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.state().micros.saturating_record(micros.clamp(1, LONGEST_MICROS));
    }

    /// One failure.
    pub fn failed(&self) {
        self.state().errors += 1;
    }

    /// What it shows now.
    pub fn read(&self) -> MeterReading {
        let state = self.state();
        let some = !state.micros.is_empty();
        let at = |quantile: f64| some.then(|| state.micros.value_at_quantile(quantile) as f64 / 1000.0);
        MeterReading {
            count: state.micros.len() + state.errors,
            errors: state.errors,
            p50_ms: at(0.50),
            p95_ms: at(0.95),
            p99_ms: at(0.99),
            max_ms: some.then(|| state.micros.max() as f64 / 1000.0),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_times() {
        let meter = Meter::default();
        assert_eq!(meter.read(), MeterReading::default());
        (1..=100).for_each(|ms| meter.took(Duration::from_millis(ms)));
        meter.failed();
        let reading = meter.read();
        assert_eq!((reading.count, reading.errors), (101, 1));
        assert!((reading.p50_ms.unwrap() - 50.0).abs() < 0.1);
        assert!((reading.p99_ms.unwrap() - 99.0).abs() < 0.1);
        meter.took(Duration::from_secs(3600));
        assert!(meter.read().max_ms.unwrap() >= 60_000.0);
    }
}

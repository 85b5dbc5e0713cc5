//! The exchange's own clock: real time at a speed, or steps by command.

use std::time::Duration;

use mem_types::Timestamp;

/// Fastest speed.
pub const MAX_SPEED: f64 = 10_000.0;

/// A clock that runs `speed` times as fast as real time. At speed 0 it stands, and moves by [`Clock::step`] only.
///
/// Real time comes in as the time since some fixed moment: the clock reads nothing itself.
#[derive(Debug, Clone)]
pub struct Clock {
    anchor: Timestamp,
    since: Duration,
    speed: f64,
}

impl Clock {
    /// A clock that shows `start` at real time zero. Speeds outside 0 to [`MAX_SPEED`] are brought inside.
    pub fn new(start: Timestamp, speed: f64) -> Self {
        Self { anchor: start, since: Duration::ZERO, speed: speed.clamp(0.0, MAX_SPEED) }
    }

    /// What it shows at real time `real`.
    pub fn at(&self, real: Duration) -> Timestamp {
        let passed = real.saturating_sub(self.since).as_nanos() as f64 * self.speed;
        Timestamp::from_nanos(self.anchor.as_nanos().saturating_add(passed as i64))
    }

    /// How many times as fast as real time it runs.
    pub fn speed(&self) -> f64 {
        self.speed
    }

    /// Runs at another speed from `real` on.
    pub fn set_speed(&mut self, real: Duration, speed: f64) {
        self.anchor = self.at(real);
        self.since = real;
        self.speed = speed.clamp(0.0, MAX_SPEED);
    }

    /// Jumps forward by `by` of its own time.
    pub fn step(&mut self, by: Duration) {
        let by = i64::try_from(by.as_nanos()).unwrap_or(i64::MAX);
        self.anchor = Timestamp::from_nanos(self.anchor.as_nanos().saturating_add(by));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_never_jumps_when_the_speed_changes() {
        let mut clock = Clock::new(Timestamp::from_nanos(1_000), 10.0);
        let second = Duration::from_secs(1);
        assert_eq!(clock.at(second).as_nanos(), 1_000 + 10_000_000_000);
        clock.set_speed(second, 0.0);
        assert_eq!(clock.at(second * 100).as_nanos(), 10_000_001_000);
        clock.step(second);
        assert_eq!(clock.at(second * 100).as_nanos(), 11_000_001_000);
        clock.set_speed(second * 100, 1e9);
        assert_eq!(clock.speed(), MAX_SPEED);
        assert_eq!(clock.at(second * 100).as_nanos(), 11_000_001_000);
    }
}

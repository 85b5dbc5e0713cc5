//! Whether memory helps: both probabilities that were given with a decision, with and without memory, are scored when its outcome is known
//! (prequentially, Dawid 1984). Memory that does harm has an improvement below zero, and that is what is reported.

use serde::{Deserialize, Serialize};

/// The confidence (0 to 100) that decisions carried over it by memory, one way or the other, are counted at.
pub const THRESHOLD: f64 = 50.0;

/// A group of decisions and what they brought on average.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Group {
    /// How many.
    pub count: u64,
    /// Sum of their returns, in percent.
    pub return_pct: f64,
}

impl Group {
    fn take(&mut self, return_pct: f64) {
        self.count += 1;
        self.return_pct += return_pct;
    }

    /// What they brought on average, in percent; `None` for none.
    pub fn mean_return_pct(&self) -> Option<f64> {
        (self.count > 0).then(|| self.return_pct / self.count as f64)
    }
}

/// Sums over decisions whose outcome came after they were judged.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Uplift {
    /// How many were judged with enough support to move their confidence.
    pub judged: u64,
    brier_base: f64,
    brier_memory: f64,
    log_loss_base: f64,
    log_loss_memory: f64,
    /// Sum of squares of the differences of the Brier scores, for their error.
    difference_squares: f64,
    /// Decisions whose confidence memory raised.
    pub raised: Group,
    /// Decisions whose confidence memory lowered.
    pub lowered: Group,
    /// Decisions that were at [`THRESHOLD`] or above and fell below it because of memory.
    #[serde(default)]
    pub vetoed: Group,
    /// Decisions that were below [`THRESHOLD`] and rose to it or above because of memory.
    #[serde(default)]
    pub promoted: Group,
}

/// What the sums say.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct UpliftReport {
    /// Decisions judged.
    pub judged: u64,
    /// Mean squared error of the probability without memory (Brier 1950).
    pub brier_without: f64,
    /// The same with memory.
    pub brier_with: f64,
    /// How much smaller it is with memory: above zero where memory helps.
    pub improvement: f64,
    /// Standard error of that, of differences between the two scores of the same decision.
    pub standard_error: f64,
    /// Mean negative logarithm of the probability of what happened, without memory.
    pub log_loss_without: f64,
    /// The same with memory.
    pub log_loss_with: f64,
    /// Mean return in percent of decisions whose confidence was raised.
    pub raised_return_pct: Option<f64>,
    /// How many those were.
    pub raised: u64,
    /// Mean return in percent of decisions whose confidence was lowered.
    pub lowered_return_pct: Option<f64>,
    /// How many those were.
    pub lowered: u64,
    /// Mean return in percent of decisions that memory carried below [`THRESHOLD`]: above zero, it did harm there.
    #[serde(default)]
    pub vetoed_return_pct: Option<f64>,
    /// How many those were.
    #[serde(default)]
    pub vetoed: u64,
    /// Mean return in percent of decisions that memory carried to [`THRESHOLD`] or above.
    #[serde(default)]
    pub promoted_return_pct: Option<f64>,
    /// How many those were.
    #[serde(default)]
    pub promoted: u64,
}

fn log_loss(probability: f64, won: bool) -> f64 {
    let happened = if won { probability } else { 1.0 - probability };
    -libm::log(happened.clamp(1e-12, 1.0))
}

impl Uplift {
    /// Takes note of an outcome: probabilities without and with memory, the confidence (0 to 100) as the strategy gave it and as memory moved
    /// it, and the return in percent.
    pub fn take(&mut self, base: f64, memory: f64, raw: f64, adjusted: f64, return_pct: f64) {
        let won = return_pct > 0.0;
        let happened = f64::from(u8::from(won));
        let (without, with) = ((base - happened) * (base - happened), (memory - happened) * (memory - happened));
        self.judged += 1;
        self.brier_base += without;
        self.brier_memory += with;
        self.log_loss_base += log_loss(base, won);
        self.log_loss_memory += log_loss(memory, won);
        self.difference_squares += (without - with) * (without - with);
        if memory > base {
            self.raised.take(return_pct);
        } else if memory < base {
            self.lowered.take(return_pct);
        }
        match (raw >= THRESHOLD, adjusted >= THRESHOLD) {
            (true, false) => self.vetoed.take(return_pct),
            (false, true) => self.promoted.take(return_pct),
            _ => {}
        }
    }

    /// What has been measured; `None` before the second outcome: a single one has no standard error.
    pub fn report(&self) -> Option<UpliftReport> {
        if self.judged < 2 {
            return None;
        }
        let n = self.judged as f64;
        let improvement = (self.brier_base - self.brier_memory) / n;
        let variance = ((self.difference_squares - n * improvement * improvement) / (n - 1.0)).max(0.0);
        Some(UpliftReport {
            judged: self.judged,
            brier_without: self.brier_base / n,
            brier_with: self.brier_memory / n,
            improvement,
            standard_error: (variance / n).sqrt(),
            log_loss_without: self.log_loss_base / n,
            log_loss_with: self.log_loss_memory / n,
            raised_return_pct: self.raised.mean_return_pct(),
            raised: self.raised.count,
            lowered_return_pct: self.lowered.mean_return_pct(),
            lowered: self.lowered.count,
            vetoed_return_pct: self.vetoed.mean_return_pct(),
            vetoed: self.vetoed.count,
            promoted_return_pct: self.promoted.mean_return_pct(),
            promoted: self.promoted.count,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let mut uplift = Uplift::default();
        assert_eq!(uplift.report(), None);
        uplift.take(0.5, 0.8, 45.0, 60.0, 1.0);
        // One difference says nothing about how much they scatter.
        assert_eq!(uplift.report(), None);
        uplift.take(0.5, 0.4, 55.0, 45.0, -2.0);
        let report = uplift.report().unwrap();
        assert!((report.brier_without - 0.25).abs() < 1e-12);
        assert!((report.brier_with - (0.04 + 0.16) / 2.0).abs() < 1e-12);
        // The differences are 0.21 and 0.09: 0.06 on either side of 0.15, so 0.12 / sqrt(2) / sqrt(2) is the error.
        assert!((report.improvement - 0.15).abs() < 1e-12 && (report.standard_error - 0.06).abs() < 1e-12);
        let log_loss = -(libm::log(0.8) + libm::log(0.6)) / 2.0;
        assert!((report.log_loss_with - log_loss).abs() < 1e-12);
        assert_eq!((report.raised_return_pct, report.lowered_return_pct), (Some(1.0), Some(-2.0)));
        assert_eq!((report.promoted, report.promoted_return_pct), (1, Some(1.0)));
        assert_eq!((report.vetoed, report.vetoed_return_pct), (1, Some(-2.0)));
    }

    #[test]
    fn harm_is_said_and_nobody_is_carried_over_who_was_not() {
        let mut uplift = Uplift::default();
        for raw in [80.0, 20.0, 50.0] {
            uplift.take(0.5, 0.9, raw, raw, -1.0);
        }
        let report = uplift.report().unwrap();
        assert!(report.improvement < -0.5 && report.log_loss_with > report.log_loss_without, "{report:?}");
        assert_eq!((report.vetoed, report.promoted, report.vetoed_return_pct), (0, 0, None));
    }

    #[test]
    fn sums_kept_before_there_were_thresholds_are_read() {
        let old = r#"{"judged":1,"brier_base":0.25,"brier_memory":0.2,"log_loss_base":0.7,"log_loss_memory":0.6,"difference_squares":0.0025,
            "raised":{"count":1,"return_pct":1.0},"lowered":{"count":0,"return_pct":0.0}}"#;
        let read: Uplift = serde_json::from_str(old).unwrap();
        assert_eq!((read.judged, read.vetoed, read.promoted), (1, Group::default(), Group::default()));
    }
}

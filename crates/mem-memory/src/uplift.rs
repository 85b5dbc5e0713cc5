//! Whether memory helps: both probabilities that were given with a decision, with and without memory, are scored when its outcome is known.

use serde::{Deserialize, Serialize};

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
    /// Standard error of that.
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
}

fn log_loss(probability: f64, won: bool) -> f64 {
    let happened = if won { probability } else { 1.0 - probability };
    -libm::log(happened.clamp(1e-12, 1.0))
}

impl Uplift {
    /// Takes note of an outcome: probabilities without and with memory, and the return in percent.
    pub fn take(&mut self, base: f64, memory: f64, return_pct: f64) {
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
    }

    /// What has been measured; `None` before the first outcome.
    pub fn report(&self) -> Option<UpliftReport> {
        if self.judged == 0 {
            return None;
        }
        let n = self.judged as f64;
        let improvement = (self.brier_base - self.brier_memory) / n;
        let variance = (self.difference_squares / n - improvement * improvement).max(0.0);
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
        uplift.take(0.5, 0.8, 1.0);
        uplift.take(0.5, 0.4, -2.0);
        let report = uplift.report().unwrap();
        assert!((report.brier_without - 0.25).abs() < 1e-12);
        assert!((report.brier_with - (0.04 + 0.16) / 2.0).abs() < 1e-12);
        assert!((report.improvement - 0.15).abs() < 1e-12 && report.standard_error > 0.0);
        assert_eq!((report.raised_return_pct, report.lowered_return_pct), (Some(1.0), Some(-2.0)));
    }
}

//! When a model is trained anew.

use serde::{Deserialize, Serialize};

/// What calls for a training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// What it sees is no longer like what it was trained on.
    Drift,
    /// It has become worse.
    Performance,
    /// Its time has come.
    Scheduled,
    /// There are enough new bars.
    DataVolume,
}

/// The rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetrainConfig {
    /// Times by our clock in UTC: minute, hour, day of month, month, day of week. Empty: never.
    pub cron: String,
    /// Train once so many bars, of all symbols together, are newer than the newest training; 0: never.
    pub new_bars: u64,
    /// Train when features drift.
    pub on_drift: bool,
    /// Train when predictions become worse.
    pub on_decay: bool,
    /// Seconds from one training to the next that nobody asked for, by our clock.
    pub rest_seconds: i64,
    /// How often a training is tried.
    pub attempts: u32,
    /// Seconds before the second attempt; twice as many before each later one.
    pub backoff_seconds: i64,
    /// A training that takes longer is ended.
    pub limit_seconds: i64,
    /// A training begins only while so many megabytes are free.
    pub free_memory_mb: u64,
    /// A training begins only while the processors are busy for less than this share.
    pub busy_share: f64,
    /// Share of the rows, the newest, that a candidate is judged on and has not learned from: a great one tells more, a small one lets the
    /// candidate learn from what is new. Above 0 and below 0.5.
    pub gate_share: f64,
}

impl Default for RetrainConfig {
    fn default() -> Self {
        Self {
            cron: "0 2 * * *".to_owned(),
            new_bars: 0,
            on_drift: true,
            on_decay: true,
            rest_seconds: 3_600,
            attempts: 3,
            backoff_seconds: 300,
            limit_seconds: 3_600,
            free_memory_mb: 1_024,
            busy_share: 0.9,
            gate_share: 0.2,
        }
    }
}

impl RetrainConfig {
    /// Whether the numbers make sense.
    ///
    /// # Errors
    /// Names the first that does not.
    pub fn validate(&self) -> Result<(), String> {
        for (name, value) in [
            ("rest_seconds", self.rest_seconds),
            ("backoff_seconds", self.backoff_seconds),
            ("limit_seconds", self.limit_seconds - 1),
        ] {
            if value < 0 {
                return Err(format!("retrain.{name} is too small"));
            }
        }
        if self.attempts == 0 {
            return Err("retrain.attempts is 0: expected 1 or more".to_owned());
        }
        if !(self.busy_share > 0.0 && self.busy_share <= 1.0) {
            return Err(format!("retrain.busy_share is {}: expected more than 0 and at most 1", self.busy_share));
        }
        if !(self.gate_share > 0.0 && self.gate_share < 0.5) {
            return Err(format!("retrain.gate_share is {}: expected more than 0 and less than 0.5", self.gate_share));
        }
        Ok(())
    }

    /// Seconds to wait before the attempt of that number, from 1; `None` if there is to be none.
    pub fn wait(&self, attempt: u32) -> Option<i64> {
        let doublings = attempt.checked_sub(2).map_or(0, |more| more.min(16));
        let seconds = if attempt <= 1 { 0 } else { self.backoff_seconds.saturating_mul(1 << doublings) };
        (attempt <= self.attempts).then_some(seconds)
    }

    /// What calls for a training now, and why; what says that the model is wrong comes before what says that it is old.
    pub fn look(&self, facts: &Facts) -> Option<(Trigger, String)> {
        if facts.seconds_since_last.is_some_and(|seconds| seconds < self.rest_seconds) {
            return None;
        }
        if let (true, Some(why)) = (self.on_drift, &facts.drifted) {
            return Some((Trigger::Drift, why.clone()));
        }
        if let (true, Some(why)) = (self.on_decay, &facts.decayed) {
            return Some((Trigger::Performance, why.clone()));
        }
        if facts.due {
            return Some((Trigger::Scheduled, format!("the schedule {} says so", self.cron)));
        }
        let enough = self.new_bars > 0 && facts.new_bars >= self.new_bars;
        enough.then(|| (Trigger::DataVolume, format!("{} bars are new (limit {})", facts.new_bars, self.new_bars)))
    }
}

/// How things stand with the model that decides.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    /// Seconds since a training was asked for; `None` if none ever was.
    pub seconds_since_last: Option<i64>,
    /// Whether a time of the schedule has passed since the last look.
    pub due: bool,
    /// Bars newer than the newest training.
    pub new_bars: u64,
    /// That features drift, in words; told once.
    pub drifted: Option<String>,
    /// That predictions have become worse, in words; told once.
    pub decayed: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_comes_before_what_is_old_and_both_after_a_rest() {
        let config = RetrainConfig { new_bars: 100, rest_seconds: 60, ..RetrainConfig::default() };
        let mut facts = Facts { due: true, new_bars: 100, ..Facts::default() };
        let what = |config: &RetrainConfig, facts: &Facts| config.look(facts).map(|(trigger, _)| trigger);
        assert_eq!(what(&config, &facts), Some(Trigger::Scheduled));
        facts.decayed = Some("worse".to_owned());
        assert_eq!(what(&config, &facts), Some(Trigger::Performance));
        facts.drifted = Some("moved".to_owned());
        assert_eq!(config.look(&facts), Some((Trigger::Drift, "moved".to_owned())));
        facts.seconds_since_last = Some(59);
        assert_eq!(what(&config, &facts), None);
        facts.seconds_since_last = Some(60);
        let deaf = RetrainConfig { on_drift: false, on_decay: false, ..config };
        assert_eq!(what(&deaf, &facts), Some(Trigger::Scheduled));
        facts.due = false;
        assert_eq!(what(&deaf, &facts), Some(Trigger::DataVolume));
        facts.new_bars = 99;
        assert_eq!(what(&deaf, &facts), None);
        assert_eq!(what(&RetrainConfig { new_bars: 0, ..deaf }, &Facts { new_bars: 1_000, ..Facts::default() }), None);
    }

    #[test]
    fn attempts_wait_longer_each_time_and_end() {
        let config = RetrainConfig { attempts: 4, backoff_seconds: 10, ..RetrainConfig::default() };
        assert_eq!([1, 2, 3, 4, 5].map(|attempt| config.wait(attempt)), [Some(0), Some(10), Some(20), Some(40), None]);
        assert!(RetrainConfig { attempts: 0, ..config.clone() }.validate().is_err());
        assert!(RetrainConfig { busy_share: 0.0, ..config.clone() }.validate().is_err());
        assert!(RetrainConfig { limit_seconds: 0, ..config.clone() }.validate().is_err());
        assert!(config.validate().is_ok());
    }
}

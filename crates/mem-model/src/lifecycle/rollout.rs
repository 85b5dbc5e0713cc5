//! From shadow over canary to full, and back: how a candidate is trusted with more, step by step, on what it does live.
//!
//! Both models predict on every bar that is predicted on at all, so that their losses are compared pair by pair; each signal is decided by one of
//! the two, so that their profits are compared side by side. All bounds hold at every moment at once (see [`super::confidence`]): an
//! evaluation after each observation does not spoil them.

use std::collections::BTreeMap;

use mem_types::Timestamp;
use mem_types::time::NANOS_PER_SECOND;
use serde::{Deserialize, Serialize};

use super::confidence::ConfidenceSequence;

/// The rules, fixed before a rollout begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RolloutConfig {
    /// Shares of the signals that the candidate decides, one a stage, rising to 1.
    pub shares: Vec<f64>,
    /// Fewest resolved predictions in a stage before it is left, the shadow stage included.
    pub min_samples: u64,
    /// Fewest seconds of market time in a stage.
    pub min_seconds: i64,
    /// Predictions after which a stage that has not been passed has failed.
    pub max_samples: u64,
    /// How much worse than the champion's the candidate's mean Brier score may be.
    pub brier_margin: f64,
    /// How much worse its mean return per trade may be, as a fraction of the notional.
    pub return_margin: f64,
    /// Returns beyond this size count as this, as a fraction of the notional.
    pub return_range: f64,
    /// The candidate's trades of a stage may together lose so much, as a fraction of the notional of one, before it is taken back at once.
    pub loss_limit: f64,
    /// Chance of a wrong verdict in a stage, by each of the two comparisons.
    pub alpha: f64,
    /// Decides which signals the candidate gets.
    pub seed: u64,
}

impl Default for RolloutConfig {
    fn default() -> Self {
        Self {
            shares: vec![0.01, 0.05, 0.25, 1.0],
            min_samples: 1_000,
            min_seconds: 3_600,
            max_samples: 20_000,
            brier_margin: 0.005,
            return_margin: 0.001,
            return_range: 0.1,
            loss_limit: 0.03,
            alpha: 0.05,
            seed: 0,
        }
    }
}

impl RolloutConfig {
    /// Whether the rules make sense.
    ///
    /// # Errors
    /// Names the first that does not.
    pub fn validate(&self) -> Result<(), String> {
        let rising = self.shares.windows(2).all(|pair| pair[0] < pair[1]);
        let within = self.shares.iter().all(|share| *share > 0.0 && *share <= 1.0);
        if !(rising && within && self.shares.last() == Some(&1.0)) {
            return Err(format!("rollout.shares is {:?}: expected rising shares above 0 that end with 1", self.shares));
        }
        for (name, value, most) in [
            ("brier_margin", self.brier_margin, 1.0),
            ("return_margin", self.return_margin, 1.0),
            ("return_range", self.return_range, 10.0),
            ("loss_limit", self.loss_limit, 100.0),
        ] {
            if !(value > 0.0 && value <= most) {
                return Err(format!("rollout.{name} is {value}: expected more than 0 and at most {most}"));
            }
        }
        if !(self.alpha > 0.0 && self.alpha < 0.5) {
            return Err(format!("rollout.alpha is {}: expected more than 0 and less than 0.5", self.alpha));
        }
        if self.min_samples == 0 || self.max_samples < self.min_samples {
            return Err(format!(
                "rollout.min_samples is {}, max_samples {}: expected 1 or more, and not fewer",
                self.min_samples, self.max_samples
            ));
        }
        Ok(())
    }
}

/// How far a candidate has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "snake_case")]
pub enum Phase {
    /// It predicts and decides nothing.
    Shadow,
    /// It decides the share of this stage.
    Canary {
        /// Which stage, from 0.
        stage: usize,
    },
    /// It has passed every stage.
    Full,
    /// It has been taken back.
    RolledBack,
}

/// A prediction of both models whose truth is known now.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// When the truth was known, in the market's time.
    pub at: Timestamp,
    /// What the candidate had said, as a probability.
    pub candidate: f64,
    /// What the champion had said; where there is none, what the label's frequency so far would say.
    pub champion: f64,
    /// The truth.
    pub truth: bool,
}

/// What follows from what was seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing yet.
    Hold {
        /// What is missing.
        why: String,
    },
    /// The next phase.
    Advance {
        /// Which.
        to: Phase,
        /// Why.
        why: String,
    },
    /// The candidate is taken back.
    RollBack {
        /// Why.
        why: String,
    },
}

/// A candidate on its way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rollout {
    config: RolloutConfig,
    phase: Phase,
    begun: Option<Timestamp>,
    last: Option<Timestamp>,
    brier: ConfidenceSequence,
    candidate_return: ConfidenceSequence,
    champion_return: ConfidenceSequence,
    candidate_total: f64,
    /// How far the candidate's trades are below their best, together.
    drawdown: f64,
    best_total: f64,
}

impl Rollout {
    /// A candidate that begins in the shadow.
    ///
    /// # Errors
    /// Rules that make no sense.
    pub fn begin(config: RolloutConfig) -> Result<Self, String> {
        config.validate()?;
        let mut rollout = Self {
            phase: Phase::Shadow,
            begun: None,
            last: None,
            brier: ConfidenceSequence::new(-1.0, 1.0, config.alpha),
            candidate_return: ConfidenceSequence::new(-1.0, 1.0, config.alpha),
            champion_return: ConfidenceSequence::new(-1.0, 1.0, config.alpha),
            candidate_total: 0.0,
            drawdown: 0.0,
            best_total: 0.0,
            config,
        };
        rollout.enter(Phase::Shadow);
        Ok(rollout)
    }

    /// The same, but the candidate begins in the first stage of the canary: somebody has put it there.
    #[must_use]
    pub fn in_canary(mut self) -> Self {
        self.enter(Phase::Canary { stage: 0 });
        self
    }

    /// How far it has come.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// The share of signals that it decides now.
    pub fn share(&self) -> f64 {
        match self.phase {
            Phase::Shadow | Phase::RolledBack => 0.0,
            Phase::Canary { stage } => self.config.shares.get(stage).copied().unwrap_or(1.0),
            Phase::Full => 1.0,
        }
    }

    /// Whether the candidate decides the signal of that number. The same number gets the same answer as long as the share is the same, and
    /// keeps it as the share rises.
    pub fn decides(&self, signal: u64) -> bool {
        let unit = (mix(signal ^ mix(self.config.seed)) >> 11) as f64 / (1_u64 << 53) as f64;
        unit < self.share()
    }

    /// Takes a prediction whose truth is known now.
    pub fn saw(&mut self, seen: &Seen) {
        self.begun.get_or_insert(seen.at);
        self.last = self.last.max(Some(seen.at));
        let truth = f64::from(u8::from(seen.truth));
        let loss = |said: f64| (said - truth) * (said - truth);
        self.brier.push(loss(seen.candidate) - loss(seen.champion));
    }

    /// Takes the return of a closed trade after costs, as a fraction of its notional, and who had decided it.
    pub fn earned(&mut self, by_candidate: bool, value: f64) {
        if value.is_nan() {
            return;
        }
        if by_candidate {
            self.candidate_return.push(value);
            self.candidate_total += value;
            self.best_total = self.best_total.max(self.candidate_total);
            self.drawdown = self.best_total - self.candidate_total;
        } else {
            self.champion_return.push(value);
        }
    }

    /// What follows from what was seen so far. Nothing changes by asking.
    pub fn evaluate(&self) -> Verdict {
        let config = &self.config;
        if matches!(self.phase, Phase::Full | Phase::RolledBack) {
            return Verdict::Hold { why: "the rollout is over".to_owned() };
        }
        if self.drawdown > config.loss_limit {
            let why = format!(
                "its trades are {:.2} % of a position below their best (limit {:.2} %)",
                self.drawdown * 100.0,
                config.loss_limit * 100.0
            );
            return Verdict::RollBack { why };
        }
        if self.brier.lower() > config.brier_margin {
            let why = format!(
                "its Brier score is worse by at least {:.4} (margin {})",
                self.brier.lower(),
                config.brier_margin
            );
            return Verdict::RollBack { why };
        }
        let behind = self.champion_return.lower() - self.candidate_return.upper();
        if behind > config.return_margin {
            let why = format!(
                "its trades earn less by at least {:.3} % each (margin {:.3} %)",
                behind * 100.0,
                config.return_margin * 100.0
            );
            return Verdict::RollBack { why };
        }
        let samples = self.brier.count();
        if self.brier.upper() < config.brier_margin && samples >= config.min_samples {
            let seconds = self.seconds();
            if seconds < config.min_seconds {
                return Verdict::Hold { why: format!("{seconds} of {} seconds in this stage", config.min_seconds) };
            }
            let why = format!(
                "over {samples} predictions its Brier score is worse by at most {:.4} (margin {})",
                self.brier.upper(),
                config.brier_margin
            );
            return Verdict::Advance { to: self.next(), why };
        }
        if samples >= config.max_samples {
            let why = format!("after {samples} predictions it has not been shown to be as good as the champion");
            return Verdict::RollBack { why };
        }
        if samples < config.min_samples {
            return Verdict::Hold { why: format!("{samples} of {} predictions in this stage", config.min_samples) };
        }
        Verdict::Hold {
            why: format!(
                "its Brier score is worse by {:.4} to {:.4}: not yet known to be within {}",
                self.brier.lower(),
                self.brier.upper(),
                config.brier_margin
            ),
        }
    }

    /// Does what a verdict says.
    pub fn take(&mut self, verdict: &Verdict) {
        match verdict {
            Verdict::Hold { .. } => {}
            Verdict::Advance { to, .. } => self.enter(*to),
            Verdict::RollBack { .. } => self.phase = Phase::RolledBack,
        }
    }

    /// The numbers that verdicts are taken from, with the limits that they are held against.
    pub fn numbers(&self) -> BTreeMap<String, f64> {
        let mut numbers = BTreeMap::from([
            ("share".to_owned(), self.share()),
            ("samples".to_owned(), self.brier.count() as f64),
            ("min_samples".to_owned(), self.config.min_samples as f64),
            ("max_samples".to_owned(), self.config.max_samples as f64),
            ("brier_margin".to_owned(), self.config.brier_margin),
            ("seconds".to_owned(), self.seconds() as f64),
            ("brier_difference_lower".to_owned(), self.brier.lower()),
            ("brier_difference_upper".to_owned(), self.brier.upper()),
            ("candidate_trades".to_owned(), self.candidate_return.count() as f64),
            ("champion_trades".to_owned(), self.champion_return.count() as f64),
            ("candidate_drawdown".to_owned(), self.drawdown),
        ]);
        for (name, mean) in [
            ("brier_difference", self.brier.mean()),
            ("candidate_return", self.candidate_return.mean()),
            ("champion_return", self.champion_return.mean()),
        ] {
            numbers.extend(mean.map(|mean| (name.to_owned(), mean)));
        }
        numbers
    }

    /// Market time since the first observation of this stage.
    fn seconds(&self) -> i64 {
        let span = self.begun.zip(self.last).map(|(begun, last)| last.as_nanos() - begun.as_nanos());
        span.unwrap_or(0) / NANOS_PER_SECOND
    }

    fn next(&self) -> Phase {
        let stage = match self.phase {
            Phase::Shadow => 0,
            Phase::Canary { stage } => stage + 1,
            Phase::Full | Phase::RolledBack => return self.phase,
        };
        // The last share is everything: having passed it is being trusted.
        if stage < self.config.shares.len() { Phase::Canary { stage } } else { Phase::Full }
    }

    /// Each stage is judged on what happens in it.
    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        (self.begun, self.last) = (None, None);
        let RolloutConfig { alpha, return_range: range, .. } = self.config;
        self.brier = ConfidenceSequence::new(-1.0, 1.0, alpha);
        self.candidate_return = ConfidenceSequence::new(-range, range, alpha);
        self.champion_return = ConfidenceSequence::new(-range, range, alpha);
        (self.candidate_total, self.best_total, self.drawdown) = (0.0, 0.0, 0.0);
    }
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood, 2014): neighbouring numbers land far apart.
fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{RngCore, SeedableRng};

    use super::*;

    fn uniform(random: &mut ChaCha8Rng) -> f64 {
        (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn quick() -> RolloutConfig {
        RolloutConfig {
            min_samples: 100,
            min_seconds: 60,
            max_samples: 5_000,
            brier_margin: 0.02,
            ..Default::default()
        }
    }

    /// Runs a rollout in which the truth follows `truth`, the champion says it and the candidate says `candidate` of it, until it ends.
    fn ends(candidate: impl Fn(f64) -> f64, seed: u64) -> (Phase, u64) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut rollout = Rollout::begin(quick()).unwrap();
        for second in 0..100_000 {
            let said = 0.3 + 0.4 * uniform(&mut random);
            let truth = uniform(&mut random) < said;
            let at = Timestamp::from_nanos(second * NANOS_PER_SECOND);
            rollout.saw(&Seen { at, candidate: candidate(said), champion: said, truth });
            let verdict = rollout.evaluate();
            rollout.take(&verdict);
            if matches!(rollout.phase(), Phase::Full | Phase::RolledBack) {
                return (rollout.phase(), second as u64);
            }
        }
        panic!("it never ended: {:?}", rollout.numbers());
    }

    #[test]
    fn as_good_passes_and_worse_is_taken_back() {
        let good = (0..200).filter(|seed| ends(|said| said, *seed).0 == Phase::Full).count();
        assert_eq!(good, 200);
        let bad = (0..200).filter(|seed| ends(|said| 1.0 - said, *seed).0 == Phase::RolledBack).count();
        assert!(bad >= 195, "{bad}");
        assert_eq!(ends(|said| if said > 0.5 { 0.05 } else { 0.95 }, 1).0, Phase::RolledBack);
    }

    #[test]
    fn a_stage_wants_its_samples_and_its_time() {
        let mut rollout = Rollout::begin(quick()).unwrap();
        let see = |rollout: &mut Rollout, count: u64, second: i64| {
            for _ in 0..count {
                let at = Timestamp::from_nanos(second * NANOS_PER_SECOND);
                rollout.saw(&Seen { at, candidate: 0.4, champion: 0.6, truth: false });
            }
        };
        see(&mut rollout, 99, 0);
        assert!(matches!(rollout.evaluate(), Verdict::Hold { .. }));
        see(&mut rollout, 1_000, 59);
        assert!(matches!(rollout.evaluate(), Verdict::Hold { why } if why.contains("59 of 60 seconds")));
        see(&mut rollout, 1, 60);
        let verdict = rollout.evaluate();
        assert!(matches!(verdict, Verdict::Advance { to: Phase::Canary { stage: 0 }, .. }), "{verdict:?}");
        rollout.take(&verdict);
        assert_eq!((rollout.share(), rollout.numbers()["samples"]), (0.01, 0.0));
    }

    #[test]
    fn losses_take_it_back_at_once() {
        let mut rollout = Rollout::begin(quick()).unwrap();
        rollout.earned(false, -0.5);
        assert!(matches!(rollout.evaluate(), Verdict::Hold { .. }), "the champion's losses are not the candidate's");
        rollout.earned(true, 0.01);
        rollout.earned(true, -0.04);
        assert!(matches!(rollout.evaluate(), Verdict::RollBack { .. }));
    }

    #[test]
    fn rules_are_checked() {
        let wrong = |change: fn(&mut RolloutConfig)| {
            let mut config = RolloutConfig::default();
            change(&mut config);
            Rollout::begin(config).unwrap_err()
        };
        assert!(wrong(|config| config.shares = vec![0.5]).contains("shares"));
        assert!(wrong(|config| config.shares.clear()).contains("shares"));
        assert!(wrong(|config| config.alpha = 0.0).contains("alpha"));
        assert!(wrong(|config| config.max_samples = 1).contains("samples"));
        assert!(wrong(|config| config.brier_margin = f64::NAN).contains("brier_margin"));
    }

    proptest! {
        /// A signal that a small share has given to the candidate stays with it as the share rises; shares are what they say.
        #[test]
        fn shares_nest(seed in any::<u64>()) {
            let mut rollout = Rollout::begin(RolloutConfig { seed, ..quick() }).unwrap();
            let mut before: Vec<u64> = Vec::new();
            for stage in 0..4 {
                rollout.enter(Phase::Canary { stage });
                let now: Vec<u64> = (0..4_000).filter(|signal| rollout.decides(*signal)).collect();
                prop_assert!(before.iter().all(|signal| now.contains(signal)));
                let expected = rollout.share() * 4_000.0;
                prop_assert!((now.len() as f64 - expected).abs() <= 6.0 * expected.sqrt() + 1.0);
                before = now;
            }
        }
    }
}

//! The memory: cases, their outcomes, and judgements made from them.

use std::collections::BTreeMap;

use mem_types::{PositionSide, Timestamp};
use serde::{Deserialize, Serialize};

use crate::calibration::Calibration;
use crate::case::{Case, Outcome, Remembered};
use crate::evidence::{moved, weigh};
use crate::recall::{Known, Similar};
use crate::uplift::Uplift;

/// How memory works.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MemoryConfig {
    /// Whether decisions are remembered at all.
    pub enabled: bool,
    /// Similar cases that are recalled.
    pub recall: usize,
    /// Cases with known outcomes that are kept; the oldest are forgotten, those that are open never. A question about the past is answered from
    /// what is still kept.
    pub capacity: usize,
    /// Known cases needed before memory moves any confidence.
    pub min_support: usize,
    /// Most that memory moves a confidence, in points of 100.
    pub bound: f64,
    /// Cases that the probability without memory counts for among those recalled.
    pub prior: f64,
    /// Entries whose confidence, moved by memory, lies below this are not made; 0 for never.
    pub veto_below: f64,
    /// Patterns are looked for after so many closed trades, again and again; 0 for never.
    pub discover_every: usize,
}

impl Default for MemoryConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            recall: 25,
            capacity: 2_000,
            min_support: 20,
            bound: 15.0,
            prior: 10.0,
            veto_below: 0.0,
            discover_every: 50,
        }
    }
}

impl MemoryConfig {
    /// Whether the numbers make sense.
    ///
    /// # Errors
    /// Names the first that does not, its value and its range.
    pub fn validate(&self) -> Result<(), String> {
        let check = |name: &str, value: f64, low: f64, high: f64| {
            if (low..=high).contains(&value) {
                Ok(())
            } else {
                Err(format!("memory.{name} is {value}: expected {low} to {high}"))
            }
        };
        check("recall", self.recall as f64, 1.0, 1_000.0)?;
        check("capacity", self.capacity as f64, 1.0, 100_000.0)?;
        check("bound", self.bound, 0.0, 100.0)?;
        check("prior", self.prior, 0.0, 1e6)?;
        check("veto_below", self.veto_below, 0.0, 100.0)
    }
}

/// What memory says of a situation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// How sure the strategy is, 0 to 100.
    pub raw: f64,
    /// The probability of winning at that confidence, without memory.
    pub base_probability: f64,
    /// The probability of winning with what became of similar cases.
    pub probability: f64,
    /// The confidence moved by the difference, at most by the bound; 0 to 100. Both probabilities learn from the same outcomes: one more win
    /// raises them both, and may raise the one without memory by more.
    pub adjusted: f64,
    /// The similar cases, the nearest first.
    pub similar: Vec<Similar>,
    /// Cases whose outcome was known.
    pub known: usize,
    /// How many cases like this one the similar cases are worth: the sum of their weights.
    #[serde(default)]
    pub weight: f64,
    /// Share of that weight that won, 0 to 1; `None` where nothing was recalled.
    #[serde(default)]
    pub win_rate: Option<f64>,
    /// What they brought on average by weight, in percent after costs; `None` where nothing was recalled.
    #[serde(default)]
    pub expected_return_pct: Option<f64>,
}

/// Cases, outcomes, and how well judgements have done.
#[derive(Debug, Clone)]
pub struct Memory {
    config: MemoryConfig,
    width: usize,
    open: BTreeMap<u64, Case>,
    known: Known,
    /// Probabilities, without and with memory, that were given with open cases.
    judged: BTreeMap<u64, (f64, f64)>,
    uplift: Uplift,
    calibration: Option<(usize, Calibration)>,
}

impl Memory {
    /// An empty memory of cases with so many features.
    pub fn new(config: MemoryConfig, width: usize) -> Self {
        Self {
            config,
            width,
            open: BTreeMap::new(),
            known: Known::default(),
            judged: BTreeMap::new(),
            uplift: Uplift::default(),
            calibration: None,
        }
    }

    /// A memory of what was remembered before; cases of another width are left out.
    pub fn recollect(config: MemoryConfig, width: usize, cases: impl IntoIterator<Item = Remembered>) -> Self {
        let mut memory = Self::new(config, width);
        for Remembered { case, outcome } in cases {
            let id = case.id;
            memory.remember(case);
            if let Some(outcome) = outcome {
                memory.resolve(id, outcome);
            }
        }
        memory
    }

    /// How it works.
    pub fn config(&self) -> &MemoryConfig {
        &self.config
    }

    /// Remembers a decision whose outcome is not known. A feature that is infinite is kept as undefined, as it would come back from
    /// JSON: a memory that is read back must be the one that was kept.
    pub fn remember(&mut self, mut case: Case) {
        if case.features.len() == self.width {
            case.features.iter_mut().filter(|value| value.is_infinite()).for_each(|value| *value = f64::NAN);
            self.open.insert(case.id, case);
        }
    }

    /// The decision led to nothing.
    pub fn forget(&mut self, id: u64) {
        self.open.remove(&id);
        self.judged.remove(&id);
    }

    /// The outcome of a decision is known. Whether it was one that is remembered.
    pub fn resolve(&mut self, id: u64, outcome: Outcome) -> bool {
        let Some(case) = self.open.remove(&id) else { return false };
        if let Some((base, probability)) = self.judged.remove(&id) {
            let adjusted = moved(case.confidence, base, probability, self.config.bound);
            self.uplift.take(base, probability, case.confidence, adjusted, outcome.return_pct);
        }
        self.known.insert(case, outcome);
        self.known.keep(self.config.capacity);
        self.calibration = None;
        true
    }

    /// Takes note of the probabilities, without and with memory, that a decision was taken on: they are scored when the outcome is
    /// known. For decisions judged with enough support to move their confidence.
    pub fn judged(&mut self, id: u64, without: f64, with: f64) {
        self.judged.insert(id, (without, with));
    }

    /// A decision whose outcome is not known.
    pub fn open(&self, id: u64) -> Option<&Case> {
        self.open.get(&id)
    }

    /// What became of situations like this one, as far as it was known at `at`.
    pub fn judge(&mut self, at: Timestamp, side: PositionSide, confidence: f64, features: &[f64]) -> Judgement {
        let known = self.known.known_at(at);
        let base = self.base(known, confidence);
        let similar = if features.len() == self.width {
            self.known.nearest(at, side, features, self.config.recall)
        } else {
            Vec::new()
        };
        let evidence = weigh(&similar, base, self.config.prior);
        let bound = if known >= self.config.min_support { self.config.bound } else { 0.0 };
        Judgement {
            raw: confidence,
            base_probability: base,
            probability: evidence.probability,
            adjusted: moved(confidence, base, evidence.probability, bound),
            similar,
            known,
            weight: evidence.weight,
            win_rate: evidence.win_rate,
            expected_return_pct: evidence.expected_return_pct,
        }
    }

    /// Works out ahead what the next judgement needs: to be called when there is time.
    pub fn prepare(&mut self) {
        self.known.prepare();
        self.base(self.known.len(), 0.0);
    }

    fn base(&mut self, known: usize, confidence: f64) -> f64 {
        if self.calibration.as_ref().is_none_or(|(of, _)| *of != known) {
            let cases = self.known.cases[..known].iter().zip(&self.known.outcomes);
            let learned = Calibration::learn(cases.map(|(case, outcome)| (case.confidence, outcome.won())));
            self.calibration = Some((known, learned));
        }
        self.calibration.as_ref().map_or(0.5, |(_, calibration)| calibration.probability(confidence))
    }

    /// How well judgements have done.
    pub fn uplift(&self) -> &Uplift {
        &self.uplift
    }

    /// Goes on with the sums of an earlier life.
    pub fn set_uplift(&mut self, uplift: Uplift) {
        self.uplift = uplift;
    }

    /// Cases whose outcome is known, with it, in the order in which that happened.
    pub fn known(&self) -> impl ExactSizeIterator<Item = (&Case, &Outcome)> {
        self.known.cases.iter().zip(&self.known.outcomes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(ns: i64) -> Timestamp {
        Timestamp::from_nanos(ns)
    }

    type Row = (i64, i64, bool, f64, Vec<f64>, f64);

    fn rows(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Row>> {
        let feature = prop_oneof![8 => -3.0_f64..3.0, 1 => Just(f64::NAN)];
        prop::collection::vec(
            (0i64..1_000, 1i64..200, any::<bool>(), 0.0_f64..=100.0, prop::collection::vec(feature, 3), -2.0_f64..2.0),
            count,
        )
    }

    fn side(long: bool) -> PositionSide {
        if long { PositionSide::Long } else { PositionSide::Short }
    }

    fn case(id: usize, row: &Row) -> Remembered {
        let (opened, lasted, long, confidence, features, return_pct) = row.clone();
        let outcome = Outcome { closed_at: at(opened + lasted), return_pct };
        let case = Case { id: id as u64, at: at(opened), side: side(long), confidence, features };
        Remembered { case, outcome: Some(outcome) }
    }

    fn config() -> MemoryConfig {
        MemoryConfig { recall: 5, min_support: 3, capacity: 10_000, ..MemoryConfig::default() }
    }

    fn bits(judgement: &Judgement) -> Vec<u64> {
        let head = [judgement.raw, judgement.base_probability, judgement.probability, judgement.adjusted];
        let near =
            judgement.similar.iter().flat_map(|case| [case.id, case.distance.to_bits(), case.return_pct.to_bits()]);
        head.into_iter().map(f64::to_bits).chain(near).chain([judgement.known as u64]).collect()
    }

    proptest! {
        /// What became known later changes nothing, to the bit, in whatever order it was told.
        #[test]
        fn nothing_later_has_any_influence(rows in rows(0..60), now in 0i64..1_300, long in any::<bool>(), features in prop::collection::vec(-3.0_f64..3.0, 3)) {
            let all: Vec<Remembered> = rows.iter().enumerate().map(|(id, row)| case(id, row)).collect();
            let known = |one: &Remembered| one.outcome.is_some_and(|outcome| outcome.closed_at <= at(now));
            let before: Vec<Remembered> = all.iter().filter(|one| known(one)).cloned().collect();
            let mut full = Memory::recollect(config(), 3, all.clone());
            let mut short = Memory::recollect(config(), 3, before);
            let mut backwards = Memory::recollect(config(), 3, all.into_iter().rev());
            let judge = |memory: &mut Memory| bits(&memory.judge(at(now), side(long), 50.0, &features));
            let wanted = judge(&mut short);
            // What was worked out ahead for later questions does not leak into earlier ones.
            full.prepare();
            prop_assert_eq!(judge(&mut full), wanted.clone());
            full.judge(at(5_000), side(long), 50.0, &features);
            prop_assert_eq!(judge(&mut full), wanted.clone());
            prop_assert_eq!(judge(&mut backwards), wanted);
        }

        #[test]
        fn confidence_moves_within_its_bound(rows in rows(0..60), confidence in 0.0_f64..=100.0, long in any::<bool>()) {
            let all = rows.iter().enumerate().map(|(id, row)| case(id, row));
            let mut memory = Memory::recollect(config(), 3, all);
            let judgement = memory.judge(at(5_000), side(long), confidence, &[0.0, 1.0, f64::NAN]);
            prop_assert!((judgement.adjusted - confidence).abs() <= 15.0 + 1e-9);
            prop_assert!((0.0..=100.0).contains(&judgement.adjusted));
            prop_assert!((0.0..=1.0).contains(&judgement.probability));
            prop_assert!(judgement.similar.windows(2).all(|pair| pair[0].distance <= pair[1].distance));
            prop_assert!(judgement.similar.iter().all(|near| rows[near.id as usize].2 == long));
        }

        /// A neighbour that won instead of losing never lowers the probability.
        #[test]
        fn better_neighbours_never_make_it_worse(rows in rows(5..40), which in any::<prop::sample::Index>(), features in prop::collection::vec(-3.0_f64..3.0, 3)) {
            let mut losing: Vec<Row> = rows;
            losing.iter_mut().for_each(|row| row.2 = true);
            let mut winning = losing.clone();
            let flipped = which.index(winning.len());
            winning[flipped].5 = 1.0;
            let judge = |rows: &[Row]| {
                let mut memory = Memory::recollect(config(), 3, rows.iter().enumerate().map(|(id, row)| case(id, row)));
                memory.judge(at(5_000), PositionSide::Long, 50.0, &features).probability
            };
            prop_assert!(judge(&winning) >= judge(&losing) - 1e-12);
        }
    }

    #[test]
    fn the_same_side_only_and_the_oldest_are_forgotten() {
        let mut memory = Memory::new(MemoryConfig { capacity: 3, ..config() }, 1);
        for id in 0..5_u64 {
            let opened = at(id as i64 * 10);
            memory.remember(Case {
                id,
                at: opened,
                side: side(id % 2 == 0),
                confidence: 50.0,
                features: vec![id as f64],
            });
            assert!(memory.resolve(id, Outcome { closed_at: at(id as i64 * 10 + 1), return_pct: 1.0 }));
        }
        let judgement = memory.judge(at(1_000), PositionSide::Long, 50.0, &[2.0]);
        assert_eq!(judgement.similar.iter().map(|near| near.id).collect::<Vec<_>>(), [2, 4]);
        assert_eq!(judgement.known, 3);
        assert!(!memory.resolve(99, Outcome { closed_at: at(0), return_pct: 0.0 }));
        let kept: Vec<u64> = memory.known().map(|(case, _)| case.id).collect();
        assert_eq!(kept, [2, 3, 4]);
    }

    #[test]
    fn what_is_judged_is_scored_when_it_is_over() {
        let mut memory = Memory::new(config(), 1);
        for id in 0..30_u64 {
            let now = at(id as i64 * 10);
            let reading = (id % 2) as f64;
            let judgement = memory.judge(now, PositionSide::Long, 50.0, &[reading]);
            memory.remember(Case { id, at: now, side: PositionSide::Long, confidence: 50.0, features: vec![reading] });
            if judgement.known >= 3 {
                memory.judged(id, judgement.base_probability, judgement.probability);
            }
            let return_pct = if id % 2 == 0 { 1.0 } else { -1.0 };
            memory.resolve(id, Outcome { closed_at: at(id as i64 * 10 + 5), return_pct });
        }
        let report = memory.uplift().report().unwrap();
        assert_eq!(report.judged, 27);
        assert!(report.improvement > 0.0 && report.brier_with < report.brier_without, "{report:?}");
        assert!(report.raised_return_pct > Some(0.5) && report.lowered_return_pct < Some(-0.5), "{report:?}");
    }

    /// What is kept as JSON and read back judges as the memory that was kept, to the bit, infinite features and all.
    fn kept_and_read_back(memory: &Memory) -> Memory {
        let kept: Vec<Remembered> =
            memory.known().map(|(case, outcome)| Remembered { case: case.clone(), outcome: Some(*outcome) }).collect();
        let text = serde_json::to_string(&(memory.config(), kept, memory.uplift())).unwrap();
        let (config, kept, uplift) = serde_json::from_str::<(MemoryConfig, Vec<Remembered>, Uplift)>(&text).unwrap();
        let mut back = Memory::recollect(config, 3, kept);
        back.set_uplift(uplift);
        back
    }

    proptest! {
        #[test]
        fn a_memory_read_back_is_the_one_that_was_kept(rows in rows(0..60), infinite in any::<prop::sample::Index>(), capacity in 1_usize..60) {
            let mut memory = Memory::new(MemoryConfig { capacity, ..config() }, 3);
            for (id, mut row) in rows.iter().cloned().enumerate() {
                if id == infinite.index(rows.len()) {
                    row.4[0] = f64::INFINITY;
                }
                let Remembered { case, outcome } = case(id, &row);
                let judgement = memory.judge(case.at, case.side, case.confidence, &case.features);
                memory.judged(case.id, judgement.base_probability, judgement.probability);
                memory.remember(case);
                memory.resolve(id as u64, outcome.unwrap());
            }
            let mut back = kept_and_read_back(&memory);
            let report = |memory: &Memory| format!("{:?} {:?}", memory.uplift(), memory.uplift().report());
            prop_assert_eq!(report(&memory), report(&back));
            for now in [100, 500, 5_000] {
                let judge = |memory: &mut Memory| bits(&memory.judge(at(now), PositionSide::Long, 50.0, &[0.3, f64::NAN, -1.0]));
                prop_assert_eq!(judge(&mut memory), judge(&mut back));
            }
        }
    }

    /// A leak planted on purpose: a crowd of the very same situation, all won, known one nanosecond too late.
    #[test]
    fn what_is_known_a_moment_later_is_not_seen() {
        let mut memory = Memory::new(config(), 1);
        let add = |memory: &mut Memory, id: u64, reading: f64, closed: i64, return_pct: f64| {
            memory.remember(Case {
                id,
                at: at(0),
                side: PositionSide::Long,
                confidence: 50.0,
                features: vec![reading],
            });
            memory.resolve(id, Outcome { closed_at: at(closed), return_pct });
        };
        (0..10).for_each(|id| add(&mut memory, id, id as f64, 100, -1.0));
        let ask = |memory: &mut Memory, now: i64| memory.judge(at(now), PositionSide::Long, 50.0, &[20.0]);
        let honest = ask(&mut memory, 100);
        (10..60).for_each(|id| add(&mut memory, id, 20.0, 101, 5.0));
        assert_eq!(bits(&ask(&mut memory, 100)), bits(&honest));
        // It would have been seen: a nanosecond later it is all there is.
        let later = ask(&mut memory, 101);
        assert!(later.similar.iter().all(|near| near.id >= 10) && later.probability > honest.probability + 0.3);
    }

    #[test]
    fn without_support_a_confidence_is_left_alone() {
        let mut memory = Memory::new(MemoryConfig::default(), 1);
        for id in 0..20_u64 {
            let judgement = memory.judge(at(1_000), PositionSide::Long, 62.5, &[1.0]);
            assert_eq!((judgement.adjusted, judgement.known as u64), (62.5, id));
            memory.remember(Case {
                id,
                at: at(0),
                side: PositionSide::Long,
                confidence: 62.5,
                features: vec![(id % 2) as f64],
            });
            memory.resolve(id, Outcome { closed_at: at(1), return_pct: if id % 2 == 1 { 1.0 } else { -1.0 } });
        }
        assert!(memory.judge(at(1_000), PositionSide::Long, 62.5, &[1.0]).adjusted > 62.5);
    }

    #[test]
    fn cases_come_back_from_json_to_the_bit() {
        let one = case(7, &(5, 3, true, 61.3, vec![0.1, f64::NAN, -7.25], 0.3));
        let back: Remembered = serde_json::from_str(&serde_json::to_string(&one).unwrap()).unwrap();
        let bits = |case: &Case| case.features.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&back.case), bits(&one.case));
        assert_eq!((back.case.id, back.outcome), (7, one.outcome));
    }
}

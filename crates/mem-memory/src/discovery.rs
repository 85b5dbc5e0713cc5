//! Rules that have won more often than the rest, found without fooling ourselves.
//!
//! Every rule is one or two conditions of the form "feature at most (or above) a tercile of the cases" or "side is long (or short)". A rule must hold for at
//! least [`MIN_SUPPORT`] cases. Whether it won more often than chance is Fisher's exact test (one-sided, the tail of the hypergeometric
//! distribution), and because thousands of rules are tried, the p-values are corrected by Holm's method (1979), which holds whatever the dependence between
//! rules (Benjamini and Hochberg's does not, and the rules share cases and conditions): with probability 0.95 not one of the rules of one search is an
//! accident. Cut points are made from features alone, never from outcomes, so that the test is exact given them. It supposes that outcomes are
//! exchangeable: trades that overlap in time say less than their number.
//!
//! That holds for one search. Whoever searches again and again as cases come in has more than one chance to be fooled;
//! [`PatternBook`](crate::patterns::PatternBook) takes that into account.

use mem_types::PositionSide;
use serde::{Deserialize, Serialize};

use crate::case::{Case, Outcome};

/// Cases that a rule must hold for.
pub const MIN_SUPPORT: u64 = 20;
/// Probability that anything that one search reports is an accident, at most.
pub const ALPHA: f64 = 0.05;
/// A rule of two conditions must win so much more often than each of them alone.
const BETTER_THAN_PARENTS: f64 = 0.05;

/// A condition.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Condition {
    /// A feature is at most this.
    AtMost {
        /// Its position.
        feature: usize,
        /// The limit.
        value: f64,
    },
    /// A feature is above this.
    Above {
        /// Its position.
        feature: usize,
        /// The limit.
        value: f64,
    },
    /// The decision faced this way.
    Side {
        /// Which.
        side: PositionSide,
    },
}

impl Condition {
    /// Whether it holds. An undefined feature fulfils nothing.
    pub fn holds(&self, side: PositionSide, features: &[f64]) -> bool {
        match *self {
            Self::AtMost { feature, value } => features.get(feature).is_some_and(|of| *of <= value),
            Self::Above { feature, value } => features.get(feature).is_some_and(|of| *of > value),
            Self::Side { side: wanted } => side == wanted,
        }
    }

    fn subject(&self) -> Option<usize> {
        match *self {
            Self::AtMost { feature, .. } | Self::Above { feature, .. } => Some(feature),
            Self::Side { .. } => None,
        }
    }

    fn words(&self, names: &[&str]) -> String {
        let name = |feature: usize| names.get(feature).copied().unwrap_or("feature");
        match *self {
            Self::AtMost { feature, value } => format!("{} <= {value:.4}", name(feature)),
            Self::Above { feature, value } => format!("{} > {value:.4}", name(feature)),
            Self::Side { side: PositionSide::Long } => "side = long".to_owned(),
            Self::Side { side: PositionSide::Short } => "side = short".to_owned(),
        }
    }
}

/// A rule that has won more often than the rest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pattern {
    /// All of them must hold.
    pub conditions: Vec<Condition>,
    /// Cases that it held for.
    pub support: u64,
    /// How many of them won.
    pub wins: u64,
    /// Rate of wins of all cases.
    pub base_rate: f64,
    /// Probability of so many wins by chance.
    pub p_value: f64,
    /// The same, corrected for all rules that were tried.
    pub p_adjusted: f64,
    /// How many those were.
    pub rules_tried: u64,
}

impl Pattern {
    /// Whether it holds for a decision.
    pub fn holds(&self, side: PositionSide, features: &[f64]) -> bool {
        self.conditions.iter().all(|condition| condition.holds(side, features))
    }

    /// Rate of wins when it was found.
    pub fn win_rate(&self) -> f64 {
        self.wins as f64 / self.support as f64
    }

    /// In plain English.
    pub fn words(&self, names: &[&str]) -> String {
        let conditions: Vec<String> = self.conditions.iter().map(|condition| condition.words(names)).collect();
        let p = if self.p_adjusted < 1e-4 { "p < 0.0001".to_owned() } else { format!("p = {:.4}", self.p_adjusted) };
        format!(
            "{}: {} of {} won ({:.0} %, base {:.0} %), {p} after correction for {} rules",
            conditions.join(" and "),
            self.wins,
            self.support,
            self.win_rate() * 100.0,
            self.base_rate * 100.0,
            thousands(self.rules_tried)
        )
    }
}

/// A number with commas: 1,128.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A set of cases, a bit each.
type Bits = Vec<u64>;

fn count(bits: impl Iterator<Item = u64>) -> u64 {
    bits.map(|word| u64::from(word.count_ones())).sum()
}

/// Looks for patterns among cases whose outcome is known; the surest first.
pub fn discover<'a>(cases: impl Iterator<Item = (&'a Case, &'a Outcome)>) -> Vec<Pattern> {
    let cases: Vec<(&Case, &Outcome)> = cases.collect();
    let Some((first, _)) = cases.first() else { return Vec::new() };
    let width = first.features.len();
    let set = |holds: &dyn Fn(&Case, &Outcome) -> bool| -> Bits {
        let mut bits = vec![0; cases.len().div_ceil(64)];
        for (index, (case, outcome)) in cases.iter().enumerate() {
            bits[index / 64] |= u64::from(holds(case, outcome)) << (index % 64);
        }
        bits
    };
    let won = set(&|_, outcome| outcome.won());
    let all = cases.len() as u64;
    let all_wins = count(won.iter().copied());
    let mut singles: Vec<(Condition, Bits)> = Vec::new();
    for condition in conditions(&cases, width) {
        let bits = set(&|case, _| condition.holds(case.side, &case.features));
        let support = count(bits.iter().copied());
        // What holds for all of them says nothing.
        if support >= MIN_SUPPORT && support < all {
            singles.push((condition, bits));
        }
    }
    let logs = LogFactorials::up_to(cases.len());
    let mut tried: Vec<Pattern> = Vec::new();
    let mut test = |conditions: Vec<Condition>, support: u64, wins: u64| {
        let p_value = logs.tail(all, all_wins, support, wins);
        tried.push(Pattern {
            conditions,
            support,
            wins,
            base_rate: all_wins as f64 / all as f64,
            p_value,
            p_adjusted: 1.0,
            rules_tried: 0,
        });
    };
    for (condition, bits) in &singles {
        let wins = count(bits.iter().zip(&won).map(|(one, other)| one & other));
        test(vec![*condition], count(bits.iter().copied()), wins);
    }
    for (index, (one, one_bits)) in singles.iter().enumerate() {
        for (other, other_bits) in &singles[index + 1..] {
            if one.subject() == other.subject() {
                continue;
            }
            let support = count(one_bits.iter().zip(other_bits).map(|(one, other)| one & other));
            if support < MIN_SUPPORT {
                continue;
            }
            let both = one_bits.iter().zip(other_bits).zip(&won);
            let wins = count(both.map(|((one, other), won)| one & other & won));
            test(vec![*one, *other], support, wins);
        }
    }
    significant(tried)
}

/// Conditions at the terciles of each feature, and both sides.
fn conditions(cases: &[(&Case, &Outcome)], width: usize) -> Vec<Condition> {
    let mut conditions =
        vec![Condition::Side { side: PositionSide::Long }, Condition::Side { side: PositionSide::Short }];
    for feature in 0..width {
        let mut values: Vec<f64> =
            cases.iter().map(|(case, _)| case.features[feature]).filter(|value| !value.is_nan()).collect();
        values.sort_by(f64::total_cmp);
        let mut cuts: Vec<f64> =
            [1, 2].iter().filter_map(|part| values.get(values.len() * part / 3).copied()).collect();
        cuts.dedup();
        for value in cuts {
            conditions.push(Condition::AtMost { feature, value });
            conditions.push(Condition::Above { feature, value });
        }
    }
    conditions
}

/// Those that stand after Holm's correction, without those of two conditions that say hardly more than one of them.
fn significant(mut tried: Vec<Pattern>) -> Vec<Pattern> {
    tried.sort_by(|one, other| one.p_value.total_cmp(&other.p_value));
    let rules = tried.len() as u64;
    let mut adjusted: f64 = 0.0;
    let mut kept: Vec<Pattern> = Vec::new();
    for (index, mut pattern) in tried.into_iter().enumerate() {
        adjusted = adjusted.max(pattern.p_value * (rules - index as u64) as f64).min(1.0);
        if adjusted > ALPHA {
            break;
        }
        pattern.p_adjusted = adjusted;
        pattern.rules_tried = rules;
        kept.push(pattern);
    }
    let singles: Vec<(Condition, f64)> = kept
        .iter()
        .filter(|pattern| pattern.conditions.len() == 1)
        .map(|pattern| (pattern.conditions[0], pattern.win_rate()))
        .collect();
    kept.retain(|pattern| {
        let parents = singles.iter().filter(|(condition, _)| pattern.conditions.contains(condition));
        pattern.conditions.len() == 1
            || parents.map(|(_, rate)| rate + BETTER_THAN_PARENTS).all(|needed| pattern.win_rate() >= needed)
    });
    kept
}

/// Logarithms of factorials.
struct LogFactorials(Vec<f64>);

impl LogFactorials {
    fn up_to(most: usize) -> Self {
        let mut sum = 0.0;
        let mut logs = vec![0.0];
        for number in 1..=most {
            sum += libm::log(number as f64);
            logs.push(sum);
        }
        Self(logs)
    }

    fn choose(&self, n: u64, k: u64) -> f64 {
        self.0[n as usize] - self.0[k as usize] - self.0[(n - k) as usize]
    }

    /// Probability of `wins` or more among `support` drawn from `all` cases of which `all_wins` won.
    fn tail(&self, all: u64, all_wins: u64, support: u64, wins: u64) -> f64 {
        let whole = self.choose(all, support);
        let most = support.min(all_wins);
        let least = wins.max(support.saturating_sub(all - all_wins));
        let term =
            |wins: u64| libm::exp(self.choose(all_wins, wins) + self.choose(all - all_wins, support - wins) - whole);
        (least..=most).map(term).sum::<f64>().min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mem_types::Timestamp;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{RngCore, SeedableRng};

    fn made(seed: u64, count: usize, wins: impl Fn(PositionSide, &[f64], f64) -> bool) -> Vec<(Case, Outcome)> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut uniform = || (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        let one = |id: usize| {
            let side = if uniform() < 0.5 { PositionSide::Long } else { PositionSide::Short };
            let features: Vec<f64> = (0..8).map(|_| uniform()).collect();
            let won = wins(side, &features, uniform());
            let at = Timestamp::from_nanos(id as i64);
            let outcome = Outcome { closed_at: at, return_pct: if won { 1.0 } else { -1.0 } };
            (Case { id: id as u64, at, side, confidence: 50.0, features }, outcome)
        };
        (0..count).map(one).collect()
    }

    fn found(cases: &[(Case, Outcome)]) -> Vec<Pattern> {
        discover(cases.iter().map(|(case, outcome)| (case, outcome)))
    }

    #[test]
    fn the_tail_by_hand() {
        // 5 of 10 won; 4 drawn, all won: C(5,4) C(5,0) / C(10,4) = 5 / 210.
        let logs = LogFactorials::up_to(10);
        assert!((logs.tail(10, 5, 4, 4) - 5.0 / 210.0).abs() < 1e-12);
        assert!((logs.tail(10, 5, 4, 0) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_words() {
        let pattern = Pattern {
            conditions: vec![
                Condition::AtMost { feature: 0, value: 31.2 },
                Condition::Side { side: PositionSide::Long },
            ],
            support: 52,
            wins: 41,
            base_rate: 0.51,
            p_value: 1e-7,
            p_adjusted: 0.0004,
            rules_tried: 1_128,
        };
        let words = "rsi_14 <= 31.2000 and side = long: 41 of 52 won (79 %, base 51 %), p = 0.0004 after correction for 1,128 rules";
        assert_eq!(pattern.words(&["rsi_14"]), words);
        let sure = Pattern { p_adjusted: 1e-9, rules_tried: 1_000_000, ..pattern };
        assert!(sure.words(&["rsi_14"]).ends_with("p < 0.0001 after correction for 1,000,000 rules"));
        assert_eq!((thousands(0), thousands(999), thousands(1_000)), ("0".into(), "999".into(), "1,000".into()));
    }

    /// Holm by hand: 0.01 x 4, then 0.02 x 3 is too much, and nothing after it stands even where it would alone.
    #[test]
    fn holm_by_hand() {
        let with = |p_value: f64| Pattern {
            conditions: vec![Condition::Side { side: PositionSide::Long }],
            support: 20,
            wins: 15,
            base_rate: 0.5,
            p_value,
            p_adjusted: 1.0,
            rules_tried: 0,
        };
        let kept = significant([0.04, 0.02, 0.01, 0.03].map(with).to_vec());
        assert_eq!(kept.iter().map(|pattern| pattern.p_value).collect::<Vec<_>>(), [0.01]);
        assert!((kept[0].p_adjusted - 0.04).abs() < 1e-12 && kept[0].rules_tried == 4);
    }

    #[test]
    fn noise_has_no_patterns() {
        let fooled = (0..200).filter(|seed| !found(&made(*seed, 300, |_, _, draw| draw < 0.45)).is_empty()).count();
        // One in twenty at most, and a little for chance.
        assert!(fooled <= 17, "{fooled} of 200");
    }

    #[test]
    fn a_planted_rule_is_found_and_said() {
        let cases = made(5, 600, |side, features, draw| {
            draw < if side == PositionSide::Long && features[2] <= 0.33 { 0.85 } else { 0.4 }
        });
        let patterns = found(&cases);
        let best = &patterns[0];
        let names = ["a", "b", "rsi", "d", "e", "f", "g", "h"];
        let words = best.words(&names);
        assert!(words.contains("rsi <= 0.3") && words.contains("side = long"), "{words}");
        assert!(best.support >= MIN_SUPPORT && best.win_rate() > 0.7 && best.p_adjusted <= ALPHA);
        assert!(patterns.iter().all(|pattern| pattern.win_rate() > pattern.base_rate));
    }

    #[test]
    fn too_few_cases_say_nothing() {
        assert_eq!(found(&[]), []);
        assert_eq!(found(&made(1, 15, |_, features, _| features[0] < 0.5)), []);
    }
}

//! Where an optimiser may look: genes with their ranges.
//!
//! Written as `name=low..high`, `name=low..high:step` or `name=word|word`. Whether a range is of whole numbers is the
//! parameter's affair; a gene never leaves the range that the strategy allows.

use mem_indicators::{ParamKind, ParamSpec, ParamValue};
use serde::{Deserialize, Serialize};

use crate::error::ResearchError;

/// Points of a number without a step, where points are needed.
const POINTS: usize = 11;

/// One parameter and where it is searched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gene {
    /// Name of the strategy's parameter.
    pub name: String,
    /// Where it is searched.
    pub range: GeneRange,
}

/// Where a parameter is searched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type", deny_unknown_fields)]
pub enum GeneRange {
    /// Whole numbers `low`, `low + step`, … up to `high`.
    Int {
        /// Smallest.
        low: i64,
        /// Largest.
        high: i64,
        /// Between neighbours, at least 1.
        step: i64,
    },
    /// Numbers from `low` to `high`.
    Float {
        /// Smallest.
        low: f64,
        /// Largest.
        high: f64,
        /// Between neighbours; any number in between where absent.
        step: Option<f64>,
    },
    /// One of several words.
    Choice {
        /// The words.
        options: Vec<String>,
    },
}

impl Gene {
    /// Reads `name=low..high`, `name=low..high:step` or `name=word|word` (a comma will do) for one of the parameters.
    ///
    /// # Errors
    /// If it is not of that form, the parameter does not exist, or the range leaves what the strategy allows.
    pub fn parse(typed: &str, specs: &[ParamSpec]) -> Result<Self, ResearchError> {
        let wrong = |problem: String| ResearchError::Space { gene: typed.to_owned(), problem };
        let Some((name, range)) = typed.split_once('=') else {
            return Err(wrong("expected NAME=LOW..HIGH, NAME=LOW..HIGH:STEP or NAME=WORD|WORD".to_owned()));
        };
        let (name, range) = (name.trim(), range.trim());
        let spec = find(name, specs)?;
        let Some((low, rest)) = range.split_once("..") else {
            let options: Vec<String> = range.split(['|', ',']).map(|word| word.trim().to_owned()).collect();
            return Self { name: name.to_owned(), range: GeneRange::Choice { options } }.checked(spec);
        };
        let (high, step) = rest.split_once(':').map_or((rest, None), |(high, step)| (high, Some(step)));
        let number =
            |text: &str| text.trim().parse::<f64>().map_err(|_| wrong(format!("'{}' is not a number", text.trim())));
        let (low, high, step) = (number(low)?, number(high)?, step.map(number).transpose()?);
        Self::between(name, low, high, step, specs)
    }

    /// A gene from `low` to `high` for one of the parameters.
    ///
    /// # Errors
    /// If the parameter does not exist or is no number, or the range leaves what the strategy allows.
    pub fn between(
        name: &str,
        low: f64,
        high: f64,
        step: Option<f64>,
        specs: &[ParamSpec],
    ) -> Result<Self, ResearchError> {
        let spec = find(name, specs)?;
        let whole = |value: f64| {
            let rounded = value as i64;
            (rounded as f64 == value).then_some(rounded).ok_or_else(|| ResearchError::Space {
                gene: name.to_owned(),
                problem: format!("{value} is not a whole number, and {name} takes no others"),
            })
        };
        let range = match spec.kind {
            ParamKind::Int { .. } => {
                GeneRange::Int { low: whole(low)?, high: whole(high)?, step: step.map_or(Ok(1), whole)? }
            }
            ParamKind::Float { .. } => GeneRange::Float { low, high, step },
            ParamKind::Choice { .. } => {
                let problem = format!("{name} takes {}, not a range", spec.kind.expected());
                return Err(ResearchError::Space { gene: name.to_owned(), problem });
            }
        };
        Self { name: name.to_owned(), range }.checked(spec)
    }

    /// From half to twice the default of a number, within what the strategy allows; nothing for words and for numbers
    /// whose default is 0.
    pub fn around_default(spec: &ParamSpec) -> Option<Self> {
        let range = match spec.kind {
            ParamKind::Int { min, max, default } if default > 0 => {
                GeneRange::Int { low: (default / 2).max(min), high: (default * 2).min(max), step: 1 }
            }
            ParamKind::Float { min, max, default } if default > 0.0 => {
                GeneRange::Float { low: (default / 2.0).max(min), high: (default * 2.0).min(max), step: None }
            }
            _ => return None,
        };
        Some(Self { name: spec.name.to_owned(), range })
    }

    fn checked(self, spec: &ParamSpec) -> Result<Self, ResearchError> {
        let problem = match (&self.range, spec.kind) {
            (GeneRange::Int { low, high, step }, ParamKind::Int { min, max, .. }) => {
                if low > high {
                    Some(format!("{low} lies above {high}"))
                } else if *step < 1 {
                    Some(format!("a step of {step} leads nowhere"))
                } else {
                    (*low < min || *high > max).then(|| format!("{} takes {}", spec.name, spec.kind.expected()))
                }
            }
            (GeneRange::Float { low, high, step }, ParamKind::Float { min, max, .. }) => {
                if !(low.is_finite() && high.is_finite()) || low > high {
                    Some(format!("{low} to {high} is no range"))
                } else if step.is_some_and(|step| !(step > 0.0 && step.is_finite())) {
                    Some("the step must be above 0".to_owned())
                } else {
                    (*low < min || *high > max).then(|| format!("{} takes {}", spec.name, spec.kind.expected()))
                }
            }
            (GeneRange::Choice { options }, ParamKind::Choice { options: allowed, .. }) => options
                .iter()
                .find(|word| !allowed.contains(&word.as_str()))
                .map(|word| format!("'{word}' is not {}", spec.kind.expected())),
            _ => Some(format!("{} takes {}", spec.name, spec.kind.expected())),
        };
        match problem {
            Some(problem) => Err(ResearchError::Space { gene: self.name, problem }),
            None => Ok(self),
        }
    }

    /// How many values it has; `None` for a number that may be anything in between.
    pub fn count(&self) -> Option<usize> {
        match &self.range {
            GeneRange::Int { low, high, step } => usize::try_from((high - low) / step + 1).ok(),
            GeneRange::Float { low, high, .. } if low == high => Some(1),
            GeneRange::Float { low, high, step } => step.map(|step| steps(*low, *high, step) + 1),
            GeneRange::Choice { options } => Some(options.len()),
        }
    }

    /// How many values a grid takes of it.
    pub(super) fn grid_count(&self) -> usize {
        self.count().unwrap_or(POINTS)
    }

    /// The value of a grid at a position.
    pub(super) fn grid_value(&self, index: usize) -> ParamValue {
        match &self.range {
            GeneRange::Int { low, step, .. } => ParamValue::Int(low + index as i64 * step),
            GeneRange::Float { low, high, step: None } => {
                ParamValue::Float(low + (high - low) * index as f64 / (POINTS - 1) as f64)
            }
            GeneRange::Float { low, high, step: Some(step) } => {
                ParamValue::Float((low + index as f64 * step).min(*high))
            }
            GeneRange::Choice { options } => ParamValue::Choice(options[index].clone()),
        }
    }

    /// The value at a share of the way from the lowest to the highest, `0 <= share < 1`.
    pub(super) fn at(&self, share: f64) -> ParamValue {
        match (&self.range, self.count()) {
            (GeneRange::Float { low, high, .. }, None) => ParamValue::Float(low + share * (high - low)),
            (_, count) => {
                let count = count.unwrap_or(1);
                self.grid_value(((share * count as f64) as usize).min(count - 1))
            }
        }
    }

    /// A value moved by a share of the range, kept within it. Where values have steps it moves by one at least.
    /// Words have no distances: `None`.
    pub(super) fn moved(&self, value: &ParamValue, share: f64) -> Option<ParamValue> {
        let along = |place: f64, last: f64| {
            let by = share * last;
            let by = if by.abs() < 1.0 { share.signum() } else { by.round() };
            (place + by).clamp(0.0, last)
        };
        match (&self.range, value) {
            (GeneRange::Int { low, high, step }, ParamValue::Int(value)) => {
                let last = (high - low) / step;
                let place = along(((value - low) / step) as f64, last as f64);
                Some(ParamValue::Int(low + place as i64 * step))
            }
            (GeneRange::Float { low, high, step: None }, ParamValue::Float(value)) => {
                Some(ParamValue::Float((value + share * (high - low)).clamp(*low, *high)))
            }
            (GeneRange::Float { low, high, step: Some(step) }, ParamValue::Float(value)) => {
                let place = along(((value - low) / step).round(), steps(*low, *high, *step) as f64);
                Some(self.grid_value(place as usize))
            }
            _ => None,
        }
    }
}

/// How many steps lie between two numbers; a last one that misses `high` by rounding counts.
fn steps(low: f64, high: f64, step: f64) -> usize {
    ((high - low) / step + 1e-9).floor() as usize
}

fn find<'a>(name: &str, specs: &'a [ParamSpec]) -> Result<&'a ParamSpec, ResearchError> {
    specs.iter().find(|spec| spec.name == name).ok_or_else(|| {
        let known: Vec<&str> = specs.iter().map(|spec| spec.name).collect();
        let problem = format!("there is no such parameter; the strategy takes {}", known.join(", "));
        ResearchError::Space { gene: name.to_owned(), problem }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPECS: &[ParamSpec] = &[
        ParamSpec { name: "fast", kind: ParamKind::Int { min: 2, max: 500, default: 10 }, doc: "" },
        ParamSpec { name: "level", kind: ParamKind::Float { min: 0.0, max: 100.0, default: 70.0 }, doc: "" },
        ParamSpec { name: "kind", kind: ParamKind::Choice { options: &["sma", "ema"], default: "sma" }, doc: "" },
    ];

    #[test]
    fn ranges_are_read() {
        for (typed, range) in [
            ("fast=5..50", GeneRange::Int { low: 5, high: 50, step: 1 }),
            (" fast = 5 .. 50 : 5 ", GeneRange::Int { low: 5, high: 50, step: 5 }),
            ("level=50..90", GeneRange::Float { low: 50.0, high: 90.0, step: None }),
            ("level=50..90:2.5", GeneRange::Float { low: 50.0, high: 90.0, step: Some(2.5) }),
            ("kind=sma|ema", GeneRange::Choice { options: vec!["sma".to_owned(), "ema".to_owned()] }),
        ] {
            assert_eq!(Gene::parse(typed, SPECS).unwrap().range, range, "{typed}");
        }
    }

    #[test]
    fn wrong_ranges_say_why() {
        for (typed, words) in [
            ("fast", "expected NAME=LOW..HIGH"),
            ("slow=1..2", "the strategy takes fast, level, kind"),
            ("fast=1..50", "a whole number from 2 to 500"),
            ("fast=5.5..50", "5.5 is not a whole number"),
            ("fast=50..5", "50 lies above 5"),
            ("fast=5..50:0", "leads nowhere"),
            ("level=0..nan", "no range"),
            ("level=a..b", "'a' is not a number"),
            ("kind=1..2", "not a range"),
            ("kind=sma|wma", "'wma' is not one of sma, ema"),
            ("fast=sma", "a whole number from 2 to 500"),
        ] {
            let error = Gene::parse(typed, SPECS).unwrap_err().to_string();
            assert!(error.contains(words), "{typed}: {error}");
        }
    }

    #[test]
    fn values_stay_within() {
        let gene = Gene::parse("fast=5..52:5", SPECS).unwrap();
        assert_eq!(gene.count(), Some(10));
        assert_eq!(gene.grid_value(9), ParamValue::Int(50));
        assert_eq!(gene.at(0.0), ParamValue::Int(5));
        assert_eq!(gene.at(0.999_999), ParamValue::Int(50));
        assert_eq!(gene.moved(&ParamValue::Int(50), 0.5), Some(ParamValue::Int(50)));
        assert_eq!(gene.moved(&ParamValue::Int(20), -0.001), Some(ParamValue::Int(15)));
        let gene = Gene::parse("level=0..1:0.1", SPECS).unwrap();
        assert_eq!(gene.count(), Some(11));
        assert_eq!(gene.moved(&ParamValue::Float(0.3), 0.01), Some(gene.grid_value(4)));
        let gene = Gene::parse("kind=sma|ema", SPECS).unwrap();
        assert_eq!(gene.moved(&ParamValue::Choice("sma".to_owned()), 0.1), None);
    }
}

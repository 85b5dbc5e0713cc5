//! Parameters: what an indicator accepts, what was given, and what that means.
//!
//! Given values are checked once, by [`IndicatorSpec::resolve`](crate::IndicatorSpec::resolve); the [`Params`] that
//! come out are complete and within range.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One parameter of an indicator.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ParamSpec {
    /// Its name, unique within the indicator.
    pub name: &'static str,
    /// What values it takes.
    pub kind: ParamKind,
    /// What it does, in one line.
    pub doc: &'static str,
}

/// The values that a parameter takes, and the one that it has when none is given.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum ParamKind {
    /// A whole number from `min` to `max`.
    Int {
        /// Smallest allowed.
        min: i64,
        /// Largest allowed.
        max: i64,
        /// Taken when none is given.
        default: i64,
    },
    /// A finite number from `min` to `max`.
    Float {
        /// Smallest allowed.
        min: f64,
        /// Largest allowed.
        max: f64,
        /// Taken when none is given.
        default: f64,
    },
    /// One of several words.
    Choice {
        /// The words.
        options: &'static [&'static str],
        /// Taken when none is given.
        default: &'static str,
    },
}

/// The value of a parameter. In JSON and TOML simply a number or a word.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ParamValue {
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// A word.
    Choice(String),
}

impl From<i64> for ParamValue {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<f64> for ParamValue {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<&str> for ParamValue {
    fn from(value: &str) -> Self {
        Self::Choice(value.to_owned())
    }
}

impl std::str::FromStr for ParamValue {
    type Err = std::convert::Infallible;

    /// What was typed: whole numbers and decimals are numbers, everything else is a word.
    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        Ok(if let Ok(whole) = typed.parse::<i64>() {
            Self::Int(whole)
        } else if let Ok(number) = typed.parse::<f64>() {
            Self::Float(number)
        } else {
            Self::Choice(typed.to_owned())
        })
    }
}

impl fmt::Display for ParamValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(value) => value.fmt(f),
            Self::Float(value) => value.fmt(f),
            Self::Choice(word) => word.fmt(f),
        }
    }
}

/// Why an indicator cannot be computed as asked.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum IndicatorError {
    /// No parameter of that name.
    #[error("{indicator} has no parameter '{name}'; it takes {}", listed(.known))]
    UnknownParameter {
        /// The indicator.
        indicator: &'static str,
        /// What was given.
        name: String,
        /// The names it has.
        known: Vec<&'static str>,
    },
    /// The parameter was given more than once.
    #[error("{indicator}: parameter '{name}' is given twice")]
    Twice {
        /// The indicator.
        indicator: &'static str,
        /// The parameter.
        name: &'static str,
    },
    /// The value is of the wrong kind or out of range.
    #[error("{indicator}: {name} = {given} is not allowed; expected {expected}")]
    NotAllowed {
        /// The indicator.
        indicator: &'static str,
        /// The parameter.
        name: &'static str,
        /// What was given.
        given: String,
        /// What would be allowed.
        expected: String,
    },
    /// Each value is in range, but they do not go together.
    #[error("{indicator}: {rule}")]
    Conflict {
        /// The indicator.
        indicator: &'static str,
        /// What must hold.
        rule: &'static str,
    },
}

fn value_of(
    owner: &'static str,
    spec: &ParamSpec,
    given: &[(String, ParamValue)],
) -> Result<ParamValue, IndicatorError> {
    let mut matching = given.iter().filter(|(name, _)| name == spec.name);
    let Some((_, value)) = matching.next() else { return Ok(spec.kind.default_value()) };
    if matching.next().is_some() {
        return Err(IndicatorError::Twice { indicator: owner, name: spec.name });
    }
    spec.kind.accept(value).ok_or_else(|| IndicatorError::NotAllowed {
        indicator: owner,
        name: spec.name,
        given: value.to_string(),
        expected: spec.kind.expected(),
    })
}

fn listed(names: &[&str]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

impl ParamKind {
    /// The value when none is given.
    pub fn default_value(&self) -> ParamValue {
        match *self {
            Self::Int { default, .. } => ParamValue::Int(default),
            Self::Float { default, .. } => ParamValue::Float(default),
            Self::Choice { default, .. } => ParamValue::Choice(default.to_owned()),
        }
    }

    /// The given value in this parameter's kind, if it is allowed. `14.0` serves as a whole number, `2` as a number.
    pub(crate) fn accept(&self, given: &ParamValue) -> Option<ParamValue> {
        match (*self, given) {
            (Self::Int { min, max, .. }, ParamValue::Int(value)) => {
                (min..=max).contains(value).then_some(ParamValue::Int(*value))
            }
            (Self::Int { min, max, .. }, ParamValue::Float(value)) => {
                let whole = *value as i64;
                (whole as f64 == *value && (min..=max).contains(&whole)).then_some(ParamValue::Int(whole))
            }
            (Self::Float { min, max, .. }, ParamValue::Float(value)) => {
                (min..=max).contains(value).then_some(ParamValue::Float(*value))
            }
            (Self::Float { min, max, .. }, ParamValue::Int(value)) => {
                let value = *value as f64;
                (min..=max).contains(&value).then_some(ParamValue::Float(value))
            }
            (Self::Choice { options, .. }, ParamValue::Choice(word)) => {
                options.contains(&word.as_str()).then(|| ParamValue::Choice(word.clone()))
            }
            _ => None,
        }
    }

    /// The allowed values in words.
    pub fn expected(&self) -> String {
        match *self {
            Self::Int { min, max, .. } => format!("a whole number from {min} to {max}"),
            Self::Float { min, max, .. } => format!("a number from {min} to {max}"),
            Self::Choice { options, .. } => format!("one of {}", options.join(", ")),
        }
    }
}

/// The parameters of one indicator, complete and within range. Made by
/// [`IndicatorSpec::resolve`](crate::IndicatorSpec::resolve).
///
/// Prints as its values in the order of the specification: `12,26,9`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Params {
    pub(crate) values: Vec<(&'static str, ParamValue)>,
}

impl Params {
    /// Fills in defaults and checks what was given, for whatever has parameters: an indicator, a strategy.
    ///
    /// # Errors
    /// An unknown or repeated name, a value of the wrong kind or out of range.
    pub fn resolve(
        owner: &'static str,
        specs: &[ParamSpec],
        given: &[(String, ParamValue)],
    ) -> Result<Self, IndicatorError> {
        for (name, _) in given {
            if !specs.iter().any(|spec| spec.name == name) {
                let known = specs.iter().map(|spec| spec.name).collect();
                return Err(IndicatorError::UnknownParameter { indicator: owner, name: name.clone(), known });
            }
        }
        let values = specs.iter().map(|spec| Ok((spec.name, value_of(owner, spec, given)?)));
        Ok(Self { values: values.collect::<Result<_, IndicatorError>>()? })
    }

    /// Names and values in the order of the specification.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &ParamValue)> {
        self.values.iter().map(|(name, value)| (*name, value))
    }

    /// The value of that name.
    pub fn get(&self, name: &str) -> Option<&ParamValue> {
        self.values.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// A whole-number parameter as a count of bars.
    ///
    /// # Panics
    /// If the specification has no such whole number: a bug of the caller.
    pub fn bars(&self, name: &str) -> usize {
        match self.get(name) {
            Some(ParamValue::Int(value)) => usize::try_from(*value).expect("counts of bars have a minimum above zero"),
            other => panic!("'{name}' is no whole number: {other:?}"),
        }
    }

    /// A number.
    ///
    /// # Panics
    /// If the specification has no such number: a bug of the caller.
    pub fn float(&self, name: &str) -> f64 {
        match self.get(name) {
            Some(ParamValue::Float(value)) => *value,
            other => panic!("'{name}' is no number: {other:?}"),
        }
    }

    /// A word.
    ///
    /// # Panics
    /// If the specification has no such choice: a bug of the caller.
    pub fn choice(&self, name: &str) -> &str {
        match self.get(name) {
            Some(ParamValue::Choice(word)) => word,
            other => panic!("'{name}' is no choice: {other:?}"),
        }
    }
}

impl fmt::Display for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (_, value)) in self.values.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            value.fmt(f)?;
        }
        Ok(())
    }
}

/// Longest window. Long enough for a year of hours; short enough that a typing mistake is refused, not computed.
pub(crate) const MAX_BARS: i64 = 10_000;

/// A count of bars, from `min` to [`MAX_BARS`].
pub(crate) const fn bars(name: &'static str, min: i64, default: i64, doc: &'static str) -> ParamSpec {
    ParamSpec { name, kind: ParamKind::Int { min, max: MAX_BARS, default }, doc }
}

/// A number.
pub(crate) const fn float(name: &'static str, min: f64, max: f64, default: f64, doc: &'static str) -> ParamSpec {
    ParamSpec { name, kind: ParamKind::Float { min, max, default }, doc }
}

//! Formulas: what a feature is, as data.

use std::collections::BTreeMap;

use mem_indicators::{IndicatorSpec, ParamValue, Params, find};
use serde::{Deserialize, Serialize};

use super::FeatureError;
use super::calendar::Calendar;

/// Longest window, in bars; a typing mistake is refused, not computed.
const MAX_BARS: usize = 10_000;

/// A column of bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// First price.
    Open,
    /// Highest price.
    High,
    /// Lowest price.
    Low,
    /// Last price.
    Close,
    /// Traded volume in base units; undefined where the source gives none.
    Volume,
}

/// What is said of the scores known so far, each weighing `2^(-age / half life)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SentimentMeasure {
    /// Their weighted mean.
    Mean,
    /// Their weighted standard deviation around it.
    Spread,
    /// The sum of their weights: how much has been said of late.
    Weight,
}

/// A formula over what is known when a bar closes. Undefined parts make the whole undefined, and a window with an undefined value in it
/// is undefined; so is division by zero.
///
/// As JSON: `{"log_return": [{"bar": "close"}, 24]}`. Printed: `log_return(close, 24)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expr {
    /// A column of the symbol's own bar.
    Bar(Column),
    /// An output of an indicator of the registry, with the parameters that differ from its defaults.
    Indicator {
        /// Its name in the registry.
        name: String,
        /// Parameters by name.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        params: BTreeMap<String, ParamValue>,
        /// Which output.
        output: String,
    },
    /// A column of the newest bar of another symbol that had closed when this one did.
    Reference {
        /// What the other symbol is to this one, for example `market`; which symbol that is, is said by whoever gives its bars.
        role: String,
        /// Which column.
        column: Column,
        /// Undefined once that bar closed more than so many own bars ago.
        max_age: usize,
    },
    /// A series of scores as it was known at the close. Undefined before the first score; mean and spread also once all that was said
    /// weighs less than 2^-10 (one score that is ten half lives old).
    Sentiment {
        /// Name of the series.
        source: String,
        /// What is said of it.
        measure: SentimentMeasure,
        /// Time in which a score loses half its weight.
        half_life_hours: f64,
    },
    /// Where the close lies in the calendar.
    Calendar(Calendar),
    /// A number.
    Constant(f64),
    /// Natural logarithm; undefined at zero and below.
    Log(Box<Expr>),
    /// Distance from zero.
    Abs(Box<Expr>),
    /// -1, 0 or 1.
    Sign(Box<Expr>),
    /// Square root; undefined below zero.
    Sqrt(Box<Expr>),
    /// The sum of two.
    Plus(Box<Expr>, Box<Expr>),
    /// The first less the second.
    Minus(Box<Expr>, Box<Expr>),
    /// The product.
    Times(Box<Expr>, Box<Expr>),
    /// The first by the second; undefined where that is zero.
    Over(Box<Expr>, Box<Expr>),
    /// The value so many bars ago.
    Lag(Box<Expr>, usize),
    /// `x - lag(x, n)`.
    Change(Box<Expr>, usize),
    /// `log(x / lag(x, n))`.
    LogReturn(Box<Expr>, usize),
    /// Mean of the last n values.
    Mean(Box<Expr>, usize),
    /// Sample standard deviation (n - 1) of the last n values.
    StdDev(Box<Expr>, usize),
    /// `(x - mean(x, n)) / std_dev(x, n)`.
    ZScore(Box<Expr>, usize),
    /// Largest of the last n values.
    Highest(Box<Expr>, usize),
    /// Smallest of the last n values.
    Lowest(Box<Expr>, usize),
    /// Where x lies between the smallest (0) and the largest (1) of its last n values.
    Position(Box<Expr>, usize),
    /// Share of the n - 1 values before x that are below it, equal ones counting half.
    Rank(Box<Expr>, usize),
    /// Slope per bar of the least-squares line through the last n values.
    Slope(Box<Expr>, usize),
    /// Skewness of the last n values: third central moment by the standard deviation cubed, both of the window itself.
    Skew(Box<Expr>, usize),
    /// Excess kurtosis of the last n values: fourth central moment by the variance squared, less 3.
    Kurtosis(Box<Expr>, usize),
    /// Pearson's correlation of the last n pairs.
    Correlation(Box<Expr>, Box<Expr>, usize),
    /// Slope of the first on the second over the last n pairs: their covariance by the variance of the second.
    Beta(Box<Expr>, Box<Expr>, usize),
}

impl Expr {
    /// The same in simpler parts, if it is short for something.
    pub(super) fn spelled_out(&self) -> Option<Self> {
        Some(match self.clone() {
            Self::Change(x, bars) => Self::Minus(x.clone(), Self::Lag(x, bars).into()),
            Self::LogReturn(x, bars) => x.clone().over(x.lag(bars)).log(),
            Self::ZScore(x, bars) => x.clone().minus(x.clone().mean(bars)).over(x.std_dev(bars)),
            Self::Position(x, bars) => {
                let low = x.clone().lowest(bars);
                x.clone().minus(low.clone()).over(x.highest(bars).minus(low))
            }
            _ => return None,
        })
    }

    /// The formulas that it is made of, none for what is read from bars, series or the calendar.
    pub(super) fn parts(&self) -> Vec<&Self> {
        match self {
            Self::Bar(_)
            | Self::Indicator { .. }
            | Self::Reference { .. }
            | Self::Sentiment { .. }
            | Self::Calendar(_)
            | Self::Constant(_) => Vec::new(),
            Self::Log(x) | Self::Abs(x) | Self::Sign(x) | Self::Sqrt(x) => vec![x],
            Self::Lag(x, _)
            | Self::Change(x, _)
            | Self::LogReturn(x, _)
            | Self::Mean(x, _)
            | Self::StdDev(x, _)
            | Self::ZScore(x, _)
            | Self::Highest(x, _)
            | Self::Lowest(x, _)
            | Self::Position(x, _)
            | Self::Rank(x, _)
            | Self::Slope(x, _)
            | Self::Skew(x, _)
            | Self::Kurtosis(x, _) => vec![x],
            Self::Plus(x, y) | Self::Minus(x, y) | Self::Times(x, y) | Self::Over(x, y) => vec![x, y],
            Self::Correlation(x, y, _) | Self::Beta(x, y, _) => vec![x, y],
        }
    }

    /// Bars that it reads beyond the current one, its parts not counted; and the fewest bars that it makes sense for.
    fn window(&self) -> Option<(usize, usize, usize)> {
        match self {
            Self::Lag(_, bars) | Self::Change(_, bars) | Self::LogReturn(_, bars) => Some((*bars, *bars, 1)),
            Self::Mean(_, bars) | Self::Highest(_, bars) | Self::Lowest(_, bars) => Some((*bars, bars.max(&1) - 1, 1)),
            Self::StdDev(_, bars)
            | Self::ZScore(_, bars)
            | Self::Position(_, bars)
            | Self::Rank(_, bars)
            | Self::Slope(_, bars)
            | Self::Skew(_, bars)
            | Self::Kurtosis(_, bars)
            | Self::Correlation(_, _, bars)
            | Self::Beta(_, _, bars) => Some((*bars, bars.max(&1) - 1, 2)),
            _ => None,
        }
    }

    /// Leading undefined values, at least: other symbols and scores may begin later, and levels of calendar periods need a whole one.
    ///
    /// # Errors
    /// A formula that cannot be computed.
    pub fn warmup(&self) -> Result<usize, FeatureError> {
        self.check()?;
        if let Self::Indicator { name, params, output } = self {
            let (spec, params) = resolve(name, params)?;
            return Ok(spec.warmups(&params)[position(spec, output)?]);
        }
        let parts = self.parts().into_iter().map(Self::warmup).collect::<Result<Vec<_>, _>>()?;
        Ok(parts.into_iter().max().unwrap_or(0) + self.window().map_or(0, |(_, beyond, _)| beyond))
    }

    /// The numbers of this formula, those of its parts not counted.
    pub(super) fn check(&self) -> Result<(), FeatureError> {
        let refused = |what, found: String, expected| Err(FeatureError::OutOfRange { what, found, expected });
        match self {
            Self::Reference { max_age, .. } if *max_age > MAX_BARS => {
                return refused("age", max_age.to_string(), "at most 10000 bars");
            }
            Self::Sentiment { half_life_hours: hours, .. } if !(*hours >= 0.01 && *hours <= 1e6) => {
                return refused("half life", hours.to_string(), "from 0.01 to 1000000 hours");
            }
            Self::Calendar(Calendar::SessionLeft { open_minute, close_minute })
                if open_minute >= close_minute || *close_minute > 1440 =>
            {
                return refused(
                    "session",
                    format!("{open_minute} to {close_minute}"),
                    "a stretch of the day's minutes",
                );
            }
            Self::Constant(number) if !number.is_finite() => {
                return refused("constant", number.to_string(), "a finite number");
            }
            _ => {}
        }
        match self.window() {
            Some((bars, _, fewest)) if bars < fewest || bars > MAX_BARS => {
                let expected = if fewest == 1 { "from 1 to 10000 bars" } else { "from 2 to 10000 bars" };
                refused("window", bars.to_string(), expected)
            }
            _ => Ok(()),
        }
    }

    /// The indicators it reads, for their sources.
    pub fn indicators(&self) -> Vec<&'static IndicatorSpec> {
        let own = if let Self::Indicator { name, .. } = self { find(name) } else { None };
        let mut found: Vec<_> = own.into_iter().collect();
        for part in self.parts() {
            for spec in part.indicators() {
                if !found.iter().any(|known| known.name == spec.name) {
                    found.push(spec);
                }
            }
        }
        found
    }
}

/// An indicator of the registry with its parameters.
pub(super) fn resolve(
    name: &str,
    params: &BTreeMap<String, ParamValue>,
) -> Result<(&'static IndicatorSpec, Params), FeatureError> {
    let spec = find(name).ok_or_else(|| FeatureError::UnknownIndicator(name.to_owned()))?;
    let given: Vec<_> = params.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    Ok((spec, spec.resolve(&given)?))
}

/// Where an output stands among those of an indicator.
pub(super) fn position(spec: &'static IndicatorSpec, output: &str) -> Result<usize, FeatureError> {
    spec.outputs.iter().position(|known| *known == output).ok_or_else(|| FeatureError::UnknownOutput {
        indicator: spec.name.to_owned(),
        output: output.to_owned(),
        known: spec.outputs,
    })
}

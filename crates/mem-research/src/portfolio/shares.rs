//! A rule and what has been seen so far in, target weights out.

use super::config::{MissingData, PortfolioConfig, Weights};
use super::moments::Centred;
use super::risk_parity::equal_contributions;
use super::timeline::Timeline;
use super::{Sleeve, list_names};
use crate::error::ResearchError;
use mem_types::time::NANOS_PER_DAY;
use mem_types::{Timeframe, TimeframeUnit};

/// How far custom weights may be from adding up to 1 before that is worth a note.
const SUM_TOLERANCE: f64 = 0.01;

/// Days of bars that volatility weights look back on where bars are shorter than a day.
const INTRADAY_DAYS: i64 = 60;

/// Most bars that they look back on unless told otherwise.
const MOST_BARS: usize = 10_000;

/// How capital is shared out among the sleeves that take part.
pub(super) struct Shares<'a> {
    sleeves: &'a [Sleeve<'a>],
    rule: Rule,
    may_join_late: bool,
    /// The sleeves that can get capital at all.
    pub(super) takes_part: Vec<bool>,
    /// Returns that volatility weights need; `None` for other weights.
    pub(super) lookback_bars: Option<usize>,
}

enum Rule {
    Fixed(Vec<f64>),
    InverseVolatility,
    RiskParity,
}

/// Target weights of one rebalance.
pub(super) struct Targets {
    /// One per sleeve, adding up to 1.
    pub(super) weights: Vec<f64>,
    /// Sleeves left out because their asset did not move.
    pub(super) unmoved: Vec<usize>,
    /// What stood in for the rule where it had no answer.
    pub(super) stood_in: Option<StandIn>,
}

/// Weights in place of those that a rule asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StandIn {
    /// Inverse volatility, as no equal contributions were found.
    InverseVolatility,
    /// Equal weights, as no price moved.
    Equal,
}

/// There is not enough history for volatility weights.
pub(super) struct TooLittleHistory {
    /// Common bars that are lacking.
    pub(super) lacking: usize,
}

impl<'a> Shares<'a> {
    pub(super) fn of(
        sleeves: &'a [Sleeve<'a>],
        config: &PortfolioConfig,
        notes: &mut Vec<String>,
    ) -> Result<Self, ResearchError> {
        let (rule, takes_part) = match &config.weights {
            Weights::Equal => (Rule::Fixed(vec![1.0; sleeves.len()]), vec![true; sleeves.len()]),
            Weights::Custom(weights) => {
                let weights = custom(sleeves, weights, notes)?;
                let takes_part = weights.iter().map(|weight| *weight > 0.0).collect();
                (Rule::Fixed(weights), takes_part)
            }
            Weights::InverseVolatility => (Rule::InverseVolatility, vec![true; sleeves.len()]),
            Weights::RiskParity => (Rule::RiskParity, vec![true; sleeves.len()]),
        };
        let looks_back = !matches!(rule, Rule::Fixed(_));
        let lookback_bars = looks_back.then(|| config.lookback_bars.unwrap_or_else(|| default_lookback(sleeves)));
        let may_join_late = config.missing == MissingData::LateJoin;
        Ok(Self { sleeves, rule, may_join_late, takes_part, lookback_bars })
    }

    /// The target weights at a row for those of `active` that can have one; closes before that row alone are looked at.
    pub(super) fn at(&self, timeline: &Timeline, row: usize, active: &[usize]) -> Result<Targets, TooLittleHistory> {
        match &self.rule {
            Rule::Fixed(weights) => {
                let chosen: Vec<f64> = active.iter().map(|sleeve| weights[*sleeve]).collect();
                Ok(self.targets(active, &chosen, Vec::new(), None))
            }
            Rule::InverseVolatility | Rule::RiskParity => self.by_volatility(timeline, row, active),
        }
    }

    fn by_volatility(&self, timeline: &Timeline, row: usize, active: &[usize]) -> Result<Targets, TooLittleHistory> {
        let (set, rows) = self.with_history(timeline, row, active)?;
        let returns = |sleeve: &usize| Centred::of(self.asset_returns(timeline, *sleeve, &rows));
        let (moving, unmoved): (Vec<_>, Vec<_>) =
            set.iter().map(|sleeve| (*sleeve, returns(sleeve))).partition(|(_, returns)| returns.deviation().is_some());
        let unmoved: Vec<usize> = unmoved.into_iter().map(|(sleeve, _)| sleeve).collect();
        if moving.is_empty() {
            return Ok(self.targets(&set, &vec![1.0; set.len()], Vec::new(), Some(StandIn::Equal)));
        }
        let (chosen, moving): (Vec<usize>, Vec<Centred>) = moving.into_iter().unzip();
        let inverse_volatility = || moving.iter().map(|one| one.covariance(one).sqrt().recip()).collect();
        if !matches!(self.rule, Rule::RiskParity) {
            let inverse: Vec<f64> = inverse_volatility();
            return Ok(self.targets(&chosen, &inverse, unmoved, None));
        }
        let equal = equal_contributions(&covariances(&moving));
        let stood_in = if equal.is_none() { Some(StandIn::InverseVolatility) } else { None };
        Ok(self.targets(&chosen, &equal.unwrap_or_else(inverse_volatility), unmoved, stood_in))
    }

    /// The sleeves that have enough common bars before a row, and those bars' rows, latest first. Where sleeves may
    /// join late, the ones that began last are left out until there are enough.
    fn with_history(
        &self,
        timeline: &Timeline,
        row: usize,
        active: &[usize],
    ) -> Result<(Vec<usize>, Vec<usize>), TooLittleHistory> {
        let needed = self.lookback_bars.unwrap_or(0) + 1;
        let mut set = active.to_vec();
        let mut most = 0;
        while !set.is_empty() {
            let rows = timeline.joint_rows_before(&set, row, needed);
            if rows.len() == needed {
                return Ok((set, rows));
            }
            most = most.max(rows.len());
            if !self.may_join_late {
                break;
            }
            let began = |sleeve: &usize| self.sleeves[*sleeve].ts_ns[0];
            let latest = set.iter().map(began).max();
            set.retain(|sleeve| Some(began(sleeve)) != latest);
        }
        Err(TooLittleHistory { lacking: needed - most })
    }

    /// Returns of a sleeve's asset between rows given latest first.
    fn asset_returns(&self, timeline: &Timeline, sleeve: usize, rows: &[usize]) -> Vec<f64> {
        let close = |row: usize| self.sleeves[sleeve].close[timeline.bars_at(sleeve, row) - 1];
        rows.windows(2).rev().map(|pair| close(pair[0]) / close(pair[1]) - 1.0).collect()
    }

    fn targets(&self, set: &[usize], chosen: &[f64], unmoved: Vec<usize>, stood_in: Option<StandIn>) -> Targets {
        let sum: f64 = chosen.iter().sum();
        let mut weights = vec![0.0; self.sleeves.len()];
        for (sleeve, weight) in set.iter().zip(chosen) {
            weights[*sleeve] = weight / sum;
        }
        Targets { weights, unmoved, stood_in }
    }
}

/// Custom weights in the order of the sleeves, as given: they are scaled once it is known who shares.
fn custom(
    sleeves: &[Sleeve<'_>],
    weights: &[(String, f64)],
    notes: &mut Vec<String>,
) -> Result<Vec<f64>, ResearchError> {
    let given = |name: &str| weights.iter().find(|(named, _)| named == name).map(|(_, weight)| *weight);
    let unknown = weights.iter().filter(|(name, _)| sleeves.iter().all(|sleeve| sleeve.name != *name));
    let unknown: Vec<String> = unknown.map(|(name, _)| name.clone()).collect();
    let without: Vec<String> =
        sleeves.iter().map(|sleeve| sleeve.name.clone()).filter(|name| given(name).is_none()).collect();
    let found: Vec<f64> = sleeves.iter().map(|sleeve| given(&sleeve.name).unwrap_or(0.0)).collect();
    let sum: f64 = found.iter().sum();
    if sum <= 0.0 {
        return Err(ResearchError::Weights { problem: "no sleeve has a weight above 0".to_owned() });
    }
    if !unknown.is_empty() {
        notes.push(format!("Weights of unknown sleeves are left out: {}.", list_names(unknown.into_iter())));
    }
    if !without.is_empty() {
        notes.push(format!("No weight is given for {}: no capital there.", list_names(without.into_iter())));
    }
    if (sum - 1.0).abs() > SUM_TOLERANCE {
        notes.push(format!("The weights add up to {sum:.4}: they were scaled to add up to 1."));
    }
    Ok(found)
}

/// How far to look back unless told otherwise. It depends on the length of the bars alone: counting those of a day
/// would look at bars that are yet to come.
fn default_lookback(sleeves: &[Sleeve<'_>]) -> usize {
    let longest = sleeves.iter().map(Sleeve::timeframe).max_by_key(|timeframe| timeframe.nanos());
    longest.map_or(2, default_lookback_of)
}

fn default_lookback_of(timeframe: Timeframe) -> usize {
    let count = timeframe.count();
    let bars = match timeframe.unit() {
        TimeframeUnit::Month => 12 / count,
        TimeframeUnit::Week => 52 / count,
        TimeframeUnit::Day => 252 / count,
        TimeframeUnit::Second | TimeframeUnit::Minute | TimeframeUnit::Hour => {
            u32::try_from(INTRADAY_DAYS * NANOS_PER_DAY / timeframe.nanos()).unwrap_or(u32::MAX)
        }
    };
    (bars as usize).clamp(2, MOST_BARS)
}

/// The covariance of every pair.
fn covariances(returns: &[Centred]) -> Vec<Vec<f64>> {
    let mut matrix = vec![vec![0.0; returns.len()]; returns.len()];
    for (i, one) in returns.iter().enumerate() {
        for (j, other) in returns[..=i].iter().enumerate() {
            let covariance = one.covariance(other);
            matrix[i][j] = covariance;
            matrix[j][i] = covariance;
        }
    }
    matrix
}

//! What an optimiser makes large: any metric, or a mixture.
//!
//! What comes in: the [`Metrics`] of a test. What goes out: one number, larger is better, or none where the figure is
//! undefined. A test without trades has no fitness at all: doing nothing must never win.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::metrics::Metrics;

/// A metric by its name.
#[derive(Debug, Clone, Copy)]
pub struct MetricSpec {
    /// Its name, that of the field of [`Metrics`].
    pub name: &'static str,
    /// Whether more of it is better.
    pub more_is_better: bool,
    /// Reads it.
    pub value: fn(&Metrics) -> Option<f64>,
}

macro_rules! metrics {
    ($($name:ident $better:ident,)+) => {
        &[$(MetricSpec { name: stringify!($name), more_is_better: metrics!(@$better), value: |m| m.$name.value() },)+]
    };
    (@more) => { true };
    (@less) => { false };
}

/// Every figure of [`Metrics`] that can be ranked by. Those that count losses downwards from 0 (drawdown, average loss,
/// value at risk) are better the more they are.
pub static METRICS: &[MetricSpec] = metrics![
    total_return more,
    annual_return more,
    volatility less,
    sharpe more,
    sortino more,
    calmar more,
    max_drawdown more,
    max_drawdown_bars less,
    max_drawdown_days less,
    ulcer_index less,
    omega more,
    recovery_factor more,
    var_95 more,
    cvar_95 more,
    var_95_historical more,
    cvar_95_historical more,
    tail_ratio more,
    skew more,
    kurtosis less,
    best_bar more,
    worst_bar more,
    bar_win_rate more,
    total_trades more,
    winning_trades more,
    losing_trades less,
    win_rate more,
    profit_factor more,
    expectancy more,
    avg_trade more,
    avg_win more,
    avg_loss more,
    payoff_ratio more,
    best_trade more,
    worst_trade more,
    avg_mae more,
    avg_mfe more,
    avg_bars_held less,
    max_consecutive_wins more,
    max_consecutive_losses less,
    exposure less,
    turnover less,
];

/// A figure as a number.
trait Figure {
    fn value(self) -> Option<f64>;
}

impl Figure for Option<f64> {
    fn value(self) -> Option<f64> {
        self
    }
}

impl Figure for usize {
    fn value(self) -> Option<f64> {
        Some(self as f64)
    }
}

impl Figure for Option<usize> {
    fn value(self) -> Option<f64> {
        self.map(|value| value as f64)
    }
}

/// What is made large. Written as its name: that of a metric, or `composite`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fitness {
    /// `0.4 total_return + 0.3 win_rate + 0.3 (1 - |max_drawdown|)`, all as fractions: the reference system's mixture.
    #[default]
    Composite,
    /// A metric by its place in [`METRICS`]; its negative where less is better.
    Metric(usize),
}

impl Fitness {
    /// All names, `composite` first.
    pub fn names() -> impl Iterator<Item = &'static str> {
        std::iter::once(COMPOSITE).chain(METRICS.iter().map(|spec| spec.name))
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Composite => COMPOSITE,
            Self::Metric(place) => METRICS[place].name,
        }
    }

    /// Whether the figure itself, as the name says it, is better the larger it is.
    pub fn more_is_better(self) -> bool {
        match self {
            Self::Composite => true,
            Self::Metric(place) => METRICS[place].more_is_better,
        }
    }

    /// The fitness of a test: larger is better. `None` without at least `min_trades` closed positions, or where a
    /// figure that it needs is undefined.
    pub fn of(self, metrics: &Metrics, min_trades: usize) -> Option<f64> {
        if metrics.total_trades < min_trades {
            return None;
        }
        let value = match self {
            Self::Composite => {
                let fall = metrics.max_drawdown?.abs();
                0.4 * metrics.total_return? + 0.3 * metrics.win_rate? + 0.3 * (1.0 - fall)
            }
            Self::Metric(place) => {
                let spec = &METRICS[place];
                let value = (spec.value)(metrics)?;
                if spec.more_is_better { value } else { -value }
            }
        };
        Some(value).filter(|value| value.is_finite())
    }
}

const COMPOSITE: &str = "composite";

impl fmt::Display for Fitness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No metric has that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no fitness '{0}'; expected composite or a metric: {names}", names = Fitness::names().skip(1).collect::<Vec<_>>().join(", "))]
pub struct UnknownFitness(String);

impl FromStr for Fitness {
    type Err = UnknownFitness;

    /// Takes the reference system's short name `return` for `total_return`.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        if name == COMPOSITE {
            return Ok(Self::Composite);
        }
        let name = if name == "return" { "total_return" } else { name };
        let place = METRICS.iter().position(|spec| spec.name == name);
        place.map(Self::Metric).ok_or_else(|| UnknownFitness(name.to_owned()))
    }
}

impl Serialize for Fitness {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Fitness {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MetricsInput, metrics, periods_per_year};
    use mem_types::Timeframe;

    fn some_metrics() -> Metrics {
        let ts_ns: Vec<i64> = (0..4).map(|day| day * Timeframe::D1.nanos()).collect();
        let mut metrics = metrics(&MetricsInput {
            equity: &[110.0, 99.0, 99.0, 121.0],
            initial_capital: 100.0,
            ts_ns: &ts_ns,
            trades: &[],
            open_position: None,
            periods: periods_per_year(&ts_ns, Timeframe::D1),
        });
        metrics.total_trades = 2;
        metrics.win_rate = Some(0.5);
        metrics
    }

    #[test]
    fn names_lead_to_figures_and_back() {
        for name in Fitness::names() {
            assert_eq!(name.parse::<Fitness>().map(Fitness::name), Ok(name));
        }
        assert_eq!("return".parse::<Fitness>().map(Fitness::name), Ok("total_return"));
        assert!("sharp".parse::<Fitness>().unwrap_err().to_string().contains("sharpe, sortino"));
    }

    #[test]
    fn every_ranked_name_is_a_field() {
        let json = serde_json::to_value(some_metrics()).unwrap();
        let fields = json.as_object().unwrap();
        let unranked = ["bars_per_year", "days_per_year"];
        let ranked: Vec<&str> = METRICS.iter().map(|spec| spec.name).collect();
        for field in fields.keys().filter(|field| !unranked.contains(&field.as_str())) {
            assert!(ranked.contains(&field.as_str()), "{field} cannot be ranked by");
        }
        assert_eq!(ranked.len() + unranked.len(), fields.len());
    }

    #[test]
    fn the_mixture_and_the_signs() {
        let metrics = some_metrics();
        let composite = Fitness::Composite.of(&metrics, 1).unwrap();
        assert!((composite - (0.4 * 0.21 + 0.3 * 0.5 + 0.3 * 0.9)).abs() < 1e-12);
        let volatility: Fitness = "volatility".parse().unwrap();
        assert!(volatility.of(&metrics, 1).unwrap() < 0.0);
        assert!(!volatility.more_is_better());
        let fall: Fitness = "max_drawdown".parse().unwrap();
        assert!((fall.of(&metrics, 1).unwrap() + 0.1).abs() < 1e-12);
    }

    #[test]
    fn doing_nothing_has_no_fitness() {
        let metrics = Metrics { total_trades: 0, win_rate: None, ..some_metrics() };
        for name in ["composite", "total_return", "max_drawdown"] {
            assert_eq!(name.parse::<Fitness>().unwrap().of(&metrics, 1), None, "{name}");
        }
    }
}

//! The registry: every indicator with its parameters, outputs, warm-up and source.

use std::fmt;

use mem_types::{BarsRef, Timeframe};
use serde::Serialize;

use crate::indicator::Indicator;
use crate::param::{IndicatorError, ParamSpec, ParamValue, Params};
use crate::period::Anchor;

/// What an indicator is about; the seven groups in which the registry lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// How fast prices move.
    Momentum,
    /// Which way they go.
    Trend,
    /// How far they spread.
    Volatility,
    /// What volume says about the move.
    Volume,
    /// Levels at which prices turned before.
    SupportResistance,
    /// Combinations of the above.
    Advanced,
    /// Smoothed prices.
    MovingAverages,
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Momentum => "momentum",
            Self::Trend => "trend",
            Self::Volatility => "volatility",
            Self::Volume => "volume",
            Self::SupportResistance => "support and resistance",
            Self::Advanced => "advanced",
            Self::MovingAverages => "moving averages",
        })
    }
}

/// One indicator: what it is called, takes and gives, where its formula comes from, and how to compute it.
#[derive(Debug, Clone, Serialize)]
pub struct IndicatorSpec {
    /// Unique name, lower case.
    pub name: &'static str,
    /// Its name in books.
    pub title: &'static str,
    /// Its group.
    pub category: Category,
    /// Its parameters, in order.
    pub params: &'static [ParamSpec],
    /// Its outputs, in order.
    pub outputs: &'static [&'static str],
    /// Whether it reads volume: where the volume is unknown (NaN) so is the value.
    pub uses_volume: bool,
    /// The formula in plain text, with what happens where a divisor is zero.
    pub formula: &'static str,
    /// Who published it and where, or the TA-Lib function whose conventions it follows.
    pub source: &'static str,
    #[serde(skip)]
    pub(crate) check: fn(&Params) -> Result<(), &'static str>,
    #[serde(skip)]
    pub(crate) warmups: fn(&Params) -> Vec<usize>,
    #[serde(skip)]
    pub(crate) build: fn(&Params) -> Box<dyn Indicator>,
}

impl IndicatorSpec {
    /// Fills in defaults and checks what was given.
    ///
    /// # Errors
    /// An unknown or repeated name, a value of the wrong kind or out of range, or values that do not go together.
    pub fn resolve(&self, given: &[(String, ParamValue)]) -> Result<Params, IndicatorError> {
        let params = Params::resolve(self.name, self.params, given)?;
        (self.check)(&params).map_err(|rule| IndicatorError::Conflict { indicator: self.name, rule })?;
        Ok(params)
    }

    /// The parameters when none is given.
    pub fn defaults(&self) -> Params {
        Params { values: self.params.iter().map(|spec| (spec.name, spec.kind.default_value())).collect() }
    }

    /// Leading undefined values: the largest of [`IndicatorSpec::warmups`]. With
    /// [`IndicatorSpec::warmup_calendar`], at least so many.
    pub fn warmup(&self, params: &Params) -> usize {
        self.warmups(params).into_iter().max().unwrap_or(0)
    }

    /// Leading undefined values of each output.
    pub fn warmups(&self, params: &Params) -> Vec<usize> {
        (self.warmups)(params)
    }

    /// The calendar period that must be over before anything is defined: the bars of the first one are undefined,
    /// however many they are. `None` for all but pivot points of days or weeks.
    pub fn warmup_calendar(&self, params: &Params) -> Option<Timeframe> {
        (self.name == "pivot_points").then(|| Anchor::from_word(params.choice("anchor")).timeframe()).flatten()
    }

    /// One column per output, NaN while warming up.
    pub fn batch(&self, bars: BarsRef<'_>, params: &Params) -> Vec<Vec<f64>> {
        let mut out = vec![Vec::new(); self.outputs.len()];
        self.batch_into(bars, params, &mut out);
        out
    }

    /// As [`IndicatorSpec::batch`], into columns whose memory is used again.
    ///
    /// # Panics
    /// If there is not one column per output.
    pub fn batch_into(&self, bars: BarsRef<'_>, params: &Params, out: &mut [Vec<f64>]) {
        assert_eq!(out.len(), self.outputs.len(), "{} has outputs {:?}", self.name, self.outputs);
        for column in out.iter_mut() {
            column.resize(bars.len(), f64::NAN);
        }
        let mut columns: Vec<&mut [f64]> = out.iter_mut().map(Vec::as_mut_slice).collect();
        self.stream(params).update_many(bars, &mut columns);
    }

    /// The indicator before its first bar.
    pub fn stream(&self, params: &Params) -> Box<dyn Indicator> {
        (self.build)(params)
    }
}

/// For indicators whose parameters always go together.
pub(crate) const fn any(_: &Params) -> Result<(), &'static str> {
    Ok(())
}

/// All indicators, category by category.
pub fn registry() -> &'static [IndicatorSpec] {
    &REGISTRY
}

/// The indicator of that name.
pub fn find(name: &str) -> Option<&'static IndicatorSpec> {
    REGISTRY.iter().find(|spec| spec.name == name)
}

static REGISTRY: [IndicatorSpec; 38] = [
    crate::momentum::rsi::SPEC,
    crate::momentum::stochastic::SPEC,
    crate::momentum::williams_r::SPEC,
    crate::momentum::cci::SPEC,
    crate::momentum::roc::ROC,
    crate::momentum::roc::MOMENTUM,
    crate::momentum::tsi::SPEC,
    crate::trend::macd::SPEC,
    crate::trend::adx::SPEC,
    crate::trend::aroon::SPEC,
    crate::trend::supertrend::SPEC,
    crate::trend::ichimoku::SPEC,
    crate::trend::psar::SPEC,
    crate::volatility::atr::SPEC,
    crate::volatility::true_range::SPEC,
    crate::volatility::bollinger::SPEC,
    crate::volatility::keltner::SPEC,
    crate::volatility::donchian::SPEC,
    crate::volatility::std_dev::SPEC,
    crate::volume::obv::SPEC,
    crate::volume::ad_line::SPEC,
    crate::volume::cmf::SPEC,
    crate::volume::mfi::SPEC,
    crate::volume::vwap::SPEC,
    crate::volume::vpt::SPEC,
    crate::support::pivot_points::SPEC,
    crate::support::fibonacci::SPEC,
    crate::advanced::elder_ray::SPEC,
    crate::advanced::kst::SPEC,
    crate::advanced::mass_index::SPEC,
    crate::advanced::ultimate::SPEC,
    crate::advanced::awesome::SPEC,
    crate::advanced::vortex::SPEC,
    crate::average::ema::SPEC,
    crate::average::sma::SPEC,
    crate::average::wma::SPEC,
    crate::average::hull::SPEC,
    crate::average::tema::SPEC,
];

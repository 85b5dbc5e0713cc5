//! Bars in, indicator values out: streaming and batch with identical bits, described by one registry.
//!
//! What comes in: closed bars, in order. What goes out: one value per bar and output, undefined (NaN) only for the
//! stated warm-up. This crate never looks ahead: a value depends on its own bar and earlier ones. It does no I/O, has
//! no state outside the indicators, and does not judge what a value means.
//!
//! Modules in reading order: [`registry`](mod@registry) (all indicators by name), [`param`] (what they accept),
//! [`indicator`] (the trait), then a module per category; [`kernel`] (the same over plain columns).
//!
//! ```
//! use mem_indicators::{Rsi, find};
//! let rsi = find("rsi").expect("a known name");
//! let params = rsi.resolve(&[("period".to_owned(), 2.into())]).expect("in range");
//! assert_eq!(rsi.warmup(&params), 2);
//!
//! let mut stream = Rsi::new(2);
//! let values: Vec<f64> = [10.0, 11.0, 10.5, 12.0].into_iter().map(|close| stream.push(close)).collect();
//! assert!(values[1].is_nan() && values[2] > 66.6 && values[3] > values[2]);
//! ```

pub mod advanced;
pub mod average;
mod fold;
pub mod indicator;
pub mod kernel;
#[cfg(test)]
mod laws;
pub mod momentum;
pub mod param;
pub mod period;
pub mod registry;
mod smooth;
pub mod support;
#[cfg(test)]
mod test_bars;
pub mod trend;
pub mod volatility;
pub mod volume;
mod wide;

pub use advanced::awesome::AwesomeOscillator;
pub use advanced::elder_ray::ElderRay;
pub use advanced::kst::Kst;
pub use advanced::mass_index::MassIndex;
pub use advanced::ultimate::UltimateOscillator;
pub use advanced::vortex::Vortex;
pub use average::ema::Ema;
pub use average::hull::HullMa;
pub use average::sma::Sma;
pub use average::tema::Tema;
pub use average::wma::Wma;
pub use indicator::Indicator;
pub use momentum::cci::Cci;
pub use momentum::roc::{Momentum, Roc};
pub use momentum::rsi::Rsi;
pub use momentum::stochastic::Stochastic;
pub use momentum::tsi::Tsi;
pub use momentum::williams_r::WilliamsR;
pub use param::{IndicatorError, ParamKind, ParamSpec, ParamValue, Params};
pub use period::Anchor;
pub use registry::{Category, IndicatorSpec, find, registry};
pub use support::fibonacci::{FibonacciRetracement, levels as fibonacci_levels};
pub use support::pivot_points::{PivotMethod, PivotPoints};
pub use trend::adx::Adx;
pub use trend::aroon::Aroon;
pub use trend::ichimoku::Ichimoku;
pub use trend::macd::Macd;
pub use trend::psar::Psar;
pub use trend::supertrend::Supertrend;
pub use volatility::atr::Atr;
pub use volatility::bollinger::BollingerBands;
pub use volatility::donchian::DonchianChannels;
pub use volatility::keltner::{KeltnerChannels, KeltnerPrice};
pub use volatility::std_dev::StdDev;
pub use volatility::true_range::TrueRange;
pub use volume::ad_line::AdLine;
pub use volume::cmf::Cmf;
pub use volume::mfi::Mfi;
pub use volume::obv::Obv;
pub use volume::vpt::Vpt;
pub use volume::vwap::Vwap;

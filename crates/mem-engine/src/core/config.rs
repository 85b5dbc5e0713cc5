//! What the engine trades, with what, and within which limits.

use mem_indicators::ParamValue;
use mem_memory::MemoryConfig;
use mem_strategy::{OnOpposite, StrategyError};
use mem_trade::Instrument;
use mem_trade::paper::Intrabar;
use mem_trade::risk::RiskConfig;
use mem_trade::sizing::Sizing;
use mem_types::{Asset, BarSpec, Timeframe};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::seat::SeatConfig;

/// Where the bars of a strategy come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Trades, put together by us.
    Trades,
    /// The middle of bid and ask, put together by us; without volume.
    Quotes,
    /// Closed candles of this length, resampled where the strategy wants longer ones.
    Bars(Timeframe),
}

/// One symbol with the strategy that trades it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LaneConfig {
    /// What is traded.
    pub instrument: Instrument,
    /// Which strategy, see `mem strategies list`.
    pub strategy: String,
    /// Its parameters.
    pub params: Vec<(String, ParamValue)>,
    /// On which bars.
    pub bars: BarSpec,
    /// Made from what.
    pub source: Source,
    /// Whether positions may be entered; where not, what is held is still managed and left as the strategy says.
    #[serde(default = "enabled")]
    pub enabled: bool,
    /// Whether it is only looked at, because models do: its strategy is not asked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub watched: bool,
}

/// Sessions of before knew lanes of this kind only.
fn enabled() -> bool {
    true
}

/// How the engine trades.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EngineConfig {
    /// Names this session; the client ids of its orders begin with it.
    pub session: String,
    /// The symbols, each with its strategy. No symbol twice; all paid with one currency.
    pub lanes: Vec<LaneConfig>,
    /// Money of a paper account at its beginning, in quote currency.
    pub capital: Decimal,
    /// Whether orders go to the paper broker; else to a venue.
    pub paper: bool,
    /// Slippage of the paper broker, in ten-thousandths of the price.
    pub slippage_bps: f64,
    /// Which of stop and target comes first within a candle, for the paper broker.
    pub intrabar: Intrabar,
    /// Whether positions may be sold short.
    pub allow_short: bool,
    /// Size of entries; without it, what the strategy recommends.
    pub sizing: Option<Sizing>,
    /// What an opposite signal does; without it, what the strategy recommends.
    pub on_opposite: Option<OnOpposite>,
    /// A bar that the clock closes is given so many milliseconds for late trades.
    pub late_ms: u64,
    /// Limits of risk.
    pub risk: RiskConfig,
    /// How decisions are remembered.
    pub memory: MemoryConfig,
    /// The models that have a say. No symbol is spoken of by two.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seats: Vec<SeatConfig>,
}

impl EngineConfig {
    /// A paper account of 10,000 that trades `lanes`.
    pub fn paper(session: &str, lanes: Vec<LaneConfig>) -> Self {
        Self {
            session: session.to_owned(),
            lanes,
            capital: Decimal::from(10_000),
            paper: true,
            slippage_bps: 1.0,
            intrabar: Intrabar::StopFirst,
            allow_short: true,
            sizing: None,
            on_opposite: None,
            late_ms: 1_000,
            risk: RiskConfig::default(),
            memory: MemoryConfig::default(),
            seats: Vec::new(),
        }
    }

    /// The currency that everything is paid with.
    pub(super) fn quote(&self) -> Result<Asset, EngineError> {
        let mut traded = self.lanes.iter().filter(|lane| !lane.watched);
        let first = traded.next().ok_or(EngineError::NoLanes)?;
        for lane in traded {
            if lane.instrument.quote != first.instrument.quote {
                let pair = [first, lane].map(|lane| lane.instrument.symbol.to_string());
                return Err(EngineError::TwoCurrencies(pair));
            }
        }
        Ok(first.instrument.quote.clone())
    }
}

/// Why there is no engine.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Nothing to trade.
    #[error("no symbols to trade")]
    NoLanes,
    /// A symbol twice.
    #[error("{0} is there twice: one strategy trades a symbol")]
    Twice(String),
    /// Symbols paid with different currencies.
    #[error("{} and {} are paid with different currencies: one account has one", .0[0], .0[1])]
    TwoCurrencies([String; 2]),
    /// The strategy cannot be made.
    #[error(transparent)]
    Strategy(#[from] StrategyError),
    /// A model that cannot be asked.
    #[error("model: {0}")]
    Model(String),
    /// A number out of its range.
    #[error("{0}")]
    Number(String),
    /// Bars that cannot be made from what is given.
    #[error("{symbol}: bars of {bars} cannot be made from {from}")]
    Bars {
        /// Of what.
        symbol: String,
        /// What is wanted.
        bars: BarSpec,
        /// What there is.
        from: String,
    },
    /// A strategy that looks at longer timeframes, on bars without one.
    #[error("{strategy} looks at longer timeframes: bars of {bars} have none")]
    NeedsClock {
        /// Which.
        strategy: String,
        /// On what.
        bars: BarSpec,
    },
}

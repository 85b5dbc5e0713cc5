//! The section `[engine]` of the configuration: what a user says of trading.

use std::collections::BTreeMap;

use mem_indicators::ParamValue;
use mem_memory::MemoryConfig;
use mem_strategy::OnOpposite;
use mem_trade::exact::decimal;
use mem_trade::paper::Intrabar;
use mem_trade::risk::RiskConfig;
use mem_trade::sizing::Sizing;
use mem_trade::{Fees, Instrument, InstrumentKind};
use mem_types::{Asset, BarSpec, Symbol, Timeframe};
use mem_venue::{InstrumentKind as Listed, Listing};
use serde::{Deserialize, Serialize};

use crate::core::{EngineConfig, LaneConfig, Source};

/// What bars are made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MadeFrom {
    /// The venue's trades.
    Trades,
    /// The middle of the venue's bid and ask.
    Quotes,
    /// The venue's own candles.
    Bars,
}

/// Size of entries.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SizingChoice {
    /// `recommended`: what the strategy recommends.
    Named(Recommended),
    /// A rule of our own.
    Rule(Sizing),
}

/// The word for what the strategy recommends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recommended {
    /// What the strategy recommends.
    Recommended,
}

/// What an opposite signal does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OppositeChoice {
    /// What the strategy recommends.
    Recommended,
    /// Closes the position and opens the opposite one.
    Reverse,
    /// Closes the position.
    Close,
    /// Nothing.
    Ignore,
}

/// What is different for one symbol.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LaneSettings {
    /// Which.
    pub symbol: Symbol,
    /// Another strategy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<String>,
    /// Its parameters.
    #[serde(default)]
    pub params: BTreeMap<String, ParamValue>,
    /// Other bars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bars: Option<BarSpec>,
}

/// What a user says of trading.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EngineSettings {
    /// The strategy of every symbol.
    pub strategy: String,
    /// Its parameters.
    pub params: BTreeMap<String, ParamValue>,
    /// What is traded; empty for everything that the venue lists.
    pub symbols: Vec<Symbol>,
    /// On which bars: a timeframe, or `100t` (trades), `5v` (base units), `250000$` (quote currency).
    pub bars: BarSpec,
    /// What bars are made from.
    pub made_from: MadeFrom,
    /// Length of the venue's candles, where bars are made from those.
    pub candles: Timeframe,
    /// Money of a paper account, in quote currency.
    pub capital: f64,
    /// Fee of orders that rested, as a fraction of their worth; for the paper broker.
    pub maker_fee: f64,
    /// Fee of orders that took, as a fraction of their worth; for the paper broker.
    pub taker_fee: f64,
    /// Slippage of the paper broker, in ten-thousandths of the price.
    pub slippage_bps: f64,
    /// Which of stop and target comes first within a candle, for the paper broker.
    pub intrabar: Intrabar,
    /// Whether positions may be sold short.
    pub allow_short: bool,
    /// Size of entries.
    pub sizing: SizingChoice,
    /// What an opposite signal does.
    pub on_opposite: OppositeChoice,
    /// A bar that the clock closes is given so many milliseconds for late trades.
    pub late_ms: u64,
    /// Symbols that differ.
    pub lanes: Vec<LaneSettings>,
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self {
            strategy: "confluence".to_owned(),
            params: BTreeMap::new(),
            symbols: Vec::new(),
            bars: BarSpec::Time(Timeframe::M1),
            made_from: MadeFrom::Trades,
            candles: Timeframe::M1,
            capital: 10_000.0,
            maker_fee: 0.0002,
            taker_fee: 0.0005,
            slippage_bps: 1.0,
            intrabar: Intrabar::StopFirst,
            allow_short: true,
            sizing: SizingChoice::Named(Recommended::Recommended),
            on_opposite: OppositeChoice::Recommended,
            late_ms: 1_000,
            lanes: Vec::new(),
        }
    }
}

impl EngineSettings {
    /// Whether the numbers make sense.
    ///
    /// # Errors
    /// Names the first that does not, its value and its range.
    pub fn validate(&self) -> Result<(), String> {
        let check = |name: &str, value: f64, low: f64, high: f64| {
            if (low..=high).contains(&value) {
                Ok(())
            } else {
                Err(format!("engine.{name} is {value}: expected {low} to {high}"))
            }
        };
        check("capital", self.capital, 0.01, 1e12)?;
        check("maker_fee", self.maker_fee, -0.01, 0.1)?;
        check("taker_fee", self.taker_fee, 0.0, 0.1)?;
        check("slippage_bps", self.slippage_bps, 0.0, 1_000.0)?;
        if let SizingChoice::Rule(rule) = &self.sizing {
            rule.validate().map_err(|error| format!("engine.{error}"))?;
        }
        Ok(())
    }

    /// The engine's configuration for `instruments`. Those that are not to be traded, because something is still held of them, are
    /// switched off.
    ///
    /// # Errors
    /// If the numbers make no sense.
    pub fn config(
        &self,
        session: &str,
        instruments: Vec<Instrument>,
        paper: bool,
        risk: &RiskConfig,
        memory: &MemoryConfig,
    ) -> Result<EngineConfig, String> {
        self.validate()?;
        Ok(EngineConfig {
            session: session.to_owned(),
            lanes: instruments.into_iter().map(|instrument| self.lane(instrument)).collect(),
            capital: decimal(self.capital).unwrap_or_default(),
            paper,
            slippage_bps: self.slippage_bps,
            intrabar: self.intrabar,
            allow_short: self.allow_short,
            sizing: match self.sizing {
                SizingChoice::Named(Recommended::Recommended) => None,
                SizingChoice::Rule(rule) => Some(rule),
            },
            on_opposite: match self.on_opposite {
                OppositeChoice::Recommended => None,
                OppositeChoice::Reverse => Some(OnOpposite::Reverse),
                OppositeChoice::Close => Some(OnOpposite::Close),
                OppositeChoice::Ignore => Some(OnOpposite::Ignore),
            },
            late_ms: self.late_ms,
            risk: risk.clone(),
            memory: memory.clone(),
            seats: Vec::new(),
        })
    }

    /// How an instrument is traded.
    fn lane(&self, instrument: Instrument) -> LaneConfig {
        let own = self.lanes.iter().find(|lane| lane.symbol == instrument.symbol);
        let (strategy, params) = match own.and_then(|lane| Some((lane.strategy.clone()?, &lane.params))) {
            Some((strategy, params)) => (strategy, params),
            None => (
                self.strategy.clone(),
                own.map(|lane| &lane.params).filter(|params| !params.is_empty()).unwrap_or(&self.params),
            ),
        };
        LaneConfig {
            strategy,
            params: params.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
            bars: own.and_then(|lane| lane.bars).unwrap_or(self.bars),
            source: match self.made_from {
                MadeFrom::Trades => Source::Trades,
                MadeFrom::Quotes => Source::Quotes,
                MadeFrom::Bars => Source::Bars(self.candles),
            },
            enabled: self.symbols.is_empty() || self.symbols.contains(&instrument.symbol),
            watched: false,
            instrument,
        }
    }

    /// How an instrument is only looked at, because models do.
    pub fn watched(&self, instrument: Instrument, timeframe: Timeframe) -> LaneConfig {
        LaneConfig { bars: BarSpec::Time(timeframe), enabled: false, watched: true, ..self.lane(instrument) }
    }

    /// What the paper broker charges.
    pub fn fees(&self) -> Fees {
        let exact = |fee: f64| decimal(fee).unwrap_or_default();
        Fees { maker: exact(self.maker_fee), taker: exact(self.taker_fee) }
    }
}

/// What a venue lists, as the engine trades it. `None` for names or numbers that are none.
pub fn instrument(listing: &Listing, fees: Fees) -> Option<Instrument> {
    Some(Instrument {
        symbol: listing.symbol.clone(),
        base: listing.base.parse().ok()?,
        quote: listing.quote.parse().ok()?,
        kind: match listing.kind {
            Listed::Spot => InstrumentKind::Spot,
            Listed::Perpetual => InstrumentKind::Perpetual,
        },
        tick_size: decimal(listing.tick_size)?,
        lot_size: decimal(listing.lot_size)?,
        min_qty: decimal(listing.min_qty)?,
        min_notional: decimal(listing.min_notional)?,
        fees,
    })
}

/// What candles alone tell of a market: the symbol. Its currencies are read from its end where that is a well-known one; else it is
/// paid with `USD`.
pub fn gridless(symbol: &Symbol, fees: Fees) -> Option<Instrument> {
    const QUOTES: [&str; 7] = ["USDT", "USDC", "BUSD", "USD", "EUR", "BTC", "ETH"];
    let name = symbol.as_str();
    let (base, quote) = QUOTES
        .iter()
        .find_map(|quote| Some((name.strip_suffix(quote)?.trim_end_matches(['-', '_', '/']), *quote)))
        .filter(|(base, _)| !base.is_empty())
        .unwrap_or((name, "USD"));
    let asset = |name: &str| name.parse::<Asset>().ok();
    Some(Instrument::gridless(symbol.clone(), asset(base)?, asset(quote)?, fees))
}

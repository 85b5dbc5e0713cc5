//! Market data: trades, quotes, bars, prices.

use std::collections::BTreeMap;

use mem_types::Bar;
use serde::Serialize;
use utoipa::ToSchema;

use super::board::BoardView;

/// When, at what price, how much.
pub type TradeRow = (i64, f64, f64);
/// Open time, open, high, low, close, volume (null where unknown).
pub type BarRow = (i64, f64, f64, f64, f64, Option<f64>);
/// The price, and when it came by our clock.
pub type PriceRow = (f64, i64);

/// Trades of a market, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TradesData {
    /// The last 50 in a snapshot, the new ones in a delta: at most 200.
    pub trades: Vec<(i64, f64, f64)>,
    /// New ones that were left out before them: there were more.
    pub left_out: u64,
}

/// Bid and ask.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct QuoteData {
    /// Best bid.
    pub bid: f64,
    /// How much is bid there.
    pub bid_qty: Option<f64>,
    /// Best ask.
    pub ask: f64,
    /// How much is asked there.
    pub ask_qty: Option<f64>,
    /// When, by the venue's clock.
    pub ts: i64,
}

/// Bars that the engine's strategy sees, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BarsData {
    /// Of which kind: `15m`.
    pub timeframe: String,
    /// The last 500 in a snapshot; in a delta those that have changed or are new, each with its whole row.
    pub bars: Vec<(i64, f64, f64, f64, f64, Option<f64>)>,
    /// Whether the last of them is closed; else it still grows.
    pub closed: bool,
}

/// Last prices.
#[derive(Debug, Clone, PartialEq, Default, Serialize, ToSchema)]
pub struct PricesData {
    /// By symbol; in a delta those that have changed.
    pub prices: BTreeMap<String, (f64, i64)>,
}

/// The newest of one market.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LatestMarket {
    /// The last price.
    pub price: Option<f64>,
    /// When that came, by our clock.
    pub ts: Option<i64>,
    /// Best bid, where the feed has quotes.
    pub bid: Option<f64>,
    /// Best ask, where the feed has quotes.
    pub ask: Option<f64>,
    /// The newest bars, as many as were asked for.
    pub bars: Option<BarsData>,
    /// The newest trades, as many as were asked for.
    pub trades: Vec<(i64, f64, f64)>,
}

/// The newest of everything.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LatestView {
    /// By symbol.
    pub symbols: BTreeMap<String, LatestMarket>,
    /// How the engine stands.
    pub board: Option<BoardView>,
}

/// A bar as a row.
pub(crate) fn bar_row(bar: &Bar) -> BarRow {
    (bar.ts.as_millis(), bar.open, bar.high, bar.low, bar.close, (!bar.volume.is_nan()).then_some(bar.volume))
}

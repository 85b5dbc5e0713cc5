//! Trades, quotes and funding payments: what happens between and beside the bars.

use crate::time::Timestamp;

/// Who took liquidity in a trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Aggressor {
    /// The buyer.
    Buy,
    /// The seller.
    Sell,
    /// The source does not say.
    Unknown,
}

/// One trade.
#[derive(Debug, Clone, PartialEq)]
pub struct Trade {
    /// When it happened at the venue.
    pub ts_venue: Timestamp,
    /// When we saw it, where that was recorded.
    pub ts_local: Option<Timestamp>,
    /// The venue's number for it, where it gives one.
    pub id: Option<i64>,
    /// Price in quote currency.
    pub price: f64,
    /// Quantity in base units.
    pub qty: f64,
    /// Who took liquidity.
    pub aggressor: Aggressor,
}

/// The best bid and ask at an instant. A side that is not quoted is `None`.
#[derive(Debug, Clone, PartialEq)]
pub struct Quote {
    /// When it stood at the venue.
    pub ts_venue: Timestamp,
    /// When we saw it, where that was recorded.
    pub ts_local: Option<Timestamp>,
    /// The venue's number for the update, where it gives one.
    pub id: Option<i64>,
    /// Best bid price and its quantity (`None` where the source gives prices only).
    pub bid: Option<(f64, Option<f64>)>,
    /// Best ask price and its quantity (`None` where the source gives prices only).
    pub ask: Option<(f64, Option<f64>)>,
}

/// One funding payment of a perpetual future: longs pay shorts `rate` of the position's value when it is positive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Funding {
    /// When it was paid.
    pub ts: Timestamp,
    /// Fraction of notional.
    pub rate: f64,
}

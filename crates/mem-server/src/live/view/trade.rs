//! Round trips: from entry to exit.

use mem_engine::core::Closed;
use mem_trade::exact::float;
use mem_types::PositionSide;
use serde::Serialize;
use utoipa::ToSchema;

/// A round trip, over or still open.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TradeView {
    /// The decision that opened it; null for what we did not open.
    pub decision: Option<u64>,
    /// In what.
    pub symbol: String,
    /// Of which strategy.
    pub strategy: String,
    /// `long` or `short`.
    pub side: String,
    /// Base units bought and sold.
    pub qty: String,
    /// When the first fill opened it.
    pub entry_ts: i64,
    /// When the last fill closed it.
    pub exit_ts: Option<i64>,
    /// Average price of the entry.
    pub entry_price: f64,
    /// Average price of the exit.
    pub exit_price: Option<f64>,
    /// Profit after fees, in quote.
    pub pnl: Option<f64>,
    /// The same in percent of what was entered.
    pub return_pct: Option<f64>,
    /// Fees of both ways, in quote.
    pub fees: f64,
    /// From entry to exit.
    pub duration_ms: Option<i64>,
    /// How sure the strategy was, 0 to 1.
    pub confidence: f64,
    /// What ended it: `exit`, `reversal`, `flatten`, `stop_loss`, `take_profit`.
    pub exit_reason: Option<String>,
    /// Where its stop stood at the entry.
    pub stop: Option<f64>,
    /// Where its target stood at the entry.
    pub target: Option<f64>,
    /// The memory that tells of it.
    pub memory_id: Option<i64>,
}

/// Round trips that are over, oldest first.
#[derive(Debug, Clone, PartialEq, Default, Serialize, ToSchema)]
pub struct ClosedData {
    /// The newest 50 in a snapshot, the new ones in a delta.
    pub trades: Vec<TradeView>,
}

impl TradeView {
    pub(crate) fn of(closed: &Closed) -> Self {
        let trip = &closed.trip;
        let side = match trip.side {
            PositionSide::Long => "long",
            PositionSide::Short => "short",
        };
        Self {
            decision: closed.decision,
            symbol: closed.symbol.to_string(),
            strategy: closed.strategy.clone(),
            side: side.to_owned(),
            qty: trip.qty.to_string(),
            entry_ts: trip.opened_at.as_millis(),
            exit_ts: Some(trip.closed_at.as_millis()),
            entry_price: float(trip.entry_price),
            exit_price: Some(float(trip.exit_price)),
            pnl: Some(float(trip.pnl)),
            return_pct: Some(closed.return_pct),
            fees: float(trip.fees),
            duration_ms: Some(trip.closed_at.as_millis() - trip.opened_at.as_millis()),
            confidence: closed.confidence / 100.0,
            exit_reason: closed.purpose.map(|purpose| purpose.as_str().to_owned()),
            // What was planned at the entry stands in the records.
            stop: None,
            target: None,
            memory_id: None,
        }
    }
}

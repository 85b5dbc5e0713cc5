//! Orders and fills.

use mem_engine::core::Filled;
use mem_trade::order::{Order, Purpose};
use mem_types::{OrderType, Side};
use serde::Serialize;
use utoipa::ToSchema;

/// An order as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct OrderView {
    /// Our name for it.
    pub client_order_id: String,
    /// When it was planned, in the market's time.
    pub ts: i64,
    /// Of what.
    pub symbol: String,
    /// `buy` or `sell`.
    pub side: String,
    /// `market`, `limit`, `stop`, `stop_limit` or `trailing_stop`.
    pub kind: String,
    /// `entry`, `exit`, `reversal`, `flatten`, `stop_loss` or `take_profit`.
    pub purpose: String,
    /// `planned`, `sent`, `unknown`, `open`, `partially_filled`, `filled`, `canceled`, `rejected` or `expired`.
    pub stage: String,
    /// The decision that it follows from.
    pub decision: u64,
    /// How much, in base units.
    pub qty: String,
    /// How much has filled.
    pub filled_qty: String,
    /// Its limit.
    pub price: Option<String>,
    /// What triggers it.
    pub trigger_price: Option<String>,
    /// The average price of its fills.
    pub average_price: Option<String>,
    /// Fees of its fills, in quote.
    pub fees: String,
    /// Why it ended, where it did not fill.
    pub reason: Option<String>,
    /// When it last changed.
    pub changed_at: i64,
}

/// Orders.
#[derive(Debug, Clone, PartialEq, Default, Serialize, ToSchema)]
pub struct OrdersData {
    /// The open ones in a snapshot; in a delta those that have changed, done ones too.
    pub orders: Vec<OrderView>,
}

/// A fill.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FillView {
    /// Its number.
    pub id: u64,
    /// When.
    pub ts: i64,
    /// Of which order.
    pub client_order_id: String,
    /// Of what.
    pub symbol: String,
    /// `buy` or `sell`.
    pub side: String,
    /// At what price.
    pub price: String,
    /// How much.
    pub qty: String,
    /// What it cost.
    pub fee: String,
    /// In what.
    pub fee_asset: String,
    /// What the order was for; null for an order that is not ours.
    pub purpose: Option<String>,
    /// The decision that it follows from.
    pub decision: Option<u64>,
}

/// Fills, oldest first.
#[derive(Debug, Clone, PartialEq, Default, Serialize, ToSchema)]
pub struct FillsData {
    /// The newest 50 in a snapshot, the new ones in a delta.
    pub fills: Vec<FillView>,
}

fn side(side: Side) -> String {
    match side {
        Side::Buy => "buy",
        Side::Sell => "sell",
    }
    .to_owned()
}

impl OrderView {
    pub(crate) fn of(order: &Order) -> Self {
        let request = &order.request;
        let (kind, trigger) = match request.order_type {
            OrderType::Market => ("market", None),
            OrderType::Limit { .. } => ("limit", None),
            OrderType::Stop { trigger_price } => ("stop", Some(trigger_price)),
            OrderType::StopLimit { trigger_price, .. } => ("stop_limit", Some(trigger_price)),
            OrderType::TrailingStop { .. } => ("trailing_stop", None),
        };
        Self {
            client_order_id: request.client_order_id.to_string(),
            ts: order.created_at.as_millis(),
            symbol: request.symbol.to_string(),
            side: side(request.side),
            kind: kind.to_owned(),
            purpose: order.purpose.as_str().to_owned(),
            stage: order.stage.as_str().to_owned(),
            decision: order.decision,
            qty: request.qty.to_string(),
            filled_qty: order.filled_qty.to_string(),
            price: request.order_type.limit().map(|price| price.to_string()),
            trigger_price: trigger.map(|price| price.to_string()),
            average_price: order.average_price().map(|price| price.to_string()),
            fees: order.fees.to_string(),
            reason: order.reason.clone(),
            changed_at: order.updated_at.as_millis(),
        }
    }
}

impl FillView {
    pub(crate) fn of(filled: &Filled) -> Self {
        let fill = &filled.fill;
        Self {
            id: fill.id.0,
            ts: fill.at.as_millis(),
            client_order_id: fill.client_order_id.to_string(),
            symbol: fill.symbol.to_string(),
            side: side(fill.side),
            price: fill.price.to_string(),
            qty: fill.qty.to_string(),
            fee: fill.fee.to_string(),
            fee_asset: fill.fee_asset.to_string(),
            purpose: filled.purpose.map(|purpose| Purpose::as_str(purpose).to_owned()),
            decision: filled.decision,
        }
    }
}

//! Orders and fills.

use axum::Json;
use axum::extract::State;
use mem_store::records::{FillFilter, FillRow, OrderFilter, OrderRow};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{a_hundred, ask, at_most, milliseconds, number, one_of, time};
use crate::error::{ApiError, QueryRefused};
use crate::live::view::{FillView, OrderView};
use crate::query::Query;
use crate::state::AppState;

const STAGES: [&str; 9] =
    ["planned", "sent", "unknown", "open", "partially_filled", "filled", "canceled", "rejected", "expired"];
const PURPOSES: [&str; 6] = ["entry", "exit", "reversal", "flatten", "stop_loss", "take_profit"];

/// Which orders.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OrdersQuery {
    /// In this symbol.
    symbol: Option<String>,
    /// Where they stand: `planned`, `sent`, `unknown`, `open`, `partially_filled`, `filled`, `canceled`, `rejected` or `expired`.
    stage: Option<String>,
    /// What for: `entry`, `exit`, `reversal`, `flatten`, `stop_loss` or `take_profit`.
    purpose: Option<String>,
    /// That follow from this decision.
    decision: Option<i64>,
    /// Not earlier than this.
    from: Option<i64>,
    /// Earlier than this.
    to: Option<i64>,
    /// After leaving out so many.
    #[serde(default)]
    #[param(default = 0)]
    offset: usize,
    /// At most so many, 1 to 1,000.
    #[serde(default = "a_hundred")]
    #[param(default = 100, minimum = 1, maximum = 1000)]
    limit: usize,
}

impl OrdersQuery {
    fn filter(self) -> Result<OrderFilter, ApiError> {
        Ok(OrderFilter {
            symbol: self.symbol,
            stage: one_of("stage", self.stage, &STAGES)?,
            purpose: one_of("purpose", self.purpose, &PURPOSES)?,
            decision: self.decision,
            from: time("from", self.from)?,
            to: time("to", self.to)?,
            limit: at_most(self.limit)?,
            offset: self.offset,
        })
    }
}

/// Orders, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrdersPage {
    /// How many there are.
    total: u64,
    /// How many were left out before these.
    offset: usize,
    rows: Vec<OrderView>,
}

/// Orders, the newest first.
#[utoipa::path(get, path = "/api/live/orders", tag = "records", params(OrdersQuery), responses(
    (status = 200, description = "The orders", body = OrdersPage),
    QueryRefused,
))]
pub(crate) async fn orders(
    State(state): State<AppState>,
    Query(query): Query<OrdersQuery>,
) -> Result<Json<OrdersPage>, ApiError> {
    let filter = query.filter()?;
    ask(&state, move |records| {
        let page = records.page_orders(&filter)?;
        Ok(Json(OrdersPage {
            total: page.total,
            offset: filter.offset,
            rows: page.rows.iter().map(order_view).collect(),
        }))
    })
    .await
}

pub(super) fn order_view(row: &OrderRow) -> OrderView {
    // What was asked for, as it was sent.
    let request: serde_json::Value = serde_json::from_str(&row.request).unwrap_or_default();
    let of_request = |name: &str| request[name].as_str().map(str::to_owned);
    OrderView {
        client_order_id: row.client_order_id.clone(),
        ts: milliseconds(row.timestamp),
        symbol: row.symbol.clone(),
        side: row.side.clone(),
        kind: of_request("type").unwrap_or_else(|| "unknown".to_owned()),
        purpose: row.purpose.clone(),
        stage: row.stage.clone(),
        decision: number(row.decision),
        qty: row.qty.clone(),
        filled_qty: row.filled_qty.clone(),
        price: of_request("price"),
        trigger_price: of_request("trigger_price"),
        average_price: row.average_price.clone(),
        fees: row.fees.clone(),
        reason: row.reason.clone(),
        changed_at: milliseconds(row.changed_at),
    }
}

/// Which fills.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FillsQuery {
    /// In this symbol.
    symbol: Option<String>,
    /// Of the order of this name.
    order: Option<String>,
    /// Not earlier than this.
    from: Option<i64>,
    /// Earlier than this.
    to: Option<i64>,
    /// After leaving out so many.
    #[serde(default)]
    #[param(default = 0)]
    offset: usize,
    /// At most so many, 1 to 1,000.
    #[serde(default = "a_hundred")]
    #[param(default = 100, minimum = 1, maximum = 1000)]
    limit: usize,
}

/// Fills, the newest booked first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FillsPage {
    /// How many there are.
    total: u64,
    /// How many were left out before these.
    offset: usize,
    rows: Vec<FillView>,
}

/// Fills, the newest booked first.
#[utoipa::path(get, path = "/api/live/fills", tag = "records", params(FillsQuery), responses(
    (status = 200, description = "The fills", body = FillsPage),
    QueryRefused,
))]
pub(crate) async fn fills(
    State(state): State<AppState>,
    Query(query): Query<FillsQuery>,
) -> Result<Json<FillsPage>, ApiError> {
    let filter = FillFilter {
        symbol: query.symbol,
        order: query.order,
        from: time("from", query.from)?,
        to: time("to", query.to)?,
        limit: at_most(query.limit)?,
        offset: query.offset,
    };
    ask(&state, move |records| {
        let page = records.page_fills(&filter)?;
        let mut rows = Vec::with_capacity(page.rows.len());
        for row in &page.rows {
            let order = records.get_order(&row.client_order_id)?;
            rows.push(fill_view(row, order.as_ref()));
        }
        Ok(Json(FillsPage { total: page.total, offset: filter.offset, rows }))
    })
    .await
}

pub(super) fn fill_view(row: &FillRow, order: Option<&OrderRow>) -> FillView {
    FillView {
        id: number(row.fill_id),
        ts: milliseconds(row.timestamp),
        client_order_id: row.client_order_id.clone(),
        symbol: row.symbol.clone(),
        side: row.side.clone(),
        price: row.price.clone(),
        qty: row.qty.clone(),
        fee: row.fee.clone(),
        fee_asset: row.fee_asset.clone(),
        purpose: order.map(|order| order.purpose.clone()),
        decision: order.map(|order| number(order.decision)),
    }
}

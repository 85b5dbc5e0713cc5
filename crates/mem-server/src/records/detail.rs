//! One trade with everything that explains it: why it was taken, what risk and memory said, its orders and fills, how it ended, the bars
//! around it.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use mem_engine::core::seat::Foreseen;
use mem_memory::{Judgement, Similar};
use mem_store::records::{DecisionRow, OrderRow, Records};
use mem_types::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::books::{fill_view, order_view};
use super::decisions::{DecisionView, FindingView, findings, reasons, view as decision_view};
use super::{ask, milliseconds, number, trades};
use crate::error::{ApiError, LookupRefused};
use crate::live::view::{FillView, OrderView, TradeView};
use crate::state::AppState;

/// Bars before the entry that are shown, in nanoseconds per bar of the trade's own length: as many as are stored.
const BARS: usize = 2_000;
/// How far around a trade bars are looked for, as a part of its duration.
const AROUND: i64 = 2;

/// Something that happened to an order.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct OrderEventView {
    /// When, in the market's time.
    ts: i64,
    /// Where it stood from then on: `planned`, `sent`, `open`, `filled`, ...
    event: String,
    /// How much had filled.
    filled_qty: String,
    /// Why it ended without filling.
    detail: Option<String>,
}

/// An order of the trade.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct TradeOrder {
    #[serde(flatten)]
    order: OrderView,
    /// What happened to it, in order; empty of orders older than this record.
    events: Vec<OrderEventView>,
}

/// A past situation that memory recalled for the decision.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct SimilarView {
    /// The decision's number.
    id: u64,
    /// How far it is: 0 for the same, about 1.4 for two that have nothing to do with each other.
    distance: f64,
    /// What came of it after costs, in percent.
    return_pct: f64,
    /// When it was taken.
    ts: Option<i64>,
    symbol: Option<String>,
    /// `enter_long` or `enter_short`.
    intent: Option<String>,
    /// The memory that tells of it.
    memory_id: Option<i64>,
    /// The words that memory has for it.
    content: Option<String>,
}

/// What memory had to say.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct JudgementView {
    /// How sure the strategy was, 0 to 100.
    raw: f64,
    /// The confidence that was traded on, 0 to 100.
    adjusted: f64,
    /// The probability of winning without memory of similar cases.
    base_probability: f64,
    /// The same with it.
    probability: f64,
    /// How many cases like this one the recalled are worth.
    weight: f64,
    /// Cases whose outcome was known then.
    known: usize,
    /// Share of that weight that gained something, 0 to 1.
    win_rate: Option<f64>,
    /// What the recalled brought on average, in percent.
    expected_return_pct: Option<f64>,
    /// The cases, the nearest first.
    similar: Vec<SimilarView>,
}

/// A feature that moved a model.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct MovedView {
    feature: String,
    /// Its Shapley value, in log-odds: above 0 towards what was given a probability.
    by: f64,
}

/// What a model had to do with a decision.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ModelWordView {
    /// Its number.
    model: u64,
    /// Name and version.
    title: String,
    /// Whether it was the candidate's turn.
    by_candidate: bool,
    /// What its word counts for: `vote`, `filter` or `decider`.
    role: String,
    /// What that is the probability of: the price's `rise`, or the entry's `gain`.
    #[schema(value_type = String)]
    of: Foreseen,
    /// The probability that it gave, 0 to 1.
    up: f64,
    /// The weights of rules, model and memory, 1 together.
    weights: [f64; 3],
    /// The features that moved it most, the weightiest first.
    moved_by: Vec<MovedView>,
}

/// The same as it is kept.
#[derive(Debug, Deserialize)]
struct KeptWord {
    model: u64,
    title: String,
    by_candidate: bool,
    role: String,
    #[serde(default)]
    of: Foreseen,
    up: f64,
    weights: [f64; 3],
    moved_by: Vec<(String, f64)>,
}

/// Closed bars: open time, open, high, low, close, volume.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct TradeBars {
    /// Their length: `15m`, or `100t` where trades close them.
    timeframe: String,
    #[schema(value_type = Vec<Vec<Option<f64>>>)]
    bars: Vec<(i64, f64, f64, f64, f64, Option<f64>)>,
}

/// A trade with everything that explains it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TradeDetail {
    #[serde(flatten)]
    trade: TradeView,
    /// The decision that opened it.
    entry_decision: DecisionView,
    /// Why, the weightiest reason first.
    reasons: Vec<String>,
    /// What the market looked like, by name; null where undefined.
    features: BTreeMap<String, Option<f64>>,
    /// What risk had to say.
    findings: Vec<FindingView>,
    /// What memory had to say; null where it was not asked.
    memory: Option<JudgementView>,
    /// What a model had to do with it; null where none was asked.
    model: Option<ModelWordView>,
    /// The words that memory has for it.
    memory_content: Option<String>,
    /// Orders of entry, protection and exit, in the order in which they were planned.
    orders: Vec<TradeOrder>,
    fills: Vec<FillView>,
    /// The decision that closed it, where a strategy did.
    exit_decision: Option<DecisionView>,
    /// The bars around it, as far as they are on record.
    bars: Option<TradeBars>,
}

/// One trade, open or over, by the number of the decision that opened it.
#[utoipa::path(get, path = "/api/live/trades/{decision}", tag = "records",
    params(("decision" = i64, Path, description = "Number of the decision that opened it")),
    responses(
        (status = 200, description = "The trade", body = TradeDetail),
    LookupRefused,
))]
pub(crate) async fn show(
    State(state): State<AppState>,
    Path(decision): Path<String>,
) -> Result<Json<TradeDetail>, ApiError> {
    let decision: i64 = decision
        .parse()
        .map_err(|_| ApiError::field("decision", format!("'{decision}' is not the number of a decision")))?;
    ask(&state, move |records| {
        let row = records.get_decision(decision)?;
        let row = row.ok_or_else(|| ApiError::not_found(format!("there is no decision {decision}")))?;
        Ok(Json(detail(records, &row)?))
    })
    .await
}

fn detail(records: &Records, row: &DecisionRow) -> Result<TradeDetail, ApiError> {
    let until = row.closed_at.unwrap_or(Timestamp::from_nanos(i64::MAX - 1));
    let orders = if row.intent.starts_with("enter") {
        records.orders_of_trade(row.decision, row.timestamp, until, &row.symbol)?
    } else {
        records
            .page_orders(&mem_store::records::OrderFilter { decision: Some(row.decision), ..Default::default() })?
            .rows
    };
    let trade = match records.round_trip_of(row.decision)? {
        Some(trip) => trades::view(&trip),
        None => open_trade(row, &orders),
    };
    let mut fills = Vec::new();
    let mut with_events = Vec::new();
    for order in &orders {
        let filter = mem_store::records::FillFilter {
            order: Some(order.client_order_id.clone()),
            limit: usize::MAX,
            ..Default::default()
        };
        fills.extend(records.page_fills(&filter)?.rows.iter().map(|fill| fill_view(fill, Some(order))));
        let events = records.order_events(&order.client_order_id)?;
        with_events.push(TradeOrder {
            order: order_view(order),
            events: events
                .into_iter()
                .map(|event| OrderEventView {
                    ts: milliseconds(event.timestamp),
                    event: event.stage,
                    filled_qty: event.filled_qty,
                    detail: event.reason,
                })
                .collect(),
        });
    }
    fills.sort_by_key(|fill| (fill.ts, fill.id));
    let closing = orders.iter().rev().find(|order| order.decision != row.decision && order.filled_qty != "0");
    let exit_decision = match closing {
        Some(order) => records.get_decision(order.decision)?,
        None => None,
    };
    let memory = row.memory_id.map(|id| records.get_memory(id)).transpose()?.flatten();
    Ok(TradeDetail {
        reasons: reasons(row),
        features: features(row),
        findings: findings(row),
        memory: judgement(records, row)?,
        model: model_word(row),
        memory_content: memory.map(|memory| memory.content),
        orders: with_events,
        fills,
        exit_decision: exit_decision.as_ref().map(decision_view),
        bars: bars(records, row, &trade)?,
        entry_decision: decision_view(row),
        trade,
    })
}

fn model_word(row: &DecisionRow) -> Option<ModelWordView> {
    let kept: KeptWord = serde_json::from_value(row.detail.get("model")?.clone()).ok()?;
    Some(ModelWordView {
        model: kept.model,
        title: kept.title,
        by_candidate: kept.by_candidate,
        role: kept.role,
        of: kept.of,
        up: kept.up,
        weights: kept.weights,
        moved_by: kept.moved_by.into_iter().map(|(feature, by)| MovedView { feature, by }).collect(),
    })
}

/// A trade that is not over: what its entry has come to so far.
fn open_trade(row: &DecisionRow, orders: &[OrderRow]) -> TradeView {
    let entry = orders.iter().find(|order| order.purpose == "entry" && order.decision == row.decision);
    let level = |name: &str| row.detail.get(name).and_then(serde_json::Value::as_f64);
    TradeView {
        decision: Some(number(row.decision)),
        symbol: row.symbol.clone(),
        strategy: row.strategy.clone(),
        side: if row.intent.ends_with("short") { "short" } else { "long" }.to_owned(),
        qty: entry.map_or_else(|| row.qty.clone().unwrap_or_else(|| "0".to_owned()), |order| order.filled_qty.clone()),
        entry_ts: milliseconds(entry.map_or(row.timestamp, |order| order.changed_at)),
        exit_ts: None,
        entry_price: entry.and_then(|order| order.average_price.as_ref()?.parse().ok()).unwrap_or(row.price),
        exit_price: None,
        pnl: None,
        return_pct: None,
        fees: entry.and_then(|order| order.fees.parse().ok()).unwrap_or(0.0),
        duration_ms: None,
        confidence: row.confidence / 100.0,
        exit_reason: None,
        stop: level("stop"),
        target: level("target"),
        memory_id: row.memory_id,
    }
}

fn features(row: &DecisionRow) -> BTreeMap<String, Option<f64>> {
    let named = row.detail.get("features").and_then(serde_json::Value::as_object);
    named.into_iter().flatten().map(|(name, value)| (name.clone(), value.as_f64())).collect()
}

fn judgement(records: &Records, row: &DecisionRow) -> Result<Option<JudgementView>, ApiError> {
    let found = row.detail.get("memory").filter(|memory| !memory.is_null());
    let Some(Ok(judgement)) = found.map(|found| serde_json::from_value::<Judgement>(found.clone())) else {
        return Ok(None);
    };
    let similar =
        judgement.similar.iter().map(|similar| similar_view(records, similar)).collect::<Result<_, ApiError>>()?;
    Ok(Some(JudgementView {
        raw: judgement.raw,
        adjusted: judgement.adjusted,
        base_probability: judgement.base_probability,
        probability: judgement.probability,
        weight: judgement.weight,
        known: judgement.known,
        win_rate: judgement.win_rate,
        expected_return_pct: judgement.expected_return_pct,
        similar,
    }))
}

pub(super) fn similar_view(records: &Records, similar: &Similar) -> Result<SimilarView, ApiError> {
    let of = records.get_decision(i64::try_from(similar.id).unwrap_or(i64::MAX))?;
    let memory = of.as_ref().and_then(|row| row.memory_id).map(|id| records.get_memory(id)).transpose()?.flatten();
    Ok(SimilarView {
        id: similar.id,
        content: memory.map(|memory| memory.content),
        distance: similar.distance,
        return_pct: similar.return_pct,
        ts: of.as_ref().map(|row| milliseconds(row.timestamp)),
        symbol: of.as_ref().map(|row| row.symbol.clone()),
        intent: of.as_ref().map(|row| row.intent.clone()),
        memory_id: of.and_then(|row| row.memory_id),
    })
}

fn bars(records: &Records, row: &DecisionRow, trade: &TradeView) -> Result<Option<TradeBars>, ApiError> {
    let entry = row.timestamp.as_nanos();
    let exit = row.closed_at.map_or(entry, Timestamp::as_nanos);
    let day = mem_types::time::NANOS_PER_DAY;
    // Sixty bars before the entry are stored, however long they are: at most those of a month are looked through.
    let around = ((exit - entry) * AROUND).clamp(day, 90 * day);
    let (from, to) = (entry.saturating_sub(around), exit.saturating_add(around));
    let found = records.trip_bars(Timestamp::from_nanos(from), Timestamp::from_nanos(to), BARS, &trade.symbol)?;
    Ok(found.map(|(timeframe, bars)| TradeBars {
        timeframe,
        bars: bars
            .iter()
            .map(|bar| {
                let volume = bar.volume.is_finite().then_some(bar.volume);
                (milliseconds(bar.ts), bar.open, bar.high, bar.low, bar.close, volume)
            })
            .collect(),
    }))
}

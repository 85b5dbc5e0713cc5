//! Decisions: what a strategy wanted, refused ones too, and why.

use axum::Json;
use axum::extract::State;
use mem_store::records::{DecisionFilter, DecisionRow};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{a_hundred, ask, at_most, milliseconds, number, one_of, time};
use crate::error::{ApiError, QueryRefused};
use crate::query::Query;
use crate::state::AppState;

/// Which decisions.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DecisionsQuery {
    /// In this symbol.
    symbol: Option<String>,
    /// `enter_long`, `enter_short`, `exit_long` or `exit_short`.
    intent: Option<String>,
    /// Only those that risk refused, or only the others.
    refused: Option<bool>,
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

impl DecisionsQuery {
    fn filter(self) -> Result<DecisionFilter, ApiError> {
        Ok(DecisionFilter {
            symbol: self.symbol,
            intent: one_of("intent", self.intent, &["enter_long", "enter_short", "exit_long", "exit_short"])?,
            refused: self.refused,
            from: time("from", self.from)?,
            to: time("to", self.to)?,
            limit: at_most(self.limit)?,
            offset: self.offset,
        })
    }
}

/// What a check of risk had to say, where it did not just let the order pass as it was.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct FindingView {
    /// Which check.
    check: String,
    /// Whether it let the order pass, made smaller; else it refused it.
    passed: bool,
    /// Why, with the numbers.
    why: String,
}

/// A finding as it is kept.
#[derive(Debug, Deserialize)]
struct Kept {
    check: String,
    why: String,
    refused: bool,
}

/// A decision.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct DecisionView {
    /// Its number.
    decision: u64,
    /// The session that took it.
    session: String,
    /// When, in the market's time.
    ts: i64,
    symbol: String,
    strategy: String,
    /// `enter_long`, `enter_short`, `exit_long` or `exit_short`.
    intent: String,
    /// 0 to 1.
    confidence: f64,
    /// The close that it was taken at.
    price: f64,
    /// The quantity approved, in base units; null where nothing was entered.
    qty: Option<String>,
    /// Where the stop would stand.
    stop: Option<f64>,
    /// Where the target would stand.
    target: Option<f64>,
    /// Why, the weightiest reason first.
    pub(super) reasons: Vec<String>,
    /// What risk had to say.
    findings: Vec<FindingView>,
    /// Whether risk refused it.
    refused: bool,
    /// The memory that tells of it.
    memory_id: Option<i64>,
    /// When its trade was over.
    closed_at: Option<i64>,
    /// What the trade brought, in quote after costs.
    pnl: Option<f64>,
    /// The same in percent of what was entered.
    return_pct: Option<f64>,
    /// What ended the trade.
    exit_reason: Option<String>,
}

/// Decisions, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DecisionsPage {
    /// How many there are.
    total: u64,
    /// How many were left out before these.
    offset: usize,
    rows: Vec<DecisionView>,
}

/// Decisions, the newest first: refused ones too.
#[utoipa::path(get, path = "/api/live/decisions", tag = "records", params(DecisionsQuery), responses(
    (status = 200, description = "The decisions", body = DecisionsPage),
    QueryRefused,
))]
pub(crate) async fn list(
    State(state): State<AppState>,
    Query(query): Query<DecisionsQuery>,
) -> Result<Json<DecisionsPage>, ApiError> {
    let filter = query.filter()?;
    ask(&state, move |records| {
        let page = records.page_decisions(&filter)?;
        let rows = page.rows.iter().map(view).collect();
        Ok(Json(DecisionsPage { total: page.total, offset: filter.offset, rows }))
    })
    .await
}

pub(super) fn view(row: &DecisionRow) -> DecisionView {
    let level = |name: &str| row.detail.get(name).and_then(serde_json::Value::as_f64);
    DecisionView {
        decision: number(row.decision),
        session: row.session.clone(),
        ts: milliseconds(row.timestamp),
        symbol: row.symbol.clone(),
        strategy: row.strategy.clone(),
        intent: row.intent.clone(),
        confidence: row.confidence / 100.0,
        price: row.price,
        qty: row.qty.clone(),
        stop: level("stop"),
        target: level("target"),
        reasons: reasons(row),
        findings: findings(row),
        refused: row.is_refused(),
        memory_id: row.memory_id,
        closed_at: row.closed_at.map(milliseconds),
        pnl: row.pnl.as_ref().and_then(|pnl| pnl.parse().ok()),
        return_pct: row.return_pct,
        exit_reason: row.exit.clone(),
    }
}

pub(super) fn reasons(row: &DecisionRow) -> Vec<String> {
    row.detail.get("reasons").and_then(|found| serde_json::from_value(found.clone()).ok()).unwrap_or_default()
}

pub(super) fn findings(row: &DecisionRow) -> Vec<FindingView> {
    let found = row.detail.get("findings").and_then(|found| serde_json::from_value(found.clone()).ok());
    let found: Vec<Kept> = found.unwrap_or_default();
    let view = |finding: Kept| FindingView { check: finding.check, passed: !finding.refused, why: finding.why };
    found.into_iter().map(view).collect()
}

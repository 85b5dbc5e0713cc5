//! The account at a glance, in one request.

use axum::Json;
use axum::extract::State;
use mem_engine::core::State as Account;
use mem_engine::keep::Keeper;
use mem_store::records::{AlertFilter, MetricFilter, Records, RoundTripFilter};
use mem_types::PositionSide;
use serde::Serialize;
use utoipa::ToSchema;

use super::curve::thinned;
use super::notes::alert_view;
use super::{ask, milliseconds};
use crate::error::{ApiError, QueryRefused};
use crate::live::view::{AlertView, FeedState, PositionView};
use crate::state::AppState;

/// Points of the equity curve at the most.
const POINTS: usize = 2_000;

/// What the account was worth over time.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct EquityCurve {
    ts: Vec<i64>,
    equity: Vec<f64>,
    /// How far below the highest value before it, in percent.
    drawdown_pct: Vec<f64>,
}

/// The account at a glance.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Summary {
    /// What the account is worth, by a running engine or as it was last put on record; null before that.
    equity: Option<f64>,
    /// What everything is paid with; empty before the books are opened.
    currency: String,
    /// What the market's UTC day has brought.
    day_pnl: Option<f64>,
    /// What the account is worth above what was paid in.
    total_pnl: Option<f64>,
    /// What finished round trips have brought after fees.
    realised_pnl: Option<f64>,
    /// Their fees.
    fees: f64,
    /// Of finished round trips, in percent; null without any.
    win_rate: Option<f64>,
    /// Finished round trips.
    trades: u64,
    /// Of finished round trips, 0 to 1; null without any.
    avg_confidence: Option<f64>,
    /// Open positions; prices only where an engine runs in this process.
    open_positions: Vec<PositionView>,
    /// At most 2,000 points: where there are more, the lowest and highest of runs of them.
    equity_curve: EquityCurve,
    /// The newest five.
    alerts: Vec<AlertView>,
    /// How the feed is; null where no engine runs in this process.
    feed: Option<FeedState>,
    /// When the session began, by our clock; null where no engine runs in this process.
    started_at: Option<i64>,
    /// When the books begin, in the market's time.
    since: Option<i64>,
}

/// The account at a glance.
#[utoipa::path(get, path = "/api/live/summary", tag = "records", responses(
    (status = 200, description = "The account", body = Summary),
    QueryRefused,
))]
pub(crate) async fn summary(State(state): State<AppState>) -> Result<Json<Summary>, ApiError> {
    ask(&state, |records| Ok(Json(of_records(records)?))).await
}

/// What the records alone know.
fn of_records(records: &Records) -> Result<Summary, ApiError> {
    let account = Keeper::load(records).map_err(|error| ApiError::internal(&error))?.unwrap_or_default();
    let trips = records.trip_totals(&RoundTripFilter::default())?;
    let points = records
        .metric_series(&MetricFilter { metric_name: Some("equity".to_owned()), ..MetricFilter::default() })?
        .into_iter()
        .map(|(at, equity)| (milliseconds(at), equity))
        .collect::<Vec<_>>();
    let newest = points.last().copied();
    let equity = newest.map(|(_, equity)| equity);
    let (currency, paid_in) = paid_in(&account);
    let of_today = newest.filter(|(at, _)| Some(at.div_euclid(86_400_000)) == account.day);
    let alerts = records.page_alerts(&AlertFilter { limit: 5, ..AlertFilter::default() })?;
    Ok(Summary {
        equity,
        day_pnl: of_today.map(|(_, equity)| equity - account.day_start),
        total_pnl: equity.filter(|_| !currency.is_empty()).map(|equity| equity - paid_in),
        currency,
        realised_pnl: (trips.trades > 0).then_some(trips.pnl),
        fees: trips.fees,
        win_rate: (trips.trades > 0).then(|| trips.wins as f64 / trips.trades as f64 * 100.0),
        trades: trips.trades,
        avg_confidence: trips.average_confidence,
        open_positions: positions(&account),
        since: points.first().map(|(at, _)| *at),
        equity_curve: curve(&points),
        alerts: alerts.rows.iter().map(alert_view).collect(),
        feed: None,
        started_at: None,
    })
}

/// The currency that money was paid in with, and how much it was.
fn paid_in(account: &Account) -> (String, f64) {
    let balances = account.ledger.trial_balance();
    let deposits = balances.iter().find(|line| line.account.as_str() == "deposits");
    deposits.map_or((String::new(), 0.0), |line| {
        let amount: f64 = line.amount.to_string().parse().unwrap_or(0.0);
        // What came in came from there.
        (line.asset.to_string(), 0.0 - amount)
    })
}

fn positions(account: &Account) -> Vec<PositionView> {
    let held = account.positions.iter().filter_map(|(symbol, position)| {
        let side = position.side()?;
        let entry_price: f64 = position.average_entry()?.to_string().parse().ok()?;
        let plan = account.plans.get(symbol);
        let sign = if side == PositionSide::Long { 1.0 } else { -1.0 };
        Some(PositionView {
            symbol: symbol.to_string(),
            side: if side == PositionSide::Long { "long" } else { "short" }.to_owned(),
            qty: position.qty().abs().to_string(),
            entry_price,
            last_price: None,
            unrealised_pnl: None,
            return_pct: None,
            opened_at: position.opened_at().map(milliseconds),
            decision: plan.map(|plan| plan.decision),
            stop: plan.and_then(|plan| Some(entry_price - sign * plan.stop_distance?)),
            target: plan.and_then(|plan| Some(entry_price + sign * plan.target_distance?)),
        })
    });
    held.collect()
}

fn curve(points: &[(i64, f64)]) -> EquityCurve {
    let mut peak = f64::NEG_INFINITY;
    let mut falls = std::collections::BTreeMap::new();
    for (at, equity) in points {
        peak = peak.max(*equity);
        falls.insert(*at, if peak > 0.0 { (1.0 - equity / peak) * 100.0 } else { 0.0 });
    }
    let kept = thinned(points, POINTS);
    EquityCurve {
        ts: kept.iter().map(|(at, _)| *at).collect(),
        equity: kept.iter().map(|(_, equity)| *equity).collect(),
        drawdown_pct: kept.iter().map(|(at, _)| falls.get(at).copied().unwrap_or(0.0)).collect(),
    }
}

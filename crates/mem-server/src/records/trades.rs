//! Round trips: a page of them, what they brought over time, how sure the strategy was.

use axum::Json;
use axum::extract::State;
use mem_store::records::{RoundTripFilter, RoundTripRow, TripSort};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{a_hundred, ask, at_most, curve, milliseconds, number, one_of, part, time};
use crate::error::{ApiError, QueryRefused};
use crate::live::view::TradeView;
use crate::query::Query;
use crate::state::AppState;

/// Which round trips.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TradesQuery {
    /// In this symbol.
    symbol: Option<String>,
    /// Of this strategy.
    strategy: Option<String>,
    /// `long` or `short`.
    side: Option<String>,
    /// The same by the order that opened it: `buy` or `sell`.
    action: Option<String>,
    /// Over not earlier than this.
    from: Option<i64>,
    /// Over earlier than this.
    to: Option<i64>,
    /// At least so sure, 0 to 1.
    min_confidence: Option<f64>,
    /// `win` or `loss`; what gained nothing is a loss.
    result: Option<String>,
    /// `closed_at`, `opened_at`, `pnl`, `return_pct`, `confidence` or `symbol`; the largest first with a `-` before it.
    #[serde(default = "newest")]
    #[param(default = "-closed_at")]
    sort: String,
    /// After leaving out so many.
    #[serde(default)]
    #[param(default = 0)]
    offset: usize,
    /// At most so many, 1 to 1,000.
    #[serde(default = "a_hundred")]
    #[param(default = 100, minimum = 1, maximum = 1000)]
    limit: usize,
}

fn newest() -> String {
    "-closed_at".to_owned()
}

impl TradesQuery {
    pub(super) fn filter(self) -> Result<RoundTripFilter, ApiError> {
        let (falling, column) = match self.sort.strip_prefix('-') {
            Some(column) => (true, column),
            None => (false, self.sort.as_str()),
        };
        let sort = match column {
            "closed_at" => TripSort::ClosedAt,
            "opened_at" => TripSort::OpenedAt,
            "pnl" => TripSort::Pnl,
            "return_pct" => TripSort::ReturnPct,
            "confidence" => TripSort::Confidence,
            "symbol" => TripSort::Symbol,
            other => {
                let known = "closed_at, opened_at, pnl, return_pct, confidence or symbol";
                return Err(ApiError::field("sort", format!("'{other}': expected {known}")));
            }
        };
        let side = side(self.side, self.action)?;
        let result = one_of("result", self.result, &["win", "loss"])?;
        Ok(RoundTripFilter {
            symbol: self.symbol,
            strategy: self.strategy,
            side,
            from: time("from", self.from)?,
            to: time("to", self.to)?,
            min_confidence: part("min_confidence", self.min_confidence)?,
            won: result.map(|result| result == "win"),
            sort,
            rising: !falling,
            limit: at_most(self.limit)?,
            offset: self.offset,
        })
    }
}

/// Which way trades faced, by their side or by the order that opened them.
pub(super) fn side(side: Option<String>, action: Option<String>) -> Result<Option<String>, ApiError> {
    let side = one_of("side", side, &["long", "short"])?;
    let action = one_of("action", action, &["buy", "sell", "long", "short"])?;
    let opened = action.map(|action| if action == "buy" || action == "long" { "long" } else { "short" }.to_owned());
    match (side, opened) {
        (Some(side), Some(opened)) if side != opened => {
            Err(ApiError::field("action", format!("{side} trades are not opened so")))
        }
        (side, opened) => Ok(side.or(opened)),
    }
}

/// Sums over round trips.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub(crate) struct TradeTotals {
    /// How many.
    trades: u64,
    /// How many of them gained something.
    wins: u64,
    /// Profit after fees, in quote.
    pnl: f64,
    /// Fees, in quote.
    fees: f64,
}

/// Round trips.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TradesPage {
    /// How many there are.
    total: u64,
    /// How many were left out before these.
    offset: usize,
    rows: Vec<TradeView>,
    /// Over all of them, not only these.
    totals: TradeTotals,
}

/// Finished round trips.
#[utoipa::path(get, path = "/api/live/trades", tag = "records", params(TradesQuery), responses(
    (status = 200, description = "The round trips", body = TradesPage),
    QueryRefused,
))]
pub(crate) async fn list(
    State(state): State<AppState>,
    Query(query): Query<TradesQuery>,
) -> Result<Json<TradesPage>, ApiError> {
    let filter = query.filter()?;
    ask(&state, move |records| {
        let page = records.page_round_trips(&filter)?;
        let totals = records.trip_totals(&filter)?;
        Ok(Json(TradesPage {
            total: page.total,
            offset: filter.offset,
            rows: page.rows.iter().map(view).collect(),
            totals: TradeTotals { trades: totals.trades, wins: totals.wins, pnl: totals.pnl, fees: totals.fees },
        }))
    })
    .await
}

pub(super) fn view(row: &RoundTripRow) -> TradeView {
    TradeView {
        decision: row.decision.map(number),
        symbol: row.symbol.clone(),
        strategy: row.strategy.clone(),
        side: row.side.clone(),
        qty: row.qty.clone(),
        entry_ts: milliseconds(row.entry_ts),
        exit_ts: Some(milliseconds(row.exit_ts)),
        entry_price: row.entry_price,
        exit_price: row.exit_price,
        pnl: Some(row.pnl),
        return_pct: Some(row.return_pct),
        fees: row.fees,
        duration_ms: Some(milliseconds(row.exit_ts) - milliseconds(row.entry_ts)),
        confidence: row.confidence,
        exit_reason: Some(row.exit_reason.clone()),
        stop: row.stop,
        target: row.target,
        memory_id: row.memory_id,
    }
}

/// Points of a curve at the most.
const POINTS: usize = 4_000;

/// Which round trips, and how they are summed.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PnlQuery {
    /// `trade`: a point each; `day`: a point each UTC day.
    #[serde(default = "each_trade")]
    #[param(default = "trade")]
    bucket: String,
    /// In this symbol.
    symbol: Option<String>,
    /// Of this strategy.
    strategy: Option<String>,
    /// Over not earlier than this.
    from: Option<i64>,
    /// Over earlier than this.
    to: Option<i64>,
}

fn each_trade() -> String {
    "trade".to_owned()
}

/// What round trips have brought, in the order in which they were over.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PnlCurve {
    /// When.
    ts: Vec<i64>,
    /// Since the point before, after fees, in quote.
    pnl: Vec<f64>,
    /// Since the first.
    cumulative: Vec<f64>,
    /// How many trades or days there are: where they are more than 4,000, the points are the lowest and highest of runs of them.
    total: usize,
}

/// Realised profit over time.
#[utoipa::path(get, path = "/api/live/pnl", tag = "records", params(PnlQuery), responses(
    (status = 200, description = "The curve", body = PnlCurve),
    QueryRefused,
))]
pub(crate) async fn pnl(
    State(state): State<AppState>,
    Query(query): Query<PnlQuery>,
) -> Result<Json<PnlCurve>, ApiError> {
    let daily = one_of("bucket", Some(query.bucket), &["trade", "day"])?.as_deref() == Some("day");
    let filter = RoundTripFilter {
        symbol: query.symbol,
        strategy: query.strategy,
        from: time("from", query.from)?,
        to: time("to", query.to)?,
        ..RoundTripFilter::default()
    };
    ask(&state, move |records| {
        let profits = if daily { records.daily_trip_profits(&filter)? } else { records.trip_profits(&filter)? };
        let mut sum = 0.0;
        let curve: Vec<(i64, f64)> = profits
            .iter()
            .map(|(at, pnl)| {
                sum += pnl;
                (milliseconds(*at), sum)
            })
            .collect();
        let kept = curve::thinned(&curve, POINTS);
        let before = std::iter::once(0.0).chain(kept.iter().map(|(_, sum)| *sum));
        // Where nothing was left out, what each brought is what it says, to the bit.
        let pnl = if kept.len() == profits.len() {
            profits.iter().map(|(_, pnl)| *pnl).collect()
        } else {
            kept.iter().zip(before).map(|((_, sum), before)| sum - before).collect()
        };
        Ok(Json(PnlCurve {
            ts: kept.iter().map(|(at, _)| *at).collect(),
            pnl,
            cumulative: kept.iter().map(|(_, sum)| *sum).collect(),
            total: profits.len(),
        }))
    })
    .await
}

/// Round trips by how sure the strategy was.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConfidenceHistogram {
    /// Edges of the bins, 0 to 1; one more than there are bins.
    edges: Vec<f64>,
    /// Round trips in each bin.
    counts: Vec<u64>,
    /// Those of them that gained something.
    wins: Vec<u64>,
    /// Null without round trips.
    median: Option<f64>,
}

/// Round trips by how sure the strategy was; the same filters as for the list.
#[utoipa::path(get, path = "/api/live/confidence", tag = "records", params(TradesQuery), responses(
    (status = 200, description = "The histogram", body = ConfidenceHistogram),
    QueryRefused,
))]
pub(crate) async fn confidence(
    State(state): State<AppState>,
    Query(query): Query<TradesQuery>,
) -> Result<Json<ConfidenceHistogram>, ApiError> {
    let filter = query.filter()?;
    ask(&state, move |records| {
        let found = records.trip_confidences(&filter)?;
        Ok(Json(ConfidenceHistogram {
            edges: found.edges,
            counts: found.counts,
            wins: found.wins,
            median: found.median,
        }))
    })
    .await
}

//! Memories: what was decided in words, what came of it, what is like it, and whether remembering helps.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use mem_engine::keep::{Keeper, case_of, remembered};
use mem_memory::{Memory as Recall, MemoryConfig};
use mem_store::records::{Memory, MemoryFilter, MemoryType, Records, RoundTripFilter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::detail::{SimilarView, similar_view};
use super::{a_hundred, ask, at_most, milliseconds, number, time, word};
use crate::error::{ApiError, LookupRefused, QueryRefused};
use crate::query::Query;
use crate::state::AppState;

/// Newest decided cases that a similar one is looked for among.
const CASES: usize = 5_000;

/// Which memories.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MemoriesQuery {
    /// `trade`, `pattern`, `risk` or `insight`.
    #[serde(rename = "type")]
    #[param(rename = "type")]
    memory_type: Option<String>,
    /// With this text in its words, in upper or lower case.
    q: Option<String>,
    /// Of this symbol.
    symbol: Option<String>,
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

/// A memory.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct MemoryView {
    id: i64,
    ts: i64,
    /// `trade`, `pattern`, `risk` or `insight`.
    memory_type: String,
    /// The words.
    content: String,
    /// How much it matters.
    relevance_score: f64,
    tags: Vec<String>,
    /// Ids in the table of trades.
    related_trades: Vec<i64>,
    /// The decision that it tells of.
    decision: Option<u64>,
    /// Whether the trade that it tells of gained anything; null while that is not known, or where there is none.
    success: Option<bool>,
}

/// Memories, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MemoriesPage {
    /// How many there are.
    total: u64,
    /// How many were left out before these.
    offset: usize,
    rows: Vec<MemoryView>,
}

/// Memories, the newest first.
#[utoipa::path(get, path = "/api/live/memories", tag = "records", params(MemoriesQuery), responses(
    (status = 200, description = "The memories", body = MemoriesPage),
    QueryRefused,
))]
pub(crate) async fn list(
    State(state): State<AppState>,
    Query(query): Query<MemoriesQuery>,
) -> Result<Json<MemoriesPage>, ApiError> {
    let filter = MemoryFilter {
        memory_type: word::<MemoryType>("type", query.memory_type.as_deref())?,
        tag: query.symbol,
        text: query.q,
        from: time("from", query.from)?,
        to: time("to", query.to)?,
        limit: at_most(query.limit)?,
        offset: query.offset,
    };
    ask(&state, move |records| {
        let page = records.page_memories(&filter)?;
        let ids: Vec<i64> = page.rows.iter().map(|memory| memory.id).collect();
        let outcomes: BTreeMap<i64, bool> = records.outcomes_of_memories(&ids)?.into_iter().collect();
        let rows = page.rows.into_iter().map(|memory| view(memory, &outcomes)).collect();
        Ok(Json(MemoriesPage { total: page.total, offset: filter.offset, rows }))
    })
    .await
}

fn view(memory: Memory, outcomes: &BTreeMap<i64, bool>) -> MemoryView {
    MemoryView {
        id: memory.id,
        ts: milliseconds(memory.timestamp),
        memory_type: memory.memory_type.as_str().to_owned(),
        decision: decision_of(&memory).map(number),
        content: memory.content,
        relevance_score: memory.relevance_score,
        tags: memory.tags,
        related_trades: memory.related_trades,
        success: outcomes.get(&memory.id).copied(),
    }
}

/// Memories of decisions carry their number as a label.
fn decision_of(memory: &Memory) -> Option<i64> {
    memory.tags.iter().find_map(|tag| tag.strip_prefix("decision:")?.parse().ok())
}

/// Whether memory helps, as measured on outcomes that came later.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct UpliftView {
    /// Decisions that memory had a say in and whose outcome is known.
    judged: u64,
    /// Mean squared error of the probabilities without memory.
    brier_without: f64,
    /// The same with it.
    brier_with: f64,
    /// How much smaller the error is with memory; below zero it did harm.
    improvement: f64,
    /// Of the improvement.
    standard_error: f64,
    /// What decisions brought whose confidence memory raised, in percent.
    raised_return_pct: Option<f64>,
    raised: u64,
    /// The same of those whose confidence it lowered.
    lowered_return_pct: Option<f64>,
    lowered: u64,
}

/// A rule that memory has found, and what became of it afterwards.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PatternView {
    id: u64,
    /// In plain English.
    text: String,
    /// Part of the cases it was found on that gained something.
    win_rate: f64,
    /// When it was found.
    found_at: i64,
    /// Cases that fulfilled it since.
    since: u64,
    /// Those of them that gained something.
    since_wins: u64,
    /// Whether it still holds.
    active: bool,
    /// Why it was retired.
    retired_because: Option<String>,
}

/// Memories summed up.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MemoryStats {
    /// How many of each type.
    by_type: BTreeMap<String, u64>,
    total: u64,
    /// Null without memories.
    average_relevance: Option<f64>,
    /// Part of the trades that gained something; null without any.
    success_rate: Option<f64>,
    /// Trades that are over.
    trades: u64,
    /// Whether memory helps; null while too little is known.
    measured_uplift: Option<UpliftView>,
    /// What it has found, the newest first.
    patterns: Vec<PatternView>,
}

/// Memories summed up, and whether remembering helps.
#[utoipa::path(get, path = "/api/live/memories/stats", tag = "records", responses(
    (status = 200, description = "The sums", body = MemoryStats),
    QueryRefused,
))]
pub(crate) async fn stats(State(state): State<AppState>) -> Result<Json<MemoryStats>, ApiError> {
    ask(&state, |records| Ok(Json(summed_up(records)?))).await
}

fn summed_up(records: &Records) -> Result<MemoryStats, ApiError> {
    let types = records.memory_types()?;
    let total: u64 = types.iter().map(|of| of.count).sum();
    let relevance: f64 = types.iter().map(|of| of.average_relevance * of.count as f64).sum();
    let trips = records.trip_totals(&RoundTripFilter::default())?;
    let state = Keeper::load(records).map_err(|error| ApiError::internal(&error))?.unwrap_or_default();
    let uplift = state.uplift.report().map(|report| UpliftView {
        judged: report.judged,
        brier_without: report.brier_without,
        brier_with: report.brier_with,
        improvement: report.improvement,
        standard_error: report.standard_error,
        raised_return_pct: report.raised_return_pct,
        raised: report.raised,
        lowered_return_pct: report.lowered_return_pct,
        lowered: report.lowered,
    });
    let mut patterns: Vec<PatternView> = state
        .patterns
        .iter()
        .map(|watched| PatternView {
            id: watched.id,
            text: watched.pattern.words(&mem_engine::core::features::NAMES),
            win_rate: watched.pattern.win_rate(),
            found_at: milliseconds(watched.found_at),
            since: watched.since,
            since_wins: watched.since_wins,
            active: watched.retired.is_none(),
            retired_because: watched.retired.as_ref().map(|(_, why)| why.clone()),
        })
        .collect();
    patterns.reverse();
    Ok(MemoryStats {
        by_type: types.iter().map(|of| (of.memory_type.as_str().to_owned(), of.count)).collect(),
        total,
        average_relevance: (total > 0).then(|| relevance / total as f64),
        success_rate: (trips.trades > 0).then(|| trips.wins as f64 / trips.trades as f64),
        trades: trips.trades,
        measured_uplift: uplift,
        patterns,
    })
}

/// How many.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SimilarQuery {
    /// At most so many, 1 to 100.
    #[serde(default = "ten")]
    #[param(default = 10, minimum = 1, maximum = 100)]
    limit: usize,
}

fn ten() -> usize {
    10
}

/// Situations like the one that a memory tells of.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SimilarCases {
    /// The decision that the memory tells of; null of memories that tell of none.
    decision: Option<u64>,
    /// The nearest first, by what the market looked like and the side; itself left out.
    cases: Vec<SimilarView>,
    /// Among how many decided cases they were looked for: the newest 5,000 at most.
    among: usize,
}

/// The situations most like the one that a memory tells of, as known today.
#[utoipa::path(get, path = "/api/live/memories/{id}/similar", tag = "records",
    params(("id" = i64, Path, description = "Number of the memory"), SimilarQuery),
    responses(
        (status = 200, description = "The situations", body = SimilarCases),
    LookupRefused,
))]
pub(crate) async fn similar(
    State(state): State<AppState>,
    Path(id): Path<String>,
    Query(query): Query<SimilarQuery>,
) -> Result<Json<SimilarCases>, ApiError> {
    let id: i64 = id.parse().map_err(|_| ApiError::field("id", format!("'{id}' is not the number of a memory")))?;
    if !(1..=100).contains(&query.limit) {
        return Err(ApiError::field("limit", format!("{} is not allowed: expected 1 to 100", query.limit)));
    }
    ask(&state, move |records| {
        let memory = records.get_memory(id)?.ok_or_else(|| ApiError::not_found(format!("there is no memory {id}")))?;
        let decision = decision_of(&memory);
        let row = decision.map(|decision| records.get_decision(decision)).transpose()?.flatten();
        let Some(asked) = row.as_ref().and_then(case_of).map(|of| of.case) else {
            return Ok(Json(SimilarCases { decision: decision.map(number), cases: Vec::new(), among: 0 }));
        };
        let known = remembered(records, &Default::default(), CASES).map_err(|error| ApiError::internal(&error))?;
        let others: Vec<_> = known.into_iter().filter(|of| of.case.id != asked.id).collect();
        let among = others.len();
        let config = MemoryConfig { recall: query.limit, capacity: CASES, ..MemoryConfig::default() };
        let mut recall = Recall::recollect(config, asked.features.len(), others);
        let now = mem_types::Timestamp::from_nanos(i64::MAX);
        let judgement = recall.judge(now, asked.side, asked.confidence, &asked.features);
        let cases =
            judgement.similar.iter().map(|similar| similar_view(records, similar)).collect::<Result<Vec<_>, _>>()?;
        Ok(Json(SimilarCases { decision: decision.map(number), cases, among }))
    })
    .await
}

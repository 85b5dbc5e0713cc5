//! Texts and moods as they are on record.

use axum::Json;
use axum::extract::State;
use mem_store::records::{SentimentRow, TextFilter, TextRow};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::error::{ApiError, QueryRefused};
use crate::query::Query;
use crate::records::{a_hundred, ask, at_most, milliseconds, time};
use crate::state::AppState;

/// Which texts.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TextsQuery {
    /// About this symbol; `*` for the market as a whole.
    symbol: Option<String>,
    /// Of this kind of source.
    source: Option<String>,
    /// Known then or later.
    from: Option<i64>,
    /// Known before.
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

/// A text on record.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct TextView {
    id: i64,
    /// When it was known here.
    ts: i64,
    /// `*` is the market as a whole.
    symbol: String,
    source: String,
    text: String,
    url: Option<String>,
    /// When it says that it was published.
    published_at: Option<i64>,
    /// Which model has scored it.
    scorer: String,
    /// -1 (bad for the price) to 1 (good).
    score: f64,
    /// `negative`, `neutral` or `positive`.
    label: String,
}

/// Texts, the newest stored first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TextsPage {
    /// How many there are.
    total: u64,
    /// How many were left out before these.
    offset: usize,
    rows: Vec<TextView>,
}

/// Texts on record, the newest stored first.
#[utoipa::path(get, path = "/api/sentiment", tag = "sentiment", params(TextsQuery), responses(
    (status = 200, description = "The texts", body = TextsPage),
    QueryRefused,
))]
pub(crate) async fn list(
    State(state): State<AppState>,
    Query(query): Query<TextsQuery>,
) -> Result<Json<TextsPage>, ApiError> {
    let filter = TextFilter {
        symbol: query.symbol,
        source: query.source,
        from: time("from", query.from)?,
        to: time("to", query.to)?,
        limit: at_most(query.limit)?,
        offset: query.offset,
    };
    ask(&state, move |records| {
        let page = records.texts(&filter)?;
        let rows = page.rows.into_iter().map(text_view).collect();
        Ok(Json(TextsPage { total: page.total, offset: filter.offset, rows }))
    })
    .await
}

fn text_view(row: TextRow) -> TextView {
    TextView {
        id: row.id,
        ts: milliseconds(row.timestamp),
        symbol: row.symbol,
        source: row.source,
        text: row.text,
        url: row.url,
        published_at: row.published_at.map(milliseconds),
        scorer: row.scorer,
        score: row.score,
        label: row.tone,
    }
}

/// Whose mood.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MoodQuery {
    /// Of this symbol; `*` for the market as a whole.
    symbol: String,
    /// At most so many, 1 to 1,000.
    #[serde(default = "a_hundred")]
    #[param(default = 100, minimum = 1, maximum = 1000)]
    limit: usize,
}

/// What the texts of a symbol and source say together, at a time at which one was known.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct MoodView {
    ts: i64,
    symbol: String,
    source: String,
    /// Mean score, -1 to 1, half-life a day.
    score: f64,
    /// Mean with a half-life of six hours less that with one of two days.
    momentum: Option<f64>,
    /// Standard deviation of the scores, half-life two days.
    volatility: Option<f64>,
    /// Shares of good, bad and neutral texts, 0 to 1, half-life a day.
    bullish_ratio: Option<f64>,
    bearish_ratio: Option<f64>,
    neutral_ratio: Option<f64>,
    /// How many texts until then.
    texts: i64,
}

/// The moods of a symbol, the newest first.
#[utoipa::path(get, path = "/api/sentiment/mood", tag = "sentiment", params(MoodQuery), responses(
    (status = 200, description = "The moods", body = Vec<MoodView>),
    QueryRefused,
))]
pub(crate) async fn mood(
    State(state): State<AppState>,
    Query(query): Query<MoodQuery>,
) -> Result<Json<Vec<MoodView>>, ApiError> {
    let limit = at_most(query.limit)?;
    ask(&state, move |records| {
        let rows = records.sentiment(limit, &query.symbol)?;
        Ok(Json(rows.into_iter().map(mood_view).collect()))
    })
    .await
}

fn mood_view(row: SentimentRow) -> MoodView {
    MoodView {
        ts: milliseconds(row.timestamp),
        symbol: row.symbol,
        source: row.source,
        score: row.score,
        momentum: row.momentum,
        volatility: row.volatility,
        bullish_ratio: row.bullish_ratio,
        bearish_ratio: row.bearish_ratio,
        neutral_ratio: row.neutral_ratio,
        texts: row.texts,
    }
}

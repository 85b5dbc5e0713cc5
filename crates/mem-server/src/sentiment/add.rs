//! A text in: scored, and on record as known when it came. The text and its entry in the audit are one transaction.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use mem_engine::texts::config::check_source;
use mem_engine::texts::{NewText, key_of, put_moods};
use mem_model::sentiment::{Scorer, scorer};
use mem_store::records::{AuditKind, MARKET_WIDE, NewAudit, RecordsError};
use mem_types::Symbol;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::body::JsonBody;
use crate::error::{ApiError, TextRefused};
use crate::records::{ask, milliseconds, time};
use crate::state::AppState;

/// Longest text, in characters: what is scored is a line or two.
const LONGEST: usize = 2_000;

/// A text.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TextIn {
    /// The text: a line or two of English, at most 2,000 characters.
    text: String,
    /// The symbol that it is about; `*` for the market as a whole.
    symbol: String,
    /// What kind of source it comes from: the series of scores that features read.
    #[serde(default = "news")]
    #[schema(default = "news")]
    source: String,
    /// Which model scores it: `lexicon`, `linear`, or the configured one (`sentiment.scorer`), which it is by default.
    #[serde(default)]
    scorer: Option<String>,
    /// Where more of it can be read.
    #[serde(default)]
    url: Option<String>,
    /// When it was published. It is known from now on all the same.
    #[serde(default)]
    published_at: Option<i64>,
    /// Who sends it: `operator` where nobody says.
    #[serde(default)]
    by: String,
}

fn news() -> String {
    "news".to_owned()
}

/// A word of a text that speaks.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct SpokenWord {
    word: String,
    /// How: above 0 is good news. In units of the model.
    says: f64,
}

/// What became of a text.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct TextScored {
    /// Its number; null where the same text was on record already.
    id: Option<i64>,
    /// From when on it counts, where it is new.
    known_at: i64,
    /// -1 (bad for the price) to 1 (good).
    score: f64,
    /// `negative`, `neutral` or `positive`.
    label: String,
    /// How sure the model is, 0 to 1, where it says.
    confidence: Option<f64>,
    /// The words that speak, the loudest first.
    words: Vec<SpokenWord>,
}

/// The model of that name; the configured one where none is named.
fn scorer_of(state: &AppState, named: Option<&str>) -> Result<Arc<dyn Scorer>, ApiError> {
    let configured = &state.parts.scorer;
    let Some(name) = named.filter(|name| *name != configured.name()) else { return Ok(Arc::clone(configured)) };
    scorer::built_in(name).map(Arc::from).ok_or_else(|| {
        let known = scorer::BUILT_IN.join(", ");
        ApiError::field("scorer", format!("'{name}': expected {known} or the configured {}", configured.name()))
    })
}

/// Scores a text and puts it on record, once, as known now.
#[utoipa::path(post, path = "/api/sentiment", tag = "sentiment", request_body = TextIn, responses(
    (status = 200, description = "What it means for the price", body = TextScored),
    TextRefused,
))]
pub(crate) async fn add(State(state): State<AppState>, body: JsonBody) -> Result<Json<TextScored>, ApiError> {
    let sent: TextIn = body.read()?;
    let text = sent.text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() || text.chars().count() > LONGEST {
        return Err(ApiError::field("text", format!("expected 1 to {LONGEST} characters")));
    }
    let symbol = match sent.symbol.trim() {
        MARKET_WIDE => MARKET_WIDE.to_owned(),
        named => named.parse::<Symbol>().map_err(|error| ApiError::field("symbol", error.to_string()))?.to_string(),
    };
    check_source(&sent.source).map_err(|why| ApiError::field("source", why))?;
    let scorer = scorer_of(&state, sent.scorer.as_deref())?;
    let published_at = time("published_at", sent.published_at)?;
    let now = (state.parts.clock)();
    let by =
        if sent.by.trim().is_empty() { "operator".to_owned() } else { sent.by.trim().chars().take(LONGEST).collect() };
    ask(&state, move |records| {
        let said = scorer.explain(&text).map_err(|error| ApiError::field("text", error.to_string()))?;
        let new = NewText {
            known_at: now,
            symbol,
            source: sent.source,
            key: key_of(&["sent", &text]),
            text,
            url: sent.url,
            published_at,
        };
        let row = new.scored(scorer.name(), said.reading);
        let id = records.transaction(|tx| -> Result<Option<i64>, RecordsError> {
            let id = tx.add_text(&row)?;
            if let Some(id) = id {
                put_moods(tx, &row.symbol, &row.source, row.timestamp)?;
                tx.add_audit(&NewAudit {
                    kind: AuditKind::Command,
                    who: by,
                    why: "a text was sent".to_owned(),
                    detail: json!({ "sentiment": "add", "text": id, "symbol": row.symbol, "source": row.source }),
                    applied_at: Some(now),
                    reverts: None,
                })?;
            }
            Ok(id)
        })?;
        let words = said.words.into_iter().map(|(word, says)| SpokenWord { word, says }).collect();
        Ok(Json(TextScored {
            id,
            known_at: milliseconds(now),
            score: row.score,
            label: row.tone,
            confidence: said.confidence,
            words,
        }))
    })
    .await
}

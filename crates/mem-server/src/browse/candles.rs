//! Series and their candles.

use axum::Json;
use axum::extract::State;
use mem_research::run::SIMULATED_VENUE;
use mem_store::catalog::{Catalog, CatalogError};
use mem_types::{Bars, SeriesKey, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::milliseconds;
use crate::error::{ApiError, LookupRefused, Refused};
use crate::query::Query;
use crate::state::{AppState, compute};

/// Candles of one answer at the most.
const MOST: usize = 20_000;

/// All series of candles.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SeriesList {
    series: Vec<SeriesView>,
}

/// One series of candles.
#[derive(Debug, Serialize, ToSchema)]
struct SeriesView {
    venue: String,
    symbol: String,
    timeframe: String,
    bars: u64,
    /// Open of the first.
    first: i64,
    /// Open of the last.
    last: i64,
    /// Whether they were made up.
    simulated: bool,
}

/// All series of candles.
#[utoipa::path(get, path = "/api/series", tag = "pages", responses(
    (status = 200, description = "The series", body = SeriesList),
    Refused,
))]
pub(crate) async fn series(State(state): State<AppState>) -> Result<Json<SeriesList>, ApiError> {
    let catalog = state.parts.catalog.clone();
    compute(move || {
        let all = catalog.list().map_err(|error| ApiError::internal(&error))?;
        let views = all.into_iter().filter_map(|info| {
            let key = info.series.key()?;
            Some(SeriesView {
                simulated: key.venue.as_str() == SIMULATED_VENUE,
                venue: key.venue.to_string(),
                symbol: key.symbol.to_string(),
                timeframe: key.timeframe.to_string(),
                bars: info.rows,
                first: milliseconds(info.first),
                last: milliseconds(info.last),
            })
        });
        Ok(Json(SeriesList { series: views.collect() }))
    })
    .await
}

/// Which candles.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Window {
    /// Venue.
    venue: String,
    /// Symbol.
    symbol: String,
    /// Length of the candles.
    timeframe: String,
    /// How many, 1 to 20,000.
    #[serde(default = "two_thousand")]
    #[param(default = 2000, minimum = 1, maximum = 20000)]
    limit: usize,
    /// Only candles that open before this time.
    before: Option<i64>,
}

fn two_thousand() -> usize {
    2_000
}

/// Candles as columns, the oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BarsView {
    venue: String,
    symbol: String,
    timeframe: String,
    timeframe_ms: i64,
    /// Whether they were made up.
    simulated: bool,
    /// Whether there are older ones.
    more: bool,
    /// When they opened.
    ts: Vec<i64>,
    open: Vec<f64>,
    high: Vec<f64>,
    low: Vec<f64>,
    close: Vec<f64>,
    volume: Vec<Option<f64>>,
}

/// The latest candles of a series, or those before a time.
#[utoipa::path(get, path = "/api/bars", tag = "pages", params(Window), responses(
    (status = 200, description = "The candles", body = BarsView),
    LookupRefused,
))]
pub(crate) async fn bars(
    State(state): State<AppState>,
    Query(window): Query<Window>,
) -> Result<Json<BarsView>, ApiError> {
    let catalog = state.parts.catalog.clone();
    compute(move || {
        let (key, all, rows) = window.load(&catalog)?;
        let view = all.view().slice(rows.clone());
        Ok(Json(BarsView {
            simulated: key.venue.as_str() == SIMULATED_VENUE,
            venue: key.venue.to_string(),
            symbol: key.symbol.to_string(),
            timeframe: key.timeframe.to_string(),
            timeframe_ms: key.timeframe.nanos() / 1_000_000,
            more: rows.start > 0,
            ts: view.ts_ns.iter().map(|ns| ns / 1_000_000).collect(),
            open: view.open.to_vec(),
            high: view.high.to_vec(),
            low: view.low.to_vec(),
            close: view.close.to_vec(),
            volume: view.volume.iter().map(|volume| volume.is_finite().then_some(*volume)).collect(),
        }))
    })
    .await
}

impl Window {
    pub(crate) fn new(
        venue: String,
        symbol: String,
        timeframe: String,
        limit: Option<usize>,
        before: Option<i64>,
    ) -> Self {
        Self { venue, symbol, timeframe, limit: limit.unwrap_or_else(two_thousand), before }
    }

    /// The series, its candles up to the end of the window, and which of them lie in the window.
    pub(crate) fn load(&self, catalog: &Catalog) -> Result<(SeriesKey, Bars, std::ops::Range<usize>), ApiError> {
        let wrong = |field: &str, error: &dyn std::fmt::Display| ApiError::field(field, error.to_string());
        if !(1..=MOST).contains(&self.limit) {
            return Err(ApiError::field("limit", format!("{} is not allowed: expected 1 to {MOST}", self.limit)));
        }
        let key = SeriesKey {
            venue: self.venue.parse().map_err(|error: mem_types::NameError| wrong("venue", &error))?,
            symbol: self.symbol.parse().map_err(|error: mem_types::NameError| wrong("symbol", &error))?,
            timeframe: self.timeframe.parse().map_err(|error: mem_types::TimeframeError| wrong("timeframe", &error))?,
        };
        let before = self
            .before
            .map(|ms| {
                let nanos = ms.checked_mul(1_000_000);
                nanos.map(Timestamp::from_nanos).ok_or_else(|| wrong("before", &format!("{ms} is not a time")))
            })
            .transpose()?;
        let bars = catalog.read_bars(&key, None, before).map_err(|error| match error {
            CatalogError::NotFound { .. } => ApiError::not_found(error.to_string()),
            error => ApiError::internal(&error),
        })?;
        let first = bars.len() - self.limit.min(bars.len());
        let rows = first..bars.len();
        Ok((key, bars, rows))
    }
}

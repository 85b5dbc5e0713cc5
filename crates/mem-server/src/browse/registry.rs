//! What can be computed: indicators with their values, strategies.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use mem_indicators::{ParamKind, ParamSpec, ParamValue, find, registry};
use mem_types::near::nearest;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::candles::Window;
use crate::error::{ApiError, LookupRefused, Refused};
use crate::query::Query;
use crate::state::{AppState, compute};

/// All indicators.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IndicatorList {
    indicators: Vec<IndicatorView>,
}

/// One indicator.
#[derive(Debug, Serialize, ToSchema)]
struct IndicatorView {
    name: &'static str,
    title: &'static str,
    category: String,
    outputs: &'static [&'static str],
    uses_volume: bool,
    formula: &'static str,
    source: &'static str,
    params: Vec<ParamView>,
}

/// A number or a word.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "the form of a field for the API's description")]
pub(crate) enum ParamValueSchema {
    Number(f64),
    Word(String),
}

/// One parameter.
#[derive(Debug, Serialize, ToSchema)]
struct ParamView {
    name: &'static str,
    /// int, float or choice.
    kind: &'static str,
    #[schema(value_type = ParamValueSchema)]
    default: ParamValue,
    /// Smallest number.
    min: Option<f64>,
    /// Largest number.
    max: Option<f64>,
    /// Words that may be chosen.
    options: Option<&'static [&'static str]>,
    doc: &'static str,
}

fn view(param: &ParamSpec) -> ParamView {
    let (kind, min, max, options) = match param.kind {
        ParamKind::Int { min, max, .. } => ("int", Some(min as f64), Some(max as f64), None),
        ParamKind::Float { min, max, .. } => ("float", Some(min), Some(max), None),
        ParamKind::Choice { options, .. } => ("choice", None, None, Some(options)),
    };
    ParamView { name: param.name, kind, default: param.kind.default_value(), min, max, options, doc: param.doc }
}

/// All indicators with their parameters.
#[utoipa::path(get, path = "/api/indicators", tag = "pages", responses(
    (status = 200, description = "The indicators", body = IndicatorList),
    Refused,
))]
pub(crate) async fn indicators() -> Json<IndicatorList> {
    let views = registry().iter().map(|spec| IndicatorView {
        name: spec.name,
        title: spec.title,
        category: spec.category.to_string(),
        outputs: spec.outputs,
        uses_volume: spec.uses_volume,
        formula: spec.formula,
        source: spec.source,
        params: spec.params.iter().map(view).collect(),
    });
    Json(IndicatorList { indicators: views.collect() })
}

/// All strategies.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StrategyList {
    strategies: Vec<StrategyView>,
}

/// One strategy.
#[derive(Debug, Serialize, ToSchema)]
struct StrategyView {
    name: &'static str,
    title: &'static str,
    summary: &'static str,
    params: Vec<ParamView>,
}

/// All strategies with their parameters.
#[utoipa::path(get, path = "/api/strategies", tag = "pages", responses(
    (status = 200, description = "The strategies", body = StrategyList),
    Refused,
))]
pub(crate) async fn strategies() -> Json<StrategyList> {
    let views = mem_strategy::builtins().iter().map(|spec| StrategyView {
        name: spec.name,
        title: spec.title,
        summary: spec.summary,
        params: spec.params.iter().map(view).collect(),
    });
    Json(StrategyList { strategies: views.collect() })
}

/// Which indicator on which candles.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ValuesQuery {
    /// Name of the indicator.
    name: String,
    /// Parameters that do not have their defaults: `period=21,method=fibonacci`.
    #[serde(default)]
    params: String,
    /// Venue.
    venue: String,
    /// Symbol.
    symbol: String,
    /// Length of the candles.
    timeframe: String,
    /// How many, 1 to 20,000.
    #[param(default = 2000, minimum = 1, maximum = 20000)]
    limit: Option<usize>,
    /// Only candles that open before this time.
    before: Option<i64>,
}

/// Values of an indicator, row by row those of `/api/bars` with the same window.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ValuesView {
    name: &'static str,
    /// Every parameter with the value that was used.
    #[schema(value_type = BTreeMap<String, ParamValueSchema>)]
    params: BTreeMap<String, ParamValue>,
    /// Candles before the last of the outputs is defined.
    warmup: usize,
    /// When the candles opened.
    ts: Vec<i64>,
    /// By output.
    outputs: BTreeMap<&'static str, Vec<Option<f64>>>,
}

/// Values of an indicator on candles of the catalog, computed from all earlier candles too.
#[utoipa::path(get, path = "/api/indicators/values", tag = "pages", params(ValuesQuery), responses(
    (status = 200, description = "The values", body = ValuesView),
    LookupRefused,
))]
pub(crate) async fn values(
    State(state): State<AppState>,
    Query(query): Query<ValuesQuery>,
) -> Result<Json<ValuesView>, ApiError> {
    let spec = find(&query.name).ok_or_else(|| {
        let hint = nearest(&query.name, registry().iter().map(|spec| spec.name));
        ApiError::field("name", format!("there is no indicator '{}'{hint}", query.name))
    })?;
    let given = query
        .params
        .split(',')
        .filter(|param| !param.is_empty())
        .map(|param| {
            let (name, value) = param
                .split_once('=')
                .ok_or_else(|| ApiError::field("params", format!("'{param}' is not NAME=VALUE")))?;
            Ok((name.trim().to_owned(), value.trim().parse::<ParamValue>().unwrap_or_else(|never| match never {})))
        })
        .collect::<Result<Vec<_>, ApiError>>()?;
    let params = spec.resolve(&given).map_err(|error| ApiError::field("params", error.to_string()))?;
    let window = Window::new(query.venue, query.symbol, query.timeframe, query.limit, query.before);
    let catalog = state.parts.catalog.clone();
    compute(move || {
        let (_, bars, rows) = window.load(&catalog)?;
        let columns = spec.batch(bars.view(), &params);
        let defined = |column: &Vec<f64>| {
            column[rows.clone()].iter().map(|value| value.is_finite().then_some(*value)).collect::<Vec<_>>()
        };
        Ok(Json(ValuesView {
            name: spec.name,
            warmup: spec.warmup(&params),
            ts: bars.view().ts_ns[rows.clone()].iter().map(|ns| ns / 1_000_000).collect(),
            outputs: spec.outputs.iter().copied().zip(columns.iter().map(defined)).collect(),
            params: params.iter().map(|(name, value)| (name.to_owned(), value.clone())).collect(),
        }))
    })
    .await
}

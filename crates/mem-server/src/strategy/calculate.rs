//! `POST /api/strategy/indicators/calculate`: any indicator on the candles sent.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use mem_indicators::{IndicatorSpec, ParamValue, find, registry};
use mem_types::Bars;
use mem_types::near::nearest;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::body::JsonBody;
use crate::browse::ParamValueSchema;
use crate::cache::key;
use crate::candles::{Envelope, enough};
use crate::error::{ApiError, BodyRefused};
use crate::state::{AppState, compute};

/// Values from the end that are answered where nothing is said.
const TAIL: usize = 10;

/// What is asked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CalculateRequest {
    /// Candles.
    data: Envelope,
    /// Names, or names with parameters; at least one, each name once.
    #[schema(min_items = 1)]
    indicators: Vec<Wanted>,
    /// How many values from the end, 1 to 1,000,000.
    #[serde(default = "tail")]
    #[schema(default = 10, minimum = 1, maximum = 1000000)]
    tail: usize,
}

fn tail() -> usize {
    TAIL
}

/// An indicator: its name, or its name with parameters and how its results are called.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(as = WantedIndicator)]
enum Wanted {
    Name(String),
    With(WantedWith),
}

/// An indicator with parameters.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WantedWith {
    /// Name of the indicator.
    name: String,
    /// Parameters that do not have their defaults: numbers or words.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, ParamValueSchema>)]
    params: BTreeMap<String, ParamValue>,
    /// What its results are called in the answer; its name where absent.
    label: Option<String>,
}

#[derive(Debug, Serialize)]
struct CalculateResponse {
    success: bool,
    results: serde_json::Map<String, Value>,
    timestamps: Vec<String>,
}

/// The values.
#[derive(Debug, Serialize, ToSchema)]
#[allow(dead_code, reason = "the form of the response for the API's description")]
pub(super) struct CalculateAnswer {
    /// Always true.
    success: bool,
    /// By label: an array for an indicator with one output, an object of arrays for one with several. Undefined values
    /// are null.
    #[schema(value_type = Object)]
    results: Value,
    /// Opens of the candles that the values belong to, RFC 3339.
    timestamps: Vec<String>,
    /// Whether it came from the cache.
    cached: bool,
}

/// Any indicator on the candles sent.
#[utoipa::path(post, path = "/api/strategy/indicators/calculate", tag = "strategy", request_body = CalculateRequest,
    responses(
        (status = 200, description = "The last values of each indicator", body = CalculateAnswer),
    BodyRefused,
))]
pub(super) async fn calculate(State(state): State<AppState>, body: JsonBody) -> Result<Response, ApiError> {
    let key = key("calculate", &[&body.0]);
    state.cache.answer(key, compute(move || answer(&body))).await
}

fn answer(body: &JsonBody) -> Result<CalculateResponse, ApiError> {
    let request: CalculateRequest = body.read()?;
    if request.indicators.is_empty() {
        return Err(ApiError::field("indicators", "no indicators specified"));
    }
    if !(1..=1_000_000).contains(&request.tail) {
        return Err(ApiError::field("tail", format!("{} is not allowed: expected 1 to 1000000", request.tail)));
    }
    let bars = request.data.into_bars("data")?;
    let mut results = serde_json::Map::new();
    for (index, wanted) in request.indicators.into_iter().enumerate() {
        let field = format!("indicators[{index}]");
        let WantedWith { name, params, label } = match wanted {
            Wanted::Name(name) => WantedWith { name, params: BTreeMap::new(), label: None },
            Wanted::With(with) => with,
        };
        let spec = find(&name).ok_or_else(|| {
            let hint = nearest(&name, registry().iter().map(|spec| spec.name));
            ApiError::field(field.as_str(), format!("there is no indicator '{name}'{hint}"))
        })?;
        let label = label.unwrap_or(name);
        if results.contains_key(&label) {
            return Err(ApiError::field(field, format!("'{label}' is asked for twice: give each its own label")));
        }
        let params: Vec<(String, ParamValue)> = params.into_iter().collect();
        results.insert(label, values(spec, &params, &bars, request.tail, &field)?);
    }
    let first = bars.len() - request.tail.min(bars.len());
    let timestamps = (first..bars.len()).map(|index| bars.view().ts(index).to_string()).collect();
    Ok(CalculateResponse { success: true, results, timestamps })
}

fn values(
    spec: &IndicatorSpec,
    params: &[(String, ParamValue)],
    bars: &Bars,
    tail: usize,
    field: &str,
) -> Result<Value, ApiError> {
    let params = spec.resolve(params).map_err(|error| match &error {
        mem_indicators::IndicatorError::Conflict { .. } => {
            ApiError::cannot(format!("{field}.params"), error.to_string())
        }
        _ => ApiError::field(format!("{field}.params"), error.to_string()),
    })?;
    // The first of its outputs must be defined somewhere.
    let warmup = spec.warmups(&params).into_iter().min().unwrap_or(0);
    enough(bars, warmup + 1, "data", spec.name)?;
    let columns = spec.batch(bars.view(), &params);
    let tail = |column: &[f64]| -> Value {
        let values = &column[column.len() - tail.min(column.len())..];
        json!(values.iter().map(|value| value.is_finite().then_some(*value)).collect::<Vec<_>>())
    };
    if let [column] = columns.as_slice() {
        return Ok(tail(column));
    }
    let named = spec.outputs.iter().zip(&columns).map(|(name, column)| (reference_name(spec.name, name), tail(column)));
    Ok(Value::Object(named.map(|(name, values)| (name.to_owned(), values)).collect()))
}

/// The reference calls some outputs otherwise.
fn reference_name(indicator: &str, output: &'static str) -> &'static str {
    match (indicator, output) {
        ("macd", "line") => "macd",
        ("macd", "hist") => "histogram",
        ("bollinger_bands", "mid") => "middle",
        _ => output,
    }
}

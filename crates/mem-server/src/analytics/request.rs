//! What the requests have in common: which candles, which strategy, which costs.

use std::collections::BTreeMap;
use std::str::FromStr;

use jiff::ToSpan;
use mem_indicators::ParamValue;
use mem_research::{Fees, SimConfig};
use mem_strategy::{Strategy, build, builtins};
use mem_types::near::nearest;
use mem_types::{SeriesKey, Symbol, Timeframe, Timestamp, Venue};

use crate::error::ApiError;
use crate::state::{AppState, compute};

/// Symbols of one request at the most.
const MOST_SYMBOLS: usize = 1_000;

/// The series of a request and where they begin.
#[derive(Debug, Clone)]
pub(super) struct Data {
    pub(super) keys: Vec<SeriesKey>,
    pub(super) timeframe: Timeframe,
    pub(super) venue: Option<Venue>,
    pub(super) from: Option<Timestamp>,
}

/// Finds the series of some symbols, and the beginning of a period that ends with the last bar of any of them.
pub(super) async fn data(
    state: &AppState,
    symbols: Vec<String>,
    field: &'static str,
    venue: Option<String>,
    interval: &str,
    period: &str,
) -> Result<Data, ApiError> {
    if symbols.is_empty() {
        return Err(ApiError::field(field, "no symbols provided"));
    }
    if symbols.len() > MOST_SYMBOLS {
        return Err(ApiError::field(field, format!("{} symbols are too many: {MOST_SYMBOLS} at most", symbols.len())));
    }
    let timeframe = timeframe(interval)?;
    let back = Back::from_str(period)?;
    let symbols = symbols
        .iter()
        .map(|symbol| symbol.parse::<Symbol>().map_err(|error| ApiError::field(field, error.to_string())))
        .collect::<Result<Vec<_>, _>>()?;
    if let Some(twice) = symbols.iter().enumerate().find(|(index, symbol)| symbols[..*index].contains(symbol)) {
        return Err(ApiError::field(field, format!("{} is named twice", twice.1)));
    }
    let venue = venue
        .map(|venue| venue.parse::<Venue>().map_err(|error| ApiError::field("venue", error.to_string())))
        .transpose()?;
    let catalog = state.parts.catalog.clone();
    compute(move || {
        let keys = catalog
            .find(&symbols, venue.as_ref(), timeframe)
            .map_err(|error| ApiError::cannot(field, error.to_string()))?;
        let mut last: Option<Timestamp> = None;
        for key in &keys {
            let info = catalog.info(&mem_store::catalog::Series::bars(key));
            let info = info.map_err(|error| ApiError::internal(&error))?;
            last = last.max(Some(info.last));
        }
        let from = last.and_then(|last| back.before(last));
        Ok(Data { keys, timeframe, venue, from })
    })
    .await
}

/// A timeframe as yfinance or as MEM writes it.
fn timeframe(interval: &str) -> Result<Timeframe, ApiError> {
    let ours = interval.strip_suffix("wk").map(|count| format!("{count}w"));
    let text = ours.as_deref().unwrap_or(interval);
    text.parse().map_err(|error: mem_types::TimeframeError| ApiError::field("interval", error.to_string()))
}

/// How far back a period goes.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Back {
    Days(i32),
    Months(i32),
    Years(i32),
    Everything,
}

impl FromStr for Back {
    type Err = ApiError;

    fn from_str(period: &str) -> Result<Self, ApiError> {
        if period == "max" {
            return Ok(Self::Everything);
        }
        let digits = period.find(|c: char| !c.is_ascii_digit()).unwrap_or(period.len());
        let (count, unit) = period.split_at(digits);
        let wrong = || {
            ApiError::field("period", format!("'{period}' is no period: expected a number and d, wk, mo or y, or max"))
        };
        let count: i32 = count.parse().ok().filter(|count| (1..=10_000).contains(count)).ok_or_else(wrong)?;
        match unit {
            "d" => Ok(Self::Days(count)),
            "wk" | "w" => Ok(Self::Days(count * 7)),
            "mo" => Ok(Self::Months(count)),
            "y" if count <= 200 => Ok(Self::Years(count)),
            _ => Err(wrong()),
        }
    }
}

impl Back {
    /// The instant that lies so far before another; `None` for everything.
    fn before(self, last: Timestamp) -> Option<Timestamp> {
        let span = match self {
            Self::Days(count) => count.days(),
            Self::Months(count) => count.months(),
            Self::Years(count) => count.years(),
            Self::Everything => return None,
        };
        let last = jiff::Timestamp::from_nanosecond(i128::from(last.as_nanos())).ok()?;
        let from = last.to_zoned(jiff::tz::TimeZone::UTC).checked_sub(span).ok()?;
        i64::try_from(from.timestamp().as_nanosecond()).ok().map(Timestamp::from_nanos)
    }
}

/// A strategy, and the parameters that were given for it.
type Built = (Box<dyn Strategy>, Vec<(String, ParamValue)>);

/// The strategy of a request with its parameters; `min_confidence` where the strategy has it.
pub(super) fn strategy(
    name: &str,
    params: &BTreeMap<String, ParamValue>,
    min_confidence: Option<f64>,
    field: &str,
) -> Result<Built, ApiError> {
    let at = |name: &str| if field.is_empty() { name.to_owned() } else { format!("{field}.{name}") };
    let spec = builtins().iter().find(|spec| spec.name == name).ok_or_else(|| {
        let hint = nearest(name, builtins().iter().map(|spec| spec.name));
        ApiError::field(at("strategy"), format!("there is no strategy '{name}'{hint}"))
    })?;
    let mut given: Vec<(String, ParamValue)> =
        params.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let has_confidence = spec.params.iter().any(|param| param.name == "min_confidence");
    if let Some(confidence) = min_confidence {
        if !(0.0..=100.0).contains(&confidence) {
            return Err(ApiError::field(
                at("min_confidence"),
                format!("{confidence} is not allowed: expected 0 to 100"),
            ));
        }
        if has_confidence && !params.contains_key("min_confidence") {
            given.push(("min_confidence".to_owned(), ParamValue::Float(confidence)));
        }
    }
    let built = build(name, &given).map_err(|error| ApiError::field(at("params"), error.to_string()))?;
    Ok((built, given))
}

/// The server's assumptions with a request's costs and capital.
pub(super) fn simulation(
    state: &AppState,
    strategy: &dyn Strategy,
    commission: f64,
    capital: f64,
    capital_field: &'static str,
) -> Result<SimConfig, ApiError> {
    if !(0.0..=0.1).contains(&commission) {
        return Err(ApiError::field("commission", format!("{commission} is not allowed: expected 0 to 0.1")));
    }
    if !(1e-6..=1e15).contains(&capital) {
        return Err(ApiError::field(capital_field, format!("{capital} is not allowed: expected 0.000001 to 1e15")));
    }
    let sim = state.parts.simulation.clone().recommended_by(strategy);
    Ok(SimConfig { fees: Fees { maker: commission, taker: commission }, initial_capital: capital, ..sim })
}

pub(super) fn one_year() -> String {
    "1y".to_owned()
}

pub(super) fn one_day() -> String {
    "1d".to_owned()
}

pub(super) fn fast_score() -> String {
    "fast_score".to_owned()
}

pub(super) fn sixty() -> f64 {
    60.0
}

pub(super) fn tenth_percent() -> f64 {
    0.001
}

pub(super) fn ten_thousand() -> f64 {
    10_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_go_back_by_the_calendar() {
        let last: Timestamp = "2024-03-31T12:00:00Z".parse().unwrap();
        for (period, from) in [
            ("1y", Some("2023-03-31T12:00:00Z")),
            ("1mo", Some("2024-02-29T12:00:00Z")),
            ("5d", Some("2024-03-26T12:00:00Z")),
            ("2wk", Some("2024-03-17T12:00:00Z")),
            ("max", None),
        ] {
            let back = Back::from_str(period).map_err(|error| error.body().error).unwrap();
            assert_eq!(back.before(last), from.map(|from| from.parse().unwrap()), "{period}");
        }
        for wrong in ["", "y", "0d", "1", "1h", "-1y", "99999d", "999y"] {
            assert!(Back::from_str(wrong).is_err(), "{wrong}");
        }
    }
}

//! The candle envelope: `{"data": [{"timestamp", "open", "high", "low", "close", "volume"}, …]}`.
//!
//! Numbers may be written as text. A timestamp is a number (seconds, milliseconds, microseconds or nanoseconds since the
//! Unix epoch, told apart by their size) or RFC 3339 text or a date. Other columns are ignored. Every candle is checked:
//! prices finite and positive, high and low enclosing open and close, times strictly increasing.

use std::fmt;

use mem_types::{Bars, BarsError, Timestamp};
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::ApiError;

/// Candles as a client sends them.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct Envelope {
    /// The candles, oldest first, at least one.
    #[schema(min_items = 1)]
    data: Vec<Candle>,
}

/// One candle.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct Candle {
    /// When it opened: a number since the Unix epoch (s, ms, us, ns) or RFC 3339 text.
    #[schema(value_type = TimeSchema)]
    timestamp: Time,
    #[schema(value_type = NumberSchema)]
    open: Number,
    #[schema(value_type = NumberSchema)]
    high: Number,
    #[schema(value_type = NumberSchema)]
    low: Number,
    #[schema(value_type = NumberSchema)]
    close: Number,
    #[schema(value_type = NumberSchema)]
    volume: Number,
}

/// A number, or a number written as text.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "the form of a field for the API's description")]
pub(crate) enum NumberSchema {
    Number(f64),
    Text(String),
}

/// A time: whole units since the Unix epoch, or text.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "the form of a field for the API's description")]
pub(crate) enum TimeSchema {
    Units(f64),
    Text(String),
}

#[derive(Debug, Clone, Copy)]
struct Number(f64);

#[derive(Debug, Clone, Copy)]
struct Time(Timestamp);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AsNumber;
        impl Visitor<'_> for AsNumber {
            type Value = Number;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }
            fn visit_f64<E>(self, value: f64) -> Result<Number, E> {
                Ok(Number(value))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Number, E> {
                Ok(Number(value as f64))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Number, E> {
                Ok(Number(value as f64))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Number, E> {
                let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
                number.map(Number).ok_or_else(|| E::custom(format!("'{text}' is not a number")))
            }
        }
        deserializer.deserialize_any(AsNumber)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AsTime;
        impl Visitor<'_> for AsTime {
            type Value = Time;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time: seconds, milliseconds, microseconds or nanoseconds, or RFC 3339 text")
            }
            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Time, E> {
                of_units(value as f64, value).ok_or_else(|| E::custom(format!("{value} is not a time")))
            }
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Time, E> {
                let whole = i64::try_from(value).ok();
                whole
                    .and_then(|whole| of_units(whole as f64, whole))
                    .ok_or_else(|| E::custom(format!("{value} is not a time")))
            }
            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Time, E> {
                let time = of_units(value, value as i64).filter(|_| value.is_finite());
                time.ok_or_else(|| E::custom(format!("{value} is not a time")))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Time, E> {
                if let Ok(time) = text.parse() {
                    return Ok(Time(time));
                }
                let text = text.trim();
                // What pandas prints: a space for the T, perhaps no zone.
                let has_space = text.as_bytes().get(10) == Some(&b' ');
                let with_t = if has_space { text.replacen(' ', "T", 1) } else { text.to_owned() };
                let with_zone = if with_t.len() >= 16 && !has_zone(&with_t) { format!("{with_t}Z") } else { with_t };
                let wrong = || E::custom(format!("'{text}' is not a time (expected RFC 3339)"));
                with_zone.parse().map(Time).map_err(|_| wrong())
            }
        }
        deserializer.deserialize_any(AsTime)
    }
}

fn has_zone(text: &str) -> bool {
    text.ends_with(['Z', 'z']) || text.get(10..).is_some_and(|time| time.contains(['+', '-']))
}

/// Units by their size: what is below 1e11 are seconds up to the year 5138, what is below 1e14 milliseconds, and so on.
fn of_units(size: f64, whole: i64) -> Option<Time> {
    let scale = match size.abs() {
        size if size < 1e11 => 1_000_000_000,
        size if size < 1e14 => 1_000_000,
        size if size < 1e17 => 1_000,
        _ => 1,
    };
    let fraction = ((size - whole as f64) * scale as f64).round() as i64;
    whole.checked_mul(scale)?.checked_add(fraction).map(|nanos| Time(Timestamp::from_nanos(nanos)))
}

impl Envelope {
    /// The candles as checked columns; `field` is where the envelope stands in the request.
    pub(crate) fn into_bars(self, field: &str) -> Result<Bars, ApiError> {
        if self.data.is_empty() {
            return Err(ApiError::field(format!("{field}.data"), "there are no candles"));
        }
        let mut columns = [const { Vec::new() }; 5];
        for column in &mut columns {
            column.reserve_exact(self.data.len());
        }
        let mut times = Vec::with_capacity(self.data.len());
        for candle in &self.data {
            times.push(candle.timestamp.0.as_nanos());
            let values = [candle.open, candle.high, candle.low, candle.close, candle.volume];
            for (column, value) in columns.iter_mut().zip(values) {
                column.push(value.0);
            }
        }
        let [open, high, low, close, volume] = columns;
        Bars::from_columns(times, open, high, low, close, volume).map_err(|error| match error {
            BarsError::Fault { index, fault, .. } => {
                ApiError::field(format!("{field}.data[{index}]"), fault.to_string())
            }
            BarsError::TimeNotIncreasing { index, .. } => ApiError::field(
                format!("{field}.data[{index}].timestamp"),
                "it is not later than the candle before it: candles are sent oldest first, each once",
            ),
            BarsError::Lengths(_) => ApiError::internal(&error),
        })
    }
}

/// Fewer bars than are needed: 422 that says how many.
pub(crate) fn enough(bars: &Bars, needed: usize, field: &str, what: &str) -> Result<(), ApiError> {
    if bars.len() >= needed {
        return Ok(());
    }
    Err(ApiError::cannot(
        format!("{field}.data"),
        format!("{what} needs at least {needed} candles, here are {}", bars.len()),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(timestamp: &str) -> Result<Timestamp, String> {
        let candle = format!(
            r#"{{"data":[{{"timestamp":{timestamp},"open":"1","high":2,"low":1.0,"close":1.5,"volume":"7.5","extra":null}}]}}"#
        );
        let envelope: Envelope = serde_json::from_str(&candle).map_err(|error| error.to_string())?;
        let bars = envelope.into_bars("data").map_err(|error| error.body().error)?;
        assert_eq!((bars.view().open[0], bars.view().volume[0]), (1.0, 7.5));
        Ok(bars.view().ts(0))
    }

    #[test]
    fn times_in_every_dress() {
        let at: Timestamp = "2024-01-02T03:00:00Z".parse().unwrap();
        for text in [
            "1704164400",
            "1704164400000",
            "1704164400000000",
            "1704164400000000000",
            "1704164400.0",
            "\"2024-01-02T03:00:00Z\"",
            "\"2024-01-02T03:00:00\"",
            "\"2024-01-02 03:00:00\"",
            "\"2024-01-02 03:00:00+00:00\"",
            "\"2024-01-02T05:00:00+02:00\"",
        ] {
            assert_eq!(read(text), Ok(at), "{text}");
        }
        assert_eq!(read("\"2024-01-02\""), Ok("2024-01-02T00:00:00Z".parse().unwrap()));
        for text in ["null", "true", "\"yesterday\"", "1e300", "{}"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}

//! What the crate promises, kept against made-up bars and against other people's numbers.

mod made_up;
mod stock_indicators;
mod talib;

use mem_indicators::{IndicatorSpec, ParamValue, Params};

/// Parameters as text: whole numbers, numbers, words.
fn params_of(spec: &IndicatorSpec, given: &[(&str, &str)]) -> Params {
    let value = |text: &str| {
        text.parse()
            .map(ParamValue::Int)
            .or_else(|_| text.parse().map(ParamValue::Float))
            .unwrap_or_else(|_| ParamValue::Choice(text.to_owned()))
    };
    let given: Vec<_> = given.iter().map(|(name, text)| ((*name).to_owned(), value(text))).collect();
    spec.resolve(&given).expect("parameters in range")
}

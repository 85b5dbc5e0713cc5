//! Formulas for people: `log_return(close, 24)`.

use std::fmt;

use super::expr::{Column, Expr, SentimentMeasure, resolve};

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "open",
            Self::High => "high",
            Self::Low => "low",
            Self::Close => "close",
            Self::Volume => "volume",
        })
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = |f: &mut fmt::Formatter<'_>, name: &str, x: &Self, bars: usize| write!(f, "{name}({x}, {bars})");
        match self {
            Self::Bar(column) => column.fmt(f),
            Self::Indicator { name, params, output } => {
                f.write_str(name)?;
                if let Ok((spec, params)) = resolve(name, params) {
                    if params.iter().next().is_some() {
                        write!(f, "({params})")?;
                    }
                    if spec.outputs.len() == 1 {
                        return Ok(());
                    }
                }
                write!(f, ".{output}")
            }
            Self::Reference { role, column, .. } => write!(f, "{role}.{column}"),
            Self::Sentiment { source, measure, half_life_hours } => {
                let measure = match measure {
                    SentimentMeasure::Mean => "mean",
                    SentimentMeasure::Spread => "spread",
                    SentimentMeasure::Weight => "weight",
                };
                write!(f, "{source}.{measure}({half_life_hours}h)")
            }
            Self::Calendar(part) => part.fmt(f),
            Self::Constant(number) => number.fmt(f),
            Self::Log(x) => write!(f, "log({x})"),
            Self::Abs(x) => write!(f, "|{x}|"),
            Self::Sign(x) => write!(f, "sign({x})"),
            Self::Sqrt(x) => write!(f, "sqrt({x})"),
            Self::Plus(x, y) => write!(f, "({x} + {y})"),
            Self::Minus(x, y) => write!(f, "({x} - {y})"),
            Self::Times(x, y) => write!(f, "({x} * {y})"),
            Self::Over(x, y) => write!(f, "({x} / {y})"),
            Self::Lag(x, bars) => one(f, "lag", x, *bars),
            Self::Change(x, bars) => one(f, "change", x, *bars),
            Self::LogReturn(x, bars) => one(f, "log_return", x, *bars),
            Self::Mean(x, bars) => one(f, "mean", x, *bars),
            Self::StdDev(x, bars) => one(f, "std_dev", x, *bars),
            Self::ZScore(x, bars) => one(f, "z_score", x, *bars),
            Self::Highest(x, bars) => one(f, "highest", x, *bars),
            Self::Lowest(x, bars) => one(f, "lowest", x, *bars),
            Self::Position(x, bars) => one(f, "position", x, *bars),
            Self::Rank(x, bars) => one(f, "rank", x, *bars),
            Self::Slope(x, bars) => one(f, "slope", x, *bars),
            Self::Skew(x, bars) => one(f, "skew", x, *bars),
            Self::Kurtosis(x, bars) => one(f, "kurtosis", x, *bars),
            Self::Correlation(x, y, bars) => write!(f, "correlation({x}, {y}, {bars})"),
            Self::Beta(x, y, bars) => write!(f, "beta({x}, {y}, {bars})"),
        }
    }
}

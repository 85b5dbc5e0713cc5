//! Formulas written briefly: `Expr::close().log_return(24)`.

use mem_indicators::ParamValue;

use super::expr::{Column, Expr, SentimentMeasure};

impl Expr {
    /// Last price of the bar.
    pub fn close() -> Self {
        Self::Bar(Column::Close)
    }

    /// First price of the bar.
    pub fn open() -> Self {
        Self::Bar(Column::Open)
    }

    /// Highest price of the bar.
    pub fn high() -> Self {
        Self::Bar(Column::High)
    }

    /// Lowest price of the bar.
    pub fn low() -> Self {
        Self::Bar(Column::Low)
    }

    /// Volume of the bar.
    pub fn volume() -> Self {
        Self::Bar(Column::Volume)
    }

    /// An output of an indicator, with parameters that differ from its defaults.
    pub fn indicator(name: &str, params: &[(&str, ParamValue)], output: &str) -> Self {
        let params = params.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        Self::Indicator { name: name.to_owned(), params, output: output.to_owned() }
    }

    /// Close of the symbol in `role`, at most three bars old.
    pub fn reference_close(role: &str) -> Self {
        Self::Reference { role: role.to_owned(), column: Column::Close, max_age: 3 }
    }

    /// A measure of the scores of `source`.
    pub fn sentiment(source: &str, measure: SentimentMeasure, half_life_hours: f64) -> Self {
        Self::Sentiment { source: source.to_owned(), measure, half_life_hours }
    }

    /// Natural logarithm.
    pub fn log(self) -> Self {
        Self::Log(self.into())
    }

    /// Distance from zero.
    pub fn abs(self) -> Self {
        Self::Abs(self.into())
    }

    /// Square root.
    pub fn sqrt(self) -> Self {
        Self::Sqrt(self.into())
    }

    /// The sum of both.
    pub fn plus(self, other: Self) -> Self {
        Self::Plus(self.into(), other.into())
    }

    /// The difference.
    pub fn minus(self, other: Self) -> Self {
        Self::Minus(self.into(), other.into())
    }

    /// The product.
    pub fn times(self, other: Self) -> Self {
        Self::Times(self.into(), other.into())
    }

    /// The quotient.
    pub fn over(self, other: Self) -> Self {
        Self::Over(self.into(), other.into())
    }

    /// Value `bars` ago.
    pub fn lag(self, bars: usize) -> Self {
        Self::Lag(self.into(), bars)
    }

    /// Difference over `bars`.
    pub fn change(self, bars: usize) -> Self {
        Self::Change(self.into(), bars)
    }

    /// Logarithmic return over `bars`.
    pub fn log_return(self, bars: usize) -> Self {
        Self::LogReturn(self.into(), bars)
    }

    /// Mean of `bars`.
    pub fn mean(self, bars: usize) -> Self {
        Self::Mean(self.into(), bars)
    }

    /// Sample standard deviation of `bars`.
    pub fn std_dev(self, bars: usize) -> Self {
        Self::StdDev(self.into(), bars)
    }

    /// Standard deviations from the mean of `bars`.
    pub fn z_score(self, bars: usize) -> Self {
        Self::ZScore(self.into(), bars)
    }

    /// Largest of `bars`.
    pub fn highest(self, bars: usize) -> Self {
        Self::Highest(self.into(), bars)
    }

    /// Smallest of `bars`.
    pub fn lowest(self, bars: usize) -> Self {
        Self::Lowest(self.into(), bars)
    }

    /// Rank among `bars`.
    pub fn rank(self, bars: usize) -> Self {
        Self::Rank(self.into(), bars)
    }

    /// Slope per bar over `bars`.
    pub fn slope(self, bars: usize) -> Self {
        Self::Slope(self.into(), bars)
    }

    /// Skewness of `bars`.
    pub fn skew(self, bars: usize) -> Self {
        Self::Skew(self.into(), bars)
    }

    /// Excess kurtosis of `bars`.
    pub fn kurtosis(self, bars: usize) -> Self {
        Self::Kurtosis(self.into(), bars)
    }

    /// Correlation with `other` over `bars`.
    pub fn correlation(self, other: Self, bars: usize) -> Self {
        Self::Correlation(self.into(), other.into(), bars)
    }

    /// Slope on `other` over `bars`.
    pub fn beta(self, other: Self, bars: usize) -> Self {
        Self::Beta(self.into(), other.into(), bars)
    }
}

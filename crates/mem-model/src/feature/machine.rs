//! The parts of formulas as state machines: a value or two in, a value out.

use std::collections::VecDeque;

use mem_indicators::{Sma, StdDev};

use super::expr::Expr;

/// One part of a formula in the middle of a series.
///
/// However values are cut into calls of [`push`](Machine::push) and [`extend`](Machine::extend), the results are the same.
#[derive(Debug, Clone)]
pub(super) enum Machine {
    Constant(f64),
    Log,
    Abs,
    Sign,
    Sqrt,
    Plus,
    Minus,
    Times,
    Over,
    Lag(Last),
    Mean(Sma),
    StdDev(StdDev),
    /// A number of the last values, computed anew at each.
    Of(Last, fn(&Last) -> f64),
    /// A number of the last pairs.
    OfPairs(Last, Last, fn(&Last, &Last) -> f64),
}

impl Machine {
    /// The machine of `expr`; `None` for what is no operation on values: columns, indicators, series, the calendar, and what is short
    /// for something.
    pub(super) fn of(expr: &Expr) -> Option<Self> {
        Some(match expr {
            Expr::Constant(number) => Self::Constant(*number),
            Expr::Log(_) => Self::Log,
            Expr::Abs(_) => Self::Abs,
            Expr::Sign(_) => Self::Sign,
            Expr::Sqrt(_) => Self::Sqrt,
            Expr::Plus(..) => Self::Plus,
            Expr::Minus(..) => Self::Minus,
            Expr::Times(..) => Self::Times,
            Expr::Over(..) => Self::Over,
            Expr::Lag(_, bars) => Self::Lag(Last::new(*bars + 1)),
            Expr::Mean(_, bars) => Self::Mean(Sma::new(*bars)),
            Expr::StdDev(_, bars) => Self::StdDev(StdDev::new(*bars, 1)),
            Expr::Highest(_, bars) => Self::Of(Last::new(*bars), highest),
            Expr::Lowest(_, bars) => Self::Of(Last::new(*bars), lowest),
            Expr::Rank(_, bars) => Self::Of(Last::new(*bars), rank),
            Expr::Slope(_, bars) => Self::Of(Last::new(*bars), slope),
            Expr::Skew(_, bars) => Self::Of(Last::new(*bars), skew),
            Expr::Kurtosis(_, bars) => Self::Of(Last::new(*bars), kurtosis),
            Expr::Correlation(_, _, bars) => Self::OfPairs(Last::new(*bars), Last::new(*bars), correlation),
            Expr::Beta(_, _, bars) => Self::OfPairs(Last::new(*bars), Last::new(*bars), beta),
            _ => return None,
        })
    }

    /// Takes the next value of its first and its second part; a machine of fewer parts does not read them.
    pub(super) fn push(&mut self, x: f64, y: f64) -> f64 {
        match self {
            Self::Constant(number) => *number,
            Self::Log => if_positive(x, libm::log),
            Self::Abs => x.abs(),
            Self::Sign => sign(x),
            Self::Sqrt => x.sqrt(),
            Self::Plus => x + y,
            Self::Minus => x - y,
            Self::Times => x * y,
            Self::Over => over(x, y),
            Self::Lag(last) => {
                last.push(x);
                last.oldest()
            }
            Self::Mean(mean) => mean.push(x),
            Self::StdDev(deviation) => deviation.push(x),
            Self::Of(last, number) => {
                last.push(x);
                if last.is_defined() { number(last) } else { f64::NAN }
            }
            Self::OfPairs(xs, ys, number) => {
                xs.push(x);
                ys.push(y);
                if xs.is_defined() && ys.is_defined() { number(xs, ys) } else { f64::NAN }
            }
        }
    }

    /// Takes the next values at once; all columns have the same length.
    pub(super) fn extend(&mut self, x: &[f64], y: &[f64], out: &mut [f64]) {
        match self {
            Self::Mean(mean) => mean.extend(x, out),
            Self::StdDev(deviation) => deviation.extend(x, out),
            _ => {
                for ((x, y), out) in x.iter().zip(y).zip(out) {
                    *out = self.push(*x, *y);
                }
            }
        }
    }
}

fn if_positive(x: f64, number: fn(f64) -> f64) -> f64 {
    if x > 0.0 { number(x) } else { f64::NAN }
}

fn sign(x: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x / x.abs() }
}

/// Overflows are as undefined as division by zero.
fn over(x: f64, y: f64) -> f64 {
    let quotient = x / y;
    if y == 0.0 || quotient.is_infinite() { f64::NAN } else { quotient }
}

/// The last values of a series.
#[derive(Debug, Clone)]
pub(super) struct Last {
    keep: usize,
    values: VecDeque<f64>,
    /// How many of them are NaN.
    undefined: usize,
}

impl Last {
    fn new(keep: usize) -> Self {
        Self { keep, values: VecDeque::with_capacity(keep + 1), undefined: 0 }
    }

    fn push(&mut self, value: f64) {
        if self.values.len() == self.keep && self.values.pop_front().is_some_and(f64::is_nan) {
            self.undefined -= 1;
        }
        self.undefined += usize::from(value.is_nan());
        self.values.push_back(value);
    }

    /// Whether there are as many as are kept, and all of them are defined.
    fn is_defined(&self) -> bool {
        self.values.len() == self.keep && self.undefined == 0
    }

    /// The first of as many as are kept.
    fn oldest(&self) -> f64 {
        if self.values.len() == self.keep { self.values[0] } else { f64::NAN }
    }

    fn newest(&self) -> f64 {
        self.values[self.keep - 1]
    }

    /// Oldest first.
    fn iter(&self) -> impl DoubleEndedIterator<Item = f64> + '_ {
        self.values.iter().copied()
    }

    fn count(&self) -> f64 {
        self.keep as f64
    }

    fn mean(&self) -> f64 {
        self.iter().sum::<f64>() / self.count()
    }

    /// Mean, and sum of squared distances from it: 0 where values differ by nothing but rounding.
    fn spread(&self) -> (f64, f64) {
        let mean = self.mean();
        let squares: f64 = self.iter().map(|value| (value - mean) * (value - mean)).sum();
        let noise = 4.0 * f64::EPSILON * mean.abs();
        (mean, if squares <= self.count() * noise * noise { 0.0 } else { squares })
    }
}

fn highest(last: &Last) -> f64 {
    last.iter().fold(f64::NEG_INFINITY, f64::max)
}

fn lowest(last: &Last) -> f64 {
    last.iter().fold(f64::INFINITY, f64::min)
}

fn rank(last: &Last) -> f64 {
    let x = last.newest();
    let earlier = last.iter().take(last.keep - 1);
    let below: f64 = earlier.map(|value| if value < x { 1.0 } else { f64::from(u8::from(value == x)) / 2.0 }).sum();
    below / (last.count() - 1.0)
}

fn slope(last: &Last) -> f64 {
    let middle = (last.count() - 1.0) / 2.0;
    let mean = last.mean();
    let product: f64 = last.iter().enumerate().map(|(at, value)| (at as f64 - middle) * (value - mean)).sum();
    // The sum of (at - middle)^2.
    let squares = last.count() * (last.count() * last.count() - 1.0) / 12.0;
    product / squares
}

fn skew(last: &Last) -> f64 {
    let (mean, squares) = last.spread();
    let variance = squares / last.count();
    let third = last.iter().map(|value| (value - mean) * (value - mean) * (value - mean)).sum::<f64>() / last.count();
    over(third, variance * variance.sqrt())
}

fn kurtosis(last: &Last) -> f64 {
    let (mean, squares) = last.spread();
    let variance = squares / last.count();
    let square = |value: f64| (value - mean) * (value - mean);
    let fourth = last.iter().map(|value| square(value) * square(value)).sum::<f64>() / last.count();
    over(fourth, variance * variance) - 3.0
}

/// Sum of the products of distances from the means.
fn product(xs: &Last, x_mean: f64, ys: &Last, y_mean: f64) -> f64 {
    xs.iter().zip(ys.iter()).map(|(x, y)| (x - x_mean) * (y - y_mean)).sum()
}

fn correlation(xs: &Last, ys: &Last) -> f64 {
    let ((x_mean, x_squares), (y_mean, y_squares)) = (xs.spread(), ys.spread());
    over(product(xs, x_mean, ys, y_mean), (x_squares * y_squares).sqrt()).clamp(-1.0, 1.0)
}

fn beta(ys: &Last, xs: &Last) -> f64 {
    let (x_mean, x_squares) = xs.spread();
    over(product(ys, ys.mean(), xs, x_mean), x_squares)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The last value of a formula's machine over a series (and another one).
    fn last(expr: Expr, xs: &[f64], ys: &[f64]) -> f64 {
        let mut machine = Machine::of(&expr).unwrap();
        let mut out = f64::NAN;
        for (index, x) in xs.iter().enumerate() {
            out = machine.push(*x, ys.get(index).copied().unwrap_or(f64::NAN));
        }
        out
    }

    #[test]
    fn numbers_of_windows_by_hand() {
        let x = Expr::close();
        let xs = [9.0, 1.0, 2.0, 3.0, 6.0];
        for (expr, expected) in [
            (x.clone().lag(2), 2.0),
            (x.clone().mean(4), 3.0),
            (x.clone().std_dev(4), (14.0_f64 / 3.0).sqrt()),
            (x.clone().highest(4), 6.0),
            (x.clone().lowest(4), 1.0),
            (x.clone().rank(5), 0.75),
            (x.clone().slope(4), 1.6),
            // Distances -2 -1 0 3: third moment 18/4, variance 14/4, fourth 98/4.
            (x.clone().skew(4), 4.5 / 3.5_f64.powf(1.5)),
            (x.clone().kurtosis(4), 24.5 / 12.25 - 3.0),
        ] {
            let found = last(expr.clone(), &xs, &[]);
            assert!((found - expected).abs() < 1e-14, "{expr}: {found} not {expected}");
        }
        let ys = [0.0, 2.0, 4.0, 6.0, 12.0];
        assert!((last(x.clone().correlation(x.clone(), 4), &xs, &ys) - 1.0).abs() < 1e-15);
        assert!((last(x.clone().beta(x.clone(), 4), &xs, &ys) - 0.5).abs() < 1e-15);
        assert!((last(x.clone().rank(3), &[2.0, 2.0, 2.0], &[]) - 0.5).abs() < 1e-15, "equal ones count half");
    }

    #[test]
    fn what_is_undefined_stays_undefined_as_long_as_it_is_in_the_window() {
        let x = Expr::close();
        let xs = [1.0, f64::NAN, 2.0, 3.0, 5.0];
        for expr in [x.clone().mean(3), x.clone().std_dev(3), x.clone().slope(3), x.clone().highest(3)] {
            let mut machine = Machine::of(&expr).unwrap();
            let defined: Vec<bool> = xs.iter().map(|x| machine.push(*x, 0.0).is_finite()).collect();
            assert_eq!(defined, [false, false, false, false, true], "{expr}");
        }
    }

    #[test]
    fn nothing_is_divided_by_zero() {
        let x = Expr::close();
        let flat = [0.1 + 0.2; 6];
        for expr in [x.clone().skew(5), x.clone().kurtosis(5), x.clone().correlation(x.clone(), 5)] {
            assert!(last(expr.clone(), &flat, &flat).is_nan(), "{expr}");
        }
        assert!(over(1.0, 0.0).is_nan() && over(0.0, 0.0).is_nan() && over(1e300, 1e-300).is_nan());
        assert!(if_positive(0.0, libm::log).is_nan());
        assert_eq!([sign(-2.0), sign(0.0), sign(3.0)], [-1.0, 0.0, 1.0]);
    }
}

//! What became of each row, and what can be said of it without a model.

use mem_types::BarsRef;

use super::super::rows::Rows;
use super::super::target::Target;

/// Bars of the past that rolling volatility may be taken over: the best of these on the training rows is.
const WINDOWS: [usize; 3] = [24, 96, 336];
/// Less volatility than this counts as this: a market that stands still has no logarithm.
const STILL: f64 = 1e-6;

/// What became of rows.
#[derive(Debug)]
pub(super) struct Truths {
    /// What is learned: the logarithmic return until the horizon, or the logarithm of the realised volatility.
    pub(super) values: Vec<f64>,
    /// Logarithms of the rolling volatility over each window, as long as the horizon; empty where volatility is not foreseen.
    rolling: Vec<[f64; WINDOWS.len()]>,
}

impl Truths {
    pub(super) fn of(target: &Target, rows: &Rows) -> Self {
        if *target != Target::Volatility {
            return Self { values: rows.log_returns.clone(), rolling: Vec::new() };
        }
        let squares: Vec<Vec<f64>> = rows.markets.iter().map(|market| squares(market.bars())).collect();
        let values = rows.places.iter().map(|(market, row)| realised(&squares[*market], *row, rows.horizon)).collect();
        let rolling = rows.places.iter().map(|(market, row)| {
            WINDOWS.map(|window| {
                let past = &squares[*market][(row + 1).saturating_sub(window)..=*row];
                logarithm(past.iter().sum::<f64>() / past.len() as f64 * rows.horizon as f64)
            })
        });
        Self { values, rolling: rolling.collect() }
    }
}

/// Squared logarithmic returns of bars, the first 0.
fn squares(bars: BarsRef<'_>) -> Vec<f64> {
    let mut squares = vec![0.0; bars.len()];
    for (at, pair) in bars.close.windows(2).enumerate() {
        let change = libm::log(pair[1] / pair[0]);
        squares[at + 1] = change * change;
    }
    squares
}

/// The logarithm of the volatility of the `horizon` bars after `row`, all of which are there.
fn realised(squares: &[f64], row: usize, horizon: usize) -> f64 {
    logarithm(squares[row + 1..=row + horizon].iter().sum())
}

fn logarithm(variance: f64) -> f64 {
    libm::log(variance.sqrt().max(STILL))
}

/// What is said without a model.
#[derive(Debug)]
pub(super) enum Plain {
    /// The price stays where it is.
    NoChange,
    /// The market goes on as wildly as over this window, times what made that right on average over the training rows, as a logarithm.
    Rolling { window: usize, shift: f64 },
    /// Quantiles of each series' returns in the training rows.
    Historical(Vec<Vec<f64>>),
}

impl Plain {
    /// As it is known from `train`, rows by number.
    pub(super) fn of(target: &Target, rows: &Rows, truths: &Truths, train: &[usize]) -> Self {
        match target {
            Target::Direction | Target::Return => Self::NoChange,
            Target::Volatility => Self::rolling(truths, train),
            Target::Quantiles(levels) => {
                let of = |market: usize| {
                    let own = train.iter().filter(|row| rows.places[**row].0 == market);
                    let mut own: Vec<f64> = own.map(|row| truths.values[*row]).collect();
                    own.sort_by(f64::total_cmp);
                    levels.iter().map(|level| quantile(&own, *level)).collect()
                };
                Self::Historical((0..rows.markets.len()).map(of).collect())
            }
        }
    }

    fn rolling(truths: &Truths, train: &[usize]) -> Self {
        let fitted = (0..WINDOWS.len()).map(|window| {
            let off = |row: &usize| truths.values[*row] - truths.rolling[*row][window];
            let shift = train.iter().map(off).sum::<f64>() / train.len() as f64;
            let loss = train.iter().map(|row| (off(row) - shift) * (off(row) - shift)).sum::<f64>();
            (loss, window, shift)
        });
        let best = fitted.min_by(|one, other| one.0.total_cmp(&other.0));
        let (_, window, shift) = best.expect("there are windows");
        Self::Rolling { window, shift }
    }

    /// What is said of a row, as a model's answer would be.
    pub(super) fn says(&self, rows: &Rows, truths: &Truths, row: usize) -> Vec<f64> {
        match self {
            Self::NoChange => vec![0.0],
            Self::Rolling { window, shift } => vec![libm::exp(truths.rolling[row][*window] + shift)],
            Self::Historical(quantiles) => quantiles[rows.places[row].0].clone(),
        }
    }
}

/// The quantile of ascending values, between neighbours (Hyndman and Fan's seventh definition); 0 without any.
fn quantile(sorted: &[f64], level: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let at = level * last as f64;
    let below = (at as usize).min(last);
    let above = (below + 1).min(last);
    sorted[below] + (at - below as f64) * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        assert_eq!(quantile(&[1.0, 2.0, 3.0, 4.0], 0.5), 2.5);
        assert_eq!((quantile(&[5.0], 0.9), quantile(&[], 0.5)), (5.0, 0.0));
        let squares = [0.0, 0.01, 0.04, 0.09, 0.16];
        assert!((realised(&squares, 1, 2) - 0.13_f64.sqrt().ln()).abs() < 1e-15);
        assert_eq!(logarithm(0.0), STILL.ln());
        // The second window is off by the same each time; the first is right on average only.
        let truths = Truths { values: vec![1.0, 2.0], rolling: vec![[0.0, 0.5, 9.0], [3.0, 1.5, 9.0]] };
        let Plain::Rolling { window, shift } = Plain::rolling(&truths, &[0, 1]) else { panic!() };
        assert_eq!((window, shift), (1, 0.5));
    }
}

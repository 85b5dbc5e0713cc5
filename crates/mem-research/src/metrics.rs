//! An account's curve and its trades in, the usual figures out.
//!
//! What comes in: equity at every bar's close, the capital it began with, the trades. What goes out: [`Metrics`], every
//! figure a fraction or a ratio (0.1 is ten percent), undefined ones `None`, never NaN or infinite. Names and values
//! are those of quantstats 0.0.86 on the same returns unless a field says otherwise.
//!
//! A return is the change of equity from one close to the next, the first from the initial capital to the first close:
//! as many returns as bars. No risk-free rate is deducted. An account that has lost everything returns -100 % once and
//! nothing after that.
//!
//! Modules in reading order: `returns` (moments, drawdown and sums in one pass), `tails` (quantiles of a million
//! returns without sorting them), `trading` (figures of the trades).

mod returns;
mod tails;
mod trading;

use serde::{Deserialize, Serialize};

use crate::calendar::PeriodsPerYear;
use crate::result::{OpenPosition, TradeRecord};
use returns::Curve;
use trading::Trading;

/// Quantile of the standard normal distribution at 5 %.
const NORMAL_5: f64 = -1.644_853_626_951_472_7;

/// Density of the standard normal distribution at that quantile, over 5 %.
const NORMAL_SHORTFALL_5: f64 = 2.062_712_807_507_1;

/// Returns scatter by about so much through rounding alone: less than that is no scatter.
const ROUNDING: f64 = 1e-15;

/// What the figures are computed from.
#[derive(Debug, Clone, Copy)]
pub struct MetricsInput<'a> {
    /// Account value at every bar's close.
    pub equity: &'a [f64],
    /// Account value before the first bar.
    pub initial_capital: f64,
    /// Open times of the bars, as many as `equity`.
    pub ts_ns: &'a [i64],
    /// Closed positions.
    pub trades: &'a [TradeRecord],
    /// The position that was open at the end, if any; it counts for exposure and turnover only.
    pub open_position: Option<&'a OpenPosition>,
    /// How often bars come.
    pub periods: PeriodsPerYear,
}

/// The figures. Fractions and ratios, no percents; `None` is undefined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    /// Bars of a year that annual figures count with.
    pub bars_per_year: f64,
    /// Days of a year of this market: 365 or 252.
    pub days_per_year: f64,

    /// End over start, less one.
    pub total_return: Option<f64>,
    /// Compound annual growth rate: `(end / start)^(bars_per_year / bars) - 1`; -1 if everything was lost.
    pub annual_return: Option<f64>,
    /// Sample standard deviation of returns times the root of `bars_per_year`.
    pub volatility: Option<f64>,
    /// Mean return over their sample standard deviation, times the root of `bars_per_year` (Sharpe 1994).
    pub sharpe: Option<f64>,
    /// Mean return over the root of the mean square of negative returns (all returns counted), annualised as Sharpe.
    pub sortino: Option<f64>,
    /// Annual return over the size of the largest drawdown (Young 1991, over the whole span).
    pub calmar: Option<f64>,
    /// Largest fall from a peak, at most 0; the initial capital is the first peak.
    pub max_drawdown: Option<f64>,
    /// Most bars in a row below the last peak.
    pub max_drawdown_bars: Option<usize>,
    /// Longest time below the last peak in days, from the first bar's open to the last bar's end.
    pub max_drawdown_days: Option<f64>,
    /// Root of the sum of squared drawdowns over bars less one (Martin 1987; the divisor is quantstats').
    pub ulcer_index: Option<f64>,
    /// Sum of positive over sum of negative returns (Keating and Shadwick 2002, threshold 0). quantstats calls the
    /// same figure `profit_factor` as well.
    pub omega: Option<f64>,
    /// Sum of returns over the size of the largest drawdown. quantstats drops the sign, here a loss is negative.
    pub recovery_factor: Option<f64>,
    /// Return that one bar in twenty stays below if returns are normal: mean - 1.645 standard deviations.
    pub var_95: Option<f64>,
    /// Mean return of those bars if returns are normal: mean - 2.063 standard deviations.
    pub cvar_95: Option<f64>,
    /// Return that one bar in twenty did stay below: the 5 % quantile, linearly interpolated (empyrical's
    /// `value_at_risk`).
    pub var_95_historical: Option<f64>,
    /// Mean of the returns at or below it (quantstats' `conditional_value_at_risk` with `method="historical"`).
    pub cvar_95_historical: Option<f64>,
    /// Size of the 95 % quantile over that of the 5 % quantile.
    pub tail_ratio: Option<f64>,
    /// Sample skewness, corrected for bias as in pandas.
    pub skew: Option<f64>,
    /// Sample excess kurtosis, corrected for bias as in pandas.
    pub kurtosis: Option<f64>,
    /// Largest return of a bar (quantstats' `best`).
    pub best_bar: Option<f64>,
    /// Smallest return of a bar (quantstats' `worst`).
    pub worst_bar: Option<f64>,
    /// Share of positive among the returns that are not zero (quantstats' `win_rate`).
    pub bar_win_rate: Option<f64>,

    /// Closed positions.
    pub total_trades: usize,
    /// Those with a profit.
    pub winning_trades: usize,
    /// The others.
    pub losing_trades: usize,
    /// Share of winning trades.
    pub win_rate: Option<f64>,
    /// Profit of the winning over loss of the losing trades, in quote currency.
    pub profit_factor: Option<f64>,
    /// Mean profit of a trade in quote currency.
    pub expectancy: Option<f64>,
    /// Mean return of a trade on its entry's notional.
    pub avg_trade: Option<f64>,
    /// The same over winning trades.
    pub avg_win: Option<f64>,
    /// The same over losing trades, at most 0.
    pub avg_loss: Option<f64>,
    /// Size of `avg_win` over that of `avg_loss`.
    pub payoff_ratio: Option<f64>,
    /// Largest return of a trade.
    pub best_trade: Option<f64>,
    /// Smallest return of a trade.
    pub worst_trade: Option<f64>,
    /// Mean of the largest losses while open, as fractions of the entry's notional, at most 0.
    pub avg_mae: Option<f64>,
    /// Mean of the largest gains while open, at least 0.
    pub avg_mfe: Option<f64>,
    /// Mean number of closes that a trade was open at.
    pub avg_bars_held: Option<f64>,
    /// Most winning trades in a row.
    pub max_consecutive_wins: usize,
    /// Most losing trades in a row.
    pub max_consecutive_losses: usize,
    /// Share of all closes at which a position was open. quantstats' `exposure` counts returns that are not zero and
    /// rounds up to whole percents.
    pub exposure: Option<f64>,
    /// Traded notional (entries and exits) over mean equity, per year.
    pub turnover: Option<f64>,
}

/// Computes all figures. With fewer than two bars those of the curve are undefined.
///
/// ```
/// use mem_research::{MetricsInput, metrics, periods_per_year};
/// use mem_types::Timeframe;
///
/// let day = Timeframe::D1.nanos();
/// let ts_ns: Vec<i64> = (0..4).map(|i| i * day).collect();
/// let found = metrics(&MetricsInput {
///     equity: &[110.0, 99.0, 99.0, 121.0],
///     initial_capital: 100.0,
///     ts_ns: &ts_ns,
///     trades: &[],
///     open_position: None,
///     periods: periods_per_year(&ts_ns, Timeframe::D1),
/// });
/// assert!((found.total_return.unwrap() - 0.21).abs() < 1e-12);
/// assert!((found.max_drawdown.unwrap() + 0.1).abs() < 1e-12);
/// assert_eq!(found.max_drawdown_bars, Some(2));
/// assert_eq!(found.win_rate, None);
/// ```
///
/// # Panics
/// If `ts_ns` and `equity` differ in length.
pub fn metrics(input: &MetricsInput<'_>) -> Metrics {
    let MetricsInput { equity, initial_capital, ts_ns, trades, open_position, periods } = *input;
    assert_eq!(equity.len(), ts_ns.len(), "one open time per equity value");
    let bars_per_year = periods.bars_per_year();
    let curve = Curve::of(equity, initial_capital);
    let trading = Trading::of(trades, open_position, equity.len());
    let defined = |value: f64| Some(value).filter(|value| equity.len() >= 2 && value.is_finite());
    let over = |value: f64, divisor: f64| defined(value / divisor).filter(|_| divisor > 0.0);
    let count = equity.len() as f64;

    let growth = equity.last().map_or(f64::NAN, |end| end / initial_capital);
    let years = count / bars_per_year;
    let annual_return = growth.max(0.0).powf(1.0 / years) - 1.0;
    let deviation = Some(curve.deviation()).filter(|deviation| *deviation > ROUNDING).unwrap_or(0.0);
    let fall = -curve.drawdown.deepest;
    let Curve { sums, tails, .. } = &curve;
    let under_water = curve.drawdown.longest;
    let tested_years = defined(years).filter(|years| *years > 0.0);

    Metrics {
        bars_per_year,
        days_per_year: periods.days_per_year,
        total_return: defined(growth - 1.0),
        annual_return: defined(annual_return),
        volatility: defined(deviation * bars_per_year.sqrt()),
        sharpe: over(curve.mean() * bars_per_year.sqrt(), deviation),
        sortino: over(curve.mean() * bars_per_year.sqrt(), (sums.squared_losses / count).sqrt()),
        calmar: over(annual_return, fall),
        max_drawdown: defined(-fall),
        max_drawdown_bars: defined(0.0).map(|_| under_water.map_or(0, |(first, last)| last - first + 1)),
        max_drawdown_days: defined(under_water.map_or(0.0, |(first, last)| {
            (ts_ns[last] - ts_ns[first] + periods.bar_ns) as f64 / mem_types::time::NANOS_PER_DAY as f64
        })),
        ulcer_index: defined((curve.drawdown.squares / (count - 1.0)).sqrt()),
        omega: over(sums.gains(), -sums.losses),
        recovery_factor: over(sums.total, fall),
        var_95: defined(curve.mean() + NORMAL_5 * deviation),
        cvar_95: defined(curve.mean() - NORMAL_SHORTFALL_5 * deviation),
        var_95_historical: defined(tails.low),
        cvar_95_historical: defined(tails.mean_below_low),
        tail_ratio: over(tails.high.abs(), tails.low.abs()),
        skew: curve.skew().and_then(defined).filter(|_| deviation > 0.0),
        kurtosis: curve.kurtosis().and_then(defined).filter(|_| deviation > 0.0),
        best_bar: defined(sums.best),
        worst_bar: defined(sums.worst),
        bar_win_rate: over(sums.winners as f64, (sums.winners + sums.losers) as f64),
        total_trades: trading.count,
        winning_trades: trading.wins.count,
        losing_trades: trading.losses.count,
        win_rate: trading.per_trade(trading.wins.count as f64),
        profit_factor: Some(trading.wins.pnl / -trading.losses.pnl).filter(|factor| factor.is_finite()),
        expectancy: trading.per_trade(trading.wins.pnl + trading.losses.pnl),
        avg_trade: trading.per_trade(trading.wins.returns + trading.losses.returns),
        avg_win: trading.wins.mean_return(),
        avg_loss: trading.losses.mean_return(),
        payoff_ratio: trading.payoff_ratio(),
        best_trade: trading.per_trade(0.0).map(|_| trading.best),
        worst_trade: trading.per_trade(0.0).map(|_| trading.worst),
        avg_mae: trading.per_trade(trading.adverse),
        avg_mfe: trading.per_trade(trading.favourable),
        avg_bars_held: trading.per_trade(trading.bars_in_trades as f64),
        max_consecutive_wins: trading.wins.most_in_a_row,
        max_consecutive_losses: trading.losses.most_in_a_row,
        exposure: over(trading.bars_held as f64, count),
        turnover: tested_years.and_then(|years| over(trading.notional, curve.mean_equity() * years)),
    }
}

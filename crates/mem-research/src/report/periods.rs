//! Equity by calendar: returns of months, and rolling figures of days.

use mem_types::{Timeframe, TimeframeUnit, Timestamp};

use crate::result::TradeRecord;

/// The return of one calendar month (UTC).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct MonthReturn {
    pub year: i16,
    /// 1 to 12.
    pub month: u8,
    /// Percent.
    pub percent: f64,
}

/// Returns of the calendar months in which bars opened, the first from `start`.
pub(super) fn monthly_returns(ts_ns: &[i64], equity: &[f64], start: f64) -> Vec<MonthReturn> {
    let Some(month) = Timeframe::new(1, TimeframeUnit::Month) else { return Vec::new() };
    let mut before = start;
    last_of_each(ts_ns, month)
        .into_iter()
        .map(|(open, last)| {
            let (year, month, _) = open.ymd();
            let percent = (equity[last] / before - 1.0) * 100.0;
            before = equity[last];
            MonthReturn { year, month, percent }
        })
        .collect()
}

/// For each period in which bars opened: when it began, and the position of its last bar.
fn last_of_each(ts_ns: &[i64], period: Timeframe) -> Vec<(Timestamp, usize)> {
    let mut lasts: Vec<(Timestamp, usize)> = Vec::new();
    let mut closes = i64::MIN;
    for (index, ts) in ts_ns.iter().enumerate() {
        if *ts >= closes {
            let open = period.open_of(Timestamp::from_nanos(*ts));
            closes = period.close_of(open).as_nanos();
            lasts.push((open, index));
        } else if let Some(last) = lasts.last_mut() {
            last.1 = index;
        }
    }
    lasts
}

/// Figures over a window that slides over the days (or over the bars, where they last longer than a day).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rolling {
    /// How many days (or bars) a window holds.
    pub window: usize,
    /// How many closed trades the win rate looks back on.
    pub trades: usize,
    /// Days, as seconds since the Unix epoch.
    pub times: Vec<i64>,
    /// Yearly Sharpe ratio of the window's returns, risk-free rate 0, sample deviation; undefined without deviation.
    pub sharpe: Vec<Option<f64>>,
    /// Yearly volatility of the window's returns, percent.
    pub volatility: Vec<Option<f64>>,
    /// Share of winners among the last trades closed by then, percent.
    pub win_rate: Vec<Option<f64>>,
}

/// Too few days for a window to slide over mean anything.
const FEWEST_DAYS: usize = 30;
/// As many points as a chart can show.
const MOST_POINTS: usize = 1500;

/// Rolling figures; `None` where there are fewer than 30 days (or bars). `per_year` is how many there are in a year.
pub(super) fn rolling(
    ts_ns: &[i64],
    equity: &[f64],
    start: f64,
    timeframe: Timeframe,
    trades: &[TradeRecord],
    per_year: f64,
) -> Option<Rolling> {
    let days = last_of_each(ts_ns, timeframe.max(Timeframe::D1));
    if days.len() < FEWEST_DAYS {
        return None;
    }
    let quarter = if per_year > 300.0 { 90 } else { (per_year / 4.0).round().max(8.0) as usize };
    let window = quarter.min(days.len() / 3);
    let trade_window = (trades.len() / 3).clamp(5, 30);
    let step = days.len().div_ceil(MOST_POINTS);
    let returns = returns_between(&days, equity, start);
    let mut rolling = Rolling {
        window,
        trades: trade_window,
        times: Vec::new(),
        sharpe: Vec::new(),
        volatility: Vec::new(),
        win_rate: Vec::new(),
    };
    for (at, (open, last)) in days.iter().enumerate().filter(|(at, _)| at % step == 0 || at + 1 == days.len()) {
        let spread = (at + 1 >= window).then(|| mean_and_deviation(&returns[at + 1 - window..=at]));
        let year = per_year.sqrt();
        rolling.times.push(open.as_nanos().div_euclid(1_000_000_000));
        rolling.sharpe.push(spread.filter(|(_, deviation)| *deviation > 0.0).map(|(mean, sd)| mean / sd * year));
        rolling.volatility.push(spread.map(|(_, deviation)| deviation * year * 100.0));
        rolling.win_rate.push(win_rate(trades, ts_ns[*last], trade_window));
    }
    Some(rolling)
}

fn returns_between(days: &[(Timestamp, usize)], equity: &[f64], start: f64) -> Vec<f64> {
    let mut before = start;
    days.iter()
        .map(|(_, last)| {
            let change = if before > 0.0 { equity[*last] / before - 1.0 } else { 0.0 };
            before = equity[*last];
            change
        })
        .collect()
}

fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, (squares / (count - 1.0).max(1.0)).sqrt())
}

/// Percent of winners among the last `window` trades that closed by `until`; trades are in order of exit.
fn win_rate(trades: &[TradeRecord], until: i64, window: usize) -> Option<f64> {
    let closed = trades.partition_point(|trade| trade.exit_time.as_nanos() <= until);
    let recent = &trades[closed.checked_sub(window)?..closed];
    Some(recent.iter().filter(|trade| trade.pnl > 0.0).count() as f64 / window as f64 * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000_000_000;

    #[test]
    fn months_chain_to_the_whole() {
        let ts: Vec<i64> = (0..120).map(|day| 1_704_067_200_000_000_000 + day * DAY).collect();
        let equity: Vec<f64> = (0..120).map(|day| 100.0 + f64::from(day % 37) + f64::from(day)).collect();
        let months = monthly_returns(&ts, &equity, 100.0);
        assert_eq!(
            months.iter().map(|m| (m.year, m.month)).collect::<Vec<_>>(),
            [(2024, 1), (2024, 2), (2024, 3), (2024, 4)]
        );
        let whole: f64 = months.iter().map(|m| 1.0 + m.percent / 100.0).product();
        assert!((whole - equity[119] / 100.0).abs() < 1e-12);
        assert!((months[0].percent - (equity[30] / 100.0 - 1.0) * 100.0).abs() < 1e-9);
    }

    #[test]
    fn rolling_figures_match_a_window_worked_by_hand() {
        // Returns alternate between +1 % and -0.5 %: mean 0.25 %, sample deviation over an even window of n.
        let ts: Vec<i64> = (0..120).map(|day| day * DAY).collect();
        let mut value = 100.0;
        let equity: Vec<f64> = (0..120)
            .map(|day| {
                value *= if day % 2 == 0 { 1.01 } else { 0.995 };
                value
            })
            .collect();
        let rolling = rolling(&ts, &equity, 100.0, Timeframe::H1, &[], 365.0).unwrap();
        assert_eq!((rolling.window, rolling.times.len()), (40, 120));
        assert_eq!(rolling.sharpe[38], None);
        let deviation = 0.0075 * (40.0f64 / 39.0).sqrt();
        assert!((rolling.sharpe[39].unwrap() - 0.0025 / deviation * 365f64.sqrt()).abs() < 1e-9);
        assert!((rolling.volatility[119].unwrap() - deviation * 365f64.sqrt() * 100.0).abs() < 1e-9);
        assert_eq!(rolling.win_rate[119], None);
    }

    #[test]
    fn a_flat_account_has_no_sharpe_ratio() {
        let ts: Vec<i64> = (0..40).map(|day| day * DAY).collect();
        let rolling = rolling(&ts, &[100.0; 40], 100.0, Timeframe::D1, &[], 252.0).unwrap();
        assert!(rolling.sharpe.iter().all(Option::is_none));
        assert_eq!(rolling.volatility[39], Some(0.0));
    }
}

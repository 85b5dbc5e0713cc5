//! What the page's script gets to draw: every series of a run as packed columns, within a budget.

use mem_types::{Bars, BarsRef, PositionSide, SeriesKey, Timeframe};
use serde::Serialize;
use serde_json::Value;

use super::candles::display_candles;
use super::curve::{drawdown, points_to_draw};
use super::detail::stretches_around;
use super::figures::{self, FIGURES};
use super::pack::{Packed, decimals_of_largest, decimals_of_smallest, pack, pack_times, pack_whole};
use super::periods::{MonthReturn, Rolling, monthly_returns, rolling};
use super::reasons::{Reasons, reasons};
use super::words::number;
use crate::result::{ExitReason, OpenPosition, TradeRecord};
use crate::run::{Run, SeriesRun, Tested};

/// How much a page may carry over all its series; see the test that holds the file sizes.
const CANDLES: usize = 160_000;
const MOST_CANDLES: usize = 20_000;
const STRETCHES: usize = 15_000;
const MOST_STRETCHES: usize = 2_000;
const TRADES: usize = 60_000;
const DETAIL_BARS: usize = 30_000;
const REASON_BYTES: usize = 300_000;

/// Exit reasons by their code in a packed trade.
const REASONS: [ExitReason; 5] =
    [ExitReason::StopLoss, ExitReason::TakeProfit, ExitReason::Signal, ExitReason::Reversal, ExitReason::Liquidation];

/// Everything the script reads.
#[derive(Debug, Serialize)]
pub(super) struct Payload<'a> {
    run: &'a str,
    metrics: Vec<Value>,
    cards: &'static [(&'static str, Option<&'static str>)],
    reasons: [ExitReason; 5],
    symbols: Vec<Series<'a>>,
}

#[derive(Debug, Serialize)]
struct Series<'a> {
    name: String,
    error: Option<&'a str>,
    metrics: Vec<Option<f64>>,
    candles: Option<Candles>,
    detail: Option<Detail>,
    equity: Option<Equity>,
    months: Vec<(i16, u8, f64)>,
    rolling: Option<RollingColumns>,
    trades: Trades,
    reasons: Option<ReasonColumns>,
    open: Option<Open>,
    captions: Captions,
}

/// Candles: the close, the step from the close before to the open, and how far high and low stick out of the body.
#[derive(Debug, Serialize)]
struct Candles {
    times: Packed,
    open: Packed,
    high: Packed,
    low: Packed,
    close: Packed,
    volume: Option<Packed>,
}

/// Original bars around trades, where the candles were joined: stretch after stretch.
#[derive(Debug, Serialize)]
struct Detail {
    timeframe: Timeframe,
    lengths: Vec<usize>,
    candles: Candles,
}

#[derive(Debug, Serialize)]
struct Equity {
    times: Packed,
    equity: Packed,
    drawdown: Packed,
    benchmark: Option<Packed>,
}

#[derive(Debug, Serialize)]
struct RollingColumns {
    times: Packed,
    sharpe: Packed,
    volatility: Packed,
    win_rate: Packed,
}

#[derive(Debug, Serialize)]
struct Trades {
    entry_time: Packed,
    held: Packed,
    /// Twice the reason's code, plus one for shorts.
    kind: Packed,
    entry_price: Packed,
    exit_price: Packed,
    size: Packed,
    pnl: Packed,
    pnl_pct: Packed,
    fees: Packed,
    carry: Packed,
    mae: Packed,
    mfe: Packed,
    confidence: Packed,
}

/// Sentences, how many each trade has, and which, trade after trade.
#[derive(Debug, Serialize)]
struct ReasonColumns {
    sentences: Vec<String>,
    counts: Packed,
    which: Packed,
}

#[derive(Debug, Serialize)]
struct Open {
    side: PositionSide,
    entry_time: i64,
    entry_price: f64,
    size: f64,
    unrealised_pnl: f64,
    stop: Option<f64>,
    target: Option<f64>,
}

/// What stands beneath each figure of one series.
#[derive(Debug, Default, Serialize)]
struct Captions {
    candle: String,
    equity: String,
    rolling: String,
    heat: String,
    distribution: String,
    trade: String,
}

/// The candles of one series as the report got them.
#[derive(Debug, Clone)]
pub(super) enum ChartBars<'a> {
    /// The very bars that the run was tested on.
    Same(BarsRef<'a>),
    /// None, and why.
    Missing(String),
}

/// Collects a payload series by series, so that the bars of one can be dropped before the next is loaded.
#[derive(Debug)]
pub(super) struct PayloadBuilder<'a> {
    run: &'a Run,
    per_series: usize,
    all_trades: usize,
    symbols: Vec<Series<'a>>,
}

impl<'a> PayloadBuilder<'a> {
    pub(super) fn new(run: &'a Run) -> Self {
        let per_series = run.tested().count().max(1);
        let all_trades = run.tested().map(|(_, tested)| tested.trades.len()).sum();
        Self { run, per_series, all_trades, symbols: Vec::new() }
    }

    pub(super) fn push(&mut self, series: &'a SeriesRun, bars: &ChartBars<'_>) {
        let drawn = match series.outcome.tested() {
            Some(tested) => self.tested(&series.key, tested, bars),
            None => failed(&series.key, series.outcome.failure()),
        };
        self.symbols.push(drawn);
    }

    pub(super) fn finish(self) -> Payload<'a> {
        Payload {
            run: &self.run.id,
            metrics: figures::definitions(),
            cards: figures::CARDS,
            reasons: REASONS,
            symbols: self.symbols,
        }
    }

    fn tested(&self, key: &SeriesKey, tested: &'a Tested, bars: &ChartBars<'_>) -> Series<'a> {
        let start = self.run.config.sim.initial_capital;
        let (candles, detail, candle_caption) = self.candles(key, &tested.trades, bars);
        let (equity, equity_caption) = self.equity(tested, bars, start);
        let rolled = rolling(
            &tested.ts_ns,
            &tested.equity,
            start,
            key.timeframe,
            &tested.trades,
            figures::days_per_year(&tested.summary.metrics, key.timeframe),
        );
        let shown = self.trades_shown(tested.trades.len());
        let trades = &tested.trades[tested.trades.len() - shown..];
        let captions = Captions {
            candle: candle_caption,
            equity: equity_caption,
            rolling: rolled.as_ref().map_or_else(String::new, |rolled| rolling_caption(rolled, key.timeframe)),
            heat: "Percent by calendar month (UTC), after costs.".to_owned(),
            distribution: format!(
                "{} closed trades, percent of each entry's value after costs; the outermost bars hold everything beyond.",
                number(shown as f64)
            ),
            trade: trades_caption(shown, tested.trades.len()),
        };
        Series {
            name: series_name(self.run, key),
            error: None,
            metrics: figures::values(&tested.summary),
            candles,
            detail,
            equity,
            months: months(&monthly_returns(&tested.ts_ns, &tested.equity, start)),
            rolling: rolled.as_ref().map(rolling_columns),
            trades: pack_trades(trades),
            reasons: self.reasons(key, trades, bars),
            open: tested.summary.open_position.as_ref().map(open),
            captions,
        }
    }

    fn candles(
        &self,
        key: &SeriesKey,
        trades: &[TradeRecord],
        bars: &ChartBars<'_>,
    ) -> (Option<Candles>, Option<Detail>, String) {
        let bars = match bars {
            ChartBars::Missing(reason) => return (None, None, reason.clone()),
            ChartBars::Same(bars) => *bars,
        };
        let limit = (CANDLES / self.per_series).clamp(200, MOST_CANDLES);
        let shown = display_candles(bars, key.timeframe, limit);
        let candles = Some(pack_candles(shown.bars.view()));
        if shown.timeframe == key.timeframe {
            let caption = format!("One candle is one bar of {}. Times are UTC, when a candle opened.", key.timeframe);
            return (candles, None, caption);
        }
        let caption = format!(
            "One candle is {}, joined for display from {} bars of {original}; the test ran on every bar. The largest gains and losses open on bars of {original}. Times are UTC, when a candle opened.",
            shown.timeframe,
            number(bars.len() as f64),
            original = key.timeframe
        );
        (candles, detail(key.timeframe, trades, bars, DETAIL_BARS / self.per_series), caption)
    }

    fn equity(&self, tested: &Tested, bars: &ChartBars<'_>, start: f64) -> (Option<Equity>, String) {
        let falls = drawdown(&tested.equity, start);
        let stretches = (STRETCHES / self.per_series).clamp(50, MOST_STRETCHES);
        let kept = points_to_draw(&tested.equity, &falls, stretches);
        if kept.is_empty() {
            return (None, "No bars, no equity.".to_owned());
        }
        let times: Vec<i64> = kept.iter().map(|at| seconds(tested.ts_ns[*at])).collect();
        let decimals = decimals_of_largest([start], 7);
        let benchmark = match bars {
            ChartBars::Same(bars) => {
                let first = bars.open[0];
                Some(pack(kept.iter().map(|at| Some(start * bars.close[*at] / first)), decimals))
            }
            ChartBars::Missing(_) => None,
        };
        let mut caption = if kept.len() == tested.equity.len() {
            "One point per bar".to_owned()
        } else {
            format!(
                "{} of {} bars drawn, among them every stretch's highest, lowest and deepest point",
                number(kept.len() as f64),
                number(tested.equity.len() as f64)
            )
        };
        caption.push_str(", valued at the bar's close after costs.");
        if benchmark.is_some() {
            caption.push_str(" Buy and hold: the same capital in the symbol from the first open, no costs.");
        }
        let equity = Equity {
            times: pack_times(&times),
            equity: pack(kept.iter().map(|at| Some(tested.equity[*at])), decimals),
            drawdown: pack(kept.iter().map(|at| Some(falls[*at] * 100.0)), 3),
            benchmark,
        };
        (Some(equity), caption)
    }

    fn reasons(&self, key: &SeriesKey, trades: &[TradeRecord], bars: &ChartBars<'_>) -> Option<ReasonColumns> {
        let ChartBars::Same(bars) = bars else { return None };
        let budget = REASON_BYTES / self.per_series;
        let Reasons { sentences, of_trade } = reasons(&self.run.config, *bars, key.timeframe, trades, budget);
        (!sentences.is_empty()).then(|| ReasonColumns {
            sentences,
            counts: pack_whole(of_trade.iter().map(|list| list.len() as i64)),
            which: pack_whole(of_trade.iter().flatten().map(|position| *position as i64)),
        })
    }

    /// All trades where they fit; else every series gets its share of what does.
    fn trades_shown(&self, count: usize) -> usize {
        if self.all_trades <= TRADES { count } else { count * TRADES / self.all_trades }
    }
}

/// The symbol, with its venue where a run covers several.
pub(super) fn series_name(run: &Run, key: &SeriesKey) -> String {
    let several = run.series.iter().any(|series| series.key.venue != key.venue);
    if several { format!("{} ({})", key.symbol, key.venue) } else { key.symbol.to_string() }
}

fn failed<'a>(key: &SeriesKey, reason: Option<&'a str>) -> Series<'a> {
    Series {
        name: key.symbol.to_string(),
        error: reason,
        metrics: vec![None; FIGURES.len()],
        candles: None,
        detail: None,
        equity: None,
        months: Vec::new(),
        rolling: None,
        trades: pack_trades(&[]),
        reasons: None,
        open: None,
        captions: Captions::default(),
    }
}

fn seconds(ns: i64) -> i64 {
    ns.div_euclid(1_000_000_000)
}

fn months(returns: &[MonthReturn]) -> Vec<(i16, u8, f64)> {
    let rounded = |percent: f64| (percent * 1e3).round() / 1e3;
    returns.iter().map(|month| (month.year, month.month, rounded(month.percent))).collect()
}

fn pack_candles(bars: BarsRef<'_>) -> Candles {
    let prices = bars.low.iter().chain(bars.close).copied();
    let decimals = decimals_of_smallest(prices, 7);
    // Differences of rounded prices, so that what is read back is each price rounded, not a sum of roundings.
    let factor = 10f64.powi(decimals);
    let round = |price: f64| (price * factor).round() / factor;
    let body = |at: usize| (round(bars.open[at]), round(bars.close[at]));
    let count = bars.len();
    let opens = (0..count).map(|at| Some(body(at).0 - if at > 0 { round(bars.close[at - 1]) } else { 0.0 }));
    let above = (0..count).map(|at| Some(round(bars.high[at]) - body(at).0.max(body(at).1)));
    let below = (0..count).map(|at| Some(round(bars.low[at]) - body(at).0.min(body(at).1)));
    let times: Vec<i64> = bars.ts_ns.iter().map(|ns| seconds(*ns)).collect();
    Candles {
        times: pack_times(&times),
        open: pack(opens, decimals),
        high: pack(above, decimals),
        low: pack(below, decimals),
        close: pack(bars.close.iter().copied().map(Some), decimals),
        volume: volumes(bars.volume),
    }
}

fn detail(timeframe: Timeframe, trades: &[TradeRecord], bars: BarsRef<'_>, budget: usize) -> Option<Detail> {
    let stretches = stretches_around(trades, bars.len(), budget);
    let mut picked = Bars::default();
    for bar in stretches.iter().flat_map(|stretch| bars.slice(stretch.clone()).iter()) {
        picked.push(bar).expect("stretches of sound bars are disjoint and in order");
    }
    (!stretches.is_empty()).then(|| Detail {
        timeframe,
        lengths: stretches.iter().map(ExactSizeIterator::len).collect(),
        candles: pack_candles(picked.view()),
    })
}

/// Volumes to about three digits of the average, which is what a bar's height can show; `None` where none is known.
fn volumes(volume: &[f64]) -> Option<Packed> {
    let known: Vec<f64> = volume.iter().copied().filter(|volume| !volume.is_nan()).collect();
    if known.is_empty() {
        return None;
    }
    let average = known.iter().sum::<f64>() / known.len() as f64;
    Some(pack(volume.iter().map(|volume| Some(*volume)), decimals_of_largest([average], 4)))
}

fn rolling_columns(rolling: &Rolling) -> RollingColumns {
    RollingColumns {
        times: pack_times(&rolling.times),
        sharpe: pack(rolling.sharpe.iter().copied(), 3),
        volatility: pack(rolling.volatility.iter().copied(), 2),
        win_rate: pack(rolling.win_rate.iter().copied(), 2),
    }
}

fn rolling_caption(rolling: &Rolling, timeframe: Timeframe) -> String {
    let unit = if timeframe > Timeframe::D1 { "bars" } else { "days with bars" };
    format!(
        "Sharpe ratio and volatility over the last {} {unit}, scaled to a year; win rate over the last {} closed trades. A line begins when its first window is full.",
        rolling.window, rolling.trades
    )
}

fn trades_caption(shown: usize, all: usize) -> String {
    if shown == all {
        "P&L is after fees, funding and borrow cost; percent of the entry's value. Click a trade to see it on the candles.".to_owned()
    } else {
        format!(
            "The latest {} of {} trades; the run's export has all of them. P&L is after fees, funding and borrow cost.",
            number(shown as f64),
            number(all as f64)
        )
    }
}

fn pack_trades(trades: &[TradeRecord]) -> Trades {
    let column = |value: fn(&TradeRecord) -> f64, decimals: i32| pack(trades.iter().map(|t| Some(value(t))), decimals);
    let of_largest =
        |value: fn(&TradeRecord) -> f64, digits: i32| decimals_of_largest(trades.iter().map(value), digits);
    let entries: Vec<i64> = trades.iter().map(|trade| seconds(trade.entry_time.as_nanos())).collect();
    let held: Vec<i64> =
        trades.iter().zip(&entries).map(|(trade, entry)| seconds(trade.exit_time.as_nanos()) - entry).collect();
    let prices = trades.iter().flat_map(|trade| [trade.entry_price, trade.exit_price]);
    let price_decimals = decimals_of_smallest(prices, 7);
    let size_decimals = decimals_of_smallest(trades.iter().map(|trade| trade.size), 7);
    let pnl_decimals = of_largest(|trade| trade.pnl, 7).max(2);
    Trades {
        entry_time: pack_times(&entries),
        held: pack_times(&held),
        kind: pack_whole(trades.iter().map(kind)),
        entry_price: column(|trade| trade.entry_price, price_decimals),
        exit_price: column(|trade| trade.exit_price, price_decimals),
        size: column(|trade| trade.size, size_decimals),
        pnl: column(|trade| trade.pnl, pnl_decimals),
        pnl_pct: column(|trade| trade.pnl_pct, 3),
        fees: column(|trade| trade.fees, of_largest(|trade| trade.fees, 5).max(2)),
        carry: column(|trade| trade.carry, of_largest(|trade| trade.carry, 5).max(2)),
        mae: column(|trade| trade.mae_pct, 3),
        mfe: column(|trade| trade.mfe_pct, 3),
        confidence: column(|trade| trade.confidence, 1),
    }
}

fn kind(trade: &TradeRecord) -> i64 {
    let reason = match trade.exit_reason {
        ExitReason::StopLoss => 0,
        ExitReason::TakeProfit => 1,
        ExitReason::Signal => 2,
        ExitReason::Reversal => 3,
        ExitReason::Liquidation => 4,
    };
    reason * 2 + i64::from(trade.side == PositionSide::Short)
}

fn open(position: &OpenPosition) -> Open {
    Open {
        side: position.side,
        entry_time: seconds(position.entry_time.as_nanos()),
        entry_price: position.entry_price,
        size: position.size,
        unrealised_pnl: position.unrealised_pnl,
        stop: position.stop,
        target: position.target,
    }
}

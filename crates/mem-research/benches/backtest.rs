//! Milliseconds of whole backtests: indicators, decisions, simulation, equity and all metrics.
//!
//! `backtest [--columns FILE] [--runs N] [--json] [--serve]`. FILE holds little-endian f64 columns open, high, low,
//! close, volume one after the other, taken as one-minute bars; without it a seeded random walk of a million bars is
//! made. With `--serve` one backtest is measured for each line `STRATEGY FILL BARS` read from standard input, so that
//! peers can take turns.
//!
//! The costs are those of the peers: a fee of 0.1 % of every order and nothing else, all equity in each trade. The
//! account begins with 1e15, for after a million bars of crossing in a random walk the fees leave 1e-17 of it, and a
//! peer takes amounts near 1e-9 for nothing. Time is that of the fastest and of the median run by the wall clock; the
//! bars are in memory. On Linux the mean of the thread's own CPU time stands beside it.

use std::io::{BufRead, Write};
use std::time::Instant;

use mem_research::{
    Backtest, Fees, Fill, Metrics, MetricsInput, SimConfig, Slippage, metrics, periods_per_year, simulate,
};
use mem_strategy::{Strategy, StrategyInput, build};
use mem_types::{BarsRef, Timeframe};

mod columns;

const CAPITAL: f64 = 1e15;
const FEE: f64 = 0.001;

/// One backtest to be measured.
struct Job {
    strategy: Box<dyn Strategy>,
    fill: Fill,
    bars: usize,
}

impl Job {
    fn parse(line: &str) -> Self {
        let mut words = line.split_whitespace();
        let mut word = || words.next().unwrap_or_else(|| panic!("'{line}' is not 'STRATEGY FILL BARS'"));
        let strategy = build(word(), &[]).unwrap_or_else(|error| panic!("{error}"));
        let fill = match word() {
            "next_open" => Fill::NextOpen,
            "same_close" => Fill::SameClose,
            other => panic!("a fill is next_open or same_close, not {other}"),
        };
        Self { strategy, fill, bars: word().parse().expect("a count of bars") }
    }

    fn config(&self) -> SimConfig {
        SimConfig {
            initial_capital: CAPITAL,
            fill: self.fill,
            fees: Fees { maker: FEE, taker: FEE },
            slippage: Slippage::None,
            allow_short: self.strategy.name() != "ma_cross",
            ..SimConfig::default()
        }
    }

    /// The whole of it, with the seconds that its three parts took.
    fn run(&self, bars: BarsRef<'_>) -> (Backtest, Metrics, [f64; 3]) {
        let config = self.config();
        let start = Instant::now();
        let decisions = self.strategy.decide(&StrategyInput::new(bars, Timeframe::M1)).expect("bars of one timeframe");
        let decided = Instant::now();
        let backtest = simulate(bars, Timeframe::M1, &decisions, &[], &config).expect("sound decisions");
        let simulated = Instant::now();
        let figures = metrics(&MetricsInput {
            equity: &backtest.equity,
            initial_capital: CAPITAL,
            ts_ns: bars.ts_ns,
            trades: &backtest.trades,
            open_position: backtest.open_position.as_ref(),
            periods: periods_per_year(bars.ts_ns, Timeframe::M1),
        });
        let parts = [decided - start, simulated - decided, simulated.elapsed()].map(|part| part.as_secs_f64());
        (backtest, figures, parts)
    }
}

/// What a number of runs took, in seconds, and what came out.
struct Measured {
    fastest: f64,
    median: f64,
    cpu: Option<f64>,
    parts: [f64; 3],
    trades: usize,
    final_equity: f64,
    figures: Metrics,
}

fn measure(job: &Job, bars: BarsRef<'_>, runs: usize) -> Measured {
    let bars = bars.slice(0..job.bars.min(bars.len()));
    // Each result is kept until the next one is there, as with the peers.
    let mut last = job.run(bars);
    let mut walls = Vec::new();
    // The system counts a thread's time in steps of a few milliseconds: only many runs together tell.
    let cpu_before = thread_cpu();
    let mut parts = [const { Vec::new() }; 3];
    for _ in 0..runs {
        let start = Instant::now();
        last = job.run(bars);
        walls.push(start.elapsed().as_secs_f64());
        for (part, seconds) in parts.iter_mut().zip(last.2) {
            part.push(seconds);
        }
    }
    let cpu = thread_cpu().zip(cpu_before).map(|(after, before)| (after - before) / runs as f64);
    let (backtest, figures, _) = last;
    Measured {
        fastest: walls.iter().copied().fold(f64::INFINITY, f64::min),
        median: median(walls),
        cpu,
        parts: parts.map(median),
        trades: backtest.trades.len(),
        final_equity: backtest.equity.last().copied().unwrap_or(CAPITAL),
        figures,
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Seconds that this thread has spent on a processor; `None` where the system does not say.
fn thread_cpu() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let ns: f64 = text.split_whitespace().next()?.parse().ok()?;
    Some(ns * 1e-9)
}

fn json_line(job: &Job, measured: &Measured) -> String {
    serde_json::json!({
        "strategy": job.strategy.name(),
        "fill": job.fill,
        "bars": job.bars,
        "min_s": measured.fastest,
        "median_s": measured.median,
        "cpu_s": measured.cpu,
        "decide_s": measured.parts[0],
        "simulate_s": measured.parts[1],
        "metrics_s": measured.parts[2],
        "trades": measured.trades,
        "final_equity": measured.final_equity,
        "sharpe": measured.figures.sharpe,
        "max_drawdown": measured.figures.max_drawdown,
    })
    .to_string()
}

fn main() {
    let (mut file, mut runs, mut json, mut serve) = (None, 25, false, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().unwrap_or_else(|| panic!("{argument} needs a value"));
        match argument.as_str() {
            "--columns" => file = Some(value()),
            "--runs" => runs = value().parse().expect("a count of runs"),
            "--json" => json = true,
            "--serve" => serve = true,
            // What cargo adds to every bench program.
            "--bench" => {}
            other => panic!("unknown argument {other}"),
        }
    }
    let bars = file
        .as_deref()
        .map_or_else(|| columns::walk(1_000_000, Timeframe::M1), |file| columns::read(file, Timeframe::M1));
    if serve {
        for line in std::io::stdin().lock().lines() {
            let job = Job::parse(&line.expect("lines of text"));
            println!("{}", json_line(&job, &measure(&job, bars.view(), runs)));
            std::io::stdout().flush().expect("an open output");
        }
        return;
    }
    if !json {
        println!(
            "milliseconds    strategy fill             bars  fastest   median      cpu   decide simulate  metrics"
        );
    }
    let count = bars.len();
    for line in [
        format!("ma_cross same_close {count}"),
        format!("ma_cross next_open {count}"),
        format!("fast_score next_open {count}"),
        "fast_score next_open 10000".to_owned(),
    ] {
        let job = Job::parse(&line);
        let measured = measure(&job, bars.view(), runs);
        if json {
            println!("{}", json_line(&job, &measured));
            continue;
        }
        let ms = |seconds: f64| format!("{:8.3}", seconds * 1e3);
        let mut words = line.split_whitespace();
        let mut word = || words.next().unwrap_or_default();
        println!(
            "{:>24} {:<11} {:>9} {} {} {} {} {} {}",
            word(),
            word(),
            word(),
            ms(measured.fastest),
            ms(measured.median),
            measured.cpu.map_or_else(|| format!("{:>8}", "-"), ms),
            ms(measured.parts[0]),
            ms(measured.parts[1]),
            ms(measured.parts[2]),
        );
    }
}

//! Seconds of whole searches: indicators, decisions, simulation and all metrics of every candidate.
//!
//! `optimize [--columns FILE] [--runs N] [--serve]`. FILE holds little-endian f64 columns open, high, low, close, volume
//! one after the other; without it a seeded random walk is made. With `--serve` one search is measured for each line
//! `sweep BARS` or `genetic STRATEGY BARS` read from standard input, so that peers can take turns; the answer is a line
//! of JSON. A sweep is every pair of a fast average of 5 to 44 and a slow one of 50 to 170 by 5 bars: a thousand; a
//! genetic search is ten generations of twenty.
//!
//! Time is the median by the wall clock over the runs, on as many threads as there are cores; the CPU time is that of
//! all threads together. Memory is the highest that the process ever had.

use std::io::{BufRead, Write};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use mem_research::optimize::{Gene, Genetic, Optimization, OptimizeConfig, Search, optimize};
use mem_research::run::SeriesSource;
use mem_research::{Fees, Fill, ResearchError, SimConfig, Slippage};
use mem_types::{Bars, SeriesKey, Timeframe, Timestamp};

mod columns;

const CAPITAL: f64 = 1e6;
const FEE: f64 = 0.001;

struct InMemory(Bars);

impl SeriesSource for InMemory {
    fn load(&self, _: &SeriesKey, _: Option<Timestamp>, _: Option<Timestamp>) -> Result<Bars, ResearchError> {
        Ok(self.0.clone())
    }
}

struct Job {
    config: OptimizeConfig,
    bars: usize,
}

impl Job {
    fn parse(line: &str) -> Self {
        let words: Vec<&str> = line.split_whitespace().collect();
        let genes = |strategy: &str, typed: &[&str]| -> Vec<Gene> {
            let spec = mem_strategy::builtins().iter().find(|spec| spec.name == strategy).expect("a known strategy");
            if typed.is_empty() {
                return spec.params.iter().filter_map(Gene::around_default).collect();
            }
            typed.iter().map(|gene| Gene::parse(gene, spec.params).expect("a sound gene")).collect()
        };
        let (strategy, genes, search, bars, allow_short) = match words.as_slice() {
            ["sweep", bars] => {
                let genes = genes("ma_cross", &["fast=5..44", "slow=50..170:5"]);
                ("ma_cross", genes, Search::Grid, bars, false)
            }
            ["genetic", strategy, bars] => {
                (*strategy, genes(strategy, &[]), Search::Genetic(Genetic::default()), bars, true)
            }
            _ => panic!("'{line}' is neither 'sweep BARS' nor 'genetic STRATEGY BARS'"),
        };
        let built = mem_strategy::build(strategy, &[]).expect("a known strategy");
        let sim = SimConfig {
            initial_capital: CAPITAL,
            fill: Fill::SameClose,
            fees: Fees { maker: FEE, taker: FEE },
            slippage: Slippage::None,
            allow_short,
            ..SimConfig::default().recommended_by(&*built)
        };
        let config = OptimizeConfig {
            strategy: strategy.to_owned(),
            params: Vec::new(),
            genes,
            search,
            fitness: "sharpe".parse().expect("a metric"),
            min_trades: 1,
            seed: 7,
            holdout: 0.0,
            venue: None,
            symbols: Vec::new(),
            timeframe: Timeframe::H1,
            higher: Vec::new(),
            from: None,
            to: None,
            sim,
        };
        Self { config, bars: bars.parse().expect("a count of bars") }
    }

    fn run(&self, bars: &InMemory) -> Optimization {
        let key = SeriesKey {
            venue: "bench".parse().expect("a name"),
            symbol: "WALK".parse().expect("a name"),
            timeframe: Timeframe::H1,
        };
        optimize(&self.config, &[key], bars, &|_| (), &AtomicBool::new(false)).expect("a sound search")
    }
}

/// A search measured, as a line of JSON.
fn measure(job: &Job, bars: &Bars, runs: usize) -> String {
    let bars = InMemory(bars.view().slice(0..job.bars.min(bars.len())).to_bars());
    let mut found = job.run(&bars);
    let mut walls = Vec::new();
    let cpu_before = process_cpu();
    for _ in 0..runs {
        let start = Instant::now();
        found = job.run(&bars);
        walls.push(start.elapsed().as_secs_f64());
    }
    let cpu = process_cpu().zip(cpu_before).map(|(after, before)| (after - before) / runs as f64);
    walls.sort_by(f64::total_cmp);
    // A trial without trades is undefined in nothing but its fitness.
    let finals: Vec<Option<f64>> =
        found.trials.iter().map(|trial| trial.figures.total_return.map(|gain| CAPITAL * (1.0 + gain))).collect();
    let sharpe: Vec<Option<f64>> = found.trials.iter().map(|trial| trial.figures.sharpe).collect();
    serde_json::json!({
        "bars": bars.0.len(),
        "trials": found.trials.len(),
        "median_s": walls[walls.len() / 2],
        "cpu_s": cpu,
        "peak_mb": peak_mb(),
        "final_equity": finals,
        "sharpe": sharpe,
    })
    .to_string()
}

/// Seconds that all threads have spent on processors; `None` where the system does not say.
fn process_cpu() -> Option<f64> {
    let mut seconds = 0.0;
    for thread in std::fs::read_dir("/proc/self/task").ok()? {
        let text = std::fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        seconds += text.split_whitespace().next()?.parse::<f64>().ok()? * 1e-9;
    }
    Some(seconds)
}

fn peak_mb() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<f64>().ok()? / 1024.0)
}

fn main() {
    let (mut file, mut runs, mut serve) = (None, 10, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().unwrap_or_else(|| panic!("{argument} needs a value"));
        match argument.as_str() {
            "--columns" => file = Some(value()),
            "--runs" => runs = value().parse().expect("a count of runs"),
            "--serve" => serve = true,
            // What cargo adds to every bench program.
            "--bench" => {}
            other => panic!("unknown argument {other}"),
        }
    }
    let bars = file
        .as_deref()
        .map_or_else(|| columns::walk(100_000, Timeframe::H1), |file| columns::read(file, Timeframe::H1));
    if serve {
        for line in std::io::stdin().lock().lines() {
            println!("{}", measure(&Job::parse(&line.expect("lines of text")), &bars, runs));
            std::io::stdout().flush().expect("an open output");
        }
        return;
    }
    println!("{:<32}{:>8}{:>12}{:>12}{:>12}", "", "trials", "wall ms", "CPU ms", "peak MB");
    for line in ["sweep 10000", "sweep 100000", "genetic fast_score 10000", "genetic confluence 10000"] {
        let measured: serde_json::Value =
            serde_json::from_str(&measure(&Job::parse(line), &bars, runs)).expect("our own JSON");
        let number = |name: &str, scale: f64| measured[name].as_f64().map_or(f64::NAN, |value| value * scale);
        println!(
            "{line:<32}{:>8}{:>12.2}{:>12.2}{:>12.0}",
            measured["trials"],
            number("median_s", 1e3),
            number("cpu_s", 1e3),
            number("peak_mb", 1.0)
        );
    }
}

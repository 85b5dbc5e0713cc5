//! Nanoseconds a bar of every indicator with default parameters, over whole columns.
//!
//! `batch [--bars N | --columns FILE] [--runs N] [--only NAME] [--json] [--serve]`. FILE holds little-endian f64
//! columns open, high, low, close, volume one after the other; without it a seeded random walk is made. With
//! `--serve` one indicator is measured for each name read from standard input, so that a peer can take turns.
//!
//! What is timed is [`IndicatorSpec::batch_into`] with columns that are used again: memory that the system has just
//! handed out costs more than most indicators. Time is what the thread spent on a processor, of the fastest and of the
//! median run.

use std::io::{BufRead, Write};

use mem_indicators::{IndicatorSpec, find, registry};
use mem_types::Bars;
use rustix::time::{ClockId, clock_gettime};

struct Options {
    bars: usize,
    columns: Option<String>,
    runs: usize,
    only: Option<String>,
    json: bool,
    serve: bool,
}

fn options() -> Options {
    let mut options = Options { bars: 1_000_000, columns: None, runs: 9, only: None, json: false, serve: false };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().unwrap_or_else(|| panic!("{argument} needs a value"));
        match argument.as_str() {
            "--bars" => options.bars = value().parse().expect("a count of bars"),
            "--columns" => options.columns = Some(value()),
            "--runs" => options.runs = value().parse().expect("a count of runs"),
            "--only" => options.only = Some(value()),
            "--json" => options.json = true,
            "--serve" => options.serve = true,
            // What cargo adds to every bench program.
            "--bench" => {}
            other => panic!("unknown argument {other}"),
        }
    }
    options
}

fn read_columns(path: &str) -> Bars {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("cannot read {path}: {error}"));
    let values: Vec<f64> = bytes.as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect();
    let count = values.len() / 5;
    let column = |index: usize| values[index * count..(index + 1) * count].to_vec();
    bars_of(count, [column(0), column(1), column(2), column(3), column(4)])
}

/// A geometric random walk of 0.1 % a bar from a fixed seed.
fn walk(count: usize) -> Bars {
    let mut state = 20_251_016_u64;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut columns = [(); 5].map(|()| Vec::with_capacity(count));
    let mut close = 100.0_f64;
    for _ in 0..count {
        let open = close;
        // The sum of four uniform draws is close to a normal one.
        let normal = (draw() + draw() + draw() + draw() - 2.0) * 3.0_f64.sqrt();
        close = (open * (0.001 * normal).exp()).clamp(1.0, 10_000.0);
        let high = open.max(close) * (1.0 + 0.001 * draw());
        let low = open.min(close) * (1.0 - 0.001 * draw());
        for (column, value) in columns.iter_mut().zip([open, high, low, close, 40.0 * draw()]) {
            column.push(value);
        }
    }
    bars_of(count, columns)
}

fn bars_of(count: usize, [open, high, low, close, volume]: [Vec<f64>; 5]) -> Bars {
    let minute = 60_000_000_000;
    let ts = (0..count as i64).map(|index| 1_640_995_200_000_000_000 + index * minute).collect();
    Bars::from_columns(ts, open, high, low, close, volume).expect("sound bars")
}

/// Nanoseconds that this thread has spent on a processor.
fn now_ns() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

/// Fastest and median nanoseconds a bar.
fn measure(spec: &IndicatorSpec, bars: &Bars, runs: usize, out: &mut Vec<Vec<f64>>) -> (f64, f64) {
    let params = spec.defaults();
    out.resize_with(spec.outputs.len().max(out.len()), Vec::new);
    let out = &mut out[..spec.outputs.len()];
    spec.batch_into(bars.view(), &params, out);
    let mut times: Vec<f64> = (0..runs)
        .map(|_| {
            let start = now_ns();
            spec.batch_into(bars.view(), &params, out);
            (now_ns() - start) / bars.len() as f64
        })
        .collect();
    times.sort_by(f64::total_cmp);
    (times[0], times[times.len() / 2])
}

fn main() {
    let options = options();
    let bars = options.columns.as_deref().map_or_else(|| walk(options.bars), read_columns);
    let mut out = Vec::new();
    let line = |spec: &IndicatorSpec, (fastest, median): (f64, f64)| {
        format!(r#"{{"name":"{}","bars":{},"min_ns":{fastest:.4},"median_ns":{median:.4}}}"#, spec.name, bars.len())
    };
    if options.serve {
        for name in std::io::stdin().lock().lines() {
            let name = name.expect("lines of text");
            let spec = find(name.trim()).unwrap_or_else(|| panic!("no indicator {name}"));
            println!("{}", line(spec, measure(spec, &bars, options.runs, &mut out)));
            std::io::stdout().flush().expect("an open output");
        }
        return;
    }
    if !options.json {
        println!("{:<22} {:>10} {:>10}   ns/bar of {} bars", "indicator", "fastest", "median", bars.len());
    }
    for spec in registry().iter().filter(|spec| options.only.as_deref().is_none_or(|only| only == spec.name)) {
        let times = measure(spec, &bars, options.runs, &mut out);
        if options.json {
            println!("{}", line(spec, times));
        } else {
            println!("{:<22} {:>10.3} {:>10.3}", spec.name, times.0, times.1);
        }
    }
}

//! Microseconds a row of features, of each set that comes along: bar by bar, and of whole columns.
//!
//! `features [--bars N] [--runs N]`. Bars are a seeded walk, the market is another, scores come every three hours. What is timed is what
//! the thread spent on a processor: the fastest and the median run; and the 99th percentile of single rows, each the
//! fastest of its runs (asking for the time included), so that what else the machine does is left out.

use mem_model::feature::{FeatureStream, Score, Sources, built_in};
use mem_types::{Bar, Bars, Timeframe, Timestamp};
use rustix::time::{ClockId, clock_gettime};

const HOUR: i64 = 3_600_000_000_000;

fn walk(count: usize, mut state: u64) -> Bars {
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut close = 100.0;
    let bars = (0..count).map(|index| {
        let open = close;
        close *= 1.0 + 0.01 * (draw() - 0.5);
        let high = open.max(close) * (1.0 + 0.002 * draw());
        let low = open.min(close) * (1.0 - 0.002 * draw());
        let ts = Timestamp::from_nanos(index as i64 * HOUR);
        Bar { ts, open, high, low, close, volume: 100.0 * draw() }
    });
    Bars::from_bars(bars).expect("made to be sound")
}

fn spent_us() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}

fn main() {
    let (mut count, mut runs) = (20_000, 5);
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    while let Some(argument) = arguments.next() {
        let value = arguments.next().and_then(|value| value.parse().ok()).expect("a number");
        match argument.as_str() {
            "--bars" => count = value,
            "--runs" => runs = value,
            other => panic!("unknown argument {other}"),
        }
    }
    let bars = walk(count, 20_251_016);
    let mut sources = Sources::default();
    sources.references.insert("market".to_owned(), (walk(count, 7), Timeframe::H1));
    let score = |index: usize| Score {
        known_at: Timestamp::from_nanos(3 * index as i64 * HOUR),
        value: (index % 7) as f64 / 3.0 - 1.0,
    };
    for source in ["fear_greed", "social", "news", "coin", "whale"] {
        sources.sentiments.insert(source.to_owned(), (0..count / 3).map(score).collect());
    }
    println!(
        "microseconds a row of {count}, {runs} runs: set, features, streaming best / median / p99 row, batch best / median"
    );
    for set in built_in() {
        let (mut stream_us, mut batch_us, mut rows_us) = (Vec::new(), Vec::new(), vec![f64::INFINITY; count]);
        for _ in 0..runs {
            let mut stream = FeatureStream::new(&set, Timeframe::H1).expect("a built-in set");
            stream.offer(&sources).expect("in order");
            let mut row = Vec::new();
            let start = spent_us();
            for (bar, row_us) in bars.view().iter().zip(&mut rows_us) {
                let row_start = spent_us();
                stream.push(&bar, &mut row).expect("in order");
                *row_us = row_us.min(spent_us() - row_start);
            }
            stream_us.push((spent_us() - start) / count as f64);
            let mut stream = FeatureStream::new(&set, Timeframe::H1).expect("a built-in set");
            stream.offer(&sources).expect("in order");
            let start = spent_us();
            stream.extend(bars.view()).expect("in order");
            batch_us.push((spent_us() - start) / count as f64);
        }
        for figures in [&mut stream_us, &mut batch_us, &mut rows_us] {
            figures.sort_by(f64::total_cmp);
        }
        println!(
            "{:<12} {:>4} {:>8.2} {:>8.2} {:>8.2} {:>8.2} {:>8.2}",
            set.name,
            set.features.len(),
            stream_us[0],
            stream_us[runs / 2],
            rows_us[rows_us.len() * 99 / 100],
            batch_us[0],
            batch_us[runs / 2],
        );
    }
}

//! Trades into candles: `cargo bench -p mem-types --bench bars`.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::hint::black_box;
use std::time::Instant;

use mem_types::{BarBuilder, Timeframe, Timestamp};

const TRADES: usize = 10_000_000;

fn main() {
    // A walk in cents with quantities of three decimals, some forty trades a second: what a busy instrument looks like.
    let mut state = 1_u64;
    let mut draw = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let (mut ns, mut cents) = (0_i64, 6_000_000_i64);
    let trades: Vec<(Timestamp, f64, f64)> = (0..TRADES)
        .map(|_| {
            ns += draw(50_000_000) as i64;
            cents += draw(21) as i64 - 10;
            (Timestamp::from_nanos(ns), cents.max(1) as f64 / 100.0, (1 + draw(5_000)) as f64 / 1000.0)
        })
        .collect();
    for timeframe in ["1s", "1m", "1h"] {
        let timeframe: Timeframe = timeframe.parse().expect("a timeframe");
        let mut rounds: Vec<f64> = (0..5)
            .map(|_| {
                let begun = Instant::now();
                let mut builder = BarBuilder::new(timeframe);
                let mut bars = 0_u64;
                for (at, price, qty) in &trades {
                    if let Some(bar) = builder.push(*at, *price, *qty).expect("in the order of time") {
                        bars += 1;
                        black_box(bar);
                    }
                }
                black_box(bars);
                TRADES as f64 / begun.elapsed().as_secs_f64()
            })
            .collect();
        rounds.sort_by(f64::total_cmp);
        println!("{timeframe:>3}: {:.1} million trades/s (median of 5 rounds of {TRADES})", rounds[2] / 1e6);
    }
}

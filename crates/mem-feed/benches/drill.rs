//! 1,000 random faults over a replay of real trades: `cargo bench -p mem-feed --bench drill [-- FAULTS]`.
//!
//! Needs `MEM_TEST_DATA`. Fails if anything that was handed on differs from what the exchange printed.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]

#[path = "../drill/mod.rs"]
mod drill;

use std::time::Duration;

use mem_store::import::{ImportOptions, Rows, parse_file};
use mem_types::Timestamp;
use mem_venue::InstrumentKind;
use mem_venue::sim::tape::Tape;

fn main() {
    let faults = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(1_000);
    let Some(file) = mem_testkit::real_data("ticks_binance/trades_usdm_btcusdt_20240808.csv.gz") else { return };
    let parsed = parse_file(&file, &ImportOptions::default(), &mut |_| {}).expect("the file holds trades");
    let series = parsed.series.into_iter().next().expect("the file holds a series");
    let Rows::Trades(trades) = series.rows else { panic!("the file holds trades") };
    let (count, first) = (trades.len(), trades[0].ts_venue);
    let span = (trades[count - 1].ts_venue.as_nanos() - first.as_nanos()) as f64 / 1e9;
    let pause = Duration::from_millis(150);
    // As fast as the tape lasts for all faults.
    let speed = span / (faults as f64 * pause.as_secs_f64() * 1.05);
    let tape =
        Tape::of_ticks(series.series.symbol, InstrumentKind::Perpetual, trades, Vec::new()).expect("sound trades");
    println!("{count} real trades over {span:.0} s, {faults} faults, {speed:.1} times real time");
    let drill = drill::Drill {
        tapes: vec![tape],
        start: Timestamp::from_nanos(first.as_nanos() + 1_000_000_000),
        speed,
        timeframe: "1m".parse().expect("a timeframe"),
        seed: 2026,
        faults,
        pause,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    match runtime.block_on(drill.run()) {
        Ok(outcome) => {
            let metrics = outcome.health.metrics;
            println!(
                "{} trades and {} candles equal to the exchange's, in {:.0?}",
                outcome.trades, outcome.bars, outcome.took
            );
            let (acknowledged, silent) = outcome.orders;
            println!("orders: {acknowledged} acknowledged, {silent} not, each accounted for");
            println!(
                "take-overs {}, sequence gaps {}, duplicates left out {}",
                metrics.failbacks, metrics.sequence_gaps, metrics.duplicates
            );
            println!("fail-over: {:?}", metrics.failover);
            println!("where REST had failed too: {:?}", metrics.outage);
            println!("requests: {:?}", metrics.requests);
        }
        Err(difference) => {
            println!("FAILED: {difference}");
            std::process::exit(1);
        }
    }
}

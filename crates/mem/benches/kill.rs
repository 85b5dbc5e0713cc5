//! The drill: `mem run --live` killed 200 times over real minutes, its books compared with the exchange's after every twenty.
//! `cargo bench -p mem --bench kill [KILLS]`

#![allow(missing_docs, reason = "a program, not a library")]

use std::path::Path;
use std::process::ExitCode;

use mem_types::{Bars, Timeframe};
use mem_venue::InstrumentKind;
use mem_venue::sim::tape::Tape;

#[path = "../drill/mod.rs"]
mod drill;

/// Minutes of each market: what a drill can go through.
const MINUTES: usize = 60_000;

fn main() -> ExitCode {
    let kills = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(200);
    match run(kills) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("kill drill: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(kills: u32) -> Result<(), String> {
    let mut tapes = Vec::new();
    for symbol in ["BTCUSDT", "ETHUSDT"] {
        let bars =
            mem_testkit::real_bars(&format!("crypto_1m/binance_um_{symbol}_1m.csv.gz")).ok_or("no real candles")?;
        let few = (0..MINUTES.min(bars.len())).map(|index| bars.view().bar(index));
        let bars = Bars::from_bars(few).map_err(|error| error.to_string())?;
        let name = symbol.parse().map_err(|error: mem_types::NameError| error.to_string())?;
        let tape = Tape::of_candles(name, InstrumentKind::Perpetual, bars, Timeframe::M1);
        tapes.push(tape.map_err(|error| error.to_string())?);
    }
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let program = Path::new(env!("CARGO_BIN_EXE_mem"));
    let outcome = drill::Drill { program, folder: folder.path(), tapes, kills, between: 20, seed: 11 }.run()?;
    println!(
        "kill drill: {} kills, {} comparisons; {} orders, {} fills, {} closed trades, all as at the exchange",
        outcome.kills, outcome.comparisons, outcome.orders, outcome.fills, outcome.closed
    );
    for (what, mut times) in
        [("start to a live loop", outcome.starts_ms), ("asking the exchange", outcome.recoveries_ms)]
    {
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times.get(((times.len() as f64 - 1.0) * share) as usize).copied().unwrap_or(f64::NAN);
        println!("{what}: {} times, p50 {:.0} ms, p95 {:.0} ms, max {:.0} ms", times.len(), at(0.5), at(0.95), at(1.0));
    }
    Ok(())
}

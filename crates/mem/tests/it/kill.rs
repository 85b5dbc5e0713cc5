//! `mem run` killed at random instants: the short form of the drill in `benches/kill.rs`.

use std::path::Path;

use mem_testkit::real_bars;
use mem_types::{Bars, Timeframe};
use mem_venue::InstrumentKind;
use mem_venue::sim::tape::Tape;

use crate::drill::Drill;

#[test]
fn killed_at_random_instants_its_books_are_the_exchanges() {
    let mut tapes = Vec::new();
    for symbol in ["BTCUSDT", "ETHUSDT"] {
        let Some(bars) = real_bars(&format!("crypto_1m/binance_um_{symbol}_1m.csv.gz")) else { return };
        let bars = Bars::from_bars((0..20_000).map(|index| bars.view().bar(index))).unwrap();
        tapes.push(Tape::of_candles(symbol.parse().unwrap(), InstrumentKind::Perpetual, bars, Timeframe::M1).unwrap());
    }
    let folder = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_mem"));
    let drill = Drill { program, folder: folder.path(), tapes, kills: 12, between: 6, seed: 5 };
    let outcome = drill.run().unwrap();
    assert_eq!((outcome.kills, outcome.comparisons), (12, 2));
    assert!(outcome.fills > 4 && outcome.closed > 0, "{outcome:?}");
}

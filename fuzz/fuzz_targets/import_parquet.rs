//! Arbitrary bytes as Parquet.
#![no_main]

mod edits;
mod sound;

const SEEDS: [&[u8]; 2] = [include_bytes!("../seeds/polars.parquet"), include_bytes!("../seeds/pandas.parquet")];

libfuzzer_sys::fuzz_target!(
    init: {
        // libFuzzer's own hook aborts at every panic, even one that is caught. The importer catches those of the Parquet
        // decoder on purpose and makes errors of them; any other still ends the run.
        drop(std::panic::take_hook());
        std::panic::set_hook(Box::new(|_| {}));
    },
    |sent: &[u8]| {
        let content = edits::content(sent, &SEEDS);
        if content.starts_with(b"PAR1") {
            sound::parse_and_check("venue_SYMBOL_1h.parquet", &content);
        }
    }
);

//! Arbitrary text as CSV.
#![no_main]

mod edits;
mod sound;

const SEEDS: [&[u8]; 5] = [
    include_bytes!("../seeds/candles.csv"),
    include_bytes!("../seeds/panel.csv"),
    include_bytes!("../seeds/klines.csv"),
    include_bytes!("../seeds/trades.csv"),
    include_bytes!("../seeds/quotes.csv"),
];

libfuzzer_sys::fuzz_target!(|sent: &[u8]| {
    sound::parse_and_check("venue_SYMBOL_1h.csv", &edits::content(sent, &SEEDS));
});

//! Arbitrary text as JSON. What does not begin as JSON does would be read as CSV, which has its own target.
#![no_main]

mod edits;
mod sound;

const SEEDS: [&[u8]; 3] = [
    include_bytes!("../seeds/envelope.json"),
    include_bytes!("../seeds/objects.json"),
    include_bytes!("../seeds/lines.json"),
];

libfuzzer_sys::fuzz_target!(|sent: &[u8]| {
    let content = edits::content(sent, &SEEDS);
    if matches!(content.first(), Some(b'[' | b'{')) {
        sound::parse_and_check("venue_SYMBOL_1h.json", &content);
    }
});

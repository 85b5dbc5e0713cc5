//! Arbitrary bytes as feeds of headlines and as files of texts.
#![no_main]

mod edits;

use mem_feed::texts::parse;
use mem_store::import::parse_texts;

const SEEDS: [&[u8]; 5] = [
    include_bytes!("../seeds/feed.rss"),
    include_bytes!("../seeds/feed.atom"),
    include_bytes!("../seeds/feed.json"),
    include_bytes!("../seeds/headlines.csv"),
    include_bytes!("../seeds/headlines.jsonl"),
];

libfuzzer_sys::fuzz_target!(|sent: &[u8]| {
    let content = edits::content(sent, &SEEDS);
    for entry in parse(&content).unwrap_or_default() {
        assert!(!entry.text.is_empty() && !entry.key.is_empty());
        assert!(entry.text.chars().count() <= 2_000);
    }
    // What is gzip is not unpacked here: that would be the decoder's test.
    if !content.starts_with(&[0x1f, 0x8b])
        && let Ok(parsed) = parse_texts("headlines", &content)
    {
        let mut lines: Vec<u64> = parsed.texts.iter().map(|text| text.line).collect();
        lines.extend(parsed.faults.iter().map(|fault| fault.line));
        let rows = lines.len();
        lines.sort_unstable();
        lines.dedup();
        assert_eq!(lines.len(), rows, "a row is a text or a fault, once");
        assert!(parsed.texts.iter().all(|text| !text.text.is_empty()));
    }
});

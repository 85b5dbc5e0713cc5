//! From what libFuzzer sends to a file, and what must hold of every file that the importer accepts.

use std::borrow::Cow;

use mem_store::import::{ImportOptions, Rows, parse_bytes};

/// What libFuzzer sends is the content itself, unless its first byte is the number of a seed: then it is that seed with
/// the edits that follow, three bytes each (two for the place, one for the new value; 0 takes the byte out). So a run
/// without a corpus, too, gets past the first checks.
pub fn content<'a>(sent: &'a [u8], seeds: &[&[u8]]) -> Cow<'a, [u8]> {
    let Some((seed, edits)) = sent.split_first().and_then(|(first, rest)| Some((seeds.get(usize::from(*first))?, rest)))
    else {
        return Cow::Borrowed(sent);
    };
    let mut content = seed.to_vec();
    for edit in edits.chunks_exact(3) {
        let place = usize::from(u16::from_le_bytes([edit[0], edit[1]])) % content.len().max(1);
        match edit[2] {
            _ if content.is_empty() => break,
            0 => {
                content.remove(place);
            }
            value => content[place] = value,
        }
    }
    Cow::Owned(content)
}

/// Parses bytes as a file of that name; panics if what comes out is not sound.
pub fn parse_and_check(name: &str, content: &[u8]) {
    let options = ImportOptions { unpacked_max: 1 << 20, ..ImportOptions::default() };
    let Ok(parsed) = parse_bytes(name, content, &options) else { return };
    let summary = parsed.summary();
    assert_eq!(
        summary.kept + summary.quarantined + summary.duplicates + summary.left_out,
        summary.rows,
        "every row is accounted for"
    );
    assert!(!parsed.series.is_empty(), "nothing usable is an error");
    for series in &parsed.series {
        assert!(!series.rows.is_empty(), "an empty series");
        match &series.rows {
            Rows::Bars(bars) => {
                assert!(bars.view().iter().all(|bar| bar.check().is_ok()), "an unsound bar");
                assert!(bars.view().ts_ns.windows(2).all(|pair| pair[0] < pair[1]), "time does not rise");
            }
            Rows::Trades(rows) => assert!(rows.is_sorted_by_key(|row| row.ts_venue), "time goes backwards"),
            Rows::Quotes(rows) => assert!(rows.is_sorted_by_key(|row| row.ts_venue), "time goes backwards"),
            Rows::Funding(rows) => assert!(rows.is_sorted_by_key(|row| row.ts), "time goes backwards"),
        }
    }
}

//! What must hold of every file that the importer accepts.

use mem_store::import::{ImportOptions, Rows, parse_bytes};

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

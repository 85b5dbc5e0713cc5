//! Golden runs on real bars: how many values of each set are defined, and a checksum of all of them.

use mem_model::feature::{FeatureStream, Sources, built_in};
use mem_model::label::{Barriers, LabelDef, Labeler, Vertical};
use mem_model::table::Table;
use mem_model::validate::leak::{Suspicion, suspicious_features};
use mem_types::Timeframe;
use sha2::{Digest, Sha256};

/// The first eight bytes of the checksum of so many numbers, as hexadecimal text.
fn checksum(values: impl Iterator<Item = u64>) -> String {
    let mut hash = Sha256::new();
    values.for_each(|value| hash.update(value.to_le_bytes()));
    hash.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn features_of_three_years_of_hours() {
    let Some(bars) = mem_testkit::real_bars("crypto_1h/binance_um_BTCUSDT_1h.csv.gz") else { return };
    let Some(market) = mem_testkit::real_bars("crypto_1h/binance_um_ETHUSDT_1h.csv.gz") else { return };
    let mut sources = Sources::default();
    sources.references.insert("market".to_owned(), (market, Timeframe::H1));
    let found: Vec<String> = built_in()
        .iter()
        .map(|set| {
            let rows = FeatureStream::batch(set, bars.view(), Timeframe::H1, &sources).unwrap();
            let columns = rows.table.columns();
            // What depends on scores is undefined throughout: there are none.
            let given: Vec<_> = columns.iter().filter(|column| column.iter().any(|value| !value.is_nan())).collect();
            let whole = (0..rows.table.rows()).filter(|row| given.iter().all(|column| !column[*row].is_nan())).count();
            assert_eq!(whole, bars.len() - set.warmup().unwrap(), "{}: undefined in its warm-up only", set.name);
            let sum = checksum(columns.iter().flatten().map(|value| value.to_bits()));
            format!("{} {} of {} columns, {whole} of {} rows, {sum}", set.name, given.len(), columns.len(), bars.len())
        })
        .collect();
    assert_eq!(
        found,
        [
            "reference25 16 of 25 columns, 27919 of 27952 rows, b851ba2305eae3c3",
            "core 47 of 48 columns, 27784 of 27952 rows, 1440741f94378474",
            "wide 113 of 117 columns, 27616 of 27952 rows, 17030f74fbd957b8",
        ]
    );
}

#[test]
fn labels_of_three_years_of_hours() {
    let Some(bars) = mem_testkit::real_bars("crypto_1h/binance_um_BTCUSDT_1h.csv.gz") else { return };
    let barriers =
        Barriers { up: 1.0, down: 1.0, bars: 24, volatility_bars: 72, min_width: 0.002, vertical: Vertical::Zero };
    let found: Vec<String> = [
        LabelDef::Horizon { bars: 24, dead_band: 0.005 },
        LabelDef::TripleBarrier(barriers),
        LabelDef::Regime { bars: 24, volatility_bars: 168, volatile: 1.5, trend: 1.0 },
        LabelDef::TrendScan { shortest: 6, longest: 24, min_t: 2.0 },
    ]
    .into_iter()
    .map(|def| {
        let labels = Labeler::batch(def, bars.view(), Timeframe::H1, &[]).unwrap();
        let count = |class: i32| labels.iter().filter(|label| label.class == class).count();
        let sum = checksum(labels.iter().flat_map(|label| [label.row as u64, label.end as u64, label.value.to_bits()]));
        format!("{} labels, {:?} of classes -1 to 3, {sum}", labels.len(), [-1, 0, 1, 2, 3].map(count))
    })
    .collect();
    assert_eq!(
        found,
        [
            "27928 labels, [10602, 5988, 11338, 0, 0] of classes -1 to 3, 4716cc3123194dff",
            "27857 labels, [8151, 11854, 7852, 0, 0] of classes -1 to 3, 4b7b4b4bdcd5a19c",
            "27760 labels, [0, 3827, 3129, 17946, 2858] of classes -1 to 3, 72ab056eb22db684",
            "27928 labels, [13390, 629, 13909, 0, 0] of classes -1 to 3, dbaa9ce0ab8455b7",
        ]
    );
}

#[test]
fn honest_features_of_real_bars_are_not_suspicious_and_a_planted_one_is() {
    let Some(bars) = mem_testkit::real_bars("crypto_1h/binance_um_BTCUSDT_1h.csv.gz") else { return };
    let def = LabelDef::Horizon { bars: 1, dead_band: 0.0 };
    let mut label = vec![f64::NAN; bars.len()];
    for known in Labeler::batch(def, bars.view(), Timeframe::H1, &[]).unwrap() {
        label[known.row] = known.value;
    }
    let wide = FeatureStream::batch(&built_in()[2], bars.view(), Timeframe::H1, &Sources::default()).unwrap().table;
    assert_eq!(suspicious_features(&wide, &label, Suspicion::default()), []);
    // The relative strength index, a bar too early.
    let at = wide.names().iter().position(|name| name == "rsi_7").unwrap();
    let mut columns = wide.columns().to_vec();
    columns[at].rotate_left(1);
    let planted = Table::new(wide.names().to_vec(), columns).unwrap();
    let found = suspicious_features(&planted, &label, Suspicion::default());
    assert!(found.len() == 1 && found[0].feature == "rsi_7", "{found:?}");
}

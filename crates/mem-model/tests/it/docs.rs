//! `docs/features.md` is made from the sets that come along. `UPDATE_DOCS=1 cargo test -p mem-model` rewrites it.

use std::fmt::Write;
use std::path::Path;

use mem_model::feature::{FeatureDef, FeatureSet, built_in};

const INTRODUCTION: &str = "<!-- Made from the code by `UPDATE_DOCS=1 cargo test -p mem-model`. -->
# Features

A feature set is a named, versioned list of formulas (`mem_model::feature::FeatureSet`, JSON by way of serde); those below come along, and
any other can be written down. What a name and a version stand for never changes.

- **When a row is known:** at the close of its bar. Nothing that was known later has any influence on it: the row is the same, to the bit,
  when the data ends with it. Bar by bar, many bars at once and replay give the same bits.
- **Undefined** is NaN: while a window is filling, where a source is not given, where a divisor is zero. A window with an undefined value in
  it is undefined.
- **Other symbols** play roles (`market`); which symbol that is, is said by whoever gives its bars. `market.close` is the close of its newest
  bar that had closed when the own one did, undefined once that is more than three own bars old.
- **Scores** of a series (`news`) are those known at the close, each weighing 2^(-age / half life): `news.mean(24h)` is their mean with a half
  life of 24 hours, `spread` their standard deviation, `weight` the sum of their weights. Mean and spread are undefined once the weight is
  below 2^-10.
- **Formulas:** `log` is the natural logarithm, `|x|` the distance from zero; `lag(x, n)` the value n bars ago, `change(x, n)` is
  x - lag(x, n), `log_return(x, n)` is log(x / lag(x, n)); `mean`, `highest`, `lowest` are of the last n values, `std_dev` is their sample
  deviation, `z_score(x, n)` is (x - mean) / std_dev; `rank` is the share of the n - 1 values before that are below x; `slope` that of the
  fitted line per bar; `skew` and `kurtosis` (excess) are by central moments; `correlation` is Pearson's, `beta(x, y, n)` the slope of x on
  y. Indicators are those of `docs/indicators.md`, written with all their parameters.
- **Warm-up** is the number of leading undefined rows, at least: other symbols and scores may begin later, and levels of a calendar day need
  a whole one.
";

fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    for set in built_in() {
        let FeatureSet { name, version, about, features } = &set;
        let warmup = set.warmup().unwrap();
        let _ = write!(page, "\n## `{name}`, version {version}\n\n{about}\n\n");
        let _ = writeln!(page, "{} features; warm-up {warmup} bars.", features.len());
        for (what, names) in [("Other symbols", set.roles()), ("Scores", set.sentiments())] {
            if !names.is_empty() {
                let _ = writeln!(page, "{what}: {}.", names.join(", "));
            }
        }
        page.push_str("\n| feature | what it says | formula | source | warm-up |\n|---|---|---|---|---|\n");
        for feature in features {
            let FeatureDef { name, about, expr, .. } = feature;
            let formula = expr.to_string().replace('|', "\\|");
            let warmup = expr.warmup().unwrap();
            let _ = writeln!(page, "| `{name}` | {about} | {formula} | {} | {warmup} |", sources(feature));
        }
    }
    page
}

/// Where a formula comes from: its own source and those of the indicators in it.
fn sources(feature: &FeatureDef) -> String {
    let own = Some(feature.source.as_str()).filter(|source| !source.is_empty());
    let indicators = feature.expr.indicators();
    let all: Vec<&str> = own.into_iter().chain(indicators.iter().map(|spec| spec.source)).collect();
    if all.is_empty() { "by definition".to_owned() } else { all.join("; ") }
}

#[test]
fn the_feature_reference_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/features.md");
    let page = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/features.md is stale: run UPDATE_DOCS=1 cargo test -p mem-model");
}

//! Parity with scikit-learn, scipy, statsmodels and numpy, to nine digits.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use mem_model::feature::{FeatureStream, Scaler, Scaling, Sources, built_in};
use mem_model::label::{Label, LabelDef, Labeler, weight};
use mem_model::table::Table;
use mem_model::validate::compare::{diebold_mariano, mcnemar};
use mem_model::validate::metric::{
    Average, Confusion, brier, class_log_loss, expected_calibration_error, log_loss, mean_absolute_error, pinball,
    pr_auc, r2, roc_auc, root_mean_squared_error,
};
use mem_model::validate::overfitting::overfitting;
use mem_types::{Bar, Bars, Timeframe, Timestamp};
use serde_json::{Value, json};

use crate::made_up::HOUR;

const ROWS: usize = 600;

/// Seeded numbers from 0 to 1.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Roughly normal.
    fn bell(&mut self) -> f64 {
        (0..12).map(|_| self.next()).sum::<f64>() - 6.0
    }

    fn many(&mut self, count: usize, of: impl Fn(&mut Self) -> f64) -> Vec<f64> {
        (0..count).map(|_| of(self)).collect()
    }
}

/// Numbers asked of the peers, and ours under the same names.
#[derive(Default)]
struct Both {
    given: BTreeMap<&'static str, Value>,
    ours: BTreeMap<String, Vec<f64>>,
}

impl Both {
    fn ours(&mut self, name: impl Into<String>, values: impl IntoIterator<Item = f64>) {
        self.ours.insert(name.into(), values.into_iter().collect());
    }
}

#[test]
fn figures_are_those_of_the_peers() {
    let Some(python) = mem_testkit::python("scikit-learn, scipy and statsmodels") else { return };
    let mut both = Both::default();
    let mut draw = Draw(20_251_016);
    scalers(&mut both, &mut draw);
    classes(&mut both, &mut draw);
    probabilities(&mut both, &mut draw);
    regression(&mut both, &mut draw);
    tests(&mut both, &mut draw);
    tries(&mut both, &mut draw);
    series(&mut both, &mut draw);

    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/peers.py");
    let mut child = Command::new(python)
        .arg(script)
        // Small matrices: threads would only wait for each other, for minutes on a busy machine.
        .envs(["OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"].map(|name| (name, "1")))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("MEM_PYTHON names a program");
    let mut input = child.stdin.take().expect("piped");
    input.write_all(serde_json::to_string(&both.given).unwrap().as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    match output.status.code() {
        Some(0) => {}
        Some(77) => return mem_testkit::skipped(&String::from_utf8_lossy(&output.stderr)),
        _ => panic!("{}", String::from_utf8_lossy(&output.stderr)),
    }
    // Python writes NaN, which is no JSON.
    let text = String::from_utf8(output.stdout).unwrap().replace("NaN", "null");
    let theirs: BTreeMap<String, Value> = serde_json::from_str(&text).unwrap();
    assert!(theirs.len() > 40 && theirs.keys().eq(both.ours.keys()), "{:?} {:?}", theirs.keys(), both.ours.keys());
    for (name, ours) in &both.ours {
        let number = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
        let theirs: Vec<f64> = match &theirs[name] {
            Value::Array(values) => values.iter().map(number).collect(),
            one => vec![number(one)],
        };
        assert_eq!(ours.len(), theirs.len(), "{name}");
        for (index, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
            let close = (ours - theirs).abs() <= 1e-9 * theirs.abs().max(1.0) || (ours.is_nan() && theirs.is_nan());
            assert!(close, "{name} at {index}: {ours} not {theirs}");
        }
    }
}

fn scalers(both: &mut Both, draw: &mut Draw) {
    let column =
        draw.many(ROWS, |draw| if draw.next() < 0.05 { f64::NAN } else { (3.0 * draw.bell()).round() / 2.0 + 5.0 });
    let table = Table::new(vec!["a".to_owned()], vec![column.clone()]).unwrap();
    let train: Vec<usize> = (0..400).collect();
    for (name, scaling) in [
        ("standard", Scaling::Standard),
        ("robust", Scaling::Robust),
        ("uniform", Scaling::Uniform { quantiles: 50 }),
        ("normal", Scaling::Normal { quantiles: 50 }),
    ] {
        let scaled = Scaler::fit(scaling, &table, &train).apply_table(&table);
        both.ours(name, scaled.columns()[0].clone());
    }
    both.given.insert("train", json!(column[..400]));
    both.given.insert("column", json!(column));
}

fn classes(both: &mut Both, draw: &mut Draw) {
    let truth: Vec<i32> = (0..ROWS).map(|_| [-1, -1, 0, 1, 2][(draw.next() * 5.0) as usize]).collect();
    // Class 2 is never predicted.
    let said: Vec<i32> = truth
        .iter()
        .map(|truth| if draw.next() < 0.5 { (*truth).min(1) } else { (draw.next() * 3.0) as i32 - 1 })
        .collect();
    let probability: Vec<Vec<f64>> = (0..ROWS)
        .map(|_| {
            let raw = draw.many(4, Draw::next);
            let sum: f64 = raw.iter().sum();
            raw.iter().map(|part| part / sum).collect()
        })
        .collect();
    let confusion = Confusion::new(&truth, &said);
    both.ours("confusion", confusion.counts.iter().flatten().map(|count| *count as f64));
    both.ours("accuracy", confusion.accuracy());
    both.ours("balanced_accuracy", confusion.balanced_accuracy());
    for (name, average) in [("macro", Average::Macro), ("weighted", Average::Weighted)] {
        both.ours(format!("precision_{name}"), confusion.precision(average));
        both.ours(format!("recall_{name}"), confusion.recall(average));
        both.ours(format!("f1_{name}"), confusion.f1(average));
    }
    both.ours("matthews", [confusion.matthews()]);
    let t = Timestamp::from_nanos(0);
    let label = |class: &i32| Label { row: 0, end: 1, t0: t, t1: t, class: *class, value: 0.0, log_return: 0.0 };
    both.ours("class_balance", weight::class_balance(&truth.iter().map(label).collect::<Vec<_>>()));
    let place: Vec<usize> = truth.iter().map(|class| (class + 1) as usize).collect();
    both.ours("class_log_loss", class_log_loss(&place, &probability));
    both.given.insert("class_truth", json!(truth));
    both.given.insert("class_said", json!(said));
    both.given.insert("class_probability", json!(probability));
}

fn probabilities(both: &mut Both, draw: &mut Draw) {
    // Many equal ones, and some certain ones that are wrong.
    let probability = draw.many(ROWS, |draw| (draw.next() * 25.0).round() / 25.0);
    let came: Vec<bool> = probability.iter().map(|p| draw.next() < 0.2 + 0.6 * p).collect();
    both.ours("log_loss", log_loss(&came, &probability));
    both.ours("brier", brier(&came, &probability));
    both.ours("roc_auc", roc_auc(&came, &probability));
    both.ours("pr_auc", pr_auc(&came, &probability));
    both.ours("ece", expected_calibration_error(&came, &probability, 10));
    both.given.insert("came", json!(came));
    both.given.insert("probability", json!(probability));
}

fn regression(both: &mut Both, draw: &mut Draw) {
    let number = draw.many(ROWS, Draw::bell);
    let forecast: Vec<f64> = number.iter().map(|number| 0.5 * number + draw.bell()).collect();
    both.ours("mae", mean_absolute_error(&number, &forecast));
    both.ours("rmse", root_mean_squared_error(&number, &forecast));
    both.ours("r2", r2(&number, &forecast));
    for level in [0.1, 0.5, 0.9] {
        both.ours(format!("pinball_{level}"), pinball(&number, &forecast, level));
    }
    both.given.insert("number", json!(number));
    both.given.insert("forecast", json!(forecast));
}

fn tests(both: &mut Both, draw: &mut Draw) {
    for (name, key, only) in [("few", "only_few", [3, 9]), ("many", "only_many", [140, 110])] {
        let first: Vec<bool> = [vec![true; 10 + only[0]], vec![false; only[1] + 7]].concat();
        let second: Vec<bool> = [vec![true; 10], vec![false; only[0]], vec![true; only[1]], vec![false; 7]].concat();
        let found = mcnemar(&first, &second);
        both.ours(format!("mcnemar_{name}"), [found.exact, found.chi2, found.approximate]);
        both.given.insert(key, json!(only));
    }
    let first = draw.many(ROWS, |draw| draw.bell().powi(2));
    let second: Vec<f64> = first.iter().map(|loss| 0.95 * loss + 0.5 * draw.next()).collect();
    for horizon in [1, 3, 12] {
        let found = diebold_mariano(&first, &second, horizon).unwrap();
        let figures = [found.mean_difference, found.statistic, found.p_value];
        if horizon == 1 {
            both.ours("t_test", [found.statistic, found.p_value]);
        }
        both.ours(format!("diebold_mariano_{horizon}"), figures);
    }
    both.given.insert("first_loss", json!(first));
    both.given.insert("second_loss", json!(second));
    both.given.insert("horizon_one", json!(true));
}

fn tries(both: &mut Both, draw: &mut Draw) {
    let tries: Vec<Vec<f64>> =
        (0..12).map(|lift| draw.many(403, |draw| draw.bell() + 0.01 * f64::from(lift))).collect();
    let found = overfitting(&tries, 8).unwrap();
    both.ours("overfitting", [found.probability]);
    both.ours("logits", found.logits);
    both.given.insert("tries", json!(tries));
    both.given.insert("blocks", json!(8));
}

fn series(both: &mut Both, draw: &mut Draw) {
    let mut walk = |count: usize| {
        let mut close = 100.0;
        let bars = (0..count).map(|hour| {
            let open = close;
            close *= 1.0 + 0.01 * draw.bell();
            let ts = Timestamp::from_nanos(hour as i64 * HOUR);
            Bar { ts, open, high: open.max(close), low: open.min(close), close, volume: 1.0 + draw.next() }
        });
        Bars::from_bars(bars).unwrap()
    };
    let (bars, market) = (walk(ROWS), walk(ROWS));
    let (shortest, longest) = (4, 15);
    let def = LabelDef::TrendScan { shortest, longest, min_t: 0.0 };
    let labels = Labeler::batch(def, bars.view(), Timeframe::H1, &[]).unwrap();
    both.ours("trend_scan", labels.iter().map(|label| label.value));
    let mut sources = Sources::default();
    sources.references.insert("market".to_owned(), (market.clone(), Timeframe::H1));
    let wide = FeatureStream::batch(&built_in()[2], bars.view(), Timeframe::H1, &sources).unwrap();
    for name in [
        "return_24",
        "volatility_24",
        "return_z_72",
        "skew_72",
        "kurtosis_72",
        "volume_ratio_24",
        "market_correlation_72",
        "market_beta_72",
        "trend_slope_72",
        "return_rank_168",
    ] {
        let column = wide.table.column(name).unwrap();
        both.ours(name, column.iter().copied().filter(|value| !value.is_nan()));
    }
    both.given.insert("close", json!(bars.view().close));
    both.given.insert("volume", json!(bars.view().volume));
    both.given.insert("market", json!(market.view().close));
    both.given.insert("shortest", json!(shortest));
    both.given.insert("longest", json!(longest));
}

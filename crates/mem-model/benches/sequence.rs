//! Networks beside trees and logistic regression on real hours, one split in time: `cargo bench -p mem-model --features deep --bench sequence -- BTCUSDT ETHUSDT`
//!
//! The first 60 % of the time teach, the next 15 % say when to stop, the rest is foreseen; nothing trains whose label was not known by then.

#![allow(missing_docs, clippy::unwrap_used, reason = "a program, not a library")]

use std::time::Instant;

use mem_model::boost::BoostParameters;
use mem_model::feature::{self, FeatureStream, Sources};
use mem_model::label::{LabelDef, Labeler};
use mem_model::learn::{Learn, Predictor};
use mem_model::linear::LogisticParameters;
use mem_model::sample::Sample;
use mem_model::sequence::{Cell, Run, SequenceParameters, Sequences};
use mem_model::table::Table;
use mem_model::validate::metric::{log_loss, roc_auc};
use mem_types::{Timeframe, Timestamp};

const STEPS: usize = 24;

/// Rows of a part of the time.
struct Part {
    ends: Vec<(usize, usize)>,
    target: Vec<f64>,
}

impl Part {
    fn windows<'a>(&'a self, series: &'a [Table]) -> Sequences<'a> {
        Sequences { series, ends: &self.ends, target: &self.target, weights: None }
    }
}

fn main() {
    let symbols: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let set = feature::named("core").unwrap();
    let (mut series, mut found) = (Vec::new(), Vec::new());
    for (number, symbol) in symbols.iter().enumerate() {
        let Some(bars) = mem_testkit::real_bars(&format!("crypto_1h/binance_um_{symbol}_1h.csv.gz")) else { return };
        let rows = FeatureStream::batch(&set, bars.view(), Timeframe::H1, &Sources::default()).unwrap();
        let mut run = Run::new(Timeframe::H1, set.warmup().unwrap());
        let runs: Vec<usize> = rows.known_at.iter().map(|at| run.push(*at)).collect();
        let label = LabelDef::Horizon { bars: 4, dead_band: 0.0 };
        let labels = Labeler::batch(label, bars.view(), Timeframe::H1, &[]).unwrap();
        found.extend(labels.into_iter().filter(|label| runs[label.row] >= STEPS).map(|label| (label, number)));
        series.push(rows.table);
    }
    // `cargo bench --workspace` starts every program without symbols.
    if found.is_empty() {
        return;
    }
    found.sort_by_key(|(label, number)| (label.t0, *number));
    let at = |share: f64| found[(found.len() as f64 * share) as usize].0.t0;
    let (judged_from, unseen_from) = (at(0.6), at(0.75));
    let part = |from: Timestamp, until: Timestamp| {
        let of = found.iter().filter(|(label, _)| label.t0 >= from && label.t1 <= until);
        let (ends, target) =
            of.map(|(label, number)| ((*number, label.row), f64::from(u8::from(label.class > 0)))).unzip();
        Part { ends, target }
    };
    let taught = part(Timestamp::from_nanos(i64::MIN), judged_from);
    let judged = part(judged_from, unseen_from);
    let unseen = part(unseen_from, Timestamp::from_nanos(i64::MAX));
    println!(
        "{} rows teach, {} say when to stop, {} are foreseen",
        taught.ends.len(),
        judged.ends.len(),
        unseen.ends.len()
    );
    let rows = |part: &Part| part.windows(&series).newest();
    let (taught_rows, judged_rows) = (rows(&taught), rows(&judged));
    let training = Sample::new(&taught_rows, &taught.target);
    let validation = Sample::new(&judged_rows, &judged.target);
    let tell = |name: &str, predictor: &Predictor, trained: f64| {
        let steps = predictor.steps();
        let windows: Vec<Vec<f64>> = unseen
            .ends
            .iter()
            .map(|(number, row)| {
                let columns = series[*number].columns();
                (row + 1 - steps..=*row).flat_map(|row| columns.iter().map(move |column| column[row])).collect()
            })
            .collect();
        let begun = Instant::now();
        let said: Vec<f64> = windows.iter().map(|window| predictor.predict_row(window).unwrap()[0]).collect();
        let each = begun.elapsed().as_secs_f64() * 1e6 / said.len() as f64;
        let truth: Vec<bool> = unseen.target.iter().map(|target| *target > 0.5).collect();
        println!(
            "{name:12} AUC {:.4}  log loss {:.4}  trained in {trained:6.1} s  a prediction {each:.1} us",
            roc_auc(&truth, &said).unwrap(),
            log_loss(&truth, &said).unwrap(),
        );
    };
    let trees = BoostParameters {
        rounds: 200,
        learning_rate: 0.05,
        leaf_rows: 100,
        feature_fraction: 0.7,
        bagging_fraction: 0.7,
        patience: Some(25),
        seed: 7,
        ..BoostParameters::default()
    };
    let rowwise: [(&str, &dyn Learn); 2] = [("trees", &trees), ("logistic", &LogisticParameters::default())];
    for (name, learner) in rowwise {
        let begun = Instant::now();
        let predictor = learner.learn(&training, Some(&validation)).unwrap();
        tell(name, &predictor, begun.elapsed().as_secs_f64());
    }
    for cell in [Cell::Lstm, Cell::Gru, Cell::Transformer] {
        let begun = Instant::now();
        let parameters = SequenceParameters { cell, steps: STEPS, seed: 7, ..SequenceParameters::default() };
        let learned = parameters.train(&taught.windows(&series), Some(&judged.windows(&series))).unwrap();
        tell(cell.name(), &Predictor::Sequence(learned), begun.elapsed().as_secs_f64());
    }
}

//! Rows a second of every online learner, predicted and then learned, and updates a second of ADWIN. `cargo bench -p mem-model --bench online`
//!
//! `online [--rows FILE --width N] [--stream FILE] [--runs N] [--serve]`. FILE holds little-endian f64: rows of N numbers and a label, or the
//! values of a stream; without them seeded ones are made. With `--serve` one subject is measured for each name read from standard input, so
//! that a peer can take turns. Time is what the thread spent on a processor, of the median run.

use std::io::{BufRead, Write};

use mem_model::drift::{Adwin, AdwinConfig, Detector, Level};
use mem_model::online::random::Random;
use mem_model::online::{
    AdaptiveForest, AdaptiveTree, AdaptiveTreeConfig, ForestConfig, HoeffdingTree, Learner, Logistic, LogisticConfig,
    NaiveBayes, OnlineClassifier, Prequential, TreeConfig,
};
use rustix::time::{ClockId, clock_gettime};

const SUBJECTS: [&str; 6] = ["logistic", "naive_bayes", "hoeffding_tree", "adaptive_tree", "adaptive_forest", "adwin"];

struct Options {
    rows: Option<String>,
    width: usize,
    stream: Option<String>,
    runs: usize,
    serve: bool,
}

fn options() -> Options {
    let mut options = Options { rows: None, width: 25, stream: None, runs: 3, serve: false };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().unwrap_or_else(|| panic!("{argument} needs a value"));
        match argument.as_str() {
            "--rows" => options.rows = Some(value()),
            "--width" => options.width = value().parse().expect("a count of columns"),
            "--stream" => options.stream = Some(value()),
            "--runs" => options.runs = value().parse().expect("a count of runs"),
            "--serve" => options.serve = true,
            // What cargo adds to every bench program.
            "--bench" => {}
            other => panic!("unknown argument {other}"),
        }
    }
    options
}

fn read(path: &str) -> Vec<f64> {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("cannot read {path}: {error}"));
    bytes.as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect()
}

/// Rows of normal-like numbers and a label whose logit is partly linear.
fn rows(count: usize, width: usize) -> Vec<f64> {
    let mut random = Random::new(20_251_016);
    let mut rows = Vec::with_capacity(count * (width + 1));
    for _ in 0..count {
        let start = rows.len();
        rows.extend((0..width).map(|_| (0..12).map(|_| random.unit()).sum::<f64>() - 6.0));
        let logit = 1.4 * rows[start] - rows[start + 1] + rows[start + 2] * rows[start + 3];
        rows.push(f64::from(u8::from(random.unit() < 1.0 / (1.0 + (-logit).exp()))));
    }
    rows
}

/// Errors whose share shifts twice.
fn errors(count: usize) -> Vec<f64> {
    let mut random = Random::new(7);
    let share = |at: usize| {
        if at < count * 2 / 5 {
            0.2
        } else if at < count * 7 / 10 {
            0.35
        } else {
            0.15
        }
    };
    (0..count).map(|at| f64::from(u8::from(random.unit() < share(at)))).collect()
}

fn learner(name: &str, width: usize) -> Learner {
    match name {
        "logistic" => {
            let config = LogisticConfig { standardise: false, ..LogisticConfig::default() };
            Learner::Logistic(Logistic::new(width, config))
        }
        "naive_bayes" => Learner::NaiveBayes(NaiveBayes::new(width)),
        "hoeffding_tree" => Learner::HoeffdingTree(HoeffdingTree::new(width, TreeConfig::default())),
        "adaptive_tree" => Learner::AdaptiveTree(AdaptiveTree::new(width, AdaptiveTreeConfig::default())),
        "adaptive_forest" => Learner::AdaptiveForest(AdaptiveForest::new(width, ForestConfig::default())),
        other => panic!("no learner is named {other}"),
    }
}

/// Seconds that this thread has spent on a processor.
fn now() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Units a second of the median run, and what else there is to say, as a line of JSON.
fn measure(name: &str, options: &Options, rows: &[f64], stream: &[f64]) -> String {
    let mut seconds = Vec::new();
    let mut said = String::new();
    for _ in 0..options.runs.max(1) {
        if name == "adwin" {
            let mut adwin = Adwin::new(AdwinConfig::default());
            let started = now();
            let drifts = stream.iter().filter(|value| adwin.update(**value) == Level::Drift).count();
            seconds.push((now() - started) / stream.len() as f64);
            said = format!("\"drifts\": {drifts}");
            continue;
        }
        let mut learner = learner(name, options.width);
        let observations = rows.chunks_exact(options.width + 1);
        let mut predicted = Vec::with_capacity(observations.len());
        let started = now();
        for observation in rows.chunks_exact(options.width + 1) {
            let (row, label) = (&observation[..options.width], observation[options.width] > 0.5);
            predicted.push((learner.predict(row), label));
            learner.learn(row, label);
        }
        seconds.push((now() - started) / predicted.len() as f64);
        let mut scores = Prequential::new(1.0, predicted.len());
        predicted.iter().for_each(|(probability, label)| scores.score(*probability, *label));
        let figures = scores.figures().expect("rows were predicted");
        let auc = figures.auc.unwrap_or(f64::NAN);
        said =
            format!("\"accuracy\": {:.6}, \"auc\": {auc:.6}, \"log_loss\": {:.6}", figures.accuracy, figures.log_loss);
    }
    seconds.sort_by(f64::total_cmp);
    format!("{{\"name\": \"{name}\", \"per_second\": {:.0}, {said}}}", 1.0 / seconds[seconds.len() / 2])
}

fn main() {
    let options = options();
    let rows = options.rows.as_deref().map_or_else(|| rows(100_000, options.width), read);
    let stream = options.stream.as_deref().map_or_else(|| errors(1_000_000), read);
    if !options.serve {
        for name in SUBJECTS {
            println!("{}", measure(name, &options, &rows, &stream));
        }
        return;
    }
    for name in std::io::stdin().lock().lines() {
        let line = measure(name.expect("a line of text").trim(), &options, &rows, &stream);
        println!("{line}");
        std::io::stdout().flush().expect("standard output takes a line");
    }
}

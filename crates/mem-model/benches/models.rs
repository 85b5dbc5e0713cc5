//! Trees, as `bench/models.py` asks for them. `cargo bench -p mem-model --bench models -- --table FILE --rows N --width D`
//!
//! FILE holds N rows of D features and a label, 64-bit floats; the first 80 % are for training. A line on standard input is a request, a line
//! of JSON on standard output the answer.

#![allow(missing_docs, clippy::unwrap_used, reason = "a program, not a library")]

use std::io::{BufRead, Write};
use std::time::Instant;

use mem_model::boost::{BoostParameters, Boosted};
use mem_model::sample::Sample;
use mem_model::table::Table;
use rustix::time::{ClockId, clock_gettime};

fn clock(id: ClockId) -> f64 {
    let time = clock_gettime(id);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn table(values: &[f64], width: usize, rows: std::ops::Range<usize>) -> (Table, Vec<f64>) {
    let column = |at: usize| rows.clone().map(|row| values[row * (width + 1) + at]).collect::<Vec<_>>();
    let names = (0..width).map(|at| format!("f{at}")).collect();
    (Table::new(names, (0..width).map(column).collect()).unwrap(), column(width))
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let option = |name: &str| arguments.iter().position(|word| word == name).map(|at| arguments[at + 1].clone());
    // `cargo bench --workspace` starts every program without such words.
    let Some(file) = option("--table") else { return };
    let (rows, width): (usize, usize) =
        (option("--rows").unwrap().parse().unwrap(), option("--width").unwrap().parse().unwrap());
    let bytes = std::fs::read(file).unwrap();
    let values: Vec<f64> = bytes.chunks_exact(8).map(|eight| f64::from_le_bytes(eight.try_into().unwrap())).collect();
    let (training, target) = table(&values, width, 0..rows * 4 / 5);
    let (test, _) = table(&values, width, rows * 4 / 5..rows);
    let sample = Sample::new(&training, &target);
    let parameters = BoostParameters::default();
    let mut boosted: Option<Boosted> = None;
    let pool = |threads: usize| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let (one, two) = (pool(1), pool(2));
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let mut words = line.split_whitespace();
        let (wall, spent) = (Instant::now(), clock(ClockId::ProcessCPUTime));
        match (words.next().unwrap(), words.next()) {
            ("train", Some(threads)) => {
                let pool = if threads == "1" { &one } else { &two };
                boosted = Some(pool.install(|| parameters.train(&sample, None).unwrap()));
            }
            ("predict", _) => {
                let forest = &boosted.as_ref().unwrap().forest;
                one.install(|| std::hint::black_box(forest.predict_table(&test).unwrap()));
            }
            ("answers", Some(path)) => {
                let answers = boosted.as_ref().unwrap().forest.predict_table(&test).unwrap();
                std::fs::write(path, answers.iter().flat_map(|answer| answer.to_le_bytes()).collect::<Vec<u8>>())
                    .unwrap();
            }
            ("single", _) => {
                single(&boosted.as_ref().unwrap().forest, &test);
                continue;
            }
            other => panic!("{other:?}"),
        }
        let (wall, spent) = (wall.elapsed().as_secs_f64(), clock(ClockId::ProcessCPUTime) - spent);
        println!("{{\"wall_s\": {wall}, \"cpu_s\": {spent}}}");
        std::io::stdout().flush().unwrap();
    }
}

/// Latency of single rows: 20,000 calls after 2,000 that warm up.
fn single(forest: &mem_model::forest::Forest, test: &Table) {
    let (mut row, mut times) = (Vec::new(), Vec::new());
    for call in 0..22_000 {
        test.row(call % test.rows(), &mut row);
        let begun = Instant::now();
        std::hint::black_box(forest.predict_row(std::hint::black_box(&row)).unwrap());
        if call >= 2_000 {
            times.push(begun.elapsed().as_nanos());
        }
    }
    times.sort_unstable();
    let at = |share: f64| times[(times.len() as f64 * share) as usize] as f64 / 1e3;
    println!("{{\"p50_us\": {}, \"p99_us\": {}}}", at(0.5), at(0.99));
    std::io::stdout().flush().unwrap();
}

//! Asks Python's libraries, about rows made by seed.

use std::io::Write;
use std::process::{Command, Stdio};

use mem_model::table::Table;

/// Runs a script with `input` on its standard input; what it prints, read as JSON. None where there is no Python with the libraries.
pub(crate) fn ask(needed: &str, script: &str, input: &serde_json::Value) -> Option<serde_json::Value> {
    let python = mem_testkit::python(needed)?;
    let mut child = Command::new(python)
        .args(["-W", "ignore", "-c", script])
        .env("OMP_NUM_THREADS", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "the script ends well");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// The numbers of a JSON list.
pub(crate) fn numbers(of: &serde_json::Value) -> Vec<f64> {
    of.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

/// Rows of `width` features between -2 and 2, a share of them missing, and a noisy signal in the first three.
pub(crate) fn rows(count: usize, width: usize, missing: f64, seed: u64) -> (Table, Vec<f64>) {
    let mut state = seed;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 11) as f64) / (1_u64 << 53) as f64
    };
    let (mut columns, mut signal) = (vec![Vec::new(); width], Vec::new());
    for _ in 0..count {
        let row: Vec<f64> = (0..width).map(|_| draw() * 4.0 - 2.0).collect();
        signal.push(row[0] - 0.5 * row[1] + row[1] * row[2] * 0.5 + (draw() + draw() - 1.0) * 2.0);
        for (column, value) in columns.iter_mut().zip(row) {
            column.push(if draw() < missing { f64::NAN } else { value });
        }
    }
    (Table::new((0..width).map(|number| format!("f{number}")).collect(), columns).unwrap(), signal)
}

/// The greatest distance between two lists.
pub(crate) fn apart(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

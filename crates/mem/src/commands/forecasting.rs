//! Forecasters of numbers on the terminal: how near they came, beside what is said without a model.

use mem_research::learn::{Fitness, ForecastGate, Forecaster, Measures};

use crate::output::{self, Align};

/// Features that are printed.
const SHOWN: usize = 10;

pub(super) fn print(made: &Forecaster) -> anyhow::Result<()> {
    let market = if made.is_simulated() { ", SIMULATED MARKET" } else { "" };
    output::line(format!(
        "{} of {} on {} bars of {} symbols{market}: features {}, {} rows, {} of them foreseen out of sample in {} tests",
        made.config.learner.kind(),
        made.config.target.as_str(),
        made.config.timeframe,
        made.series.len(),
        made.features,
        output::count(made.rows as u64),
        output::count(made.fitness.rows as u64),
        made.folds.len(),
    ))?;
    let target = &made.config.target;
    fitness(&made.fitness, target.loss(), target.plainly())?;
    let rests: Vec<String> = made
        .importance
        .iter()
        .take(SHOWN)
        .map(|(name, share)| format!("{name} {}", output::rate(Some(*share))))
        .collect();
    output::line(format!("it rests on: {}", rests.join(", ")))?;
    made.fitness.words.iter().try_for_each(output::line)?;
    match &made.gate {
        Some(gate) => print_gate(gate, target.loss()),
        None => Ok(()),
    }
}

fn print_gate(gate: &ForecastGate, loss: &str) -> anyhow::Result<()> {
    output::line(format!(
        "\ngate: {} rows that nobody had seen, {} to {}, against {}",
        output::count(gate.fitness.rows as u64),
        output::minute(gate.from),
        output::minute(gate.to),
        gate.against,
    ))?;
    fitness(&gate.fitness, loss, &gate.against)?;
    output::line(format!("{}: {}", if gate.passed { "passed" } else { "not passed" }, gate.reason))
}

fn fitness(fitness: &Fitness, loss: &str, other: &str) -> anyhow::Result<()> {
    let columns =
        [("", Align::Left), (loss, Align::Right), ("MAE", Align::Right), ("RMSE", Align::Right), ("R2", Align::Right)];
    let row = |name: &str, of: &Measures| {
        vec![
            name.to_owned(),
            small(of.loss),
            of.mae.map(small).unwrap_or_default(),
            of.rmse.map(small).unwrap_or_default(),
            of.r2.map(|value| format!("{value:.4}")).unwrap_or_default(),
        ]
    };
    output::table(&columns, [row("model", &fitness.model), row(other, &fitness.plain)])?;
    if fitness.levels.is_empty() {
        return Ok(());
    }
    let columns = [
        ("level", Align::Right),
        ("came below", Align::Right),
        ("pinball loss", Align::Right),
        ("came below the other", Align::Right),
        ("its pinball loss", Align::Right),
    ];
    let rows = fitness.levels.iter().map(|one| {
        vec![
            output::rate(Some(one.level)),
            output::rate(Some(one.coverage)),
            small(one.pinball),
            output::rate(Some(one.plain_coverage)),
            small(one.plain_pinball),
        ]
    });
    output::table(&columns, rows)
}

/// Returns and their squares are small.
fn small(value: f64) -> String {
    if value.abs() < 0.01 { format!("{value:.3e}") } else { format!("{value:.4}") }
}

//! The card of a forecaster of numbers: what it was taught, how near it came, what it rests on.

use super::study::{Cell, Study, figure, percent};
use super::words::number;
use crate::learn::{Fitness, ForecastGate, Forecaster, Measures};

/// Features that are listed.
const LISTED: usize = 25;

pub(super) fn page(made: &Forecaster, title: Option<&str>) -> String {
    let config = &made.config;
    let (loss, plainly) = (config.target.loss(), config.target.plainly());
    let mut study = Study::default();
    let symbols: Vec<String> = made.series.iter().map(|key| key.symbol.to_string()).collect();
    let lead = format!(
        "{} of {} on {} bars of {}, {} to {}; judged on {} rows that it had not seen",
        config.learner.kind().replace('_', " "),
        config.target.as_str(),
        config.timeframe,
        if symbols.len() > 6 { format!("{} symbols", symbols.len()) } else { symbols.join(", ") },
        date(made.span.0),
        date(made.span.1),
        number(made.fitness.rows as f64),
    );
    let chips = [
        format!("features {}", made.features),
        format!("{} bars ahead", config.label.longest()),
        format!("{} tests, walking forward", config.folds),
    ];
    let seed = config.learner.seed();
    let facts = [
        ("Id", made.id.clone()),
        ("Data", made.fingerprint.chars().take(12).collect()),
        ("Code version", made.code_version.clone()),
        ("Seed", seed.map_or_else(|| "none: nothing is random".to_owned(), |seed| seed.to_string())),
    ];
    study.head(title.unwrap_or("Model card"), &lead, &chips, &facts);
    study.banners(made.is_simulated(), None);
    let fitness = &made.fitness;
    study.cards(&[
        (
            "Foresees",
            if fitness.foresees { "yes" } else { "not shown" }.to_owned(),
            "",
            format!("nearer than {plainly} by more than luck"),
        ),
        ("Loss saved", percent(Some(fitness.skill)), "", format!("{loss}, beside {plainly}")),
        ("R2", figure(fitness.model.r2, 4), "", format!("{} for {plainly}", figure(fitness.plain.r2, 4))),
        ("p", figure(fitness.p_value, 4), "", "such a difference by luck (Diebold and Mariano)".to_owned()),
    ]);
    let mut notes = fitness.words.clone();
    notes.push("It predicts and is scored; it does not decide, and earns nothing by itself.".to_owned());
    study.notes(&notes);
    if let Some(gate) = &made.gate {
        gate_of(&mut study, gate, loss);
    }
    study.section("fitness", "How near it came", "on rows that it had not seen");
    tables(&mut study, fitness, loss, plainly);
    study.end();
    study.section("folds", "Test by test", "each with a model trained on what was known then");
    study.table(
        &["From", "To", "Rows trained", "Rows tested", "Loss", "Without a model"],
        made.folds.iter().map(|fold| {
            vec![
                Cell::text(date(fold.from)),
                Cell::text(date(fold.to)),
                Cell::count(fold.trained),
                Cell::count(fold.tested),
                small(Some(fold.loss)),
                small(Some(fold.loss_of_plain)),
            ]
        }),
    );
    study.end();
    study.section("importance", "What it rests on", "share of what the first predictor of the final model gains");
    let listed = made.importance.iter().take(LISTED);
    study.table(
        &["Feature", "Share"],
        listed.map(|(name, share)| vec![Cell::text(name.clone()), Cell::percent(Some(*share))]),
    );
    study.end();
    study.config(config);
    study.finish(format!("Model {}", made.id), "MODEL CARD", made.is_simulated(), &made.code_version)
}

fn gate_of(study: &mut Study, gate: &ForecastGate, loss: &str) {
    let besides = format!("{} to {}, rows that nobody had seen", date(gate.from), date(gate.to));
    study.section("gate", if gate.passed { "Gate: passed" } else { "Gate: not passed" }, &besides);
    tables(study, &gate.fitness, loss, &gate.against);
    study.caption(&format!(
        "Over {} rows: {}. The test (Diebold and Mariano, one-sided, at {}) was fixed before.",
        number(gate.fitness.rows as f64),
        gate.reason.trim_end_matches('.'),
        gate.config.alpha
    ));
    study.end();
}

fn tables(study: &mut Study, fitness: &Fitness, loss: &str, other: &str) {
    let row = |name: &str, of: &Measures| {
        vec![Cell::text(name), small(Some(of.loss)), small(of.mae), small(of.rmse), Cell::figure(of.r2, 4)]
    };
    study.table(
        &["", &format!("Mean {}", loss.trim_start_matches("mean ")), "MAE", "RMSE", "R2"],
        [row("Model", &fitness.model), row(other, &fitness.plain)],
    );
    if fitness.levels.is_empty() {
        return;
    }
    study.table(
        &["Level", "Came below", "Pinball loss", "Came below the other", "Its pinball loss"],
        fitness.levels.iter().map(|one| {
            vec![
                Cell::percent(Some(one.level)),
                Cell::percent(Some(one.coverage)),
                small(Some(one.pinball)),
                Cell::percent(Some(one.plain_coverage)),
                small(Some(one.plain_pinball)),
            ]
        }),
    );
}

fn date(time: mem_types::Timestamp) -> String {
    time.to_string().chars().take(10).collect()
}

/// Returns and their squares are small.
fn small(value: Option<f64>) -> Cell {
    Cell::text(value.map_or_else(|| "\u{2014}".to_owned(), |value| format!("{value:.3e}")))
}

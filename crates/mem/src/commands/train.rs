//! `mem train`: a model that is kept, with its gate.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context as _;
use mem_engine::shelf::Shelf;
use mem_model::label::LabelDef;
use mem_model::lifecycle::registry::NewModel;
use mem_model::lifecycle::{ModelId, ModelRecord, Registry, Scope, Stage};
use mem_model::model::Model;
use mem_research::learn::{
    Champion, Fitness, ForecastGate, Forecaster, Gate, GateConfig, LearnConfig, Scores, Target, Trained, forecast,
    train,
};
use mem_research::report;
use mem_research::run::WithTexts;
use mem_research::runlog::RunLog;
use mem_store::records::EvaluationRow;
use mem_types::{SeriesKey, Timestamp};
use serde_json::json;

use super::{Context, backtest, forecasting, learning, models, now, series, validate};
use crate::cli::{Into, SelectArgs, TrainArgs};
use crate::exit::{Outcome, UsageError};
use crate::output::{self, Align};

/// What its mean Sharpe ratio over the walk is called among the metrics of a model.
const SHARPE: &str = "walk.sharpe";

pub(super) fn run(context: &Context, arguments: &TrainArgs) -> anyhow::Result<Outcome> {
    let catalog = series::open_catalog(context);
    let shelf = models::shelf(context)?;
    let registry = shelf.registry()?;
    let before = arguments.again.then(|| again(&registry, &arguments.name)).transpose()?;
    let select = before.as_ref().map_or_else(|| arguments.learn.select.clone(), selected);
    let keys = series::select_series(&catalog, &select)?;
    let config = match before {
        Some(before) => LearnConfig { to: arguments.learn.span.to, ..before },
        None => learning::config(context, &arguments.learn, &keys)?,
    };
    let scope = scope(&config);
    let champion = registry.production(&scope).map(|record| Ok((record.clone(), shelf.load(record)?)));
    let champion: Option<(ModelRecord, Model)> =
        champion.transpose().map_err(|error: mem_engine::shelf::ShelfError| error)?;
    let title = champion.as_ref().map(|(record, _)| record.title()).unwrap_or_default();
    let opponent = champion.as_ref().map(|(record, model)| Champion {
        model,
        title: &title,
        features: record.features.split('@').next().unwrap_or_default(),
        until: record.trained_on.1,
    });
    let gate = GateConfig { share: arguments.gate_share, alpha: arguments.alpha };
    gate.validate().map_err(|error| UsageError(error.to_string()))?;
    let champion_id = champion.as_ref().map(|(record, _)| record.id);
    let source = WithTexts { catalog: &catalog, records: shelf.records() };
    if config.target != Target::Direction {
        let asked = Some((&gate, opponent));
        let made = learning::watched(context, |tell, stop| forecast(&config, asked, &keys, &source, tell, stop))?;
        let Some(made) = made else { return Ok(Outcome::Interrupted) };
        return forecaster(context, (&shelf, arguments), scope, champion_id, &made);
    }
    let trained =
        learning::watched(context, |tell, stop| train(&config, (&gate, opponent), &keys, &source, tell, stop))?;
    let Some(mut trained) = trained else { return Ok(Outcome::Interrupted) };
    trained.learned.verdict.deflate(&tried(context, &registry, &keys, None)?);
    let record = keep(&shelf, arguments, scope, champion_id, &outcome_of(&trained))?;
    let card = shelf.card(&record);
    let written = (!arguments.report.no_report).then_some(card.as_path());
    if let Some(path) = written {
        validate::in_folder(path)?;
        report::write_card(&trained.learned, Some((&record.title(), &trained.gate)), path)?;
    }
    if context.json {
        output::json(&json!({
            "model_id": record.id, "name": record.name, "version": record.version.to_string(), "stage": record.stage,
            "gate": trained.gate, "learned": trained.learned, "card": written,
        }))?;
    } else {
        learning::print(&trained.learned)?;
        print(&trained.gate)?;
        let lets = match &config.primary {
            None => "lets it decide".to_owned(),
            Some(primary) => format!("lets it filter {primary}"),
        };
        let next = match record.stage {
            Stage::Staging => format!("; `mem models promote {} --why …` {lets}", record.id),
            Stage::Archived => format!("; `mem models promote {} --why …` {lets} all the same", record.id),
            _ => String::new(),
        };
        kept_as(&record, &next, written)?;
    }
    backtest::open_report(&arguments.report, written)?;
    Ok(Outcome::Done)
}

/// Keeps a forecaster of numbers, which predicts and does not decide.
fn forecaster(
    context: &Context,
    (shelf, arguments): (&Shelf, &TrainArgs),
    scope: Scope,
    champion: Option<ModelId>,
    made: &Forecaster,
) -> anyhow::Result<Outcome> {
    let gate = made.gate.as_ref().context("what is trained is judged")?;
    let record = keep(shelf, arguments, scope, champion, &outcome_of_forecast(made, gate)?)?;
    let card = shelf.card(&record);
    let written = (!arguments.report.no_report).then_some(card.as_path());
    if let Some(path) = written {
        validate::in_folder(path)?;
        report::write_forecast_card(made, Some(&record.title()), path)?;
    }
    if context.json {
        output::json(&json!({
            "model_id": record.id, "name": record.name, "version": record.version.to_string(), "stage": record.stage,
            "gate": gate, "learned": made, "card": written,
        }))?;
    } else {
        forecasting::print(made)?;
        let next = format!(
            "; `mem predict {}` asks it. It predicts and does not decide: promoted, it is what later ones are compared with",
            record.id
        );
        kept_as(&record, &next, written)?;
    }
    backtest::open_report(&arguments.report, written)?;
    Ok(Outcome::Done)
}

fn kept_as(record: &ModelRecord, next: &str, card: Option<&Path>) -> anyhow::Result<()> {
    output::line(format!("{} is model {}, {}{next}", record.title(), record.id, record.stage))?;
    match card {
        Some(path) => output::line(format!("model card: {}", path.display())),
        None => Ok(()),
    }
}

/// How the newest model of a name was trained.
fn again(registry: &Registry, name: &str) -> Result<LearnConfig, UsageError> {
    let newest = registry.models().rev().find(|model| model.name == name && model.params.contains_key(models::CONFIG));
    let newest =
        newest.ok_or_else(|| UsageError(format!("no model named {name} was trained here: leave --again out")))?;
    models::config_of(newest)
}

fn selected(config: &LearnConfig) -> SelectArgs {
    SelectArgs { venue: config.venue.clone(), symbols: config.symbols.clone(), timeframe: Some(config.timeframe) }
}

/// The Sharpe ratios of everything that was tried on the same bars, whatever became of it: models that were trained or validated for any of these
/// symbols, whichever label, horizon or name; backtests; candidates of searches. `own` is the validation that asks.
///
/// # Errors
/// If what was kept cannot be read.
pub(super) fn tried(
    context: &Context,
    registry: &Registry,
    keys: &[SeriesKey],
    own: Option<&str>,
) -> anyhow::Result<Vec<f64>> {
    let same = registry.models().filter(|model| {
        keys.iter().any(|key| key.timeframe == model.scope.timeframe && model.scope.symbols.contains(&key.symbol))
    });
    let mut found: Vec<f64> = same.filter_map(|model| model.metrics.get(SHARPE).copied()).collect();
    found.extend(validate::tried(context, keys, own)?);
    found.extend(RunLog::new(&context.config.data.folder).tried(keys)?);
    Ok(found)
}

/// What such a model predicts, and for whom.
pub(super) fn scope(config: &LearnConfig) -> Scope {
    let meta = config.primary.as_ref().map(|primary| format!("meta {primary}"));
    let target = match config.label {
        LabelDef::Horizon { .. } => config.target.as_str(),
        LabelDef::TripleBarrier(_) => "barrier",
        LabelDef::Meta { .. } => meta.as_deref().unwrap_or("meta"),
        LabelDef::Regime { .. } => "regime",
        LabelDef::TrendScan { .. } => "trend",
    };
    Scope {
        symbols: config.symbols.iter().cloned().collect::<BTreeSet<_>>(),
        timeframe: config.timeframe,
        horizon: u32::try_from(config.label.longest()).unwrap_or(u32::MAX),
        target: target.to_owned(),
    }
}

/// What is kept of a training.
struct Kept<'a> {
    config: &'a LearnConfig,
    model: &'a Model,
    trained_on: (Timestamp, Timestamp),
    rows: usize,
    fingerprint: &'a str,
    features: &'a str,
    code_version: &'a str,
    /// Everything that was measured.
    metrics: BTreeMap<String, f64>,
    /// Whether it has passed its gate, and why.
    passed: bool,
    reason: &'a str,
    /// The rows of the gate.
    window: (Timestamp, Timestamp),
    /// What the gate has measured.
    numbers: BTreeMap<String, f64>,
    evaluation: serde_json::Value,
}

fn outcome_of(trained: &Trained) -> Kept<'_> {
    let (learned, gate) = (&trained.learned, &trained.gate);
    Kept {
        config: &learned.config,
        model: &learned.model,
        trained_on: trained.trained_on,
        rows: trained.trained_rows,
        fingerprint: &learned.fingerprint,
        features: &learned.features,
        code_version: &learned.code_version,
        metrics: measured(trained),
        passed: gate.passed,
        reason: &gate.reason,
        window: (gate.from, gate.to),
        numbers: gate_numbers(gate),
        evaluation: json!({
            "rows": gate.rows, "against": gate.against, "candidate": gate.candidate, "baseline": gate.baseline, "p_value": gate.p_value,
            "alpha": gate.config.alpha, "candidate_return": gate.candidate_return, "baseline_return": gate.baseline_return,
        }),
    }
}

fn outcome_of_forecast<'a>(made: &'a Forecaster, gate: &'a ForecastGate) -> anyhow::Result<Kept<'a>> {
    let numbers = fitness_numbers(&gate.fitness, gate.p_value);
    let mut metrics: BTreeMap<String, f64> =
        numbers.iter().map(|(name, value)| (format!("gate.{name}"), *value)).collect();
    let walked = fitness_numbers(&made.fitness, made.fitness.p_value);
    metrics.extend(walked.into_iter().map(|(name, value)| (format!("walk.{name}"), value)));
    Ok(Kept {
        config: &made.config,
        model: &made.model,
        trained_on: (made.span.0, made.until),
        rows: made.rows,
        fingerprint: &made.fingerprint,
        features: &made.features,
        code_version: &made.code_version,
        metrics,
        passed: gate.passed,
        reason: &gate.reason,
        window: (gate.from, gate.to),
        numbers,
        evaluation: serde_json::to_value(gate)?,
    })
}

fn fitness_numbers(fitness: &Fitness, p_value: Option<f64>) -> BTreeMap<String, f64> {
    let mut found = BTreeMap::from([
        ("rows".to_owned(), fitness.rows as f64),
        ("candidate.loss".to_owned(), fitness.model.loss),
        ("baseline.loss".to_owned(), fitness.plain.loss),
        ("skill".to_owned(), fitness.skill),
    ]);
    for (of, measures) in [("candidate", &fitness.model), ("baseline", &fitness.plain)] {
        let named = [("mae", measures.mae), ("rmse", measures.rmse), ("r2", measures.r2)];
        found.extend(named.into_iter().filter_map(|(name, value)| Some((format!("{of}.{name}"), value?))));
    }
    found.extend(fitness.levels.iter().map(|one| (format!("coverage.{}", one.level), one.coverage)));
    found.extend(p_value.map(|p| ("p_value".to_owned(), p)));
    found
}

/// Registers a model with everything that was measured of it.
fn keep(
    shelf: &Shelf,
    arguments: &TrainArgs,
    scope: Scope,
    champion: Option<ModelId>,
    kept: &Kept<'_>,
) -> anyhow::Result<ModelRecord> {
    let config = kept.config;
    let new = NewModel {
        name: arguments.name.clone(),
        kind: config.learner.kind().to_owned(),
        scope,
        at: now(),
        trained_on: kept.trained_on,
        rows: kept.rows as u64,
        data_fingerprint: kept.fingerprint.to_owned(),
        features: kept.features.to_owned(),
        // When the data ends is no setting: the same settings on newer data are the same settings.
        params: BTreeMap::from([(
            models::CONFIG.to_owned(),
            serde_json::to_value(LearnConfig { to: None, ..config.clone() })?,
        )]),
        code_version: kept.code_version.to_owned(),
        seed: config.learner.seed().unwrap_or(0),
    };
    let id = shelf.change(|registry| registry.register(new))?;
    let version = shelf.registry()?.get(id)?.version.to_string();
    let artefact = shelf.store(&kept.model.clone().versioned(version))?;
    let to = match (kept.passed, arguments.into) {
        (false, _) => Stage::Archived,
        (true, Into::Staging) => Stage::Staging,
        (true, Into::Shadow) => Stage::Shadow,
    };
    shelf.change(|registry| {
        registry.trained(id, artefact, now())?;
        registry.measured(id, kept.metrics.clone())?;
        if to == Stage::Shadow {
            registry.advance(id, Stage::Staging, now(), kept.reason, kept.numbers.clone())?;
            return registry.advance(id, to, now(), "to be watched beside the model that decides", BTreeMap::new());
        }
        registry.advance(id, to, now(), kept.reason, kept.numbers.clone())
    })?;
    shelf.records().add_evaluation(&EvaluationRow {
        id: 0,
        timestamp: now(),
        candidate_id: id.0 as i64,
        baseline_id: champion.map(|id| id.0 as i64),
        test_from: kept.window.0,
        test_to: kept.window.1,
        metrics: kept.evaluation.clone(),
        decision: if kept.passed { "promote" } else { "reject" }.to_owned(),
        reason: kept.reason.to_owned(),
    })?;
    Ok(shelf.registry()?.get(id)?.clone())
}

fn measured(trained: &Trained) -> BTreeMap<String, f64> {
    let verdict = &trained.learned.verdict;
    let mut found = named("walk", &verdict.model);
    found.extend(named("walk.share", &verdict.share));
    found.insert("walk.mean_return".to_owned(), verdict.mean_return);
    found.insert("walk.mean_hold".to_owned(), verdict.mean_hold);
    found.extend(verdict.mean_sharpe.map(|sharpe| (SHARPE.to_owned(), sharpe)));
    found.extend(verdict.deflated.map(|deflated| ("walk.deflated_sharpe".to_owned(), deflated.probability)));
    found.extend(verdict.tests.diebold_mariano_p.map(|p| ("walk.diebold_mariano_p".to_owned(), p)));
    found.extend(gate_numbers(&trained.gate).into_iter().map(|(name, value)| (format!("gate.{name}"), value)));
    found
}

fn gate_numbers(gate: &Gate) -> BTreeMap<String, f64> {
    let mut found = named("candidate", &gate.candidate);
    found.extend(named("baseline", &gate.baseline));
    found.insert("rows".to_owned(), gate.rows as f64);
    found.insert("candidate.return".to_owned(), gate.candidate_return);
    found.extend(gate.baseline_return.map(|value| ("baseline.return".to_owned(), value)));
    found.extend(gate.p_value.map(|value| ("p_value".to_owned(), value)));
    found
}

fn named(of: &str, scores: &Scores) -> BTreeMap<String, f64> {
    [
        ("roc_auc", scores.roc_auc),
        ("pr_auc", scores.pr_auc),
        ("log_loss", scores.log_loss),
        ("brier", scores.brier),
        ("calibration_error", scores.calibration_error),
        ("accuracy", Some(scores.accuracy)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((format!("{of}.{name}"), value?)))
    .collect()
}

fn print(gate: &Gate) -> anyhow::Result<()> {
    output::line(format!(
        "\ngate: {} rows that nobody had seen, {} to {}, against {}",
        output::count(gate.rows as u64),
        output::minute(gate.from),
        output::minute(gate.to),
        gate.against,
    ))?;
    let columns = [
        ("", Align::Left),
        ("ROC AUC", Align::Right),
        ("log loss", Align::Right),
        ("Brier", Align::Right),
        ("accuracy", Align::Right),
        ("after costs", Align::Right),
    ];
    let row = |name: &str, scores: &Scores, earned: Option<f64>| {
        vec![
            name.to_owned(),
            output::figure(scores.roc_auc, 4),
            output::figure(scores.log_loss, 4),
            output::figure(scores.brier, 4),
            output::rate(Some(scores.accuracy)),
            output::percent(earned),
        ]
    };
    let rows = [
        row("candidate", &gate.candidate, Some(gate.candidate_return)),
        row("the other", &gate.baseline, gate.baseline_return),
    ];
    output::table(&columns, rows)?;
    output::line(format!("{}: {}", if gate.passed { "passed" } else { "not passed" }, gate.reason))
}

/// The series of a model that the catalog has.
pub(super) fn series_of(
    catalog: &mem_store::catalog::Catalog,
    config: &LearnConfig,
    only: &[mem_types::Symbol],
) -> anyhow::Result<Vec<SeriesKey>> {
    let mut select = selected(config);
    if !only.is_empty() {
        select.symbols = only.to_vec();
    }
    series::select_series(catalog, &select)
}

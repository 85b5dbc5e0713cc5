//! `mem models`, `mem predict`, `mem drift`: what was trained, what it says, what becomes of it.

use std::path::Path;

use anyhow::Context as _;
use mem_engine::live::Control;
use mem_engine::shelf::{Shelf, Wanted};
use mem_model::drift::{FeatureFinding, Severity};
use mem_model::lifecycle::{ModelRecord, Registry, Stage};
use mem_model::model::{Direction, Quantile, Watch};
use mem_research::learn::{LearnConfig, drift_now, predict_now};
use mem_research::run::WithTexts;
use mem_store::records::{JobFilter, JobStatus, JobUpdate, NewJob, TriggerKind};
use mem_types::Symbol;
use mem_types::near::nearest;
use serde_json::json;

use super::train::series_of;
use super::{Context, control, import_model, now, records, series};
use crate::cli::{DriftArgs, ModelsCommand, PredictArgs};
use crate::exit::{Outcome, UsageError};
use crate::output::{self, Align};

/// Who changes models here, for the audit.
pub(super) const WHO: &str = "command line";
/// The parameter that says how a model was trained.
pub(super) const CONFIG: &str = "config";

/// The models of the data folder.
pub(super) fn shelf(context: &Context) -> anyhow::Result<Shelf> {
    Ok(Shelf::beside(records::open(context)?))
}

/// How a model was trained.
pub(super) fn config_of(model: &ModelRecord) -> Result<LearnConfig, UsageError> {
    let config = model.params.get(CONFIG).cloned();
    let config = config.ok_or_else(|| UsageError(format!("{} was not trained here", model.title())))?;
    serde_json::from_value(config)
        .map_err(|error| UsageError(format!("how {} was trained cannot be read: {error}", model.title())))
}

pub(super) fn run(context: &Context, command: &ModelsCommand) -> anyhow::Result<Outcome> {
    // It needs no records, and shall not make any.
    if let ModelsCommand::Probe { file, ask } = command {
        import_model::probe(file, ask.as_deref())?;
        return Ok(Outcome::Done);
    }
    let shelf = shelf(context)?;
    let registry = shelf.registry()?;
    match command {
        ModelsCommand::List { name } => list(context, &registry, name.as_deref())?,
        ModelsCommand::Show { model } => show(context, &shelf, find(&registry, model)?)?,
        ModelsCommand::Compare { models } => {
            let models = models.iter().map(|model| find(&registry, model)).collect::<Result<Vec<_>, _>>()?;
            compare(context, &models)?;
        }
        ModelsCommand::Promote { model, why } => {
            carry_out(context, &shelf, Wanted::Promote, judged(&registry, model)?, why)?;
        }
        ModelsCommand::Shadow { model, why } => {
            carry_out(context, &shelf, Wanted::Shadow, judged(&registry, model)?, why)?;
        }
        ModelsCommand::Retrain { name, why } => {
            config_of(find(&registry, name)?)?;
            let job = NewJob { line: name.clone(), trigger: TriggerKind::Manual, reason: why.clone() };
            let id = shelf.records().add_job(&job)?;
            let runs = control::read(&Control::in_folder(&context.config.engine_folder()).status)?.is_some();
            if context.json {
                output::json(&json!({ "job": id, "engine_runs": runs }))?;
            } else if runs {
                output::line(format!(
                    "the engine that runs has training {id} done; `mem models jobs --log {id}` shows how it goes"
                ))?;
            } else {
                output::line(format!(
                    "no engine runs in {}: training {id} waits for one (`mem run`), `mem train {name} --again` trains at once",
                    context.config.engine_folder().display()
                ))?;
            }
        }
        ModelsCommand::Jobs { log, cancel } => jobs(context, &shelf, *log, *cancel)?,
        ModelsCommand::Rollback { model, why } => {
            carry_out(context, &shelf, Wanted::RollBack, find(&registry, model)?, why)?;
        }
        ModelsCommand::Archive { model, why } => {
            carry_out(context, &shelf, Wanted::Archive, find(&registry, model)?, why)?;
        }
        ModelsCommand::Export { model, file } => export(context, &shelf, find(&registry, model)?, file)?,
        ModelsCommand::Probe { .. } => {}
        ModelsCommand::Import(arguments) => {
            let like = find(&registry, &arguments.like)?;
            let model = import_model::import(&shelf, like, arguments)?;
            tell(context, &shelf, shelf.registry()?.get(model)?)?;
        }
    }
    Ok(Outcome::Done)
}

fn jobs(context: &Context, shelf: &Shelf, log: Option<i64>, cancel: Option<i64>) -> anyhow::Result<()> {
    let records = shelf.records();
    if let Some(id) = log {
        let lines = records.job_logs(id)?;
        if context.json {
            return output::json(&lines);
        }
        return lines.iter().try_for_each(|line| {
            output::line(format!("{}  {:7}  {}", output::minute(line.timestamp), line.level, line.message))
        });
    }
    if let Some(id) = cancel {
        let job = records.job(id)?.ok_or_else(|| UsageError(format!("there is no training {id}")))?;
        let error_message = Some("called off".to_owned());
        records.update_job(id, &JobUpdate { error_message, ..job.becomes(JobStatus::Cancelled) })?;
    }
    let all = records.jobs(&JobFilter::default())?.rows;
    if context.json {
        return output::json(&all);
    }
    if all.is_empty() {
        return output::line("no trainings were asked for: `mem models retrain NAME --why …` asks for one");
    }
    let columns = [
        ("id", Align::Right),
        ("asked", Align::Left),
        ("line", Align::Left),
        ("status", Align::Left),
        ("attempt", Align::Right),
        ("model", Align::Right),
        ("why", Align::Left),
    ];
    let rows = all.into_iter().map(|job| {
        let why =
            job.error_message.map_or(job.trigger_reason.clone(), |error| format!("{}; {error}", job.trigger_reason));
        vec![
            job.id.to_string(),
            output::minute(job.timestamp),
            job.line,
            job.status.to_string(),
            job.attempt.to_string(),
            job.model_id.map_or_else(String::new, |id| id.to_string()),
            format!("{}: {why}", job.event_type),
        ]
    });
    output::table(&columns, rows)
}

/// The model of a number; of a name the one that decides, else the newest.
pub(super) fn find<'a>(registry: &'a Registry, typed: &str) -> Result<&'a ModelRecord, UsageError> {
    if let Ok(number) = typed.parse::<u64>()
        && let Some(model) = registry.models().find(|model| model.id.0 == number)
    {
        return Ok(model);
    }
    let mut named = registry.models().rev().filter(|model| model.name == typed);
    let newest = named.next();
    let deciding = std::iter::once(newest).flatten().chain(named).find(|model| model.stage == Stage::Production);
    deciding.or(newest).ok_or_else(|| unknown(registry, typed))
}

/// The model of a number; of a name the newest that has been judged and does not decide yet.
fn judged<'a>(registry: &'a Registry, typed: &str) -> Result<&'a ModelRecord, UsageError> {
    if typed.parse::<u64>().is_ok() {
        return find(registry, typed);
    }
    let waits = |model: &&ModelRecord| model.name == typed && model.stage.may_become(Stage::Production);
    registry.models().rev().find(waits).ok_or_else(|| {
        if registry.models().any(|model| model.name == typed) {
            UsageError(format!(
                "no model named {typed} waits to be promoted (`mem models list` shows where they stand)"
            ))
        } else {
            unknown(registry, typed)
        }
    })
}

fn unknown(registry: &Registry, typed: &str) -> UsageError {
    let hint = nearest(typed, registry.models().map(|model| model.name.as_str()));
    let what = if registry.models().next().is_none() { "; `mem train NAME` trains one" } else { "" };
    UsageError(format!("there is no model {typed}{hint}{what}"))
}

/// Does what is wanted, and says what came of it.
fn carry_out(context: &Context, shelf: &Shelf, wanted: Wanted, model: &ModelRecord, why: &str) -> anyhow::Result<()> {
    shelf.carry_out(wanted, model.id, (WHO, why), now())?;
    tell(context, shelf, model)
}

fn tell(context: &Context, shelf: &Shelf, model: &ModelRecord) -> anyhow::Result<()> {
    let registry = shelf.registry()?;
    let model = registry.get(model.id)?;
    if context.json {
        return output::json(model);
    }
    output::line(format!("{} (model {}) is {}", model.title(), model.id, model.stage))?;
    if !model.scope.advises() && model.stage == Stage::Production {
        output::line(format!(
            "it tells {}, not where the price goes: it predicts and does not decide; no engine is advised by it",
            model.scope.target
        ))?;
    }
    if let Some(deciding) = registry.production(&model.scope)
        && deciding.id != model.id
    {
        output::line(format!("{} (model {}) decides", deciding.title(), deciding.id))?;
    }
    Ok(())
}

fn list(context: &Context, registry: &Registry, name: Option<&str>) -> anyhow::Result<()> {
    let models: Vec<&ModelRecord> =
        registry.models().rev().filter(|model| name.is_none_or(|name| model.name == name)).collect();
    if context.json {
        return output::json(&models);
    }
    if models.is_empty() {
        return output::line("no models: `mem train NAME --timeframe 1h` trains one");
    }
    let columns = [
        ("id", Align::Right),
        ("model", Align::Left),
        ("stage", Align::Left),
        ("kind", Align::Left),
        ("what", Align::Left),
        ("rows", Align::Right),
        ("AUC", Align::Right),
        ("gate AUC", Align::Right),
        ("gate after costs", Align::Right),
        ("created", Align::Left),
    ];
    let rows = models.into_iter().map(|model| {
        let metric = |name: &str| model.metrics.get(name).copied();
        let symbols = match model.scope.symbols.len() {
            1 => model.scope.symbols.first().map(ToString::to_string).unwrap_or_default(),
            count => format!("{count} symbols"),
        };
        vec![
            model.id.to_string(),
            model.title(),
            model.stage.to_string(),
            model.kind.clone(),
            format!(
                "{} of {symbols}, {} bars of {} ahead",
                model.scope.target, model.scope.horizon, model.scope.timeframe
            ),
            output::count(model.rows),
            output::figure(metric("walk.roc_auc"), 4),
            output::figure(metric("gate.candidate.roc_auc"), 4),
            output::percent(metric("gate.candidate.return")),
            output::minute(model.created_at),
        ]
    });
    output::table(&columns, rows)
}

fn show(context: &Context, shelf: &Shelf, model: &ModelRecord) -> anyhow::Result<()> {
    if context.json {
        return output::json(model);
    }
    output::line(format!("{} (model {}), {}", model.title(), model.id, model.stage))?;
    output::line(format!("tells:    {}", model.scope))?;
    output::line(format!("kind:     {}, features {}, seed {}", model.kind, model.features, model.seed))?;
    output::line(format!(
        "data:     {} rows, {} to {}, {}",
        output::count(model.rows),
        output::minute(model.trained_on.0),
        output::minute(model.trained_on.1),
        model.data_fingerprint.chars().take(12).collect::<String>(),
    ))?;
    output::line(format!("code:     {}", model.code_version))?;
    if let Some(artefact) = &model.artefact {
        output::line(format!("file:     {} ({})", shelf.path(artefact).display(), output::size(artefact.bytes)))?;
    }
    let card = shelf.card(model);
    if card.exists() {
        output::line(format!("card:     {}", card.display()))?;
    }
    output::table(
        &[("measured", Align::Left), ("", Align::Right)],
        model.metrics.iter().map(|(name, value)| vec![name.clone(), output::figure(Some(*value), 4)]),
    )?;
    output::table(
        &[("when", Align::Left), ("from", Align::Left), ("to", Align::Left), ("why", Align::Left)],
        model.history.iter().map(|change| {
            vec![output::minute(change.at), change.from.to_string(), change.to.to_string(), change.why.clone()]
        }),
    )
}

fn compare(context: &Context, models: &[&ModelRecord]) -> anyhow::Result<()> {
    if context.json {
        return output::json(&models);
    }
    let titles: Vec<String> = models.iter().map(|model| format!("{} ({})", model.title(), model.id)).collect();
    let mut columns = vec![("", Align::Left)];
    columns.extend(titles.iter().map(|title| (title.as_str(), Align::Right)));
    let names: std::collections::BTreeSet<&String> = models.iter().flat_map(|model| model.metrics.keys()).collect();
    let texts = [
        ("stage", models.iter().map(|model| model.stage.to_string()).collect::<Vec<_>>()),
        ("kind", models.iter().map(|model| model.kind.clone()).collect()),
        ("features", models.iter().map(|model| model.features.clone()).collect()),
        ("rows", models.iter().map(|model| output::count(model.rows)).collect()),
        ("data until", models.iter().map(|model| output::minute(model.trained_on.1)).collect()),
    ];
    let rows = texts.into_iter().map(|(name, values)| std::iter::once(name.to_owned()).chain(values).collect()).chain(
        names.into_iter().map(|name| {
            let values = models.iter().map(|model| output::figure(model.metrics.get(name).copied(), 4));
            std::iter::once(name.clone()).chain(values).collect::<Vec<String>>()
        }),
    );
    output::table(&columns, rows)
}

fn export(context: &Context, shelf: &Shelf, model: &ModelRecord, file: &Path) -> anyhow::Result<()> {
    let bytes = shelf.load(model)?.to_bytes();
    std::fs::write(file, bytes).with_context(|| format!("cannot write {}", file.display()))?;
    if context.json {
        return output::json(&json!({ "model": model.id, "file": file }));
    }
    output::line(format!("{} is in {}", model.title(), file.display()))
}

pub(super) fn predict(context: &Context, arguments: &PredictArgs) -> anyhow::Result<Outcome> {
    let shelf = shelf(context)?;
    let registry = shelf.registry()?;
    let record = find(&registry, &arguments.model)?;
    let config = LearnConfig { to: arguments.to, ..config_of(record)? };
    let catalog = series::open_catalog(context);
    let keys = series_of(&catalog, &config, &arguments.symbols)?;
    let model = shelf.load(record)?;
    let source = WithTexts { catalog: &catalog, records: shelf.records() };
    let predictions = predict_now(&config, &model, &keys, &source)?;
    if context.json {
        output::json(&predictions)?;
        return Ok(Outcome::Done);
    }
    output::line(format!("{} (model {}), {}", record.title(), record.id, record.stage))?;
    for key in keys.iter().filter(|key| predictions.iter().all(|one| one.symbol != key.symbol)) {
        let why = match model.steps() {
            1 => "a feature of its newest bar is missing, and the model has no answer then".to_owned(),
            steps => format!("its last {steps} bars do not follow each other"),
        };
        output::line(format!("{}: no prediction, since {why}", key.symbol))?;
    }
    let columns = [
        ("symbol", Align::Left),
        ("known at", Align::Left),
        ("direction", Align::Left),
        ("confidence", Align::Right),
        ("price", Align::Right),
        ("minutes ahead", Align::Right),
        ("bounds", Align::Left),
    ];
    let rows = predictions.into_iter().map(|one| {
        let direction = match one.predicted_direction {
            Some(Direction::Up) => "up".to_owned(),
            Some(Direction::Down) => "down".to_owned(),
            Some(Direction::Flat) => "flat".to_owned(),
            Some(Direction::Class(name)) => name,
            None => String::new(),
        };
        let quantile = |one: &Quantile| format!("{} {}", output::rate(Some(one.level)), output::price(one.price));
        let bounds: Vec<String> = one.predicted_quantiles.iter().map(quantile).collect();
        let wild = one.predicted_volatility.map(|volatility| format!("volatility {:.3} %", volatility * 100.0));
        vec![
            one.symbol.to_string(),
            output::minute(one.timestamp),
            direction,
            one.confidence.map(|confidence| output::rate(Some(confidence))).unwrap_or_default(),
            one.predicted_price.map_or_else(String::new, output::price),
            output::count(one.prediction_horizon),
            wild.unwrap_or_else(|| bounds.join(", ")),
        ]
    });
    output::table(&columns, rows)?;
    Ok(Outcome::Done)
}

pub(super) fn drift(context: &Context, arguments: &DriftArgs) -> anyhow::Result<Outcome> {
    let shelf = shelf(context)?;
    let registry = shelf.registry()?;
    let record = find(&registry, &arguments.model)?;
    let config = LearnConfig { to: arguments.to, ..config_of(record)? };
    let catalog = series::open_catalog(context);
    let keys = series_of(&catalog, &config, &[])?;
    let source = WithTexts { catalog: &catalog, records: shelf.records() };
    let model = shelf.load(record)?;
    let Some(series) = drift_now(&config, &model, &keys, &source, arguments.rows)? else {
        return Err(UsageError(format!("{} does not say what its training rows were like", record.title())).into());
    };
    let pooled = model.parts().watch.as_ref().is_some_and(Watch::is_pooled);
    if context.json {
        output::json(&json!({ "model": record.title(), "pooled": pooled, "series": series }))?;
        return Ok(Outcome::Done);
    }
    if pooled {
        output::line(format!(
            "{} is of an older kind: it says what its training rows were like for all symbols together, so that what differs from symbol to symbol \
             seems moved; trained again, it says so by symbol",
            record.title()
        ))?;
    }
    let has_moved = |one: &&FeatureFinding| one.severity > Severity::None;
    let mut features: Vec<(&Symbol, &FeatureFinding)> = Vec::new();
    for one in &series {
        let Some(report) = &one.report else {
            output::line(format!("{}: {} was not trained on it, and cannot tell", one.symbol, record.title()))?;
            continue;
        };
        output::line(format!(
            "{}, {}: the newest {} rows beside those of its training; {} of {} features have moved",
            record.title(),
            one.symbol,
            output::count(one.rows as u64),
            report.features.iter().filter(has_moved).count(),
            report.features.len(),
        ))?;
        features.extend(report.features.iter().map(|feature| (&one.symbol, feature)));
    }
    features.sort_by(|(_, one), (_, other)| {
        other.severity.cmp(&one.severity).then(other.ks_distance.total_cmp(&one.ks_distance))
    });
    let columns = [
        ("symbol", Align::Left),
        ("feature", Align::Left),
        ("severity", Align::Left),
        ("KS distance", Align::Right),
        ("p, corrected", Align::Right),
        ("PSI", Align::Right),
        ("missing then", Align::Right),
        ("now", Align::Right),
    ];
    let rows = features.into_iter().take(25).map(|(symbol, one)| {
        vec![
            symbol.to_string(),
            one.name.clone(),
            one.severity.as_str().to_owned(),
            output::figure(Some(one.ks_distance), 3),
            output::figure(Some(one.adjusted_p_value), 4),
            output::figure(Some(one.bins.psi), 3),
            output::rate(Some(one.missing[0])),
            output::rate(Some(one.missing[1])),
        ]
    });
    output::table(&columns, rows)?;
    Ok(Outcome::Done)
}

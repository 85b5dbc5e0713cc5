//! `mem validate`: whether a model would have foreseen anything, and paid.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use mem_research::learn::{Learned, Target, forecast, learn};
use mem_research::report;
use mem_research::run::WithTexts;
use mem_types::SeriesKey;
use serde::{Deserialize, Serialize};

use super::{Context, backtest, forecasting, learning, models, series, train};
use crate::cli::ValidateArgs;
use crate::exit::Outcome;
use crate::output;

pub(super) fn run(context: &Context, arguments: &ValidateArgs) -> anyhow::Result<Outcome> {
    let catalog = series::open_catalog(context);
    let keys = series::select_series(&catalog, &arguments.learn.select)?;
    let config = learning::config(context, &arguments.learn, &keys)?;
    let shelf = models::shelf(context)?;
    let source = WithTexts { catalog: &catalog, records: shelf.records() };
    let card = |id: &str| trials(context).join(format!("{id}.html"));
    if config.target != Target::Direction {
        let made = learning::watched(context, |tell, stop| forecast(&config, None, &keys, &source, tell, stop))?;
        let Some(made) = made else { return Ok(Outcome::Interrupted) };
        let card = card(&made.id);
        let written = (!arguments.report.no_report).then_some(card.as_path());
        if let Some(path) = written {
            in_folder(path)?;
            report::write_forecast_card(&made, None, path)?;
        }
        return told(context, arguments, serde_json::to_value(&made)?, written, || forecasting::print(&made));
    }
    let learned = learning::watched(context, |tell, stop| learn(&config, &keys, &source, tell, stop))?;
    let Some(mut learned) = learned else { return Ok(Outcome::Interrupted) };
    let registry = shelf.registry()?;
    learned.verdict.deflate(&train::tried(context, &registry, &keys, Some(&learned.id))?);
    keep_trial(context, &learned)?;
    let card = card(&learned.id);
    let written = (!arguments.report.no_report).then_some(card.as_path());
    if let Some(path) = written {
        in_folder(path)?;
        report::write_card(&learned, None, path)?;
    }
    told(context, arguments, serde_json::to_value(&learned)?, written, || learning::print(&learned))
}

/// What is kept of a validation: that it was tried, and how well it went.
#[derive(Serialize, Deserialize)]
struct Trial {
    series: Vec<SeriesKey>,
    sharpe: f64,
}

fn trials(context: &Context) -> PathBuf {
    context.config.data.folder.join("models").join("validated")
}

fn keep_trial(context: &Context, learned: &Learned) -> anyhow::Result<()> {
    let Some(sharpe) = learned.verdict.mean_sharpe else { return Ok(()) };
    let path = trials(context).join(format!("{}.json", learned.id));
    in_folder(&path)?;
    let trial = Trial { series: learned.series.clone(), sharpe };
    std::fs::write(&path, serde_json::to_vec(&trial)?).with_context(|| format!("cannot write {}", path.display()))
}

/// The Sharpe ratios of validations on any of these series, that of `own` excepted: the same again is no other try.
pub(super) fn tried(context: &Context, keys: &[SeriesKey], own: Option<&str>) -> anyhow::Result<Vec<f64>> {
    let folder = trials(context);
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", folder.display())),
    };
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<PathBuf>>>()?;
    paths.retain(|path| path.extension().is_some_and(|end| end == "json"));
    paths.retain(|path| path.file_stem().and_then(|name| name.to_str()) != own);
    paths.sort();
    let trial = |path: &PathBuf| serde_json::from_slice::<Trial>(&std::fs::read(path).ok()?).ok();
    let same = paths.iter().filter_map(trial).filter(|trial| trial.series.iter().any(|key| keys.contains(key)));
    Ok(same.map(|trial| trial.sharpe).collect())
}

/// Makes the folder that a card lies in.
pub(super) fn in_folder(card: &Path) -> anyhow::Result<()> {
    let folder = card.parent().context("a card lies in a folder")?;
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))
}

fn told(
    context: &Context,
    arguments: &ValidateArgs,
    mut described: serde_json::Value,
    written: Option<&Path>,
    print: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<Outcome> {
    if context.json {
        described["card"] = serde_json::json!(written);
        output::json(&described)?;
    } else {
        print()?;
        if let Some(path) = written {
            output::line(format!("model card: {}", path.display()))?;
        }
    }
    backtest::open_report(&arguments.report, written)?;
    Ok(Outcome::Done)
}

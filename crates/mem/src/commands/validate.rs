//! `mem validate`: whether a model would have foreseen anything, and paid.

use std::path::Path;

use anyhow::Context as _;
use mem_research::learn::{Target, forecast, learn};
use mem_research::report;
use mem_research::run::WithTexts;

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
    let card = |id: &str| context.config.data.folder.join("models").join("validated").join(format!("{id}.html"));
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
    let tried = train::tried(&shelf.registry()?, &train::scope(&config));
    learned.verdict.deflate(&tried);
    let card = card(&learned.id);
    let written = (!arguments.report.no_report).then_some(card.as_path());
    if let Some(path) = written {
        in_folder(path)?;
        report::write_card(&learned, None, path)?;
    }
    told(context, arguments, serde_json::to_value(&learned)?, written, || learning::print(&learned))
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

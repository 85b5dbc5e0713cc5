//! `mem validate`: whether a model would have foreseen anything, and paid.

use anyhow::Context as _;
use mem_research::learn::learn;
use mem_research::report;

use super::{Context, backtest, learning, models, series, train};
use crate::cli::ValidateArgs;
use crate::exit::Outcome;
use crate::output;

pub(super) fn run(context: &Context, arguments: &ValidateArgs) -> anyhow::Result<Outcome> {
    let catalog = series::open_catalog(context);
    let keys = series::select_series(&catalog, &arguments.learn.select)?;
    let config = learning::config(context, &arguments.learn, &keys)?;
    let learned = learning::watched(context, |tell, stop| learn(&config, &keys, &catalog, tell, stop))?;
    let Some(mut learned) = learned else { return Ok(Outcome::Interrupted) };
    let tried = train::tried(&models::shelf(context)?.registry()?, &train::scope(&config));
    learned.verdict.deflate(&tried);
    let card = context.config.data.folder.join("models").join("validated").join(format!("{}.html", learned.id));
    let written = (!arguments.report.no_report).then_some(card.as_path());
    if let Some(path) = written {
        let folder = path.parent().context("a card lies in a folder")?;
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        report::write_card(&learned, None, path)?;
    }
    if context.json {
        let mut described = serde_json::to_value(&learned)?;
        described["card"] = serde_json::json!(written);
        output::json(&described)?;
    } else {
        learning::print(&learned)?;
        if let Some(path) = written {
            output::line(format!("model card: {}", path.display()))?;
        }
    }
    backtest::open_report(&arguments.report, written)?;
    Ok(Outcome::Done)
}

//! `mem demo`: the whole line at work, on a simulated market or on your own candles: first research, then trading
//! (`demo_trading`).

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use mem_research::report;
use mem_research::run::{Run, RunConfig};
use mem_research::runlog::RunLog;
use mem_store::catalog::{Catalog, Series};
use mem_types::{SeriesKey, Timeframe};
use mem_venue::sim::market::{MarketConfig, generate};

use super::{Context, backtest, demo_trading, import, interrupt_flag, now, open_in_browser, runs};
use crate::cli::{DemoArgs, SimArgs};
use crate::exit::Outcome;
use crate::output;

pub(super) fn run(context: &Context, arguments: &DemoArgs) -> anyhow::Result<Outcome> {
    let name = match &arguments.data {
        None => "simulated".to_owned(),
        Some(folder) => {
            folder.file_name().map_or_else(|| "data".to_owned(), |name| name.to_string_lossy().into_owned())
        }
    };
    // A folder of its own: a demo's market never mixes with the user's catalog.
    let folder = context.config.data.folder.join("demo").join(name);
    let catalog = Catalog::open(folder.join("catalog"));
    let keys = match &arguments.data {
        None => make_market(context, &catalog, arguments)?,
        Some(source) => import_folder(context, &catalog, source)?,
    };
    let interrupted = interrupt_flag()?;
    let log = RunLog::new(&folder);
    let mut outcome = Outcome::Done;
    let mut shown: Vec<(Run, PathBuf)> = Vec::new();
    for spec in mem_strategy::builtins() {
        let strategy = mem_strategy::build(spec.name, &[])?;
        let config = RunConfig {
            strategy: spec.name.to_owned(),
            params: strategy.params(),
            venue: None,
            symbols: keys.iter().map(|key| key.symbol.clone()).collect(),
            timeframe: keys[0].timeframe,
            higher: Vec::new(),
            from: None,
            to: None,
            sim: backtest::simulation(context, strategy.as_ref(), &SimArgs::default())?,
            model: None,
        };
        let run = backtest::execute(context, (&config, None), &keys, strategy.as_ref(), &catalog, &interrupted)?;
        log.keep(&run, now())?;
        let path = log.report_path(&run.id);
        report::write_report(&run, &catalog, &path)?;
        if !context.json {
            runs::print_run(&run)?;
            output::line(format!("report: {}\n", path.display()))?;
        }
        let ended = backtest::outcome_of(&run);
        shown.push((run, path));
        if ended != Outcome::Done {
            outcome = ended;
        }
        if ended == Outcome::Interrupted {
            break;
        }
    }
    finish(context, arguments, &folder, &shown)?;
    if arguments.no_trade || outcome == Outcome::Interrupted {
        return Ok(outcome);
    }
    let markets = match &arguments.data {
        None => demo_trading::minutes(arguments.seed)?,
        Some(_) => demo_trading::candles(&catalog, &keys)?,
    };
    demo_trading::run(context, arguments, &folder, markets)
}

fn make_market(context: &Context, catalog: &Catalog, arguments: &DemoArgs) -> anyhow::Result<Vec<SeriesKey>> {
    let config = MarketConfig::new(arguments.seed, arguments.bars as usize);
    if !context.json {
        output::line(format!(
            "SIMULATED MARKET, seed {}: {} symbols, {} hourly bars each; nothing here ever traded\n",
            arguments.seed,
            config.symbols.len(),
            output::count(arguments.bars),
        ))?;
    }
    let mut keys = Vec::new();
    for (symbol, bars) in generate(&config).series {
        let key = SeriesKey { venue: MarketConfig::venue(), symbol, timeframe: config.timeframe };
        catalog.write_bars(&key, &bars)?;
        keys.push(key);
    }
    Ok(keys)
}

/// Imports every file of the folder; files without candles are named and left out.
fn import_folder(context: &Context, catalog: &Catalog, source: &Path) -> anyhow::Result<Vec<SeriesKey>> {
    let mut files: Vec<PathBuf> = if source.is_file() {
        vec![source.to_owned()]
    } else {
        let entries = std::fs::read_dir(source).with_context(|| format!("cannot read {}", source.display()))?;
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_file()).collect()
    };
    files.sort();
    anyhow::ensure!(!files.is_empty(), "{} holds no files", source.display());
    import::import_folder(context, catalog, &files)?;
    let mut by_timeframe: BTreeMap<Timeframe, Vec<SeriesKey>> = BTreeMap::new();
    for key in catalog.series()?.iter().filter_map(Series::key) {
        by_timeframe.entry(key.timeframe).or_default().push(key);
    }
    // The timeframe that most symbols have; of equals the shortest.
    let keys = by_timeframe.into_values().rev().max_by_key(Vec::len);
    keys.with_context(|| format!("no candles in {}", source.display()))
}

fn finish(context: &Context, arguments: &DemoArgs, folder: &Path, shown: &[(Run, PathBuf)]) -> anyhow::Result<()> {
    let Some((_, first)) = shown.first() else { return Ok(()) };
    if context.json {
        let runs: Vec<_> = shown
            .iter()
            .map(
                |(run, _)| serde_json::json!({ "id": run.id, "strategy": run.config.strategy, "totals": run.totals() }),
            )
            .collect();
        output::json(&serde_json::json!({ "folder": folder, "report": first, "runs": runs }))?;
    } else {
        output::line(format!("look around: mem --data-folder {} runs list", folder.display()))?;
    }
    // Where it goes on trading, the pages are opened then, and the report is among them.
    if !arguments.no_trade || arguments.no_open || context.json || !std::io::stdout().is_terminal() {
        return Ok(());
    }
    // No browser is no failure of a demo: the path stands above.
    if let Err(error) = open_in_browser(first) {
        eprintln!("{error:#}");
    }
    Ok(())
}

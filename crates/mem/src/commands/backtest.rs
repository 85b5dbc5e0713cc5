//! `mem backtest`: a strategy over one or many series, the result kept and shown.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use mem_research::run::{self, Advising, Progress, Run, RunConfig, WithTexts};
use mem_research::runlog::{self, RunLog};
use mem_research::{Fill, ResearchError, SimConfig, report};
use mem_store::catalog::Catalog;
use mem_strategy::Strategy;
use mem_types::SeriesKey;

use super::beside::Beside;
use super::{Context, interrupt_flag, now, open_in_browser, records, runs, series, strategies};
use crate::cli::{BacktestArgs, FillArg, ReportArgs, SimArgs};
use crate::exit::{Outcome, UsageError};
use crate::output;

pub(super) fn run(context: &Context, arguments: BacktestArgs) -> anyhow::Result<Outcome> {
    let strategy = strategies::build(&arguments.strategy, &arguments.param)?;
    let catalog = series::open_catalog(context);
    let beside = Beside::find(context, &arguments.beside)?;
    let select = match &beside {
        Some(beside) => beside.select(&arguments.select)?,
        None => arguments.select,
    };
    let keys = series::select_series(&catalog, &select)?;
    let timeframe = one_timeframe(&keys)?;
    let sim = simulation(context, strategy.as_ref(), &arguments.sim)?;
    let config = RunConfig {
        strategy: strategy.name().to_owned(),
        params: strategy.params(),
        venue: select.venue,
        symbols: keys.iter().map(|key| key.symbol.clone()).collect(),
        timeframe,
        higher: Vec::new(),
        from: arguments.span.from,
        to: arguments.span.to,
        sim,
        model: None,
    };
    let interrupted = interrupt_flag()?;
    let advising =
        beside.as_ref().map(|beside| Advising { model: &beside.model, learned: &beside.learned, used: &beside.used });
    let run = execute(context, (&config, advising), &keys, strategy.as_ref(), &catalog, &interrupted)?;
    let log = RunLog::new(&context.config.data.folder);
    let folder = log.keep(&run, now())?;
    let report_path = report_of(context, &log, &run.id, &catalog, &arguments.report)?;
    if context.json {
        print_json(runlog::to_json(&run)?, &folder, report_path.as_deref())?;
    } else {
        runs::print_run(&run)?;
        print_kept(&run.id, &folder, report_path.as_deref())?;
    }
    open_report(&arguments.report, report_path.as_deref())?;
    Ok(outcome_of(&run))
}

/// Writes the report of a kept run, unless none is wanted.
pub(super) fn report_of(
    context: &Context,
    log: &RunLog,
    id: &str,
    catalog: &Catalog,
    arguments: &ReportArgs,
) -> anyhow::Result<Option<PathBuf>> {
    if arguments.no_report {
        return Ok(None);
    }
    let bar = output::spinner("writing the report", context.silent);
    let path = log.report_path(id);
    report::write_kept(log, id, catalog, &path)?;
    bar.finish_and_clear();
    Ok(Some(path))
}

/// The `run.json` of what was kept, and where it lies.
pub(super) fn print_json(mut described: serde_json::Value, folder: &Path, report: Option<&Path>) -> anyhow::Result<()> {
    described["folder"] = serde_json::json!(folder);
    described["report"] = serde_json::json!(report);
    output::json(&described)
}

/// Where what was kept lies.
pub(super) fn print_kept(id: &str, folder: &Path, report: Option<&Path>) -> anyhow::Result<()> {
    output::line(format!("kept as run {id} in {}", folder.display()))?;
    match report {
        Some(path) => output::line(format!("report: {}", path.display())),
        None => Ok(()),
    }
}

/// Opens the report, if that is wanted.
pub(super) fn open_report(arguments: &ReportArgs, report: Option<&Path>) -> anyhow::Result<()> {
    match report {
        Some(path) if arguments.open => open_in_browser(path),
        _ => Ok(()),
    }
}

/// A run has one timeframe: bars of different length have no common year.
pub(super) fn one_timeframe(keys: &[SeriesKey]) -> Result<mem_types::Timeframe, UsageError> {
    let mut timeframes: Vec<_> = keys.iter().map(|key| key.timeframe).collect();
    timeframes.sort();
    timeframes.dedup();
    match timeframes.as_slice() {
        [timeframe] => Ok(*timeframe),
        several => {
            let names: Vec<String> = several.iter().map(ToString::to_string).collect();
            Err(UsageError(format!("there are bars of {}: choose one with --timeframe", names.join(", "))))
        }
    }
}

/// The configured assumptions with what was typed over them; what the user did not set is as the strategy recommends.
pub(super) fn simulation(context: &Context, strategy: &dyn Strategy, typed: &SimArgs) -> Result<SimConfig, UsageError> {
    let mut sim = context.config.simulation.clone();
    let is_set = |key: &str| context.sources.keys().any(|set| set.starts_with(key));
    let recommended = SimConfig::default().recommended_by(strategy);
    if !is_set("simulation.on_opposite") {
        sim.on_opposite = recommended.on_opposite;
    }
    if !is_set("simulation.sizing") {
        sim.sizing = recommended.sizing;
    }
    if let Some(capital) = typed.capital {
        sim.initial_capital = capital;
    }
    if let Some(fee) = typed.fee {
        sim.fees.taker = fee;
        sim.fees.maker = sim.fees.maker.min(fee);
    }
    if let Some(fill) = typed.fill {
        sim.fill = match fill {
            FillArg::NextOpen => Fill::NextOpen,
            FillArg::SameClose => Fill::SameClose,
        };
    }
    if typed.long_only {
        sim.allow_short = false;
    }
    sim.validate().map_err(|error| UsageError(error.to_string()))?;
    Ok(sim)
}

/// Runs with a progress bar, and with a model that has a say, if one has.
///
/// # Errors
/// If not one series could be tested, or the model cannot be tested on these bars.
pub(super) fn execute(
    context: &Context,
    (config, advising): (&RunConfig, Option<Advising<'_>>),
    keys: &[SeriesKey],
    strategy: &dyn Strategy,
    catalog: &Catalog,
    interrupted: &AtomicBool,
) -> anyhow::Result<Run> {
    let bar = output::progress(keys.len() as u64, "testing", context.silent);
    let tell = |progress: Progress<'_>| {
        bar.set_message(format!("{} {}", config.strategy, progress.key));
        bar.inc(1);
    };
    let run = match advising {
        None => run::run(config, keys, strategy, catalog, &tell, interrupted),
        Some(advising) => {
            let records = records::open(context)?;
            let source = WithTexts { catalog, records: &records };
            run::run_advised(config, advising, keys, strategy, &source, &tell, interrupted)
        }
    };
    let run = run.map_err(|error| match error {
        // What was typed cannot be done.
        ResearchError::SeenByModel { .. } => {
            anyhow::Error::from(UsageError(format!("{error} (--in-sample: labelled as what it is)")))
        }
        ResearchError::NoAdvice { .. } | ResearchError::Config { .. } => UsageError(error.to_string()).into(),
        error => error.into(),
    })?;
    bar.finish_and_clear();
    let totals = run.totals();
    if totals.tested == 0 && !run.partial {
        let reasons: Vec<&str> = run.series.iter().filter_map(|series| series.outcome.failure()).collect();
        anyhow::bail!("nothing could be tested: {}", reasons.join("; "));
    }
    Ok(run)
}

/// How a command that made this run ends.
pub(super) fn outcome_of(run: &Run) -> Outcome {
    if run.partial {
        Outcome::Interrupted
    } else if run.totals().failed > 0 {
        Outcome::Partial
    } else {
        Outcome::Done
    }
}

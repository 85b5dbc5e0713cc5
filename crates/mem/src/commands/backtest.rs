//! `mem backtest`: a strategy over one or many series, the result kept and shown.

use std::sync::atomic::AtomicBool;

use mem_research::run::{self, Run, RunConfig};
use mem_research::runlog::{self, RunLog};
use mem_research::{Fill, OnOpposite, SimConfig, Sizing, report};
use mem_store::catalog::Catalog;
use mem_strategy::{SizingHint, Strategy};
use mem_types::SeriesKey;

use super::{Context, interrupt_flag, now, open_in_browser, runs, series, strategies};
use crate::cli::{BacktestArgs, FillArg};
use crate::exit::{Outcome, UsageError};
use crate::output;

pub(super) fn run(context: &Context, arguments: BacktestArgs) -> anyhow::Result<Outcome> {
    let strategy = strategies::build(&arguments.strategy, &arguments.param)?;
    let catalog = series::open_catalog(context);
    let keys = series::select_series(&catalog, &arguments.select)?;
    let timeframe = one_timeframe(&keys)?;
    let mut sim = simulation(context, strategy.as_ref());
    if let Some(capital) = arguments.capital {
        sim.initial_capital = capital;
    }
    if let Some(fee) = arguments.fee {
        sim.fees.taker = fee;
        sim.fees.maker = sim.fees.maker.min(fee);
    }
    if let Some(fill) = arguments.fill {
        sim.fill = match fill {
            FillArg::NextOpen => Fill::NextOpen,
            FillArg::SameClose => Fill::SameClose,
        };
    }
    if arguments.long_only {
        sim.allow_short = false;
    }
    sim.validate().map_err(|error| UsageError(error.to_string()))?;
    let config = RunConfig {
        strategy: strategy.name().to_owned(),
        params: strategy.params(),
        venue: arguments.select.venue,
        symbols: keys.iter().map(|key| key.symbol.clone()).collect(),
        timeframe,
        higher: Vec::new(),
        from: arguments.span.from,
        to: arguments.span.to,
        sim,
    };
    let interrupted = interrupt_flag()?;
    let run = execute(context, &config, &keys, strategy.as_ref(), &catalog, &interrupted)?;
    let log = RunLog::new(&context.config.data.folder);
    let folder = log.keep(&run, now())?;
    let mut report_path = None;
    if !arguments.no_report {
        let path = log.report_path(&run.id);
        report::write_report(&run, &catalog, &path)?;
        report_path = Some(path);
    }
    if context.json {
        let mut described = runlog::to_json(&run)?;
        described["folder"] = serde_json::json!(folder);
        described["report"] = serde_json::json!(report_path);
        output::json(&described)?;
    } else {
        runs::print_run(&run)?;
        output::line(format!("kept as run {} in {}", run.id, folder.display()))?;
        if let Some(path) = &report_path {
            output::line(format!("report: {}", path.display()))?;
        }
    }
    if let (true, Some(path)) = (arguments.open, &report_path) {
        open_in_browser(path)?;
    }
    Ok(outcome_of(&run))
}

/// A run has one timeframe: bars of different length have no common year.
fn one_timeframe(keys: &[SeriesKey]) -> Result<mem_types::Timeframe, UsageError> {
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

/// The configured assumptions; what the user did not set is as the strategy recommends.
pub(super) fn simulation(context: &Context, strategy: &dyn Strategy) -> SimConfig {
    let mut sim = context.config.simulation.clone();
    let recommended = strategy.recommended();
    let is_set = |key: &str| context.sources.keys().any(|set| set.starts_with(key));
    if !is_set("simulation.on_opposite") {
        sim.on_opposite = match recommended.on_opposite {
            mem_strategy::OnOpposite::Reverse => OnOpposite::Reverse,
            mem_strategy::OnOpposite::Close => OnOpposite::Close,
            mem_strategy::OnOpposite::Ignore => OnOpposite::Ignore,
        };
    }
    if !is_set("simulation.sizing") {
        sim.sizing = match recommended.sizing {
            SizingHint::AllIn => Sizing::AllIn,
            SizingHint::Risk { risk, cap } => Sizing::Risk { risk, cap },
        };
    }
    sim
}

/// Runs with a progress bar.
///
/// # Errors
/// If not one series could be tested.
pub(super) fn execute(
    context: &Context,
    config: &RunConfig,
    keys: &[SeriesKey],
    strategy: &dyn Strategy,
    catalog: &Catalog,
    interrupted: &AtomicBool,
) -> anyhow::Result<Run> {
    let bar = output::progress(keys.len() as u64, "testing", context.silent);
    let run = run::run(
        config,
        keys,
        strategy,
        catalog,
        &|progress| {
            bar.set_message(format!("{} {}", config.strategy, progress.key));
            bar.inc(1);
        },
        interrupted,
    )?;
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

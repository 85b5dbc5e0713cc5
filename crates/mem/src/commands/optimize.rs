//! `mem optimize`: the parameters that did best, every trial kept.

use mem_research::optimize::{Gene, Genetic, Optimization, OptimizeConfig, Search, Searched, optimize};
use mem_research::runlog::{self, RunLog};
use mem_strategy::StrategySpec;

use super::{Context, backtest, interrupt_flag, now, parse_params, series, strategies};
use crate::cli::{OptimizeArgs, SearchArg};
use crate::exit::{Outcome, UsageError};
use crate::output::{self, Align};

/// Trials that are printed.
const SHOWN: usize = 10;

pub(super) fn run(context: &Context, arguments: OptimizeArgs) -> anyhow::Result<Outcome> {
    let spec = strategies::find(&arguments.strategy)?;
    let strategy = strategies::build(&arguments.strategy, &arguments.param)?;
    let params = parse_params(&arguments.param)?;
    let genes = genes(spec, &arguments.vary, &params)?;
    let catalog = series::open_catalog(context);
    let keys = series::select_series(&catalog, &arguments.select)?;
    let config = OptimizeConfig {
        strategy: spec.name.to_owned(),
        params,
        genes,
        search: search(&arguments),
        fitness: arguments.fitness,
        min_trades: arguments.min_trades,
        seed: arguments.seed,
        holdout: arguments.holdout,
        timeframe: backtest::one_timeframe(&keys)?,
        venue: arguments.select.venue,
        symbols: keys.iter().map(|key| key.symbol.clone()).collect(),
        higher: Vec::new(),
        from: arguments.span.from,
        to: arguments.span.to,
        sim: backtest::simulation(context, strategy.as_ref(), &arguments.sim)?,
    };
    config.validate().map_err(|error| UsageError(error.to_string()))?;
    let interrupted = interrupt_flag()?;
    let bar = output::progress(0, "searching", context.silent);
    let tell = |searched: Searched| {
        bar.set_length(searched.total as u64);
        bar.set_position(searched.done as u64);
        bar.set_message(format!("best {} {}", config.fitness, output::figure(searched.best, 4)));
    };
    let found = optimize(&config, &keys, &catalog, &tell, &interrupted)?;
    bar.finish_and_clear();
    let log = RunLog::new(&context.config.data.folder);
    let folder = log.keep(&found, now())?;
    let report = backtest::report_of(context, &log, &found.id, &catalog, &arguments.report)?;
    if context.json {
        backtest::print_json(runlog::to_json(&found)?, &folder, report.as_deref())?;
    } else {
        print(&found)?;
        backtest::print_kept(&found.id, &folder, report.as_deref())?;
    }
    backtest::open_report(&arguments.report, report.as_deref())?;
    Ok(if found.partial { Outcome::Interrupted } else { Outcome::Done })
}

/// What is searched: as typed, or every number of the strategy around its default.
fn genes(
    spec: &StrategySpec,
    typed: &[String],
    fixed: &[(String, mem_indicators::ParamValue)],
) -> Result<Vec<Gene>, UsageError> {
    if !typed.is_empty() {
        let wrong = |error: mem_research::ResearchError| UsageError(format!("--vary {error}"));
        return typed.iter().map(|text| Gene::parse(text, spec.params).map_err(wrong)).collect();
    }
    let free = spec.params.iter().filter(|param| fixed.iter().all(|(name, _)| name != param.name));
    Ok(free.filter_map(Gene::around_default).collect())
}

fn search(arguments: &OptimizeArgs) -> Search {
    match arguments.search {
        SearchArg::Grid => Search::Grid,
        SearchArg::Random => Search::Random { samples: arguments.samples },
        SearchArg::Genetic => Search::Genetic(Genetic {
            population: arguments.population,
            generations: arguments.generations,
            crossover: arguments.crossover,
            mutation: arguments.mutation,
            elitism: arguments.elitism,
            tournament: arguments.tournament,
            patience: arguments.patience,
        }),
    }
}

/// An optimisation as tables: the best trials, then the winner.
pub(super) fn print(found: &Optimization) -> anyhow::Result<()> {
    let config = &found.config;
    let market = if found.is_simulated() { ", SIMULATED MARKET" } else { "" };
    let genes = config.gene_names();
    output::line(format!(
        "{} on {} bars of {} symbols{market}: {} made large over {}",
        config.strategy,
        config.timeframe,
        found.series.len(),
        config.fitness,
        genes.join(", "),
    ))?;
    print_trials(found, &genes)?;
    let judged = found.trials.len();
    let failed = found.trials.iter().filter(|trial| trial.failure.is_some()).count();
    let possible = found.possible.map_or(String::new(), |all| format!(" of {} possible", output::count(all)));
    output::line(format!(
        "{} candidates judged{possible}, {} of them with parameters that do not go together",
        output::count(judged as u64),
        output::count(failed as u64),
    ))?;
    let Some(best) = &found.best else {
        return output::line(format!(
            "no candidate made the {} trades that a test needs to count (--min-trades)",
            config.min_trades
        ));
    };
    if config.holdout > 0.0 {
        output::line(format!(
            "the best on the latest {} of the bars, which it was not chosen by: {} {} (searched: {})",
            output::rate(Some(config.holdout)),
            config.fitness,
            output::figure(best.holdout_fitness, 4),
            output::figure(Some(best.fitness), 4),
        ))?;
    }
    if let Some(probability) = best.deflated_sharpe {
        output::line(format!(
            "deflated Sharpe ratio {}: the probability that it is more than the luck of {} tries (0.95 is convincing)",
            output::figure(Some(probability), 3),
            output::count(judged as u64),
        ))?;
    }
    let params: Vec<String> = best.params.iter().map(|(name, value)| format!("--param {name}={value}")).collect();
    output::line(format!(
        "try it: mem backtest {} --timeframe {} {}",
        config.strategy,
        config.timeframe,
        params.join(" ")
    ))?;
    if found.partial {
        output::line("stopped early: the candidates above were judged, the others were not")?;
    }
    Ok(())
}

fn print_trials(found: &Optimization, genes: &[&str]) -> anyhow::Result<()> {
    let mut ranked: Vec<usize> =
        (0..found.trials.len()).filter(|index| found.trials[*index].fitness.is_some()).collect();
    ranked.sort_by(|a, b| {
        found.trials[*b].fitness.partial_cmp(&found.trials[*a].fitness).unwrap_or(std::cmp::Ordering::Equal)
    });
    ranked.truncate(SHOWN);
    let mut columns = vec![("rank", Align::Right)];
    columns.extend(genes.iter().map(|gene| (*gene, Align::Right)));
    columns.extend([
        ("fitness", Align::Right),
        ("held out", Align::Right),
        ("return", Align::Right),
        ("Sharpe", Align::Right),
        ("max drawdown", Align::Right),
        ("trades", Align::Right),
        ("win rate", Align::Right),
    ]);
    let held_out = |trial: usize| found.finalists.iter().find(|finalist| finalist.trial == trial);
    let rows = ranked.iter().enumerate().map(|(rank, index)| {
        let trial = &found.trials[*index];
        let mut row = vec![(rank + 1).to_string()];
        row.extend(trial.values.iter().map(|value| match value {
            mem_indicators::ParamValue::Float(value) => output::significant(*value, 5),
            other => other.to_string(),
        }));
        row.extend([
            output::figure(trial.fitness, 4),
            output::figure(held_out(*index).and_then(|finalist| finalist.holdout_fitness), 4),
            output::percent(trial.figures.total_return),
            output::figure(trial.figures.sharpe, 2),
            output::percent(trial.figures.max_drawdown),
            output::count(trial.figures.trades as u64),
            output::rate(trial.figures.win_rate),
        ]);
        row
    });
    output::table(&columns, rows)
}

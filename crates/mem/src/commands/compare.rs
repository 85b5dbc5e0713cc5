//! `mem compare`: strategies side by side on the same candles.

use mem_research::compare::{Candidate, CompareConfig, Comparison, compare, rankings};
use mem_research::runlog::{self, RunLog};

use super::{Context, backtest, interrupt_flag, now, parse_params, series, strategies};
use crate::cli::CompareArgs;
use crate::exit::{Outcome, UsageError};
use crate::output::{self, Align};

pub(super) fn run(context: &Context, arguments: CompareArgs) -> anyhow::Result<Outcome> {
    let mut candidates = Vec::with_capacity(arguments.candidates.len());
    for typed in &arguments.candidates {
        let (label, strategy, params) = parts(typed)?;
        let built = strategies::build(&strategy, &params)?;
        let sim = backtest::simulation(context, built.as_ref(), &arguments.sim)?;
        candidates.push(Candidate { label, strategy, params: parse_params(&params)?, sim });
    }
    let catalog = series::open_catalog(context);
    let keys = series::select_series(&catalog, &arguments.select)?;
    let config = CompareConfig {
        candidates,
        timeframe: backtest::one_timeframe(&keys)?,
        venue: arguments.select.venue,
        symbols: keys.iter().map(|key| key.symbol.clone()).collect(),
        higher: Vec::new(),
        from: arguments.span.from,
        to: arguments.span.to,
    };
    let interrupted = interrupt_flag()?;
    let bar = output::progress((keys.len() * config.candidates.len()) as u64, "comparing", context.silent);
    let found = compare(
        &config,
        &keys,
        &catalog,
        &|label, progress| {
            bar.set_message(format!("{label} {}", progress.key));
            bar.inc(1);
        },
        &interrupted,
    )?;
    bar.finish_and_clear();
    if found.rows.iter().all(|row| row.tested == 0) && !found.partial {
        let reasons = found.runs.iter().flat_map(|run| run.series.iter().filter_map(|series| series.outcome.failure()));
        anyhow::bail!("nothing could be tested: {}", reasons.collect::<Vec<_>>().join("; "));
    }
    let log = RunLog::new(&context.config.data.folder);
    let folder = log.keep(&found, now())?;
    let report = backtest::report_of(context, &log, &found.id, &catalog, &arguments.report)?;
    if context.json {
        let mut described = runlog::to_json(&found)?;
        described["rankings"] = serde_json::json!(rankings(&found.rows));
        backtest::print_json(described, &folder, report.as_deref())?;
    } else {
        print(&found)?;
        backtest::print_kept(&found.id, &folder, report.as_deref())?;
    }
    backtest::open_report(&arguments.report, report.as_deref())?;
    let failed = found.runs.iter().any(|run| run.totals().failed > 0);
    Ok(if found.partial {
        Outcome::Interrupted
    } else if failed {
        Outcome::Partial
    } else {
        Outcome::Done
    })
}

/// Reads STRATEGY, STRATEGY:NAME=VALUE,… or LABEL=STRATEGY:NAME=VALUE,….
fn parts(typed: &str) -> Result<(String, String, Vec<String>), UsageError> {
    let (head, params) = typed.split_once(':').map_or((typed, ""), |(head, params)| (head, params));
    let (label, strategy) = head.split_once('=').map_or((None, head), |(label, strategy)| (Some(label), strategy));
    if label.is_some_and(str::is_empty) || strategy.is_empty() {
        return Err(UsageError(format!("candidate '{typed}': expected STRATEGY:NAME=VALUE,… or LABEL=STRATEGY:…")));
    }
    let params = params.split(',').filter(|param| !param.is_empty()).map(str::to_owned).collect();
    // Unlike any other as long as the parameters are: what was typed.
    Ok((label.unwrap_or(typed).to_owned(), strategy.to_owned(), params))
}

/// A comparison as a table, best first.
pub(super) fn print(found: &Comparison) -> anyhow::Result<()> {
    let market = if found.is_simulated() { ", SIMULATED MARKET" } else { "" };
    let symbols = found.runs.first().map_or(0, |run| run.series.len());
    output::line(format!(
        "{} candidates on {} bars of {symbols} symbols{market}, means over the symbols",
        found.rows.len(),
        found.config.timeframe,
    ))?;
    let ranking = rankings(&found.rows).by_composite;
    let rows = ranking.iter().filter_map(|label| found.rows.iter().find(|row| row.label == *label));
    output::table(
        &[
            ("candidate", Align::Left),
            ("composite", Align::Right),
            ("return", Align::Right),
            ("Sharpe", Align::Right),
            ("Sortino", Align::Right),
            ("max drawdown", Align::Right),
            ("win rate", Align::Right),
            ("profit factor", Align::Right),
            ("trades", Align::Right),
            ("exposure", Align::Right),
            ("beat holding", Align::Right),
            ("run", Align::Left),
        ],
        rows.map(|row| {
            let figures = &row.figures;
            vec![
                row.label.clone(),
                output::figure(row.composite, 3),
                output::percent(figures.total_return),
                output::figure(figures.sharpe, 2),
                output::figure(figures.sortino, 2),
                output::percent(figures.max_drawdown),
                output::rate(figures.win_rate),
                output::figure(figures.profit_factor, 2),
                output::count(figures.trades as u64),
                output::rate(figures.exposure),
                format!("{} of {}", row.beat_buy_and_hold, row.tested),
                row.run.clone(),
            ]
        }),
    )?;
    for series in found.runs.first().into_iter().flat_map(|run| &run.series) {
        if let Some(reason) = series.outcome.failure() {
            output::line(format!("{}: {reason}", series.key))?;
        }
    }
    if found.partial {
        output::line("stopped early: the figures are those of the symbols that were done")?;
    }
    Ok(())
}

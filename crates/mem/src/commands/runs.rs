//! `mem runs`: what was run, what came out, what differs.

use anyhow::Context as _;
use mem_indicators::ParamValue;
use mem_research::compare::Comparison;
use mem_research::optimize::Optimization;
use mem_research::portfolio_run::PortfolioRun;
use mem_research::report;
use mem_research::run::Run;
use mem_research::runlog::{self, Headline, Kept, Kind, Listed, RunLog, Unit, diff};

use super::{Context, backtest, compare, open_in_browser, optimize, portfolio, series};
use crate::cli::RunsCommand;
use crate::exit::Outcome;
use crate::output::{self, Align};

pub(super) fn run(context: &Context, command: RunsCommand) -> anyhow::Result<Outcome> {
    let log = RunLog::new(&context.config.data.folder);
    match command {
        RunsCommand::List => list(context, &log)?,
        RunsCommand::Show { id } => {
            let id = log.find(&id)?;
            if context.json {
                output::json(&log.json(&id)?)?;
            } else {
                print_kept(&log, &id)?;
                output::line(format!("folder: {}", log.folder_of(&id).display()))?;
            }
        }
        RunsCommand::Diff { a, b } => print_diff(context, &log.load(&a)?, &log.load(&b)?)?,
        RunsCommand::Export { id, folder, format } => {
            let id = log.find(&id)?;
            std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
            let files = match log.kind(&id)? {
                Kind::Backtest => log.load::<Run>(&id)?.export(format, &folder),
                Kind::Optimization => log.load::<Optimization>(&id)?.export(format, &folder),
                Kind::Comparison => log.load::<Comparison>(&id)?.export(format, &folder),
                Kind::Portfolio => log.load::<PortfolioRun>(&id)?.export(format, &folder),
            }?;
            if context.json {
                output::json(&serde_json::json!({ "run": id, "files": files }))?;
            } else {
                for file in &files {
                    output::line(file.display())?;
                }
            }
        }
        RunsCommand::Report { id, rewrite, open } => {
            let id = log.find(&id)?;
            let path = log.report_path(&id);
            if rewrite || !path.exists() {
                report::write_kept(&log, &id, &series::open_catalog(context), &path)?;
            }
            if context.json {
                output::json(&serde_json::json!({ "run": id, "report": path }))?;
            } else {
                output::line(path.display())?;
            }
            if open {
                open_in_browser(&path)?;
            }
        }
        RunsCommand::Remove { id } => {
            let id = log.remove(&id)?;
            if context.json {
                output::json(&serde_json::json!({ "removed": id }))?;
            } else {
                output::line(format!("removed run {id}"))?;
            }
        }
    }
    Ok(Outcome::Done)
}

fn list(context: &Context, log: &RunLog) -> anyhow::Result<()> {
    let listed = log.list()?;
    if context.json {
        return output::json(&listed);
    }
    if listed.is_empty() {
        return output::line("no runs yet: `mem backtest STRATEGY --timeframe …` makes one");
    }
    output::table(
        &[
            ("run", Align::Left),
            ("made", Align::Left),
            ("kind", Align::Left),
            ("what", Align::Left),
            ("series", Align::Right),
            ("figures", Align::Left),
        ],
        listed.iter().map(|listed| match listed {
            Listed::Unreadable { id, reason } => vec![id.clone(), format!("unreadable: {reason}")],
            Listed::Readable(run) => {
                let mut title = run.brief.title.clone();
                if run.brief.simulated {
                    title.push_str(" (simulated market)");
                }
                if run.partial {
                    title.push_str(" (stopped early)");
                }
                let figures: Vec<String> = run.brief.headline.iter().map(in_words).collect();
                vec![
                    run.id.clone(),
                    run.created_at.map_or_else(|| output::UNDEFINED.to_owned(), output::minute),
                    run.kind.to_string(),
                    title,
                    run.brief.symbols.len().to_string(),
                    figures.join(", "),
                ]
            }
        }),
    )
}

/// A figure of a list with its name.
fn in_words(headline: &Headline) -> String {
    let value = match headline.unit {
        Unit::Percent => output::percent(headline.value.map(|value| value / 100.0)),
        Unit::Count => headline.value.map_or_else(|| output::UNDEFINED.to_owned(), |value| output::count(value as i64)),
        Unit::Ratio => output::figure(headline.value, 2),
        Unit::Text => headline.text.clone().unwrap_or_else(|| output::UNDEFINED.to_owned()),
    };
    format!("{} {value}", headline.label)
}

/// A kept run of any kind as tables.
fn print_kept(log: &RunLog, id: &str) -> anyhow::Result<()> {
    match log.kind(id)? {
        Kind::Backtest => print_run(&log.load(id)?),
        Kind::Optimization => optimize::print(&log.load(id)?),
        Kind::Comparison => compare::print(&log.load(id)?),
        Kind::Portfolio => portfolio::print(&log.load(id)?),
    }
}

/// Parameters for one line.
pub(super) fn params_in_words(params: &[(String, ParamValue)]) -> String {
    params.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}

/// A run as a table: a row a series, then the totals.
pub(super) fn print_run(run: &Run) -> anyhow::Result<()> {
    let params = params_in_words(&run.config.params);
    let market = if run.is_simulated() { ", SIMULATED MARKET" } else { "" };
    output::line(format!("{} on {} bars{market}: {params}", run.config.strategy, run.config.timeframe))?;
    if let Some(model) = &run.config.model {
        model.words().into_iter().try_for_each(output::line)?;
    }
    output::table(
        &[
            ("symbol", Align::Left),
            ("bars", Align::Right),
            ("return", Align::Right),
            ("hold", Align::Right),
            ("a year", Align::Right),
            ("Sharpe", Align::Right),
            ("Sortino", Align::Right),
            ("max drawdown", Align::Right),
            ("trades", Align::Right),
            ("win rate", Align::Right),
            ("profit factor", Align::Right),
            ("exposure", Align::Right),
        ],
        run.tested().map(|(key, tested)| {
            let metrics = &tested.summary.metrics;
            vec![
                key.symbol.to_string(),
                output::count(tested.summary.bars as u64),
                output::percent(metrics.total_return),
                output::percent(Some(tested.summary.buy_and_hold_pct / 100.0)),
                output::percent(metrics.annual_return),
                output::figure(metrics.sharpe, 2),
                output::figure(metrics.sortino, 2),
                output::percent(metrics.max_drawdown),
                output::count(metrics.total_trades as u64),
                output::rate(metrics.win_rate),
                output::figure(metrics.profit_factor, 2),
                output::rate(metrics.exposure),
            ]
        }),
    )?;
    for series in &run.series {
        if let Some(reason) = series.outcome.failure() {
            output::line(format!("{}: {reason}", series.key))?;
        }
    }
    let totals = run.totals();
    output::line(format!(
        "{} of {} series tested, {} trades; median return {}, {} did better than holding; all costs included",
        totals.tested,
        run.series.len(),
        output::count(totals.trades as u64),
        output::percent(totals.median_return_pct.map(|pct| pct / 100.0)),
        totals.beat_buy_and_hold,
    ))?;
    if backtest::outcome_of(run) == Outcome::Interrupted {
        output::line("stopped early: the series above are complete, the others were not begun")?;
    }
    Ok(())
}

fn print_diff(context: &Context, a: &Run, b: &Run) -> anyhow::Result<()> {
    let differences = diff(a, b)?;
    if context.json {
        return output::json(&differences);
    }
    let heads = [("what", Align::Left), (a.id.as_str(), Align::Right), (b.id.as_str(), Align::Right)];
    let row = |change: &runlog::Change| vec![change.name.clone(), cell(&change.a), cell(&change.b)];
    output::line("settings")?;
    if differences.config.is_empty() {
        output::line("  the same")?;
    } else {
        output::table(&heads, differences.config.iter().map(row))?;
    }
    output::line("totals")?;
    output::table(&heads, differences.totals.iter().map(row))?;
    for series in &differences.series {
        output::line(&series.key)?;
        output::table(&heads, series.changes.iter().map(row))?;
    }
    for (run, keys) in [(&a.id, &differences.only_in_a), (&b.id, &differences.only_in_b)] {
        if !keys.is_empty() {
            let names: Vec<String> = keys.iter().map(ToString::to_string).collect();
            output::line(format!("only in {run}: {}", names.join(", ")))?;
        }
    }
    Ok(())
}

/// A value of a difference as text; numbers with six significant digits.
fn cell(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => output::UNDEFINED.to_owned(),
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Number(number) if number.is_f64() => {
            output::significant(number.as_f64().unwrap_or(f64::NAN), 6)
        }
        // The best and the worst series: whose, and how much.
        serde_json::Value::Array(pair) if pair.len() == 2 => {
            let symbol = pair[0]["symbol"].as_str().unwrap_or_default();
            format!("{symbol} {}", cell(&pair[1]))
        }
        other => other.to_string(),
    }
}

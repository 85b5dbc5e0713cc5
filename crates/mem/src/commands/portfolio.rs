//! `mem portfolio`: a strategy on many symbols with one capital.

use mem_research::portfolio::{MissingData, PortfolioConfig, PortfolioResult, Rebalance, ReturnsOf, Weights};
use mem_research::portfolio_run::PortfolioRun;
use mem_research::run::RunConfig;
use mem_research::runlog::{self, RunLog};
use mem_research::{SimConfig, Slippage};
use mem_types::Timestamp;

use super::{Context, backtest, interrupt_flag, now, runs, series, strategies};
use crate::cli::{MissingArg, PortfolioArgs, RebalanceArg};
use crate::exit::{Outcome, UsageError};
use crate::output::{self, Align};

pub(super) fn run(context: &Context, arguments: PortfolioArgs) -> anyhow::Result<Outcome> {
    let strategy = strategies::build(&arguments.strategy, &arguments.param)?;
    let catalog = series::open_catalog(context);
    let keys = series::select_series(&catalog, &arguments.select)?;
    let sim = backtest::simulation(context, strategy.as_ref(), &arguments.sim)?;
    let portfolio = settings(&arguments, &sim)?;
    let config = RunConfig {
        strategy: strategy.name().to_owned(),
        params: strategy.params(),
        timeframe: backtest::one_timeframe(&keys)?,
        venue: arguments.select.venue,
        symbols: keys.iter().map(|key| key.symbol.clone()).collect(),
        higher: Vec::new(),
        from: arguments.span.from,
        to: arguments.span.to,
        sim,
        model: None,
    };
    let interrupted = interrupt_flag()?;
    let run = backtest::execute(context, (&config, None), &keys, strategy.as_ref(), &catalog, &interrupted)?;
    let log = RunLog::new(&context.config.data.folder);
    if run.partial {
        log.keep(&run, now())?;
        output::line(format!("stopped early: what was tested is kept as run {}, no portfolio was made", run.id))?;
        return Ok(Outcome::Interrupted);
    }
    let found = PortfolioRun::new(run, &portfolio, &catalog)?;
    let folder = log.keep(&found, now())?;
    let report = backtest::report_of(context, &log, &found.id, &catalog, &arguments.report)?;
    if context.json {
        backtest::print_json(runlog::to_json(&found)?, &folder, report.as_deref())?;
    } else {
        print(&found)?;
        backtest::print_kept(&found.id, &folder, report.as_deref())?;
    }
    backtest::open_report(&arguments.report, report.as_deref())?;
    Ok(backtest::outcome_of(&found.run))
}

fn settings(arguments: &PortfolioArgs, sim: &SimConfig) -> Result<PortfolioConfig, UsageError> {
    let slippage = match sim.slippage {
        Slippage::None => 0.0,
        Slippage::Bps { bps } => bps * 1e-4,
        Slippage::Spread { base, .. } => base / 2.0,
        Slippage::VolumeShare { .. } => 1e-4,
    };
    let config = PortfolioConfig {
        weights: weights(&arguments.weights)?,
        rebalance: match arguments.rebalance {
            RebalanceArg::Never => Rebalance::Never,
            RebalanceArg::Daily => Rebalance::Daily,
            RebalanceArg::Weekly => Rebalance::Weekly,
            RebalanceArg::Monthly => Rebalance::Monthly,
        },
        lookback_bars: arguments.lookback,
        missing: match arguments.missing {
            MissingArg::Intersection => MissingData::Intersection,
            MissingArg::LateJoin => MissingData::LateJoin,
            MissingArg::Fail => MissingData::Fail,
        },
        cost: sim.fees.taker + slippage,
        initial_capital: sim.initial_capital,
    };
    config.validate().map_err(|error| UsageError(error.to_string()))?;
    Ok(config)
}

/// Reads equal, inverse_volatility, risk_parity or SYMBOL=SHARE,….
fn weights(typed: &str) -> Result<Weights, UsageError> {
    match typed {
        "equal" => return Ok(Weights::Equal),
        "inverse_volatility" => return Ok(Weights::InverseVolatility),
        "risk_parity" => return Ok(Weights::RiskParity),
        _ => {}
    }
    let wrong = || {
        UsageError(format!(
            "--weights {typed}: expected equal, inverse_volatility, risk_parity, or SYMBOL=SHARE,SYMBOL=SHARE,…"
        ))
    };
    let shares = typed.split(',').map(|share| {
        let (symbol, share) = share.split_once('=').ok_or_else(wrong)?;
        Ok((symbol.trim().to_owned(), share.trim().parse::<f64>().map_err(|_| wrong())?))
    });
    Ok(Weights::Custom(shares.collect::<Result<_, UsageError>>()?))
}

/// A portfolio as tables: the whole, then its sleeves.
pub(super) fn print(found: &PortfolioRun) -> anyhow::Result<()> {
    let PortfolioRun { run, result, .. } = found;
    let market = if run.is_simulated() { ", SIMULATED MARKET" } else { "" };
    let params = runs::params_in_words(&run.config.params);
    output::line(format!("{} on {} bars{market}: {params}", run.config.strategy, run.config.timeframe))?;
    let money = |value: f64| output::count(value.round() as i64);
    output::table(
        &[
            ("symbol", Align::Left),
            ("alone", Align::Right),
            ("average weight", Align::Right),
            ("contribution", Align::Right),
            ("cost of moving", Align::Right),
            ("capital at the end", Align::Right),
        ],
        result.sleeves.iter().map(|sleeve| {
            let alone = run.tested().find(|(key, _)| **key == sleeve.key);
            vec![
                sleeve.name.clone(),
                output::percent(alone.and_then(|(_, tested)| tested.summary.metrics.total_return)),
                output::rate(Some(sleeve.average_weight)),
                money(sleeve.contribution),
                money(sleeve.rebalance_cost),
                sleeve.capital.last().map_or_else(|| output::UNDEFINED.to_owned(), |capital| money(*capital)),
            ]
        }),
    )?;
    let metrics = &result.metrics;
    let time = |ts: Option<&i64>| ts.map_or(String::new(), |ts| output::minute(Timestamp::from_nanos(*ts)));
    output::line(format!(
        "{} to {}: {} became {}, {}, a year {}",
        time(result.ts_ns.first()),
        time(result.ts_ns.last()),
        money(result.config.initial_capital),
        result.equity.last().map_or_else(|| output::UNDEFINED.to_owned(), |equity| money(*equity)),
        output::percent(metrics.total_return),
        output::percent(metrics.annual_return),
    ))?;
    output::line(format!(
        "Sharpe {}, Sortino {}, max drawdown {}, volatility {}",
        output::figure(metrics.sharpe, 2),
        output::figure(metrics.sortino, 2),
        output::percent(metrics.max_drawdown),
        output::rate(metrics.volatility),
    ))?;
    output::line(format!(
        "diversification ratio {}, as good as {} equal sleeves; {} rebalances cost {}",
        output::figure(result.diversification_ratio, 2),
        output::figure(result.effective_bets, 1),
        result.rebalances.len().saturating_sub(1),
        money(result.rebalance_cost),
    ))?;
    print_correlation(result)?;
    for note in &result.notes {
        output::line(format!("note: {note}"))?;
    }
    Ok(())
}

/// How prices move together, where a table of it is still read.
fn print_correlation(result: &PortfolioResult) -> anyhow::Result<()> {
    const MOST: usize = 12;
    let close = result.highly_correlated.iter().filter(|pair| pair.of == ReturnsOf::Assets).count();
    if result.sleeves.len() < 2 {
        return Ok(());
    }
    if result.sleeves.len() <= MOST {
        output::line("correlation of prices")?;
        let mut columns = vec![("", Align::Left)];
        columns.extend(result.sleeves.iter().map(|sleeve| (sleeve.name.as_str(), Align::Right)));
        output::table(
            &columns,
            result.sleeves.iter().zip(&result.asset_correlation).map(|(sleeve, row)| {
                let mut cells = vec![sleeve.name.clone()];
                cells.extend(row.iter().map(|value| output::figure(*value, 2)));
                cells
            }),
        )?;
    }
    output::line(format!("{close} pairs of prices move together closely (correlation beyond 0.7)"))
}

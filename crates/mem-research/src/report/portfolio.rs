//! The page of a portfolio: the whole, its parts, how they hang together.

use mem_types::Timestamp;

use super::study::{
    Cell, Chart, ChartUnit, Heat, Line, Over, Study, figure, gain_class, percent, rounded, signed_percent, spread,
};
use super::words::number;
use crate::portfolio::{PortfolioResult, Rebalance, Weights};
use crate::portfolio_run::PortfolioRun;

pub(super) fn page(found: &PortfolioRun) -> String {
    let PortfolioRun { run, result, .. } = found;
    let mut study = Study::default();
    let date = |ts: Option<&i64>| {
        ts.map_or("\u{2014}".to_owned(), |ts| {
            Timestamp::from_nanos(*ts).to_string().chars().take(10).collect::<String>()
        })
    };
    let lead = format!(
        "{} on {} bars of {} symbols, {} to {}",
        run.config.strategy,
        run.config.timeframe,
        result.sleeves.len(),
        date(result.ts_ns.first()),
        date(result.ts_ns.last()),
    );
    let mut chips = vec![weights(&result.config.weights).to_owned(), rebalancing(result.config.rebalance).to_owned()];
    chips.extend(run.config.params.iter().map(|(name, value)| format!("{name} {value}")));
    let facts =
        [("Run", found.id.clone()), ("Backtest behind it", run.id.clone()), ("Code version", run.code_version.clone())];
    study.head("Portfolio", &lead, &chips, &facts);
    study.banners(run.is_simulated(), None);
    cards(&mut study, result);
    equity(&mut study, result);
    allocation(&mut study, result);
    parts(&mut study, found);
    correlation(&mut study, result);
    rebalances(&mut study, result);
    study.assumptions(&[("", &run.config.sim)]);
    let mut notes = result.notes.clone();
    notes.push("A sleeve's account scales with its capital: twice the money, twice the position. Larger orders would have moved the market more.".to_owned());
    notes.push(
        "In-sample: nothing here shows whether parameters or symbols were chosen on these very candles.".to_owned(),
    );
    study.notes(&notes);
    study.config(&(&run.config, &result.config));
    study.finish(format!("Portfolio {}", found.id), "PORTFOLIO", run.is_simulated(), &run.code_version)
}

fn weights(weights: &Weights) -> &'static str {
    match weights {
        Weights::Equal => "equal weights",
        Weights::Custom(_) => "given weights",
        Weights::InverseVolatility => "inverse volatility",
        Weights::RiskParity => "risk parity",
    }
}

fn rebalancing(rebalance: Rebalance) -> &'static str {
    match rebalance {
        Rebalance::Never => "never rebalanced",
        Rebalance::Daily => "rebalanced daily",
        Rebalance::Weekly => "rebalanced weekly",
        Rebalance::Monthly => "rebalanced monthly",
    }
}

fn cards(study: &mut Study, result: &PortfolioResult) {
    let metrics = &result.metrics;
    let money = |value: f64| number(value.round());
    study.cards(&[
        (
            "Return",
            signed_percent(metrics.total_return),
            gain_class(metrics.total_return),
            format!("{} a year", signed_percent(metrics.annual_return)),
        ),
        ("Sharpe", figure(metrics.sharpe, 2), "", format!("Sortino {}", figure(metrics.sortino, 2))),
        ("Max drawdown", percent(metrics.max_drawdown), "", format!("volatility {}", percent(metrics.volatility))),
        (
            "Value at the end",
            result.equity.last().map_or_else(|| "\u{2014}".to_owned(), |value| money(*value)),
            "",
            format!("of {}", money(result.config.initial_capital)),
        ),
        (
            "Diversification ratio",
            figure(result.diversification_ratio, 2),
            "",
            format!("as good as {} equal sleeves", figure(result.effective_bets, 1)),
        ),
        (
            "Cost of moving capital",
            money(result.rebalance_cost),
            "",
            format!("turnover {} a year", figure(result.turnover, 2)),
        ),
    ]);
}

fn equity(study: &mut Study, result: &PortfolioResult) {
    let mut peak = result.config.initial_capital;
    let falls: Vec<f64> = result
        .equity
        .iter()
        .map(|value| {
            peak = f64::max(peak, *value);
            (value / peak - 1.0) * 100.0
        })
        .collect();
    let at = spread(result.equity.len());
    let pick = |values: &[f64]| at.iter().map(|place| rounded(values[*place])).collect();
    study.section(
        "equity",
        "Value of the portfolio",
        "marked to market at every bar, after costs; drawdown in percent beneath",
    );
    study.chart(Chart {
        id: "equity-chart",
        label: "Value of the portfolio with its drawdown beneath",
        over: Over::Time,
        unit: ChartUnit::Number,
        stacked: false,
        x: at.iter().map(|place| result.ts_ns[*place] / 1_000_000_000).collect(),
        lines: vec![
            Line { name: "value".to_owned(), pane: 0, y: pick(&result.equity) },
            Line { name: "drawdown %".to_owned(), pane: 1, y: pick(&falls) },
        ],
    });
    study.end();
}

fn allocation(study: &mut Study, result: &PortfolioResult) {
    let at = spread(result.ts_ns.len());
    let lines = result.sleeves.iter().map(|sleeve| Line {
        name: sleeve.name.clone(),
        pane: 0,
        y: at.iter().map(|place| rounded(sleeve.capital[*place] / result.equity[*place] * 100.0)).collect(),
    });
    study.section("allocation", "Allocation over time", "share of each sleeve in the whole");
    study.chart(Chart {
        id: "allocation-chart",
        label: "Share of each sleeve over time, stacked",
        over: Over::Time,
        unit: ChartUnit::Percent,
        stacked: true,
        x: at.iter().map(|place| result.ts_ns[*place] / 1_000_000_000).collect(),
        lines: lines.collect(),
    });
    study.end();
}

fn parts(study: &mut Study, found: &PortfolioRun) {
    let PortfolioRun { run, result, .. } = found;
    study.section("parts", "Sleeves", "contributions less the cost of moving capital are the portfolio's profit");
    let heads = [
        "Sleeve",
        "Alone",
        "Sharpe alone",
        "Drawdown alone",
        "Average weight",
        "Contribution",
        "Cost of moving",
        "Capital at the end",
    ];
    study.table(
        &heads,
        result.sleeves.iter().map(|sleeve| {
            let metrics = run.tested().find(|(key, _)| **key == sleeve.key).map(|(_, tested)| &tested.summary.metrics);
            vec![
                Cell::text(sleeve.name.clone()),
                Cell::gain(metrics.and_then(|metrics| metrics.total_return)),
                Cell::figure(metrics.and_then(|metrics| metrics.sharpe), 2),
                Cell::percent(metrics.and_then(|metrics| metrics.max_drawdown)),
                Cell::percent(Some(sleeve.average_weight)),
                Cell::figure(Some(sleeve.contribution), 2),
                Cell::figure(Some(sleeve.rebalance_cost), 2),
                Cell::figure(sleeve.capital.last().copied(), 2),
            ]
        }),
    );
    study.end();
}

fn correlation(study: &mut Study, result: &PortfolioResult) {
    let names: Vec<String> = result.sleeves.iter().map(|sleeve| sleeve.name.clone()).collect();
    study.section("correlation", "Correlation", "Pearson, of the returns of the bars that both have");
    for (of, matrix) in [("prices", &result.asset_correlation), ("accounts", &result.strategy_correlation)] {
        let rows: Vec<(String, Vec<Option<f64>>)> = names.iter().cloned().zip(matrix.iter().cloned()).collect();
        let heat = Heat {
            corner: of,
            heads: &names,
            rows: &rows,
            middle: 0.0,
            far: 1.0,
            marked: None,
            write: |value| figure(Some(value), 2),
        };
        study.heat(&heat);
    }
    let pairs: Vec<String> = result
        .highly_correlated
        .iter()
        .map(|pair| format!("{} and {} {}", pair.first, pair.second, figure(Some(pair.correlation), 2)))
        .collect();
    if !pairs.is_empty() {
        study.caption(&format!("Beyond 0.7 either way: {}.", pairs.join(", ")));
    }
    study.end();
}

fn rebalances(study: &mut Study, result: &PortfolioResult) {
    study.section("rebalances", "Rebalances", &format!("{}, the start included", result.rebalances.len()));
    let mut heads = vec!["When", "Moved", "Cost"];
    heads.extend(result.sleeves.iter().map(|sleeve| sleeve.name.as_str()));
    study.table(
        &heads,
        result.rebalances.iter().map(|one| {
            let when: String = Timestamp::from_nanos(one.ts_ns).to_string().chars().take(16).collect();
            let mut row = vec![Cell::text(when), Cell::figure(Some(one.moved), 2), Cell::figure(Some(one.cost), 2)];
            row.extend(one.weights.iter().map(|weight| Cell::percent(Some(*weight))));
            row
        }),
    );
    study.end();
}

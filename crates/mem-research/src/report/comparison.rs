//! The page of a comparison: who ranks where, and how their accounts went.

use std::collections::BTreeMap;

use super::study::{
    Cell, Chart, ChartUnit, Heat, Line, Over, Study, figure, gain_class, rounded, signed_percent, spread,
};
use crate::compare::{Comparison, rankings, statistics};
use crate::run::Run;

pub(super) fn page(found: &Comparison) -> String {
    let mut study = Study::default();
    let simulated = found.is_simulated();
    let symbols = found.runs.first().map_or(0, |run| run.series.len());
    let lead = format!(
        "{} candidates on {} bars of {symbols} symbols; means over the symbols",
        found.rows.len(),
        found.config.timeframe
    );
    let facts = [("Run", found.id.clone()), ("Code version", found.code_version.clone())];
    study.head("Comparison", &lead, &[], &facts);
    study.banners(
        simulated,
        found.partial.then_some("It was stopped before every candidate had its turn on every symbol."),
    );
    let ranking = rankings(&found.rows);
    let best = found.rows.iter().find(|row| Some(&row.label) == ranking.by_composite.first() && row.figures.trades > 0);
    let spread_of = statistics(&found.rows);
    let best_return = best.and_then(|row| row.figures.total_return);
    study.cards(&[
        (
            "Best by composite",
            best.map_or_else(|| "\u{2014}".to_owned(), |row| row.label.clone()),
            "",
            "return, win rate, Sharpe, drawdown".to_owned(),
        ),
        ("Its return", signed_percent(best_return), gain_class(best_return), "mean over the symbols".to_owned()),
        ("Its Sharpe", figure(best.and_then(|row| row.figures.sharpe), 2), "", "annual".to_owned()),
        (
            "Returns",
            signed_percent(spread_of.map(|spread| spread.median_return)),
            gain_class(spread_of.map(|spread| spread.median_return)),
            spread_of.map_or_else(String::new, |spread| {
                format!(
                    "median; {} to {}",
                    signed_percent(Some(spread.min_return)),
                    signed_percent(Some(spread.max_return))
                )
            }),
        ),
    ]);
    table(&mut study, found, &ranking.by_composite);
    curves(&mut study, found);
    by_symbol(&mut study, found);
    study.section("rankings", "Rankings", "from best to worst; who never traded stands last");
    for (name, labels) in [
        ("Return", &ranking.by_return),
        ("Sharpe", &ranking.by_sharpe),
        ("Win rate", &ranking.by_win_rate),
        ("Profit factor", &ranking.by_profit_factor),
        ("Composite", &ranking.by_composite),
    ] {
        study.caption(&format!("{name}: {}", labels.join(" > ")));
    }
    study.end();
    let sims: Vec<(&str, &crate::config::SimConfig)> =
        found.config.candidates.iter().map(|one| (one.label.as_str(), &one.sim)).collect();
    study.assumptions(&sims);
    study.notes(&[
        "Each symbol has its own account and weighs the same; this is no portfolio.".to_owned(),
        "In-sample: nothing here shows whether the candidates' parameters were chosen on these very candles."
            .to_owned(),
        format!("The best of {} candidates is flattered by being the best.", found.rows.len()),
    ]);
    study.config(&found.config);
    study.finish(format!("Comparison {}", found.id), "COMPARISON", simulated, &found.code_version)
}

fn table(study: &mut Study, found: &Comparison, order: &[String]) {
    study.section("table", "Candidates", "");
    let heads = [
        "Candidate",
        "Composite",
        "Return",
        "Sharpe",
        "Sortino",
        "Max drawdown",
        "Win rate",
        "Profit factor",
        "Trades",
        "Exposure",
        "Beat holding",
        "Parameters",
        "Run",
    ];
    let rows = order.iter().filter_map(|label| {
        let place = found.rows.iter().position(|row| row.label == *label)?;
        let (row, run) = (&found.rows[place], &found.runs[place]);
        let params: Vec<String> = run.config.params.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let figures = &row.figures;
        Some(vec![
            Cell::text(label.clone()),
            Cell::figure(row.composite, 3),
            Cell::gain(figures.total_return),
            Cell::figure(figures.sharpe, 2),
            Cell::figure(figures.sortino, 2),
            Cell::percent(figures.max_drawdown),
            Cell::percent(figures.win_rate),
            Cell::figure(figures.profit_factor, 2),
            Cell::count(figures.trades),
            Cell::percent(figures.exposure),
            Cell::count(row.beat_buy_and_hold),
            Cell::text(params.join(" ")),
            Cell::text(row.run.clone()),
        ])
    });
    study.table(&heads, rows);
    study.end();
}

/// The mean of a run's accounts at each time, each starting from 100 and keeping its last value.
fn mean_account(run: &Run) -> BTreeMap<i64, f64> {
    let start = run.config.sim.initial_capital;
    let mut changes: BTreeMap<i64, Vec<(usize, f64)>> = BTreeMap::new();
    let mut count = 0;
    for (index, (_, tested)) in run.tested().enumerate() {
        count = index + 1;
        for place in spread(tested.ts_ns.len()) {
            changes.entry(tested.ts_ns[place]).or_default().push((index, tested.equity[place] / start * 100.0));
        }
    }
    let mut last = vec![100.0; count];
    changes
        .into_iter()
        .map(|(time, values)| {
            for (index, value) in values {
                last[index] = value;
            }
            (time, last.iter().sum::<f64>() / count as f64)
        })
        .collect()
}

fn curves(study: &mut Study, found: &Comparison) {
    let accounts: Vec<BTreeMap<i64, f64>> = found.runs.iter().map(mean_account).collect();
    let mut times: Vec<i64> = accounts.iter().flat_map(|account| account.keys().copied()).collect();
    times.sort_unstable();
    times.dedup();
    let times: Vec<i64> = spread(times.len()).into_iter().map(|place| times[place]).collect();
    let at = |account: &BTreeMap<i64, f64>, time: i64| account.range(..=time).next_back().map(|(_, value)| *value);
    let lines = found.rows.iter().zip(&accounts).map(|(row, account)| Line {
        name: row.label.clone(),
        pane: 0,
        y: times.iter().map(|time| at(account, *time).and_then(rounded)).collect(),
    });
    study.section("curves", "Accounts", "mean over the symbols, beginning at 100, after costs");
    study.chart(Chart {
        id: "curves-chart",
        label: "Mean account of each candidate",
        over: Over::Time,
        unit: ChartUnit::Number,
        stacked: false,
        x: times.iter().map(|ns| ns / 1_000_000_000).collect(),
        lines: lines.collect(),
    });
    study.end();
}

fn by_symbol(study: &mut Study, found: &Comparison) {
    let heads: Vec<String> = found.rows.iter().map(|row| row.label.clone()).collect();
    let Some(first) = found.runs.first() else { return };
    let rows: Vec<(String, Vec<Option<f64>>)> = first
        .series
        .iter()
        .map(|series| {
            let of = |run: &Run| {
                let mut tested = run.tested();
                tested.find(|(key, _)| **key == series.key).and_then(|(_, tested)| tested.summary.metrics.total_return)
            };
            (series.key.symbol.to_string(), found.runs.iter().map(of).collect())
        })
        .collect();
    study.section("symbols", "Returns by symbol", "after costs");
    study.heat(&Heat {
        corner: "Symbol",
        heads: &heads,
        rows: &rows,
        middle: 0.0,
        // What doubles or halves an account is as strong as it gets.
        far: 1.0,
        marked: None,
        write: |value| signed_percent(Some(value)),
    });
    study.end();
}

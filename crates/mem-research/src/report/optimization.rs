//! The page of an optimisation: what won, how the search went, where the good candidates lie, what they are worth.

use std::collections::BTreeMap;

use mem_indicators::ParamValue;

use super::study::{
    Cell, Chart, ChartUnit, Heat, Line, Over, Study, figure, gain_class, percent, rounded, signed_percent, spread,
};
use super::words::number;
use crate::optimize::{Figures, Optimization, Search};

/// Rows of the ranking.
const RANKED: usize = 50;

/// Most rows or columns of a surface; fewer where candidates are few, so that most cells hold some.
const BINS: usize = 24;
const FEWEST_BINS: usize = 6;

/// Most surfaces: those of the pairs with the strongest effect.
const SURFACES: usize = 6;

pub(super) fn page(found: &Optimization) -> String {
    let config = &found.config;
    let mut study = Study::default();
    let genes = config.gene_names();
    let symbols: Vec<String> = found.series.iter().map(|one| one.key.symbol.to_string()).collect();
    let span = (found.series.iter().map(|one| one.first).min(), found.series.iter().map(|one| one.last).max());
    let date = |time: Option<mem_types::Timestamp>| {
        time.map_or("\u{2014}".to_owned(), |time| time.to_string().chars().take(10).collect::<String>())
    };
    let lead = format!(
        "{} made large over {} on {} bars of {}, {} to {}",
        config.fitness,
        genes.join(", "),
        config.timeframe,
        if symbols.len() > 6 { format!("{} symbols", symbols.len()) } else { symbols.join(", ") },
        date(span.0),
        date(span.1),
    );
    let mut chips = vec![method(&config.search), format!("seed {}", config.seed)];
    chips.extend(config.params.iter().map(|(name, value)| format!("{name} {value}")));
    if config.holdout > 0.0 {
        chips.push(format!("latest {} held out", percent(Some(config.holdout))));
    }
    let facts = [("Run", found.id.clone()), ("Code version", found.code_version.clone())];
    study.head(&format!("{} optimised", config.strategy), &lead, &chips, &facts);
    let partial = "The search was stopped before its end: what follows is what was judged until then.";
    study.banners(found.is_simulated(), found.partial.then_some(partial));
    cards(&mut study, found);
    winner(&mut study, found);
    convergence(&mut study, found);
    surfaces(&mut study, found);
    ranking(&mut study, found);
    study.assumptions(&[("", &config.sim)]);
    study.notes(&notes(found));
    data(&mut study, found);
    study.config(config);
    study.finish(
        format!("{} optimisation {}", config.strategy, found.id),
        "OPTIMISATION",
        found.is_simulated(),
        &found.code_version,
    )
}

fn method(search: &Search) -> String {
    match search {
        Search::Genetic(genetic) => format!("genetic, {} × {}", genetic.generations, genetic.population),
        Search::Grid => "every combination".to_owned(),
        Search::Random { samples } => format!("{samples} at random"),
    }
}

fn cards(study: &mut Study, found: &Optimization) {
    let best = found.best.as_ref();
    let held_out = best.and_then(|best| best.holdout_fitness);
    let figures = best.map(|best| found.trials[best.trial].figures).unwrap_or_default();
    let possible =
        found.possible.map_or("numbers without steps".to_owned(), |all| format!("of {} possible", number(all as f64)));
    let fitness = found.config.fitness.to_string();
    study.cards(&[
        ("Best, searched", figure(best.map(|best| best.fitness), 4), "", fitness.clone()),
        ("Best, held out", figure(held_out, 4), "", format!("{fitness}, bars that chose nothing")),
        (
            "Deflated Sharpe",
            figure(best.and_then(|best| best.deflated_sharpe), 3),
            "",
            "probability of more than luck".to_owned(),
        ),
        ("Candidates", number(found.trials.len() as f64), "", possible),
        (
            "Return",
            signed_percent(figures.total_return),
            gain_class(figures.total_return),
            "of the best, searched".to_owned(),
        ),
        ("Max drawdown", percent(figures.max_drawdown), "", "of the best, searched".to_owned()),
    ]);
}

fn winner(study: &mut Study, found: &Optimization) {
    study.section("winner", "The best candidate", "");
    let Some(best) = &found.best else {
        study.caption(&format!("No candidate made the {} trades that a test needs to count.", found.config.min_trades));
        return study.end();
    };
    let params: Vec<String> = best.params.iter().map(|(name, value)| format!("--param {name}={value}")).collect();
    study.caption(&format!(
        "mem backtest {} --timeframe {} {}",
        found.config.strategy,
        found.config.timeframe,
        params.join(" ")
    ));
    let heads = [
        "Series",
        "Return searched",
        "held out",
        "Sharpe searched",
        "held out",
        "Drawdown searched",
        "held out",
        "Trades searched",
        "held out",
    ];
    study.table(
        &heads,
        best.series.iter().map(|one| {
            let held_out = one.held_out.as_ref();
            vec![
                Cell::text(one.key.to_string()),
                Cell::gain(one.searched.total_return),
                Cell::gain(held_out.and_then(|metrics| metrics.total_return)),
                Cell::figure(one.searched.sharpe, 2),
                Cell::figure(held_out.and_then(|metrics| metrics.sharpe), 2),
                Cell::percent(one.searched.max_drawdown),
                Cell::percent(held_out.and_then(|metrics| metrics.max_drawdown)),
                Cell::count(one.searched.total_trades),
                held_out.map_or_else(|| Cell::figure(None, 0), |metrics| Cell::count(metrics.total_trades)),
            ]
        }),
    );
    study.end();
}

/// Best and mean fitness by generation; where there are none, the best so far by candidate.
fn convergence(study: &mut Study, found: &Optimization) {
    let (what, x, lines) = if found.generations.len() > 1 {
        let line = |name: &str, value: fn(&crate::optimize::Generation) -> Option<f64>| Line {
            name: name.to_owned(),
            pane: 0,
            y: found.generations.iter().map(|one| value(one).and_then(rounded)).collect(),
        };
        let x = found.generations.iter().map(|one| one.generation as i64).collect();
        ("by generation", x, vec![line("best", |one| one.best_fitness), line("mean", |one| one.mean_fitness)])
    } else {
        let mut best = None;
        let so_far: Vec<Option<f64>> = found
            .trials
            .iter()
            .map(|trial| {
                best = match (best, trial.fitness) {
                    (Some(best), Some(fitness)) => Some(f64::max(best, fitness)),
                    (best, fitness) => best.or(fitness),
                };
                best.and_then(rounded)
            })
            .collect();
        let at = spread(so_far.len());
        let y = at.iter().map(|place| so_far[*place]).collect();
        (
            "best so far by candidate",
            at.iter().map(|place| *place as i64).collect(),
            vec![Line { name: "best".to_owned(), pane: 0, y }],
        )
    };
    study.section("convergence", "Convergence", what);
    study.chart(Chart {
        id: "convergence-chart",
        label: "Fitness as the search went on",
        over: Over::Number,
        unit: ChartUnit::Number,
        stacked: false,
        x,
        lines,
    });
    study.end();
}

/// One gene cut into bins.
struct Axis {
    names: Vec<String>,
    /// The bin of each trial.
    bins: Vec<usize>,
}

fn axis(found: &Optimization, gene: usize) -> Axis {
    let values = || found.trials.iter().map(move |trial| &trial.values[gene]);
    let number_of = |value: &ParamValue| match value {
        ParamValue::Int(value) => Some(*value as f64),
        ParamValue::Float(value) => Some(*value),
        ParamValue::Choice(_) => None,
    };
    let mut seen: Vec<(Option<f64>, String)> = values().map(|value| (number_of(value), value.to_string())).collect();
    seen.sort_by(|a, b| a.0.partial_cmp(&b.0).unwrap_or(std::cmp::Ordering::Equal).then_with(|| a.1.cmp(&b.1)));
    seen.dedup();
    let most = ((found.trials.len() as f64).sqrt() as usize).clamp(FEWEST_BINS, BINS);
    if seen.len() <= most {
        let names: Vec<String> = seen.into_iter().map(|(number, text)| number.map_or(text, place_name)).collect();
        let place: BTreeMap<String, usize> =
            names.iter().enumerate().map(|(place, name)| (name.clone(), place)).collect();
        let name = |value: &ParamValue| number_of(value).map_or_else(|| value.to_string(), place_name);
        let bins = values().map(|value| place.get(&name(value)).copied().unwrap_or(0)).collect();
        return Axis { names, bins };
    }
    let numbers: Vec<f64> = seen.iter().filter_map(|(number, _)| *number).collect();
    let (low, high) = (numbers.first().copied().unwrap_or(0.0), numbers.last().copied().unwrap_or(1.0));
    let width = (high - low) / most as f64;
    let bin = |value: f64| (((value - low) / width) as usize).min(most - 1);
    Axis {
        names: (0..most).map(|bin| format!("{}+", place_name(low + bin as f64 * width))).collect(),
        bins: values().map(|value| bin(number_of(value).unwrap_or(low))).collect(),
    }
}

/// What a value is called beside a surface.
fn place_name(value: f64) -> String {
    number((value * 1e3).round() / 1e3)
}

/// Mean fitness of the trials in each bin.
fn means(fitness: &[Option<f64>], bins: impl Iterator<Item = usize>, count: usize) -> Vec<Option<f64>> {
    let mut sums = vec![(0.0, 0_usize); count];
    for (fitness, bin) in fitness.iter().zip(bins) {
        if let Some(fitness) = fitness {
            sums[bin].0 += fitness;
            sums[bin].1 += 1;
        }
    }
    sums.into_iter().map(|(sum, count)| (count > 0).then(|| sum / count as f64)).collect()
}

fn write(value: f64) -> String {
    figure(Some(value), 3)
}

fn surfaces(study: &mut Study, found: &Optimization) {
    let fitness: Vec<Option<f64>> = found.trials.iter().map(|trial| trial.fitness).collect();
    let defined: Vec<f64> = fitness.iter().copied().flatten().collect();
    if defined.is_empty() {
        return;
    }
    let middle = defined.iter().sum::<f64>() / defined.len() as f64;
    let names = found.config.gene_names();
    let axes: Vec<Axis> = (0..names.len()).map(|gene| axis(found, gene)).collect();
    study.section(
        "surface",
        "Where the good ones lie",
        "mean fitness; green is above the mean of all candidates, the frame is the best",
    );
    // How far a gene alone moves fitness: the spread of its bins' means.
    let mut effects: Vec<(usize, f64)> = Vec::new();
    for (gene, axis) in axes.iter().enumerate() {
        let by_bin = means(&fitness, axis.bins.iter().copied(), axis.names.len());
        let far = by_bin.iter().flatten().map(|mean| (mean - middle).abs()).fold(0.0, f64::max);
        effects.push((gene, far));
        let best = best_bin(&by_bin).map(|column| (0, column));
        let rows = [("mean fitness".to_owned(), by_bin)];
        study.heat(&Heat {
            corner: names[gene],
            heads: &axis.names,
            rows: &rows,
            middle,
            far: far.max(1e-12),
            marked: best,
            write,
        });
    }
    effects.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let mut drawn = 0;
    for (place, (first, _)) in effects.iter().enumerate() {
        for (second, _) in &effects[place + 1..] {
            if drawn == SURFACES {
                break;
            }
            drawn += 1;
            let (down, across) = (&axes[*first], &axes[*second]);
            let width = across.names.len();
            let cells = down.bins.iter().zip(&across.bins).map(|(row, column)| row * width + column);
            let by_cell = means(&fitness, cells, width * down.names.len());
            let far = by_cell.iter().flatten().map(|mean| (mean - middle).abs()).fold(0.0, f64::max);
            let marked = best_bin(&by_cell).map(|cell| (cell / width, cell % width));
            let rows: Vec<(String, Vec<Option<f64>>)> =
                down.names.iter().cloned().zip(by_cell.chunks(width).map(<[Option<f64>]>::to_vec)).collect();
            let corner = format!("{} \u{2193} {} \u{2192}", names[*first], names[*second]);
            study.heat(&Heat {
                corner: &corner,
                heads: &across.names,
                rows: &rows,
                middle,
                far: far.max(1e-12),
                marked,
                write,
            });
        }
    }
    study.caption("A good candidate among good neighbours is worth more than a peak that stands alone.");
    study.end();
}

fn best_bin(means: &[Option<f64>]) -> Option<usize> {
    let defined = means.iter().enumerate().filter_map(|(bin, mean)| Some((bin, (*mean)?)));
    defined.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(bin, _)| bin)
}

fn ranking(study: &mut Study, found: &Optimization) {
    let mut ranked: Vec<usize> =
        (0..found.trials.len()).filter(|index| found.trials[*index].fitness.is_some()).collect();
    ranked.sort_by(|a, b| {
        let fitness = |index: usize| found.trials[index].fitness.unwrap_or(f64::NEG_INFINITY);
        fitness(*b).total_cmp(&fitness(*a))
    });
    ranked.truncate(RANKED);
    study.section("ranking", "Ranking", &format!("the best {}; every trial is in trials.parquet", ranked.len()));
    let mut heads = vec!["Rank"];
    heads.extend(found.config.gene_names());
    heads.extend([
        "Fitness",
        "Held out",
        "Return",
        "Held-out return",
        "Sharpe",
        "Sortino",
        "Max drawdown",
        "Win rate",
        "Profit factor",
        "Trades",
    ]);
    let rows = ranked.iter().enumerate().map(|(rank, index)| {
        let trial = &found.trials[*index];
        let Figures { total_return, sharpe, sortino, max_drawdown, win_rate, profit_factor, trades, .. } =
            trial.figures;
        let finalist = found.finalists.iter().find(|finalist| finalist.trial == *index);
        let mut row = vec![Cell::count(rank + 1)];
        row.extend(trial.values.iter().map(|value| match value {
            ParamValue::Int(value) => Cell::figure(Some(*value as f64), 0),
            ParamValue::Float(value) => Cell::figure(Some(*value), 4),
            ParamValue::Choice(word) => Cell::text(word.clone()),
        }));
        row.extend([
            Cell::figure(trial.fitness, 4),
            Cell::figure(finalist.and_then(|finalist| finalist.holdout_fitness), 4),
            Cell::gain(total_return),
            Cell::gain(finalist.and_then(|finalist| finalist.holdout_return)),
            Cell::figure(sharpe, 2),
            Cell::figure(sortino, 2),
            Cell::percent(max_drawdown),
            Cell::percent(win_rate),
            Cell::figure(profit_factor, 2),
            Cell::count(trades),
        ]);
        row
    });
    study.table(&heads, rows);
    study.end();
}

fn notes(found: &Optimization) -> Vec<String> {
    let mut notes = Vec::new();
    let tries = number(found.trials.len() as f64);
    notes.push(format!("The best of {tries} candidates looks good even if none is: its searched figures are flattered by having been chosen."));
    let best = found.best.as_ref();
    if found.config.holdout > 0.0 {
        notes.push(format!(
            "The latest {} of the bars chose nothing: what the best candidates did there is the fairer figure. It is fair once; whoever goes on choosing by it uses it up.",
            percent(Some(found.config.holdout))
        ));
        if let Some((best, held_out)) = best.and_then(|best| Some((best.fitness, best.holdout_fitness?)))
            && best > 0.0
            && held_out < best / 2.0
        {
            notes.push("The best candidate did less than half as well on bars that it was not chosen by: a sign of overfitting.".to_owned());
        }
    } else {
        notes.push(
            "Nothing was held out: no figure here comes from bars that the best candidate was not chosen by."
                .to_owned(),
        );
    }
    if let Some(probability) = best.and_then(|best| best.deflated_sharpe) {
        notes.push(format!(
            "Deflated Sharpe ratio {}: the probability that the best candidate's Sharpe ratio is more than the best of {tries} skill-less tries is expected to show (Bailey and López de Prado 2014). Below 0.95 it is not convincing. Neighbouring candidates are alike, which makes it rather too small.",
            figure(Some(probability), 3)
        ));
    }
    let failed = found.trials.iter().filter(|trial| trial.failure.is_some()).count();
    if failed > 0 {
        notes.push(format!(
            "{} candidates had parameters that do not go together and were not tested.",
            number(failed as f64)
        ));
    }
    notes
}

fn data(study: &mut Study, found: &Optimization) {
    study.section("data", "Data", "");
    study.table(
        &["Series", "Bars", "Searched", "First bar", "Held out from", "Last bar", "SHA-256 of the bars"],
        found.series.iter().map(|one| {
            vec![
                Cell::text(one.key.to_string()),
                Cell::count(one.bars),
                Cell::count(one.searched_bars),
                Cell::text(one.first.to_string()),
                Cell::text(one.held_out_from.map_or_else(|| "\u{2014}".to_owned(), |time| time.to_string())),
                Cell::text(one.last.to_string()),
                Cell::text(one.fingerprint.clone()),
            ]
        }),
    );
    study.end();
}

//! The card of a model: what it was taught, how it was judged, what it would have earned, what it rests on.

use mem_model::validate::metric::Reliability;

use super::shell::push;
use super::study::{
    Cell, Chart, ChartUnit, Line, Over, Study, figure, gain_class, percent, rounded, signed_percent, spread,
};
use super::words::number;
use crate::learn::{Gate, Learned, Learner, Scores, Verdict};

/// Features that are listed.
const LISTED: usize = 25;

pub(super) fn page(learned: &Learned, kept: Option<(&str, &Gate)>) -> String {
    let config = &learned.config;
    let verdict = &learned.verdict;
    let mut study = Study::default();
    let symbols: Vec<String> = learned.series.iter().map(|key| key.symbol.to_string()).collect();
    let date = |time: mem_types::Timestamp| time.to_string().chars().take(10).collect::<String>();
    let lead = format!(
        "{} on {} bars of {}, {} to {}; judged on {} rows that it had not seen",
        config.learner.kind().replace('_', " "),
        config.timeframe,
        if symbols.len() > 6 { format!("{} symbols", symbols.len()) } else { symbols.join(", ") },
        date(learned.span.0),
        date(learned.span.1),
        number(verdict.rows as f64),
    );
    let chips = [
        format!("features {}", learned.features),
        format!("{} tests, walking forward", config.folds),
        format!("acts from {}", percent(Some(config.thresholds.enter))),
    ];
    let seed = config.learner.seed();
    let facts = [
        ("Id", learned.id.clone()),
        ("Data", learned.fingerprint.chars().take(12).collect()),
        ("Code version", learned.code_version.clone()),
        ("Seed", seed.map_or_else(|| "none: nothing is random".to_owned(), |seed| seed.to_string())),
    ];
    study.head(kept.map_or("Model card", |(title, _)| title), &lead, &chips, &facts);
    study.banners(learned.is_simulated(), None);
    cards(&mut study, learned);
    study.notes(&verdict.words);
    if let Some((_, gate)) = kept {
        gate_of(&mut study, gate);
    }
    scores(&mut study, verdict);
    money(&mut study, learned);
    folds(&mut study, learned);
    reliability(&mut study, verdict);
    importance(&mut study, learned);
    study.assumptions(&[("", &config.sim)]);
    parameters(&mut study, learned);
    study.config(config);
    study.finish(format!("Model {}", learned.id), "MODEL CARD", learned.is_simulated(), &learned.code_version)
}

/// The settings of the learner, as they are stored.
fn parameters(study: &mut Study, learned: &Learned) {
    study.section("parameters", "How it was trained", "settings of the learner, and the label");
    let of = |value: serde_json::Value| {
        let serde_json::Value::Object(found) = value else { return Vec::new() };
        found.into_iter().map(|(name, value)| vec![Cell::text(name), Cell::text(value.to_string())]).collect::<Vec<_>>()
    };
    let known = "settings have text keys only";
    let mut rows = of(serde_json::to_value(&learned.config.learner).expect(known));
    rows.push(vec![Cell::text("label"), Cell::text(serde_json::to_string(&learned.config.label).expect(known))]);
    study.table(&["Setting", "Value"], rows);
    study.end();
}

fn cards(study: &mut Study, learned: &Learned) {
    let verdict = &learned.verdict;
    let (acting, beside, besides, what) = match verdict.mean_alone {
        None => ("deciding alone", "Holding", verdict.mean_hold, "the same time, before costs"),
        Some(alone) => ("entering what it believes in", "Strategy alone", alone, "the same time, after costs"),
    };
    let yes = |yes: bool| if yes { "yes" } else { "not shown" }.to_owned();
    study.cards(&[
        ("Foresees", yes(verdict.foresees), "", "better than the mere share by more than luck".to_owned()),
        ("ROC AUC", figure(verdict.model.roc_auc, 4), "", "0.5 is chance".to_owned()),
        (
            "Log loss",
            figure(verdict.model.log_loss, 4),
            "",
            format!("{} for the mere share", figure(verdict.share.log_loss, 4)),
        ),
        ("Calibration error", figure(verdict.model.calibration_error, 4), "", "expected, ten bins".to_owned()),
        (
            "After costs",
            signed_percent(Some(verdict.mean_return)),
            gain_class(Some(verdict.mean_return)),
            format!("mean of the series, {acting}"),
        ),
        (beside, signed_percent(Some(besides)), gain_class(Some(besides)), what.to_owned()),
    ]);
}

fn scores(study: &mut Study, verdict: &Verdict) {
    study.section("scores", "How good its probabilities are", "on rows that it had not seen");
    let row = |name: &str, of: &Scores| {
        vec![
            Cell::text(name),
            Cell::figure(of.roc_auc, 4),
            Cell::figure(of.pr_auc, 4),
            Cell::figure(of.log_loss, 4),
            Cell::figure(of.brier, 4),
            Cell::figure(of.calibration_error, 4),
            Cell::percent(Some(of.accuracy)),
        ]
    };
    study.table(
        &["", "ROC AUC", "PR AUC", "Log loss", "Brier", "Calibration error", "Accuracy"],
        [row("Model", &verdict.model), row("The mere share", &verdict.share)],
    );
    study.caption(&format!(
        "Probability of such a difference in log loss by luck: {} (Diebold and Mariano); in what was told right: {} (McNemar).",
        figure(verdict.tests.diebold_mariano_p, 4),
        figure(Some(verdict.tests.mcnemar_p), 4)
    ));
    study.end();
}

fn gate_of(study: &mut Study, gate: &Gate) {
    let date = |time: mem_types::Timestamp| time.to_string().chars().take(10).collect::<String>();
    let besides = format!("{} to {}, rows that nobody had seen", date(gate.from), date(gate.to));
    study.section("gate", if gate.passed { "Gate: passed" } else { "Gate: not passed" }, &besides);
    let row = |name: &str, of: &Scores, earned: Option<f64>| {
        vec![
            Cell::text(name),
            Cell::figure(of.roc_auc, 4),
            Cell::figure(of.log_loss, 4),
            Cell::figure(of.brier, 4),
            Cell::percent(Some(of.accuracy)),
            Cell::gain(earned),
        ]
    };
    study.table(
        &["", "ROC AUC", "Log loss", "Brier", "Accuracy", "After costs"],
        [
            row("Candidate", &gate.candidate, Some(gate.candidate_return)),
            row(&gate.against, &gate.baseline, gate.baseline_return),
        ],
    );
    let rows = number(gate.rows as f64);
    study.caption(&format!(
        "Over {rows} rows: {}. The test (Diebold and Mariano, one-sided, at {}) was fixed before.",
        gate.reason.trim_end_matches('.'),
        gate.config.alpha
    ));
    study.end();
}

fn money(study: &mut Study, learned: &Learned) {
    let primary = learned.config.primary.as_ref();
    let acting = primary.map_or_else(|| "deciding alone".to_owned(), |primary| format!("as a filter of {primary}"));
    study.section("money", "What it would have earned", &format!("{acting}, after costs"));
    if let Some(deflated) = learned.verdict.deflated {
        study.caption(&format!(
            "Deflated Sharpe ratio {:.3}: the probability that it is more than the luck of {} tries on these bars: models, backtests, candidates of searches; 0.95 convinces.",
            deflated.probability, deflated.tries
        ));
    }
    let heads = ["Series", "Return", "Holding", "Sharpe", "Max drawdown", "Trades", "Win rate", "Exposure"];
    study.table(
        &heads,
        learned.verdict.series.iter().map(|one| {
            vec![
                Cell::text(one.key.to_string()),
                Cell::gain(one.metrics.total_return),
                Cell::gain(Some(one.hold)),
                Cell::figure(one.metrics.sharpe, 2),
                Cell::percent(one.metrics.max_drawdown),
                Cell::count(one.metrics.total_trades),
                Cell::percent(one.metrics.win_rate),
                Cell::percent(one.metrics.exposure),
            ]
        }),
    );
    if let Some(first) = learned.verdict.series.iter().max_by_key(|one| one.equity.0.len()) {
        let drawn = spread(first.equity.0.len());
        let line = |one: &crate::learn::SeriesVerdict| {
            let at = |ts: i64| {
                let found = one.equity.0.binary_search(&ts).ok()?;
                rounded((one.equity.1[found] / learned.config.sim.initial_capital - 1.0) * 100.0)
            };
            let y = drawn.iter().map(|position| at(first.equity.0[*position])).collect();
            Line { name: one.key.symbol.to_string(), pane: 0, y }
        };
        study.chart(Chart {
            id: "equity",
            label: "Return of each series after costs, in percent",
            over: Over::Time,
            unit: ChartUnit::Percent,
            stacked: false,
            x: drawn.iter().map(|position| first.equity.0[*position] / 1_000_000_000).collect(),
            lines: learned.verdict.series.iter().map(line).collect(),
        });
    }
    study.end();
}

fn folds(study: &mut Study, learned: &Learned) {
    study.section("folds", "Test by test", "each with a model trained on what was known then");
    let date = |time: mem_types::Timestamp| time.to_string().chars().take(10).collect::<String>();
    study.table(
        &["From", "To", "Rows trained", "Rows tested", "ROC AUC", "Log loss", "of the mere share"],
        learned.folds.iter().map(|fold| {
            vec![
                Cell::text(date(fold.from)),
                Cell::text(date(fold.to)),
                Cell::count(fold.trained),
                Cell::count(fold.tested),
                Cell::figure(fold.roc_auc, 4),
                Cell::figure(Some(fold.log_loss), 4),
                Cell::figure(Some(fold.log_loss_of_share), 4),
            ]
        }),
    );
    study.end();
}

fn reliability(study: &mut Study, verdict: &Verdict) {
    study.section("reliability", "Said and true", "how often what was said with a probability came true");
    study.html.push_str(&curve(&verdict.reliability));
    study.table(
        &["Said on average", "Came true", "Rows"],
        verdict
            .reliability
            .iter()
            .map(|bin| vec![Cell::percent(Some(bin.predicted)), Cell::percent(Some(bin.came)), Cell::count(bin.count)]),
    );
    study.end();
}

/// Said against true, with the diagonal on which both are the same; the area of a point goes with its rows.
fn curve(bins: &[Reliability]) -> String {
    const SIDE: f64 = 320.0;
    const ROOM: f64 = 40.0;
    let (x, y) = (|share: f64| ROOM + share * SIDE, |share: f64| ROOM / 2.0 + (1.0 - share) * SIDE);
    let mut svg = format!(
        "<svg viewBox=\"0 0 {width} {height}\" style=\"display:block;width:100%;max-width:{width}px;font-size:11px\" role=\"img\" aria-label=\"Calibration: what came true against what was said\">",
        width = SIDE + 2.0 * ROOM,
        height = SIDE + 1.5 * ROOM
    );
    for tick in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let (left, right, top, bottom) = (x(0.0), x(1.0), y(1.0), y(0.0));
        let (across, up, percent) = (x(tick), y(tick), tick * 100.0);
        push(
            &mut svg,
            format_args!(
                "<path d=\"M{left} {up}H{right}M{across} {top}V{bottom}\" stroke=\"var(--grid)\"/><text x=\"{}\" y=\"{}\" text-anchor=\"end\" fill=\"var(--muted)\">{percent} %</text><text x=\"{across}\" y=\"{}\" text-anchor=\"middle\" fill=\"var(--muted)\">{percent} %</text>",
                left - 6.0,
                up + 4.0,
                bottom + 16.0
            ),
        );
    }
    push(
        &mut svg,
        format_args!(
            "<path d=\"M{} {}L{} {}\" stroke=\"var(--muted)\" stroke-dasharray=\"4 4\"/>",
            x(0.0),
            y(0.0),
            x(1.0),
            y(1.0)
        ),
    );
    let all: usize = bins.iter().map(|bin| bin.count).sum();
    let drawn: Vec<&Reliability> = bins.iter().filter(|bin| bin.count > 0).collect();
    let line: Vec<String> = drawn.iter().map(|bin| format!("{:.1},{:.1}", x(bin.predicted), y(bin.came))).collect();
    push(
        &mut svg,
        format_args!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"var(--accent)\" stroke-width=\"1.5\"/>",
            line.join(" ")
        ),
    );
    for bin in drawn {
        let radius = 2.0 + 12.0 * (bin.count as f64 / all as f64).sqrt();
        push(
            &mut svg,
            format_args!(
                "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"{radius:.1}\" fill=\"var(--accent)\" fill-opacity=\"0.45\"><title>said {:.1} %, came true {:.1} %, {} rows</title></circle>",
                x(bin.predicted),
                y(bin.came),
                bin.predicted * 100.0,
                bin.came * 100.0,
                number(bin.count as f64)
            ),
        );
    }
    svg.push_str("</svg>\n");
    svg
}

/// How much each member of an ensemble counts.
fn members(study: &mut Study, learned: &Learned) {
    let (counts, share) = match &learned.config.learner {
        Learner::Stacked { .. } => ("What a deviation of its log-odds adds", false),
        Learner::Switched { .. } => ("Share of the rows", true),
        _ => ("Weight", true),
    };
    let of = |weight: f64| if share { Cell::percent(Some(weight)) } else { Cell::figure(Some(weight), 4) };
    if !learned.members.is_empty() {
        study.table(
            &["Member", counts],
            learned.members.iter().map(|(name, weight)| vec![Cell::text(name.replace('_', " ")), of(*weight)]),
        );
    }
}

fn importance(study: &mut Study, learned: &Learned) {
    let of = match &learned.config.learner {
        Learner::BoostedTrees(_) => "share of what the final model gains",
        Learner::Logistic(_) => "share of the weights of the final model",
        Learner::Sequence(_) => "share of how far the log-odds of the final model move without the feature",
        Learner::Weighted { .. } | Learner::Stacked { .. } | Learner::Switched { .. } => {
            "mean share over the members of the final model, as they count"
        }
    };
    study.section("importance", "What it rests on", of);
    members(study, learned);
    study.table(
        &["Feature", "Share"],
        learned
            .importance
            .iter()
            .take(LISTED)
            .map(|(name, share)| vec![Cell::text(name.clone()), Cell::percent(Some(*share))]),
    );
    if learned.importance.len() > LISTED {
        study.caption(&format!("{} more are not listed.", learned.importance.len() - LISTED));
    }
    study.end();
}

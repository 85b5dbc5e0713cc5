//! What the commands that train have in common: what is learned, how far it has come, what came out.

use std::sync::atomic::AtomicBool;

use mem_model::boost::BoostParameters;
use mem_model::label::{Barriers, LabelDef, Vertical};
use mem_model::linear::LogisticParameters;
use mem_model::sequence::{Cell, SequenceParameters};
use mem_research::SimConfig;
use mem_research::learn::{Calibration, LearnConfig, Learned, Learner, Learning, Member, Primary, Target, Thresholds};
use mem_types::SeriesKey;

use super::{Context, backtest, strategies};
use crate::cli::{CalibrationArg, LabelArg, LearnArgs, LearnerArg, MemberArg, TargetArg};
use crate::exit::UsageError;
use crate::output::{self, Align};

/// Features that are printed.
const SHOWN: usize = 10;

/// What was typed, for these series.
pub(super) fn config(context: &Context, arguments: &LearnArgs, keys: &[SeriesKey]) -> anyhow::Result<LearnConfig> {
    let sim = simulation(context, arguments)?;
    let config = LearnConfig {
        venue: arguments.select.venue.clone().or_else(|| one_venue(keys)),
        symbols: keys.iter().map(|key| key.symbol.clone()).collect(),
        timeframe: backtest::one_timeframe(keys)?,
        from: arguments.span.from,
        to: arguments.span.to,
        features: arguments.features.clone(),
        reference: arguments.reference.clone(),
        target: target(arguments),
        label: label(arguments, &sim),
        primary: primary(arguments)?,
        learner: learner(arguments)?,
        calibration: match arguments.calibration {
            CalibrationArg::Platt => Calibration::Platt,
            CalibrationArg::Isotonic => Calibration::Isotonic,
            CalibrationArg::None => Calibration::None,
        },
        folds: arguments.folds,
        first: arguments.first,
        window: arguments.window,
        thresholds: Thresholds { enter: arguments.enter, short: !arguments.sim.long_only },
        sim,
    };
    config.validate().map_err(|error| UsageError(error.to_string()))?;
    Ok(config)
}

/// The venue of all these series, if it is one: what is trained again later is trained on the same market.
fn one_venue(keys: &[SeriesKey]) -> Option<mem_types::Venue> {
    let first = keys.first()?;
    keys.iter().all(|key| key.venue == first.venue).then(|| first.venue.clone())
}

/// Trains with a progress bar.
pub(super) fn watched<T>(
    context: &Context,
    work: impl FnOnce(&(dyn Fn(Learning) + Sync), &AtomicBool) -> Result<T, mem_research::ResearchError>,
) -> anyhow::Result<Option<T>> {
    let interrupted = super::interrupt_flag()?;
    let bar = output::progress(0, "training", context.silent);
    let tell = |learning: Learning| {
        bar.set_length(learning.total as u64);
        bar.set_position(learning.done as u64);
    };
    let done = work(&tell, &interrupted);
    bar.finish_and_clear();
    match done {
        Ok(done) => Ok(Some(done)),
        Err(mem_research::ResearchError::Stopped) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn target(arguments: &LearnArgs) -> Target {
    match arguments.target {
        TargetArg::Direction => Target::Direction,
        TargetArg::Return => Target::Return,
        TargetArg::Volatility => Target::Volatility,
        TargetArg::Quantiles => Target::Quantiles(arguments.levels.clone()),
    }
}

fn label(arguments: &LearnArgs, sim: &SimConfig) -> LabelDef {
    let bars = arguments.horizon;
    let barriers = Barriers {
        up: arguments.barrier,
        down: arguments.barrier,
        bars,
        volatility_bars: 100,
        min_width: 0.0,
        vertical: Vertical::Sign,
    };
    match arguments.label {
        LabelArg::Direction => LabelDef::Horizon { bars, dead_band: 0.0 },
        LabelArg::Barrier => LabelDef::TripleBarrier(barriers),
        // What does not bring the fees of a round trip back is no gain.
        LabelArg::Meta => LabelDef::Meta { barriers, min_return: 2.0 * sim.fees.taker },
        LabelArg::Trend => LabelDef::TrendScan { shortest: bars.div_ceil(2).max(3), longest: bars.max(3), min_t: 0.0 },
    }
}

fn learner(arguments: &LearnArgs) -> Result<Learner, UsageError> {
    let model = arguments.model;
    if !(arguments.members.is_empty()
        || matches!(model, LearnerArg::Weighted | LearnerArg::Stacked | LearnerArg::Switched))
    {
        return Err(UsageError("--members goes with --model weighted, stacked or switched".to_owned()));
    }
    if arguments.regime.is_some() && model != LearnerArg::Switched {
        return Err(UsageError("--regime goes with --model switched".to_owned()));
    }
    Ok(match model {
        LearnerArg::Trees => Learner::BoostedTrees(trees(arguments)),
        LearnerArg::Logistic => Learner::Logistic(LogisticParameters::default()),
        LearnerArg::Lstm => network(arguments, Cell::Lstm),
        LearnerArg::Gru => network(arguments, Cell::Gru),
        LearnerArg::Transformer => network(arguments, Cell::Transformer),
        LearnerArg::Weighted => Learner::Weighted { members: members(arguments) },
        LearnerArg::Stacked => Learner::Stacked { members: members(arguments), l2: LogisticParameters::default().l2 },
        LearnerArg::Switched => switched(arguments)?,
    })
}

fn trees(arguments: &LearnArgs) -> BoostParameters {
    BoostParameters {
        rounds: arguments.rounds,
        learning_rate: arguments.learning_rate.unwrap_or(0.05),
        leaves: arguments.leaves,
        leaf_rows: 100,
        feature_fraction: 0.7,
        bagging_fraction: 0.7,
        patience: Some(25),
        seed: arguments.seed,
        ..BoostParameters::default()
    }
}

fn member(arguments: &LearnArgs, of: MemberArg) -> Member {
    match of {
        MemberArg::Trees => Member::BoostedTrees(trees(arguments)),
        MemberArg::Logistic => Member::Logistic(LogisticParameters::default()),
    }
}

fn members(arguments: &LearnArgs) -> Vec<Member> {
    let named =
        if arguments.members.is_empty() { &[MemberArg::Trees, MemberArg::Logistic] } else { &arguments.members[..] };
    named.iter().map(|of| member(arguments, *of)).collect()
}

fn switched(arguments: &LearnArgs) -> Result<Learner, UsageError> {
    let of = match arguments.members[..] {
        [] => MemberArg::Trees,
        [one] => one,
        _ => return Err(UsageError("--model switched has one member, trained for each regime".to_owned())),
    };
    let usual = if arguments.features == "reference25" { "adx" } else { "volatility_ratio_24_168" };
    let feature = arguments.regime.clone().unwrap_or_else(|| usual.to_owned());
    Ok(Learner::Switched { member: member(arguments, of), feature })
}

fn network(arguments: &LearnArgs, cell: Cell) -> Learner {
    let usual = SequenceParameters::default();
    Learner::Sequence(SequenceParameters {
        cell,
        steps: arguments.steps,
        hidden: arguments.hidden,
        layers: arguments.layers,
        epochs: arguments.epochs,
        learning_rate: arguments.learning_rate.unwrap_or(usual.learning_rate),
        seed: arguments.seed,
        ..usual
    })
}

fn primary(arguments: &LearnArgs) -> anyhow::Result<Option<Primary>> {
    let Some(name) = arguments.primary.as_ref().filter(|_| arguments.label == LabelArg::Meta) else { return Ok(None) };
    let strategy = strategies::build(name, &arguments.primary_param)?;
    Ok(Some(Primary::of(strategy.as_ref())))
}

/// The configured costs; all of the account in each trade, since every series has its own.
fn simulation(context: &Context, arguments: &LearnArgs) -> Result<SimConfig, UsageError> {
    let strategy = mem_strategy::build("ma_cross", &[]).map_err(|error| UsageError(error.to_string()))?;
    backtest::simulation(context, strategy.as_ref(), &arguments.sim)
}

pub(super) fn print(learned: &Learned) -> anyhow::Result<()> {
    let verdict = &learned.verdict;
    let market = if learned.is_simulated() { ", SIMULATED MARKET" } else { "" };
    output::line(format!(
        "{} on {} bars of {} symbols{market}: features {}, {} rows, {} of them predicted out of sample in {} tests",
        learned.config.learner.kind(),
        learned.config.timeframe,
        learned.series.len(),
        learned.features,
        output::count(learned.rows as u64),
        output::count(verdict.rows as u64),
        learned.folds.len(),
    ))?;
    let columns = [("", Align::Left), ("ROC AUC", Align::Right), ("log loss", Align::Right), ("Brier", Align::Right)];
    let more = [("calibration error", Align::Right), ("accuracy", Align::Right)];
    let columns: Vec<_> = columns.into_iter().chain(more).collect();
    let share = if learned.config.primary.is_some() { "the mere share of gains" } else { "the mere share" };
    let rows = [("model", &verdict.model), (share, &verdict.share)].map(|(name, scores)| {
        vec![
            name.to_owned(),
            output::figure(scores.roc_auc, 4),
            output::figure(scores.log_loss, 4),
            output::figure(scores.brier, 4),
            output::figure(scores.calibration_error, 4),
            output::rate(Some(scores.accuracy)),
        ]
    });
    output::table(&columns, rows)?;
    let columns = [
        ("symbol", Align::Left),
        ("return", Align::Right),
        ("hold", Align::Right),
        ("Sharpe", Align::Right),
        ("max drawdown", Align::Right),
        ("trades", Align::Right),
    ];
    let rows = verdict.series.iter().map(|one| {
        vec![
            one.key.symbol.to_string(),
            output::percent(one.metrics.total_return),
            output::percent(Some(one.hold)),
            output::figure(one.metrics.sharpe, 2),
            output::percent(one.metrics.max_drawdown),
            output::count(one.metrics.total_trades as u64),
        ]
    });
    output::table(&columns, rows)?;
    let rests: Vec<String> = learned
        .importance
        .iter()
        .take(SHOWN)
        .map(|(name, share)| format!("{name} {}", output::rate(Some(*share))))
        .collect();
    if !learned.members.is_empty() {
        let members = learned.members.iter().map(|(name, weight)| format!("{name} {weight:.3}"));
        output::line(format!("its members count: {}", members.collect::<Vec<_>>().join(", ")))?;
    }
    output::line(format!("it rests on: {}", rests.join(", ")))?;
    if let Some(deflated) = verdict.deflated {
        output::line(format!(
            "deflated Sharpe ratio {:.3}: the probability that it is more than the luck of {} tries on these bars (0.95 convinces)",
            deflated.probability, deflated.tries
        ))?;
    }
    for words in &verdict.words {
        output::line(words)?;
    }
    Ok(())
}

//! The engine with a model in its seat makes the trades of the backtest with that model, one by one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use mem_engine::core::seat::{Models, SeatConfig, Seated};
use mem_engine::core::{Closed, Engine, EngineConfig, Event, LaneConfig, Output, Stamped};
use mem_model::boost::BoostParameters;
use mem_model::label::LabelDef;
use mem_model::lifecycle::{ModelId, RolloutConfig, Scope};
use mem_model::model::Model;
use mem_research::learn::{Calibration, LearnConfig, Learner, Target, Thresholds, learn};
use mem_research::run::{Advising, ModelUse, Run, RunConfig, SeriesSource, run_advised};
use mem_research::{OrdersAt, ResearchError, SimConfig, Slippage};
use mem_strategy::advice::Role;
use mem_testkit::real_bars;
use mem_trade::risk::RiskConfig;
use mem_types::{Bars, SeriesKey, Timeframe, Timestamp};

use crate::parity::{close, lane, same_trades};

pub(crate) const TIMEFRAME: Timeframe = Timeframe::H1;
/// Bars that the model is trained on, and bars altogether.
pub(crate) const TRAINED: usize = 4_000;
pub(crate) const ALL: usize = 9_000;
/// Hardly ever is a model of these bars surer.
const ENTER: f64 = 0.52;

/// One series.
pub(crate) struct Only(pub(crate) Bars);

impl SeriesSource for Only {
    fn load(&self, _: &SeriesKey, from: Option<Timestamp>, to: Option<Timestamp>) -> Result<Bars, ResearchError> {
        Ok(self.0.view().between(from, to).to_bars())
    }
}

pub(crate) fn key() -> SeriesKey {
    SeriesKey { venue: "binance".parse().unwrap(), symbol: "TEST".parse().unwrap(), timeframe: TIMEFRAME }
}

pub(crate) fn how(until: Timestamp) -> LearnConfig {
    LearnConfig {
        venue: None,
        symbols: vec![key().symbol],
        timeframe: TIMEFRAME,
        from: None,
        to: Some(until),
        features: "core".to_owned(),
        reference: None,
        target: Target::Direction,
        label: LabelDef::Horizon { bars: 4, dead_band: 0.0 },
        primary: None,
        learner: Learner::BoostedTrees(BoostParameters { rounds: 30, leaves: 8, ..BoostParameters::default() }),
        calibration: Calibration::default(),
        folds: 1,
        first: 0.5,
        window: None,
        thresholds: Thresholds::default(),
        sim: SimConfig::default(),
    }
}

pub(crate) fn seat(learned: &LearnConfig, role: Role) -> SeatConfig {
    SeatConfig {
        line: "trend".to_owned(),
        left: BTreeMap::new(),
        scope: Scope {
            symbols: BTreeSet::from([key().symbol]),
            timeframe: TIMEFRAME,
            horizon: 4,
            target: "direction".to_owned(),
        },
        role,
        enter: ENTER,
        features: learned.features.clone(),
        label: learned.label,
        primary: learned.primary.clone(),
        reference: None,
        champion: Some(Seated { id: ModelId(1), title: "trend 1.0.0".to_owned(), sha256: "trend".to_owned() }),
        candidate: None,
        in_canary: false,
        rollout: RolloutConfig::default(),
    }
}

/// The trades of the engine, which is told the bars before `begins` as the past, and what the account is worth at the end.
pub(crate) fn live(
    lane: LaneConfig,
    seat: SeatConfig,
    model: &Arc<Model>,
    bars: &Bars,
    begins: Timestamp,
) -> (Vec<Closed>, f64) {
    let risk = RiskConfig { max_leverage: 1.0, ..RiskConfig::unlimited() };
    let mut config = EngineConfig { risk, seats: vec![seat], ..EngineConfig::paper("advised", vec![lane]) };
    // A backtest does not remember.
    config.memory.enabled = false;
    let models = Models::from([("trend".to_owned(), Arc::clone(model))]);
    let mut engine = Engine::new(config, Default::default(), Vec::new(), true).unwrap().seat(&models).unwrap();
    let mut closed = Vec::new();
    for bar in bars.view().iter() {
        let past = bar.ts < begins;
        let event = if past { Event::History { market: 0, bar } } else { Event::Bar { market: 0, bar } };
        engine.handle(&Stamped { at: TIMEFRAME.close_of(bar.ts), event });
        closed.extend(
            engine
                .take_outputs()
                .into_iter()
                .filter_map(|output| if let Output::Closed(trade) = output { Some(*trade) } else { None }),
        );
    }
    (closed, engine.equity())
}

pub(crate) fn tested(
    strategy: &LaneConfig,
    advising: Advising<'_>,
    source: &Only,
    (from, to): (Option<Timestamp>, Option<Timestamp>),
) -> Result<Run, ResearchError> {
    let strategy = mem_strategy::build(&strategy.strategy, &strategy.params).unwrap();
    let sim = SimConfig { orders_at: OrdersAt::Decision, slippage: Slippage::Bps { bps: 1.0 }, ..SimConfig::default() };
    let config = RunConfig {
        strategy: String::new(),
        params: Vec::new(),
        venue: None,
        symbols: vec![key().symbol],
        timeframe: TIMEFRAME,
        higher: Vec::new(),
        from,
        to,
        sim: sim.recommended_by(strategy.as_ref()),
        model: None,
    };
    run_advised(&config, advising, &[key()], strategy.as_ref(), source, &|_| (), &AtomicBool::new(false))
}

#[test]
fn the_engine_with_a_model_makes_the_trades_of_the_backtest_with_it() {
    let Some(whole) = real_bars("crypto_1h/binance_um_BTCUSDT_1h.csv.gz") else { return };
    let bars = whole.view().slice(0..ALL).to_bars();
    let until = bars.view().ts(TRAINED);
    let (learned, source) = (how(until), Only(bars.clone()));
    let trained = learn(&learned, &[key()], &source, &|_| (), &AtomicBool::new(false)).unwrap();
    let model = Arc::new(trained.model);
    let mut compared = Vec::new();
    for role in [Role::Vote, Role::Filter, Role::Decider] {
        let used = ModelUse {
            id: 1,
            title: "trend 1.0.0".to_owned(),
            sha256: "trend".to_owned(),
            features: "core@1".to_owned(),
            reference: None,
            role,
            enter: ENTER,
            trained_until: until,
            judged_until: None,
            in_sample: false,
        };
        let advising = Advising { model: &model, learned: &learned, used: &used };
        for (strategy, params) in [
            ("ma_cross", &[("fast", "10"), ("slow", "30"), ("direction", "both")][..]),
            ("fast_score", &[][..]),
            ("confluence", &[][..]),
        ] {
            let lane = lane(strategy, params, TIMEFRAME);
            let run = tested(&lane, advising, &source, (None, None)).unwrap();
            let (_, truth) = run.tested().next().unwrap();
            assert_eq!((truth.summary.first, truth.summary.bars), (until, ALL - TRAINED));
            let (trades, equity) = live(lane.clone(), seat(&learned, role), &model, &bars, until);
            let what = format!("{role:?} {strategy}");
            compared.push((what.clone(), same_trades(&trades, &truth.trades, TIMEFRAME, &what)));
            assert!(close(equity, *truth.equity.last().unwrap()), "{what}: {equity}");
            assert_eq!(run, tested(&lane, advising, &source, (None, None)).unwrap(), "the same again");
        }
        // What it was trained on is not tested by the way.
        let early = Some(bars.view().ts(TRAINED - 1));
        let lane = lane("ma_cross", &[], TIMEFRAME);
        assert!(matches!(tested(&lane, advising, &source, (early, None)), Err(ResearchError::SeenByModel { .. })));
        assert!(matches!(tested(&lane, advising, &source, (None, early)), Err(ResearchError::SeenByModel { .. })));
        let used = ModelUse { in_sample: true, ..used.clone() };
        let run = tested(&lane, Advising { used: &used, ..advising }, &source, (early, None)).unwrap();
        assert_eq!(run.tested().next().unwrap().1.summary.bars, ALL - TRAINED + 1);
        assert!(run.config.model.unwrap().words()[1].starts_with("IN-SAMPLE"));
    }
    assert!(compared.iter().map(|(_, trades)| trades).sum::<usize>() > 300, "{compared:?}");
    assert!(compared.iter().all(|(_, trades)| *trades > 5), "{compared:?}");
}

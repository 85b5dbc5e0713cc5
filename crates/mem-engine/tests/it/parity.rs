//! The engine over candles makes the trades of the backtest, one by one.

use mem_engine::core::{Closed, Engine, EngineConfig, Event, LaneConfig, Output, Source, Stamped};
use mem_indicators::ParamValue;
use mem_research::{Backtest, ExitReason, OrdersAt, SimConfig, Slippage, TradeRecord, simulate};
use mem_strategy::StrategyInput;
use mem_testkit::real_bars;
use mem_trade::exact::float;
use mem_trade::order::Purpose;
use mem_trade::risk::RiskConfig;
use mem_trade::{Fees, Instrument};
use mem_types::{BarSpec, Bars, Timeframe};

pub(crate) fn lane(strategy: &str, params: &[(&str, &str)], timeframe: Timeframe) -> LaneConfig {
    let parse = |(name, value): &(&str, &str)| {
        let word = || ParamValue::Choice((*value).to_owned());
        ((*name).to_owned(), value.parse().map_or_else(|_| word(), ParamValue::Int))
    };
    LaneConfig {
        instrument: Instrument::gridless(
            "TEST".parse().unwrap(),
            "TEST".parse().unwrap(),
            "USD".parse().unwrap(),
            Fees::default(),
        ),
        strategy: strategy.to_owned(),
        params: params.iter().map(parse).collect(),
        bars: BarSpec::Time(timeframe),
        source: Source::Bars(timeframe),
        enabled: true,
        watched: false,
    }
}

/// The trades of the engine over the bars, and what the account is worth at the end.
fn engine_trades(lane: LaneConfig, bars: &Bars, timeframe: Timeframe) -> (Vec<Closed>, f64) {
    // The limit that stands in for margin: nothing is bought with money that is not there.
    let risk = RiskConfig { max_leverage: 1.0, ..RiskConfig::unlimited() };
    let config = EngineConfig { risk, ..EngineConfig::paper("parity", vec![lane]) };
    let mut engine = Engine::new(config, Default::default(), Vec::new(), true).unwrap();
    let mut closed = Vec::new();
    for index in 0..bars.len() {
        let bar = bars.view().bar(index);
        engine.handle(&Stamped { at: timeframe.close_of(bar.ts), event: Event::Bar { market: 0, bar } });
        for output in engine.take_outputs() {
            match output {
                Output::Closed(trade) => closed.push(*trade),
                Output::Signal(signal) => {
                    for finding in &signal.findings {
                        assert!(["position", "shorts", "leverage"].contains(&finding.check.as_str()), "{finding:?}");
                    }
                }
                _ => {}
            }
        }
        assert_eq!(engine.state().ledger.imbalance(), []);
    }
    (closed, engine.equity())
}

fn backtest(lane: &LaneConfig, bars: &Bars, timeframe: Timeframe) -> Backtest {
    let strategy = mem_strategy::build(&lane.strategy, &lane.params).unwrap();
    let sim = SimConfig { orders_at: OrdersAt::Decision, slippage: Slippage::Bps { bps: 1.0 }, ..SimConfig::default() };
    let sim = sim.recommended_by(strategy.as_ref());
    let decisions = strategy.decide(&StrategyInput::new(bars.view(), timeframe)).unwrap();
    simulate(bars.view(), timeframe, &decisions, &[], &sim).unwrap()
}

fn reason(purpose: Option<Purpose>) -> Option<ExitReason> {
    Some(match purpose? {
        Purpose::StopLoss => ExitReason::StopLoss,
        Purpose::TakeProfit => ExitReason::TakeProfit,
        Purpose::Exit => ExitReason::Signal,
        Purpose::Reversal => ExitReason::Reversal,
        Purpose::Entry | Purpose::Flatten => return None,
    })
}

/// Compares trades one by one, and says how many there are.
pub(crate) fn same_trades(trades: &[Closed], truth: &[TradeRecord], timeframe: Timeframe, what: &str) -> usize {
    for (number, (ours, theirs)) in trades.iter().zip(truth).enumerate() {
        let at = format!("{what} trade {number}: {ours:#?}\n{theirs:#?}");
        assert_eq!(ours.trip.side, theirs.side, "{at}");
        assert_eq!(ours.trip.opened_at, theirs.entry_time, "{at}");
        assert_eq!(reason(ours.purpose), Some(theirs.exit_reason), "{at}");
        // Levels touched within a candle are dated with its close, everything else with its open.
        let inside = timeframe.close_of(theirs.exit_time);
        assert!([theirs.exit_time, inside].contains(&ours.trip.closed_at), "{at}");
        for (ours, theirs) in [
            (float(ours.trip.entry_price), theirs.entry_price),
            (float(ours.trip.exit_price), theirs.exit_price),
            (float(ours.trip.qty), theirs.size),
            (ours.confidence, theirs.confidence),
        ] {
            assert!(close(ours, theirs), "{ours} for {theirs}: {at}");
        }
        // A profit is a small difference of large sums: it is exact to a part of what was traded.
        let off = (float(ours.trip.pnl) - theirs.pnl).abs();
        assert!(off <= 1e-9 * theirs.size * theirs.entry_price, "{off}: {at}");
    }
    assert_eq!(trades.len(), truth.len(), "{what}");
    trades.len()
}

pub(crate) fn close(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-9 * one.abs().max(other.abs()).max(1.0)
}

#[test]
fn the_engine_makes_the_trades_of_the_backtest() {
    let mut compared = 0;
    for (name, timeframe) in [
        ("crypto_1h/binance_um_BTCUSDT_1h.csv.gz", Timeframe::H1),
        ("crypto_1h/binance_um_DOGEUSDT_1h.csv.gz", Timeframe::H1),
        ("crypto_1m/binance_um_BTCUSDT_1m.csv.gz", Timeframe::M1),
    ] {
        let Some(bars) = real_bars(name) else { return };
        {
            for (strategy, params) in [
                ("ma_cross", &[("fast", "10"), ("slow", "30"), ("direction", "both")][..]),
                ("ma_cross", &[("direction", "long")][..]),
                ("fast_score", &[][..]),
                ("confluence", &[][..]),
            ] {
                let lane = lane(strategy, params, timeframe);
                let truth = backtest(&lane, &bars, timeframe);
                let (trades, equity) = engine_trades(lane, &bars, timeframe);
                compared += same_trades(&trades, &truth.trades, timeframe, &format!("{name} {strategy}"));
                assert!(close(equity, *truth.equity.last().unwrap()), "{name} {strategy}: {equity}");
            }
        }
    }
    assert!(compared > 1_000, "{compared}");
}

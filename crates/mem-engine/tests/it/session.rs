//! Sessions: what is on record, what the journal holds, and that doing it again says the same.

use std::path::Path;

use mem_engine::core::{EngineConfig, Event, LaneConfig, Source, Stamped};
use mem_engine::durable::Durable;
use mem_engine::keep::Keeper;
use mem_engine::replay::replay_session;
use mem_indicators::ParamValue;
use mem_store::records::{MemoryFilter, Records, RecordsOptions, TradeFilter};
use mem_testkit::real_bars;
use mem_trade::risk::RiskConfig;
use mem_trade::{Fees, Instrument};
use mem_types::{BarSpec, Bars, Timeframe};

const BARS: &str = "crypto_1h/binance_um_BTCUSDT_1h.csv.gz";

fn config(session: &str) -> EngineConfig {
    let lane = LaneConfig {
        instrument: Instrument::gridless(
            "BTCUSDT".parse().unwrap(),
            "BTC".parse().unwrap(),
            "USDT".parse().unwrap(),
            Fees::default(),
        ),
        strategy: "fast_score".to_owned(),
        params: vec![("min_confidence".to_owned(), ParamValue::Float(40.0))],
        bars: BarSpec::Time(Timeframe::H1),
        source: Source::Bars(Timeframe::H1),
        enabled: true,
        watched: false,
    };
    let risk = RiskConfig { max_drawdown: 1.0, max_daily_loss: 1.0, ..RiskConfig::default() };
    EngineConfig { risk, ..EngineConfig::paper(session, vec![lane]) }
}

fn records(folder: &Path) -> Records {
    Records::open(folder.join("mem_data.db"), RecordsOptions::default()).unwrap()
}

fn event(bars: &Bars, index: usize) -> Stamped {
    let bar = bars.view().bar(index);
    Stamped { at: Timeframe::H1.close_of(bar.ts), event: Event::Bar { market: 0, bar } }
}

fn durable(folder: &Path, session: &str) -> Durable {
    let into = folder.join(session);
    let begun = mem_types::Timestamp::from_nanos(0);
    Durable::begin(config(session), records(folder), Some(&into), "test", begun).unwrap()
}

#[test]
fn a_session_done_again_says_the_same_and_the_records_balance() {
    let Some(bars) = real_bars(BARS) else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut session = durable(folder.path(), "one");
    for index in 0..4_000 {
        session.handle(&event(&bars, index)).unwrap();
        session.commit().unwrap();
    }
    let state = session.end().unwrap();
    let replayed = replay_session(&folder.path().join("one"), |_| {}).unwrap();
    assert!(replayed.identical, "{replayed:?}");
    assert_eq!(replayed.events, 4_000);
    assert!(replayed.lines_then > 500 && replayed.lines_then == replayed.lines_now, "{replayed:?}");

    let records = records(folder.path());
    assert_eq!(Keeper::load(&records).unwrap(), Some(state.clone()));
    // Where there are no models, nothing of what is written speaks of them.
    let said = std::fs::read_to_string(folder.path().join("one/decisions.jsonl")).unwrap();
    assert!(!said.contains("\"model\"") && state.standings.is_empty());
    // The books that were written down line by line are those of the state.
    let mut sums = std::collections::BTreeMap::<(String, String), rust_decimal::Decimal>::new();
    for entry in records.get_ledger().unwrap() {
        let mut whole = rust_decimal::Decimal::ZERO;
        for (account, asset, amount) in entry.postings {
            let amount: rust_decimal::Decimal = amount.parse().unwrap();
            *sums.entry((account, asset.clone())).or_default() += amount;
            whole += if asset == "USDT" { amount } else { rust_decimal::Decimal::ZERO };
        }
        assert!(whole.is_zero());
    }
    sums.retain(|_, sum| !sum.is_zero());
    assert_eq!(sums.len(), state.ledger.trial_balance().len());
    for line in state.ledger.trial_balance() {
        assert_eq!(sums[&(line.account.as_str().to_owned(), line.asset.to_string())], line.amount);
    }
    // Every trade's profit stands in the table of trades, and beside the decision.
    let filter = TradeFilter { limit: usize::MAX, ..TradeFilter::default() };
    let trades = records.get_trades(&filter).unwrap();
    let closed = records.closed_decisions(usize::MAX).unwrap();
    assert!(closed.len() > 50, "{}", closed.len());
    let by_trades: f64 = trades.iter().map(|trade| trade.pnl).sum();
    let by_decisions: f64 = closed.iter().map(|row| row.pnl.as_ref().unwrap().parse::<f64>().unwrap()).sum();
    assert!((by_trades - by_decisions).abs() < 1e-6, "{by_trades} {by_decisions}");
    let memories = records.get_memories(&MemoryFilter { limit: 10_000, ..MemoryFilter::default() }).unwrap();
    assert!(memories.iter().any(|memory| memory.content.contains("Outcome: ") && !memory.related_trades.is_empty()));
    for row in &closed {
        let features = row.detail["features"].as_object().unwrap();
        assert_eq!(features.len(), mem_engine::core::features::NAMES.len());
        assert!(!row.detail["reasons"].as_array().unwrap().is_empty());
        assert!(row.detail.get("model").is_none(), "no model was asked");
    }
}

#[test]
fn going_on_after_a_kill_is_as_if_nothing_had_happened() {
    let Some(bars) = real_bars(BARS) else { return };
    let (whole, killed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut session = durable(whole.path(), "one");
    for index in 0..2_000 {
        session.handle(&event(&bars, index)).unwrap();
        session.commit().unwrap();
    }
    let wanted = session.end().unwrap();

    let mut first = durable(killed.path(), "one");
    for index in 0..1_000 {
        first.handle(&event(&bars, index)).unwrap();
        first.commit().unwrap();
    }
    // Told, but not on record when the process dies.
    first.handle(&event(&bars, 1_000)).unwrap();
    std::mem::forget(first);
    let begun = mem_types::Timestamp::from_nanos(0);
    let into = killed.path().join("two");
    // The same session name, so that the orders have the same names.
    let mut second = Durable::begin(config("one"), records(killed.path()), Some(&into), "test", begun).unwrap();
    for index in 0..1_000 {
        let Event::Bar { market, bar } = event(&bars, index).event else { unreachable!() };
        second.handle(&Stamped { at: begun, event: Event::History { market, bar } }).unwrap();
    }
    for index in 1_000..2_000 {
        second.handle(&event(&bars, index)).unwrap();
        second.commit().unwrap();
    }
    let got = second.end().unwrap();
    assert_eq!(got.ledger, wanted.ledger);
    assert_eq!(got.positions, wanted.positions);
    assert_eq!(got.record, wanted.record);
    for session in ["one", "two"] {
        let replayed = replay_session(&killed.path().join(session), |_| {}).unwrap();
        assert!(replayed.identical, "{session}: {replayed:?}");
    }
}

#[test]
fn a_changed_session_is_noticed() {
    let Some(bars) = real_bars(BARS) else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut session = durable(folder.path(), "one");
    for index in 0..500 {
        session.handle(&event(&bars, index)).unwrap();
        session.commit().unwrap();
    }
    session.end().unwrap();
    let path = folder.path().join("one/decisions.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    let number = text.lines().position(|line| line.contains("\"confidence\":")).unwrap();
    let changed: Vec<String> = text
        .lines()
        .enumerate()
        .map(
            |(at, line)| {
                if at == number { line.replace("\"confidence\":", "\"confidence\":1") } else { line.to_owned() }
            },
        )
        .collect();
    std::fs::write(&path, changed.join("\n") + "\n").unwrap();
    let replayed = replay_session(&folder.path().join("one"), |_| {}).unwrap();
    assert!(!replayed.identical);
    assert_eq!(replayed.difference.unwrap().0, number as u64 + 1);
}

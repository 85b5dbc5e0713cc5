//! Real hourly candles through the whole engine, with records off and with every decision recorded, and how long a decision takes from the
//! trade that leads to it. `cargo bench -p mem-engine --bench replay`

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::time::Instant;

use mem_engine::core::{Engine, EngineConfig, Event, LaneConfig, Source, Stamped, State};
use mem_engine::durable::Durable;
use mem_engine::settings::gridless;
use mem_memory::MemoryConfig;
use mem_store::records::{Records, RecordsOptions};
use mem_trade::Fees;
use mem_trade::risk::RiskConfig;
use mem_types::{BarSpec, Timeframe, Timestamp};

const SYMBOLS: [&str; 10] =
    ["ADAUSDT", "BNBUSDT", "BTCUSDT", "DOGEUSDT", "ETHUSDT", "LINKUSDT", "LTCUSDT", "SOLUSDT", "TRXUSDT", "XRPUSDT"];
/// Events that are put on record together.
const BATCH: usize = 4_096;
const ROUNDS: usize = 5;

fn lanes(strategy: &str, source: Source) -> Vec<LaneConfig> {
    SYMBOLS
        .iter()
        .map(|symbol| LaneConfig {
            instrument: gridless(&symbol.parse().expect("a symbol"), Fees::default()).expect("a market"),
            strategy: strategy.to_owned(),
            params: Vec::new(),
            bars: BarSpec::Time(Timeframe::H1),
            source,
            enabled: true,
            watched: false,
        })
        .collect()
}

fn config(strategy: &str, source: Source, remembers: bool) -> EngineConfig {
    // Nothing halts trading, so that decisions go on to the end; every check is asked all the same.
    let risk =
        RiskConfig { max_daily_loss: 1e6, max_drawdown: 1e6, max_orders_per_minute: u32::MAX, ..RiskConfig::default() };
    let memory = MemoryConfig { enabled: remembers, ..MemoryConfig::default() };
    EngineConfig { risk, memory, ..EngineConfig::paper("bench", lanes(strategy, source)) }
}

fn main() {
    let mut events = Vec::new();
    for (market, symbol) in SYMBOLS.iter().enumerate() {
        let Some(bars) = mem_testkit::real_bars(&format!("crypto_1h/binance_um_{symbol}_1h.csv.gz")) else { return };
        for bar in bars.view().iter() {
            let at = Timeframe::H1.close_of(bar.ts);
            events.push(Stamped { at, event: Event::Bar { market: market as u16, bar } });
        }
    }
    events.sort_by_key(|event| event.at);
    println!("{} hourly candles of {} symbols, one thread; the best of {ROUNDS} runs", events.len(), SYMBOLS.len());
    for strategy in ["ma_cross", "fast_score", "confluence"] {
        let off = best(|| records_off(config(strategy, Source::Bars(Timeframe::H1), false), &events));
        let on = best(|| records_on(config(strategy, Source::Bars(Timeframe::H1), true), &events));
        println!(
            "{strategy:>10}: records off {:.2} M bars/s ({} trades); every decision recorded {:.0} bars/s ({} decisions)",
            events.len() as f64 / off.0 / 1e6,
            off.1,
            events.len() as f64 / on.0,
            on.1
        );
    }
    latency(&events);
}

fn best(run: impl Fn() -> (f64, u64)) -> (f64, u64) {
    (0..ROUNDS).map(|_| run()).min_by(|one, other| one.0.total_cmp(&other.0)).unwrap_or((f64::NAN, 0))
}

fn records_off(config: EngineConfig, events: &[Stamped]) -> (f64, u64) {
    let mut engine = Engine::new(config, State::default(), Vec::new(), false).expect("an engine");
    let begun = Instant::now();
    events.iter().for_each(|event| engine.handle(event));
    let seconds = begun.elapsed().as_secs_f64();
    let record = engine.state().record;
    (seconds, record.wins + record.losses)
}

fn records_on(config: EngineConfig, events: &[Stamped]) -> (f64, u64) {
    let folder = tempfile::tempdir().expect("a folder");
    let records = Records::open(folder.path().join("mem_data.db"), RecordsOptions::default()).expect("records");
    let mut durable = Durable::begin(config, records, None, "bench", Timestamp::from_nanos(0)).expect("an engine");
    let begun = Instant::now();
    for batch in events.chunks(BATCH) {
        batch.iter().for_each(|event| durable.handle(event).expect("no journal to fail"));
        durable.commit().expect("records that work");
    }
    let seconds = begun.elapsed().as_secs_f64();
    (seconds, durable.state().next_decision)
}

/// Every candle as four trades; the time of each trade that led to a decision, with risk, memory and notes on.
fn latency(events: &[Stamped]) {
    let mut engine =
        Engine::new(config("ma_cross", Source::Trades, true), State::default(), Vec::new(), true).expect("an engine");
    let mut times = Vec::new();
    let quarter = Timeframe::H1.nanos() / 4;
    for event in events {
        let Event::Bar { market, bar } = event.event else { continue };
        for (step, price) in [bar.open, bar.low, bar.high, bar.close].into_iter().enumerate() {
            let ts = Timestamp::from_nanos(bar.ts.as_nanos() + step as i64 * quarter);
            let trade = Event::Trade { market, ts, price, qty: bar.volume / 4.0 };
            let stamped = Stamped { at: ts, event: trade };
            let decided = engine.state().next_decision;
            let begun = Instant::now();
            engine.handle(&stamped);
            let took = begun.elapsed();
            if engine.state().next_decision > decided {
                times.push(took.as_secs_f64() * 1e6);
            }
            engine.take_outputs();
        }
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() as f64 - 1.0) * share) as usize];
    println!(
        "trade to decision: {} decisions, p50 {:.1} us, p99 {:.1} us, max {:.1} us",
        times.len(),
        at(0.5),
        at(0.99),
        at(1.0)
    );
}

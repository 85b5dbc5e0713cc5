//! 200 symbols, 50 messages a second each, for half an hour through the whole line: exchange, feed, bars, strategy, risk, paper
//! broker, books, memory, records, journal. `cargo bench -p mem-engine --bench soak [-- MINUTES [COMMAND ARGUMENT ...]]`
//!
//! With a command, for example a training, it is begun half-way, as nice as trainings are, and begun again whenever it has ended: lines marked
//! with a star are of minutes in which it ran.
//!
//! Everything runs in one process over real sockets; a line a minute tells memory and lag. Lag is how far the loop's market clock is
//! behind the exchange's, in real time.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use mem_engine::core::{EngineConfig, LaneConfig, Source};
use mem_engine::live::{self, Changes, Control, MonitorConfig, Setup};
use mem_engine::settings::instrument;
use mem_feed::FeedConfig;
use mem_store::records::{Records, RecordsOptions};
use mem_trade::Fees;
use mem_trade::risk::RiskConfig;
use mem_types::{BarSpec, Timeframe, Timestamp};
use mem_venue::InstrumentKind;
use mem_venue::session::{Http, Meter};
use mem_venue::sim::adapter::SimAdapter;
use mem_venue::sim::clock::Clock;
use mem_venue::sim::exchange::Exchange;
use mem_venue::sim::market::{MarketConfig, SimSymbol, generate};
use mem_venue::sim::server::{SimServer, SimServerConfig};
use mem_venue::sim::tape::Tape;
use mem_venue::sim::view::MarketView;

const SYMBOLS: usize = 200;
/// Twelve trades a minute of the market: at this speed fifty a second.
const SPEED: f64 = 250.0;

fn main() {
    let minutes: u64 = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(30);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let beside: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").skip(1).collect();
    runtime.block_on(soak(minutes, Beside { command: beside, child: None }));
}

/// What runs beside.
struct Beside {
    command: Vec<String>,
    child: Option<Child>,
}

impl Beside {
    /// Begins it, unless it runs.
    fn go_on(&mut self) {
        let Some((program, arguments)) = self.command.split_first() else { return };
        let over = self.child.as_mut().is_none_or(|child| !matches!(child.try_wait(), Ok(None)));
        if over {
            let mut command = Command::new("nice");
            command.args(["-n", "19", program]).args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
            self.child = Some(command.spawn().expect("a command that can be begun"));
        }
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

async fn soak(minutes: u64, mut beside: Beside) {
    let timeframe = Timeframe::M1;
    let bars = (minutes as usize * 60 * SPEED as usize) / 60 + 1_000;
    let symbols = (0..SYMBOLS).map(|number| SimSymbol {
        symbol: format!("S{number:03}USDT").parse().expect("a symbol"),
        start_price: 100.0,
        annual_vol: 0.6,
        common: 0.5,
        hourly_value: 1e7,
    });
    let config = MarketConfig { timeframe, symbols: symbols.collect(), ..MarketConfig::new(1, bars) };
    let start = Timestamp::from_nanos(config.start.as_nanos() + 300 * timeframe.nanos());
    let tapes = generate(&config)
        .series
        .into_iter()
        .map(|(symbol, bars)| Tape::of_candles(symbol, InstrumentKind::Spot, bars, timeframe).expect("sound bars"));
    let exchange = Arc::new(Exchange::new(tapes, Clock::new(start, SPEED)));
    let server_config = SimServerConfig {
        bind: ([127, 0, 0, 1], 0).into(),
        requests_per_minute: 1_000_000,
        ..SimServerConfig::default()
    };
    let server = SimServer::bind(server_config, Arc::clone(&exchange), None, &[]).await.expect("a free port");
    let address = server.address();
    let serving = tokio::spawn(server.serve(std::future::pending()));
    let lanes: Vec<LaneConfig> = exchange
        .listings()
        .iter()
        .map(|listing| LaneConfig {
            instrument: instrument(listing, Fees::default()).expect("a listing with numbers"),
            strategy: "ma_cross".to_owned(),
            params: Vec::new(),
            bars: BarSpec::Time(timeframe),
            source: Source::Trades,
            enabled: true,
            watched: false,
        })
        .collect();
    let folder = tempfile::tempdir().expect("a folder");
    let risk = RiskConfig {
        max_position: 0.01,
        max_daily_loss: 1.0,
        max_drawdown: 1.0,
        max_orders_per_minute: 1_000_000,
        ..RiskConfig::default()
    };
    let http = Http::new(Arc::new(SimAdapter::default()), vec![format!("http://{address}")], Duration::from_secs(5));
    let setup = Setup {
        config: EngineConfig { risk, ..EngineConfig::paper("soak", lanes) },
        records: Records::open(folder.path().join("mem_data.db"), RecordsOptions::default()).expect("records"),
        session: folder.path().join("soak"),
        http,
        sockets: vec![format!("ws://{address}")],
        feed: FeedConfig::default(),
        orders: None,
        monitor: MonitorConfig::default(),
        alerts: None,
        clock: now,
        tap: live::Tap::default(),
        control: Control::in_folder(folder.path()),
        changes: Changes::default(),
        began: None,
    };
    println!("minute  messages/s   decisions   rss MB   lag p50 ms   lag p99 ms   lag max ms   queue  late");
    let (mut minute, mut end, mut before, mut lag) = (0, Instant::now() + Duration::from_secs(60), 0, Meter::default());
    let length = tokio::time::sleep(Duration::from_secs(minutes * 60 + 5));
    let ended = live::run(setup, length, |board, _| {
        if let Some(market) = board.market_time {
            // Both clocks at the moment at which the loop was looked at.
            let since = (now().as_nanos() - board.read_at.as_nanos()) as f64;
            let behind = (exchange.now().as_nanos() - market.as_nanos()) as f64 / SPEED - since;
            lag.took(Duration::from_nanos(behind.max(0.0) as u64));
        }
        if Instant::now() >= end {
            let star = if minute >= minutes / 2 && beside.child.is_some() { "*" } else { "" };
            minute += 1;
            if minute >= minutes / 2 {
                beside.go_on();
            }
            end += Duration::from_secs(60);
            let told = std::mem::take(&mut lag).read();
            println!(
                "{minute:>6}  {:>10.0}  {:>10}  {:>7.1}  {:>11.2}  {:>11.2}  {:>11.2}  {:>6}  {:>4} {star}",
                (board.events - before) as f64 / 60.0,
                board.decisions,
                resident_mb(),
                told.p50_ms.unwrap_or(f64::NAN),
                told.p99_ms.unwrap_or(f64::NAN),
                told.max_ms.unwrap_or(f64::NAN),
                board.queue,
                board.late_trades,
            );
            before = board.events;
        }
    })
    .await
    .expect("a session that ends in order");
    println!("event to decision: {:?}", ended.board.decision_latency);
    println!(
        "books balanced: {}, {} entries, {} decisions",
        ended.board.balanced, ended.board.ledger_entries, ended.board.decisions
    );
    serving.abort();
}

fn resident_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or(f64::NAN) / 1000.0
}

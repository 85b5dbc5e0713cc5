//! 200 symbols, 50 messages a second each, for half an hour: `cargo bench -p mem-feed --bench soak [-- MINUTES]`.
//!
//! Exchange and feed run in one process over real sockets; a line a minute tells memory and lag. Lag is how much real time
//! passed between the exchange's clock reaching a trade and the feed handing it on.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use mem_feed::feed::{Item, Start};
use mem_feed::{FeedConfig, Manager};
use mem_types::{Timeframe, Timestamp};
use mem_venue::session::{Http, Meter};
use mem_venue::sim::adapter::SimAdapter;
use mem_venue::sim::clock::Clock;
use mem_venue::sim::exchange::Exchange;
use mem_venue::sim::market::{MarketConfig, SimSymbol, generate};
use mem_venue::sim::server::{SimServer, SimServerConfig};
use mem_venue::sim::tape::Tape;
use mem_venue::sim::view::MarketView;
use mem_venue::{Channel, InstrumentKind, Subscription};

const SYMBOLS: usize = 200;
/// Twelve trades a minute of the market: at this speed fifty a second.
const SPEED: f64 = 250.0;

fn main() {
    let minutes: u64 = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(30);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(soak(minutes));
}

fn no_clock() -> Timestamp {
    Timestamp::from_nanos(0)
}

async fn soak(minutes: u64) {
    let timeframe: Timeframe = "1m".parse().expect("a timeframe");
    let bars = (minutes as usize * 60 * SPEED as usize) / 60 + 500;
    let symbols = (0..SYMBOLS).map(|number| SimSymbol {
        symbol: format!("S{number:03}USDT").parse().expect("a symbol"),
        start_price: 100.0,
        annual_vol: 0.6,
        common: 0.5,
        hourly_value: 1e7,
    });
    let config = MarketConfig { timeframe, symbols: symbols.collect(), ..MarketConfig::new(1, bars) };
    let start = Timestamp::from_nanos(config.start.as_nanos() + 100 * timeframe.nanos());
    let tapes = generate(&config)
        .series
        .into_iter()
        .map(|(symbol, bars)| Tape::of_candles(symbol, InstrumentKind::Spot, bars, timeframe).expect("sound bars"));
    let exchange = Arc::new(Exchange::new(tapes, Clock::new(start, SPEED)));
    let server_config = SimServerConfig { bind: ([127, 0, 0, 1], 0).into(), ..SimServerConfig::default() };
    let server = SimServer::bind(server_config, Arc::clone(&exchange), None, &[]).await.expect("a free port");
    let address = server.address();
    let serving = tokio::spawn(server.serve(std::future::pending()));
    let starts: Vec<Start> = exchange
        .listings()
        .into_iter()
        .map(|listing| Start { stream: Subscription::new(Channel::Trades, listing.symbol), from: None })
        .collect();
    let http = Http::new(Arc::new(SimAdapter::default()), vec![format!("http://{address}")], Duration::from_secs(5));
    let (manager, mut events) =
        Manager::start(http, vec![format!("ws://{address}")], starts, FeedConfig::default(), no_clock).expect("a feed");
    println!("minute  messages/s   rss MB   lag p50 ms   lag p99 ms   lag max ms   duplicates  gaps");
    for minute in 1..=minutes {
        let end = Instant::now() + Duration::from_secs(60);
        let (mut count, lag) = (0_u64, Meter::default());
        while let Ok(Some(event)) = tokio::time::timeout_at(end.into(), events.recv()).await {
            let Item::Trade(trade) = event.item else { continue };
            count += 1;
            let behind = (exchange.now().as_nanos() - trade.ts_venue.as_nanos()).max(0) as f64 / SPEED;
            lag.took(Duration::from_nanos(behind as u64));
        }
        let (lag, health) = (lag.read(), manager.health());
        println!(
            "{minute:>6}  {:>10.0}  {:>7.1}  {:>11.2}  {:>11.2}  {:>11.2}  {:>11}  {:>4}",
            count as f64 / 60.0,
            resident_mb(),
            lag.p50_ms.unwrap_or(f64::NAN),
            lag.p99_ms.unwrap_or(f64::NAN),
            lag.max_ms.unwrap_or(f64::NAN),
            health.metrics.duplicates,
            health.metrics.sequence_gaps,
        );
    }
    println!("{:?} {:?}", manager.health().status, manager.health().metrics);
    manager.stop().await;
    serving.abort();
}

fn resident_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or(f64::NAN) / 1000.0
}

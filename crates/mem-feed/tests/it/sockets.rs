//! Streams over several WebSockets, and WebSockets that are renewed before the venue ends them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use mem_feed::feed::{Item, Start};
use mem_feed::{FeedConfig, Life, Manager, Status};
use mem_types::{Symbol, Timestamp};
use mem_venue::session::Http;
use mem_venue::sim::adapter::SimAdapter;
use mem_venue::sim::clock::Clock;
use mem_venue::sim::exchange::Exchange;
use mem_venue::sim::market::{MarketConfig, generate};
use mem_venue::sim::server::{SimServer, SimServerConfig};
use mem_venue::sim::tape::Tape;
use mem_venue::sim::view::MarketView;
use mem_venue::{Adapter, Channel, InstrumentKind, Limits, Subscription};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_are_spread_and_sockets_renewed_without_a_loss() {
    let config = MarketConfig { timeframe: "1m".parse().unwrap(), ..MarketConfig::new(9, 3_000) };
    let tapes = generate(&config)
        .series
        .into_iter()
        .map(|(symbol, bars)| Tape::of_candles(symbol, InstrumentKind::Spot, bars, config.timeframe).unwrap());
    let start = Timestamp::from_nanos(config.start.as_nanos() + 100 * config.timeframe.nanos());
    let exchange = Arc::new(Exchange::new(tapes, Clock::new(start, 600.0)));
    let server_config = SimServerConfig { bind: ([127, 0, 0, 1], 0).into(), ..SimServerConfig::default() };
    let server = SimServer::bind(server_config, Arc::clone(&exchange), None, &[]).await.unwrap();
    let (address, handle) = (server.address(), server.handle());
    let serving = tokio::spawn(server.serve(std::future::pending()));

    let adapter = SimAdapter::new(Duration::from_secs(10));
    let limits =
        Limits { streams_per_socket: 2, socket_life: Some(Duration::from_millis(500)), ..adapter.limits().clone() };
    let http =
        Http::new(Arc::new(adapter.with_limits(limits)), vec![format!("http://{address}")], Duration::from_secs(2));
    let symbols: Vec<Symbol> = exchange.listings().into_iter().map(|listing| listing.symbol).collect();
    let starts =
        symbols.iter().map(|symbol| Start { stream: Subscription::new(Channel::Trades, symbol.clone()), from: None });
    let clock = || Timestamp::from_nanos(0);
    let (manager, mut events) =
        Manager::start(http, vec![format!("ws://{address}")], starts.collect(), FeedConfig::default(), clock).unwrap();
    assert_eq!(manager.sockets(), 3, "six streams, two on each");

    // Until each of the three has been renewed twice; half a minute at most.
    let until = tokio::time::sleep(Duration::from_secs(30));
    tokio::pin!(until);
    let mut life = manager.life();
    let mut at_work = [0; 3];
    let mut kept: BTreeMap<Symbol, Vec<i64>> = BTreeMap::new();
    while at_work.iter().any(|count| *count < 3) {
        tokio::select! {
            () = &mut until => panic!("renewed only {at_work:?} times: {:#?}", manager.health()),
            event = events.recv() => {
                let event = event.unwrap();
                if let Item::Trade(trade) = event.item {
                    kept.entry(event.symbol).or_default().push(trade.id.unwrap());
                }
            }
            event = life.recv() => {
                let event = event.unwrap();
                assert!(!matches!(event.what, Life::Lost { .. }), "{event:?}");
                at_work[event.socket] += usize::from(matches!(event.what, Life::Connected { .. }));
            }
        }
    }
    assert_ne!(manager.health().status, Status::Unhealthy);
    assert_eq!(kept.len(), 6);
    for (symbol, ids) in kept {
        assert!(ids.windows(2).all(|pair| pair[1] == pair[0] + 1), "{symbol}: {ids:?}");
    }
    assert!(handle.sockets() >= 3);
    manager.stop().await;
    serving.abort();
}

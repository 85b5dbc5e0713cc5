//! Whatever goes wrong on the way, what is handed on is what the exchange printed.

use std::time::Duration;

use mem_types::{Timeframe, Timestamp};
use mem_venue::InstrumentKind;
use mem_venue::sim::market::{MarketConfig, generate};
use mem_venue::sim::tape::Tape;

use crate::drill::Drill;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_random_faults_cost_nothing() {
    let config = MarketConfig { timeframe: "1m".parse().unwrap(), ..MarketConfig::new(11, 20_000) };
    let tapes = generate(&config)
        .series
        .into_iter()
        .take(3)
        .map(|(symbol, bars)| Tape::of_candles(symbol, InstrumentKind::Spot, bars, config.timeframe).unwrap());
    let drill = Drill {
        tapes: tapes.collect(),
        start: Timestamp::from_nanos(config.start.as_nanos() + 100 * config.timeframe.nanos() + 7_000_000_000),
        speed: 600.0,
        timeframe: "5m".parse::<Timeframe>().unwrap(),
        seed: 42,
        faults: 60,
        pause: Duration::from_millis(100),
    };
    let outcome = drill.run().await.unwrap();
    println!(
        "{} trades, {} candles in {:?}\n{:#?}",
        outcome.trades, outcome.bars, outcome.took, outcome.health.metrics
    );
    assert!(outcome.trades > 1_000 && outcome.bars > 30, "{} trades, {} candles", outcome.trades, outcome.bars);
    assert_eq!(outcome.orders, (60, 0), "every order is acknowledged within its time");
    assert!(outcome.health.metrics.failbacks > 3, "{:?}", outcome.health.metrics);
    assert!(outcome.health.metrics.failover.count > 3, "{:?}", outcome.health.metrics);
}

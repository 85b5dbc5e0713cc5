//! Orders through a connection that fails: each is carried out once, in order, or known not to be.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use mem_feed::{Command, CommandError, Commands};
use mem_types::Timestamp;
use mem_venue::session::Http;
use mem_venue::sim::adapter::{SimAdapter, SimSigner};
use mem_venue::sim::clock::Clock;
use mem_venue::sim::exchange::Exchange;
use mem_venue::sim::fault::Fault;
use mem_venue::sim::market::{MarketConfig, generate};
use mem_venue::sim::server::{SimServer, SimServerConfig};
use mem_venue::sim::tape::Tape;
use mem_venue::{InstrumentKind, Method, Request};
use serde_json::{Value, json};

fn exchange() -> Arc<Exchange> {
    let config = MarketConfig { timeframe: "1m".parse().unwrap(), ..MarketConfig::new(3, 2_000) };
    let (symbol, bars) = generate(&config).series.remove(1);
    let tape = Tape::of_candles(symbol, InstrumentKind::Perpetual, bars, config.timeframe).unwrap();
    let start = Timestamp::from_nanos(config.start.as_nanos() + 100 * config.timeframe.nanos());
    Arc::new(Exchange::new([tape], Clock::new(start, 60.0)))
}

fn order(number: usize) -> Command {
    let body = json!({
        "client_order_id": format!("order-{number:03}"), "symbol": "SIM-BETA", "type": "market",
        "side": if number.is_multiple_of(2) { "buy" } else { "sell" }, "qty": "0.5",
    });
    Command {
        key: format!("order-{number:03}"),
        request: Request {
            method: Method::Post,
            path: "/api/v1/orders".to_owned(),
            body: body.to_string(),
            weight: 1,
            private: true,
        },
        expires_after: Duration::from_secs(20),
    }
}

fn private(path: &str) -> Request {
    Request { private: true, ..Request::get(path, 1) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_order_is_carried_out_once_and_in_order() {
    let config = SimServerConfig { bind: ([127, 0, 0, 1], 0).into(), ..SimServerConfig::default() };
    let server = SimServer::bind(config, exchange(), None, &[]).await.unwrap();
    let (url, handle) = (format!("http://{}", server.address()), server.handle());
    let serving = tokio::spawn(server.serve(std::future::pending()));
    let signer = Arc::new(SimSigner::new("simulated-key", "simulated-secret"));
    let http =
        Http::new(Arc::new(SimAdapter::default()), vec![url.clone()], Duration::from_millis(300)).signed_by(signer);
    let commands = Commands::start(http.clone(), 200, 1);

    let mut sent = tokio::task::JoinSet::new();
    for number in 0..100 {
        if number % 4 == 0 {
            // Every answer may fail, come late, or never come.
            let fault = match number % 5 {
                0 => Fault::ServerError { count: 2, status: 503 },
                1 => Fault::SlowAnswers { by_ms: 400, for_ms: 30 },
                2 => Fault::Restart { down_ms: 50 },
                3 => Fault::TooManyRequests { count: 2, retry_after_s: 0 },
                _ => Fault::RefuseConnect { for_ms: 50, sockets_only: false },
            };
            handle.pull(fault);
        }
        let commands = commands.clone();
        sent.spawn(async move {
            // The same key again while it waits is refused.
            let (answer, again) = tokio::join!(commands.send(order(number)), commands.send(order(number)));
            assert!(matches!(again, Err(CommandError::UnderWay { .. })), "{again:?}");
            (number, answer)
        });
        tokio::task::yield_now().await;
    }
    let mut ids = BTreeSet::new();
    while let Some(done) = sent.join_next().await {
        let (number, answer) = done.unwrap();
        let state: Value = serde_json::from_slice(&answer.unwrap()).unwrap();
        assert_eq!(state["client_order_id"], json!(format!("order-{number:03}")));
        assert!(ids.insert((state["id"].as_u64().unwrap(), number)), "two orders with one number");
    }
    assert_eq!(ids.len(), 100);
    handle.clear();
    // And when it has been carried out, it is answered and not made again.
    let again: Value = serde_json::from_slice(&commands.send(order(7)).await.unwrap()).unwrap();
    assert_eq!(again["duplicate"], json!(true));
    // While the exchange is down they wait in their order.
    handle.pull(Fault::Restart { down_ms: 100 });
    let answers = futures_util::future::join_all((200..220).map(|number| commands.send(order(number)))).await;
    let numbers: Vec<u64> = answers
        .into_iter()
        .map(|answer| serde_json::from_slice::<Value>(&answer.unwrap()).unwrap()["id"].as_u64().unwrap())
        .collect();
    assert!(numbers.is_sorted(), "{numbers:?}");
    let fills: Vec<Value> = serde_json::from_slice(&http.send(&private("/api/v1/fills")).await.unwrap()).unwrap();
    let filled: BTreeSet<&str> = fills.iter().filter_map(|fill| fill["client_order_id"].as_str()).collect();
    assert_eq!(filled.len(), 120, "every market order finds liquidity");
    // As much bought as sold: the position is closed.
    let account: Value = serde_json::from_slice(&http.send(&private("/api/v1/account")).await.unwrap()).unwrap();
    assert_eq!(account["positions"], json!([]));
    serving.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_key_or_with_a_wrong_one_nothing_is_told() {
    let config = SimServerConfig { bind: ([127, 0, 0, 1], 0).into(), ..SimServerConfig::default() };
    let server = SimServer::bind(config, exchange(), None, &[]).await.unwrap();
    let url = vec![format!("http://{}", server.address())];
    let serving = tokio::spawn(server.serve(std::future::pending()));
    let session = || Http::new(Arc::new(SimAdapter::default()), url.clone(), Duration::from_secs(5));
    let none = session().send(&private("/api/v1/account")).await.unwrap_err();
    assert!(none.to_string().contains("needs a key"), "{none}");
    for (key, secret) in [("simulated-key", "guess"), ("nobody", "simulated-secret")] {
        let signer = Arc::new(SimSigner::new(key, secret));
        let error = session().signed_by(signer).send(&private("/api/v1/account")).await.unwrap_err();
        assert_eq!(error.to_string(), "the venue answered 401: the key is unknown or the signature is wrong");
        assert!(!format!("{error:?}").contains(secret));
    }
    serving.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_cannot_be_sent_in_time_expires_and_a_full_queue_refuses() {
    // Nobody listens there.
    let adapter = Arc::new(SimAdapter::default());
    let http = Http::new(adapter, vec!["http://127.0.0.1:1".to_owned()], Duration::from_millis(100));
    let signer = Arc::new(SimSigner::new("k", "s"));
    let commands = Commands::start(http.signed_by(signer), 1, 1);
    let short = |number| Command { expires_after: Duration::from_millis(150), ..order(number) };
    let mut sent = tokio::task::JoinSet::new();
    for number in 0..4 {
        let commands = commands.clone();
        sent.spawn(async move { commands.send(short(number)).await });
    }
    let mut full = 0;
    while let Some(answer) = sent.join_next().await {
        match answer.unwrap() {
            Err(CommandError::Full { .. }) => full += 1,
            Err(CommandError::Expired | CommandError::Unknown(_)) => {}
            other => panic!("{other:?}"),
        }
    }
    assert!((1..=3).contains(&full), "{full}");
}

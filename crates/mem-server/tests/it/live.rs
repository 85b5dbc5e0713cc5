//! The running engine over WebSocket and by request.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use mem_server::{ServerConfig, Token};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Error;

use crate::client::{Client, anywhere};
use crate::seated::{self, TRIED};
use crate::trading::{Page, Trading};

/// Minutes of the market in a minute.
const SPEED: f64 = 1_800.0;
const TOKEN: &str = "correct horse battery staple";

/// Checks that the frames of each stream follow one another.
#[derive(Default)]
struct Numbers(BTreeMap<(String, String), u64>);

impl Numbers {
    fn take(&mut self, message: &Value) {
        let key = (message["topic"].to_string(), message["symbol"].to_string());
        let seq = message["seq"].as_u64().unwrap();
        let before = self.0.insert(key.clone(), seq);
        match message["type"].as_str().unwrap() {
            "snapshot" => assert!(before.is_none(), "{key:?}: a second snapshot"),
            _ => assert_eq!(before.map(|before| before + 1), Some(seq), "{key:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_and_then_deltas_without_a_hole() {
    let trading = Trading::start(anywhere(), SPEED).await;
    let mut page = trading.page().await;
    let hello = page.hear().await;
    assert_eq!((hello["type"].as_str(), hello["mode"].as_str()), (Some("hello"), Some("simulated")), "{hello}");
    let symbols: Vec<String> = serde_json::from_value(hello["symbols"].clone()).unwrap();
    assert!(!symbols.is_empty());
    page.subscribe(&[
        "status",
        "bars",
        "trades",
        "prices",
        "positions",
        "orders",
        "signals",
        "fills",
        "metrics",
        "health",
    ])
    .await;
    let mut numbers = Numbers::default();
    let (mut last_trade, mut last_bar): (BTreeMap<String, i64>, BTreeMap<String, i64>) = Default::default();
    let mut signals = 0;
    let (begun, mut frames) = (Instant::now(), 0);
    while frames < 1_500 || signals == 0 {
        assert!(begun.elapsed() < Duration::from_secs(60), "{frames} frames, {signals} signals");
        frames += 1;
        let message = page.hear().await;
        numbers.take(&message);
        let symbol = message["symbol"].as_str().unwrap_or_default().to_owned();
        let data = &message["data"];
        match message["topic"].as_str().unwrap() {
            // Trades and bars go on where they stopped.
            "trades" => {
                for trade in data["trades"].as_array().unwrap() {
                    let at = trade[0].as_i64().unwrap();
                    assert!(last_trade.insert(symbol.clone(), at).is_none_or(|before| before <= at), "{message}");
                }
            }
            "bars" => {
                for bar in data["bars"].as_array().unwrap() {
                    let at = bar[0].as_i64().unwrap();
                    let before = last_bar.insert(symbol.clone(), at);
                    assert!(before.is_none_or(|before| at == before || at == before + 60_000), "{message}");
                }
            }
            "signals" => signals += data["signals"].as_array().unwrap().len(),
            _ => {}
        }
    }

    assert_eq!(last_trade.len(), symbols.len());
    let latest = trading.get(&format!("/latest?symbol={}&limit=5", symbols[0])).await.json();
    assert_eq!(latest["symbols"][&symbols[0]]["bars"]["bars"].as_array().unwrap().len(), 5, "{latest}");
    assert_eq!(latest["board"]["session"], "one");
    assert_eq!(trading.get("/latest?symbol=NONE").await.fault(), (400, "symbol".to_owned()));
    let health = trading.get("/api/live/health").await.json();
    assert_eq!(health["feeds"][0]["status"], "healthy", "{health}");
    assert_eq!(health["ws_clients"], 1);
    assert!(health["database"]["size"].as_u64().unwrap() > 0);
    let short = trading.get("/health").await.json();
    assert_eq!((&short["engine"]["running"], &short["feeds"][0]["mode"]), (&json!(true), &json!("websocket")));
    page.say(json!({ "op": "ping" })).await;
    page.until(|message| message["type"] == "pong").await;
    for wrong in
        [json!({ "op": "dance" }), json!({ "op": "subscribe", "topics": [{ "topic": "bars", "symbol": "NONE" }] })]
    {
        page.say(wrong).await;
        page.until(|message| message["type"] == "error").await;
    }
    // The end is told.
    let (ended, _) = tokio::join!(trading.stop(), page.until(|message| message["type"] == "closed"));
    assert!(ended.board.balanced && ended.board.events > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_models_do_is_counted_as_it_happens() {
    let trading = seated::trading(anywhere(), SPEED).await;
    let mut page = trading.page().await;
    page.hear().await;
    page.subscribe(&["models"]).await;
    let mut numbers = Numbers::default();
    let counts = |frame: &Value| ["resolved", "steps", "compared"].map(|name| frame["data"][name].as_u64().unwrap());
    let first = page.hear().await;
    assert_eq!((first["type"].as_str(), first["topic"].as_str()), (Some("snapshot"), Some("models")), "{first}");
    numbers.take(&first);
    let (mut before, begun) = (counts(&first), Instant::now());
    // The candidate's time is over, and features were compared: each told once, by a number that has grown.
    while before[0] < 2 * TRIED || before[1] == 0 || before[2] == 0 {
        assert!(begun.elapsed() < Duration::from_secs(60), "{before:?}");
        let delta = page.hear().await;
        numbers.take(&delta);
        let after = counts(&delta);
        assert!(after != before && after.iter().zip(before).all(|(after, before)| *after >= before), "{delta}");
        before = after;
    }
    // Who comes later is told where it stands.
    let mut late = trading.page().await;
    late.hear().await;
    late.subscribe(&["models"]).await;
    let snapshot = late.hear().await;
    assert!(counts(&snapshot).iter().zip(before).all(|(now, before)| *now >= before), "{snapshot}");
    // What the steps came to is on record: they were told after it was.
    let models = trading.get("/api/models").await.json();
    let candidate = models["models"].as_array().unwrap().iter().find(|model| model["id"] == 2).unwrap();
    assert_eq!(candidate["stage"], "failed", "{candidate}");
    trading.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operators_are_heard() {
    let trading = Trading::start(anywhere(), SPEED).await;
    let mut page = trading.page().await;
    page.subscribe(&["status", "alerts", "closed"]).await;
    page.topic("status", |status| !status["last_prices"].as_object().unwrap().is_empty()).await;

    let done = trading.command(json!({ "command": "kill_switch_on", "reason": "a look at it" })).await.json();
    assert!(done["applied_at"].is_i64(), "{done}");
    page.topic("status", |status| status["kill_switch"] == "a look at it").await;
    trading.command(json!({ "command": "kill_switch_off" })).await.json();
    page.topic("status", |status| status["kill_switch"].is_null()).await;

    // What is held may be closed for another reason in the moment before that is heard: then it is told again.
    let mut flattened = false;
    for _ in 0..50 {
        page.topic("status", |status| !status["positions"].as_array().unwrap().is_empty()).await;
        let done = trading.command(json!({ "command": "flatten" })).await.json();
        assert!(done["applied_at"].is_i64(), "{done}");
        for _ in 0..20 {
            let message = page.hear().await;
            let trades = message["data"]["trades"].as_array();
            flattened |= trades.is_some_and(|trades| trades.iter().any(|trade| trade["exit_reason"] == "flatten"));
        }
        if flattened {
            break;
        }
    }
    assert!(flattened);
    assert!(trading.command(json!({ "command": "resume" })).await.json()["applied_at"].is_i64());

    // A price that is reached is told of, noted, and forgotten.
    let board = trading.get("/api/live/board").await.json();
    let (symbol, price) = board["last_prices"].as_object().unwrap().iter().next().unwrap();
    let watch = json!({ "command": "watch_price", "symbol": symbol, "reach": "above", "price": price.as_f64().unwrap() * 0.5, "note": "half" });
    let done = trading.command(watch).await.json();
    let watched = done["id"].as_u64().unwrap();
    let alerts = page
        .topic("alerts", |alerts| {
            alerts["active"].as_array().unwrap().iter().any(|alert| alert["kind"] == "PRICE_LEVEL")
        })
        .await;
    let alert = alerts["active"].as_array().unwrap().iter().find(|alert| alert["kind"] == "PRICE_LEVEL").unwrap();
    assert!(alert["message"].as_str().unwrap().ends_with("half"), "{alert}");
    let noted = json!({ "command": "acknowledge", "alert": alert["id"], "by": "somebody" });
    assert!(trading.command(noted).await.json()["applied_at"].is_i64());
    let done = trading.command(json!({ "command": "unwatch_price", "id": watched })).await.json();
    assert!(done["applied_at"].is_i64(), "{done}");

    for (wrong, status, field) in [
        (json!({ "command": "kill_switch_on", "reason": " " }), 400, "reason"),
        (json!({ "command": "watch_price", "symbol": "NONE", "reach": "above", "price": 1.0 }), 400, "symbol"),
        (json!({ "command": "watch_price", "symbol": symbol, "reach": "above", "price": 0.0 }), 400, "price"),
        (json!({ "command": "unwatch_price", "id": 99 }), 404, ""),
        (json!({ "command": "acknowledge", "alert": 9_999, "by": "me" }), 404, ""),
        (json!({ "command": "dance" }), 400, "command"),
    ] {
        assert_eq!(trading.command(wrong.clone()).await.fault(), (status, field.to_owned()), "{wrong}");
    }
    trading.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_market_that_stops_is_told_within_two_seconds_and_so_is_its_return() {
    let trading = Trading::start(anywhere(), SPEED).await;
    let mut page = trading.page().await;
    page.subscribe(&["status"]).await;
    let is = |wanted: &'static str| move |status: &Value| status["feed"]["status"] == wanted;
    page.topic("status", is("healthy")).await;
    for fault in ["stop", "stall"] {
        let begun = Instant::now();
        trading.command(json!({ "command": "sim_fault", "fault": fault })).await.json();
        let gone = if fault == "stop" { "unhealthy" } else { "degraded" };
        page.topic("status", |status| status["feed"]["status"] == gone || status["feed"]["status"] == "unhealthy")
            .await;
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(2), "{fault}: {took:?}");
        trading.command(json!({ "command": "sim_fault", "fault": "resume" })).await.json();
        page.topic("status", is("healthy")).await;
    }
    assert_eq!(trading.exchange.exchange().speed(), SPEED);
    trading.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_open_no_websocket() {
    let refused = |opened: Result<Page, Error>| match opened {
        Err(Error::Http(response)) => response.status().as_u16(),
        Err(error) => panic!("{error}"),
        Ok(_) => 101,
    };
    let trading = Trading::start(ServerConfig { token: Token::new(TOKEN), ..anywhere() }, SPEED).await;
    let address = trading.address;
    for (headers, status) in [
        (String::new(), 401),
        ("Authorization: Bearer wrong".to_owned(), 401),
        (format!("Authorization: Bearer {TOKEN}"), 101),
        (format!("Cookie: mem_token={TOKEN}\nOrigin: http://{address}"), 101),
        (format!("Cookie: mem_token={TOKEN}\nOrigin: http://evil.example"), 403),
        (format!("Authorization: Bearer {TOKEN}\nHost: evil.example"), 403),
    ] {
        assert_eq!(refused(Page::open(address, &headers).await), status, "{headers}");
    }
    assert_eq!(trading.get("/latest").await.fault().0, 401);
    assert_eq!(trading.command(json!({ "command": "flatten" })).await.fault().0, 401);
    trading.stop().await;
}

#[tokio::test]
async fn without_an_engine_that_is_said() {
    let client = Client::start(anywhere()).await;
    for path in ["/latest", "/api/live/board", "/api/live/health"] {
        assert_eq!(client.get(path).await.fault().0, 409, "{path}");
    }
    assert_eq!(client.post("/command", &json!({ "command": "flatten" })).await.fault().0, 409);
    let history = client.get("/api/live/health/history").await.json();
    assert_eq!(history["ts"], json!([]));
    let mut page = Page::open(client.address, "").await.unwrap();
    assert_eq!(page.hear().await["mode"], "research");
    page.subscribe(&["status"]).await;
    assert!(page.hear().await["message"].as_str().unwrap().starts_with("no engine runs"));
    client.stop().await;
}

//! What is delivered, how often it is tried, and what is summed up.

use std::time::{Duration, Instant};

use mem_credentials::Secret;
use mem_monitor::route::{Destination, Discord, Dispatcher, Route, RouteError, Telegram, Webhook, signature};

use super::http_receiver::HttpReceiver;
use super::traces::Traces;
use super::{PATIENCE, halts, life, route, soon};

fn webhook(url: &str) -> Route {
    route(Destination::Webhook(Webhook { url: Secret::new(url), sign_key: None }))
}

#[tokio::test]
async fn a_webhook_gets_the_event_signed() {
    let mut receiver = HttpReceiver::start(vec![]).await;
    let key = Secret::new("a key");
    let url = Secret::new(format!("{}/hook", receiver.address));
    let signed = route(Destination::Webhook(Webhook { url, sign_key: Some(key.clone()) }));
    let dispatcher = Dispatcher::start(vec![signed], 1);
    let events = life();
    events.iter().for_each(|event| dispatcher.send(event));
    let raised = receiver.next().await;
    assert_eq!(raised.path, "/hook");
    assert_eq!(raised.header("x-mem-sign"), Some(signature(&key, raised.body.as_bytes()).as_str()));
    let json = raised.json();
    assert_eq!((json["type"].as_str(), json["change"].as_str()), (Some("alert"), Some("raised")));
    assert_eq!(json["alert"]["kind"], "HIGH_DRAWDOWN");
    let mut event = json.clone();
    event.as_object_mut().unwrap().remove("type");
    assert_eq!(event, serde_json::to_value(&events[0]).unwrap());
    assert_eq!(receiver.next().await.json()["change"], "recovered", "nobody is told what they have acknowledged");
    let figures = soon(dispatcher.close(PATIENCE)).await;
    assert_eq!((figures[0].delivered, figures[0].failed, figures[0].last_error.clone()), (2, 0, None));
    assert!(receiver.nothing_more());
}

#[tokio::test]
async fn telegram_and_discord_get_what_they_understand() {
    let mut receiver = HttpReceiver::start(vec![]).await;
    let telegram =
        Telegram { endpoint: receiver.address.clone(), token: Secret::new("12:ab-CD_"), chat: "-100".to_owned() };
    let dispatcher = Dispatcher::start(vec![route(Destination::Telegram(telegram))], 1);
    dispatcher.send(&halts(1)[0]);
    let request = receiver.next().await;
    assert_eq!(request.path, "/bot12:ab-CD_/sendMessage");
    assert_eq!(request.json()["chat_id"], "-100");
    assert_eq!(request.json()["text"], "\u{1f534} RED RISK_HALT S0: risk has halted S0: drill");
    assert_eq!(request.json()["disable_notification"], false);
    soon(dispatcher.close(PATIENCE)).await;

    let discord = Discord { url: Secret::new(format!("{}/api/webhooks/1/x", receiver.address)) };
    let dispatcher = Dispatcher::start(vec![route(Destination::Discord(discord))], 1);
    dispatcher.send(&halts(1)[0]);
    let request = receiver.next().await;
    assert_eq!(request.path, "/api/webhooks/1/x");
    let json = request.json();
    assert_eq!(json["content"], "RED RISK_HALT S0");
    assert_eq!(json["embeds"][0]["description"], "RED RISK_HALT S0: risk has halted S0: drill");
    assert_eq!(json["embeds"][0]["color"], 0xda_36_33);
    assert_eq!(json["embeds"][0]["timestamp"], "2023-11-14T22:13:20Z");
    assert_eq!(json["allowed_mentions"]["parse"], serde_json::json!([]));
    soon(dispatcher.close(PATIENCE)).await;
}

#[tokio::test]
async fn what_fails_for_a_while_is_tried_again() {
    let script = vec!["500 Internal Server Error", "429 Too Many Requests\r\nretry-after: 0.01", "200 OK"];
    let mut receiver = HttpReceiver::start(script).await;
    let dispatcher = Dispatcher::start(vec![webhook(&receiver.address)], 1);
    dispatcher.send(&halts(1)[0]);
    let first = receiver.next().await.body;
    assert_eq!(receiver.next().await.body, first);
    assert_eq!(receiver.next().await.body, first);
    let figures = soon(dispatcher.close(PATIENCE)).await;
    assert_eq!((figures[0].delivered, figures[0].retried, figures[0].failed), (1, 2, 0));
    assert_eq!(figures[0].last_error.as_deref(), Some("the receiver answered 429"));
}

#[tokio::test]
async fn what_is_hopeless_is_given_up_at_once_and_what_never_works_after_a_while() {
    let script = vec!["404 Not Found", "503 Busy", "503 Busy", "503 Busy"];
    let mut receiver = HttpReceiver::start(script).await;
    let mut patient = webhook(&receiver.address);
    patient.manner.tries = 3;
    let dispatcher = Dispatcher::start(vec![patient], 1);
    for event in &halts(3) {
        dispatcher.send(event);
    }
    for subject in ["S0", "S1", "S1", "S1", "S2"] {
        assert_eq!(receiver.next().await.json()["alert"]["subject"], subject);
    }
    let figures = soon(dispatcher.close(PATIENCE)).await;
    assert_eq!((figures[0].delivered, figures[0].retried, figures[0].failed), (1, 2, 2));
}

#[tokio::test]
async fn who_never_answers_is_not_waited_for() {
    let mut receiver = HttpReceiver::start_shut(vec![]).await;
    let mut hasty = webhook(&receiver.address);
    hasty.manner.tries = 1;
    hasty.manner.timeout = Duration::from_millis(50);
    let dispatcher = Dispatcher::start(vec![hasty], 1);
    dispatcher.send(&halts(1)[0]);
    receiver.next().await;
    let figures = soon(dispatcher.close(PATIENCE)).await;
    assert_eq!((figures[0].failed, figures[0].last_error.as_deref()), (1, Some("no answer within 50ms")));
}

#[tokio::test]
async fn what_is_held_back_is_summed_up() {
    let mut receiver = HttpReceiver::start(vec![]).await;
    let mut slow = webhook(&receiver.address);
    slow.manner.most = 2;
    slow.manner.window = Duration::from_secs(3_600);
    let dispatcher = Dispatcher::start(vec![slow], 1);
    for event in &halts(14) {
        dispatcher.send(event);
    }
    assert_eq!(receiver.next().await.json()["alert"]["subject"], "S0");
    assert_eq!(receiver.next().await.json()["alert"]["subject"], "S1");
    let figures = soon(dispatcher.close(PATIENCE)).await;
    let summary = receiver.next().await.json();
    assert_eq!((summary["type"].as_str(), summary["count"].as_u64()), (Some("summary"), Some(12)));
    assert_eq!(summary["severity"], "red");
    assert_eq!(summary["lines"][0], "RED RISK_HALT S2: risk has halted S2: drill");
    assert_eq!(summary["lines"].as_array().map(Vec::len), Some(5));
    assert_eq!((figures[0].delivered, figures[0].held_back, figures[0].lost), (3, 12, 0));
}

#[tokio::test]
async fn a_summary_comes_as_soon_as_the_rate_allows() {
    let mut receiver = HttpReceiver::start(vec![]).await;
    let mut slow = webhook(&receiver.address);
    slow.manner.most = 1;
    slow.manner.window = Duration::from_millis(200);
    let begun = Instant::now();
    let dispatcher = Dispatcher::start(vec![slow], 1);
    for event in &halts(3) {
        dispatcher.send(event);
    }
    assert_eq!(receiver.next().await.json()["type"], "alert");
    // On a busy machine the window may be over before the second is taken: all are told, and none too early.
    let (mut told, mut messages) = (1, 1);
    while told < 3 {
        told += receiver.next().await.json()["count"].as_u64().unwrap_or(1);
        assert!(begun.elapsed() >= Duration::from_millis(200) * messages);
        messages += 1;
    }
    assert_eq!(told, 3);
    soon(dispatcher.close(PATIENCE)).await;
}

#[tokio::test]
async fn the_log_is_a_route() {
    let (traces, _guard) = Traces::collect();
    let dispatcher = Dispatcher::start(vec![route(Destination::Log)], 1);
    dispatcher.send(&halts(1)[0]);
    soon(dispatcher.close(PATIENCE)).await;
    let text = traces.text();
    assert!(text.contains("ERROR") && text.contains("RED RISK_HALT S0: risk has halted S0: drill"), "{text}");
}

#[tokio::test]
async fn a_full_queue_loses_details_but_not_the_fact() {
    let mut receiver = HttpReceiver::start_shut(vec![]).await;
    let mut narrow = webhook(&receiver.address);
    narrow.manner.queue = 1;
    let dispatcher = Dispatcher::start(vec![narrow], 1);
    let events = halts(4);
    dispatcher.send(&events[0]);
    assert_eq!(receiver.next().await.json()["alert"]["subject"], "S0");
    // The first is under way: one more waits, two find no room.
    events[1..].iter().for_each(|event| dispatcher.send(event));
    receiver.gate.add_permits(100);
    let summary = receiver.next().await.json();
    assert_eq!(summary["count"], 3);
    assert_eq!(summary["lines"], serde_json::json!(["RED RISK_HALT S1: risk has halted S1: drill"]));
    let figures = soon(dispatcher.close(PATIENCE)).await;
    assert_eq!((figures[0].delivered, figures[0].lost), (2, 2));
}

#[tokio::test]
async fn a_route_gets_only_what_it_wants() {
    let mut receiver = HttpReceiver::start(vec![]).await;
    let mut red = webhook(&receiver.address);
    red.manner.min_severity = mem_monitor::alert::Severity::Red;
    let mut silent = webhook(&receiver.address);
    silent.manner.recoveries = false;
    let dispatcher = Dispatcher::start(vec![red, silent], 1);
    life().iter().for_each(|event| dispatcher.send(event));
    let figures = soon(dispatcher.close(PATIENCE)).await;
    assert_eq!((figures[0].delivered, figures[1].delivered), (0, 1));
    assert_eq!(receiver.next().await.json()["change"], "raised");
    assert!(receiver.nothing_more());
}

#[tokio::test]
async fn routes_can_be_tried() {
    let mut receiver = HttpReceiver::start(vec!["200 OK", "403 Forbidden"]).await;
    let dispatcher = Dispatcher::start(vec![webhook(&receiver.address)], 1);
    assert_eq!(soon(dispatcher.test("ops")).await, Ok(()));
    let json = receiver.next().await.json();
    assert_eq!(
        (json["type"].as_str(), json["text"].as_str().map(|text| text.contains("'ops'"))),
        (Some("test"), Some(true))
    );
    let refused = RouteError::Refused { status: 403, retry_after: None, retryable: false };
    assert_eq!(soon(dispatcher.test("ops")).await, Err(refused));
    assert_eq!(soon(dispatcher.test("none")).await, Err(RouteError::NoRoute("none".to_owned())));
}

#[tokio::test]
async fn closing_does_not_wait_for_ever() {
    let mut receiver = HttpReceiver::start_shut(vec![]).await;
    let dispatcher = Dispatcher::start(vec![webhook(&receiver.address)], 1);
    dispatcher.send(&halts(1)[0]);
    receiver.next().await;
    let figures = soon(dispatcher.close(Duration::from_millis(20))).await;
    assert_eq!(figures[0].delivered, 0);
}

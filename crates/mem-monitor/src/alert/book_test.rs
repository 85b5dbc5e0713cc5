use std::collections::BTreeMap;

use mem_types::Symbol;
use proptest::prelude::*;

use super::*;
use crate::alert::{
    BookDifference, DiskSeen, FeedMode, FeedSeen, FeedStatus, HaltSeen, KillSwitchSeen, Performance, Reach, Severity,
    UnknownOrder,
};

const SECOND: i64 = 1_000_000_000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_nanos((1_700_000_000 + seconds) * SECOND)
}

fn drawdown(percent: f64) -> Observations {
    let performance = Performance { drawdown_pct: Some(percent), ..Performance::default() };
    Observations { performance: Some(performance), ..Observations::default() }
}

fn price(price: f64) -> Observations {
    Observations { prices: BTreeMap::from([(symbol(), price)]), ..Observations::default() }
}

fn symbol() -> Symbol {
    "BTCUSDT".parse().unwrap()
}

fn feed(status: FeedStatus, mode: FeedMode, breaker_open: bool, age_s: f64) -> Observations {
    let feed = FeedSeen { name: "binance".to_owned(), status, mode, breaker_open, age_s: Some(age_s) };
    Observations { feeds: vec![feed], ..Observations::default() }
}

fn alerts() -> Alerts {
    Alerts::new(AlertConfig::default())
}

/// Change, severity and message of each event.
fn told(events: &[AlertEvent]) -> Vec<String> {
    events.iter().map(|event| format!("{} {}", event.change.name(), event.line())).collect()
}

#[test]
fn an_alert_lives_from_raising_to_recovery() {
    let mut alerts = alerts();
    let message = "equity is 16.0 % below its peak (limit 15 %)";
    assert_eq!(told(&alerts.observe(at(0), &drawdown(16.0))), [format!("raised YELLOW HIGH_DRAWDOWN: {message}")]);
    assert!(alerts.observe(at(1), &drawdown(17.0)).is_empty(), "no second raising");
    let worse = "equity is 23.0 % below its peak (limit 15 %)";
    assert_eq!(
        told(&alerts.observe(at(2), &drawdown(23.0))),
        [format!("escalated RED HIGH_DRAWDOWN has become worse: {worse}")]
    );
    assert!(alerts.observe(at(3), &drawdown(14.0)).is_empty(), "back at the limit is not well");
    assert!(alerts.observe(at(60), &drawdown(14.0)).is_empty());
    assert!(alerts.observe(at(61), &drawdown(13.0)).is_empty(), "well, but not for long enough");
    assert!(alerts.observe(at(70), &drawdown(14.0)).is_empty());
    assert!(alerts.observe(at(71), &drawdown(13.0)).is_empty(), "the hold time begins again");
    assert_eq!(alerts.active().len(), 1);
    assert_eq!(
        told(&alerts.observe(at(81), &drawdown(13.0))),
        [format!("recovered RECOVERED HIGH_DRAWDOWN: it was: {worse}")]
    );
    assert!(alerts.active().is_empty());
    assert!(alerts.observe(at(299), &drawdown(16.0)).is_empty(), "within the cool-down");
    assert_eq!(alerts.observe(at(300), &drawdown(16.0))[0].alert.id, 2);
    let history = alerts.history(10);
    assert_eq!(
        history.iter().map(|alert| (alert.id, alert.state().name())).collect::<Vec<_>>(),
        [(2, "active"), (1, "recovered")]
    );
}

#[test]
fn an_acknowledged_alert_is_quiet_until_it_becomes_worse() {
    let mut alerts = alerts();
    let id = alerts.observe(at(0), &drawdown(16.0))[0].alert.id;
    let event = alerts.acknowledge(id, "anna", at(1)).unwrap().unwrap();
    assert!(event.line().starts_with("ACKNOWLEDGED by anna HIGH_DRAWDOWN"));
    assert_eq!(alerts.acknowledge(id, "ben", at(2)), Ok(None));
    assert_eq!(alerts.active()[0].state().name(), "acknowledged");
    assert!(alerts.observe(at(3), &drawdown(20.0)).is_empty());
    let events = alerts.observe(at(4), &drawdown(30.0));
    assert_eq!((events[0].change, events[0].alert.acknowledged.clone()), (Change::Escalated, None));
    assert_eq!(alerts.acknowledge(99, "anna", at(5)), Err(MonitorError::NoActiveAlert(99)));
    assert!(matches!(alerts.acknowledge(id, &"x".repeat(101), at(5)), Err(MonitorError::TooLong { .. })));
}

#[test]
fn what_was_not_observed_changes_nothing() {
    let mut alerts = alerts();
    alerts.observe(at(0), &drawdown(16.0));
    alerts.observe(at(1), &feed(FeedStatus::Unhealthy, FeedMode::Disconnected, true, 40.0));
    assert!(alerts.observe(at(1_000), &Observations::default()).is_empty());
    assert_eq!(alerts.active().len(), 3);
}

#[test]
fn performance_is_judged_from_ten_trades_on() {
    let seen = |trades, win_rate, profit_factor, losing_streak| {
        let performance = Performance { trades, win_rate, profit_factor, drawdown_pct: None, losing_streak };
        Observations { performance: Some(performance), ..Observations::default() }
    };
    assert!(alerts().observe(at(0), &seen(9, Some(0.0), Some(0.0), 4)).is_empty());
    assert!(alerts().observe(at(0), &seen(10, Some(40.0), Some(1.0), 0)).is_empty());
    assert!(alerts().observe(at(0), &seen(10, Some(100.0), None, 0)).is_empty(), "nothing lost");
    assert_eq!(
        told(&alerts().observe(at(0), &seen(10, Some(30.0), Some(0.5), 5))),
        [
            "raised YELLOW LOW_WIN_RATE: 30.0 % of the last 10 trades won (limit 40 %)",
            "raised RED LOW_PROFIT_FACTOR: the last 10 trades have a profit factor of 0.50 (limit 1)",
            "raised YELLOW LOSING_STREAK: 5 losing trades in a row (limit 5)",
        ]
    );
}

#[test]
fn feeds_are_watched_one_by_one() {
    let mut alerts = alerts();
    assert!(alerts.observe(at(0), &feed(FeedStatus::Healthy, FeedMode::Websocket, false, 0.5)).is_empty());
    assert_eq!(
        told(&alerts.observe(at(1), &feed(FeedStatus::Degraded, FeedMode::Rest, true, 0.5))),
        [
            "raised YELLOW FAIL_OVER binance: the WebSocket of binance is down: data comes by REST, later than usual",
            "raised YELLOW BREAKER_OPEN binance: binance has failed so often that no connection is tried for a while",
        ]
    );
    assert_eq!(
        told(&alerts.observe(at(2), &feed(FeedStatus::Degraded, FeedMode::Rest, true, 31.0))),
        ["raised YELLOW STALE_FEED binance: binance has brought nothing new for 31.0 s (limit 30 s)"]
    );
    assert_eq!(
        told(&alerts.observe(at(3), &feed(FeedStatus::Unhealthy, FeedMode::Disconnected, true, 32.0))),
        ["escalated RED STALE_FEED binance has become worse: \
         binance brings no data: the last came 32.0 s ago (limit 30 s)"]
    );
    alerts.observe(at(4), &feed(FeedStatus::Healthy, FeedMode::Websocket, false, 0.1));
    assert_eq!(alerts.observe(at(14), &feed(FeedStatus::Healthy, FeedMode::Websocket, false, 0.1)).len(), 3);
}

#[test]
fn operations_are_watched() {
    let seen = Observations {
        kill_switch: Some(KillSwitchSeen { pulled: true, reason: "drill".to_owned() }),
        halts: Some(vec![HaltSeen { subject: String::new(), reason: "daily loss of 3.1 % (limit 3 %)".to_owned() }]),
        disk: Some(DiskSeen { free_bytes: 4_000_000_000, total_bytes: 100_000_000_000 }),
        clock_offset_ms: Some(-612.4),
        unknown_orders: Some(vec![UnknownOrder {
            client_order_id: "m-17".to_owned(),
            symbol: symbol(),
            unknown_s: 5.0,
        }]),
        book_differences: Some(vec![BookDifference {
            subject: "BTC".to_owned(),
            ledger: "1.5".to_owned(),
            venue: "1.25".to_owned(),
        }]),
        ..Observations::default()
    };
    let mut alerts = alerts();
    assert_eq!(
        told(&alerts.observe(at(0), &seen)),
        [
            "raised RED KILL_SWITCH: the kill switch is pulled: drill",
            "raised YELLOW DISK_LOW: 4.0 % of the disk (4.00 GB) are free (limit 5 %)",
            "raised YELLOW CLOCK_SKEW: our clock is 612 ms ahead of the venue's (limit 500 ms)",
            "raised RED RISK_HALT: risk has halted trading: daily loss of 3.1 % (limit 3 %)",
            "raised YELLOW ORDER_UNKNOWN m-17: nobody knows since 5 s what became of order m-17 in BTCUSDT (red after 60 s)",
            "raised RED BOOKS_DIFFER BTC: BTC: the ledger says 1.5, the venue says 1.25",
        ]
    );
    let names: Vec<_> = alerts.active().iter().map(|alert| alert.kind.name()).collect();
    assert_eq!(names, ["KILL_SWITCH", "RISK_HALT", "BOOKS_DIFFER", "DISK_LOW", "CLOCK_SKEW", "ORDER_UNKNOWN"]);
    let well = Observations {
        kill_switch: Some(KillSwitchSeen::default()),
        halts: Some(Vec::new()),
        disk: Some(DiskSeen { free_bytes: 50_000_000_000, total_bytes: 100_000_000_000 }),
        clock_offset_ms: Some(3.0),
        unknown_orders: Some(Vec::new()),
        book_differences: Some(Vec::new()),
        ..Observations::default()
    };
    assert!(alerts.observe(at(1), &well).is_empty());
    assert_eq!(alerts.observe(at(11), &well).len(), 6);
    assert!(alerts.active().is_empty());
}

#[test]
fn disks_without_a_size_are_judged_by_bytes() {
    let seen = |free_bytes, total_bytes| Observations {
        disk: Some(DiskSeen { free_bytes, total_bytes }),
        ..Observations::default()
    };
    let events = alerts().observe(at(0), &seen(500_000_000, 0));
    assert_eq!(told(&events), ["raised RED DISK_LOW: 0.50 GB of disk space are free (limit 1.00 GB)"]);
    assert!(alerts().observe(at(0), &seen(2_000_000_000, 10_000_000_000)).is_empty());
}

#[test]
fn prices_are_told_once_or_whenever_they_come() {
    let mut alerts = alerts();
    let ask = |reach, repeating| PriceAlert { symbol: symbol(), reach, price: 100.0, note: "x".to_owned(), repeating };
    let above = alerts.add_price_alert(ask(Reach::Above, false)).unwrap();
    let cross = alerts.add_price_alert(ask(Reach::Cross, true)).unwrap();
    assert!(alerts.observe(at(0), &price(90.0)).is_empty());
    assert!(alerts.observe(at(1), &price(f64::NAN)).is_empty());
    assert_eq!(
        told(&alerts.observe(at(2), &price(100.0))),
        [
            "raised INFO PRICE_LEVEL BTCUSDT above 100 #1: BTCUSDT is at 100, above 100: x",
            "raised INFO PRICE_LEVEL BTCUSDT cross 100 #2: BTCUSDT is at 100, across 100: x",
        ]
    );
    alerts.observe(at(3), &price(99.0));
    assert_eq!(alerts.observe(at(20), &price(98.0)).len(), 2, "both recover");
    assert_eq!(alerts.price_alerts().map(|(id, _)| id).collect::<Vec<_>>(), [cross]);
    assert_eq!(alerts.remove_price_alert(above), Err(MonitorError::NoPriceAlert(above)));
    assert_eq!(alerts.observe(at(400), &price(101.0)).len(), 1);
    alerts.remove_price_alert(cross).unwrap();
    alerts.observe(at(401), &Observations::default());
    let events = alerts.observe(at(411), &Observations::default());
    assert_eq!(events[0].change, Change::Recovered, "nobody asks any more");
}

#[test]
fn price_alerts_that_make_no_sense_are_refused() {
    let mut alerts = Alerts::new(AlertConfig { price_alerts: 1, ..AlertConfig::default() });
    let ask = PriceAlert { symbol: symbol(), reach: Reach::Below, price: 1.0, note: String::new(), repeating: false };
    for price in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(alerts.add_price_alert(PriceAlert { price, ..ask.clone() }), Err(MonitorError::NoPrice(_))));
    }
    assert!(alerts.add_price_alert(PriceAlert { note: "é".repeat(501), ..ask.clone() }).is_err());
    alerts.add_price_alert(ask.clone()).unwrap();
    assert_eq!(alerts.add_price_alert(ask), Err(MonitorError::TooManyPriceAlerts(1)));
}

#[test]
fn kinds_have_manners_of_their_own() {
    let text = "[kinds.HIGH_DRAWDOWN]\ncooldown_s = 0\nhold_s = 0\n[kinds.LOSING_STREAK]\nenabled = false";
    let config: AlertConfig = toml::from_str(text).unwrap();
    let mut alerts = Alerts::new(config.clone());
    for second in 0..5 {
        assert_eq!(alerts.observe(at(second * 2), &drawdown(20.0)).len(), 1);
        assert_eq!(alerts.observe(at(second * 2 + 1), &drawdown(0.0)).len(), 1);
    }
    let streak = Performance { losing_streak: 9, ..Performance::default() };
    let seen = Observations { performance: Some(streak), ..Observations::default() };
    assert!(alerts.observe(at(20), &seen).is_empty());
    // An alert that was active when its kind was switched off does not stay for ever.
    let mut before = Alerts::new(AlertConfig::default());
    before.observe(at(0), &seen);
    let mut after = Alerts::restore(config, before.state().clone());
    after.observe(at(1), &Observations::default());
    assert_eq!(after.observe(at(11), &Observations::default())[0].change, Change::Recovered);
}

#[test]
fn memory_is_bounded() {
    let config = AlertConfig { history: 20, cooldown_s: 0.0, hold_s: 0.0, ..AlertConfig::default() };
    let mut alerts = Alerts::new(config);
    for number in 0..1_000 {
        let halt = HaltSeen { subject: format!("S{number}"), reason: String::new() };
        let seen = Observations { halts: Some(vec![halt]), ..Observations::default() };
        alerts.observe(at(number), &seen);
    }
    assert_eq!((alerts.active().len(), alerts.history(100).len(), alerts.state().tracks.len()), (1, 21, 1));
}

/// Anything that can be seen of a few subjects.
fn seen() -> impl Strategy<Value = Observations> {
    let performance =
        prop::option::of((0..30_usize, 0.0..100.0_f64, 0.0..3.0_f64, 0.0..40.0_f64, 0..12_u32)).prop_map(|some| {
            some.map(|(trades, win_rate, factor, drawdown, losing_streak)| Performance {
                trades,
                win_rate: Some(win_rate),
                profit_factor: Some(factor),
                drawdown_pct: Some(drawdown),
                losing_streak,
            })
        });
    let status = prop::sample::select(vec![FeedStatus::Healthy, FeedStatus::Degraded, FeedStatus::Unhealthy]);
    let mode = prop::sample::select(vec![FeedMode::Websocket, FeedMode::Rest, FeedMode::Disconnected]);
    let feed = ("[ab]", status, mode, any::<bool>(), prop::option::of(0.0..100.0_f64))
        .prop_map(|(name, status, mode, breaker_open, age_s)| FeedSeen { name, status, mode, breaker_open, age_s });
    let halts = prop::option::of(prop::collection::vec("[xyz]", 0..3)).prop_map(|halts| {
        let halt = |subject: String| HaltSeen { subject, reason: "limit".to_owned() };
        halts.map(|halts| halts.into_iter().map(halt).collect())
    });
    let orders = prop::option::of(prop::collection::vec(("[mn]", 0.0..120.0_f64), 0..3)).prop_map(|orders| {
        let order = |(client_order_id, unknown_s)| UnknownOrder { client_order_id, symbol: symbol(), unknown_s };
        orders.map(|orders| orders.into_iter().map(order).collect())
    });
    let price = prop::option::of(80.0..120.0_f64);
    let offset = prop::option::of(-2_000.0..2_000.0_f64);
    (performance, prop::collection::vec(feed, 0..3), halts, orders, price, offset).prop_map(
        |(performance, feeds, halts, unknown_orders, price, clock_offset_ms)| Observations {
            performance,
            feeds,
            halts,
            unknown_orders,
            prices: price.map(|price| (symbol(), price)).into_iter().collect(),
            clock_offset_ms,
            ..Observations::default()
        },
    )
}

/// Observations with the seconds before each, and whether somebody then acknowledges the first active alert.
fn history() -> impl Strategy<Value = Vec<(i64, Observations, bool)>> {
    prop::collection::vec((-5..40_i64, seen(), any::<bool>()), 1..60)
}

fn asking() -> Alerts {
    let mut alerts = Alerts::new(AlertConfig { cooldown_s: 60.0, hold_s: 5.0, ..AlertConfig::default() });
    for (reach, repeating) in [(Reach::Above, true), (Reach::Below, false), (Reach::Cross, true)] {
        let ask = PriceAlert { symbol: symbol(), reach, price: 100.0, note: String::new(), repeating };
        alerts.add_price_alert(ask).unwrap();
    }
    alerts
}

/// Plays a history; `between` sees the alerts after each step.
fn play(
    history: &[(i64, Observations, bool)],
    mut alerts: Alerts,
    between: impl Fn(Alerts) -> Alerts,
) -> Vec<AlertEvent> {
    let (mut now, mut events) = (0, Vec::new());
    for (seconds, seen, acknowledge) in history {
        now += seconds;
        events.extend(alerts.observe(at(now), seen));
        let first = alerts.active().first().map(|alert| alert.id);
        if let (true, Some(id)) = (acknowledge, first) {
            events.extend(alerts.acknowledge(id, "anna", at(now)).unwrap());
        }
        alerts = between(alerts);
    }
    events
}

proptest! {
    #[test]
    fn events_keep_the_laws(history in history()) {
        let events = play(&history, asking(), |alerts| alerts);
        let mut lives: BTreeMap<(AlertKind, String), Vec<&AlertEvent>> = BTreeMap::new();
        for (number, event) in events.iter().enumerate() {
            prop_assert_eq!(event.id as usize, number + 1, "ids count in order");
            lives.entry((event.alert.kind, event.alert.subject.clone())).or_default().push(event);
        }
        prop_assert!(events.windows(2).all(|pair| pair[0].at <= pair[1].at));
        let raised: Vec<_> = events.iter().filter(|event| event.change == Change::Raised).collect();
        prop_assert!(raised.windows(2).all(|pair| pair[0].alert.id < pair[1].alert.id));
        for life in lives.values() {
            let mut open: Option<(u64, Severity, bool)> = None;
            let mut raised_at: Option<Timestamp> = None;
            for event in life {
                let alert = &event.alert;
                open = match (event.change, open) {
                    (Change::Raised, None) => {
                        if let Some(before) = raised_at {
                            prop_assert!(event.at.as_nanos() - before.as_nanos() >= 60 * SECOND, "within the cool-down");
                        }
                        raised_at = Some(event.at);
                        Some((alert.id, alert.severity, false))
                    }
                    (Change::Escalated, Some((id, severity, _))) => {
                        prop_assert!(alert.id == id && alert.severity > severity && alert.acknowledged.is_none());
                        Some((id, alert.severity, false))
                    }
                    (Change::Acknowledged, Some((id, severity, acknowledged))) => {
                        prop_assert!(alert.id == id && !acknowledged);
                        Some((id, severity, true))
                    }
                    (Change::Recovered, Some((id, ..))) => {
                        prop_assert!(alert.id == id && alert.recovered_at == Some(event.at));
                        None
                    }
                    (change, open) => return Err(TestCaseError::fail(format!("{change:?} while {open:?}"))),
                };
            }
        }
    }

    /// The same history gives the same events, also when the state is written down and read again after every step.
    #[test]
    fn replaying_gives_the_same_events(history in history()) {
        let events = play(&history, asking(), |alerts| alerts);
        let restarted = play(&history, asking(), |alerts| {
            let text = serde_json::to_string(alerts.state()).unwrap();
            Alerts::restore(alerts.config.clone(), serde_json::from_str(&text).unwrap())
        });
        prop_assert_eq!(events.iter().map(AlertEvent::line).collect::<Vec<_>>(), restarted.iter().map(AlertEvent::line).collect::<Vec<_>>());
        let text = serde_json::to_string(&events).unwrap();
        prop_assert_eq!(text, serde_json::to_string(&play(&history, asking(), |alerts| alerts)).unwrap());
    }
}

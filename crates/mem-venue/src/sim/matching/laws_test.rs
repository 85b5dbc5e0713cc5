//! What holds whatever happens: random tapes and random clients.

use std::collections::{BTreeMap, BTreeSet};

use mem_types::{
    Aggressor, BracketRequest, Fill, Liquidity, OcoRequest, OrderId, OrderRequest, OrderType, Side, TimeInForce,
    Timestamp, Trail,
};
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::order::Stage;
use super::testing::{PERP, SPOT, account, asset, config, dec, symbol};
use super::{AccountEvent, AccountEventKind, AccountId, Matching, OrderRef};

/// Rich, rich, and soon liquidated.
const NAMES: [&str; 3] = ["ann", "bob", "eve"];

#[derive(Debug, Clone)]
enum Step {
    Quote { perpetual: bool, bids: Vec<(Decimal, Decimal)>, asks: Vec<(Decimal, Decimal)> },
    Print { perpetual: bool, price: Decimal, qty: Decimal, aggressor: Aggressor },
    Submit { name: &'static str, request: OrderRequest },
    Oco { name: &'static str, request: OcoRequest },
    Bracket { name: &'static str, request: BracketRequest },
    Cancel { name: &'static str, nth: usize },
    CancelAll { name: &'static str },
}

fn price() -> impl Strategy<Value = Decimal> {
    (190i64..=210).prop_map(|halves| Decimal::new(halves * 5, 1))
}

fn qty() -> impl Strategy<Value = Decimal> {
    (1i64..60).prop_map(|tenths| Decimal::new(tenths, 1))
}

fn order_type() -> impl Strategy<Value = OrderType> {
    prop_oneof![
        3 => Just(OrderType::Market),
        6 => price().prop_map(|price| OrderType::Limit { price }),
        1 => price().prop_map(|trigger_price| OrderType::Stop { trigger_price }),
        1 => (price(), price()).prop_map(|(trigger_price, price)| OrderType::StopLimit { trigger_price, price }),
        1 => (1i64..10).prop_map(|units| OrderType::TrailingStop { trail: Trail::Absolute(Decimal::from(units)) }),
        1 => (1i64..900).prop_map(|bps| OrderType::TrailingStop { trail: Trail::Bps(Decimal::from(bps)) }),
    ]
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Buy), Just(Side::Sell)]
}

fn name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(NAMES.to_vec())
}

/// Client order ids are given when the steps are numbered.
fn request() -> impl Strategy<Value = OrderRequest> {
    let tif = prop_oneof![4 => Just(TimeInForce::Gtc), 1 => Just(TimeInForce::Ioc), 1 => Just(TimeInForce::Fok)];
    let flags = (any::<bool>(), prop::bool::weighted(0.2), prop::bool::weighted(0.3));
    (side(), order_type(), qty(), tif, flags).prop_map(|(side, order_type, qty, tif, flags)| {
        let (perpetual, post_only, reduce_only) = flags;
        let post_only = post_only && matches!(order_type, OrderType::Limit { .. }) && tif == TimeInForce::Gtc;
        OrderRequest {
            client_order_id: "unnumbered".parse().unwrap(),
            symbol: symbol(if perpetual { PERP } else { SPOT }),
            side,
            order_type,
            qty,
            tif,
            post_only,
            reduce_only: perpetual && reduce_only,
        }
    })
}

/// A pair around a price: sells take profit above it and stop below it, buys the other way round.
fn oco() -> impl Strategy<Value = OcoRequest> {
    let stop = prop_oneof![Just("stop"), Just("stop_limit"), Just("trail")];
    (request(), price(), 1i64..6, 1i64..6, stop).prop_map(|(base, middle, gain, loss, stop)| {
        let base = OrderRequest { tif: TimeInForce::Gtc, post_only: false, ..base };
        let losing_by = |distance: i64| middle + base.side.signed(Decimal::from(distance));
        let trigger_price = losing_by(loss);
        let stop = match stop {
            "stop" => OrderType::Stop { trigger_price },
            "stop_limit" => OrderType::StopLimit { trigger_price, price: losing_by(loss + 1) },
            _ => OrderType::TrailingStop { trail: Trail::Absolute(Decimal::from(loss)) },
        };
        let target = OrderType::Limit { price: losing_by(-gain) };
        OcoRequest {
            take_profit: OrderRequest { order_type: target, ..base.clone() },
            stop_loss: OrderRequest { order_type: stop, ..base },
        }
    })
}

fn bracket() -> impl Strategy<Value = BracketRequest> {
    (oco(), order_type()).prop_map(|(exits, order_type)| {
        let exit = &exits.take_profit;
        let entry = OrderRequest { side: exit.side.opposite(), order_type, reduce_only: false, ..exit.clone() };
        BracketRequest { entry, exits }
    })
}

fn levels(side: Side) -> impl Strategy<Value = Vec<(Decimal, Decimal)>> {
    let level =
        (1i64..8, qty()).prop_map(move |(distance, qty)| (side.opposite().signed(Decimal::from(distance)), qty));
    prop::collection::vec(level, 0..4)
}

fn step() -> impl Strategy<Value = Step> {
    let aggressor = prop_oneof![Just(Aggressor::Buy), Just(Aggressor::Sell), Just(Aggressor::Unknown)];
    prop_oneof![
        4 => (any::<bool>(), price(), levels(Side::Buy), levels(Side::Sell)).prop_map(|(perpetual, middle, bids, asks)| {
            let around = |levels: Vec<(Decimal, Decimal)>| {
                levels.into_iter().map(|(distance, qty)| (middle + distance, qty)).collect()
            };
            Step::Quote { perpetual, bids: around(bids), asks: around(asks) }
        }),
        4 => (any::<bool>(), prop_oneof![9 => price(), 1 => (80i64..=120).prop_map(Decimal::from)], qty(), aggressor)
            .prop_map(|(perpetual, price, qty, aggressor)| Step::Print { perpetual, price, qty, aggressor }),
        8 => (name(), request()).prop_map(|(name, request)| Step::Submit { name, request }),
        1 => (name(), oco()).prop_map(|(name, request)| Step::Oco { name, request }),
        2 => (name(), bracket()).prop_map(|(name, request)| Step::Bracket { name, request }),
        1 => (name(), 0usize..8).prop_map(|(name, nth)| Step::Cancel { name, nth }),
        1 => name().prop_map(|name| Step::CancelAll { name }),
    ]
}

/// Steps whose orders have names of their own.
fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(), 1..80).prop_map(|mut steps| {
        for (n, step) in steps.iter_mut().enumerate() {
            let rename = |request: &mut OrderRequest, what: &str| {
                request.client_order_id = format!("{what}-{n}").parse().unwrap();
            };
            match step {
                Step::Submit { request, .. } => rename(request, "order"),
                Step::Oco { request, .. } => {
                    rename(&mut request.take_profit, "profit");
                    rename(&mut request.stop_loss, "loss");
                }
                Step::Bracket { request, .. } => {
                    rename(&mut request.entry, "entry");
                    rename(&mut request.exits.take_profit, "profit");
                    rename(&mut request.exits.stop_loss, "loss");
                }
                _ => {}
            }
        }
        steps
    })
}

fn exchange() -> Matching {
    let mut matching = Matching::new(config("-0.00025", "0.00055")).unwrap();
    for (name, usdt) in NAMES.into_iter().zip(["3000", "2000", "25"]) {
        let deposits = [(asset("BTC"), dec("20")), (asset("USDT"), dec(usdt))];
        matching.open_account(account(name), &deposits, Timestamp::default()).unwrap();
    }
    matching
}

/// Does a step and says whether it was an accepted or refused request.
fn run(matching: &mut Matching, step: &Step, now: Timestamp) -> Option<bool> {
    let of = |perpetual: bool| symbol(if perpetual { PERP } else { SPOT });
    match step.clone() {
        Step::Quote { perpetual, bids, asks } => matching.quote(&of(perpetual), &bids, &asks, now),
        Step::Print { perpetual, price, qty, aggressor } => {
            matching.traded(&of(perpetual), price, qty, aggressor, now);
        }
        Step::Submit { name, request } => return Some(matching.submit(&account(name), request, now).is_ok()),
        Step::Oco { name, request } => return Some(matching.submit_oco(&account(name), request, now).is_ok()),
        Step::Bracket { name, request } => return Some(matching.submit_bracket(&account(name), request, now).is_ok()),
        Step::Cancel { name, nth } => {
            if let Some(order) = matching.open_orders(&account(name), None).get(nth) {
                matching.cancel(&account(name), &OrderRef::Id(order.id), now).unwrap();
            }
        }
        Step::CancelAll { name } => {
            matching.cancel_all(&account(name), None, now).unwrap();
        }
    }
    None
}

fn run_all(matching: &mut Matching, steps: &[Step], from: usize) -> Vec<AccountEvent> {
    for (n, step) in steps.iter().enumerate() {
        run(matching, step, Timestamp::from_nanos((from + n) as i64));
    }
    matching.drain_events()
}

fn fills(events: &[AccountEvent]) -> impl Iterator<Item = (&AccountId, &Fill)> {
    events.iter().filter_map(|event| match &event.kind {
        AccountEventKind::Fill(fill) => Some((&event.account, fill)),
        _ => None,
    })
}

/// Every order that filled as a maker while an order before it in its queue did not fill whole.
fn jumped_the_queue(before: &Matching, after: &Matching, events: &[AccountEvent]) -> Vec<(OrderId, OrderId)> {
    let mut jumped = Vec::new();
    for (_, fill) in fills(events).filter(|(_, fill)| fill.liquidity == Liquidity::Maker) {
        let queue = before.books[&fill.symbol].side(fill.side).queue(fill.side, fill.price);
        let Some(place) = queue.iter().position(|&id| id == fill.order_id) else { continue };
        for &ahead in &queue[..place] {
            let order = &after.orders[&ahead];
            // An exit may have grown afterwards.
            if order.stage == Stage::Resting && order.entry.is_none() {
                jumped.push((ahead, fill.order_id));
            }
        }
    }
    jumped
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_rules_hold_after_every_step(steps in steps()) {
        let mut matching = exchange();
        matching.drain_events();
        let mut positions: BTreeMap<AccountId, Decimal> = BTreeMap::new();
        for (n, step) in steps.iter().enumerate() {
            let before = matching.clone();
            let accepted = run(&mut matching, step, Timestamp::from_nanos(n as i64));
            prop_assert_eq!(matching.audit(), Ok(()));
            if accepted == Some(false) {
                prop_assert_eq!(&matching, &before, "a refusal changed something");
            }
            let events = matching.drain_events();
            prop_assert_eq!(jumped_the_queue(&before, &matching, &events), vec![]);
            for (id, fill) in fills(&events) {
                let order = &matching.orders[&fill.order_id];
                prop_assert!(fill.qty > Decimal::ZERO);
                if let Some(limit) = order.request.order_type.limit() {
                    prop_assert!(fill.side.accepts(limit, fill.price), "{:?} at {}", order.request, fill.price);
                }
                prop_assert!(!order.request.post_only || fill.liquidity == Liquidity::Maker);
                if fill.symbol == symbol(PERP) {
                    let held = positions.entry(id.clone()).or_default();
                    let now_held = *held + fill.side.signed(fill.qty);
                    if order.reduce_only {
                        prop_assert!(now_held.abs() < held.abs() && now_held * *held >= Decimal::ZERO);
                    }
                    *held = now_held;
                }
            }
            for order in matching.orders.values() {
                prop_assert!(order.filled <= order.qty);
                if order.request.tif == TimeInForce::Fok && !order.is_open() {
                    prop_assert!(order.filled.is_zero() || order.filled == order.qty, "{:?}", order);
                }
            }
        }
        for (id, held) in positions {
            let position = matching.position(&id, &symbol(PERP));
            prop_assert_eq!(position.map_or(Decimal::ZERO, |position| position.qty), held);
        }
    }

    #[test]
    fn the_same_again_gives_the_same_and_a_restart_changes_nothing(steps in steps(), cut in 0usize..80) {
        let (mut straight, mut restarted) = (exchange(), exchange());
        let cut = cut.min(steps.len());
        let mut events = run_all(&mut straight, &steps[..cut], 0);
        events.extend(run_all(&mut straight, &steps[cut..], cut));

        for (n, step) in steps[..cut].iter().enumerate() {
            run(&mut restarted, step, Timestamp::from_nanos(n as i64));
        }
        let saved = serde_json::to_string(&restarted).unwrap();
        let mut restarted: Matching = serde_json::from_str(&saved).unwrap();
        prop_assert_eq!(run_all(&mut restarted, &steps[cut..], cut), events);
        prop_assert_eq!(restarted, straight);
    }

    #[test]
    fn asking_twice_asks_once(steps in steps()) {
        let mut matching = exchange();
        for (n, step) in steps.iter().enumerate() {
            let now = Timestamp::from_nanos(n as i64);
            if run(&mut matching, step, now) == Some(true) {
                let before = matching.clone();
                prop_assert_eq!(run(&mut matching, step, now), Some(true));
                prop_assert_eq!(&matching, &before);
            }
        }
    }

    #[test]
    fn events_are_counted_without_gaps_and_end_with_the_end_of_an_order(steps in steps()) {
        let mut matching = exchange();
        let mut last: BTreeMap<AccountId, u64> = BTreeMap::new();
        let mut done = BTreeSet::new();
        for event in run_all(&mut matching, &steps, 0) {
            let last = last.entry(event.account).or_default();
            *last += 1;
            prop_assert_eq!(event.sequence, *last);
            if let AccountEventKind::OrderUpdate(order) = event.kind {
                prop_assert!(!done.contains(&order.id), "{:?}", order);
                if !order.status.is_open() {
                    done.insert(order.id);
                }
            }
        }
    }
}

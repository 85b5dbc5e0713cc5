//! Every check stops what it should, and no order passes without all of them.

use mem_trade::order::Purpose;
use mem_trade::risk::{
    Correlation, Exposure, Group, LosingStreak, Proposal, Risk, RiskConfig, Surroundings, TradingHours, checks,
};
use mem_trade::{Fees, Instrument};
use mem_types::{ClientOrderId, OrderRequest, OrderType, PositionSide, Side, Symbol, TimeInForce, Timestamp};
use proptest::prelude::*;
use rust_decimal::Decimal;

fn symbol(name: &str) -> Symbol {
    name.parse().unwrap()
}

fn instrument(name: &str) -> Instrument {
    Instrument::gridless(symbol(name), "BTC".parse().unwrap(), "USDT".parse().unwrap(), Fees::default())
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn name() -> (ClientOrderId, u64) {
    ("a-1".parse().unwrap(), 1)
}

/// A quiet Wednesday on which everything passes: 10,000 of equity, 10 units wanted at 100.
fn calm(exposures: &[Exposure<'static>]) -> Surroundings<'static> {
    let now = at("2024-01-31T12:00:00Z");
    Surroundings {
        now,
        market_now: now,
        equity: 10_000.0,
        day_start_equity: 10_000.0,
        peak_equity: 10_000.0,
        exposures: exposures.to_vec().leak(),
        last_price: 100.0,
        last_price_at: now,
        losing_streak: 0,
        recent_orders: 0,
        kill_switch: None,
        last_entry: None,
        entry_under_way: false,
    }
}

fn wanted(instrument: &Instrument) -> Proposal<'_> {
    Proposal {
        instrument,
        side: PositionSide::Long,
        qty: 10.0,
        price: 100.0,
        stop_distance: Some(5.0),
        bar: at("2024-01-31T11:00:00Z"),
    }
}

fn wide() -> RiskConfig {
    RiskConfig { max_position: 10.0, max_exposure: 10.0, max_leverage: 10.0, ..RiskConfig::default() }
}

/// What the checks say: quantity approved, and the name of the check that spoke last.
fn say(config: RiskConfig, proposal: &Proposal<'_>, surroundings: &Surroundings<'_>) -> (Option<Decimal>, String) {
    let review = Risk::new(config).unwrap().review(proposal, surroundings, name());
    let last = review.findings.last().map_or(String::new(), |finding| finding.check.clone());
    for finding in &review.findings {
        assert!(!finding.why.is_empty());
    }
    (review.approved.map(|approved| approved.request().qty), last)
}

fn some(qty: i64) -> Option<Decimal> {
    Some(Decimal::from(qty))
}

#[test]
fn a_calm_day_lets_it_pass() {
    let btc = instrument("BTCUSDT");
    assert_eq!(say(wide(), &wanted(&btc), &calm(&[])), (some(10), String::new()));
}

#[test]
fn each_check_stops_what_it_should() {
    let btc = instrument("BTCUSDT");
    let proposal = wanted(&btc);
    let stop = |config: RiskConfig, surroundings: Surroundings<'_>, check: &str| {
        assert_eq!(say(config, &proposal, &surroundings), (None, check.to_owned()));
    };
    stop(wide(), Surroundings { kill_switch: Some("by hand"), ..calm(&[]) }, "kill_switch");
    stop(wide(), Surroundings { equity: 9_500.0, ..calm(&[]) }, "daily_loss");
    stop(wide(), Surroundings { peak_equity: 12_500.0, ..calm(&[]) }, "drawdown");
    let hours = TradingHours { from_minute: 13 * 60, to_minute: 17 * 60, ..TradingHours::default() };
    stop(RiskConfig { trading_hours: hours, ..wide() }, calm(&[]), "trading_hours");
    let late = at("2024-01-31T12:00:16Z");
    stop(wide(), Surroundings { now: late, ..calm(&[]) }, "stale_data");
    let same = Some((proposal.bar, PositionSide::Long));
    stop(wide(), Surroundings { last_entry: same, ..calm(&[]) }, "duplicate_signal");
    stop(wide(), Surroundings { entry_under_way: true, ..calm(&[]) }, "duplicate_signal");
    stop(wide(), Surroundings { last_price: 106.0, ..calm(&[]) }, "price_band");
    stop(wide(), Surroundings { last_price: f64::NAN, ..calm(&[]) }, "price_band");
    stop(wide(), Surroundings { recent_orders: 60, ..calm(&[]) }, "order_rate");
    let none_left = LosingStreak { after: 3, factor: 0.0 };
    stop(
        RiskConfig { losing_streak: none_left, ..wide() },
        Surroundings { losing_streak: 3, ..calm(&[]) },
        "losing_streak",
    );
}

#[test]
fn each_limit_makes_smaller_and_then_refuses() {
    let (btc, eth) = (instrument("BTCUSDT"), Box::leak(Box::new(symbol("ETHUSDT"))));
    let other = |notional, correlation| Exposure { symbol: eth, notional, correlation };
    let proposal = wanted(&btc);
    let say = |config: RiskConfig, surroundings: Surroundings<'_>| say(config, &proposal, &surroundings);
    // The stop may lose 25 of 10,000: 5 units at a distance of 5.
    let config = RiskConfig { max_risk_per_trade: 0.0025, ..wide() };
    assert_eq!(say(config, calm(&[])), (some(5), "risk_per_trade".into()));
    assert_eq!(say(RiskConfig { max_risk_per_trade: 0.0, ..wide() }, calm(&[])), (None, "risk_per_trade".into()));
    assert_eq!(say(RiskConfig { max_order_notional: 300.0, ..wide() }, calm(&[])), (some(3), "order_notional".into()));
    assert_eq!(say(RiskConfig { max_position: 0.07, ..wide() }, calm(&[])), (some(7), "position_cap".into()));
    let own = Exposure { symbol: Box::leak(Box::new(symbol("BTCUSDT"))), notional: 800.0, correlation: None };
    assert_eq!(say(RiskConfig { max_position: 0.1, ..wide() }, calm(&[own])), (some(2), "position_cap".into()));
    assert_eq!(say(RiskConfig { max_position: 0.08, ..wide() }, calm(&[own])), (None, "position_cap".into()));
    // What stands short makes room for a long.
    let short = Exposure { notional: -800.0, ..own };
    assert_eq!(say(RiskConfig { max_position: 0.02, ..wide() }, calm(&[short])).0, some(10));
    let config = RiskConfig { max_exposure: 0.5, ..wide() };
    assert_eq!(say(config.clone(), calm(&[other(-4_400.0, None)])), (some(6), "exposure".into()));
    assert_eq!(say(config, calm(&[other(-5_000.0, None)])), (None, "exposure".into()));
    let config = RiskConfig { max_leverage: 1.5, ..wide() };
    assert_eq!(say(config.clone(), calm(&[other(14_600.0, None)])), (some(4), "leverage".into()));
    assert_eq!(say(config, calm(&[other(15_000.0, None)])), (None, "leverage".into()));
    let group = |most| RiskConfig {
        groups: vec![Group {
            name: "majors".into(),
            symbols: vec![eth.clone(), symbol("BTCUSDT")],
            max_exposure: most,
        }],
        ..wide()
    };
    assert_eq!(say(group(0.3), calm(&[other(2_400.0, None)])), (some(6), "group_exposure".into()));
    assert_eq!(say(group(0.3), calm(&[other(3_000.0, None)])), (None, "group_exposure".into()));
    let config = RiskConfig { correlation: Correlation { threshold: 0.8, max_exposure: 0.3, bars: 100 }, ..wide() };
    assert_eq!(say(config.clone(), calm(&[other(2_900.0, Some(0.9))])), (some(1), "group_exposure".into()));
    assert_eq!(say(config.clone(), calm(&[other(2_900.0, Some(0.7))])).0, some(10));
    // The opposite of what moves the other way is the same bet; its own way is a hedge.
    assert_eq!(say(config.clone(), calm(&[other(-2_900.0, Some(-0.9))])), (some(1), "group_exposure".into()));
    assert_eq!(say(config, calm(&[other(-2_900.0, Some(0.9))])).0, some(10));
    let streak = Surroundings { losing_streak: 5, ..calm(&[]) };
    assert_eq!(say(wide(), streak), (some(5), "losing_streak".into()));
}

#[test]
fn what_is_too_small_for_the_venue_is_refused() {
    let small = Instrument { lot_size: Decimal::from(4), min_notional: Decimal::from(900), ..instrument("BTCUSDT") };
    let surroundings = calm(&[]);
    assert_eq!(say(wide(), &wanted(&small), &surroundings), (None, "minimum_size".into()));
    let lots = Instrument { min_notional: Decimal::ZERO, ..small };
    assert_eq!(say(wide(), &wanted(&lots), &surroundings).0, some(8));
}

#[test]
fn hours_across_midnight_belong_to_the_day_they_began_on() {
    let btc = instrument("BTCUSDT");
    // Mondays from 22:00 to 02:00.
    let hours = TradingHours { from_minute: 22 * 60, to_minute: 2 * 60, days: vec![0] };
    let config = RiskConfig { trading_hours: hours, ..wide() };
    for (time, open) in [
        ("2024-01-29T21:59:59Z", false),
        ("2024-01-29T22:00:00Z", true),
        ("2024-01-30T01:59:59Z", true),
        ("2024-01-30T02:00:00Z", false),
        ("2024-01-30T23:00:00Z", false),
        ("2024-01-29T01:00:00Z", false),
    ] {
        let surroundings = Surroundings { market_now: at(time), ..calm(&[]) };
        assert_eq!(say(config.clone(), &wanted(&btc), &surroundings).0.is_some(), open, "{time}");
    }
}

fn close(side: Side, qty: Decimal) -> OrderRequest {
    OrderRequest {
        client_order_id: "x".parse().unwrap(),
        symbol: symbol("BTCUSDT"),
        side,
        order_type: OrderType::Market,
        qty,
        tif: TimeInForce::Ioc,
        post_only: false,
        reduce_only: false,
    }
}

#[test]
fn wrong_limits_are_named() {
    let error = Risk::new(RiskConfig { max_position: f64::NAN, ..wide() }).unwrap_err();
    assert_eq!(error, "risk.max_position is NaN: expected 0 to 1000000000000");
    let days = TradingHours { days: vec![7], ..TradingHours::default() };
    assert!(Risk::new(RiskConfig { trading_hours: days, ..wide() }).unwrap_err().contains("holds 7"));
    assert!(Risk::new(RiskConfig::unlimited()).is_ok());
    assert_eq!(checks().count(), 15);
}

proptest! {
    /// Whatever is proposed in whatever state: an order that passes keeps every limit.
    #[test]
    fn no_order_passes_that_breaks_a_limit(
        qty in 1e-3_f64..1e4, price in 1.0_f64..1000.0, stop in prop::option::of(1e-3_f64..500.0), long in any::<bool>(),
        equity in 100.0_f64..1e5, day in 100.0_f64..1e5, peak in 100.0_f64..1e5, moved in 0.9_f64..1.1,
        stands in prop::collection::vec((-1e4_f64..1e4, prop::option::of(-1.0_f64..1.0)), 0..5),
        streak in 0u32..10, recent in 0u32..100, age in 0i64..30, killed in prop::bool::weighted(0.1), busy in prop::bool::weighted(0.1),
        minute in 0i64..1440,
    ) {
        let btc = instrument("BTCUSDT");
        let names = [symbol("BTCUSDT"), symbol("ETHUSDT"), symbol("SOLUSDT"), symbol("XRPUSDT"), symbol("ADAUSDT")];
        let exposures: Vec<Exposure<'_>> = stands
            .iter()
            .zip(&names)
            .map(|((notional, correlation), symbol)| Exposure { symbol, notional: *notional, correlation: *correlation })
            .collect();
        let now = Timestamp::from_nanos(at("2024-01-31T00:00:00Z").as_nanos() + minute * 60_000_000_000);
        let surroundings = Surroundings {
            now,
            market_now: now,
            equity,
            day_start_equity: day,
            peak_equity: peak.max(equity),
            exposures: &exposures,
            last_price: price * moved,
            last_price_at: Timestamp::from_nanos(now.as_nanos() - age * 1_000_000_000),
            losing_streak: streak,
            recent_orders: recent,
            kill_switch: killed.then_some("test"),
            last_entry: None,
            entry_under_way: busy,
        };
        let config = RiskConfig {
            groups: vec![Group { name: "two".into(), symbols: names[..2].to_vec(), max_exposure: 0.4 }],
            trading_hours: TradingHours { from_minute: 60, to_minute: 1380, ..TradingHours::default() },
            max_order_notional: 5_000.0,
            ..RiskConfig::default()
        };
        let side = if long { PositionSide::Long } else { PositionSide::Short };
        let proposal = Proposal { instrument: &btc, side, qty, price, stop_distance: stop, bar: now };
        let review = Risk::new(config.clone()).unwrap().review(&proposal, &surroundings, name());
        let Some(approved) = review.approved else {
            prop_assert!(review.findings.last().is_some_and(|finding| finding.refused));
            return Ok(());
        };
        let request = approved.request();
        let got: f64 = request.qty.to_string().parse().unwrap();
        let notional = got * price;
        let slack = 1e-9 * (1.0 + equity);
        prop_assert!(got <= qty * (1.0 + 1e-12) && got > 0.0);
        prop_assert!(!killed && !busy && recent < config.max_orders_per_minute && age <= 15);
        prop_assert!((60..1380).contains(&minute));
        prop_assert!((moved - 1.0).abs() <= config.price_band + 1e-12);
        prop_assert!((day - equity) / day < config.max_daily_loss);
        prop_assert!((surroundings.peak_equity - equity) / surroundings.peak_equity < config.max_drawdown);
        prop_assert!(stop.is_none_or(|stop| got * stop <= config.max_risk_per_trade * equity + slack));
        prop_assert!(notional <= config.max_order_notional + slack);
        prop_assert!(surroundings.exposure(&btc.symbol) * side.sign() + notional <= config.max_position * equity + slack);
        prop_assert!(surroundings.gross() + notional <= config.max_exposure * equity + slack);
        prop_assert!(surroundings.gross() + notional <= config.max_leverage * equity + slack);
        let group: f64 = exposures.iter().filter(|of| names[..2].contains(of.symbol)).map(|of| of.notional.abs()).sum();
        prop_assert!(group + notional <= 0.4 * equity + slack);
        prop_assert!(streak < 5 || got <= qty * 0.5 * (1.0 + 1e-12));
    }

    /// An exit passes exactly if it only reduces what is held, whatever the state of the account.
    #[test]
    fn exits_only_reduce(position in -1000i64..1000, qty in 1i64..1500, buys in any::<bool>()) {
        let risk = Risk::new(RiskConfig::default()).unwrap();
        let (position, qty) = (Decimal::new(position, 1), Decimal::new(qty, 1));
        let side = if buys { Side::Buy } else { Side::Sell };
        let approved = risk.approve_exit(close(side, qty), position, Purpose::Exit, 1);
        let after = position + side.signed(qty);
        let reduces = after.abs() < position.abs() && (after.is_zero() || (after > Decimal::ZERO) == (position > Decimal::ZERO));
        prop_assert_eq!(approved.is_ok(), reduces);
        prop_assert!(approved.is_ok_and(|approved| approved.request().reduce_only) || !reduces);
        prop_assert!(risk.approve_exit(close(side, qty), position, Purpose::Entry, 1).is_err());
    }
}

//! The paper broker by hand.

use mem_trade::paper::{Intrabar, Offer, Paper, PaperEvent};
use mem_trade::{Fees, Instrument};
use mem_types::{Bar, ClientOrderId, Fill, Liquidity, OrderRequest, OrderType, Side, TimeInForce, Timestamp};
use rust_decimal::Decimal;

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn instrument() -> Instrument {
    let fees = Fees { maker: dec("0.001"), taker: dec("0.002") };
    Instrument::gridless("BTCUSDT".parse().unwrap(), "BTC".parse().unwrap(), "USDT".parse().unwrap(), fees)
}

fn order(name: &str, side: Side, order_type: OrderType, reduce_only: bool) -> OrderRequest {
    OrderRequest {
        client_order_id: name.parse().unwrap(),
        symbol: "BTCUSDT".parse().unwrap(),
        side,
        order_type,
        qty: dec("2"),
        tif: TimeInForce::Gtc,
        post_only: false,
        reduce_only,
    }
}

fn offer(price: f64) -> Offer {
    Offer::at_price(price, Timestamp::from_nanos(1))
}

fn bar(open: f64, high: f64, low: f64, close: f64) -> Bar {
    Bar { ts: Timestamp::from_nanos(0), open, high, low, close, volume: 1.0 }
}

/// A long of two at 100, with a stop at 90 and a target at 110.
fn long(intrabar: Intrabar, slippage: f64) -> Paper {
    let mut paper = Paper::new(slippage, intrabar);
    paper.place(order("in", Side::Buy, OrderType::Market, false), None);
    paper.on_price(&instrument(), offer(100.0), &mut Vec::new());
    let (stop, target): (ClientOrderId, ClientOrderId) = ("stop".parse().unwrap(), "target".parse().unwrap());
    let trigger = OrderType::Stop { trigger_price: dec("90") };
    paper.place(order("stop", Side::Sell, trigger, true), Some(target));
    paper.place(order("target", Side::Sell, OrderType::Limit { price: dec("110") }, true), Some(stop));
    paper
}

fn fills(events: &[PaperEvent]) -> Vec<Fill> {
    let fill = |event: &PaperEvent| match event {
        PaperEvent::Filled(fill) => Some(fill.clone()),
        PaperEvent::Canceled { .. } => None,
    };
    events.iter().filter_map(fill).collect()
}

fn play(paper: &mut Paper, bar: Bar) -> Vec<PaperEvent> {
    let mut events = Vec::new();
    paper.on_price(&instrument(), offer(bar.open), &mut events);
    paper.on_range(&instrument(), &bar, Timestamp::from_nanos(2), &mut events);
    events
}

#[test]
fn market_orders_pay_slippage_and_the_takers_fee() {
    let mut paper = Paper::new(10.0, Intrabar::StopFirst);
    paper.place(order("in", Side::Buy, OrderType::Market, false), None);
    let mut events = Vec::new();
    paper.on_price(&instrument(), offer(100.0), &mut events);
    let fill = &fills(&events)[0];
    assert_eq!((fill.price, fill.fee, fill.liquidity), (dec("100.1"), dec("0.4004"), Liquidity::Taker));
    assert!(!paper.has_work(&fill.symbol));
}

#[test]
fn stops_and_targets() {
    for (candle, price, name, liquidity) in [
        (bar(100.0, 105.0, 90.0, 95.0), "90", "stop", Liquidity::Taker),
        (bar(100.0, 110.0, 95.0, 95.0), "110", "target", Liquidity::Maker),
        // Opened beyond: at the open.
        (bar(85.0, 120.0, 80.0, 95.0), "85", "stop", Liquidity::Taker),
        (bar(115.0, 120.0, 80.0, 95.0), "115", "target", Liquidity::Maker),
        // Both touched: the stop first.
        (bar(100.0, 120.0, 80.0, 95.0), "90", "stop", Liquidity::Taker),
    ] {
        let events = play(&mut long(Intrabar::StopFirst, 0.0), candle);
        let filled = fills(&events);
        assert_eq!(filled.len(), 1, "{candle:?}");
        let fill = &filled[0];
        assert_eq!((fill.price, fill.client_order_id.as_str(), fill.liquidity), (dec(price), name, liquidity));
        assert!(matches!(&events[0], PaperEvent::Canceled { why: "its other leg filled", .. }), "{events:?}");
    }
    assert_eq!(play(&mut long(Intrabar::StopFirst, 0.0), bar(100.0, 109.0, 91.0, 95.0)), []);
    let both = bar(100.0, 112.0, 80.0, 95.0);
    assert_eq!(fills(&play(&mut long(Intrabar::TargetFirst, 0.0), both))[0].price, dec("110"));
    assert_eq!(fills(&play(&mut long(Intrabar::NearestFirst, 0.0), both))[0].price, dec("110"));
    assert_eq!(fills(&play(&mut long(Intrabar::StopFirst, 10.0), both))[0].price, dec("89.91"));
}

#[test]
fn an_exit_that_finds_nothing_to_reduce_is_cancelled() {
    let mut paper = long(Intrabar::StopFirst, 0.0);
    paper.place(order("exit", Side::Sell, OrderType::Market, true), None);
    let events = play(&mut paper, bar(85.0, 86.0, 84.0, 85.0));
    assert_eq!(fills(&events).len(), 1);
    assert!(matches!(events.last(), Some(PaperEvent::Canceled { why: "nothing is left to reduce", .. })), "{events:?}");
    let kept: Paper = serde_json::from_str(&serde_json::to_string(&paper).unwrap()).unwrap();
    assert_eq!(kept, paper);
}

#[test]
fn with_trades_a_stop_fills_at_the_first_price_beyond_it() {
    let mut paper = long(Intrabar::StopFirst, 0.0);
    let mut events = Vec::new();
    for price in [100.0, 91.0, 88.0] {
        paper.on_price(&instrument(), offer(price), &mut events);
    }
    assert_eq!(fills(&events)[0].price, dec("88"));
}

#[test]
fn with_quotes_buyers_pay_the_ask_and_sellers_get_the_bid() {
    let mut paper = long(Intrabar::StopFirst, 0.0);
    let mut events = Vec::new();
    let quote = |bid, ask| Offer { bid, ask, at: Timestamp::from_nanos(3) };
    // The target is a sale: what is asked does not reach it.
    paper.on_price(&instrument(), quote(109.0, 111.0), &mut events);
    assert_eq!(events, []);
    paper.on_price(&instrument(), quote(89.0, 91.0), &mut events);
    assert_eq!(fills(&events)[0].price, dec("89"));
}

#[test]
fn kinds_it_does_not_know_are_not_taken() {
    let mut paper = Paper::new(0.0, Intrabar::StopFirst);
    let odd = OrderType::StopLimit { trigger_price: dec("90"), price: dec("89") };
    assert_eq!(paper.place(order("odd", Side::Sell, odd, true), None), None);
}

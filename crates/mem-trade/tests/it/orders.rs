//! Orders: news in any order, twice or late, and fills counted once.

use mem_trade::order::{Orders, Purpose, Stage};
use mem_trade::risk::{Risk, RiskConfig};
use mem_types::{
    ClientOrderId, Fill, FillId, Liquidity, OrderId, OrderRequest, OrderState, OrderStatus, OrderType, Side,
    TimeInForce, Timestamp,
};
use proptest::prelude::*;
use rust_decimal::Decimal;

fn id() -> ClientOrderId {
    "mem-1".parse().unwrap()
}

fn now(ns: i64) -> Timestamp {
    Timestamp::from_nanos(ns)
}

fn planned(qty: i64) -> Orders {
    let request = OrderRequest {
        client_order_id: id(),
        symbol: "BTCUSDT".parse().unwrap(),
        side: Side::Sell,
        order_type: OrderType::Market,
        qty: Decimal::from(qty),
        tif: TimeInForce::Ioc,
        post_only: false,
        reduce_only: true,
    };
    let risk = Risk::new(RiskConfig::default()).unwrap();
    let approved = risk.approve_exit(request, Decimal::from(qty), Purpose::Exit, 7).unwrap();
    let mut orders = Orders::default();
    orders.plan(approved, Decimal::ONE, now(0));
    orders
}

fn fill(number: u64, qty: i64) -> Fill {
    Fill {
        id: FillId(number),
        order_id: OrderId(9),
        client_order_id: id(),
        symbol: "BTCUSDT".parse().unwrap(),
        side: Side::Sell,
        price: Decimal::from(100),
        qty: Decimal::from(qty),
        fee: Decimal::ONE,
        fee_asset: "USDT".parse().unwrap(),
        liquidity: Liquidity::Taker,
        realised_pnl: Decimal::ZERO,
        liquidation: false,
        at: now(5),
    }
}

fn state(status: OrderStatus, filled: i64) -> OrderState {
    OrderState {
        id: OrderId(9),
        client_order_id: id(),
        symbol: "BTCUSDT".parse().unwrap(),
        side: Side::Sell,
        order_type: OrderType::Market,
        qty: Decimal::from(3),
        tif: TimeInForce::Ioc,
        post_only: false,
        reduce_only: true,
        status,
        filled_qty: Decimal::from(filled),
        average_price: None,
        fees: Decimal::ZERO,
        trigger: None,
        reason: None,
        entry: None,
        other_leg: None,
        created_at: now(1),
        updated_at: now(1),
        duplicate: false,
    }
}

#[test]
fn from_the_plan_to_the_end() {
    let mut orders = planned(3);
    assert_eq!(orders.get(&id()).unwrap().stage, Stage::Planned);
    assert_eq!(orders.sent(&id(), now(1)).unwrap().stage, Stage::Sent);
    assert_eq!(orders.told(&state(OrderStatus::New, 0), now(2)).unwrap().stage, Stage::Open);
    assert_eq!(orders.filled(&fill(1, 1)).unwrap().stage, Stage::PartiallyFilled);
    assert_eq!(orders.get(&id()).unwrap().open_qty(), Decimal::from(2));
    let done = orders.filled(&fill(2, 2)).unwrap();
    assert_eq!((done.stage, done.average_price(), done.fees), (Stage::Filled, Some(100.into()), 2.into()));
    assert!(orders.is_empty());
    assert_eq!(orders.filled(&fill(2, 2)), None);
}

#[test]
fn an_end_waits_for_its_fills() {
    let mut orders = planned(3);
    orders.sent(&id(), now(1));
    // The venue says that it is done with one filled; the fill itself has not come yet.
    assert_eq!(orders.told(&state(OrderStatus::Canceled, 1), now(2)), None);
    assert_eq!(orders.filled(&fill(1, 1)).unwrap().stage, Stage::PartiallyFilled);
    assert_eq!(orders.told(&state(OrderStatus::Canceled, 1), now(2)).unwrap().stage, Stage::Canceled);
    assert!(orders.is_empty());
}

#[test]
fn silence_is_not_an_end() {
    let mut orders = planned(3);
    orders.sent(&id(), now(1));
    assert_eq!(orders.lost(&id(), now(2)).unwrap().stage, Stage::Unknown);
    assert_eq!(orders.get(&id()).unwrap().open_qty(), Decimal::from(3));
    assert_eq!(orders.rejected(&id(), "the venue never had it", now(3)).unwrap().stage, Stage::Rejected);
}

proptest! {
    /// Whatever news come in whatever order: stages only go forward, and fills add up.
    #[test]
    fn news_in_any_order(news in prop::collection::vec((0u8..8, 0i64..4), 0..30)) {
        let mut orders = planned(3);
        let (mut filled, mut last) = (0, Stage::Planned);
        for (number, (what, amount)) in news.into_iter().enumerate() {
            let open = orders.get(&id()).is_some();
            let told = match what {
                0 => orders.sent(&id(), now(1)),
                1 => orders.lost(&id(), now(1)),
                2 if amount > 0 && filled + amount <= 3 => {
                    filled += if open { amount } else { 0 };
                    orders.filled(&fill(number as u64, amount))
                }
                3 => orders.told(&state(OrderStatus::New, filled), now(1)),
                4 => orders.told(&state(OrderStatus::PartiallyFilled, filled), now(1)),
                5 => orders.told(&state(OrderStatus::Canceled, filled), now(1)),
                6 => orders.told(&state(OrderStatus::Filled, 3), now(1)),
                7 if filled == 0 => orders.rejected(&id(), "no", now(1)),
                _ => None,
            };
            prop_assert!(open || told.is_none());
            if let Some(order) = told {
                prop_assert!(order.stage == last || last.may_become(order.stage), "{:?} to {:?}", last, order.stage);
                prop_assert_eq!(order.filled_qty, Decimal::from(filled));
                last = order.stage;
            }
        }
    }
}

//! An exchange to try things on: written in short, audited after every step.

use mem_types::{
    Aggressor, Asset, BracketRequest, OcoRequest, OrderRequest, OrderState, OrderType, Side, Symbol, TimeInForce,
    Timestamp, Trail,
};
use rust_decimal::Decimal;

use crate::words::InstrumentKind;

use super::{AccountId, InstrumentSpec, Matching, MatchingConfig, OrderRef, Reject};

pub(super) const SPOT: &str = "BTCUSDT";
pub(super) const PERP: &str = "BTCPERP";

pub(super) fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub(super) fn symbol(text: &str) -> Symbol {
    text.parse().unwrap()
}

pub(super) fn asset(text: &str) -> Asset {
    text.parse().unwrap()
}

pub(super) fn account(text: &str) -> AccountId {
    AccountId(text.to_owned())
}

pub(super) fn config(maker_fee: &str, taker_fee: &str) -> MatchingConfig {
    let spec = |name: &str, kind| InstrumentSpec {
        symbol: symbol(name),
        base: asset("BTC"),
        quote: asset("USDT"),
        kind,
        tick_size: dec("0.5"),
        lot_size: dec("0.1"),
        min_qty: dec("0.1"),
        min_notional: dec("5"),
        max_leverage: 10,
    };
    MatchingConfig {
        instruments: vec![spec(SPOT, InstrumentKind::Spot), spec(PERP, InstrumentKind::Perpetual)],
        maker_fee: dec(maker_fee),
        taker_fee: dec(taker_fee),
    }
}

/// `a1 buy 2 BTCUSDT limit 100 ioc post reduce`, `s1 sell 2 BTCPERP stop 90`, `stop_limit 90 89`, `trail 5`,
/// `trail_bps 50`, `market`.
pub(super) fn request(text: &str) -> OrderRequest {
    let mut words = text.split(' ');
    let mut next = || words.next().unwrap();
    let (id, side, qty, name) = (next(), next(), next(), next());
    let order_type = match next() {
        "market" => OrderType::Market,
        "limit" => OrderType::Limit { price: dec(next()) },
        "stop" => OrderType::Stop { trigger_price: dec(next()) },
        "stop_limit" => OrderType::StopLimit { trigger_price: dec(next()), price: dec(next()) },
        "trail" => OrderType::TrailingStop { trail: Trail::Absolute(dec(next())) },
        "trail_bps" => OrderType::TrailingStop { trail: Trail::Bps(dec(next())) },
        other => panic!("no order type {other}"),
    };
    let flags: Vec<&str> = words.collect();
    OrderRequest {
        client_order_id: id.parse().unwrap(),
        symbol: symbol(name),
        side: if side == "buy" { Side::Buy } else { Side::Sell },
        order_type,
        qty: dec(qty),
        tif: match &flags {
            flags if flags.contains(&"ioc") => TimeInForce::Ioc,
            flags if flags.contains(&"fok") => TimeInForce::Fok,
            _ => TimeInForce::Gtc,
        },
        post_only: flags.contains(&"post"),
        reduce_only: flags.contains(&"reduce"),
    }
}

/// `100x5 99x2` as prices and quantities.
pub(super) fn levels(text: &str) -> Vec<(Decimal, Decimal)> {
    text.split_whitespace().map(|level| level.split_once('x').unwrap()).map(|(p, q)| (dec(p), dec(q))).collect()
}

/// `filled 2/2 @101`, `canceled 0/2 (self_trade)`.
pub(super) fn show(order: &OrderState) -> String {
    let word = |value: serde_json::Value| value.as_str().unwrap().to_owned();
    let status = word(serde_json::to_value(order.status).unwrap());
    let mut text = format!("{status} {}/{}", order.filled_qty.normalize(), order.qty.normalize());
    if let Some(price) = order.average_price {
        text += &format!(" @{}", price.normalize());
    }
    if let Some(reason) = order.reason {
        text += &format!(" ({})", word(serde_json::to_value(reason).unwrap()));
    }
    text
}

fn show_all<const N: usize>(orders: Result<[OrderState; N], Reject>) -> String {
    match orders {
        Ok(orders) => orders.each_ref().map(show).join(", "),
        Err(reject) => format!("refused: {reject}"),
    }
}

pub(super) struct Exchange {
    pub(super) matching: Matching,
    now: i64,
}

impl Exchange {
    /// Fees of 0.1 % and 0.2 %, and `ann` and `bob`, each with 10 BTC and 10,000 USDT.
    pub(super) fn new() -> Self {
        let mut exchange = Self { matching: Matching::new(config("0.001", "0.002")).unwrap(), now: 0 };
        for name in ["ann", "bob"] {
            exchange.open(name, "10", "10000");
        }
        exchange
    }

    pub(super) fn open(&mut self, name: &str, btc: &str, usdt: &str) {
        let deposits = [(asset("BTC"), dec(btc)), (asset("USDT"), dec(usdt))];
        let now = self.tick();
        self.matching.open_account(account(name), &deposits, now).unwrap();
        self.audit();
    }

    fn tick(&mut self) -> Timestamp {
        self.now += 1;
        Timestamp::from_nanos(self.now)
    }

    fn audit(&self) {
        self.matching.audit().unwrap();
    }

    pub(super) fn quote(&mut self, name: &str, bids: &str, asks: &str) {
        let now = self.tick();
        self.matching.quote(&symbol(name), &levels(bids), &levels(asks), now);
        self.audit();
    }

    /// `print(SPOT, "100x2")` by an unknown aggressor.
    pub(super) fn print(&mut self, name: &str, trade: &str) {
        self.print_by(name, trade, Aggressor::Unknown);
    }

    pub(super) fn print_by(&mut self, name: &str, trade: &str, aggressor: Aggressor) {
        let now = self.tick();
        let (price, qty) = levels(trade)[0];
        self.matching.traded(&symbol(name), price, qty, aggressor, now);
        self.audit();
    }

    pub(super) fn submit(&mut self, name: &str, text: &str) -> String {
        let now = self.tick();
        let before = self.matching.clone();
        let answer = self.matching.submit(&account(name), request(text), now).map(|order| [order]);
        self.unchanged_if(answer.is_err(), &before);
        show_all(answer)
    }

    pub(super) fn oco(&mut self, name: &str, profit: &str, loss: &str) -> String {
        let now = self.tick();
        let before = self.matching.clone();
        let oco = OcoRequest { take_profit: request(profit), stop_loss: request(loss) };
        let answer = self.matching.submit_oco(&account(name), oco, now);
        self.unchanged_if(answer.is_err(), &before);
        show_all(answer)
    }

    pub(super) fn bracket(&mut self, name: &str, entry: &str, profit: &str, loss: &str) -> String {
        let now = self.tick();
        let before = self.matching.clone();
        let exits = OcoRequest { take_profit: request(profit), stop_loss: request(loss) };
        let bracket = BracketRequest { entry: request(entry), exits };
        let answer = self.matching.submit_bracket(&account(name), bracket, now);
        self.unchanged_if(answer.is_err(), &before);
        show_all(answer)
    }

    fn unchanged_if(&self, refused: bool, before: &Matching) {
        assert!(!refused || self.matching == *before, "a refusal changed something");
        self.audit();
    }

    pub(super) fn cancel(&mut self, name: &str, id: &str) -> String {
        let now = self.tick();
        let answer = self.matching.cancel(&account(name), &OrderRef::ClientId(id.parse().unwrap()), now);
        self.audit();
        show_all(answer.map(|order| [order]))
    }

    pub(super) fn order(&self, name: &str, id: &str) -> String {
        show(&self.state(name, id))
    }

    pub(super) fn state(&self, name: &str, id: &str) -> OrderState {
        self.matching.order(&account(name), &OrderRef::ClientId(id.parse().unwrap())).unwrap()
    }

    /// `free + locked` of an asset.
    pub(super) fn balance(&self, name: &str, of: &str) -> String {
        let state = self.matching.account(&account(name)).unwrap();
        let balance = state.balances.into_iter().find(|balance| balance.asset == asset(of)).unwrap();
        format!("{} + {}", balance.free.normalize(), balance.locked.normalize())
    }

    /// `quantity @average` of a position, or `none`.
    pub(super) fn position(&self, name: &str) -> String {
        match self.matching.position(&account(name), &symbol(PERP)) {
            Some(position) => {
                format!("{} @{}", position.qty.normalize(), position.average_entry.unwrap().normalize())
            }
            None => "none".to_owned(),
        }
    }
}

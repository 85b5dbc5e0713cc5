//! Orders: what is asked of an exchange and what comes of it, in the terms exchanges use.
//!
//! Money and sizes are exact decimals, written as strings in JSON. Prices are in quote currency for one unit of base,
//! quantities in units of base.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::market::{Asset, Symbol};
use crate::time::Timestamp;

/// The largest price and the largest quantity a request may carry. Keeps every product of two within a [`Decimal`].
pub const MAX_AMOUNT: Decimal = Decimal::from_parts(0xD4A5_1000, 0xE8, 0, false, 0);

/// Basis points in one.
const BPS: Decimal = Decimal::from_parts(10_000, 0, 0, false, 0);

/// Which way an order trades.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Buys base, pays quote.
    Buy,
    /// Sells base, receives quote.
    Sell,
}

impl Side {
    /// The side such an order trades with.
    pub const fn opposite(self) -> Self {
        match self {
            Side::Buy => Side::Sell,
            Side::Sell => Side::Buy,
        }
    }

    /// The quantity as a change of position: positive for a buy, negative for a sell.
    pub fn signed(self, qty: Decimal) -> Decimal {
        match self {
            Side::Buy => qty,
            Side::Sell => -qty,
        }
    }

    /// Whether `price` is at `limit` or better for somebody who trades this side.
    pub fn accepts(self, limit: Decimal, price: Decimal) -> bool {
        match self {
            Side::Buy => price <= limit,
            Side::Sell => price >= limit,
        }
    }
}

/// How far a trailing stop stays behind the best last price since it was placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trail {
    /// A distance in quote currency.
    Absolute(Decimal),
    /// A fraction of the best price, in basis points: 50 is half a percent.
    Bps(Decimal),
}

impl Trail {
    /// Where a stop of this side stands when the best price so far is `best`: below it for sells, above it for buys.
    pub fn trigger(self, side: Side, best: Decimal) -> Decimal {
        let distance = match self {
            Trail::Absolute(distance) => distance,
            Trail::Bps(bps) => best * bps / BPS,
        };
        best + side.signed(distance)
    }
}

/// What kind of order, with the prices that kind has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum OrderType {
    /// Trades at once at the best prices there are; what finds no liquidity expires.
    Market,
    /// Trades at its price or better.
    Limit {
        /// The worst price it accepts.
        price: Decimal,
    },
    /// Becomes a market order once the last traded price reaches the trigger.
    Stop {
        /// Rising to it triggers a buy, falling to it a sell.
        trigger_price: Decimal,
    },
    /// Becomes a limit order once the last traded price reaches the trigger.
    StopLimit {
        /// Rising to it triggers a buy, falling to it a sell.
        trigger_price: Decimal,
        /// The worst price it accepts afterwards.
        price: Decimal,
    },
    /// A stop whose trigger follows the last price: it trails below the highs for sells, above the lows for buys.
    TrailingStop {
        /// How far behind.
        trail: Trail,
    },
}

impl OrderType {
    /// The limit price, where the type has one.
    pub fn limit(&self) -> Option<Decimal> {
        match *self {
            OrderType::Limit { price } | OrderType::StopLimit { price, .. } => Some(price),
            OrderType::Market | OrderType::Stop { .. } | OrderType::TrailingStop { .. } => None,
        }
    }

    /// Whether it waits for a trigger before it can trade.
    pub fn is_stop(&self) -> bool {
        match self {
            OrderType::Stop { .. } | OrderType::StopLimit { .. } | OrderType::TrailingStop { .. } => true,
            OrderType::Market | OrderType::Limit { .. } => false,
        }
    }

    fn validate(&self) -> Result<(), InvalidOrder> {
        match *self {
            OrderType::Market => Ok(()),
            OrderType::Limit { price } => check_amount("price", price),
            OrderType::Stop { trigger_price } => check_amount("trigger_price", trigger_price),
            OrderType::StopLimit { trigger_price, price } => {
                check_amount("trigger_price", trigger_price)?;
                check_amount("price", price)
            }
            OrderType::TrailingStop { trail: Trail::Absolute(distance) } => check_amount("trail", distance),
            OrderType::TrailingStop { trail: Trail::Bps(bps) } => {
                check_amount("trail", bps)?;
                refuse_if(bps >= BPS, "trail", Problem::WholePrice)
            }
        }
    }
}

/// How long an order stands. For a stop it counts from the moment it is triggered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeInForce {
    /// Until it is filled or cancelled. A market order never waits: for it this means the same as `Ioc`.
    #[default]
    Gtc,
    /// What does not trade at once expires.
    Ioc,
    /// Trades in full at once or expires whole.
    Fok,
}

/// The client's own name for an order, unique within an account: 1 to 64 of `A-Z a-z 0-9 _ . : -`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClientOrderId(String);

impl ClientOrderId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ClientOrderId {
    type Err = InvalidOrder;

    fn from_str(text: &str) -> Result<Self, InvalidOrder> {
        let allowed = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'.' | b':' | b'-');
        let good = (1..=64).contains(&text.len()) && text.bytes().all(allowed);
        refuse_if(!good, "client_order_id", Problem::Unreadable)?;
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for ClientOrderId {
    type Error = InvalidOrder;

    fn try_from(text: String) -> Result<Self, InvalidOrder> {
        text.parse()
    }
}

impl From<ClientOrderId> for String {
    fn from(id: ClientOrderId) -> String {
        id.0
    }
}

impl fmt::Display for ClientOrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The exchange's number of an order, rising with time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OrderId(pub u64);

/// The exchange's number of a fill, rising with time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FillId(pub u64);

/// One order as asked for.
///
/// ```
/// use mem_types::OrderRequest;
/// let request: OrderRequest = serde_json::from_str(
///     r#"{"client_order_id": "a-1", "symbol": "BTCUSDT", "side": "buy", "type": "limit", "price": "42000.5", "qty": "0.01"}"#,
/// )
/// .unwrap();
/// assert_eq!(request.validate(), Ok(()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRequest {
    /// The client's own name for it; asking twice under one name asks once.
    pub client_order_id: ClientOrderId,
    /// What to trade.
    pub symbol: Symbol,
    /// Which way.
    pub side: Side,
    /// What kind, with its prices.
    #[serde(flatten)]
    pub order_type: OrderType,
    /// How much, in units of base.
    pub qty: Decimal,
    /// How long it stands.
    #[serde(default)]
    pub tif: TimeInForce,
    /// Refused instead of taking liquidity. Limit orders only.
    #[serde(default)]
    pub post_only: bool,
    /// May only bring a position closer to zero.
    #[serde(default)]
    pub reduce_only: bool,
}

impl OrderRequest {
    /// Checks what can be said about the request alone, without knowing the instrument.
    ///
    /// # Errors
    /// Names the first field that is wrong by itself or does not go with the others.
    pub fn validate(&self) -> Result<(), InvalidOrder> {
        check_amount("qty", self.qty)?;
        self.order_type.validate()?;
        let is_limit = matches!(self.order_type, OrderType::Limit { .. });
        refuse_if(self.post_only && !is_limit, "post_only", Problem::LimitOnly)?;
        refuse_if(self.post_only && self.tif != TimeInForce::Gtc, "tif", Problem::CannotRest)
    }
}

/// Two exits of one position, of which one cancels the other: a limit order that takes the profit and a stop that
/// ends the loss.
///
/// What fills of the take profit is taken off the stop loss; a triggered stop loss cancels the take profit;
/// cancelling one cancels both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OcoRequest {
    /// A limit order, good till cancelled.
    pub take_profit: OrderRequest,
    /// A stop, stop-limit or trailing stop of the same symbol, side and quantity.
    pub stop_loss: OrderRequest,
}

impl OcoRequest {
    /// Checks both legs and that they belong together.
    ///
    /// # Errors
    /// Names the first field that is wrong by itself or does not go with the others.
    pub fn validate(&self) -> Result<(), InvalidOrder> {
        let (profit, loss) = (&self.take_profit, &self.stop_loss);
        profit.validate()?;
        loss.validate()?;
        refuse_if(profit.client_order_id == loss.client_order_id, "client_order_id", Problem::Repeated)?;
        refuse_if(profit.symbol != loss.symbol, "symbol", Problem::LegsDiffer)?;
        refuse_if(profit.side != loss.side, "side", Problem::LegsDiffer)?;
        refuse_if(profit.qty != loss.qty, "qty", Problem::LegsDiffer)?;
        refuse_if(profit.reduce_only != loss.reduce_only, "reduce_only", Problem::LegsDiffer)?;
        let OrderType::Limit { price: target } = profit.order_type else {
            return Err(InvalidOrder { field: "take_profit.type", problem: Problem::LimitOnly });
        };
        refuse_if(profit.tif != TimeInForce::Gtc, "take_profit.tif", Problem::MustRest)?;
        match loss.order_type {
            OrderType::Stop { trigger_price } | OrderType::StopLimit { trigger_price, .. } => {
                let apart = trigger_price != target && profit.side.accepts(trigger_price, target);
                refuse_if(!apart, "stop_loss.trigger_price", Problem::WrongSide)
            }
            OrderType::TrailingStop { .. } => Ok(()),
            OrderType::Market | OrderType::Limit { .. } => {
                Err(InvalidOrder { field: "stop_loss.type", problem: Problem::StopOnly })
            }
        }
    }
}

/// An entry with its two exits, which wait until the entry fills and grow with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BracketRequest {
    /// What opens the position.
    pub entry: OrderRequest,
    /// What closes it: the other side, the same symbol and quantity.
    #[serde(flatten)]
    pub exits: OcoRequest,
}

impl BracketRequest {
    /// Checks the three orders and that they belong together.
    ///
    /// # Errors
    /// Names the first field that is wrong by itself or does not go with the others.
    pub fn validate(&self) -> Result<(), InvalidOrder> {
        let (entry, exit) = (&self.entry, &self.exits.take_profit);
        entry.validate()?;
        self.exits.validate()?;
        let repeated = [exit, &self.exits.stop_loss].iter().any(|leg| leg.client_order_id == entry.client_order_id);
        refuse_if(repeated, "client_order_id", Problem::Repeated)?;
        refuse_if(entry.reduce_only, "entry.reduce_only", Problem::MustOpen)?;
        refuse_if(exit.post_only, "take_profit.post_only", Problem::NotOnExit)?;
        refuse_if(entry.symbol != exit.symbol, "symbol", Problem::LegsDiffer)?;
        refuse_if(entry.side == exit.side, "side", Problem::WrongSide)?;
        refuse_if(entry.qty != exit.qty, "qty", Problem::LegsDiffer)?;
        if let (Some(price), Some(target)) = (entry.order_type.limit(), exit.order_type.limit()) {
            let gains = price != target && entry.side.accepts(target, price);
            refuse_if(!gains, "take_profit.price", Problem::WrongSide)?;
        }
        Ok(())
    }
}

/// Where an order stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// Accepted and not active yet: an untriggered stop, or an exit whose entry has not filled.
    Pending,
    /// In the book, nothing filled.
    New,
    /// In the book, something filled.
    PartiallyFilled,
    /// Done: all of it filled.
    Filled,
    /// Done: ended by the client or by a rule before all of it filled.
    Canceled,
    /// Done: refused when it was to become active, as a triggered stop that nobody can pay for.
    Rejected,
    /// Done: found no liquidity and was not to wait for any.
    Expired,
}

impl OrderStatus {
    /// Whether the order can still trade.
    pub const fn is_open(self) -> bool {
        match self {
            OrderStatus::Pending | OrderStatus::New | OrderStatus::PartiallyFilled => true,
            OrderStatus::Filled | OrderStatus::Canceled | OrderStatus::Rejected | OrderStatus::Expired => false,
        }
    }
}

/// Why an order ended before all of it filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The client cancelled it.
    Requested,
    /// There was no liquidity left for the rest of a market or `Ioc` order.
    NoLiquidity,
    /// A `Fok` order could not be filled whole.
    NotWhole,
    /// It would have traded with an order of the same account.
    SelfTrade,
    /// The position it was to reduce is smaller or gone.
    NothingToReduce,
    /// Its other leg filled, was triggered or was cancelled.
    OtherLeg,
    /// Its entry ended without filling.
    EntryEnded,
    /// The account could not pay for it when it was triggered.
    InsufficientFunds,
    /// The account was liquidated.
    Liquidation,
}

/// Whether a fill found liquidity or was it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Liquidity {
    /// It rested in the book.
    Maker,
    /// It traded with what rested in the book.
    Taker,
}

/// One trade of one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fill {
    /// The exchange's number for it.
    pub id: FillId,
    /// The order it belongs to.
    pub order_id: OrderId,
    /// The client's name of that order.
    pub client_order_id: ClientOrderId,
    /// What was traded.
    pub symbol: Symbol,
    /// Which way.
    pub side: Side,
    /// At what price, in quote for one base.
    pub price: Decimal,
    /// How much, in base.
    pub qty: Decimal,
    /// What it cost in `fee_asset`; negative for a rebate.
    pub fee: Decimal,
    /// What the fee was paid in.
    pub fee_asset: Asset,
    /// Maker or taker.
    pub liquidity: Liquidity,
    /// Profit (positive) or loss in quote booked by closing part of a position, before the fee. Zero on spot.
    pub realised_pnl: Decimal,
    /// Whether the exchange closed the position because its margin was used up.
    pub liquidation: bool,
    /// When it happened.
    pub at: Timestamp,
}

/// An order as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderState {
    /// The exchange's number for it.
    pub id: OrderId,
    /// The client's name for it.
    pub client_order_id: ClientOrderId,
    /// What it trades.
    pub symbol: Symbol,
    /// Which way.
    pub side: Side,
    /// What kind, with the prices it was asked with.
    #[serde(flatten)]
    pub order_type: OrderType,
    /// How much it is for now. Less than was asked for where a rule made it smaller (reduce-only, the other leg).
    pub qty: Decimal,
    /// How long it stands.
    pub tif: TimeInForce,
    /// Whether it must not take liquidity.
    pub post_only: bool,
    /// Whether it may only reduce a position. Always so for the exits of a bracket on a perpetual.
    pub reduce_only: bool,
    /// Where it stands.
    pub status: OrderStatus,
    /// How much of it has filled.
    pub filled_qty: Decimal,
    /// The average price of its fills; `None` before the first.
    pub average_price: Option<Decimal>,
    /// What its fills cost in fees, in quote; negative for a rebate.
    pub fees: Decimal,
    /// The last price at which an untriggered stop triggers. For a trailing stop it moves.
    pub trigger: Option<Decimal>,
    /// Why it ended early.
    pub reason: Option<EndReason>,
    /// The entry it waits for, where it is an exit of a bracket.
    pub entry: Option<OrderId>,
    /// The leg that cancels it, where it is one of two.
    pub other_leg: Option<OrderId>,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// True only in the answer to a request that had been made before and therefore did nothing.
    #[serde(default)]
    pub duplicate: bool,
}

/// Why a request cannot be an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{field} {problem}")]
pub struct InvalidOrder {
    /// The field that is wrong, under its JSON name.
    pub field: &'static str,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What can be wrong with a field of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// A name with other characters, none or too many.
    #[error("must be 1 to 64 letters, digits or one of _ . : -")]
    Unreadable,
    /// Zero or less.
    #[error("must be above zero")]
    NotPositive,
    /// Above [`MAX_AMOUNT`].
    #[error("must be at most 1000000000000")]
    TooLarge,
    /// A trail of the whole price or more.
    #[error("must be less than the whole price (10000 basis points)")]
    WholePrice,
    /// Only limit orders can be so.
    #[error("goes with limit orders only")]
    LimitOnly,
    /// Only stops can be so.
    #[error("must be a stop, stop_limit or trailing_stop")]
    StopOnly,
    /// Post-only asks it to rest, the time in force forbids it.
    #[error("must be gtc when post_only is set")]
    CannotRest,
    /// A take profit that would not wait.
    #[error("must be gtc")]
    MustRest,
    /// An entry that may not open anything.
    #[error("cannot be set on an entry")]
    MustOpen,
    /// An exit that would have to be refused when the market is past it already by the time its entry fills.
    #[error("cannot be set on an exit of a bracket")]
    NotOnExit,
    /// Two orders of one request share a name.
    #[error("must differ between the orders of a request")]
    Repeated,
    /// The orders of a request do not agree.
    #[error("must be the same in all orders of a request")]
    LegsDiffer,
    /// The other way round it would make sense.
    #[error("is on the wrong side")]
    WrongSide,
}

fn refuse_if(wrong: bool, field: &'static str, problem: Problem) -> Result<(), InvalidOrder> {
    if wrong { Err(InvalidOrder { field, problem }) } else { Ok(()) }
}

fn check_amount(field: &'static str, amount: Decimal) -> Result<(), InvalidOrder> {
    refuse_if(amount <= Decimal::ZERO, field, Problem::NotPositive)?;
    refuse_if(amount > MAX_AMOUNT, field, Problem::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn order(id: &str, side: Side, order_type: OrderType) -> OrderRequest {
        OrderRequest {
            client_order_id: id.parse().unwrap(),
            symbol: "BTCUSDT".parse().unwrap(),
            side,
            order_type,
            qty: dec("1"),
            tif: TimeInForce::Gtc,
            post_only: false,
            reduce_only: false,
        }
    }

    fn exits() -> OcoRequest {
        OcoRequest {
            take_profit: order("tp", Side::Sell, OrderType::Limit { price: dec("110") }),
            stop_loss: order("sl", Side::Sell, OrderType::Stop { trigger_price: dec("90") }),
        }
    }

    fn bracket() -> BracketRequest {
        BracketRequest { entry: order("in", Side::Buy, OrderType::Limit { price: dec("100") }), exits: exits() }
    }

    #[test]
    fn the_largest_amount_is_a_million_million() {
        assert_eq!(MAX_AMOUNT, dec("1000000000000"));
    }

    #[test]
    fn client_order_ids() {
        for good in ["a", "A-1_b.c:9", &"x".repeat(64)] {
            assert_eq!(good.parse::<ClientOrderId>().unwrap().as_str(), good);
        }
        for wrong in ["", " a", "a b", "é", "a/b", &"x".repeat(65)] {
            assert!(wrong.parse::<ClientOrderId>().is_err(), "{wrong}");
            assert!(serde_json::from_value::<ClientOrderId>(wrong.into()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_trail_stands_behind_the_best_price() {
        assert_eq!(Trail::Absolute(dec("5")).trigger(Side::Sell, dec("100")), dec("95"));
        assert_eq!(Trail::Absolute(dec("5")).trigger(Side::Buy, dec("100")), dec("105"));
        assert_eq!(Trail::Bps(dec("50")).trigger(Side::Sell, dec("200")), dec("199"));
        assert_eq!(Trail::Bps(dec("50")).trigger(Side::Buy, dec("200")), dec("201"));
    }

    #[test]
    fn wrong_orders_name_the_field() {
        let limit = OrderType::Limit { price: dec("100") };
        let check = |change: fn(&mut OrderRequest), field: &str, problem: Problem| {
            let mut request = order("a", Side::Buy, limit);
            assert_eq!(request.validate(), Ok(()));
            change(&mut request);
            let fault = request.validate().unwrap_err();
            assert_eq!((fault.field, fault.problem), (field, problem));
        };
        check(|o| o.qty = Decimal::ZERO, "qty", Problem::NotPositive);
        check(|o| o.qty = MAX_AMOUNT + Decimal::ONE, "qty", Problem::TooLarge);
        check(|o| o.order_type = OrderType::Limit { price: dec("-1") }, "price", Problem::NotPositive);
        check(|o| o.order_type = OrderType::Stop { trigger_price: dec("0") }, "trigger_price", Problem::NotPositive);
        check(
            |o| o.order_type = OrderType::TrailingStop { trail: Trail::Bps(dec("10000")) },
            "trail",
            Problem::WholePrice,
        );
        check(|o| (o.order_type, o.post_only) = (OrderType::Market, true), "post_only", Problem::LimitOnly);
        check(|o| (o.tif, o.post_only) = (TimeInForce::Ioc, true), "tif", Problem::CannotRest);
    }

    #[test]
    fn wrong_pairs_name_the_field() {
        let check = |change: fn(&mut OcoRequest), field: &str, problem: Problem| {
            let mut request = exits();
            assert_eq!(request.validate(), Ok(()));
            change(&mut request);
            let fault = request.validate().unwrap_err();
            assert_eq!((fault.field, fault.problem), (field, problem));
        };
        check(|o| o.stop_loss.client_order_id = "tp".parse().unwrap(), "client_order_id", Problem::Repeated);
        check(|o| o.stop_loss.symbol = "ETHUSDT".parse().unwrap(), "symbol", Problem::LegsDiffer);
        check(|o| o.stop_loss.side = Side::Buy, "side", Problem::LegsDiffer);
        check(|o| o.stop_loss.qty = dec("2"), "qty", Problem::LegsDiffer);
        check(|o| o.stop_loss.reduce_only = true, "reduce_only", Problem::LegsDiffer);
        check(|o| o.take_profit.order_type = OrderType::Market, "take_profit.type", Problem::LimitOnly);
        check(|o| o.take_profit.tif = TimeInForce::Fok, "take_profit.tif", Problem::MustRest);
        check(|o| o.stop_loss.order_type = OrderType::Market, "stop_loss.type", Problem::StopOnly);
        check(
            |o| o.stop_loss.order_type = OrderType::Stop { trigger_price: dec("110") },
            "stop_loss.trigger_price",
            Problem::WrongSide,
        );
    }

    #[test]
    fn wrong_brackets_name_the_field() {
        let check = |change: fn(&mut BracketRequest), field: &str, problem: Problem| {
            let mut request = bracket();
            assert_eq!(request.validate(), Ok(()));
            change(&mut request);
            let fault = request.validate().unwrap_err();
            assert_eq!((fault.field, fault.problem), (field, problem));
        };
        check(|b| b.entry.client_order_id = "sl".parse().unwrap(), "client_order_id", Problem::Repeated);
        check(|b| b.entry.symbol = "ETHUSDT".parse().unwrap(), "symbol", Problem::LegsDiffer);
        check(|b| b.entry.side = Side::Sell, "side", Problem::WrongSide);
        check(|b| b.entry.qty = dec("2"), "qty", Problem::LegsDiffer);
        check(|b| b.exits.take_profit.post_only = true, "take_profit.post_only", Problem::NotOnExit);
        check(|b| b.entry.reduce_only = true, "entry.reduce_only", Problem::MustOpen);
        check(|b| b.entry.order_type = OrderType::Limit { price: dec("110") }, "take_profit.price", Problem::WrongSide);
    }

    #[test]
    fn a_bracket_survives_json() {
        let text = serde_json::to_string(&bracket()).unwrap();
        assert!(text.contains(r#""type":"limit","price":"100""#), "{text}");
        assert_eq!(serde_json::from_str::<BracketRequest>(&text).unwrap(), bracket());
    }

    fn any_type() -> impl Strategy<Value = OrderType> {
        let price = || (1i64..1_000_000, 0u32..9).prop_map(|(units, scale)| Decimal::new(units, scale));
        prop_oneof![
            Just(OrderType::Market),
            price().prop_map(|price| OrderType::Limit { price }),
            price().prop_map(|trigger_price| OrderType::Stop { trigger_price }),
            (price(), price()).prop_map(|(trigger_price, price)| OrderType::StopLimit { trigger_price, price }),
            price().prop_map(|distance| OrderType::TrailingStop { trail: Trail::Absolute(distance) }),
            price().prop_map(|bps| OrderType::TrailingStop { trail: Trail::Bps(bps) }),
        ]
    }

    proptest! {
        #[test]
        fn requests_and_states_survive_json(order_type in any_type(), sell in any::<bool>(), units in 1i64..i64::MAX) {
            let mut request = order("a", if sell { Side::Sell } else { Side::Buy }, order_type);
            request.qty = Decimal::new(units, 8);
            let text = serde_json::to_string(&request).unwrap();
            prop_assert_eq!(&serde_json::from_str::<OrderRequest>(&text).unwrap(), &request);

            let state = OrderState {
                id: OrderId(7),
                client_order_id: request.client_order_id,
                symbol: request.symbol,
                side: request.side,
                order_type,
                qty: request.qty,
                tif: TimeInForce::Fok,
                post_only: false,
                reduce_only: true,
                status: OrderStatus::PartiallyFilled,
                filled_qty: dec("0.5"),
                average_price: Some(dec("100.25")),
                fees: dec("-0.01"),
                trigger: None,
                reason: Some(EndReason::SelfTrade),
                entry: None,
                other_leg: Some(OrderId(8)),
                created_at: Timestamp::from_nanos(1),
                updated_at: Timestamp::from_nanos(2),
                duplicate: false,
            };
            let text = serde_json::to_string(&state).unwrap();
            prop_assert_eq!(serde_json::from_str::<OrderState>(&text).unwrap(), state);
        }
    }
}

//! Our own orders, from the plan to the end.
//!
//! An order is written down before it is sent and keeps one client id for ever, so that sending it again changes nothing. When
//! no answer comes its fate is [`Stage::Unknown`]: it counts as if it stood in the market until the venue has been asked.

mod stage;

use std::collections::BTreeMap;

use mem_types::{ClientOrderId, Fill, OrderId, OrderRequest, OrderState, OrderStatus, Symbol, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::risk::Approved;
pub use stage::Stage;

/// What an order is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Opens a position.
    Entry,
    /// Closes one because the strategy says so.
    Exit,
    /// Closes one because the strategy wants the opposite.
    Reversal,
    /// Closes one because an operator or a rule of risk says so.
    Flatten,
    /// Ends a loss.
    StopLoss,
    /// Takes a profit.
    TakeProfit,
}

impl Purpose {
    /// Its name in files and tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Entry => "entry",
            Self::Exit => "exit",
            Self::Reversal => "reversal",
            Self::Flatten => "flatten",
            Self::StopLoss => "stop_loss",
            Self::TakeProfit => "take_profit",
        }
    }

    /// Whether it opens something.
    pub const fn opens(self) -> bool {
        matches!(self, Self::Entry)
    }
}

/// One order of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// What is asked for.
    pub request: OrderRequest,
    /// What for.
    pub purpose: Purpose,
    /// The decision that it follows from.
    pub decision: u64,
    /// The price expected when it was planned: the last one for market orders, its level for stops and limits.
    pub expected_price: Decimal,
    /// Where it stands.
    pub stage: Stage,
    /// The venue's number for it, once known.
    pub venue_id: Option<OrderId>,
    /// How much has filled.
    pub filled_qty: Decimal,
    /// Sum of price times quantity of its fills.
    pub filled_worth: Decimal,
    /// Fees of its fills.
    pub fees: Decimal,
    /// Why it ended, where it did not fill.
    pub reason: Option<String>,
    /// When it was planned, in the market's time.
    pub created_at: Timestamp,
    /// When it last changed, in the market's time.
    pub updated_at: Timestamp,
}

impl Order {
    /// What may still fill.
    pub fn open_qty(&self) -> Decimal {
        if self.stage.is_done() { Decimal::ZERO } else { self.request.qty - self.filled_qty }
    }

    /// Average price of its fills; `None` before the first.
    pub fn average_price(&self) -> Option<Decimal> {
        (!self.filled_qty.is_zero()).then(|| crate::exact::rounded(self.filled_worth / self.filled_qty))
    }

    fn turn(&mut self, to: Stage, at: Timestamp) -> bool {
        let turns = self.stage.may_become(to) && self.stage != to;
        if turns {
            self.stage = to;
            self.updated_at = at;
        }
        turns
    }
}

/// Our orders that are not done, by client id.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Orders {
    open: BTreeMap<ClientOrderId, Order>,
}

impl Orders {
    /// Writes down an approved order. It has not been sent.
    pub fn plan(&mut self, approved: Approved, expected_price: Decimal, at: Timestamp) -> &Order {
        let (request, purpose, decision) = approved.into_parts();
        let id = request.client_order_id.clone();
        let order = Order {
            request,
            purpose,
            decision,
            expected_price,
            stage: Stage::Planned,
            venue_id: None,
            filled_qty: Decimal::ZERO,
            filled_worth: Decimal::ZERO,
            fees: Decimal::ZERO,
            reason: None,
            created_at: at,
            updated_at: at,
        };
        self.open.entry(id).or_insert(order)
    }

    /// The order of that name, as long as it is not done.
    pub fn get(&self, id: &ClientOrderId) -> Option<&Order> {
        self.open.get(id)
    }

    /// All that are not done, by client id.
    pub fn iter(&self) -> impl Iterator<Item = &Order> {
        self.open.values()
    }

    /// Those of a symbol.
    pub fn of<'a>(&'a self, symbol: &'a Symbol) -> impl Iterator<Item = &'a Order> {
        self.iter().filter(move |order| order.request.symbol == *symbol)
    }

    /// How many are not done.
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// Whether all are done.
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// It is on its way to the venue.
    pub fn sent(&mut self, id: &ClientOrderId, at: Timestamp) -> Option<Order> {
        self.turn(id, Stage::Sent, None, at)
    }

    /// No answer came: only the venue knows.
    pub fn lost(&mut self, id: &ClientOrderId, at: Timestamp) -> Option<Order> {
        self.turn(id, Stage::Unknown, None, at)
    }

    /// It never reached the venue, or the venue refused it.
    pub fn rejected(&mut self, id: &ClientOrderId, why: &str, at: Timestamp) -> Option<Order> {
        self.turn(id, Stage::Rejected, Some(why), at)
    }

    /// It has been cancelled.
    pub fn canceled(&mut self, id: &ClientOrderId, why: &str, at: Timestamp) -> Option<Order> {
        self.turn(id, Stage::Canceled, Some(why), at)
    }

    /// The venue says how the order stands. Quantities are not taken from here: they follow from the fills. An order that has
    /// ended there is done here only when all its fills have come.
    pub fn told(&mut self, state: &OrderState, at: Timestamp) -> Option<Order> {
        let order = self.open.get_mut(&state.client_order_id)?;
        order.venue_id = Some(state.id);
        if state.filled_qty > order.filled_qty && !state.status.is_open() {
            return None;
        }
        let to = match state.status {
            OrderStatus::Pending | OrderStatus::New => Stage::Open,
            OrderStatus::PartiallyFilled => Stage::PartiallyFilled,
            OrderStatus::Filled => Stage::Filled,
            OrderStatus::Canceled => Stage::Canceled,
            OrderStatus::Rejected => Stage::Rejected,
            OrderStatus::Expired => Stage::Expired,
        };
        let reason = state.reason.map(|reason| format!("{reason:?}"));
        self.turn(&state.client_order_id, to, reason.as_deref(), at)
    }

    /// A fill of one of these orders. Gives the order as it then stands; `None` where no open order has that name.
    pub fn filled(&mut self, fill: &Fill) -> Option<Order> {
        let order = self.open.get_mut(&fill.client_order_id)?;
        order.venue_id = Some(fill.order_id);
        order.filled_qty += fill.qty;
        order.filled_worth += crate::exact::rounded(fill.qty * fill.price);
        order.fees += fill.fee;
        order.updated_at = fill.at;
        let whole = order.filled_qty >= order.request.qty;
        order.turn(if whole { Stage::Filled } else { Stage::PartiallyFilled }, fill.at);
        if whole { self.open.remove(&fill.client_order_id) } else { Some(order.clone()) }
    }

    fn turn(&mut self, id: &ClientOrderId, to: Stage, reason: Option<&str>, at: Timestamp) -> Option<Order> {
        let order = self.open.get_mut(id)?;
        if !order.turn(to, at) {
            return None;
        }
        order.reason = reason.map(str::to_owned);
        if to.is_done() { self.open.remove(id) } else { Some(order.clone()) }
    }
}

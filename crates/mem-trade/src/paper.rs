//! A broker of our own: takes orders, fills them at prices that the market has shown, and keeps nothing back.
//!
//! The rules are those of the backtest (`docs/simulation.md`). With candles: a market order fills at the next open, worsened
//! by slippage; a stop fills at its level, or at the open beyond it, worsened by slippage; a limit at its price, or at the open
//! beyond it; where one candle touches a stop and a limit, the stop comes first unless the rule says otherwise. With
//! trades: the same, with every trade taken as an open; a stop then fills at the first price beyond it, not at its level.
//! Orders that found a position and cannot reduce it any more are cancelled. Everything fills whole.

use std::collections::BTreeMap;

use mem_types::{
    Bar, ClientOrderId, Fill, FillId, Liquidity, OrderId, OrderRequest, OrderType, Side, Symbol, Timestamp,
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::exact::{decimal, float, nearest, rounded};
use crate::instrument::Instrument;

/// Which of stop and limit comes first within a candle that touches both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intrabar {
    /// The stop: pessimistic.
    #[default]
    StopFirst,
    /// The limit: optimistic.
    TargetFirst,
    /// The one on whose side the candle's extreme is nearer to its open.
    NearestFirst,
}

/// What happened to an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PaperEvent {
    /// It filled, whole.
    Filled(Fill),
    /// It ended without filling.
    Canceled {
        /// Which.
        id: ClientOrderId,
        /// Why.
        why: &'static str,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Working {
    id: OrderId,
    request: OrderRequest,
    /// The order that this one cancels when it fills, and the other way round.
    other_leg: Option<ClientOrderId>,
}

impl Working {
    /// Where it touches the market; `None` for a market order.
    fn level(&self) -> Option<f64> {
        match self.request.order_type {
            OrderType::Limit { price } => Some(float(price)),
            OrderType::Stop { trigger_price } => Some(float(trigger_price)),
            OrderType::Market | OrderType::StopLimit { .. } | OrderType::TrailingStop { .. } => None,
        }
    }

    /// Whether a price reaches it.
    fn touched_by(&self, price: f64) -> bool {
        let Some(level) = self.level() else { return true };
        match (self.request.order_type.is_stop(), self.request.side) {
            (true, Side::Sell) | (false, Side::Buy) => price <= level,
            (true, Side::Buy) | (false, Side::Sell) => price >= level,
        }
    }
}

/// What the market offers at a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Offer {
    /// What a seller gets.
    pub bid: f64,
    /// What a buyer pays.
    pub ask: f64,
    /// When.
    pub at: Timestamp,
}

impl Offer {
    /// One price for both sides: that of a trade, or of a candle's open.
    pub fn at_price(price: f64, at: Timestamp) -> Self {
        Self { bid: price, ask: price, at }
    }

    fn price(&self, side: Side) -> f64 {
        match side {
            Side::Buy => self.ask,
            Side::Sell => self.bid,
        }
    }
}

/// The broker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Paper {
    /// Slippage of market orders and stops, in ten-thousandths of the price.
    slippage_bps: f64,
    intrabar: Intrabar,
    working: BTreeMap<Symbol, Vec<Working>>,
    positions: BTreeMap<Symbol, Decimal>,
    next_order: u64,
    next_fill: u64,
}

impl Paper {
    /// A broker that worsens prices of market orders and stops by `slippage_bps` ten-thousandths.
    pub fn new(slippage_bps: f64, intrabar: Intrabar) -> Self {
        Self {
            slippage_bps,
            intrabar,
            working: BTreeMap::new(),
            positions: BTreeMap::new(),
            next_order: 1,
            next_fill: 1,
        }
    }

    /// Takes an order. It fills with what the market shows next. Gives the broker's number for it; `None` for a kind that this
    /// broker does not know (stop-limit and trailing orders).
    pub fn place(&mut self, request: OrderRequest, other_leg: Option<ClientOrderId>) -> Option<OrderId> {
        if matches!(request.order_type, OrderType::StopLimit { .. } | OrderType::TrailingStop { .. }) {
            return None;
        }
        let id = OrderId(self.next_order);
        self.next_order += 1;
        let symbol = request.symbol.clone();
        self.working.entry(symbol).or_default().push(Working { id, request, other_leg });
        Some(id)
    }

    /// Cancels an order; whether there was one.
    pub fn cancel(&mut self, symbol: &Symbol, id: &ClientOrderId) -> bool {
        let Some(working) = self.working.get_mut(symbol) else { return false };
        let before = working.len();
        working.retain(|order| order.request.client_order_id != *id);
        working.len() < before
    }

    /// Whether any order of the symbol waits.
    pub fn has_work(&self, symbol: &Symbol) -> bool {
        self.working.get(symbol).is_some_and(|working| !working.is_empty())
    }

    /// A price: the open of a candle, a trade, or a quote. What rested comes before what has just arrived.
    pub fn on_price(&mut self, instrument: &Instrument, offer: Offer, out: &mut Vec<PaperEvent>) {
        let reached = |order: &Working| order.level().is_some() && order.touched_by(offer.price(order.request.side));
        while let Some(index) = self.first(&instrument.symbol, reached) {
            self.fill(instrument, index, offer, out);
        }
        while let Some(index) = self.first(&instrument.symbol, |order| order.level().is_none()) {
            self.fill(instrument, index, offer, out);
        }
    }

    /// The rest of a candle whose open [`Paper::on_price`] has been told of. `at` is when it closes.
    pub fn on_range(&mut self, instrument: &Instrument, bar: &Bar, at: Timestamp, out: &mut Vec<PaperEvent>) {
        // False only for buys below the low and sells above the high, and the like: nothing then touches.
        let touched =
            |order: &Working| order.level().is_some() && (order.touched_by(bar.low) || order.touched_by(bar.high));
        while let Some(first) = self.first(&instrument.symbol, touched) {
            let stop = |order: &Working| touched(order) && order.request.order_type.is_stop();
            let limit = |order: &Working| touched(order) && !order.request.order_type.is_stop();
            let index = match (self.first(&instrument.symbol, stop), self.first(&instrument.symbol, limit)) {
                (Some(stop), Some(_)) if self.stop_first(&instrument.symbol, stop, bar) => stop,
                (Some(_), Some(limit)) => limit,
                _ => first,
            };
            let level = self.working[&instrument.symbol][index].level().unwrap_or(bar.open);
            self.fill(instrument, index, Offer::at_price(level, at), out);
        }
    }

    fn stop_first(&self, symbol: &Symbol, stop: usize, bar: &Bar) -> bool {
        let (down, up) = (bar.open - bar.low, bar.high - bar.open);
        match (self.intrabar, self.working[symbol][stop].request.side) {
            (Intrabar::StopFirst, _) => true,
            (Intrabar::TargetFirst, _) => false,
            (Intrabar::NearestFirst, Side::Sell) => down <= up,
            (Intrabar::NearestFirst, Side::Buy) => up <= down,
        }
    }

    fn first(&self, symbol: &Symbol, which: impl Fn(&Working) -> bool) -> Option<usize> {
        self.working.get(symbol)?.iter().position(which)
    }

    /// Fills the order at `index` at a price, or cancels it where it has nothing left to reduce.
    fn fill(&mut self, instrument: &Instrument, index: usize, offer: Offer, out: &mut Vec<PaperEvent>) {
        let symbol = &instrument.symbol;
        let Some(working) = self.working.get_mut(symbol) else { return };
        let Working { id, request, other_leg } = working.remove(index);
        if let Some(other) = other_leg {
            let before = working.len();
            working.retain(|order| order.request.client_order_id != other);
            if working.len() < before {
                out.push(PaperEvent::Canceled { id: other, why: "its other leg filled" });
            }
        }
        let held = self.positions.entry(symbol.clone()).or_default();
        let mut qty = request.qty;
        if request.reduce_only {
            let most = match request.side {
                Side::Sell => (*held).max(Decimal::ZERO),
                Side::Buy => (-*held).max(Decimal::ZERO),
            };
            qty = qty.min(most);
        }
        let resting = matches!(request.order_type, OrderType::Limit { .. });
        let slip = if resting { 0.0 } else { float(request.side.signed(Decimal::ONE)) * self.slippage_bps / 10_000.0 };
        let price = decimal(offer.price(request.side) * (1.0 + slip)).map(|price| nearest(price, Decimal::ZERO));
        let (Some(price), false) = (price, qty.is_zero()) else {
            out.push(PaperEvent::Canceled { id: request.client_order_id, why: "nothing is left to reduce" });
            return;
        };
        *held += request.side.signed(qty);
        let (liquidity, rate) =
            if resting { (Liquidity::Maker, instrument.fees.maker) } else { (Liquidity::Taker, instrument.fees.taker) };
        let fill = Fill {
            id: FillId(self.next_fill),
            order_id: id,
            client_order_id: request.client_order_id,
            symbol: symbol.clone(),
            side: request.side,
            price,
            qty,
            fee: rounded(price * qty * rate),
            fee_asset: instrument.quote.clone(),
            liquidity,
            realised_pnl: Decimal::ZERO,
            liquidation: false,
            at: offer.at,
        };
        self.next_fill += 1;
        out.push(PaperEvent::Filled(fill));
    }
}

//! An order as the exchange keeps it.

use mem_types::{EndReason, OrderId, OrderRequest, OrderState, OrderStatus, Side, Symbol, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::account::AccountId;

/// Where the exchange keeps an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stage {
    /// Nowhere: an exit of which nothing is active, because its entry has filled no more.
    Waiting,
    /// Among the stops.
    Untriggered,
    /// In hand, trading with what there is. Never between two operations.
    Working,
    /// In the book.
    Resting,
    /// Nowhere, for good.
    Done(OrderStatus, Option<EndReason>),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) id: OrderId,
    pub(super) account: AccountId,
    /// As it was asked for, to recognise a repetition.
    pub(super) request: OrderRequest,
    pub(super) reduce_only: bool,
    pub(super) stage: Stage,
    /// What it is for now: what was asked for less what rules took off.
    pub(super) qty: Decimal,
    /// The active part of `qty`. Less than all of it only for an exit whose entry has not filled whole.
    pub(super) armed: Decimal,
    pub(super) filled: Decimal,
    /// Sum of price times quantity of its fills.
    pub(super) notional: Decimal,
    pub(super) fees: Decimal,
    /// Where an untriggered stop triggers.
    pub(super) trigger: Option<Decimal>,
    /// The price at which funds are set aside: its limit, or its first trigger.
    pub(super) lock_price: Decimal,
    /// What is set aside for it now.
    pub(super) locked: Decimal,
    /// Synthetic quantity that stood at its price before it. `None` while its price lies deeper than what is quoted.
    pub(super) ahead: Option<Decimal>,
    pub(super) other_leg: Option<OrderId>,
    pub(super) entry: Option<OrderId>,
    /// Stop loss and take profit that wait for this entry.
    pub(super) exits: Option<[OrderId; 2]>,
    /// How much of `filled` the exits have been told of.
    pub(super) passed_on: Decimal,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

impl Order {
    /// A new order of which everything is active and nothing has happened.
    pub(super) fn new(id: OrderId, account: AccountId, request: OrderRequest, now: Timestamp) -> Self {
        let (qty, reduce_only) = (request.qty, request.reduce_only);
        Self {
            id,
            account,
            request,
            reduce_only,
            stage: Stage::Working,
            qty,
            armed: qty,
            filled: Decimal::ZERO,
            notional: Decimal::ZERO,
            fees: Decimal::ZERO,
            trigger: None,
            lock_price: Decimal::ZERO,
            locked: Decimal::ZERO,
            ahead: None,
            other_leg: None,
            entry: None,
            exits: None,
            passed_on: Decimal::ZERO,
            created_at: now,
            updated_at: now,
        }
    }

    pub(super) fn symbol(&self) -> &Symbol {
        &self.request.symbol
    }

    pub(super) fn side(&self) -> Side {
        self.request.side
    }

    pub(super) fn is_open(&self) -> bool {
        !matches!(self.stage, Stage::Done(..))
    }

    /// What can trade now.
    pub(super) fn remaining(&self) -> Decimal {
        self.armed - self.filled
    }

    pub(super) fn status(&self) -> OrderStatus {
        match self.stage {
            Stage::Done(status, _) => status,
            _ if !self.filled.is_zero() => OrderStatus::PartiallyFilled,
            Stage::Waiting | Stage::Untriggered => OrderStatus::Pending,
            Stage::Working | Stage::Resting => OrderStatus::New,
        }
    }

    pub(super) fn state(&self) -> OrderState {
        let request = &self.request;
        OrderState {
            id: self.id,
            client_order_id: request.client_order_id.clone(),
            symbol: request.symbol.clone(),
            side: request.side,
            order_type: request.order_type,
            qty: self.qty,
            tif: request.tif,
            post_only: request.post_only,
            reduce_only: self.reduce_only,
            status: self.status(),
            filled_qty: self.filled,
            average_price: (!self.filled.is_zero()).then(|| self.notional / self.filled),
            fees: self.fees,
            trigger: self.trigger.filter(|_| matches!(self.stage, Stage::Waiting | Stage::Untriggered)),
            reason: match self.stage {
                Stage::Done(_, reason) => reason,
                _ => None,
            },
            entry: self.entry,
            other_leg: self.other_leg,
            created_at: self.created_at,
            updated_at: self.updated_at,
            duplicate: false,
        }
    }
}

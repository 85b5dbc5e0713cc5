//! What clients ask for: no more of it.

use mem_types::{ClientOrderId, EndReason, OrderId, OrderState, OrderStatus, Symbol, Timestamp};
use serde::{Deserialize, Serialize};

use super::account::AccountId;
use super::{Matching, Reject};

/// How a client points at an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderRef {
    /// By the exchange's number.
    Id(OrderId),
    /// By the client's own name.
    ClientId(ClientOrderId),
}

impl Matching {
    /// Cancels what is left of an order. One leg of a pair takes the other with it; an entry takes along the part of
    /// its exits that it did not fill.
    ///
    /// # Errors
    /// [`Reject::UnknownOrder`], or [`Reject::NotOpen`] where the order is done.
    pub fn cancel(&mut self, account: &AccountId, order: &OrderRef, now: Timestamp) -> Result<OrderState, Reject> {
        self.known_account(account)?;
        let id = self.find(account, order).ok_or(Reject::UnknownOrder)?;
        if !self.orders[&id].is_open() {
            return Err(Reject::NotOpen);
        }
        self.end(id, OrderStatus::Canceled, Some(EndReason::Requested), now);
        self.finish(now);
        Ok(self.orders[&id].state())
    }

    /// Cancels every open order of an account, or those of one symbol, and returns how they stand afterwards.
    ///
    /// # Errors
    /// [`Reject::UnknownAccount`].
    pub fn cancel_all(
        &mut self,
        account: &AccountId,
        symbol: Option<&Symbol>,
        now: Timestamp,
    ) -> Result<Vec<OrderState>, Reject> {
        self.known_account(account)?;
        let ids = self.open_order_ids(account, symbol);
        for &id in &ids {
            if self.orders[&id].is_open() {
                self.end(id, OrderStatus::Canceled, Some(EndReason::Requested), now);
            }
        }
        self.finish(now);
        Ok(ids.iter().map(|id| self.orders[id].state()).collect())
    }
}

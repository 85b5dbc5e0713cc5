//! What accounts are told.

use mem_types::{Fill, OrderState, Timestamp};
use serde::{Deserialize, Serialize};

use super::account::{AccountId, BalanceState};
use super::position::PositionState;

/// Something that happened to an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountEvent {
    /// To whom.
    pub account: AccountId,
    /// The account's own count of its events, from 1 without gaps.
    pub sequence: u64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: AccountEventKind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum AccountEventKind {
    /// An order was accepted or changed.
    OrderUpdate(OrderState),
    /// An order traded. The update of the order follows.
    Fill(Fill),
    /// A balance changed: how it stands after the operation that changed it.
    Balance(BalanceState),
    /// A position changed: how it stands after the operation that changed it.
    Position(PositionState),
}

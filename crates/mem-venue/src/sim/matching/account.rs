//! Who trades and what they own.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use mem_types::{Asset, ClientOrderId, Fill, OrderId, Symbol};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::position::{Position, PositionState};

/// The name of an account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AccountId(pub String);

impl AccountId {
    /// The internal account on the other side of every fill against synthetic liquidity.
    pub fn market() -> Self {
        Self("market".to_owned())
    }

    /// The internal account that collects fees and pays rebates.
    pub fn fees() -> Self {
        Self("fees".to_owned())
    }

    /// The internal account that pays what liquidated accounts cannot. Its balance is negative by what it has paid.
    pub fn insurance() -> Self {
        Self("insurance".to_owned())
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What an account has of one asset.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Balance {
    /// Cash, realised profit and loss included.
    pub(super) total: Decimal,
    /// The part set aside for open orders and as initial margin of positions.
    pub(super) locked: Decimal,
}

/// A balance as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BalanceState {
    /// Of what.
    pub asset: Asset,
    /// What can be spent. Below zero when a perpetual lost more than was free.
    pub free: Decimal,
    /// What is set aside for open orders and as initial margin of positions.
    pub locked: Decimal,
}

/// An account as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountState {
    /// Whose.
    pub id: AccountId,
    /// What it owns, by asset.
    pub balances: Vec<BalanceState>,
    /// Its open positions, by symbol.
    pub positions: Vec<PositionState>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Account {
    pub(super) balances: BTreeMap<Asset, Balance>,
    /// Open ones only.
    pub(super) positions: BTreeMap<Symbol, Position>,
    pub(super) open_orders: BTreeSet<OrderId>,
    pub(super) by_client_id: BTreeMap<ClientOrderId, OrderId>,
    /// In order of their ids.
    pub(super) fills: Vec<Fill>,
    /// The number of the next event.
    pub(super) next_event: u64,
}

impl Account {
    pub(super) fn balance_mut(&mut self, asset: &Asset) -> &mut Balance {
        self.balances.entry(asset.clone()).or_default()
    }

    pub(super) fn total(&self, asset: &Asset) -> Decimal {
        self.balances.get(asset).map_or(Decimal::ZERO, |balance| balance.total)
    }

    pub(super) fn balance_state(&self, asset: &Asset) -> BalanceState {
        let Balance { total, locked } = self.balances.get(asset).cloned().unwrap_or_default();
        BalanceState { asset: asset.clone(), free: total - locked, locked }
    }
}

//! Do the books add up.

use std::collections::{BTreeMap, BTreeSet};

use mem_types::{Asset, OrderId, Symbol};
use rust_decimal::Decimal;

use super::Matching;
use super::account::AccountId;
use super::order::Stage;

/// What does not add up. It cannot happen; if it does, the exchange has a fault and its figures are not to be trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Imbalance {
    /// Cash of all accounts less the cost of open positions is not what was deposited.
    #[error("{asset}: accounts hold {held} where {deposited} were deposited")]
    Cash {
        /// Of what.
        asset: Asset,
        /// What there is.
        held: Decimal,
        /// What there should be.
        deposited: Decimal,
    },
    /// Longs and shorts are not equal.
    #[error("{symbol}: positions add up to {sum} instead of zero")]
    Positions {
        /// In what.
        symbol: Symbol,
        /// Their sum.
        sum: Decimal,
    },
    /// What is set aside is not what orders and positions need.
    #[error("account {account}: {locked} {asset} are locked where {needed} are needed")]
    Locked {
        /// Whose.
        account: AccountId,
        /// Of what.
        asset: Asset,
        /// What is set aside.
        locked: Decimal,
        /// What should be.
        needed: Decimal,
    },
    /// An account without positions has promised more than it has.
    #[error("account {account}: {asset} is overdrawn by {by}")]
    Overdrawn {
        /// Whose.
        account: AccountId,
        /// Of what.
        asset: Asset,
        /// By how much.
        by: Decimal,
    },
    /// An order is not where its state says, or has filled more than it was for.
    #[error("order {0:?} is in an impossible state")]
    Order(OrderId),
}

impl Matching {
    /// Checks that the books add up: money is neither made nor lost, positions sum to zero, what is set aside is what
    /// open orders and positions need, every order is where it belongs.
    ///
    /// # Errors
    /// The first thing that does not add up.
    pub fn audit(&self) -> Result<(), Imbalance> {
        self.audit_cash()?;
        self.audit_locked()?;
        self.orders.keys().try_for_each(|&id| self.audit_order(id))
    }

    fn audit_cash(&self) -> Result<(), Imbalance> {
        let mut held: BTreeMap<&Asset, Decimal> = BTreeMap::new();
        let mut positions: BTreeMap<&Symbol, Decimal> = BTreeMap::new();
        for account in self.accounts.values() {
            for (asset, balance) in &account.balances {
                *held.entry(asset).or_default() += balance.total;
            }
            for (symbol, position) in &account.positions {
                *held.entry(&self.books[symbol].spec.quote).or_default() -= position.cost;
                *positions.entry(symbol).or_default() += position.qty;
            }
        }
        for (asset, held) in held {
            let deposited = self.deposited.get(asset).copied().unwrap_or_default();
            if held != deposited {
                return Err(Imbalance::Cash { asset: asset.clone(), held, deposited });
            }
        }
        match positions.into_iter().find(|(_, sum)| !sum.is_zero()) {
            Some((symbol, sum)) => Err(Imbalance::Positions { symbol: symbol.clone(), sum }),
            None => Ok(()),
        }
    }

    fn audit_locked(&self) -> Result<(), Imbalance> {
        for (id, account) in self.accounts.iter().filter(|(id, _)| **id != AccountId::market()) {
            let assets: BTreeSet<&Asset> = account.balances.keys().collect();
            for asset in assets {
                let orders = account.open_orders.iter().filter(|id| self.lock_asset(&self.orders[id]) == asset);
                let for_orders: Decimal = orders.map(|&id| self.required(id)).sum();
                let positions = account.positions.iter().map(|(symbol, position)| (&self.books[symbol].spec, position));
                let for_positions: Decimal = positions
                    .filter(|(spec, _)| spec.quote == *asset)
                    .map(|(spec, position)| spec.margin(position.cost))
                    .sum();
                let (needed, locked) = (for_orders + for_positions, account.balances[asset].locked);
                if needed != locked {
                    return Err(Imbalance::Locked { account: id.clone(), asset: asset.clone(), locked, needed });
                }
                let by = self.locked_on_spot(id, asset) - account.total(asset);
                if account.next_event > 0 && account.positions.is_empty() && by > Decimal::ZERO {
                    return Err(Imbalance::Overdrawn { account: id.clone(), asset: asset.clone(), by });
                }
            }
        }
        Ok(())
    }

    fn audit_order(&self, id: OrderId) -> Result<(), Imbalance> {
        let order = &self.orders[&id];
        let book = &self.books[order.symbol()];
        let limit = order.request.order_type.limit();
        let resting = limit.and_then(|price| book.side(order.side()).resting.get(&price));
        let is_resting = resting.is_some_and(|queue| queue.contains(&id));
        let is_watched = book.stops.contains(&id);
        let is_listed = self.accounts[&order.account].open_orders.contains(&id);
        let sizes_fit = order.filled <= order.armed && order.armed <= order.qty && order.qty <= order.request.qty;
        let consistent = sizes_fit
            && is_resting == (order.stage == Stage::Resting)
            && is_watched == (order.stage == Stage::Untriggered)
            && is_listed == order.is_open()
            && order.stage != Stage::Working
            && order.locked == self.required(id);
        if consistent { Ok(()) } else { Err(Imbalance::Order(id)) }
    }
}

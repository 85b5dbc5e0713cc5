//! How things stand.

use mem_types::{Fill, FillId, OrderId, OrderState, Symbol};
use rust_decimal::Decimal;

use super::Matching;
use super::account::{AccountId, AccountState};
use super::cancel::OrderRef;
use super::instrument::InstrumentSpec;
use super::position::PositionState;

impl Matching {
    /// The instruments and their rules, by symbol.
    pub fn instruments(&self) -> impl Iterator<Item = &InstrumentSpec> {
        self.books.values().map(|book| &book.spec)
    }

    /// An account with its balances and positions; `None` if there is no such account. The internal ones are there too.
    pub fn account(&self, id: &AccountId) -> Option<AccountState> {
        let account = self.accounts.get(id)?;
        let balances = account.balances.keys().map(|asset| account.balance_state(asset)).collect();
        Some(AccountState { id: id.clone(), balances, positions: self.positions(id) })
    }

    /// An account's open orders, oldest first, of one symbol or of all. None for an unknown account.
    pub fn open_orders(&self, id: &AccountId, symbol: Option<&Symbol>) -> Vec<OrderState> {
        self.open_order_ids(id, symbol).iter().map(|id| self.orders[id].state()).collect()
    }

    /// One order of an account, open or done.
    pub fn order(&self, id: &AccountId, order: &OrderRef) -> Option<OrderState> {
        self.find(id, order).map(|id| self.orders[&id].state())
    }

    /// An account's fills after the fill `since`, oldest first, at most `limit`, of one symbol or of all.
    pub fn fills(&self, id: &AccountId, symbol: Option<&Symbol>, since: Option<FillId>, limit: usize) -> Vec<Fill> {
        let fills = self.accounts.get(id).map_or(&[][..], |account| &account.fills);
        let first = fills.partition_point(|fill| Some(fill.id) <= since);
        let wanted = fills[first..].iter().filter(|fill| symbol.is_none_or(|symbol| fill.symbol == *symbol));
        wanted.take(limit).cloned().collect()
    }

    /// An account's position in a symbol; `None` if it has none.
    pub fn position(&self, id: &AccountId, symbol: &Symbol) -> Option<PositionState> {
        let has_one = self.accounts.get(id)?.positions.contains_key(symbol);
        has_one.then(|| self.position_state(id, symbol))
    }

    /// An account's open positions, by symbol.
    pub fn positions(&self, id: &AccountId) -> Vec<PositionState> {
        let symbols = self.accounts.get(id).into_iter().flat_map(|account| account.positions.keys());
        symbols.map(|symbol| self.position_state(id, symbol)).collect()
    }

    /// The last traded price of a symbol; `None` before the first print.
    pub fn last_price(&self, symbol: &Symbol) -> Option<Decimal> {
        self.books.get(symbol)?.last
    }

    pub(super) fn position_state(&self, id: &AccountId, symbol: &Symbol) -> PositionState {
        let position = self.accounts[id].positions.get(symbol).cloned().unwrap_or_default();
        let book = &self.books[symbol];
        let is_market = *id == AccountId::market();
        PositionState {
            symbol: symbol.clone(),
            qty: position.qty,
            average_entry: position.average_entry(),
            mark: book.last,
            unrealised_pnl: book.last.map_or(Decimal::ZERO, |last| position.unrealised(last)),
            margin: if is_market { Decimal::ZERO } else { book.spec.margin(position.cost) },
        }
    }

    pub(super) fn open_order_ids(&self, id: &AccountId, symbol: Option<&Symbol>) -> Vec<OrderId> {
        let open = self.accounts.get(id).into_iter().flat_map(|account| &account.open_orders);
        open.filter(|id| symbol.is_none_or(|symbol| self.orders[id].symbol() == symbol)).copied().collect()
    }

    pub(super) fn find(&self, account: &AccountId, order: &OrderRef) -> Option<OrderId> {
        match order {
            OrderRef::Id(id) => self.orders.get(id).filter(|order| order.account == *account).map(|order| order.id),
            OrderRef::ClientId(id) => self.accounts.get(account)?.by_client_id.get(id).copied(),
        }
    }
}

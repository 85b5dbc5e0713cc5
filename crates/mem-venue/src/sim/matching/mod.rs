//! The matching engine of the simulated exchange.
//!
//! What comes in: a tape (quotes and prints) and what accounts ask for, each with its time. What goes out: the state of
//! orders, and events. It reads no clock, does no I/O, draws no random numbers: the same inputs give the same state,
//! and the whole state can be saved and restored between any two inputs.
//!
//! Modules in reading order: `instrument` (what trades on which grid), `account`, `position`, `order`, `book` (the
//! state), `submit` and `cancel` (what clients ask), `walk` (what a taker would meet), `execute` (fills and their
//! bookkeeping), `links` (one-cancels-other, brackets, reduce-only), `trigger` (stops), `tape` (what the market does),
//! `funds` (what is set aside, liquidation), `views`, `audit`.
//!
//! # Assumptions
//! - **No impact.** Fills of accounts never change the tape. Yet nobody takes more than is quoted: synthetic liquidity
//!   that was taken is gone until the next quote.
//! - **Priority** is price, then time. Synthetic liquidity that stood at a price when an order joined is ahead of it;
//!   prints at that price, takers, and a shrinking level shorten that queue, and it never grows. At a price deeper than
//!   what is quoted the queue is unknown: it counts from the first quote that reaches so deep, and until then only a
//!   print through the price fills.
//! - **A print through** a resting order's price fills it whole, whatever the print's size. A print at its price fills
//!   what the print has left after the queue ahead, unless the tape says that the print took the other side.
//! - **A quote that crosses** a resting order fills it at the order's price, up to the quantity quoted.
//! - **Prices of fills** are those of what rested. Fees are in quote, at the maker's or the taker's rate.
//! - **Self-trade prevention** cancels the newest: an order that comes to an order of its own account trades with what
//!   is before it, then its rest is cancelled.
//! - **Stops** look at prints only, never at fills of accounts. What a triggered stop finds no liquidity for expires.
//! - **Pairs and brackets.** What fills of a take profit is taken off the stop loss. A triggered stop loss cancels the
//!   take profit and what is left of the entry. When a leg ends otherwise, the other ends too. Exits grow with what the
//!   entry fills and on a perpetual only reduce; they start once the order that filled the entry is done.
//! - **Margin** is cross: all perpetuals of one quote asset share it. Profits count once they are realised, losses at
//!   once. A position is liquidated whole at the best synthetic price (at the last price where none is quoted) when
//!   what backs it falls below half a percent of its worth; funds set aside for spot orders do not back it.

mod account;
mod audit;
mod book;
mod cancel;
mod event;
mod execute;
mod funds;
mod instrument;
#[cfg(test)]
mod laws_test;
mod links;
mod order;
mod position;
mod reject;
#[cfg(test)]
mod scenarios_test;
mod submit;
mod tape;
#[cfg(test)]
mod testing;
mod trigger;
mod views;
mod walk;

use std::collections::{BTreeMap, BTreeSet};

use mem_types::{Asset, OrderId, Symbol, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub use account::{AccountId, AccountState, BalanceState};
pub use audit::Imbalance;
pub use cancel::OrderRef;
pub use event::{AccountEvent, AccountEventKind};
pub use instrument::{ConfigError, InstrumentSpec};
pub use position::PositionState;
pub use reject::Reject;

use account::Account;
use book::Book;
use instrument::{MAX_NOTIONAL, MONEY_SCALE};
use order::Order;

/// What the exchange trades and charges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatchingConfig {
    /// What can be traded.
    pub instruments: Vec<InstrumentSpec>,
    /// Fraction of a fill's worth that the resting side pays; negative for a rebate.
    pub maker_fee: Decimal,
    /// Fraction of a fill's worth that the taking side pays.
    pub taker_fee: Decimal,
}

/// The exchange: books, accounts, orders.
///
/// See the [module](self) for what it assumes. Times must not decrease from call to call; nothing depends on them but
/// what is reported.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Matching {
    maker_fee: Decimal,
    taker_fee: Decimal,
    books: BTreeMap<Symbol, Book>,
    /// Those of clients and the three internal ones.
    accounts: BTreeMap<AccountId, Account>,
    /// All there ever were.
    orders: BTreeMap<OrderId, Order>,
    /// What came in from outside.
    deposited: BTreeMap<Asset, Decimal>,
    next_order: u64,
    next_fill: u64,
    events: Vec<AccountEvent>,
    /// Entries that filled or ended, whose exits are told as soon as no order is in hand.
    #[serde(skip)]
    to_pass_on: BTreeSet<OrderId>,
    /// Balances that changed in this operation.
    #[serde(skip)]
    changed_balances: BTreeSet<(AccountId, Asset)>,
    /// Positions that changed in this operation.
    #[serde(skip)]
    changed_positions: BTreeSet<(AccountId, Symbol)>,
}

impl Matching {
    /// An exchange without accounts, quotes or orders.
    ///
    /// # Errors
    /// A configuration that makes no exchange.
    pub fn new(config: MatchingConfig) -> Result<Self, ConfigError> {
        for (name, fee) in [("maker_fee", config.maker_fee), ("taker_fee", config.taker_fee)] {
            if fee.abs() >= Decimal::ONE || fee.scale() > MONEY_SCALE {
                return Err(ConfigError::Fee(name));
            }
        }
        let mut books = BTreeMap::new();
        for spec in config.instruments {
            spec.check()?;
            let symbol = spec.symbol.clone();
            if books.insert(symbol.clone(), Book::new(spec)).is_some() {
                return Err(ConfigError::Repeated(symbol));
            }
        }
        let internal = [AccountId::market(), AccountId::fees(), AccountId::insurance()];
        Ok(Self {
            maker_fee: config.maker_fee,
            taker_fee: config.taker_fee,
            books,
            accounts: internal.into_iter().map(|id| (id, Account::default())).collect(),
            orders: BTreeMap::new(),
            deposited: BTreeMap::new(),
            next_order: 1,
            next_fill: 1,
            events: Vec::new(),
            to_pass_on: BTreeSet::new(),
            changed_balances: BTreeSet::new(),
            changed_positions: BTreeSet::new(),
        })
    }

    /// Opens an account with its first deposits.
    ///
    /// # Errors
    /// [`Reject::AccountExists`] for a name in use, [`Reject::BadDeposit`] for an amount that cannot be booked.
    pub fn open_account(&mut self, id: AccountId, deposits: &[(Asset, Decimal)], now: Timestamp) -> Result<(), Reject> {
        if self.accounts.contains_key(&id) {
            return Err(Reject::AccountExists { account: id });
        }
        for (_, amount) in deposits {
            check_deposit(*amount)?;
        }
        self.accounts.insert(id.clone(), Account { next_event: 1, ..Account::default() });
        for (asset, amount) in deposits {
            self.deposit(&id, asset, *amount, now)?;
        }
        Ok(())
    }

    /// Brings in money from outside. The internal accounts may receive it as well, as a fund for insurance does.
    ///
    /// # Errors
    /// [`Reject::UnknownAccount`], or [`Reject::BadDeposit`] for an amount that cannot be booked.
    pub fn deposit(&mut self, id: &AccountId, asset: &Asset, amount: Decimal, now: Timestamp) -> Result<(), Reject> {
        self.known_account(id)?;
        check_deposit(amount)?;
        *self.deposited.entry(asset.clone()).or_default() += amount;
        self.credit(id, asset, amount);
        self.finish(now);
        Ok(())
    }

    /// Takes the events since the last time, in order of happening.
    pub fn drain_events(&mut self) -> Vec<AccountEvent> {
        std::mem::take(&mut self.events)
    }

    fn known_account(&self, id: &AccountId) -> Result<&Account, Reject> {
        self.accounts.get(id).ok_or_else(|| Reject::UnknownAccount { account: id.clone() })
    }

    fn account_mut(&mut self, id: &AccountId) -> &mut Account {
        self.accounts.get_mut(id).expect("accounts are never removed, and names are checked where they come in")
    }

    fn book_mut(&mut self, symbol: &Symbol) -> &mut Book {
        self.books.get_mut(symbol).expect("books are never removed, and symbols are checked where they come in")
    }

    fn order_mut(&mut self, id: OrderId) -> &mut Order {
        self.orders.get_mut(&id).expect("orders are never removed, and ids come from the exchange itself")
    }

    /// Adds to a balance, or takes away where the amount is negative.
    fn credit(&mut self, id: &AccountId, asset: &Asset, amount: Decimal) {
        self.account_mut(id).balance_mut(asset).total += amount;
        self.changed_balances.insert((id.clone(), asset.clone()));
    }

    /// Ends an operation: exits hear of their entries, then accounts of their balances and positions.
    fn finish(&mut self, now: Timestamp) {
        self.pass_on_all(now);
        for (id, asset) in std::mem::take(&mut self.changed_balances) {
            let balance = self.accounts[&id].balance_state(&asset);
            self.tell(&id, AccountEventKind::Balance(balance), now);
        }
        for (id, symbol) in std::mem::take(&mut self.changed_positions) {
            let position = self.position_state(&id, &symbol);
            self.tell(&id, AccountEventKind::Position(position), now);
        }
    }

    /// Records an event. Nobody listens to the internal accounts.
    fn tell(&mut self, id: &AccountId, kind: AccountEventKind, now: Timestamp) {
        let account = self.account_mut(id);
        if account.next_event == 0 {
            return;
        }
        let sequence = account.next_event;
        account.next_event += 1;
        self.events.push(AccountEvent { account: id.clone(), sequence, at: now, kind });
    }

    fn tell_order(&mut self, id: OrderId, now: Timestamp) {
        let order = self.order_mut(id);
        order.updated_at = now;
        let (account, state) = (order.account.clone(), order.state());
        self.tell(&account, AccountEventKind::OrderUpdate(state), now);
    }
}

fn check_deposit(amount: Decimal) -> Result<(), Reject> {
    let bookable = amount > Decimal::ZERO && amount <= MAX_NOTIONAL && amount.scale() <= MONEY_SCALE;
    if bookable { Ok(()) } else { Err(Reject::BadDeposit) }
}

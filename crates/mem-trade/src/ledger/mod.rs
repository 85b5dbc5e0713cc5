//! The books, in double entry: every entry's postings sum to zero in every asset, so the whole ledger does, always.
//!
//! Buying is an exchange of two assets with the world outside, kept on [`Account::Trading`] (multi-currency bookkeeping after
//! Ellerman and Selinger): what we pay, it receives, asset by asset. What the account is worth is never booked; it follows from
//! cash, holdings and prices.

mod booking;
mod entry;

use std::collections::BTreeMap;

use mem_types::{Asset, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub use booking::{deposit, difference, fill};
pub use entry::{Entry, EntryKind, Posting, Unbalanced};

/// Where an amount stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Account {
    /// Assets that we own: quote and base of spot. Below zero for what was sold short or borrowed.
    Cash,
    /// Contracts held, counted in base: long above zero, short below.
    Contracts,
    /// The other side of every exchange.
    Trading,
    /// Profits (below zero: we received them) and losses of contracts.
    Pnl,
    /// Fees paid.
    Fees,
    /// Where money came from.
    Deposits,
    /// Differences between our books and the venue's, booked when they were found.
    Adjustments,
}

impl Account {
    /// Its name in files and tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cash => "cash",
            Self::Contracts => "contracts",
            Self::Trading => "trading",
            Self::Pnl => "pnl",
            Self::Fees => "fees",
            Self::Deposits => "deposits",
            Self::Adjustments => "adjustments",
        }
    }
}

/// One line of a trial balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// Which account.
    pub account: Account,
    /// Of what.
    pub asset: Asset,
    /// How much.
    pub amount: Decimal,
}

/// Balances of all accounts after the entries so far.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Kept", into = "Kept")]
pub struct Ledger {
    balances: BTreeMap<(Account, Asset), Decimal>,
    entries: u64,
}

/// A ledger as it is written down.
#[derive(Serialize, Deserialize)]
struct Kept {
    entries: u64,
    balances: Vec<Balance>,
}

impl From<Kept> for Ledger {
    fn from(kept: Kept) -> Self {
        let balances = kept.balances.into_iter().map(|line| ((line.account, line.asset), line.amount)).collect();
        Self { balances, entries: kept.entries }
    }
}

impl From<Ledger> for Kept {
    fn from(ledger: Ledger) -> Self {
        Self { entries: ledger.entries, balances: ledger.trial_balance() }
    }
}

impl Ledger {
    /// Books an entry under the next number, which it gives.
    pub fn book(&mut self, entry: &Entry) -> u64 {
        for posting in entry.postings() {
            let place = (posting.account, posting.asset.clone());
            let balance = self.balances.entry(place.clone()).or_default();
            *balance += posting.amount;
            // A ledger is the same whatever it once held.
            if balance.is_zero() {
                self.balances.remove(&place);
            }
        }
        self.entries += 1;
        self.entries
    }

    /// How many entries have been booked.
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// What stands on an account.
    pub fn balance(&self, account: Account, asset: &Asset) -> Decimal {
        self.balances.get(&(account, asset.clone())).copied().unwrap_or_default()
    }

    /// Every balance that is not zero, by account and asset.
    pub fn trial_balance(&self) -> Vec<Balance> {
        let line = |((account, asset), amount): (&(Account, Asset), &Decimal)| Balance {
            account: *account,
            asset: asset.clone(),
            amount: *amount,
        };
        self.balances.iter().map(line).collect()
    }

    /// What all accounts together hold of each asset that does not sum to zero: empty, always.
    pub fn imbalance(&self) -> Vec<(Asset, Decimal)> {
        let mut sums: BTreeMap<&Asset, Decimal> = BTreeMap::new();
        for ((_, asset), amount) in &self.balances {
            *sums.entry(asset).or_default() += amount;
        }
        sums.into_iter().filter(|(_, sum)| !sum.is_zero()).map(|(asset, sum)| (asset.clone(), sum)).collect()
    }
}

/// When an entry was made and what for; used by [`Entry::new`].
#[derive(Debug, Clone)]
pub struct Occasion {
    /// When, in the market's time.
    pub at: Timestamp,
    /// What kind.
    pub kind: EntryKind,
    /// In words, such as the client id of the order.
    pub memo: String,
}

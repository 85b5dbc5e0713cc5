//! One entry: postings that sum to zero.

use mem_types::{Asset, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Account, Occasion};

/// What an entry is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// Money brought in, or the balances that were there at the start.
    Deposit,
    /// A fill with its fee.
    Fill,
    /// A difference to the venue's books.
    Adjustment,
}

impl EntryKind {
    /// Its name in files and tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deposit => "deposit",
            Self::Fill => "fill",
            Self::Adjustment => "adjustment",
        }
    }
}

/// A change of one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// Which account.
    pub account: Account,
    /// Of what.
    pub asset: Asset,
    /// By how much.
    pub amount: Decimal,
}

/// Postings that do not sum to zero are no entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the postings in {asset} sum to {sum}, not to zero")]
pub struct Unbalanced {
    /// In what.
    pub asset: Asset,
    /// To what.
    pub sum: Decimal,
}

/// Postings that sum to zero in every asset. There are no others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    at: Timestamp,
    kind: EntryKind,
    memo: String,
    postings: Vec<Posting>,
}

impl Entry {
    /// An entry of `postings`; those of zero are left out.
    ///
    /// # Errors
    /// If they do not sum to zero.
    pub fn new(occasion: Occasion, mut postings: Vec<Posting>) -> Result<Self, Unbalanced> {
        for Posting { asset, .. } in &postings {
            let of_asset = postings.iter().filter(|posting| posting.asset == *asset);
            let sum: Decimal = of_asset.map(|posting| posting.amount).sum();
            if !sum.is_zero() {
                return Err(Unbalanced { asset: asset.clone(), sum });
            }
        }
        postings.retain(|posting| !posting.amount.is_zero());
        let Occasion { at, kind, memo } = occasion;
        Ok(Self { at, kind, memo, postings })
    }

    /// A transfer from one account to another: balanced by its making.
    pub(super) fn transfers(occasion: Occasion, transfers: Vec<(Account, Account, Asset, Decimal)>) -> Self {
        let Occasion { at, kind, memo } = occasion;
        let mut postings = Vec::with_capacity(transfers.len() * 2);
        for (from, to, asset, amount) in transfers {
            if amount.is_zero() {
                continue;
            }
            postings.push(Posting { account: to, asset: asset.clone(), amount });
            postings.push(Posting { account: from, asset, amount: -amount });
        }
        Self { at, kind, memo, postings }
    }

    /// When, in the market's time.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// What for.
    pub fn kind(&self) -> EntryKind {
        self.kind
    }

    /// In words.
    pub fn memo(&self) -> &str {
        &self.memo
    }

    /// What it changes.
    pub fn postings(&self) -> &[Posting] {
        &self.postings
    }
}

//! Why the exchange says no.

use mem_types::{Asset, ClientOrderId, InvalidOrder, Symbol};
use rust_decimal::Decimal;
use serde::Serialize;

use super::account::AccountId;

/// Why a request was refused. Nothing has changed then, and the client order id is still unused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Reject {
    /// There is no such account.
    #[error("no account {account}")]
    UnknownAccount {
        /// The name asked for.
        account: AccountId,
    },
    /// The name belongs to an account already, or to the exchange itself.
    #[error("account name {account} is taken")]
    AccountExists {
        /// The name asked for.
        account: AccountId,
    },
    /// A deposit that is not above zero, too large, or finer than 12 decimal places.
    #[error("a deposit must be above zero, at most 1000000000000 and have at most 12 decimal places")]
    BadDeposit,
    /// Nothing of that name trades here.
    #[error("no instrument {symbol}")]
    UnknownSymbol {
        /// The name asked for.
        symbol: Symbol,
    },
    /// The account never had such an order.
    #[error("no such order")]
    UnknownOrder,
    /// The order is done; there is nothing to cancel.
    #[error("the order is not open")]
    NotOpen,
    /// The client's name for the order belongs to another order of this account.
    #[error("client order id {client_order_id} was used for another order")]
    ClientOrderIdReused {
        /// The name.
        client_order_id: ClientOrderId,
    },
    /// The request is wrong by itself.
    #[error(transparent)]
    Invalid(#[from] InvalidOrder),
    /// A price or quantity between the points of the instrument's grid.
    #[error("{field} must be a multiple of {step}")]
    OffGrid {
        /// Which number.
        field: &'static str,
        /// The tick or lot size.
        step: Decimal,
    },
    /// Smaller than the instrument allows.
    #[error("{field} must be at least {minimum}")]
    BelowMinimum {
        /// `qty` or `notional`.
        field: &'static str,
        /// The least allowed.
        minimum: Decimal,
    },
    /// Worth more than the exchange can book exactly.
    #[error("price times quantity must be at most 1000000000000")]
    NotionalTooLarge,
    /// A trailing stop that would stand at or below zero.
    #[error("the trail reaches below a price of zero")]
    TrailTooLong,
    /// The account cannot pay for it or has too little margin.
    #[error("needs {needed} {asset}, free are {available}")]
    InsufficientFunds {
        /// In what.
        asset: Asset,
        /// What the order would have to set aside.
        needed: Decimal,
        /// What the account has: free balance less unrealised losses.
        available: Decimal,
    },
    /// A post-only order that would trade at once, or a take profit of a pair that would.
    #[error("the order would take liquidity")]
    WouldTake,
    /// A stop whose trigger the last price has reached already.
    #[error("the stop would trigger at once")]
    WouldTrigger,
    /// A trailing stop before the first print.
    #[error("there is no last price to trail")]
    NoLastPrice,
    /// Spot has no positions that could be reduced.
    #[error("reduce_only is for perpetuals")]
    ReduceOnlyOnSpot,
    /// There is no position on the other side.
    #[error("there is no position to reduce")]
    NothingToReduce,
    /// On spot one cannot sell what is yet to be bought back.
    #[error("the entry of a bracket on spot must be a buy")]
    SpotBracketMustBuy,
}

//! The border of venues that take orders: translation of requests and answers, as [`crate::Adapter`] is for market data.

use std::fmt;

use mem_types::{Asset, ClientOrderId, Fill, FillId, OrderRequest, OrderState, Symbol};
use rust_decimal::Decimal;

use crate::adapter::{Request, WireError};

/// An account as a venue tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountView {
    /// What it owns of each asset, what is set aside for orders and margin included.
    pub balances: Vec<(Asset, Decimal)>,
    /// Contracts held, by symbol: above zero for long.
    pub positions: Vec<(Symbol, Decimal)>,
}

/// The wire format of orders. Every request is private.
pub trait Trading: Send + Sync + fmt::Debug {
    /// Sends an order. Sending it again under its client id changes nothing.
    fn place(&self, order: &OrderRequest) -> Request;

    /// Sends a limit and a stop of which one cancels the other.
    fn place_pair(&self, target: &OrderRequest, stop: &OrderRequest) -> Request;

    /// Cancels an order.
    fn cancel(&self, symbol: &Symbol, id: &ClientOrderId) -> Request;

    /// Asks for an order; a 404 says that there is none.
    fn order(&self, symbol: &Symbol, id: &ClientOrderId) -> Request;

    /// Asks for all open orders.
    fn open_orders(&self) -> Request;

    /// Asks for fills after `since`, oldest first, at most `limit`.
    fn fills(&self, since: Option<FillId>, limit: usize) -> Request;

    /// Asks for the account.
    fn account(&self) -> Request;

    /// Reads the answer to [`Trading::place`], [`Trading::cancel`] or [`Trading::order`].
    ///
    /// # Errors
    /// An answer of another form.
    fn read_order(&self, body: &[u8]) -> Result<OrderState, WireError>;

    /// Reads the answer to [`Trading::place_pair`] or [`Trading::open_orders`].
    ///
    /// # Errors
    /// An answer of another form.
    fn read_orders(&self, body: &[u8]) -> Result<Vec<OrderState>, WireError>;

    /// Reads the answer to [`Trading::fills`].
    ///
    /// # Errors
    /// An answer of another form.
    fn read_fills(&self, body: &[u8]) -> Result<Vec<Fill>, WireError>;

    /// Reads the answer to [`Trading::account`].
    ///
    /// # Errors
    /// An answer of another form.
    fn read_account(&self, body: &[u8]) -> Result<AccountView, WireError>;
}

//! The client's side of orders at the simulated exchange.

use mem_types::{ClientOrderId, Fill, FillId, OrderRequest, OrderState, Symbol};
use serde::Deserialize;
use serde_json::json;

use super::adapter::SimAdapter;
use super::matching::AccountState;
use crate::adapter::{Method, Request, WireError};
use crate::trading::{AccountView, Trading};

fn private(method: Method, path: String, body: String) -> Request {
    Request { method, path, body, weight: 1, private: true }
}

fn read<'a, T: Deserialize<'a>>(what: &'static str, bytes: &'a [u8]) -> Result<T, WireError> {
    serde_json::from_slice(bytes).map_err(|error| WireError::new(what, error))
}

impl Trading for SimAdapter {
    fn place(&self, order: &OrderRequest) -> Request {
        private(Method::Post, "/api/v1/orders".to_owned(), json!(order).to_string())
    }

    fn place_pair(&self, target: &OrderRequest, stop: &OrderRequest) -> Request {
        let body = json!({"take_profit": target, "stop_loss": stop});
        private(Method::Post, "/api/v1/orders/oco".to_owned(), body.to_string())
    }

    fn cancel(&self, _symbol: &Symbol, id: &ClientOrderId) -> Request {
        private(Method::Delete, format!("/api/v1/orders/client:{id}"), String::new())
    }

    fn order(&self, _symbol: &Symbol, id: &ClientOrderId) -> Request {
        private(Method::Get, format!("/api/v1/orders/client:{id}"), String::new())
    }

    fn open_orders(&self) -> Request {
        private(Method::Get, "/api/v1/orders".to_owned(), String::new())
    }

    fn fills(&self, since: Option<FillId>, limit: usize) -> Request {
        let since = since.map(|fill| format!("&since={}", fill.0)).unwrap_or_default();
        private(Method::Get, format!("/api/v1/fills?limit={limit}{since}"), String::new())
    }

    fn account(&self) -> Request {
        private(Method::Get, "/api/v1/account".to_owned(), String::new())
    }

    fn read_order(&self, body: &[u8]) -> Result<OrderState, WireError> {
        read("order", body)
    }

    fn read_orders(&self, body: &[u8]) -> Result<Vec<OrderState>, WireError> {
        read("orders", body)
    }

    fn read_fills(&self, body: &[u8]) -> Result<Vec<Fill>, WireError> {
        read("fills", body)
    }

    fn read_account(&self, body: &[u8]) -> Result<AccountView, WireError> {
        let account: AccountState = read("account", body)?;
        let balances = account.balances.into_iter().map(|balance| (balance.asset, balance.free + balance.locked));
        let positions = account.positions.into_iter().map(|position| (position.symbol, position.qty));
        Ok(AccountView { balances: balances.collect(), positions: positions.collect() })
    }
}

//! Accounts on the simulated exchange: who may trade, and the matching engine behind them, fed by the tape.
//!
//! Nothing here costs anything until the first account acts: then the engine hears of every trade and quote.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use mem_types::{Asset, Symbol, Timestamp};
use rust_decimal::Decimal;

use super::exchange::Exchange;
use super::matching::{AccountEvent, AccountId, ConfigError, InstrumentSpec, Matching, MatchingConfig, Reject};
use super::view::{MarketView, TapeEvent};
use crate::words::Listing;

/// Levels of the book that accounts can take.
const LEVELS: usize = 10;
/// Ticks and lots together have no more decimals in the engine.
const DECIMALS: u32 = 12;

/// An account to open, with the key that acts for it.
#[derive(Clone)]
pub struct AccountSetup {
    /// Its name.
    pub name: String,
    /// The public half of its key.
    pub key: String,
    /// The secret half. The simulated exchange's own default is no secret: it stands in the documentation.
    pub secret: String,
    /// What it owns at first.
    pub deposits: Vec<(Asset, Decimal)>,
}

impl fmt::Debug for AccountSetup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountSetup").field("name", &self.name).field("secret", &"<redacted>").finish_non_exhaustive()
    }
}

/// What orders cost, and who may send them.
#[derive(Debug, Clone)]
pub struct AccountsConfig {
    /// Fraction of a fill's worth that the resting side pays.
    pub maker_fee: Decimal,
    /// Fraction of a fill's worth that the taking side pays.
    pub taker_fee: Decimal,
    /// Notional over initial margin of perpetuals.
    pub max_leverage: u32,
    /// The accounts.
    pub accounts: Vec<AccountSetup>,
}

/// Why no accounts are opened.
#[derive(Debug, thiserror::Error)]
pub enum AccountsError {
    /// The instruments or fees make no exchange.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An account cannot be opened.
    #[error(transparent)]
    Account(#[from] Reject),
    /// A name that is no asset.
    #[error(transparent)]
    Name(#[from] mem_types::NameError),
    /// Two accounts share a key.
    #[error("two accounts share one key")]
    SharedKey,
}

/// The accounts of an exchange.
pub struct Accounts {
    keys: BTreeMap<String, (String, AccountId)>,
    state: Mutex<State>,
}

struct State {
    matching: Matching,
    /// Somebody has traded or asked: the engine follows the tape.
    awake: bool,
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accounts").field("keys", &self.keys.len()).finish_non_exhaustive()
    }
}

impl AccountsConfig {
    /// One account `demo` with a well-known key and plenty of everything that `listings` are paid with.
    pub fn demo(listings: &[Listing]) -> Self {
        let quotes: std::collections::BTreeSet<&str> = listings.iter().map(|listing| listing.quote.as_str()).collect();
        let deposits = quotes.into_iter().filter_map(|quote| Some((quote.parse().ok()?, Decimal::from(1_000_000))));
        Self {
            maker_fee: Decimal::new(2, 4),
            taker_fee: Decimal::new(5, 4),
            max_leverage: 10,
            accounts: vec![AccountSetup {
                name: "demo".to_owned(),
                key: "simulated-key".to_owned(),
                secret: "simulated-secret".to_owned(),
                deposits: deposits.collect(),
            }],
        }
    }
}

impl Accounts {
    /// Opens the accounts of `config` on what `exchange` lists.
    ///
    /// # Errors
    /// Instruments, fees or accounts that the engine refuses.
    pub fn open(config: AccountsConfig, exchange: &Exchange) -> Result<Self, AccountsError> {
        let specs: Result<Vec<InstrumentSpec>, AccountsError> =
            exchange.listings().iter().map(|listing| spec(listing, config.max_leverage)).collect();
        let mut matching = Matching::new(MatchingConfig {
            instruments: specs?,
            maker_fee: config.maker_fee,
            taker_fee: config.taker_fee,
        })?;
        let mut keys = BTreeMap::new();
        for account in config.accounts {
            let id = AccountId(account.name);
            matching.open_account(id.clone(), &account.deposits, exchange.now())?;
            if keys.insert(account.key, (account.secret, id)).is_some() {
                return Err(AccountsError::SharedKey);
            }
        }
        matching.drain_events();
        Ok(Self { keys, state: Mutex::new(State { matching, awake: false }) })
    }

    /// The account that a key acts for, if `check` finds that its secret was known.
    pub fn of_key(&self, key: &str, check: impl FnOnce(&str) -> bool) -> Option<&AccountId> {
        let (secret, account) = self.keys.get(key)?;
        check(secret).then_some(account)
    }

    /// Lets the engine hear what happened on the tape, and returns what happened to accounts.
    pub fn follow(&self, exchange: &Exchange, events: &[TapeEvent]) -> Vec<AccountEvent> {
        let mut state = self.state();
        if !state.awake {
            return Vec::new();
        }
        let now = exchange.now();
        for event in events {
            match event {
                TapeEvent::Trade(symbol, trade) => {
                    state.matching.traded(symbol, decimal(trade.price), decimal(trade.qty), trade.aggressor, now);
                }
                TapeEvent::Quote(symbol, quote) => {
                    if let Some(depth) = exchange.depth_of(symbol, quote, LEVELS) {
                        state.matching.quote(symbol, &levels(&depth.bids), &levels(&depth.asks), now);
                    }
                }
                TapeEvent::Bar(..) => {}
            }
        }
        state.matching.drain_events()
    }

    /// Acts on the engine, and returns what happened to accounts beside the answer.
    pub fn act<T>(
        &self,
        exchange: &Exchange,
        act: impl FnOnce(&mut Matching, Timestamp) -> T,
    ) -> (T, Vec<AccountEvent>) {
        let mut state = self.state();
        let now = exchange.now();
        if !state.awake {
            state.awake = true;
            for listing in exchange.listings() {
                wake(&mut state.matching, exchange, &listing.symbol, now);
            }
        }
        let answer = act(&mut state.matching, now);
        (answer, state.matching.drain_events())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells the engine how a market stands.
fn wake(matching: &mut Matching, exchange: &Exchange, symbol: &Symbol, now: Timestamp) {
    if let Some(trade) = exchange.trades(symbol, None, 1).and_then(|trades| trades.into_iter().next()) {
        matching.traded(symbol, decimal(trade.price), decimal(trade.qty), trade.aggressor, now);
    }
    if let Some(depth) = exchange.depth(symbol, LEVELS) {
        matching.quote(symbol, &levels(&depth.bids), &levels(&depth.asks), now);
    }
}

fn spec(listing: &Listing, max_leverage: u32) -> Result<InstrumentSpec, AccountsError> {
    let tick_size = decimal(listing.tick_size).normalize();
    // Finer lots than the engine books exactly are traded in coarser ones.
    let finest = Decimal::new(1, DECIMALS.saturating_sub(tick_size.scale()));
    let lot_size = decimal(listing.lot_size).normalize().max(finest);
    Ok(InstrumentSpec {
        symbol: listing.symbol.clone(),
        base: listing.base.parse()?,
        quote: listing.quote.parse()?,
        kind: listing.kind,
        tick_size,
        lot_size,
        min_qty: lot_size,
        min_notional: decimal(listing.min_notional),
        max_leverage,
    })
}

/// The decimal number that a price or quantity prints as; zero where it is too large to be one.
fn decimal(value: f64) -> Decimal {
    value.to_string().parse().unwrap_or_default()
}

fn levels(side: &[(f64, f64)]) -> Vec<(Decimal, Decimal)> {
    side.iter().map(|(price, qty)| (decimal(*price), decimal(*qty))).collect()
}

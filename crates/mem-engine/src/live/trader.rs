//! Orders at a venue: what the loop wants is carried out, and what the venue knows comes back as news.
//!
//! Commands are carried out one after another, in order, each at most once (`mem_feed::Commands`). What became of them is asked for
//! again and again until the venue says that an order is done and all its fills have been told: fills first, then orders, so
//! that an order never ends before its last fill is known.

use std::collections::BTreeMap;
use std::time::Duration;

use mem_feed::{Command as Sending, CommandError, Commands};
use mem_types::{ClientOrderId, FillId, OrderState, Symbol, Timestamp};
use mem_venue::session::{Http, HttpError};
use mem_venue::{Request, Trading, WireError};
use rust_decimal::Decimal;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior};

use crate::core::{Command, Event, Stamped, State, VenueNews};

/// An entry that has not been carried out by then is not wanted any more.
const ENTRY_EXPIRES: Duration = Duration::from_secs(5);
/// An exit is wanted for longer.
const EXIT_EXPIRES: Duration = Duration::from_secs(60);
/// How often the venue is asked while orders are open, and while none is.
const ASK_OPEN: Duration = Duration::from_millis(200);
const ASK_IDLE: Duration = Duration::from_secs(2);
/// How often the account is compared.
const COMPARE: Duration = Duration::from_secs(30);
/// Fills in one answer.
const FILLS: usize = 500;
/// Commands that may wait at the venue's border.
const QUEUE: usize = 1_000;

/// Why the venue's state cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum TraderError {
    /// A request failed.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// An answer cannot be read.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// This program sends no orders there.
    #[error("this program sends no orders to {0}")]
    NoOrders(String),
    /// The loop has gone.
    #[error("the engine has ended")]
    Ended,
}

/// An order that is not done as far as we know.
#[derive(Debug, Clone)]
struct Tracked {
    symbol: Symbol,
    /// How much of it has been told as filled.
    told: Decimal,
}

/// Carries out what the loop wants.
#[derive(Debug)]
pub struct Trader {
    http: Http,
    commands: Commands,
    news: mpsc::Sender<Stamped>,
    clock: fn() -> Timestamp,
    tracked: BTreeMap<ClientOrderId, Tracked>,
    last_fill: Option<FillId>,
}

/// What was found when the venue was asked at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recovered {
    /// Orders whose fate was asked for.
    pub orders: usize,
    /// Fills that had not been booked.
    pub fills: usize,
}

impl Trader {
    /// A trader at the venue that `http` speaks with, whose requests are signed. Goes on from a state: its open orders are asked for.
    /// Must be called within a tokio runtime.
    ///
    /// # Errors
    /// A venue that this program sends no orders to.
    pub fn new(
        http: Http,
        state: &State,
        news: mpsc::Sender<Stamped>,
        clock: fn() -> Timestamp,
    ) -> Result<Self, TraderError> {
        if http.adapter().trading().is_none() {
            return Err(TraderError::NoOrders(http.adapter().venue().to_string()));
        }
        let commands = Commands::start(http.clone(), QUEUE, 0);
        let tracked = state
            .orders
            .iter()
            .map(|order| {
                let tracked = Tracked { symbol: order.request.symbol.clone(), told: order.filled_qty };
                (order.request.client_order_id.clone(), tracked)
            })
            .collect();
        Ok(Self { http, commands, news, clock, tracked, last_fill: state.last_fill })
    }

    /// Asks the venue for everything that may have happened since the state was kept, and tells it.
    ///
    /// # Errors
    /// If the venue cannot be asked: trading must not begin then.
    pub async fn recover(&mut self) -> Result<Recovered, TraderError> {
        let orders = self.tracked.len();
        let fills = self.ask().await?;
        self.compare().await?;
        Ok(Recovered { orders, fills })
    }

    /// Carries out what comes until the loop has gone.
    pub async fn run(mut self, mut wanted: mpsc::Receiver<Vec<Command>>) {
        let mut compare_at = Instant::now() + COMPARE;
        let mut ticks = tokio::time::interval(ASK_OPEN);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut asked = Instant::now();
        loop {
            let outcome = tokio::select! {
                commands = wanted.recv() => match commands {
                    Some(commands) => self.carry_out(commands).await,
                    None => return,
                },
                _ = ticks.tick() => {
                    let due = if self.tracked.is_empty() { ASK_IDLE } else { ASK_OPEN };
                    if asked.elapsed() < due {
                        continue;
                    }
                    asked = Instant::now();
                    let asked = self.ask().await.map(drop);
                    if asked.is_ok() && Instant::now() >= compare_at {
                        compare_at = Instant::now() + COMPARE;
                        self.compare().await
                    } else {
                        asked
                    }
                }
            };
            match outcome {
                Ok(()) => {}
                Err(TraderError::Ended) => return,
                // The venue is asked again at the next tick.
                Err(error) => tracing::warn!(%error, "the venue cannot be asked about orders"),
            }
        }
    }

    async fn carry_out(&mut self, commands: Vec<Command>) -> Result<(), TraderError> {
        for command in commands {
            match command {
                Command::Place(order) => {
                    let request = self.trading()?.place(&order);
                    let expires = if order.reduce_only { EXIT_EXPIRES } else { ENTRY_EXPIRES };
                    self.track(&order);
                    let ids = [order.client_order_id.clone()];
                    self.send(request, expires, &ids).await?;
                }
                Command::PlacePair { target, stop } => {
                    let request = self.trading()?.place_pair(&target, &stop);
                    self.track(&target);
                    self.track(&stop);
                    let ids = [target.client_order_id.clone(), stop.client_order_id.clone()];
                    self.send(request, EXIT_EXPIRES, &ids).await?;
                }
                Command::Cancel { symbol, id } => {
                    let request = self.trading()?.cancel(&symbol, &id);
                    let key = format!("cancel-{id}");
                    let sent = self.commands.send(Sending { key, request, expires_after: EXIT_EXPIRES }).await;
                    // Whatever is said, the order is asked for below: it may have filled meanwhile, or be gone.
                    if let Err(error) = sent {
                        tracing::debug!(%error, %id, "cancelling");
                    }
                }
            }
            self.ask().await?;
        }
        Ok(())
    }

    fn trading(&self) -> Result<&dyn Trading, TraderError> {
        let adapter = self.http.adapter();
        adapter.trading().ok_or_else(|| TraderError::NoOrders(adapter.venue().to_string()))
    }

    fn track(&mut self, order: &mem_types::OrderRequest) {
        let tracked = Tracked { symbol: order.symbol.clone(), told: Decimal::ZERO };
        self.tracked.insert(order.client_order_id.clone(), tracked);
    }

    /// Sends what makes the orders of these names.
    async fn send(
        &mut self,
        request: Request,
        expires_after: Duration,
        ids: &[ClientOrderId],
    ) -> Result<(), TraderError> {
        let key = ids[0].to_string();
        let refused = match self.commands.send(Sending { key, request, expires_after }).await {
            Ok(_) => return Ok(()),
            Err(CommandError::Unknown(error)) => {
                tracing::warn!(%error, order = %ids[0], "no answer to an order");
                for id in ids {
                    self.tell(VenueNews::Lost { id: id.clone() }).await?;
                }
                return Ok(());
            }
            Err(CommandError::Refused(error)) => error.to_string(),
            Err(
                error @ (CommandError::Full { .. }
                | CommandError::UnderWay { .. }
                | CommandError::Expired
                | CommandError::Stopped),
            ) => format!("not sent: {error}"),
        };
        for id in ids {
            self.tracked.remove(id);
            self.tell(VenueNews::Refused { id: id.clone(), why: refused.clone() }).await?;
        }
        Ok(())
    }

    /// Asks what has become of our orders: fills, then orders. Gives the number of new fills.
    async fn ask(&mut self) -> Result<usize, TraderError> {
        let fills = self.ask_fills().await?;
        if self.tracked.is_empty() {
            return Ok(fills);
        }
        let request = self.trading()?.open_orders();
        let open = self.trading()?.read_orders(&self.http.send(&request).await?)?;
        let mut missing: Vec<(ClientOrderId, Symbol)> = Vec::new();
        for (id, tracked) in &self.tracked {
            if open.iter().all(|order| order.client_order_id != *id) {
                missing.push((id.clone(), tracked.symbol.clone()));
            }
        }
        for order in open {
            self.told(order).await?;
        }
        for (id, symbol) in missing {
            let request = self.trading()?.order(&symbol, &id);
            match self.http.send(&request).await {
                Ok(body) => {
                    let order = self.trading()?.read_order(&body)?;
                    self.told(order).await?;
                }
                Err(HttpError::Refused { status: 404, .. }) => {
                    self.tracked.remove(&id);
                    self.tell(VenueNews::Refused { id, why: "the venue has no such order".to_owned() }).await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(fills)
    }

    /// Tells how an order stands, once all that it has filled has been told.
    async fn told(&mut self, order: OrderState) -> Result<(), TraderError> {
        let id = order.client_order_id.clone();
        let Some(tracked) = self.tracked.get(&id) else { return Ok(()) };
        if order.filled_qty != tracked.told {
            return Ok(());
        }
        if !order.status.is_open() {
            self.tracked.remove(&id);
        }
        self.tell(VenueNews::Order(Box::new(order))).await
    }

    async fn ask_fills(&mut self) -> Result<usize, TraderError> {
        let mut count = 0;
        loop {
            let request = self.trading()?.fills(self.last_fill, FILLS);
            let fills = self.trading()?.read_fills(&self.http.send(&request).await?)?;
            let page = fills.len();
            for fill in fills {
                self.last_fill = Some(fill.id);
                if let Some(tracked) = self.tracked.get_mut(&fill.client_order_id) {
                    tracked.told += fill.qty;
                }
                self.tell(VenueNews::Fill(Box::new(fill))).await?;
            }
            count += page;
            if page < FILLS {
                return Ok(count);
            }
        }
    }

    /// Tells what the account owns, if no fill came while it was asked for.
    async fn compare(&mut self) -> Result<(), TraderError> {
        for _ in 0..3 {
            let request = self.trading()?.account();
            let account = self.trading()?.read_account(&self.http.send(&request).await?)?;
            if self.ask_fills().await? == 0 {
                return self.tell(VenueNews::Account { balances: account.balances }).await;
            }
        }
        // Always busy: the next time.
        Ok(())
    }

    async fn tell(&self, news: VenueNews) -> Result<(), TraderError> {
        let stamped = Stamped { at: (self.clock)(), event: Event::Venue(news) };
        self.news.send(stamped).await.map_err(|_| TraderError::Ended)
    }
}

//! The exchange on a real socket: HTTP and WebSocket on one port.
//!
//! One task plays the tapes and tells everybody; one task a WebSocket ([`socket`]) sends what its client subscribed to;
//! requests ([`public`], [`private`]) read the same state; [`gate`] stands before both and pulls the faults. A restart closes
//! everything, waits, and listens on the same port again, with the state kept.

mod control;
mod gate;
mod private;
mod public;
mod socket;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::middleware;
use tokio::net::TcpListener;
use tokio::sync::{broadcast, watch};

use self::gate::{Budget, Door};
pub(super) use self::public::PAGE;
use super::accounts::{Accounts, AccountsConfig, AccountsError};
use super::dialect::binance;
use super::exchange::Exchange;
use super::fault::{Fault, Faults, Scripted};
use super::matching::AccountEvent;
use super::view::{MarketView, TapeEvent};

/// How often the tapes are played.
const TICK: Duration = Duration::from_millis(1);
/// Where Binance's protocol is served: spot, and USD-M futures.
const BINANCE: &str = "/binance";
const BINANCE_UM: &str = "/binance_um";
/// Batches of events that a socket may lag behind before it is cut off.
const LAG: usize = 4096;

/// How the exchange is served.
#[derive(Debug, Clone, PartialEq)]
pub struct SimServerConfig {
    /// Where it listens.
    pub bind: SocketAddr,
    /// How often a socket says that it is alive, and what the newest of each stream is.
    pub heartbeat: Duration,
    /// Requests in a minute, before 429.
    pub requests_per_minute: u32,
    /// Streams on one WebSocket.
    pub streams_per_socket: usize,
}

impl Default for SimServerConfig {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from(([127, 0, 0, 1], 8600)),
            heartbeat: Duration::from_millis(200),
            requests_per_minute: 6_000,
            streams_per_socket: 200,
        }
    }
}

/// Why the exchange cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum SimServerError {
    /// Only this machine may reach it: it has no locks that would hold against others.
    #[error("the simulated exchange listens on this machine only: {0} is not a loopback address")]
    NotLoopback(SocketAddr),
    /// The accounts make no sense.
    #[error("the accounts cannot be opened")]
    Accounts(#[from] AccountsError),
    /// The address is taken.
    #[error("cannot listen on {address}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A listener failed.
    #[error("the simulated exchange stopped")]
    Stopped(#[source] std::io::Error),
}

/// What every task of the server shares.
#[derive(Debug)]
struct Shared {
    exchange: Arc<Exchange>,
    accounts: Accounts,
    faults: Arc<Faults>,
    config: SimServerConfig,
    started: Instant,
    tape: broadcast::Sender<Arc<Vec<TapeEvent>>>,
    account_events: broadcast::Sender<Arc<Vec<AccountEvent>>>,
    /// Changes when every WebSocket must end.
    cut: watch::Sender<u64>,
    /// A restart that was ordered.
    restart: watch::Sender<Option<Duration>>,
    budget: Budget,
    sockets: AtomicUsize,
    script: std::sync::Mutex<VecDeque<(Duration, Fault)>>,
}

impl Shared {
    /// Real time since the start.
    fn real(&self) -> Duration {
        self.started.elapsed()
    }

    fn pull(&self, fault: Fault) {
        tracing::info!(?fault, "fault pulled");
        self.faults.pull(fault, self.real());
    }

    fn script(&self) -> std::sync::MutexGuard<'_, VecDeque<(Duration, Fault)>> {
        self.script.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn tell_accounts(&self, events: Vec<AccountEvent>) {
        if !events.is_empty() {
            // Nobody listening is no fault.
            let _ = self.account_events.send(Arc::new(events));
        }
    }

    /// Adds a script that begins now.
    fn play(&self, script: &[Scripted]) {
        let now = self.real();
        let mut standing = self.script();
        standing.extend(script.iter().map(|scripted| (now + Duration::from_millis(scripted.at_ms), scripted.fault)));
        standing.make_contiguous().sort_by_key(|(at, _)| *at);
    }

    /// What has happened since the last time goes to everybody.
    fn tick(&self) {
        let now = self.real();
        while self.script().front().is_some_and(|(at, _)| *at <= now) {
            if let Some((_, fault)) = self.script().pop_front() {
                self.pull(fault);
            }
        }
        let events = self.exchange.advance(now);
        if !events.is_empty() {
            self.tell_accounts(self.accounts.follow(&self.exchange, &events));
            // Nobody listening is no fault.
            let _ = self.tape.send(Arc::new(events));
        }
        let drops = self.faults.drops();
        self.cut.send_if_modified(|seen| std::mem::replace(seen, drops) != drops);
        if let Some(down) = self.faults.take_restart() {
            self.restart.send_replace(Some(down));
        }
    }
}

/// The exchange, listening.
#[derive(Debug)]
pub struct SimServer {
    shared: Arc<Shared>,
    listener: TcpListener,
    address: SocketAddr,
}

impl SimServer {
    /// Listens. Without `accounts` there is one, [`AccountsConfig::demo`]. Faults of `script` are pulled at their times from now on.
    ///
    /// # Errors
    /// An address that is not this machine's alone, or that is taken.
    pub async fn bind(
        config: SimServerConfig,
        exchange: Arc<Exchange>,
        accounts: Option<AccountsConfig>,
        script: &[Scripted],
    ) -> Result<Self, SimServerError> {
        if !config.bind.ip().is_loopback() {
            return Err(SimServerError::NotLoopback(config.bind));
        }
        let address = config.bind;
        let failed = |source| SimServerError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let accounts = accounts.unwrap_or_else(|| AccountsConfig::demo(&exchange.listings()));
        let accounts = Accounts::open(accounts, &exchange)?;
        let shared = Arc::new(Shared {
            accounts,
            exchange,
            faults: Arc::new(Faults::default()),
            budget: Budget::new(config.requests_per_minute),
            config,
            started: Instant::now(),
            tape: broadcast::channel(LAG).0,
            account_events: broadcast::channel(LAG).0,
            cut: watch::channel(0).0,
            restart: watch::channel(None).0,
            sockets: AtomicUsize::new(0),
            script: std::sync::Mutex::default(),
        });
        shared.play(script);
        Ok(Self { shared, listener, address })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A handle to pull faults and drive the clock from within the process.
    pub fn handle(&self) -> SimHandle {
        SimHandle { shared: Arc::clone(&self.shared) }
    }

    /// Serves until `shutdown` is over.
    ///
    /// # Errors
    /// If the port cannot be had again after a restart.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) -> Result<(), SimServerError> {
        let Self { shared, listener, address } = self;
        let player = tokio::spawn({
            let shared = Arc::clone(&shared);
            async move {
                let mut ticks = tokio::time::interval(TICK);
                ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
                loop {
                    ticks.tick().await;
                    shared.tick();
                }
            }
        });
        let ended = serve_and_restart(&shared, listener, address, shutdown).await;
        player.abort();
        cut_all(&shared);
        ended
    }
}

/// Pulls faults and drives the clock of a running exchange.
#[derive(Debug, Clone)]
pub struct SimHandle {
    shared: Arc<Shared>,
}

impl SimHandle {
    /// Pulls a fault now.
    pub fn pull(&self, fault: Fault) {
        self.shared.pull(fault);
    }

    /// Ends every fault that stands.
    pub fn clear(&self) {
        self.shared.faults.clear();
    }

    /// The exchange behind the sockets: the truth.
    pub fn exchange(&self) -> &Arc<Exchange> {
        &self.shared.exchange
    }

    /// Runs the exchange's clock at another speed.
    pub fn set_speed(&self, speed: f64) {
        self.shared.exchange.set_speed(self.shared.real(), speed);
    }

    /// How many WebSockets are open.
    pub fn sockets(&self) -> usize {
        self.shared.sockets.load(Ordering::Relaxed)
    }
}

async fn serve_and_restart(
    shared: &Arc<Shared>,
    listener: TcpListener,
    address: SocketAddr,
    shutdown: impl Future<Output = ()>,
) -> Result<(), SimServerError> {
    tokio::pin!(shutdown);
    let mut listener = Some(listener);
    let mut restart = shared.restart.subscribe();
    loop {
        let open = match listener.take() {
            Some(open) => open,
            None => listen_again(address).await?,
        };
        let (stop, mut stopped) = watch::channel(false);
        let serving =
            axum::serve(Door::new(open, Arc::clone(shared)), router(shared)).with_graceful_shutdown(async move {
                // An error means that the sender is gone, which also is the end.
                let _ = stopped.wait_for(|stop| *stop).await;
            });
        let mut serving = tokio::spawn(serving.into_future());
        let down = tokio::select! {
            () = &mut shutdown => None,
            changed = restart.wait_for(Option::is_some) => changed.ok().and_then(|down| *down),
            ended = &mut serving => return ended.map_err(std::io::Error::other).flatten().map_err(SimServerError::Stopped),
        };
        stop.send_replace(true);
        cut_all(shared);
        // Answers on their way out get a moment; a client that does not read them is not waited for.
        if tokio::time::timeout(Duration::from_millis(200), &mut serving).await.is_err() {
            serving.abort();
        }
        let Some(down) = down else { return Ok(()) };
        shared.restart.send_replace(None);
        restart.mark_unchanged();
        tokio::select! {
            () = &mut shutdown => return Ok(()),
            () = tokio::time::sleep(down) => {}
        }
    }
}

/// Ends every WebSocket.
fn cut_all(shared: &Shared) {
    shared.cut.send_modify(|_| {});
}

/// The same port again; connections of before may hold it for a moment.
async fn listen_again(address: SocketAddr) -> Result<TcpListener, SimServerError> {
    let mut last = None;
    for _ in 0..200 {
        match TcpListener::bind(address).await {
            Ok(listener) => return Ok(listener),
            Err(error) => last = Some(error),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let source = last.unwrap_or_else(|| std::io::Error::other("never tried"));
    Err(SimServerError::Listen { address, source })
}

fn router(shared: &Arc<Shared>) -> Router {
    let public = public::router().merge(private::router()).merge(socket::router());
    let view: Arc<dyn MarketView> = Arc::clone(&shared.exchange) as _;
    // The paths of the two markets do not meet, but each has a base address of its own, as at Binance.
    let public = public
        .nest_service(BINANCE, binance::router(Arc::clone(&view)))
        .nest_service(BINANCE_UM, binance::router(view));
    let gated = public.layer(middleware::from_fn_with_state(Arc::clone(shared), gate::check));
    gated.merge(control::router()).with_state(Arc::clone(shared))
}

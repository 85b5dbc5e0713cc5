//! The drill: `mem run --live` trades on the simulated exchange and is killed, again and again, at random instants. Whenever it is let
//! start in peace, its orders, fills, positions and balances must be the exchange's. Used by a test (short) and a benchmark.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use mem_engine::keep::Keeper;
use mem_engine::live::Board;
use mem_store::records::{Records, RecordsOptions};
use mem_trade::ledger::Account;
use mem_types::{Fill, Timeframe, Timestamp};
use mem_venue::session::{Http, HttpError};
use mem_venue::sim::adapter::{SimAdapter, SimSigner};
use mem_venue::sim::clock::Clock;
use mem_venue::sim::exchange::Exchange;
use mem_venue::sim::server::{SimHandle, SimServer, SimServerConfig};
use mem_venue::sim::tape::Tape;
use mem_venue::{Adapter, Trading};

/// How a drill goes.
pub(crate) struct Drill<'a> {
    /// The program.
    pub(crate) program: &'a Path,
    /// An empty folder for its data.
    pub(crate) folder: &'a Path,
    /// The market.
    pub(crate) tapes: Vec<Tape>,
    /// How often it is killed.
    pub(crate) kills: u32,
    /// After so many kills it is let start in peace, and everything is compared.
    pub(crate) between: u32,
    /// Decides the instants.
    pub(crate) seed: u64,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) kills: u32,
    pub(crate) comparisons: u32,
    pub(crate) orders: usize,
    pub(crate) fills: usize,
    pub(crate) closed: usize,
    /// From the program's start to a loop that knows what happened at the exchange, in milliseconds, one for each start that came so far.
    pub(crate) starts_ms: Vec<f64>,
    /// The part of it in which the exchange was asked.
    pub(crate) recoveries_ms: Vec<f64>,
}

/// How fast the exchange's clock runs.
const SPEED: f64 = 1_200.0;
/// How long the program is left alone between kills, at most.
const LONGEST_LIFE_MS: u64 = 1_200;

impl Drill<'_> {
    /// Runs the drill.
    ///
    /// # Errors
    /// The first difference between the books and the exchange.
    pub(crate) fn run(self) -> Result<Outcome, String> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.map_err(|error| error.to_string())?;
        let (first, _) = self.tapes[0].span();
        let start = Timestamp::from_nanos(first.as_nanos() + 1_000 * Timeframe::M1.nanos());
        let exchange = Arc::new(Exchange::new(self.tapes, Clock::new(start, SPEED)));
        let config = SimServerConfig {
            bind: ([127, 0, 0, 1], 0).into(),
            requests_per_minute: 10_000_000,
            ..SimServerConfig::default()
        };
        let server =
            runtime.block_on(SimServer::bind(config, exchange, None, &[])).map_err(|error| error.to_string())?;
        let (url, handle) = (format!("http://{}", server.address()), server.handle());
        let serving = runtime.spawn(server.serve(std::future::pending()));
        let mut trading = Runs {
            program: self.program,
            folder: self.folder,
            url: &url,
            outcome: Outcome {
                kills: 0,
                comparisons: 0,
                orders: 0,
                fills: 0,
                closed: 0,
                starts_ms: Vec::new(),
                recoveries_ms: Vec::new(),
            },
        };
        let mut random = self.seed;
        for kill in 1..=self.kills {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let life = Duration::from_millis(20 + (random >> 33) % LONGEST_LIFE_MS);
            trading.until_killed(life)?;
            if kill % self.between == 0 || kill == self.kills {
                handle.set_speed(0.0);
                trading.in_peace()?;
                runtime.block_on(trading.compare(&handle)).map_err(|error| format!("after {kill} kills: {error}"))?;
                handle.set_speed(SPEED);
            }
        }
        serving.abort();
        Ok(trading.outcome)
    }
}

struct Runs<'a> {
    program: &'a Path,
    folder: &'a Path,
    url: &'a str,
    outcome: Outcome,
}

impl Runs<'_> {
    fn start(&self) -> Result<Child, String> {
        let limits = ["risk.max_daily_loss=1000", "risk.max_drawdown=1000", "risk.max_orders_per_minute=100000"];
        let mut command = Command::new(self.program);
        command.args(["--data-folder", &self.folder.display().to_string(), "--quiet"]);
        for limit in limits {
            command.args(["--set", limit]);
        }
        command.args(["run", "fast_score", "--param", "min_confidence=25", "--bars", "1m"]);
        command.args(["--venue", "sim", "--live", "--endpoint", self.url]);
        // What surrounds the test is no part of the drill.
        let ours = |name: &std::ffi::OsString| name.to_string_lossy().starts_with("MEM_");
        for name in std::env::vars_os().map(|(name, _)| name).filter(ours) {
            command.env_remove(name);
        }
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        command.spawn().map_err(|error| format!("cannot start {}: {error}", self.program.display()))
    }

    fn status(&self, child: &Child) -> Option<Board> {
        let bytes = std::fs::read(self.folder.join("engine/status.json")).ok()?;
        serde_json::from_slice::<Board>(&bytes).ok().filter(|board| board.pid == child.id())
    }

    /// Lets the program live for so long, and kills it.
    fn until_killed(&mut self, life: Duration) -> Result<(), String> {
        let begun = Instant::now();
        let mut child = self.start()?;
        let mut seen = false;
        while begun.elapsed() < life {
            if !seen && let Some(board) = self.status(&child) {
                seen = true;
                self.outcome.starts_ms.push(begun.elapsed().as_secs_f64() * 1_000.0);
                self.outcome.recoveries_ms.extend(board.recovery_ms);
            }
            std::thread::yield_now();
        }
        child.kill().and_then(|()| child.wait()).map_err(|error| error.to_string())?;
        self.outcome.kills += 1;
        Ok(())
    }

    /// Starts the program on a market that stands still, and ends it in order once nothing is on its way.
    fn in_peace(&mut self) -> Result<(), String> {
        let mut child = self.start()?;
        let until = Instant::now() + Duration::from_secs(30);
        loop {
            if self
                .status(&child)
                .is_some_and(|board| board.on_the_way == 0 && board.unknown_orders == 0 && board.events > 8)
            {
                break;
            }
            if let Ok(Some(code)) = child.try_wait() {
                return Err(format!("it ended by itself: {code}: {}", said(child)));
            }
            if Instant::now() > until {
                let _ = child.kill();
                return Err(format!("it never came to rest: {}", said(child)));
            }
            std::thread::yield_now();
        }
        let begun = Instant::now();
        let asked = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
        asked.map_err(|error| error.to_string())?;
        let code = child.wait().map_err(|error| error.to_string())?;
        if !code.success() || begun.elapsed() > Duration::from_secs(5) {
            return Err(format!("it did not end in order within five seconds: {code}, {:?}", begun.elapsed()));
        }
        Ok(())
    }

    /// Compares the books with the exchange.
    async fn compare(&mut self, _exchange: &SimHandle) -> Result<(), String> {
        let records = Records::open(self.folder.join("mem_data.db"), RecordsOptions::default());
        let records = records.map_err(|error| error.to_string())?;
        let text = |error: &dyn std::fmt::Display| error.to_string();
        let state = Keeper::load(&records).map_err(|error| text(&error))?.ok_or("no state is on record")?;
        if !state.ledger.imbalance().is_empty() {
            return Err(format!("the books do not balance: {:?}", state.ledger.imbalance()));
        }
        let adapter = SimAdapter::default();
        let trading: &dyn Trading = adapter.trading().ok_or("the simulated exchange takes orders")?;
        let signer = Arc::new(SimSigner::new("simulated-key", "simulated-secret"));
        let http = Http::new(Arc::new(SimAdapter::default()), vec![self.url.to_owned()], Duration::from_secs(10));
        let http = http.signed_by(signer);

        let mut theirs: Vec<Fill> = Vec::new();
        loop {
            let since = theirs.last().map(|fill| fill.id);
            let body = http.send(&trading.fills(since, 500)).await.map_err(|error| text(&error))?;
            let page = trading.read_fills(&body).map_err(|error| text(&error))?;
            if page.is_empty() {
                break;
            }
            theirs.extend(page);
        }
        let ours = records.get_fills().map_err(|error| text(&error))?;
        let (mut theirs_by_id, count) = (BTreeMap::new(), theirs.len());
        for fill in theirs {
            theirs_by_id.insert(fill.id.0, fill);
        }
        if ours.len() != count || theirs_by_id.len() != count {
            return Err(format!("{} fills are booked, the exchange has {count}", ours.len()));
        }
        for fill in &ours {
            let known =
                theirs_by_id.get(&(fill.fill_id as u64)).ok_or_else(|| format!("{fill:?} is not the exchange's"))?;
            let same = fill.client_order_id == known.client_order_id.as_str()
                && fill.qty == known.qty.to_string()
                && fill.price == known.price.to_string()
                && fill.fee == known.fee.to_string();
            if !same {
                return Err(format!("{fill:?} differs from {known:?}"));
            }
        }
        let body = http.send(&trading.account()).await.map_err(|error| text(&error))?;
        let account = trading.read_account(&body).map_err(|error| text(&error))?;
        for (asset, balance) in &account.balances {
            let booked = state.ledger.balance(Account::Cash, asset);
            if booked != *balance {
                return Err(format!("{booked} {asset} are booked, the exchange has {balance}"));
            }
        }
        let held: BTreeMap<_, _> = account.positions.into_iter().collect();
        let ours_held: BTreeMap<_, _> =
            state.positions.iter().map(|(symbol, position)| (symbol.clone(), position.qty())).collect();
        if held != ours_held {
            return Err(format!("positions are {ours_held:?}, the exchange has {held:?}"));
        }
        let adjusted = records.get_ledger().map_err(|error| text(&error))?;
        if let Some(entry) = adjusted.iter().find(|entry| entry.kind == "adjustment") {
            return Err(format!("a difference was booked: {entry:?}"));
        }
        let orders = records.get_orders().map_err(|error| text(&error))?;
        for order in &orders {
            let id = order.client_order_id.parse().map_err(|error| text(&error))?;
            let symbol = order.symbol.parse().map_err(|error| text(&error))?;
            let there = match http.send(&trading.order(&symbol, &id)).await {
                Ok(body) => Some(trading.read_order(&body).map_err(|error| text(&error))?),
                Err(HttpError::Refused { status: 404, .. }) => None,
                Err(error) => return Err(text(&error)),
            };
            let agrees = match &there {
                None => order.stage == "rejected",
                Some(state) => {
                    let stage = match order.stage.as_str() {
                        "open" => state.status.is_open(),
                        "partially_filled" | "filled" | "canceled" | "expired" | "rejected" => {
                            serde_json::to_value(state.status).is_ok_and(|status| status == order.stage.as_str())
                        }
                        _ => false,
                    };
                    stage && state.filled_qty.to_string() == order.filled_qty
                }
            };
            if !agrees {
                return Err(format!("{order:?} is {there:?} at the exchange"));
            }
        }
        self.outcome.comparisons += 1;
        self.outcome.orders = orders.len();
        self.outcome.fills = count;
        self.outcome.closed = records.closed_decisions(usize::MAX).map_err(|error| text(&error))?.len();
        Ok(())
    }
}

/// What a program that has ended said on standard error.
fn said(child: Child) -> String {
    child.wait_with_output().map(|output| String::from_utf8_lossy(&output.stderr).into_owned()).unwrap_or_default()
}

//! A simulated exchange, an engine that trades on it on paper, and a server beside it: all in this process, over real sockets.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::{SinkExt, StreamExt};
use mem_engine::core::seat::SeatConfig;
use mem_engine::core::{EngineConfig, LaneConfig, Source};
use mem_engine::live::{self, Control, Ended, MonitorConfig, Setup, Tap};
use mem_engine::settings::instrument;
use mem_feed::FeedConfig;
use mem_indicators::ParamValue;
use mem_research::SimConfig;
use mem_research::runlog::RunLog;
use mem_server::live::Live;
use mem_server::{Parts, Server, ServerConfig};
use mem_store::catalog::Catalog;
use mem_store::records::{FILE_NAME, Records, RecordsOptions};
use mem_trade::Fees;
use mem_trade::risk::RiskConfig;
use mem_types::{Bar, BarSpec, Bars, Timeframe, Timestamp};
use mem_venue::InstrumentKind;
use mem_venue::session::Http;
use mem_venue::sim::adapter::SimAdapter;
use mem_venue::sim::clock::Clock;
use mem_venue::sim::exchange::Exchange;
use mem_venue::sim::market::{MarketConfig, generate};
use mem_venue::sim::server::{SimHandle, SimServer, SimServerConfig};
use mem_venue::sim::tape::Tape;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::client::Answer;

/// Everything that is waited for comes within this time.
const PATIENCE: Duration = Duration::from_secs(60);
/// Minutes of the market before it opens.
const PAST: usize = 1_000;

pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_nanos(i64::try_from(since.as_nanos()).unwrap())
}

/// All of it.
pub(crate) struct Trading {
    pub(crate) address: SocketAddr,
    pub(crate) exchange: SimHandle,
    stop: watch::Sender<bool>,
    engine: JoinHandle<Ended>,
    _folder: TempDir,
}

impl Trading {
    /// Minutes of a market that never was, `speed` of them in a minute.
    pub(crate) async fn start(config: ServerConfig, speed: f64) -> Self {
        Self::begin(config, speed, |_, _, _| None).await
    }

    /// The same, with models that `seat` makes of what came before.
    pub(crate) async fn begin(
        config: ServerConfig,
        speed: f64,
        seat: impl FnOnce(&Records, &[LaneConfig], &Bars) -> Option<SeatConfig>,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let market = MarketConfig { timeframe: Timeframe::M1, ..MarketConfig::new(7, 20_000) };
        let series: Vec<_> =
            generate(&market).series.into_iter().take(3).map(|(symbol, bars)| (symbol, on_grid(&bars))).collect();
        let past = Bars::from_bars(series[0].1.view().iter().take(PAST)).unwrap();
        let tapes: Vec<Tape> = series
            .into_iter()
            .map(|(symbol, bars)| Tape::of_candles(symbol, InstrumentKind::Spot, bars, Timeframe::M1).unwrap())
            .collect();
        let lanes: Vec<LaneConfig> = tapes
            .iter()
            .map(|tape| LaneConfig {
                instrument: instrument(tape.listing(), Fees::default()).unwrap(),
                strategy: "fast_score".to_owned(),
                params: vec![("min_confidence".to_owned(), ParamValue::Float(30.0))],
                bars: BarSpec::Time(Timeframe::M1),
                source: Source::Trades,
                enabled: true,
                watched: false,
            })
            .collect();
        let (first, _) = tapes[0].span();
        let start = Timestamp::from_nanos(first.as_nanos() + PAST as i64 * Timeframe::M1.nanos());
        let exchange = Arc::new(Exchange::new(tapes, Clock::new(start, speed)));
        let sim = SimServerConfig {
            bind: ([127, 0, 0, 1], 0).into(),
            requests_per_minute: 1_000_000,
            ..SimServerConfig::default()
        };
        let market = SimServer::bind(sim, exchange, None, &[]).await.unwrap();
        let (url, handle) = (market.address().to_string(), market.handle());
        let (stop, stopped) = watch::channel(false);
        let over = |mut stopped: watch::Receiver<bool>| async move {
            let _ = stopped.wait_for(|stop| *stop).await;
        };
        tokio::spawn(market.serve(over(stopped.clone())));

        let records = Records::open(folder.path().join(FILE_NAME), RecordsOptions::default()).unwrap();
        let (tap, control) = (Tap::default(), Control::in_folder(&folder.path().join("engine")));
        let risk = RiskConfig {
            max_daily_loss: 1.0,
            max_drawdown: 1.0,
            max_orders_per_minute: 10_000,
            ..RiskConfig::default()
        };
        let seats = seat(&records, &lanes, &past).into_iter().collect();
        let engine = EngineConfig { risk, seats, ..EngineConfig::paper("one", lanes) };
        let live = Live {
            tap: tap.clone(),
            control: control.clone(),
            session: engine.session.clone(),
            venue: MarketConfig::venue().to_string(),
            paper: true,
            symbols: engine.lanes.iter().map(|lane| lane.instrument.symbol.to_string()).collect(),
            exchange: Some(handle.clone()),
        };
        let parts = Parts {
            data_folder: folder.path().display().to_string(),
            catalog: Catalog::open(folder.path().join("catalog")),
            runs: RunLog::new(folder.path()),
            records: records.clone(),
            live: Some(live),
            beside: None,
            settings: None,
            simulation: SimConfig::default(),
            scorer: std::sync::Arc::new(mem_model::sentiment::Lexicon::built_in()),
            clock: now,
        };
        let server = Server::bind(config, parts).await.unwrap();
        let address = server.local_addrs()[0];
        tokio::spawn(server.serve(over(stopped.clone())));
        std::fs::create_dir_all(folder.path().join("engine")).unwrap();
        let mut told = tap.watch();
        let setup = Setup {
            config: engine,
            records,
            session: folder.path().join("session"),
            http: Http::new(Arc::new(SimAdapter::default()), vec![format!("http://{url}")], Duration::from_secs(5)),
            sockets: vec![format!("ws://{url}")],
            feed: FeedConfig::default(),
            orders: None,
            monitor: MonitorConfig::default(),
            alerts: None,
            tap,
            clock: now,
            control,
            changes: live::Changes::default(),
            began: None,
        };
        let engine = tokio::spawn(async move { live::run(setup, over(stopped), |_, _| {}).await.unwrap() });
        // What happens first is that something happens at all: the engine runs then.
        tokio::time::timeout(PATIENCE, told.recv()).await.expect("the engine begins").unwrap();
        Self { address, exchange: handle, stop, engine, _folder: folder }
    }

    /// Stops everything and gives how the engine stood.
    pub(crate) async fn stop(self) -> Ended {
        self.stop.send_replace(true);
        self.engine.await.unwrap()
    }

    pub(crate) async fn page(&self) -> Page {
        Page::open(self.address, "").await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        crate::client::send(self.address, &head, b"").await
    }

    /// Tells the engine something.
    pub(crate) async fn command(&self, body: Value) -> Answer {
        let body = body.to_string();
        let head = format!(
            "POST /command HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        crate::client::send(self.address, &head, body.as_bytes()).await
    }
}

/// Prices of cents.
fn on_grid(bars: &Bars) -> Bars {
    let cents = |price: f64| (price * 100.0).round() / 100.0;
    let rounded = bars.view().iter().map(|bar| Bar {
        open: cents(bar.open),
        high: cents(bar.high),
        low: cents(bar.low),
        close: cents(bar.close),
        ..bar
    });
    Bars::from_bars(rounded).unwrap()
}

/// A page's WebSocket.
pub(crate) struct Page(WebSocketStream<TcpStream>);

impl Page {
    /// Opens one, with more headers.
    pub(crate) async fn open(address: SocketAddr, headers: &str) -> Result<Self, Error> {
        Self::over(TcpStream::connect(address).await?, address, headers).await
    }

    async fn over(stream: TcpStream, address: SocketAddr, headers: &str) -> Result<Self, Error> {
        let mut request = format!("ws://{address}/ws").into_client_request()?;
        for line in headers.lines() {
            let (name, value) = line.split_once(": ").unwrap();
            let name: tokio_tungstenite::tungstenite::http::HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        Ok(Self(tokio_tungstenite::client_async(request, stream).await?.0))
    }

    pub(crate) async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    /// Subscribes to topics, each `topic` or `topic SYMBOL`.
    pub(crate) async fn subscribe(&mut self, topics: &[&str]) {
        let wanted = topics.iter().map(|topic| match topic.split_once(' ') {
            Some((topic, symbol)) => json!({ "topic": topic, "symbol": symbol }),
            None => json!({ "topic": topic }),
        });
        self.say(json!({ "op": "subscribe", "topics": wanted.collect::<Vec<_>>() })).await;
    }

    /// The text of the next message of the server; `None` where it closes.
    pub(crate) async fn text(&mut self) -> Option<String> {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.0.next()).await.expect("a message comes");
            match message.expect("the server stays").unwrap() {
                Message::Text(text) => return Some(text.to_string()),
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }

    /// The next message of the server.
    pub(crate) async fn hear(&mut self) -> Value {
        match self.text().await {
            Some(text) => serde_json::from_str(&text).unwrap(),
            None => json!({ "type": "closed" }),
        }
    }

    /// The first message that is as wanted.
    pub(crate) async fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        let begun = std::time::Instant::now();
        loop {
            let message = self.hear().await;
            if wanted(&message) {
                return message;
            }
            assert!(begun.elapsed() < PATIENCE, "what is waited for does not come; the last was {message}");
        }
    }

    /// The first frame of a topic whose data are as wanted.
    pub(crate) async fn topic(&mut self, topic: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut frame = self.until(|message| message["topic"] == topic && wanted(&message["data"])).await;
        frame["data"].take()
    }
}

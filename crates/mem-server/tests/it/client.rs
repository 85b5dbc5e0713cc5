//! A server on a free port with a small catalog, and requests to it.

use std::net::SocketAddr;

use mem_research::SimConfig;
use mem_research::runlog::RunLog;
use mem_server::{Parts, Server, ServerConfig, ServerError};
use mem_store::catalog::Catalog;
use mem_store::records::{FILE_NAME, Records, RecordsOptions};
use mem_types::{SeriesKey, Timestamp};
use mem_venue::sim::market::{MarketConfig, generate};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A running server.
pub(crate) struct Client {
    pub(crate) address: SocketAddr,
    pub(crate) folder: TempDir,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<Result<(), ServerError>>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: String,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// Whose fault it is and where, of an error.
    pub(crate) fn fault(&self) -> (u16, String) {
        let body = self.json();
        assert_eq!(body["success"], json!(false), "{body}");
        assert!(body["error"].as_str().is_some_and(|error| !error.is_empty()), "{body}");
        assert!(body["id"].as_str().is_some_and(|id| self.headers.contains(&format!("x-request-id: {id}"))), "{body}");
        (self.status, body["field"].as_str().unwrap_or_default().to_owned())
    }
}

/// Never changes: what is dated is dated alike.
fn clock() -> Timestamp {
    Timestamp::from_nanos(1_700_000_000_000_000_000)
}

/// Sends a request as it is and reads the whole answer.
pub(crate) async fn send(address: SocketAddr, head: &str, body: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    // A server that refuses a body may hang up before it has read all of it.
    let _ = stream.write_all(body).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let text = String::from_utf8(answer).unwrap();
    let (headers, text) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text}"));
    let status = headers.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, headers: headers.to_lowercase(), text: text.to_owned() }
}

/// On a free port of this machine.
pub(crate) fn anywhere() -> ServerConfig {
    ServerConfig { bind: "127.0.0.1:0".parse().unwrap(), quick_ms: 60_000, ..ServerConfig::default() }
}

impl Client {
    pub(crate) async fn start(config: ServerConfig) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let catalog = Catalog::open(folder.path().join("catalog"));
        let market = MarketConfig::new(7, 2_000);
        for (symbol, bars) in generate(&market).series {
            let key = SeriesKey { venue: MarketConfig::venue(), symbol, timeframe: market.timeframe };
            catalog.write_bars(&key, &bars).unwrap();
        }
        let parts = Parts {
            data_folder: folder.path().display().to_string(),
            catalog,
            runs: RunLog::new(folder.path()),
            records: Records::open(folder.path().join(FILE_NAME), RecordsOptions::default()).unwrap(),
            live: None,
            beside: None,
            settings: None,
            simulation: SimConfig::default(),
            scorer: std::sync::Arc::new(mem_model::sentiment::Lexicon::built_in()),
            clock,
        };
        let server = Server::bind(config, parts).await.unwrap();
        let address = server.local_addrs()[0];
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(server.serve(async {
            let _ = stopped.await;
        }));
        Self { address, folder, stop: Some(stop), serving }
    }

    /// Tells the server to stop and waits until it has.
    pub(crate) async fn stop(mut self) {
        self.tell_to_stop();
        self.serving.await.unwrap().unwrap();
    }

    pub(crate) fn tell_to_stop(&mut self) {
        self.stop.take().map(|stop| stop.send(()));
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"), b"").await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_bytes(path, "application/json", body.to_string().as_bytes()).await
    }

    pub(crate) async fn post_bytes(&self, path: &str, kind: &str, body: &[u8]) -> Answer {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        self.send(&head, body).await
    }

    /// Sends a request as it is and reads the whole answer.
    pub(crate) async fn send(&self, head: &str, body: &[u8]) -> Answer {
        send(self.address, head, body).await
    }

    /// The latest candles of a series as a client would send them.
    pub(crate) async fn candles(&self, symbol: &str, count: usize) -> Value {
        let path = format!("/api/bars?venue=simulated&symbol={symbol}&timeframe=1h&limit={count}");
        let bars = self.get(&path).await.json();
        let column = |name: &str| bars[name].as_array().unwrap().clone();
        let [ts, open, high, low, close, volume] = ["ts", "open", "high", "low", "close", "volume"].map(column);
        let rows = (0..ts.len()).map(|i| {
            json!({ "timestamp": ts[i], "open": open[i], "high": high[i], "low": low[i], "close": close[i], "volume": volume[i] })
        });
        json!({ "data": rows.collect::<Vec<_>>() })
    }
}

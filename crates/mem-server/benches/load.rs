//! `POST /api/strategy/analyze` under load, over real sockets on this machine.
//!
//! `load [--rate N] [--seconds N]`. Requests of 500 candles in each of three timeframes leave at even distances, so many
//! a second, whether earlier ones were answered or not, and latency counts from when a request should have left: a
//! server that stands still cannot hide it. First every request is different (computed), then all are the same (cached).
//! The server and the load share the machine. Before that: the memory of the idle server's process, and what a request
//! takes when nothing else goes on.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use mem_research::SimConfig;
use mem_research::runlog::RunLog;
use mem_server::{Parts, Server, ServerConfig};
use mem_store::catalog::Catalog;
use mem_store::records::{FILE_NAME, Records, RecordsOptions};
use mem_types::{Bars, Timeframe, Timestamp, resample};
use mem_venue::sim::market::{MarketConfig, generate};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Connections that are kept open.
const CONNECTIONS: usize = 32;

fn main() {
    let (mut rate, mut seconds) = (500_u32, 10_u32);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().and_then(|value| value.parse().ok()).expect("a whole number");
        match argument.as_str() {
            "--rate" => rate = value(),
            "--seconds" => seconds = value(),
            // What cargo adds to every bench program.
            "--bench" => {}
            other => panic!("unknown argument {other}"),
        }
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads");
    runtime.block_on(run(rate, seconds));
}

async fn run(rate: u32, seconds: u32) {
    let folder = tempfile::tempdir().expect("a folder");
    let parts = Parts {
        data_folder: folder.path().display().to_string(),
        catalog: Catalog::open(folder.path().join("catalog")),
        runs: RunLog::new(folder.path()),
        records: Records::open(folder.path().join(FILE_NAME), RecordsOptions::default()).expect("records"),
        live: None,
        beside: None,
        settings: None,
        simulation: SimConfig::default(),
        scorer: std::sync::Arc::new(mem_model::sentiment::Lexicon::built_in()),
        clock: || Timestamp::from_nanos(1_700_000_000_000_000_000),
    };
    let config = ServerConfig { bind: "127.0.0.1:0".parse().expect("an address"), ..ServerConfig::default() };
    let server = Server::bind(config, parts).await.expect("a free port");
    let address = server.local_addrs()[0];
    tokio::spawn(server.serve(std::future::pending()));
    let idle = resident_mb();
    let body = Arc::new(Body::new());
    println!(
        "{} kB a request; idle server: {idle:.0} MB resident, the load's own data included",
        body.bytes(0).len() / 1000
    );
    let mut alone = Vec::new();
    let mut connection = TcpStream::connect(address).await.expect("the server");
    for number in 0..200 {
        let request = body.bytes(1_000_000 + number);
        let sent = Instant::now();
        exchange(&mut connection, &request).await;
        alone.push(sent.elapsed());
    }
    print("one after the other, computed", alone);
    let mut known = Vec::new();
    let request = body.bytes(1_000_000);
    for _ in 0..200 {
        let sent = Instant::now();
        exchange(&mut connection, &request).await;
        known.push(sent.elapsed());
    }
    print("one after the other, cached", known);
    let count = rate * seconds;
    print(&format!("{rate} a second, computed"), load(address, &body, rate, (0..count).collect()).await);
    exchange(&mut connection, &body.bytes(0)).await;
    print(&format!("{rate} a second, cached"), load(address, &body, rate, vec![0; count as usize]).await);
    println!("after the load: {:.0} MB resident", resident_mb());
}

/// Sends requests at their times over a pool of connections; what each took from the time it should have left at.
async fn load(address: SocketAddr, body: &Arc<Body>, rate: u32, numbers: Vec<u32>) -> Vec<Duration> {
    let (give, take) = mpsc::channel(numbers.len());
    let take = Arc::new(tokio::sync::Mutex::new(take));
    let start = Instant::now() + Duration::from_millis(100);
    for (index, number) in numbers.into_iter().enumerate() {
        let due = start + Duration::from_secs_f64(index as f64 / f64::from(rate));
        give.send((due, number)).await.expect("room for all");
    }
    drop(give);
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (take, body) = (Arc::clone(&take), Arc::clone(body));
        clients.spawn(async move {
            let mut connection = TcpStream::connect(address).await.expect("the server");
            let mut took = Vec::new();
            loop {
                let next = take.lock().await.recv().await;
                let Some((due, number)) = next else { return took };
                let request = body.bytes(number);
                tokio::time::sleep_until(due).await;
                exchange(&mut connection, &request).await;
                took.push(due.elapsed());
            }
        });
    }
    clients.join_all().await.concat()
}

/// One request and its answer, which must be a good one.
async fn exchange(connection: &mut TcpStream, request: &[u8]) {
    connection.write_all(request).await.expect("a connection");
    let mut answer = Vec::with_capacity(4096);
    let mut ends_at = None;
    while ends_at.is_none_or(|end| answer.len() < end) {
        assert!(connection.read_buf(&mut answer).await.expect("a connection") > 0, "the server hung up");
        if ends_at.is_none() {
            ends_at = end_of(&answer);
        }
    }
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
}

/// Where an answer ends, once its head is there.
fn end_of(answer: &[u8]) -> Option<usize> {
    let head = answer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&answer[..head]).expect("a head in ASCII").to_lowercase();
    let length = text.split("content-length: ").nth(1).and_then(|rest| rest.split('\r').next()).expect("a length");
    Some(head + length.parse::<usize>().expect("a number"))
}

/// Requests that differ in the account's balance alone.
struct Body {
    candles: String,
}

impl Body {
    fn new() -> Self {
        let market = MarketConfig::new(7, 12_500);
        let hourly = generate(&market).series.into_iter().next().expect("a symbol").1;
        let part = |timeframe: Timeframe| {
            let bars = if timeframe == Timeframe::H1 {
                hourly.clone()
            } else {
                resample(hourly.view(), Timeframe::H1, timeframe).expect("hours make longer bars").bars
            };
            candles(&bars, 500)
        };
        let candles = format!(
            "\"data_1h\":{},\"data_4h\":{},\"data_1d\":{}",
            part(Timeframe::H1),
            part(Timeframe::H4),
            part(Timeframe::D1)
        );
        Self { candles }
    }

    fn bytes(&self, number: u32) -> Vec<u8> {
        let body = format!("{{\"symbol\":\"SIM\",\"account_balance\":{},{}}}", 10_000 + number, self.candles);
        let head = format!(
            "POST /api/strategy/analyze HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        [head.into_bytes(), body.into_bytes()].concat()
    }
}

fn candles(bars: &Bars, count: usize) -> String {
    let view = bars.view();
    let rows: Vec<String> = (view.len().saturating_sub(count)..view.len())
        .map(|index| {
            let bar = view.bar(index);
            format!(
                "{{\"timestamp\":\"{}\",\"open\":{},\"high\":{},\"low\":{},\"close\":{},\"volume\":{}}}",
                bar.ts, bar.open, bar.high, bar.low, bar.close, bar.volume
            )
        })
        .collect();
    format!("{{\"data\":[{}]}}", rows.join(","))
}

fn print(what: &str, mut took: Vec<Duration>) {
    took.sort();
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!(
        "{what:<32}{:>8} requests  p50 {:>7.3} ms  p99 {:>7.3} ms  max {:>7.3} ms",
        took.len(),
        at(0.5),
        at(0.99),
        at(1.0)
    );
}

fn resident_mb() -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<f64>().ok()).map_or(f64::NAN, |kb| kb / 1024.0)
}

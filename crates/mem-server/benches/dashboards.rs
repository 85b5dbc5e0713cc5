//! Does a crowd of pages slow the engine, and how soon does a page see what has happened?
//!
//! `cargo bench -p mem-server --bench dashboards [-- CLIENTS SECONDS SPEED]`: exchange, engine, server and all pages in this process, over
//! real sockets; first without a page, then with CLIENTS of them (500), each subscribed to status, prices, bars, trades, positions,
//! orders, fills and metrics. A page's delay is from the moment that the engine wrote down how it stands to the moment that the page has
//! read it: the wait for the next flush is part of it.

#![allow(clippy::unwrap_used, reason = "a benchmark that panics has failed, which is what it should do")]
#![allow(dead_code, reason = "tests use more of what surrounds an engine")]

#[path = "../tests/it/client.rs"]
mod client;
#[path = "../tests/it/trading.rs"]
mod trading;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;
use trading::{Page, Trading};

const TOPICS: [&str; 8] = ["status", "prices", "bars", "trades", "positions", "orders", "fills", "metrics"];

fn main() {
    let numbers: Vec<f64> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let number = |index: usize, otherwise: f64| numbers.get(index).copied().unwrap_or(otherwise);
    let (clients, seconds, speed) = (number(0, 500.0) as usize, number(1, 20.0), number(2, 1_800.0));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    for clients in [0, clients] {
        runtime.block_on(run(clients, Duration::from_secs_f64(seconds), speed));
    }
}

async fn run(clients: usize, span: Duration, speed: f64) {
    let trading = Trading::start(client::anywhere(), speed).await;
    let (frames, bytes) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let delays: Arc<Mutex<Vec<f64>>> = Arc::default();
    let mut pages = tokio::task::JoinSet::new();
    let mut watching = trading.page().await;
    watching.subscribe(&["health", "status"]).await;
    watching.topic("health", |_| true).await;
    for _ in 0..clients {
        let mut page = Page::open(trading.address, "").await.unwrap();
        page.subscribe(&TOPICS).await;
        let (frames, bytes, delays) = (Arc::clone(&frames), Arc::clone(&bytes), Arc::clone(&delays));
        pages.spawn(async move {
            loop {
                let Some(text) = page.text().await else { return };
                frames.fetch_add(1, Ordering::Relaxed);
                bytes.fetch_add(text.len() as u64, Ordering::Relaxed);
                if text.contains(r#""topic":"status""#) && text.starts_with(r#"{"type":"delta""#) {
                    let message: Value = serde_json::from_str(&text).unwrap();
                    let made = message["data"]["updated_at"].as_i64().unwrap();
                    delays.lock().unwrap().push((trading::now().as_nanos() as f64 / 1e6) - made as f64);
                }
            }
        });
    }
    // What opening so many takes is no part of it.
    delays.lock().unwrap().clear();
    frames.store(0, Ordering::Relaxed);
    bytes.store(0, Ordering::Relaxed);
    let before = watching.topic("status", |_| true).await;
    let begun = Instant::now();
    let mut deepest = 0;
    let mut health = Value::Null;
    let mut now = before.clone();
    while begun.elapsed() < span {
        let mut message = watching.hear().await;
        match message["topic"].as_str() {
            Some("status") => now = message["data"].take(),
            Some("health") => health = message["data"].take(),
            _ => {}
        }
        deepest = deepest.max(now["queue"].as_u64().unwrap_or(0));
    }
    let elapsed = begun.elapsed().as_secs_f64();
    let events = (now["events"].as_u64().unwrap() - before["events"].as_u64().unwrap()) as f64 / elapsed;
    println!(
        "{clients} pages: {events:.0} events/s, event to decision p50 {} p99 {} ms, at most {deepest} wait; process {:.0} % of a core",
        now["decision_latency"]["p50_ms"],
        now["decision_latency"]["p99_ms"],
        health["cpu"]["process_pct"].as_f64().unwrap_or(f64::NAN),
    );
    pages.abort_all();
    let mut delays = std::mem::take(&mut *delays.lock().unwrap());
    if !delays.is_empty() {
        delays.sort_by(f64::total_cmp);
        let at = |share: f64| delays[((delays.len() - 1) as f64 * share) as usize];
        println!(
            "  to each page {:.0} frames/s of {:.0} bytes; from the engine to the page p50 {:.0} p95 {:.0} p99 {:.0} max {:.0} ms; {} frames skipped",
            frames.load(Ordering::Relaxed) as f64 / elapsed / clients as f64,
            bytes.load(Ordering::Relaxed) as f64 / frames.load(Ordering::Relaxed).max(1) as f64,
            at(0.5),
            at(0.95),
            at(0.99),
            at(1.0),
            health["ws_skipped"],
        );
    }
    trading.stop().await;
}

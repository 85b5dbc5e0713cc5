//! How fast the records are: `cargo bench -p mem-store --bench records [-- --json --rows FILE]`.
//!
//! A million trades (made up from a fixed seed, or read from FILE as `bench/sqlite.py` writes it) go through the public
//! API into a fresh file in a temporary folder, as a caller would do it: each figure is what the caller waits for. Batches
//! are timed without and with closing the file, which is when the rest of the write-ahead log is copied. With `--json`
//! each figure is one line. The folder is made in `MEM_BENCH_DIR` if that is set, else where temporary files go.

use std::fs;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Instant;

use mem_store::records::{
    AsyncRecords, NewTrade, Records, RecordsOptions, Synchronous, TradeAction, TradeFilter, TradeUpdate,
};
use mem_types::Timestamp;

const ROWS: usize = 1_000_000;
const BATCH: usize = 10_000;
/// Rows of one timed run of batches.
const BATCHED: usize = 200_000;
const RUNS: usize = 5;
const SINGLES: usize = 4_000;
const QUERIES: usize = 2_000;
/// Calls before the clock counts.
const WARM: usize = 200;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let json = arguments.iter().any(|argument| argument == "--json");
    let file = arguments.iter().position(|argument| argument == "--rows").and_then(|at| arguments.get(at + 1));
    let rows = file.map_or_else(made_up, |file| read(Path::new(file)));
    let base = std::env::var_os("MEM_BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = tempfile::tempdir_in(base).expect("a temporary folder");
    let path = folder.path().join("mem_data.db");
    let report = |name: &str, unit: &str, value: f64| {
        if json {
            println!("{}", serde_json::json!({"bench": "records", "name": name, "unit": unit, "value": value}));
        } else {
            println!("{name:<46} {value:>12.1} {unit}");
        }
    };

    let (mut rates, mut with_close) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let records = fresh(&path, Synchronous::Normal);
        let started = Instant::now();
        insert_in_batches(&records, &rows[..BATCHED.min(rows.len())]);
        rates.push(BATCHED as f64 / started.elapsed().as_secs_f64());
        drop(records);
        with_close.push(BATCHED as f64 / started.elapsed().as_secs_f64());
    }
    report("batch insert, 10k a transaction", "rows/s", percentile(&mut rates, 50));
    report("batch insert, closing included", "rows/s", percentile(&mut with_close, 50));

    for (synchronous, name) in [(Synchronous::Normal, "NORMAL"), (Synchronous::Full, "FULL")] {
        let records = fresh(&path, synchronous);
        let mut times = timed(SINGLES, |n| records.add_trade(&rows[n]).expect("a sound trade"));
        report(&format!("single insert, {name}, p50"), "us", percentile(&mut times, 50));
        report(&format!("single insert, {name}, p95"), "us", percentile(&mut times, 95));
        let records = AsyncRecords::new(records).expect("threads start");
        let mut copies: Vec<NewTrade> = rows[..SINGLES + WARM].to_vec();
        let mut times = timed(SINGLES, |_| {
            let trade = copies.pop().expect("one copy a call");
            block_on(records.add_trade(trade)).expect("a sound trade");
        });
        report(&format!("single insert, {name}, awaited, p50"), "us", percentile(&mut times, 50));
        report(&format!("single insert, {name}, awaited, p95"), "us", percentile(&mut times, 95));
    }

    let records = fresh(&path, Synchronous::Normal);
    let started = Instant::now();
    insert_in_batches(&records, &rows);
    report("load of all rows in batches", "rows/s", rows.len() as f64 / started.elapsed().as_secs_f64());
    let mut symbols: Vec<&str> = rows[..5_000].iter().map(|row| row.symbol.as_str()).collect();
    symbols.sort_unstable();
    symbols.dedup();
    let mut times = timed(QUERIES, |n| {
        let filter = TradeFilter { symbol: Some(symbols[n % symbols.len()].to_owned()), ..TradeFilter::default() };
        assert_eq!(records.get_trades(&filter).expect("readable rows").len(), 100);
    });
    report("a symbol's last 100 of 1M, p50", "us", percentile(&mut times, 50));
    report("a symbol's last 100 of 1M, p95", "us", percentile(&mut times, 95));
    let mut times = timed(QUERIES, |n| {
        let from = rows[n * 397 % (rows.len() - 200)].timestamp;
        let to = from.map(|from| Timestamp::from_nanos(from.as_nanos() + 6_000_000_000_000));
        records.get_trades(&TradeFilter { from, to, ..TradeFilter::default() }).expect("readable rows").len()
    });
    report("the trades of 100 minutes of 1M, p95", "us", percentile(&mut times, 95));
    let daily = |name: &str| {
        let mut times: Vec<f64> = (0..9)
            .map(|_| {
                let started = Instant::now();
                let days = records.daily_metrics(None, None).expect("readable rows");
                assert!(days.iter().map(|day| day.trades).sum::<u64>() >= rows.len() as u64);
                started.elapsed().as_secs_f64() * 1e3
            })
            .collect();
        report(name, "ms", percentile(&mut times, 50));
    };
    daily("daily metrics over 1M");
    for trade in &rows[..5_000] {
        records.add_trade(trade).expect("a sound trade");
    }
    daily("daily metrics after 5,000 single inserts");
    for id in 0..10 {
        let update = TradeUpdate { pnl: Some(1.0), ..TradeUpdate::default() };
        records.update_trade(1 + id * 90_000, &update).expect("a trade that is there");
    }
    daily("daily metrics after changes to ten old days");
    let mut times = timed(QUERIES, |_| records.get_stats().expect("readable tables"));
    report("counts of all tables, p95", "us", percentile(&mut times, 95));
    drop(records);
    report("size", "bytes/row", fs::metadata(&path).expect("the file is there").len() as f64 / rows.len() as f64);
}

fn fresh(path: &Path, synchronous: Synchronous) -> Records {
    for suffix in ["", "-wal", "-shm"] {
        let file = PathBuf::from(format!("{}{suffix}", path.display()));
        if file.exists() {
            fs::remove_file(file).expect("an old file can be removed");
        }
    }
    Records::open(path, RecordsOptions { synchronous, ..RecordsOptions::default() }).expect("a fresh file")
}

fn insert_in_batches(records: &Records, rows: &[NewTrade]) {
    for batch in rows.chunks(BATCH) {
        records.batch_insert_trades(batch).expect("sound trades");
    }
}

/// Microseconds of each call, after some that are not counted.
fn timed<T>(calls: usize, mut call: impl FnMut(usize) -> T) -> Vec<f64> {
    let mut times = Vec::with_capacity(calls);
    for n in 0..calls + WARM {
        let started = Instant::now();
        std::hint::black_box(call(n));
        if n >= WARM {
            times.push(started.elapsed().as_secs_f64() * 1e6);
        }
    }
    times
}

/// Nearest rank.
fn percentile(values: &mut [f64], percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    values[(values.len() - 1) * percent / 100]
}

fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

/// Reads rows as `bench/sqlite.py` writes them: tab-separated, tags as JSON.
fn read(file: &Path) -> Vec<NewTrade> {
    let text = fs::read_to_string(file).expect("the file of rows");
    let rows = text.lines().map(|line| {
        let cells: Vec<&str> = line.split('\t').collect();
        let number = |at: usize| cells[at].parse::<f64>().expect("a number");
        NewTrade {
            timestamp: Some(cells[0].parse().expect("a time")),
            pnl: number(5),
            confidence: number(6),
            strategy: Some(cells[7].to_owned()),
            tags: serde_json::from_str(cells[8]).expect("a JSON array"),
            ..NewTrade::new(cells[1], cells[2].parse().expect("buy or sell"), number(3), number(4))
        }
    });
    rows.collect()
}

fn made_up() -> Vec<NewTrade> {
    let mut state = 7_u64;
    let mut below = |end: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % end
    };
    let start = 1_577_836_800_000_000_000;
    let rows = (0..ROWS as i64).map(|n| NewTrade {
        timestamp: Some(Timestamp::from_nanos(start + n * 60_000_000_000)),
        pnl: below(20_000) as f64 / 100.0 - 100.0,
        confidence: below(101) as f64,
        strategy: Some(["confluence", "fast_score", "ma_cross"][below(3) as usize].to_owned()),
        tags: vec!["trend".to_owned(), "breakout".to_owned()],
        ..NewTrade::new(
            format!(
                "SIM-{}",
                ["ALPHA", "BETA", "GAMMA", "DELTA", "EPSILON", "ZETA", "ETA", "THETA"][below(8) as usize]
            ),
            [TradeAction::Buy, TradeAction::Sell][below(2) as usize],
            100.0 + below(100_000) as f64 / 100.0,
            below(1_000) as f64 / 100.0 + 0.01,
        )
    });
    rows.collect()
}

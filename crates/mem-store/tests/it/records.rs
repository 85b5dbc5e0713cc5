//! Records: rows in and out, filters, transactions, sums per day, purge, the awaited face.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use mem_store::records::{
    AsyncRecords, Clock, DayMetrics, LogFilter, LogLevel, MemoryFilter, MemoryType, MemoryUpdate, MetricFilter,
    MetricUpdate, NewLog, NewMemory, NewMetric, NewSignal, NewTrade, RecordCounts, Records, RecordsError,
    RecordsOptions, SignalFilter, SignalType, Trade, TradeAction, TradeFilter, TradeUpdate,
};
use mem_types::Timestamp;
use mem_types::time::{NANOS_PER_DAY, NANOS_PER_SECOND};
use proptest::prelude::*;
use tempfile::TempDir;

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Records in a folder of their own, and a clock that stands at noon.
pub(crate) fn records() -> (TempDir, Records) {
    let folder = tempfile::tempdir().unwrap();
    let options = RecordsOptions { clock: Clock::fixed(at("2024-06-01T12:00:00Z")), ..RecordsOptions::default() };
    let records = Records::open(folder.path().join("mem_data.db"), options).unwrap();
    (folder, records)
}

/// Trade number `n` of a made-up tape: one a minute, three symbols, profits and losses.
pub(crate) fn trade(n: i64) -> NewTrade {
    let symbols = ["SIM-ALPHA", "SIM-BETA", "SIM-GAMMA"];
    let start = at("2024-01-01").as_nanos();
    NewTrade {
        timestamp: Some(Timestamp::from_nanos(start + n * 60 * NANOS_PER_SECOND)),
        pnl: (n % 7 - 3) as f64 * 1.25,
        confidence: 70.0,
        strategy: (n % 2 == 0).then(|| "ma_cross".to_owned()),
        tags: if n % 3 == 0 { vec!["trend".to_owned(), "says \"go\"".to_owned()] } else { Vec::new() },
        ..NewTrade::new(
            symbols[n as usize % 3],
            [TradeAction::Buy, TradeAction::Sell][n as usize % 2],
            100.0 + n as f64,
            0.5,
        )
    }
}

fn trades(range: std::ops::Range<i64>) -> Vec<NewTrade> {
    range.map(trade).collect()
}

fn ids(trades: &[Trade]) -> Vec<i64> {
    trades.iter().map(|trade| trade.id).collect()
}

/// Waits for a future on this thread: any runtime will do, even none.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
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

#[test]
fn a_trade_comes_back_as_it_went_in() {
    let (_folder, records) = records();
    let new = trade(6);
    let id = records.add_trade(&new).unwrap();
    let stored = records.get_trade(id).unwrap().unwrap();
    let now = Some(at("2024-06-01T12:00:00Z"));
    let expected = Trade {
        id,
        timestamp: new.timestamp.unwrap(),
        symbol: new.symbol,
        action: new.action,
        price: new.price,
        quantity: new.quantity,
        pnl: new.pnl,
        confidence: new.confidence,
        strategy: new.strategy,
        tags: new.tags,
        created_at: now,
        updated_at: now,
    };
    assert_eq!(stored, expected);
    assert_eq!(serde_json::from_str::<Trade>(&serde_json::to_string(&stored).unwrap()).unwrap(), stored);
    assert_eq!(records.get_trade(id + 1).unwrap(), None);
}

#[test]
fn a_trade_from_a_few_fields() {
    let (_folder, records) = records();
    let new: NewTrade =
        serde_json::from_str(r#"{"symbol": "BTC/USDT", "action": "buy", "price": 42000.5, "confidence": 0.8}"#)
            .unwrap();
    let id = records.add_trade(&new).unwrap();
    let stored = records.get_trade(id).unwrap().unwrap();
    assert_eq!(stored.timestamp, at("2024-06-01T12:00:00Z"), "without a time it is of now");
    assert_eq!((stored.symbol.as_str(), stored.quantity, stored.pnl), ("BTC/USDT", 0.0, 0.0));
    assert!(serde_json::from_str::<NewTrade>(r#"{"symbol": "X", "action": "short", "price": 1}"#).is_err());
    assert!(serde_json::from_str::<NewTrade>(r#"{"symbol": "X", "action": "buy", "price": 1, "size": 2}"#).is_err());
}

#[test]
fn filters_take_all_that_is_given_and_the_newest_first() {
    let (_folder, records) = records();
    assert_eq!(records.batch_insert_trades(&trades(0..1_000)).unwrap(), 1..1_001);
    let list = |filter: TradeFilter| ids(&records.get_trades(&filter).unwrap());
    let default = TradeFilter::default;
    assert_eq!(list(default()), (901..=1_000).rev().collect::<Vec<_>>());
    let symbol = Some("SIM-BETA".to_owned());
    assert_eq!(list(TradeFilter { symbol: symbol.clone(), limit: 3, ..default() }), [998, 995, 992]);
    assert_eq!(list(TradeFilter { symbol: symbol.clone(), limit: 2, offset: 2, ..default() }), [992, 989]);
    let sell = Some(TradeAction::Sell);
    assert_eq!(list(TradeFilter { symbol: symbol.clone(), action: sell, limit: 2, ..default() }), [998, 992]);
    let strategy = Some("ma_cross".to_owned());
    assert_eq!(list(TradeFilter { strategy, limit: 2, ..default() }), [999, 997]);
    let (from, to) = (Some(at("2024-01-01T00:10:00Z")), Some(at("2024-01-01T00:13:00Z")));
    assert_eq!(list(TradeFilter { from, to, ..default() }), [13, 12, 11], "the end is not included");
    assert_eq!(list(TradeFilter { symbol, from, to, ..default() }), [11]);
    assert_eq!(list(TradeFilter { symbol: Some("NONE".to_owned()), ..default() }), Vec::<i64>::new());
}

#[test]
fn wrong_fields_are_named_and_nothing_is_stored() {
    let (_folder, records) = records();
    for (wrong, message) in [
        (NewTrade { price: f64::NAN, ..trade(0) }, "trades.price: NaN is not a finite number"),
        (NewTrade { pnl: f64::INFINITY, ..trade(0) }, "trades.pnl: inf is not a finite number"),
        (NewTrade { symbol: " ".to_owned(), ..trade(0) }, "trades.symbol: is empty"),
    ] {
        assert_eq!(records.add_trade(&wrong).unwrap_err().to_string(), message);
        let error = records.batch_insert_trades(&[trade(0), wrong]).unwrap_err();
        assert_eq!(error.to_string(), format!("row 1 of the batch: {message}"));
    }
    let logs = [NewLog::new(LogLevel::Info, "good"), NewLog::new(LogLevel::Info, "")];
    let error = records.batch_insert_logs(&logs).unwrap_err();
    assert_eq!(error.to_string(), "row 1 of the batch: logs.message: is empty");
    assert!(records.add_metric(&NewMetric::new("sharpe", f64::NAN)).is_err());
    assert!(records.add_memory(&NewMemory::new(MemoryType::Risk, "")).is_err());
    assert!(records.add_signal(&NewSignal::new("", SignalType::Entry)).is_err());
    assert_eq!(records.get_stats().unwrap(), RecordCounts::default());
}

#[test]
fn changes_are_kept_and_dated() {
    let folder = tempfile::tempdir().unwrap();
    let seconds = Arc::new(AtomicI64::new(0));
    let ticking = Arc::clone(&seconds);
    let clock = Clock::new(move || Timestamp::from_nanos(ticking.load(Ordering::Relaxed) * NANOS_PER_SECOND));
    let options = RecordsOptions { clock, ..RecordsOptions::default() };
    let records = Records::open(folder.path().join("mem_data.db"), options).unwrap();
    let id = records.add_trade(&trade(0)).unwrap();
    let memory = records.add_memory(&NewMemory::new(MemoryType::Pattern, "gaps close")).unwrap();
    let metric = records.add_metric(&NewMetric::new("sharpe", 1.0)).unwrap();
    seconds.store(60, Ordering::Relaxed);
    let later = Some(Timestamp::from_nanos(60 * NANOS_PER_SECOND));

    let before = records.get_trade(id).unwrap().unwrap();
    let update = TradeUpdate { pnl: Some(12.5), tags: Some(vec!["closed".to_owned()]), ..TradeUpdate::default() };
    records.update_trade(id, &update).unwrap();
    let after = records.get_trade(id).unwrap().unwrap();
    assert_eq!(after, Trade { pnl: 12.5, tags: vec!["closed".to_owned()], updated_at: later, ..before });

    let update = MemoryUpdate { relevance_score: Some(0.9), related_trades: Some(vec![id]), ..MemoryUpdate::default() };
    records.update_memory(memory, &update).unwrap();
    let found = records.get_memories(&MemoryFilter::default()).unwrap();
    assert_eq!((found[0].relevance_score, &found[0].related_trades, found[0].updated_at), (0.9, &vec![id], later));
    assert_eq!(found[0].content, "gaps close");

    records.update_metric(metric, &MetricUpdate { metric_value: Some(2.0), ..MetricUpdate::default() }).unwrap();
    let found = records.get_metric(metric).unwrap().unwrap();
    assert_eq!((found.metric_value, found.updated_at, found.metric_name.as_str()), (2.0, later, "sharpe"));

    let error = records.update_trade(99, &TradeUpdate::default()).unwrap_err();
    assert_eq!(error.to_string(), "trades has no row 99");
    assert!(records.update_trade(id, &TradeUpdate { price: Some(f64::NAN), ..TradeUpdate::default() }).is_err());
}

#[test]
fn the_other_tables_keep_what_they_are_given() {
    let (_folder, records) = records();
    let signal = NewSignal {
        confidence: 81.0,
        trigger_reason: Some("RSI below 30".to_owned()),
        metadata: Some(serde_json::json!({"expiry": "2024-01-02", "levels": [1.5, 2.5]})),
        ..NewSignal::new("SIM-ALPHA", SignalType::StopLoss)
    };
    records.batch_insert_signals(&[signal.clone(), NewSignal::new("SIM-BETA", SignalType::Entry)]).unwrap();
    let found = records.get_signals(&SignalFilter { signal_type: Some(SignalType::StopLoss), ..Default::default() });
    let found = found.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0].metadata, &found[0].trigger_reason), (&signal.metadata, &signal.trigger_reason));

    let metric = NewMetric { period: Some("1d".to_owned()), ..NewMetric::new("win_rate", 0.55) };
    records.batch_insert_metrics(&[metric, NewMetric::new("win_rate", 0.5), NewMetric::new("pnl", 3.0)]).unwrap();
    let filter = MetricFilter { metric_name: Some("win_rate".to_owned()), ..MetricFilter::default() };
    assert_eq!(records.get_metrics(&filter).unwrap().len(), 2);
    let filter = MetricFilter { period: Some("1d".to_owned()), ..filter };
    assert_eq!(records.get_metrics(&filter).unwrap().len(), 1);

    let memory = NewMemory { related_trades: vec![3, 1], ..NewMemory::new(MemoryType::Trade, "it went up") };
    records.batch_insert_memories(&[memory, NewMemory::new(MemoryType::Risk, "thin books at night")]).unwrap();
    let filter = MemoryFilter { memory_type: Some(MemoryType::Trade), ..MemoryFilter::default() };
    assert_eq!(records.get_memories(&filter).unwrap()[0].related_trades, [3, 1]);

    let logs: Vec<NewLog> = (0..500).map(|n| NewLog::new(LogLevel::Warning, format!("line {n}"))).collect();
    assert_eq!(records.batch_insert_logs(&logs).unwrap(), 1..501);
    records.add_log(&NewLog { source: Some("feed".to_owned()), ..NewLog::new(LogLevel::Error, "lost") }).unwrap();
    let filter = LogFilter { level: Some(LogLevel::Error), ..LogFilter::default() };
    assert_eq!(records.get_logs(&filter).unwrap()[0].source.as_deref(), Some("feed"));
    let counts = RecordCounts { trades: 0, memories: 2, metrics: 3, signals: 2, logs: 501 };
    assert_eq!(records.get_stats().unwrap(), counts);
}

#[test]
fn a_transaction_that_fails_or_panics_leaves_no_rows() {
    let (_folder, records) = records();
    let failed = records.transaction(|tx| {
        tx.add_trade(&trade(0))?;
        tx.batch_insert_trades(&trades(1..50))?;
        assert_eq!(tx.get_stats()?.trades, 50, "it sees its own changes");
        tx.add_trade(&NewTrade { price: f64::NAN, ..trade(51) })
    });
    assert!(matches!(failed, Err(RecordsError::Invalid { field: "price", .. })));
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        records.transaction(|tx| -> Result<(), RecordsError> {
            tx.add_trade(&trade(0))?;
            panic!("on purpose");
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(records.get_stats().unwrap(), RecordCounts::default());

    let kept: Result<i64, RecordsError> = records.transaction(|tx| {
        // A failed part of it may be given up without giving up the rest.
        assert!(tx.batch_insert_trades(&[trade(0), NewTrade { price: f64::NAN, ..trade(1) }]).is_err());
        tx.add_memory(&NewMemory::new(MemoryType::Insight, "kept"))?;
        tx.add_trade(&trade(2))
    });
    kept.unwrap();
    let counts = RecordCounts { trades: 1, memories: 1, ..RecordCounts::default() };
    assert_eq!(records.get_stats().unwrap(), counts);
}

#[test]
fn awaited_calls_do_the_same() {
    let (_folder, records) = records();
    let records = AsyncRecords::new(records).unwrap();
    block_on(async {
        let id = records.add_trade(trade(0)).await.unwrap();
        records.update_trade(id, TradeUpdate { pnl: Some(5.0), ..TradeUpdate::default() }).await.unwrap();
        assert_eq!(records.get_trade(id).await.unwrap().unwrap().pnl, 5.0);
        assert_eq!(records.batch_insert_trades(trades(1..100)).await.unwrap(), 2..101);
        let moved = records.transaction(|tx| Ok(tx.add_trade(&trade(200))? + tx.add_trade(&trade(201))?)).await;
        assert_eq!(moved.unwrap(), 101 + 102);
        let failed = records.transaction(|tx| {
            tx.add_trade(&trade(300))?;
            Err::<(), _>(RecordsError::NotFound { table: "trades", id: 7 })
        });
        assert!(matches!(failed.await, Err(RecordsError::NotFound { id: 7, .. })));
        let panicked = records.transaction(|tx| -> Result<(), RecordsError> {
            tx.add_trade(&trade(300))?;
            panic!("on purpose");
        });
        assert!(matches!(panicked.await, Err(RecordsError::Panicked)));
        assert_eq!(records.get_stats().await.unwrap().trades, 102, "the threads outlive a panic");
        let stats = records.get_connection_stats();
        assert_eq!((stats.write_queue, stats.errors), (0, 2));
    });
}

#[test]
fn waiting_writes_share_a_commit_and_fail_alone() {
    let (_folder, records) = records();
    let records = AsyncRecords::new(records).unwrap();
    thread::scope(|scope| {
        for writer in 0..8 {
            let records = records.clone();
            scope.spawn(move || {
                for n in 0..50 {
                    let wrong = n % 10 == 9;
                    let new = trade(writer * 50 + n);
                    let new = if wrong { NewTrade { quantity: f64::NAN, ..new } } else { new };
                    assert_eq!(block_on(records.add_trade(new)).is_err(), wrong);
                }
            });
        }
    });
    assert_eq!(records.blocking().get_stats().unwrap().trades, 8 * 45);
    let listed = records.blocking().get_trades(&TradeFilter { limit: 1_000, ..TradeFilter::default() }).unwrap();
    assert_eq!(listed.len(), 8 * 45);
}

#[test]
fn a_dropped_future_does_no_harm() {
    let (_folder, records) = records();
    let records = AsyncRecords::new(records).unwrap();
    let mut waiting = Box::pin(records.add_trade(trade(0)));
    let polled = waiting.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    drop(waiting);
    block_on(records.add_trade(trade(1))).unwrap();
    let stored = records.blocking().get_stats().unwrap().trades;
    assert!(stored == 2 || polled.is_pending() && stored == 1);
}

#[test]
fn calls_from_many_threads_are_counted() {
    let (_folder, records) = records();
    thread::scope(|scope| {
        for writer in 0..4 {
            let records = records.clone();
            scope.spawn(move || {
                for n in 0..50 {
                    records.add_trade(&trade(writer * 50 + n)).unwrap();
                    assert!(
                        !records.get_trades(&TradeFilter { limit: 5, ..TradeFilter::default() }).unwrap().is_empty()
                    );
                }
            });
        }
    });
    let stats = records.get_connection_stats();
    assert_eq!((stats.writes, stats.reads, stats.errors, stats.write_queue), (200, 200, 0, 0));
    assert!(stats.readers_open <= 2 && stats.readers_idle == stats.readers_open);
    assert!(stats.average_latency_us > 0.0 && stats.max_latency_us >= stats.average_latency_us);
}

/// Sums per day the plain way.
fn plain_sums(records: &Records) -> Vec<DayMetrics> {
    let all = records.get_trades(&TradeFilter { limit: usize::MAX, ..TradeFilter::default() }).unwrap();
    let mut days: Vec<i64> = all.iter().map(|trade| trade.timestamp.day()).collect();
    days.sort_unstable();
    days.dedup();
    let sums = days.into_iter().map(|day| {
        let pnls: Vec<f64> =
            all.iter().rev().filter(|trade| trade.timestamp.day() == day).map(|trade| trade.pnl).collect();
        let (wins, losses): (Vec<f64>, Vec<f64>) =
            pnls.iter().copied().filter(|pnl| *pnl != 0.0).partition(|pnl| *pnl > 0.0);
        let (gross_profit, gross_loss) = (wins.iter().sum::<f64>(), -losses.iter().sum::<f64>() + 0.0);
        let decided = (wins.len() + losses.len()) as f64;
        DayMetrics {
            day: Timestamp::from_nanos(day * NANOS_PER_DAY),
            trades: pnls.len() as u64,
            wins: wins.len() as u64,
            losses: losses.len() as u64,
            win_rate: (decided > 0.0).then(|| wins.len() as f64 / decided),
            pnl: gross_profit - gross_loss,
            gross_profit,
            gross_loss,
            profit_factor: (gross_loss > 0.0).then(|| gross_profit / gross_loss),
        }
    });
    sums.collect()
}

#[test]
fn days_in_a_range() {
    let (_folder, records) = records();
    records.batch_insert_trades(&trades(0..5 * 1_440)).unwrap();
    let all = records.daily_metrics(None, None).unwrap();
    assert_eq!(all, plain_sums(&records));
    assert_eq!(all.len(), 5);
    let (from, to) = (Some(at("2024-01-02T18:00:00Z")), Some(at("2024-01-04")));
    assert_eq!(records.daily_metrics(from, to).unwrap(), all[1..3]);
    assert_eq!(records.transaction(|tx| tx.daily_metrics(from, to)).unwrap(), all[1..3]);
}

/// One change to the trades, by this program or by another.
#[derive(Debug, Clone)]
enum Change {
    Add(i64),
    Batch(i64, i64),
    Update(i64, f64),
    Move(i64, i64),
    Delete(i64),
    ForeignAdd(i64),
    ForeignReplaceBelow(i64),
    Purge(u32),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (0i64..10_000).prop_map(Change::Add),
        ((0i64..10_000), (0i64..200)).prop_map(|(start, rows)| Change::Batch(start, rows)),
        ((1i64..300), (-8i64..8)).prop_map(|(id, pnl)| Change::Update(id, pnl as f64 * 0.25)),
        ((1i64..300), (0i64..10_000)).prop_map(|(id, minute)| Change::Move(id, minute)),
        (1i64..300).prop_map(Change::Delete),
        (0i64..10_000).prop_map(Change::ForeignAdd),
        (1i64..300).prop_map(Change::ForeignReplaceBelow),
        (0u32..7).prop_map(Change::Purge),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// Whatever happens to the trades, sums per day are those of the rows. (Profits are multiples of a quarter, so that
    /// the order of summing cannot matter.)
    #[test]
    fn sums_per_day_are_those_of_the_rows(changes in prop::collection::vec(change(), 1..25)) {
        let (folder, records) = records();
        let other = rusqlite::Connection::open(folder.path().join("mem_data.db")).unwrap();
        other.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
        for change in changes {
            match change {
                Change::Add(n) => { records.add_trade(&trade(n)).unwrap(); }
                Change::Batch(start, rows) => { records.batch_insert_trades(&trades(start..start + rows)).unwrap(); }
                Change::Update(id, pnl) => {
                    let _ = records.update_trade(id, &TradeUpdate { pnl: Some(pnl), ..TradeUpdate::default() });
                }
                Change::Move(id, minute) => {
                    let timestamp = trade(minute).timestamp;
                    let _ = records.update_trade(id, &TradeUpdate { timestamp, ..TradeUpdate::default() });
                }
                Change::Delete(id) => { other.execute("DELETE FROM trades WHERE id = ?1", [id]).unwrap(); }
                Change::ForeignAdd(n) => {
                    let new = trade(n);
                    other.execute(
                        "INSERT INTO trades (timestamp, symbol, action, price, quantity, pnl) VALUES (?1, 'X', 'BUY', 1, 1, ?2)",
                        (new.timestamp.unwrap().to_string(), new.pnl),
                    ).unwrap();
                }
                Change::ForeignReplaceBelow(id) => {
                    other.execute(
                        "INSERT OR IGNORE INTO trades (id, timestamp, symbol, action, price, quantity, pnl) \
                         VALUES (?1, '2024-01-03 10:00:00', 'X', 'sell', 1, 1, 0.5)",
                        [id],
                    ).unwrap();
                }
                Change::Purge(days) => { records.purge_old_records(days, at("2024-01-08")).unwrap(); }
            }
            prop_assert_eq!(records.daily_metrics(None, None).unwrap(), plain_sums(&records));
        }
    }
}

#[test]
fn a_purge_removes_the_old_from_every_table_and_shrinks_the_file() {
    let (folder, records) = records();
    records.batch_insert_trades(&trades(0..50_000)).unwrap();
    let (old, new) = (Some(at("2024-01-05")), Some(at("2024-02-03T12:00:00Z")));
    for timestamp in [old, new] {
        records.add_memory(&NewMemory { timestamp, ..NewMemory::new(MemoryType::Risk, "m") }).unwrap();
        records.add_metric(&NewMetric { timestamp, ..NewMetric::new("m", 1.0) }).unwrap();
        records.add_signal(&NewSignal { timestamp, ..NewSignal::new("S", SignalType::Exit) }).unwrap();
        records.add_log(&NewLog { timestamp, ..NewLog::new(LogLevel::Debug, "l") }).unwrap();
    }
    let before = records.get_stats().unwrap();
    // Kept from 2024-01-28T00:00:00Z on: minute 38,880 of the tape.
    let purged = records.purge_old_records(7, at("2024-02-04")).unwrap();
    assert_eq!(purged.rows, RecordCounts { trades: 27 * 1_440, memories: 1, metrics: 1, signals: 1, logs: 1 });
    assert!(purged.freed_bytes > 1_000_000, "{purged:?}");
    let after = records.get_stats().unwrap();
    assert_eq!(after.trades, before.trades - 27 * 1_440);
    assert_eq!((after.memories, after.metrics, after.signals, after.logs), (1, 1, 1, 1));
    let oldest = records.daily_metrics(None, None).unwrap()[0].day;
    assert_eq!(oldest, at("2024-01-28"));
    // A wide gap between ids takes no longer.
    let other = rusqlite::Connection::open(records.path()).unwrap();
    let add =
        "INSERT INTO logs (id, timestamp, level, message) VALUES (9000000000000000000, '2024-01-01', 'INFO', 'm')";
    other.execute(add, []).unwrap();
    drop(other);
    let purged = records.purge_old_records(7, at("2024-02-04")).unwrap();
    assert_eq!(purged.rows, RecordCounts { logs: 1, ..RecordCounts::default() });
    assert_eq!(records.cleanup_old_data(7, at("2024-02-04")).unwrap().rows, RecordCounts::default());
    drop(records);
    let length = std::fs::metadata(folder.path().join("mem_data.db")).unwrap().len();
    assert!(length < 4_000_000, "{length}");
}

#[test]
fn the_engines_books_come_back_as_they_were_stored() {
    use mem_store::records::{AlertRow, DecisionOutcome, DecisionRow, FillRow, LedgerRow, OrderRow};
    let (_folder, records) = records();
    let timestamp = at("2024-01-31T12:00:00.000000001Z");
    let decision = DecisionRow {
        decision: 7,
        session: "s".to_owned(),
        timestamp,
        symbol: "BTCUSDT".to_owned(),
        strategy: "ma_cross".to_owned(),
        intent: "enter_long".to_owned(),
        confidence: 80.0,
        price: 42_000.5,
        qty: Some("0.01".to_owned()),
        memory_id: None,
        detail: serde_json::json!({"reasons": ["a"], "features": [1.5, null]}),
        closed_at: None,
        pnl: None,
        return_pct: None,
        exit: None,
    };
    records.add_decision(&decision).unwrap();
    records.add_decision(&DecisionRow { decision: 8, ..decision.clone() }).unwrap();
    assert!(records.add_decision(&decision).is_err(), "a decision is taken once");
    let outcome = DecisionOutcome {
        closed_at: at("2024-01-31T13:00:00Z"),
        pnl: "-1.25".to_owned(),
        return_pct: -0.3,
        exit: "stop_loss".to_owned(),
    };
    records.close_decision(7, &outcome).unwrap();
    assert!(records.close_decision(99, &outcome).is_err());
    let closed = DecisionRow {
        closed_at: Some(outcome.closed_at),
        pnl: Some(outcome.pnl),
        return_pct: Some(-0.3),
        exit: Some(outcome.exit),
        ..decision
    };
    assert_eq!(records.get_decision(7).unwrap(), Some(closed.clone()));
    assert_eq!(records.closed_decisions(5).unwrap(), std::slice::from_ref(&closed));
    assert_eq!(records.get_decisions(1).unwrap()[0].decision, 8);

    let order = OrderRow {
        client_order_id: "s-1".to_owned(),
        timestamp,
        symbol: "BTCUSDT".to_owned(),
        side: "buy".to_owned(),
        purpose: "entry".to_owned(),
        stage: "planned".to_owned(),
        decision: 7,
        qty: "0.01".to_owned(),
        filled_qty: "0".to_owned(),
        average_price: None,
        fees: "0".to_owned(),
        venue_id: None,
        reason: None,
        request: "{}".to_owned(),
        changed_at: timestamp,
    };
    records.put_order(&order).unwrap();
    let filled = OrderRow { stage: "filled".to_owned(), filled_qty: "0.01".to_owned(), venue_id: Some(3), ..order };
    records.put_order(&filled).unwrap();
    assert_eq!(records.get_orders().unwrap(), [filled]);

    let fill = FillRow {
        fill_id: 5,
        timestamp,
        client_order_id: "s-1".to_owned(),
        symbol: "BTCUSDT".to_owned(),
        side: "buy".to_owned(),
        price: "42000.5".to_owned(),
        qty: "0.01".to_owned(),
        fee: "0.21".to_owned(),
        fee_asset: "USDT".to_owned(),
    };
    records.add_fill(&fill).unwrap();
    assert!(records.add_fill(&fill).is_err(), "a fill is booked once");
    assert_eq!(records.get_fills().unwrap(), [fill]);

    let posting = |account: &str, amount: &str| (account.to_owned(), "USDT".to_owned(), amount.to_owned());
    let entry = LedgerRow {
        number: 1,
        timestamp,
        kind: "deposit".to_owned(),
        memo: "opening balance".to_owned(),
        postings: vec![posting("cash", "100"), posting("deposits", "-100")],
    };
    records.add_ledger_entry(&entry).unwrap();
    let empty = LedgerRow { number: 2, postings: Vec::new(), ..entry.clone() };
    records.add_ledger_entry(&empty).unwrap();
    assert_eq!(records.get_ledger().unwrap(), [entry, empty]);

    let alert = AlertRow {
        id: 1,
        timestamp,
        kind: "STALE_FEED".to_owned(),
        subject: "sim".to_owned(),
        severity: "red".to_owned(),
        state: "active".to_owned(),
        message: "silent".to_owned(),
        detail: serde_json::json!({}),
    };
    records.put_alert(&alert).unwrap();
    let alert = AlertRow { state: "recovered".to_owned(), ..alert };
    records.put_alert(&alert).unwrap();
    assert_eq!(records.get_alerts(10).unwrap(), [alert]);

    records.set_engine_state("books", "{}").unwrap();
    records.set_engine_state("books", "{1}").unwrap();
    assert_eq!(records.get_engine_state("books").unwrap().as_deref(), Some("{1}"));
    assert_eq!(records.get_engine_state("nothing").unwrap(), None);
}

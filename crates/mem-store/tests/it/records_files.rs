//! Records as files: migration, adoption, damage, several processes, kills, other programs.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use mem_store::records::{
    AsyncRecords, DecisionFilter, LogFilter, LogLevel, NewLog, RecordCounts, Records, RecordsError, RecordsOptions,
    RoundTripFilter, SCHEMA_VERSION, Synchronous, TradeFilter,
};
use rusqlite::Connection;

use crate::records::{at, block_on, records, trade};

/// Every table and index that is not SQLite's own, with its columns: what `PRAGMA table_info` says of them.
fn shape(path: &Path, tables: &[&str]) -> Vec<String> {
    let connection = Connection::open(path).unwrap();
    let mut shape = Vec::new();
    for table in tables {
        let mut statement = connection.prepare(&format!("PRAGMA table_info({table})")).unwrap();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let default: Option<String> = row.get(4).unwrap();
            shape.push(format!(
                "{table}.{} {}{}{}{}",
                row.get::<_, String>(1).unwrap(),
                row.get::<_, String>(2).unwrap(),
                if row.get(3).unwrap() { " NOT NULL" } else { "" },
                default.map(|value| format!(" DEFAULT {value}")).unwrap_or_default(),
                if row.get::<_, i64>(5).unwrap() > 0 { " PRIMARY KEY" } else { "" },
            ));
        }
        // Two indexes are ours alone: the reference's programs neither need nor mind them.
        let sql = "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ?1 AND sql IS NOT NULL \
                   AND name NOT IN ('idx_logs_level', 'idx_metrics_series')";
        let mut statement = connection.prepare(sql).unwrap();
        let indexes = statement.query_map([table], |row| {
            let sql: String = row.get(1)?;
            Ok(format!("{}{}", row.get::<_, String>(0)?, &sql[sql.find('(').unwrap()..]))
        });
        shape.extend(indexes.unwrap().map(Result::unwrap));
    }
    shape
}

const TABLES: [&str; 5] = ["trades", "memories", "metrics", "signals", "logs"];

#[test]
fn the_five_tables_are_the_references() {
    let (folder, records) = records();
    drop(records);
    let expected = "trades.id INTEGER PRIMARY KEY
trades.timestamp TEXT NOT NULL
trades.symbol TEXT NOT NULL
trades.action TEXT NOT NULL
trades.price REAL NOT NULL
trades.quantity REAL NOT NULL
trades.pnl REAL DEFAULT 0.0
trades.confidence REAL DEFAULT 0.0
trades.strategy TEXT
trades.tags TEXT
trades.created_at TIMESTAMP
trades.updated_at TIMESTAMP
idx_trades_timestamp(timestamp)
idx_trades_symbol(symbol)
memories.id INTEGER PRIMARY KEY
memories.timestamp TEXT NOT NULL
memories.memory_type TEXT NOT NULL
memories.content TEXT NOT NULL
memories.relevance_score REAL DEFAULT 0.0
memories.tags TEXT
memories.related_trades TEXT
memories.created_at TIMESTAMP
memories.updated_at TIMESTAMP
idx_memories_type(memory_type)
metrics.id INTEGER PRIMARY KEY
metrics.timestamp TEXT NOT NULL
metrics.metric_name TEXT NOT NULL
metrics.metric_value REAL NOT NULL
metrics.period TEXT
metrics.metadata TEXT
metrics.created_at TIMESTAMP
metrics.updated_at TIMESTAMP
idx_metrics_name(metric_name)
signals.id INTEGER PRIMARY KEY
signals.timestamp TEXT NOT NULL
signals.symbol TEXT NOT NULL
signals.signal_type TEXT NOT NULL
signals.confidence REAL DEFAULT 0.0
signals.trigger_reason TEXT
signals.metadata TEXT
signals.created_at TIMESTAMP
signals.updated_at TIMESTAMP
idx_signals_symbol(symbol)
logs.id INTEGER PRIMARY KEY
logs.timestamp TEXT NOT NULL
logs.level TEXT NOT NULL
logs.message TEXT NOT NULL
logs.source TEXT
logs.created_at TIMESTAMP";
    assert_eq!(shape(&folder.path().join("mem_data.db"), &TABLES).join("\n"), expected);
}

/// A database as the reference's programs leave it: their own spelling of times, no version, no log table yet.
fn reference_database(path: &Path) {
    let connection = Connection::open(path).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE trades (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp TEXT NOT NULL, symbol TEXT NOT NULL,
               action TEXT NOT NULL, price REAL NOT NULL, quantity REAL NOT NULL, pnl REAL DEFAULT 0.0,
               confidence REAL DEFAULT 0.0, strategy TEXT, tags TEXT, created_at TIMESTAMP, updated_at TIMESTAMP);
             CREATE INDEX idx_trades_timestamp ON trades(timestamp);
             CREATE TABLE memories (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp TEXT NOT NULL,
               memory_type TEXT NOT NULL, content TEXT NOT NULL, relevance_score REAL DEFAULT 0.0, tags TEXT,
               related_trades TEXT, created_at TIMESTAMP, updated_at TIMESTAMP);
             INSERT INTO trades (timestamp, symbol, action, price, quantity, pnl, tags, created_at) VALUES
               ('2024-01-01T10:00:00.123456', 'BTC/USDT', 'BUY', 42000, 0.1, NULL, '[\"a\"]', '2024-01-01 10:00:00'),
               ('2024-01-02T11:30:00', 'ETH/USDT', 'sell', 2300.5, 2, 15.5, '', NULL);
             INSERT INTO memories (timestamp, memory_type, content, related_trades) VALUES
               ('2024-01-02T12:00:00Z', 'trade', 'sold too early', '[1, 2]');",
        )
        .unwrap();
}

#[test]
fn a_database_of_the_reference_is_adopted_without_loss() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mem_data.db");
    reference_database(&path);
    let records = Records::open(&path, RecordsOptions::default()).unwrap();
    let trades = records.get_trades(&TradeFilter::default()).unwrap();
    assert_eq!(trades.len(), 2);
    assert_eq!((trades[1].timestamp, trades[1].pnl), (at("2024-01-01T10:00:00.123456Z"), 0.0));
    assert_eq!((trades[1].action.as_str(), trades[1].symbol.as_str()), ("buy", "BTC/USDT"));
    assert_eq!((trades[1].created_at, trades[0].created_at), (Some(at("2024-01-01T10:00:00Z")), None));
    assert_eq!((trades[1].tags.as_slice(), trades[0].tags.len()), (["a".to_owned()].as_slice(), 0));
    let filter = TradeFilter { from: Some(at("2024-01-02T11:30:00Z")), ..TradeFilter::default() };
    assert_eq!(records.get_trades(&filter).unwrap().len(), 1, "times without an offset are found too");
    assert_eq!(records.get_memory(1).unwrap().unwrap().related_trades, [1, 2]);
    let days = records.daily_metrics(None, None).unwrap();
    assert_eq!(days.iter().map(|day| (day.trades, day.pnl)).collect::<Vec<_>>(), [(1, 0.0), (1, 15.5)]);
    records.add_trade(&trade(0)).unwrap();
    records.add_log(&NewLog::new(LogLevel::Info, "adopted")).unwrap();
    drop(records);
    // What was there is untouched, and what was missing is there.
    let connection = Connection::open(&path).unwrap();
    let first: String =
        connection.query_row("SELECT timestamp FROM trades WHERE id = 1", [], |row| row.get(0)).unwrap();
    assert_eq!(first, "2024-01-01T10:00:00.123456");
    let shape = shape(&path, &TABLES);
    assert!(shape.contains(&"idx_trades_symbol(symbol)".to_owned()));
    assert_eq!(shape.len(), 49);
    Records::open(&path, RecordsOptions::default()).unwrap();
}

#[test]
fn every_older_version_is_brought_up() {
    for version in 0..=SCHEMA_VERSION {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mem_data.db");
        let connection = Connection::open(&path).unwrap();
        if version >= 1 {
            connection.execute_batch(include_str!("../../src/records/migrations/0001_tables.sql")).unwrap();
        }
        if version >= 2 {
            connection.execute_batch(include_str!("../../src/records/migrations/0002_trade_days.sql")).unwrap();
        }
        if version >= 3 {
            connection.execute_batch(include_str!("../../src/records/migrations/0003_engine.sql")).unwrap();
            let add = "INSERT INTO decisions VALUES (7, 's', '2024-01-01T00:00:00+00:00', 'A', 'ma_cross', 'enter_short', 60.0, 10.0, \
                       '2', 3, '{\"stop\":11,\"target\":8,\"findings\":[{\"check\":\"x\",\"why\":\"y\",\"refused\":true}]}', \
                       '2024-01-02T00:00:00+00:00', '-1.5', -7.5, 'stop_loss')";
            connection.execute(add, []).unwrap();
        }
        if version >= 4 {
            connection.execute_batch(include_str!("../../src/records/migrations/0004_looking.sql")).unwrap();
        }
        if version >= 1 {
            let add = "INSERT INTO trades (timestamp, symbol, action, price, quantity) VALUES ('2024-01-01', 'A', 'buy', 1, 1)";
            connection.execute(add, []).unwrap();
        }
        connection.pragma_update(None, "user_version", version).unwrap();
        drop(connection);
        let records = Records::open(&path, RecordsOptions::default()).unwrap();
        assert_eq!(records.get_stats().unwrap().trades, u64::from(version >= 1), "version {version}");
        assert_eq!(records.daily_metrics(None, None).unwrap().len(), usize::from(version >= 1));
        // What was over before there was a table for it is in the table.
        let trips = records.page_round_trips(&RoundTripFilter::default()).unwrap();
        assert_eq!(trips.total, u64::from(version >= 3), "version {version}");
        if let Some(trip) = trips.rows.first() {
            assert_eq!((trip.decision, trip.side.as_str(), trip.pnl, trip.stop), (Some(7), "short", -1.5, Some(11.0)));
            assert!(records.get_decision(7).unwrap().unwrap().is_refused());
            let refused = DecisionFilter { refused: Some(true), ..DecisionFilter::default() };
            assert_eq!(records.page_decisions(&refused).unwrap().total, 1);
        }
        let connection = Connection::open(&path).unwrap();
        let now: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        assert_eq!(now, SCHEMA_VERSION);
    }
}

fn refusal(path: &Path) -> String {
    Records::open(path, RecordsOptions::default()).map(drop).unwrap_err().to_string()
}

#[test]
fn what_is_not_ours_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mem_data.db");

    drop(Records::open(&path, RecordsOptions::default()).unwrap());
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let says = format!("has schema version 99, this program knows up to {SCHEMA_VERSION}; use a newer MEM");
    assert!(refusal(&path).contains(&says));

    for (name, sql, says) in [
        ("notes.db", "CREATE TABLE notes (text TEXT)", "it has tables, notes, but none of ours"),
        ("other.db", "CREATE TABLE trades (id INTEGER, side TEXT)", "its table trades has no column timestamp"),
        ("app.db", "PRAGMA application_id = 1196444487", "its application id is 0x47504b47"),
    ] {
        let path = folder.path().join(name);
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let message = refusal(&path);
        assert!(message.contains("another program's database") && message.contains(says), "{message}");
        let tables: i64 = Connection::open(&path)
            .unwrap()
            .query_row("SELECT count(*) FROM sqlite_schema WHERE name = 'logs'", [], |row| row.get(0))
            .unwrap();
        assert_eq!(tables, 0);
    }
    assert!(refusal(&folder.path().join("missing/mem_data.db")).contains("does its folder exist"));
}

#[test]
fn a_destroyed_file_is_reported_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mem_data.db");
    let garbage = b"timestamp,symbol\n2024-01-01,BTC\n".repeat(500);
    std::fs::write(&path, &garbage).unwrap();
    assert!(refusal(&path).contains("is not a SQLite database"));
    assert_eq!(std::fs::read(&path).unwrap(), garbage);

    std::fs::remove_file(&path).unwrap();
    let records = Records::open(&path, RecordsOptions::default()).unwrap();
    records.batch_insert_trades(&(0..5_000).map(trade).collect::<Vec<_>>()).unwrap();
    drop(records);
    let mut bytes = std::fs::read(&path).unwrap();
    // The pages that hold the schema stay; every other one becomes noise.
    bytes[256 * 1_024..].iter_mut().enumerate().for_each(|(index, byte)| *byte = (index * 31 % 251) as u8);
    std::fs::write(&path, &bytes).unwrap();
    let records = Records::open(&path, RecordsOptions::default()).unwrap();
    let error = records.get_trades(&TradeFilter::default()).unwrap_err();
    assert!(matches!(error, RecordsError::Damaged { .. }), "{error:?}");
    assert!(matches!(records.add_trade(&trade(0)), Err(RecordsError::Damaged { .. })));
    drop(records);
    assert!(std::fs::read(&path).unwrap() == bytes, "the damaged file is as it was");
    // With the schema itself destroyed it is not even opened.
    bytes[4_096..].iter_mut().enumerate().for_each(|(index, byte)| *byte = (index * 31 % 251) as u8);
    std::fs::write(&path, &bytes).unwrap();
    assert!(matches!(Records::open(&path, RecordsOptions::default()), Err(RecordsError::Damaged { .. })));
    assert!(std::fs::read(&path).unwrap() == bytes, "the damaged file is as it was");
}

#[test]
fn rows_that_cannot_be_read_are_named() {
    let (folder, records) = records();
    records.add_trade(&trade(0)).unwrap();
    let connection = Connection::open(folder.path().join("mem_data.db")).unwrap();
    for (change, message) in [
        ("tags = 'a,b'", "trades row 1: tags is 'a,b', expected a JSON array"),
        ("action = 'short'", "trades row 1: action is 'short', expected buy, sell or hold"),
        ("timestamp = 'yesterday'", "trades row 1: timestamp is 'yesterday', expected a time"),
    ] {
        connection.execute(&format!("UPDATE trades SET {change}"), []).unwrap();
        let error = records.get_trades(&TradeFilter::default()).unwrap_err().to_string();
        // The columns are read in order, so the latest fault is found first or the tags' remains.
        assert!(error.starts_with(message), "{error}");
    }
    let error = records.daily_metrics(None, None).unwrap_err().to_string();
    assert!(error.starts_with("trades row 1: timestamp is 'yesterday'"), "{error}");
}

const WRITER: &str = "MEM_TEST_RECORDS_WRITER";
const BATCH: usize = 500;

/// Not a test by itself: run by those below as a process of its own, it writes batches and single rows into the records
/// until it has written so many batches, or is killed.
#[test]
fn writer_process() {
    let Ok(orders) = std::env::var(WRITER) else { return };
    let (path, batches) = orders.rsplit_once('#').unwrap();
    let records = Records::open(path, RecordsOptions::default()).unwrap();
    let batch: Vec<_> = (0..BATCH as i64).map(trade).collect();
    for _ in 0..batches.parse::<u64>().unwrap() {
        records.batch_insert_trades(&batch).unwrap();
        records.add_log(&NewLog::new(LogLevel::Info, "a batch is in")).unwrap();
        println!("acknowledged");
    }
}

fn start_writer(path: &Path, batches: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["records_files::writer_process", "--exact", "--nocapture"])
        .env(WRITER, format!("{}#{batches}", path.display()))
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap()
}

#[test]
fn processes_that_write_at_once_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mem_data.db");
    // They also race to create and migrate the file.
    let writers: Vec<Child> = (0..3).map(|_| start_writer(&path, 20)).collect();
    let records = Records::open(&path, RecordsOptions::default()).unwrap();
    for _ in 0..20 {
        records.batch_insert_trades(&(0..BATCH as i64).map(trade).collect::<Vec<_>>()).unwrap();
        let seen = records.get_stats().unwrap();
        assert!(seen.trades.is_multiple_of(BATCH as u64), "only whole batches are ever seen: {seen:?}");
        assert_eq!(records.daily_metrics(None, None).unwrap().len(), 1);
    }
    for writer in writers {
        assert!(writer.wait_with_output().unwrap().status.success());
    }
    let counts = RecordCounts { trades: 4 * 20 * BATCH as u64, logs: 60, ..RecordCounts::default() };
    assert_eq!(records.get_stats().unwrap(), counts);
    assert_eq!(records.daily_metrics(None, None).unwrap()[0].trades, counts.trades);
    assert_eq!(integrity(&path), "ok");
}

fn integrity(path: &Path) -> String {
    Connection::open(path).unwrap().query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap()
}

#[test]
fn a_kill_leaves_whole_batches_and_all_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mem_data.db");
    let mut acknowledged = 0;
    for kill in 0..6 {
        let mut writer = start_writer(&path, 100_000);
        let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines().map(Result::unwrap);
        let seen = lines.by_ref().filter(|line| line.contains("acknowledged")).take(3 + 4 * kill).count();
        for _ in 0..kill * 20_000 {
            std::hint::spin_loop();
        }
        writer.kill().unwrap();
        writer.wait().unwrap();
        // What it said before the signal struck, and was still in the pipe.
        acknowledged += seen + lines.filter(|line| line.contains("acknowledged")).count();
        let records = Records::open(&path, RecordsOptions::default()).unwrap();
        let counts = records.get_stats().unwrap();
        assert!(counts.trades.is_multiple_of(BATCH as u64), "half a batch: {counts:?}");
        assert!(counts.trades >= (acknowledged * BATCH) as u64 && counts.logs >= acknowledged as u64);
        let in_days: u64 = records.daily_metrics(None, None).unwrap().iter().map(|day| day.trades).sum();
        assert_eq!(in_days, counts.trades);
    }
    assert_eq!(integrity(&path), "ok");
}

#[test]
fn a_lock_held_for_too_long_is_an_error_that_may_be_retried() {
    let (folder, records) = records();
    let path = folder.path().join("mem_data.db");
    drop(records);
    let options = RecordsOptions { busy_timeout: Duration::from_millis(30), ..RecordsOptions::default() };
    let records = Records::open(&path, options).unwrap();
    let other = Connection::open(&path).unwrap();
    other
        .execute_batch("BEGIN IMMEDIATE; INSERT INTO logs (timestamp, level, message) VALUES ('x', 'INFO', 'y')")
        .unwrap();
    let error = records.add_trade(&trade(0)).unwrap_err();
    assert!(
        error.is_retryable() && error.to_string().contains("stayed locked by another process for 30 ms"),
        "{error}"
    );
    let awaited = AsyncRecords::new(records.clone()).unwrap();
    let error = block_on(awaited.add_trade(trade(0))).unwrap_err();
    assert!(matches!(error, RecordsError::Busy { .. }), "{error:?}");
    drop(awaited);
    // Reading goes on, and shows what is committed.
    assert_eq!(records.get_stats().unwrap(), RecordCounts::default());
    let stats = records.get_connection_stats();
    assert!(stats.busy_retries > 0 && stats.errors == 2, "{stats:?}");
    other.execute_batch("ROLLBACK").unwrap();
    records.add_trade(&trade(0)).unwrap();
}

#[test]
fn full_synchronous_is_set_when_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let options = RecordsOptions { synchronous: Synchronous::Full, ..RecordsOptions::default() };
    let records = Records::open(folder.path().join("mem_data.db"), options).unwrap();
    records.add_trade(&trade(0)).unwrap();
    assert_eq!(records.options().synchronous, Synchronous::Full);
    assert_eq!(records.get_stats().unwrap().trades, 1);
}

/// The python named by `MEM_PYTHON`; without it the test says loudly that it was skipped, and fails under CI.
#[test]
fn python_reads_and_writes_the_records() {
    let Some(python) = mem_testkit::python("sqlite3") else { return };
    let (folder, records) = records();
    records.batch_insert_trades(&(0..2_000).map(trade).collect::<Vec<_>>()).unwrap();
    let script = "
import json, sqlite3, sys
from datetime import datetime, timezone
with sqlite3.connect(sys.argv[1]) as c:
    c.row_factory = sqlite3.Row
    first = c.execute('SELECT * FROM trades ORDER BY id').fetchone()
    assert datetime.fromisoformat(first['timestamp']) == datetime(2024, 1, 1, tzinfo=timezone.utc), first['timestamp']
    assert json.loads(first['tags']) == ['trend', 'says \"go\"'], first['tags']
    assert c.execute('SELECT count(*), sum(pnl) FROM trades').fetchone()[0] == 2000
    now = datetime(2024, 1, 2, 8, tzinfo=timezone.utc).isoformat()
    c.execute('INSERT INTO trades (timestamp, symbol, action, price, quantity, pnl) VALUES (?, ?, ?, ?, ?, ?)', (now, 'PY', 'buy', 1.5, 2, 7.25))
    c.execute('UPDATE trades SET pnl = 100 WHERE id = 1')
    c.execute('INSERT INTO logs (timestamp, level, message) VALUES (?, ?, ?)', (now, 'INFO', 'from python'))
";
    let output = Command::new(python).args(["-c", script]).arg(records.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let filter = TradeFilter { symbol: Some("PY".to_owned()), ..TradeFilter::default() };
    let written = &records.get_trades(&filter).unwrap()[0];
    assert_eq!((written.timestamp, written.pnl), (at("2024-01-02T08:00:00Z"), 7.25));
    assert_eq!(records.get_logs(&LogFilter::default()).unwrap()[0].message, "from python");
    let days = records.daily_metrics(None, None).unwrap();
    assert_eq!(days.iter().map(|day| day.trades).collect::<Vec<_>>(), [1_440, 561]);
    drop((records, folder));
}

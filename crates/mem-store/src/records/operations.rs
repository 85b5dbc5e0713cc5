//! What can be done with records, listed once.
//!
//! Each operation has three faces with the same name: on [`Tx`] as part of a transaction, on [`Records`] for the calling
//! thread, on [`AsyncRecords`] to be awaited.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::Range;

use mem_types::{Bar, Timestamp};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use super::Records;
use super::asynchronous::AsyncRecords;
use super::audit::{self, AuditFilter, AuditRow, NewAudit};
use super::books::{self, AlertRow, FillRow, LedgerRow, OrderRow};
use super::clock::Clock;
use super::connection::leave_checkpoints_to_upkeep;
use super::daily::{self, DayMetrics};
use super::decisions::{self, DecisionOutcome, DecisionRow};
use super::error::RecordsError;
use super::filters::{self, AlertFilter, DecisionFilter, FillFilter, OrderFilter};
use super::learning::{
    self, DashboardRow, DriftFilter, DriftRow, EvaluationRow, FeatureFilter, FeatureRow, JobFilter, JobLogRow, JobRow,
    JobUpdate, LabelFilter, LabelRow, ModelEventFilter, ModelEventRow, ModelRow, NewJob, PerformanceRow,
    PredictionFilter, PredictionRow, Resolved, SentimentRow, TextFilter, TextRow,
};
use super::logs::{self, Log, LogFilter, NewLog};
use super::memories::{self, Memory, MemoryFilter, MemoryTypeCount, MemoryUpdate, NewMemory};
use super::metrics::{self, Metric, MetricFilter, MetricUpdate, NewMetric};
use super::order_events::{self, OrderEventRow};
use super::query::Page;
use super::round_trips::{self, ConfidenceCounts, RoundTripFilter, RoundTripRow, TripTotals};
use super::signals::{self, NewSignal, SignalFilter, StoredSignal};
use super::trades::{self, NewTrade, Trade, TradeFilter, TradeUpdate};
use super::trip_bars;

/// A transaction: what is done through it is kept as a whole or not at all, and sees its own changes.
#[derive(Debug)]
pub struct Tx<'c> {
    pub(super) connection: &'c Connection,
    pub(super) clock: &'c Clock,
    /// Set by who finds the sums per day far behind the trades.
    pub(super) behind: Cell<bool>,
    /// Set once a large batch is part of it.
    pub(super) large: Cell<bool>,
}

/// Rows from which on a batch is large enough to have the upkeep thread copy its pages.
const LARGE: usize = 1_000;

impl<'c> Tx<'c> {
    pub(super) fn new(connection: &'c Connection, clock: &'c Clock) -> Self {
        Self { connection, clock, behind: Cell::new(false), large: Cell::new(false) }
    }

    /// Runs `work` as a whole: within a transaction of its own, or as a nested part of the one under way. An error or a
    /// panic leaves nothing behind.
    pub(super) fn atomically<T, E: From<RecordsError>>(
        &self,
        work: impl FnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let whole = Whole::begin(self.connection)?;
        let result = work(self)?;
        whole.keep()?;
        Ok(result)
    }

    /// Prepares for a batch of so many rows.
    pub(super) fn expect_rows(&self, rows: usize) -> Result<(), RecordsError> {
        if rows >= LARGE && !self.large.replace(true) {
            leave_checkpoints_to_upkeep(self.connection, true)?;
        }
        Ok(())
    }

    /// Ends what [`Tx::expect_rows`] began; to be called after the commit.
    pub(super) fn end_large(&self) -> Result<bool, RecordsError> {
        let large = self.large.replace(false);
        if large {
            leave_checkpoints_to_upkeep(self.connection, false)?;
        }
        Ok(large)
    }

    /// Runs `work` on one state of the database, whatever other connections write meanwhile.
    pub(super) fn on_one_state<T>(
        &self,
        work: impl FnOnce(&Tx<'_>) -> Result<T, RecordsError>,
    ) -> Result<T, RecordsError> {
        if !self.connection.is_autocommit() {
            return work(self);
        }
        let state = self.connection.unchecked_transaction()?;
        let result = work(self)?;
        state.commit()?;
        Ok(result)
    }

    /// Adds rows one by one, all or none.
    pub(super) fn add_all<T>(
        &self,
        rows: &[T],
        add: impl Fn(&Tx<'_>, &T) -> Result<i64, RecordsError>,
    ) -> Result<Range<i64>, RecordsError> {
        if rows.is_empty() {
            return Ok(0..0);
        }
        self.expect_rows(rows.len())?;
        self.atomically(|tx| {
            let mut last = 0;
            for (index, row) in rows.iter().enumerate() {
                last = add(tx, row).map_err(|source| match source {
                    source @ RecordsError::Invalid { .. } => RecordsError::InBatch { index, source: Box::new(source) },
                    source => source,
                })?;
            }
            Ok(last + 1 - rows.len() as i64..last + 1)
        })
    }
}

/// A transaction, or a savepoint within one, that is undone unless it is kept.
struct Whole<'c> {
    connection: &'c Connection,
    nested: bool,
    kept: bool,
}

impl<'c> Whole<'c> {
    fn begin(connection: &'c Connection) -> Result<Self, RecordsError> {
        let nested = !connection.is_autocommit();
        // IMMEDIATE: the write lock is waited for here, where waiting is still possible, and not at the first change.
        run(connection, if nested { "SAVEPOINT part" } else { "BEGIN IMMEDIATE" })?;
        Ok(Self { connection, nested, kept: false })
    }

    fn keep(mut self) -> Result<(), RecordsError> {
        run(self.connection, if self.nested { "RELEASE part" } else { "COMMIT" })?;
        self.kept = true;
        Ok(())
    }
}

impl Drop for Whole<'_> {
    fn drop(&mut self) {
        // Some failures (a full disk) make SQLite undo everything itself; then there is nothing left to undo.
        if self.kept || self.connection.is_autocommit() {
            return;
        }
        let undo: &[&str] = if self.nested { &["ROLLBACK TO part", "RELEASE part"] } else { &["ROLLBACK"] };
        for sql in undo {
            if let Err(error) = run(self.connection, sql) {
                tracing::error!(%error, sql, "records: cannot undo");
            }
        }
    }
}

fn run(connection: &Connection, sql: &str) -> Result<(), RecordsError> {
    connection.prepare_cached(sql)?.execute([])?;
    Ok(())
}

/// How many rows each table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RecordCounts {
    /// Trades.
    pub trades: u64,
    /// Memories.
    pub memories: u64,
    /// Metrics.
    pub metrics: u64,
    /// Signals.
    pub signals: u64,
    /// Log lines.
    pub logs: u64,
}

fn counts(tx: &Tx<'_>) -> Result<RecordCounts, RecordsError> {
    let sql = "SELECT (SELECT count(*) FROM trades), (SELECT count(*) FROM memories), (SELECT count(*) FROM metrics), \
               (SELECT count(*) FROM signals), (SELECT count(*) FROM logs)";
    Ok(tx.connection.prepare_cached(sql)?.query_row([], |row| {
        let count = |column| row.get::<_, i64>(column).map(i64::unsigned_abs);
        Ok(RecordCounts {
            trades: count(0)?,
            memories: count(1)?,
            metrics: count(2)?,
            signals: count(3)?,
            logs: count(4)?,
        })
    })?)
}

/// The tables that hold records, companions left out.
const TABLES: [&str; 25] = [
    "trades",
    "memories",
    "metrics",
    "signals",
    "logs",
    "decisions",
    "orders",
    "order_events",
    "fills",
    "ledger_entries",
    "alerts",
    "round_trips",
    "audit",
    "ml_models_metadata",
    "ml_predictions",
    "ml_labels",
    "ml_features_ohlcv",
    "ml_features_sentiment",
    "sentiment_texts",
    "feature_drift_metrics",
    "model_performance_history",
    "canary_deployment_events",
    "ml_eval_history",
    "ml_training_jobs",
    "retraining_logs",
];

fn table_counts(tx: &Tx<'_>) -> Result<BTreeMap<String, u64>, RecordsError> {
    tx.on_one_state(|tx| {
        let mut counts = BTreeMap::new();
        for table in TABLES {
            let count: i64 = tx
                .connection
                .prepare_cached(&format!("SELECT count(*) FROM {table}"))?
                .query_row([], |row| row.get(0))?;
            counts.insert(table.to_owned(), count.unsigned_abs());
        }
        Ok(counts)
    })
}

/// One line each: `read` or `write`, the name, arguments by value, then (after `;`) arguments that the blocking faces
/// borrow and the awaited face owns, and the function that does it.
macro_rules! operations {
    ($(
        $(#[$doc:meta])*
        $kind:ident $name:ident($($value:ident: $value_type:ty),*; $($borrowed:ident: &$borrowed_type:ty = $owned_type:ty),*)
            -> $result:ty = $function:path;
    )*) => {
        impl Tx<'_> {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// If a field cannot be stored or read, the database is busy or damaged, or the disk full.
                pub fn $name(&self, $($value: $value_type,)* $($borrowed: &$borrowed_type),*) -> Result<$result, RecordsError> {
                    $function(self, $($value,)* $($borrowed),*)
                }
            )*
        }

        impl Records {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// If a field cannot be stored or read, the database is busy or damaged, or the disk full.
                pub fn $name(&self, $($value: $value_type,)* $($borrowed: &$borrowed_type),*) -> Result<$result, RecordsError> {
                    self.$kind(|tx| $function(tx, $($value,)* $($borrowed),*))
                }
            )*
        }

        impl AsyncRecords {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// If a field cannot be stored or read, the database is busy or damaged, or the disk full.
                pub async fn $name(&self, $($value: $value_type,)* $($borrowed: $owned_type),*) -> Result<$result, RecordsError> {
                    self.$kind(move |tx| $function(tx, $($value,)* $(&$borrowed),*)).await
                }
            )*
        }
    };
}

operations! {
    /// Stores a trade and gives its id.
    write add_trade(; trade: &NewTrade = NewTrade) -> i64 = trades::add;
    /// Stores trades, all or none, and gives their ids, which follow one another.
    write batch_insert_trades(; trades: &[NewTrade] = Vec<NewTrade>) -> Range<i64> = trades::add_batch;
    /// The trade with that id.
    read get_trade(id: i64;) -> Option<Trade> = trades::get;
    /// Trades by filter, the newest recorded first.
    read get_trades(; filter: &TradeFilter = TradeFilter) -> Vec<Trade> = trades::list;
    /// Changes a trade.
    write update_trade(id: i64; update: &TradeUpdate = TradeUpdate) -> () = trades::update;

    /// Stores a memory and gives its id.
    write add_memory(; memory: &NewMemory = NewMemory) -> i64 = memories::add;
    /// Stores memories, all or none, and gives their ids, which follow one another.
    write batch_insert_memories(; memories: &[NewMemory] = Vec<NewMemory>) -> Range<i64> = memories::add_batch;
    /// The memory with that id.
    read get_memory(id: i64;) -> Option<Memory> = memories::get;
    /// Memories by filter, the newest recorded first.
    read get_memories(; filter: &MemoryFilter = MemoryFilter) -> Vec<Memory> = memories::list;
    /// Changes a memory.
    write update_memory(id: i64; update: &MemoryUpdate = MemoryUpdate) -> () = memories::update;

    /// Stores a metric and gives its id.
    write add_metric(; metric: &NewMetric = NewMetric) -> i64 = metrics::add;
    /// Stores metrics, all or none, and gives their ids, which follow one another.
    write batch_insert_metrics(; metrics: &[NewMetric] = Vec<NewMetric>) -> Range<i64> = metrics::add_batch;
    /// The metric with that id.
    read get_metric(id: i64;) -> Option<Metric> = metrics::get;
    /// Metrics by filter, the newest recorded first.
    read get_metrics(; filter: &MetricFilter = MetricFilter) -> Vec<Metric> = metrics::list;
    /// Changes a metric.
    write update_metric(id: i64; update: &MetricUpdate = MetricUpdate) -> () = metrics::update;

    /// Stores a signal and gives its id.
    write add_signal(; signal: &NewSignal = NewSignal) -> i64 = signals::add;
    /// Stores signals, all or none, and gives their ids, which follow one another.
    write batch_insert_signals(; signals: &[NewSignal] = Vec<NewSignal>) -> Range<i64> = signals::add_batch;
    /// Signals by filter, the newest recorded first.
    read get_signals(; filter: &SignalFilter = SignalFilter) -> Vec<StoredSignal> = signals::list;

    /// Stores a log line and gives its id.
    write add_log(; log: &NewLog = NewLog) -> i64 = logs::add;
    /// Stores log lines, all or none, and gives their ids, which follow one another.
    write batch_insert_logs(; logs: &[NewLog] = Vec<NewLog>) -> Range<i64> = logs::add_batch;
    /// Log lines by filter, the newest recorded first.
    read get_logs(; filter: &LogFilter = LogFilter) -> Vec<Log> = logs::list;

    /// Stores a decision.
    write add_decision(; row: &DecisionRow = DecisionRow) -> () = decisions::add;
    /// Stores what came of a decision's trade.
    write close_decision(decision: i64; outcome: &DecisionOutcome = DecisionOutcome) -> () = decisions::close;
    /// The decision with that number.
    read get_decision(decision: i64;) -> Option<DecisionRow> = decisions::get;
    /// The newest decisions, the newest first.
    read get_decisions(limit: usize;) -> Vec<DecisionRow> = decisions::newest;
    /// The newest decisions whose trades are over, in the order in which that happened.
    read closed_decisions(newest: usize;) -> Vec<DecisionRow> = decisions::closed;
    /// Stores an order, or how it has changed.
    write put_order(; row: &OrderRow = OrderRow) -> () = books::put_order;
    /// All orders, in the order in which they were planned.
    read get_orders(;) -> Vec<OrderRow> = books::orders;
    /// Stores a fill. A fill that is stored already is an error.
    write add_fill(; row: &FillRow = FillRow) -> () = books::add_fill;
    /// All fills, in the order in which they were booked.
    read get_fills(;) -> Vec<FillRow> = books::fills;
    /// Stores an entry of the ledger.
    write add_ledger_entry(; row: &LedgerRow = LedgerRow) -> () = books::add_entry;
    /// All entries of the ledger, in their order.
    read get_ledger(;) -> Vec<LedgerRow> = books::entries;
    /// Stores an alert, or how it has changed.
    write put_alert(; row: &AlertRow = AlertRow) -> () = books::put_alert;
    /// The newest alerts, the newest first.
    read get_alerts(limit: usize;) -> Vec<AlertRow> = books::alerts;
    /// Keeps a value of the engine under a name.
    write set_engine_state(; name: &str = String, value: &str = String) -> () = books::set_state;
    /// The value of the engine under a name.
    read get_engine_state(; name: &str = String) -> Option<String> = books::get_state;

    /// Stores a finished round trip and gives its id.
    write add_round_trip(; row: &RoundTripRow = RoundTripRow) -> i64 = round_trips::add;
    /// Round trips by filter, sorted as it says, and how many there are.
    read page_round_trips(; filter: &RoundTripFilter = RoundTripFilter) -> Page<RoundTripRow> = round_trips::page;
    /// The round trip that a decision opened, if it is over.
    read round_trip_of(decision: i64;) -> Option<RoundTripRow> = round_trips::of_decision;
    /// Sums over round trips by filter.
    read trip_totals(; filter: &RoundTripFilter = RoundTripFilter) -> TripTotals = round_trips::totals;
    /// When each round trip was over and what it brought, in the order of closing.
    read trip_profits(; filter: &RoundTripFilter = RoundTripFilter) -> Vec<(Timestamp, f64)> = round_trips::profits;
    /// What round trips brought on each UTC day on which some were over.
    read daily_trip_profits(; filter: &RoundTripFilter = RoundTripFilter) -> Vec<(Timestamp, f64)> = round_trips::daily_profits;
    /// Round trips by how sure the strategy was.
    read trip_confidences(; filter: &RoundTripFilter = RoundTripFilter) -> ConfidenceCounts = round_trips::confidences;
    /// Of those memories whose trade is over: the id, and whether it gained anything.
    read outcomes_of_memories(; memories: &[i64] = Vec<i64>) -> Vec<(i64, bool)> = round_trips::of_memories;
    /// Stores closed bars of a symbol and length; those that are there already stay as they are.
    write add_trip_bars(; symbol: &str = String, length: &str = String, bars: &[Bar] = Vec<Bar>) -> () = trip_bars::add;
    /// Closed bars of a symbol that open in `[from, to]`, with their length, at most `limit`.
    read trip_bars(from: Timestamp, to: Timestamp, limit: usize; symbol: &str = String)
        -> Option<(String, Vec<Bar>)> = trip_bars::between;
    /// The order of that name.
    read get_order(; client_order_id: &str = String) -> Option<OrderRow> = filters::order;
    /// What happened to the order of that name, in order.
    read order_events(; client_order_id: &str = String) -> Vec<OrderEventRow> = order_events::of_order;
    /// The orders of the trade that a decision opened, up to `until`, in the order in which they were planned.
    read orders_of_trade(decision: i64, from: Timestamp, until: Timestamp; symbol: &str = String)
        -> Vec<OrderRow> = filters::orders_of_trade;

    /// Memories by filter, the newest recorded first, and how many there are.
    read page_memories(; filter: &MemoryFilter = MemoryFilter) -> Page<Memory> = memories::page;
    /// How many memories there are of each type, and how much they matter.
    read memory_types(;) -> Vec<MemoryTypeCount> = memories::by_type;
    /// Metrics by filter, the newest recorded first, and how many there are.
    read page_metrics(; filter: &MetricFilter = MetricFilter) -> Page<Metric> = metrics::page;
    /// Every value of metrics by filter with its time, in the order of time; limit and offset do not count.
    read metric_series(; filter: &MetricFilter = MetricFilter) -> Vec<(Timestamp, f64)> = metrics::series;
    /// Signals by filter, the newest recorded first, and how many there are.
    read page_signals(; filter: &SignalFilter = SignalFilter) -> Page<StoredSignal> = signals::page;
    /// Log lines by filter, the newest recorded first, and how many there are.
    read page_logs(; filter: &LogFilter = LogFilter) -> Page<Log> = logs::page;
    /// Decisions by filter, the newest first, and how many there are.
    read page_decisions(; filter: &DecisionFilter = DecisionFilter) -> Page<DecisionRow> = filters::decisions;
    /// Orders by filter, the newest first, and how many there are.
    read page_orders(; filter: &OrderFilter = OrderFilter) -> Page<OrderRow> = filters::orders;
    /// Fills by filter, the newest booked first, and how many there are.
    read page_fills(; filter: &FillFilter = FillFilter) -> Page<FillRow> = filters::fills;
    /// Alerts by filter, the newest first, and how many there are.
    read page_alerts(; filter: &AlertFilter = AlertFilter) -> Page<AlertRow> = filters::alerts;

    /// Stores an entry of the audit, dated now, and gives its number.
    write add_audit(; row: &NewAudit = NewAudit) -> i64 = audit::add;
    /// Notes when what an entry of the audit wanted took effect.
    write audit_applied(id: i64, at: Timestamp;) -> () = audit::applied;
    /// The entry of the audit with that number.
    read get_audit(id: i64;) -> Option<AuditRow> = audit::get;
    /// Entries of the audit by filter, the newest first, and how many there are.
    read page_audit(; filter: &AuditFilter = AuditFilter) -> Page<AuditRow> = audit::page;

    /// Stores a model, or how it has changed.
    write put_model(; row: &ModelRow = ModelRow) -> () = learning::put_model;
    /// All models, the oldest first.
    read models(;) -> Vec<ModelRow> = learning::models;
    /// Stores a prediction; one of the same model, symbol and time that is there already stays as it is.
    write add_prediction(; row: &PredictionRow = PredictionRow) -> i64 = learning::add_prediction;
    /// Stores what became of a prediction.
    write resolve_prediction(; resolved: &Resolved = Resolved) -> () = learning::resolve_prediction;
    /// Predictions by filter, the newest first, and how many there are.
    read predictions(; filter: &PredictionFilter = PredictionFilter) -> Page<PredictionRow> = learning::predictions;
    /// Stores a label, or what became of it.
    write put_label(; row: &LabelRow = LabelRow) -> i64 = learning::put_label;
    /// Labels by filter, the newest stored first, and how many there are.
    read labels(; filter: &LabelFilter = LabelFilter) -> Page<LabelRow> = learning::labels;
    /// Stores a bar with its indicators.
    write put_features(; row: &FeatureRow = FeatureRow) -> i64 = learning::put_features;
    /// Stores the mood of texts about a symbol.
    write put_sentiment(; row: &SentimentRow = SentimentRow) -> i64 = learning::put_sentiment;
    /// Removes the moods of texts of a symbol and a source from a time on.
    write forget_sentiment(from: Timestamp; symbol: &str = String, source: &str = String) -> () = learning::forget_sentiment;
    /// Bars with their indicators by filter, the newest first, and how many there are.
    read features(; filter: &FeatureFilter = FeatureFilter) -> Page<FeatureRow> = learning::features;
    /// Removes bars with their indicators that are older than that, of a symbol and a timeframe.
    write forget_features(oldest: Timestamp; symbol: &str = String, timeframe: &str = String) -> () = learning::forget_features;
    /// The newest moods of texts about a symbol, the newest first.
    read sentiment(limit: usize; symbol: &str = String) -> Vec<SentimentRow> = learning::sentiment;
    /// Stores a text with its score and gives its id; `None` where it is there already.
    write add_text(; row: &TextRow = TextRow) -> Option<i64> = learning::add_text;
    /// Texts by filter, the newest stored first, and how many there are.
    read texts(; filter: &TextFilter = TextFilter) -> Page<TextRow> = learning::texts;
    /// Texts stored after the one of that number, in the order in which they were stored.
    read texts_after(id: i64, limit: usize;) -> Vec<TextRow> = learning::texts_after;
    /// Whether a text of a symbol and a source is there already, by its key.
    read has_text(; symbol: &str = String, source: &str = String, key: &str = String) -> bool = learning::has_text;
    /// The texts of a symbol and a source that were known from then on, in the order in which they were known.
    read texts_in_order(from: Timestamp; symbol: &str = String, source: &str = String) -> Vec<TextRow> = learning::texts_in_order;
    /// How many texts of a symbol and a source were known before that.
    read texts_before(to: Timestamp; symbol: &str = String, source: &str = String) -> u64 = learning::texts_before;
    /// When the scores of a series of a symbol were known, and what they are, in that order: texts of the source of that name about the
    /// symbol or the market as a whole; of the series `coin`, all texts about the symbol itself.
    read scores(; symbol: &str = String, series: &str = String) -> Vec<(Timestamp, f64)> = learning::scores;
    /// Says that a text was known later than was thought, and gives it as it was until now; `None` where it was not.
    write text_known_later(id: i64, at: Timestamp;) -> Option<TextRow> = learning::text_known_later;
    /// All texts that were known at a time, in the order in which that came to be.
    read texts_known(until: Timestamp;) -> Vec<TextRow> = learning::texts_known;
    /// Stores features beside what they were like in training, all or none.
    write add_drift(; rows: &[DriftRow] = Vec<DriftRow>) -> () = learning::add_drift;
    /// Such comparisons by filter, the newest first.
    read drift(; filter: &DriftFilter = DriftFilter) -> Vec<DriftRow> = learning::drift;
    /// Stores what a model has been worth lately.
    write add_performance(; row: &PerformanceRow = PerformanceRow) -> i64 = learning::add_performance;
    /// What a model has been worth, the newest first.
    read performance(model_id: i64, limit: usize;) -> Vec<PerformanceRow> = learning::performance;
    /// Stores a step of a model.
    write add_model_event(; row: &ModelEventRow = ModelEventRow) -> i64 = learning::add_model_event;
    /// Steps of models by filter, the newest first, and how many there are.
    read model_events(; filter: &ModelEventFilter = ModelEventFilter) -> Page<ModelEventRow> = learning::model_events;
    /// Stores what came of a gate.
    write add_evaluation(; row: &EvaluationRow = EvaluationRow) -> i64 = learning::add_evaluation;
    /// The newest gates, the newest first.
    read evaluations(limit: usize;) -> Vec<EvaluationRow> = learning::evaluations;
    /// Asks for a training and gives its number; where one of the same line waits already, that one's.
    write add_job(; job: &NewJob = NewJob) -> i64 = learning::add_job;
    /// Changes a training that has not ended.
    write update_job(id: i64; update: &JobUpdate = JobUpdate) -> () = learning::update_job;
    /// Trainings by filter, the newest first, and how many there are.
    read jobs(; filter: &JobFilter = JobFilter) -> Page<JobRow> = learning::jobs;
    /// The training of that number.
    read job(id: i64;) -> Option<JobRow> = learning::job;
    /// The training that has waited longest and may begin now.
    read next_job(;) -> Option<JobRow> = learning::next_job;
    /// Adds a line to the log of a training: its level (`info`, `warning`, `error`) and what it says.
    write add_job_log(job_id: i64; level: &str = String, message: &str = String) -> i64 = learning::add_job_log;
    /// The log of a training, in order.
    read job_logs(job_id: i64;) -> Vec<JobLogRow> = learning::job_logs;
    /// Stores how something stands, for pages.
    write put_dashboard(; row: &DashboardRow = DashboardRow) -> i64 = learning::put_dashboard;
    /// How things of a kind stand: the newest row of each symbol and timeframe.
    read latest_dashboard(; kind: &str = String) -> Vec<DashboardRow> = learning::latest_dashboard;

    /// How many rows each of all tables holds, by name.
    read table_counts(;) -> BTreeMap<String, u64> = table_counts;
    /// How many rows each table holds, all at one instant.
    read get_stats(;) -> RecordCounts = counts;
    /// Trades summed per UTC day, in order, for the days that overlap `[from, to)`; an open end is unbounded.
    read daily_metrics(from: Option<Timestamp>, to: Option<Timestamp>;) -> Vec<DayMetrics> = daily::metrics;
}

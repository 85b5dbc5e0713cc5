//! `mem records`: the records database.

use std::path::Path;

use anyhow::Context as _;
use mem_store::records::{
    FILE_NAME, FeatureFilter, LogFilter, MemoryFilter, MetricFilter, Records, RecordsOptions, SignalFilter,
    Synchronous, TradeFilter,
};
use mem_types::Timestamp;
use mem_types::time::NANOS_PER_DAY;
use serde_json::Value;

use super::{Context, now};
use crate::cli::{RecordTable, RecordsCommand};
use crate::config::Durability;
use crate::exit::{Outcome, UsageError};
use crate::output::{self, Align};

pub(super) fn run(context: &Context, command: &RecordsCommand) -> anyhow::Result<Outcome> {
    let records = open(context)?;
    match command {
        RecordsCommand::Stats => stats(context, &records)?,
        RecordsCommand::List { table, limit, symbol } => {
            let symbol = symbol.as_ref().map(ToString::to_string);
            list(context, &records, *table, *limit as usize, symbol)?;
        }
        RecordsCommand::Purge { days, yes } => purge(context, &records, *days, *yes)?,
    }
    Ok(Outcome::Done)
}

pub(super) fn open(context: &Context) -> anyhow::Result<Records> {
    open_in(context, &context.config.data.folder)
}

/// The records in a data folder.
pub(super) fn open_in(context: &Context, folder: &Path) -> anyhow::Result<Records> {
    let path = folder.join(FILE_NAME);
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let synchronous = match context.config.records.durability {
        Durability::Normal => Synchronous::Normal,
        Durability::Full => Synchronous::Full,
    };
    let options = RecordsOptions { synchronous, ..RecordsOptions::default() };
    Records::open(&path, options).with_context(|| format!("cannot open the records {}", path.display()))
}

fn stats(context: &Context, records: &Records) -> anyhow::Result<()> {
    let counts = records.get_stats()?;
    if context.json {
        return output::json(&counts);
    }
    let rows = [
        ("trades", counts.trades),
        ("memories", counts.memories),
        ("metrics", counts.metrics),
        ("signals", counts.signals),
        ("logs", counts.logs),
    ];
    output::table(
        &[("table", Align::Left), ("rows", Align::Right)],
        rows.map(|(name, count)| vec![name.to_owned(), output::count(count)]),
    )?;
    output::line(context.config.records_file().display())
}

fn list(
    context: &Context,
    records: &Records,
    table: RecordTable,
    limit: usize,
    symbol: Option<String>,
) -> anyhow::Result<()> {
    if symbol.is_some() && !matches!(table, RecordTable::Trades | RecordTable::Signals | RecordTable::Features) {
        return Err(UsageError(
            "--symbol goes with trades, signals and features: the other tables have no symbol".to_owned(),
        )
        .into());
    }
    let (columns, rows): (&[&str], Value) = match table {
        RecordTable::Trades => (
            &["id", "timestamp", "symbol", "action", "price", "quantity", "pnl", "confidence", "strategy"],
            serde_json::to_value(records.get_trades(&TradeFilter { symbol, limit, ..TradeFilter::default() })?)?,
        ),
        RecordTable::Memories => (
            &["id", "timestamp", "memory_type", "relevance_score", "content"],
            serde_json::to_value(records.get_memories(&MemoryFilter { limit, ..MemoryFilter::default() })?)?,
        ),
        RecordTable::Metrics => (
            &["id", "timestamp", "metric_name", "metric_value", "period"],
            serde_json::to_value(records.get_metrics(&MetricFilter { limit, ..MetricFilter::default() })?)?,
        ),
        RecordTable::Signals => (
            &["id", "timestamp", "symbol", "signal_type", "confidence", "trigger_reason"],
            serde_json::to_value(records.get_signals(&SignalFilter { symbol, limit, ..SignalFilter::default() })?)?,
        ),
        RecordTable::Logs => (
            &["id", "timestamp", "level", "source", "message"],
            serde_json::to_value(records.get_logs(&LogFilter { limit, ..LogFilter::default() })?)?,
        ),
        RecordTable::Features => (
            &["timestamp", "symbol", "timeframe", "close_price", "volume", "vwap", "atr", "rsi", "macd", "adx", "mfi"],
            serde_json::to_value(records.features(&FeatureFilter { symbol, limit, ..FeatureFilter::default() })?.rows)?,
        ),
    };
    if context.json {
        return output::json(&rows);
    }
    let rows = rows.as_array().cloned().unwrap_or_default();
    if rows.is_empty() {
        return output::line("no rows");
    }
    let header: Vec<(&str, Align)> = columns
        .iter()
        .map(|name| (*name, if rows[0][name].is_number() { Align::Right } else { Align::Left }))
        .collect();
    output::table(&header, rows.iter().map(|row| columns.iter().map(|name| cell(&row[name])).collect()))
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => output::UNDEFINED.to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => output::price(number.as_f64().unwrap_or(f64::NAN)),
        other => other.to_string(),
    }
}

fn purge(context: &Context, records: &Records, days: u32, yes: bool) -> anyhow::Result<()> {
    let now = now();
    if !yes {
        let cutoff = now.as_nanos().saturating_sub(i64::from(days).saturating_mul(NANOS_PER_DAY));
        let cutoff = output::minute(Timestamp::from_nanos(cutoff));
        return output::line(format!("would remove every row dated before {cutoff}; --yes does it"));
    }
    let purged = records.purge_old_records(days, now)?;
    if context.json {
        return output::json(&purged);
    }
    let (total, freed) = (output::count(purged.total()), output::size(purged.freed_bytes));
    output::line(format!("removed {total} rows, freed {freed}"))
}

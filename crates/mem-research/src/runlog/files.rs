//! The tables of a run: trades, equity, metrics, as files that other tools read.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use mem_store::table::{Column, TableFormat, read_table, write_table};
use mem_types::{SeriesKey, Timestamp};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::create_folder;
use crate::error::ResearchError;
use crate::result::TradeRecord;
use crate::run::{Outcome, Run, Tested};

/// Writes the tables of a run into `folder`, which is created if need be: `<id>-metrics`, `<id>-trades` and one
/// `<id>-equity-<venue>-<symbol>` per tested series. Gives back the files.
///
/// # Errors
/// If a file cannot be written.
pub(super) fn export(run: &Run, format: TableFormat, folder: &Path) -> Result<Vec<PathBuf>, ResearchError> {
    create_folder(folder)?;
    let named = |name: &str| folder.join(format!("{}-{name}.{}", run.id, format.extension()));
    let mut written = vec![named("metrics"), named("trades")];
    write_table(&written[0], format, &metric_columns(run)?)?;
    write_table(&written[1], format, &trade_columns(run)?)?;
    for (key, tested) in run.tested() {
        let path = named(&format!("equity-{}-{}", key.venue, key.symbol));
        write_table(&path, format, &equity_columns(tested))?;
        written.push(path);
    }
    Ok(written)
}

pub(super) fn write_trades(run: &Run, path: &Path) -> Result<(), ResearchError> {
    Ok(write_table(path, TableFormat::Parquet, &trade_columns(run)?)?)
}

pub(super) fn write_equity(tested: &Tested, path: &Path) -> Result<(), ResearchError> {
    Ok(write_table(path, TableFormat::Parquet, &equity_columns(tested))?)
}

fn equity_columns(tested: &Tested) -> Vec<(String, Column)> {
    let times = tested.ts_ns.iter().map(|ts| Some(Timestamp::from_nanos(*ts))).collect();
    let equity = tested.equity.iter().copied().map(Some).collect();
    vec![("ts".to_owned(), Column::Time(times)), ("equity".to_owned(), Column::Float(equity))]
}

/// All trades of a run, series by series; both times first, as in every table of MEM.
fn trade_columns(run: &Run) -> Result<Vec<(String, Column)>, ResearchError> {
    let all: Vec<(&SeriesKey, &TradeRecord)> =
        run.tested().flat_map(|(key, tested)| tested.trades.iter().map(move |trade| (key, trade))).collect();
    let time = |value: fn(&TradeRecord) -> Timestamp| Column::Time(all.iter().map(|(_, t)| Some(value(t))).collect());
    let float = |value: fn(&TradeRecord) -> f64| Column::Float(all.iter().map(|(_, t)| Some(value(t))).collect());
    let bar = |value: fn(&TradeRecord) -> usize| Column::Int(all.iter().map(|(_, t)| Some(value(t) as i64)).collect());
    let text = |value: fn(&SeriesKey) -> String| Column::Text(all.iter().map(|(key, _)| Some(value(key))).collect());
    let sides = all.iter().map(|(_, trade)| Ok(Some(name_of(&trade.side)?))).collect::<Result<_, ResearchError>>()?;
    let reasons =
        all.iter().map(|(_, trade)| Ok(Some(name_of(&trade.exit_reason)?))).collect::<Result<_, ResearchError>>()?;
    let columns = [
        ("entry_time", time(|t| t.entry_time)),
        ("exit_time", time(|t| t.exit_time)),
        ("venue", text(|key| key.venue.to_string())),
        ("symbol", text(|key| key.symbol.to_string())),
        ("side", Column::Text(sides)),
        ("entry_price", float(|t| t.entry_price)),
        ("exit_price", float(|t| t.exit_price)),
        ("size", float(|t| t.size)),
        ("pnl", float(|t| t.pnl)),
        ("pnl_pct", float(|t| t.pnl_pct)),
        ("fees", float(|t| t.fees)),
        ("carry", float(|t| t.carry)),
        ("exit_reason", Column::Text(reasons)),
        ("confidence", float(|t| t.confidence)),
        ("mae_pct", float(|t| t.mae_pct)),
        ("mfe_pct", float(|t| t.mfe_pct)),
        ("equity_after", float(|t| t.equity_after)),
        ("entry_bar", bar(|t| t.entry_bar)),
        ("exit_bar", bar(|t| t.exit_bar)),
    ];
    Ok(columns.into_iter().map(|(name, column)| (name.to_owned(), column)).collect())
}

/// One row per series: what it is, what became of it, its figures.
fn metric_columns(run: &Run) -> Result<Vec<(String, Column)>, ResearchError> {
    let text = |value: &dyn Fn(&SeriesKey) -> String| {
        Column::Text(run.series.iter().map(|series| Some(value(&series.key))).collect())
    };
    let failures = run.series.iter().map(|series| series.outcome.failure().map(str::to_owned)).collect();
    let mut columns = vec![
        ("venue".to_owned(), text(&|key| key.venue.to_string())),
        ("symbol".to_owned(), text(&|key| key.symbol.to_string())),
        ("timeframe".to_owned(), text(&|key| key.timeframe.to_string())),
        ("failure".to_owned(), Column::Text(failures)),
    ];
    let mut rows = Vec::with_capacity(run.series.len());
    for series in &run.series {
        rows.push(match &series.outcome {
            Outcome::Tested(tested) => figures(tested)?,
            Outcome::Failed(_) | Outcome::NotRun => Vec::new(),
        });
    }
    let names: Vec<String> =
        rows.iter().find(|row| !row.is_empty()).into_iter().flatten().map(|(name, _)| name.clone()).collect();
    for (position, name) in names.into_iter().enumerate() {
        let values = rows.iter().map(|row| row.get(position).and_then(|(_, value)| *value)).collect();
        columns.push((name, Column::Float(values)));
    }
    Ok(columns)
}

/// Every number of a series' summary by name.
fn figures(tested: &Tested) -> Result<Vec<(String, Option<f64>)>, ResearchError> {
    let summary = &tested.summary;
    let mut figures = vec![
        ("bars".to_owned(), Some(summary.bars as f64)),
        ("buy_and_hold_pct".to_owned(), Some(summary.buy_and_hold_pct)),
    ];
    if let Value::Object(metrics) = as_json(&summary.metrics)? {
        let numbers = metrics.into_iter().filter(|(_, value)| value.is_number() || value.is_null());
        figures.extend(numbers.map(|(name, value)| (name, value.as_f64())));
    }
    figures.push(("fees_paid".to_owned(), Some(summary.fees_paid)));
    figures.push(("carry_paid".to_owned(), Some(summary.carry_paid)));
    figures.push(("traded_notional".to_owned(), Some(summary.traded_notional)));
    figures.push(("refused_entries".to_owned(), Some(summary.refused_entries as f64)));
    Ok(figures)
}

/// The trades of each series, by venue and symbol.
pub(super) fn read_trades(path: &Path) -> Result<HashMap<(String, String), Vec<TradeRecord>>, ResearchError> {
    let table = Table::read(path)?;
    let [entries, exits] = [table.times("entry_time")?, table.times("exit_time")?];
    let [venues, symbols, sides, reasons] =
        [table.texts("venue")?, table.texts("symbol")?, table.texts("side")?, table.texts("exit_reason")?];
    let [entry_bars, exit_bars] = [table.ints("entry_bar")?, table.ints("exit_bar")?];
    let float = |name: &str| table.floats(name);
    let (entry_price, exit_price, size) = (float("entry_price")?, float("exit_price")?, float("size")?);
    let (pnl, pnl_pct, fees, carry) = (float("pnl")?, float("pnl_pct")?, float("fees")?, float("carry")?);
    let (confidence, mae, mfe) = (float("confidence")?, float("mae_pct")?, float("mfe_pct")?);
    let equity_after = float("equity_after")?;
    let mut trades: HashMap<(String, String), Vec<TradeRecord>> = HashMap::new();
    for row in 0..entries.len() {
        let trade = TradeRecord {
            entry_time: table.present(entries, row)?,
            exit_time: table.present(exits, row)?,
            entry_bar: table.position(entry_bars, row)?,
            exit_bar: table.position(exit_bars, row)?,
            side: table.named(sides, row)?,
            entry_price: table.present(entry_price, row)?,
            exit_price: table.present(exit_price, row)?,
            size: table.present(size, row)?,
            pnl: table.present(pnl, row)?,
            pnl_pct: table.present(pnl_pct, row)?,
            fees: table.present(fees, row)?,
            carry: table.present(carry, row)?,
            exit_reason: table.named(reasons, row)?,
            confidence: table.present(confidence, row)?,
            mae_pct: table.present(mae, row)?,
            mfe_pct: table.present(mfe, row)?,
            equity_after: table.present(equity_after, row)?,
        };
        let series = (table.present(venues, row)?, table.present(symbols, row)?);
        trades.entry(series).or_default().push(trade);
    }
    Ok(trades)
}

/// Times and equity of one series.
pub(super) fn read_equity(path: &Path) -> Result<(Vec<i64>, Vec<f64>), ResearchError> {
    let table = Table::read(path)?;
    let (times, equity) = (table.times("ts")?, table.floats("equity")?);
    let rows = 0..times.len();
    let times =
        rows.clone().map(|row| Ok(table.present(times, row)?.as_nanos())).collect::<Result<_, ResearchError>>()?;
    let equity = rows.map(|row| table.present(equity, row)).collect::<Result<_, ResearchError>>()?;
    Ok((times, equity))
}

/// A table that was read back, column by column with the kind it must have.
pub(super) struct Table<'a> {
    path: &'a Path,
    columns: Vec<(String, Column)>,
}

macro_rules! column {
    ($name:ident, $variant:ident, $value:ty) => {
        pub(super) fn $name(&self, name: &str) -> Result<&[Option<$value>], ResearchError> {
            match self.columns.iter().find(|(known, _)| known == name) {
                Some((_, Column::$variant(values))) => Ok(values),
                _ => Err(self.damaged(format!("column '{name}' is missing or of another kind"))),
            }
        }
    };
}

impl<'a> Table<'a> {
    pub(super) fn read(path: &'a Path) -> Result<Self, ResearchError> {
        Ok(Self { path, columns: read_table(path)? })
    }

    column!(times, Time, Timestamp);
    column!(texts, Text, String);
    column!(floats, Float, f64);
    column!(ints, Int, i64);

    pub(super) fn present<T: Clone>(&self, column: &[Option<T>], row: usize) -> Result<T, ResearchError> {
        column.get(row).cloned().flatten().ok_or_else(|| self.damaged(format!("row {row} has an empty cell")))
    }

    pub(super) fn position(&self, column: &[Option<i64>], row: usize) -> Result<usize, ResearchError> {
        usize::try_from(self.present(column, row)?)
            .map_err(|_| self.damaged(format!("row {row} has a negative position")))
    }

    fn named<T: DeserializeOwned>(&self, column: &[Option<String>], row: usize) -> Result<T, ResearchError> {
        let name = self.present(column, row)?;
        serde_json::from_value(Value::String(name)).map_err(|error| self.damaged(format!("row {row}: {error}")))
    }

    fn damaged(&self, reason: String) -> ResearchError {
        ResearchError::UnreadableRun { path: self.path.to_owned(), reason }
    }
}

/// The name that an enum without fields has in JSON.
fn name_of(value: &impl Serialize) -> Result<String, ResearchError> {
    Ok(as_json(value)?.as_str().unwrap_or_default().to_owned())
}

fn as_json(value: &impl Serialize) -> Result<Value, ResearchError> {
    serde_json::to_value(value)
        .map_err(|error| ResearchError::UnreadableRun { path: PathBuf::from("run"), reason: error.to_string() })
}

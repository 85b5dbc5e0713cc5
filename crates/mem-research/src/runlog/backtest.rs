//! Backtests.

use std::path::{Path, PathBuf};

use mem_store::table::TableFormat;
use mem_types::SeriesKey;
use serde::{Deserialize, Serialize};

use super::kept::{Brief, Identity, Kept, Kind, Unit};
use super::{RUN_FILE, RunLog, create_folder, files, read_json};
use crate::error::ResearchError;
use crate::run::{Outcome, Run, RunConfig, SeriesRun, Summary, Tested, Totals};

const TRADES_FILE: &str = "trades.parquet";

/// What `run.json` says of a backtest.
#[derive(Debug, Serialize, Deserialize)]
pub struct BacktestContent {
    config: RunConfig,
    totals: Totals,
    series: Vec<SeriesFile>,
}

#[derive(Debug, Serialize, Deserialize)]
struct SeriesFile {
    key: SeriesKey,
    #[serde(flatten)]
    outcome: OutcomeFile,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
enum OutcomeFile {
    Tested { summary: Box<Summary> },
    Failed { reason: String },
    NotRun,
}

impl Kept for Run {
    const KIND: Kind = Kind::Backtest;

    type Content = BacktestContent;

    fn id(&self) -> &str {
        &self.id
    }

    fn identity(&self) -> Identity {
        Identity { id: self.id.clone(), code_version: self.code_version.clone(), partial: self.partial }
    }

    fn content_id(&self) -> String {
        Self::content_id(self)
    }

    fn content(&self) -> BacktestContent {
        let series = self.series.iter().map(|series| SeriesFile {
            key: series.key.clone(),
            outcome: match &series.outcome {
                Outcome::Tested(tested) => OutcomeFile::Tested { summary: Box::new(tested.summary.clone()) },
                Outcome::Failed(reason) => OutcomeFile::Failed { reason: reason.clone() },
                Outcome::NotRun => OutcomeFile::NotRun,
            },
        });
        BacktestContent { config: self.config.clone(), totals: self.totals(), series: series.collect() }
    }

    fn brief(content: &BacktestContent) -> Brief {
        let BacktestContent { config, totals, series } = content;
        let beside = config.model.as_ref().map_or_else(String::new, |model| {
            let known = if model.in_sample { ", IN-SAMPLE" } else { "" };
            format!(" with {} as {}{known}", model.title, model.role.as_str())
        });
        let title = format!("{}{beside} on {} bars", config.strategy, config.timeframe);
        let keys = series.iter().map(|series| &series.key);
        let brief = Brief::new(title, config.strategy.clone(), config.timeframe, keys)
            .with("median return", totals.median_return_pct, Unit::Percent)
            .with("win rate", totals.win_rate_pct, Unit::Percent)
            .with("trades", Some(totals.trades as f64), Unit::Count)
            .with("beat holding", Some(totals.beat_buy_and_hold as f64), Unit::Count);
        Brief { totals: Some(totals.clone()), ..brief }
    }

    fn write_tables(&self, folder: &Path) -> Result<(), ResearchError> {
        files::write_trades(self, &folder.join(TRADES_FILE))?;
        for (key, tested) in self.tested() {
            let path = equity_path(folder, key);
            path.parent().map_or(Ok(()), create_folder)?;
            files::write_equity(tested, &path)?;
        }
        Ok(())
    }

    fn read(identity: &Identity, _log: &RunLog, folder: &Path) -> Result<Self, ResearchError> {
        let BacktestContent { config, series: stored, .. } = read_json(&folder.join(RUN_FILE))?;
        let mut trades = files::read_trades(&folder.join(TRADES_FILE))?;
        let mut series = Vec::with_capacity(stored.len());
        for SeriesFile { key, outcome } in stored {
            let outcome = match outcome {
                OutcomeFile::Tested { summary } => {
                    let (ts_ns, equity) = files::read_equity(&equity_path(folder, &key))?;
                    let trades = trades.remove(&(key.venue.to_string(), key.symbol.to_string())).unwrap_or_default();
                    Outcome::Tested(Box::new(Tested { summary: *summary, trades, ts_ns, equity }))
                }
                OutcomeFile::Failed { reason } => Outcome::Failed(reason),
                OutcomeFile::NotRun => Outcome::NotRun,
            };
            series.push(SeriesRun { key, outcome });
        }
        let Identity { id, code_version, partial } = identity.clone();
        Ok(Self { id, code_version, config, partial, series })
    }

    fn export(&self, format: TableFormat, folder: &Path) -> Result<Vec<PathBuf>, ResearchError> {
        files::export(self, format, folder)
    }
}

/// A name that cannot lead out of the folder: names of venues and symbols hold no slash and do not begin with a dot.
fn equity_path(folder: &Path, key: &SeriesKey) -> PathBuf {
    folder
        .join("equity")
        .join(format!("venue={}", key.venue))
        .join(format!("symbol={}", key.symbol))
        .join("equity.parquet")
}

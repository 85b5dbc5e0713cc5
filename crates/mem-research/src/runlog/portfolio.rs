//! Portfolios: the run that they are made of is kept as a run of its own.

use std::path::{Path, PathBuf};

use mem_store::table::{Column, TableFormat, write_table};
use mem_types::{SeriesKey, Timeframe, Timestamp};
use serde::{Deserialize, Serialize};

use super::files::Table;
use super::kept::{Brief, Identity, Kept, Kind, Unit};
use super::{RUN_FILE, RunLog, create_folder, read_json};
use crate::error::ResearchError;
use crate::portfolio::PortfolioResult;
use crate::portfolio_run::PortfolioRun;

const PORTFOLIO_FILE: &str = "portfolio.parquet";

/// What `run.json` says of a portfolio. The columns of the result stand in a table of their own and are empty here.
#[derive(Debug, Serialize, Deserialize)]
pub struct PortfolioContent {
    run: String,
    strategy: String,
    timeframe: Timeframe,
    series: Vec<SeriesKey>,
    result: PortfolioResult,
}

impl Kept for PortfolioRun {
    const KIND: Kind = Kind::Portfolio;

    type Content = PortfolioContent;

    fn id(&self) -> &str {
        &self.id
    }

    fn identity(&self) -> Identity {
        Identity { id: self.id.clone(), code_version: self.run.code_version.clone(), partial: false }
    }

    fn content_id(&self) -> String {
        Self::content_id(&self.run, &self.result.config)
    }

    fn content(&self) -> PortfolioContent {
        let mut result = self.result.clone();
        result.ts_ns.clear();
        result.equity.clear();
        for sleeve in &mut result.sleeves {
            sleeve.capital.clear();
        }
        PortfolioContent {
            run: self.run.id.clone(),
            strategy: self.run.config.strategy.clone(),
            timeframe: self.run.config.timeframe,
            series: self.run.series.iter().map(|series| series.key.clone()).collect(),
            result,
        }
    }

    fn brief(content: &PortfolioContent) -> Brief {
        let PortfolioContent { strategy, timeframe, series, result, .. } = content;
        let percent = |value: Option<f64>| value.map(|value| value * 100.0);
        let title = format!("portfolio of {strategy} over {} symbols on {timeframe} bars", result.sleeves.len());
        Brief::new(title, strategy.clone(), *timeframe, series.iter())
            .with("return", percent(result.metrics.total_return), Unit::Percent)
            .with("Sharpe", result.metrics.sharpe, Unit::Ratio)
            .with("max drawdown", percent(result.metrics.max_drawdown), Unit::Percent)
            .with("diversification", result.diversification_ratio, Unit::Ratio)
    }

    fn keep_members(&self, log: &RunLog, now: Timestamp) -> Result<(), ResearchError> {
        log.keep(&self.run, now).map(|_| ())
    }

    fn write_tables(&self, folder: &Path) -> Result<(), ResearchError> {
        Ok(write_table(&folder.join(PORTFOLIO_FILE), TableFormat::Parquet, &columns(&self.result))?)
    }

    fn read(identity: &Identity, log: &RunLog, folder: &Path) -> Result<Self, ResearchError> {
        let PortfolioContent { run, mut result, .. } = read_json(&folder.join(RUN_FILE))?;
        let path = folder.join(PORTFOLIO_FILE);
        let table = Table::read(&path)?;
        let times = table.times("ts")?;
        let rows = 0..times.len();
        let floats = |name: &str| -> Result<Vec<f64>, ResearchError> {
            let column = table.floats(name)?;
            rows.clone().map(|row| table.present(column, row)).collect()
        };
        let present = |row: usize| Ok(table.present(times, row)?.as_nanos());
        result.ts_ns = rows.clone().map(present).collect::<Result<_, ResearchError>>()?;
        result.equity = floats("equity")?;
        for sleeve in &mut result.sleeves {
            sleeve.capital = floats(&sleeve_column(&sleeve.name))?;
        }
        Ok(Self { id: identity.id.clone(), run: log.load(&run)?, result })
    }

    fn export(&self, format: TableFormat, folder: &Path) -> Result<Vec<PathBuf>, ResearchError> {
        create_folder(folder)?;
        let path = folder.join(format!("{}-portfolio.{}", self.id, format.extension()));
        write_table(&path, format, &columns(&self.result))?;
        Ok(vec![path])
    }
}

fn sleeve_column(name: &str) -> String {
    format!("capital {name}")
}

/// Time, equity, and what is in every sleeve.
fn columns(result: &PortfolioResult) -> Vec<(String, Column)> {
    let floats = |values: &[f64]| Column::Float(values.iter().copied().map(Some).collect());
    let times = result.ts_ns.iter().map(|ts| Some(Timestamp::from_nanos(*ts))).collect();
    let mut columns = vec![("ts".to_owned(), Column::Time(times)), ("equity".to_owned(), floats(&result.equity))];
    columns.extend(result.sleeves.iter().map(|sleeve| (sleeve_column(&sleeve.name), floats(&sleeve.capital))));
    columns
}

//! Comparisons: the runs that they refer to are kept as runs of their own.

use std::path::{Path, PathBuf};

use mem_store::table::{Column, TableFormat, write_table};
use mem_types::{SeriesKey, Timestamp};
use serde::{Deserialize, Serialize};

use super::kept::{Brief, Identity, Kept, Kind, Unit};
use super::{RUN_FILE, RunLog, create_folder, read_json};
use crate::compare::{CompareConfig, Comparison, Row, rankings};
use crate::error::ResearchError;

/// What `run.json` says of a comparison.
#[derive(Debug, Serialize, Deserialize)]
pub struct ComparisonContent {
    config: CompareConfig,
    series: Vec<SeriesKey>,
    rows: Vec<Row>,
}

impl Kept for Comparison {
    const KIND: Kind = Kind::Comparison;

    type Content = ComparisonContent;

    fn id(&self) -> &str {
        &self.id
    }

    fn identity(&self) -> Identity {
        Identity { id: self.id.clone(), code_version: self.code_version.clone(), partial: self.partial }
    }

    fn content_id(&self) -> String {
        Self::content_id(&self.config, &self.code_version, &self.rows)
    }

    fn content(&self) -> ComparisonContent {
        let series = self.runs.first().into_iter().flat_map(|run| &run.series).map(|series| series.key.clone());
        ComparisonContent { config: self.config.clone(), series: series.collect(), rows: self.rows.clone() }
    }

    fn brief(content: &ComparisonContent) -> Brief {
        let ComparisonContent { config, series, rows } = content;
        let labels: Vec<&str> = rows.iter().map(|row| row.label.as_str()).collect();
        let title = format!("{} compared on {} bars", labels.join(", "), config.timeframe);
        let best = rankings(rows).by_composite.first().cloned();
        let best_row = rows.iter().find(|row| Some(&row.label) == best.as_ref());
        let figures = best_row.map(|row| row.figures).unwrap_or_default();
        Brief::new(title, labels.join(", "), config.timeframe, series.iter())
            .with_text("best", best.filter(|_| figures.trades > 0))
            .with("its return", figures.total_return.map(|value| value * 100.0), Unit::Percent)
            .with("its Sharpe", figures.sharpe, Unit::Ratio)
    }

    fn keep_members(&self, log: &RunLog, now: Timestamp) -> Result<(), ResearchError> {
        self.runs.iter().try_for_each(|run| log.keep(run, now).map(|_| ()))
    }

    fn write_tables(&self, _folder: &Path) -> Result<(), ResearchError> {
        Ok(())
    }

    fn read(identity: &Identity, log: &RunLog, folder: &Path) -> Result<Self, ResearchError> {
        let ComparisonContent { config, rows, .. } = read_json(&folder.join(RUN_FILE))?;
        let runs = rows.iter().map(|row| log.load(&row.run)).collect::<Result<_, _>>()?;
        let Identity { id, code_version, partial } = identity.clone();
        Ok(Self { id, code_version, config, partial, rows, runs })
    }

    fn export(&self, format: TableFormat, folder: &Path) -> Result<Vec<PathBuf>, ResearchError> {
        create_folder(folder)?;
        let text =
            |value: fn(&Row) -> &String| Column::Text(self.rows.iter().map(|row| Some(value(row).clone())).collect());
        let float = |value: fn(&Row) -> Option<f64>| Column::Float(self.rows.iter().map(value).collect());
        let columns = [
            ("strategy_name", text(|row| &row.label)),
            ("run", text(|row| &row.run)),
            ("total_return", float(|row| row.figures.total_return)),
            ("total_trades", Column::Int(self.rows.iter().map(|row| Some(row.figures.trades as i64)).collect())),
            ("win_rate", float(|row| row.figures.win_rate)),
            ("profit_factor", float(|row| row.figures.profit_factor)),
            ("sharpe_ratio", float(|row| row.figures.sharpe)),
            ("max_drawdown", float(|row| row.figures.max_drawdown)),
            ("final_equity", float(|row| row.final_equity)),
            ("composite_score", float(|row| row.composite)),
        ];
        let columns: Vec<(String, Column)> =
            columns.into_iter().map(|(name, column)| (name.to_owned(), column)).collect();
        let path = folder.join(format!("{}-comparison.{}", self.id, format.extension()));
        write_table(&path, format, &columns)?;
        Ok(vec![path])
    }
}

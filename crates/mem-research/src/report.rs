//! One run as one HTML file that needs nothing else.
//!
//! What comes in: a [`Run`] and the candles it was tested on. What goes out: a page with style, script, charting
//! library and data inside, which fetches nothing (its content security policy forbids it). Equal runs give equal
//! bytes. The bars of a series are asked for when its turn comes and dropped before the next.
//!
//! Optimisations, comparisons and portfolios have pages of the same look.
//!
//! Modules in reading order: `shell` (the file around any report), `page` (the HTML of a backtest), `payload` (the data
//! inside), `candles`, `detail`, `curve`, `periods`, `reasons` (what is drawn), `figures` (names and kinds of the
//! metrics), `words` and `notes` (plain English), `pack` (how columns become short text); `study` (what the other
//! reports are put together from), `optimization`, `comparison`, `portfolio`, `model`, `forecast`. The script and style are in
//! `report/assets`, the charting library in `report/assets/vendor`.

mod candles;
mod comparison;
mod curve;
mod detail;
mod figures;
mod forecast;
mod model;
mod notes;
mod optimization;
mod pack;
mod page;
mod payload;
mod periods;
mod portfolio;
mod reasons;
mod shell;
mod study;
mod words;

use std::path::Path;

use crate::error::ResearchError;
use crate::run::{Run, SeriesRun, SeriesSource, Tested};
use crate::runlog::{Kind, RunLog};
use mem_store::catalog::fingerprint_bars;
use mem_types::Bars;
use payload::{ChartBars, PayloadBuilder};

/// The page of a run. Candles come from `source`; where they are missing, or are no longer those that were tested,
/// the page says so instead of showing them.
pub fn render(run: &Run, source: &dyn SeriesSource) -> String {
    let mut payload = PayloadBuilder::new(run);
    for series in &run.series {
        let loaded = series.outcome.tested().map(|tested| same_bars(run, series, tested, source));
        let bars = match &loaded {
            Some(Ok(bars)) => ChartBars::Same(bars.view()),
            Some(Err(reason)) => ChartBars::Missing(reason.clone()),
            None => ChartBars::Missing(String::new()),
        };
        payload.push(series, &bars);
    }
    page::page(run, &payload.finish())
}

/// Writes the page of a run to `path`, by way of a temporary file beside it: the old file or the new one, never half.
///
/// # Errors
/// If the file cannot be written.
pub fn write_report(run: &Run, source: &dyn SeriesSource, path: &Path) -> Result<(), ResearchError> {
    crate::runlog::write_whole(path, render(run, source).as_bytes())
}

/// The very bars that were tested, or why they cannot be shown.
fn same_bars(run: &Run, series: &SeriesRun, tested: &Tested, source: &dyn SeriesSource) -> Result<Bars, String> {
    let bars = source
        .load(&series.key, run.config.from, run.config.to)
        .map_err(|error| format!("The candles could not be read: {}.", error.with_causes()))?;
    if bars.is_empty() || fingerprint_bars(bars.view()) != tested.summary.fingerprint {
        return Err(
            "The candles in the catalog are no longer those that were tested; run the backtest again to see them."
                .to_owned(),
        );
    }
    Ok(bars)
}

/// Writes the card of a model; one that is kept has a title and a gate.
///
/// # Errors
/// If the file cannot be written.
pub fn write_card(
    learned: &crate::learn::Learned,
    kept: Option<(&str, &crate::learn::Gate)>,
    path: &Path,
) -> Result<(), ResearchError> {
    crate::runlog::write_whole(path, model::page(learned, kept).as_bytes())
}

/// Writes the card of a forecaster of numbers; one that is kept has a title.
///
/// # Errors
/// If the file cannot be written.
pub fn write_forecast_card(
    made: &crate::learn::Forecaster,
    title: Option<&str>,
    path: &Path,
) -> Result<(), ResearchError> {
    crate::runlog::write_whole(path, forecast::page(made, title).as_bytes())
}

/// Writes the page of a kept run of any kind.
///
/// # Errors
/// If the run cannot be read or the file cannot be written.
pub fn write_kept(log: &RunLog, id: &str, source: &dyn SeriesSource, path: &Path) -> Result<(), ResearchError> {
    let html = match log.kind(id)? {
        Kind::Backtest => render(&log.load(id)?, source),
        Kind::Optimization => optimization::page(&log.load(id)?),
        Kind::Comparison => comparison::page(&log.load(id)?),
        Kind::Portfolio => portfolio::page(&log.load(id)?),
    };
    crate::runlog::write_whole(path, html.as_bytes())
}

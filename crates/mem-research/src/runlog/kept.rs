//! What every kind of run can do to be kept: say what it is, write its tables, come back.

use std::fmt;
use std::path::{Path, PathBuf};

use mem_store::table::TableFormat;
use mem_types::{SeriesKey, Timeframe, Timestamp};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::RunLog;
use crate::error::ResearchError;
use crate::run::{SIMULATED_VENUE, Totals};

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One strategy over one or many series.
    #[default]
    Backtest,
    /// A search for the best parameters.
    Optimization,
    /// Several strategies on the same series.
    Comparison,
    /// One strategy over many symbols, with capital moved between them.
    Portfolio,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Backtest => "backtest",
            Self::Optimization => "optimization",
            Self::Comparison => "comparison",
            Self::Portfolio => "portfolio",
        })
    }
}

/// What a list shows of any run beside its identity.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Brief {
    /// What it was about, in a few words.
    pub title: String,
    /// Name of the strategy, or of several.
    pub strategy: String,
    /// Length of the bars.
    pub timeframe: Timeframe,
    /// The series.
    pub symbols: Vec<String>,
    /// Whether the candles were made up.
    pub simulated: bool,
    /// The few figures that matter most.
    pub headline: Vec<Headline>,
    /// Simple figures over all series of a backtest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub totals: Option<Totals>,
}

impl Brief {
    /// Without figures yet.
    pub(super) fn new<'a>(
        title: String,
        strategy: String,
        timeframe: Timeframe,
        keys: impl Iterator<Item = &'a SeriesKey> + Clone,
    ) -> Self {
        let simulated = keys.clone().any(|key| key.venue.as_str() == SIMULATED_VENUE);
        let symbols = keys.map(|key| key.symbol.to_string()).collect();
        Self { title, strategy, timeframe, symbols, simulated, headline: Vec::new(), totals: None }
    }

    /// With one more figure.
    pub(super) fn with(mut self, label: &'static str, value: Option<f64>, unit: Unit) -> Self {
        self.headline.push(Headline { label, value, unit, text: None });
        self
    }

    /// With one more word.
    pub(super) fn with_text(mut self, label: &'static str, text: Option<String>) -> Self {
        self.headline.push(Headline { label, value: None, unit: Unit::Text, text });
        self
    }
}

/// One figure of a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Headline {
    /// What it is.
    pub label: &'static str,
    /// How much, in its unit; `None` is undefined.
    pub value: Option<f64>,
    /// The unit.
    pub unit: Unit,
    /// The word, where it is no number.
    pub text: Option<String>,
}

/// The unit of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Unit {
    /// Percent.
    #[serde(rename = "%")]
    Percent,
    /// A whole number of things.
    #[serde(rename = "count")]
    Count,
    /// A number without a unit.
    #[serde(rename = "ratio")]
    Ratio,
    /// A word.
    #[serde(rename = "text")]
    Text,
}

/// Who a run is.
#[derive(Debug, Clone)]
pub struct Identity {
    /// See [`Run::id`](crate::run::Run::id).
    pub id: String,
    /// Version of the program that made it.
    pub code_version: String,
    /// Whether it was stopped early.
    pub partial: bool,
}

/// A kind of run that the log keeps.
pub trait Kept: Sized {
    /// Which.
    const KIND: Kind;

    /// What `run.json` says of it beside its identity.
    type Content: Serialize + DeserializeOwned;

    /// Its id.
    fn id(&self) -> &str;

    /// Who it is.
    fn identity(&self) -> Identity;

    /// The id that its content has; differs from [`Kept::id`] only if what is stored was tampered with.
    fn content_id(&self) -> String;

    /// What `run.json` says of it.
    fn content(&self) -> Self::Content;

    /// What a list shows of it.
    fn brief(content: &Self::Content) -> Brief;

    /// Keeps the runs that it refers to.
    ///
    /// # Errors
    /// As [`RunLog::keep`].
    fn keep_members(&self, _log: &RunLog, _now: Timestamp) -> Result<(), ResearchError> {
        Ok(())
    }

    /// Writes what stands beside `run.json`.
    ///
    /// # Errors
    /// If a file cannot be written.
    fn write_tables(&self, folder: &Path) -> Result<(), ResearchError>;

    /// Reads it back.
    ///
    /// # Errors
    /// If a file cannot be read or does not hold what it should.
    fn read(identity: &Identity, log: &RunLog, folder: &Path) -> Result<Self, ResearchError>;

    /// Writes its tables for other tools into `folder`, which is created if need be, as `<id>-<table>`. Gives back the
    /// files.
    ///
    /// # Errors
    /// If a file cannot be written.
    fn export(&self, format: TableFormat, folder: &Path) -> Result<Vec<PathBuf>, ResearchError>;
}

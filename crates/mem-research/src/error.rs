//! What can go wrong between candles and results.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use mem_store::catalog::CatalogError;
use mem_store::table::TableError;
use mem_strategy::StrategyError;

/// Why a simulation or a run could not be done.
#[derive(Debug, thiserror::Error)]
pub enum ResearchError {
    /// An assumption of the simulation lies outside its range.
    #[error("{field} is {value}: expected {expected}")]
    Config {
        /// Name of the field as in the configuration, for example `fees.taker`.
        field: &'static str,
        /// What was given.
        value: f64,
        /// What would be allowed.
        expected: String,
    },
    /// A decision cannot be simulated.
    #[error("decision {index} (bar {bar}): {problem}")]
    Decision {
        /// Position in the list of decisions.
        index: usize,
        /// The bar that it names.
        bar: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A funding payment cannot be simulated.
    #[error("funding payment {index} at {ts}: {problem}")]
    Funding {
        /// Position in the series.
        index: usize,
        /// When it was paid.
        ts: mem_types::Timestamp,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The scores of texts cannot be read.
    #[error("the scores of texts cannot be read: {0}")]
    Texts(#[from] mem_store::records::RecordsError),
    /// A run was asked for without any series.
    #[error("there is no series to test: name symbols that the catalog has")]
    NoSeries,
    /// A series has no bars in the span asked for.
    #[error("no bars of {key} in that span")]
    NoBars {
        /// Which series.
        key: mem_types::SeriesKey,
    },
    /// A range to be searched makes no sense.
    #[error("{gene}: {problem}")]
    Space {
        /// What was given, or the parameter.
        gene: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Two of those compared have the same label.
    #[error("two candidates are called '{label}': give each its own label")]
    SameLabel {
        /// The label.
        label: String,
    },
    /// A series is too short to be split.
    #[error("{key} has {bars} bars: {searched} to search on and {held_out} held out are too few, 30 each are needed")]
    TooFewBars {
        /// Which series.
        key: mem_types::SeriesKey,
        /// Bars that it has.
        bars: usize,
        /// Bars to search on.
        searched: usize,
        /// Bars held out.
        held_out: usize,
    },
    /// Features cannot be computed.
    #[error(transparent)]
    Feature(#[from] mem_model::feature::FeatureError),
    /// A label that makes no sense.
    #[error("label: {0}")]
    Label(#[source] mem_model::label::LabelError),
    /// No set of features of that name.
    #[error("there is no feature set `{name}`; there are {known}")]
    NoFeatureSet {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// A feature that looks ahead.
    #[error(transparent)]
    Leak(#[from] mem_model::validate::leak::Leak),
    /// Nothing can be learned.
    #[error("nothing was learned: {0}")]
    Model(String),
    /// Too little to learn from.
    #[error("{rows} rows have a label, {needed} are needed: take a longer span or more symbols")]
    TooFewRows {
        /// How many.
        rows: usize,
        /// How many are needed.
        needed: usize,
    },
    /// Too little that no model has seen.
    #[error(
        "{rows} rows are newer than anything that the champion has seen, {needed} are needed to judge a candidate: wait for more bars"
    )]
    TooFewUnseen {
        /// How many.
        rows: usize,
        /// How many are needed.
        needed: usize,
    },
    /// Bars were asked for that a model was trained on.
    #[error(
        "{title} was trained on bars up to {until} and knows what became of them: begin there or later, or test in-sample all the same"
    )]
    SeenByModel {
        /// Name and version of the model.
        title: String,
        /// When the last label that it was trained on was known.
        until: mem_types::Timestamp,
    },
    /// Numbers are learned by trees, until a fixed horizon.
    #[error("{target} is foreseen by boosted trees, until a fixed horizon: take the label `direction` and trees")]
    Target {
        /// What was to be foreseen.
        target: &'static str,
    },
    /// A model that does not tell where the price goes cannot advise.
    #[error("{title} does not tell the probability of a rise: it predicts, it does not decide")]
    NoAdvice {
        /// Name and version of the model.
        title: String,
    },
    /// The user stopped it.
    #[error("stopped")]
    Stopped,
    /// A portfolio was asked for without any sleeve.
    #[error("there is nothing to combine")]
    NoSleeves,
    /// An account cannot be combined with others.
    #[error("cannot combine '{name}': {problem}")]
    Sleeve {
        /// What it is called.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The shares of a portfolio make no sense.
    #[error("cannot share out capital: {problem}")]
    Weights {
        /// What is wrong with them.
        problem: String,
    },
    /// Accounts do not cover the same times as they should.
    #[error("no common timeline: {problem}")]
    Timeline {
        /// What does not match.
        problem: String,
    },
    /// No kept run has that id.
    #[error("no run begins with '{wanted}'")]
    NoSuchRun {
        /// What was asked for.
        wanted: String,
    },
    /// A portfolio cannot be made of half a run.
    #[error("run {run} was stopped early: a portfolio needs every symbol tested")]
    Unfinished {
        /// The run.
        run: String,
    },
    /// The kept run is of another kind than is asked for.
    #[error("run {id} is a kept {kind}, and a {wanted} is wanted here")]
    OtherKind {
        /// The run.
        id: String,
        /// What it is.
        kind: crate::runlog::Kind,
        /// What is wanted.
        wanted: crate::runlog::Kind,
    },
    /// Several kept runs have ids that begin so.
    #[error("'{wanted}' may be any of the runs {}: give more digits", .matches.join(", "))]
    AmbiguousRun {
        /// What was asked for.
        wanted: String,
        /// The runs that it may be.
        matches: Vec<String>,
    },
    /// A file of a kept run does not hold what it should.
    #[error("cannot make sense of {}: {reason}", .path.display())]
    UnreadableRun {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file or folder could not be read or written.
    #[error("cannot {attempt} {}", .path.display())]
    Io {
        /// What was attempted: read, write, create or remove.
        attempt: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The strategy cannot decide on these bars.
    #[error(transparent)]
    Strategy(#[from] StrategyError),
    /// The catalog could not give the data.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// A table of a run could not be read or written.
    #[error(transparent)]
    Table(#[from] TableError),
}

impl ResearchError {
    /// The message followed by those of its causes, as one line: what is kept of a series that failed.
    pub fn with_causes(&self) -> String {
        let mut line = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(next) = cause {
            line.push_str(": ");
            line.push_str(&next.to_string());
            cause = next.source();
        }
        line
    }

    pub(crate) fn io(attempt: &'static str, path: &Path, source: std::io::Error) -> Self {
        Self::Io { attempt, path: path.to_owned(), source }
    }

    /// Whether `value` lies within `range`; NaN never does.
    pub(crate) fn check_range(
        field: &'static str,
        value: f64,
        range: RangeInclusive<f64>,
    ) -> Result<(), ResearchError> {
        if range.contains(&value) {
            return Ok(());
        }
        Err(Self::Config { field, value, expected: format!("{} to {}", range.start(), range.end()) })
    }
}

//! The run log: every run that was kept, in a folder of its own.
//!
//! What comes in: a [`Run`] and the time it is kept at. What goes out: `runs/<id>/` with
//!
//! - `run.json`: configuration, data, code version, figures of every series,
//! - `trades.parquet`: all trades,
//! - `equity/venue=…/symbol=…/equity.parquet`: the account at every bar, as a Hive-partitioned table,
//! - `meta.json`: when it was kept; the only file that differs when the same run is made again,
//! - `report.html`, where one was asked for.
//!
//! A folder appears whole or not at all. It reads no clock: the caller says what time it is.

mod diff;
mod files;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use mem_types::{SeriesKey, Timeframe, Timestamp};
use serde::{Deserialize, Serialize};

use crate::error::ResearchError;
use crate::run::{Outcome, Run, RunConfig, SIMULATED_VENUE, SeriesRun, Summary, Tested, Totals};

pub use diff::{Change, RunDiff, SeriesDiff, diff};
pub use files::export;

const RUN_FILE: &str = "run.json";
const META_FILE: &str = "meta.json";
const TRADES_FILE: &str = "trades.parquet";
const REPORT_FILE: &str = "report.html";
/// The version of what `run.json` looks like.
const FORMAT: u32 = 1;

/// The folder of kept runs.
#[derive(Debug, Clone)]
pub struct RunLog {
    folder: PathBuf,
}

/// What a list of runs shows of one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunSummary {
    /// Its id.
    pub id: String,
    /// When it was kept; `None` if that file is missing or unreadable.
    pub created_at: Option<Timestamp>,
    /// Name of the strategy.
    pub strategy: String,
    /// Length of the bars.
    pub timeframe: Timeframe,
    /// How many series.
    pub series: usize,
    /// Whether the candles were made up.
    pub simulated: bool,
    /// Whether it was stopped early.
    pub partial: bool,
    /// Version of the program that made it.
    pub code_version: String,
    /// Simple figures over all series.
    pub totals: Totals,
}

/// One folder of the run log.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Listed {
    /// A run.
    Readable(Box<RunSummary>),
    /// A folder that should hold a run and does not.
    Unreadable {
        /// Name of the folder.
        id: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// `run.json`.
#[derive(Debug, Serialize, Deserialize)]
struct RunFile {
    format: u32,
    id: String,
    code_version: String,
    partial: bool,
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

#[derive(Debug, Serialize, Deserialize)]
struct MetaFile {
    created_at: Timestamp,
}

impl RunLog {
    /// The run log of a data folder. Nothing is created until a run is kept.
    pub fn new(data_folder: &Path) -> Self {
        Self { folder: data_folder.join("runs") }
    }

    /// Where a run of that id lies, or would.
    pub fn folder_of(&self, id: &str) -> PathBuf {
        self.folder.join(id)
    }

    /// Where the page of a run belongs.
    pub fn report_path(&self, id: &str) -> PathBuf {
        self.folder_of(id).join(REPORT_FILE)
    }

    /// Keeps a run and gives back its folder. A run that is already kept is the same run: it stays as it is.
    ///
    /// # Errors
    /// If a file cannot be written; nothing of the run is then left behind.
    pub fn keep(&self, run: &Run, now: Timestamp) -> Result<PathBuf, ResearchError> {
        let folder = self.folder_of(&run.id);
        if self.load(&run.id).is_ok() {
            return Ok(folder);
        }
        let unfinished = self.folder.join(format!(".{}.{}.tmp", run.id, std::process::id()));
        let kept = self.write_all(run, now, &unfinished).and_then(|()| take_name(&unfinished, &folder));
        if kept.is_err() {
            // The first error is the one to report.
            let _ = fs::remove_dir_all(&unfinished);
        }
        kept.map(|()| folder)
    }

    fn write_all(&self, run: &Run, now: Timestamp, folder: &Path) -> Result<(), ResearchError> {
        create_folder(folder)?;
        files::write_trades(run, &folder.join(TRADES_FILE))?;
        for (key, tested) in run.tested() {
            let path = equity_path(folder, key);
            path.parent().map_or(Ok(()), create_folder)?;
            files::write_equity(tested, &path)?;
        }
        write_json(&folder.join(RUN_FILE), &RunFile::of(run))?;
        write_json(&folder.join(META_FILE), &MetaFile { created_at: now })
    }

    /// All folders of the log: runs, the latest first, then what cannot be read.
    ///
    /// # Errors
    /// If the folder of runs itself cannot be read; one that does not exist is an empty list.
    pub fn list(&self) -> Result<Vec<Listed>, ResearchError> {
        let mut runs = Vec::new();
        let mut unreadable = Vec::new();
        for id in self.ids()? {
            match self.summary(&id) {
                Ok(summary) => runs.push(summary),
                Err(error) => unreadable.push(Listed::Unreadable { id, reason: error.with_causes() }),
            }
        }
        runs.sort_by(|a, b| b.created_at.cmp(&a.created_at).then_with(|| a.id.cmp(&b.id)));
        Ok(runs.into_iter().map(|run| Listed::Readable(Box::new(run))).chain(unreadable).collect())
    }

    /// What a list shows of one run.
    ///
    /// # Errors
    /// If its files cannot be read.
    pub fn summary(&self, id: &str) -> Result<RunSummary, ResearchError> {
        let folder = self.folder_of(id);
        let file: RunFile = read_run_file(&folder)?;
        let meta: Result<MetaFile, _> = read_json(&folder.join(META_FILE));
        Ok(RunSummary {
            id: file.id,
            created_at: meta.ok().map(|meta| meta.created_at),
            strategy: file.config.strategy,
            timeframe: file.config.timeframe,
            series: file.series.len(),
            simulated: file.series.iter().any(|series| series.key.venue.as_str() == SIMULATED_VENUE),
            partial: file.partial,
            code_version: file.code_version,
            totals: file.totals,
        })
    }

    /// The full id of the one run whose id begins with `wanted`.
    ///
    /// # Errors
    /// If there is none, or more than one.
    pub fn find(&self, wanted: &str) -> Result<String, ResearchError> {
        let mut matches = self.ids()?;
        if matches.iter().any(|id| id == wanted) {
            return Ok(wanted.to_owned());
        }
        // Nothing at all is no beginning: `remove` must not take the only run for it.
        matches.retain(|id| !wanted.is_empty() && id.starts_with(wanted));
        match (matches.len(), matches.pop()) {
            (1, Some(id)) => Ok(id),
            (0, _) | (_, None) => Err(ResearchError::NoSuchRun { wanted: wanted.to_owned() }),
            (_, Some(last)) => {
                matches.push(last);
                Err(ResearchError::AmbiguousRun { wanted: wanted.to_owned(), matches })
            }
        }
    }

    /// Loads a run by its id or the beginning of it.
    ///
    /// # Errors
    /// If there is no such run, more than one, or its files cannot be read.
    pub fn load(&self, wanted: &str) -> Result<Run, ResearchError> {
        let folder = self.folder_of(&self.find(wanted)?);
        let file = read_run_file(&folder)?;
        let mut trades = files::read_trades(&folder.join(TRADES_FILE))?;
        let mut series = Vec::with_capacity(file.series.len());
        for SeriesFile { key, outcome } in file.series {
            let outcome = match outcome {
                OutcomeFile::Tested { summary } => {
                    let (ts_ns, equity) = files::read_equity(&equity_path(&folder, &key))?;
                    let trades = trades.remove(&(key.venue.to_string(), key.symbol.to_string())).unwrap_or_default();
                    Outcome::Tested(Box::new(Tested { summary: *summary, trades, ts_ns, equity }))
                }
                OutcomeFile::Failed { reason } => Outcome::Failed(reason),
                OutcomeFile::NotRun => Outcome::NotRun,
            };
            series.push(SeriesRun { key, outcome });
        }
        let run =
            Run { id: file.id, code_version: file.code_version, config: file.config, partial: file.partial, series };
        if run.id == run.content_id() {
            Ok(run)
        } else {
            let reason = format!("its content belongs to run {}", run.content_id());
            Err(ResearchError::UnreadableRun { path: folder, reason })
        }
    }

    /// Removes a run by its id or the beginning of it; gives back its id.
    ///
    /// # Errors
    /// If there is no such run, more than one, or the folder cannot be removed.
    pub fn remove(&self, wanted: &str) -> Result<String, ResearchError> {
        let id = self.find(wanted)?;
        // Out of sight first, so that no reader meets half a run.
        let leaving = self.folder.join(format!(".{id}.{}.removed", std::process::id()));
        let folder = self.folder_of(&id);
        fs::rename(&folder, &leaving).map_err(|source| ResearchError::io("remove", &folder, source))?;
        fs::remove_dir_all(&leaving).map_err(|source| ResearchError::io("remove", &leaving, source))?;
        Ok(id)
    }

    fn ids(&self) -> Result<Vec<String>, ResearchError> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(ResearchError::io("read", &self.folder, source)),
        };
        let mut ids = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|source| ResearchError::io("read", &self.folder, source))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            // Hidden names are unfinished or on their way out.
            if entry.path().is_dir() && !name.starts_with('.') {
                ids.push(name);
            }
        }
        ids.sort();
        Ok(ids)
    }
}

impl RunFile {
    fn of(run: &Run) -> Self {
        let series = run.series.iter().map(|series| SeriesFile {
            key: series.key.clone(),
            outcome: match &series.outcome {
                Outcome::Tested(tested) => OutcomeFile::Tested { summary: Box::new(tested.summary.clone()) },
                Outcome::Failed(reason) => OutcomeFile::Failed { reason: reason.clone() },
                Outcome::NotRun => OutcomeFile::NotRun,
            },
        });
        Self {
            format: FORMAT,
            id: run.id.clone(),
            code_version: run.code_version.clone(),
            partial: run.partial,
            config: run.config.clone(),
            totals: run.totals(),
            series: series.collect(),
        }
    }
}

/// `run.json` as it is written, for those who print a run.
///
/// # Errors
/// Never for a run made by this crate.
pub fn to_json(run: &Run) -> Result<serde_json::Value, ResearchError> {
    serde_json::to_value(RunFile::of(run))
        .map_err(|error| ResearchError::UnreadableRun { path: PathBuf::from(&run.id), reason: error.to_string() })
}

/// A name that cannot lead out of the folder: names of venues and symbols hold no slash and do not begin with a dot.
fn equity_path(folder: &Path, key: &SeriesKey) -> PathBuf {
    folder
        .join("equity")
        .join(format!("venue={}", key.venue))
        .join(format!("symbol={}", key.symbol))
        .join("equity.parquet")
}

/// Gives the finished folder its name. What stands there already could not be loaded, so it is replaced.
fn take_name(unfinished: &Path, folder: &Path) -> Result<(), ResearchError> {
    if folder.exists() {
        fs::remove_dir_all(folder)
            .map_err(|source| ResearchError::io("replace the unreadable run in", folder, source))?;
    }
    fs::rename(unfinished, folder).map_err(|source| ResearchError::io("write", folder, source))
}

fn create_folder(folder: &Path) -> Result<(), ResearchError> {
    fs::create_dir_all(folder).map_err(|source| ResearchError::io("create", folder, source))
}

fn read_run_file(folder: &Path) -> Result<RunFile, ResearchError> {
    #[derive(Deserialize)]
    struct Version {
        format: u32,
    }
    let path = folder.join(RUN_FILE);
    let Version { format } = read_json(&path)?;
    if format != FORMAT {
        let reason = format!("it is of format {format}, this program reads format {FORMAT}");
        return Err(ResearchError::UnreadableRun { path, reason });
    }
    read_json(&path)
}

fn read_json<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<T, ResearchError> {
    let text = fs::read(path).map_err(|source| ResearchError::io("read", path, source))?;
    serde_json::from_slice(&text)
        .map_err(|error| ResearchError::UnreadableRun { path: path.to_owned(), reason: error.to_string() })
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<(), ResearchError> {
    let mut text =
        serde_json::to_vec_pretty(value).map_err(|error| ResearchError::io("write", path, io::Error::other(error)))?;
    text.push(b'\n');
    write_whole(path, &text)
}

/// Writes a file and waits until it is on the disk.
fn write_through(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Replaces a file as a whole, by way of a hidden file beside it.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), ResearchError> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let unfinished = path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let written = write_through(&unfinished, bytes).and_then(|()| fs::rename(&unfinished, path));
    if written.is_err() {
        let _ = fs::remove_file(&unfinished);
    }
    written.map_err(|source| ResearchError::io("write", path, source))
}

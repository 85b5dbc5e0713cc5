//! The run log: everything that was run and kept, in a folder of its own.
//!
//! What comes in: a [`Run`], an [`Optimization`], a
//! [`Comparison`] or a [`PortfolioRun`], and the time it is kept
//! at. What goes out: `runs/<id>/` with
//!
//! - `run.json`: kind, configuration, data, code version, figures,
//! - its tables as Parquet files: of a backtest `trades.parquet` and
//!   `equity/venue=…/symbol=…/equity.parquet`, of an optimisation `trials.parquet`, of a portfolio `portfolio.parquet`,
//! - `meta.json`: when it was kept; the only file that differs when the same run is made again,
//! - `report.html`, where one was asked for.
//!
//! A folder appears whole or not at all. It reads no clock: the caller says what time it is.
//!
//! Modules in reading order: `kept` (what every kind can do), `backtest`, `optimization`, `comparison`, `portfolio` (the
//! kinds), `files` (tables of a backtest), `diff`, `trials` (how often the same bars have been tried).

mod backtest;
mod comparison;
mod diff;
mod files;
mod kept;
mod optimization;
mod portfolio;
mod trials;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use mem_types::Timestamp;
use serde::{Deserialize, Serialize};

use crate::compare::Comparison;
use crate::error::ResearchError;
use crate::optimize::Optimization;
use crate::portfolio_run::PortfolioRun;
use crate::run::Run;
use kept::Identity;

pub use diff::{Change, RunDiff, SeriesDiff, diff};
pub use kept::{Brief, Headline, Kept, Kind, Unit};

const RUN_FILE: &str = "run.json";
const META_FILE: &str = "meta.json";
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
    /// What was done.
    pub kind: Kind,
    /// When it was kept; `None` if that file is missing or unreadable.
    pub created_at: Option<Timestamp>,
    /// Version of the program that made it.
    pub code_version: String,
    /// Whether it was stopped early.
    pub partial: bool,
    /// What it is about.
    #[serde(flatten)]
    pub brief: Brief,
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

/// What every `run.json` begins with.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Header {
    format: u32,
    /// Backtests kept before there were other kinds do not say so.
    #[serde(default)]
    kind: Kind,
    id: String,
    code_version: String,
    partial: bool,
}

/// A whole `run.json`.
#[derive(Debug, Serialize)]
struct RunFile<'a, C> {
    #[serde(flatten)]
    header: Header,
    #[serde(flatten)]
    content: &'a C,
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
    pub fn keep<K: Kept>(&self, run: &K, now: Timestamp) -> Result<PathBuf, ResearchError> {
        run.keep_members(self, now)?;
        let folder = self.folder_of(run.id());
        if self.load::<K>(run.id()).is_ok() {
            return Ok(folder);
        }
        let unfinished = self.folder.join(format!(".{}.{}.tmp", run.id(), std::process::id()));
        let kept = write_all(run, now, &unfinished).and_then(|()| take_name(&unfinished, &folder));
        if kept.is_err() {
            // The first error is the one to report.
            let _ = fs::remove_dir_all(&unfinished);
        }
        kept.map(|()| folder)
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
        let header = read_header(&folder)?;
        let brief = match header.kind {
            Kind::Backtest => brief_of::<Run>(&folder),
            Kind::Optimization => brief_of::<Optimization>(&folder),
            Kind::Comparison => brief_of::<Comparison>(&folder),
            Kind::Portfolio => brief_of::<PortfolioRun>(&folder),
        }?;
        let meta: Result<MetaFile, _> = read_json(&folder.join(META_FILE));
        Ok(RunSummary {
            id: header.id,
            kind: header.kind,
            created_at: meta.ok().map(|meta| meta.created_at),
            code_version: header.code_version,
            partial: header.partial,
            brief,
        })
    }

    /// What kind of run has that id, or the one id that begins so.
    ///
    /// # Errors
    /// If there is no such run, more than one, or its files cannot be read.
    pub fn kind(&self, wanted: &str) -> Result<Kind, ResearchError> {
        Ok(read_header(&self.folder_of(&self.find(wanted)?))?.kind)
    }

    /// The `run.json` of a run of any kind, by its id or the beginning of it.
    ///
    /// # Errors
    /// As [`RunLog::kind`].
    pub fn json(&self, wanted: &str) -> Result<serde_json::Value, ResearchError> {
        let folder = self.folder_of(&self.find(wanted)?);
        read_header(&folder)?;
        read_json(&folder.join(RUN_FILE))
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

    /// Loads a run of one kind by its id or the beginning of it.
    ///
    /// # Errors
    /// If there is no such run, more than one, it is of another kind, or its files cannot be read.
    pub fn load<K: Kept>(&self, wanted: &str) -> Result<K, ResearchError> {
        let id = self.find(wanted)?;
        let folder = self.folder_of(&id);
        let header = read_header(&folder)?;
        if header.kind != K::KIND {
            return Err(ResearchError::OtherKind { id, kind: header.kind, wanted: K::KIND });
        }
        let run = K::read(
            &Identity { id: header.id, code_version: header.code_version, partial: header.partial },
            self,
            &folder,
        )?;
        let content_id = run.content_id();
        if run.id() == content_id {
            Ok(run)
        } else {
            let reason = format!("its content belongs to run {content_id}");
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

fn write_all<K: Kept>(run: &K, now: Timestamp, folder: &Path) -> Result<(), ResearchError> {
    create_folder(folder)?;
    run.write_tables(folder)?;
    write_json(&folder.join(RUN_FILE), &run_file(run, &run.content()))?;
    write_json(&folder.join(META_FILE), &MetaFile { created_at: now })
}

fn run_file<'a, K: Kept>(run: &K, content: &'a K::Content) -> RunFile<'a, K::Content> {
    let Identity { id, code_version, partial } = run.identity();
    RunFile { header: Header { format: FORMAT, kind: K::KIND, id, code_version, partial }, content }
}

fn brief_of<K: Kept>(folder: &Path) -> Result<Brief, ResearchError> {
    Ok(K::brief(&read_json(&folder.join(RUN_FILE))?))
}

/// `run.json` as it is written, for those who print a run.
///
/// # Errors
/// Never for a run made by this crate.
pub fn to_json<K: Kept>(run: &K) -> Result<serde_json::Value, ResearchError> {
    serde_json::to_value(run_file(run, &run.content()))
        .map_err(|error| ResearchError::UnreadableRun { path: PathBuf::from(run.id()), reason: error.to_string() })
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

fn read_header(folder: &Path) -> Result<Header, ResearchError> {
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

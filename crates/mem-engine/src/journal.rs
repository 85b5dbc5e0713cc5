//! A session on disk: how it began, every event in order, and everything it said. Enough to do it all again and compare.
//!
//! `session.json` holds the configuration and the state at the start, `events.jsonl.zst` one event a line, `decisions.jsonl` one
//! output a line. Events are flushed before what follows from them is put on record: a kill leaves at most a torn last line.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use mem_memory::Remembered;
use mem_types::Timestamp;
use serde::{Deserialize, Serialize};

use crate::core::{EngineConfig, Output, Stamped, State};

const HEADER: &str = "session.json";
const EVENTS: &str = "events.jsonl.zst";
const DECISIONS: &str = "decisions.jsonl";
/// Fast rather than small: events are written while trading.
const ZSTD_LEVEL: i32 = 1;

/// Why a session cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// A file failed.
    #[error("{}: {source}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What happened.
        source: std::io::Error,
    },
    /// A line that is no event.
    #[error("{} line {line}: {source}", .path.display())]
    Line {
        /// Of which file.
        path: PathBuf,
        /// Which.
        line: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// An event of a market that the session did not have.
    #[error("{} line {line}: market {market}, but the session has {markets}", .path.display())]
    Market {
        /// Of which file.
        path: PathBuf,
        /// Which line.
        line: u64,
        /// The market's number.
        market: u16,
        /// How many there are.
        markets: usize,
    },
}

/// How a session began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// The version of the program.
    pub version: String,
    /// When, by our clock.
    pub started_at: Timestamp,
    /// Where the market is.
    pub venue: String,
    /// What is traded, and how.
    pub config: EngineConfig,
    /// The state that it went on from.
    pub state: State,
    /// Past decisions that memory began with.
    pub remembered: Vec<Remembered>,
}

/// A session being written.
pub struct Journal {
    folder: PathBuf,
    events: zstd::Encoder<'static, BufWriter<File>>,
    decisions: BufWriter<File>,
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Journal {
    /// Begins a session in a folder of its own, which is made.
    ///
    /// # Errors
    /// If it cannot be made, or holds a session already.
    pub fn begin(folder: &Path, header: &Header) -> Result<Self, JournalError> {
        std::fs::create_dir_all(folder).map_err(|source| at(folder, source))?;
        let path = folder.join(HEADER);
        let mut file = File::create_new(&path).map_err(|source| at(&path, source))?;
        serde_json::to_writer(&mut file, header).map_err(|source| at(&path, source.into()))?;
        file.sync_all().map_err(|source| at(&path, source))?;
        let path = folder.join(EVENTS);
        let file = BufWriter::new(File::create(&path).map_err(|source| at(&path, source))?);
        let events = zstd::Encoder::new(file, ZSTD_LEVEL).map_err(|source| at(&path, source))?;
        let path = folder.join(DECISIONS);
        let decisions = BufWriter::new(File::create(&path).map_err(|source| at(&path, source))?);
        Ok(Self { folder: folder.to_owned(), events, decisions })
    }

    /// Adds an event.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn event(&mut self, event: &Stamped) -> Result<(), JournalError> {
        serde_json::to_writer(&mut self.events, event)
            .map_err(std::io::Error::from)
            .and_then(|()| self.events.write_all(b"\n"))
            .map_err(|source| at(&self.folder.join(EVENTS), source))
    }

    /// Hands everything to the operating system: a kill of the process loses nothing of it any more.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn flush(&mut self) -> Result<(), JournalError> {
        self.events.flush().and_then(|()| self.decisions.flush()).map_err(|source| at(&self.folder, source))
    }

    /// Adds what the loop has said.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn outputs(&mut self, outputs: &[Output]) -> Result<(), JournalError> {
        write_outputs(&mut self.decisions, outputs).map_err(|source| at(&self.folder.join(DECISIONS), source))
    }

    /// Ends the session.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn end(mut self) -> Result<(), JournalError> {
        self.decisions.flush().map_err(|source| at(&self.folder, source))?;
        self.events.finish().and_then(|mut file| file.flush()).map_err(|source| at(&self.folder, source))
    }
}

/// Writes outputs, one JSON object a line.
///
/// # Errors
/// If `to` fails.
pub fn write_outputs(to: &mut impl Write, outputs: &[Output]) -> std::io::Result<()> {
    for output in outputs {
        serde_json::to_writer(&mut *to, output)?;
        to.write_all(b"\n")?;
    }
    Ok(())
}

/// A session that was written.
#[derive(Debug)]
pub struct Recorded {
    folder: PathBuf,
    /// How it began.
    pub header: Header,
}

impl Recorded {
    /// Opens the session in a folder.
    ///
    /// # Errors
    /// If there is none, or its beginning cannot be read.
    pub fn open(folder: &Path) -> Result<Self, JournalError> {
        let path = folder.join(HEADER);
        let file = File::open(&path).map_err(|source| at(&path, source))?;
        let header = serde_json::from_reader(BufReader::new(file)).map_err(|source| JournalError::Line {
            path,
            line: 1,
            source,
        })?;
        Ok(Self { folder: folder.to_owned(), header })
    }

    /// Gives every event to `take`, in order. A torn end is the end.
    ///
    /// # Errors
    /// A line in between that is no event, or a file that cannot be read.
    pub fn each_event(&self, mut take: impl FnMut(Stamped)) -> Result<u64, JournalError> {
        let path = self.folder.join(EVENTS);
        let file = File::open(&path).map_err(|source| at(&path, source))?;
        let decoder = zstd::Decoder::new(file).map_err(|source| at(&path, source))?;
        let mut reader = BufReader::with_capacity(1 << 20, decoder);
        let (mut line, mut count) = (Vec::new(), 0);
        loop {
            line.clear();
            // A frame that was not finished ends with an error, after everything that was flushed.
            let read = reader.read_until(b'\n', &mut line).unwrap_or(0);
            if read == 0 || line.last() != Some(&b'\n') {
                return Ok(count);
            }
            count += 1;
            let event: Stamped = serde_json::from_slice(&line).map_err(|source| JournalError::Line {
                path: path.clone(),
                line: usize::try_from(count).unwrap_or(usize::MAX),
                source,
            })?;
            let markets = self.header.config.lanes.len();
            if let Some(market) = event.event.market().filter(|market| usize::from(*market) >= markets) {
                return Err(JournalError::Market { path, line: count, market, markets });
            }
            take(event);
        }
    }

    /// What the session said, byte for byte.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn decisions(&self) -> Result<Vec<u8>, JournalError> {
        let path = self.folder.join(DECISIONS);
        std::fs::read(&path).map_err(|source| at(&path, source))
    }
}

fn at(path: &Path, source: std::io::Error) -> JournalError {
    JournalError::File { path: path.to_owned(), source }
}

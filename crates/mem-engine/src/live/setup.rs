//! What the loop needs to live.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use mem_feed::FeedConfig;
use mem_monitor::alert::AlertEvent;
use mem_store::records::Records;
use mem_types::Timestamp;
use mem_venue::session::Http;
use tokio::sync::mpsc;

use super::changes::{Applied, Changes};
use super::monitor::{MonitorConfig, Want};
use super::tap::Tap;
use crate::core::EngineConfig;

/// What the loop needs to live.
#[derive(Debug)]
pub struct Setup {
    /// What is traded, and how.
    pub config: EngineConfig,
    /// Where everything is kept.
    pub records: Records,
    /// The folder that this session is written to; made by it.
    pub session: PathBuf,
    /// Requests for market data.
    pub http: Http,
    /// WebSockets for market data.
    pub sockets: Vec<String>,
    /// How feeds behave.
    pub feed: FeedConfig,
    /// Requests for orders, signed; without it, orders go to the paper broker.
    pub orders: Option<Http>,
    /// How it is watched.
    pub monitor: MonitorConfig,
    /// Where events of alerts go beside the records; what finds it full is left out.
    pub alerts: Option<mpsc::Sender<AlertEvent>>,
    /// Where it tells what happens.
    pub tap: Tap,
    /// Our clock.
    pub clock: fn() -> Timestamp,
    /// How operators speak to it.
    pub control: Control,
    /// What is changed while it runs.
    pub changes: Changes,
    /// Told once the session has begun: whoever had the one before it turned over waits for that.
    pub began: Option<Applied>,
}

/// Files by which operators speak to a running engine: they work from any process, and outlive it.
#[derive(Debug, Clone)]
pub struct Control {
    /// Exists while the kill switch is on; holds the reason.
    pub kill_switch: PathBuf,
    /// Made by whoever wants every position closed; removed when that has been heard.
    pub flatten: PathBuf,
    /// Made by whoever wants the drawdown measured from here on; removed when that has been heard.
    pub resume: PathBuf,
    /// A folder of files, each a [`Want`](super::Want); removed when they have been heard.
    pub wants: PathBuf,
    /// How the engine stands, written every second while it runs.
    pub status: PathBuf,
}

impl Control {
    /// Leaves something that is wanted where the running engine finds it, and says which file that is: gone once it has been heard.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn leave(&self, want: &Want, now: Timestamp) -> std::io::Result<PathBuf> {
        static LEFT: AtomicU64 = AtomicU64::new(0);
        let count = LEFT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{:020}-{}-{count}", now.as_nanos(), std::process::id());
        let (beside, path) = (self.wants.join(format!("{name}.new")), self.wants.join(format!("{name}.json")));
        std::fs::create_dir_all(&self.wants)?;
        std::fs::write(&beside, serde_json::to_vec(want)?)?;
        std::fs::rename(&beside, &path)?;
        Ok(path)
    }

    /// The files below a folder.
    pub fn in_folder(folder: &std::path::Path) -> Self {
        Self {
            kill_switch: folder.join("kill-switch"),
            flatten: folder.join("flatten"),
            resume: folder.join("resume"),
            wants: folder.join("wants"),
            status: folder.join("status.json"),
        }
    }
}

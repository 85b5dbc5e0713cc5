//! The thread that looks after models while an engine runs.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use mem_engine::core::seat::SeatConfig;
use mem_engine::keep::Keeper;
use mem_engine::live::{Change, Changes};
use mem_engine::shelf::Shelf;
use mem_model::lifecycle::Registry;
use mem_store::records::Records;
use mem_types::Timestamp;

use super::facts::Looked;
use super::job::Running;
use crate::config::Config;
use crate::settings::Desk;

/// How often it looks.
const EVERY: Duration = Duration::from_secs(1);

/// What it needs.
pub(crate) struct Setup {
    /// The settings in force.
    pub(crate) desk: Arc<Desk>,
    /// The way to the engine.
    pub(crate) changes: Changes,
    /// The records.
    pub(crate) records: Records,
    /// The data folder, for the process that trains.
    pub(crate) folder: PathBuf,
    /// The seat that the first session was given.
    pub(crate) seat: Option<SeatConfig>,
    /// Puts bars that the engine has seen where the process that trains finds them.
    pub(crate) keep_bars: Box<dyn FnMut() + Send>,
    /// The clock.
    pub(crate) clock: fn() -> Timestamp,
}

/// The thread; ended by [`Watch::end`].
pub(crate) struct Watch {
    stop: Arc<(Mutex<bool>, Condvar)>,
    thread: JoinHandle<()>,
}

impl Watch {
    /// Begins to look.
    pub(crate) fn start(setup: Setup) -> Self {
        let stop = Arc::new((Mutex::new(false), Condvar::new()));
        let theirs = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut looking = Looking {
                last: setup.seat.clone(),
                seated_by: None,
                turning: Arc::default(),
                looked: Looked::default(),
                running: None,
                setup,
            };
            looking.forget_what_died();
            loop {
                let stopped = theirs.0.lock().unwrap_or_else(PoisonError::into_inner);
                let (stopped, _) = theirs
                    .1
                    .wait_timeout_while(stopped, EVERY, |stopped| !*stopped)
                    .unwrap_or_else(PoisonError::into_inner);
                if *stopped {
                    break;
                }
                drop(stopped);
                if let Err(error) = looking.look() {
                    tracing::warn!(%error, "models cannot be looked after");
                }
            }
            if let Some(running) = looking.running.take() {
                running.cancel(&looking.setup.records, "the engine has ended");
            }
        });
        Self { stop, thread }
    }

    /// Ends it, and a training that is under way.
    pub(crate) fn end(self) {
        *self.stop.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.stop.1.notify_all();
        if self.thread.join().is_err() {
            tracing::error!("the thread that looks after models has panicked");
        }
    }
}

struct Looking {
    setup: Setup,
    last: Option<SeatConfig>,
    /// What that follows from.
    seated_by: Option<(Config, Registry)>,
    /// Whether a turn-over is on its way.
    turning: Arc<AtomicBool>,
    looked: Looked,
    running: Option<Running>,
}

impl Looking {
    /// Trainings of a process that is no longer there have failed.
    fn forget_what_died(&self) {
        if let Err(error) = super::job::forget_what_died(&self.setup.records) {
            tracing::warn!(%error, "trainings of before cannot be looked at");
        }
    }

    fn look(&mut self) -> anyhow::Result<()> {
        let config = self.setup.desk.config();
        // Without models there is nothing to look after but a training that goes on.
        if config.models.line.is_empty() && self.last.is_none() && self.running.is_none() {
            return Ok(());
        }
        let registry = Shelf::beside(self.setup.records.clone()).registry()?;
        self.seats(&config, &registry)?;
        if let Some(running) = &mut self.running
            && running.is_over(&self.setup.records, &config.models.retrain, (self.setup.clock)())?
        {
            self.running = None;
        }
        if self.running.is_some() {
            return Ok(());
        }
        if !config.models.line.is_empty() {
            let now = (self.setup.clock)();
            if let Some(job) = self.looked.look(&self.setup.records, &registry, &config.models, now)? {
                self.setup.records.add_job(&job)?;
            }
        }
        let Some(job) = self.setup.records.next_job()? else { return Ok(()) };
        if let Some(why) = self.looked.too_busy(&config.models.retrain) {
            tracing::info!(job = job.id, why, "a training waits");
            return Ok(());
        }
        (self.setup.keep_bars)();
        // Nothing later than what the engine has seen: the catalog of a demo holds its market's future.
        let until = Keeper::load(&self.setup.records)?.and_then(|state| state.seen_until);
        self.running = Some(Running::begin(&self.setup.records, job, &self.setup.folder, until, (self.setup.clock)())?);
        Ok(())
    }

    /// Has the session turned over where other models are to have a say than when it began. Who that is follows from the registry and the
    /// settings: as long as both are as they were, the engine's state is not read for it.
    fn seats(&mut self, config: &Config, registry: &Registry) -> anyhow::Result<()> {
        let same = self.seated_by.as_ref().is_some_and(|(before, models)| before == config && models == registry);
        if same || self.turning.load(Ordering::Relaxed) {
            return Ok(());
        }
        let wanted = self.setup.desk.engine_config("seats").map_err(anyhow::Error::msg)?.seat;
        self.seated_by = Some((config.clone(), registry.clone()));
        let who = |seat: &Option<SeatConfig>| seat.as_ref().map(|seat| (seat.champion.clone(), seat.candidate.clone()));
        if who(&wanted) == who(&self.last) {
            return Ok(());
        }
        self.last = wanted;
        self.turning.store(true, Ordering::Relaxed);
        let turning = Arc::clone(&self.turning);
        self.setup.changes.tell(Change::TurnOver, move |_| turning.store(false, Ordering::Relaxed));
        Ok(())
    }
}

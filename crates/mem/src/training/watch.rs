//! The thread that looks after models while an engine runs.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use mem_engine::core::seat::SeatConfig;
use mem_engine::keep::Keeper;
use mem_engine::live::machine::Machine;
use mem_engine::live::{Change, Changes};
use mem_engine::shelf::Shelf;
use mem_model::lifecycle::Registry;
use mem_store::records::Records;
use mem_types::Timestamp;

use super::facts::{Looked, too_busy};
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
    /// The seats that the first session was given.
    pub(crate) seats: Vec<SeatConfig>,
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
                last: setup.seats.clone(),
                seated_by: None,
                turning: Arc::default(),
                looked: BTreeMap::new(),
                machine: Machine::default(),
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
    last: Vec<SeatConfig>,
    /// What that follows from.
    seated_by: Option<(Config, Registry)>,
    /// Whether a turn-over is on its way.
    turning: Arc<AtomicBool>,
    /// By line.
    looked: BTreeMap<String, Looked>,
    machine: Machine,
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
        // Without models that have a say there is nothing to look after but trainings that somebody wants.
        let registry = if config.models.lines().next().is_none() && self.last.is_empty() {
            None
        } else {
            Some(Shelf::beside(self.setup.records.clone()).registry()?)
        };
        if let Some(registry) = &registry {
            self.seats(&config, registry)?;
        }
        if let Some(running) = &mut self.running {
            let limits = config.models.retrain_of(running.line()).clone();
            if !running.is_over(&self.setup.records, &limits, (self.setup.clock)())? {
                return Ok(());
            }
            self.running = None;
        }
        if let Some(registry) = &registry {
            for line in config.models.lines() {
                let looked = self.looked.entry(line.name.to_owned()).or_default();
                if let Some(job) = looked.look(&self.setup.records, registry, line, (self.setup.clock)())? {
                    self.setup.records.add_job(&job)?;
                }
            }
        }
        let Some(job) = self.setup.records.next_job()? else { return Ok(()) };
        if let Some(why) = too_busy(&mut self.machine, config.models.retrain_of(&job.line)) {
            tracing::info!(job = job.id, why, "a training waits");
            return Ok(());
        }
        (self.setup.keep_bars)();
        // Nothing later than what the engine has seen: the catalog of a demo holds its market's future.
        let until = Keeper::load(&self.setup.records)?.and_then(|state| state.seen_until);
        let on = (until, config.models.retrain_of(&job.line).gate_share);
        self.running = Some(Running::begin(&self.setup.records, job, &self.setup.folder, on, (self.setup.clock)())?);
        Ok(())
    }

    /// Has the session turned over where other models are to have a say than when it began. Who that is follows from the registry and the
    /// settings: as long as both are as they were, the engine's state is not read for it.
    fn seats(&mut self, config: &Config, registry: &Registry) -> anyhow::Result<()> {
        let same = self.seated_by.as_ref().is_some_and(|(before, models)| before == config && models == registry);
        if same || self.turning.load(Ordering::Relaxed) {
            return Ok(());
        }
        let wanted = self.setup.desk.engine_config("seats").map_err(anyhow::Error::msg)?.seats;
        self.seated_by = Some((config.clone(), registry.clone()));
        let who = |seats: &[SeatConfig]| -> Vec<_> {
            let of = |seat: &SeatConfig| (seat.line.clone(), seat.champion.clone(), seat.candidate.clone());
            seats.iter().map(of).collect()
        };
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

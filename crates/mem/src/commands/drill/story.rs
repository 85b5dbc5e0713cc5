//! The thread that says step by step what a drill sets off, out of the records, and puts the bad model into canary when its time has come.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use mem_engine::keep::Keeper;
use mem_engine::shelf::Shelf;
use mem_model::lifecycle::{ModelId, ModelRecord, Registry, Stage};
use mem_store::records::{DriftFilter, JobFilter, JobRow, JobStatus, Records};
use mem_types::{Timeframe, Timestamp};

use super::contrary::{MADE_FOR, plant};
use crate::commands::now;

/// How often it looks.
const EVERY: Duration = Duration::from_secs(1);
/// Features that an alarm names.
const NAMED: usize = 3;

/// Bars of the changed market after which an alarm is taken for the drill's: half of those that a look compares.
const BARS: i64 = 100;

/// Where the market begins to be another.
#[derive(Debug, Clone, Copy)]
pub(in crate::commands) struct Begins {
    /// When.
    pub(in crate::commands) at: Timestamp,
    /// The bars that models look at.
    pub(in crate::commands) timeframe: Timeframe,
}

/// The thread; ended by [`Story::end`].
pub(in crate::commands) struct Story {
    stop: mpsc::Sender<()>,
    thread: JoinHandle<()>,
}

impl Story {
    /// Tells what happens to the models of a line from now on. `share` of the signals is what the bad model gets.
    pub(in crate::commands) fn start(
        records: Records,
        (line, share): (String, f64),
        begins: Begins,
        tell: impl Fn(String) + Send + 'static,
    ) -> anyhow::Result<Self> {
        let mut teller = Teller::begin(records, line, share, begins)?;
        let (stop, stopped) = mpsc::channel::<()>();
        let thread = std::thread::spawn(move || {
            while let Err(mpsc::RecvTimeoutError::Timeout) = stopped.recv_timeout(EVERY) {
                match teller.look() {
                    Ok(()) => teller.lines.drain(..).for_each(|line| tell(format!("DRILL  {line}"))),
                    Err(error) => tracing::warn!(%error, "what a drill sets off cannot be told"),
                }
            }
        });
        Ok(Self { stop, thread })
    }

    /// Ends it.
    pub(in crate::commands) fn end(self) {
        drop(self.stop);
        if self.thread.join().is_err() {
            tracing::error!("the thread that tells of a drill has panicked");
        }
    }
}

struct Teller {
    shelf: Shelf,
    line: String,
    share: f64,
    /// The newest rows that were told of: of comparisons, of trainings, of the log of each.
    drift: i64,
    job: i64,
    logs: BTreeMap<i64, i64>,
    /// Trainings that are not over.
    open: BTreeSet<i64>,
    /// From when on an alarm is the drill's, in the market's time; whether there was one; whether a training that was asked for afterwards is over.
    counts_from: Timestamp,
    alarmed: bool,
    trained: bool,
    /// The first training that was asked for after that alarm.
    answer: Option<i64>,
    /// Features of each symbol that had moved at the worst alarm so far.
    moved: BTreeMap<String, usize>,
    /// The stage in which each model was told of.
    stages: BTreeMap<ModelId, Stage>,
    planted: Option<ModelId>,
    lines: Vec<String>,
}

impl Teller {
    fn begin(records: Records, line: String, share: f64, begins: Begins) -> anyhow::Result<Self> {
        let shelf = Shelf::beside(records);
        let registry = shelf.registry()?;
        let is_bad = |model: &&ModelRecord| model.params.contains_key(MADE_FOR) && model.stage == Stage::Canary;
        let drift = shelf.records().drift(&DriftFilter { limit: 1, ..DriftFilter::default() })?;
        let job = shelf.records().jobs(&JobFilter { limit: 1, ..JobFilter::default() })?.rows;
        Ok(Self {
            drift: drift.first().map_or(0, |row| row.id),
            job: job.first().map_or(0, |row| row.id),
            logs: BTreeMap::new(),
            open: BTreeSet::new(),
            counts_from: Timestamp::from_nanos(begins.at.as_nanos() + BARS * begins.timeframe.nanos()),
            alarmed: false,
            trained: false,
            answer: None,
            moved: BTreeMap::new(),
            stages: registry.models().map(|model| (model.id, model.stage)).collect(),
            planted: registry.models().filter(|model| model.name == line).find(is_bad).map(|model| model.id),
            lines: Vec::new(),
            shelf,
            line,
            share,
        })
    }

    fn look(&mut self) -> anyhow::Result<()> {
        self.alarms()?;
        self.trainings()?;
        let registry = self.shelf.registry()?;
        self.steps(&registry);
        let of_line = || registry.models().rev().filter(|model| model.name == self.line);
        let tried = of_line().any(|model| matches!(model.stage, Stage::Shadow | Stage::Canary));
        let champion = of_line().find(|model| model.stage == Stage::Production);
        if let Some(champion) = champion
            && self.planted.is_none()
            && self.trained
            && self.open.is_empty()
            && !tried
        {
            let seen = Keeper::load(self.shelf.records())?.and_then(|state| state.seen_until);
            let id = plant(&self.shelf, champion, self.share, (now(), seen.unwrap_or_else(now)))?;
            self.planted = Some(id);
            self.stages.insert(id, Stage::Canary);
            self.lines.push(format!(
                "a deliberately bad model is put into canary: {} is sure of the contrary of {} and decides {:.0} % of the signals",
                self.shelf.registry()?.get(id)?.title(),
                champion.title(),
                self.share * 100.0
            ));
        }
        Ok(())
    }

    /// The first alarm of each symbol, and those at which more has moved than before.
    fn alarms(&mut self) -> anyhow::Result<()> {
        let rows = self.shelf.records().drift(&DriftFilter { after: Some(self.drift), ..DriftFilter::default() })?;
        self.drift = rows.first().map_or(self.drift, |row| row.id);
        let mut looks: BTreeMap<_, (usize, Vec<(f64, &str)>)> = BTreeMap::new();
        for row in &rows {
            let (of, moved) = looks.entry((row.timestamp, row.symbol.as_str())).or_default();
            *of += 1;
            if matches!(row.drift_severity.as_str(), "medium" | "high" | "critical") {
                moved.push((row.ks_statistic.unwrap_or(0.0), &row.feature_name));
            }
        }
        for ((at, symbol), (of, mut moved)) in looks {
            self.alarmed |= !moved.is_empty() && at >= self.counts_from;
            let most = self.moved.entry(symbol.to_owned()).or_default();
            if moved.len() <= *most {
                continue;
            }
            *most = moved.len();
            moved.sort_by(|one, other| other.0.total_cmp(&one.0));
            let named: Vec<&str> = moved.iter().take(NAMED).map(|(_, name)| *name).collect();
            let named = named.join(", ");
            self.lines.push(format!(
                "{at}  drift alarm: {} of {of} features of {symbol} have moved, {named} most",
                moved.len()
            ));
        }
        Ok(())
    }

    fn trainings(&mut self) -> anyhow::Result<()> {
        let records = self.shelf.records().clone();
        let jobs = records.jobs(&JobFilter { line: Some(self.line.clone()), ..JobFilter::default() })?.rows;
        for job in jobs.iter().rev() {
            if job.id > self.job || self.open.contains(&job.id) {
                self.training(&records, job)?;
            }
        }
        self.job = jobs.first().map_or(self.job, |job| job.id.max(self.job));
        Ok(())
    }

    fn training(&mut self, records: &Records, job: &JobRow) -> anyhow::Result<()> {
        if self.open.insert(job.id) {
            if self.alarmed {
                self.answer.get_or_insert(job.id);
            }
            let (id, event, why) = (job.id, job.event_type.as_str(), &job.trigger_reason);
            self.lines.push(format!("training {id} is asked for ({event}): {why}"));
        }
        let told = self.logs.get(&job.id).copied().unwrap_or(0);
        for log in records.job_logs(job.id)?.iter().filter(|log| log.id > told) {
            self.logs.insert(job.id, log.id);
            // What it does meanwhile is in its log.
            let says = log.message.starts_with("attempt ") || log.message.contains(" its gate: ");
            if says || log.level != "info" {
                self.lines.push(format!("training {}: {}", job.id, log.message));
            }
        }
        if !matches!(job.status, JobStatus::Pending | JobStatus::Running) {
            self.open.remove(&job.id);
            self.trained |= self.answer == Some(job.id);
        }
        Ok(())
    }

    /// What became of models since the last look.
    fn steps(&mut self, registry: &Registry) {
        for model in registry.models().filter(|model| model.name == self.line) {
            let before = self.stages.insert(model.id, model.stage);
            // On its way through its training the log of that speaks for it.
            if before == Some(model.stage) || matches!(model.stage, Stage::Training | Stage::Validating) {
                continue;
            }
            let why = model.history.last().map(|step| step.why.as_str()).unwrap_or_default();
            self.lines.push(format!("{} is {} now: {why}", model.title(), model.stage));
            if self.planted == Some(model.id) && !matches!(model.stage, Stage::Canary) {
                let taken_back = model.stage == Stage::Failed;
                let what = if taken_back { "was taken back by itself" } else { "was NOT taken back" };
                self.lines.push(format!(
                    "that is all of it: the bad model {what}. The MODELS page shows it, and so do `mem models list`, `mem models jobs`, `mem records list`"
                ));
            }
        }
    }
}

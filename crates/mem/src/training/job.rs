//! One training: `mem train NAME --again` in a process of its own.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use anyhow::Context as _;
use mem_model::lifecycle::RetrainConfig;
use mem_store::records::{JobFilter, JobRow, JobStatus, JobUpdate, Records};
use mem_types::Timestamp;
use mem_types::time::NANOS_PER_SECOND;

/// How much it yields to the engine: as much as a process can.
const NICENESS: i32 = 19;

/// A training under way.
pub(super) struct Running {
    job: JobRow,
    child: Child,
    begun: Timestamp,
    out: JoinHandle<Vec<u8>>,
    log: JoinHandle<String>,
}

impl Running {
    /// Begins a training on nothing later than `until`; the newest `gate_share` of its rows are its gate's.
    pub(super) fn begin(
        records: &Records,
        job: JobRow,
        folder: &Path,
        (until, gate_share): (Option<Timestamp>, f64),
        now: Timestamp,
    ) -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("the program does not know where it lies")?;
        let mut command = Command::new(program);
        command.arg("--data-folder").arg(folder).args(["train", &job.line, "--again", "--into", "shadow", "--json"]);
        command.args(["--gate-share", &gate_share.to_string()]);
        if let Some(until) = until {
            command.args(["--to", &until.to_string()]);
        }
        let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = spawned.context("a training cannot be begun")?;
        if let Some(pid) = rustix::process::Pid::from_raw(child.id() as i32)
            && let Err(error) = rustix::process::setpriority_process(Some(pid), NICENESS)
        {
            tracing::debug!(%error, "the training does not yield");
        }
        records.update_job(job.id, &job.becomes(JobStatus::Running))?;
        let until = until.map_or_else(String::new, |until| format!(" on bars up to {until}"));
        records.add_job_log(job.id, "info", &format!("attempt {}: training {} again{until}", job.attempt, job.line))?;
        let mut stdout = child.stdout.take().context("a process that was begun has an output")?;
        let stderr = child.stderr.take().context("a process that was begun has an output")?;
        let out = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = stdout.read_to_end(&mut bytes);
            bytes
        });
        let (theirs, id) = (records.clone(), job.id);
        let log = std::thread::spawn(move || {
            let mut last = String::new();
            for line in BufReader::new(stderr).lines().map_while(Result::ok).filter(|line| !line.trim().is_empty()) {
                // A log that cannot be written is no reason to end a training.
                let _ = theirs.add_job_log(id, "info", &line);
                last = line;
            }
            last
        });
        Ok(Self { job, child, begun: now, out, log })
    }

    /// The line whose model is trained.
    pub(super) fn line(&self) -> &str {
        &self.job.line
    }

    /// Whether it has ended; what came of it is on record then.
    pub(super) fn is_over(
        &mut self,
        records: &Records,
        limits: &RetrainConfig,
        now: Timestamp,
    ) -> anyhow::Result<bool> {
        if let Some(status) = self.child.try_wait()? {
            self.ended(records, limits, status.success(), now)?;
            return Ok(true);
        }
        if records.job(self.job.id)?.is_none_or(|row| row.status != JobStatus::Running) {
            self.kill();
            records.add_job_log(self.job.id, "warning", "cancelled")?;
            return Ok(true);
        }
        if (now.as_nanos() - self.begun.as_nanos()) / NANOS_PER_SECOND > limits.limit_seconds {
            self.kill();
            self.failed(records, limits, format!("it took longer than {} s", limits.limit_seconds), now)?;
            return Ok(true);
        }
        Ok(false)
    }

    /// Ends it.
    pub(super) fn cancel(mut self, records: &Records, why: &str) {
        self.kill();
        let update = JobUpdate { error_message: Some(why.to_owned()), ..self.job.becomes(JobStatus::Cancelled) };
        if let Err(error) = records.update_job(self.job.id, &update) {
            tracing::warn!(%error, "a training that was ended is not on record as such");
        }
    }

    fn ended(&mut self, records: &Records, limits: &RetrainConfig, well: bool, now: Timestamp) -> anyhow::Result<()> {
        let out = std::mem::replace(&mut self.out, std::thread::spawn(Vec::new)).join().unwrap_or_default();
        let last = std::mem::replace(&mut self.log, std::thread::spawn(String::new)).join().unwrap_or_default();
        if !well {
            return self.failed(
                records,
                limits,
                if last.is_empty() { "it ended without a word".to_owned() } else { last },
                now,
            );
        }
        let said: serde_json::Value = serde_json::from_slice(&out).context("what a training says cannot be read")?;
        let words = |path: &str| said.pointer(path).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        let passed = said.pointer("/gate/passed").and_then(serde_json::Value::as_bool).unwrap_or(false);
        let text = format!(
            "{} {} {} its gate: {}",
            words("/name"),
            words("/version"),
            if passed { "has passed" } else { "has not passed" },
            words("/gate/reason")
        );
        records.add_job_log(self.job.id, "info", &text)?;
        let model_id = said.pointer("/model_id").and_then(serde_json::Value::as_i64);
        records.update_job(self.job.id, &JobUpdate { model_id, ..self.job.becomes(JobStatus::Completed) })?;
        Ok(())
    }

    /// Tries again later, as often as the limits allow.
    fn failed(&self, records: &Records, limits: &RetrainConfig, why: String, now: Timestamp) -> anyhow::Result<()> {
        records.add_job_log(self.job.id, "error", &why)?;
        let next = u32::try_from(self.job.attempt + 1).unwrap_or(u32::MAX);
        let update = match limits.wait(next) {
            Some(seconds) => JobUpdate {
                attempt: i64::from(next),
                not_before: Some(Timestamp::from_nanos(now.as_nanos() + seconds * NANOS_PER_SECOND)),
                error_message: Some(why),
                ..self.job.becomes(JobStatus::Pending)
            },
            None => JobUpdate { error_message: Some(why), ..self.job.becomes(JobStatus::Failed) },
        };
        records.update_job(self.job.id, &update)?;
        Ok(())
    }

    fn kill(&mut self) {
        // It may have ended by itself in the meantime.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Trainings of a process that is no longer there have failed.
pub(super) fn forget_what_died(records: &Records) -> anyhow::Result<()> {
    let running =
        records.jobs(&JobFilter { status: Some(JobStatus::Running), limit: 1_000, ..JobFilter::default() })?;
    for job in running.rows {
        let why = "the process that had begun it has ended".to_owned();
        records.update_job(job.id, &JobUpdate { error_message: Some(why), ..job.becomes(JobStatus::Failed) })?;
    }
    Ok(())
}

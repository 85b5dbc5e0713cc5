//! What calls for a training, out of the records and the clock.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use croner::Cron;
use mem_engine::live::machine::Machine;
use mem_engine::seats::Line;
use mem_model::lifecycle::{Facts, ModelRecord, Registry, RetrainConfig, Stage, Trigger};
use mem_store::records::{DriftFilter, JobFilter, NewJob, Records, TriggerKind};
use mem_types::Timestamp;
use mem_types::time::NANOS_PER_SECOND;

/// Symbols, and features of each, that a reason names.
const NAMED: usize = 3;

/// What was seen of a line at the last look.
#[derive(Default)]
pub(super) struct Looked {
    /// The newest comparison of features, and the newest figures, that were looked at.
    drift: Option<i64>,
    worth: Option<i64>,
    /// The schedule, and its next time.
    due: Option<(String, Option<Timestamp>)>,
}

impl Looked {
    /// The training that is called for now.
    pub(super) fn look(
        &mut self,
        records: &Records,
        registry: &Registry,
        line: Line<'_>,
        now: Timestamp,
    ) -> anyhow::Result<Option<NewJob>> {
        let named = |model: &&ModelRecord| model.name == line.name;
        let Some(newest) = registry.models().rev().find(named) else { return Ok(None) };
        let champion = registry.models().rev().filter(named).find(|model| model.stage == Stage::Production);
        let last = JobFilter { line: Some(line.name.to_owned()), limit: 1, ..JobFilter::default() };
        let last = records.jobs(&last)?.rows.into_iter().next();
        let since = |at: Timestamp| (now.as_nanos() - at.as_nanos()) / NANOS_PER_SECOND;
        let facts = Facts {
            seconds_since_last: last.map(|job| since(job.timestamp)),
            due: self.due(&line.retrain.cron, now),
            new_bars: if line.retrain.new_bars > 0 { new_bars(records, newest)? } else { 0 },
            drifted: champion.map(|model| self.drifted(records, model)).transpose()?.flatten(),
            decayed: champion.map(|model| self.decayed(records, model)).transpose()?.flatten(),
        };
        Ok(line.retrain.look(&facts).map(|(trigger, reason)| NewJob {
            line: line.name.to_owned(),
            trigger: match trigger {
                Trigger::Drift => TriggerKind::Drift,
                Trigger::Performance => TriggerKind::Performance,
                Trigger::Scheduled => TriggerKind::Scheduled,
                Trigger::DataVolume => TriggerKind::DataVolume,
            },
            reason,
        }))
    }

    fn due(&mut self, cron: &str, now: Timestamp) -> bool {
        let known = self.due.take().filter(|(text, _)| text == cron).map(|(_, next)| next);
        let next = known.unwrap_or_else(|| next(cron, now));
        let due = next.is_some_and(|at| at <= now);
        self.due = Some((cron.to_owned(), if due { self::next(cron, now) } else { next }));
        due
    }

    /// That features have moved, symbol by symbol, in words, the first time that it is seen.
    fn drifted(&mut self, records: &Records, model: &ModelRecord) -> anyhow::Result<Option<String>> {
        let model_id = Some(model.id.0 as i64);
        let Some(seen) = self.drift else {
            let newest = records.drift(&DriftFilter { model_id, limit: 1, ..DriftFilter::default() })?;
            self.drift = Some(newest.first().map_or(0, |row| row.id));
            return Ok(None);
        };
        let rows = records.drift(&DriftFilter { model_id, after: Some(seen), ..DriftFilter::default() })?;
        self.drift = Some(rows.first().map_or(seen, |row| row.id));
        let bad = |severity: &str| matches!(severity, "medium" | "high" | "critical");
        let mut moved: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for row in rows.iter().filter(|row| bad(&row.drift_severity)) {
            moved.entry(&row.symbol).or_default().insert(&row.feature_name);
        }
        let of_symbol = |(symbol, features): (&&str, &BTreeSet<&str>)| {
            let named: Vec<&str> = features.iter().take(NAMED).copied().collect();
            format!("{} of {symbol} ({})", features.len(), named.join(", "))
        };
        let mut shown: Vec<String> = moved.iter().take(NAMED).map(of_symbol).collect();
        if moved.len() > NAMED {
            shown.push(format!("and some of {} symbols more", moved.len() - NAMED));
        }
        Ok((!moved.is_empty()).then(|| format!("features of {} have moved: {}", model.title(), shown.join(", "))))
    }

    /// That predictions have become worse, in words, the first time that it is seen.
    fn decayed(&mut self, records: &Records, model: &ModelRecord) -> anyhow::Result<Option<String>> {
        let rows = records.performance(model.id.0 as i64, 20)?;
        let newest = rows.first().map_or(0, |row| row.id);
        let seen = self.worth.replace(newest).unwrap_or(newest);
        let worse = rows.iter().any(|row| row.id > seen && row.verdict == "drift");
        Ok(worse.then(|| format!("the predictions of {} have become worse", model.title())))
    }
}

/// Why no training should begin now.
pub(super) fn too_busy(machine: &mut Machine, limits: &RetrainConfig) -> Option<String> {
    let usage = machine.look();
    let free = usage.available.map(|bytes| bytes / 1_000_000);
    if let Some(free) = free.filter(|free| *free < limits.free_memory_mb) {
        return Some(format!("{free} MB of memory are free, {} are wanted", limits.free_memory_mb));
    }
    let busy = usage.system_pct.map(|percent| percent / 100.0);
    busy.filter(|busy| *busy > limits.busy_share)
        .map(|busy| format!("the processors are busy for {:.0} %", busy * 100.0))
}

/// The first time of a schedule after `now`; `None` if there is none.
fn next(cron: &str, now: Timestamp) -> Option<Timestamp> {
    let schedule = Cron::from_str(cron).ok()?;
    let zoned = jiff::Timestamp::from_nanosecond(i128::from(now.as_nanos())).ok()?.to_zoned(jiff::tz::TimeZone::UTC);
    let next = schedule.find_next_occurrence(&zoned, false).ok()?;
    i64::try_from(next.timestamp().as_nanosecond()).ok().map(Timestamp::from_nanos)
}

/// Whether a schedule can be read; an empty one is none.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn check_schedule(cron: &str) -> Result<(), String> {
    if cron.is_empty() {
        return Ok(());
    }
    let wrong =
        |error| format!("models.retrain.cron is '{cron}': {error}; expected five fields such as 0 2 * * *, or nothing");
    Cron::from_str(cron).map(drop).map_err(wrong)
}

/// Bars of all symbols that are newer than what the newest model was trained on.
fn new_bars(records: &Records, newest: &ModelRecord) -> anyhow::Result<u64> {
    let seen = mem_engine::keep::Keeper::load(records)?.and_then(|state| state.seen_until);
    let Some(seen) = seen else { return Ok(0) };
    let bars = (seen.as_nanos() - newest.trained_on.1.as_nanos()) / newest.scope.timeframe.nanos();
    Ok(u64::try_from(bars).unwrap_or(0) * newest.scope.symbols.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_is_due_once_each_time() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(next("0 2 * * *", at("2024-05-01T01:30:00Z")), Some(at("2024-05-01T02:00:00Z")));
        assert_eq!(next("", at("2024-05-01T01:30:00Z")), None);
        assert!(check_schedule("").is_ok() && check_schedule("*/5 * * * *").is_ok());
        assert!(check_schedule("every day").unwrap_err().contains("every day"));
        let mut looked = Looked::default();
        let hours = ["01:30", "01:59", "02:00", "02:01", "03:00"];
        let due = hours.map(|hour| looked.due("0 2 * * *", at(&format!("2024-05-01T{hour}:00Z"))));
        assert_eq!(due, [false, false, true, false, false]);
        assert!(looked.due("0 2 * * *", at("2024-05-02T02:00:00Z")));
    }
}

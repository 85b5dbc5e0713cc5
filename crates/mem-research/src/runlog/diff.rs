//! How two runs differ: in what was asked, and in what came out.

use mem_types::SeriesKey;
use serde::Serialize;
use serde_json::Value;

use crate::error::ResearchError;
use crate::run::{Outcome, Run};

/// One value that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// Its name, with dots between the levels (`sim.fees.taker`).
    pub name: String,
    /// Its value in the first run; `null` where it has none.
    pub a: Value,
    /// Its value in the second run.
    pub b: Value,
}

/// What differs in one series that both runs cover.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SeriesDiff {
    /// Which series.
    pub key: SeriesKey,
    /// What differs; not empty.
    pub changes: Vec<Change>,
}

/// How two runs differ.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunDiff {
    /// Id of the first run.
    pub a: String,
    /// Id of the second run.
    pub b: String,
    /// Differences in configuration and code version.
    pub config: Vec<Change>,
    /// Differences in the figures over all series.
    pub totals: Vec<Change>,
    /// Differences in the results of series that both cover.
    pub series: Vec<SeriesDiff>,
    /// Series of the first run only.
    pub only_in_a: Vec<SeriesKey>,
    /// Series of the second run only.
    pub only_in_b: Vec<SeriesKey>,
}

/// Compares two runs.
///
/// # Errors
/// Never for runs made by this crate.
pub fn diff(a: &Run, b: &Run) -> Result<RunDiff, ResearchError> {
    let mut config = changes(&config_values(a)?, &config_values(b)?);
    if a.code_version != b.code_version {
        let value = |run: &Run| Value::String(run.code_version.clone());
        config.push(Change { name: "code_version".to_owned(), a: value(a), b: value(b) });
    }
    let totals = changes(&json(&a.totals())?, &json(&b.totals())?);
    let mut series = Vec::new();
    for one in &a.series {
        let Some(other) = b.series.iter().find(|other| other.key == one.key) else { continue };
        let changes = changes(&outcome_values(&one.outcome)?, &outcome_values(&other.outcome)?);
        if !changes.is_empty() {
            series.push(SeriesDiff { key: one.key.clone(), changes });
        }
    }
    let missing = |from: &Run, other: &Run| {
        let keys = from.series.iter().map(|series| &series.key);
        keys.filter(|key| other.series.iter().all(|series| series.key != **key)).cloned().collect()
    };
    Ok(RunDiff {
        a: a.id.clone(),
        b: b.id.clone(),
        config,
        totals,
        series,
        only_in_a: missing(a, b),
        only_in_b: missing(b, a),
    })
}

/// The configuration with its parameters by name, so that they are compared by name and not by place.
fn config_values(run: &Run) -> Result<Value, ResearchError> {
    let mut config = json(&run.config)?;
    let mut params = serde_json::Map::new();
    for (name, value) in &run.config.params {
        params.insert(name.clone(), json(value)?);
    }
    config["params"] = Value::Object(params);
    Ok(config)
}

fn outcome_values(outcome: &Outcome) -> Result<Value, ResearchError> {
    match outcome {
        Outcome::Tested(tested) => json(&tested.summary),
        Outcome::Failed(reason) => Ok(serde_json::json!({ "failed": reason })),
        Outcome::NotRun => Ok(serde_json::json!({ "not_run": true })),
    }
}

fn json(value: &impl Serialize) -> Result<Value, ResearchError> {
    serde_json::to_value(value)
        .map_err(|error| ResearchError::UnreadableRun { path: "run".into(), reason: error.to_string() })
}

fn changes(a: &Value, b: &Value) -> Vec<Change> {
    let mut found = Vec::new();
    compare("", a, b, &mut found);
    found
}

fn compare(name: &str, a: &Value, b: &Value, found: &mut Vec<Change>) {
    let (Value::Object(fields_a), Value::Object(fields_b)) = (a, b) else {
        if a != b {
            found.push(Change { name: name.to_owned(), a: a.clone(), b: b.clone() });
        }
        return;
    };
    let mut names: Vec<&String> = fields_a.keys().collect();
    names.extend(fields_b.keys().filter(|name| !fields_a.contains_key(*name)));
    for field in names {
        let path = if name.is_empty() { field.clone() } else { format!("{name}.{field}") };
        let value = |fields: &serde_json::Map<String, Value>| fields.get(field).cloned().unwrap_or(Value::Null);
        compare(&path, &value(fields_a), &value(fields_b), found);
    }
}

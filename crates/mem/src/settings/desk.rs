//! Where settings are changed: checked, saved, applied, taken back.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use mem_engine::core::seat::SeatConfig;
use mem_engine::core::{Engine, EngineConfig, LaneConfig};
use mem_engine::live::{Change, Changes};
use mem_engine::settings::{EngineSettings, instrument};
use mem_engine::shelf::Shelf;
use mem_server::settings::Settings;
use mem_server::settings::change::{
    Applied, Assignment, ChangeRequest, Changed, RevertRequest, SettingsError, ValueChange,
};
use mem_server::settings::view::{ConfigView, Takes};
use mem_store::records::{AuditKind, NewAudit, Records};
use mem_trade::Instrument;
use mem_types::{Symbol, Timestamp};
use mem_venue::Listing;
use serde_json::Value as Json;

use super::assign::{Lane, Target, assign, target, wrong};
use super::fields::takes;
use super::saved::{Held, Saved};
use super::view;
use crate::config::{Config, ConfigError, Given, SAVED_NAME};

/// How long a change waits to be told that it is in force.
const PATIENCE: Duration = Duration::from_secs(5);
/// Changes in one request at the most.
const MOST: usize = 100;
/// Symbols that are traded, and shown, when none are named.
pub(crate) const MOST_UNNAMED: usize = 50;

/// Puts what was typed at the start over the section `[engine]`: flags win over everything.
pub(crate) type Typed = Box<dyn Fn(EngineSettings) -> Result<EngineSettings, String> + Send + Sync>;

/// The engine of this process.
pub(crate) struct Trading {
    /// What was typed.
    pub(crate) typed: Typed,
    /// What the venue lists.
    pub(crate) listings: Vec<Listing>,
    /// Whether orders go to the paper broker.
    pub(crate) paper: bool,
    /// The way to it.
    pub(crate) changes: Changes,
}

impl std::fmt::Debug for Trading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trading").field("paper", &self.paper).finish_non_exhaustive()
    }
}

/// Settings of a data folder, and of the engine that goes by them.
#[derive(Debug)]
pub(crate) struct Desk {
    given: Given,
    path: PathBuf,
    records: Records,
    trading: Option<Trading>,
    now: Mutex<Now>,
}

/// What is in force.
#[derive(Debug, Clone)]
pub(super) struct Now {
    pub(super) saved: Saved,
    pub(super) config: Config,
    /// The section `[engine]` with what was typed over it.
    pub(super) engine: EngineSettings,
    pub(super) sources: BTreeMap<String, String>,
}

impl Desk {
    /// The settings of a data folder, over the layers that were given. `trading` is the engine of this process, where one is to run.
    pub(crate) fn open(
        given: Given,
        folder: &std::path::Path,
        records: Records,
        trading: Option<Trading>,
    ) -> Result<Self, SettingsError> {
        let path = folder.join(SAVED_NAME);
        let saved = Saved::read(&path)?;
        let (config, sources) = given.assemble(Some(&saved.text()?)).map_err(|error| inside(&error))?;
        let engine = typed(trading.as_ref(), config.engine.clone()).map_err(SettingsError::Inside)?;
        Ok(Self { given, path, records, trading, now: Mutex::new(Now { saved, config, engine, sources }) })
    }

    /// The configuration in force.
    pub(crate) fn config(&self) -> Config {
        self.now().config.clone()
    }

    /// The engine's configuration for a session of that name: the symbols that are to be traded, and, switched off, those of which
    /// something is held.
    ///
    /// # Errors
    /// If settings and venue do not go together.
    pub(crate) fn engine_config(&self, session: &str) -> Result<EngineConfig, String> {
        let now = self.now().clone();
        self.engine_config_of(&now, session)
    }

    fn engine_config_of(&self, now: &Now, session: &str) -> Result<EngineConfig, String> {
        let Some(trading) = &self.trading else { return Err("no engine is to run here".to_owned()) };
        let known = |symbol: &Symbol| trading.listings.iter().any(|listing| listing.symbol == *symbol);
        if let Some(unknown) = now.engine.symbols.iter().find(|symbol| !known(symbol)) {
            let all = trading.listings.iter().map(|listing| listing.symbol.as_str());
            return Err(format!("the venue lists no {unknown}{}", mem_types::near::nearest(unknown.as_str(), all)));
        }
        if now.engine.symbols.is_empty() && trading.listings.len() > MOST_UNNAMED {
            let count = trading.listings.len();
            return Err(format!("the venue lists {count} symbols: name some in engine.symbols"));
        }
        let held = self.held()?;
        let wanted = |symbol: &Symbol| {
            now.engine.symbols.is_empty() || now.engine.symbols.contains(symbol) || held.contains(symbol)
        };
        let fees = now.engine.fees();
        let instruments: Vec<Instrument> = trading
            .listings
            .iter()
            .filter(|listing| wanted(&listing.symbol))
            .filter_map(|listing| instrument(listing, fees))
            .collect();
        let mut config =
            now.engine.config(session, instruments, trading.paper, &now.config.risk, &now.config.memory)?;
        config.seats = self.seats(&now.config, &config)?;
        config.lanes.extend(self.watched(now, trading, &config)?);
        Ok(config)
    }

    /// The symbols that models look at and that are not traded.
    ///
    /// # Errors
    /// If the venue does not list one.
    fn watched(&self, now: &Now, trading: &Trading, config: &EngineConfig) -> Result<Vec<LaneConfig>, String> {
        let traded = |symbol: &Symbol| config.lanes.iter().any(|lane| lane.instrument.symbol == *symbol);
        let mut watched: BTreeMap<&Symbol, LaneConfig> = BTreeMap::new();
        for seat in &config.seats {
            let Some(symbol) = seat.reference.as_ref().filter(|symbol| !traded(symbol)) else { continue };
            let listing = trading.listings.iter().find(|listing| listing.symbol == *symbol);
            let instrument = listing.and_then(|listing| instrument(listing, now.engine.fees()));
            let instrument = instrument
                .ok_or_else(|| format!("models of {} look at {symbol}, which the venue does not list", seat.line))?;
            watched.entry(symbol).or_insert_with(|| now.engine.watched(instrument, seat.scope.timeframe));
        }
        Ok(watched.into_values().collect())
    }

    /// The models that have a say in such a session.
    ///
    /// # Errors
    /// If the records fail, or a model cannot be asked.
    fn seats(&self, config: &Config, session: &EngineConfig) -> Result<Vec<SeatConfig>, String> {
        if config.models.lines().next().is_none() {
            return Ok(Vec::new());
        }
        let registry = Shelf::beside(self.records.clone()).registry().map_err(|error| error.to_string())?;
        config.models.seats(&registry, session)
    }

    /// Symbols of which something is held, or on its way.
    fn held(&self) -> Result<Vec<Symbol>, String> {
        let state = mem_engine::keep::Keeper::load(&self.records).map_err(|error| error.to_string())?;
        let Some(state) = state else { return Ok(Vec::new()) };
        let orders = state.orders.iter().map(|order| order.request.symbol.clone());
        Ok(state.positions.keys().cloned().chain(orders).collect())
    }

    /// A change is made as a whole: a panic leaves the settings before it.
    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What would be in force after the changes.
    fn after(&self, now: &Now, changes: &[Assignment]) -> Result<Now, SettingsError> {
        let mut saved = now.saved.clone();
        let mut lanes = now.engine.lanes.clone();
        for change in changes {
            assign(&mut saved, &change.path, &change.value, &mut lanes)?;
        }
        saved.version += 1;
        let (config, sources) =
            self.given.assemble(Some(&saved.text()?)).map_err(|error| refused(changes, &error.to_string()))?;
        let engine = typed(self.trading.as_ref(), config.engine.clone()).map_err(|error| refused(changes, &error))?;
        let params: Vec<_> = engine.params.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        mem_strategy::build(&engine.strategy, &params).map_err(|error| refused(changes, &error.to_string()))?;
        let after = Now { saved, config, engine, sources };
        for change in changes.iter().filter(|change| !change.value.is_null()) {
            let value = after.value(&change.path)?;
            // A later change of the same request may have taken it back.
            let last = changes.iter().rfind(|other| other.path == change.path).is_some_and(|last| last == change);
            if last && !same(&value, &change.value) {
                let source = view::layer_name(&after, &change.path);
                return Err(wrong(
                    &change.path,
                    format!("{} is set to {value} by {source}, which wins over what is saved here", change.path),
                ));
            }
        }
        if self.trading.is_some() {
            let config = self.engine_config_of(&after, "check").map_err(|error| refused(changes, &error))?;
            Engine::new(config, Default::default(), Vec::new(), false)
                .map_err(|error| refused(changes, &error.to_string()))?;
        }
        Ok(after)
    }

    fn make(
        &self,
        request: &ChangeRequest,
        version: Option<u64>,
        reverts: Option<i64>,
    ) -> Result<Changed, SettingsError> {
        if request.changes.is_empty() || request.changes.len() > MOST {
            return Err(wrong("changes", format!("{} changes: expected 1 to {MOST}", request.changes.len())));
        }
        if !request.dry_run && request.by.trim().is_empty() {
            return Err(wrong("by", "by is empty: the audit says who changed something"));
        }
        let mut guard = self.now();
        let _held = if request.dry_run { None } else { Some(Held::take(&self.path)?) };
        let mut now = guard.clone();
        // Another program may have saved something meanwhile.
        let saved = Saved::read(&self.path)?;
        if saved != now.saved {
            let (config, sources) = self.given.assemble(Some(&saved.text()?)).map_err(|error| inside(&error))?;
            let engine = typed(self.trading.as_ref(), config.engine.clone()).map_err(SettingsError::Inside)?;
            now = Now { saved, config, engine, sources };
        }
        if let Some(meant) = version.filter(|version| *version != now.saved.version) {
            return Err(SettingsError::Stale { version: now.saved.version, meant });
        }
        let after = self.after(&now, &request.changes)?;
        let leverage = |now: &Now| now.config.risk.max_leverage;
        if leverage(&after) > 1.0 && leverage(&after) > leverage(&now) && !request.confirm && !request.dry_run {
            let problem = "leverage above 1 can lose more than a price falls: it takes \"confirm\": true";
            return Err(wrong("confirm", problem));
        }
        let applied = self.differences(&now, &after, &request.changes)?;
        // A value that is taken out of the file may be the same in the layer below.
        let same_file = after.saved.table == now.saved.table;
        if (applied.is_empty() && same_file) || request.dry_run {
            let version = now.saved.version;
            return Ok(Changed { success: true, version, id: None, applied, applied_at: None });
        }
        let changes: Vec<&ValueChange> = applied.iter().map(|applied| &applied.change).collect();
        let entry = NewAudit {
            kind: AuditKind::Config,
            who: request.by.trim().to_owned(),
            why: request.why.clone(),
            detail: serde_json::to_value(changes).map_err(|error| SettingsError::Inside(error.to_string()))?,
            applied_at: None,
            reverts,
        };
        // The entry of the audit stands if and only if the file could be written.
        let id = self.records.transaction(|tx| {
            let id = tx.add_audit(&entry)?;
            after.saved.write(&self.path)?;
            Ok::<_, SettingsError>(id)
        })?;
        let version = after.saved.version;
        let waiting = self.apply(&after, &applied, id);
        *guard = after;
        drop(guard);
        let applied_at = waiting.and_then(|waiting| waiting.recv_timeout(PATIENCE).ok());
        let applied_at = applied_at.map(Timestamp::as_millis);
        Ok(Changed { success: true, version, id: Some(id), applied, applied_at })
    }

    /// What is different, in the order in which it was asked for; then what follows from that.
    fn differences(&self, now: &Now, after: &Now, changes: &[Assignment]) -> Result<Vec<Applied>, SettingsError> {
        let mut paths: Vec<String> = Vec::new();
        let gone =
            now.engine.params.keys().chain(after.engine.params.keys()).map(|name| format!("engine.params.{name}"));
        let of_lanes = changes.iter().filter_map(|change| match target(&change.path) {
            Ok(Target::Lane { symbol, what: Lane::Strategy }) => Some(symbol),
            _ => None,
        });
        let of_lanes = of_lanes.flat_map(|symbol| {
            let params = |now: &Now| -> Vec<String> {
                let lane = now.engine.lanes.iter().find(|lane| lane.symbol.as_str() == symbol);
                lane.into_iter().flat_map(|lane| lane.params.keys().cloned()).collect()
            };
            let names = params(now).into_iter().chain(params(after));
            names.map(|name| format!("lanes.{symbol}.params.{name}")).collect::<Vec<_>>()
        });
        for path in changes.iter().map(|change| change.path.clone()).chain(gone).chain(of_lanes) {
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        let mut applied = Vec::new();
        for path in paths {
            let (before, value) = (now.value(&path)?, after.value(&path)?);
            if before != value {
                let takes = takes(&path);
                let effect = self.effect(takes);
                applied.push(Applied { change: ValueChange { path, before, after: value }, takes, effect });
            }
        }
        Ok(applied)
    }

    fn effect(&self, takes: Takes) -> String {
        let text = match (self.trading.is_some(), takes) {
            (false, _) => "counts when an engine is started on this data folder",
            (true, Takes::AtOnce) => "counts from the next decision on",
            (true, Takes::NewSession) => "the session ends in order and a new one goes on from its books",
            (true, Takes::Restart) => "counts at the next start",
        };
        text.to_owned()
    }

    /// Tells the engine of this process; what it gives back hears when all of it is in force.
    fn apply(&self, after: &Now, applied: &[Applied], id: i64) -> Option<mpsc::Receiver<Timestamp>> {
        let trading = self.trading.as_ref()?;
        let section = |name: &str| applied.iter().any(|applied| applied.change.path.starts_with(name));
        let mut changes = Vec::new();
        if applied.iter().any(|applied| applied.takes == Takes::NewSession) {
            // The next session begins with all of it.
            changes.push(Change::TurnOver);
        } else {
            if section("risk.") {
                changes.push(Change::Risk(Box::new(after.config.risk.clone())));
            }
            if section("alerts.") {
                changes.push(Change::Alerts(Box::new(after.config.alerts.clone())));
            }
        }
        let (tell, heard) = mpsc::channel();
        let left = Arc::new(AtomicUsize::new(changes.len()));
        for change in changes {
            let (tell, left, records) = (tell.clone(), Arc::clone(&left), self.records.clone());
            trading.changes.tell(change, move |at| {
                if left.fetch_sub(1, Ordering::AcqRel) > 1 {
                    return;
                }
                if let Err(error) = records.audit_applied(id, at) {
                    tracing::error!(%error, id, "the audit does not say when a change took effect");
                }
                // Whoever wanted it may have stopped waiting.
                let _ = tell.send(at);
            });
        }
        Some(heard)
    }
}

impl Settings for Desk {
    fn view(&self) -> Result<ConfigView, SettingsError> {
        let now = self.now().clone();
        let lanes = match &self.trading {
            Some(trading) => {
                let mut of_all = now.clone();
                if trading.listings.len() <= MOST_UNNAMED {
                    of_all.engine.symbols.clear();
                }
                let mut lanes = self.engine_config_of(&of_all, "view").map_err(SettingsError::Inside)?.lanes;
                lanes.retain(|lane| !lane.watched);
                lanes
            }
            None => Vec::new(),
        };
        view::of(&now, &lanes)
    }

    fn change(&self, request: &ChangeRequest) -> Result<Changed, SettingsError> {
        self.make(request, Some(request.version), None)
    }

    fn revert(&self, request: &RevertRequest) -> Result<Changed, SettingsError> {
        let entry = self.records.get_audit(request.id)?.filter(|entry| entry.kind == AuditKind::Config);
        let entry = entry.ok_or(SettingsError::NoSuchChange(request.id))?;
        let changes: Vec<ValueChange> =
            serde_json::from_value(entry.detail).map_err(|error| SettingsError::Inside(error.to_string()))?;
        let changes = changes.into_iter().map(|change| Assignment { path: change.path, value: change.before });
        let change = ChangeRequest {
            changes: changes.collect(),
            by: request.by.clone(),
            why: request.why.clone(),
            dry_run: false,
            version: 0,
            confirm: request.confirm,
        };
        self.make(&change, None, Some(request.id))
    }
}

impl Now {
    /// What is in force at a path; null where nothing is.
    pub(super) fn value(&self, path: &str) -> Result<Json, SettingsError> {
        let found =
            match target(path)? {
                Target::Param(name) => self.engine.params.get(name).map(serde_json::to_value),
                Target::Lane { symbol, what } => {
                    let lane = self.engine.lanes.iter().find(|lane| lane.symbol.as_str() == symbol);
                    match what {
                        Lane::Strategy => lane.and_then(|lane| lane.strategy.as_ref()).map(serde_json::to_value),
                        Lane::Bars => lane.and_then(|lane| lane.bars).map(serde_json::to_value),
                        Lane::Param(name) => lane.and_then(|lane| lane.params.get(name)).map(serde_json::to_value),
                    }
                }
                Target::Field(path) => {
                    let (section, rest) = path.split_once('.').unwrap_or((path, ""));
                    let whole = match section {
                        "risk" => serde_json::to_value(&self.config.risk),
                        "alerts" => serde_json::to_value(&self.config.alerts),
                        _ => serde_json::to_value(&self.engine),
                    };
                    Some(whole.map(|whole| {
                        whole.pointer(&format!("/{}", rest.replace('.', "/"))).cloned().unwrap_or_default()
                    }))
                }
            };
        found.transpose().map(Option::unwrap_or_default).map_err(|error| SettingsError::Inside(error.to_string()))
    }
}

/// The section `[engine]` with what was typed over it.
fn typed(trading: Option<&Trading>, engine: EngineSettings) -> Result<EngineSettings, String> {
    match trading {
        Some(trading) => (trading.typed)(engine),
        None => Ok(engine),
    }
}

/// Whether two values are the same, whole numbers and others alike.
fn same(one: &Json, other: &Json) -> bool {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}

fn inside(error: &ConfigError) -> SettingsError {
    SettingsError::Inside(error.to_string())
}

/// The change that an error is about: the one whose path it names, else the first.
fn refused(changes: &[Assignment], error: &str) -> SettingsError {
    let problem = error.trim_start_matches("configuration: ").trim_start_matches("saved settings: ");
    let named = changes.iter().filter(|change| {
        let last = change.path.rsplit('.').next().unwrap_or_default();
        problem.contains(&change.path) || problem.contains(&format!("'{last}'"))
    });
    let path =
        named.max_by_key(|change| change.path.len()).or(changes.first()).map_or("changes", |change| &change.path);
    wrong(path, problem)
}

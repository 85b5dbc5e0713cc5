//! The one configuration: defaults < `mem.toml` < settings saved by the pages < `.env` < environment `MEM_*` < flags.
//!
//! Every key has one name, written `section.key` in `mem.toml` and `--set`, and `MEM_SECTION_KEY` in the
//! environment. An unknown key is an error that names the nearest known one. [`load`] also remembers where each value
//! came from, which `mem config show` prints.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Format, Serialized, Toml};
use figment::value::{Dict, Value};
use serde::{Deserialize, Serialize};

use mem_engine::seats::ModelSettings;
use mem_engine::settings::EngineSettings;
use mem_engine::texts::SentimentSettings;
use mem_feed::FeedConfig;
use mem_memory::MemoryConfig;
use mem_monitor::alert::AlertConfig;
use mem_monitor::rolling::RollingConfig;
use mem_research::SimConfig;
use mem_server::ServerConfig;
use mem_trade::risk::RiskConfig;
use mem_types::near::nearest;

use crate::cli::Global;

/// The file that is read from the working folder when none is named.
pub const FILE_NAME: &str = "mem.toml";

/// The file of saved settings, in the data folder.
pub const SAVED_NAME: &str = "settings.toml";
/// The key in it that counts changes.
pub const SAVED_VERSION: &str = "version";
/// How `mem config show` names that layer.
pub const SAVED: &str = "saved settings";

/// Environment variables that begin with `MEM_` and are no configuration keys: read by tests, benches and
/// `mem credentials`.
const OTHER_VARIABLES: &[&str] =
    &["MEM_CONFIG", "MEM_TEST_DATA", "MEM_PYTHON", "MEM_CHROMIUM", "MEM_MASTER_KEY", "MEM_MASTER_KEY_NEXT"];

/// Variables that begin so hold credentials; `mem credentials` reads them.
const CREDENTIALS_PREFIX: &str = "MEM_CREDENTIALS_";

/// Everything that can be configured.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where things are kept.
    pub data: DataConfig,
    /// What is logged, and how.
    pub log: LogConfig,
    /// How work is spread.
    pub run: RunSection,
    /// The records database.
    pub records: RecordsConfig,
    /// The HTTP server; see `docs/api.md`.
    pub server: ServerConfig,
    /// How connections to venues behave; see `docs/feeds.md`.
    pub feed: FeedConfig,
    /// Where the venues are.
    pub venues: VenuesConfig,
    /// What is traded, and how; see `docs/trading.md`.
    pub engine: EngineSettings,
    /// Limits of risk; see `docs/trading.md`.
    pub risk: RiskConfig,
    /// How decisions are remembered; see `docs/trading.md`.
    pub memory: MemoryConfig,
    /// Models that have a say; see `docs/models.md`.
    pub models: ModelSettings,
    /// Texts: which model scores them, feeds, keywords of symbols; see `docs/sentiment.md`.
    pub sentiment: SentimentSettings,
    /// Windows of the figures of a running engine; see `docs/trading.md`.
    pub monitor: RollingConfig,
    /// Limits of alerts, and where they are told; see `docs/alerts.md`.
    pub alerts: AlertConfig,
    /// The assumptions of backtests; see `docs/simulation.md`.
    pub simulation: SimConfig,
}

/// Where the venues are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VenuesConfig {
    /// Binance, spot.
    pub binance: VenueConfig,
    /// Binance, USD-M futures.
    pub binance_um: VenueConfig,
    /// The simulated exchange.
    pub sim: VenueConfig,
}

impl Default for VenuesConfig {
    fn default() -> Self {
        Self {
            binance: VenueConfig::new(
                &["https://api.binance.com", "https://data-api.binance.vision"],
                &["wss://stream.binance.com:9443"],
            ),
            binance_um: VenueConfig::new(&["https://fapi.binance.com"], &["wss://fstream.binance.com"]),
            sim: VenueConfig::new(&["http://127.0.0.1:8600"], &["ws://127.0.0.1:8600"]),
        }
    }
}

/// The addresses of a venue. Of several, the quickest healthy one is used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VenueConfig {
    /// HTTP addresses.
    pub rest: Vec<String>,
    /// WebSocket addresses.
    pub sockets: Vec<String>,
}

impl VenueConfig {
    fn new(rest: &[&str], sockets: &[&str]) -> Self {
        let owned = |urls: &[&str]| urls.iter().map(|url| (*url).to_owned()).collect();
        Self { rest: owned(rest), sockets: owned(sockets) }
    }

    /// Whether these are addresses.
    fn check(&self, name: &str) -> Result<(), String> {
        for (key, urls, schemes) in
            [("rest", &self.rest, ["http://", "https://"]), ("sockets", &self.sockets, ["ws://", "wss://"])]
        {
            if urls.is_empty() {
                return Err(format!("venues.{name}.{key} names no address"));
            }
            if let Some(url) = urls.iter().find(|url| !schemes.iter().any(|scheme| url.starts_with(scheme))) {
                return Err(format!(
                    "venues.{name}.{key}: '{url}' does not begin with {} or {}",
                    schemes[0], schemes[1]
                ));
            }
        }
        Ok(())
    }
}

/// Where things are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DataConfig {
    /// Folder of the catalog, the runs and the records.
    pub folder: PathBuf,
}

impl Default for DataConfig {
    fn default() -> Self {
        Self { folder: PathBuf::from("mem-data") }
    }
}

/// What is logged, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogConfig {
    /// `error`, `warn`, `info`, `debug`, `trace`, or a filter such as `info,mem_store=debug`.
    pub level: String,
    /// Form of the lines.
    pub format: LogFormat,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { level: "warn".to_owned(), format: LogFormat::Auto }
    }
}

/// Form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people on a terminal, JSON otherwise.
    Auto,
    /// For people.
    Human,
    /// One JSON object a line.
    Json,
}

/// How work is spread.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RunSection {
    /// Threads for backtests; 0 takes one a processor. Results do not depend on it.
    pub threads: usize,
}

/// The records database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RecordsConfig {
    /// `normal` survives a crash of the program, `full` also a loss of power.
    pub durability: Durability,
}

impl Default for RecordsConfig {
    fn default() -> Self {
        Self { durability: Durability::Normal }
    }
}

/// How hard a commit is pressed onto the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// SQLite's `synchronous = NORMAL`.
    Normal,
    /// SQLite's `synchronous = FULL`.
    Full,
}

impl Config {
    /// Reads a configuration from the text of a `mem.toml` alone, over the defaults.
    ///
    /// # Errors
    /// Text that is no TOML, unknown keys (with the nearest known one), values of the wrong type or out of range.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        extract(&Figment::from(Serialized::defaults(Self::default())).merge(Toml::string(text)))
    }

    /// The folder of the market data catalog.
    pub fn catalog_folder(&self) -> PathBuf {
        self.data.folder.join("catalog")
    }

    /// The records database.
    pub fn records_file(&self) -> PathBuf {
        self.data.folder.join("mem_data.db")
    }

    /// Where a running engine says how it is, hears operators, and keeps its sessions.
    pub fn engine_folder(&self) -> PathBuf {
        self.data.folder.join("engine")
    }
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file that was named cannot be read.
    #[error("cannot read configuration {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A line of `.env` cannot be understood.
    #[error("cannot read .env: {0}")]
    DotEnv(String),
    /// A key or value is wrong.
    #[error("configuration: {0}")]
    Wrong(String),
}

/// A configuration and where its values came from.
#[derive(Debug)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// Source of each `section.key` that is not a default.
    pub sources: BTreeMap<String, String>,
    /// The `mem.toml` that was read, if any.
    pub file: Option<PathBuf>,
    /// What it was put together from: to be put together again with other saved settings.
    pub given: Given,
}

/// The layers as they were given, all but the saved settings: a running program changes those only.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// `mem.toml`: its name and its text.
    file: Option<(String, String)>,
    /// What a command sets below everything but the file: the demo's market is not the user's.
    command: Vec<(String, String)>,
    dot_env: Vec<(String, String)>,
    environment: Vec<(String, String)>,
    flags: Vec<(String, String)>,
}

/// Puts the layers together.
///
/// # Errors
/// See [`ConfigError`]; everything is checked before any command starts.
pub fn load(global: &Global) -> Result<Loaded, ConfigError> {
    let named = global.config.clone().or_else(|| std::env::var_os("MEM_CONFIG").map(PathBuf::from));
    let file = match named {
        Some(path) => Some(path),
        None => Some(PathBuf::from(FILE_NAME)).filter(|path| path.exists()),
    };
    let mut given = Given::default();
    if let Some(path) = &file {
        given.file = Some((path.display().to_string(), read(path)?));
    }
    given.dot_env = dot_env(Path::new(".env"))?;
    given.environment =
        std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))).collect();
    for assignment in &global.set {
        let (key, value) = assignment
            .split_once('=')
            .ok_or_else(|| ConfigError::Wrong(format!("--set {assignment}: expected SECTION.KEY=VALUE")))?;
        given.flags.push((key.trim().to_owned(), value.to_owned()));
    }
    if let Some(folder) = &global.data_folder {
        given.flags.push(("data.folder".to_owned(), folder.display().to_string()));
    }
    // Where the saved settings lie is known once the other layers are.
    let (config, sources) = given.assemble(None)?;
    let saved = config.data.folder.join(SAVED_NAME);
    let (config, sources) = if saved.exists() { given.assemble(Some(&read(&saved)?))? } else { (config, sources) };
    Ok(Loaded { config, sources, file, given })
}

fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })
}

impl Given {
    /// With values that a command sets below everything but the file.
    #[must_use]
    pub fn commanded(mut self, pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        self.command = pairs.into_iter().collect();
        self
    }

    /// The configuration, with the text of the saved settings among the layers, and the source of each value that is no default.
    ///
    /// # Errors
    /// A value that is wrong, with the name of its layer.
    pub fn assemble(&self, saved: Option<&str>) -> Result<(Config, BTreeMap<String, String>), ConfigError> {
        let mut layers = Layers::new();
        if let Some((name, text)) = &self.file {
            layers.toml(name, text)?;
        }
        layers.keys("command", self.command.iter().cloned())?;
        if let Some(text) = saved {
            layers.saved(text)?;
        }
        layers.variables(".env", self.dot_env.iter().cloned())?;
        layers.variables("environment", self.environment.iter().cloned())?;
        layers.keys("flag", self.flags.iter().cloned())?;
        Ok((extract(&layers.figment)?, layers.sources))
    }
}

/// All known keys, `section.key`, with their default values.
pub fn known_keys() -> BTreeMap<String, Value> {
    let defaults = Value::serialize(Config::default()).expect("the defaults are plain data");
    let mut keys = BTreeMap::new();
    flatten("", &defaults, &mut keys);
    keys
}

/// The environment variable that sets a key.
pub fn variable_of(key: &str) -> String {
    format!("MEM_{}", key.replace('.', "_").to_uppercase())
}

fn flatten(prefix: &str, value: &Value, keys: &mut BTreeMap<String, Value>) {
    match value.as_dict() {
        // Tables with a tag (`sizing`, `slippage`) are one value: their other keys depend on the tag.
        Some(dict) if !dict.contains_key("rule") && !dict.contains_key("model") => {
            for (name, inner) in dict {
                let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
                flatten(&key, inner, keys);
            }
        }
        _ => {
            keys.insert(prefix.to_owned(), value.clone());
        }
    }
}

struct Layers {
    figment: Figment,
    sources: BTreeMap<String, String>,
    known: BTreeMap<String, Value>,
}

impl Layers {
    fn new() -> Self {
        Self {
            figment: Figment::from(Serialized::defaults(Config::default())),
            sources: BTreeMap::new(),
            known: known_keys(),
        }
    }

    fn toml(&mut self, name: &str, text: &str) -> Result<(), ConfigError> {
        // Checked alone first, so that the error names this file and not a later layer.
        let table: toml::Table = text.parse().map_err(|error| ConfigError::Wrong(format!("{name}: {error}")))?;
        Config::from_toml(text).map_err(|error| ConfigError::Wrong(format!("{name}: {}", inner(&error))))?;
        for (section, keys) in &table {
            for key in keys.as_table().into_iter().flat_map(toml::Table::keys) {
                self.note(&format!("{section}.{key}"), name);
            }
        }
        self.merge(Toml::string(text));
        Ok(())
    }

    /// Settings that the pages saved: sections of the configuration, and a version that counts changes.
    fn saved(&mut self, text: &str) -> Result<(), ConfigError> {
        let mut table: toml::Table =
            text.parse().map_err(|error| ConfigError::Wrong(format!("{SAVED_NAME}: {error}")))?;
        table.remove(SAVED_VERSION);
        let before = extract(&self.figment)?;
        let strategy = table.get("engine").and_then(|engine| engine.get("strategy")?.as_str());
        if strategy.is_some_and(|strategy| strategy != before.engine.strategy) {
            // Parameters are those of a strategy: with another one they mean nothing.
            let mut root: Dict = self.figment.extract().map_err(|error| ConfigError::Wrong(explain(&error)))?;
            if let Some(Value::Dict(_, engine)) = root.get_mut("engine") {
                engine.insert("params".to_owned(), Value::from(Dict::new()));
            }
            self.figment = Figment::from(Serialized::from(root, figment::Profile::Default));
            self.sources.retain(|key, _| key != "engine.params");
        }
        self.toml(SAVED, &toml::to_string(&table).map_err(|error| ConfigError::Wrong(error.to_string()))?)
    }

    fn variables(
        &mut self,
        name: &str,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<(), ConfigError> {
        let by_variable: BTreeMap<String, String> =
            self.known.keys().map(|key| (variable_of(key), key.clone())).collect();
        let mut pairs = Vec::new();
        for (variable, value) in variables {
            if !variable.starts_with("MEM_")
                || variable.starts_with(CREDENTIALS_PREFIX)
                || OTHER_VARIABLES.contains(&variable.as_str())
            {
                continue;
            }
            let Some(key) = by_variable.get(&variable) else {
                let hint = nearest(&variable, by_variable.keys());
                return Err(ConfigError::Wrong(format!("{name}: unknown variable {variable}{hint}")));
            };
            pairs.push((key.clone(), value));
        }
        self.keys(name, pairs)
    }

    fn keys(&mut self, name: &str, pairs: impl IntoIterator<Item = (String, String)>) -> Result<(), ConfigError> {
        for (key, value) in pairs {
            let parent_is_known = |known: &String| key.starts_with(&format!("{known}."));
            if !self.known.contains_key(&key) && !self.known.keys().any(parent_is_known) {
                return Err(ConfigError::Wrong(format!(
                    "{name}: unknown key {key}{}",
                    nearest(&key, self.known.keys())
                )));
            }
            let as_is = matches!(self.known.get(&key), Some(Value::String(..)));
            let value = if as_is {
                Value::from(value)
            } else {
                value.parse::<Value>().expect("any text is a figment value, if only a string")
            };
            self.note(&key, name);
            self.merge(Serialized::from(nest(&key, value), figment::Profile::Default));
            extract(&self.figment).map_err(|error| ConfigError::Wrong(format!("{name}: {}", inner(&error))))?;
        }
        Ok(())
    }

    fn note(&mut self, key: &str, source: &str) {
        self.sources.insert(key.to_owned(), source.to_owned());
    }

    fn merge(&mut self, provider: impl figment::Provider) {
        self.figment = std::mem::take(&mut self.figment).merge(provider);
    }
}

fn nest(key: &str, value: Value) -> Dict {
    let (head, tail) = key.split_once('.').map_or((key, None), |(head, tail)| (head, Some(tail)));
    let value = match tail {
        Some(tail) => Value::from(nest(tail, value)),
        None => value,
    };
    Dict::from([(head.to_owned(), value)])
}

fn dot_env(path: &Path) -> Result<Vec<(String, String)>, ConfigError> {
    match dotenvy::from_path_iter(path) {
        Ok(lines) => lines
            .collect::<Result<Vec<_>, _>>()
            // The line may hold a secret: say which file, never what stands in it.
            .map_err(|_| {
                ConfigError::DotEnv("a line is not KEY=VALUE (quote values that hold spaces or #)".to_owned())
            }),
        Err(error) if error.not_found() => Ok(Vec::new()),
        Err(_) => Err(ConfigError::DotEnv("the file cannot be opened".to_owned())),
    }
}

fn extract(figment: &Figment) -> Result<Config, ConfigError> {
    let config: Config = figment.extract().map_err(|error| ConfigError::Wrong(explain(&error)))?;
    config.simulation.validate().map_err(|error| ConfigError::Wrong(error.to_string()))?;
    config.feed.check().map_err(ConfigError::Wrong)?;
    config.engine.validate().map_err(ConfigError::Wrong)?;
    config.risk.validate().map_err(ConfigError::Wrong)?;
    config.memory.validate().map_err(ConfigError::Wrong)?;
    config.models.validate().map_err(ConfigError::Wrong)?;
    for retrain in config.models.lines().map(|line| line.retrain).chain([&config.models.retrain]) {
        crate::training::check_schedule(&retrain.cron).map_err(ConfigError::Wrong)?;
    }
    config.sentiment.validate().map_err(ConfigError::Wrong)?;
    config.monitor.validate().map_err(ConfigError::Wrong)?;
    config.alerts.validate().map_err(ConfigError::Wrong)?;
    let venues = &config.venues;
    for (name, venue) in [("binance", &venues.binance), ("binance_um", &venues.binance_um), ("sim", &venues.sim)] {
        venue.check(name).map_err(ConfigError::Wrong)?;
    }
    Ok(config)
}

/// One line that says which key is wrong, how, and what would be right.
fn explain(error: &figment::Error) -> String {
    let path = error.path.join(".");
    match &error.kind {
        figment::error::Kind::UnknownField(field, expected) => {
            // Some deserialisers count the unknown field itself to the path, some do not.
            let parent = path.strip_suffix(field.as_str()).unwrap_or(&path).trim_end_matches('.');
            let key = if parent.is_empty() { field.clone() } else { format!("{parent}.{field}") };
            format!("unknown key {key}{}; known here: {}", nearest(field, expected.iter()), expected.join(", "))
        }
        kind if path.is_empty() => kind.to_string(),
        kind => format!("{path}: {kind}"),
    }
}

fn inner(error: &ConfigError) -> String {
    match error {
        ConfigError::Wrong(message) => message.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wrong(text: &str) -> String {
        Config::from_toml(text).unwrap_err().to_string()
    }

    #[test]
    fn defaults_come_through_their_own_toml() {
        let text = toml::to_string(&Config::default()).unwrap();
        assert_eq!(Config::from_toml(&text).unwrap(), Config::default());
        assert_eq!(Config::from_toml("").unwrap(), Config::default());
    }

    #[test]
    fn unknown_keys_come_with_a_hint() {
        assert!(
            wrong("[data]\nfoldr = 'x'").contains("unknown key data.foldr, did you mean folder?"),
            "{}",
            wrong("[data]\nfoldr = 'x'")
        );
        assert!(wrong("[dta]").contains("did you mean data?"));
        assert!(wrong("[simulation]\ninitial_captal = 1.0").contains("did you mean initial_capital?"));
    }

    #[test]
    fn wrong_values_name_their_key() {
        assert!(wrong("[run]\nthreads = 'many'").contains("run.threads"));
        assert!(wrong("[simulation]\ninitial_capital = -5.0").contains("initial_capital"));
        assert!(wrong("not toml").starts_with("configuration:"));
    }

    #[test]
    fn later_layers_win_and_are_remembered() {
        let mut layers = Layers::new();
        layers.toml("mem.toml", "[data]\nfolder = 'a'\n[log]\nlevel = 'error'\n[run]\nthreads = 2").unwrap();
        layers
            .variables(
                "environment",
                [("MEM_DATA_FOLDER".to_owned(), "7".to_owned()), ("HOME".to_owned(), "/".to_owned())],
            )
            .unwrap();
        layers.keys("flag", [("run.threads".to_owned(), "3".to_owned())]).unwrap();
        let config = extract(&layers.figment).unwrap();
        assert_eq!(config.data.folder, PathBuf::from("7"));
        assert_eq!((config.log.level.as_str(), config.run.threads), ("error", 3));
        assert_eq!(layers.sources["data.folder"], "environment");
        assert_eq!(layers.sources["log.level"], "mem.toml");
        assert_eq!(layers.sources["run.threads"], "flag");
    }

    #[test]
    fn a_mistyped_variable_is_refused() {
        let error =
            Layers::new().variables("environment", [("MEM_DATA_FOLDR".to_owned(), "x".to_owned())]).unwrap_err();
        assert!(error.to_string().contains("did you mean MEM_DATA_FOLDER?"), "{error}");
    }

    proptest! {
        /// What the fuzz target `config` does, in a short form.
        #[test]
        fn arbitrary_text_never_panics(text in any::<String>(), line in "[a-z.]{1,20} = [-0-9a-z.']{0,8}", section in 0usize..5) {
            let sections = ["data", "log", "run", "records", "simulation"];
            for text in [text, format!("[{}]\n{line}", sections[section])] {
                if let Err(error) = Config::from_toml(&text) {
                    prop_assert!(!error.to_string().is_empty());
                }
            }
        }
    }

    #[test]
    fn tagged_tables_are_set_by_parts() {
        let mut layers = Layers::new();
        layers
            .keys("flag", [("simulation.sizing".to_owned(), "{rule=\"fraction\", fraction=0.5}".to_owned())])
            .unwrap();
        assert_eq!(
            extract(&layers.figment).unwrap().simulation.sizing,
            mem_research::Sizing::Fraction { fraction: 0.5 }
        );
    }
}

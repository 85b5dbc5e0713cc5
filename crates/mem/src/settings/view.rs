//! What pages see of settings.

use std::collections::BTreeMap;

use mem_engine::core::LaneConfig;
use mem_indicators::{ParamKind, ParamSpec};
use mem_server::settings::change::SettingsError;
use mem_server::settings::view::{
    ConfigView, FieldKind, FieldView, LaneView, Layer, SectionView, StrategyChoice, StrategyParam,
};
use serde_json::{Value as Json, json};

use super::desk::Now;
use super::fields::{FIELDS, FieldSpec, SECTIONS, takes};
use crate::config::{Config, SAVED};

/// Timeframes that bars usually have; any other may be typed.
const TIMEFRAMES: [&str; 12] = ["1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d"];

pub(super) fn of(now: &Now, lanes: &[LaneConfig]) -> Result<ConfigView, SettingsError> {
    let defaults = serde_json::to_value(Config::default()).map_err(|error| SettingsError::Inside(error.to_string()))?;
    let mut sections = Vec::new();
    for (name, doc, _) in SECTIONS {
        let of_section = FIELDS.iter().filter(|field| field.path.split('.').next() == Some(name));
        let mut fields =
            of_section.map(|field| field_view(now, field, &defaults)).collect::<Result<Vec<FieldView>, _>>()?;
        if name == "engine" {
            fields.extend(params(now));
        }
        sections.push(SectionView { name: name.to_owned(), doc: doc.to_owned(), fields });
    }
    Ok(ConfigView {
        version: now.saved.version,
        sections,
        strategies: mem_strategy::builtins()
            .iter()
            .map(|spec| StrategyChoice {
                name: spec.name.to_owned(),
                title: spec.title.to_owned(),
                params: spec.params.iter().map(param).collect(),
            })
            .collect(),
        lanes: lanes.iter().map(|lane| lane_view(now, lane)).collect(),
        timeframes: TIMEFRAMES.map(str::to_owned).to_vec(),
    })
}

fn field_view(now: &Now, field: &FieldSpec, defaults: &Json) -> Result<FieldView, SettingsError> {
    let options = match field.path {
        "engine.strategy" => Some(mem_strategy::builtins().iter().map(|spec| spec.name.to_owned()).collect()),
        _ if field.options.is_empty() => None,
        _ => Some(field.options.iter().map(|option| (*option).to_owned()).collect()),
    };
    Ok(FieldView {
        name: field.path.split_once('.').map_or(field.path, |(_, name)| name).to_owned(),
        path: field.path.to_owned(),
        doc: field.doc.to_owned(),
        kind: field.kind,
        value: now.value(field.path)?,
        default: defaults.pointer(&format!("/{}", field.path.replace('.', "/"))).cloned().unwrap_or_default(),
        min: field.min,
        max: field.max,
        options,
        unit: field.unit.map(str::to_owned),
        live: takes(field.path),
        source: layer(now, field.path),
    })
}

/// The parameters of the strategy of all symbols, as fields.
fn params(now: &Now) -> Vec<FieldView> {
    let spec = mem_strategy::builtins().iter().find(|spec| spec.name == now.engine.strategy);
    let of = |param: &ParamSpec| {
        let StrategyParam { name, doc, kind, default, min, max, options } = self::param(param);
        let path = format!("engine.params.{name}");
        let value = now.engine.params.get(&name).map_or_else(|| default.clone(), |value| json!(value));
        FieldView {
            name: format!("params.{name}"),
            live: takes(&path),
            source: if now.engine.params.contains_key(&name) { layer(now, &path) } else { Layer::Default },
            path,
            doc,
            kind,
            value,
            default,
            min,
            max,
            options,
            unit: None,
        }
    };
    spec.into_iter().flat_map(|spec| spec.params.iter().map(of)).collect()
}

fn param(param: &ParamSpec) -> StrategyParam {
    let (kind, min, max, options) = match param.kind {
        ParamKind::Int { min, max, .. } => (FieldKind::Int, Some(min as f64), Some(max as f64), None),
        ParamKind::Float { min, max, .. } => (FieldKind::Float, Some(min), Some(max), None),
        ParamKind::Choice { options, .. } => {
            (FieldKind::Choice, None, None, Some(options.iter().map(|option| (*option).to_owned()).collect()))
        }
    };
    StrategyParam {
        name: param.name.to_owned(),
        doc: param.doc.to_owned(),
        kind,
        default: json!(param.kind.default_value()),
        min,
        max,
        options,
    }
}

fn lane_view(now: &Now, lane: &LaneConfig) -> LaneView {
    let symbol = &lane.instrument.symbol;
    let params: BTreeMap<String, Json> = lane.params.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    LaneView {
        symbol: symbol.to_string(),
        strategy: lane.strategy.clone(),
        params,
        bars: lane.bars.to_string(),
        enabled: now.engine.symbols.is_empty() || now.engine.symbols.contains(symbol),
    }
}

/// Where the value at a path comes from.
fn layer(now: &Now, path: &str) -> Layer {
    let key = path.strip_prefix("lanes.").map_or(path, |_| "engine.lanes");
    let configured = {
        let of_config = Now { engine: now.config.engine.clone(), ..now.clone() };
        of_config.value(path).ok()
    };
    if key.starts_with("engine.") && configured != now.value(path).ok() {
        // Typed as an argument of the command.
        return Layer::Flag;
    }
    // A source is noted for the key that was given, which may be a table around this one.
    let around = std::iter::successors(Some(key), |key| key.rsplit_once('.').map(|(outer, _)| outer));
    let source = around.filter_map(|key| now.sources.get(key)).next();
    match source.map(String::as_str) {
        None | Some("command") => Layer::Default,
        Some(SAVED) => Layer::Saved,
        Some(".env" | "environment") => Layer::Env,
        Some("flag") => Layer::Flag,
        Some(_) => Layer::File,
    }
}

/// The same in words.
pub(super) fn layer_name(now: &Now, path: &str) -> &'static str {
    match layer(now, path) {
        Layer::Default => "the program",
        Layer::File => "mem.toml",
        Layer::Saved => "the saved settings",
        Layer::Env => "the environment",
        Layer::Flag => "the command line",
    }
}

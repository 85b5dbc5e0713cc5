//! Values into the saved settings.

use mem_engine::settings::LaneSettings;
use mem_server::settings::change::SettingsError;
use mem_server::settings::view::FieldKind;
use mem_types::near::nearest;
use serde_json::Value as Json;
use toml::Value as Toml;

use super::fields::{FIELDS, find};
use super::saved::Saved;

/// Where a change goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target<'p> {
    /// A field.
    Field(&'p str),
    /// A parameter of the strategy of all symbols.
    Param(&'p str),
    /// What is different for one symbol.
    Lane { symbol: &'p str, what: Lane<'p> },
}

/// What of a symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane<'p> {
    Strategy,
    Bars,
    Param(&'p str),
}

/// What a path names.
pub(super) fn target(path: &str) -> Result<Target<'_>, SettingsError> {
    if let Some(name) = path.strip_prefix("engine.params.") {
        return Ok(Target::Param(name));
    }
    if let Some(rest) = path.strip_prefix("lanes.") {
        // Symbols may hold dots: the end is looked for first.
        let of = |symbol, what| Ok(Target::Lane { symbol, what });
        if let Some(symbol) = rest.strip_suffix(".strategy") {
            return of(symbol, Lane::Strategy);
        }
        if let Some(symbol) = rest.strip_suffix(".bars") {
            return of(symbol, Lane::Bars);
        }
        if let Some((symbol, name)) = rest.rsplit_once(".params.") {
            return of(symbol, Lane::Param(name));
        }
    }
    if find(path).is_some() {
        return Ok(Target::Field(path));
    }
    let hint = nearest(path, FIELDS.iter().map(|field| field.path));
    Err(wrong(path, format!("there is nothing to set at '{path}'{hint}")))
}

/// A value that is refused.
pub(super) fn wrong(path: &str, problem: impl Into<String>) -> SettingsError {
    SettingsError::Value { path: path.to_owned(), problem: problem.into() }
}

/// Puts a value into the saved settings, or takes it out where it is null. `lanes` are the symbols that differ so far.
pub(super) fn assign(
    saved: &mut Saved,
    path: &str,
    value: &Json,
    lanes: &mut Vec<LaneSettings>,
) -> Result<(), SettingsError> {
    match target(path)? {
        Target::Field(_) => {
            let kind = find(path).map_or(FieldKind::Text, |field| field.kind);
            let value = if value.is_null() { None } else { Some(read(path, kind, value)?) };
            if path == "engine.strategy" {
                // Parameters are those of a strategy.
                set(&mut saved.table, "engine.params", None);
            }
            set(&mut saved.table, path, value);
        }
        Target::Param(_) => {
            let value = if value.is_null() { None } else { Some(parameter(path, value)?) };
            set(&mut saved.table, path, value);
        }
        Target::Lane { symbol, what } => {
            of_lane(path, symbol, what, value, lanes)?;
            let listed = Toml::try_from(&*lanes).map_err(|error| wrong(path, error.to_string()))?;
            set(&mut saved.table, "engine.lanes", Some(listed));
        }
    }
    Ok(())
}

fn of_lane(
    path: &str,
    symbol: &str,
    what: Lane<'_>,
    value: &Json,
    lanes: &mut Vec<LaneSettings>,
) -> Result<(), SettingsError> {
    let named = symbol.parse().map_err(|error: mem_types::NameError| wrong(path, error.to_string()))?;
    let index = lanes.iter().position(|lane| lane.symbol == named).unwrap_or_else(|| {
        lanes.push(LaneSettings { symbol: named, strategy: None, params: Default::default(), bars: None });
        lanes.len() - 1
    });
    let lane = &mut lanes[index];
    let text = |value: &Json| match value {
        Json::Null => Ok(None),
        Json::String(text) => Ok(Some(text.clone())),
        _ => Err(wrong(path, "expected text")),
    };
    match what {
        Lane::Strategy => {
            let strategy = text(value)?;
            if strategy != lane.strategy {
                lane.params.clear();
            }
            lane.strategy = strategy;
        }
        Lane::Bars => {
            let bars = text(value)?.map(|bars| bars.parse().map_err(|error| wrong(path, format!("{error}"))));
            lane.bars = bars.transpose()?;
        }
        Lane::Param(name) => match value {
            Json::Null => {
                lane.params.remove(name);
            }
            value => {
                let value =
                    serde_json::from_value(value.clone()).map_err(|_| wrong(path, "expected a number or a word"))?;
                lane.params.insert(name.to_owned(), value);
            }
        },
    }
    if lane.strategy.is_none() && lane.bars.is_none() && lane.params.is_empty() {
        lanes.remove(index);
    }
    Ok(())
}

/// A value of that kind.
fn read(path: &str, kind: FieldKind, value: &Json) -> Result<Toml, SettingsError> {
    let expected = |what: &str| wrong(path, format!("{path} is {value}: expected {what}"));
    match kind {
        FieldKind::Float => {
            let number = value.as_f64().filter(|number| number.is_finite());
            number.map(Toml::Float).ok_or_else(|| expected("a number"))
        }
        FieldKind::Int => {
            let whole = value.as_i64().or_else(|| {
                let number = value.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < 9e15)?;
                Some(number as i64)
            });
            whole.map(Toml::Integer).ok_or_else(|| expected("a whole number"))
        }
        FieldKind::Bool => value.as_bool().map(Toml::Boolean).ok_or_else(|| expected("true or false")),
        FieldKind::Choice | FieldKind::Text => {
            value.as_str().map(|text| Toml::String(text.to_owned())).ok_or_else(|| expected("text"))
        }
        FieldKind::List => {
            let items = value.as_array().ok_or_else(|| expected("a list of texts"))?;
            let texts = items.iter().map(|item| item.as_str().map(|text| Toml::String(text.to_owned())));
            texts.collect::<Option<Vec<_>>>().map(Toml::Array).ok_or_else(|| expected("a list of texts"))
        }
    }
}

/// A parameter of a strategy: a number or a word.
fn parameter(path: &str, value: &Json) -> Result<Toml, SettingsError> {
    match value {
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Ok(Toml::Integer(whole)),
            (None, Some(number)) => Ok(Toml::Float(number)),
            (None, None) => Err(wrong(path, "expected a number or a word")),
        },
        Json::String(word) => Ok(Toml::String(word.clone())),
        _ => Err(wrong(path, "expected a number or a word")),
    }
}

/// Puts a value at a path of tables, or takes it out; tables that are empty then go, too.
fn set(table: &mut toml::Table, path: &str, value: Option<Toml>) {
    match path.split_once('.') {
        None => match value {
            Some(value) => {
                table.insert(path.to_owned(), value);
            }
            None => {
                table.remove(path);
            }
        },
        Some((head, rest)) => {
            let inner = table.entry(head).or_insert_with(|| Toml::Table(toml::Table::new()));
            if let Toml::Table(inner) = inner {
                set(inner, rest, value);
                if inner.is_empty() {
                    table.remove(head);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn assigned(changes: &[(&str, Json)]) -> Result<String, SettingsError> {
        let (mut saved, mut lanes) = (Saved::default(), Vec::new());
        for (path, value) in changes {
            assign(&mut saved, path, value, &mut lanes)?;
        }
        Ok(toml::to_string(&saved.table).unwrap())
    }

    #[test]
    fn values_go_where_they_belong() {
        let text = assigned(&[
            ("risk.max_position", json!(1)),
            ("risk.correlation.bars", json!(50.0)),
            ("engine.symbols", json!(["A", "B"])),
            ("engine.params.fast", json!(5)),
            ("lanes.X.Y.bars", json!("15m")),
            ("lanes.X.Y.params.fast", json!(7)),
        ]);
        let text = text.unwrap();
        for part in ["max_position = 1.0", "bars = 50", "symbols = [\"A\", \"B\"]", "fast = 5", "symbol = \"X.Y\""] {
            assert!(text.contains(part), "{part} in {text}");
        }
        let undone = assigned(&[("risk.max_position", json!(1)), ("risk.max_position", Json::Null)]).unwrap();
        assert_eq!(undone, "");
        let other = assigned(&[("engine.params.fast", json!(5)), ("engine.strategy", json!("ma_cross"))]).unwrap();
        assert!(!other.contains("fast"), "{other}");
    }

    #[test]
    fn what_does_not_fit_names_its_path() {
        for (path, value) in [
            ("risk.max_positon", json!(1)),
            ("data.folder", json!("/")),
            ("risk.max_position", json!("much")),
            ("risk.max_orders_per_minute", json!(1.5)),
            ("engine.allow_short", json!("yes")),
            ("engine.symbols", json!("BTCUSDT")),
            ("engine.params.fast", json!([1])),
            ("lanes.A.bars", json!("often")),
            ("lanes.A", json!(1)),
        ] {
            match assigned(&[(path, value)]) {
                Err(SettingsError::Value { path: named, .. }) => assert_eq!(named, path),
                other => panic!("{path}: {other:?}"),
            }
        }
    }
}

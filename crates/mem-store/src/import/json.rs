//! JSON tables: an array of objects or of arrays, inside an envelope or not, or one of them a line.

use std::collections::HashMap;

use serde_json::Value;

use super::cell::{Cell, Visit};

/// How deep in an envelope the rows may lie: `{"result": {"list": […]}}`.
const DEPTH_MAX: usize = 4;

/// Rows of JSON, each with its line or its position, counted from 1.
#[derive(Debug)]
pub(super) struct JsonTable {
    rows: Vec<(u64, Result<Value, Broken>)>,
    /// The keys of the objects in the order first seen; none if the rows are arrays.
    pub(super) names: Option<Vec<String>>,
    pub(super) width: usize,
    /// The symbol, if the envelope says one.
    pub(super) symbol: Option<String>,
}

/// A line that is not JSON.
#[derive(Debug)]
struct Broken {
    reason: String,
    raw: String,
}

/// Why JSON is no table.
#[derive(Debug)]
pub(super) enum NoRows {
    Syntax(serde_json::Error),
    Shape(String),
}

impl JsonTable {
    pub(super) fn open(text: &[u8]) -> Result<Self, NoRows> {
        let mut symbol = None;
        let rows = match lines(text) {
            Some(rows) => rows,
            None => {
                let document: Value = serde_json::from_slice(text).map_err(NoRows::Syntax)?;
                let rows = rows_in(document, DEPTH_MAX, &mut symbol).map_err(NoRows::Shape)?;
                rows.into_iter().zip(1..).map(|(row, number)| (number, Ok(row))).collect()
            }
        };
        let mut names: Vec<String> = Vec::new();
        let mut width = 0;
        let first = rows.iter().find_map(|(_, row)| row.as_ref().ok());
        let are_objects = matches!(first, Some(Value::Object(_)));
        for (_, row) in &rows {
            match row {
                Ok(Value::Object(object)) if are_objects => {
                    for key in object.keys() {
                        if !names.contains(key) && names.len() < KEYS_MAX {
                            names.push(key.clone());
                        }
                    }
                }
                Ok(Value::Array(cells)) if width == 0 => width = cells.len(),
                _ => {}
            }
        }
        if are_objects {
            width = names.len();
        }
        Ok(Self { rows, names: are_objects.then_some(names), width, symbol })
    }

    pub(super) fn walk(&self, visit: &mut Visit<'_>, progress: &mut dyn FnMut(u64, u64)) {
        let positions: Option<HashMap<&str, usize>> =
            self.names.as_ref().map(|names| names.iter().map(String::as_str).zip(0..).collect());
        let mut cells: Vec<Cell<'_>> = Vec::new();
        for (done, (number, row)) in self.rows.iter().enumerate() {
            cells.clear();
            let row = match (row, &positions) {
                (Err(broken), _) => Err(broken.reason.clone()),
                (Ok(Value::Object(object)), Some(positions)) => {
                    cells.resize(self.width, Cell::Null);
                    for (key, value) in object {
                        if let Some(at) = positions.get(key.as_str()) {
                            cells[*at] = cell(value);
                        }
                    }
                    Ok(cells.as_slice())
                }
                (Ok(Value::Array(values)), None) if values.len() == self.width => {
                    cells.extend(values.iter().map(cell));
                    Ok(cells.as_slice())
                }
                (Ok(Value::Array(values)), None) => Err(format!("{} values instead of {}", values.len(), self.width)),
                (Ok(_), _) => Err("not of the shape of the rows before it".to_owned()),
            };
            if visit(*number, row).is_break() {
                return;
            }
            if done % 65_536 == 0 {
                progress(done as u64, self.rows.len() as u64);
            }
        }
    }

    /// The text of the rows whose numbers are wanted.
    pub(super) fn raw(&self, is_wanted: &dyn Fn(u64) -> bool, take: &mut dyn FnMut(u64, &str)) {
        for (number, row) in self.rows.iter().filter(|(number, _)| is_wanted(*number)) {
            match row {
                Ok(value) => take(*number, &value.to_string()),
                Err(broken) => take(*number, &broken.raw),
            }
        }
    }
}

/// More different keys than that are no columns.
const KEYS_MAX: usize = 1000;

/// One value a line; `None` if the text is one document.
fn lines(text: &[u8]) -> Option<Vec<(u64, Result<Value, Broken>)>> {
    let mut lines = text.split(|byte| *byte == b'\n').zip(1..).filter(|(line, _)| !line.trim_ascii().is_empty());
    let (first, number) = lines.next()?;
    let value: Value = serde_json::from_slice(first).ok()?;
    let mut rows = vec![(number, Ok(value))];
    for (line, number) in lines {
        let row = serde_json::from_slice(line).map_err(|error| Broken {
            reason: format!("not JSON: {error}"),
            raw: String::from_utf8_lossy(line).trim().to_owned(),
        });
        rows.push((number, row));
    }
    // A single line is an envelope or an array as a whole, unless it is one row.
    let is_row = |value: &Value| match value {
        Value::Object(object) => !object.values().any(|value| value.is_array() || value.is_object()),
        Value::Array(values) => !values.iter().any(|value| value.is_array() || value.is_object()) && !values.is_empty(),
        _ => false,
    };
    (rows.len() > 1 || rows[0].1.as_ref().is_ok_and(is_row)).then_some(rows)
}

/// Finds the array of rows.
fn rows_in(value: Value, depth: usize, symbol: &mut Option<String>) -> Result<Vec<Value>, String> {
    let is_rows = |value: &Value| matches!(value, Value::Array(items) if items.iter().all(|item| item.is_array() || item.is_object()) && !items.is_empty());
    match value {
        value if is_rows(&value) => match value {
            Value::Array(items) => Ok(items),
            _ => Ok(vec![]),
        },
        Value::Array(_) => Err("an array that holds no rows".to_owned()),
        Value::Object(mut object) => {
            for key in ["symbol", "ticker"] {
                if let Some(Value::String(name)) = object.get(key) {
                    symbol.get_or_insert_with(|| name.clone());
                }
            }
            let arrays: Vec<String> =
                object.iter().filter(|(_, value)| is_rows(value)).map(|(key, _)| key.clone()).collect();
            let objects: Vec<String> =
                object.iter().filter(|(_, value)| value.is_object()).map(|(key, _)| key.clone()).collect();
            let inner = match (arrays.as_slice(), objects.as_slice()) {
                ([only], _) | ([], [only]) => only,
                ([], many) if many.iter().any(|key| is_envelope(key)) => {
                    many.iter().find(|key| is_envelope(key)).unwrap_or(&many[0])
                }
                ([], _) => {
                    let keys: Vec<&str> = object.keys().take(12).map(String::as_str).collect();
                    return Err(format!("an object without an array of rows (its keys: {})", keys.join(", ")));
                }
                (several, _) => {
                    let shown: Vec<&str> = several.iter().take(12).map(String::as_str).collect();
                    return Err(format!("several arrays of rows ({})", shown.join(", ")));
                }
            };
            if depth == 0 {
                return Err("rows too deep inside an envelope".to_owned());
            }
            let inner = inner.clone();
            rows_in(object.remove(&inner).unwrap_or(Value::Null), depth - 1, symbol)
        }
        other => Err(format!("the single value {}", excerpt(&other))),
    }
}

fn is_envelope(key: &str) -> bool {
    matches!(key, "data" | "result" | "results" | "response" | "payload")
}

fn excerpt(value: &Value) -> String {
    value.to_string().chars().take(60).collect()
}

pub(super) fn cell(value: &Value) -> Cell<'_> {
    match value {
        Value::Null => Cell::Null,
        Value::Bool(flag) => Cell::Bool(*flag),
        Value::Number(number) => {
            number.as_i64().map(Cell::Int).or_else(|| number.as_f64().map(Cell::Float)).unwrap_or(Cell::Null)
        }
        Value::String(text) => Cell::Text(text.as_bytes()),
        // Nothing that is used is nested; a fault names the field that has no value.
        Value::Array(_) | Value::Object(_) => Cell::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ops::ControlFlow;

    fn rows(text: &str) -> Result<Vec<Vec<String>>, String> {
        let table = JsonTable::open(text.as_bytes()).map_err(|error| match error {
            NoRows::Syntax(error) => error.to_string(),
            NoRows::Shape(shape) => shape,
        })?;
        let mut rows = Vec::new();
        table.walk(
            &mut |number, row| {
                rows.push(match row {
                    Ok(cells) => cells.iter().map(ToString::to_string).collect(),
                    Err(reason) => vec![format!("{number}: {reason}")],
                });
                ControlFlow::Continue(())
            },
            &mut |_, _| {},
        );
        Ok(rows)
    }

    #[test]
    fn every_shape_gives_the_same_rows() {
        let expected = vec![vec!["1", "2.5"], vec!["3", "4.0"]];
        for text in [
            r#"[{"a":1,"b":2.5},{"a":3,"b":4.0}]"#,
            "{\"a\":1,\"b\":2.5}\n{\"a\":3,\"b\":4.0}\n",
            r#"{"data":[{"a":1,"b":2.5},{"a":3,"b":4.0}]}"#,
            r#"{"retCode":0,"result":{"category":"spot","list":[[1,2.5],[3,4.0]]}}"#,
            "[1,2.5]\n\n[3,4.0]",
            "[\n [1,2.5],\n [3,4.0]\n]",
        ] {
            assert_eq!(rows(text).unwrap(), expected, "{text}");
        }
        assert_eq!(rows(r#"{"a":1,"b":2.5}"#).unwrap(), [["1", "2.5"]]);
    }

    #[test]
    fn odd_rows_and_documents_are_told() {
        assert_eq!(rows("[1,2]\n[3]\nx\n").unwrap()[1], ["2: 1 values instead of 2"]);
        assert!(rows("[1,2]\n[3]\nx\n").unwrap()[2][0].starts_with("3: not JSON"));
        assert_eq!(rows(r#"[{"a":1},{"b":2}]"#).unwrap(), [["1", ""], ["", "2"]]);
        for wrong in ["[]", "7", "{\"a\":{},\"b\":{}}", "{\"x\":[[1]],\"y\":[[2]]}", "[1, [2]]", "{"] {
            assert!(rows(wrong).is_err(), "{wrong}");
        }
    }
}

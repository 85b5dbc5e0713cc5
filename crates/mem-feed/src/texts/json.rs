//! JSON Feed (jsonfeed.org, versions 1 and 1.1).

use serde_json::Value;

use super::entry::{Entry, Said};
use super::parse::{DocumentError, MOST_ENTRIES};

/// The entries of a JSON document.
pub(super) fn parse(text: &str) -> Result<Vec<Entry>, DocumentError> {
    let document: Value = serde_json::from_str(text).map_err(|error| DocumentError::Json(error.to_string()))?;
    let items = document.get("items").and_then(Value::as_array);
    let items = items.ok_or_else(|| DocumentError::Kind("JSON without items".to_owned()))?;
    let said = |item: &Value| {
        let of = |name: &str| match item.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        };
        let summary =
            ["summary", "content_text", "content_html"].map(of).into_iter().find(|text| !text.trim().is_empty());
        Said {
            id: of("id"),
            title: of("title"),
            summary: summary.unwrap_or_default(),
            url: of("url"),
            published: of("date_published"),
            updated: of("date_modified"),
        }
    };
    Ok(items.iter().take(MOST_ENTRIES).filter_map(|item| said(item).entry()).collect())
}

//! What is typed or piped in: `FIELD=VALUE` lines, or one JSON object.

use std::collections::BTreeMap;

use crate::secret::Secret;
use crate::venue::FieldName;

/// Why an input is no set of fields. Says where, never what stands there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// A line without `=`, or with a name that is none.
    #[error("line {line} is not FIELD=VALUE")]
    Line {
        /// Where, from 1.
        line: usize,
    },
    /// JSON that is not an object of texts.
    #[error("the JSON is not an object of texts, such as {{\"api_key\": \"…\", \"api_secret\": \"…\"}}")]
    Json,
    /// A field without a value.
    #[error("{field} is empty")]
    Empty {
        /// Which.
        field: String,
    },
    /// Nothing at all.
    #[error("nothing came in: FIELD=VALUE lines or a JSON object are expected")]
    Nothing,
}

/// Reads fields from text. A JSON object if it begins with `{`, else one `FIELD=VALUE` a line; empty lines and lines that
/// begin with `#` are skipped. A value is taken as it stands, spaces at its ends excepted.
///
/// # Errors
/// Where it is none.
pub fn read_fields(text: &str) -> Result<BTreeMap<FieldName, Secret>, InputError> {
    let mut fields = BTreeMap::new();
    let mut add = |name: &str, value: &str, wrong: InputError| {
        let name: FieldName = name.parse().map_err(|_| wrong)?;
        if value.is_empty() {
            return Err(InputError::Empty { field: name.to_string() });
        }
        fields.insert(name, Secret::new(value));
        Ok(())
    };
    if text.trim_start().starts_with('{') {
        let object: BTreeMap<String, String> = serde_json::from_str(text).map_err(|_| InputError::Json)?;
        for (name, value) in &object {
            add(name, value, InputError::Json)?;
        }
    } else {
        for (index, line) in text.lines().enumerate() {
            let content = line.trim();
            if content.is_empty() || content.starts_with('#') {
                continue;
            }
            let wrong = InputError::Line { line: index + 1 };
            let (name, value) = content.split_once('=').ok_or_else(|| wrong.clone())?;
            add(name, value.trim(), wrong)?;
        }
    }
    if fields.is_empty() { Err(InputError::Nothing) } else { Ok(fields) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_and_json_are_read_and_mistakes_tell_no_secret() {
        let fields = read_fields("# mine\nAPI_KEY = abc \n\napi_secret=x=y=\n").unwrap();
        let texts: Vec<_> = fields.iter().map(|(name, secret)| (name.as_str(), secret.expose())).collect();
        assert_eq!(texts, [("api_key", "abc"), ("api_secret", "x=y=")]);
        assert_eq!(read_fields("{\"api_key\": \"abc\"}").unwrap().len(), 1);
        for (text, error) in [
            ("", InputError::Nothing),
            ("api_key=a\nplanted-secret", InputError::Line { line: 2 }),
            ("{\"api_key\": 7}", InputError::Json),
            ("api_key=", InputError::Empty { field: "api_key".to_owned() }),
        ] {
            assert_eq!(read_fields(text).unwrap_err(), error);
        }
    }

    proptest! {
        #[test]
        fn no_input_makes_it_panic(text in any::<String>(), json in "\\{\"[a-z]{0,3}\":\"[^\"]{0,9}\"?\\}?") {
            for text in [text, json] {
                let _ = read_fields(&text);
                let _ = crate::is_readable(&text);
            }
        }
    }
}

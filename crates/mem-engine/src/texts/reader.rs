//! Whoever scores texts, by name: a built-in model, or a folder with a transformer of the user's own.
//!
//! The folder is laid out as others export it: `model.onnx`, `vocab.txt` or `tokenizer.json`, and `config.json`, which says what the outputs
//! stand for (`id2label`) and how many tokens are read (`max_position_embeddings`). `tokenizer_config.json`, where there is one, says whether
//! capitals are told apart (`do_lower_case`).

use std::path::Path;
use std::sync::Arc;

use mem_model::sentiment::transformer::BYTES_MAX;
use mem_model::sentiment::{Scorer, Tone, Transformer, TransformerConfig, TransformerError, scorer};
use serde::Deserialize;
use serde::de::DeserializeOwned;

const NETWORK: &str = "model.onnx";
const VOCABULARY: &str = "vocab.txt";
const TOKENIZER: &str = "tokenizer.json";
const CONFIG: &str = "config.json";
const TOKENIZER_CONFIG: &str = "tokenizer_config.json";

/// Why nobody of that name scores texts.
#[derive(Debug, thiserror::Error)]
pub enum ReaderError {
    /// Neither built in nor a folder.
    #[error("'{name}' is not one of {}, and no folder with {NETWORK}", scorer::BUILT_IN.join(", "))]
    Unknown {
        /// The name.
        name: String,
    },
    /// A file that cannot be read.
    #[error("cannot read {file}: {source}")]
    File {
        /// The file.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// A file that does not say what it should.
    #[error("{file}: {problem}")]
    Says {
        /// The file.
        file: String,
        /// What is wrong.
        problem: String,
    },
    /// Files that are no transformer, or a build that runs none.
    #[error("{folder}: {source}")]
    Transformer {
        /// The folder.
        folder: String,
        /// Why.
        source: TransformerError,
    },
}

/// Whether a name may be that of a reader: built in, or a folder that is there.
pub fn is_known(name: &str) -> bool {
    scorer::BUILT_IN.contains(&name) || Path::new(name).join(NETWORK).is_file()
}

/// The reader of that name, ready to score.
///
/// # Errors
/// A name that is none; files that are missing or no transformer; a build without the feature `onnx` that is given some.
pub fn reader(name: &str) -> Result<Arc<dyn Scorer>, ReaderError> {
    if let Some(built_in) = scorer::built_in(name) {
        return Ok(Arc::from(built_in));
    }
    if !is_known(name) {
        return Err(ReaderError::Unknown { name: name.to_owned() });
    }
    Ok(Arc::new(transformer(Path::new(name))?))
}

fn transformer(folder: &Path) -> Result<Transformer, ReaderError> {
    let config: ModelConfig = json(&folder.join(CONFIG))?;
    let lower_case = if folder.join(TOKENIZER_CONFIG).is_file() {
        json::<TokenizerConfig>(&folder.join(TOKENIZER_CONFIG))?.do_lower_case
    } else {
        None
    };
    let usual = TransformerConfig::default();
    let config = TransformerConfig {
        lower_case: lower_case.unwrap_or(usual.lower_case),
        labels: config.labels().map_err(|problem| says(&folder.join(CONFIG), problem))?,
        tokens: config.max_position_embeddings.map_or(usual.tokens, |most| most.min(usual.tokens)),
    };
    let name = folder.file_name().map_or_else(|| folder.display().to_string(), |name| name.to_string_lossy().into());
    let onnx = bytes(&folder.join(NETWORK))?;
    let vocabulary = vocabulary(folder)?;
    Transformer::new(name, &onnx, &vocabulary, config)
        .map_err(|source| ReaderError::Transformer { folder: folder.display().to_string(), source })
}

/// What is read of `config.json`.
#[derive(Debug, Deserialize)]
struct ModelConfig {
    #[serde(default)]
    id2label: std::collections::BTreeMap<String, String>,
    max_position_embeddings: Option<usize>,
}

impl ModelConfig {
    fn labels(&self) -> Result<[Tone; 3], String> {
        let label = |id: &str| {
            let label = self.id2label.get(id).ok_or("`id2label` names three outputs, 0, 1 and 2")?.to_lowercase();
            Tone::named(&label).ok_or_else(|| format!("output {id} is `{label}`, not negative, neutral or positive"))
        };
        if self.id2label.len() > 3 {
            return Err(format!("{} outputs, and there are three tones", self.id2label.len()));
        }
        Ok([label("0")?, label("1")?, label("2")?])
    }
}

/// What is read of `tokenizer_config.json`.
#[derive(Debug, Deserialize)]
struct TokenizerConfig {
    do_lower_case: Option<bool>,
}

/// What is read of `tokenizer.json`.
#[derive(Debug, Deserialize)]
struct Tokenizer {
    model: TokenizerModel,
}

#[derive(Debug, Deserialize)]
struct TokenizerModel {
    #[serde(rename = "type")]
    kind: Option<String>,
    vocab: std::collections::BTreeMap<String, usize>,
}

/// The tokens, one a line, in the order of their numbers.
fn vocabulary(folder: &Path) -> Result<String, ReaderError> {
    let (listed, whole) = (folder.join(VOCABULARY), folder.join(TOKENIZER));
    if listed.is_file() || !whole.is_file() {
        return String::from_utf8(bytes(&listed)?).map_err(|error| says(&listed, error.to_string()));
    }
    let model = json::<Tokenizer>(&whole)?.model;
    if model.kind.as_deref().is_some_and(|kind| kind != "WordPiece") {
        return Err(says(&whole, "its model is not WordPiece, as BERT's is".to_owned()));
    }
    let mut tokens = vec![None; model.vocab.len()];
    for (token, number) in &model.vocab {
        let place =
            tokens.get_mut(*number).ok_or_else(|| says(&whole, format!("token number {number} leaves a gap")))?;
        *place = Some(token.as_str());
    }
    let tokens: Option<Vec<&str>> = tokens.into_iter().collect();
    Ok(tokens.ok_or_else(|| says(&whole, "two tokens have one number".to_owned()))?.join("\n"))
}

fn json<T: DeserializeOwned>(file: &Path) -> Result<T, ReaderError> {
    serde_json::from_slice(&bytes(file)?).map_err(|error| says(file, error.to_string()))
}

fn bytes(file: &Path) -> Result<Vec<u8>, ReaderError> {
    let failed = |source| ReaderError::File { file: file.display().to_string(), source };
    let length = std::fs::metadata(file).map_err(failed)?.len();
    if length > BYTES_MAX as u64 {
        return Err(says(file, format!("{length} bytes are more than the {BYTES_MAX} that are taken")));
    }
    std::fs::read(file).map_err(failed)
}

fn says(file: &Path, problem: String) -> ReaderError {
    ReaderError::Says { file: file.display().to_string(), problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A small transformer of made-up weights, as it lies beside the tests of the library.
    fn folder() -> tempfile::TempDir {
        let (folder, fixtures) =
            (tempfile::tempdir().unwrap(), Path::new(env!("CARGO_MANIFEST_DIR")).join("../mem-model/tests/fixtures"));
        std::fs::copy(fixtures.join("texts.onnx"), folder.path().join(NETWORK)).unwrap();
        std::fs::copy(fixtures.join("vocab.txt"), folder.path().join(VOCABULARY)).unwrap();
        write(&folder, CONFIG, r#"{"id2label":{"0":"Positive","1":"Negative","2":"Neutral"},"model_type":"bert"}"#);
        folder
    }

    fn write(folder: &tempfile::TempDir, file: &str, text: &str) {
        std::fs::write(folder.path().join(file), text).unwrap();
    }

    fn opened(folder: &tempfile::TempDir) -> Result<Arc<dyn Scorer>, String> {
        reader(folder.path().to_str().unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn built_in_ones_are_known_by_name() {
        assert_eq!(reader("linear").unwrap().name(), "linear");
        let error = reader("bert").unwrap_err().to_string();
        assert_eq!(error, "'bert' is not one of lexicon, linear, and no folder with model.onnx");
    }

    #[test]
    fn a_folder_is_read_by_builds_that_can() {
        let folder = folder();
        let by_list = match opened(&folder) {
            Ok(reader) => reader,
            Err(lacks) => {
                assert!(lacks.contains("onnx") && lacks.contains("feature"), "{lacks}");
                return;
            }
        };
        let reading = by_list.score("Shares rise.").unwrap();
        // The same tokens in the other file.
        let text = std::fs::read_to_string(folder.path().join(VOCABULARY)).unwrap();
        let vocab: serde_json::Map<_, _> =
            text.lines().enumerate().map(|(number, token)| (token.to_owned(), number.into())).collect();
        write(&folder, TOKENIZER, &serde_json::json!({ "model": { "type": "WordPiece", "vocab": vocab } }).to_string());
        std::fs::remove_file(folder.path().join(VOCABULARY)).unwrap();
        assert_eq!(opened(&folder).unwrap().score("Shares rise.").unwrap(), reading);
    }

    #[test]
    fn what_a_folder_lacks_is_named() {
        let folder = folder();
        for (config, why) in [
            ("{}", "`id2label` names three outputs"),
            (r#"{"id2label":{"0":"LABEL_0","1":"LABEL_1","2":"LABEL_2"}}"#, "output 0 is `label_0`"),
            (r#"{"id2label":{"0":"positive","1":"negative","2":"neutral","3":"mixed"}}"#, "4 outputs"),
            ("no", "config.json: "),
        ] {
            write(&folder, CONFIG, config);
            let error = opened(&folder).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
        std::fs::remove_file(folder.path().join(CONFIG)).unwrap();
        assert!(opened(&folder).unwrap_err().starts_with("cannot read "));
        std::fs::remove_file(folder.path().join(NETWORK)).unwrap();
        assert!(opened(&folder).unwrap_err().contains("no folder with model.onnx"));
    }
}

//! A small transformer of the fixtures (tests/python/networks.py), whose answers are onnxruntime's, and its vocabulary.

use super::wordpiece::WordPiece;
use super::*;

const NETWORK: &[u8] = include_bytes!("../../../tests/fixtures/texts.onnx");
const VOCABULARY: &str = include_str!("../../../tests/fixtures/vocab.txt");
const EXPECTED: &str = include_str!("../../../tests/fixtures/networks.json");

#[test]
fn texts_are_read_as_where_the_model_comes_from() {
    let transformer = Transformer::new("small".to_owned(), NETWORK, VOCABULARY, TransformerConfig::default()).unwrap();
    assert_eq!(transformer.name(), "small");
    let words = WordPiece::new(VOCABULARY, true).unwrap();
    let expected: serde_json::Value = serde_json::from_str(EXPECTED).unwrap();
    for one in expected["texts"].as_array().unwrap() {
        let text = one["text"].as_str().unwrap();
        let ids: Vec<i32> = serde_json::from_value(one["ids"].clone()).unwrap();
        assert_eq!(words.ids(text, 512), ids, "{text}");
        let [positive, negative, neutral]: [f64; 3] = serde_json::from_value(one["probabilities"].clone()).unwrap();
        let found = transformer.probabilities(text).unwrap();
        for (found, expected) in found.into_iter().zip([negative, neutral, positive]) {
            assert!((found - expected).abs() < 1e-6, "{text}: {found} {expected}");
        }
        let reading = transformer.score(text).unwrap();
        assert!((reading.score - (positive - negative)).abs() < 1e-6);
        assert_eq!(reading, transformer.score(text).unwrap(), "the same bits each time");
    }
}

#[test]
fn texts_of_any_length_have_an_answer() {
    let config = TransformerConfig { tokens: 16, ..TransformerConfig::default() };
    let transformer = Transformer::new("small".to_owned(), NETWORK, VOCABULARY, config).unwrap();
    let words = WordPiece::new(VOCABULARY, true).unwrap();
    let long = "shares ".repeat(100_000);
    assert_eq!(words.ids(&long, 16).len(), 16);
    assert!(transformer.score(&long).is_ok());
    assert!(transformer.score(&"s".repeat(1_000_000)).is_ok());
}

#[test]
fn what_does_not_fit_is_named() {
    let said = |onnx: &[u8], vocabulary: &str, config: TransformerConfig| {
        Transformer::new("small".to_owned(), onnx, vocabulary, config).unwrap_err().to_string()
    };
    let config = TransformerConfig::default;
    assert_eq!(said(NETWORK, "a\nb\n", config()), "the vocabulary has no [UNK]");
    assert!(said(b"no", VOCABULARY, config()).starts_with("this is no ONNX model: "));
    let rows = include_bytes!("../../../tests/fixtures/network.onnx");
    assert!(said(rows, VOCABULARY, config()).ends_with("`row` takes real numbers, not those of tokens"));
    let twice = TransformerConfig { labels: [Tone::Positive; 3], ..config() };
    assert_eq!(said(NETWORK, VOCABULARY, twice), "each of the three tones is a label");
    // A vocabulary that is longer than the network knows of.
    let longer = format!("{VOCABULARY}a\nb\nrises\n").replace("rise\n", "x\n");
    let longer = Transformer::new("small".to_owned(), NETWORK, &longer, config()).unwrap();
    let error = longer.score("rises").unwrap_err().to_string();
    assert!(error.starts_with("small cannot read this text: "), "{error}");
}

proptest::proptest! {
    #[test]
    fn any_text_has_tokens(text in "\\PC*", most in 3..40_usize) {
        let words = WordPiece::new(VOCABULARY, true).unwrap();
        let ids = words.ids(&text, most);
        assert!((2..=most).contains(&ids.len()));
        assert_eq!((ids[0], ids[ids.len() - 1]), (2, 3));
    }
}

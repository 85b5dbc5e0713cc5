//! A build that runs no networks says so.

use super::*;

const SAYS: &str = "this build cannot run ONNX models; build it with `--features onnx`";

#[test]
fn a_network_is_refused_by_name() {
    let ask = Ask { features: vec!["a".to_owned()], link: Link::Logistic, outputs: 1, output: None, logits: false };
    assert_eq!(Network::import(b"", &ask).unwrap_err().to_string(), SAYS);
    let parts = r#"{"features":1,"inputs":["x"],"output":"y","link":"logistic","outputs":1,"logits":false,"onnx":""}"#;
    let error = serde_json::from_str::<Network>(parts).unwrap_err();
    assert!(error.to_string().starts_with(SAYS), "{error}");
}

//! Small models of the fixtures (tests/python/networks.py): what they answer, and what is refused.

use rten_onnx::onnx::{ModelProto, NodeProto};

use super::*;
use crate::learn::Predictor;

const NETWORK: &[u8] = include_bytes!("../../tests/fixtures/network.onnx");
const PIPELINE: &[u8] = include_bytes!("../../tests/fixtures/pipeline.onnx");
const FOREST: &[u8] = include_bytes!("../../tests/fixtures/forest.onnx");
const BOOSTED: &[u8] = include_bytes!("../../tests/fixtures/boosted.onnx");
const NUMBERS: &[u8] = include_bytes!("../../tests/fixtures/numbers.onnx");
const EXPECTED: &str = include_str!("../../tests/fixtures/networks.json");

fn ask(link: Link, outputs: usize, logits: bool) -> Ask {
    Ask { features: ["a", "b", "c"].map(str::to_owned).to_vec(), link, outputs, output: None, logits }
}

fn numbers(of: &serde_json::Value) -> Vec<f64> {
    of.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

#[test]
fn files_answer_as_onnxruntime_does_and_are_kept_whole() {
    let expected: serde_json::Value = serde_json::from_str(EXPECTED).unwrap();
    let rows: Vec<Vec<f64>> = expected["rows"].as_array().unwrap().iter().map(numbers).collect();
    let columns = (0..3).map(|column| rows.iter().map(|row| row[column]).collect()).collect();
    let table = Table::new(["a", "b", "c"].map(str::to_owned).to_vec(), columns).unwrap();
    for (name, file, link, logits) in [
        ("network", NETWORK, Link::Logistic, true),
        ("pipeline", PIPELINE, Link::Logistic, false),
        ("forest", FOREST, Link::Logistic, false),
        ("boosted", BOOSTED, Link::Logistic, false),
        ("numbers", NUMBERS, Link::Identity, false),
    ] {
        let predictor = Predictor::Network(Network::import(file, &ask(link, 1, logits)).unwrap());
        let answers = predictor.predict_table(&table).unwrap();
        for (at, (row, theirs)) in rows.iter().zip(numbers(&expected[name])).enumerate() {
            assert!((answers[at] - theirs).abs() < 1e-6, "{name}, row {at}: {} {theirs}", answers[at]);
            assert_eq!(predictor.predict_row(row).unwrap()[0].to_bits(), answers[at].to_bits(), "{name}, row {at}");
        }
        let text = serde_json::to_string(&predictor).unwrap();
        let again: Predictor = serde_json::from_str(&text).unwrap();
        assert_eq!(again, predictor);
        assert_eq!(again.predict_table(&table).unwrap(), answers);
        assert_eq!(serde_json::to_string(&again).unwrap(), text);
        assert!(
            predictor.predict_row(&[f64::NAN, 0.0, 0.0]).unwrap()[0].is_nan(),
            "there is no answer to a missing value"
        );
        assert!(predictor.predict_row(&[0.0]).is_err());
    }
}

#[test]
fn what_does_not_fit_is_named() {
    let said = |file: &[u8], ask: &Ask| Network::import(file, ask).unwrap_err().to_string();
    let check = |said: String, expected: &str| assert!(said.contains(expected), "{said}\nshould contain\n{expected}");
    check(said(NETWORK, &ask(Link::Logistic, 1, false)), "`logits` holds ");
    check(said(NETWORK, &ask(Link::Logistic, 1, false)), "which is no probability: are they logits?");
    check(
        said(NETWORK, &ask(Link::Softmax, 3, true)),
        "`logits` holds 1 numbers a row, the probabilities of 3 classes are wanted",
    );
    check(said(PIPELINE, &ask(Link::Identity, 1, false)), "holds 2 numbers a row, one number is wanted");
    let two = Ask { features: vec!["a".to_owned(), "b".to_owned()], ..ask(Link::Logistic, 1, true) };
    check(said(NETWORK, &two), "`row` takes 3 numbers, 2 are given");
    let other = Ask { output: Some("other".to_owned()), ..ask(Link::Logistic, 1, true) };
    check(said(NETWORK, &other), "there is no `other`, there are: logits");
    check(said(b"", &two), "this is no ONNX model: it has no graph");
    check(said(b"not an ONNX model", &two), "this is no ONNX model: it ends in the middle");
    check(said(&NETWORK[..100], &two), "this is no ONNX model: it ends in the middle");
    check(said(&vec![0; BYTES_MAX + 1], &two), "are more than the 67108864 that an ONNX model may have");
}

/// The network with `change` done to its nodes.
fn changed(change: impl FnOnce(&mut Vec<NodeProto>)) -> Vec<u8> {
    let mut model = ModelProto::parse_buf(NETWORK).unwrap();
    change(&mut model.graph.as_mut().unwrap().node);
    model.write_buf().unwrap()
}

#[test]
fn what_could_take_any_memory_or_time_is_refused() {
    let said = |file: &[u8]| Network::import(file, &ask(Link::Logistic, 1, true)).unwrap_err().to_string();
    let check = |said: String, expected: &str| assert!(said.contains(expected), "{said}\nshould contain\n{expected}");
    let node = |op: &str, input: &[&str]| NodeProto {
        op_type: Some(op.to_owned()),
        input: input.iter().map(ToString::to_string).collect(),
        output: vec!["grown".to_owned()],
        ..NodeProto::default()
    };
    let with = |added: NodeProto| {
        changed(|nodes| {
            nodes[0].input[0] = "grown".to_owned();
            nodes.insert(0, added);
        })
    };
    check(
        said(&with(node("ConstantOfShape", &["row"]))),
        "operator ConstantOfShape, whose size depends on the values of a row",
    );
    check(said(&with(node("Expand", &["w1", "row"]))), "operator Expand, whose size depends on the values of a row");
    check(said(&with(node("NonZero", &["row"]))), "operator NonZero");
    check(said(&with(node("RandomNormalLike", &["row"]))), "operator RandomNormalLike");
    check(said(&with(node("Sing", &["row"]))), "Sing operator not supported");
    check(said(&with(node("Relu", &["nothing"]))), "nothing makes `nothing` before it is needed");
    let loops = changed(|nodes| {
        let graph = ModelProto::parse_buf(NETWORK).unwrap().graph;
        nodes[1].attribute.push(rten_onnx::onnx::AttributeProto { g: graph, ..Default::default() });
    });
    check(said(&loops), "it holds a graph inside a node");
    // A node that nobody needs does no harm.
    let idle = changed(|nodes| nodes.push(node("Sing", &["row"])));
    assert!(Network::import(&idle, &ask(Link::Logistic, 1, true)).is_ok());
}

proptest::proptest! {
    #[test]
    fn a_file_with_any_edits_is_refused_or_answers(edits in proptest::collection::vec((0..6000_usize, 0..=255_u8), 1..6), which in 0..4_usize) {
        let mut file = [NETWORK, PIPELINE, FOREST, BOOSTED][which].to_vec();
        for (place, byte) in edits {
            let place = place % file.len();
            if byte == 0 {
                file.remove(place);
            } else {
                file[place] = byte;
            }
        }
        if let Ok(network) = Network::import(&file, &ask(Link::Logistic, 1, true)) {
            assert_eq!(network.answer(&[0.5, 0.5, 0.5]).len(), 1);
        }
    }
}

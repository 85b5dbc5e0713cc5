use super::*;

const LIGHTGBM: &str = include_str!("../../tests/fixtures/lightgbm.txt");
const XGBOOST: &str = include_str!("../../tests/fixtures/xgboost.json");
const XGBOOST_BINARY: &[u8] = include_bytes!("../../tests/fixtures/xgboost.ubj");
const EXPECTED: &str = include_str!("../../tests/fixtures/expected.json");

fn numbers(of: &serde_json::Value) -> Vec<f64> {
    of.as_array().unwrap().iter().map(|value| value.as_f64().unwrap_or(f64::NAN)).collect()
}

#[test]
fn saved_models_answer_as_where_they_come_from() {
    let expected: serde_json::Value = serde_json::from_str(EXPECTED).unwrap();
    for (name, model) in [("lightgbm", lightgbm::read(LIGHTGBM).unwrap()), ("xgboost", xgboost::read(XGBOOST).unwrap())]
    {
        assert_eq!(model.features, ["price", "volume", "kind"]);
        let rows = expected["rows"].as_array().unwrap();
        assert!(rows.len() > 20);
        for (row, answer) in rows.iter().zip(numbers(&expected[name])) {
            let found = model.forest.predict_row(&numbers(row)).unwrap()[0];
            assert!((found - answer).abs() < 1e-6, "{name} {row}: {found} {answer}");
        }
    }
}

#[test]
fn what_is_not_understood_is_named() {
    let said = |text: &str| lightgbm::read(text).unwrap_err().to_string();
    assert_eq!(said(""), "line 1: the file is empty");
    assert_eq!(said("trees\n"), "line 1: a LightGBM model begins with `tree`");
    assert_eq!(said("tree\nversion=v4\n"), "line 1: num_tree_per_iteration: is missing from this section");
    let objective = LIGHTGBM.replace("objective=binary sigmoid:1", "objective=poisson");
    assert!(said(&objective).ends_with("objective: `poisson` is not understood"), "{}", said(&objective));
    let cut = LIGHTGBM.replacen("left_child=", "left_child=7 ", 1);
    assert!(said(&cut).contains("left_child: "), "{}", said(&cut));

    let said = |text: &str| xgboost::read(text).unwrap_err().to_string();
    assert!(said("{").starts_with('.') || said("{").contains("EOF"), "{}", said("{"));
    assert!(said(&XGBOOST.replace("\"tree_info\"", "\"info\"")).contains("missing field `tree_info`"));
    assert!(
        said(&XGBOOST.replace("binary:logistic", "count:poisson"))
            .starts_with("learner.objective.name: `count:poisson`")
    );
    assert!(
        said(&XGBOOST.replacen("\"split_indices\":[", "\"split_indices\":[\"x\",", 1))
            .contains("trees[0].split_indices[0]")
    );
}

#[test]
fn a_binary_model_is_that_of_the_text() {
    let (text, binary) = (xgboost::read(XGBOOST).unwrap(), xgboost::read_ubjson(XGBOOST_BINARY).unwrap());
    assert_eq!(text.features, binary.features);
    for row in 0..50 {
        let row: Vec<f64> =
            (0..text.features.len()).map(|at| f64::from((row * 7 + at as i32 * 3) % 11) - 5.0).collect();
        assert_eq!(text.forest.predict_row(&row).unwrap(), binary.forest.predict_row(&row).unwrap());
    }
    let at = XGBOOST_BINARY.windows(9).position(|window| window == b"tree_info").unwrap();
    let mut renamed = XGBOOST_BINARY.to_vec();
    renamed[at..at + 9].copy_from_slice(b"tree_nfoi");
    assert!(xgboost::read_ubjson(&renamed).unwrap_err().to_string().contains("missing field `tree_info`"));
}

proptest::proptest! {
    #[test]
    fn a_binary_file_with_any_edits_is_refused_or_answers(edits in proptest::collection::vec((0..6000_usize, 0..=255_u8), 1..6)) {
        let mut file = XGBOOST_BINARY.to_vec();
        for (place, byte) in edits {
            let place = place % file.len();
            file[place] = byte;
        }
        if let Ok(model) = xgboost::read_ubjson(&file) {
            let answer = model.forest.predict_row(&vec![0.5; model.features.len()]).unwrap();
            assert_eq!(answer.len(), model.forest.outputs());
        }
    }

    #[test]
    fn a_file_with_any_edits_is_refused_or_answers(edits in proptest::collection::vec((0..6000_usize, 0..128_u8), 1..6), which in 0..2_u8) {
        let mut text = if which == 0 { LIGHTGBM } else { XGBOOST }.as_bytes().to_vec();
        for (place, byte) in edits {
            let place = place % text.len();
            if byte == 0 {
                text.remove(place);
            } else {
                text[place] = byte;
            }
        }
        let text = String::from_utf8(text).unwrap();
        let model = if which == 0 { lightgbm::read(&text) } else { xgboost::read(&text) };
        if let Ok(model) = model {
            let answer = model.forest.predict_row(&vec![0.5; model.features.len()]).unwrap();
            assert_eq!(answer.len(), model.forest.outputs());
        }
    }
}

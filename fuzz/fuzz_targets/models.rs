//! Arbitrary bytes as a model: of LightGBM, of XGBoost in either of its forms, or of MEM. The first byte says as which.
#![no_main]

mod edits;

use mem_model::import::{Imported, lightgbm, xgboost};
use mem_model::model::{Model, ModelParts};

const LIGHTGBM: [&[u8]; 1] = [include_bytes!("../../crates/mem-model/tests/fixtures/lightgbm.txt")];
const XGBOOST: [&[u8]; 1] = [include_bytes!("../../crates/mem-model/tests/fixtures/xgboost.json")];
const UBJSON: [&[u8]; 1] = [include_bytes!("../../crates/mem-model/tests/fixtures/xgboost.ubj")];
const OURS: [&[u8]; 3] = [
    include_bytes!("../seeds/model_up.json"),
    include_bytes!("../seeds/model_linear.json"),
    include_bytes!("../seeds/model_quantiles.json"),
];

libfuzzer_sys::fuzz_target!(|sent: &[u8]| {
    let Some((kind, sent)) = sent.split_first() else { return };
    match kind % 4 {
        0 => answers(lightgbm::read(&String::from_utf8_lossy(&edits::content(sent, &LIGHTGBM))).ok()),
        1 => answers(xgboost::read(&String::from_utf8_lossy(&edits::content(sent, &XGBOOST))).ok()),
        2 => answers(xgboost::read_ubjson(&edits::content(sent, &UBJSON)).ok()),
        _ => ours(&edits::content(sent, &OURS)),
    }
});

/// What is accepted answers.
fn answers(model: Option<Imported>) {
    let Some(model) = model else { return };
    let answer = model.forest.predict_row(&vec![0.5; model.features.len()]).expect("a row of its width");
    assert_eq!(answer.len(), model.forest.outputs());
}

/// What is accepted answers, explains itself, watches rows, and is the same model once it was written and read.
fn ours(content: &[u8]) {
    let _ = Model::from_bytes(content);
    // Behind a checksum edits would get no further.
    let Ok(parts) = serde_json::from_slice::<ModelParts>(content) else { return };
    let Ok(model) = Model::new(parts) else { return };
    let row = vec![0.5; model.parts().features.len()];
    model.predict_row(&row.repeat(model.steps())).expect("rows of its width");
    let _ = model.parts().predictors[0].contributions(&row);
    let symbol = "AAA".parse().expect("a symbol");
    if let Some(mut watched) = model.parts().watch.as_ref().and_then(|watch| watch.of(&symbol)).cloned() {
        for _ in 0..50 {
            watched.push(&row);
        }
        let _ = watched.report();
    }
    let again = Model::from_bytes(&model.to_bytes()).expect("what was written is read");
    assert_eq!(again.to_bytes(), model.to_bytes());
}

//! LightGBM's models, imported: predictions, sums and contributions.

use mem_model::import::lightgbm::read;
use serde_json::json;

use crate::python::{apart, ask, numbers, rows};

#[test]
fn imported_models_answer_as_lightgbm_does() {
    let script = "
import json, sys
import lightgbm as lgb
import numpy as np
got = json.load(sys.stdin)
x = np.array([[np.nan if v is None else v for v in c] for c in got['columns']]).T
x[:, 4] = np.floor((x[:, 4] + 2) * 3)
value = np.array(got['value']) + np.isin(x[:, 4], [1, 5, 8])
label, three = (value > 0.3).astype(float), np.digitize(value, [-0.5, 0.8]).astype(float)
zeros = np.where(np.abs(x) < 0.4, 0.0, x)
common = dict(num_leaves=15, verbose=-1, min_data_in_leaf=5, seed=1, num_threads=1, min_data_per_group=5, cat_smooth=1)
cases = {
    'binary': (dict(objective='binary'), x, label, [4]),
    'one by one': (dict(objective='binary', max_cat_to_onehot=20), x, label, [4]),
    'slope': (dict(objective='binary', sigmoid=2.5), x, label, []),
    'classes': (dict(objective='multiclass', num_class=3), x, three, []),
    'value': (dict(objective='regression'), x, value, [4]),
    'quantile': (dict(objective='quantile', alpha=0.8), x, value, []),
    'zero is missing': (dict(objective='regression', zero_as_missing=True), zeros, value, []),
    'nothing missing': (dict(objective='regression', use_missing=False), x, value, []),
    'forest': (dict(objective='binary', boosting='rf', bagging_freq=1, bagging_fraction=0.5), x, label, []),
    'dart': (dict(objective='binary', boosting='dart'), x, label, []),
}
out = {}
for name, (parameters, data, target, kinds) in cases.items():
    m = lgb.train({**common, **parameters}, lgb.Dataset(data, target, categorical_feature=kinds), 12)
    asked = data[:200].copy()
    asked[0] = np.nan
    asked[1] = 0.0
    asked[2] = -7.5
    asked[3] = 1e9
    out[name] = dict(text=m.model_to_string(), rows=[[None if np.isnan(v) else v for v in r] for r in asked],
                     answers=m.predict(asked).ravel().tolist(), sums=m.predict(asked, raw_score=True).ravel().tolist(),
                     parts=m.predict(asked[:40], pred_contrib=True).ravel().tolist())
json.dump(out, sys.stdout)
";
    let (table, value) = rows(1500, 6, 0.08, 3);
    let Some(theirs) = ask("lightgbm", script, &json!({"columns": table.columns(), "value": value})) else { return };
    let cases = theirs.as_object().unwrap();
    assert_eq!(cases.len(), 10);
    for (name, case) in cases {
        let model = read(case["text"].as_str().unwrap()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(model.features.len(), 6);
        let (mut answers, mut sums, mut parts) = (Vec::new(), Vec::new(), Vec::new());
        for (at, row) in case["rows"].as_array().unwrap().iter().enumerate() {
            let row: Vec<f64> =
                row.as_array().unwrap().iter().map(|value| value.as_f64().unwrap_or(f64::NAN)).collect();
            answers.extend(model.forest.predict_row(&row).unwrap());
            sums.extend(model.forest.raw_row(&row).unwrap());
            if at < 40 {
                parts.extend(model.forest.contributions(&row).unwrap());
            }
        }
        // Their sums leave out the slope that their sigmoid has, and the mean that a forest takes of its 12 trees; our leaves have both.
        let slope = match name.as_str() {
            "slope" => 2.5,
            "forest" => 1.0 / 12.0,
            _ => 1.0,
        };
        let scaled =
            |list: &serde_json::Value| numbers(list).into_iter().map(|number| number * slope).collect::<Vec<_>>();
        for (what, ours, theirs) in [
            ("answers", &answers, numbers(&case["answers"])),
            ("sums", &sums, scaled(&case["sums"])),
            ("contributions", &parts, scaled(&case["parts"])),
        ] {
            let far = apart(ours, &theirs);
            assert!(far < 1e-6, "{name}, {what}: {far}");
        }
    }
}

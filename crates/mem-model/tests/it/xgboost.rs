//! XGBoost's models, imported.

use mem_model::import::xgboost::{read, read_ubjson};
use serde_json::json;

use crate::python::{apart, ask, numbers, rows};

#[test]
fn imported_models_answer_as_xgboost_does() {
    let script = "
import json, sys
import numpy as np
import xgboost as xgb
got = json.load(sys.stdin)
x = np.array([[np.nan if v is None else v for v in c] for c in got['columns']]).T
x[:, 4] = np.floor((x[:, 4] + 2) * 3)
value = np.array(got['value']) + np.isin(x[:, 4], [1, 5, 8])
label, three = (value > 0.3).astype(float), np.digitize(value, [-0.5, 0.8]).astype(float)
common = dict(max_depth=5, eta=0.3, tree_method='hist', seed=1, nthread=1)
cases = {
    'binary': (dict(objective='binary:logistic'), label, False),
    'classes': (dict(objective='multi:softprob', num_class=3), three, False),
    'value': (dict(objective='reg:squarederror'), value, False),
    'sets': (dict(objective='binary:logistic', max_cat_to_onehot=1), label, True),
    'one by one': (dict(objective='binary:logistic', max_cat_to_onehot=50), label, True),
    'dart': (dict(objective='binary:logistic', booster='dart', rate_drop=0.3), label, False),
    'by leaves': (dict(objective='reg:squarederror', grow_policy='lossguide', max_leaves=20, max_depth=0), value, False),
    'exact': (dict(objective='binary:logistic', tree_method='exact'), label, False),
}
out = {}
for name, (parameters, target, kinds) in cases.items():
    types = ['q'] * 4 + ['c' if kinds else 'q', 'q']
    make = lambda data, **more: xgb.DMatrix(data, feature_types=types, **more)
    m = xgb.train({**common, **parameters}, make(x, label=target), 10)
    asked = x[:200].copy()
    asked[0] = np.nan
    asked[1] = 0.0
    out[name] = dict(text=m.save_raw('json').decode(), binary=list(m.save_raw('ubj')), rows=[[None if np.isnan(v) else v for v in r] for r in asked],
                     answers=m.predict(make(asked)).ravel().astype(float).tolist(),
                     parts=m.predict(make(asked[:40]), pred_contribs=True).ravel().astype(float).tolist())
json.dump(out, sys.stdout)
";
    let (table, value) = rows(1500, 6, 0.08, 4);
    let Some(theirs) = ask("xgboost", script, &json!({"columns": table.columns(), "value": value})) else { return };
    let cases = theirs.as_object().unwrap();
    assert_eq!(cases.len(), 8);
    for (name, case) in cases {
        let model = read(case["text"].as_str().unwrap()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let binary: Vec<u8> = serde_json::from_value(case["binary"].clone()).unwrap();
        let binary = read_ubjson(&binary).unwrap_or_else(|error| panic!("{name}: {error}"));
        let (mut answers, mut parts) = (Vec::new(), Vec::new());
        for (at, row) in case["rows"].as_array().unwrap().iter().enumerate() {
            let row: Vec<f64> =
                row.as_array().unwrap().iter().map(|value| value.as_f64().unwrap_or(f64::NAN)).collect();
            let answer = model.forest.predict_row(&row).unwrap();
            assert_eq!(binary.forest.predict_row(&row).unwrap(), answer, "{name}, row {at}: text and binary");
            answers.extend(answer);
            if at < 40 {
                parts.extend(model.forest.contributions(&row).unwrap());
            }
        }
        // They add up 32-bit numbers.
        let (far, far_parts) = (apart(&answers, &numbers(&case["answers"])), apart(&parts, &numbers(&case["parts"])));
        assert!(far < 1e-6 * 4.0, "{name}: {far}");
        assert!(far_parts < 1e-4, "{name}, contributions: {far_parts}");
    }
}

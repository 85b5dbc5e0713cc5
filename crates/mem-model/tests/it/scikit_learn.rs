//! Linear models and calibrators beside scikit-learn's.

use mem_model::calibrate::{Isotonic, Platt};
use mem_model::linear::{LogisticParameters, RidgeParameters};
use mem_model::sample::Sample;
use serde_json::json;

use crate::python::{apart, ask, numbers, rows};

#[test]
fn linear_models_are_those_of_scikit_learn() {
    let script = "
import json, sys
import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler
got = json.load(sys.stdin)
x, w = np.array(got['columns']).T, np.array(got['weights'])
scaled = StandardScaler().fit(x, sample_weight=w).transform(x)
ridge = Ridge(alpha=2.5, solver='cholesky').fit(scaled, got['value'], sample_weight=w)
logistic = LogisticRegression(C=1 / 2.5, solver='newton-cholesky', tol=1e-12, max_iter=1000).fit(scaled, got['label'], sample_weight=w)
json.dump({'ridge': [*ridge.coef_, ridge.intercept_], 'logistic': [*logistic.coef_[0], logistic.intercept_[0]]}, sys.stdout)
";
    let (table, value) = rows(600, 8, 0.0, 1);
    let label: Vec<f64> = value.iter().map(|value| f64::from(u8::from(*value > 0.3))).collect();
    let weights: Vec<f64> = (0..600).map(|row| 0.5 + f64::from(row % 4)).collect();
    let input = json!({"columns": table.columns(), "weights": weights, "value": value, "label": label});
    let Some(theirs) = ask("scikit-learn", script, &input) else { return };
    let ridge =
        RidgeParameters { l2: 2.5 }.train(&Sample { table: &table, target: &value, weights: Some(&weights) }).unwrap();
    let logistic = LogisticParameters { l2: 2.5 }
        .train(&Sample { table: &table, target: &label, weights: Some(&weights) })
        .unwrap();
    for (name, ours, within) in [("ridge", ridge, 1e-9), ("logistic", logistic, 1e-6)] {
        let mut found = ours.weights.clone();
        found.push(ours.intercept);
        let apart = apart(&found, &numbers(&theirs[name]));
        assert!(apart < within, "{name}: {apart}");
    }
}

#[test]
fn calibrators_are_those_of_scikit_learn() {
    let script = "
import json, sys
import numpy as np
from sklearn.isotonic import IsotonicRegression
from sklearn.calibration import _SigmoidCalibration
got = json.load(sys.stdin)
s, y, w, at = (np.array(got[name]) for name in ('scores', 'outcomes', 'weights', 'at'))
iso = IsotonicRegression(y_min=0, y_max=1, out_of_bounds='clip').fit(s, y, sample_weight=w)
platt = _SigmoidCalibration().fit(s, y, sample_weight=w)
json.dump({'isotonic': iso.predict(at).tolist(), 'platt': platt.predict(at).tolist()}, sys.stdout)
";
    let (table, signal) = rows(1500, 3, 0.0, 2);
    let scores: Vec<f64> = table.columns()[0].iter().map(|value| (value * 20.0).round() / 20.0).collect();
    let outcomes: Vec<f64> = signal.iter().map(|value| f64::from(u8::from(*value > 0.2))).collect();
    let weights: Vec<f64> = (0..1500).map(|row| 0.5 + f64::from(row % 3)).collect();
    let at: Vec<f64> = (-60..60).map(|step| f64::from(step) / 23.0).collect();
    let input = json!({"scores": scores, "outcomes": outcomes, "weights": weights, "at": at});
    let Some(theirs) = ask("scikit-learn", script, &input) else { return };
    let isotonic = Isotonic::fit(&scores, &outcomes, Some(&weights)).unwrap();
    let platt = Platt::fit(&scores, &outcomes, Some(&weights)).unwrap();
    let curve = |apply: &dyn Fn(f64) -> f64| at.iter().map(|score| apply(*score)).collect::<Vec<_>>();
    let far = apart(&curve(&|score| isotonic.apply(score)), &numbers(&theirs["isotonic"]));
    assert!(far < 1e-6, "isotonic: {far}");
    // Theirs stops where its gradient is about 1e-5.
    let far = apart(&curve(&|score| platt.apply(score)), &numbers(&theirs["platt"]));
    assert!(far < 1e-5, "platt: {far}");
}

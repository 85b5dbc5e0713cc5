//! Laws of all learners, and their agreement with River on the same stream.

use std::process::Command;

use proptest::prelude::*;

use super::random::Random;
use super::*;

/// A stream of `count` rows: the logit is partly linear, partly not, and turns round where `turn` says so.
fn stream(count: usize, width: usize, seed: u64, turn: usize) -> Vec<(Vec<f64>, bool)> {
    let mut random = Random::new(seed);
    let mut normal = move || (0..12).map(|_| random.unit()).sum::<f64>() - 6.0;
    let mut labels = Random::new(seed ^ 0xABCD);
    let row_of = |at: usize| {
        let row: Vec<f64> = (0..width).map(|_| normal()).collect();
        let logit = 1.5 * (0.9 * row[0] - 0.7 * row[1] + 0.5 * row[2] * row[3] + 0.6 * (2.0 * row[4]).sin());
        let logit = if at < turn { logit } else { -logit };
        let label = at > 0 && labels.unit() < logistic::sigmoid(logit);
        (row, label)
    };
    (0..count).map(row_of).collect()
}

/// One of each kind, for rows of `width` numbers.
fn learners(width: usize) -> Vec<Learner> {
    let logistic = |optimizer| Logistic::new(width, LogisticConfig { optimizer, ..LogisticConfig::default() });
    vec![
        Learner::Logistic(logistic(Optimizer::Sgd { rate: 0.01 })),
        Learner::Logistic(logistic(Optimizer::AdaGrad { rate: 0.1, epsilon: 1e-8 })),
        Learner::Logistic(logistic(Optimizer::Ftrl { alpha: 0.05, beta: 1.0, l1: 0.1, l2: 1.0 })),
        Learner::NaiveBayes(NaiveBayes::new(width)),
        Learner::HoeffdingTree(HoeffdingTree::new(width, TreeConfig { grace: 50.0, ..TreeConfig::default() })),
        Learner::AdaptiveTree(AdaptiveTree::new(width, AdaptiveTreeConfig::default())),
        Learner::AdaptiveForest(AdaptiveForest::new(width, ForestConfig { trees: 3, ..ForestConfig::default() })),
    ]
}

fn taught(mut learner: Learner, rows: &[(Vec<f64>, bool)]) -> Learner {
    rows.iter().for_each(|(row, label)| learner.learn(row, *label));
    learner
}

fn accuracy(learner: &mut impl OnlineClassifier, rows: &[(Vec<f64>, bool)]) -> f64 {
    let mut scores = Prequential::new(1.0, 0);
    for (row, label) in rows {
        scores.step(learner, row, *label);
    }
    scores.figures().unwrap().accuracy
}

#[test]
fn every_learner_learns_and_remembers_itself() {
    let rows = stream(6_000, 6, 3, usize::MAX);
    for mut learner in learners(6) {
        assert_eq!(learner.predict(&rows[0].0), 0.5, "nothing is known");
        let reached = accuracy(&mut learner, &rows);
        assert!(reached > 0.66, "{reached}");
        let kept = serde_json::to_string(&learner).unwrap();
        let mut back: Learner = serde_json::from_str(&kept).unwrap();
        assert_eq!(back, learner);
        for (row, label) in stream(500, 6, 4, usize::MAX) {
            assert_eq!(back.predict(&row).to_bits(), learner.predict(&row).to_bits());
            back.learn(&row, label);
            learner.learn(&row, label);
        }
    }
}

#[test]
fn trees_come_back_after_the_world_has_turned_round() {
    let rows = stream(30_000, 6, 11, 15_000);
    let mut stays = HoeffdingTree::new(6, TreeConfig::default());
    let mut adapts = AdaptiveTree::new(6, AdaptiveTreeConfig::default());
    let mut forest = AdaptiveForest::new(6, ForestConfig::default());
    for (row, label) in &rows[..25_000] {
        stays.learn(row, *label);
        adapts.learn(row, *label);
        forest.learn(row, *label);
    }
    let (stays, tree) = (accuracy(&mut stays, &rows[25_000..]), accuracy(&mut adapts, &rows[25_000..]));
    let forest_reached = accuracy(&mut forest, &rows[25_000..]);
    assert!(adapts.started() > 0 && forest.replaced() > 0);
    assert!(tree > stays && tree > 0.68, "adaptive {tree}, not {stays}, {:?}", (adapts.started(), adapts.replaced()));
    assert!(forest_reached > stays && forest_reached > 0.68, "forest {forest_reached}, {}", forest.replaced());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever comes, a prediction is a probability; the same observations give the same learner; what is missing changes no prediction.
    #[test]
    fn predictions_are_probabilities(rows in prop::collection::vec(prop::collection::vec(any_number(), 3), 1..150), seed in any::<u64>()) {
        let mut random = Random::new(seed);
        let labelled: Vec<(Vec<f64>, bool)> = rows.into_iter().map(|row| (row, random.unit() < 0.5)).collect();
        for mut learner in learners(3) {
            let again = taught(learner.clone(), &labelled);
            for (row, label) in &labelled {
                let probability = learner.predict(row);
                prop_assert!((0.0..=1.0).contains(&probability), "{probability} of {row:?} by {learner:?}");
                learner.learn(row, *label);
            }
            prop_assert_eq!(&learner, &again);
            let absent = learner.predict(&[f64::NAN; 3]);
            prop_assert_eq!(absent.to_bits(), learner.predict(&[f64::INFINITY, 1e300, f64::NEG_INFINITY]).to_bits());
        }
    }
}

/// Numbers of every size, missing ones and infinities among them.
fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![6 => -5.0..5.0_f64, 1 => -1e9..1e9_f64, 1 => Just(1e100), 1 => Just(f64::NAN), 1 => Just(f64::INFINITY), 2 => Just(1.0)]
}

/// What River's `model` (a Python expression) predicts before each observation of the stream; `None` where there is no River.
fn river(model: &str, rows: &[(Vec<f64>, bool)]) -> Option<Vec<f64>> {
    let python = mem_testkit::python("river, scipy")?;
    let file = tempfile::NamedTempFile::new().unwrap();
    let numbers = rows.iter().flat_map(|(row, label)| row.iter().copied().chain([f64::from(u8::from(*label))]));
    std::fs::write(file.path(), numbers.flat_map(f64::to_le_bytes).collect::<Vec<u8>>()).unwrap();
    let width = rows[0].0.len();
    let script = format!(
        "
import sys, math, numpy as np
from river import compose, forest, linear_model, naive_bayes, optim, preprocessing, tree
model = {model}
for *row, label in np.fromfile(sys.argv[1]).reshape(-1, {width} + 1).tolist():
    row = {{i: x for i, x in enumerate(row) if not math.isnan(x)}}
    p = model.predict_proba_one(row)
    print(repr(float(p.get(True, 0.0 if p else 0.5))))
    model.learn_one(row, bool(label))
"
    );
    let output = Command::new(python).arg("-c").arg(script).arg(file.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap().lines().map(|line| line.parse().unwrap()).collect())
}

/// That each prediction before learning is River's to `within`.
fn same_as_river(model: &str, mut learner: impl OnlineClassifier, rows: &[(Vec<f64>, bool)], within: f64) {
    let Some(theirs) = river(model, rows) else { return };
    assert_eq!(theirs.len(), rows.len());
    for (at, ((row, label), theirs)) in rows.iter().zip(theirs).enumerate() {
        let ours = learner.predict(row);
        assert!((ours - theirs).abs() <= within, "observation {at}: {ours} here, {theirs} in River's {model}");
        learner.learn(row, *label);
    }
}

#[test]
fn logistic_regression_is_rivers_step_by_step() {
    let rows = stream(5_000, 25, 1, 2_500);
    let plain = LogisticConfig { standardise: false, ..LogisticConfig::default() };
    same_as_river("linear_model.LogisticRegression(optimizer=optim.SGD(0.01))", Logistic::new(25, plain), &rows, 1e-9);
    let scaled = LogisticConfig { l2: 0.01, ..LogisticConfig::default() };
    let model = "preprocessing.StandardScaler() | linear_model.LogisticRegression(optimizer=optim.SGD(0.01), l2=0.01)";
    same_as_river(model, Logistic::new(25, scaled), &rows, 1e-9);
    let optimizer = Optimizer::AdaGrad { rate: 0.1, epsilon: 1e-8 };
    let model = "linear_model.LogisticRegression(optimizer=optim.AdaGrad(0.1))";
    same_as_river(model, Logistic::new(25, LogisticConfig { optimizer, ..plain }), &rows, 1e-9);
}

#[test]
fn naive_bayes_is_rivers_step_by_step() {
    let mut rows = stream(5_000, 25, 2, usize::MAX);
    same_as_river("naive_bayes.GaussianNB()", NaiveBayes::new(25), &rows, 1e-9);
    let mut random = Random::new(9);
    for (row, _) in rows.iter_mut().skip(1) {
        row[random.below(25)] = f64::NAN;
    }
    same_as_river("naive_bayes.GaussianNB()", NaiveBayes::new(25), &rows, 1e-9);
}

/// That predictions are River's to 1e-9 until the first split, and as often right to 0.01, or more often.
///
/// After a split they part on purpose: in a fresh leaf River lets a column speak for the one class that has shown it, which gives
/// probabilities as extreme as 1e-170; here a column waits for both.
fn as_good_as_river<L: OnlineClassifier>(
    model: &str,
    mut learner: L,
    leaves: impl Fn(&L) -> usize,
    rows: &[(Vec<f64>, bool)],
) {
    let Some(theirs) = river(model, rows) else { return };
    let (mut ours_right, mut theirs_right) = (0.0, 0.0);
    for (at, ((row, label), theirs)) in rows.iter().zip(theirs).enumerate() {
        let ours = learner.predict(row);
        if leaves(&learner) == 1 {
            assert!((ours - theirs).abs() <= 1e-9, "observation {at}: {ours} here, {theirs} in River's {model}");
        }
        ours_right += f64::from(u8::from((ours > 0.5) == *label));
        theirs_right += f64::from(u8::from((theirs > 0.5) == *label));
        learner.learn(row, *label);
    }
    assert!(leaves(&learner) > 1, "it never split");
    let (ours, theirs) = (ours_right / rows.len() as f64, theirs_right / rows.len() as f64);
    assert!(ours >= theirs - 0.01, "{ours} here, {theirs} in River's {model}");
}

#[test]
fn a_hoeffding_tree_is_as_good_as_rivers() {
    let rows = stream(8_000, 10, 6, usize::MAX);
    let tree = HoeffdingTree::new(10, TreeConfig::default());
    as_good_as_river("tree.HoeffdingTreeClassifier()", tree, HoeffdingTree::leaves, &rows);
    let tree = HoeffdingTree::new(10, TreeConfig { grace: 50.0, delta: 0.01, ..TreeConfig::default() });
    as_good_as_river("tree.HoeffdingTreeClassifier(grace_period=50, delta=0.01)", tree, HoeffdingTree::leaves, &rows);
}

#[test]
fn an_adaptive_tree_is_as_good_as_rivers() {
    let rows = stream(8_000, 10, 6, usize::MAX);
    let model = "tree.HoeffdingAdaptiveTreeClassifier(bootstrap_sampling=False, seed=1)";
    as_good_as_river(model, AdaptiveTree::new(10, AdaptiveTreeConfig::default()), AdaptiveTree::leaves, &rows);
}

#[test]
fn an_adaptive_forest_is_as_good_as_rivers() {
    let rows = stream(3_000, 10, 7, 1_500);
    let forest = AdaptiveForest::new(10, ForestConfig { trees: 5, ..ForestConfig::default() });
    // Its rows are drawn at random: nothing is compared one by one.
    as_good_as_river("forest.ARFClassifier(n_models=5, seed=1)", forest, |_| 2, &rows);
}

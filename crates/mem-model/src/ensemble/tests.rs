use super::*;
use crate::boost::{BoostParameters, Objective};
use crate::forest::Link;
use crate::held_out::{Calibration, HeldOut};
use crate::linear::{LogisticParameters, RidgeParameters};
use crate::table::Table;
use crate::validate::split::Fold;

fn rows(count: usize, seed: u64) -> (Table, Vec<f64>) {
    let mut state = seed;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 11) as f64) / (1_u64 << 53) as f64
    };
    let (mut columns, mut signal) = (vec![Vec::new(); 4], Vec::new());
    for _ in 0..count {
        let regime = (draw() * 2.0).floor();
        let row = [draw() * 2.0 - 1.0, draw() * 2.0 - 1.0, draw() * 2.0 - 1.0, regime];
        let of_regime = if regime == 0.0 { row[0] } else { -row[0] };
        signal.push(of_regime + row[1] + (draw() + draw() - 1.0) * 0.6);
        columns.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
    }
    (Table::new((0..4).map(|number| format!("f{number}")).collect(), columns).unwrap(), signal)
}

fn folds(count: usize, parts: usize) -> Vec<Fold> {
    let of = |part: usize| (0..count).filter(move |row| row % parts == part);
    (0..parts)
        .map(|part| Fold { train: (0..count).filter(|row| row % parts != part).collect(), test: of(part).collect() })
        .collect()
}

fn classes(signal: &[f64]) -> Vec<f64> {
    signal.iter().map(|value| if *value > 0.0 { 1.0 } else { 0.0 }).collect()
}

fn small(objective: Objective) -> BoostParameters {
    BoostParameters { objective, rounds: 30, leaves: 8, ..BoostParameters::default() }
}

fn log_loss(predictor: &Predictor, table: &Table, target: &[f64]) -> f64 {
    let losses =
        predictor.predict_table(table).unwrap().into_iter().zip(target).map(|(p, y)| Objective::Binary.loss(&[p], *y));
    losses.sum::<f64>() / target.len() as f64
}

#[test]
fn an_ensemble_is_no_worse_than_its_worst_member_and_leans_on_the_best() {
    let ((table, signal), (unseen, later)) = (rows(1500, 1), rows(1500, 2));
    let (target, later) = (classes(&signal), classes(&later));
    let (trees, line) = (small(Objective::Binary), LogisticParameters::default());
    let learners: [&dyn Learn; 2] = [&trees, &line];
    let sample = Sample::new(&table, &target);
    let weighted = Weighted::learn(&learners, &sample, None, &folds(1500, 5)).unwrap();
    let alone: Vec<f64> = weighted.members().iter().map(|member| log_loss(member, &unseen, &later)).collect();
    assert!(alone[0] < alone[1] && weighted.weights()[0] > 0.6, "{alone:?} {:?}", weighted.weights());
    let stacked = Stacked::learn(&learners, &sample, None, &folds(1500, 5), 1.0).unwrap();
    assert!(stacked.meta().weights[0] > stacked.meta().weights[1]);
    for predictor in [Predictor::Weighted(weighted), Predictor::Stacked(stacked)] {
        assert!(log_loss(&predictor, &unseen, &later) < 1.01 * alone[0], "{alone:?}");
        let answers = predictor.predict_table(&unseen).unwrap();
        let mut row = Vec::new();
        for (number, answer) in answers.iter().enumerate().take(100) {
            unseen.row(number, &mut row);
            assert_eq!(predictor.predict_row(&row).unwrap(), [*answer]);
        }
    }
}

#[test]
fn values_are_weighted_by_their_errors() {
    let (table, signal) = rows(1500, 3);
    let (trees, line) = (small(Objective::Squared), RidgeParameters::default());
    let learners: [&dyn Learn; 2] = [&trees, &line];
    let held_out = HeldOut::new(&learners, &Sample::new(&table, &signal), None, &folds(1500, 5)).unwrap();
    let weights = weighted::weights(&held_out);
    let loss = |share: f64| {
        let answers = held_out.answers();
        let rows = held_out.targets().iter().enumerate();
        rows.map(|(row, target)| (share * answers[0][row] + (1.0 - share) * answers[1][row] - target).powi(2))
            .sum::<f64>()
    };
    let best = (0..=1000).map(|step| f64::from(step) / 1000.0).min_by(|a, b| loss(*a).total_cmp(&loss(*b))).unwrap();
    assert!((weights[0] - best).abs() < 2e-3, "{weights:?} {best}");
}

#[test]
fn a_line_a_regime_bends_where_one_line_cannot() {
    let ((table, signal), (unseen, later)) = (rows(1500, 4), rows(1500, 5));
    let (target, later) = (classes(&signal), classes(&later));
    let sample = Sample::new(&table, &target);
    let line = LogisticParameters::default();
    let alone = log_loss(&line.learn(&sample, None).unwrap(), &unseen, &later);
    let numbers = |feature| Regimes { feature, cuts: Vec::new() };
    let switched = Switched::learn(&line, &sample, None, numbers(3), 50).unwrap();
    assert_eq!(switched.regimes().map(|(regime, _)| regime).collect::<Vec<_>>(), [0.0, 1.0]);
    let switched = Predictor::Switched(switched);
    assert!(log_loss(&switched, &unseen, &later) < 0.8 * alone);
    assert_eq!(switched.link(), Link::Logistic);
    // A regime that was never seen is answered by the one for all.
    assert!(switched.predict_row(&[0.1, 0.2, 0.3, 7.0]).unwrap()[0] > 0.0);
    assert_eq!(Switched::learn(&line, &sample, None, numbers(9), 50), Err(EnsembleError::Regime(9)));
    // Stretches of a feature are regimes, too; where it is missing, or there are too few rows, the one for all answers.
    let by = Regimes::even(&sample, 0, 4).unwrap();
    let counts = (0..4).map(|part| table.columns()[0].iter().filter(|value| by.of(**value) == f64::from(part)).count());
    assert!(counts.into_iter().all(|count| (370..380).contains(&count)));
    let switched = Switched::learn(&line, &sample, None, by, 50).unwrap();
    assert_eq!(switched.regimes().count(), 4);
    assert_eq!(switched.of(&[f64::NAN, 0.0, 0.0, 0.0]), switched.otherwise());
    let again: Switched = serde_json::from_str(&serde_json::to_string(&switched).unwrap()).unwrap();
    assert_eq!(again, switched);
    let by = Regimes { feature: 0, cuts: vec![-2.0, 0.0] };
    assert_eq!(Switched::learn(&line, &sample, None, by, 50).unwrap().regimes().count(), 2);
    let constant = Table::new(vec!["f".to_owned()], vec![vec![1.0; 10]]).unwrap();
    let constant = Sample::new(&constant, &target[..10]);
    assert_eq!(Regimes::even(&constant, 0, 3), Err(EnsembleError::Regime(0)));
}

#[test]
fn nothing_is_held_out_that_was_learned_from() {
    let (table, signal) = rows(100, 6);
    let target = classes(&signal);
    let line = LogisticParameters::default();
    let refused = |train: Vec<usize>, test: Vec<usize>| {
        let folds = [Fold { train: (50..100).collect(), test: vec![0] }, Fold { train, test }];
        HeldOut::new(&[&line], &Sample::new(&table, &target), None, &folds).unwrap_err().to_string()
    };
    assert_eq!(refused((40..90).collect(), vec![1, 50]), "fold 1: row 50 trains and tests");
    assert_eq!(refused((40..90).collect(), vec![1, 0]), "fold 1: row 0 was tested before");
    assert_eq!(refused((40..90).collect(), vec![100]), "fold 1: there is no row 100");
    let held_out = HeldOut::new(&[&line], &Sample::new(&table, &target), None, &folds(100, 4)).unwrap();
    assert_eq!((held_out.rows().len(), held_out.outputs()), (100, 1));
    for by in [Calibration::Platt, Calibration::Isotonic] {
        let calibrator = held_out.calibrator(0, by).unwrap();
        assert!(calibrator.is_sound() && calibrator.apply(3.0) > calibrator.apply(-3.0));
    }
}

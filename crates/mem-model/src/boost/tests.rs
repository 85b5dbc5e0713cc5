use super::*;
use crate::table::Table;

/// Numbers between 0 and 1 by seed.
fn uniform(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 11) as f64) / (1_u64 << 53) as f64
    }
}

/// Rows of five features in -1 to 1, some missing, and a noisy signal in the first three.
fn rows(count: usize, seed: u64) -> (Table, Vec<f64>) {
    let mut draw = uniform(seed);
    let mut columns = vec![Vec::new(); 5];
    let mut signal = Vec::new();
    for _ in 0..count {
        let row: Vec<f64> = (0..5).map(|_| draw() * 2.0 - 1.0).collect();
        signal.push(row[0] + row[1] * row[2] * 2.0 + (draw() + draw() - 1.0) * 0.5);
        for (column, value) in columns.iter_mut().zip(row) {
            column.push(if draw() < 0.1 { f64::NAN } else { value });
        }
    }
    (Table::new((0..5).map(|number| format!("f{number}")).collect(), columns).unwrap(), signal)
}

fn classes(signal: &[f64], borders: &[f64]) -> Vec<f64> {
    signal.iter().map(|value| borders.iter().filter(|border| *value > **border).count() as f64).collect()
}

fn loss(parameters: &BoostParameters, forest: &Forest, table: &Table, target: &[f64]) -> f64 {
    let answers = forest.predict_table(table).unwrap();
    let losses =
        answers.chunks(forest.outputs()).zip(target).map(|(answer, target)| parameters.objective.loss(answer, *target));
    losses.sum::<f64>() / target.len() as f64
}

#[test]
fn each_objective_is_learned_better_than_a_constant() {
    let ((table, signal), (unseen, later)) = (rows(3000, 1), rows(1000, 2));
    let cases: [(Objective, &[f64]); 4] = [
        (Objective::Binary, &[0.0]),
        (Objective::Multiclass { classes: 3 }, &[-0.4, 0.4]),
        (Objective::Squared, &[]),
        (Objective::Quantile { level: 0.9 }, &[]),
    ];
    for (objective, borders) in cases {
        let parameters = BoostParameters { objective, leaves: 8, leaf_rows: 50, ..BoostParameters::default() };
        let of = |signal: &[f64]| if borders.is_empty() { signal.to_vec() } else { classes(signal, borders) };
        let (target, later) = (of(&signal), of(&later));
        let boosted = parameters.train(&Sample::new(&table, &target), None).unwrap();
        let constant = Parts { trees: Vec::new(), ..boosted.forest.parts().clone() };
        let before = loss(&parameters, &Forest::try_from(constant).unwrap(), &unseen, &later);
        let after = loss(&parameters, &boosted.forest, &unseen, &later);
        assert!(after < 0.75 * before, "{objective:?}: {before} -> {after}");
        if let Objective::Quantile { level } = objective {
            let answers = boosted.forest.predict_table(&unseen).unwrap();
            let below = answers.iter().zip(&later).filter(|(answer, value)| value < answer).count() as f64 / 1000.0;
            assert!((below - level).abs() < 0.05, "{below}");
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let (table, signal) = rows(6000, 3);
    let target = classes(&signal, &[-0.3, 0.5]);
    let parameters = BoostParameters {
        objective: Objective::Multiclass { classes: 3 },
        rounds: 10,
        bagging_fraction: 0.7,
        feature_fraction: 0.6,
        seed: 5,
        ..BoostParameters::default()
    };
    let model = |threads: usize, seed: u64| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let parameters = BoostParameters { seed, ..parameters.clone() };
        let boosted = pool.install(|| parameters.train(&Sample::new(&table, &target), None).unwrap());
        serde_json::to_vec(&boosted.forest).unwrap()
    };
    let alone = model(1, 5);
    assert!(alone == model(2, 5) && alone == model(3, 5));
    assert!(alone != model(2, 6));
}

#[test]
fn learning_stops_early_and_keeps_the_best_round() {
    let ((table, signal), (unseen, later)) = (rows(600, 4), rows(600, 5));
    let (target, later) = (classes(&signal, &[0.0]), classes(&later, &[0.0]));
    let parameters =
        BoostParameters { rounds: 400, patience: Some(10), learning_rate: 0.3, ..BoostParameters::default() };
    let validation = Sample::new(&unseen, &later);
    let boosted = parameters.train(&Sample::new(&table, &target), Some(&validation)).unwrap();
    let losses = &boosted.validation;
    let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
    assert!(losses.len() < 400 && losses.len() == boosted.rounds + 10);
    assert_eq!(losses[boosted.rounds - 1], best);
    assert_eq!(boosted.forest.parts().trees.len(), boosted.rounds);
    assert!((loss(&parameters, &boosted.forest, &unseen, &later) - best).abs() < 1e-12);
}

#[test]
fn the_answer_follows_a_monotone_feature() {
    let (table, signal) = rows(3000, 6);
    for (objective, target) in [(Objective::Squared, signal.clone()), (Objective::Binary, classes(&signal, &[0.0]))] {
        for (direction, sign) in [(Monotone::Increasing, 1.0), (Monotone::Decreasing, -1.0)] {
            let monotone = vec![direction, Monotone::Free, direction, Monotone::Free, Monotone::Free];
            let parameters = BoostParameters { objective, monotone, ..BoostParameters::default() };
            let forest = parameters.train(&Sample::new(&table, &target), None).unwrap().forest;
            let mut row = Vec::new();
            for number in 0..200 {
                table.row(number, &mut row);
                for feature in [0, 2] {
                    let mut row = row.clone();
                    let mut said = |value: f64| {
                        row[feature] = value;
                        forest.raw_row(&row).unwrap()[0] * sign
                    };
                    let path: Vec<f64> = (-20..=20).map(|step| said(f64::from(step) / 20.0)).collect();
                    assert!(path.is_sorted(), "{path:?}");
                }
            }
        }
    }
}

#[test]
fn a_row_that_counts_twice_is_two_rows() {
    let (table, signal) = rows(2000, 7);
    // Bins are cut by rows, not by weights: with few values each has a bin of its own.
    let coarse =
        table.columns().iter().map(|column| column.iter().map(|value| (value * 5.0).round()).collect()).collect();
    let table = Table::new(table.names().to_vec(), coarse).unwrap();
    let target = classes(&signal, &[0.2]);
    let twice: Vec<usize> = (0..2000).chain((0..2000).filter(|row| row % 3 == 0)).collect();
    let weights: Vec<f64> = (0..2000).map(|row| if row % 3 == 0 { 2.0 } else { 1.0 }).collect();
    let parameters = BoostParameters { leaf_rows: 1, leaf_hessian: 5.0, rounds: 20, ..BoostParameters::default() };
    let weighted = Sample { weights: Some(&weights), ..Sample::new(&table, &target) };
    let weighted = parameters.train(&weighted, None).unwrap().forest;
    let (copied, targets) = (table.select(&twice), twice.iter().map(|row| target[*row]).collect::<Vec<_>>());
    let copied = parameters.train(&Sample::new(&copied, &targets), None).unwrap().forest;
    assert!((weighted.parts().base[0] - copied.parts().base[0]).abs() < 1e-12);
    let (a, b) = (weighted.predict_table(&table).unwrap(), copied.predict_table(&table).unwrap());
    let apart = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).sum::<f64>() / 2000.0;
    assert!(apart < 0.003, "{apart}");
    let by_class = BoostParameters { class_weights: vec![1.0, 3.0], ..parameters.clone() };
    let each: Vec<f64> = target.iter().map(|class| 1.0 + 2.0 * class).collect();
    let by_row = Sample { weights: Some(&each), ..Sample::new(&table, &target) };
    let by_class = by_class.train(&Sample::new(&table, &target), None).unwrap();
    assert_eq!(by_class, parameters.train(&by_row, None).unwrap());
}

#[test]
fn what_is_missing_is_learned_from() {
    let mut draw = uniform(8);
    let column: Vec<f64> = (0..1000).map(|_| if draw() < 0.5 { f64::NAN } else { draw() }).collect();
    let target: Vec<f64> = column.iter().map(|value| if value.is_nan() { 1.0 } else { 0.0 }).collect();
    let table = Table::new(vec!["a".to_owned()], vec![column]).unwrap();
    let parameters = BoostParameters { rounds: 50, ..BoostParameters::default() };
    let forest = parameters.train(&Sample::new(&table, &target), None).unwrap().forest;
    assert!(forest.predict_row(&[f64::NAN]).unwrap()[0] > 0.95);
    assert!(forest.predict_row(&[0.5]).unwrap()[0] < 0.05);
}

#[test]
fn contributions_of_a_trained_forest_add_up() {
    let (table, signal) = rows(2000, 9);
    let parameters = BoostParameters { objective: Objective::Squared, ..BoostParameters::default() };
    let forest = parameters.train(&Sample::new(&table, &signal), None).unwrap().forest;
    let (mut row, mut sums) = (Vec::new(), [0.0; 5]);
    for number in 0..200 {
        table.row(number, &mut row);
        let all = forest.contributions(&row).unwrap();
        assert!((all.iter().sum::<f64>() - forest.raw_row(&row).unwrap()[0]).abs() < 1e-9);
        sums.iter_mut().zip(&all).for_each(|(sum, one)| *sum += one.abs());
    }
    assert!(sums[..3].iter().all(|used| *used > 10.0 * sums[3].max(sums[4]) / 3.0), "{sums:?}");
    let importance = forest.importance();
    assert!(importance[0].gain > 10.0 * importance[4].gain && importance[0].splits > 100);
}

#[test]
fn what_cannot_be_learned_from_is_refused() {
    let (table, signal) = rows(100, 10);
    let train = |parameters: BoostParameters, target: &[f64]| {
        parameters.train(&Sample::new(&table, target), None).unwrap_err().to_string()
    };
    let default = BoostParameters::default;
    assert_eq!(train(default(), &[1.0; 100]), "all training rows that count are of one class");
    assert_eq!(train(default(), &[1.0; 99]), "training rows: 99 targets for 100 rows");
    assert_eq!(train(default(), &[2.0; 100]), "training rows: row 0: the target is 2, and classes are numbered from 0");
    assert_eq!(train(BoostParameters { bins: 300, ..default() }, &signal), "bins is 300; 2 to 255");
    let constrained = BoostParameters {
        objective: Objective::Quantile { level: 0.5 },
        monotone: vec![Monotone::Increasing; 5],
        ..default()
    };
    assert_eq!(train(constrained, &signal), "monotone is given; not with quantiles");
    let squared = BoostParameters { objective: Objective::Squared, ..default() };
    assert_eq!(
        train(squared.clone(), &[f64::NAN; 100]),
        "training rows: row 0: the target is NaN, and a target is a finite number"
    );
    let flat = squared.train(&Sample::new(&table, &[3.0; 100]), None).unwrap();
    assert_eq!((flat.rounds, flat.forest.predict_row(&[0.0; 5]).unwrap()), (0, vec![3.0]));
}

use super::*;

fn table(columns: &[&[f64]]) -> Table {
    let names = (0..columns.len()).map(|number| format!("f{number}")).collect();
    Table::new(names, columns.iter().map(|column| column.to_vec()).collect()).unwrap()
}

#[test]
fn a_line_is_found_and_told_row_by_row_as_by_table() {
    let x = [1.0, 2.0, 3.0, 4.0, f64::NAN];
    let target = [3.0, 5.0, 7.0, 9.0, 6.0];
    let table = table(&[&x, &[7.0; 5]]);
    // The second feature never changes: only a penalty makes its weight unique.
    assert_eq!(RidgeParameters { l2: 0.0 }.train(&Sample::new(&table, &target)), Err(LinearError::Singular));
    let line = RidgeParameters { l2: 1e-9 }.train(&Sample::new(&table, &target)).unwrap();
    let (weights, intercept) = line.unscaled();
    assert!((weights[0] - 2.0).abs() < 1e-8 && weights[1].abs() < 1e-12 && (intercept - 1.0).abs() < 1e-7);
    let answers = line.predict_table(&table).unwrap();
    for row in 0..5 {
        assert_eq!(line.predict_row(&[x[row], 7.0]).unwrap(), answers[row]);
    }
    assert!((answers[4] - 6.0).abs() < 1e-9);
    assert_eq!(line.predict_row(&[1.0]), Err(LinearError::Width { found: 1, expected: 2 }));
}

#[test]
fn without_a_signal_the_chance_is_the_share() {
    let table = table(&[&[-1.0, -1.0, 1.0, 1.0]]);
    let weights = [1.0, 3.0, 1.0, 3.0];
    let sample = Sample { weights: Some(&weights), ..Sample::new(&table, &[0.0, 1.0, 0.0, 1.0]) };
    let model = LogisticParameters::default().train(&sample).unwrap();
    assert!((model.predict_row(&[0.3]).unwrap() - 0.75).abs() < 1e-9);
}

#[test]
fn what_has_no_solution_is_refused() {
    let table = table(&[&[1.0, 2.0, 3.0, 4.0]]);
    let train = |l2: f64, target: &[f64]| LogisticParameters { l2 }.train(&Sample::new(&table, target));
    assert_eq!(train(1.0, &[1.0; 4]), Err(LinearError::OneClass));
    assert!(matches!(train(-1.0, &[1.0; 4]), Err(LinearError::Penalty(_))));
    assert!(matches!(train(0.0, &[0.0, 0.0, 1.0, 1.0]), Err(LinearError::Separable | LinearError::Singular)));
    let separable = train(0.1, &[0.0, 0.0, 1.0, 1.0]).unwrap();
    assert!(separable.predict_row(&[4.0]).unwrap() > 0.9);
}

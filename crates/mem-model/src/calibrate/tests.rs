use proptest::prelude::*;

use super::*;

#[test]
fn neighbours_that_fall_are_pooled() {
    let isotonic = Isotonic::fit(&[1.0, 2.0, 3.0, 4.0, 4.0], &[0.0, 1.0, 0.0, 1.0, 1.0], None).unwrap();
    let at = |score| isotonic.apply(score);
    assert_eq!([at(0.0), at(1.0), at(1.5), at(2.0), at(3.0), at(3.5), at(9.0)], [0.0, 0.0, 0.25, 0.5, 0.5, 0.75, 1.0]);
}

#[test]
fn what_cannot_be_calibrated_is_refused() {
    for fit in [
        |p: &[f64], o: &[f64]| Platt::fit(p, o, None).map(drop),
        |p: &[f64], o: &[f64]| Isotonic::fit(p, o, None).map(drop),
    ] {
        assert_eq!(fit(&[1.0], &[]), Err(CalibrateError::Length { predictions: 1, outcomes: 0 }));
        assert_eq!(fit(&[1.0, f64::NAN], &[0.0, 1.0]), Err(CalibrateError::Value(1)));
        assert_eq!(fit(&[1.0, 2.0], &[0.0, 0.5]), Err(CalibrateError::Value(1)));
        assert_eq!(fit(&[1.0, 2.0], &[1.0, 1.0]), Err(CalibrateError::OneClass));
    }
}

proptest! {
    #[test]
    fn calibrated_chances_keep_the_order_and_the_mean(rows in prop::collection::vec((-30..30_i32, any::<bool>()), 4..200)) {
        let scores: Vec<f64> = rows.iter().map(|(score, _)| f64::from(*score) / 10.0).collect();
        let outcomes: Vec<f64> = rows.iter().map(|(_, happened)| f64::from(u8::from(*happened))).collect();
        prop_assume!(outcomes.contains(&0.0) && outcomes.contains(&1.0));
        let isotonic = Isotonic::fit(&scores, &outcomes, None).unwrap();
        prop_assert!(isotonic.is_sound());
        let path: Vec<f64> = (-40..40).map(|step| isotonic.apply(f64::from(step) / 10.0)).collect();
        prop_assert!(path.is_sorted());
        let mean: f64 = scores.iter().map(|score| isotonic.apply(*score)).sum();
        prop_assert!((mean - outcomes.iter().sum::<f64>()).abs() < 1e-9);
        let platt = Platt::fit(&scores, &outcomes, None).unwrap();
        let told: f64 = scores.iter().map(|score| platt.apply(*score)).sum();
        let (ones, zeros) = (outcomes.iter().sum::<f64>(), outcomes.iter().map(|outcome| 1.0 - outcome).sum::<f64>());
        // At the optimum the mean told is the mean of the drawn-in targets.
        let drawn = ones * (ones + 1.0) / (ones + 2.0) + zeros / (zeros + 2.0);
        prop_assert!((told - drawn).abs() < 1e-6 * rows.len() as f64, "{} {}", told, drawn);
    }
}

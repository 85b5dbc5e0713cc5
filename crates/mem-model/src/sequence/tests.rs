use mem_types::{Timeframe, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::model::{Model, ModelParts, Tells};
use crate::sample::Sample;
use crate::table::Table;

/// Weights that are no two the same, from -0.5 to 0.5.
fn network(cell: Cell, features: usize, steps: usize, layers: usize) -> Network {
    let heads = if cell == Cell::Transformer { 2 } else { 1 };
    let shape = Shape { cell, features, steps, hidden: 4, layers, heads };
    let mut number = 0_u32;
    let mut next = || {
        number = number.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        f64::from(number >> 8) / f64::from(1_u32 << 24) - 0.5
    };
    let weights =
        shape.matrices().into_iter().map(|matrix| (0..matrix.rows * matrix.columns).map(|_| next()).collect());
    Network::new(shape, weights.collect()).unwrap()
}

fn sequence(cell: Cell) -> Sequence {
    let column = |step: usize| (0..50).map(|row| ((row * step) % 13) as f64).collect::<Vec<f64>>();
    let table = Table::new(vec!["a".to_owned(), "b".to_owned()], vec![column(3), column(5)]).unwrap();
    let target = vec![0.0; 50];
    Sequence { scaler: Scaler::fit(&Sample::new(&table, &target)), network: network(cell, 2, 3, 2) }
}

fn model(cell: Cell) -> Model {
    Model::new(ModelParts {
        version: "1.0.0".to_owned(),
        features: vec!["a".to_owned(), "b".to_owned()],
        horizon_minutes: 60,
        tells: Tells::Up,
        predictors: vec![crate::learn::Predictor::Sequence(sequence(cell))],
        calibrator: None,
        watch: None,
    })
    .unwrap()
}

const CELLS: [Cell; 3] = [Cell::Lstm, Cell::Gru, Cell::Transformer];

#[test]
fn the_formulas_are_those_of_the_papers() {
    let shape = |cell| Shape { cell, features: 1, steps: 2, hidden: 1, layers: 1, heads: 1 };
    let sigma = |x: f64| 1.0 / (1.0 + (-x).exp());
    let lstm = [vec![0.1, 0.2, 0.3, 0.4], vec![0.5, 0.6, 0.7, 0.8], vec![0.01, 0.02, 0.03, 0.04], vec![2.0], vec![0.5]];
    let (mut h, mut c) = (0.0_f64, 0.0);
    for x in [1.0, -2.0] {
        let gate = |w: f64, u: f64, b: f64| w * x + u * h + b;
        let (i, f) = (sigma(gate(0.1, 0.5, 0.01)), sigma(gate(0.2, 0.6, 0.02)));
        c = f * c + i * gate(0.3, 0.7, 0.03).tanh();
        h = sigma(gate(0.4, 0.8, 0.04)) * c.tanh();
    }
    let said = Network::new(shape(Cell::Lstm), lstm.to_vec()).unwrap().log_odds(&[1.0, -2.0]);
    assert!((said - (2.0 * h + 0.5)).abs() < 1e-15, "{said}");

    let gru = [vec![0.1, 0.2, 0.3], vec![0.5, 0.6, 0.7], vec![0.01, 0.02, 0.03], vec![0.04], vec![2.0], vec![0.5]];
    let mut h = 0.0_f64;
    for x in [1.0, -2.0] {
        let (r, z) = (sigma(0.1 * x + 0.5 * h + 0.01), sigma(0.2 * x + 0.6 * h + 0.02));
        h = (1.0 - z) * (0.3 * x + 0.03 + r * (0.7 * h + 0.04)).tanh() + z * h;
    }
    let said = Network::new(shape(Cell::Gru), gru.to_vec()).unwrap().log_odds(&[1.0, -2.0]);
    assert!((said - (2.0 * h + 0.5)).abs() < 1e-15, "{said}");
}

#[test]
fn a_model_read_back_answers_with_the_same_bits() {
    for cell in CELLS {
        let model = model(cell);
        let back = Model::from_bytes(&model.to_bytes()).unwrap();
        assert_eq!((back.steps(), back.parts().features.len()), (3, 2));
        let window = [1.0, 2.0, f64::NAN, -4.0, 1e300, f64::INFINITY];
        let said = model.predict_row(&window).unwrap();
        assert!(said == back.predict_row(&window).unwrap() && said[0] > 0.0 && said[0] < 1.0);
        let columns = window.iter().map(|value| vec![*value; 2]).collect();
        let wide = Table::new((0..6).map(|column| column.to_string()).collect(), columns).unwrap();
        assert_eq!(back.predict_table(&wide).unwrap(), [said[0]; 2]);
        let refused = model.predict_row(&[1.0, 2.0]).unwrap_err();
        assert_eq!(refused.to_string(), "2 numbers for 2 features of 3 rows");
        // A missing value counts as the mean of the training rows.
        let mut filled = window;
        filled[2] = sequence(cell).scaler.means()[0];
        assert_eq!(model.predict_row(&filled).unwrap(), said);
    }
}

#[test]
fn the_order_of_rows_is_seen_and_every_row_has_a_say() {
    for cell in CELLS {
        let sequence = sequence(cell);
        let window = [1.0, 2.0, 7.0, 4.0, 5.0, 9.0];
        let said = sequence.answer(&window);
        assert_ne!(sequence.answer(&[7.0, 4.0, 1.0, 2.0, 5.0, 9.0]), said);
        for place in 0..window.len() {
            let mut other = window;
            other[place] += 1.0;
            assert_ne!(sequence.answer(&other), said, "{cell:?} {place}");
        }
    }
}

#[test]
fn what_is_no_network_is_refused() {
    let good = network(Cell::Gru, 2, 3, 2);
    let refused = |change: fn(&mut Shape, &mut Vec<Vec<f64>>)| {
        let (mut shape, mut weights) = (*good.shape(), good.weights().to_vec());
        change(&mut shape, &mut weights);
        Network::new(shape, weights).is_none()
    };
    assert!(refused(|shape, _| shape.cell = Cell::Lstm));
    assert!(refused(|shape, _| shape.layers = 1));
    assert!(refused(|shape, _| shape.layers = 60_000));
    assert!(refused(|shape, _| shape.heads = 3));
    assert!(refused(|_, weights| weights[1].truncate(3)));
    assert!(refused(|_, weights| weights[1][2] = f64::NAN));
    assert!(!refused(|_, _| ()));
}

#[test]
fn settings_out_of_range_are_named() {
    let good = SequenceParameters::default();
    let said = |parameters: SequenceParameters| parameters.check().unwrap_err().to_string();
    assert_eq!(said(SequenceParameters { steps: 1, ..good.clone() }), "steps is 1; 2 to 512");
    assert_eq!(said(SequenceParameters { clip: 0.0, ..good.clone() }), "clip is 0; a finite number above 0");
    let odd = SequenceParameters { cell: Cell::Transformer, hidden: 30, ..good.clone() };
    assert_eq!(said(odd), "hidden is 30; a multiple of the heads");
    #[cfg(not(feature = "deep"))]
    assert!(said(good).starts_with("this build lacks `deep`"));
    #[cfg(feature = "deep")]
    assert_eq!(good.check(), Ok(()));
}

#[test]
fn windows_and_rows_that_cannot_be_learned_from_are_refused() {
    let table = Table::new(vec!["a".to_owned()], vec![(0..9).map(f64::from).collect()]).unwrap();
    let (series, target) = ([table], [0.0, 1.0]);
    let refused = |ends: &[(usize, usize)], target: &[f64]| {
        Sequences { series: &series, ends, target, weights: None }.check(3).unwrap_err()
    };
    assert_eq!(refused(&[(0, 1), (0, 5)], &target), SequenceError::Window { series: 0, row: 1, steps: 3 });
    assert_eq!(refused(&[(0, 2), (0, 9)], &target), SequenceError::Window { series: 0, row: 9, steps: 3 });
    assert_eq!(refused(&[(0, 2), (1, 5)], &target), SequenceError::Window { series: 1, row: 5, steps: 3 });
    assert_eq!(refused(&[(0, 2), (0, 8)], &[1.0, 1.0]), SequenceError::OneClass);
    assert!(matches!(refused(&[(0, 2), (0, 8)], &[1.0, 0.5]), SequenceError::Sample(_)));
}

proptest! {
    #[test]
    fn a_window_as_rows_come_is_the_window_of_the_whole_series(
        gaps in prop::collection::vec(prop_oneof![9 => Just(1_i64), 1 => Just(3)], 1..120),
        (steps, most, warmup, width) in (1_usize..9, 9_usize..12, 0_usize..7, 1_usize..4),
    ) {
        let timeframe = Timeframe::H1;
        let mut at = 0;
        let known_at = gaps.iter().map(|gap| { at += gap * timeframe.nanos(); Timestamp::from_nanos(at) });
        let known_at: Vec<Timestamp> = known_at.collect();
        let row = |row: usize| (0..width).map(move |column| (row * width + column) as f64);
        let mut window = Window::new(Run::new(timeframe, warmup), most, width);
        for (number, at) in known_at.iter().enumerate() {
            window.push(*at, &row(number).collect::<Vec<f64>>());
            let (first, whole) = ((number + 1).checked_sub(steps), |from: usize| gaps[from + 1..=number].iter().all(|gap| *gap == 1));
            let wanted = first.filter(|from| steps == 1 || (*from >= warmup && whole(*from)));
            let wanted = wanted.map(|from| (from..=number).flat_map(row).collect::<Vec<f64>>());
            prop_assert_eq!(window.last(steps), wanted.as_deref());
        }
    }
}

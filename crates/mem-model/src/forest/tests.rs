use proptest::prelude::*;

use super::*;

/// A random tree of `splits` splits over `features` features; some rules are not plain if `special`.
fn tree(seed: u64, splits: usize, features: usize, outputs: usize, special: bool) -> Tree {
    let mut state = seed;
    let mut draw = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut nodes = vec![Node::Leaf { value: draw(1000) as f64 / 100.0 - 5.0, cover: 1.0 }];
    let mut leaves = vec![0_usize];
    for _ in 0..splits {
        let at = leaves.swap_remove(draw(leaves.len()));
        let threshold = draw(41) as f64 / 10.0 - 2.0;
        let rule = match draw(4) {
            0 if special => Rule::OneOf(vec![0, 2]),
            1 if special => Rule::AtMostZeroMissing(threshold),
            _ => Rule::AtMost(threshold),
        };
        let (left, right) = (nodes.len(), nodes.len() + 1);
        let (feature, missing_left) = (draw(features), draw(2) == 0);
        for _ in 0..2 {
            leaves.push(nodes.len());
            nodes.push(Node::Leaf { value: draw(1000) as f64 / 100.0 - 5.0, cover: 1.0 + draw(50) as f64 });
        }
        nodes[at] = Node::Split { feature, rule, missing_left, left, right, gain: 1.0, cover: 0.0 };
    }
    for at in (0..nodes.len()).rev() {
        if let Node::Split { left, right, .. } = nodes[at] {
            let sum = nodes[left].cover() + nodes[right].cover();
            if let Node::Split { cover, .. } = &mut nodes[at] {
                *cover = sum;
            }
        }
    }
    Tree { output: draw(outputs), nodes }
}

fn forest(seed: u64, trees: usize, features: usize, outputs: usize, special: bool) -> Forest {
    let link = if outputs == 1 { Link::Identity } else { Link::Softmax };
    let trees = (0..trees).map(|number| {
        let seed = seed.wrapping_add(number as u64 * 977);
        tree(seed, (seed >> 7) as usize % 31, features, outputs, special)
    });
    let parts = Parts { features, base: vec![0.25; outputs], link, trees: trees.collect() };
    Forest::try_from(parts).unwrap()
}

/// Numbers as features have them, with missing values, zeros, infinities and thresholds themselves among them.
fn value() -> impl Strategy<Value = f64> {
    prop_oneof![4 => (-25..25_i32).prop_map(|n| f64::from(n) / 10.0), 1 => Just(f64::NAN), 1 => Just(f64::INFINITY), 1 => Just(-0.0)]
}

proptest! {
    #[test]
    fn a_row_a_table_and_the_plain_trees_agree_to_the_bit(
        seed in any::<u64>(), trees in 0..40_usize, outputs in 1..4_usize, special in any::<bool>(),
        rows in prop::collection::vec(prop::array::uniform5(value()), 0..150),
    ) {
        let forest = forest(seed, trees, 5, outputs, special);
        let names = (0..5).map(|number| format!("f{number}")).collect();
        let columns = (0..5).map(|feature| rows.iter().map(|row| row[feature]).collect()).collect();
        let table = forest.raw_table(&Table::new(names, columns).unwrap()).unwrap();
        for (row, of_table) in rows.iter().zip(table.chunks(outputs)) {
            let mut sums = vec![0.25; outputs];
            for tree in &forest.parts().trees {
                if let Node::Leaf { value, .. } = tree.nodes[tree.leaf(row)] {
                    sums[tree.output] += value;
                }
            }
            prop_assert_eq!(&sums, of_table);
            prop_assert_eq!(&sums, &forest.raw_row(row).unwrap());
        }
    }

    #[test]
    fn contributions_add_up_and_are_those_of_the_definition(
        seed in any::<u64>(), outputs in 1..3_usize, special in any::<bool>(), row in prop::array::uniform4(value()),
    ) {
        let forest = forest(seed, 6, 4, outputs, special);
        let found = forest.contributions(&row).unwrap();
        let raw = forest.raw_row(&row).unwrap();
        for (output, (of_output, raw)) in found.chunks(5).zip(raw).enumerate() {
            prop_assert!((of_output.iter().sum::<f64>() - raw).abs() < 1e-9);
            for (feature, contribution) in of_output[..4].iter().enumerate() {
                let defined: f64 = forest.parts().trees.iter().filter(|tree| tree.output == output)
                    .map(|tree| shapley(tree, &row, feature)).sum();
                prop_assert!((defined - contribution).abs() < 1e-9, "{} {}", defined, contribution);
            }
        }
    }
}

/// Shapley's value by its definition: over all subsets of the other features.
fn shapley(tree: &Tree, row: &[f64; 4], feature: usize) -> f64 {
    let weights = [1.0 / 4.0, 1.0 / 12.0, 1.0 / 12.0, 1.0 / 4.0];
    let subsets = (0..16_u32).filter(|set| set & (1 << feature) == 0);
    subsets
        .map(|set| {
            weights[set.count_ones() as usize] * (known(tree, 0, row, set | 1 << feature) - known(tree, 0, row, set))
        })
        .sum()
}

/// What a tree says when only the features of `set` are known.
fn known(tree: &Tree, at: usize, row: &[f64; 4], set: u32) -> f64 {
    match &tree.nodes[at] {
        Node::Leaf { value, .. } => *value,
        Node::Split { feature, rule, missing_left, left, right, .. } => {
            if set & (1 << feature) != 0 {
                let next = if rule.goes_left(row[*feature], *missing_left) { *left } else { *right };
                return known(tree, next, row, set);
            }
            let (l, r) = (tree.nodes[*left].cover(), tree.nodes[*right].cover());
            (known(tree, *left, row, set) * l + known(tree, *right, row, set) * r) / (l + r)
        }
    }
}

#[test]
fn what_is_no_tree_is_refused() {
    let leaf = || Node::Leaf { value: 1.0, cover: 1.0 };
    let split = |feature, threshold, left, right| Node::Split {
        feature,
        rule: Rule::AtMost(threshold),
        missing_left: true,
        left,
        right,
        gain: 0.0,
        cover: 2.0,
    };
    let cases = [
        (vec![], "a tree has a root"),
        (vec![split(0, 1.0, 1, 2), leaf()], "a child does not exist"),
        (vec![split(0, 1.0, 1, 1), leaf()], "a child has two parents"),
        (vec![split(0, 1.0, 0, 1), leaf()], "a child has two parents"),
        (vec![split(2, 1.0, 1, 2), leaf(), leaf()], "it splits on a feature that does not exist"),
        (vec![split(0, f64::NAN, 1, 2), leaf(), leaf()], "a threshold is a finite number"),
        (vec![leaf(), leaf()], "no parent leads to it"),
        (
            vec![Node::Leaf { value: f64::INFINITY, cover: 1.0 }],
            "value and cover are finite numbers, and the cover is not negative",
        ),
    ];
    for (nodes, expected) in cases {
        let parts =
            Parts { features: 2, base: vec![0.0], link: Link::Identity, trees: vec![Tree { output: 0, nodes }] };
        match Forest::try_from(parts) {
            Err(ForestError::Node { problem, .. }) => assert_eq!(problem, expected),
            other => panic!("{other:?}"),
        }
    }
    let parts = Parts { features: 2, base: vec![0.0; 3], link: Link::Logistic, trees: Vec::new() };
    assert!(matches!(Forest::try_from(parts), Err(ForestError::Outputs { base: 3, .. })));
}

#[test]
fn a_forest_knows_its_width_its_link_and_its_importance() {
    let forest = forest(7, 10, 3, 2, false);
    assert_eq!(forest.raw_row(&[1.0]), Err(ForestError::Width { found: 1, expected: 3 }));
    let chances = forest.predict_row(&[0.1, 0.2, 0.3]).unwrap();
    assert!((chances.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    let splits: u64 = forest.importance().iter().map(|of| of.splits).sum();
    let nodes: usize = forest.parts().trees.iter().map(|tree| tree.nodes.len() / 2).sum();
    assert_eq!(splits, nodes as u64);
    let mut sums = [0.0];
    Link::Logistic.apply(&mut sums);
    assert_eq!(sums, [0.5]);
}

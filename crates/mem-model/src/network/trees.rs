//! Ensembles of trees (`TreeEnsembleClassifier`, `TreeEnsembleRegressor` of `ai.onnx.ml`) as common operators: all trees are walked at once,
//! a level a step, by looking up what each place asks and where it leads. Leaves lead to themselves.
//!
//! Source: the operator reference of ONNX ML, version 3; what onnxruntime makes of two classes with weights for one of them.

use std::collections::HashMap;

use rten_onnx::onnx::{AttributeProto, NodeProto};

use super::NetworkError;
use super::lower::{Lowering, unsupported};

/// Deepest tree that is walked: each level is a dozen operators.
const LEVELS_MAX: usize = 256;

/// Most numbers that the leaves of all trees may hold together.
const VALUES_MAX: usize = 1 << 24;

/// The nodes of all trees, end to end.
struct Nodes {
    features: Vec<i64>,
    thresholds: Vec<f32>,
    /// Where a row goes for which the comparison holds, and where it goes otherwise; a leaf's own place.
    holds: Vec<i64>,
    fails: Vec<i64>,
    /// 1 where a missing value counts as if the comparison held.
    missing_holds: Vec<f32>,
    /// The first node of each tree.
    roots: Vec<i64>,
    /// The operator that compares.
    compare: &'static str,
    /// The longest way from a root to a leaf.
    levels: usize,
    /// Places by numbers of tree and node.
    places: HashMap<(i64, i64), usize>,
}

/// Replaces an ensemble that classifies.
pub(super) fn classifier(mut lowering: Lowering<'_>) -> Result<(), NetworkError> {
    let classes = ["classlabels_int64s", "classlabels_strings"].iter().find_map(|name| lowering.attribute(name).ok());
    let classes = classes.map_or(0, |labels| labels.ints.len().max(labels.strings.len()));
    let ids = whole(&lowering, "class_ids")?;
    let weights = lowering.attribute("class_weights")?.floats.clone();
    let one_sided = classes == 2 && ids.windows(2).all(|pair| pair[0] == pair[1]);
    if !one_sided {
        sums(&mut lowering, "class", &ids, weights, classes)?;
        return lowering.transform();
    }
    // Two classes and weights for one of them: a probability if none is negative, else the sum for the second and against the first.
    let is_probability = weights.iter().all(|weight| *weight >= 0.0);
    sums(&mut lowering, "class", &vec![0; ids.len()], weights, 1)?;
    let sides = lowering.constant(&[1, 2], vec![-1.0, 1.0]);
    lowering.step("MatMul", &[sides], vec![]);
    if !is_probability {
        return lowering.transform();
    }
    if !["", "NONE"].contains(&lowering.text("post_transform")) {
        return Err(unsupported(&lowering.op(), "a post_transform of what is a probability already"));
    }
    let certain = lowering.constant(&[1, 2], vec![1.0, 0.0]);
    lowering.last("Add", &[certain], vec![])
}

/// Replaces an ensemble that tells numbers.
pub(super) fn regressor(mut lowering: Lowering<'_>) -> Result<(), NetworkError> {
    let targets = usize::try_from(lowering.int("n_targets").unwrap_or(1)).unwrap_or(0);
    let ids = whole(&lowering, "target_ids")?;
    let weights = lowering.attribute("target_weights")?.floats.clone();
    sums(&mut lowering, "target", &ids, weights, targets)?;
    lowering.transform()
}

/// The sums of the leaves that a row comes to, one for each of `outputs`, over what they start from.
fn sums(
    lowering: &mut Lowering<'_>,
    of: &str,
    ids: &[i64],
    weights: Vec<f32>,
    outputs: usize,
) -> Result<(), NetworkError> {
    let nodes = nodes(&lowering.node).map_err(|problem| unsupported(&lowering.op(), &problem))?;
    let odd = |problem: &str| unsupported(&lowering.op(), problem);
    let held = nodes.features.len().checked_mul(outputs).filter(|held| outputs > 0 && *held <= VALUES_MAX);
    let mut values = vec![0.0_f32; held.ok_or_else(|| odd("its leaves hold too many numbers, or none"))?];
    let (trees, numbers) = (whole(lowering, &format!("{of}_treeids"))?, whole(lowering, &format!("{of}_nodeids"))?);
    if [trees.len(), numbers.len(), ids.len()] != [weights.len(); 3] {
        return Err(odd("its weights do not fit its leaves"));
    }
    for (((tree, number), id), weight) in trees.iter().zip(&numbers).zip(ids).zip(weights) {
        let place = nodes.places.get(&(*tree, *number)).ok_or_else(|| odd("a weight of a node that is not there"))?;
        let output = usize::try_from(*id).ok().filter(|id| *id < outputs);
        values[place * outputs + output.ok_or_else(|| odd("a weight for an output that is not there"))?] += weight;
    }
    let average = match lowering.text("aggregate_function") {
        "" | "SUM" => false,
        "AVERAGE" => true,
        other => return Err(odd(&format!("aggregate_function {other}"))),
    };
    let base = lowering.attribute("base_values").map_or(Vec::new(), |values| values.floats.clone());
    if !base.is_empty() && base.len() != outputs {
        return Err(odd("its base values do not fit its outputs"));
    }

    let (count, width) = (nodes.roots.len() as i64, nodes.features.len() as i64);
    let leaves = walk(lowering, nodes);
    let values = lowering.constant(&[width, outputs as i64], values);
    lowering.value = values;
    lowering.step("Gather", &[leaves], vec![]);
    let reached = lowering.value.clone();
    let share = if average { 1.0 / count as f32 } else { 1.0 };
    lowering.value = lowering.constant(&[1, count], vec![share; count as usize]);
    lowering.step("MatMul", &[reached], vec![]);
    if !base.is_empty() {
        let base = lowering.constant(&[1, outputs as i64], base);
        lowering.step("Add", &[base], vec![]);
    }
    Ok(())
}

/// The name of the places that a row comes to, one a tree.
fn walk(lowering: &mut Lowering<'_>, nodes: Nodes) -> String {
    let flat = lowering.whole_constant(vec![-1]);
    lowering.step("Reshape", &[flat], vec![]);
    let row = lowering.value.clone();
    let width = nodes.features.len() as i64;
    let tracks = nodes.missing_holds.contains(&1.0);
    let [features, holds, fails, mut places] =
        [nodes.features, nodes.holds, nodes.fails, nodes.roots].map(|numbers| lowering.whole_constant(numbers));
    let [thresholds, missing_holds] =
        [nodes.thresholds, nodes.missing_holds].map(|numbers| lowering.constant(&[width], numbers));
    let half = lowering.constant(&[1], vec![0.5]);
    for _ in 0..nodes.levels {
        let mut of = |op: &str, value: &str, others: &[String]| {
            value.clone_into(&mut lowering.value);
            lowering.step(op, others, vec![]);
            lowering.value.clone()
        };
        let here = std::slice::from_ref(&places);
        let asked = of("Gather", &features, here);
        let number = of("Gather", &row, &[asked]);
        let threshold = of("Gather", &thresholds, here);
        let mut goes = of(nodes.compare, &number, &[threshold]);
        if tracks {
            let missing = of("IsNaN", &number, &[]);
            let tracked = of("Gather", &missing_holds, here);
            let tracked = of("Greater", &tracked, std::slice::from_ref(&half));
            let tracked = of("And", &missing, &[tracked]);
            goes = of("Or", &goes, &[tracked]);
        }
        let held = of("Gather", &holds, here);
        let failed = of("Gather", &fails, here);
        places = of("Where", &goes, &[held, failed]);
    }
    places
}

fn whole(lowering: &Lowering<'_>, name: &str) -> Result<Vec<i64>, NetworkError> {
    Ok(lowering.attribute(name)?.ints.clone())
}

/// Reads the nodes, and finds that they are trees: every node has one way to it.
fn nodes(node: &NodeProto) -> Result<Nodes, String> {
    let find = |name: &str| node.attribute.iter().find(|attribute| attribute.name.as_deref() == Some(name));
    let column = |name: &str| find(name).ok_or_else(|| format!("without {name}"));
    let ints = |name: &str| column(name).map(|attribute: &AttributeProto| &attribute.ints);
    let (trees, numbers, features) = (ints("nodes_treeids")?, ints("nodes_nodeids")?, ints("nodes_featureids")?);
    let (holding, failing) = (ints("nodes_truenodeids")?, ints("nodes_falsenodeids")?);
    let (thresholds, modes) = (&column("nodes_values")?.floats, &column("nodes_modes")?.strings);
    let count = trees.len();
    let lengths = [numbers.len(), features.len(), holding.len(), failing.len(), thresholds.len(), modes.len()];
    if count == 0 || lengths != [count; 6] {
        return Err("its columns differ in length, or are empty".to_owned());
    }
    let tracks = find("nodes_missing_value_tracks_true").map_or(&[][..], |attribute| &attribute.ints);
    if !tracks.is_empty() && tracks.len() != count {
        return Err("its columns differ in length".to_owned());
    }
    let places: HashMap<(i64, i64), usize> = trees.iter().copied().zip(numbers.iter().copied()).zip(0..).collect();
    if places.len() != count {
        return Err("two of its nodes share a number".to_owned());
    }
    let mut mode = None;
    let mut found = Nodes {
        features: vec![0; count],
        thresholds: vec![0.0; count],
        holds: (0..count as i64).collect(),
        fails: (0..count as i64).collect(),
        missing_holds: vec![0.0; count],
        roots: Vec::new(),
        compare: "LessOrEqual",
        levels: 0,
        places,
    };
    let mut ways = vec![0_usize; count];
    for at in (0..count).filter(|at| modes[*at] != "LEAF") {
        if *mode.get_or_insert(&modes[at]) != &modes[at] {
            return Err("its nodes compare in different ways".to_owned());
        }
        let child = |number: i64| found.places.get(&(trees[at], number)).copied().filter(|child| *child != at);
        let (Some(held), Some(failed)) = (child(holding[at]), child(failing[at])) else {
            return Err("a node leads to one that is not there".to_owned());
        };
        (ways[held], ways[failed]) = (ways[held] + 1, ways[failed] + 1);
        (found.holds[at], found.fails[at]) = (held as i64, failed as i64);
        found.features[at] = Some(features[at]).filter(|feature| *feature >= 0).ok_or("a feature has no number")?;
        found.thresholds[at] = thresholds[at];
        found.missing_holds[at] = f32::from(u8::from(tracks.get(at).is_some_and(|tracks| *tracks != 0)));
    }
    found.compare = match mode.map_or("BRANCH_LEQ", String::as_str) {
        "BRANCH_LEQ" => "LessOrEqual",
        "BRANCH_LT" => "Less",
        "BRANCH_GTE" => "GreaterOrEqual",
        "BRANCH_GT" => "Greater",
        other => return Err(format!("nodes_modes {other}")),
    };
    found.roots = (0..count).filter(|at| ways[*at] == 0).map(|at| at as i64).collect();
    // A level at a time from the roots: nodes that lead in a circle are never come to.
    let (mut level, mut reached) = (found.roots.clone(), found.roots.len());
    while !level.is_empty() {
        let leads = |at: &i64| found.holds[*at as usize] != *at;
        let inner = level.iter().filter(|at| leads(at));
        level = inner.flat_map(|at| [found.holds[*at as usize], found.fails[*at as usize]]).collect();
        reached += level.len();
        found.levels += usize::from(!level.is_empty());
        if found.levels > LEVELS_MAX {
            return Err(format!("trees of more than {LEVELS_MAX} levels"));
        }
        if reached > count {
            break;
        }
    }
    if reached != count || ways.iter().any(|ways| *ways > 1) {
        return Err("its nodes are no trees".to_owned());
    }
    Ok(found)
}

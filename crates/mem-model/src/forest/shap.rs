//! Contributions of features to one prediction: exact Shapley values of trees, path-dependent.
//!
//! Source: Lundberg, Erion, Lee, "Consistent Individualized Feature Attribution for Tree Ensembles" (2018), algorithm 2. What a tree would say
//! without a feature is the mean over both sides of its splits, weighted by the training rows that went there. Cost a tree: leaves times
//! depth squared.

use super::{Forest, ForestError, Node, Tree};

/// One feature on the way from the root: shares of paths that pass with the feature unknown (`zero`) and known (`one`), and the weight of
/// the subsets that are as large as its position.
#[derive(Debug, Clone, Copy)]
struct Step {
    /// The feature; none at the root.
    feature: Option<usize>,
    zero: f64,
    one: f64,
    weight: f64,
}

impl Forest {
    /// What each feature adds to each raw sum of a row, and last what is expected without knowing any; `features + 1` numbers an output,
    /// output by output. Those of an output add up to its raw prediction.
    ///
    /// # Errors
    /// A row of another width; a node without cover.
    pub fn contributions(&self, row: &[f64]) -> Result<Vec<f64>, ForestError> {
        self.expect_width(row.len())?;
        let width = self.features() + 1;
        let mut all = vec![0.0; width * self.outputs()];
        for (output, base) in self.parts.base.iter().enumerate() {
            all[output * width + width - 1] = *base;
        }
        for (number, tree) in self.parts.trees.iter().enumerate() {
            let uncovered = tree.nodes.iter().position(|node| node.cover() <= 0.0);
            if let Some(node) = uncovered.filter(|_| tree.nodes.len() > 1) {
                return Err(ForestError::NoCover { tree: number, node });
            }
            let into = &mut all[tree.output * width..(tree.output + 1) * width];
            into[width - 1] += expected(tree);
            let root = Step { feature: None, zero: 1.0, one: 1.0, weight: 0.0 };
            walk(tree, 0, row, Vec::new(), root, into);
        }
        Ok(all)
    }
}

/// The mean of a tree over its training rows. Children come after parents, so one pass from the end suffices.
fn expected(tree: &Tree) -> f64 {
    let mut means = vec![0.0; tree.nodes.len()];
    for (at, node) in tree.nodes.iter().enumerate().rev() {
        means[at] = match node {
            Node::Leaf { value, .. } => *value,
            Node::Split { left, right, .. } => {
                let (l, r) = (tree.nodes[*left].cover(), tree.nodes[*right].cover());
                (means[*left] * l + means[*right] * r) / (l + r)
            }
        };
    }
    means[0]
}

fn walk(tree: &Tree, at: usize, row: &[f64], mut path: Vec<Step>, step: Step, into: &mut [f64]) {
    extend(&mut path, step);
    match &tree.nodes[at] {
        Node::Leaf { value, .. } => {
            for (position, step) in path.iter().enumerate() {
                if let Some(feature) = step.feature {
                    into[feature] += unwound_weight(&path, position) * (step.one - step.zero) * value;
                }
            }
        }
        Node::Split { feature, rule, missing_left, left, right, .. } => {
            let (mut zero, mut one) = (1.0, 1.0);
            if let Some(position) = path.iter().position(|step| step.feature == Some(*feature)) {
                (zero, one) = (path[position].zero, path[position].one);
                unwind(&mut path, position);
            }
            let goes_left = rule.goes_left(row[*feature], *missing_left);
            let (taken, other) = if goes_left { (*left, *right) } else { (*right, *left) };
            let cover = tree.nodes[*left].cover() + tree.nodes[*right].cover();
            let share = |child: usize| zero * tree.nodes[child].cover() / cover;
            let feature = Some(*feature);
            walk(tree, taken, row, path.clone(), Step { feature, zero: share(taken), one, weight: 0.0 }, into);
            walk(tree, other, row, path, Step { feature, zero: share(other), one: 0.0, weight: 0.0 }, into);
        }
    }
}

/// Appends a step and updates the weights of subsets.
fn extend(path: &mut Vec<Step>, step: Step) {
    let depth = path.len();
    let length = (depth + 1) as f64;
    path.push(Step { weight: if depth == 0 { 1.0 } else { 0.0 }, ..step });
    for position in (0..depth).rev() {
        let weight = path[position].weight;
        path[position + 1].weight += step.one * weight * (position + 1) as f64 / length;
        path[position].weight = step.zero * weight * (depth - position) as f64 / length;
    }
}

/// Takes a step out again, as if it had never been appended.
fn unwind(path: &mut Vec<Step>, position: usize) {
    let depth = path.len() - 1;
    let length = (depth + 1) as f64;
    let Step { zero, one, .. } = path[position];
    let mut next = path[depth].weight;
    for at in (0..depth).rev() {
        if one == 0.0 {
            path[at].weight *= length / (zero * (depth - at) as f64);
        } else {
            let weight = path[at].weight;
            path[at].weight = next * length / ((at + 1) as f64 * one);
            next = weight - path[at].weight * zero * (depth - at) as f64 / length;
        }
    }
    for at in position..depth {
        path[at] = Step { weight: path[at].weight, ..path[at + 1] };
    }
    path.truncate(depth);
}

/// The sum of the weights that [`unwind`] would leave.
fn unwound_weight(path: &[Step], position: usize) -> f64 {
    let depth = path.len() - 1;
    let length = (depth + 1) as f64;
    let Step { zero, one, .. } = path[position];
    let (mut next, mut total) = (path[depth].weight, 0.0);
    for at in (0..depth).rev() {
        let rest = (depth - at) as f64;
        if one == 0.0 {
            total += path[at].weight * length / (zero * rest);
        } else {
            let weight = next * length / ((at + 1) as f64 * one);
            total += weight;
            next = path[at].weight - weight * zero * rest / length;
        }
    }
    total
}

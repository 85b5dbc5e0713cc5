//! One tree, grown leaf by leaf where the gain is greatest.

use std::ops::Range;

use rayon::prelude::*;

use super::bins::Bins;
use super::histogram::{Histogram, Quantised, Spare, WIDTH, add, unpack};
use super::split::{Cut, Limits, best_cut};
use super::{BoostParameters, Monotone};
use crate::forest::{Node, Rule, Tree};

/// Additions and comparisons from which a split is worth more than one thread.
const PARALLEL_WORK: usize = 65_536;

/// A tree, and which training rows ended where.
#[derive(Debug)]
pub(super) struct Grown {
    pub(super) tree: Tree,
    /// Training rows, those of a leaf together.
    pub(super) rows: Vec<u32>,
    /// Nodes that are leaves, and where their rows lie in `rows`.
    pub(super) leaves: Vec<(usize, Range<usize>)>,
}

/// What one tree grows from.
#[derive(Debug)]
pub(super) struct Grower<'a> {
    parameters: &'a BoostParameters,
    bins: &'a Bins,
    quantised: &'a Quantised,
    may_use: Vec<bool>,
    rows: Vec<u32>,
    /// Gradients of `rows`, in their order.
    pairs: Vec<i64>,
    spare: Vec<(u32, i64)>,
    histograms: &'a mut Spare,
}

/// A leaf while the tree grows.
#[derive(Debug)]
struct Leaf {
    node: usize,
    depth: usize,
    rows: Range<usize>,
    sum: i64,
    low: f64,
    high: f64,
    histograms: Vec<Histogram>,
    best: Option<Split>,
}

#[derive(Debug, Clone, Copy)]
struct Split {
    feature: usize,
    cut: Cut,
    /// In units of the histograms.
    gain: f64,
}

impl<'a> Grower<'a> {
    pub(super) fn new(
        parameters: &'a BoostParameters,
        bins: &'a Bins,
        quantised: &'a Quantised,
        may_use: Vec<bool>,
        histograms: &'a mut Spare,
    ) -> Self {
        let (rows, pairs, spare) = (Vec::new(), Vec::new(), Vec::new());
        Self { parameters, bins, quantised, may_use, rows, pairs, spare, histograms }
    }

    /// Grows a tree for `output` from all rows, or from `bagged` ones.
    pub(super) fn grow(mut self, output: usize, bagged: Option<&[u32]>) -> Grown {
        match bagged {
            None => {
                self.rows = (0..self.quantised.pairs.len() as u32).collect();
                self.pairs.clone_from(&self.quantised.pairs);
            }
            Some(rows) => {
                self.rows = rows.to_vec();
                self.pairs = rows.iter().map(|row| self.quantised.pairs[*row as usize]).collect();
            }
        }
        let mut nodes = vec![Node::Leaf { value: 0.0, cover: 0.0 }];
        let mut leaves = vec![self.root()];
        while leaves.len() < self.parameters.leaves {
            let Some(at) = best_leaf(&leaves) else { break };
            let last = leaves.len() + 1 == self.parameters.leaves;
            let (left, right) = self.split(leaves.swap_remove(at), &mut nodes, last);
            leaves.push(left);
            leaves.push(right);
        }
        for leaf in &leaves {
            let (gradient, hessian) = unpack(leaf.sum);
            let (gradient, hessian) =
                (gradient / self.quantised.gradient_scale, hessian / self.quantised.hessian_scale);
            let limits = Limits { l2: self.parameters.l2, hessian: 0.0, low: leaf.low, high: leaf.high };
            let value = if gradient.is_finite() && hessian > 0.0 { limits.value(gradient, hessian) } else { 0.0 };
            nodes[leaf.node] =
                Node::Leaf { value: self.parameters.learning_rate * value, cover: leaf.rows.len() as f64 };
        }
        let end = |leaf: Leaf| {
            self.histograms.keep(leaf.histograms);
            (leaf.node, leaf.rows)
        };
        let leaves = leaves.into_iter().map(end).collect();
        Grown { tree: Tree { output, nodes }, rows: self.rows, leaves }
    }

    fn root(&mut self) -> Leaf {
        let mut root = Leaf {
            node: 0,
            depth: 0,
            rows: 0..self.rows.len(),
            sum: self.pairs.iter().sum(),
            low: f64::NEG_INFINITY,
            high: f64::INFINITY,
            histograms: Vec::new(),
            best: None,
        };
        if self.is_splittable(&root) {
            let mut histograms = self.histograms.take(self.bins);
            let groups = self.each_group(self.rows.len(), &mut histograms, |group, histogram| {
                add(histogram, &self.bins.groups()[group], &self.rows, &self.pairs);
                self.best_of_group(group, histogram, &root)
            });
            root.histograms = histograms;
            root.best = best_of(groups);
        }
        root
    }

    /// Makes two leaves of one.
    fn split(&mut self, parent: Leaf, nodes: &mut Vec<Node>, last: bool) -> (Leaf, Leaf) {
        let Split { feature, cut, gain } = parent.best.expect("only leaves with a split are split");
        let middle = self.partition(parent.rows.clone(), feature, &cut);
        let (left_node, right_node) = (nodes.len(), nodes.len() + 1);
        let unit = self.quantised.gradient_scale * self.quantised.gradient_scale / self.quantised.hessian_scale;
        nodes[parent.node] = Node::Split {
            feature,
            rule: Rule::AtMost(self.bins.border(feature, cut.bin)),
            missing_left: cut.missing_left,
            left: left_node,
            right: right_node,
            gain: gain / unit,
            cover: parent.rows.len() as f64,
        };
        nodes.extend([Node::Leaf { value: 0.0, cover: 0.0 }, Node::Leaf { value: 0.0, cover: 0.0 }]);
        let child = |node, rows, sum| Leaf {
            node,
            depth: parent.depth + 1,
            rows,
            sum,
            low: parent.low,
            high: parent.high,
            histograms: Vec::new(),
            best: None,
        };
        let mut left = child(left_node, parent.rows.start..middle, cut.left);
        let mut right = child(right_node, middle..parent.rows.end, parent.sum - cut.left);
        self.bound(feature, &parent, &mut left, &mut right);
        if !last && (self.is_splittable(&left) || self.is_splittable(&right)) {
            self.find_splits(parent.histograms, &mut left, &mut right);
        } else {
            self.histograms.keep(parent.histograms);
        }
        (left, right)
    }

    /// Keeps the leaves below two children on their sides of the middle, where the answer must not go down, or up, with the feature.
    fn bound(&self, feature: usize, parent: &Leaf, left: &mut Leaf, right: &mut Leaf) {
        let limits = self.limits(parent);
        let value = |leaf: &Leaf| {
            let (gradient, hessian) = unpack(leaf.sum);
            limits.value(gradient, hessian) * self.quantised.hessian_scale / self.quantised.gradient_scale
        };
        let middle = f64::midpoint(value(left), value(right)).clamp(parent.low, parent.high);
        match self.direction(feature) {
            Monotone::Free => {}
            Monotone::Increasing => (left.high, right.low) = (middle, middle),
            Monotone::Decreasing => (left.low, right.high) = (middle, middle),
        }
    }

    /// Sums by bin for the smaller child; those of the larger one are what is left of the parent's; and the best split of each.
    fn find_splits(&mut self, mut parents: Vec<Histogram>, left: &mut Leaf, right: &mut Leaf) {
        let (small, large) = if left.rows.len() <= right.rows.len() { (left, right) } else { (right, left) };
        let mut smalls = self.histograms.take(self.bins);
        let (rows, pairs) = (&self.rows[small.rows.clone()], &self.pairs[small.rows.clone()]);
        let (split_small, split_large) = (self.is_splittable(small), self.is_splittable(large));
        let mut both: Vec<(&mut Histogram, &mut Histogram)> = parents.iter_mut().zip(&mut smalls).collect();
        let found = self.each_group(rows.len(), &mut both, |group, (parent, sums)| {
            add(sums, &self.bins.groups()[group], rows, pairs);
            for place in 0..WIDTH.min(self.bins.features() - group * WIDTH) {
                let bins = self.bins.count(group * WIDTH + place) + 1;
                for (rest, sum) in parent[place][..bins].iter_mut().zip(&sums[place][..bins]) {
                    *rest -= sum;
                }
            }
            let of_small = if split_small { self.best_of_group(group, sums, small) } else { None };
            let of_large = if split_large { self.best_of_group(group, parent, large) } else { None };
            (of_small, of_large)
        });
        let (of_small, of_large): (Vec<_>, Vec<_>) = found.into_iter().unzip();
        (small.best, large.best) = (best_of(of_small), best_of(of_large));
        for (leaf, histograms) in [(small, smalls), (large, parents)] {
            if leaf.best.is_some() {
                leaf.histograms = histograms;
            } else {
                self.histograms.keep(histograms);
            }
        }
    }

    /// Does the work of each group of features, on more than one thread where it is worth it.
    fn each_group<T: Send, R: Send>(
        &self,
        rows: usize,
        groups: &mut [T],
        work: impl Fn(usize, &mut T) -> R + Sync,
    ) -> Vec<R> {
        if (rows + 2 * self.bins.most()) * self.bins.features() < PARALLEL_WORK {
            groups.iter_mut().enumerate().map(|(number, group)| work(number, group)).collect()
        } else {
            groups.par_iter_mut().enumerate().map(|(number, group)| work(number, group)).collect()
        }
    }

    fn best_of_group(&self, group: usize, histogram: &Histogram, leaf: &Leaf) -> Option<Split> {
        let limits = self.limits(leaf);
        let (gradient, hessian) = unpack(leaf.sum);
        let whole = limits.score(gradient, hessian);
        let unit = self.quantised.gradient_scale * self.quantised.gradient_scale / self.quantised.hessian_scale;
        let first = group * WIDTH;
        let features = first..self.bins.features().min(first + WIDTH);
        let splits = features.filter(|feature| self.may_use[*feature]).map(|feature| {
            let sums = &histogram[feature - first];
            let cut = best_cut(sums, self.bins.count(feature), leaf.sum, self.direction(feature), &limits)?;
            let gain = cut.score - whole;
            (gain > self.parameters.gain * unit).then_some(Split { feature, cut, gain })
        });
        best_of(splits)
    }

    /// The limits of a leaf, in units of the histograms.
    fn limits(&self, leaf: &Leaf) -> Limits {
        let (_, hessian) = unpack(leaf.sum);
        let of_rows = hessian * (self.parameters.leaf_rows as f64 - 0.5) / leaf.rows.len() as f64;
        let unit = self.quantised.gradient_scale / self.quantised.hessian_scale;
        Limits {
            l2: self.parameters.l2 * self.quantised.hessian_scale,
            hessian: (self.parameters.leaf_hessian * self.quantised.hessian_scale).max(of_rows).max(1.0),
            low: leaf.low * unit,
            high: leaf.high * unit,
        }
    }

    fn is_splittable(&self, leaf: &Leaf) -> bool {
        leaf.rows.len() >= 2 * self.parameters.leaf_rows && leaf.depth < self.parameters.depth
    }

    fn direction(&self, feature: usize) -> Monotone {
        self.parameters.monotone.get(feature).copied().unwrap_or_default()
    }

    /// Puts rows that go left before those that go right, keeping their order; where the latter begin.
    fn partition(&mut self, range: Range<usize>, feature: usize, cut: &Cut) -> usize {
        let (group, place) = (&self.bins.groups()[feature / WIDTH], feature % WIDTH);
        // Missing values are in bin 0; taking 1 off all bins puts them above all others.
        let (shift, limit) = if cut.missing_left { (0, cut.bin) } else { (1, cut.bin - 1) };
        let (rows, pairs) = (&mut self.rows[range.clone()], &mut self.pairs[range.clone()]);
        self.spare.resize(rows.len().max(self.spare.len()), (0, 0));
        let (mut lefts, mut rights) = (0, 0);
        for at in 0..rows.len() {
            let (row, pair) = (rows[at], pairs[at]);
            let goes_left = group[row as usize][place].wrapping_sub(shift) <= limit;
            rows[lefts] = row;
            pairs[lefts] = pair;
            self.spare[rights] = (row, pair);
            lefts += usize::from(goes_left);
            rights += usize::from(!goes_left);
        }
        for (at, (row, pair)) in self.spare[..rights].iter().enumerate() {
            rows[lefts + at] = *row;
            pairs[lefts + at] = *pair;
        }
        range.start + lefts
    }
}

/// The leaf whose split gains most; of equal ones the first.
fn best_leaf(leaves: &[Leaf]) -> Option<usize> {
    let gains = leaves.iter().enumerate().filter_map(|(at, leaf)| leaf.best.map(|split| (at, split.gain)));
    gains.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(at, _)| at)
}

/// The split that gains most; of equal ones the first.
fn best_of(splits: impl IntoIterator<Item = Option<Split>>) -> Option<Split> {
    splits.into_iter().flatten().reduce(|best, next| if next.gain > best.gain { next } else { best })
}

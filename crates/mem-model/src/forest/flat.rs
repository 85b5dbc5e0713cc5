//! Trees as the processor likes them: all nodes in one array of 16 bytes each, breadth first, so that the right child follows the left one.
//!
//! A row goes down without branches: the next node is `left`, plus one if the value is above the threshold. A leaf is a split that never
//! goes anywhere, so every row of a group takes the same number of steps, and the steps of a group overlap. Rows go in blocks through all
//! trees; sums are always added in the order of the trees, so their bits do not depend on how many rows are asked at once.

use rayon::prelude::*;

use super::tree::{Node, Rule, Tree};
use super::{ForestError, Parts};
use crate::table::Table;

/// Rows of a block: as many as keep their features (50 of them) within the first-level cache, with the nodes of some trees.
const BLOCK: usize = 64;

/// Rows, or trees, that go down side by side.
const LANES: usize = 8;

/// Rows from which a table is worth more than one thread.
const PARALLEL_ROWS: usize = 4096;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Flat {
    nodes: Vec<Packed>,
    /// What a node adds to the sum if a row ends there.
    values: Vec<f64>,
    trees: Vec<Walk>,
    /// The rules of nodes that are no plain comparisons.
    rules: Vec<Rule>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Packed {
    threshold: f64,
    left: u32,
    feature: u16,
    /// 1 where a missing value goes right.
    missing_right: u16,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Walk {
    root: u32,
    /// Steps to the deepest leaf.
    steps: u32,
    output: u32,
    /// All its rules are plain comparisons; otherwise a node's threshold is the number of its rule.
    plain: bool,
}

impl Packed {
    /// The next node of a row whose value here is `value`, which is not missing unless `MISSING`.
    #[inline(always)]
    fn next<const MISSING: bool>(&self, value: f64) -> u32 {
        let mut right = u32::from(value > self.threshold);
        if MISSING {
            right |= u32::from(value.is_nan()) & u32::from(self.missing_right);
        }
        self.left + right
    }
}

impl Flat {
    pub(super) fn new(parts: &Parts) -> Result<Self, ForestError> {
        let nodes: usize = parts.trees.iter().map(|tree| tree.nodes.len()).sum();
        if u32::try_from(nodes).is_err() {
            return Err(ForestError::TooLarge("the number of nodes"));
        }
        if parts.features > usize::from(u16::MAX) {
            return Err(ForestError::TooLarge("the number of features"));
        }
        let mut flat = Self {
            nodes: Vec::with_capacity(nodes),
            values: Vec::with_capacity(nodes),
            trees: Vec::new(),
            rules: Vec::new(),
        };
        for tree in &parts.trees {
            flat.push(tree);
        }
        Ok(flat)
    }

    /// Appends a tree, level by level.
    fn push(&mut self, tree: &Tree) {
        let root = self.nodes.len() as u32;
        let plain =
            tree.nodes.iter().all(|node| matches!(node, Node::Leaf { .. } | Node::Split { rule: Rule::AtMost(_), .. }));
        let (mut level, mut next, mut steps) = (vec![0_usize], root + 1, 0);
        loop {
            let mut below = Vec::new();
            for at in level {
                match &tree.nodes[at] {
                    Node::Leaf { value, .. } => {
                        let left = self.nodes.len() as u32;
                        self.nodes.push(Packed { threshold: f64::INFINITY, left, feature: 0, missing_right: 0 });
                        self.values.push(*value);
                    }
                    Node::Split { feature, rule, missing_left, left, right, .. } => {
                        let threshold = match rule {
                            Rule::AtMost(threshold) if plain => *threshold,
                            _ => {
                                self.rules.push(rule.clone());
                                (self.rules.len() - 1) as f64
                            }
                        };
                        let (feature, missing_right) = (*feature as u16, u16::from(!missing_left));
                        self.nodes.push(Packed { threshold, left: next, feature, missing_right });
                        self.values.push(0.0);
                        next += 2;
                        below.extend([*left, *right]);
                    }
                }
            }
            if below.is_empty() {
                break;
            }
            level = below;
            steps += 1;
        }
        self.trees.push(Walk { root, steps, output: tree.output as u32, plain });
    }

    /// Adds what each tree says of one row to the sums of its outputs.
    pub(super) fn add_row(&self, row: &[f64], sums: &mut [f64]) {
        if row.iter().any(|value| value.is_nan()) {
            self.add_row_with::<true>(row, sums);
        } else {
            self.add_row_with::<false>(row, sums);
        }
    }

    fn add_row_with<const MISSING: bool>(&self, row: &[f64], sums: &mut [f64]) {
        for group in self.trees.chunks(LANES) {
            let mut at = [0_u32; LANES];
            for (at, tree) in at.iter_mut().zip(group) {
                *at = if tree.plain { tree.root } else { self.leaf_by_rules(*tree, |feature| row[feature]) };
            }
            // A lane without a tree stands on node 0 and goes down tree 0; nobody reads where it ends. One with rules stands on its leaf.
            let steps = group.iter().map(|tree| tree.steps).max().unwrap_or(0);
            for _ in 0..steps {
                for at in &mut at {
                    let node = &self.nodes[*at as usize];
                    *at = node.next::<MISSING>(row[usize::from(node.feature)]);
                }
            }
            for (at, tree) in at.iter().zip(group) {
                sums[tree.output as usize] += self.values[*at as usize];
            }
        }
    }

    /// Adds what each tree says of each row to the row's sums, of which there are `outputs` a row.
    pub(super) fn add_table(&self, table: &Table, outputs: usize, sums: &mut [f64]) {
        if self.nodes.is_empty() {
            return;
        }
        if table.rows() < PARALLEL_ROWS {
            self.add_rows(table, 0, outputs, sums);
        } else {
            let rows = PARALLEL_ROWS / 4;
            let pieces = sums.par_chunks_mut(rows * outputs).enumerate();
            pieces.for_each(|(piece, sums)| self.add_rows(table, piece * rows, outputs, sums));
        }
    }

    /// The same for as many rows, from `first` on, as there are sums for.
    fn add_rows(&self, table: &Table, first: usize, outputs: usize, sums: &mut [f64]) {
        let mut block = vec![[0.0; BLOCK]; table.width().max(1)];
        for (number, sums) in sums.chunks_mut(BLOCK * outputs).enumerate() {
            let from = first + number * BLOCK;
            let rows = sums.len() / outputs;
            let mut missing = false;
            for (lanes, column) in block.iter_mut().zip(table.columns()) {
                lanes[..rows].copy_from_slice(&column[from..from + rows]);
                missing |= lanes[..rows].iter().any(|value| value.is_nan());
            }
            if missing {
                self.add_block::<true>(&block, outputs, sums);
            } else {
                self.add_block::<false>(&block, outputs, sums);
            }
        }
    }

    fn add_block<const MISSING: bool>(&self, block: &[[f64; BLOCK]], outputs: usize, sums: &mut [f64]) {
        for tree in &self.trees {
            for (group, sums) in sums.chunks_mut(LANES * outputs).enumerate() {
                let ends = self.descend::<MISSING>(*tree, block, group * LANES);
                for (sums, end) in sums.chunks_mut(outputs).zip(ends) {
                    sums[tree.output as usize] += self.values[end as usize];
                }
            }
        }
    }

    /// Where the rows of a block from `first` on end. Rows past the last one hold old numbers; nobody reads where they end.
    #[inline(always)]
    fn descend<const MISSING: bool>(&self, tree: Walk, block: &[[f64; BLOCK]], first: usize) -> [u32; LANES] {
        let mut at = [tree.root; LANES];
        if !tree.plain {
            for (lane, at) in at.iter_mut().enumerate() {
                *at = self.leaf_by_rules(tree, |feature| block[feature][first + lane]);
            }
            return at;
        }
        for _ in 0..tree.steps {
            for (lane, at) in at.iter_mut().enumerate() {
                let node = &self.nodes[*at as usize];
                *at = node.next::<MISSING>(block[usize::from(node.feature)][first + lane]);
            }
        }
        at
    }

    /// Where a row ends in a tree that has rules.
    fn leaf_by_rules(&self, tree: Walk, value: impl Fn(usize) -> f64) -> u32 {
        let mut at = tree.root;
        loop {
            let node = &self.nodes[at as usize];
            if node.left == at {
                return at;
            }
            let rule = &self.rules[node.threshold as usize];
            let left = rule.goes_left(value(usize::from(node.feature)), node.missing_right == 0);
            at = node.left + u32::from(!left);
        }
    }
}

//! Trees as the processor likes them: all nodes in a few arrays, breadth first, so that the right child follows the left one.
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
const LANES: usize = 16;

/// Rows from which a table is worth more than one thread.
const PARALLEL_ROWS: usize = 4096;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Flat {
    /// What each node compares with; of a tree with rules, the number of the rule.
    thresholds: Vec<f64>,
    turns: Vec<Turn>,
    /// 1 where a missing value goes right.
    missing_right: Vec<u8>,
    /// What a node adds to the sum if a row ends there.
    values: Vec<f64>,
    trees: Vec<Walk>,
    /// The rules of nodes that are no plain comparisons.
    rules: Vec<Rule>,
    /// Length of a block: its features, at least one, by [`BLOCK`].
    block: usize,
}

/// Where a node sends a row.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Turn {
    /// The left child; the right one follows it. A leaf is its own.
    left: u32,
    /// Where in a block the feature's values begin.
    values: u32,
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
            thresholds: Vec::with_capacity(nodes),
            turns: Vec::with_capacity(nodes),
            missing_right: Vec::with_capacity(nodes),
            values: Vec::with_capacity(nodes),
            trees: Vec::new(),
            rules: Vec::new(),
            block: parts.features.max(1) * BLOCK,
        };
        for tree in &parts.trees {
            flat.push(tree);
        }
        Ok(flat)
    }

    /// Appends a tree, level by level.
    fn push(&mut self, tree: &Tree) {
        let root = self.turns.len() as u32;
        let plain =
            tree.nodes.iter().all(|node| matches!(node, Node::Leaf { .. } | Node::Split { rule: Rule::AtMost(_), .. }));
        let (mut level, mut next, mut steps) = (vec![0_usize], root + 1, 0);
        loop {
            let mut below = Vec::new();
            for at in level {
                match &tree.nodes[at] {
                    Node::Leaf { value, .. } => {
                        let left = self.turns.len() as u32;
                        self.push_node(f64::INFINITY, Turn { left, values: 0 }, false, *value);
                    }
                    Node::Split { feature, rule, missing_left, left, right, .. } => {
                        let threshold = match rule {
                            Rule::AtMost(threshold) if plain => *threshold,
                            _ => {
                                self.rules.push(rule.clone());
                                (self.rules.len() - 1) as f64
                            }
                        };
                        let turn = Turn { left: next, values: (feature * BLOCK) as u32 };
                        self.push_node(threshold, turn, !missing_left, 0.0);
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

    fn push_node(&mut self, threshold: f64, turn: Turn, missing_right: bool, value: f64) {
        self.thresholds.push(threshold);
        self.turns.push(turn);
        self.missing_right.push(u8::from(missing_right));
        self.values.push(value);
    }

    /// The node after `at` of a row whose values `values` tells by [`Turn::values`]; they are not missing unless `MISSING`.
    ///
    /// # Safety
    /// `at` is a root, or was an answer of this function.
    #[inline(always)]
    #[allow(unsafe_code)]
    unsafe fn next<const MISSING: bool>(&self, at: u32, value: impl FnOnce(usize) -> f64) -> u32 {
        let at = at as usize;
        // SAFETY: `push` gives each node a threshold, a turn and a `missing_right`, so the three are of one length. A root is the number of a
        // node. `left` of a split is the number of a node that `push` appends with the next level, as is `left + 1`; that of a leaf is its own
        // number, and its threshold is infinite: no value is above it, and a missing one does not go right. So answers are numbers of nodes.
        let (threshold, turn) = unsafe { (*self.thresholds.get_unchecked(at), *self.turns.get_unchecked(at)) };
        let value = value(turn.values as usize);
        let mut right = u32::from(value > threshold);
        if MISSING {
            // SAFETY: as above.
            let missing_right = unsafe { *self.missing_right.get_unchecked(at) };
            right |= u32::from(value.is_nan()) & u32::from(missing_right);
        }
        turn.left + right
    }

    /// Adds what each tree says of one row to the sums of its outputs.
    pub(super) fn add_row(&self, row: &[f64], sums: &mut [f64]) {
        if row.iter().any(|value| value.is_nan()) {
            self.add_row_with::<true>(row, sums);
        } else {
            self.add_row_with::<false>(row, sums);
        }
    }

    #[allow(unsafe_code)]
    fn add_row_with<const MISSING: bool>(&self, row: &[f64], sums: &mut [f64]) {
        for group in self.trees.chunks(LANES) {
            let mut at = [0_u32; LANES];
            for (at, tree) in at.iter_mut().zip(group) {
                *at = if tree.plain { tree.root } else { self.leaf_by_rules(*tree, |values| row[values / BLOCK]) };
            }
            // A lane without a tree stands on node 0 and goes down tree 0; nobody reads where it ends. One with rules stands on its leaf.
            let steps = group.iter().map(|tree| tree.steps).max().unwrap_or(0);
            for _ in 0..steps {
                for at in &mut at {
                    // SAFETY: it began as a root or as a leaf.
                    *at = unsafe { self.next::<MISSING>(*at, |values| row[values / BLOCK]) };
                }
            }
            for (at, tree) in at.iter().zip(group) {
                sums[tree.output as usize] += self.values[*at as usize];
            }
        }
    }

    /// Adds what each tree says of each row to the row's sums, of which there are `outputs` a row.
    pub(super) fn add_table(&self, table: &Table, outputs: usize, sums: &mut [f64]) {
        if self.turns.is_empty() {
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
        // A feature's values of the block lie together, at `Turn::values`; with none, leaves still look at the first.
        let mut block = vec![0.0; self.block];
        for (number, sums) in sums.chunks_mut(BLOCK * outputs).enumerate() {
            let from = first + number * BLOCK;
            let rows = sums.len() / outputs;
            let mut missing = false;
            for (lanes, column) in block.chunks_exact_mut(BLOCK).zip(table.columns()) {
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

    fn add_block<const MISSING: bool>(&self, block: &[f64], outputs: usize, sums: &mut [f64]) {
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
    #[allow(unsafe_code)]
    fn descend<const MISSING: bool>(&self, tree: Walk, block: &[f64], first: usize) -> [u32; LANES] {
        let mut at = [tree.root; LANES];
        if !tree.plain {
            for (lane, at) in at.iter_mut().enumerate() {
                *at = self.leaf_by_rules(tree, |values| block[values + first + lane]);
            }
            return at;
        }
        assert!(first + LANES <= BLOCK && block.len() == self.block, "lanes of a block of this forest's width");
        for _ in 0..tree.steps {
            for (lane, at) in at.iter_mut().enumerate() {
                // SAFETY: a feature's values are the BLOCK places from `Turn::values` on, all within `self.block`, and the assertion says that
                // `first + lane` is one of them and that the block is that long.
                let value = |values: usize| unsafe { *block.get_unchecked(values + first + lane) };
                // SAFETY: it began as a root.
                *at = unsafe { self.next::<MISSING>(*at, value) };
            }
        }
        at
    }

    /// Where a row ends in a tree that has rules.
    fn leaf_by_rules(&self, tree: Walk, value: impl Fn(usize) -> f64) -> u32 {
        let mut at = tree.root;
        loop {
            let (threshold, turn) = (self.thresholds[at as usize], self.turns[at as usize]);
            if turn.left == at {
                return at;
            }
            let missing_left = self.missing_right[at as usize] == 0;
            let left = self.rules[threshold as usize].goes_left(value(turn.values as usize), missing_left);
            at = turn.left + u32::from(!left);
        }
    }
}

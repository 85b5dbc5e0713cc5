//! Hoeffding trees: a leaf splits once it has seen enough to be sure, with confidence 1 - delta, which column divides it best (Domingos,
//! Hulten 2000). No observation is kept.
//!
//! [`leaf`] (what a leaf knows), [`split`] (how a column would divide it), this file (the tree that only grows), [`adaptive`] (the tree whose
//! branches are replaced when what they say has become wrong).

pub mod adaptive;
pub mod leaf;
pub mod split;

use serde::{Deserialize, Serialize};

use super::random::Random;
use super::{OnlineClassifier, usable};
use leaf::Leaf;
use split::Split;

/// When a tree grows, and how far.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TreeConfig {
    /// A leaf looks for a split each time it has seen this much more weight. 200.
    pub grace: f64,
    /// The chance that a split is not the best one. 1e-7.
    pub delta: f64,
    /// Columns whose gain differs by less than this (bits) count as equally good: the tie is broken. 0.05.
    pub tie: f64,
    /// The deepest leaf; the root has depth 0. At most 60. 20.
    pub max_depth: u32,
    /// The most leaves; a full tree learns in its leaves only. 1024.
    pub max_leaves: usize,
    /// How many columns, drawn at random, a leaf looks at; all where nothing is said.
    pub columns_per_leaf: Option<usize>,
    /// Where the random numbers start.
    pub seed: u64,
}

impl Default for TreeConfig {
    fn default() -> Self {
        let columns_per_leaf = None;
        Self { grace: 200.0, delta: 1e-7, tie: 0.05, max_depth: 20, max_leaves: 1024, columns_per_leaf, seed: 1 }
    }
}

impl TreeConfig {
    /// The columns that a new leaf looks at.
    fn draw(&self, width: usize, random: &mut Random) -> Vec<usize> {
        match self.columns_per_leaf {
            Some(count) if count < width => random.distinct(width, count.max(1)),
            _ => (0..width).collect(),
        }
    }

    /// Whether a leaf at `depth` in a tree of `leaves` may become two.
    fn may_split(&self, depth: u32, leaves: usize) -> bool {
        depth < self.max_depth.min(60) && leaves < self.max_leaves
    }
}

/// A question to a row: is the number in `column` at most `threshold`?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Question {
    column: usize,
    threshold: f64,
    /// The weight that went left and right: a row without the number follows most others.
    seen: [f64; 2],
}

impl Question {
    fn new(split: &Split) -> Self {
        let seen = split.sides.map(|classes| classes[0] + classes[1]);
        Self { column: split.column, threshold: split.threshold, seen }
    }

    /// 0: left, 1: right.
    #[inline]
    fn side(&self, row: &[f64]) -> usize {
        let value = row[self.column];
        usize::from(if usable(value) { value > self.threshold } else { self.seen[0] < self.seen[1] })
    }
}

/// A Hoeffding tree that only grows: VFDT with naive Bayes in its leaves where that was right more often.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HoeffdingTree {
    config: TreeConfig,
    width: usize,
    random: Random,
    leaves: usize,
    root: Node,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Node {
    Leaf(Leaf),
    Branch(Question, Box<[Node; 2]>),
}

impl HoeffdingTree {
    /// A tree of one leaf that has seen nothing, for rows of `width` numbers.
    pub fn new(width: usize, config: TreeConfig) -> Self {
        let mut random = Random::new(config.seed);
        let root = Node::Leaf(Leaf::new(0, [0.0; 2], config.draw(width, &mut random)));
        Self { config, width, random, leaves: 1, root }
    }

    /// How many leaves.
    pub fn leaves(&self) -> usize {
        self.leaves
    }

    /// Learns as if the row had come `weight` times.
    ///
    /// # Panics
    /// If `row` has another width.
    pub fn learn_weighted(&mut self, row: &[f64], label: bool, weight: f64) {
        assert_eq!(row.len(), self.width, "the width of the row");
        let mut node = &mut self.root;
        while let Node::Branch(question, children) = node {
            let side = question.side(row);
            question.seen[side] += weight;
            node = &mut children[side];
        }
        let Node::Leaf(leaf) = node else { return };
        let votes = leaf.votes(row);
        leaf.learn(row, label, weight, &votes);
        if !leaf.due(self.config.grace) || !self.config.may_split(leaf.depth(), self.leaves) {
            return;
        }
        if let Some(split) = leaf.split(&self.config) {
            let depth = leaf.depth() + 1;
            let children = split.sides.map(|classes| {
                let columns = self.config.draw(self.width, &mut self.random);
                Node::Leaf(Leaf::new(depth, classes, columns))
            });
            *node = Node::Branch(Question::new(&split), Box::new(children));
            self.leaves += 1;
        }
    }
}

impl OnlineClassifier for HoeffdingTree {
    fn width(&self) -> usize {
        self.width
    }

    fn predict(&self, row: &[f64]) -> f64 {
        assert_eq!(row.len(), self.width, "the width of the row");
        let mut node = &self.root;
        loop {
            match node {
                Node::Leaf(leaf) => return leaf.votes(row).probability,
                Node::Branch(question, children) => node = &children[question.side(row)],
            }
        }
    }

    fn learn(&mut self, row: &[f64], label: bool) {
        self.learn_weighted(row, label, 1.0);
    }
}

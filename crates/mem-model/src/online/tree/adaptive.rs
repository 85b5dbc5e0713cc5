//! The Hoeffding adaptive tree (Bifet, Gavaldà 2009): every branch watches its own error, grows another tree beside itself when the error has
//! risen, and gives way to it once that one is better.

use serde::{Deserialize, Serialize};

use super::leaf::{Leaf, Votes};
use super::{Question, TreeConfig};
use crate::drift::{Adwin, AdwinConfig};
use crate::online::OnlineClassifier;
use crate::online::random::Random;

/// How an [`AdaptiveTree`] grows and gives way.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdaptiveTreeConfig {
    /// How it grows.
    pub tree: TreeConfig,
    /// ADWIN's delta for the error of a branch. 0.002.
    pub change_delta: f64,
    /// How many errors both trees must have in their windows before they are compared. 300.
    pub compare_after: u64,
    /// The chance that the worse of the two wins the comparison. 0.05.
    pub compare_delta: f64,
}

impl Default for AdaptiveTreeConfig {
    fn default() -> Self {
        Self { tree: TreeConfig::default(), change_delta: 0.002, compare_after: 300, compare_delta: 0.05 }
    }
}

/// A Hoeffding tree whose branches are replaced when what they say has become wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AdaptiveTree {
    width: usize,
    root: Node,
    grower: Grower,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Node {
    Leaf(Leaf),
    Branch(Box<Branch>),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Branch {
    question: Question,
    children: [Node; 2],
    errors: Adwin,
    other: Option<Other>,
}

/// A tree that grows beside a branch. It starts none of its own, so that an observation costs at most depth^2 steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Other {
    root: Node,
    errors: Adwin,
}

/// What growing needs, whatever the node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Grower {
    config: AdaptiveTreeConfig,
    random: Random,
    /// Leaves of all trees, those beside branches included.
    leaves: usize,
    started: u64,
    replaced: u64,
}

/// An observation on its way down.
#[derive(Debug, Clone, Copy)]
struct Lesson<'a> {
    row: &'a [f64],
    label: bool,
    /// What the leaf says that this way leads to.
    votes: Votes,
    /// Whether a branch on the way may start another tree.
    may_start: bool,
}

impl Lesson<'_> {
    /// 1 if the leaf was wrong, 0 if it was right.
    fn error(&self) -> f64 {
        if (self.votes.probability > 0.5) == self.label { 0.0 } else { 1.0 }
    }
}

impl AdaptiveTree {
    /// A tree of one leaf that has seen nothing, for rows of `width` numbers.
    pub fn new(width: usize, config: AdaptiveTreeConfig) -> Self {
        let mut random = Random::new(config.tree.seed);
        let root = Node::Leaf(Leaf::new(0, [0.0; 2], config.tree.draw(width, &mut random)));
        Self { width, root, grower: Grower { config, random, leaves: 1, started: 0, replaced: 0 } }
    }

    /// How many leaves, those of trees beside branches included.
    pub fn leaves(&self) -> usize {
        self.grower.leaves
    }

    /// How many trees were started beside a branch.
    pub fn started(&self) -> u64 {
        self.grower.started
    }

    /// How many branches gave way to the tree beside them.
    pub fn replaced(&self) -> u64 {
        self.grower.replaced
    }
}

impl OnlineClassifier for AdaptiveTree {
    fn width(&self) -> usize {
        self.width
    }

    fn predict(&self, row: &[f64]) -> f64 {
        assert_eq!(row.len(), self.width, "the width of the row");
        self.root.leaf(row).votes(row).probability
    }

    fn learn(&mut self, row: &[f64], label: bool) {
        assert_eq!(row.len(), self.width, "the width of the row");
        let votes = self.root.leaf(row).votes(row);
        self.grower.teach(&mut self.root, Lesson { row, label, votes, may_start: true });
    }
}

impl Node {
    fn leaf(&self, row: &[f64]) -> &Leaf {
        let mut node = self;
        loop {
            match node {
                Self::Leaf(leaf) => return leaf,
                Self::Branch(branch) => node = &branch.children[branch.question.side(row)],
            }
        }
    }

    /// Its leaves, those of trees beside its branches included.
    fn leaves(&self) -> usize {
        match self {
            Self::Leaf(_) => 1,
            Self::Branch(branch) => {
                let beside = branch.other.as_ref().map_or(0, |other| other.root.leaves());
                branch.children.iter().map(Self::leaves).sum::<usize>() + beside
            }
        }
    }

    /// The depth of its topmost node.
    fn depth(&self) -> u32 {
        match self {
            Self::Leaf(leaf) => leaf.depth(),
            Self::Branch(branch) => branch.children[0].depth() - 1,
        }
    }
}

impl Grower {
    fn teach(&mut self, node: &mut Node, lesson: Lesson<'_>) {
        if let Node::Branch(branch) = node {
            self.watch(branch, lesson);
            if let Some(better) = self.compare(branch) {
                let worse = std::mem::replace(node, better);
                self.leaves -= worse.leaves();
                self.replaced += 1;
                let votes = node.leaf(lesson.row).votes(lesson.row);
                self.teach(node, Lesson { votes, ..lesson });
                return;
            }
        }
        match node {
            Node::Branch(branch) => {
                if let Some(other) = &mut branch.other {
                    let votes = other.root.leaf(lesson.row).votes(lesson.row);
                    let lesson = Lesson { votes, may_start: false, ..lesson };
                    other.errors.push(lesson.error());
                    self.teach(&mut other.root, lesson);
                }
                let side = branch.question.side(lesson.row);
                branch.question.seen[side] += 1.0;
                self.teach(&mut branch.children[side], lesson);
            }
            Node::Leaf(leaf) => {
                leaf.learn(lesson.row, lesson.label, 1.0, &lesson.votes);
                if let Some(branch) = self.split(leaf, lesson.row.len()) {
                    *node = branch;
                }
            }
        }
    }

    /// Counts the error of a branch, and starts a tree beside it if the error has risen.
    fn watch(&mut self, branch: &mut Branch, lesson: Lesson<'_>) {
        let before = branch.errors.mean();
        let changed = branch.errors.push(lesson.error());
        let risen = changed && branch.errors.mean() > before;
        if risen && lesson.may_start && branch.other.is_none() && self.leaves < self.config.tree.max_leaves {
            let columns = self.config.tree.draw(lesson.row.len(), &mut self.random);
            let depth = branch.children[0].depth() - 1;
            let root = Node::Leaf(Leaf::new(depth, [0.0; 2], columns));
            branch.other = Some(Other { root, errors: self.errors() });
            self.leaves += 1;
            self.started += 1;
        }
    }

    /// The tree beside a branch, if it is better; forgotten if it is worse.
    fn compare(&mut self, branch: &mut Branch) -> Option<Node> {
        let other = branch.other.as_ref()?;
        let (widths, errors) = ([branch.errors.width(), other.errors.width()], [&branch.errors, &other.errors]);
        if widths.iter().any(|width| *width <= self.config.compare_after) {
            return None;
        }
        let [error, other_error] = errors.map(Adwin::mean);
        let harmonic = 1.0 / widths[0] as f64 + 1.0 / widths[1] as f64;
        let confidence = libm::log(2.0 / self.config.compare_delta);
        let bound = (2.0 * error * (1.0 - error) * confidence * harmonic).sqrt();
        if error - other_error > bound {
            return branch.other.take().map(|other| other.root);
        }
        if other_error - error > bound
            && let Some(worse) = branch.other.take()
        {
            self.leaves -= worse.root.leaves();
        }
        None
    }

    /// The branch that a leaf becomes when it splits.
    fn split(&mut self, leaf: &mut Leaf, width: usize) -> Option<Node> {
        let config = self.config.tree;
        if !leaf.due(config.grace) || !config.may_split(leaf.depth(), self.leaves) {
            return None;
        }
        let split = leaf.split(&config)?;
        let depth = leaf.depth() + 1;
        let children =
            split.sides.map(|classes| Node::Leaf(Leaf::new(depth, classes, config.draw(width, &mut self.random))));
        self.leaves += 1;
        let question = Question::new(&split);
        Some(Node::Branch(Box::new(Branch { question, children, errors: self.errors(), other: None })))
    }

    fn errors(&self) -> Adwin {
        Adwin::new(AdwinConfig::with_delta(self.config.change_delta))
    }
}

//! A tree as one reads it.

use serde::{Deserialize, Serialize};

/// Deepest tree that is accepted: nothing that learns well comes near it, and what walks trees by recursion stays within its stack.
pub const DEPTH_MAX: usize = 1024;

/// LightGBM's border of zero where zero stands for a missing value (`kZeroThreshold`, a 32-bit float).
const ZERO_BORDER: f64 = 1e-35_f32 as f64;

/// A binary decision tree. Node 0 is the root, and children come after their parents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tree {
    /// The output that its leaves add to.
    pub output: usize,
    /// The nodes.
    pub nodes: Vec<Node>,
}

/// One node of a tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Node {
    /// Where a row ends.
    Leaf {
        /// What it adds to the sum.
        value: f64,
        /// How many training rows ended here (for imported models what their maker counts: rows, or the sum of hessians).
        cover: f64,
    },
    /// Where a row goes left or right.
    Split {
        /// The feature that decides.
        feature: usize,
        /// Which values go left.
        rule: Rule,
        /// Whether missing values go left.
        missing_left: bool,
        /// The node on the left.
        left: usize,
        /// The node on the right.
        right: usize,
        /// How much this split lowered the training loss, in its maker's unit.
        gain: f64,
        /// How many training rows came here.
        cover: f64,
    },
}

/// Which values of a feature go left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Rule {
    /// Those at most so large.
    AtMost(f64),
    /// Those at most so large, where zero stands for a missing value.
    AtMostZeroMissing(f64),
    /// Those whose whole part is one of these categories (ascending). Whatever else there is, negative numbers included, goes right.
    OneOf(Vec<u32>),
}

impl Rule {
    /// Whether `value` goes left.
    pub(crate) fn goes_left(&self, value: f64, missing_left: bool) -> bool {
        match self {
            _ if value.is_nan() => missing_left,
            Self::AtMost(threshold) => value <= *threshold,
            Self::AtMostZeroMissing(_) if value.abs() <= ZERO_BORDER => missing_left,
            Self::AtMostZeroMissing(threshold) => value <= *threshold,
            Self::OneOf(categories) => {
                let known = value > -1.0 && value < f64::from(u32::MAX);
                known && categories.binary_search(&(value as u32)).is_ok()
            }
        }
    }
}

impl Node {
    /// How many training rows came here.
    pub fn cover(&self) -> f64 {
        match self {
            Self::Leaf { cover, .. } | Self::Split { cover, .. } => *cover,
        }
    }
}

impl Tree {
    /// A tree of one leaf.
    pub fn constant(output: usize, value: f64, cover: f64) -> Self {
        Self { output, nodes: vec![Node::Leaf { value, cover }] }
    }

    /// The leaf in which a row of numbers ends: its node.
    ///
    /// # Panics
    /// If the row is too short.
    pub fn leaf(&self, row: &[f64]) -> usize {
        let mut at = 0;
        while let Node::Split { feature, rule, missing_left, left, right, .. } = &self.nodes[at] {
            at = if rule.goes_left(row[*feature], *missing_left) { *left } else { *right };
        }
        at
    }

    /// Whether it is a tree over so many features for so many outputs; otherwise the node at fault and the fault.
    pub(crate) fn check(&self, features: usize, outputs: usize) -> Result<(), (usize, &'static str)> {
        if self.nodes.is_empty() {
            return Err((0, "a tree has a root"));
        }
        if self.output >= outputs {
            return Err((0, "the tree adds to an output that does not exist"));
        }
        let mut depth: Vec<Option<usize>> = vec![None; self.nodes.len()];
        depth[0] = Some(0);
        for (at, node) in self.nodes.iter().enumerate() {
            let Some(here) = depth[at] else { return Err((at, "no parent leads to it")) };
            if here > DEPTH_MAX {
                return Err((at, "deeper than trees may be"));
            }
            match node {
                Node::Leaf { value, cover } => {
                    if !value.is_finite() || !cover.is_finite() || *cover < 0.0 {
                        return Err((at, "value and cover are finite numbers, and the cover is not negative"));
                    }
                }
                Node::Split { feature, rule, left, right, gain, cover, .. } => {
                    if *feature >= features {
                        return Err((at, "it splits on a feature that does not exist"));
                    }
                    if !gain.is_finite() || !cover.is_finite() || *cover < 0.0 {
                        return Err((at, "gain and cover are finite numbers, and the cover is not negative"));
                    }
                    rule.check().map_err(|problem| (at, problem))?;
                    for child in [*left, *right] {
                        match depth.get_mut(child) {
                            Some(below @ None) if child > at => *below = Some(here + 1),
                            Some(None) => return Err((at, "a child comes before its parent")),
                            Some(Some(_)) => return Err((at, "a child has two parents")),
                            None => return Err((at, "a child does not exist")),
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

impl Rule {
    fn check(&self) -> Result<(), &'static str> {
        match self {
            Self::AtMost(threshold) | Self::AtMostZeroMissing(threshold) if threshold.is_finite() => Ok(()),
            Self::AtMost(_) | Self::AtMostZeroMissing(_) => Err("a threshold is a finite number"),
            Self::OneOf(categories) if categories.is_sorted_by(|a, b| a < b) => Ok(()),
            Self::OneOf(_) => Err("categories ascend, each once"),
        }
    }
}

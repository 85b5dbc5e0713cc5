//! Ensembles of decision trees: how they predict, why, and what they rest on.
//!
//! A [`Forest`] is a sum of trees over a base score, with a link from the sum (the raw prediction) to what is answered. It is the one
//! predictor for trees that were trained here and for imported ones. Modules in reading order: [`tree`] (a tree as one reads it), `flat`
//! (the same trees as the processor likes them), [`link`], `shap` (contributions of features to one prediction), `importance`.

mod flat;
mod importance;
pub mod link;
mod shap;
pub mod tree;

use serde::{Deserialize, Serialize};

use crate::table::Table;
use flat::Flat;
pub use importance::Importance;
pub use link::Link;
pub use tree::{Node, Rule, Tree};

/// Why trees are no forest, or a forest cannot answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ForestError {
    /// A tree that is none.
    #[error("tree {tree}, node {node}: {problem}")]
    Node {
        /// Number of the tree, from 0.
        tree: usize,
        /// Number of the node in it, from 0.
        node: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Base scores, link and outputs that do not fit together.
    #[error("{base} base scores do not fit a {link:?} link")]
    Outputs {
        /// How many base scores.
        base: usize,
        /// The link.
        link: Link,
    },
    /// More features or nodes than the predictor can number.
    #[error("{0} is more than a forest can hold")]
    TooLarge(&'static str),
    /// Not as many numbers as features.
    #[error("{found} numbers for {expected} features")]
    Width {
        /// How many were given.
        found: usize,
        /// How many the forest was made for.
        expected: usize,
    },
    /// Contributions need to know how many training rows went each way, and a node says none.
    #[error("tree {tree}, node {node} has no cover; contributions cannot be told")]
    NoCover {
        /// Number of the tree, from 0.
        tree: usize,
        /// Number of the node in it, from 0.
        node: usize,
    },
}

/// Trees, base scores and a link. Sound (every tree checked) or it does not exist.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct Forest {
    parts: Parts,
    flat: Flat,
}

/// What makes a forest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parts {
    /// How many features a row has.
    pub features: usize,
    /// What the sum of each output starts from; one an output.
    pub base: Vec<f64>,
    /// From sums to answers.
    pub link: Link,
    /// The trees, added in this order.
    pub trees: Vec<Tree>,
}

impl TryFrom<Parts> for Forest {
    type Error = ForestError;

    fn try_from(parts: Parts) -> Result<Self, ForestError> {
        if !parts.link.fits(parts.base.len()) {
            return Err(ForestError::Outputs { base: parts.base.len(), link: parts.link });
        }
        for (number, tree) in parts.trees.iter().enumerate() {
            tree.check(parts.features, parts.base.len()).map_err(|(node, problem)| ForestError::Node {
                tree: number,
                node,
                problem,
            })?;
        }
        let flat = Flat::new(&parts)?;
        Ok(Self { parts, flat })
    }
}

impl From<Forest> for Parts {
    fn from(forest: Forest) -> Self {
        forest.parts
    }
}

impl Forest {
    /// What it is made of.
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// How many features a row has.
    pub fn features(&self) -> usize {
        self.parts.features
    }

    /// How many sums it makes of a row: the classes of a softmax, otherwise 1.
    pub fn outputs(&self) -> usize {
        self.parts.base.len()
    }

    /// The sums of one row, before the link. NaN is a missing value.
    ///
    /// # Errors
    /// A row of another width.
    pub fn raw_row(&self, row: &[f64]) -> Result<Vec<f64>, ForestError> {
        self.expect_width(row.len())?;
        let mut sums = self.parts.base.clone();
        self.flat.add_row(row, &mut sums);
        Ok(sums)
    }

    /// The answer to one row: a value, the probability of the second of two classes, or the probability of each class.
    ///
    /// # Errors
    /// A row of another width.
    pub fn predict_row(&self, row: &[f64]) -> Result<Vec<f64>, ForestError> {
        let mut sums = self.raw_row(row)?;
        self.parts.link.apply(&mut sums);
        Ok(sums)
    }

    /// The sums of every row, before the link: those of the first row, then those of the second, and so on. The same bits as
    /// [`Forest::raw_row`] gives.
    ///
    /// # Errors
    /// A table of another width.
    pub fn raw_table(&self, table: &Table) -> Result<Vec<f64>, ForestError> {
        self.expect_width(table.width())?;
        let mut sums = self.parts.base.repeat(table.rows());
        self.flat.add_table(table, self.outputs(), &mut sums);
        Ok(sums)
    }

    /// The answers to every row, as [`Forest::raw_table`] orders them.
    ///
    /// # Errors
    /// A table of another width.
    pub fn predict_table(&self, table: &Table) -> Result<Vec<f64>, ForestError> {
        let mut sums = self.raw_table(table)?;
        for answer in sums.chunks_exact_mut(self.outputs()) {
            self.parts.link.apply(answer);
        }
        Ok(sums)
    }

    fn expect_width(&self, found: usize) -> Result<(), ForestError> {
        let expected = self.parts.features;
        if found == expected { Ok(()) } else { Err(ForestError::Width { found, expected }) }
    }
}

#[cfg(test)]
mod tests;

//! The adaptive random forest (Gomes et al. 2017): Hoeffding trees on random columns and randomly weighted rows, each replaced by one grown in
//! the background when its error has risen.

use serde::{Deserialize, Serialize};

use super::OnlineClassifier;
use super::random::Random;
use super::tree::{HoeffdingTree, TreeConfig};
use crate::drift::{Adwin, AdwinConfig};

/// How an [`AdaptiveForest`] grows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ForestConfig {
    /// How many trees. 10.
    pub trees: usize,
    /// How its trees grow: looks for splits every 50, delta 0.01. Where no number of columns is said, the rounded root of the width and one
    /// more. Its seed is that of the forest.
    pub tree: TreeConfig,
    /// A row counts as often as a Poisson draw of this mean says, for each tree anew. 6, at most 20.
    pub repeats: f64,
    /// ADWIN's delta at which a tree begins to grow in the background. 0.01.
    pub warning_delta: f64,
    /// ADWIN's delta at which it takes over. 0.001.
    pub drift_delta: f64,
}

impl Default for ForestConfig {
    fn default() -> Self {
        let tree = TreeConfig { grace: 50.0, delta: 0.01, ..TreeConfig::default() };
        Self { trees: 10, tree, repeats: 6.0, warning_delta: 0.01, drift_delta: 0.001 }
    }
}

/// An adaptive random forest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AdaptiveForest {
    config: ForestConfig,
    width: usize,
    random: Random,
    members: Vec<Member>,
    replaced: u64,
}

/// A tree of the forest, and what watches over it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Member {
    tree: HoeffdingTree,
    background: Option<HoeffdingTree>,
    warning: Adwin,
    drift: Adwin,
    /// Rows predicted since it took its place, and how many rightly: its weight in the vote.
    predicted: f64,
    right: f64,
}

impl Member {
    fn new(tree: HoeffdingTree, config: &ForestConfig) -> Self {
        let warning = Adwin::new(AdwinConfig::with_delta(config.warning_delta));
        let drift = Adwin::new(AdwinConfig::with_delta(config.drift_delta));
        Self { tree, background: None, warning, drift, predicted: 0.0, right: 0.0 }
    }

    fn vote_weight(&self) -> f64 {
        if self.right > 0.0 { self.right / self.predicted } else { 1.0 }
    }
}

impl AdaptiveForest {
    /// A forest of trees that have seen nothing, for rows of `width` numbers.
    pub fn new(width: usize, config: ForestConfig) -> Self {
        let per_leaf = config.tree.columns_per_leaf.unwrap_or((width as f64).sqrt().round() as usize + 1);
        let mut config = ForestConfig { repeats: config.repeats.clamp(0.0, 20.0), ..config };
        config.tree.columns_per_leaf = Some(per_leaf);
        let random = Random::new(config.tree.seed);
        let mut forest = Self { config, width, random, members: Vec::new(), replaced: 0 };
        for _ in 0..config.trees.max(1) {
            let tree = forest.new_tree();
            forest.members.push(Member::new(tree, &config));
        }
        forest
    }

    /// How many times a tree was replaced.
    pub fn replaced(&self) -> u64 {
        self.replaced
    }

    fn new_tree(&mut self) -> HoeffdingTree {
        new_tree(self.width, &self.config, &mut self.random)
    }
}

fn new_tree(width: usize, config: &ForestConfig, random: &mut Random) -> HoeffdingTree {
    HoeffdingTree::new(width, TreeConfig { seed: random.bits(), ..config.tree })
}

impl OnlineClassifier for AdaptiveForest {
    fn width(&self) -> usize {
        self.width
    }

    fn predict(&self, row: &[f64]) -> f64 {
        let (mut votes, mut weights) = (0.0, 0.0);
        for member in &self.members {
            let weight = member.vote_weight();
            votes += weight * member.tree.predict(row);
            weights += weight;
        }
        votes / weights
    }

    fn learn(&mut self, row: &[f64], label: bool) {
        let exp_minus = libm::exp(-self.config.repeats);
        for member in &mut self.members {
            let right = (member.tree.predict(row) > 0.5) == label;
            member.predicted += 1.0;
            member.right += f64::from(u8::from(right));
            let repeats = self.random.poisson(self.config.repeats, exp_minus);
            if repeats == 0 {
                continue;
            }
            let weight = f64::from(repeats);
            if let Some(background) = &mut member.background {
                background.learn_weighted(row, label, weight);
            }
            member.tree.learn_weighted(row, label, weight);
            let error = f64::from(u8::from(!right));
            if risen(&mut member.warning, error) {
                member.background = Some(new_tree(self.width, &self.config, &mut self.random));
            }
            if risen(&mut member.drift, error) {
                let background = member.background.take();
                let tree = background.unwrap_or_else(|| new_tree(self.width, &self.config, &mut self.random));
                *member = Member::new(tree, &self.config);
                self.replaced += 1;
            }
        }
    }
}

/// Whether one more error makes the detector cut its window and the mean rise: a falling error is no reason to give way.
fn risen(errors: &mut Adwin, error: f64) -> bool {
    let before = errors.mean();
    errors.push(error) && errors.mean() > before
}

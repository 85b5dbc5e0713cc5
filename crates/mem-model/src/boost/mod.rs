//! Gradient-boosted trees, trained here.
//!
//! Second-order boosting over histograms: features are cut into at most 255 bins, trees grow leaf by leaf where the gain is greatest, and the
//! histogram of a node's larger child is the difference of the others. Sources: Friedman, "Greedy Function Approximation: A Gradient Boosting
//! Machine" (2001); Chen and Guestrin, "XGBoost" (2016) for gain and leaf weights, G^2 / (H + l2) and -G / (H + l2); Ke et al., "LightGBM"
//! (2017) for growth by leaves and the subtraction of histograms.
//!
//! Gradients are summed as whole numbers, so sums do not depend on their order: the same data, parameters and seed give the same model, to
//! the byte, on any number of threads. Threads are those of the rayon pool in which [`BoostParameters::train`] is called.
//!
//! Modules in reading order: [`objective`] (what is learned), `bins` (features as small numbers), `histogram`, `split` (the best cut of a
//! feature), `grow` (one tree), `draw` (rows and features of a tree, by seed).

mod bins;
mod draw;
mod grow;
mod histogram;
pub mod objective;
mod split;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::forest::{Forest, ForestError, Node, Parts, Tree};
use crate::sample::{Sample, SampleError};
use bins::Bins;
use draw::Draw;
use grow::{Grower, Grown};
use histogram::{Quantised, Spare};
pub use objective::Objective;

/// Why nothing was learned.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BoostError {
    /// A parameter out of its range.
    #[error("{name} is {value}; {range}")]
    Parameter {
        /// Which.
        name: &'static str,
        /// As given.
        value: String,
        /// What it may be.
        range: &'static str,
    },
    /// Rows that cannot be learned from.
    #[error("{rows}: {source}")]
    Sample {
        /// Training or validation rows.
        rows: &'static str,
        /// What is wrong with them.
        source: SampleError,
    },
    /// All rows are of one class.
    #[error("all training rows that count are of one class")]
    OneClass,
    /// Trees that the predictor refuses.
    #[error(transparent)]
    Forest(#[from] ForestError),
}

/// Which way the answer may go as a feature grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Monotone {
    /// Any.
    #[default]
    Free,
    /// Never down.
    Increasing,
    /// Never up.
    Decreasing,
}

/// How to learn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BoostParameters {
    /// What is learned.
    pub objective: Objective,
    /// Rounds at most; a round adds a tree for each output. From 1.
    pub rounds: usize,
    /// Share of each tree that is taken, above 0, at most 1.
    pub learning_rate: f64,
    /// Leaves of a tree, 2 to 4096.
    pub leaves: usize,
    /// Splits on the way to a leaf, at most; from 1.
    pub depth: usize,
    /// Fewest rows in a leaf. While splits are compared the rows of a side are estimated from its share of the hessian, as LightGBM does.
    pub leaf_rows: usize,
    /// Least sum of hessians in a leaf, above 0.
    pub leaf_hessian: f64,
    /// Ridge penalty on the values of leaves, from 0.
    pub l2: f64,
    /// Least gain of a split, from 0.
    pub gain: f64,
    /// Bins of a feature, 2 to 255.
    pub bins: usize,
    /// Share of features that each tree may use, above 0, at most 1.
    pub feature_fraction: f64,
    /// Share of rows that each round learns from, above 0, at most 1.
    pub bagging_fraction: f64,
    /// What draws of rows and features start from.
    pub seed: u64,
    /// Which way the answer may go with each feature; empty where all are free. Not with quantiles.
    pub monotone: Vec<Monotone>,
    /// How much rows of each class count; empty where all count the same.
    pub class_weights: Vec<f64>,
    /// Rounds without improvement on the validation rows after which learning stops; the best round is kept.
    pub patience: Option<usize>,
}

impl Default for BoostParameters {
    fn default() -> Self {
        Self {
            objective: Objective::Binary,
            rounds: 100,
            learning_rate: 0.1,
            leaves: 31,
            depth: 64,
            leaf_rows: 20,
            leaf_hessian: 1e-3,
            l2: 0.0,
            gain: 0.0,
            bins: 255,
            feature_fraction: 1.0,
            bagging_fraction: 1.0,
            seed: 0,
            monotone: Vec::new(),
            class_weights: Vec::new(),
            patience: None,
        }
    }
}

/// What was learned.
#[derive(Debug, Clone, PartialEq)]
pub struct Boosted {
    /// The trees, up to the best round where there were validation rows and patience, otherwise all.
    pub forest: Forest,
    /// Rounds that were kept.
    pub rounds: usize,
    /// Mean loss on the validation rows after each round that was run; empty without such rows.
    pub validation: Vec<f64>,
}

impl BoostParameters {
    /// Learns from `training`; `validation` rows only say when to stop.
    ///
    /// # Errors
    /// A parameter out of range; rows that cannot be learned from; rows of one class only.
    pub fn train(&self, training: &Sample<'_>, validation: Option<&Sample<'_>>) -> Result<Boosted, BoostError> {
        self.check(training.table.width())?;
        self.check_sample("training rows", training)?;
        if let Some(sample) = validation {
            self.check_sample("validation rows", sample)?;
            let (found, expected) = (sample.table.width(), training.table.width());
            if found != expected {
                return Err(ForestError::Width { found, expected }.into());
            }
        }
        Rounds::new(self, training)?.run(validation)
    }

    fn check_sample(&self, rows: &'static str, sample: &Sample<'_>) -> Result<(), BoostError> {
        let classes = self.objective.classes();
        let checked = sample.check().and_then(|()| classes.map_or(Ok(()), |classes| sample.check_classes(classes)));
        checked.map_err(|source| BoostError::Sample { rows, source })
    }

    fn check(&self, features: usize) -> Result<(), BoostError> {
        let share = |value: f64| value > 0.0 && value <= 1.0;
        let penalty = |value: f64| value.is_finite() && value >= 0.0;
        let classes = self.objective.classes().unwrap_or(0);
        let known = |given: usize, wanted: usize| given == 0 || given == wanted;
        let free = self.monotone.iter().all(|direction| *direction == Monotone::Free);
        let checks = [
            (
                "objective",
                format!("{:?}", self.objective),
                self.objective.is_sound(),
                "classes from 2, a level between 0 and 1",
            ),
            ("rounds", self.rounds.to_string(), self.rounds > 0, "from 1"),
            ("learning_rate", self.learning_rate.to_string(), share(self.learning_rate), "above 0, at most 1"),
            ("leaves", self.leaves.to_string(), (2..=4096).contains(&self.leaves), "2 to 4096"),
            ("depth", self.depth.to_string(), self.depth > 0, "from 1"),
            ("leaf_rows", self.leaf_rows.to_string(), self.leaf_rows > 0, "from 1"),
            (
                "leaf_hessian",
                self.leaf_hessian.to_string(),
                self.leaf_hessian > 0.0 && penalty(self.leaf_hessian),
                "above 0",
            ),
            ("l2", self.l2.to_string(), penalty(self.l2), "from 0"),
            ("gain", self.gain.to_string(), penalty(self.gain), "from 0"),
            ("bins", self.bins.to_string(), (2..=255).contains(&self.bins), "2 to 255"),
            ("feature_fraction", self.feature_fraction.to_string(), share(self.feature_fraction), "above 0, at most 1"),
            ("bagging_fraction", self.bagging_fraction.to_string(), share(self.bagging_fraction), "above 0, at most 1"),
            (
                "monotone",
                format!("{} directions", self.monotone.len()),
                known(self.monotone.len(), features),
                "one a feature",
            ),
            ("monotone", "given".to_owned(), free || !self.objective.refits(), "not with quantiles"),
            (
                "class_weights",
                format!("{:?}", self.class_weights),
                known(self.class_weights.len(), classes),
                "one a class",
            ),
            (
                "class_weights",
                format!("{:?}", self.class_weights),
                self.class_weights.iter().all(|w| penalty(*w)),
                "from 0",
            ),
            ("patience", format!("{:?}", self.patience), self.patience != Some(0), "from 1"),
        ];
        match checks.into_iter().find(|(_, _, sound, _)| !sound) {
            None => Ok(()),
            Some((name, value, _, range)) => Err(BoostError::Parameter { name, value, range }),
        }
    }

    /// How much a row counts: its weight times that of its class.
    fn weight(&self, sample: &Sample<'_>, row: usize) -> f64 {
        let class = if self.class_weights.is_empty() { 1.0 } else { self.class_weights[sample.target[row] as usize] };
        sample.weight(row) * class
    }

    fn weights(&self, sample: &Sample<'_>) -> Option<Vec<f64>> {
        let equal = sample.weights.is_none() && self.class_weights.is_empty();
        (!equal).then(|| (0..sample.target.len()).map(|row| self.weight(sample, row)).collect())
    }
}

/// Learning under way.
struct Rounds<'a> {
    parameters: &'a BoostParameters,
    training: &'a Sample<'a>,
    weights: Option<Vec<f64>>,
    bins: Bins,
    base: Vec<f64>,
    /// Raw predictions of the training rows, row by row.
    scores: Vec<f64>,
    trees: Vec<Tree>,
    histograms: Spare,
}

impl<'a> Rounds<'a> {
    fn new(parameters: &'a BoostParameters, training: &'a Sample<'a>) -> Result<Self, BoostError> {
        let weights = parameters.weights(training);
        let base = parameters.objective.base(training.target, weights.as_deref()).ok_or(BoostError::OneClass)?;
        let scores = base.repeat(training.target.len());
        let bins = Bins::new(training.table, parameters.bins);
        Ok(Self { parameters, training, weights, bins, base, scores, trees: Vec::new(), histograms: Spare::default() })
    }

    fn run(mut self, validation: Option<&Sample<'_>>) -> Result<Boosted, BoostError> {
        let outputs = self.base.len();
        let mut watch = validation.map(|sample| Watch::new(self.parameters, sample, &self.base));
        let mut best = 0;
        for round in 0..self.parameters.rounds {
            let Some(trees) = self.round(round)? else { break };
            if let Some(watch) = &mut watch {
                watch.add(&self.forest(&trees)?)?;
                let losses = &watch.losses;
                best = if losses[round] < losses[best] { round } else { best };
            }
            self.trees.extend(trees);
            if watch.is_some() && self.parameters.patience.is_some_and(|patience| round - best >= patience) {
                break;
            }
        }
        if watch.is_some() && self.parameters.patience.is_some() {
            self.trees.truncate((best + 1) * outputs);
        }
        let parts = Parts {
            features: self.training.table.width(),
            base: self.base,
            link: self.parameters.objective.link(),
            trees: self.trees,
        };
        let rounds = parts.trees.len() / outputs;
        Ok(Boosted {
            forest: Forest::try_from(parts)?,
            rounds,
            validation: watch.map_or(Vec::new(), |watch| watch.losses),
        })
    }

    /// Trees alone, as a forest that starts from 0.
    fn forest(&self, trees: &[Tree]) -> Result<Forest, ForestError> {
        let link = self.parameters.objective.link();
        let (features, base) = (self.training.table.width(), vec![0.0; self.base.len()]);
        Forest::try_from(Parts { features, base, link, trees: trees.to_vec() })
    }

    /// One tree for each output; none where nothing can be split any more.
    fn round(&mut self, round: usize) -> Result<Option<Vec<Tree>>, BoostError> {
        let outputs = self.base.len();
        let mut answers = self.scores.clone();
        let link = self.parameters.objective.link();
        answers
            .par_chunks_mut(outputs * 4096)
            .for_each(|rows| rows.chunks_mut(outputs).for_each(|row| link.apply(row)));
        let (mut trees, mut any) = (Vec::new(), false);
        for output in 0..outputs {
            let draw = Draw::new(self.parameters, (round * outputs + output) as u64, round as u64);
            let bagged = draw.rows(self.training.target.len());
            let quantised = self.gradients(&answers, output);
            let may_use = draw.features(self.bins.features());
            let grower = Grower::new(self.parameters, &self.bins, &quantised, may_use, &mut self.histograms);
            let mut grown = grower.grow(output, bagged.as_deref());
            if self.parameters.objective.refits() {
                self.refit(&mut grown);
            }
            any |= grown.leaves.len() > 1;
            if bagged.is_some() {
                let said = self.forest(std::slice::from_ref(&grown.tree))?.raw_table(self.training.table)?;
                self.scores.iter_mut().zip(said).for_each(|(score, said)| *score += said);
            } else {
                for (node, rows) in &grown.leaves {
                    let value = leaf_value(&grown.tree, *node);
                    grown.rows[rows.clone()]
                        .iter()
                        .for_each(|row| self.scores[*row as usize * outputs + output] += value);
                }
            }
            trees.push(grown.tree);
        }
        Ok(any.then_some(trees))
    }

    fn gradients(&self, answers: &[f64], output: usize) -> Quantised {
        let (objective, outputs) = (self.parameters.objective, self.base.len());
        Quantised::new(self.training.target.len(), |row| {
            let (gradient, hessian) =
                objective.gradient(answers[row * outputs + output], self.training.target[row], output);
            let weight = self.weights.as_ref().map_or(1.0, |weights| weights[row]);
            (gradient * weight, hessian * weight)
        })
    }

    /// Gives leaves the quantile of what is left of their rows, since gradients of the pinball loss say nothing about distances.
    fn refit(&self, grown: &mut Grown) {
        for (node, rows) in &grown.leaves {
            let rows = grown.rows[rows.clone()].iter().map(|row| *row as usize);
            let weight = |row: usize| self.weights.as_ref().map_or(1.0, |weights| weights[row]);
            let left = rows.map(|row| (self.training.target[row] - self.scores[row], weight(row))).collect();
            if let (Node::Leaf { value, .. }, Some(quantile)) =
                (&mut grown.tree.nodes[*node], self.parameters.objective.quantile(left))
            {
                *value = self.parameters.learning_rate * quantile;
            }
        }
    }
}

fn leaf_value(tree: &Tree, node: usize) -> f64 {
    match tree.nodes[node] {
        Node::Leaf { value, .. } => value,
        Node::Split { .. } => unreachable!("leaves of a grown tree are leaves"),
    }
}

/// Validation rows, and how well they are told after each round.
struct Watch<'a> {
    parameters: &'a BoostParameters,
    sample: &'a Sample<'a>,
    scores: Vec<f64>,
    losses: Vec<f64>,
}

impl<'a> Watch<'a> {
    fn new(parameters: &'a BoostParameters, sample: &'a Sample<'a>, base: &[f64]) -> Self {
        Self { parameters, sample, scores: base.repeat(sample.target.len()), losses: Vec::new() }
    }

    fn add(&mut self, trees: &Forest) -> Result<(), ForestError> {
        let said = trees.raw_table(self.sample.table)?;
        self.scores.iter_mut().zip(said).for_each(|(score, said)| *score += said);
        let (mut loss, mut total) = (0.0, 0.0);
        let mut answer = vec![0.0; trees.outputs()];
        for (row, scores) in self.scores.chunks_exact(trees.outputs()).enumerate() {
            answer.copy_from_slice(scores);
            self.parameters.objective.link().apply(&mut answer);
            let weight = self.parameters.weight(self.sample, row);
            loss += weight * self.parameters.objective.loss(&answer, self.sample.target[row]);
            total += weight;
        }
        self.losses.push(loss / total);
        Ok(())
    }
}

#[cfg(test)]
mod tests;

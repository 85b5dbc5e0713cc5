//! What a leaf knows: the weight of each class, and of each column the spread within each class.

use serde::{Deserialize, Serialize};

use super::TreeConfig;
use super::split::{self, Split};
use crate::online::gaussian::{Density, Gaussian};
use crate::online::logistic::sigmoid;
use crate::online::usable;

/// A leaf. It predicts by naive Bayes or by its majority, whichever was right more often (Gama, Rocha, Medas 2003; Holmes, Kirkby,
/// Pfahringer 2005).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Leaf {
    depth: u32,
    classes: [f64; 2],
    /// The weight at the last look for a split.
    looked_at: f64,
    /// The weight that majority and naive Bayes would have got right.
    majority_right: f64,
    bayes_right: f64,
    columns: Vec<Column>,
}

/// A column within each class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Column {
    pub(super) column: usize,
    pub(super) classes: [Spread; 2],
}

/// The numbers of one column in one class.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Spread {
    pub(super) gaussian: Gaussian,
    /// Of `gaussian`: asked for at every prediction, changed at some observations only.
    density: Option<Density>,
    pub(super) least: f64,
    pub(super) most: f64,
}

impl Spread {
    fn learn(&mut self, value: f64, weight: f64) {
        if self.gaussian.weight() == 0.0 {
            (self.least, self.most) = (value, value);
        }
        self.least = self.least.min(value);
        self.most = self.most.max(value);
        self.gaussian.learn(value, weight);
        self.density = self.gaussian.density(1.0);
    }
}

/// What a leaf says of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Votes {
    /// The probability that the label is true.
    pub(super) probability: f64,
    majority: bool,
    bayes: bool,
}

impl Leaf {
    /// A leaf that is told the weights of the classes and looks at `columns`.
    pub(super) fn new(depth: u32, classes: [f64; 2], columns: Vec<usize>) -> Self {
        let new = |column| Column { column, classes: Default::default() };
        let columns = columns.into_iter().map(new).collect();
        Self { depth, classes, looked_at: classes[0] + classes[1], majority_right: 0.0, bayes_right: 0.0, columns }
    }

    /// Its depth below the root.
    pub(super) fn depth(&self) -> u32 {
        self.depth
    }

    fn weight(&self) -> f64 {
        self.classes[0] + self.classes[1]
    }

    /// What it says of a row. Even chances are no reason to say true.
    pub(super) fn votes(&self, row: &[f64]) -> Votes {
        let [no, yes] = self.classes;
        if no + yes == 0.0 {
            return Votes { probability: 0.5, majority: false, bayes: false };
        }
        let share = yes / (no + yes);
        let bayes = if no > 0.0 && yes > 0.0 { self.bayes(row) } else { share };
        let probability = if self.bayes_right >= self.majority_right { bayes } else { share };
        Votes { probability, majority: share > 0.5, bayes: bayes > 0.5 }
    }

    /// Naive Bayes: a column says nothing where one class has shown too little of it.
    fn bayes(&self, row: &[f64]) -> f64 {
        let mut odds = libm::log(self.classes[1] / self.classes[0]);
        for column in &self.columns {
            let value = row[column.column];
            if !usable(value) {
                continue;
            }
            let [no, yes] = &column.classes;
            if let (Some(no), Some(yes)) = (&no.density, &yes.density) {
                odds += yes.ln(value) - no.ln(value);
            }
        }
        sigmoid(odds)
    }

    /// Learns as if the row had come `weight` times; `votes` is what it said of the row just before.
    pub(super) fn learn(&mut self, row: &[f64], label: bool, weight: f64, votes: &Votes) {
        let nothing_seen = self.weight() == 0.0;
        if nothing_seen || votes.majority == label {
            self.majority_right += weight;
        }
        if !nothing_seen && votes.bayes == label {
            self.bayes_right += weight;
        }
        let class = usize::from(label);
        self.classes[class] += weight;
        for column in &mut self.columns {
            let value = row[column.column];
            if usable(value) {
                column.classes[class].learn(value, weight);
            }
        }
    }

    /// Whether it is time to look for a split.
    pub(super) fn due(&self, grace: f64) -> bool {
        self.weight() - self.looked_at >= grace
    }

    /// The split that is better than every other with confidence 1 - delta, or as good as any and good.
    pub(super) fn split(&mut self, config: &TreeConfig) -> Option<Split> {
        self.looked_at = self.weight();
        if self.classes[0].max(self.classes[1]) > split::PURE * self.weight() {
            return None;
        }
        // Not to split at all gains 0.
        let (mut best, mut gain, mut second) = (None, 0.0, 0.0);
        for column in &self.columns {
            let Some(found) = split::of(column) else { continue };
            if found.gain > gain {
                (second, gain, best) = (gain, found.gain, Some(found));
            } else if found.gain > second {
                second = found.gain;
            }
        }
        // The gain of two classes is at most one bit.
        let bound = (libm::log(1.0 / config.delta) / (2.0 * self.weight())).sqrt();
        best.filter(|_| gain - second > bound || bound < config.tie)
    }
}

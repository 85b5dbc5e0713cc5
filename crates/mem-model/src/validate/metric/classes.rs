//! Figures of predicted classes, all of which stand in the confusion matrix.

use serde::Serialize;

use super::check_lengths;

/// How often each class was predicted for each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Confusion {
    /// The classes that came or were predicted, in order.
    pub classes: Vec<i32>,
    /// `counts[t][p]`: rows of class t that were predicted to be of class p.
    pub counts: Vec<Vec<u64>>,
}

/// Figures of one class.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ClassReport {
    /// The class.
    pub class: i32,
    /// Share of right ones among those predicted to be of it; 0 if none was.
    pub precision: f64,
    /// Share of those of it that were predicted to be; 0 if there was none.
    pub recall: f64,
    /// Harmonic mean of both; 0 if both are.
    pub f1: f64,
    /// Rows of it.
    pub support: u64,
}

/// How figures of classes are averaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Average {
    /// Each class counts the same.
    Macro,
    /// Each row does.
    Weighted,
}

impl Confusion {
    /// Counts predictions.
    ///
    /// # Panics
    /// If there is not one for each truth.
    pub fn new(truth: &[i32], predicted: &[i32]) -> Self {
        check_lengths(truth.len(), predicted.len());
        let mut classes: Vec<i32> = truth.iter().chain(predicted).copied().collect();
        classes.sort_unstable();
        classes.dedup();
        let place = |class: i32| classes.partition_point(|known| *known < class);
        let mut counts = vec![vec![0; classes.len()]; classes.len()];
        for (truth, predicted) in truth.iter().zip(predicted) {
            counts[place(*truth)][place(*predicted)] += 1;
        }
        Self { classes, counts }
    }

    fn came(&self, class: usize) -> f64 {
        self.counts[class].iter().sum::<u64>() as f64
    }

    fn said(&self, class: usize) -> f64 {
        self.counts.iter().map(|row| row[class]).sum::<u64>() as f64
    }

    fn right(&self) -> f64 {
        (0..self.classes.len()).map(|class| self.counts[class][class]).sum::<u64>() as f64
    }

    fn rows(&self) -> f64 {
        (0..self.classes.len()).map(|class| self.came(class)).sum()
    }

    /// Share of right predictions.
    pub fn accuracy(&self) -> Option<f64> {
        (self.rows() > 0.0).then(|| self.right() / self.rows())
    }

    /// Mean recall of the classes that came.
    pub fn balanced_accuracy(&self) -> Option<f64> {
        let recalls = self.report().into_iter().filter(|class| class.support > 0).map(|class| class.recall);
        let recalls: Vec<f64> = recalls.collect();
        super::mean(recalls.into_iter())
    }

    /// Figures of each class.
    pub fn report(&self) -> Vec<ClassReport> {
        let share = |part: f64, of: f64| if of == 0.0 { 0.0 } else { part / of };
        let report = |class: usize| {
            let (right, came, said) = (self.counts[class][class] as f64, self.came(class), self.said(class));
            ClassReport {
                class: self.classes[class],
                precision: share(right, said),
                recall: share(right, came),
                f1: share(2.0 * right, came + said),
                support: came as u64,
            }
        };
        (0..self.classes.len()).map(report).collect()
    }

    /// Precision over all classes.
    pub fn precision(&self, average: Average) -> Option<f64> {
        self.average(average, |class| class.precision)
    }

    /// Recall over all classes.
    pub fn recall(&self, average: Average) -> Option<f64> {
        self.average(average, |class| class.recall)
    }

    /// F1 over all classes.
    pub fn f1(&self, average: Average) -> Option<f64> {
        self.average(average, |class| class.f1)
    }

    fn average(&self, average: Average, figure: fn(&ClassReport) -> f64) -> Option<f64> {
        let weight = |class: &ClassReport| match average {
            Average::Macro => 1.0,
            Average::Weighted => class.support as f64,
        };
        let report = self.report();
        let weights: f64 = report.iter().map(weight).sum();
        (weights > 0.0).then(|| report.iter().map(|class| weight(class) * figure(class)).sum::<f64>() / weights)
    }

    /// Matthews' correlation of predicted and true classes, -1 to 1, for any number of classes (Gorodkin, Computational Biology and
    /// Chemistry 28, 2004); 0 if only one class came or was predicted.
    pub fn matthews(&self) -> f64 {
        let classes = 0..self.classes.len();
        let rows = self.rows();
        let sum = |of: &dyn Fn(usize) -> f64| classes.clone().map(of).sum::<f64>();
        let together = self.right() * rows - sum(&|class| self.came(class) * self.said(class));
        let said = rows * rows - sum(&|class| self.said(class).powi(2));
        let came = rows * rows - sum(&|class| self.came(class).powi(2));
        if said * came == 0.0 { 0.0 } else { together / (said * came).sqrt() }
    }
}

//! The strongest trend that begins.

use std::collections::VecDeque;

use super::Label;
use super::horizon::direction;
use super::labeler::Moment;

#[derive(Debug)]
pub(super) struct TrendScanLabels {
    shortest: usize,
    longest: usize,
    min_t: f64,
    open: VecDeque<Moment>,
}

impl TrendScanLabels {
    pub(super) fn new(shortest: usize, longest: usize, min_t: f64) -> Self {
        Self { shortest, longest, min_t, open: VecDeque::new() }
    }

    pub(super) fn push(&mut self, now: Moment, known: &mut Vec<Label>) {
        self.open.push_back(now);
        if self.open.len() <= self.longest {
            return;
        }
        let first = self.open[0].bar.close;
        let path: Vec<f64> = self.open.iter().map(|moment| libm::log(moment.bar.close / first)).collect();
        let mut best = (0.0, self.shortest);
        for bars in self.shortest..=self.longest {
            let t = t_of_slope(&path[..=bars]);
            // Of equally strong ones the shortest.
            if t.abs() > f64::abs(best.0) {
                best = (t, bars);
            }
        }
        let (t, bars) = best;
        let price = self.open[bars].bar.close;
        if let Some(decision) = self.open.pop_front() {
            known.push(decision.label(&now, direction(t, self.min_t), t, price));
        }
    }
}

/// T-value of the slope of the least-squares line through equally spaced points, at least three: slope by its standard error. 0 for a
/// flat line, infinite for any other that is met exactly.
fn t_of_slope(path: &[f64]) -> f64 {
    let n = path.len() as f64;
    let middle = (n - 1.0) / 2.0;
    let mean = path.iter().sum::<f64>() / n;
    let centred = || path.iter().enumerate().map(|(at, value)| (at as f64 - middle, value - mean));
    let squares = n * (n * n - 1.0) / 12.0;
    let slope = centred().map(|(x, y)| x * y).sum::<f64>() / squares;
    let unexplained: f64 = centred().map(|(x, y)| (y - slope * x) * (y - slope * x)).sum();
    if slope == 0.0 { 0.0 } else { slope / (unexplained / (n - 2.0) / squares).sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slope_by_hand() {
        // 1, 3, 2, 4: slope 0.8, unexplained 1.8, error sqrt(0.9 / 5).
        assert!((t_of_slope(&[1.0, 3.0, 2.0, 4.0]) - 0.8 / 0.18_f64.sqrt()).abs() < 1e-14);
        assert_eq!(t_of_slope(&[2.0, 2.0, 2.0]), 0.0);
        assert_eq!(t_of_slope(&[-1.0, 0.0, 1.0]), f64::INFINITY);
    }
}

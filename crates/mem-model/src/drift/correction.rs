//! Multiple testing: what a p-value is worth when there are many of them.

use serde::{Deserialize, Serialize};

/// How p-values of several tests are corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Correction {
    /// Holm (1979): the chance of even one false finding is at most alpha, however the tests depend on each other.
    Holm,
    /// Benjamini, Hochberg (1995): of the findings, a share of at most alpha is false on average; tests independent or positively dependent.
    BenjaminiHochberg,
}

impl Correction {
    /// Corrected p-values in the order of `p_values`: those at most alpha are findings at level alpha.
    pub fn adjust(self, p_values: &[f64]) -> Vec<f64> {
        let count = p_values.len();
        let mut order: Vec<usize> = (0..count).collect();
        order.sort_by(|a, b| p_values[*a].total_cmp(&p_values[*b]));
        let mut adjusted = vec![1.0; count];
        match self {
            Self::Holm => {
                let mut largest: f64 = 0.0;
                for (rank, index) in order.into_iter().enumerate() {
                    largest = largest.max(p_values[index] * (count - rank) as f64);
                    adjusted[index] = largest.min(1.0);
                }
            }
            Self::BenjaminiHochberg => {
                let mut smallest: f64 = 1.0;
                for (rank, index) in order.into_iter().enumerate().rev() {
                    smallest = smallest.min(p_values[index] * count as f64 / (rank + 1) as f64);
                    adjusted[index] = smallest;
                }
            }
        }
        adjusted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corrections_are_the_papers() {
        let p_values = [0.01, 0.04, 0.03, 0.005];
        let holm = Correction::Holm.adjust(&p_values);
        let expected = [0.03, 0.06, 0.06, 0.02];
        assert!(holm.iter().zip(expected).all(|(ours, expected)| (ours - expected).abs() < 1e-15), "{holm:?}");
        let rates = Correction::BenjaminiHochberg.adjust(&p_values);
        let expected = [0.02, 0.04, 0.04, 0.02];
        assert!(rates.iter().zip(expected).all(|(ours, expected)| (ours - expected).abs() < 1e-15), "{rates:?}");
    }
}

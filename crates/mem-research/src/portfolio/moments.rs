//! Returns in, their scatter and what they have in common out.

/// Returns that scatter less than this do so through rounding alone.
const ROUNDING: f64 = 1e-15;

/// Fewer returns than this always seem to move together.
const FEWEST_RETURNS: usize = 3;

/// Partial sums that a sum of products is made of: they do not wait for each other.
const LANES: usize = 8;

/// Returns less their mean.
pub(super) struct Centred {
    values: Vec<f64>,
    squares: f64,
}

impl Centred {
    pub(super) fn of(mut values: Vec<f64>) -> Self {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        values.iter_mut().for_each(|value| *value -= mean);
        let squares = sum_of_products(&values, &values);
        Self { values, squares }
    }

    /// Sample standard deviation; `None` of fewer than two returns, or where they differ by rounding alone.
    pub(super) fn deviation(&self) -> Option<f64> {
        Some(self.covariance(self).sqrt()).filter(|deviation| deviation.is_finite() && *deviation > ROUNDING)
    }

    /// Sample covariance with as many other returns.
    pub(super) fn covariance(&self, other: &Self) -> f64 {
        sum_of_products(&self.values, &other.values) / (self.values.len() as f64 - 1.0)
    }

    /// Pearson's correlation with as many other returns; `None` with too few or where one of the two does not move.
    pub(super) fn correlation(&self, other: &Self) -> Option<f64> {
        if self.values.len() < FEWEST_RETURNS || self.deviation().is_none() || other.deviation().is_none() {
            return None;
        }
        let products = sum_of_products(&self.values, &other.values);
        // The product under one root is exact for a column with itself.
        Some((products / (self.squares * other.squares).sqrt()).clamp(-1.0, 1.0))
    }
}

fn sum_of_products(first: &[f64], second: &[f64]) -> f64 {
    let (first, first_rest) = first.as_chunks::<LANES>();
    let (second, second_rest) = second.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for (first, second) in first.iter().zip(second) {
        for lane in 0..LANES {
            sums[lane] += first[lane] * second[lane];
        }
    }
    let rest: f64 = first_rest.iter().zip(second_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_columns_by_hand() {
        // Deviations from the mean -1, 0, 1 and 1, -2, 1.
        let (rising, bent) = (Centred::of(vec![1.0, 2.0, 3.0]), Centred::of(vec![4.0, 1.0, 4.0]));
        assert_eq!((rising.deviation(), bent.deviation()), (Some(1.0), Some(3.0_f64.sqrt())));
        assert_eq!((rising.covariance(&bent), rising.correlation(&bent)), (0.0, Some(0.0)));
        assert_eq!(rising.correlation(&rising), Some(1.0));
        assert_eq!(rising.correlation(&Centred::of(vec![3.0, 2.0, 1.0])), Some(-1.0));
        let still = Centred::of(vec![0.1; 3]);
        assert_eq!((still.deviation(), still.correlation(&rising)), (None, None));
        let two = Centred::of(vec![1.0, 2.0]);
        assert_eq!(two.correlation(&two), None, "two points always lie on a line");
        assert_eq!(Centred::of(vec![1.0]).deviation(), None);
        assert_eq!(Centred::of(Vec::new()).deviation(), None);
    }

    #[test]
    fn lanes_lose_nothing() {
        for count in [1, 7, 8, 9, 40, 41] {
            let whole: Vec<f64> = (1..=count).map(f64::from).collect();
            assert_eq!(sum_of_products(&whole, &vec![2.0; whole.len()]), f64::from(count * (count + 1)));
        }
    }
}

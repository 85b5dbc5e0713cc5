//! A covariance matrix in, weights of equal risk contribution out.
//!
//! The risk contribution of an asset is its weight times its covariance with the whole, over the variance of the
//! whole. Weights that make all contributions equal minimise `x'Cx / 2 - sum(ln x) / n` up to scale (Maillard, Roncalli
//! and Teïletche 2010), a convex problem; cyclical coordinate descent solves the quadratic equation of one coordinate
//! after the other until nothing moves (Griveau-Billion, Richard and Roncalli 2013).

/// Rounds through all coordinates before giving up.
const MOST_ROUNDS: usize = 10_000;

/// How far a contribution may be from the mean contribution, as a fraction of it.
const TOLERANCE: f64 = 1e-11;

/// Weights that add up to 1, each with the same risk contribution. `None` where there are none to be found: a variance
/// is zero, or assets cancel each other out so well that nothing is left to be shared.
pub(super) fn equal_contributions(covariance: &[Vec<f64>]) -> Option<Vec<f64>> {
    let count = covariance.len();
    let deviations: Vec<f64> = covariance.iter().enumerate().map(|(i, row)| row[i].sqrt()).collect();
    if count == 0 || deviations.iter().any(|deviation| !(*deviation > 0.0 && deviation.is_finite())) {
        return None;
    }
    // Solved for equal deviations: rounds are then as many whatever the scale of the assets.
    let correlation: Vec<Vec<f64>> = (0..count)
        .map(|i| {
            (0..count).map(|j| if i == j { 1.0 } else { covariance[i][j] / (deviations[i] * deviations[j]) }).collect()
        })
        .collect();
    let target = 1.0 / count as f64;
    let total: f64 = correlation.iter().flatten().sum();
    let start = if total > target { total.sqrt().recip() } else { 1.0 };
    let mut exposures = vec![start; count];
    let mut products = times(&correlation, &exposures);
    for round in 0..MOST_ROUNDS {
        for i in 0..count {
            let others = products[i] - exposures[i];
            let root = others.hypot(2.0 * target.sqrt());
            // The positive root of x^2 + others x - target, without cancellation.
            let solved = if others > 0.0 { 2.0 * target / (others + root) } else { 0.5 * (root - others) };
            let change = solved - exposures[i];
            exposures[i] = solved;
            for (product, row) in products.iter_mut().zip(&correlation) {
                *product += change * row[i];
            }
        }
        // Rounding errors of the running products do not pile up.
        if round % 16 == 15 {
            products = times(&correlation, &exposures);
        }
        if is_equal(&exposures, &products) {
            products = times(&correlation, &exposures);
            if is_equal(&exposures, &products) {
                let weights: Vec<f64> = exposures.iter().zip(&deviations).map(|(x, deviation)| x / deviation).collect();
                let sum: f64 = weights.iter().sum();
                return Some(weights.iter().map(|weight| weight / sum).collect());
            }
        }
    }
    None
}

/// Whether every contribution is as large as the mean.
fn is_equal(exposures: &[f64], products: &[f64]) -> bool {
    let variance: f64 = exposures.iter().zip(products).map(|(x, product)| x * product).sum();
    let mean = variance / exposures.len() as f64;
    exposures.iter().zip(products).all(|(x, product)| (x * product - mean).abs() <= TOLERANCE * mean)
}

fn times(matrix: &[Vec<f64>], vector: &[f64]) -> Vec<f64> {
    matrix.iter().map(|row| row.iter().zip(vector).map(|(a, b)| a * b).sum()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Newton's method on the whole problem at once, damped at first: another way to the same weights.
    fn by_newton(covariance: &[Vec<f64>]) -> Vec<f64> {
        let count = covariance.len();
        let target = 1.0 / count as f64;
        let mut x: Vec<f64> = (0..count).map(|i| (target / covariance[i][i]).sqrt()).collect();
        for round in 0..400 {
            let slope: Vec<f64> =
                times(covariance, &x).iter().zip(&x).map(|(product, x)| product - target / x).collect();
            let mut curvature: Vec<Vec<f64>> = covariance.to_vec();
            for i in 0..count {
                curvature[i][i] += target / (x[i] * x[i]);
            }
            let step = solve(curvature, slope);
            let mut length = if round < 200 { 0.2 } else { 1.0 };
            while x.iter().zip(&step).any(|(x, step)| x - length * step <= 0.0) {
                length *= 0.5;
            }
            for (x, step) in x.iter_mut().zip(&step) {
                *x -= length * step;
            }
        }
        let sum: f64 = x.iter().sum();
        x.iter().map(|x| x / sum).collect()
    }

    /// Gaussian elimination with pivots.
    fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
        let count = right.len();
        for column in 0..count {
            let pivot = (column..count).max_by(|a, b| matrix[*a][column].abs().total_cmp(&matrix[*b][column].abs()));
            matrix.swap(column, pivot.unwrap());
            right.swap(column, pivot.unwrap());
            for row in column + 1..count {
                let factor = matrix[row][column] / matrix[column][column];
                let above = matrix[column].clone();
                matrix[row].iter_mut().zip(&above).for_each(|(value, above)| *value -= factor * above);
                right[row] -= factor * right[column];
            }
        }
        for row in (0..count).rev() {
            let known: f64 = (row + 1..count).map(|column| matrix[row][column] * right[column]).sum();
            right[row] = (right[row] - known) / matrix[row][row];
        }
        right
    }

    /// Sample covariance of made-up returns.
    fn made_up(seed: u64, assets: usize, returns: usize) -> Vec<Vec<f64>> {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut uniform = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64 / (1u64 << 53) as f64 - 0.5
        };
        let betas: Vec<f64> = (0..assets).map(|_| 2.0 * uniform() + 0.3).collect();
        let scales: Vec<f64> = (0..assets).map(|_| (6.0 * uniform()).exp()).collect();
        let rows: Vec<Vec<f64>> = (0..returns)
            .map(|_| {
                let market = uniform();
                (0..assets).map(|i| 0.01 * scales[i] * (betas[i] * market + uniform())).collect()
            })
            .collect();
        let means: Vec<f64> =
            (0..assets).map(|i| rows.iter().map(|row| row[i]).sum::<f64>() / returns as f64).collect();
        let covariance = |i: usize, j: usize| {
            rows.iter().map(|row| (row[i] - means[i]) * (row[j] - means[j])).sum::<f64>() / (returns as f64 - 1.0)
        };
        (0..assets).map(|i| (0..assets).map(|j| covariance(i, j)).collect()).collect()
    }

    fn assert_close(found: &[f64], expected: &[f64], tolerance: f64) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() <= tolerance, "{found} is not {expected}");
        }
    }

    #[test]
    fn the_weights_are_those_of_other_solvers() {
        // Both from Newton's method in numpy 2.4, checked against SLSQP of scipy 1.17 on the contributions.
        let three = [[0.04, 0.006, -0.01], [0.006, 0.09, 0.03], [-0.01, 0.03, 0.16]];
        let found = equal_contributions(&three.map(|row| row.to_vec())).unwrap();
        assert_close(&found, &[0.494_156_908_443_485_25, 0.273_056_675_043_656_8, 0.232_786_416_512_857_92], 1e-10);
        let five = [
            [0.0225, 0.0054, 0.0036, 0.003, 0.0],
            [0.0054, 0.0324, 0.0108, 0.009, 0.00504],
            [0.0036, 0.0108, 0.04, 0.02, 0.0112],
            [0.003, 0.009, 0.02, 0.0625, 0.035],
            [0.0, 0.00504, 0.0112, 0.035, 0.0784],
        ];
        let found = equal_contributions(&five.map(|row| row.to_vec())).unwrap();
        let expected = [
            0.308_277_790_568_617_87,
            0.221_476_754_617_657_8,
            0.185_338_415_199_442_55,
            0.139_127_116_796_430_97,
            0.145_779_922_817_850_74,
        ];
        assert_close(&found, &expected, 1e-10);
    }

    #[test]
    fn contributions_are_equal_and_the_slow_way_agrees() {
        for (seed, assets, returns) in
            [(1, 1, 10), (2, 2, 50), (3, 5, 60), (4, 10, 252), (5, 30, 40), (6, 12, 30), (7, 60, 252)]
        {
            let covariance = made_up(seed, assets, returns);
            let weights = equal_contributions(&covariance).unwrap();
            assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            let products = times(&covariance, &weights);
            let variance: f64 = weights.iter().zip(&products).map(|(weight, product)| weight * product).sum();
            for (weight, product) in weights.iter().zip(&products) {
                assert!((weight * product / variance * assets as f64 - 1.0).abs() < 1e-9, "{assets} assets");
            }
            assert_close(&weights, &by_newton(&covariance), 1e-8);
        }
    }

    #[test]
    fn equal_correlations_give_inverse_volatility() {
        // A closed form: with one correlation for all pairs the weights are inverse to the deviations.
        let deviations = [0.1, 0.2, 0.4];
        let covariance: Vec<Vec<f64>> = (0..3)
            .map(|i| (0..3).map(|j| deviations[i] * deviations[j] * if i == j { 1.0 } else { 0.3 }).collect())
            .collect();
        assert_close(&equal_contributions(&covariance).unwrap(), &[4.0 / 7.0, 2.0 / 7.0, 1.0 / 7.0], 1e-12);
        // A matrix without an inverse: all move as one.
        let as_one: Vec<Vec<f64>> = deviations.map(|a| deviations.map(|b| a * b).to_vec()).to_vec();
        assert_close(&equal_contributions(&as_one).unwrap(), &[4.0 / 7.0, 2.0 / 7.0, 1.0 / 7.0], 1e-12);
    }

    #[test]
    fn what_has_no_answer_gives_none() {
        assert_eq!(equal_contributions(&[]), None);
        assert_eq!(equal_contributions(&[vec![0.0]]), None);
        assert_eq!(equal_contributions(&[vec![0.04, f64::NAN], vec![f64::NAN, f64::NAN]]), None);
        // They cancel each other out: no risk is left to be shared.
        assert_eq!(equal_contributions(&[vec![0.04, -0.02], vec![-0.02, 0.01]]), None);
    }
}

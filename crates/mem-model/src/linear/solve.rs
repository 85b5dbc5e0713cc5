//! Linear equations.

/// A symmetric matrix; only the lower triangle is kept, row by row.
#[derive(Debug, Clone)]
pub(super) struct Symmetric {
    rows: Vec<Vec<f64>>,
}

impl Symmetric {
    /// The matrix whose element at (i, j) is `element(i, j)`, j <= i.
    pub(super) fn new(size: usize, element: impl Fn(usize, usize) -> f64) -> Self {
        Self { rows: (0..size).map(|i| (0..=i).map(|j| element(i, j)).collect()).collect() }
    }

    /// Solves for one right side by Cholesky's decomposition; none if the matrix is not positive definite.
    pub(super) fn solve(mut self, mut right: Vec<f64>) -> Option<Vec<f64>> {
        let size = right.len();
        for i in 0..size {
            for j in 0..=i {
                let known: f64 = (0..j).map(|k| self.rows[i][k] * self.rows[j][k]).sum();
                let rest = self.rows[i][j] - known;
                if i != j {
                    self.rows[i][j] = rest / self.rows[j][j];
                } else if rest > 1e-13 * self.rows[i][i] && rest.is_finite() {
                    self.rows[i][i] = rest.sqrt();
                } else {
                    return None;
                }
            }
        }
        for i in 0..size {
            let known: f64 = (0..i).map(|k| self.rows[i][k] * right[k]).sum();
            right[i] = (right[i] - known) / self.rows[i][i];
        }
        for i in (0..size).rev() {
            let known: f64 = (i + 1..size).map(|k| self.rows[k][i] * right[k]).sum();
            right[i] = (right[i] - known) / self.rows[i][i];
        }
        Some(right)
    }
}

/// The sum of products, in four parts side by side.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut parts = [0.0; 4];
    let (whole_a, rest_a) = a.as_chunks::<4>();
    let (whole_b, rest_b) = b.as_chunks::<4>();
    for (a, b) in whole_a.iter().zip(whole_b) {
        for (part, (a, b)) in parts.iter_mut().zip(a.iter().zip(b)) {
            *part += a * b;
        }
    }
    let rest: f64 = rest_a.iter().zip(rest_b).map(|(a, b)| a * b).sum();
    parts[0] + parts[1] + parts[2] + parts[3] + rest
}

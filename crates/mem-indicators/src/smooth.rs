//! Exponential smoothing: `y = (1 - k) y' + k x`, seeded with a mean.
//!
//! Each step needs the one before, which keeps a processor waiting. Written out over four steps,
//! `y[i] = a^4 y[i-4] + k (x[i] + a x[i-1] + a^2 x[i-2] + a^3 x[i-3])` with `a = 1 - k`, four chains run side by side.
//! Batch and stream both compute this form, so they agree bit for bit.

/// An exponentially smoothed series.
#[derive(Debug, Clone)]
pub(crate) struct Smooth {
    /// Weights of x[i], x[i-1], x[i-2], x[i-3].
    weights: [f64; 4],
    keep: f64,
    keep4: f64,
    seed_count: usize,
    seed_divisor: f64,
    seed_sum: f64,
    seen: usize,
    /// The last four inputs and outputs, oldest first.
    inputs: [f64; 4],
    outputs: [f64; 4],
}

impl Smooth {
    /// Alpha 2 / (period + 1), seeded with the mean of the first `period` values.
    pub(crate) fn ema(period: usize) -> Self {
        let k = 2.0 / (period as f64 + 1.0);
        Self::new(1.0 - k, k, period, period as f64)
    }

    /// Wilder's: alpha 1 / period, seeded with the mean of the first `period` values.
    pub(crate) fn wilder(period: usize) -> Self {
        let n = period as f64;
        Self::new((n - 1.0) / n, 1.0 / n, period, n)
    }

    /// Wilder's as TA-Lib seeds directional movement: the sum of the first `period - 1` values over `period`.
    pub(crate) fn wilder_directional(period: usize) -> Self {
        let n = period as f64;
        Self::new((n - 1.0) / n, 1.0 / n, period - 1, n)
    }

    fn new(keep: f64, take: f64, seed_count: usize, seed_divisor: f64) -> Self {
        assert!(seed_count > 0, "smoothing starts from at least one value");
        let keep2 = keep * keep;
        Self {
            weights: [take, keep * take, keep2 * take, keep2 * keep * take],
            keep,
            keep4: keep2 * keep2,
            seed_count,
            seed_divisor,
            seed_sum: 0.0,
            seen: 0,
            inputs: [0.0; 4],
            outputs: [0.0; 4],
        }
    }

    /// Takes the next value; NaN until the seed is complete.
    pub(crate) fn push(&mut self, value: f64) -> f64 {
        self.seen += 1;
        self.inputs = [self.inputs[1], self.inputs[2], self.inputs[3], value];
        let output = if self.seen < self.seed_count {
            self.seed_sum += value;
            return f64::NAN;
        } else if self.seen == self.seed_count {
            (self.seed_sum + value) / self.seed_divisor
        } else if self.seen < self.seed_count + 4 {
            self.keep * self.outputs[3] + self.weights[0] * value
        } else {
            let [d, c, b, a] = self.inputs;
            self.keep4 * self.outputs[0] + self.recent_part(a, b, c, d)
        };
        self.outputs = [self.outputs[1], self.outputs[2], self.outputs[3], output];
        output
    }

    /// What the last four inputs contribute, newest first.
    #[inline(always)]
    fn recent_part(&self, a: f64, b: f64, c: f64, d: f64) -> f64 {
        let [wa, wb, wc, wd] = self.weights;
        (wa * a + wb * b) + (wc * c + wd * d)
    }
}

//! ADWIN, the adaptive window (Bifet, Gavaldà 2007): keeps as many of the last values as have one mean, and says when it had to drop some.

use serde::{Deserialize, Serialize};

use super::{Detector, Level};

/// When a cut is made.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdwinConfig {
    /// Bound on the chance of a cut where nothing changed, for one look at the window. 0.002.
    pub delta: f64,
    /// The window is looked at after every so many values. 32.
    pub clock: u32,
    /// Buckets of one size that are kept before the oldest two become one of twice the size; more is finer. 5.
    pub buckets: usize,
    /// A part shorter than this is no reason for a cut. 5.
    pub least_part: u32,
    /// No cut while the window is not longer than this. 10.
    pub grace: u32,
}

impl Default for AdwinConfig {
    fn default() -> Self {
        Self { delta: 0.002, clock: 32, buckets: 5, least_part: 5, grace: 10 }
    }
}

impl AdwinConfig {
    /// The defaults with another `delta`.
    pub fn with_delta(delta: f64) -> Self {
        Self { delta, ..Self::default() }
    }
}

/// A window of adaptive length over a stream of numbers, as an exponential histogram: memory grows with the logarithm of the window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Adwin {
    config: AdwinConfig,
    /// Row r holds buckets of 2^r values each; the oldest values are in the last row, and in a row the oldest bucket comes first.
    rows: Vec<Row>,
    width: u64,
    total: f64,
    /// Sum of squared deviations from the mean of the window.
    squares: f64,
    ticks: u64,
    cuts: u64,
}

/// Buckets of one size.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Row {
    buckets: Vec<Bucket>,
}

/// Sum and squared deviations of the values in a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Bucket {
    total: f64,
    squares: f64,
}

impl Adwin {
    /// An empty window.
    pub fn new(config: AdwinConfig) -> Self {
        Self { config, rows: vec![Row::default()], width: 0, total: 0.0, squares: 0.0, ticks: 0, cuts: 0 }
    }

    /// How many of the last values the window holds.
    pub fn width(&self) -> u64 {
        self.width
    }

    /// The sum of the values in the window.
    pub fn total(&self) -> f64 {
        self.total
    }

    /// The mean of the window; 0 of an empty one.
    pub fn mean(&self) -> f64 {
        if self.width == 0 { 0.0 } else { self.total / self.width as f64 }
    }

    /// The population variance of the window; 0 of an empty one.
    pub fn variance(&self) -> f64 {
        if self.width == 0 { 0.0 } else { self.squares / self.width as f64 }
    }

    /// How many times the window was cut.
    pub fn cuts(&self) -> u64 {
        self.cuts
    }

    /// Takes one more value; whether the window was cut because its older part had another mean.
    ///
    /// What is kept after a cut is the newer part. Numbers that are not finite are left out.
    pub fn push(&mut self, value: f64) -> bool {
        if !value.is_finite() {
            return false;
        }
        self.insert(value);
        self.ticks += 1;
        let due = self.ticks.is_multiple_of(u64::from(self.config.clock.max(1)));
        if !due || self.width <= u64::from(self.config.grace) {
            return false;
        }
        let mut cut = false;
        while self.parts_differ() {
            self.drop_oldest();
            cut = true;
        }
        self.cuts += u64::from(cut);
        cut
    }

    fn insert(&mut self, value: f64) {
        if self.width > 0 {
            let deviation = value - self.total / self.width as f64;
            self.squares += self.width as f64 * deviation * deviation / (self.width + 1) as f64;
        }
        self.width += 1;
        self.total += value;
        self.rows[0].buckets.push(Bucket { total: value, squares: 0.0 });
        for row in 0.. {
            if self.rows[row].buckets.len() <= self.config.buckets.max(1) {
                break;
            }
            if row + 1 == self.rows.len() {
                self.rows.push(Row::default());
            }
            let merged = {
                let size = (1_u64 << row) as f64;
                let oldest = &self.rows[row].buckets;
                let apart = (oldest[0].total - oldest[1].total) / size;
                Bucket {
                    total: oldest[0].total + oldest[1].total,
                    squares: oldest[0].squares + oldest[1].squares + apart * apart * size / 2.0,
                }
            };
            self.rows[row].buckets.drain(..2);
            self.rows[row + 1].buckets.push(merged);
        }
    }

    /// Whether some cut parts the window into two whose means differ by more than chance allows: equation 3.1 of the paper with the variance of
    /// the window, delta' = delta / (2 ln width).
    fn parts_differ(&self) -> bool {
        let width = self.width as f64;
        let least = f64::from(self.config.least_part);
        let confidence = libm::log(2.0 * libm::log(width) / self.config.delta);
        let spread = 2.0 * (self.squares / width) * confidence;
        let (mut older, mut older_total) = (0.0, 0.0);
        for (row, of_size) in self.rows.iter().enumerate().rev() {
            let size = (1_u64 << row) as f64;
            for bucket in &of_size.buckets {
                older += size;
                older_total += bucket.total;
                let newer = width - older;
                if older < least || newer < least {
                    continue;
                }
                let apart = (older_total / older - (self.total - older_total) / newer).abs();
                let harmonic = 1.0 / (older - least + 1.0) + 1.0 / (newer - least + 1.0);
                let excess = apart - 2.0 / 3.0 * confidence * harmonic;
                if excess > 0.0 && excess * excess > spread * harmonic {
                    return true;
                }
            }
        }
        false
    }

    /// Drops the oldest bucket.
    fn drop_oldest(&mut self) {
        let last = self.rows.len() - 1;
        let bucket = self.rows[last].buckets.remove(0);
        let size = 1_u64 << last;
        self.width -= size;
        self.total -= bucket.total;
        if self.width == 0 {
            self.squares = 0.0;
        } else {
            let (dropped, kept) = (size as f64, self.width as f64);
            let apart = bucket.total / dropped - self.total / kept;
            self.squares -= bucket.squares + dropped * kept * apart * apart / (dropped + kept);
        }
        if self.rows[last].buckets.is_empty() && last > 0 {
            self.rows.pop();
        }
    }
}

impl Detector for Adwin {
    fn update(&mut self, value: f64) -> Level {
        if self.push(value) { Level::Drift } else { Level::Stable }
    }

    fn reset(&mut self) {
        *self = Self::new(self.config);
    }
}

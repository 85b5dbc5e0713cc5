//! What the four groups say at one bar.

use std::fmt;

use serde::Serialize;

/// Weights of the groups, as in the reference. They add up to 1.
const WEIGHTS: [f64; 4] = [0.25, 0.35, 0.20, 0.20];

/// The most points each group can give, in the same order: momentum, trend, volatility, volume.
const MOST: [f64; 4] = [3.0, 5.0, 2.0, 3.0];

/// So much of all weight must speak for full strength: no group alone reaches the default threshold of 70.
const QUORUM: f64 = 0.6;

/// Which way the votes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Direction {
    /// Up.
    Buy,
    /// Down.
    Sell,
    /// Neither.
    #[default]
    Neutral,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Buy => "BUY",
            Self::Sell => "SELL",
            Self::Neutral => "NEUTRAL",
        })
    }
}

/// Whether there is a trend (ADX above 25), and which way it goes (+DI against -DI).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Trend {
    /// Upwards.
    Uptrend,
    /// Downwards.
    Downtrend,
    /// None.
    #[default]
    Sideways,
}

impl fmt::Display for Trend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Uptrend => "Uptrend",
            Self::Downtrend => "Downtrend",
            Self::Sideways => "Sideways",
        })
    }
}

/// How wide the Bollinger bands are in percent of the middle: below 5, below 15, or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum VolatilityLevel {
    /// Below 5 percent.
    Low,
    /// Below 15 percent.
    Medium,
    /// 15 percent or more.
    High,
}

impl fmt::Display for VolatilityLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Low => "Low",
            Self::Medium => "Medium",
            Self::High => "High",
        })
    }
}

/// Points of the groups: momentum, trend, volatility, volume; positive is up.
pub(super) type Points = [f64; 4];

/// What the groups say, mended and raw.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Votes {
    /// Each group's voice, -1 to 1.
    pub(super) voices: Points,
    /// Sum of all voices, -1 to 1.
    pub(super) total: f64,
    /// Whether there is a trend.
    pub(super) trend: Trend,
    /// The reference's weighted sum of points, -3.5 to 3.5.
    pub(super) raw_total: f64,
    /// The reference's strength, `(raw_total + 10) * 5`: 32.5 to 67.5 whatever happens.
    pub(super) raw_strength: f64,
}

impl Votes {
    /// Hears the groups. In a trend its own group speaks and the others only with it; without one it is silent.
    pub(super) fn new(points: Points, trend: Trend) -> Self {
        let mut voices = [0.0; 4];
        for (voice, (points, most)) in voices.iter_mut().zip(points.iter().zip(MOST)) {
            *voice = points / most;
        }
        match trend {
            Trend::Sideways => voices[1] = 0.0,
            Trend::Uptrend => [0, 2, 3].into_iter().for_each(|group| voices[group] = voices[group].max(0.0)),
            Trend::Downtrend => [0, 2, 3].into_iter().for_each(|group| voices[group] = voices[group].min(0.0)),
        }
        let mut sum = 0.0;
        let mut speaking = 0.0;
        for (voice, weight) in voices.iter().zip(WEIGHTS) {
            sum += weight * voice;
            speaking += if *voice == 0.0 { 0.0 } else { weight };
        }
        let raw_total: f64 = points.iter().zip(WEIGHTS).map(|(points, weight)| weight * points).sum();
        Self {
            voices,
            total: sum / speaking.max(QUORUM),
            trend,
            raw_total,
            raw_strength: ((raw_total + 10.0) * 5.0).clamp(0.0, 100.0),
        }
    }

    /// Strength in the direction of the sum, 0 to 100.
    pub(super) fn strength(&self) -> f64 {
        (self.total.abs() * 100.0).min(100.0)
    }

    /// The direction of the sum.
    pub(super) fn direction(&self) -> Direction {
        if self.total > 0.0 {
            Direction::Buy
        } else if self.total < 0.0 {
            Direction::Sell
        } else {
            Direction::Neutral
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strength_spans_both_directions() {
        for (points, trend, total) in [
            ([3.0, 5.0, 2.0, 3.0], Trend::Uptrend, 1.0),
            ([-3.0, -5.0, -2.0, -3.0], Trend::Downtrend, -1.0),
            ([3.0, -5.0, 2.0, 3.0], Trend::Sideways, 1.0),
            ([-3.0, 5.0, -2.0, -3.0], Trend::Sideways, -1.0),
            ([0.0, 0.0, 0.0, 0.0], Trend::Sideways, 0.0),
            // One group alone stays below the threshold: 0.35 of 0.6.
            ([0.0, 5.0, 0.0, 0.0], Trend::Uptrend, 0.35 / 0.6),
            // Overbought in an uptrend is no reason to sell.
            ([-3.0, 5.0, -2.0, 0.0], Trend::Uptrend, 0.35 / 0.6),
        ] {
            let votes = Votes::new(points, trend);
            assert!((votes.total - total).abs() < 1e-12, "{points:?} {trend:?}: {votes:?}");
        }
    }

    #[test]
    fn the_raw_score_never_leaves_the_middle() {
        let best = Votes::new([3.0, 5.0, 2.0, 3.0], Trend::Uptrend);
        let worst = Votes::new([-3.0, -5.0, -2.0, -3.0], Trend::Downtrend);
        assert!((best.raw_total - 3.5).abs() < 1e-12 && (best.raw_strength - 67.5).abs() < 1e-12);
        assert!((worst.raw_strength - 32.5).abs() < 1e-12);
    }
}

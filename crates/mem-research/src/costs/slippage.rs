//! How far a market order fills from the price it is aimed at.
//!
//! Every model knows only bars that had closed before the fill: an order at a bar's open, or a stop inside it, does
//! not know that bar's volume yet.

use mem_types::BarsRef;

use crate::config::Slippage;

/// Bars that volatility and usual volume are measured over.
const WINDOW: usize = 20;

/// No model moves a price by more than half, so that a sale never pays nothing.
const MOST: f64 = 0.5;

impl Slippage {
    /// Share of the price that is lost when `qty` units are filled, at least 0. `closed` bars have closed before.
    pub(crate) fn rate(self, bars: BarsRef<'_>, closed: usize, qty: f64) -> f64 {
        let rate = match self {
            Self::None => 0.0,
            Self::Bps { bps } => bps * 1e-4,
            Self::Spread { base, cap } => {
                let thinness = match usual_volume(bars, closed) {
                    Some(usual) if bars.volume[closed - 1] < 0.5 * usual => 2.0,
                    Some(usual) if bars.volume[closed - 1] < usual => 1.5,
                    _ => 1.0,
                };
                0.5 * f64::min(base * (1.0 + 10.0 * volatility(bars, closed)) * thinness, cap)
            }
            Self::VolumeShare { coefficient, .. } => {
                // Where nothing usually trades, any order is the whole volume.
                let share = usual_volume(bars, closed).map_or(1.0, |usual| f64::min(qty / usual, 1.0));
                coefficient * volatility(bars, closed) * share.sqrt()
            }
        };
        rate.min(MOST)
    }

    /// The most units that one entry may take.
    pub(crate) fn entry_limit(self, bars: BarsRef<'_>, closed: usize) -> f64 {
        match self {
            Self::None | Self::Bps { .. } | Self::Spread { .. } => f64::INFINITY,
            Self::VolumeShare { limit, .. } => usual_volume(bars, closed).map_or(0.0, |usual| limit * usual),
        }
    }
}

/// Mean of the known volumes of the last bars; `None` if none is known or nothing was traded.
fn usual_volume(bars: BarsRef<'_>, closed: usize) -> Option<f64> {
    let recent = &bars.volume[closed.saturating_sub(WINDOW)..closed];
    let (mut sum, mut known) = (0.0, 0.0);
    for volume in recent.iter().filter(|volume| !volume.is_nan()) {
        sum += volume;
        known += 1.0;
    }
    (sum > 0.0).then(|| sum / known)
}

/// Sample standard deviation of the last bars' returns from close to close; 0 with fewer than two returns.
fn volatility(bars: BarsRef<'_>, closed: usize) -> f64 {
    let closes = &bars.close[closed.saturating_sub(WINDOW + 1)..closed];
    let returns = || closes.windows(2).map(|pair| pair[1] / pair[0] - 1.0);
    let count = closes.len().saturating_sub(1) as f64;
    if count < 2.0 {
        return 0.0;
    }
    let mean = returns().sum::<f64>() / count;
    let squares: f64 = returns().map(|value| (value - mean) * (value - mean)).sum();
    (squares / (count - 1.0)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use mem_types::{Bar, Bars, Timestamp};

    fn bars(rows: &[(f64, f64)]) -> Bars {
        Bars::from_bars(rows.iter().enumerate().map(|(i, (price, volume))| Bar {
            ts: Timestamp::from_nanos(i as i64),
            open: *price,
            high: *price,
            low: *price,
            close: *price,
            volume: *volume,
        }))
        .unwrap()
    }

    #[test]
    fn the_spread_widens_with_volatility_and_thin_volume() {
        let spread = Slippage::Spread { base: 0.001, cap: 0.005 };
        // Returns +10 %, -10 %: standard deviation 0.1 sqrt 2, so the spread is base x (1 + sqrt 2) x thinness.
        let close = |last_volume| bars(&[(100.0, 10.0), (110.0, 10.0), (99.0, last_volume)]);
        let calm = 0.001 * (1.0 + 2f64.sqrt());
        for (volume, expected) in [(10.0, calm), (9.0, 1.5 * calm), (2.0, 2.0 * calm), (f64::NAN, calm)] {
            let found = spread.rate(close(volume).view(), 3, 1.0);
            assert!((found - 0.5 * expected).abs() < 1e-15, "{volume}: {found}");
        }
        assert_eq!(Slippage::Spread { base: 0.001, cap: 0.002 }.rate(close(2.0).view(), 3, 1.0), 0.001);
        assert_eq!(spread.rate(close(2.0).view(), 1, 1.0), 0.0005, "one bar has no volatility");
    }

    #[test]
    fn impact_grows_with_the_square_root_of_the_share() {
        let impact = Slippage::VolumeShare { coefficient: 1.0, limit: 0.1 };
        let bars = bars(&[(100.0, 100.0), (110.0, 100.0), (99.0, 100.0)]);
        let sigma = 0.1 * 2f64.sqrt();
        for (qty, expected) in [(1.0, 0.1 * sigma), (25.0, 0.5 * sigma), (400.0, sigma)] {
            assert!((impact.rate(bars.view(), 3, qty) - expected).abs() < 1e-15);
        }
        assert_eq!(impact.entry_limit(bars.view(), 3), 10.0);
    }

    #[test]
    fn where_no_volume_is_known_nothing_can_be_entered() {
        let impact = Slippage::VolumeShare { coefficient: 1.0, limit: 0.1 };
        for volume in [f64::NAN, 0.0] {
            let bars = bars(&[(100.0, volume), (110.0, volume), (99.0, volume)]);
            assert_eq!(impact.entry_limit(bars.view(), 3), 0.0);
            assert!((impact.rate(bars.view(), 3, 1.0) - 0.1 * 2f64.sqrt()).abs() < 1e-15);
        }
    }
}

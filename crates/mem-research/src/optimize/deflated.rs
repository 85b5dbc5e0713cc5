//! What a Sharpe ratio is worth when it is the best of many.
//!
//! Bailey and López de Prado, "The Deflated Sharpe Ratio", Journal of Portfolio Management 40 (5), 2014.

/// Euler's and Mascheroni's constant.
const EULER: f64 = 0.577_215_664_901_532_9;

/// The probability that a strategy's true Sharpe ratio is above what the best of so many skill-less tries is expected
/// to show: `Φ((sr - sr0) √(bars - 1) / √(1 - skew sr + (kurtosis + 2) / 4 sr²))`, where
/// `sr0 = s ((1 - γ) Φ⁻¹(1 - 1/n) + γ Φ⁻¹(1 - 1/(n e)))` and s is the sample standard deviation of the Sharpe ratios
/// of all n tries. 0 to 1; the authors ask for 0.95.
///
/// `sharpe` and `of_trials` are per bar, not annual; `kurtosis` is the excess over the normal distribution's. Tries of
/// neighbouring parameters are alike, so that n is rather too large and the probability rather too small. `None` with
/// fewer than two tries or bars, or where all tries are equal.
pub fn deflated_sharpe(sharpe: f64, of_trials: &[f64], bars: usize, skew: f64, kurtosis: f64) -> Option<f64> {
    let count = of_trials.len() as f64;
    if of_trials.len() < 2 || bars < 2 {
        return None;
    }
    let mean = of_trials.iter().sum::<f64>() / count;
    let variance = of_trials.iter().map(|other| (other - mean).powi(2)).sum::<f64>() / (count - 1.0);
    if variance <= 0.0 {
        return None;
    }
    let luck = variance.sqrt()
        * ((1.0 - EULER) * normal_quantile(1.0 - 1.0 / count)
            + EULER * normal_quantile(1.0 - 1.0 / (count * std::f64::consts::E)));
    let spread = 1.0 - skew * sharpe + (kurtosis + 2.0) / 4.0 * sharpe * sharpe;
    let probability = normal_share((sharpe - luck) * (bars as f64 - 1.0).sqrt() / spread.sqrt());
    Some(probability).filter(|probability| probability.is_finite())
}

/// Share of the standard normal distribution below `x`.
fn normal_share(x: f64) -> f64 {
    0.5 * libm::erfc(-x / std::f64::consts::SQRT_2)
}

/// Where a share of the standard normal distribution lies below, by halving: it is asked for twice a search.
fn normal_quantile(share: f64) -> f64 {
    let (mut low, mut high) = (-40.0, 40.0);
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if normal_share(middle) < share { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_normal_distribution() {
        assert!((normal_share(1.959_963_984_540_054) - 0.975).abs() < 1e-15);
        assert!((normal_quantile(0.975) - 1.959_963_984_540_054).abs() < 1e-12);
        assert!(normal_quantile(0.5).abs() < 1e-15);
    }

    #[test]
    fn the_example_of_the_paper() {
        // 5 years of daily returns, 100 tries whose annual Sharpe ratios have a variance of 1/2, best 2.5, skewness -3,
        // kurtosis 10: the paper expects a best of 0.1132 a day by luck and gives 0.9004.
        let spread = (0.5_f64 / 250.0).sqrt();
        // A hundred numbers with that very standard deviation.
        let raw: Vec<f64> = (0..100).map(|i| f64::from(i) - 49.5).collect();
        let own = (raw.iter().map(|x| x * x).sum::<f64>() / 99.0).sqrt();
        let trials: Vec<f64> = raw.iter().map(|x| x / own * spread).collect();
        let found = deflated_sharpe(2.5 / 250.0_f64.sqrt(), &trials, 1250, -3.0, 7.0).unwrap();
        assert!((found - 0.9004).abs() < 5e-4, "{found}");
    }

    #[test]
    fn nothing_to_compare_with() {
        assert_eq!(deflated_sharpe(0.1, &[0.1], 100, 0.0, 0.0), None);
        assert_eq!(deflated_sharpe(0.1, &[0.1, 0.1], 100, 0.0, 0.0), None);
        assert_eq!(deflated_sharpe(0.1, &[0.1, 0.2], 1, 0.0, 0.0), None);
    }
}

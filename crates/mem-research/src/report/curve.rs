//! Which points of a long equity curve are drawn: few enough for a page, and none that the eye would miss.

/// Drawdown at every point: the fall from the highest value so far, as a fraction of it, at most 0.
///
/// `start` is the account before the first point, so that a loss on the first bar counts.
pub(super) fn drawdown(equity: &[f64], start: f64) -> Vec<f64> {
    let mut peak = start;
    equity
        .iter()
        .map(|value| {
            peak = peak.max(*value);
            if peak > 0.0 { (value / peak - 1.0).min(0.0) } else { 0.0 }
        })
        .collect()
}

/// Positions to draw, in order: of each of at most `stretches` equal stretches the first point, the lowest, the
/// highest and the one of deepest drawdown; and the last point of all.
pub(super) fn points_to_draw(equity: &[f64], drawdown: &[f64], stretches: usize) -> Vec<usize> {
    if equity.len() <= stretches * 2 {
        return (0..equity.len()).collect();
    }
    let length = equity.len().div_ceil(stretches.max(1));
    let mut kept = Vec::with_capacity(stretches * 4 + 1);
    for start in (0..equity.len()).step_by(length) {
        let stretch = start..(start + length).min(equity.len());
        let (mut lowest, mut highest, mut deepest) = (start, start, start);
        for index in stretch {
            if equity[index] < equity[lowest] {
                lowest = index;
            }
            if equity[index] > equity[highest] {
                highest = index;
            }
            if drawdown[index] < drawdown[deepest] {
                deepest = index;
            }
        }
        let mut points = [start, lowest, highest, deepest];
        points.sort_unstable();
        kept.extend(points);
    }
    kept.push(equity.len() - 1);
    kept.dedup();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_first_loss_is_a_drawdown() {
        assert_eq!(drawdown(&[90.0, 100.0, 120.0, 60.0, 130.0], 100.0), [-0.09999999999999998, 0.0, 0.0, -0.5, 0.0]);
    }

    proptest! {
        #[test]
        fn extremes_and_ends_survive(steps in prop::collection::vec(-0.05f64..0.05, 1..500), stretches in 1usize..60) {
            let mut value = 100.0;
            let equity: Vec<f64> = steps.iter().map(|step| { value *= 1.0 + step; value }).collect();
            let falls = drawdown(&equity, 100.0);
            let kept = points_to_draw(&equity, &falls, stretches);
            prop_assert!(kept.len() <= stretches * 4 + 1);
            prop_assert!(kept.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert_eq!((kept[0], *kept.last().unwrap()), (0, equity.len() - 1));
            let least = |values: &[f64]| values.iter().copied().fold(f64::INFINITY, f64::min);
            let at_kept = |values: &[f64]| kept.iter().map(|i| values[*i]).collect::<Vec<_>>();
            prop_assert_eq!(least(&equity), least(&at_kept(&equity)));
            prop_assert_eq!(least(&falls), least(&at_kept(&falls)));
        }
    }
}

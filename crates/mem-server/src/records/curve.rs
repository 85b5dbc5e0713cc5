//! Long curves made short without losing their peaks.

/// The curve itself where it has at most `most` points; else its first and last point and, of runs of equal length in between, the lowest
/// and the highest each, in order.
pub(super) fn thinned<T: Copy>(curve: &[(T, f64)], most: usize) -> Vec<(T, f64)> {
    if curve.len() <= most || most < 4 {
        return curve.to_vec();
    }
    let (first, inner, last) = (curve[0], &curve[1..curve.len() - 1], curve[curve.len() - 1]);
    let run = inner.len().div_ceil((most - 2) / 2);
    let mut kept = vec![first];
    for points in inner.chunks(run) {
        let by_value = |one: &usize, other: &usize| points[*one].1.total_cmp(&points[*other].1);
        let lowest = (0..points.len()).min_by(by_value).unwrap_or(0);
        let highest = (0..points.len()).max_by(by_value).unwrap_or(0);
        kept.push(points[lowest.min(highest)]);
        if lowest != highest {
            kept.push(points[lowest.max(highest)]);
        }
    }
    kept.push(last);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peaks_and_ends_stay() {
        let curve: Vec<(usize, f64)> = (0..10_000).map(|n| (n, ((n * 7919) % 1_013) as f64)).collect();
        for most in [4, 5, 100, 2_000] {
            let kept = thinned(&curve, most);
            assert!(kept.len() <= most, "{} of {most}", kept.len());
            assert_eq!((kept[0], kept[kept.len() - 1]), (curve[0], curve[9_999]));
            assert!(kept.windows(2).all(|pair| pair[0].0 < pair[1].0));
            let extremes = |points: &[(usize, f64)]| {
                let values = || points.iter().map(|(_, value)| *value);
                (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max))
            };
            assert_eq!(extremes(&kept), extremes(&curve));
        }
        assert_eq!(thinned(&curve[..3], 3), curve[..3]);
        assert!(thinned::<i64>(&[], 100).is_empty());
    }
}

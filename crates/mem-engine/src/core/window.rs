//! The last closed bars of a market, as many as features, volatility and correlation look at.

use mem_types::Bar;

/// How many bars are kept.
pub(super) const KEPT: usize = 256;

/// A ring of bars.
#[derive(Debug, Clone)]
pub(super) struct Window {
    bars: Vec<Bar>,
    /// Where the next one goes once the ring is full.
    next: usize,
}

impl Window {
    pub(super) fn new() -> Self {
        Self { bars: Vec::with_capacity(KEPT), next: 0 }
    }

    #[inline]
    pub(super) fn push(&mut self, bar: &Bar) {
        if self.bars.len() < KEPT {
            self.bars.push(*bar);
        } else {
            self.bars[self.next] = *bar;
            self.next = (self.next + 1) % KEPT;
        }
    }

    /// The bars, oldest first.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Bar> + ExactSizeIterator {
        let (newer, older) = self.bars.split_at(self.next);
        Both { older: older.iter(), newer: newer.iter() }
    }

    /// Standard deviation of the last `count` returns from close to close, and the nanoseconds between the closes on average; `None`
    /// with fewer than two returns.
    pub(super) fn volatility(&self, count: usize) -> Option<(f64, f64)> {
        let bars: Vec<&Bar> = self.iter().rev().take(count + 1).collect();
        let returns: Vec<f64> = bars.windows(2).map(|pair| pair[0].close / pair[1].close - 1.0).collect();
        if returns.len() < 2 {
            return None;
        }
        let mean = returns.iter().sum::<f64>() / returns.len() as f64;
        let squares: f64 = returns.iter().map(|value| (value - mean) * (value - mean)).sum();
        let span = bars[0].ts.as_nanos() - bars[bars.len() - 1].ts.as_nanos();
        Some(((squares / (returns.len() - 1) as f64).sqrt(), span as f64 / returns.len() as f64))
    }

    /// Pearson's correlation of returns over the last `count` bars that both markets have; `None` with fewer than 20.
    pub(super) fn correlation(&self, other: &Self, count: usize) -> Option<f64> {
        let (mut ours, mut theirs) = (self.iter().rev().peekable(), other.iter().rev().peekable());
        let (mut one, mut two): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
        while let (Some(a), Some(b)) = (ours.peek(), theirs.peek()) {
            if one.len() > count {
                break;
            }
            match a.ts.cmp(&b.ts) {
                std::cmp::Ordering::Greater => drop(ours.next()),
                std::cmp::Ordering::Less => drop(theirs.next()),
                std::cmp::Ordering::Equal => {
                    one.push(a.close);
                    two.push(b.close);
                    ours.next();
                    theirs.next();
                }
            }
        }
        if one.len() < 21 {
            return None;
        }
        let returns = |closes: &[f64]| closes.windows(2).map(|pair| pair[0] / pair[1] - 1.0).collect::<Vec<_>>();
        let (one, two) = (returns(&one), returns(&two));
        let n = one.len() as f64;
        let (mean_one, mean_two) = (one.iter().sum::<f64>() / n, two.iter().sum::<f64>() / n);
        let (mut both, mut of_one, mut of_two) = (0.0, 0.0, 0.0);
        for (a, b) in one.iter().zip(&two) {
            both += (a - mean_one) * (b - mean_two);
            of_one += (a - mean_one) * (a - mean_one);
            of_two += (b - mean_two) * (b - mean_two);
        }
        let scale = (of_one * of_two).sqrt();
        (scale > 0.0).then(|| both / scale)
    }
}

/// Two runs of bars, one after the other.
struct Both<'a> {
    older: std::slice::Iter<'a, Bar>,
    newer: std::slice::Iter<'a, Bar>,
}

impl<'a> Iterator for Both<'a> {
    type Item = &'a Bar;

    fn next(&mut self) -> Option<&'a Bar> {
        self.older.next().or_else(|| self.newer.next())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.older.len() + self.newer.len();
        (left, Some(left))
    }
}

impl ExactSizeIterator for Both<'_> {}

impl DoubleEndedIterator for Both<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.newer.next_back().or_else(|| self.older.next_back())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mem_types::Timestamp;
    use proptest::prelude::*;

    fn bar(ts: i64, close: f64) -> Bar {
        Bar { ts: Timestamp::from_nanos(ts), open: close, high: close, low: close, close, volume: 1.0 }
    }

    proptest! {
        #[test]
        fn the_last_bars_in_order(count in 0usize..900) {
            let mut window = Window::new();
            for number in 0..count {
                window.push(&bar(number as i64, 1.0 + number as f64));
            }
            let kept: Vec<i64> = window.iter().map(|bar| bar.ts.as_nanos()).collect();
            let wanted: Vec<i64> = (count.saturating_sub(KEPT)..count).map(|number| number as i64).collect();
            prop_assert_eq!(&kept, &wanted);
            prop_assert!(window.iter().rev().map(|bar| bar.ts.as_nanos()).eq(wanted.into_iter().rev()));
        }
    }

    #[test]
    fn a_market_moves_with_itself_and_against_its_inverse() {
        let (mut up, mut down, mut gaps) = (Window::new(), Window::new(), Window::new());
        let mut price = 100.0;
        for number in 0..60_i64 {
            price *= 1.0 + ((number * 7919) % 13 - 6) as f64 / 1000.0;
            up.push(&bar(number, price));
            down.push(&bar(number, 10_000.0 / price));
            if number % 10 != 0 {
                gaps.push(&bar(number, price));
            }
        }
        assert!((up.correlation(&up, 50).unwrap() - 1.0).abs() < 1e-12);
        assert!(up.correlation(&down, 50).unwrap() < -0.99);
        assert!(up.correlation(&gaps, 50).unwrap() > 0.99);
        assert_eq!(up.correlation(&Window::new(), 50), None);
        assert_eq!(up.volatility(20).unwrap().1, 1.0);
        assert_eq!(Window::new().volatility(20), None);
    }
}

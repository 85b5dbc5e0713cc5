//! The true strength index.

use crate::indicator::indicator;
use crate::param::bars;
use crate::registry::{Category, IndicatorSpec, any};
use crate::smooth::{Pair, Smooth};
use crate::wide::{BLOCK, blocks, skip, wide};

/// The change of the close smoothed twice, over its absolute value smoothed twice: -100 to 100.
#[derive(Debug, Clone)]
pub struct Tsi {
    /// Change and size, smoothed once.
    once: [Smooth; 2],
    /// The same, smoothed twice.
    twice: Pair,
    signal: Smooth,
    skip: [usize; 2],
    last: Option<f64>,
}

impl Tsi {
    /// # Panics
    /// If a period is 0.
    pub fn new(long: usize, short: usize, signal: usize) -> Self {
        Self {
            once: [Smooth::ema(long), Smooth::ema(long)],
            twice: Pair::new(Smooth::ema(short)),
            signal: Smooth::ema(signal),
            skip: [long - 1, short - 1],
            last: None,
        }
    }

    /// Takes the next close; gives TSI, NaN for the first `long + short - 1`, and signal, NaN for `signal - 1` more.
    pub fn push(&mut self, close: f64) -> [f64; 2] {
        let Some(last) = self.last.replace(close) else { return [f64::NAN; 2] };
        let change = self.once[0].push(close - last);
        let size = self.once[1].push((close - last).abs());
        if skip(&mut self.skip[0], 1) > 0 {
            return [f64::NAN; 2];
        }
        let tsi = self.twice.push([change, size], strength);
        if skip(&mut self.skip[1], 1) > 0 {
            return [f64::NAN; 2];
        }
        [tsi, self.signal.push(tsi)]
    }

    wide! {
        /// Takes the next closes; `out` is TSI and signal.
        pub fn extend(&mut self, close: &[f64], out: [&mut [f64]; 2])
    }

    #[inline(always)]
    fn extend_plain(&mut self, close: &[f64], [out_tsi, out_signal]: [&mut [f64]; 2]) {
        let (Some(first), Some(last)) = (close.first(), close.last()) else { return };
        [out_tsi[0], out_signal[0]] = self.push(*first);
        self.last = Some(*last);
        let (mut change, mut size) = ([0.0; BLOCK], [0.0; BLOCK]);
        let (mut once_change, mut once_size) = ([0.0; BLOCK], [0.0; BLOCK]);
        for range in blocks(1, close.len(), 0) {
            let length = range.len();
            let (tsi, signal) = (&mut out_tsi[range.clone()], &mut out_signal[range.clone()]);
            let closes = close[range.clone()].iter().zip(&close[range.start - 1..]);
            for ((change, size), (close, last)) in change.iter_mut().zip(&mut size).zip(closes) {
                (*change, *size) = (close - last, (close - last).abs());
            }
            self.once[0].extend(&change[..length], &mut once_change[..length]);
            self.once[1].extend(&size[..length], &mut once_size[..length]);
            let from = skip(&mut self.skip[0], length);
            tsi[..from].fill(f64::NAN);
            let once = [&once_change[from..length], &once_size[from..length]];
            self.twice.extend_joined(once, &mut tsi[from..], strength);
            let from = from + skip(&mut self.skip[1], length - from);
            signal[..from].fill(f64::NAN);
            self.signal.extend(&tsi[from..], &mut signal[from..]);
        }
    }
}

#[inline(always)]
fn strength(change: f64, size: f64) -> f64 {
    if size == 0.0 { 0.0 } else { 100.0 * (change / size) }
}

indicator!(Tsi[2]: close);

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "tsi",
    title: "True Strength Index",
    category: Category::Momentum,
    params: &[
        bars("long", 1, 25, "bars of the first smoothing"),
        bars("short", 1, 13, "bars of the second smoothing"),
        bars("signal", 1, 13, "bars that the index is averaged over for the signal"),
    ],
    outputs: &["tsi", "signal"],
    uses_volume: false,
    formula: "tsi = 100 ema(ema(c, long), short) / ema(ema(|c|, long), short), c = close - close'; \
              signal = ema(tsi, signal); 0 if nothing moved",
    source: "William Blau, Stocks & Commodities, 1991; TA-Lib TSI",
    check: any,
    warmups: |p| {
        let tsi = p.bars("long") + p.bars("short") - 1;
        vec![tsi, tsi + p.bars("signal") - 1]
    },
    build: |p| Box::new(Tsi::new(p.bars("long"), p.bars("short"), p.bars("signal"))),
};

//! Know sure thing.

use crate::average::sma::Sma;
use crate::indicator::indicator;
use crate::momentum::roc::Roc;
use crate::param::bars;
use crate::registry::{Category, IndicatorSpec, any};
use crate::wide::{BLOCK, blocks, skip, wide};

/// One averaged rate of change.
#[derive(Debug, Clone)]
struct Leg {
    roc: Roc,
    sma: Sma,
    skip: usize,
}

impl Leg {
    fn push(&mut self, close: f64) -> f64 {
        let roc = self.roc.push(close);
        if self.skip > 0 {
            self.skip -= 1;
            return f64::NAN;
        }
        self.sma.push(roc)
    }

    /// Takes the next closes, at most a block of them.
    fn extend(&mut self, close: &[f64], out: &mut [f64]) {
        let mut roc = [0.0; BLOCK];
        self.roc.extend(close, &mut roc[..close.len()]);
        let from = skip(&mut self.skip, close.len());
        out[..from].fill(f64::NAN);
        self.sma.extend(&roc[from..close.len()], &mut out[from..]);
    }
}

/// Four averaged rates of change, the slower the heavier, and the average of their sum.
#[derive(Debug, Clone)]
pub struct Kst {
    legs: [Leg; 4],
    signal: Sma,
    skip: usize,
}

impl Kst {
    /// `roc` and `sma` from the fastest leg to the slowest.
    ///
    /// # Panics
    /// If a period is 0.
    pub fn new(roc: [usize; 4], sma: [usize; 4], signal: usize) -> Self {
        let leg = |i: usize| Leg { roc: Roc::new(roc[i]), sma: Sma::new(sma[i]), skip: roc[i] };
        let skip = (0..4).map(|i| roc[i] + sma[i] - 1).max().unwrap_or(0);
        Self { legs: [0, 1, 2, 3].map(leg), signal: Sma::new(signal), skip }
    }

    /// Takes the next close; gives the sum, NaN until the slowest leg is there, and its average.
    pub fn push(&mut self, close: f64) -> [f64; 2] {
        let [a, b, c, d] = self.legs.each_mut().map(|leg| leg.push(close));
        let kst = weigh(a, b, c, d);
        if self.skip > 0 {
            self.skip -= 1;
            return [f64::NAN; 2];
        }
        [kst, self.signal.push(kst)]
    }

    wide! {
        /// Takes the next closes; `out` is the sum and its average.
        pub fn extend(&mut self, close: &[f64], out: [&mut [f64]; 2])
    }

    #[inline(always)]
    fn extend_plain(&mut self, close: &[f64], [out_kst, out_signal]: [&mut [f64]; 2]) {
        let mut legs = [[0.0; BLOCK]; 4];
        for range in blocks(0, close.len(), 0) {
            let length = range.len();
            let (kst, signal) = (&mut out_kst[range.clone()], &mut out_signal[range.clone()]);
            for (leg, column) in self.legs.iter_mut().zip(&mut legs) {
                leg.extend(&close[range.clone()], &mut column[..length]);
            }
            let [a, b, c, d] = &legs;
            for ((((kst, a), b), c), d) in kst.iter_mut().zip(a).zip(b).zip(c).zip(d) {
                *kst = weigh(*a, *b, *c, *d);
            }
            let from = skip(&mut self.skip, length);
            signal[..from].fill(f64::NAN);
            self.signal.extend(&kst[from..], &mut signal[from..]);
        }
    }
}

/// The slower a leg, the heavier.
#[inline(always)]
fn weigh(a: f64, b: f64, c: f64, d: f64) -> f64 {
    (a + 2.0 * b) + (3.0 * c + 4.0 * d)
}

indicator!(Kst[2]: close);

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "kst",
    title: "Know Sure Thing",
    category: Category::Advanced,
    params: &[
        bars("roc1", 1, 10, "bars looked back by the first leg, weight 1"),
        bars("roc2", 1, 15, "bars looked back by the second leg, weight 2"),
        bars("roc3", 1, 20, "bars looked back by the third leg, weight 3"),
        bars("roc4", 1, 30, "bars looked back by the fourth leg, weight 4"),
        bars("sma1", 1, 10, "bars that the first leg is averaged over"),
        bars("sma2", 1, 10, "bars that the second leg is averaged over"),
        bars("sma3", 1, 10, "bars that the third leg is averaged over"),
        bars("sma4", 1, 15, "bars that the fourth leg is averaged over"),
        bars("signal", 1, 9, "bars that the sum is averaged over for the signal"),
    ],
    outputs: &["kst", "signal"],
    uses_volume: false,
    formula: "kst = sum over i = 1..4 of i sma(roc(close, roc_i), sma_i), roc in percent; signal = sma(kst, signal)",
    source: "Martin Pring, Stocks & Commodities, 1992",
    check: any,
    warmups: |p| {
        let legs = [("roc1", "sma1"), ("roc2", "sma2"), ("roc3", "sma3"), ("roc4", "sma4")];
        let kst = legs.iter().map(|(roc, sma)| p.bars(roc) + p.bars(sma) - 1).max().unwrap_or(0);
        vec![kst, kst + p.bars("signal") - 1]
    },
    build: |p| {
        let roc = ["roc1", "roc2", "roc3", "roc4"].map(|name| p.bars(name));
        let sma = ["sma1", "sma2", "sma3", "sma4"].map(|name| p.bars(name));
        Box::new(Kst::new(roc, sma, p.bars("signal")))
    },
};

//! Keltner channels.

use crate::indicator::indicator;
use crate::param::{ParamKind, ParamSpec, bars, float};
use crate::registry::{Category, IndicatorSpec, any};
use crate::smooth::Smooth;
use crate::volatility::atr::Atr;
use crate::volatility::true_range::typical_price;
use crate::wide::{BLOCK, blocks, wide};

/// Which price the middle of the channel averages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeltnerPrice {
    /// The close.
    Close,
    /// (high + low + close) / 3.
    Typical,
}

/// An average and a band of average true ranges around it.
#[derive(Debug, Clone)]
pub struct KeltnerChannels {
    mid: Smooth,
    atr: Atr,
    multiplier: f64,
    price: KeltnerPrice,
}

impl KeltnerChannels {
    /// `multiplier` in average true ranges.
    ///
    /// # Panics
    /// If a period is 0.
    pub fn new(period: usize, multiplier: f64, atr_period: usize, price: KeltnerPrice) -> Self {
        Self { mid: Smooth::ema(period), atr: Atr::new(atr_period), multiplier, price }
    }

    /// Takes the next bar; gives upper, mid and lower: mid NaN for the first `period - 1`, the bands until there is
    /// also an average true range.
    pub fn push(&mut self, high: f64, low: f64, close: f64) -> [f64; 3] {
        let mid = self.mid.push(match self.price {
            KeltnerPrice::Close => close,
            KeltnerPrice::Typical => typical_price(high, low, close),
        });
        let band = self.multiplier * self.atr.push(high, low, close);
        [mid + band, mid, mid - band]
    }

    wide! {
        /// Takes the next bars; `out` is upper, mid and lower.
        pub fn extend(&mut self, high: &[f64], low: &[f64], close: &[f64], out: [&mut [f64]; 3])
    }

    #[inline(always)]
    fn extend_plain(
        &mut self,
        high: &[f64],
        low: &[f64],
        close: &[f64],
        [out_upper, out_mid, out_lower]: [&mut [f64]; 3],
    ) {
        let mut typical = [0.0; BLOCK];
        for range in blocks(0, close.len(), 0) {
            let [high, low, close] = [high, low, close].map(|column| &column[range.clone()]);
            let (upper, mid) = (&mut out_upper[range.clone()], &mut out_mid[range.clone()]);
            let price = match self.price {
                KeltnerPrice::Close => close,
                KeltnerPrice::Typical => {
                    for (((typical, high), low), close) in typical.iter_mut().zip(high).zip(low).zip(close) {
                        *typical = typical_price(*high, *low, *close);
                    }
                    &typical[..range.len()]
                }
            };
            self.mid.extend(price, mid);
            let lower = &mut out_lower[range];
            self.atr.extend(high, low, close, lower);
            for ((upper, mid), lower) in upper.iter_mut().zip(mid).zip(lower) {
                let band = self.multiplier * *lower;
                (*upper, *lower) = (*mid + band, *mid - band);
            }
        }
    }
}

indicator!(KeltnerChannels[3]: high, low, close);

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "keltner_channels",
    title: "Keltner Channels",
    category: Category::Volatility,
    params: &[
        bars("period", 1, 20, "bars of the middle average"),
        float("multiplier", 0.0, 100.0, 2.0, "average true ranges from mid to either band"),
        bars("atr_period", 1, 10, "bars of the average true range"),
        ParamSpec {
            name: "price",
            kind: ParamKind::Choice { options: &["close", "typical"], default: "close" },
            doc: "what mid averages: the close (Raschke), or (high + low + close) / 3 (Keltner, TA-Lib)",
        },
    ],
    outputs: &["upper", "mid", "lower"],
    uses_volume: false,
    formula: "mid = ema(price, period), upper and lower = mid +- multiplier atr(atr_period)",
    source: "Chester Keltner, 1960, in Linda Raschke's form with average true range; TA-Lib KC (price = typical)",
    check: any,
    warmups: |p| {
        let mid = p.bars("period") - 1;
        let band = mid.max(p.bars("atr_period"));
        vec![band, mid, band]
    },
    build: |p| {
        let price = if p.choice("price") == "close" { KeltnerPrice::Close } else { KeltnerPrice::Typical };
        Box::new(KeltnerChannels::new(p.bars("period"), p.float("multiplier"), p.bars("atr_period"), price))
    },
};

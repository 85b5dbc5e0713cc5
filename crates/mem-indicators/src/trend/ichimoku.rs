//! Ichimoku Kinko Hyo.

use crate::indicator::indicator;
use crate::momentum::roc::Ago;
use crate::param::{ParamKind, ParamSpec, bars};
use crate::registry::{Category, IndicatorSpec, any};
use crate::volatility::donchian::Middle;
use crate::wide::{BLOCK, blocks, wide};

/// Five lines of one picture, all known at the bar where they stand.
///
/// The senkou spans at a bar are those computed `displacement` bars earlier: charts draw them that far ahead. The
/// chikou span is the close itself, which charts draw `displacement` bars back; here it stays at its own bar, because
/// anywhere earlier it would be a look into the future.
#[derive(Debug, Clone)]
pub struct Ichimoku {
    tenkan: Middle,
    kijun: Middle,
    senkou: Middle,
    span_a: Option<Ago>,
    span_b: Option<Ago>,
}

impl Ichimoku {
    /// # Panics
    /// If a period is 0. `displacement` may be.
    pub fn new(tenkan: usize, kijun: usize, senkou: usize, displacement: usize) -> Self {
        let ago = (displacement > 0).then(|| Ago::new(displacement));
        Self {
            tenkan: Middle::new(tenkan),
            kijun: Middle::new(kijun),
            senkou: Middle::new(senkou),
            span_a: ago.clone(),
            span_b: ago,
        }
    }

    /// Takes the next bar; gives tenkan-sen, kijun-sen, senkou span A, senkou span B and chikou span.
    pub fn push(&mut self, high: f64, low: f64, close: f64) -> [f64; 5] {
        let [_, tenkan, _] = self.tenkan.push(high, low);
        let [_, kijun, _] = self.kijun.push(high, low);
        let [_, senkou, _] = self.senkou.push(high, low);
        let ahead = |ago: &mut Option<Ago>, value: f64| ago.as_mut().map_or(value, |ago| ago.push(value));
        let span_a = ahead(&mut self.span_a, (tenkan + kijun) / 2.0);
        let span_b = ahead(&mut self.span_b, senkou);
        [tenkan, kijun, span_a, span_b, close]
    }

    wide! {
        /// Takes the next bars; `out` in the order of [`Ichimoku::push`].
        pub fn extend(&mut self, high: &[f64], low: &[f64], close: &[f64], out: [&mut [f64]; 5])
    }

    #[inline(always)]
    fn extend_plain(&mut self, high: &[f64], low: &[f64], close: &[f64], out: [&mut [f64]; 5]) {
        let [tenkan, kijun, span_a, span_b, chikou] = out;
        chikou.copy_from_slice(close);
        let (mut top, mut middle, mut bottom) = ([0.0; BLOCK], [0.0; BLOCK], [0.0; BLOCK]);
        for range in blocks(0, close.len(), self.senkou.longest()) {
            let length = range.len();
            let (high, low) = (&high[range.clone()], &low[range.clone()]);
            let (top, middle, bottom) = (&mut top[..length], &mut middle[..length], &mut bottom[..length]);
            let (tenkan, kijun) = (&mut tenkan[range.clone()], &mut kijun[range.clone()]);
            self.senkou.extend(high, low, [top, middle, bottom]);
            ahead(&mut self.span_b, middle, &mut span_b[range.clone()]);
            self.tenkan.extend(high, low, [top, tenkan, bottom]);
            self.kijun.extend(high, low, [top, kijun, bottom]);
            for ((middle, tenkan), kijun) in middle.iter_mut().zip(tenkan).zip(kijun) {
                *middle = (*tenkan + *kijun) / 2.0;
            }
            ahead(&mut self.span_a, middle, &mut span_a[range]);
        }
    }
}

/// A span as it was drawn that far ahead.
#[inline(always)]
fn ahead(ago: &mut Option<Ago>, span: &[f64], out: &mut [f64]) {
    match ago {
        Some(ago) => ago.extend(span, out),
        None => out.copy_from_slice(span),
    }
}

indicator!(Ichimoku[5]: high, low, close);

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "ichimoku",
    title: "Ichimoku Cloud",
    category: Category::Trend,
    params: &[
        bars("tenkan", 1, 9, "bars of the conversion line"),
        bars("kijun", 1, 26, "bars of the base line"),
        bars("senkou", 1, 52, "bars of leading span B"),
        ParamSpec {
            name: "displacement",
            kind: ParamKind::Int { min: 0, max: 1_000, default: 26 },
            doc: "bars that the leading spans are drawn ahead",
        },
    ],
    outputs: &["tenkan_sen", "kijun_sen", "senkou_span_a", "senkou_span_b", "chikou_span"],
    uses_volume: false,
    formula: "tenkan_sen, kijun_sen = (hh + ll) / 2 of their bars; senkou_span_a = (tenkan_sen + kijun_sen) / 2 and \
              senkou_span_b = (hh + ll) / 2 of senkou bars, both of displacement bars ago; chikou_span = close, which \
              charts draw displacement bars back",
    source: "Goichi Hosoda, 1969",
    check: any,
    warmups: |p| {
        let [tenkan, kijun, senkou] = ["tenkan", "kijun", "senkou"].map(|name| p.bars(name) - 1);
        let displacement = p.bars("displacement");
        vec![tenkan, kijun, tenkan.max(kijun) + displacement, senkou + displacement, 0]
    },
    build: |p| {
        let [tenkan, kijun, senkou] = ["tenkan", "kijun", "senkou"].map(|name| p.bars(name));
        Box::new(Ichimoku::new(tenkan, kijun, senkou, p.bars("displacement")))
    },
};

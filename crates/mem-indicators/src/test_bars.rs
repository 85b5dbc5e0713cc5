//! Made-up bars and parameters for this crate's property tests.

use mem_types::{Bar, Bars, Timestamp};
use proptest::prelude::*;

use crate::{IndicatorSpec, ParamKind, ParamValue, Params};

/// Sound bars, an hour or so apart: jumps, flat stretches, bars without range and without volume.
pub(crate) fn sound(count: std::ops::Range<usize>) -> impl Strategy<Value = Bars> {
    let step = (0..6u8, -0.05..0.05f64, 0.0..0.02f64, 0.0..0.02f64, 0.0..1e4f64, 1..4i64);
    prop::collection::vec(step, count).prop_map(|steps| {
        let mut close = 100.0;
        let mut hours = 0;
        let bars = steps.into_iter().map(|(kind, change, above, below, volume, gap)| {
            hours += gap;
            let open = close;
            let flat = kind == 0;
            close = if flat { open } else { open * (1.0 + change) };
            let high = open.max(close) * if flat { 1.0 } else { 1.0 + above };
            let low = open.min(close) * if flat { 1.0 } else { 1.0 - below };
            let volume = if kind == 1 { 0.0 } else { volume };
            Bar { ts: Timestamp::from_nanos(hours * 3_600_000_000_000), open, high, low, close, volume }
        });
        Bars::from_bars(bars).expect("made to be sound")
    })
}

/// Parameters in range that go together, small enough to warm up within a few hundred bars.
pub(crate) fn some_params(spec: &IndicatorSpec, seed: u64) -> Params {
    let mut state = seed | 1;
    let mut draw = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for _ in 0..100 {
        let given: Vec<(String, ParamValue)> = spec
            .params
            .iter()
            .map(|param| {
                let value = match param.kind {
                    ParamKind::Int { min, max, .. } => {
                        ParamValue::Int(min + draw(40.min((max - min) as u64 + 1)) as i64)
                    }
                    ParamKind::Float { min, max, .. } => {
                        ParamValue::Float(min + (max.min(4.0) - min) * draw(1000) as f64 / 1000.0)
                    }
                    ParamKind::Choice { options, .. } => {
                        ParamValue::Choice(options[draw(options.len() as u64) as usize].to_owned())
                    }
                };
                (param.name.to_owned(), value)
            })
            .collect();
        if let Ok(params) = spec.resolve(&given) {
            return params;
        }
    }
    spec.defaults()
}

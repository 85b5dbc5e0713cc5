//! Bars for the benchmarks: from a file of columns, or a seeded random walk.

use mem_types::time::NANOS_PER_SECOND;
use mem_types::{Bars, Timeframe};

/// Reads little-endian f64 columns open, high, low, close, volume one after the other.
pub(crate) fn read(path: &str, timeframe: Timeframe) -> Bars {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("cannot read {path}: {error}"));
    let values: Vec<f64> = bytes.as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect();
    let count = values.len() / 5;
    bars_of([0, 1, 2, 3, 4].map(|index| values[index * count..(index + 1) * count].to_vec()), timeframe)
}

/// A geometric random walk of 0.1 % a bar from a fixed seed.
pub(crate) fn walk(count: usize, timeframe: Timeframe) -> Bars {
    let mut state = 20_251_016_u64;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut columns = [(); 5].map(|()| Vec::with_capacity(count));
    let mut close = 100.0_f64;
    for _ in 0..count {
        let open = close;
        // The sum of four uniform draws is close to a normal one.
        let normal = (draw() + draw() + draw() + draw() - 2.0) * 3.0_f64.sqrt();
        close = (open * (0.001 * normal).exp()).clamp(1.0, 10_000.0);
        let high = open.max(close) * (1.0 + 0.001 * draw());
        let low = open.min(close) * (1.0 - 0.001 * draw());
        for (column, value) in columns.iter_mut().zip([open, high, low, close, 40.0 * draw()]) {
            column.push(value);
        }
    }
    bars_of(columns, timeframe)
}

fn bars_of([open, high, low, close, volume]: [Vec<f64>; 5], timeframe: Timeframe) -> Bars {
    let start = 1_640_995_200 * NANOS_PER_SECOND;
    let ts_ns = (0..open.len() as i64).map(|index| start + index * timeframe.nanos()).collect();
    Bars::from_columns(ts_ns, open, high, low, close, volume).expect("sound bars")
}

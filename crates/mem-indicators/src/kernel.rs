//! Indicators over plain columns, for hot paths: no registry, no parameters by name.
//!
//! Inputs have equal length; outputs are resized to it, so a column that is used again costs no memory. NaN while
//! warming up. Each is the `extend` of a streaming type and has its bits.
//!
//! # Panics
//! All of them, if inputs differ in length or a period is not allowed by the streaming type's `new`.

use crate::{Adx, Aroon, Atr, BollingerBands, Cmf, Ema, HullMa, Macd, Mfi, Obv, Rsi, Sma, Stochastic, Tema, Wma};

macro_rules! kernel {
    ($(#[$doc:meta])* $name:ident($($input:ident),+; $($param:ident: $kind:ty),*) = $type:ident -> 1) => {
        $(#[$doc])*
        pub fn $name($($input: &[f64],)+ $($param: $kind,)* out: &mut Vec<f64>) {
            let mut study = $type::new($($param),*);
            let inputs = [$($input),+];
            let length = same_length(&inputs);
            out.resize(length, f64::NAN);
            for (index, value) in out.iter_mut().enumerate() {
                *value = study.push($($input[index]),+);
            }
        }
    };
    ($(#[$doc:meta])* $name:ident($($input:ident),+; $($param:ident: $kind:ty),*) = $type:ident -> $outputs:literal) => {
        $(#[$doc])*
        pub fn $name($($input: &[f64],)+ $($param: $kind,)* out: &mut [Vec<f64>; $outputs]) {
            let mut study = $type::new($($param),*);
            let inputs = [$($input),+];
            let length = same_length(&inputs);
            for column in out.iter_mut() {
                column.resize(length, f64::NAN);
            }
            for index in 0..length {
                let values = study.push($($input[index]),+);
                for (column, value) in out.iter_mut().zip(values) {
                    column[index] = value;
                }
            }
        }
    };
}

fn same_length(inputs: &[&[f64]]) -> usize {
    let length = inputs[0].len();
    assert!(inputs.iter().all(|input| input.len() == length), "inputs differ in length");
    length
}

kernel!(
    /// Simple moving average.
    sma(input; period: usize) = Sma -> 1);
kernel!(
    /// Exponential moving average.
    ema(input; period: usize) = Ema -> 1);
kernel!(
    /// Weighted moving average.
    wma(input; period: usize) = Wma -> 1);
kernel!(
    /// Hull moving average.
    hull_ma(input; period: usize) = HullMa -> 1);
kernel!(
    /// Triple exponential moving average.
    tema(input; period: usize) = Tema -> 1);
kernel!(
    /// Relative strength index.
    rsi(input; period: usize) = Rsi -> 1);
kernel!(
    /// Stochastic: %K, %D.
    stochastic(high, low, close; k: usize, smooth: usize, d: usize) = Stochastic -> 2);
kernel!(
    /// MACD: line, signal, histogram.
    macd(input; fast: usize, slow: usize, signal: usize) = Macd -> 3);
kernel!(
    /// ADX, +DI, -DI.
    adx(high, low, close; period: usize) = Adx -> 3);
kernel!(
    /// Aroon: up, down, oscillator.
    aroon(high, low; period: usize) = Aroon -> 3);
kernel!(
    /// Average true range.
    atr(high, low, close; period: usize) = Atr -> 1);
kernel!(
    /// Bollinger bands: upper, mid, lower.
    bollinger(input; period: usize, width: f64, ddof: usize) = BollingerBands -> 3);
kernel!(
    /// On-balance volume.
    obv(close, volume;) = Obv -> 1);
kernel!(
    /// Chaikin money flow.
    cmf(high, low, close, volume; period: usize) = Cmf -> 1);
kernel!(
    /// Money flow index.
    mfi(high, low, close, volume; period: usize) = Mfi -> 1);

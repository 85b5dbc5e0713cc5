//! Indicators over plain columns, for hot paths: no registry, no parameters by name.
//!
//! Inputs have equal length; outputs are resized to it, so a column that is used again costs no memory. NaN while
//! warming up. Each is the `extend` of a streaming type and has its bits.
//!
//! # Panics
//! All of them, if inputs differ in length or a period is not allowed by the streaming type's `new`.

use crate::{
    AdLine, Adx, Aroon, Atr, AwesomeOscillator, BollingerBands, Cci, Cmf, DonchianChannels, ElderRay, Ema, HullMa,
    Macd, MassIndex, Mfi, Momentum, Obv, Psar, Roc, Rsi, Sma, StdDev, Stochastic, Supertrend, Tema, TrueRange, Tsi,
    UltimateOscillator, Vortex, Vpt, WilliamsR, Wma,
};

macro_rules! kernel {
    ($(#[$doc:meta])* $name:ident($($input:ident),+; $($param:ident: $kind:ty),*) = $type:ident -> 1) => {
        $(#[$doc])*
        pub fn $name($($input: &[f64],)+ $($param: $kind,)* out: &mut Vec<f64>) {
            out.resize(same_length(&[$($input),+]), f64::NAN);
            $type::new($($param),*).extend($($input,)+ out);
        }
    };
    ($(#[$doc:meta])* $name:ident($($input:ident),+; $($param:ident: $kind:ty),*) = $type:ident -> $outputs:literal) => {
        $(#[$doc])*
        pub fn $name($($input: &[f64],)+ $($param: $kind,)* out: &mut [Vec<f64>; $outputs]) {
            let length = same_length(&[$($input),+]);
            for column in out.iter_mut() {
                column.resize(length, f64::NAN);
            }
            $type::new($($param),*).extend($($input,)+ out.each_mut().map(Vec::as_mut_slice));
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
kernel!(
    /// Williams %R.
    williams_r(high, low, close; period: usize) = WilliamsR -> 1);
kernel!(
    /// Commodity channel index.
    cci(high, low, close; period: usize) = Cci -> 1);
kernel!(
    /// Rate of change in percent.
    roc(input; period: usize) = Roc -> 1);
kernel!(
    /// Difference from some bars ago.
    momentum(input; period: usize) = Momentum -> 1);
kernel!(
    /// True strength index: TSI, signal.
    tsi(close; long: usize, short: usize, signal: usize) = Tsi -> 2);
kernel!(
    /// Supertrend: line, direction.
    supertrend(high, low, close; period: usize, multiplier: f64) = Supertrend -> 2);
kernel!(
    /// Parabolic SAR: stop, trend.
    psar(high, low; step: f64, max: f64) = Psar -> 2);
kernel!(
    /// True range.
    true_range(high, low, close;) = TrueRange -> 1);
kernel!(
    /// Donchian channels: upper, mid, lower.
    donchian(high, low; period: usize) = DonchianChannels -> 3);
kernel!(
    /// Standard deviation.
    std_dev(input; period: usize, ddof: usize) = StdDev -> 1);
kernel!(
    /// Accumulation/distribution line.
    ad_line(high, low, close, volume;) = AdLine -> 1);
kernel!(
    /// Volume price trend.
    vpt(close, volume;) = Vpt -> 1);
kernel!(
    /// Elder-ray: bull, bear.
    elder_ray(high, low, close; period: usize) = ElderRay -> 2);
kernel!(
    /// Mass index.
    mass_index(high, low; fast: usize, slow: usize) = MassIndex -> 1);
kernel!(
    /// Ultimate oscillator.
    ultimate_oscillator(high, low, close; short: usize, medium: usize, long: usize) = UltimateOscillator -> 1);
kernel!(
    /// Awesome oscillator.
    awesome_oscillator(high, low; fast: usize, slow: usize) = AwesomeOscillator -> 1);
kernel!(
    /// Vortex: VI+, VI-.
    vortex(high, low, close; period: usize) = Vortex -> 2);

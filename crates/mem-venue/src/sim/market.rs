//! A market that never was: seeded, correlated, with regimes, volatility clustering and jumps.
//!
//! What comes in: a [`MarketConfig`]. What goes out: sound bars per symbol, and which regime ruled each bar. The same
//! configuration gives the same bits on every machine: randomness comes from ChaCha8 and the few transcendental
//! functions from `libm`, not from the platform.
//!
//! The model, per bar of length dt (in years):
//! - a regime (calm, bull, bear, crisis) follows a Markov chain, shared by all symbols, and sets drift and volatility;
//! - the market factor and each symbol's own noise have GARCH(1,1) variance (Bollerslev 1986) around 1;
//! - a log return is `drift dt + sigma sqrt(dt) (b F + sqrt(1 - b^2) e)` with factor F, own noise e, `b^2` the share of
//!   variance that is common;
//! - jumps arrive as a Poisson process (Merton 1976), larger and mostly downward in a crisis, and hit all symbols;
//! - a bar is a path of twelve steps, so that high and low enclose it; volume grows with the size of the move and the
//!   hour of the day.

use mem_types::time::NANOS_PER_DAY;
use mem_types::{Bar, Bars, Symbol, Timeframe, Timestamp, Venue};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// The venue under which simulated candles are kept: nobody can take them for real ones.
pub const VENUE: &str = "simulated";

const STEPS_PER_BAR: usize = 12;
const SECONDS_PER_YEAR: f64 = 365.0 * 86_400.0;
const GARCH_ALPHA: f64 = 0.08;
const GARCH_BETA: f64 = 0.90;
const JUMPS_PER_YEAR: f64 = 12.0;

/// One simulated instrument.
#[derive(Debug, Clone, PartialEq)]
pub struct SimSymbol {
    /// Its name.
    pub symbol: Symbol,
    /// Price of the first bar's open.
    pub start_price: f64,
    /// Volatility of a calm year, as a fraction.
    pub annual_vol: f64,
    /// Share of its variance that it has in common with the market, 0 to 1.
    pub common: f64,
    /// Traded value of an average hour in quote currency.
    pub hourly_value: f64,
}

/// What market to make.
#[derive(Debug, Clone, PartialEq)]
pub struct MarketConfig {
    /// Which market: the same seed gives the same one.
    pub seed: u64,
    /// Its instruments.
    pub symbols: Vec<SimSymbol>,
    /// Length of the bars.
    pub timeframe: Timeframe,
    /// Open time of the first bar.
    pub start: Timestamp,
    /// How many bars.
    pub bars: usize,
}

impl MarketConfig {
    /// Six instruments from large and calm to small and wild, hourly bars from 2023-01-01.
    pub fn new(seed: u64, bars: usize) -> Self {
        let symbol = |name: &str, start_price, annual_vol, common, hourly_value| SimSymbol {
            symbol: name.parse().expect("the names below are good symbols"),
            start_price,
            annual_vol,
            common,
            hourly_value,
        };
        Self {
            seed,
            symbols: vec![
                symbol("SIM-ALPHA", 20_000.0, 0.45, 0.80, 4e8),
                symbol("SIM-BETA", 1_500.0, 0.60, 0.75, 2e8),
                symbol("SIM-GAMMA", 250.0, 0.65, 0.65, 6e7),
                symbol("SIM-DELTA", 20.0, 0.80, 0.55, 3e7),
                symbol("SIM-EPSILON", 1.2, 0.85, 0.45, 1e7),
                symbol("SIM-ZETA", 0.07, 1.00, 0.35, 5e6),
            ],
            timeframe: Timeframe::H1,
            start: Timestamp::from_millis(1_672_531_200_000).expect("2023 is in range"),
            bars,
        }
    }

    /// The venue that the bars belong to.
    pub fn venue() -> Venue {
        VENUE.parse().expect("a good venue name")
    }
}

/// The state of the market, which sets drift and volatility.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Regime {
    /// Little happens.
    Calm,
    /// Prices climb.
    Bull,
    /// Prices slide.
    Bear,
    /// Prices fall, everything moves together.
    Crisis,
}

impl Regime {
    /// Every regime.
    pub const ALL: [Self; 4] = [Self::Calm, Self::Bull, Self::Bear, Self::Crisis];

    /// Drift a year as a fraction, and factor on volatility.
    const fn character(self) -> (f64, f64) {
        match self {
            Self::Calm => (0.05, 0.7),
            Self::Bull => (0.9, 1.0),
            Self::Bear => (-0.7, 1.2),
            Self::Crisis => (-2.5, 2.4),
        }
    }

    /// Mean length in days.
    const fn days(self) -> f64 {
        match self {
            Self::Calm => 30.0,
            Self::Bull => 45.0,
            Self::Bear => 25.0,
            Self::Crisis => 5.0,
        }
    }

    /// Odds of what follows, in the order of [`Regime::ALL`].
    const fn next_odds(self) -> [f64; 4] {
        match self {
            Self::Calm => [0.0, 0.55, 0.35, 0.10],
            Self::Bull => [0.45, 0.0, 0.40, 0.15],
            Self::Bear => [0.40, 0.40, 0.0, 0.20],
            Self::Crisis => [0.35, 0.25, 0.40, 0.0],
        }
    }
}

/// A generated market.
#[derive(Debug, Clone, PartialEq)]
pub struct Market {
    /// Bars per symbol, in the order of the configuration, all on the same times.
    pub series: Vec<(Symbol, Bars)>,
    /// The regime that ruled each bar: what a regime detector would have to find.
    pub regimes: Vec<Regime>,
}

/// Makes a market.
pub fn generate(config: &MarketConfig) -> Market {
    let shared = Shared::new(config);
    let series = config.symbols.iter().map(|symbol| (symbol.symbol.clone(), walk(config, symbol, &shared))).collect();
    Market { series, regimes: shared.bars.iter().map(|bar| bar.regime).collect() }
}

/// What all symbols have in common in one bar.
struct SharedBar {
    regime: Regime,
    /// Market factor of each step, variance 1 a bar on average.
    factor: [f64; STEPS_PER_BAR],
    /// Jump in units of a calm year's volatility, and the step at which it strikes.
    jump: Option<(usize, f64)>,
}

struct Shared {
    bars: Vec<SharedBar>,
    /// Length of a bar in years.
    dt: f64,
}

impl Shared {
    fn new(config: &MarketConfig) -> Self {
        let dt = config.timeframe.nanos() as f64 * 1e-9 / SECONDS_PER_YEAR;
        let mut random = Random::new(config.seed, 0);
        let mut regime = Regime::Calm;
        let mut garch = Garch::default();
        let bars = (0..config.bars).map(|_| {
            if random.uniform() < dt * 365.0 / regime.days() {
                regime = Regime::ALL[random.choose(&regime.next_odds())];
            }
            let factor = garch.bar(&mut random);
            let rate = if regime == Regime::Crisis { 6.0 * JUMPS_PER_YEAR } else { JUMPS_PER_YEAR };
            // Drawn every bar, so that the stream does not depend on whether there is a jump.
            let (strikes, step, size) = (random.uniform(), random.below(STEPS_PER_BAR), random.normal());
            let bias = if regime == Regime::Crisis { -0.03 } else { 0.0 };
            let jump = (strikes < rate * dt).then_some((step, bias + 0.04 * size));
            SharedBar { regime, factor, jump }
        });
        Self { bars: bars.collect(), dt }
    }
}

fn walk(config: &MarketConfig, symbol: &SimSymbol, shared: &Shared) -> Bars {
    // A stream of its own by name: asking for more symbols changes none of the others.
    let mut random = Random::new(config.seed, name_hash(symbol.symbol.as_str()));
    let mut garch = Garch::default();
    let ticks_per_unit = ticks_per_unit(symbol.start_price);
    let (common, own) = (libm::sqrt(symbol.common), libm::sqrt(1.0 - symbol.common));
    let step_scale = libm::sqrt(shared.dt);
    let mut price = round_to(symbol.start_price, ticks_per_unit);
    let mut ts = config.start;
    let mut bars = Bars::default();
    for shared_bar in &shared.bars {
        let (drift, turbulence) = shared_bar.regime.character();
        let volatility = symbol.annual_vol * turbulence * season(ts, 0.25);
        let noise = garch.bar(&mut random);
        let (open, mut high, mut low) = (price, price, price);
        let mut log_move = 0.0;
        for (step, (factor, noise)) in shared_bar.factor.iter().zip(noise).enumerate() {
            let shock = common * factor + own * noise;
            let mut change = (drift - 0.5 * volatility * volatility) * shared.dt / STEPS_PER_BAR as f64
                + volatility * step_scale * shock;
            if let Some((at, size)) = shared_bar.jump
                && at == step
            {
                change += common * symbol.annual_vol * size;
            }
            log_move += change;
            price = (price * libm::exp(change)).max(100.0 / ticks_per_unit);
            high = high.max(price);
            low = low.min(price);
        }
        let usual = volatility * step_scale;
        let surprise = (log_move.abs() / usual).min(6.0);
        let hours = config.timeframe.nanos() as f64 / 3.6e12;
        let value = symbol.hourly_value * hours * season(ts, 0.5) * libm::exp(0.35 * surprise + 0.4 * random.normal());
        let round = |price: f64| round_to(price, ticks_per_unit);
        let bar = Bar {
            ts,
            open: round(open),
            high: round(high),
            low: round(low),
            close: round(price),
            volume: round_to(value / price, 1_000.0),
        };
        price = bar.close;
        bars.push(bar).expect("a path's high and low enclose its ends, and times increase");
        ts = config.timeframe.close_of(ts);
    }
    bars
}

/// Rounds to a grid of so many points a unit. Dividing two whole numbers gives the nearest double to the decimal.
fn round_to(value: f64, per_unit: f64) -> f64 {
    (value * per_unit).round() / per_unit
}

/// Price steps a unit: the smallest step is a hundred-thousandth to a millionth of the starting price.
fn ticks_per_unit(start_price: f64) -> f64 {
    let mut ticks = 1.0;
    while start_price * ticks < 100_000.0 {
        ticks *= 10.0;
    }
    ticks
}

/// How the hour of the day changes activity: between `1 - depth` at 03:00 and `1 + depth` at 15:00 UTC.
fn season(ts: Timestamp, depth: f64) -> f64 {
    let hour = ts.as_nanos().rem_euclid(NANOS_PER_DAY) as f64 / 3.6e12;
    1.0 + depth * libm::cos((hour - 15.0) / 24.0 * std::f64::consts::TAU)
}

/// FNV-1a over the name, never 0 (the stream of what is shared).
fn name_hash(name: &str) -> u64 {
    let hash = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    hash.max(1)
}

/// Variance that remembers: GARCH(1,1) around 1 for the sum of a bar's steps.
struct Garch {
    variance: f64,
}

impl Default for Garch {
    fn default() -> Self {
        Self { variance: 1.0 }
    }
}

impl Garch {
    /// The steps of the next bar.
    fn bar(&mut self, random: &mut Random) -> [f64; STEPS_PER_BAR] {
        let scale = libm::sqrt(self.variance / STEPS_PER_BAR as f64);
        let steps = std::array::from_fn(|_| scale * random.normal());
        let sum: f64 = steps.iter().sum();
        self.variance = (1.0 - GARCH_ALPHA - GARCH_BETA) + GARCH_ALPHA * sum * sum + GARCH_BETA * self.variance;
        steps
    }
}

/// A stream of random numbers.
struct Random {
    source: ChaCha8Rng,
    spare: Option<f64>,
}

impl Random {
    fn new(seed: u64, stream: u64) -> Self {
        let mut source = ChaCha8Rng::seed_from_u64(seed);
        source.set_stream(stream);
        Self { source, spare: None }
    }

    /// Uniform on (0, 1).
    fn uniform(&mut self) -> f64 {
        ((self.source.next_u64() >> 12) as f64 + 0.5) / (1u64 << 52) as f64
    }

    /// A whole number below `end`.
    fn below(&mut self, end: usize) -> usize {
        (self.uniform() * end as f64) as usize
    }

    /// A position drawn with these odds, which sum to 1.
    fn choose(&mut self, odds: &[f64]) -> usize {
        let mut left = self.uniform();
        for (index, odd) in odds.iter().enumerate() {
            left -= odd;
            if left < 0.0 {
                return index;
            }
        }
        odds.len() - 1
    }

    /// Standard normal, by Box and Muller (1958).
    fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let radius = libm::sqrt(-2.0 * libm::log(self.uniform()));
        let angle = std::f64::consts::TAU * self.uniform();
        self.spare = Some(radius * libm::sin(angle));
        radius * libm::cos(angle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn returns(bars: &Bars) -> Vec<f64> {
        bars.view().close.windows(2).map(|pair| (pair[1] / pair[0]).ln()).collect()
    }

    fn correlation(a: &[f64], b: &[f64]) -> f64 {
        let n = a.len() as f64;
        let (mean_a, mean_b) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
        let product =
            |x: &[f64], mx: f64, y: &[f64], my: f64| -> f64 { x.iter().zip(y).map(|(x, y)| (x - mx) * (y - my)).sum() };
        product(a, mean_a, b, mean_b) / (product(a, mean_a, a, mean_a) * product(b, mean_b, b, mean_b)).sqrt()
    }

    #[test]
    fn it_has_the_habits_of_a_market() {
        let market = generate(&MarketConfig::new(11, 3 * 8_760));
        for regime in Regime::ALL {
            assert!(market.regimes.contains(&regime), "{regime:?} never ruled in three years");
        }
        let returns: Vec<Vec<f64>> = market.series.iter().map(|(_, bars)| returns(bars)).collect();
        for series in &returns {
            let n = series.len() as f64;
            let mean = series.iter().sum::<f64>() / n;
            let moment = |power: i32| series.iter().map(|value| (value - mean).powi(power)).sum::<f64>() / n;
            let kurtosis = moment(4) / moment(2).powi(2);
            assert!(kurtosis > 4.0, "fat tails: kurtosis {kurtosis}");
            let size: Vec<f64> = series.iter().map(|value| value.abs()).collect();
            let clustering = correlation(&size[..size.len() - 1], &size[1..]);
            assert!(clustering > 0.1, "volatility clusters: {clustering}");
            let memory = correlation(&series[..series.len() - 1], &series[1..]);
            assert!(memory.abs() < 0.05, "returns do not: {memory}");
        }
        let close = correlation(&returns[0], &returns[1]);
        let far = correlation(&returns[0], &returns[5]);
        assert!(close > 0.5 && far > 0.2 && close > far, "correlated: {close}, {far}");
    }

    #[test]
    fn one_seed_is_one_market_everywhere() {
        let market = generate(&MarketConfig::new(7, 500));
        let (_, bars) = &market.series[0];
        let last = bars.view().bar(499);
        insta::assert_snapshot!(
            format!("{} {} {} {} {} {}", last.ts, last.open, last.high, last.low, last.close, last.volume),
            @"2023-01-21T19:00:00Z 19343.9 19610 19343.9 19610 21890.018"
        );
    }

    #[test]
    fn the_length_of_a_market_does_not_change_its_beginning() {
        let short = generate(&MarketConfig::new(3, 100));
        let long = generate(&MarketConfig::new(3, 300));
        for ((_, short), (_, long)) in short.series.iter().zip(&long.series) {
            assert_eq!(short.view(), long.view().slice(0..100));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        /// Bars are sound (or generate would panic), and a symbol does not depend on its neighbours.
        #[test]
        fn a_symbol_stands_alone(seed in any::<u64>(), keep in 0usize..6) {
            let config = MarketConfig::new(seed, 400);
            let alone = MarketConfig { symbols: vec![config.symbols[keep].clone()], ..config.clone() };
            prop_assert_eq!(&generate(&alone).series[0], &generate(&config).series[keep]);
        }
    }
}

//! How long a decision takes: each built-in strategy over 10,000 hourly bars of a simulated market, indicators
//! included. Medians. `--json` prints one JSON line a strategy.

use std::time::Instant;

use mem_strategy::{StrategyInput, build, builtins};
use mem_types::Timeframe;
use mem_venue::sim::market::{MarketConfig, generate};

const BARS: usize = 10_000;
const RUNS: usize = 51;

fn main() {
    let json = std::env::args().any(|argument| argument == "--json");
    let market = generate(&MarketConfig::new(7, BARS));
    let (_, bars) = &market.series[0];
    let input = StrategyInput::new(bars.view(), Timeframe::H1);
    if !json {
        println!("{:<12} {:>12} {:>12} {:>10}", "strategy", "ms", "ns per bar", "decisions");
    }
    for spec in builtins() {
        let strategy = build(spec.name, &[]).expect("defaults are in range");
        let mut decisions = 0;
        let mut nanos: Vec<u128> = (0..RUNS)
            .map(|_| {
                let start = Instant::now();
                decisions = strategy.decide(&input).expect("no higher timeframe is given").list.len();
                start.elapsed().as_nanos()
            })
            .collect();
        nanos.sort_unstable();
        let median = nanos[RUNS / 2] as f64;
        let (name, per_bar) = (spec.name, median / BARS as f64);
        if json {
            println!("{{\"strategy\":\"{name}\",\"bars\":{BARS},\"ms\":{},\"ns_per_bar\":{per_bar}}}", median / 1e6);
        } else {
            println!("{name:<12} {:>12.3} {per_bar:>12.1} {decisions:>10}", median / 1e6);
        }
    }
}

//! `mem signal`: what a strategy says now, with its reasons.

use anyhow::Context as _;
use mem_strategy::StrategyInput;
use mem_types::Action;

use super::{Context, series, strategies};
use crate::cli::SignalArgs;
use crate::exit::Outcome;
use crate::output;

pub(super) fn run(context: &Context, arguments: &SignalArgs) -> anyhow::Result<Outcome> {
    let strategy = strategies::build(&arguments.strategy, &arguments.param)?;
    let catalog = series::open_catalog(context);
    let key = series::resolve(&catalog, &arguments.series)?;
    let bars = catalog.read_bars(&key, None, arguments.at)?;
    let last = bars.len().checked_sub(1).with_context(|| format!("{key} has no bars before that time"))?;
    let input = StrategyInput { bars: bars.view(), timeframe: key.timeframe, higher: &[] };
    let signal = strategy.explain(&input, last)?;
    if context.json {
        output::json(&serde_json::json!({ "strategy": strategy.name(), "series": key, "signal": signal }))?;
        return Ok(Outcome::Done);
    }
    let word = match signal.action {
        Action::Buy => "BUY",
        Action::Sell => "SELL",
        Action::Hold => "HOLD",
    };
    output::line(format!("{} on {key}: {word}, confidence {:.1} %", strategy.name(), signal.confidence))?;
    output::line(format!("  bar     {} (close {})", signal.ts, output::price(signal.price)))?;
    if let Some(stop) = signal.stop {
        output::line(format!("  stop    {}", output::price(stop)))?;
    }
    if let Some(target) = signal.target {
        output::line(format!("  target  {}", output::price(target)))?;
    }
    for reason in &signal.reasons {
        output::line(format!("  - {reason}"))?;
    }
    Ok(Outcome::Done)
}

//! Symbols that are one bet: by name, or because their returns move together.

use super::{Exposure, Proposal, RiskConfig, Surroundings, Verdict};

pub(super) fn check(config: &RiskConfig, proposal: &Proposal<'_>, surroundings: &Surroundings<'_>) -> Verdict {
    let symbol = &proposal.instrument.symbol;
    let mut tightest = Verdict::Pass;
    let mut room_left = proposal.notional();
    let mut limit = |room: f64, why: &dyn Fn() -> String| {
        if room < room_left {
            room_left = room;
            tightest = Verdict::within(room, proposal, why);
        }
    };
    for group in config.groups.iter().filter(|group| group.symbols.contains(symbol)) {
        let stands: f64 = surroundings
            .exposures
            .iter()
            .filter(|of| group.symbols.contains(of.symbol))
            .map(|of| of.notional.abs())
            .sum();
        let most = group.max_exposure * surroundings.equity;
        limit(most - stands, &|| format!("group {} may be {most:.2} at most and is {stands:.2}", group.name));
    }
    let correlation = config.correlation;
    let leans = |of: &Exposure<'_>| {
        let together = if of.symbol == symbol { 1.0 } else { of.correlation.unwrap_or(0.0) };
        let counts = together.abs() >= correlation.threshold;
        if counts { (of.notional * together.signum() * proposal.side.sign()).max(0.0) } else { 0.0 }
    };
    let stands: f64 = surroundings.exposures.iter().map(leans).sum();
    let most = correlation.max_exposure * surroundings.equity;
    limit(most - stands, &|| {
        format!("symbols that move with {symbol} stand at {stands:.2} on this side, the limit is {most:.2}")
    });
    tightest
}

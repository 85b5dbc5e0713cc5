//! No entries once equity has fallen too far from its peak.

use super::{Proposal, RiskConfig, Surroundings, Verdict};

/// How far `equity` has fallen from `peak`, as a fraction of it; 0 at a peak.
pub fn drawdown(equity: f64, peak: f64) -> f64 {
    if peak > 0.0 { ((peak - equity) / peak).max(0.0) } else { 0.0 }
}

pub(super) fn check(config: &RiskConfig, _: &Proposal<'_>, surroundings: &Surroundings<'_>) -> Verdict {
    let fallen = drawdown(surroundings.equity, surroundings.peak_equity);
    if fallen < config.max_drawdown {
        return Verdict::Pass;
    }
    Verdict::Refuse(format!(
        "equity is {:.2} % below its peak, the limit is {:.2} %: no entries until an operator resets it",
        fallen * 100.0,
        config.max_drawdown * 100.0
    ))
}

//! No entries once equity has fallen too far from its peak.

use super::{Proposal, RiskConfig, Surroundings, Verdict};

/// How far `equity` has fallen from `peak`, as a fraction of it; 0 at a peak.
pub fn drawdown(equity: f64, peak: f64) -> f64 {
    if peak > 0.0 { ((peak - equity) / peak).max(0.0) } else { 0.0 }
}

pub(super) fn check(config: &RiskConfig, _: &Proposal<'_>, surroundings: &Surroundings<'_>) -> Verdict {
    halt(config, surroundings.equity, surroundings.peak_equity).map_or(Verdict::Pass, Verdict::Refuse)
}

/// Why there are no entries any more, where there are none.
pub(super) fn halt(config: &RiskConfig, equity: f64, peak_equity: f64) -> Option<String> {
    let fallen = drawdown(equity, peak_equity);
    (fallen >= config.max_drawdown).then(|| {
        format!(
            "equity is {:.2} % below its peak, the limit is {:.2} %: no entries until an operator resumes (`mem resume`)",
            fallen * 100.0,
            config.max_drawdown * 100.0
        )
    })
}

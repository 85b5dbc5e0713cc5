//! Smaller entries after losses in a row.

use super::{Proposal, RiskConfig, Surroundings, Verdict};

pub(super) fn check(config: &RiskConfig, proposal: &Proposal<'_>, surroundings: &Surroundings<'_>) -> Verdict {
    let (streak, limit) = (surroundings.losing_streak, config.losing_streak);
    if limit.after == 0 || streak < limit.after {
        return Verdict::Pass;
    }
    let why = || format!("{streak} losses in a row: entries are {:.0} % of their size", limit.factor * 100.0);
    Verdict::within(proposal.notional() * limit.factor, proposal, why)
}

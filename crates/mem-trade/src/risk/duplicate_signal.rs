//! One entry for one signal: none while another is on its way, none twice for one bar and side.

use super::{Proposal, RiskConfig, Surroundings, Verdict};

pub(super) fn check(_: &RiskConfig, proposal: &Proposal<'_>, surroundings: &Surroundings<'_>) -> Verdict {
    if surroundings.entry_under_way {
        return Verdict::Refuse("an entry of this symbol is on its way, or its fate unknown".to_owned());
    }
    if surroundings.last_entry == Some((proposal.bar, proposal.side)) {
        return Verdict::Refuse(format!("the signal of the bar at {} has been acted on", proposal.bar));
    }
    Verdict::Pass
}

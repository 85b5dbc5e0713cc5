//! Gross exposure over equity, whatever the other limits say.

use super::{Proposal, RiskConfig, Surroundings, Verdict};

pub(super) fn check(config: &RiskConfig, proposal: &Proposal<'_>, surroundings: &Surroundings<'_>) -> Verdict {
    let stands = surroundings.gross();
    let room = config.max_leverage * surroundings.equity - stands;
    Verdict::within(room, proposal, || {
        let after = (stands + proposal.notional()) / surroundings.equity;
        format!("leverage would be {after:.2}, the limit is {:.2}", config.max_leverage)
    })
}

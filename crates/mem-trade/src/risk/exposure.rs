//! All positions together.

use super::{Proposal, RiskConfig, Surroundings, Verdict};

pub(super) fn check(config: &RiskConfig, proposal: &Proposal<'_>, surroundings: &Surroundings<'_>) -> Verdict {
    let most = config.max_exposure * surroundings.equity;
    let stands = surroundings.gross();
    Verdict::within(most - stands, proposal, || {
        format!("all positions may be {most:.2} at most and are {stands:.2}; {:.2} was wanted", proposal.notional())
    })
}

//! What a trade may lose at its stop.

use super::{Proposal, RiskConfig, Surroundings, Verdict};

pub(super) fn check(config: &RiskConfig, proposal: &Proposal<'_>, surroundings: &Surroundings<'_>) -> Verdict {
    // Without a stop nothing can be said; the caps of position and exposure bound the loss.
    let Some(distance) = proposal.stop_distance else { return Verdict::Pass };
    let most = config.max_risk_per_trade * surroundings.equity;
    let why = || {
        let lost = distance * proposal.qty;
        format!("the stop would lose {lost:.2}, at most {most:.2} may be risked")
    };
    Verdict::within(most / distance * proposal.price, proposal, why)
}

//! The largest single order.

use super::{Proposal, RiskConfig, Surroundings, Verdict};

pub(super) fn check(config: &RiskConfig, proposal: &Proposal<'_>, _: &Surroundings<'_>) -> Verdict {
    let most = config.max_order_notional;
    if most == 0.0 {
        return Verdict::Pass;
    }
    Verdict::within(most, proposal, || format!("an order of {:.2} is cut to {most:.2}", proposal.notional()))
}

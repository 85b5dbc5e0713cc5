//! No entries where the price has moved away from the one decided on.

use super::{Proposal, RiskConfig, Surroundings, Verdict};

pub(super) fn check(config: &RiskConfig, proposal: &Proposal<'_>, surroundings: &Surroundings<'_>) -> Verdict {
    let moved = (surroundings.last_price - proposal.price).abs() / proposal.price;
    // False for anything odd, NaN included.
    if moved <= config.price_band {
        return Verdict::Pass;
    }
    Verdict::Refuse(format!(
        "the price has moved {:.2} % away from {}, the limit is {:.2} %",
        moved * 100.0,
        proposal.price,
        config.price_band * 100.0
    ))
}

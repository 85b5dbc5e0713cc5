//! The largest position in one symbol.

use super::{Proposal, RiskConfig, Surroundings, Verdict};

pub(super) fn check(config: &RiskConfig, proposal: &Proposal<'_>, surroundings: &Surroundings<'_>) -> Verdict {
    let most = config.max_position * surroundings.equity;
    // What stands on the other side makes room.
    let stands = surroundings.exposure(&proposal.instrument.symbol) * proposal.side.sign();
    let room = most - stands;
    Verdict::within(room, proposal, || {
        let symbol = &proposal.instrument.symbol;
        format!("{symbol} may be {most:.2} at most and is {stands:.2}; {:.2} was wanted", proposal.notional())
    })
}

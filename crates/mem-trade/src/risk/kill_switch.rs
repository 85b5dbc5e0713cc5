//! No entries while an operator forbids them.

use super::{Proposal, RiskConfig, Surroundings, Verdict};

pub(super) fn check(_: &RiskConfig, _: &Proposal<'_>, surroundings: &Surroundings<'_>) -> Verdict {
    match surroundings.kill_switch {
        Some(reason) => Verdict::Refuse(format!("the kill switch is on: {reason}")),
        None => Verdict::Pass,
    }
}

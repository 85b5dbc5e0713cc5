//! Not more orders in a minute than a human would find sane.

use super::{Proposal, RiskConfig, Surroundings, Verdict};

pub(super) fn check(config: &RiskConfig, _: &Proposal<'_>, surroundings: &Surroundings<'_>) -> Verdict {
    if surroundings.recent_orders < config.max_orders_per_minute {
        return Verdict::Pass;
    }
    Verdict::Refuse(format!(
        "{} orders in the last minute, the limit is {}",
        surroundings.recent_orders, config.max_orders_per_minute
    ))
}

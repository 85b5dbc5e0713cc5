//! No entries on a price that is too old.

use mem_types::time::NANOS_PER_SECOND;

use super::{Proposal, RiskConfig, Surroundings, Verdict};

pub(super) fn check(config: &RiskConfig, _: &Proposal<'_>, surroundings: &Surroundings<'_>) -> Verdict {
    let age = surroundings.now.as_nanos().saturating_sub(surroundings.last_price_at.as_nanos());
    let seconds = age as f64 / NANOS_PER_SECOND as f64;
    if seconds <= config.max_data_age_s {
        return Verdict::Pass;
    }
    Verdict::Refuse(format!("the last price is {seconds:.1} s old, the limit is {} s", config.max_data_age_s))
}

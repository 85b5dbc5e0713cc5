//! No entries for the rest of a UTC day that has lost too much.

use super::{Proposal, RiskConfig, Surroundings, Verdict};

pub(super) fn check(config: &RiskConfig, _: &Proposal<'_>, surroundings: &Surroundings<'_>) -> Verdict {
    let Surroundings { equity, day_start_equity, .. } = *surroundings;
    let lost = (day_start_equity - equity) / day_start_equity;
    if lost < config.max_daily_loss {
        return Verdict::Pass;
    }
    Verdict::Refuse(format!(
        "today has lost {:.2} %, the limit is {:.2} %: no entries until midnight UTC",
        lost * 100.0,
        config.max_daily_loss * 100.0
    ))
}

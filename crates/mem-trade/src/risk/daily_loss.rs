//! No entries for the rest of a UTC day that has lost too much.

use super::{Proposal, RiskConfig, Surroundings, Verdict};

pub(super) fn check(config: &RiskConfig, _: &Proposal<'_>, surroundings: &Surroundings<'_>) -> Verdict {
    halt(config, surroundings.equity, surroundings.day_start_equity).map_or(Verdict::Pass, Verdict::Refuse)
}

/// Why the day is over, where it is.
pub(super) fn halt(config: &RiskConfig, equity: f64, day_start_equity: f64) -> Option<String> {
    let lost = (day_start_equity - equity) / day_start_equity;
    (lost >= config.max_daily_loss).then(|| {
        format!(
            "today has lost {:.2} %, the limit is {:.2} %: no entries until midnight UTC",
            lost * 100.0,
            config.max_daily_loss * 100.0
        )
    })
}

//! `mem demo --drill`: the market changes where live trading begins, so that the alarm for drift, the training that it calls for, the gate
//! and the rollout can be seen at work; at the end a model that is deliberately bad is put into canary, and taken back by itself.
//!
//! Modules in reading order: `market` (what changes), `contrary` (the bad model), `story` (says step by step what happens).

mod contrary;
mod market;
mod story;

pub(super) use market::{announce, changed};
pub(super) use story::{Begins, Story};

/// Real seconds that a bar of the strategy takes: features are looked at every 50 bars.
pub(super) const SECONDS_PER_BAR: f64 = 0.5;

/// The pace of a drill, below what the user's environment and flags say: with that of real trading it would take weeks of the market, and one
/// training an hour.
///
/// Of the newest rows a small share is the gate's: else the candidate would have learned nothing of the market that has changed.
const PACE: [(&str, &str); 9] = [
    ("models.retrain.gate_share", "0.02"),
    ("models.retrain.busy_share", "1.0"),
    ("models.retrain.rest_seconds", "60"),
    ("models.retrain.backoff_seconds", "10"),
    ("models.rollout.shares", "[0.25, 1.0]"),
    ("models.rollout.min_samples", "200"),
    ("models.rollout.max_samples", "2000"),
    ("models.rollout.min_seconds", "0"),
    ("models.rollout.brier_margin", "0.05"),
];

/// The settings of that pace.
pub(super) fn pace() -> impl Iterator<Item = (String, String)> {
    PACE.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned()))
}

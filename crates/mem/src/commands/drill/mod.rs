//! `mem demo --drill`: the market changes where live trading begins, so that the alarm for drift, the training that it calls for, the gate
//! and the rollout can be seen at work.

mod market;

pub(super) use market::{announce, changed};

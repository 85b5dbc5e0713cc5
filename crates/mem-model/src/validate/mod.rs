//! Decisions, labels and predictions in, verdicts out: whether a model foresees anything, told without fooling oneself.
//!
//! `docs/validation.md` says what each part is for and where it comes from. Modules in reading order: [`split`] (which rows train and
//! which test, with nothing of the one in the other), [`metric`] (how good predictions are), [`compare`] (whether one model is better than
//! another by more than luck), [`overfitting`] (what the best of many tries is worth), [`leak`] (whether something of the future got in).

pub mod compare;
pub mod leak;
pub mod metric;
pub mod overfitting;
pub mod split;

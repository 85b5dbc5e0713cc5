//! Whether one model is better than another by more than luck, on the same rows.

mod bootstrap;
mod diebold_mariano;
mod mcnemar;

pub use bootstrap::{Bootstrap, paired_bootstrap};
pub use diebold_mariano::{DieboldMariano, diebold_mariano};
pub use mcnemar::{McNemar, mcnemar};

//! Rows of numbers in, predictions out, and the means to know whether to believe them.
//!
//! What comes in: bars and indicator values, labels when their future has arrived, observations one at a time. What goes out: features,
//! labels, trained models, predictions, and measured verdicts on them. It knows no venue, no orders and no money, does no I/O, and asks no
//! clock; randomness comes from seeds that callers give.
//!
//! Modules in reading order: [`table`] (rows and columns of numbers), [`feature`] (rows of features), [`label`] (what is to be foreseen),
//! [`validate`] (whether it is), [`sample`] (rows to learn from), [`forest`] (trees that predict), [`boost`] (trees that are trained here),
//! [`linear`] (logistic and ridge regression), [`sequence`] (networks that look at the last rows), [`import`] (models of LightGBM and
//! XGBoost), [`network`] (models in ONNX format), [`learn`] (what learns, and what comes of it), `explain` (what moves an answer), [`calibrate`] (from scores to probabilities), [`held_out`] (answers to rows not
//! learned from), [`ensemble`] (several predictors as one), [`model`] (a trained model as a whole, and as bytes), [`online`] (learners that
//! take one observation at a time), [`drift`] (whether what comes is still like what was), [`sentiment`] (what texts say), [`lifecycle`]
//! (versions, stages, rollout).

pub mod boost;
pub mod calibrate;
mod distribution;
pub mod drift;
pub mod ensemble;
mod explain;
pub mod feature;
pub mod forest;
pub mod held_out;
pub mod import;
pub mod label;
pub mod learn;
pub mod lifecycle;
pub mod linear;
pub mod model;
pub mod network;
pub mod online;
pub mod sample;
pub mod sentiment;
pub mod sequence;
pub mod table;
pub mod validate;

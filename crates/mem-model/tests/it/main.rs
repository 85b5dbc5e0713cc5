//! What the crate promises of features, labels and validation: laws on made-up bars, golden runs on real ones, parity with peers.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what it should do")]

mod docs;
mod features;
mod labels;
mod lightgbm;
mod made_up;
#[cfg(feature = "onnx")]
mod onnx;
mod peers;
mod python;
mod real;
mod scikit_learn;
mod splits;
#[cfg(feature = "onnx")]
mod wordpiece;
mod xgboost;

//! The list of built-in strategies.

use mem_indicators::{ParamSpec, ParamValue};
use serde::Serialize;

use crate::error::StrategyError;
use crate::strategy::Strategy;

/// What a strategy is called, does and takes, and how to build it.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct StrategySpec {
    /// Unique name, lower case.
    pub name: &'static str,
    /// In a few words.
    pub title: &'static str,
    /// In a sentence or two.
    pub summary: &'static str,
    /// Its parameters, in order.
    pub params: &'static [ParamSpec],
    #[serde(skip)]
    pub(crate) build: Build,
}

type Build = fn(&[(String, ParamValue)]) -> Result<Box<dyn Strategy>, StrategyError>;

static BUILTINS: [StrategySpec; 3] = [crate::confluence::SPEC, crate::fast_score::SPEC, crate::ma_cross::SPEC];

/// All built-in strategies.
pub fn builtins() -> &'static [StrategySpec] {
    &BUILTINS
}

/// Builds a strategy by name; parameters that are not given have their defaults.
///
/// # Errors
/// An unknown strategy, or parameters that are unknown, out of range, or do not go together.
pub fn build(name: &str, params: &[(String, ParamValue)]) -> Result<Box<dyn Strategy>, StrategyError> {
    let known = || BUILTINS.iter().map(|spec| spec.name).collect();
    let spec = BUILTINS.iter().find(|spec| spec.name == name);
    (spec.ok_or_else(|| StrategyError::Unknown { name: name.to_owned(), known: known() })?.build)(params)
}

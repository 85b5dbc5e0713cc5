//! What a strategy wanted.

use mem_engine::core::SignalNote;
use mem_types::Intent;
use serde::Serialize;
use utoipa::ToSchema;

/// A decision and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SignalView {
    /// The decision's number.
    pub decision: u64,
    /// When, in the market's time.
    pub ts: i64,
    /// In what.
    pub symbol: String,
    /// Of which strategy.
    pub strategy: String,
    /// `enter_long`, `enter_short`, `exit_long` or `exit_short`.
    pub intent: String,
    /// 0 to 1.
    pub confidence: f64,
    /// The close that it was taken at.
    pub price: f64,
    /// Where the stop would stand.
    pub stop: Option<f64>,
    /// Where the target would stand.
    pub target: Option<f64>,
    /// Why, the weightiest reason first.
    pub reasons: Vec<String>,
    /// The quantity that was approved, in base units; null where nothing was entered.
    pub qty: Option<String>,
    /// The check of risk that refused it.
    pub refused_by: Option<String>,
    /// Why it was refused.
    pub refusal: Option<String>,
}

/// Signals, oldest first.
#[derive(Debug, Clone, PartialEq, Default, Serialize, ToSchema)]
pub struct SignalsData {
    /// The newest 50 in a snapshot, the new ones in a delta.
    pub signals: Vec<SignalView>,
}

impl SignalView {
    pub(crate) fn of(note: &SignalNote) -> Self {
        let intent = match note.intent {
            Intent::EnterLong => "enter_long",
            Intent::EnterShort => "enter_short",
            Intent::ExitLong => "exit_long",
            Intent::ExitShort => "exit_short",
        };
        let refused = note.findings.iter().find(|finding| finding.refused);
        Self {
            decision: note.decision,
            ts: note.at.as_millis(),
            symbol: note.symbol.to_string(),
            strategy: note.strategy.clone(),
            intent: intent.to_owned(),
            confidence: note.confidence / 100.0,
            price: note.price,
            stop: note.stop,
            target: note.target,
            reasons: note.reasons.clone(),
            qty: note.qty.map(|qty| qty.to_string()),
            refused_by: refused.map(|finding| finding.check.clone()),
            refusal: refused.map(|finding| finding.why.clone()),
        }
    }
}

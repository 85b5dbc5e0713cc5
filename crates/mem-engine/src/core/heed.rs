//! What the word of a model does to what the strategy has decided, and how that is explained.

use mem_model::model::Model;
use mem_strategy::advice::{Advice, Role, advise, believe};
use mem_types::{Decision, Intent, PositionSide};

use super::engine::Engine;
use super::foresight::{Foresight, Row};
use super::output::ModelWord;
use super::seat::{Foreseen, SeatConfig, Standing};

/// Features that are named where a prediction is explained.
const NAMED: usize = 5;

impl Engine {
    /// Changes what the strategy has decided at a bar by the word that counts there, if there is one.
    pub(super) fn heed(
        &self,
        (foresight, seat, standing): (&Foresight, &SeatConfig, &Standing),
        market: usize,
        row: &Row,
        word: &mut Option<ModelWord>,
        decisions: &mut Vec<Decision>,
    ) {
        match (seat.foresees(), &*word) {
            (Foreseen::Gain, Some(word)) => believe(word.up, seat.enter, decisions),
            // What is not known is not believed; where no model decides, the strategy does.
            (Foreseen::Gain, None) if standing.champion.is_some() => believe(f64::NAN, seat.enter, decisions),
            (Foreseen::Gain, None) | (Foreseen::Rise, None) => {}
            (Foreseen::Rise, Some(word)) => {
                let advice = Advice {
                    up: word.up,
                    enter: seat.enter,
                    weight: word.weights[1] / (word.weights[0] + word.weights[1]),
                    held: self.account.side(&self.markets[market].instrument.symbol),
                    range: (row.range > 0.0).then_some(row.range),
                    levels: self.markets[market].levels,
                };
                // The number of the strategy's bar is of no account to the engine.
                advise(seat.role, &advice, 0, decisions);
            }
        }
        if let Some(word) = word
            && self.tell
            && decisions.iter().any(|decision| concerns(word, decision.intent))
            && let Some(model) = foresight.models.get(&word.model)
        {
            word.moved_by = moved_by(model, &row.values);
        }
    }
}

/// The features that moved a prediction most, by their Shapley values in log-odds.
fn moved_by(model: &Model, row: &[f64]) -> Vec<(String, f64)> {
    let parts = model.parts();
    let Some(values) = parts.predictors[0].contributions(row) else { return Vec::new() };
    let mut moved: Vec<(String, f64)> = parts.features.iter().cloned().zip(values).collect();
    moved.sort_by(|one, other| other.1.abs().total_cmp(&one.1.abs()));
    moved.truncate(NAMED);
    moved
}

/// Whether a word has to do with an intent: of gains only entries are judged.
pub(super) fn concerns(word: &ModelWord, intent: Intent) -> bool {
    word.of == Foreseen::Rise || intent.enters().is_some()
}

/// Whether a model alone decides.
pub(super) fn decides(word: &Option<ModelWord>) -> bool {
    word.as_ref().is_some_and(|word| word.role == Role::Decider)
}

/// The probability that an entry gains, of what was said of it.
pub(super) fn gains(of: Foreseen, up: f64, side: PositionSide) -> f64 {
    if of == Foreseen::Gain || side == PositionSide::Long { up } else { 1.0 - up }
}

/// What a model said of an intent, in plain English.
pub(super) fn said(word: &ModelWord, intent: Intent) -> String {
    let turn = if word.by_candidate { " (candidate)" } else { "" };
    let view = match (word.of, intent) {
        (Foreseen::Gain, _) => "gain of this entry, enough",
        (_, Intent::EnterLong | Intent::ExitShort) if word.up >= 0.5 => "up, agrees",
        (_, Intent::EnterShort | Intent::ExitLong) if word.up <= 0.5 => "up, agrees",
        _ => "up, does not agree",
    };
    let moved: Vec<&str> = word.moved_by.iter().take(3).map(|(name, _)| name.as_str()).collect();
    let by = if moved.is_empty() { String::new() } else { format!(", moved by {}", moved.join(", ")) };
    format!("model {}{turn}: {:.1} % {view}{by}", word.title, word.up * 100.0)
}

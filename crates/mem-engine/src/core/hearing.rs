//! Scores of texts, as they reach the features of models.

use mem_model::feature::Score;
use mem_store::records::OWN_SERIES;
use mem_types::Timestamp;

use super::engine::Engine;
use super::event::TextScore;
use super::output::{Level, Output};

impl Engine {
    /// A text has come: it counts from when it was known, and never for a row of features that has been given out. Where one has, it
    /// counts from just after, and that goes on record, so that whoever learns from the records sees what was seen here.
    pub(super) fn text_came(&mut self, text: &TextScore) {
        let Some(foresight) = &mut self.foresight else { return };
        let lanes = foresight.lanes.iter_mut().zip(&self.markets);
        let concerned =
            lanes.filter(|(_, market)| text.symbol.as_ref().is_none_or(|it| *it == market.instrument.symbol));
        let mut streams: Vec<_> = concerned.filter_map(|(lane, _)| Some(&mut lane.as_mut()?.stream)).collect();
        let own = text.symbol.is_some().then_some(OWN_SERIES);
        let series = || [Some(text.source.as_str()), own].into_iter().flatten();
        // The same time for all of them: there is one on record.
        let earliest = streams.iter().flat_map(|stream| series().map(|name| stream.earliest_score(name))).max();
        let at: Timestamp = earliest.map_or(text.known_at, |earliest| earliest.max(text.known_at));
        let score = Score { known_at: at, value: text.score };
        let mut refused = None;
        for stream in &mut streams {
            for name in series() {
                refused = stream.offer_score(name, score).err().or(refused);
            }
        }
        let heard = !streams.is_empty();
        if let Some(error) = refused {
            self.note(Level::Warning, "models", || format!("text {} is left out: {error}", text.id));
        } else if heard && at > text.known_at {
            self.say(Output::KnownLater { id: text.id, at });
        }
    }
}

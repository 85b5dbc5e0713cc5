//! Texts on record, as they are told to the loop: those of before at the start, then whatever anybody puts on record.

use std::collections::BTreeMap;

use mem_model::feature;
use mem_store::records::{MARKET_WIDE, OWN_SERIES, Records, RecordsError, TextFilter, TextRow};
use mem_types::Timestamp;

use crate::core::{EngineConfig, Event, TextScore};

/// Texts that are taken at once.
const BATCH: usize = 1_000;

/// What models of a session are told of texts.
#[derive(Debug)]
pub(super) struct Texts {
    records: Records,
    /// The series that models read of each symbol.
    read: BTreeMap<String, Vec<String>>,
    began: Timestamp,
    /// The number of the last text that was looked at.
    last: i64,
    /// Texts that will be known later.
    waiting: Vec<TextRow>,
}

impl Texts {
    /// What was known at `now`, for the start of a session; `None` where no model reads texts.
    pub(super) fn begin(
        config: &EngineConfig,
        records: &Records,
        now: Timestamp,
    ) -> Result<Option<(Self, Vec<Event>)>, RecordsError> {
        let mut read = BTreeMap::new();
        for seat in &config.seats {
            let series = feature::named(&seat.features).map(|set| set.sentiments()).unwrap_or_default();
            if !series.is_empty() {
                read.extend(seat.scope.symbols.iter().map(|symbol| (symbol.to_string(), series.clone())));
            }
        }
        if read.is_empty() {
            return Ok(None);
        }
        let newest = records.texts(&TextFilter { limit: 1, ..TextFilter::default() })?;
        let last = newest.rows.first().map_or(0, |row| row.id);
        let texts = Self { records: records.clone(), read, began: now, last, waiting: Vec::new() };
        let events =
            records.texts_known(now)?.iter().filter(|row| row.id <= last).filter_map(|row| texts.event(row)).collect();
        Ok(Some((texts, events)))
    }

    /// What has come to be known since, in the order in which it did. What was put on record as known before the session began is history,
    /// and heard of by the next one.
    pub(super) fn look(&mut self, now: Timestamp) -> Result<Vec<Event>, RecordsError> {
        let new = self.records.texts_after(self.last, BATCH)?;
        if new.is_empty() && self.waiting.is_empty() {
            return Ok(Vec::new());
        }
        self.last = new.last().map_or(self.last, |row| row.id);
        self.waiting.extend(new.into_iter().filter(|row| row.timestamp >= self.began));
        self.waiting.sort_by_key(|row| (row.timestamp, row.id));
        let due = self.waiting.partition_point(|row| row.timestamp <= now);
        let due: Vec<TextRow> = self.waiting.drain(..due).collect();
        Ok(due.iter().filter_map(|row| self.event(row)).collect())
    }

    fn event(&self, row: &TextRow) -> Option<Event> {
        let symbol = (row.symbol != MARKET_WIDE).then_some(row.symbol.as_str());
        let reads = |series: &Vec<String>, own: bool| {
            series.iter().any(|name| *name == row.source || (own && name == OWN_SERIES))
        };
        let concerns = match symbol {
            Some(symbol) => self.read.get(symbol).is_some_and(|series| reads(series, true)),
            None => self.read.values().any(|series| reads(series, false)),
        };
        let symbol = symbol.map(str::parse).transpose().ok()?;
        concerns.then(|| {
            Event::Text(TextScore {
                id: row.id,
                symbol,
                source: row.source.clone(),
                known_at: row.timestamp,
                score: row.score,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use mem_model::sentiment::Lexicon;
    use mem_store::records::RecordsOptions;

    use super::*;
    use crate::texts::{NewText, key_of, take};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_nanos(second * 1_000_000_000)
    }

    #[test]
    fn what_is_new_is_told_once_and_in_time() {
        let folder = tempfile::tempdir().unwrap();
        let records = Records::open(folder.path().join("mem_data.db"), RecordsOptions::default()).unwrap();
        let put = |known: i64, symbol: &str, source: &str| {
            let text = NewText {
                known_at: at(known),
                symbol: symbol.to_owned(),
                source: source.to_owned(),
                key: key_of(&[&known.to_string()]),
                text: "Profit rises".to_owned(),
                url: None,
                published_at: None,
            };
            take(&records, &Lexicon::built_in(), &[text]).unwrap();
        };
        put(5, "A", "news");
        let mut texts = Texts {
            records: records.clone(),
            read: BTreeMap::from([("A".to_owned(), vec!["news".to_owned()])]),
            began: at(10),
            last: 1,
            waiting: Vec::new(),
        };
        let mut told = |now: i64| -> Vec<i64> {
            let known =
                |event: Event| if let Event::Text(text) = event { text.known_at.as_nanos() / 1_000_000_000 } else { 0 };
            texts.look(at(now)).unwrap().into_iter().map(known).collect()
        };
        assert_eq!(told(10), Vec::<i64>::new(), "it was there at the start");
        // Of the future, of now, of another symbol, of another source, of the whole market, of before the session.
        put(30, "A", "news");
        put(12, "A", "news");
        put(13, "B", "news");
        put(14, "A", "social");
        put(11, "*", "news");
        put(9, "A", "news");
        assert_eq!(told(20), [11, 12]);
        assert_eq!(told(29), Vec::<i64>::new());
        assert_eq!(told(30), [30]);
        assert_eq!(told(40), Vec::<i64>::new());
    }
}

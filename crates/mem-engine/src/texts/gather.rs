//! Entries of feeds into texts about symbols.

use std::sync::Arc;

use mem_feed::texts::{Entry, Fetch, FetchError};
use mem_model::sentiment::{Keywords, Scorer};
use mem_store::records::{Records, RecordsError};
use mem_types::Timestamp;

use super::config::FeedSettings;
use super::intake::{NewText, Taken, key_of, take};

/// What a look at a feed came to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Gathered {
    /// Entries that the feed holds; `None` where it has not changed.
    pub entries: Option<usize>,
    /// Entries that are about no symbol.
    pub about_nothing: usize,
    /// What became of the others.
    pub taken: Taken,
}

/// Why a look at a feed failed.
#[derive(Debug, thiserror::Error)]
pub enum GatherError {
    /// The feed.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The records.
    #[error(transparent)]
    Records(#[from] RecordsError),
    /// The thread that scores has failed.
    #[error("texts cannot be scored: {0}")]
    Scoring(String),
}

/// Fetches a feed and puts its new texts on record, as known when they had come.
///
/// # Errors
/// If the feed gives nothing, or the records fail; the feed is then sent again the next time.
pub async fn gather(
    fetch: &mut Fetch,
    feed: &FeedSettings,
    (keywords, scorer): (&Keywords, &Arc<dyn Scorer>),
    records: &Records,
    clock: fn() -> Timestamp,
) -> Result<Gathered, GatherError> {
    let Some(entries) = fetch.fetch(&feed.url).await? else { return Ok(Gathered::default()) };
    let (texts, about_nothing) = texts_of(&entries, feed, keywords, clock());
    let (records, scorer) = (records.clone(), Arc::clone(scorer));
    let taken = tokio::task::spawn_blocking(move || take(&records, &*scorer, &texts)).await;
    let taken = taken.map_err(|error| GatherError::Scoring(error.to_string())).and_then(|taken| Ok(taken?));
    let taken = taken.inspect_err(|_| fetch.forget(&feed.url))?;
    Ok(Gathered { entries: Some(entries.len()), about_nothing, taken })
}

/// A text for each symbol that an entry is about, known at `now`, whatever it says of when it was published, and how many entries are about
/// none.
pub fn texts_of(entries: &[Entry], feed: &FeedSettings, keywords: &Keywords, now: Timestamp) -> (Vec<NewText>, usize) {
    let (mut texts, mut about_nothing) = (Vec::new(), 0);
    for entry in entries {
        let mut symbols = feed.symbols.clone();
        if symbols.is_empty() {
            symbols.extend(keywords.about(&entry.text));
        }
        about_nothing += usize::from(symbols.is_empty());
        texts.extend(symbols.into_iter().map(|symbol| NewText {
            known_at: now,
            symbol: symbol.to_string(),
            source: feed.source.clone(),
            key: key_of(&[&feed.url, &entry.key]),
            text: entry.text.clone(),
            url: entry.url.clone(),
            published_at: entry.published,
        }));
    }
    (texts, about_nothing)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn nothing_is_known_before_it_came() {
        let at = Timestamp::from_nanos;
        let entry = |key: &str, text: &str, published| Entry {
            key: key.to_owned(),
            text: text.to_owned(),
            url: None,
            published,
        };
        let symbol = |name: &str| name.parse::<mem_types::Symbol>().unwrap();
        let keywords = Keywords::new(&BTreeMap::from([
            (symbol("BTCUSDT"), vec!["bitcoin".to_owned()]),
            (symbol("ETHUSDT"), vec!["ether".to_owned()]),
        ]));
        let entries = [
            entry("1", "Bitcoin and Ether", Some(at(5))),
            entry("2", "Bitcoin", Some(at(50))),
            entry("3", "Gold", None),
        ];
        let mut feed = FeedSettings { url: "http://x".to_owned(), source: "news".to_owned(), symbols: BTreeSet::new() };
        let (texts, about_nothing) = texts_of(&entries, &feed, &keywords, at(20));
        let shown: Vec<_> = texts.iter().map(|text| (text.symbol.as_str(), text.known_at, text.published_at)).collect();
        assert_eq!(
            shown,
            [("BTCUSDT", at(20), Some(at(5))), ("ETHUSDT", at(20), Some(at(5))), ("BTCUSDT", at(20), Some(at(50)))]
        );
        assert_eq!(about_nothing, 1);
        feed.symbols.insert(symbol("XAUUSD"));
        assert!(texts_of(&entries, &feed, &keywords, at(20)).0.iter().all(|text| text.symbol == "XAUUSD"));
    }
}

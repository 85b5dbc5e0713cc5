//! The section `[sentiment]` of the configuration: what a user says of feeds of texts.

use std::collections::{BTreeMap, BTreeSet};

use mem_model::sentiment::Keywords;
use mem_types::Symbol;
use serde::{Deserialize, Serialize};

use super::reader::{ReaderError, is_known};

/// What a user says of texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SentimentSettings {
    /// Which model scores texts: `lexicon`, `linear`, or a folder with a transformer ([`reader`](super::reader::reader)).
    pub scorer: String,
    /// Seconds between two looks at the feeds, at least 10.
    pub interval_s: u32,
    /// The feeds that a running engine looks at.
    pub feeds: Vec<FeedSettings>,
    /// Words and phrases by which texts are about a symbol.
    pub symbols: BTreeMap<Symbol, Vec<String>>,
}

/// A feed of texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedSettings {
    /// Its address: RSS, Atom or JSON Feed over HTTP.
    pub url: String,
    /// What kind of source it is: the name of the series that features read, as in `news`.
    #[serde(default = "news")]
    pub source: String,
    /// What all of its texts are about; empty where keywords decide.
    #[serde(default)]
    pub symbols: BTreeSet<Symbol>,
}

fn news() -> String {
    "news".to_owned()
}

/// Least seconds between two looks: feeds are somebody's servers.
const LEAST_INTERVAL_S: u32 = 10;

impl Default for SentimentSettings {
    fn default() -> Self {
        Self { scorer: "lexicon".to_owned(), interval_s: 300, feeds: Vec::new(), symbols: BTreeMap::new() }
    }
}

impl SentimentSettings {
    /// Whether it makes sense.
    ///
    /// # Errors
    /// Says what does not.
    pub fn validate(&self) -> Result<(), String> {
        if !is_known(&self.scorer) {
            let unknown = ReaderError::Unknown { name: self.scorer.clone() };
            return Err(format!("sentiment.scorer: {unknown}"));
        }
        if self.interval_s < LEAST_INTERVAL_S {
            return Err(format!("sentiment.interval_s: {} is less than {LEAST_INTERVAL_S}", self.interval_s));
        }
        for feed in &self.feeds {
            if !feed.url.starts_with("http://") && !feed.url.starts_with("https://") {
                return Err(format!("sentiment.feeds: '{}' does not begin with http:// or https://", feed.url));
            }
            check_source(&feed.source).map_err(|why| format!("sentiment.feeds: {why}"))?;
            if feed.symbols.is_empty() && self.keywords().is_empty() {
                return Err(format!(
                    "sentiment.feeds: the texts of {} are about nothing: name its symbols, or keywords in sentiment.symbols",
                    feed.url
                ));
            }
        }
        Ok(())
    }

    /// The keywords of symbols.
    pub fn keywords(&self) -> Keywords {
        Keywords::new(&self.symbols)
    }
}

/// Whether a word can name a source.
///
/// # Errors
/// Says why not.
pub fn check_source(source: &str) -> Result<(), String> {
    let sound = !source.is_empty()
        && source.len() <= 32
        && source.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_');
    if !sound {
        return Err(format!("'{source}' cannot name a source: 1 to 32 small letters, digits and _, as in news"));
    }
    if source == mem_store::records::OWN_SERIES {
        return Err(format!("'{source}' is the series of all texts about a symbol, whatever their source"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_no_sense_is_refused() {
        let wrong = |change: &dyn Fn(&mut SentimentSettings)| {
            let mut settings = SentimentSettings::default();
            change(&mut settings);
            settings.validate().unwrap_err()
        };
        let feed = |url: &str, source: &str| FeedSettings {
            url: url.to_owned(),
            source: source.to_owned(),
            symbols: BTreeSet::new(),
        };
        assert!(SentimentSettings::default().validate().is_ok());
        assert!(wrong(&|all| all.scorer = "bert".to_owned()).contains("lexicon, linear"));
        assert!(wrong(&|all| all.interval_s = 1).contains("less than 10"));
        assert!(wrong(&|all| all.feeds.push(feed("ftp://x", "news"))).contains("http://"));
        assert!(wrong(&|all| all.feeds.push(feed("http://x", "News!"))).contains("cannot name a source"));
        assert!(wrong(&|all| all.feeds.push(feed("http://x", "coin"))).contains("whatever their source"));
        assert!(wrong(&|all| all.feeds.push(feed("http://x", "news"))).contains("about nothing"));
    }
}

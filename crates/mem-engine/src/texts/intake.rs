//! Texts onto record: scored, each once, and the moods of their symbols brought up to date.

use std::collections::BTreeMap;

use mem_model::sentiment::{MoodFigures, Reading, Scorer, Tone};
use mem_store::records::{Records, RecordsError, SentimentRow, TextRow, Tx};
use mem_types::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// A text that may be new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewText {
    /// When it was known here.
    pub known_at: Timestamp,
    /// About what; `*` for the market as a whole.
    pub symbol: String,
    /// What kind of source it comes from, as in `news`: the name of a series of scores.
    pub source: String,
    /// What tells it from others of its symbol and source.
    pub key: String,
    /// The text.
    pub text: String,
    /// Where more of it can be read.
    pub url: Option<String>,
    /// When it says that it was published.
    pub published_at: Option<Timestamp>,
}

impl NewText {
    /// The text as it stands on record, read by `scorer`.
    pub fn scored(&self, scorer: &str, reading: Reading) -> TextRow {
        TextRow {
            id: 0,
            timestamp: self.known_at,
            symbol: self.symbol.clone(),
            source: self.source.clone(),
            key: self.key.clone(),
            text: self.text.clone(),
            url: self.url.clone(),
            published_at: self.published_at,
            scorer: scorer.to_owned(),
            score: reading.score,
            tone: reading.tone.name().to_owned(),
        }
    }
}

/// What became of texts.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Taken {
    /// New ones, which are on record now.
    pub added: u64,
    /// Those that were on record already.
    pub known: u64,
    /// Those that could not be scored, by their position, and why.
    pub refused: Vec<(usize, String)>,
}

/// What tells texts apart that have no name of their own: a hash of their parts.
pub fn key_of(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.len().to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize()[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Scores those texts that are not on record yet and puts them there, all of them or none, with the moods that follow.
///
/// # Errors
/// If the records fail.
pub fn take(records: &Records, scorer: &dyn Scorer, texts: &[NewText]) -> Result<Taken, RecordsError> {
    let mut taken = Taken::default();
    let mut rows = Vec::with_capacity(texts.len());
    for (position, text) in texts.iter().enumerate() {
        if records.has_text(&text.symbol, &text.source, &text.key)? {
            taken.known += 1;
            continue;
        }
        match scorer.score(&text.text) {
            Ok(reading) => rows.push(text.scored(scorer.name(), reading)),
            Err(error) => taken.refused.push((position, error.to_string())),
        }
    }
    records.transaction(|tx| {
        // The earliest new text of each series: moods change from there on.
        let mut since: BTreeMap<(&str, &str), Timestamp> = BTreeMap::new();
        for row in &rows {
            if tx.add_text(row)?.is_none() {
                taken.known += 1;
                continue;
            }
            taken.added += 1;
            let first = since.entry((&row.symbol, &row.source)).or_insert(row.timestamp);
            *first = row.timestamp.min(*first);
        }
        since.into_iter().try_for_each(|((symbol, source), from)| put_moods(tx, symbol, source, from))
    })?;
    Ok(taken)
}

/// Writes the moods of a series from `from` on anew: one for each time at which a text was known. Texts that count less than 2^-60 by then are
/// not read.
///
/// # Errors
/// If the records fail.
pub fn put_moods(tx: &Tx<'_>, symbol: &str, source: &str, from: Timestamp) -> Result<(), RecordsError> {
    tx.forget_sentiment(from, symbol, source)?;
    let felt = Timestamp::from_nanos(from.as_nanos().saturating_sub(MoodFigures::FELT_NS));
    let mut figures = MoodFigures::after(tx.texts_before(felt, symbol, source)?);
    let texts = tx.texts_in_order(felt, symbol, source)?;
    for (position, text) in texts.iter().enumerate() {
        let tone = Tone::named(&text.tone).unwrap_or(Tone::Neutral);
        let Ok(now) = figures.push(text.timestamp, Reading { score: text.score, tone }) else { continue };
        let last_of_its_time = texts.get(position + 1).is_none_or(|next| next.timestamp > text.timestamp);
        if text.timestamp < from || !last_of_its_time {
            continue;
        }
        tx.put_sentiment(&SentimentRow {
            id: 0,
            timestamp: text.timestamp,
            symbol: symbol.to_owned(),
            source: source.to_owned(),
            score: now.score,
            momentum: Some(now.momentum),
            volatility: Some(now.volatility),
            bullish_ratio: Some(now.positive),
            bearish_ratio: Some(now.negative),
            neutral_ratio: Some(now.neutral),
            texts: i64::try_from(now.texts).unwrap_or(i64::MAX),
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use mem_model::sentiment::Lexicon;
    use mem_store::records::{RecordsOptions, TextFilter};

    use super::*;

    fn text(minute: i64, symbol: &str, text: &str) -> NewText {
        NewText {
            known_at: Timestamp::from_nanos(minute * 60_000_000_000),
            symbol: symbol.to_owned(),
            source: "news".to_owned(),
            key: key_of(&[text]),
            text: text.to_owned(),
            url: None,
            published_at: None,
        }
    }

    /// What nobody may ask.
    #[derive(Debug)]
    struct Unasked;

    impl Scorer for Unasked {
        fn name(&self) -> &str {
            "unasked"
        }

        fn score(&self, text: &str) -> Result<Reading, mem_model::sentiment::ReadError> {
            panic!("asked for {text}")
        }
    }

    #[test]
    fn moods_after_years_are_those_of_all_texts() {
        let folder = tempfile::tempdir().unwrap();
        let records = Records::open(folder.path().join("one.db"), RecordsOptions::default()).unwrap();
        let words = ["Bitcoin surges", "Bitcoin crashes after hack", "Exchange opens", "Markets rally"];
        let texts: Vec<NewText> = (0..400)
            .map(|day| NewText { key: day.to_string(), ..text(day * 1_440, "BTCUSDT", words[day as usize % 4]) })
            .collect();
        let lexicon = Lexicon::built_in();
        texts.chunks(7).for_each(|some| drop(take(&records, &lexicon, some).unwrap()));
        let mut figures = MoodFigures::default();
        let whole: Vec<_> =
            texts.iter().map(|text| figures.push(text.known_at, lexicon.read(&text.text)).unwrap()).collect();
        let kept = records.sentiment(1_000, "BTCUSDT").unwrap();
        assert_eq!(kept.len(), whole.len());
        for (kept, whole) in kept.iter().rev().zip(&whole) {
            assert!((kept.score - whole.score).abs() < 1e-15, "{kept:?} {whole:?}");
            assert!((kept.volatility.unwrap() - whole.volatility).abs() < 1e-12);
            assert_eq!(kept.texts, whole.texts as i64);
        }
    }

    #[test]
    fn each_text_is_taken_once_and_moods_do_not_depend_on_the_order() {
        let folder = tempfile::tempdir().unwrap();
        let open = |name: &str| Records::open(folder.path().join(name), RecordsOptions::default()).unwrap();
        let (one, other) = (open("one.db"), open("other.db"));
        let lexicon = Lexicon::built_in();
        let texts = [
            text(1, "BTCUSDT", "Bitcoin surges to a record high"),
            text(600, "BTCUSDT", "Bitcoin crashes after hack"),
            text(600, "BTCUSDT", "Exchange opens in the morning"),
            text(30, "*", "Markets rally on strong growth"),
            text(900, "ETHUSDT", "Ether gains"),
        ];
        let taken = take(&one, &lexicon, &texts).unwrap();
        assert_eq!((taken.added, taken.known), (5, 0));
        assert_eq!(take(&one, &lexicon, &texts).unwrap(), Taken { known: 5, ..Taken::default() });
        for text in texts.iter().rev() {
            take(&other, &lexicon, std::slice::from_ref(text)).unwrap();
        }
        let moods = |records: &Records| {
            let rows = records.sentiment(100, "BTCUSDT").unwrap();
            rows.into_iter().map(|row| SentimentRow { id: 0, ..row }).collect::<Vec<_>>()
        };
        assert_eq!(moods(&one).len(), 2, "one for each time");
        assert_eq!(moods(&one)[0].texts, 3);
        // Texts of one time are in the order in which they came: sums may differ in their last bits.
        for (a, b) in moods(&one).iter().zip(&moods(&other)) {
            assert!((a.score - b.score).abs() < 1e-12 && a.texts == b.texts && a.timestamp == b.timestamp);
        }
        // A text that is known is not read again.
        let unread = take(&one, &Unasked, &texts).unwrap();
        assert_eq!(unread, Taken { known: 5, ..Taken::default() });
        // The market's texts count for every symbol, in order; of its own series only those that name it.
        let scores = one.scores("BTCUSDT", "news").unwrap();
        assert_eq!(scores.len(), 4);
        assert!(scores.is_sorted_by_key(|(at, _)| *at) && scores[0].1 > 0.0 && scores[2].1 < 0.0);
        assert_eq!(one.scores("BTCUSDT", "coin").unwrap().len(), 3);
        assert_eq!(one.scores("BTCUSDT", "social").unwrap(), []);
        let page =
            one.texts(&TextFilter { symbol: Some("BTCUSDT".to_owned()), limit: 1, ..TextFilter::default() }).unwrap();
        assert_eq!((page.total, page.rows[0].tone.as_str()), (3, "neutral"));
    }
}

//! Which symbols a text is about: those of which it names a keyword.

use std::collections::BTreeMap;

use mem_types::Symbol;

/// The keywords of symbols: words or phrases, of which a text names one to be about the symbol.
///
/// Upper and lower case are the same, and so is whatever stands between words: `$BTC`, `BTC-USD` and `(btc)` all name `btc`, `abtc` does not.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Keywords {
    symbols: Vec<(Symbol, Vec<Vec<String>>)>,
}

impl Keywords {
    /// Keywords that hold no word are left out.
    pub fn new(of: &BTreeMap<Symbol, Vec<String>>) -> Self {
        let phrases = |all: &Vec<String>| all.iter().map(|one| words(one)).filter(|one| !one.is_empty()).collect();
        Self { symbols: of.iter().map(|(symbol, all)| (symbol.clone(), phrases(all))).collect() }
    }

    /// Whether no symbol has one.
    pub fn is_empty(&self) -> bool {
        self.symbols.iter().all(|(_, phrases)| phrases.is_empty())
    }

    /// The symbols that the text is about, in their order.
    pub fn about(&self, text: &str) -> Vec<Symbol> {
        let text = words(text);
        let names = |phrase: &Vec<String>| text.windows(phrase.len()).any(|window| window == phrase.as_slice());
        let named = self.symbols.iter().filter(|(_, phrases)| phrases.iter().any(names));
        named.map(|(symbol, _)| symbol.clone()).collect()
    }
}

fn words(text: &str) -> Vec<String> {
    let parts = text.split(|letter: char| !letter.is_alphanumeric()).filter(|part| !part.is_empty());
    parts.map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_and_phrases() {
        let symbol = |name: &str| name.parse::<Symbol>().unwrap();
        let keywords = Keywords::new(&BTreeMap::from([
            (symbol("BTCUSDT"), vec!["Bitcoin".to_owned(), "btc".to_owned()]),
            (symbol("BCHUSDT"), vec!["bitcoin cash".to_owned(), " - ".to_owned()]),
            (symbol("ETHUSDT"), vec!["ether".to_owned()]),
        ]));
        let about = |text: &str| keywords.about(text).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        assert_eq!(about("BITCOIN rallies"), "BTCUSDT");
        assert_eq!(about("Bitcoin-Cash forks"), "BCHUSDT BTCUSDT");
        assert_eq!(about("$BTC/$ETH, together with others"), "BTCUSDT");
        assert_eq!(about("Ether's supply"), "ETHUSDT");
        assert_eq!(about(""), "");
        assert!(!keywords.is_empty() && Keywords::default().is_empty());
    }
}

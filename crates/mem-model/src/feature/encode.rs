//! Words as numbers: a column a word, for what has no order (a symbol, a session).

use serde::{Deserialize, Serialize};

/// The words that training knew, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Categories {
    words: Vec<String>,
}

impl Categories {
    /// The distinct `words` of the rows of training.
    pub fn fit<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let mut words: Vec<String> = words.into_iter().map(str::to_owned).collect();
        words.sort_unstable();
        words.dedup();
        Self { words }
    }

    /// The words, in the order of the columns.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Appends to `row` a 1 in the column of `word` and 0 in the others; all 0 for a word that training did not know.
    pub fn one_hot(&self, word: &str, row: &mut Vec<f64>) {
        row.extend(self.words.iter().map(|known| f64::from(u8::from(known == word))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_a_word() {
        let symbols = Categories::fit(["ETH", "BTC", "ETH"]);
        assert_eq!(symbols.words(), ["BTC", "ETH"]);
        let mut row = vec![0.5];
        symbols.one_hot("ETH", &mut row);
        symbols.one_hot("SOL", &mut row);
        assert_eq!(row, [0.5, 0.0, 1.0, 0.0, 0.0]);
    }
}

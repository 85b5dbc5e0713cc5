//! Text as numbers of a vocabulary: BERT's basic tokens, then the longest known pieces of each (Devlin et al. 2018; Wu et al. 2016).

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization as _;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory as _};

/// Words longer than this, in characters, are unknown.
const WORD_MAX: usize = 100;

/// A vocabulary.
#[derive(Debug)]
pub struct WordPiece {
    numbers: HashMap<String, i32>,
    lower_case: bool,
    unknown: i32,
    start: i32,
    end: i32,
}

impl WordPiece {
    /// Reads a token a line (`vocab.txt`).
    ///
    /// # Errors
    /// The name of a token that every text has and the vocabulary lacks.
    pub fn new(vocabulary: &str, lower_case: bool) -> Result<Self, &'static str> {
        let lines = vocabulary.lines().map(|line| line.trim_end().to_owned());
        let numbers: HashMap<String, i32> = lines.zip(0..).collect();
        let number = |token: &'static str| numbers.get(token).copied().ok_or(token);
        let (unknown, start, end) = (number("[UNK]")?, number("[CLS]")?, number("[SEP]")?);
        Ok(Self { numbers, lower_case, unknown, start, end })
    }

    /// The numbers of at most `most` tokens (3 at least): the start, the text, the end.
    pub fn ids(&self, text: &str, most: usize) -> Vec<i32> {
        let mut ids = vec![self.start];
        for word in words(&self.plain(text)) {
            if ids.len() + 1 >= most {
                break;
            }
            self.pieces(&word, &mut ids);
        }
        ids.truncate(most.max(3) - 1);
        ids.push(self.end);
        ids
    }

    /// A text without control characters, with room around Chinese characters, and in lower case where that is all that is known.
    fn plain(&self, text: &str) -> String {
        let mut plain = String::with_capacity(text.len());
        for one in text.chars() {
            match one {
                _ if one.is_whitespace() => plain.push(' '),
                '\0' | '\u{fffd}' => {}
                _ if one.general_category_group() == GeneralCategoryGroup::Other => {}
                _ if is_chinese(one) => plain.extend([' ', one, ' ']),
                _ => plain.push(one),
            }
        }
        if !self.lower_case {
            return plain;
        }
        let bare = plain.nfd().filter(|one| one.general_category() != GeneralCategory::NonspacingMark);
        bare.flat_map(char::to_lowercase).collect()
    }

    /// The longest known pieces of a word from its start on; of one that has an unknown part, nothing is known.
    fn pieces(&self, word: &str, ids: &mut Vec<i32>) {
        let before = ids.len();
        let (mut rest, mut piece) = (word, String::new());
        while !rest.is_empty() && word.chars().count() <= WORD_MAX {
            let ends = rest.char_indices().map(|(at, one)| at + one.len_utf8()).rev();
            let known = ends.map(|end| &rest[..end]).find_map(|longest| {
                piece.clear();
                piece.push_str(if rest.len() < word.len() { "##" } else { "" });
                piece.push_str(longest);
                self.numbers.get(&piece).map(|number| (*number, longest.len()))
            });
            let Some((number, length)) = known else { break };
            ids.push(number);
            rest = &rest[length..];
        }
        if !rest.is_empty() {
            ids.truncate(before);
            ids.push(self.unknown);
        }
    }
}

/// What stands between spaces, punctuation marks each on their own.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for word in text.split_whitespace() {
        let mut from = 0;
        for (at, mark) in word.char_indices().filter(|(_, one)| is_punctuation(*one)) {
            words.extend((from < at).then(|| word[from..at].to_owned()));
            words.push(mark.to_string());
            from = at + mark.len_utf8();
        }
        words.extend((from < word.len()).then(|| word[from..].to_owned()));
    }
    words
}

/// All that ASCII has beside letters and digits counts, `$` and `+` too.
fn is_punctuation(one: char) -> bool {
    one.is_ascii_punctuation() || one.general_category_group() == GeneralCategoryGroup::Punctuation
}

fn is_chinese(one: char) -> bool {
    matches!(one,
        '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2a6df}'
        | '\u{2a700}'..='\u{2ceaf}' | '\u{2f800}'..='\u{2fa1f}')
}

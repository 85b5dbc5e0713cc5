//! Words of a text, as models of tone see them.

/// No more tokens of a text are read.
pub const MOST_TOKENS: usize = 400;

/// Letters of a word beyond these are dropped.
const LONGEST_WORD: usize = 32;

/// The tokens of a text: words in lower case, and marks for what only counts as a kind: `<symbol>` ($AAPL), `<user>` (@someone), `<up>` (+3.1%),
/// `<down>` (-3.1%), `<percent>` (3.1%), `<number>` (12,000), `!` and `?`. Addresses of pages are left out.
pub fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    for piece in text.split_whitespace() {
        if piece.contains("://") || piece.starts_with("www.") {
            continue;
        }
        pieces(piece, &mut tokens);
        if tokens.len() >= MOST_TOKENS {
            tokens.truncate(MOST_TOKENS);
            break;
        }
    }
    tokens
}

/// The tokens of what stands between two spaces.
fn pieces(piece: &str, tokens: &mut Vec<String>) {
    let mut rest = piece;
    let mut after_word = false;
    while let Some(first) = rest.chars().next() {
        let next = rest[first.len_utf8()..].chars().next();
        let letter_follows = next.is_some_and(char::is_alphabetic);
        let digit_follows = next.is_some_and(|next| next.is_ascii_digit() || next == '.');
        let length = if first.is_alphabetic() {
            let length = word_length(rest);
            tokens.push(word(&rest[..length]));
            length
        } else if matches!(first, '$' | '@') && letter_follows {
            tokens.push(if first == '$' { "<symbol>" } else { "<user>" }.to_owned());
            1 + length_of(&rest[1..], |letter| letter.is_alphanumeric() || matches!(letter, '.' | '_'))
        } else if first.is_ascii_digit() || (matches!(first, '+' | '-') && digit_follows && !after_word) {
            number(rest, tokens)
        } else {
            if matches!(first, '!' | '?') {
                tokens.push(first.to_string());
            }
            first.len_utf8()
        };
        after_word = first.is_alphanumeric();
        rest = &rest[length..];
    }
}

/// Takes a number off the front; how many bytes it has.
fn number(text: &str, tokens: &mut Vec<String>) -> usize {
    let sign = usize::from(text.starts_with(['+', '-']));
    let digits = length_of(&text[sign..], |letter| letter.is_ascii_digit() || matches!(letter, '.' | ','));
    let percent = text[sign + digits..].starts_with('%');
    let kind = match (&text[..sign], percent) {
        ("+", _) => "<up>",
        ("-", _) => "<down>",
        (_, true) => "<percent>",
        _ => "<number>",
    };
    tokens.push(kind.to_owned());
    sign + digits + usize::from(percent)
}

/// Bytes of the word at the front: letters, and apostrophes between letters.
fn word_length(text: &str) -> usize {
    let mut length = 0;
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let joins = matches!(letter, '\'' | '\u{2019}') && letters.peek().is_some_and(|(_, next)| next.is_alphabetic());
        if !letter.is_alphabetic() && !joins {
            break;
        }
        length = at + letter.len_utf8();
    }
    length
}

fn length_of(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|letter| !belongs(letter)).unwrap_or(text.len())
}

fn word(text: &str) -> String {
    let straight = text.chars().map(|letter| if letter == '\u{2019}' { '\'' } else { letter });
    straight.flat_map(char::to_lowercase).take(LONGEST_WORD).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_and_kinds() {
        let check = |text: &str, expected: &[&str]| assert_eq!(tokens(text), expected, "{text}");
        check("$AAPL beats, up +3.1% vs. 2.5%!", &["<symbol>", "beats", "up", "<up>", "vs", "<percent>", "!"]);
        check(
            "@user Didn\u{2019}t see https://t.co/x 12,000 Q3-2019",
            &["<user>", "didn't", "see", "<number>", "q", "<number>", "<number>"],
        );
        check("AT&T -0.5% year-end", &["at", "t", "<down>", "year", "end"]);
        check("$ 5 @ + - ''", &["<number>"]);
        check("", &[]);
    }

    proptest! {
        /// Any text has tokens, not too many, none empty, and none longer than a word may be.
        #[test]
        fn any_text_has_tokens(text in "\\PC{0,300}") {
            let tokens = tokens(&text);
            prop_assert!(tokens.len() <= MOST_TOKENS);
            prop_assert!(tokens.iter().all(|token| !token.is_empty() && token.chars().count() <= LONGEST_WORD));
        }
    }
}

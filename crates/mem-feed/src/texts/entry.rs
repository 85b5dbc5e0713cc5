//! An entry of a feed.

use mem_types::Timestamp;

/// Longest text of an entry, in characters: what is scored is a line or two.
const LONGEST: usize = 2_000;

/// An entry of a feed, its texts without markup.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// What tells it from others of its feed: the feed's own id, else its address, else its text.
    pub key: String,
    /// The headline; where there is none, the beginning of the text.
    pub text: String,
    /// Where the whole can be read.
    pub url: Option<String>,
    /// When it was published, by its own account.
    pub published: Option<Timestamp>,
}

/// What a feed says of an entry, before it is looked at.
#[derive(Debug, Clone, Default)]
pub(super) struct Said {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) summary: String,
    pub(super) url: String,
    pub(super) published: String,
    pub(super) updated: String,
}

impl Said {
    /// The entry; `None` where it holds no text.
    pub(super) fn entry(self) -> Option<Entry> {
        let title = plain(&self.title);
        let text = if title.is_empty() { plain(&self.summary) } else { title };
        if text.is_empty() {
            return None;
        }
        let filled = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let (id, url) = (filled(&self.id), filled(&self.url));
        let key = id.or_else(|| url.clone()).unwrap_or_else(|| text.clone());
        Some(Entry { key, text, url, published: time(&self.published).or_else(|| time(&self.updated)) })
    }
}

/// RFC 2822 as RSS has it, RFC 3339 as the others do.
fn time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(time) = text.parse() {
        return Some(time);
    }
    let time = jiff::fmt::rfc2822::parse(text).ok()?;
    i64::try_from(time.timestamp().as_nanosecond()).ok().map(Timestamp::from_nanos)
}

/// A text without tags and references to characters, blanks made one.
fn plain(text: &str) -> String {
    let mut bare = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        bare.push_str(before);
        // A `<` that begins no tag is one: "a < b".
        match after
            .split_once('>')
            .filter(|(tag, _)| tag.starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c)))
        {
            Some((_, after)) => {
                bare.push(' ');
                rest = after;
            }
            None => {
                bare.push('<');
                rest = after;
            }
        }
    }
    bare.push_str(rest);
    let bare = quick_xml::escape::unescape_with(&bare, reference).map_or_else(|_| bare.clone(), Into::into);
    let mut short = String::new();
    for word in bare.split_whitespace() {
        if !short.is_empty() {
            short.push(' ');
        }
        short.push_str(word);
    }
    if let Some((end, _)) = short.char_indices().nth(LONGEST) {
        short.truncate(end);
    }
    short
}

/// What references in HTML stand for, those that texts of feeds have.
pub(super) fn reference(name: &str) -> Option<&'static str> {
    Some(match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" | "ldquo" | "rdquo" => "\"",
        "apos" | "lsquo" | "rsquo" => "'",
        "nbsp" => " ",
        "ndash" | "mdash" => "-",
        "hellip" => "...",
        "euro" => "\u{20ac}",
        "pound" => "\u{a3}",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_lose_their_markup() {
        for (from, to) in [
            ("<p>Up <b>3&nbsp;%</b></p>", "Up 3 %"),
            ("AT&amp;T &#8217;s a < b > c", "AT&T \u{2019}s a < b > c"),
            ("100 &unknown; R&D", "100 &unknown; R&D"),
            ("<!-- note --> plain", "plain"),
            ("", ""),
        ] {
            assert_eq!(plain(from), to, "{from}");
        }
        assert_eq!(plain(&"\u{e4}".repeat(5_000)).chars().count(), LONGEST);
    }

    #[test]
    fn times_of_both_kinds() {
        for text in ["Wed, 31 Jan 2024 10:00:00 GMT", "Wed, 31 Jan 2024 11:00:00 +0100", "2024-01-31T10:00:00Z"] {
            assert_eq!(time(text).map(|at| at.to_string()).as_deref(), Some("2024-01-31T10:00:00Z"), "{text}");
        }
        assert_eq!(time("yesterday"), None);
    }
}

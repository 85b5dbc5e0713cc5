//! A document into entries, whatever kind of feed it is.

use super::entry::Entry;
use super::{json, xml};

/// Entries beyond these are left out; feeds begin with the newest.
pub(super) const MOST_ENTRIES: usize = 1_000;

/// Why a document is no feed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// Bytes that are no text.
    #[error("not UTF-8 (feeds in other encodings are not read)")]
    Encoding,
    /// XML that is not well-formed.
    #[error("not well-formed XML: {0}")]
    Xml(String),
    /// No JSON.
    #[error("not JSON: {0}")]
    Json(String),
    /// Something else, often a page that says something is wrong.
    #[error("no RSS, Atom or JSON feed but {0}")]
    Kind(String),
}

/// The entries of a feed in the order of the document: RSS, Atom or JSON Feed, told by its content.
///
/// # Errors
/// A document that is no feed. A feed without entries has none.
pub fn parse(document: &[u8]) -> Result<Vec<Entry>, DocumentError> {
    let text = std::str::from_utf8(document).map_err(|_| DocumentError::Encoding)?;
    let text = text.trim_start_matches('\u{feff}').trim_start();
    match text.chars().next() {
        Some('{') => json::parse(text),
        Some('<') => xml::parse(text),
        None => Err(DocumentError::Kind("an empty document".to_owned())),
        Some(_) => Err(DocumentError::Kind("plain text".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RSS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>News</title><link>https://n.example/</link>
<item><title>Bitcoin &amp; co. surge</title><link>https://n.example/1</link><guid isPermaLink="false">one</guid>
<pubDate>Wed, 31 Jan 2024 10:00:00 GMT</pubDate><description><![CDATA[<p>Long <b>text</b></p>]]></description></item>
<item><description>&lt;p&gt;No title, R&amp;amp;D&lt;/p&gt;</description><dc:date>2024-01-31T09:00:00Z</dc:date></item>
<item><title> </title></item>
</channel></rss>"#;

    const ATOM: &str = r#"<feed xmlns="http://www.w3.org/2005/Atom"><title>Feed</title><id>urn:feed</id>
<entry><title type="html">Ether &lt;i&gt;falls&lt;/i&gt;</title><link rel="self" href="https://a.example/self"/>
<link href="https://a.example/2?a=1&amp;b=2"/><id>urn:2</id><updated>2024-01-31T12:00:00Z</updated>
<published>2024-01-31T11:00:00+01:00</published><summary>S</summary><author><name>Me</name></author></entry></feed>"#;

    const JSON: &str = r#"{"version": "https://jsonfeed.org/version/1.1", "title": "F", "items": [
{"id": "9", "url": "https://j.example/9", "title": "Rates cut", "date_published": "2024-01-31T10:00:00Z"},
{"id": 10, "content_html": "<p>Rates <em>up</em></p>"}, {"id": "11"}]}"#;

    fn show(document: &str) -> Vec<String> {
        let line = |entry: Entry| {
            let at = entry.published.map_or_else(|| "-".to_owned(), |at| at.to_string());
            format!("{} | {} | {} | {at}", entry.key, entry.text, entry.url.unwrap_or_default())
        };
        parse(document.as_bytes()).unwrap().into_iter().map(line).collect()
    }

    #[test]
    fn three_kinds_of_feeds() {
        assert_eq!(
            show(RSS),
            [
                "one | Bitcoin & co. surge | https://n.example/1 | 2024-01-31T10:00:00Z",
                "No title, R&D | No title, R&D |  | 2024-01-31T09:00:00Z"
            ]
        );
        assert_eq!(show(ATOM), ["urn:2 | Ether falls | https://a.example/2?a=1&b=2 | 2024-01-31T10:00:00Z"]);
        assert_eq!(show(JSON), ["9 | Rates cut | https://j.example/9 | 2024-01-31T10:00:00Z", "10 | Rates up |  | -"]);
        assert_eq!(show("<rss><channel/></rss>"), Vec::<String>::new());
    }

    #[test]
    fn what_is_no_feed_is_named() {
        let wrong = |document: &[u8]| parse(document).unwrap_err().to_string();
        assert_eq!(wrong(b"<!DOCTYPE html><html><body>Down</body></html>"), "no RSS, Atom or JSON feed but <html>");
        assert_eq!(wrong(b"hello"), "no RSS, Atom or JSON feed but plain text");
        assert_eq!(wrong(b" "), "no RSS, Atom or JSON feed but an empty document");
        assert_eq!(wrong(b"{\"a\": 1}"), "no RSS, Atom or JSON feed but JSON without items");
        assert!(wrong(b"<rss><channel><item></channel>").starts_with("not well-formed XML"));
        assert!(wrong(b"{").starts_with("not JSON") && wrong(&[0xff]).starts_with("not UTF-8"));
    }

    #[test]
    fn references_to_oneself_do_not_grow() {
        let bomb = r#"<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><rss><channel><item><title>x &b;</title></item></channel></rss>"#;
        assert_eq!(show(bomb), ["x &b; | x &b; |  | -"]);
    }

    proptest! {
        /// A document cut anywhere, or with any bytes in it, is read or refused, and gives no more than it holds.
        #[test]
        fn any_document_is_read_or_refused(which in 0usize..3, cut in 0usize..900, junk in prop::collection::vec(any::<u8>(), 0..12)) {
            let document = [RSS, ATOM, JSON][which].as_bytes();
            let cut = cut.min(document.len());
            let mut changed = document[..cut].to_vec();
            changed.extend(&junk);
            for changed in [changed.clone(), [&changed[..], &document[cut..]].concat()] {
                for entry in parse(&changed).unwrap_or_default() {
                    prop_assert!(!entry.text.is_empty() && !entry.key.is_empty());
                    prop_assert!(entry.text.len() <= changed.len());
                }
            }
        }
    }
}

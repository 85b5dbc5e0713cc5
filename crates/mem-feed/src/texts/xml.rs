//! RSS and Atom.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::entry::{Entry, Said, reference};
use super::parse::{DocumentError, MOST_ENTRIES};

/// Elements may lie this deep in one another; feeds need five or six levels, markup within them a few more.
const DEEPEST: usize = 100;

/// The entries of an XML document.
pub(super) fn parse(text: &str) -> Result<Vec<Entry>, DocumentError> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut reading = Reading::default();
    loop {
        match reader.read_event().map_err(|error| DocumentError::Xml(error.to_string()))? {
            Event::Start(start) => reading.begin(&start)?,
            Event::End(_) => reading.end(),
            Event::Text(text) => reading.text(&text.xml10_content()),
            Event::CData(text) => reading.text(&text.xml10_content()),
            Event::GeneralRef(named) => match named.resolve_char_ref() {
                Ok(Some(character)) => reading.text(character.encode_utf8(&mut [0; 4])),
                _ => {
                    let name = named.xml10_content();
                    match reference(&name) {
                        Some(text) => reading.text(text),
                        // An entity of the document's own is not looked up: it stands as it is written.
                        None => reading.text(&format!("&{name};")),
                    }
                }
            },
            Event::Eof if reading.path.is_empty() => break,
            Event::Eof => return Err(DocumentError::Xml("it ends within an element".to_owned())),
            _ => {}
        }
        if reading.found.len() == MOST_ENTRIES {
            break;
        }
    }
    match reading.root {
        Some(root) if matches!(root.as_str(), "rss" | "RDF" | "feed") => Ok(reading.found),
        root => Err(DocumentError::Kind(
            root.map_or_else(|| "XML without an element".to_owned(), |root| format!("<{root}>")),
        )),
    }
}

/// A document in the middle.
#[derive(Default)]
struct Reading {
    root: Option<String>,
    /// The elements that are open, by their local names.
    path: Vec<String>,
    /// The entry that is open, and how deep it lies.
    entry: Option<(usize, Said)>,
    found: Vec<Entry>,
}

impl Reading {
    fn begin(&mut self, start: &BytesStart<'_>) -> Result<(), DocumentError> {
        if self.path.len() == DEEPEST {
            return Err(DocumentError::Xml(format!("elements more than {DEEPEST} deep")));
        }
        let name = start.local_name().as_ref().to_owned();
        self.root.get_or_insert_with(|| name.clone());
        if self.entry.is_none() && matches!(name.as_str(), "item" | "entry") {
            self.entry = Some((self.path.len(), Said::default()));
        }
        if name == "link"
            && let Some((depth, said)) = &mut self.entry
            && *depth + 1 == self.path.len()
        {
            // Atom's link; of several the one to the text itself.
            let of = |name: &str| {
                let value = start.try_get_attribute(name).ok().flatten()?;
                value.normalized_value(XmlVersion::Implicit1_0).ok().map(String::from)
            };
            let to_itself = of("rel").is_none_or(|rel| rel == "alternate");
            if let Some(to) = of("href").filter(|_| to_itself) {
                said.url = to;
            }
        }
        self.path.push(name);
        Ok(())
    }

    fn end(&mut self) {
        self.path.pop();
        if let Some((depth, said)) = self.entry.take() {
            if depth == self.path.len() {
                self.found.extend(said.entry());
            } else {
                self.entry = Some((depth, said));
            }
        }
    }

    fn text(&mut self, text: &str) {
        let Some((depth, said)) = &mut self.entry else { return };
        let Some(element) = self.path.get(*depth + 1) else { return };
        let into = match element.as_str() {
            "title" => &mut said.title,
            "guid" | "id" => &mut said.id,
            "link" => &mut said.url,
            "description" | "summary" | "content" | "encoded" => &mut said.summary,
            "pubDate" | "published" | "date" => &mut said.published,
            "updated" => &mut said.updated,
            _ => return,
        };
        into.push_str(text);
    }
}

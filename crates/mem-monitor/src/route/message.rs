//! What is sent.

use mem_types::Timestamp;
use serde::Serialize;

use crate::alert::{AlertEvent, Change, Severity};

/// So many of the events held back are told in words.
const LINES: usize = 5;

/// What is sent. As JSON, `type` is `alert`, `summary` or `test`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Message {
    /// Something happened to an alert.
    Alert(AlertEvent),
    /// So much happened that it is summed up.
    Summary(Summary),
    /// Nothing happened: somebody tries a route.
    Test {
        /// Which says so.
        text: String,
    },
}

/// Events that were held back by the rate of a route, or for which its queue had no room.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Summary {
    /// How many.
    pub count: u64,
    /// The worst of those that were kept; `None` where none was.
    pub severity: Option<Severity>,
    /// The first of the worst, one line each, at most five.
    pub lines: Vec<String>,
    #[serde(skip)]
    severities: Vec<Severity>,
}

impl Summary {
    /// One more that is held back.
    pub(super) fn add(&mut self, event: &AlertEvent) {
        self.count += 1;
        let severity = event.alert.severity;
        self.severity = self.severity.max(Some(severity));
        let place = self.severities.partition_point(|other| *other >= severity);
        if place < LINES {
            self.severities.insert(place, severity);
            self.lines.insert(place, event.line());
            self.severities.truncate(LINES);
            self.lines.truncate(LINES);
        }
    }

    /// So many more of which nothing is known.
    pub(super) fn add_lost(&mut self, count: u64) {
        self.count += count;
    }

    fn text(&self) -> String {
        let mut text = format!("and {} more", self.count);
        for line in &self.lines {
            text.push_str("\n- ");
            text.push_str(line);
        }
        let rest = self.count.saturating_sub(self.lines.len() as u64);
        if rest > 0 && !self.lines.is_empty() {
            text.push_str(&format!("\n- ... and {rest} others"));
        }
        text
    }
}

impl Message {
    /// A message that tries the route called `name`.
    pub fn test(name: &str) -> Self {
        Self::Test { text: format!("this is a test of MEM's route '{name}': it works") }
    }

    /// How bad the worst of it is.
    pub fn severity(&self) -> Severity {
        match self {
            Self::Alert(event) => event.alert.severity,
            Self::Summary(summary) => summary.severity.unwrap_or(Severity::Info),
            Self::Test { .. } => Severity::Info,
        }
    }

    /// In plain English.
    pub fn text(&self) -> String {
        match self {
            Self::Alert(event) => event.line(),
            Self::Summary(summary) => summary.text(),
            Self::Test { text } => text.clone(),
        }
    }

    /// A few words for a headline.
    pub fn title(&self) -> String {
        match self {
            Self::Alert(event) => {
                let (kind, subject) = (event.alert.kind, &event.alert.subject);
                let title = match event.change {
                    Change::Raised | Change::Escalated => {
                        format!("{} {kind} {subject}", event.alert.severity.name().to_uppercase())
                    }
                    Change::Recovered | Change::Acknowledged => {
                        format!("{} {kind} {subject}", event.change.name().to_uppercase())
                    }
                };
                title.trim_end().to_owned()
            }
            Self::Summary(summary) => format!("and {} more", summary.count),
            Self::Test { .. } => "test".to_owned(),
        }
    }

    /// Whether it tells that something is over.
    pub(super) fn is_good_news(&self) -> bool {
        matches!(self, Self::Alert(event) if event.change == Change::Recovered)
    }

    /// When it happened, where that is one moment.
    pub(super) fn at(&self) -> Option<Timestamp> {
        match self {
            Self::Alert(event) => Some(event.at),
            Self::Summary(_) | Self::Test { .. } => None,
        }
    }
}

/// The first `most` characters of `text`, with a mark where something is missing.
pub(super) fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(3)).chain("...".chars()).collect()
}

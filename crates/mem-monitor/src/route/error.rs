//! Why a message was not delivered. No variant holds an address, a token or what a receiver says in free text.

use std::time::Duration;

/// Why a message was not delivered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// Nobody answered.
    #[error("no answer: {0}")]
    Unreachable(String),
    /// The receiver refused.
    #[error("the receiver answered {status}")]
    Refused {
        /// HTTP status or SMTP code.
        status: u16,
        /// When to come again, where it says so.
        retry_after: Option<Duration>,
        /// Whether the same message may be taken later.
        retryable: bool,
    },
    /// It took longer than it may.
    #[error("no answer within {0:?}")]
    TooLate(Duration),
    /// The message cannot be put into the receiver's form: an address that is none.
    #[error("cannot be sent: {0}")]
    Unsendable(&'static str),
    /// No route has this name.
    #[error("no route is called '{0}'")]
    NoRoute(String),
}

impl RouteError {
    /// Whether the same message may be delivered later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::TooLate(_) => true,
            Self::Refused { retryable, .. } => *retryable,
            Self::Unsendable(_) | Self::NoRoute(_) => false,
        }
    }

    /// How long the receiver wants to be left alone.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused { retry_after, .. } => *retry_after,
            Self::Unreachable(_) | Self::TooLate(_) | Self::Unsendable(_) | Self::NoRoute(_) => None,
        }
    }
}

/// An error and its causes in one line.
pub(super) fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

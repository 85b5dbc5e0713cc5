//! Our own log.

use crate::alert::Severity;
use crate::route::Message;

pub(super) fn write(route: &str, message: &Message) {
    let text = message.text();
    match message.severity() {
        Severity::Info => tracing::info!(route, %text, "alert"),
        Severity::Yellow => tracing::warn!(route, %text, "alert"),
        Severity::Red => tracing::error!(route, %text, "alert"),
    }
}

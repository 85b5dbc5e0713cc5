//! The market of a drill: opens and closes stay as they are; what is traded, and how far candles reach beyond them, grows.

use mem_store::records::{AuditKind, LogLevel, NewAudit, NewLog, Records};
use mem_types::{Bar, Bars, Timestamp};
use serde_json::json;

/// Volumes grow by this factor.
const VOLUME: f64 = 6.0;
/// So do shadows of candles.
const REACH: f64 = 3.0;

/// The candles with those from `from` on changed.
pub(in crate::commands) fn changed(bars: &Bars, from: Timestamp) -> anyhow::Result<Bars> {
    Ok(Bars::from_bars(bars.view().iter().map(|bar| if bar.ts < from { bar } else { change(bar) }))?)
}

fn change(bar: Bar) -> Bar {
    // Eight decimals: what was on a venue's grid stays on it.
    let exact = |value: f64| (value * 1e8).round() / 1e8;
    let (top, bottom) = (bar.open.max(bar.close), bar.open.min(bar.close));
    Bar {
        high: exact(top + (bar.high - top) * REACH).max(bar.high),
        low: exact((bottom - (bottom - bar.low) * REACH).max(bottom / 2.0)).min(bar.low),
        volume: exact(bar.volume * VOLUME),
        ..bar
    }
}

/// Puts on record that this market is changed, and says it.
pub(in crate::commands) fn announce(records: &Records, from: Timestamp, now: Timestamp) -> anyhow::Result<String> {
    let message = format!(
        "A DRILL: from {from} on this market is changed: {VOLUME} times as much is traded, candles reach {REACH} times as far"
    );
    let log = NewLog {
        timestamp: Some(from),
        level: LogLevel::Warning,
        message: message.clone(),
        source: Some("drill".to_owned()),
    };
    records.add_log(&log)?;
    records.add_audit(&NewAudit {
        kind: AuditKind::Command,
        who: "command line".to_owned(),
        why: "a drill".to_owned(),
        detail: json!({ "drill": { "from": from, "volume": VOLUME, "reach": REACH } }),
        applied_at: Some(now),
        reverts: None,
    })?;
    Ok(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_before_is_left_alone_and_the_rest_reaches_further_on_the_same_grid() {
        let bar = |ts: i64| Bar {
            ts: Timestamp::from_nanos(ts),
            open: 46_000.1,
            high: 46_000.5,
            low: 45_999.9,
            close: 46_000.3,
            volume: 1.25,
        };
        let bars = changed(&Bars::from_bars([bar(0), bar(10)]).unwrap(), Timestamp::from_nanos(10)).unwrap();
        assert_eq!(bars.view().bar(0), bar(0));
        assert_eq!(bars.view().bar(1), Bar { high: 46_000.9, low: 45_999.5, volume: 7.5, ..bar(10) });
        // Nothing is traded for nothing, however far a shadow reaches.
        let deep = Bar { low: 10.0, ..bar(10) };
        assert_eq!(change(deep).low, 10.0);
        assert_eq!(change(Bar { low: 36_000.0, ..bar(10) }).low, 23_000.05);
    }
}

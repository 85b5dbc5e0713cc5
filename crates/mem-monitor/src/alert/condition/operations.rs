//! What runs the system: switches, disk, clock, orders, books.

use super::{Bad, Level, Measure, Reading, Side};
use crate::alert::observations::{DiskSeen, ModelSeen, Observations, UnknownOrder};
use crate::alert::{AlertConfig, AlertKind, Severity};

pub(super) fn read(
    seen: &Observations,
    config: &AlertConfig,
    active: impl Fn(AlertKind) -> Vec<String>,
    readings: &mut Vec<Reading>,
) {
    if let Some(switch) = &seen.kill_switch {
        let level = if switch.pulled {
            Bad::told(Severity::Red, format!("the kill switch is pulled{}", because(&switch.reason)))
        } else {
            Level::Clear
        };
        readings.push(Reading::new(AlertKind::KillSwitch, "", level));
    }
    if let Some(disk) = &seen.disk {
        readings.push(Reading::new(AlertKind::DiskLow, "", disk_level(disk, config)));
    }
    if let Some(offset) = seen.clock_offset_ms.filter(|offset| offset.is_finite()) {
        let (value, limit) = (offset.abs(), config.clock_offset_ms);
        let direction = if offset < 0.0 { "ahead of" } else { "behind" };
        let level = Measure { value, limit, bad: Side::Above }
            .level(config, || format!("our clock is {value:.0} ms {direction} the venue's (limit {limit} ms)"));
        readings.push(Reading::new(AlertKind::ClockSkew, "", level));
    }
    let mut list = |kind, bad: Option<Vec<Reading>>| {
        if let Some(bad) = bad {
            let gone = active(kind).into_iter().filter(|subject| bad.iter().all(|reading| reading.subject != *subject));
            let gone: Vec<_> = gone.map(|subject| Reading::new(kind, subject, Level::Clear)).collect();
            readings.extend(bad.into_iter().chain(gone));
        }
    };
    list(AlertKind::RiskHalt, seen.halts.as_ref().map(|halts| halts.iter().map(halt).collect()));
    let unknown = |order| unknown_order(order, config);
    list(AlertKind::OrderUnknown, seen.unknown_orders.as_ref().map(|orders| orders.iter().map(unknown).collect()));
    list(AlertKind::BooksDiffer, seen.book_differences.as_ref().map(|books| books.iter().map(difference).collect()));
    for kind in [AlertKind::ModelDrift, AlertKind::ModelDecay, AlertKind::ModelStage, AlertKind::ModelRolledBack] {
        let of_kind = |models: &Vec<ModelSeen>| models.iter().filter(|model| model.kind == kind).map(model).collect();
        list(kind, seen.models.as_ref().map(of_kind));
    }
}

fn halt(halt: &super::super::HaltSeen) -> Reading {
    let what = if halt.subject.is_empty() { "trading" } else { &halt.subject };
    let message = format!("risk has halted {what}{}", because(&halt.reason));
    Reading::new(AlertKind::RiskHalt, halt.subject.as_str(), Bad::told(Severity::Red, message))
}

fn unknown_order(order: &UnknownOrder, config: &AlertConfig) -> Reading {
    let (value, limit) = (order.unknown_s, config.order_unknown_red_s);
    let severity = if value > limit { Severity::Red } else { Severity::Yellow };
    let (id, symbol) = (&order.client_order_id, &order.symbol);
    let message =
        format!("nobody knows since {value:.0} s what became of order {id} in {symbol} (red after {limit} s)");
    let bad = Bad { severity, message, value: Some(value), limit: Some(limit) };
    Reading::new(AlertKind::OrderUnknown, id.as_str(), Level::Bad(bad))
}

fn model(seen: &ModelSeen) -> Reading {
    Reading::new(seen.kind, seen.subject.clone(), Bad::told(seen.severity, seen.message.clone()))
}

fn difference(difference: &super::super::BookDifference) -> Reading {
    let (subject, ledger, venue) = (&difference.subject, &difference.ledger, &difference.venue);
    let message = format!("{subject}: the ledger says {ledger}, the venue says {venue}");
    Reading::new(AlertKind::BooksDiffer, subject.as_str(), Bad::told(Severity::Red, message))
}

/// Too little by bytes or by percent; clear only where both are.
fn disk_level(disk: &DiskSeen, config: &AlertConfig) -> Level {
    let free = disk.free_bytes as f64;
    let bytes = Measure { value: free, limit: config.disk_free_bytes, bad: Side::Below };
    let by_bytes = bytes.level(config, || {
        format!("{:.2} GB of disk space are free (limit {:.2} GB)", free / 1e9, config.disk_free_bytes / 1e9)
    });
    if disk.total_bytes == 0 {
        return by_bytes;
    }
    let value = free / disk.total_bytes as f64 * 100.0;
    let percent = Measure { value, limit: config.disk_free_percent, bad: Side::Below };
    let by_percent = percent.level(config, || {
        format!("{value:.1} % of the disk ({:.2} GB) are free (limit {} %)", free / 1e9, config.disk_free_percent)
    });
    match (by_bytes, by_percent) {
        (Level::Bad(bytes), Level::Bad(percent)) => {
            Level::Bad(if percent.severity > bytes.severity { percent } else { bytes })
        }
        (bad @ Level::Bad(_), _) | (_, bad @ Level::Bad(_)) => bad,
        (Level::Clear, Level::Clear) => Level::Clear,
        _ => Level::Between,
    }
}

fn because(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(": {reason}") }
}

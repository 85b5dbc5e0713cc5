//! How trading goes.

use super::{Bad, Level, Measure, Reading, Side};
use crate::alert::observations::Performance;
use crate::alert::{AlertConfig, AlertKind, Severity};

pub(super) fn read(seen: &Performance, config: &AlertConfig, readings: &mut Vec<Reading>) {
    let mut tell = |kind, level| readings.push(Reading::new(kind, "", level));
    let enough = seen.trades >= config.min_trades;
    if enough {
        tell(AlertKind::LowWinRate, win_rate(seen, config));
        tell(AlertKind::LowProfitFactor, profit_factor(seen, config));
    }
    if let Some(value) = seen.drawdown_pct {
        let limit = config.drawdown;
        let level = Measure { value, limit, bad: Side::Above }
            .level(config, || format!("equity is {value:.1} % below its peak (limit {limit} %)"));
        tell(AlertKind::HighDrawdown, level);
    }
    tell(AlertKind::LosingStreak, streak(seen.losing_streak, config));
}

fn win_rate(seen: &Performance, config: &AlertConfig) -> Level {
    let Some(value) = seen.win_rate else { return Level::Clear };
    let (limit, trades) = (config.win_rate, seen.trades);
    Measure { value, limit, bad: Side::Below }
        .level(config, || format!("{value:.1} % of the last {trades} trades won (limit {limit} %)"))
}

fn profit_factor(seen: &Performance, config: &AlertConfig) -> Level {
    // Where nothing was lost there is no factor, and nothing to worry about.
    let Some(value) = seen.profit_factor else { return Level::Clear };
    let (limit, trades) = (config.profit_factor, seen.trades);
    Measure { value, limit, bad: Side::Below }
        .level(config, || format!("the last {trades} trades have a profit factor of {value:.2} (limit {limit})"))
}

/// A streak ends at once or not at all: there is no band.
fn streak(streak: u32, config: &AlertConfig) -> Level {
    let (value, limit) = (f64::from(streak), f64::from(config.losing_streak));
    if value < limit {
        return Level::Clear;
    }
    let severity = if value >= limit * config.escalation { Severity::Red } else { Severity::Yellow };
    let message = format!("{streak} losing trades in a row (limit {limit})");
    Level::Bad(Bad { severity, message, value: Some(value), limit: Some(limit) })
}

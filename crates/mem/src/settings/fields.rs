//! What can be set: each field with its meaning, range and unit, and what a change takes. The ranges are those that a start checks; a
//! test goes over them.

use mem_server::settings::view::{FieldKind, Takes};

/// Something that can be set.
#[derive(Debug, Clone, Copy)]
pub(super) struct FieldSpec {
    pub(super) path: &'static str,
    pub(super) doc: &'static str,
    pub(super) kind: FieldKind,
    pub(super) min: Option<f64>,
    pub(super) max: Option<f64>,
    pub(super) options: &'static [&'static str],
    pub(super) unit: Option<&'static str>,
}

/// The sections with what they are about.
pub(super) const SECTIONS: [(&str, &str, Takes); 3] = [
    (
        "risk",
        "What every order that opens or enlarges a position must keep to. Fractions are of the account's equity.",
        Takes::AtOnce,
    ),
    ("engine", "What is traded, with which strategy, on which bars.", Takes::NewSession),
    ("alerts", "From when on something is worth an alert.", Takes::AtOnce),
];

const MOST: f64 = 1e12;

const fn float(path: &'static str, min: f64, max: f64, unit: Option<&'static str>, doc: &'static str) -> FieldSpec {
    FieldSpec { path, doc, kind: FieldKind::Float, min: Some(min), max: Some(max), options: &[], unit }
}

const fn int(path: &'static str, min: f64, max: f64, unit: Option<&'static str>, doc: &'static str) -> FieldSpec {
    FieldSpec { path, doc, kind: FieldKind::Int, min: Some(min), max: Some(max), options: &[], unit }
}

const fn other(path: &'static str, kind: FieldKind, options: &'static [&'static str], doc: &'static str) -> FieldSpec {
    FieldSpec { path, doc, kind, min: None, max: None, options, unit: None }
}

const EQUITY: Option<&str> = Some("of equity");
const SECONDS: Option<&str> = Some("s");
const PERCENT: Option<&str> = Some("%");
const U32: f64 = 4_294_967_295.0;

/// Every field, in the order in which pages show them. Parameters of the strategy come after those of `engine`.
pub(super) const FIELDS: &[FieldSpec] = &[
    float("risk.max_risk_per_trade", 0.0, MOST, EQUITY, "Most that one trade may lose at its stop."),
    float("risk.max_position", 0.0, MOST, EQUITY, "Largest position in one symbol, as notional."),
    float(
        "risk.max_order_notional",
        0.0,
        MOST,
        Some("quote"),
        "Largest single order, in quote currency; 0 for no limit.",
    ),
    float("risk.max_exposure", 0.0, MOST, EQUITY, "Largest sum of all positions, longs and shorts added."),
    float(
        "risk.max_leverage",
        0.0,
        MOST,
        Some("times equity"),
        "Largest gross exposure that the account may ever reach. Above 1 more can be lost than a price falls.",
    ),
    float("risk.max_daily_loss", 0.0, MOST, EQUITY, "No entries any more on a UTC day that has lost so much."),
    float(
        "risk.max_drawdown",
        0.0,
        MOST,
        EQUITY,
        "No entries any more once equity has fallen so far from its peak, until an operator resumes.",
    ),
    int(
        "risk.losing_streak.after",
        0.0,
        U32,
        Some("trades"),
        "Smaller entries after so many losing trades in a row; 0 for never.",
    ),
    float("risk.losing_streak.factor", 0.0, 1.0, None, "Entries are this part of their size then, until a trade wins."),
    int("risk.max_orders_per_minute", 0.0, U32, Some("orders"), "Most orders in 60 seconds."),
    float(
        "risk.price_band",
        0.0,
        MOST,
        Some("of the price"),
        "Most that the price may have moved away from the one decided on.",
    ),
    float("risk.max_data_age_s", 0.0, MOST, SECONDS, "Oldest last price that may be traded on."),
    float("risk.correlation.threshold", 0.0, 1.0, None, "Correlation from which on two symbols count as one bet."),
    float(
        "risk.correlation.max_exposure",
        0.0,
        MOST,
        EQUITY,
        "Largest sum of positions that move together and lean the same way.",
    ),
    int("risk.correlation.bars", 0.0, 1_000.0, Some("bars"), "Over so many closed bars correlation is measured."),
    int(
        "risk.trading_hours.from_minute",
        0.0,
        1_439.0,
        Some("min"),
        "Entries are allowed from this minute of the UTC day on.",
    ),
    int(
        "risk.trading_hours.to_minute",
        1.0,
        1_440.0,
        Some("min"),
        "Entries are allowed up to this minute; below the first for hours across midnight.",
    ),
    other("engine.strategy", FieldKind::Choice, &[], "The strategy of every symbol that has none of its own."),
    other(
        "engine.bars",
        FieldKind::Text,
        &[],
        "On which bars: a timeframe such as 15m, or 100t (trades), 5v (base units), 250000$ (quote currency).",
    ),
    other(
        "engine.symbols",
        FieldKind::List,
        &[],
        "What is traded; empty for everything that the venue lists. What is held of a symbol that is taken off stays managed until it is closed.",
    ),
    other("engine.allow_short", FieldKind::Bool, &[], "Whether positions may be sold short."),
    other(
        "engine.on_opposite",
        FieldKind::Choice,
        &["recommended", "reverse", "close", "ignore"],
        "What an opposite signal does: what the strategy recommends, closing and opening the opposite, closing, nothing.",
    ),
    float("alerts.win_rate", 0.0, 100.0, PERCENT, "A win rate of the newest trades below this is too low."),
    float("alerts.profit_factor", 0.0, 100.0, None, "A profit factor of the newest trades below this is too low."),
    int(
        "alerts.min_trades",
        1.0,
        10_000.0,
        Some("trades"),
        "Win rate and profit factor are judged from so many trades on.",
    ),
    float("alerts.drawdown", 0.1, 100.0, PERCENT, "A drawdown above this is too high."),
    int("alerts.losing_streak", 2.0, 1_000.0, Some("trades"), "So many losing trades in a row are too many."),
    float("alerts.stale_after_s", 1.0, 86_400.0, SECONDS, "A feed that has brought nothing for longer is stale."),
    float("alerts.disk_free_bytes", 0.0, 1e15, Some("bytes"), "Free disk space below this is too little."),
    float("alerts.disk_free_percent", 0.0, 50.0, PERCENT, "Free disk space below this is too little."),
    float("alerts.clock_offset_ms", 1.0, 3_600_000.0, Some("ms"), "A clock further away than this is too far."),
    float("alerts.order_unknown_red_s", 0.0, 86_400.0, SECONDS, "An order unknown for longer than this is red."),
    float(
        "alerts.escalation",
        1.01,
        100.0,
        Some("times its limit"),
        "What is so many times worse than its limit is red.",
    ),
    float("alerts.recovery", 0.1, 1.0, Some("of its limit"), "What is measured recovers at this part of its limit."),
    float("alerts.cooldown_s", 0.0, 86_400.0, SECONDS, "An alert is not raised again within this time."),
    float("alerts.hold_s", 0.0, 86_400.0, SECONDS, "An alert recovers when its cause has been gone for so long."),
    int("alerts.history", 1.0, 100_000.0, Some("alerts"), "So many recovered alerts are remembered."),
    int("alerts.price_alerts", 0.0, 10_000.0, Some("alerts"), "So many price alerts there may be."),
];

/// The field at a path.
pub(super) fn find(path: &str) -> Option<&'static FieldSpec> {
    FIELDS.iter().find(|field| field.path == path)
}

/// What a change at a path takes.
pub(super) fn takes(path: &str) -> Takes {
    let section = path.split('.').next().unwrap_or_default();
    // Lanes are the engine's.
    SECTIONS.iter().find(|(name, ..)| *name == section).map_or(Takes::NewSession, |(_, _, takes)| *takes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn says(path: &str, value: &str) -> Result<Config, crate::config::ConfigError> {
        let (section, key) = path.split_once('.').unwrap();
        Config::from_toml(&format!("[{section}]\n{key} = {value}\n"))
    }

    /// The ranges that pages show are the ones that a start checks, and every field is one of the configuration.
    #[test]
    fn ranges_are_those_of_the_configuration() {
        for field in FIELDS {
            let (Some(min), Some(max)) = (field.min, field.max) else { continue };
            let spell = |value: f64| match field.kind {
                FieldKind::Int => format!("{value:.0}"),
                _ => format!("{value:?}"),
            };
            for inside in [min, max] {
                assert!(says(field.path, &spell(inside)).is_ok(), "{} = {inside}", field.path);
            }
            let step = if field.kind == FieldKind::Int { 1.0 } else { 1e-3 };
            for outside in [min - step, max + step.max(max * 1e-9)] {
                assert!(says(field.path, &spell(outside)).is_err(), "{} = {outside}", field.path);
            }
        }
    }

    #[test]
    fn every_field_is_there_once() {
        let all = serde_json::to_value(Config::default()).unwrap();
        for (index, field) in FIELDS.iter().enumerate() {
            let pointer = format!("/{}", field.path.replace('.', "/"));
            assert!(all.pointer(&pointer).is_some(), "{}", field.path);
            assert!(FIELDS[..index].iter().all(|earlier| earlier.path != field.path), "{}", field.path);
            assert!(field.doc.ends_with('.'), "{}", field.doc);
        }
    }
}

//! Tables for people, JSON for machines, progress for the patient.

use std::io::{IsTerminal, Write};

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

/// What is printed for a value that is undefined.
pub const UNDEFINED: &str = "—";

/// Prints a value as JSON on standard output.
///
/// # Errors
/// If standard output is gone.
pub fn json(value: &impl Serialize) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut stdout, value)?;
    writeln!(stdout)?;
    Ok(())
}

/// Prints a line on standard output.
///
/// # Errors
/// If standard output is gone.
pub fn line(text: impl std::fmt::Display) -> anyhow::Result<()> {
    writeln!(std::io::stdout().lock(), "{text}")?;
    Ok(())
}

/// Whether the columns of a table hold text (left) or figures (right).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Text
    Left,
    /// Figures
    Right,
}

/// Prints a table on standard output: header, then rows, as wide as the terminal allows.
///
/// # Errors
/// If standard output is gone.
pub fn table(columns: &[(&str, Align)], rows: impl IntoIterator<Item = Vec<String>>) -> anyhow::Result<()> {
    let mut table = Table::new();
    // Light: a rule under the header, space between columns.
    let rule = LineStyle::none().fill('─').junction('─');
    table.load_style(TableStyle::new().header_separator(rule));
    table.set_content_arrangement(if std::io::stdout().is_terminal() {
        ContentArrangement::Dynamic
    } else {
        ContentArrangement::Disabled
    });
    table.set_header(columns.iter().map(|(name, _)| *name));
    for row in rows {
        table.add_row(row);
    }
    for (column, (_, align)) in table.column_iter_mut().zip(columns) {
        column.set_cell_alignment(match align {
            Align::Left => CellAlignment::Left,
            Align::Right => CellAlignment::Right,
        });
    }
    line(table)
}

/// A progress bar over `total` steps; silent when quiet, when printing JSON or away from a terminal.
pub fn progress(total: u64, what: &'static str, silent: bool) -> ProgressBar {
    let bar = ProgressBar::new(total);
    if silent || !std::io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let style = ProgressStyle::with_template("{prefix:>10} [{bar:32}] {pos}/{len} {wide_msg} {eta}")
        .expect("the template above is valid")
        .progress_chars("=> ");
    bar.set_style(style);
    bar.set_prefix(what);
    bar
}

/// Something that turns while work of unknown length goes on; silent as [`progress`].
pub fn spinner(what: &'static str, silent: bool) -> ProgressBar {
    let bar = progress(1, "", silent);
    bar.set_style(ProgressStyle::with_template("{spinner} {msg}").expect("the template above is valid"));
    bar.set_message(what);
    bar.enable_steady_tick(std::time::Duration::from_millis(120));
    bar
}

/// A whole number with thousands separators.
pub fn count(number: impl TryInto<i128>) -> String {
    let number: i128 = number.try_into().unwrap_or(i128::MAX);
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0 { format!("-{text}") } else { text }
}

/// A size in bytes, in the unit that gives it three digits or so.
pub fn size(bytes: u64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"];
    let mut amount = bytes as f64;
    let mut unit = 0;
    while amount >= 1_000.0 && unit + 1 < units.len() {
        amount /= 1_000.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} B") } else { format!("{amount:.1} {}", units[unit]) }
}

/// A figure with so many decimals, or an em dash for an undefined one.
pub fn figure(value: Option<f64>, decimals: usize) -> String {
    match value {
        Some(value) if value.is_finite() => format!("{value:.decimals$}"),
        _ => UNDEFINED.to_owned(),
    }
}

/// A fraction as a signed percentage.
pub fn percent(fraction: Option<f64>) -> String {
    match fraction {
        Some(fraction) if fraction.is_finite() => format!("{:+.2} %", fraction * 100.0),
        _ => UNDEFINED.to_owned(),
    }
}

/// A fraction that has no direction as a percentage.
pub fn rate(fraction: Option<f64>) -> String {
    match fraction {
        Some(fraction) if fraction.is_finite() => format!("{:.1} %", fraction * 100.0),
        _ => UNDEFINED.to_owned(),
    }
}

/// An instant to the minute.
pub fn minute(time: mem_types::Timestamp) -> String {
    let text = time.to_string();
    format!("{} {}", &text[..10], &text[11..16])
}

/// A number with so many significant digits, no trailing zeros.
pub fn significant(value: f64, digits: i32) -> String {
    if !value.is_finite() {
        return UNDEFINED.to_owned();
    }
    let magnitude = if value == 0.0 { 0 } else { value.abs().log10().floor() as i32 };
    let decimals = usize::try_from((digits - 1 - magnitude).clamp(0, 12)).unwrap_or(0);
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A price with as many digits as it deserves: eight significant ones, no trailing zeros.
pub fn price(value: f64) -> String {
    significant(value, 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(count(-1_000), "-1,000");
        assert_eq!(count(7), "7");
        assert_eq!(price(61_837.63), "61837.63");
        assert_eq!(price(0.000_123_4), "0.0001234");
        assert_eq!(price(100.0), "100");
        assert_eq!(price(f64::NAN), UNDEFINED);
        assert_eq!(percent(Some(-0.012_34)), "-1.23 %");
        assert_eq!(figure(None, 2), UNDEFINED);
    }
}

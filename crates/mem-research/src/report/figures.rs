//! The metrics as a page names, explains and prints them.

use mem_types::Timeframe;
use serde_json::{Value, json};

use super::words::number;
use crate::metrics::Metrics;
use crate::run::{Run, Summary};

/// How a figure is printed; `assets/format.js` knows the same kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Percent,
    Ratio,
    Money,
    Count,
    Seconds,
}

/// One figure of one series.
#[derive(Debug, Clone, Copy)]
pub(super) struct Figure {
    key: &'static str,
    pub label: &'static str,
    kind: Kind,
    /// Whether its sign means gain or loss, so that it carries one, and a colour.
    signed: bool,
    pub help: &'static str,
    pub value: fn(&Summary) -> Option<f64>,
}

/// All figures, in the order in which a page lists them.
pub(super) const FIGURES: [Figure; 42] = [
    figure(
        "total_return",
        "Total return",
        Kind::Percent,
        true,
        "End over start of the account, less one, after costs.",
        |s| percent(s.metrics.total_return),
    ),
    figure("annual_return", "Annual return", Kind::Percent, true, "Compound annual growth rate.", |s| {
        percent(s.metrics.annual_return)
    }),
    figure(
        "buy_and_hold",
        "Buy and hold",
        Kind::Percent,
        true,
        "First open to last close of the symbol, without costs.",
        |s| Some(s.buy_and_hold_pct),
    ),
    figure(
        "volatility",
        "Volatility",
        Kind::Percent,
        false,
        "Standard deviation of bar returns, scaled to a year.",
        |s| percent(s.metrics.volatility),
    ),
    figure(
        "sharpe",
        "Sharpe",
        Kind::Ratio,
        false,
        "Mean over standard deviation of bar returns, scaled to a year; no risk-free rate.",
        |s| s.metrics.sharpe,
    ),
    figure("sortino", "Sortino", Kind::Ratio, false, "As Sharpe, over the downside deviation.", |s| s.metrics.sortino),
    figure("calmar", "Calmar", Kind::Ratio, false, "Annual return over the largest drawdown.", |s| s.metrics.calmar),
    figure(
        "max_drawdown",
        "Max drawdown",
        Kind::Percent,
        true,
        "Deepest fall from a peak of the account, open positions included.",
        |s| percent(s.metrics.max_drawdown),
    ),
    figure("max_drawdown_length", "Longest drawdown", Kind::Seconds, false, "Longest time below the last peak.", |s| {
        s.metrics.max_drawdown_days.map(|days| days * 86_400.0)
    }),
    figure("ulcer_index", "Ulcer index", Kind::Percent, false, "Root mean square of drawdowns.", |s| {
        percent(s.metrics.ulcer_index)
    }),
    figure(
        "recovery_factor",
        "Recovery factor",
        Kind::Ratio,
        false,
        "Sum of returns over the largest drawdown.",
        |s| s.metrics.recovery_factor,
    ),
    figure("omega", "Omega", Kind::Ratio, false, "Sum of positive over sum of negative bar returns.", |s| {
        s.metrics.omega
    }),
    figure("trades", "Trades", Kind::Count, false, "Closed positions.", |s| Some(s.metrics.total_trades as f64)),
    figure("win_rate", "Win rate", Kind::Percent, false, "Share of closed positions with a profit.", |s| {
        percent(s.metrics.win_rate)
    }),
    figure(
        "profit_factor",
        "Profit factor",
        Kind::Ratio,
        false,
        "Profit of winning over loss of losing trades.",
        |s| s.metrics.profit_factor,
    ),
    figure("expectancy", "Expectancy", Kind::Money, true, "Mean profit of a trade in quote currency.", |s| {
        s.metrics.expectancy
    }),
    figure("avg_trade", "Average trade", Kind::Percent, true, "Mean return of a trade on its entry's value.", |s| {
        percent(s.metrics.avg_trade)
    }),
    figure("avg_win", "Average win", Kind::Percent, true, "Mean return of winning trades.", |s| {
        percent(s.metrics.avg_win)
    }),
    figure("avg_loss", "Average loss", Kind::Percent, true, "Mean return of losing trades.", |s| {
        percent(s.metrics.avg_loss)
    }),
    figure("payoff_ratio", "Payoff ratio", Kind::Ratio, false, "Average win over average loss.", |s| {
        s.metrics.payoff_ratio
    }),
    figure("best_trade", "Best trade", Kind::Percent, true, "Largest return of a trade.", |s| {
        percent(s.metrics.best_trade)
    }),
    figure("worst_trade", "Worst trade", Kind::Percent, true, "Smallest return of a trade.", |s| {
        percent(s.metrics.worst_trade)
    }),
    figure("avg_mae", "Average MAE", Kind::Percent, false, "Mean of the largest losses while open.", |s| {
        percent(s.metrics.avg_mae)
    }),
    figure("avg_mfe", "Average MFE", Kind::Percent, false, "Mean of the largest gains while open.", |s| {
        percent(s.metrics.avg_mfe)
    }),
    figure("avg_bars_held", "Bars held", Kind::Ratio, false, "Mean number of closes that a trade was open at.", |s| {
        s.metrics.avg_bars_held
    }),
    figure("wins_in_a_row", "Wins in a row", Kind::Count, false, "Most winning trades in a row.", |s| {
        Some(s.metrics.max_consecutive_wins as f64)
    }),
    figure("losses_in_a_row", "Losses in a row", Kind::Count, false, "Most losing trades in a row.", |s| {
        Some(s.metrics.max_consecutive_losses as f64)
    }),
    figure("exposure", "Exposure", Kind::Percent, false, "Share of closes at which a position was open.", |s| {
        percent(s.metrics.exposure)
    }),
    figure("turnover", "Turnover a year", Kind::Ratio, false, "Traded value over mean equity, per year.", |s| {
        s.metrics.turnover
    }),
    figure("fees", "Fees paid", Kind::Money, false, "All fees in quote currency.", |s| Some(s.fees_paid)),
    figure(
        "carry",
        "Funding and interest",
        Kind::Money,
        false,
        "Funding and borrow cost paid; negative if received.",
        |s| Some(s.carry_paid),
    ),
    figure(
        "var_95",
        "VaR 95 %",
        Kind::Percent,
        true,
        "Return of a bar that one in twenty stays below, if returns are normal.",
        |s| percent(s.metrics.var_95),
    ),
    figure("cvar_95", "CVaR 95 %", Kind::Percent, true, "Mean return of those bars, if returns are normal.", |s| {
        percent(s.metrics.cvar_95)
    }),
    figure(
        "var_95_historical",
        "VaR 95 %, historical",
        Kind::Percent,
        true,
        "Return of a bar that one in twenty did stay below.",
        |s| percent(s.metrics.var_95_historical),
    ),
    figure("cvar_95_historical", "CVaR 95 %, historical", Kind::Percent, true, "Mean return of those bars.", |s| {
        percent(s.metrics.cvar_95_historical)
    }),
    figure("tail_ratio", "Tail ratio", Kind::Ratio, false, "95 % over 5 % quantile of bar returns, in size.", |s| {
        s.metrics.tail_ratio
    }),
    figure("skew", "Skew", Kind::Ratio, false, "Asymmetry of bar returns.", |s| s.metrics.skew),
    figure(
        "kurtosis",
        "Excess kurtosis",
        Kind::Ratio,
        false,
        "Weight of the tails of bar returns; 0 is normal.",
        |s| s.metrics.kurtosis,
    ),
    figure("best_bar", "Best bar", Kind::Percent, true, "Largest return of a bar.", |s| percent(s.metrics.best_bar)),
    figure("worst_bar", "Worst bar", Kind::Percent, true, "Smallest return of a bar.", |s| {
        percent(s.metrics.worst_bar)
    }),
    figure(
        "bar_win_rate",
        "Bars won",
        Kind::Percent,
        false,
        "Share of positive among the bar returns that are not zero.",
        |s| percent(s.metrics.bar_win_rate),
    ),
    figure("refused", "Entries refused", Kind::Count, false, "Entries wanted but not made.", |s| {
        Some(s.refused_entries as f64)
    }),
];

/// The figures shown large, each with one beneath it.
pub(super) const CARDS: &[(&str, Option<&str>)] = &[
    ("total_return", Some("buy_and_hold")),
    ("annual_return", Some("volatility")),
    ("sharpe", Some("sortino")),
    ("max_drawdown", Some("max_drawdown_length")),
    ("calmar", Some("recovery_factor")),
    ("win_rate", Some("payoff_ratio")),
    ("profit_factor", Some("expectancy")),
    ("trades", Some("avg_trade")),
    ("exposure", Some("turnover")),
    ("fees", Some("carry")),
];

/// The columns of the table of all symbols.
const TABLE: [&str; 11] = [
    "total_return",
    "buy_and_hold",
    "annual_return",
    "sharpe",
    "sortino",
    "max_drawdown",
    "trades",
    "win_rate",
    "profit_factor",
    "avg_trade",
    "exposure",
];

fn percent(fraction: Option<f64>) -> Option<f64> {
    fraction.map(|fraction| fraction * 100.0)
}

const fn figure(
    key: &'static str,
    label: &'static str,
    kind: Kind,
    signed: bool,
    help: &'static str,
    value: fn(&Summary) -> Option<f64>,
) -> Figure {
    Figure { key, label, kind, signed, help, value }
}

impl Figure {
    /// The CSS class that colours a value: gain, loss or nothing.
    pub(super) fn class(&self, value: Option<f64>) -> &'static str {
        match value {
            Some(value) if self.signed && value > 0.0 => "gain",
            Some(value) if self.signed && value < 0.0 => "loss",
            _ => "",
        }
    }

    /// The value as text; an em dash where it is undefined.
    pub(super) fn text(&self, value: Option<f64>) -> String {
        let Some(value) = value.filter(|value| value.is_finite()) else { return "\u{2014}".to_owned() };
        match self.kind {
            Kind::Percent if self.signed => format!("{} %", signed(value, 2)),
            Kind::Percent => format!("{} %", fixed(value, 2)),
            Kind::Money if self.signed => signed(value, 2),
            Kind::Ratio | Kind::Money => fixed(value, 2),
            Kind::Count => fixed(value, 0),
            Kind::Seconds => format!("{} d", fixed(value / 86_400.0, 1)),
        }
    }

    fn kind_name(&self) -> &'static str {
        match self.kind {
            Kind::Percent => "percent",
            Kind::Ratio => "ratio",
            Kind::Money => "money",
            Kind::Count => "count",
            Kind::Seconds => "seconds",
        }
    }
}

/// Names and kinds for the script.
pub(super) fn definitions() -> Vec<Value> {
    FIGURES
        .iter()
        .map(|figure| {
            json!({
                "key": figure.key,
                "label": figure.label,
                "kind": figure.kind_name(),
                "signed": figure.signed,
                "help": figure.help,
            })
        })
        .collect()
}

/// All figures of one series, in the order of [`definitions`].
pub(super) fn values(summary: &Summary) -> Vec<Option<f64>> {
    FIGURES.iter().map(|figure| (figure.value)(summary).filter(|value| value.is_finite())).collect()
}

/// The figures that the table of all symbols shows.
pub(super) fn table_columns() -> Vec<Figure> {
    TABLE.iter().filter_map(|key| FIGURES.iter().find(|figure| figure.key == *key)).copied().collect()
}

/// How many days with bars (or bars, where they last longer than a day) a year has, as the metrics count.
pub(super) fn days_per_year(metrics: &Metrics, timeframe: Timeframe) -> f64 {
    if timeframe > Timeframe::D1 { metrics.bars_per_year } else { metrics.days_per_year }
}

/// Cards over all series of a run: name, value, class, and a line beneath.
pub(super) fn total_cards(run: &Run) -> Vec<(&'static str, String, &'static str, String)> {
    let totals = run.totals();
    let percent = FIGURES[0];
    let card = |name, value: Option<f64>, beneath| (name, percent.text(value), percent.class(value), beneath);
    let named = |extreme: &Option<(mem_types::SeriesKey, f64)>| {
        extreme.as_ref().map_or(String::new(), |(key, _)| key.symbol.to_string())
    };
    let untested = totals.failed + totals.not_run;
    vec![
        card("Median return", totals.median_return_pct, format!("mean {}", percent.text(totals.mean_return_pct))),
        card("Best", totals.best.as_ref().map(|(_, value)| *value), named(&totals.best)),
        card("Worst", totals.worst.as_ref().map(|(_, value)| *value), named(&totals.worst)),
        ("Trades", number(totals.trades as f64), "", format!("over {} symbols", totals.tested)),
        (
            "Win rate",
            totals.win_rate_pct.map_or("\u{2014}".to_owned(), |rate| format!("{} %", fixed(rate, 1))),
            "",
            "every trade weighs the same".to_owned(),
        ),
        (
            "Beat buy and hold",
            format!("{} of {}", totals.beat_buy_and_hold, totals.tested),
            "",
            if untested == 0 { "all symbols tested".to_owned() } else { format!("{untested} symbols not tested") },
        ),
    ]
}

/// Exactly `decimals` decimals, digits in groups of three, a real minus sign; no sign before a rounded zero.
fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let (whole, rest) = text.split_once('.').map_or((text.as_str(), ""), |(whole, rest)| (whole, rest));
    let whole: f64 = whole.parse().unwrap_or(0.0);
    let grouped = number(whole);
    let body = if rest.is_empty() { grouped } else { format!("{grouped}.{rest}") };
    if value < 0.0 && body.bytes().any(|digit| matches!(digit, b'1'..=b'9')) { format!("\u{2212}{body}") } else { body }
}

/// As [`fixed`], with a plus sign before gains.
fn signed(value: f64, decimals: usize) -> String {
    let text = fixed(value, decimals);
    let gain = value > 0.0 && text.bytes().any(|digit| matches!(digit, b'1'..=b'9'));
    if gain { format!("+{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_like_the_scripts() {
        for (value, decimals, text) in
            [(1234.567, 2, "+1,234.57"), (-0.001, 2, "0.00"), (-12.0, 0, "\u{2212}12"), (0.5, 2, "+0.50")]
        {
            assert_eq!(signed(value, decimals), text);
        }
    }

    #[test]
    fn every_named_figure_exists() {
        let exists = |key: &str| FIGURES.iter().any(|figure| figure.key == key);
        assert!(CARDS.iter().all(|(key, beneath)| exists(key) && beneath.is_none_or(exists)));
        assert_eq!(table_columns().len(), TABLE.len());
    }
}

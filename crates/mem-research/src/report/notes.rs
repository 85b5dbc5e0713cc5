//! What a reader should bear in mind before believing a run.

use super::words::number;
use crate::config::{Fill, Slippage};
use crate::run::Run;

/// Fewer trades than this prove little: the usual lower bound for a mean to settle.
const FEW_TRADES: usize = 30;

/// Sentences about this very run, the weightiest first.
pub(super) fn notes(run: &Run) -> Vec<String> {
    let totals = run.totals();
    let mut notes = Vec::new();
    if run.is_simulated() {
        notes.push(
            "The market is simulated: prices were made up. Nothing here can be expected of a real market.".to_owned(),
        );
    }
    if let Some(model) = &run.config.model {
        notes.extend(model.words());
        notes.push(
            "The model speaks at every close as it would live. Two things are otherwise live: what memory says of a confidence, and that the weight of a vote is learned over all symbols of a session together; here each symbol learns its own."
                .to_owned(),
        );
    }
    notes.push(costs(run));
    notes.push(number_of_trades(totals.trades, totals.tested));
    if totals.tested > 0 {
        notes.push(benchmark(totals.beat_buy_and_hold, totals.tested));
    }
    notes.push(
        "In-sample: nothing in this run shows whether the parameters were chosen on these very candles. If they were, expect less on candles they have not seen; judge them by a period kept apart (--from, --to)."
            .to_owned(),
    );
    if totals.tested > 1 {
        notes.push(format!(
            "The best of {} symbols looks good by chance alone; the median is the fairer figure. Symbols that vanished from the market are not in the data unless they were imported.",
            totals.tested
        ));
    }
    let funded = run
        .tested()
        .filter(|(_, tested)| tested.summary.further_data.iter().any(|(name, _)| name == "funding"))
        .count();
    if funded > 0 {
        notes.push(format!("Recorded funding payments were charged on {funded} of {} symbols.", totals.tested));
    }
    if run.config.sim.fill == Fill::SameClose {
        notes.push(
            "Orders fill at the same close that decided them, which no real order can do: results are optimistic."
                .to_owned(),
        );
    }
    let refused: usize = run.tested().map(|(_, tested)| tested.summary.refused_entries).sum();
    if refused > 0 {
        notes.push(format!(
            "{} entries were wanted but not made (short not allowed, no money left, or too small).",
            number(refused as f64)
        ));
    }
    let open = run.tested().filter(|(_, tested)| tested.summary.open_position.is_some()).count();
    if open > 0 {
        notes.push(format!(
            "{open} {} still open at the end, counted in equity at the last close but in no trade figure.",
            if open == 1 { "position was" } else { "positions were" }
        ));
    }
    notes.push("The order of events within a bar is unknown; stops and targets follow the stated rule. Partial fills, outages, margin calls before the bar's end and taxes are not modelled.".to_owned());
    notes
}

fn costs(run: &Run) -> String {
    let sim = &run.config.sim;
    let free = sim.fees.maker == 0.0 && sim.fees.taker == 0.0;
    let slips = sim.slippage != Slippage::None;
    let fees: f64 = run.tested().map(|(_, tested)| tested.summary.fees_paid).sum();
    let carry: f64 = run.tested().map(|(_, tested)| tested.summary.carry_paid).sum();
    match (free, slips) {
        (true, false) => "Costs are OFF: no fees and no slippage. Nobody trades like this.".to_owned(),
        (true, true) => "Fees are OFF; slippage is on.".to_owned(),
        (false, slips) => format!(
            "Costs are on: {} paid in fees{}{}.",
            cents(fees),
            if carry == 0.0 { String::new() } else { format!(" and {} in funding and interest", cents(carry)) },
            if slips { "; slippage is inside the prices" } else { "; slippage is OFF" }
        ),
    }
}

fn cents(amount: f64) -> String {
    number((amount * 100.0).round() / 100.0)
}

fn number_of_trades(trades: usize, tested: usize) -> String {
    let count = number(trades as f64);
    if trades < FEW_TRADES * tested.max(1) {
        format!(
            "{count} closed trades over {tested} {}: too few to tell skill from luck (at least {FEW_TRADES} per symbol).",
            symbols(tested)
        )
    } else {
        format!(
            "{count} closed trades over {tested} {}; trades of one strategy resemble each other, so they prove less than their number suggests.",
            symbols(tested)
        )
    }
}

fn benchmark(beat: usize, tested: usize) -> String {
    match (beat, tested) {
        (0, 1) => "It did worse than buying and holding the symbol.".to_owned(),
        (1, 1) => "It did better than buying and holding the symbol over this span.".to_owned(),
        (beat, tested) => format!("It did better than buying and holding on {beat} of {tested} symbols."),
    }
}

fn symbols(count: usize) -> &'static str {
    if count == 1 { "symbol" } else { "symbols" }
}

//! Why each position was opened, in the strategy's own words.
//!
//! A run keeps no reasons: the strategy, built again from its name and parameters, gives the same ones when it is led
//! through the same bars. Only those of trades whose entry it repeats are taken.

use std::collections::HashMap;

use mem_types::{BarsRef, Intent, PositionSide, Timeframe};

use crate::config::Fill;
use crate::result::TradeRecord;
use crate::run::RunConfig;

/// Leading a strategy through more bars than this would take longer than a page is worth waiting for.
const MOST_BARS: usize = 500_000;

/// Reasons by trade. Many trades share a sentence, so each sentence is kept once.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Reasons {
    pub sentences: Vec<String>,
    /// For each trade the positions of its sentences; empty where none are known.
    pub of_trade: Vec<Vec<usize>>,
}

/// The reasons of as many trades as fit into `budget` bytes of sentences, the largest gains and losses first.
pub(super) fn reasons(
    config: &RunConfig,
    bars: BarsRef<'_>,
    timeframe: Timeframe,
    trades: &[TradeRecord],
    budget: usize,
) -> Reasons {
    let mut found = Reasons { sentences: Vec::new(), of_trade: vec![Vec::new(); trades.len()] };
    let mut heard = heard(config, bars, timeframe, trades);
    let mut by_size: Vec<usize> = (0..trades.len()).collect();
    by_size.sort_by(|a, b| trades[*b].pnl_pct.abs().total_cmp(&trades[*a].pnl_pct.abs()).then(a.cmp(b)));
    let mut positions: HashMap<String, usize> = HashMap::new();
    let mut left = budget;
    for trade in by_size {
        for sentence in heard[trade].drain(..) {
            let position = *positions.entry(sentence).or_insert_with_key(|sentence| {
                left = left.saturating_sub(sentence.len());
                found.sentences.push(sentence.clone());
                found.sentences.len() - 1
            });
            found.of_trade[trade].push(position);
        }
        if left == 0 {
            break;
        }
    }
    found
}

/// What the strategy says at the bars where it decided to open each trade.
fn heard(config: &RunConfig, bars: BarsRef<'_>, timeframe: Timeframe, trades: &[TradeRecord]) -> Vec<Vec<String>> {
    let mut heard = vec![Vec::new(); trades.len()];
    // A stream builds its longer bars itself: with recorded ones it might say something else. Beside a model the strategy has seen earlier
    // bars, too, and has not decided alone.
    if bars.len() > MOST_BARS || !config.higher.is_empty() || config.model.is_some() {
        return heard;
    }
    let Ok(strategy) = mem_strategy::build(&config.strategy, &config.params) else { return heard };
    let Ok(mut stream) = strategy.stream(timeframe) else { return heard };
    let delay = match config.sim.fill {
        Fill::NextOpen => 1,
        Fill::SameClose => 0,
    };
    // Trades do not overlap, so that their entries are in order.
    let mut waiting = trades.iter().enumerate().peekable();
    let mut decisions = Vec::new();
    for (index, bar) in bars.iter().enumerate() {
        let Some((_, next)) = waiting.peek() else { break };
        decisions.clear();
        stream.on_bar(&bar, &mut decisions);
        if next.entry_bar != index + delay {
            continue;
        }
        let intent = match next.side {
            PositionSide::Long => Intent::EnterLong,
            PositionSide::Short => Intent::EnterShort,
        };
        while let Some((trade, _)) = waiting.next_if(|(_, trade)| trade.entry_bar <= index + delay) {
            if let Some(signal) = stream.signal().filter(|signal| signal.intent == Some(intent)) {
                heard[trade] = signal.reasons;
            }
        }
    }
    heard
}

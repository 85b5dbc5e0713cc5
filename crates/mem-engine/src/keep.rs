//! Outputs of the loop into the records, each batch in one transaction together with the state that follows from it: after a kill the
//! records hold a whole number of batches, and the state that goes with them.

pub(crate) mod models;

use std::collections::BTreeMap;

use mem_memory::{Case, Outcome, Remembered};
use mem_store::records::{
    DecisionOutcome, DecisionRow, FillRow, LedgerRow, LogLevel, MemoryType, MemoryUpdate, NewLog, NewMemory, NewMetric,
    NewSignal, NewTrade, OrderRow, Records, RecordsError, RoundTripRow, SignalType, TradeAction, TradeUpdate, Tx,
};
use mem_trade::exact::float;
use mem_trade::order::{Order, Purpose};
use mem_types::{Bar, Intent, PositionSide, Side, Symbol, Timestamp};
use serde_json::json;

use crate::core::output::Level;
use crate::core::{Closed, Engine, Filled, Note, Output, SignalNote, State, features};
use crate::texts::put_moods;

/// The name under which the state is kept.
const STATE: &str = "books";
/// Bars before a trade that are stored with it.
const BARS_BEFORE: usize = 60;
/// The metric that the equity curve is.
pub(crate) const EQUITY: &str = "equity";

/// Why the records and the loop do not go together.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// The records failed.
    #[error(transparent)]
    Records(#[from] RecordsError),
    /// The state that was kept cannot be read.
    #[error("the engine's state in {file} cannot be read: {source}")]
    State {
        /// The file.
        file: String,
        /// What is wrong.
        source: serde_json::Error,
    },
}

/// Puts outputs on record.
#[derive(Debug)]
pub struct Keeper {
    records: Records,
    session: String,
    /// The trades that were stored for each symbol since it was flat: ids in the table of trades.
    trades: BTreeMap<String, Vec<i64>>,
    /// Up to which bar the bars around trades of each symbol are stored.
    bars_until: BTreeMap<Symbol, Timestamp>,
}

impl Keeper {
    /// Keeps what the session of that name says.
    pub fn new(records: Records, session: &str) -> Self {
        Self { records, session: session.to_owned(), trades: BTreeMap::new(), bars_until: BTreeMap::new() }
    }

    /// The records.
    pub fn records(&self) -> &Records {
        &self.records
    }

    /// The state that was kept last; `None` in records that no engine has used.
    ///
    /// # Errors
    /// If the records fail, or hold a state that cannot be read.
    pub fn load(records: &Records) -> Result<Option<State>, KeepError> {
        let Some(text) = records.get_engine_state(STATE)? else { return Ok(None) };
        let read = serde_json::from_str(&text);
        read.map(Some).map_err(|source| KeepError::State { file: records.path().display().to_string(), source })
    }

    /// Puts outputs and the engine's state after them on record, all or nothing.
    ///
    /// # Errors
    /// If the records fail; nothing has been kept then.
    pub fn commit(&mut self, outputs: &[Output], engine: &Engine) -> Result<(), KeepError> {
        let records = self.records.clone();
        let text = serde_json::to_string(engine.state())
            .map_err(|source| KeepError::State { file: records.path().display().to_string(), source })?;
        let before = (self.trades.clone(), self.bars_until.clone());
        let kept = records.transaction(|tx| {
            for output in outputs {
                self.keep(tx, output, engine)?;
            }
            tx.set_engine_state(STATE, &text)
        });
        if kept.is_err() {
            (self.trades, self.bars_until) = before;
        }
        Ok(kept?)
    }

    fn keep(&mut self, tx: &Tx<'_>, output: &Output, engine: &Engine) -> Result<(), RecordsError> {
        match output {
            Output::Signal(signal) => self.signal(tx, signal),
            Output::Order(order) => tx.put_order(&order_row(order)),
            Output::Filled(filled) => self.filled(tx, filled),
            Output::Booked { number, entry } => tx.add_ledger_entry(&LedgerRow {
                number: signed(*number),
                timestamp: entry.at(),
                kind: entry.kind().as_str().to_owned(),
                memo: entry.memo().to_owned(),
                postings: entry
                    .postings()
                    .iter()
                    .map(|posting| {
                        (posting.account.as_str().to_owned(), posting.asset.to_string(), posting.amount.to_string())
                    })
                    .collect(),
            }),
            Output::Closed(closed) => {
                self.bars_around(tx, closed, engine)?;
                self.closed(tx, closed)
            }
            Output::Pattern(note) => {
                let tags = vec![format!("pattern:{}", note.watched.id)];
                learned(tx, MemoryType::Pattern, note.at, &note.text, note.watched.pattern.win_rate(), tags)
            }
            Output::Insight(note) => learned(
                tx,
                MemoryType::Insight,
                note.at,
                &note.text,
                note.uplift.improvement,
                vec!["memory".to_owned()],
            ),
            Output::Predicted(note) => models::predicted(tx, note),
            Output::Resolved(note) => models::resolved(tx, note),
            Output::Model(note) => models::stepped(tx, note),
            Output::Standing(note) => models::standing(tx, note),
            Output::Drift(note) => models::drifted(tx, note),
            Output::Worth(note) => models::worth(tx, note),
            Output::KnownLater { id, at } => match tx.text_known_later(*id, *at)? {
                Some(text) => put_moods(tx, &text.symbol, &text.source, text.timestamp),
                None => Ok(()),
            },
            Output::Features(note) => models::features(tx, note),
            Output::Note(note) => log(tx, note),
        }
    }

    fn signal(&self, tx: &Tx<'_>, signal: &SignalNote) -> Result<(), RecordsError> {
        let enters = matches!(signal.intent, Intent::EnterLong | Intent::EnterShort);
        let refused = signal.findings.iter().find(|finding| finding.refused);
        let why = signal.reasons.join("; ");
        let mut detail = json!({
            "reasons": signal.reasons,
            "findings": signal.findings,
            "features": named(&signal.features),
            "stop": signal.stop,
            "target": signal.target,
            "orders": signal.orders,
            "memory": signal.memory,
        });
        if let Some(word) = &signal.model {
            detail["model"] = json!(word);
        }
        tx.add_signal(&NewSignal {
            timestamp: Some(signal.at),
            symbol: signal.symbol.to_string(),
            signal_type: if enters { SignalType::Entry } else { SignalType::Exit },
            confidence: signal.confidence / 100.0,
            trigger_reason: Some(why.clone()),
            metadata: Some(json!({
                "decision": signal.decision, "strategy": signal.strategy, "intent": signal.intent, "price": signal.price,
                "stop": signal.stop, "target": signal.target,
            })),
        })?;
        let what = match (signal.intent, refused, signal.qty) {
            (_, Some(finding), _) => format!("refused by {}: {}", finding.check, finding.why),
            (Intent::EnterLong, None, Some(qty)) => format!("bought {qty} at about {}", signal.price),
            (Intent::EnterShort, None, Some(qty)) => format!("sold {qty} short at about {}", signal.price),
            (Intent::ExitLong | Intent::ExitShort, _, _) => format!("closed at about {}", signal.price),
            (Intent::EnterLong | Intent::EnterShort, None, None) => "closed the opposite position".to_owned(),
        };
        let content = format!("{} {}: {what}. {why}", signal.symbol, words(signal.intent));
        let memory_id = tx.add_memory(&NewMemory {
            timestamp: Some(signal.at),
            memory_type: if refused.is_some() { MemoryType::Risk } else { MemoryType::Trade },
            content,
            relevance_score: signal.confidence / 100.0,
            tags: vec![signal.symbol.to_string(), signal.strategy.clone(), format!("decision:{}", signal.decision)],
            related_trades: Vec::new(),
        })?;
        tx.add_decision(&DecisionRow {
            decision: signed(signal.decision),
            session: self.session.clone(),
            timestamp: signal.at,
            symbol: signal.symbol.to_string(),
            strategy: signal.strategy.clone(),
            intent: intent(signal.intent).to_owned(),
            confidence: signal.confidence,
            price: signal.price,
            qty: signal.qty.map(|qty| qty.to_string()),
            memory_id: Some(memory_id),
            detail,
            closed_at: None,
            pnl: None,
            return_pct: None,
            exit: None,
        })
    }

    fn filled(&mut self, tx: &Tx<'_>, filled: &Filled) -> Result<(), RecordsError> {
        let fill = &filled.fill;
        tx.add_fill(&FillRow {
            fill_id: signed(fill.id.0),
            timestamp: fill.at,
            client_order_id: fill.client_order_id.to_string(),
            symbol: fill.symbol.to_string(),
            side: side(fill.side).to_owned(),
            price: fill.price.to_string(),
            qty: fill.qty.to_string(),
            fee: fill.fee.to_string(),
            fee_asset: fill.fee_asset.to_string(),
        })?;
        let purpose = filled.purpose.map_or("unknown", Purpose::as_str);
        let mut tags = vec![purpose.to_owned(), format!("order:{}", fill.client_order_id)];
        tags.extend(filled.decision.map(|decision| format!("decision:{decision}")));
        let id = tx.add_trade(&NewTrade {
            timestamp: Some(fill.at),
            symbol: fill.symbol.to_string(),
            action: if fill.side == Side::Buy { TradeAction::Buy } else { TradeAction::Sell },
            price: float(fill.price),
            quantity: float(fill.qty),
            pnl: 0.0,
            confidence: filled.confidence / 100.0,
            strategy: Some(filled.strategy.clone()),
            tags,
        })?;
        self.trades.entry(fill.symbol.to_string()).or_default().push(id);
        Ok(())
    }

    /// The bars that a trade went through, and those before it that its decision looked back on, as far as they are remembered.
    fn bars_around(&mut self, tx: &Tx<'_>, closed: &Closed, engine: &Engine) -> Result<(), RecordsError> {
        let Some((length, bars)) = engine.closed_bars(&closed.symbol) else { return Ok(()) };
        let bars: Vec<Bar> = bars.copied().collect();
        let entry = bars.partition_point(|bar| bar.ts < closed.trip.opened_at);
        let stored = self.bars_until.get(&closed.symbol);
        let wanted = bars.iter().skip(entry.saturating_sub(BARS_BEFORE));
        let new: Vec<Bar> = wanted.filter(|bar| stored.is_none_or(|until| bar.ts > *until)).copied().collect();
        if let Some(last) = new.last() {
            tx.add_trip_bars(closed.symbol.as_str(), &length.to_string(), &new)?;
            self.bars_until.insert(closed.symbol.clone(), last.ts);
        }
        Ok(())
    }

    /// The profit of a trade stands on the fill that ended it, and what came of the decision beside the decision.
    fn closed(&mut self, tx: &Tx<'_>, closed: &Closed) -> Result<(), RecordsError> {
        // What closed while nobody looked is heard of before the first price: nobody knows then what the rest is worth.
        if closed.equity.is_finite() {
            tx.add_metric(&equity_metric(closed.trip.closed_at, closed.equity))?;
        }
        let trades = self.trades.remove(closed.symbol.as_str()).unwrap_or_default();
        if let Some(last) = trades.last() {
            tx.update_trade(*last, &TradeUpdate { pnl: Some(float(closed.trip.pnl)), ..TradeUpdate::default() })?;
        }
        let exit = closed.purpose.map_or("unknown", Purpose::as_str);
        let opened_by = closed.decision.map(|decision| tx.get_decision(signed(decision))).transpose()?.flatten();
        tx.add_round_trip(&round_trip_row(closed, exit, opened_by.as_ref()))?;
        let Some(decision) = closed.decision else { return Ok(()) };
        let outcome = DecisionOutcome {
            closed_at: closed.trip.closed_at,
            pnl: closed.trip.pnl.to_string(),
            return_pct: closed.return_pct,
            exit: exit.to_owned(),
        };
        tx.close_decision(signed(decision), &outcome)?;
        let memory = opened_by.and_then(|row| row.memory_id);
        let Some(memory) = memory.map(|id| tx.get_memory(id)).transpose()?.flatten() else { return Ok(()) };
        let content = format!("{}. Outcome: {:+.2} % after costs, by {exit}.", memory.content, closed.return_pct);
        let update = MemoryUpdate { content: Some(content), related_trades: Some(trades), ..MemoryUpdate::default() };
        tx.update_memory(memory.id, &update)
    }
}

/// A trade that is over, as it is stored, with what the decision that opened it had in mind.
fn round_trip_row(closed: &Closed, exit: &str, opened_by: Option<&DecisionRow>) -> RoundTripRow {
    let level = |name: &str| opened_by.and_then(|row| row.detail.get(name)?.as_f64());
    let trip = &closed.trip;
    RoundTripRow {
        id: 0,
        decision: closed.decision.map(signed),
        symbol: closed.symbol.to_string(),
        strategy: closed.strategy.clone(),
        side: if trip.side == PositionSide::Long { "long" } else { "short" }.to_owned(),
        qty: trip.qty.to_string(),
        entry_ts: trip.opened_at,
        exit_ts: trip.closed_at,
        entry_price: float(trip.entry_price),
        exit_price: Some(float(trip.exit_price)),
        pnl: float(trip.pnl),
        return_pct: closed.return_pct,
        fees: float(trip.fees),
        confidence: closed.confidence / 100.0,
        exit_reason: exit.to_owned(),
        stop: level("stop"),
        target: level("target"),
        memory_id: opened_by.and_then(|row| row.memory_id),
    }
}

/// What the account was worth, as a row of the table of metrics: the equity curve on record.
pub(crate) fn equity_metric(at: Timestamp, equity: f64) -> NewMetric {
    NewMetric { timestamp: Some(at), ..NewMetric::new(EQUITY, equity) }
}

fn learned(
    tx: &Tx<'_>,
    memory_type: MemoryType,
    at: Timestamp,
    text: &str,
    relevance_score: f64,
    tags: Vec<String>,
) -> Result<(), RecordsError> {
    let memory = NewMemory {
        timestamp: Some(at),
        memory_type,
        content: text.to_owned(),
        relevance_score,
        tags,
        related_trades: Vec::new(),
    };
    tx.add_memory(&memory).map(drop)
}

/// What the records remember of past decisions: the newest whose outcome is known, and those whose trades are open.
///
/// # Errors
/// If the records fail.
pub fn remembered(records: &Records, state: &State, capacity: usize) -> Result<Vec<Remembered>, KeepError> {
    let mut found: Vec<Remembered> = records.closed_decisions(capacity)?.iter().filter_map(case_of).collect();
    for plan in state.plans.values().chain(state.coming.values()) {
        found.extend(records.get_decision(signed(plan.decision))?.as_ref().and_then(case_of));
    }
    Ok(found)
}

/// A stored decision as memory knows it; `None` for one that entered nothing or looked at other features.
pub fn case_of(row: &DecisionRow) -> Option<Remembered> {
    let side = match row.intent.as_str() {
        "enter_long" => PositionSide::Long,
        "enter_short" => PositionSide::Short,
        _ => return None,
    };
    let values = row.detail.get("features")?.as_object()?;
    let features: Option<Vec<f64>> =
        features::NAMES.iter().map(|name| Some(values.get(*name)?.as_f64().unwrap_or(f64::NAN))).collect();
    let case = Case {
        id: u64::try_from(row.decision).ok()?,
        at: row.timestamp,
        side,
        confidence: row.confidence,
        features: features?,
    };
    let outcome = row.closed_at.zip(row.return_pct);
    Some(Remembered { case, outcome: outcome.map(|(closed_at, return_pct)| Outcome { closed_at, return_pct }) })
}

fn log(tx: &Tx<'_>, note: &Note) -> Result<(), RecordsError> {
    let level = match note.level {
        Level::Info => LogLevel::Info,
        Level::Warning => LogLevel::Warning,
        Level::Error => LogLevel::Error,
    };
    let line = NewLog {
        timestamp: Some(note.at),
        level,
        message: note.text.clone(),
        source: Some(format!("engine.{}", note.source)),
    };
    tx.add_log(&line).map(drop)
}

/// An order as it is stored.
fn order_row(order: &Order) -> OrderRow {
    OrderRow {
        client_order_id: order.request.client_order_id.to_string(),
        timestamp: order.created_at,
        symbol: order.request.symbol.to_string(),
        side: side(order.request.side).to_owned(),
        purpose: order.purpose.as_str().to_owned(),
        stage: order.stage.as_str().to_owned(),
        decision: signed(order.decision),
        qty: order.request.qty.to_string(),
        filled_qty: order.filled_qty.to_string(),
        average_price: order.average_price().map(|price| price.to_string()),
        fees: order.fees.to_string(),
        venue_id: order.venue_id.map(|id| signed(id.0)),
        reason: order.reason.clone(),
        request: serde_json::to_string(&order.request).unwrap_or_default(),
        changed_at: order.updated_at,
    }
}

/// Features under their names; undefined ones are null.
fn named(values: &[f64]) -> serde_json::Map<String, serde_json::Value> {
    features::NAMES.iter().zip(values).map(|(name, value)| ((*name).to_owned(), json!(value))).collect()
}

/// Numbers count from 0 or 1: they stay below what SQLite's integers hold.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn side(side: Side) -> &'static str {
    match side {
        Side::Buy => "buy",
        Side::Sell => "sell",
    }
}

fn intent(intent: Intent) -> &'static str {
    match intent {
        Intent::EnterLong => "enter_long",
        Intent::EnterShort => "enter_short",
        Intent::ExitLong => "exit_long",
        Intent::ExitShort => "exit_short",
    }
}

fn words(intent: Intent) -> &'static str {
    match intent {
        Intent::EnterLong => "long",
        Intent::EnterShort => "short",
        Intent::ExitLong => "leave the long",
        Intent::ExitShort => "leave the short",
    }
}

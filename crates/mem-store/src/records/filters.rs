//! Filters of the engine's tables: decisions, orders, fills, alerts, the ledger.

use mem_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::books::{self, AlertRow, FillRow, OrderRow};
use super::decisions::{self, DecisionRow};
use super::error::RecordsError;
use super::operations::Tx;
use super::query::{Newest, Page};

/// Defines a filter: what rows must be, a span of time, a page.
macro_rules! filter {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $kind:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: Option<$kind>,)*
            /// Not earlier than this.
            pub from: Option<Timestamp>,
            /// Earlier than this.
            pub to: Option<Timestamp>,
            /// At most so many; 100 by default.
            pub limit: usize,
            /// After leaving out so many.
            pub offset: usize,
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: None,)* from: None, to: None, limit: 100, offset: 0 }
            }
        }
    };
}

filter! {
    /// Which decisions to read, the newest first.
    DecisionFilter {
        /// In this symbol.
        symbol: String,
        /// `enter_long`, `enter_short`, `exit_long` or `exit_short`.
        intent: String,
        /// Only those that risk refused, or only the others.
        refused: bool,
    }
}

filter! {
    /// Which orders to read, the newest first.
    OrderFilter {
        /// In this symbol.
        symbol: String,
        /// At this stage.
        stage: String,
        /// Of this purpose.
        purpose: String,
        /// That follow from this decision.
        decision: i64,
    }
}

filter! {
    /// Which fills to read, the newest booked first.
    FillFilter {
        /// In this symbol.
        symbol: String,
        /// Of the order of this name.
        order: String,
    }
}

filter! {
    /// Which alerts to read, the newest first.
    AlertFilter {
        /// `active`, `acknowledged` or `recovered`.
        state: String,
        /// `info`, `yellow` or `red`.
        severity: String,
        /// Of this kind.
        kind: String,
    }
}

filter! {
    /// Which entries of the ledger to read.
    LedgerFilter {
        /// For this: `deposit`, `fill` or `adjustment`.
        kind: String,
    }
}

pub(super) fn of_decisions(filter: &DecisionFilter) -> Newest<'_> {
    Newest::of("decisions", decisions::COLUMNS)
        .numbered_by("decision")
        .matching("symbol = ?", filter.symbol.as_deref())
        .matching("intent = ?", filter.intent.as_deref())
        .whole("refused = ?", filter.refused.map(i64::from))
        .between(filter.from, filter.to)
}

pub(super) fn decisions(tx: &Tx<'_>, filter: &DecisionFilter) -> Result<Page<DecisionRow>, RecordsError> {
    // Rows are wide: those that are wanted are found in the index.
    let narrow = filter.symbol.is_some() || filter.intent.is_some() || filter.refused.is_some();
    let query = of_decisions(filter).ids_first(narrow && filter.from.is_none() && filter.to.is_none());
    query.page(tx, filter.limit, filter.offset, decisions::read)
}

pub(super) fn of_orders(filter: &OrderFilter) -> Newest<'_> {
    Newest::of("orders", books::ORDER_COLUMNS)
        .matching("symbol = ?", filter.symbol.as_deref())
        .matching("stage = ?", filter.stage.as_deref())
        .matching("purpose = ?", filter.purpose.as_deref())
        .whole("decision = ?", filter.decision)
        .between(filter.from, filter.to)
}

pub(super) fn orders(tx: &Tx<'_>, filter: &OrderFilter) -> Result<Page<OrderRow>, RecordsError> {
    let newest = "timestamp DESC, client_order_id DESC".to_owned();
    of_orders(filter).ordered(newest).page(tx, filter.limit, filter.offset, books::read_order)
}

pub(super) fn order(tx: &Tx<'_>, client_order_id: &str) -> Result<Option<OrderRow>, RecordsError> {
    let query = Newest::of("orders", books::ORDER_COLUMNS).matching("client_order_id = ?", Some(client_order_id));
    let found = query.ordered("client_order_id".to_owned()).fetch(tx, 1, 0, books::read_order)?;
    Ok(found.into_iter().next())
}

/// The orders of a decision's trade, in the order in which they were planned: those that follow from the decision (but for the one
/// that closed the trade before), and those of other decisions that closed it, up to `until`.
pub(super) fn orders_of_trade(
    tx: &Tx<'_>,
    decision: i64,
    from: Timestamp,
    until: Timestamp,
    symbol: &str,
) -> Result<Vec<OrderRow>, RecordsError> {
    let own = Newest::of("orders", books::ORDER_COLUMNS)
        .whole("decision = ?", Some(decision))
        .only("purpose <> 'reversal'", true)
        .ordered("timestamp, client_order_id".to_owned())
        .fetch(tx, usize::MAX, 0, books::read_order)?;
    let closing = Newest::of("orders", books::ORDER_COLUMNS)
        .matching("symbol = ?", Some(symbol))
        .only("purpose IN ('exit', 'reversal', 'flatten')", true)
        .bound("timestamp >= ?", Some(from))
        .bound("timestamp < ?", Some(Timestamp::from_nanos(until.as_nanos().saturating_add(1))))
        .ordered("timestamp, client_order_id".to_owned())
        .fetch(tx, usize::MAX, 0, books::read_order)?;
    let mut found = own;
    found.extend(closing.into_iter().filter(|order| order.decision != decision));
    found.sort_by_key(|row| row.timestamp);
    Ok(found)
}

pub(super) fn of_fills(filter: &FillFilter) -> Newest<'_> {
    Newest::of("fills", books::FILL_COLUMNS)
        .matching("symbol = ?", filter.symbol.as_deref())
        .matching("client_order_id = ?", filter.order.as_deref())
        .between(filter.from, filter.to)
}

pub(super) fn fills(tx: &Tx<'_>, filter: &FillFilter) -> Result<Page<FillRow>, RecordsError> {
    of_fills(filter).page(tx, filter.limit, filter.offset, books::read_fill)
}

pub(super) fn of_alerts(filter: &AlertFilter) -> Newest<'_> {
    Newest::of("alerts", books::ALERT_COLUMNS)
        .matching("state = ?", filter.state.as_deref())
        .matching("severity = ?", filter.severity.as_deref())
        .matching("kind = ?", filter.kind.as_deref())
        .between(filter.from, filter.to)
}

pub(super) fn alerts(tx: &Tx<'_>, filter: &AlertFilter) -> Result<Page<AlertRow>, RecordsError> {
    of_alerts(filter).page(tx, filter.limit, filter.offset, books::read_alert)
}

pub(super) fn of_ledger(filter: &LedgerFilter) -> Newest<'_> {
    Newest::of("ledger_entries JOIN ledger_postings ON entry = number", "number")
        .matching("kind = ?", filter.kind.as_deref())
        .between(filter.from, filter.to)
}

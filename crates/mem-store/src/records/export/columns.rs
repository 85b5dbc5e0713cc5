//! The columns of each exported table, and what their values are.

use super::Export;
use crate::records::query::Newest;
use crate::records::{filters, logs, memories, metrics, round_trips, signals};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Int,
    Float,
    /// An exact amount: decimal text as it is stored.
    Amount,
    Text,
    Time,
}

/// A column: its name in files, which is its name in the table too.
#[derive(Debug, Clone, Copy)]
pub(super) struct ColumnOf {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
}

/// The columns of a table, and those that put its rows in order.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) keys: &'static str,
    pub(super) columns: &'static [ColumnOf],
}

impl Layout {
    /// The columns as a SELECT wants them.
    pub(super) fn sql(&self) -> String {
        // Some are words of SQL.
        self.columns.iter().map(|column| format!("\"{}\"", column.name)).collect::<Vec<_>>().join(", ")
    }
}

macro_rules! layout {
    ($keys:literal: $($name:ident $kind:ident),+ $(,)?) => {
        Layout { keys: $keys, columns: &[$(ColumnOf { name: stringify!($name), kind: Kind::$kind }),+] }
    };
}

impl Export {
    pub(super) fn layout(&self) -> Layout {
        match self {
            Self::Trades(_) => {
                layout!("id": id Int, decision Int, symbol Text, strategy Text, side Text, qty Amount, entry_ts Time,
                exit_ts Time, entry_price Float, exit_price Float, pnl Float, return_pct Float, fees Float, confidence Float,
                exit_reason Text, stop Float, target Float, memory_id Int)
            }
            Self::Fills(_) => {
                layout!("id": fill_id Int, timestamp Time, client_order_id Text, symbol Text, side Text, price Amount,
                qty Amount, fee Amount, fee_asset Text)
            }
            Self::Orders(_) => {
                layout!("timestamp, client_order_id": client_order_id Text, timestamp Time, symbol Text, side Text,
                purpose Text, stage Text, decision Int, qty Amount, filled_qty Amount, average_price Amount, fees Amount, venue_id Int,
                reason Text, request Text, changed_at Time)
            }
            Self::Signals(_) => layout!("id": id Int, timestamp Time, symbol Text, signal_type Text, confidence Float,
                trigger_reason Text, metadata Text),
            Self::Memories(_) => {
                layout!("id": id Int, timestamp Time, memory_type Text, content Text, relevance_score Float, tags Text,
                related_trades Text)
            }
            Self::Metrics(_) => {
                layout!("id": id Int, timestamp Time, metric_name Text, metric_value Float, period Text, metadata Text)
            }
            Self::Logs(_) => layout!("id": id Int, timestamp Time, level Text, message Text, source Text),
            Self::Decisions(_) => {
                layout!("decision": decision Int, session Text, timestamp Time, symbol Text, strategy Text,
                intent Text, confidence Float, price Float, qty Amount, memory_id Int, refused Int, closed_at Time, pnl Amount,
                return_pct Float, exit Text, detail Text)
            }
            Self::Alerts(_) => {
                layout!("id": id Int, timestamp Time, kind Text, subject Text, severity Text, state Text, message Text,
                detail Text)
            }
            Self::Ledger(_) => {
                layout!("number, ledger_postings.rowid": number Int, timestamp Time, kind Text, memo Text, account Text,
                asset Text, amount Amount)
            }
        }
    }

    pub(super) fn query(&self) -> Newest<'_> {
        match self {
            Self::Trades(filter) => round_trips::matching(filter),
            Self::Fills(filter) => filters::of_fills(filter),
            Self::Orders(filter) => filters::of_orders(filter),
            Self::Signals(filter) => signals::matching(filter),
            Self::Memories(filter) => memories::matching(filter),
            Self::Metrics(filter) => metrics::matching(filter),
            Self::Logs(filter) => logs::matching(filter),
            Self::Decisions(filter) => filters::of_decisions(filter),
            Self::Alerts(filter) => filters::of_alerts(filter),
            Self::Ledger(filter) => filters::of_ledger(filter),
        }
    }
}

//! From cells to bars, trades, quotes and funding payments, one row at a time.

use mem_types::{Aggressor, Bar, Funding, Quote, Timestamp, Trade};

use super::cell::Cell;
use super::field::Field;
use super::layout::Layout;
use super::time::{TimeReader, time_of_day};
use crate::catalog::{Kind, Tick, is_same_bar};

/// A row's cells by meaning.
pub(super) struct RowView<'a> {
    pub(super) cells: &'a [Cell<'a>],
    pub(super) layout: &'a Layout,
    pub(super) time: TimeReader,
    pub(super) local: Option<TimeReader>,
}

/// What a row of a file becomes.
pub(super) trait ImportRow: Clone {
    const KIND: Kind;

    /// # Errors
    /// The reason why the row cannot be used, for people.
    fn from_row(row: &RowView<'_>) -> Result<Self, String>;

    fn ts_ns(&self) -> i64;

    /// What no two rows of a series may share, if the row has it.
    fn key(&self) -> Option<i64>;

    fn is_same(&self, other: &Self) -> bool;
}

impl RowView<'_> {
    fn cell(&self, field: Field) -> Cell<'_> {
        self.layout.column(field).and_then(|at| self.cells.get(at)).copied().unwrap_or(Cell::Null)
    }

    fn time(&self) -> Result<Timestamp, String> {
        let cell = self.cell(Field::Time);
        let time = self.time.read(cell).ok_or_else(|| self.not_a_time(cell))?;
        if self.layout.column(Field::TimeOfDay).is_none() {
            return Ok(Timestamp::from_nanos(time));
        }
        let clock = self.cell(Field::TimeOfDay);
        let since_midnight =
            clock.text().and_then(time_of_day).ok_or_else(|| format!("'{clock}' is not a time of day"))?;
        let time = time.checked_add(since_midnight).ok_or_else(|| format!("'{cell}' is out of range"))?;
        Ok(Timestamp::from_nanos(time))
    }

    fn not_a_time(&self, cell: Cell<'_>) -> String {
        match self.time.describe() {
            Some(unit) if cell.whole().is_some() => format!("'{cell}' is not a time in {unit}, as the others are"),
            _ => format!("'{cell}' is not a time"),
        }
    }

    /// The recorder's time; a cell that says none is no fault.
    fn local_time(&self) -> Option<Timestamp> {
        self.local?.read(self.cell(Field::LocalTime)).map(Timestamp::from_nanos)
    }

    fn number(&self, field: Field) -> Result<Option<f64>, String> {
        let cell = self.cell(field);
        cell.number().map_err(|_| format!("{field} '{cell}' is not a number"))
    }

    fn required(&self, field: Field) -> Result<f64, String> {
        self.number(field)?.ok_or_else(|| format!("{field} is missing"))
    }

    fn positive(&self, field: Field) -> Result<f64, String> {
        let value = self.required(field)?;
        if value > 0.0 { Ok(value) } else { Err(format!("{field} is not positive")) }
    }

    /// A venue's number; where the cell says something else (a UUID), there is none.
    fn id(&self) -> Option<i64> {
        self.cell(Field::Id).whole()
    }

    fn aggressor(&self) -> Result<Aggressor, String> {
        if let Some(aggressor) = self.buyer_maker()? {
            return Ok(aggressor);
        }
        let cell = self.cell(Field::Side);
        if cell.is_absent() {
            return Ok(Aggressor::Unknown);
        }
        let text = cell.text().unwrap_or_default();
        let is = |word: &str| text.eq_ignore_ascii_case(word.as_bytes());
        if is("buy") || is("b") || is("buyer") {
            Ok(Aggressor::Buy)
        } else if is("sell") || is("s") || is("seller") {
            Ok(Aggressor::Sell)
        } else if is("unknown") || is("none") || is("n") {
            Ok(Aggressor::Unknown)
        } else {
            Err(format!("side '{cell}' is neither buy nor sell"))
        }
    }

    fn buyer_maker(&self) -> Result<Option<Aggressor>, String> {
        let cell = self.cell(Field::BuyerMaker);
        let flag = match cell {
            Cell::Bool(flag) => Some(flag),
            Cell::Text(text) if text.trim_ascii().eq_ignore_ascii_case(b"true") => Some(true),
            Cell::Text(text) if text.trim_ascii().eq_ignore_ascii_case(b"false") => Some(false),
            _ => match cell.whole() {
                Some(0) => Some(false),
                Some(1) => Some(true),
                _ if cell.is_absent() => None,
                _ => return Err(format!("buyer_maker '{cell}' is neither true nor false")),
            },
        };
        Ok(flag.map(|buyer_made| if buyer_made { Aggressor::Sell } else { Aggressor::Buy }))
    }

    /// A side of a quote: a price of zero, or none, is no quote on that side.
    fn side(&self, price: Field, qty: Field) -> Result<Option<(f64, Option<f64>)>, String> {
        let at = self.number(price)?.unwrap_or(0.0);
        if at < 0.0 {
            return Err(format!("{price} is negative"));
        }
        if at == 0.0 {
            return Ok(None);
        }
        let size = self.number(qty)?;
        if size.is_some_and(|size| size < 0.0) {
            return Err(format!("{qty} is negative"));
        }
        Ok(Some((at, size)))
    }
}

impl ImportRow for Bar {
    const KIND: Kind = Kind::Bars;

    fn from_row(row: &RowView<'_>) -> Result<Self, String> {
        let bar = Self {
            ts: row.time()?,
            open: row.required(Field::Open)?,
            high: row.required(Field::High)?,
            low: row.required(Field::Low)?,
            close: row.required(Field::Close)?,
            volume: row.number(Field::Volume)?.unwrap_or(f64::NAN),
        };
        bar.check().map_err(|fault| fault.to_string())?;
        Ok(bar)
    }

    fn ts_ns(&self) -> i64 {
        self.ts.as_nanos()
    }

    fn key(&self) -> Option<i64> {
        Some(self.ts.as_nanos())
    }

    fn is_same(&self, other: &Self) -> bool {
        is_same_bar(self, other)
    }
}

impl ImportRow for Trade {
    const KIND: Kind = Kind::Trades;

    fn from_row(row: &RowView<'_>) -> Result<Self, String> {
        Ok(Self {
            ts_venue: row.time()?,
            ts_local: row.local_time(),
            id: row.id(),
            price: row.positive(Field::Price)?,
            qty: row.positive(Field::Qty)?,
            aggressor: row.aggressor()?,
        })
    }

    fn ts_ns(&self) -> i64 {
        self.ts_venue.as_nanos()
    }

    fn key(&self) -> Option<i64> {
        self.id
    }

    fn is_same(&self, other: &Self) -> bool {
        self.content() == other.content()
    }
}

impl ImportRow for Quote {
    const KIND: Kind = Kind::Quotes;

    fn from_row(row: &RowView<'_>) -> Result<Self, String> {
        Ok(Self {
            ts_venue: row.time()?,
            ts_local: row.local_time(),
            id: row.id(),
            bid: row.side(Field::Bid, Field::BidQty)?,
            ask: row.side(Field::Ask, Field::AskQty)?,
        })
    }

    fn ts_ns(&self) -> i64 {
        self.ts_venue.as_nanos()
    }

    fn key(&self) -> Option<i64> {
        self.id
    }

    fn is_same(&self, other: &Self) -> bool {
        self.content() == other.content()
    }
}

impl ImportRow for Funding {
    const KIND: Kind = Kind::Funding;

    fn from_row(row: &RowView<'_>) -> Result<Self, String> {
        Ok(Self { ts: row.time()?, rate: row.required(Field::FundingRate)? })
    }

    fn ts_ns(&self) -> i64 {
        self.ts.as_nanos()
    }

    fn key(&self) -> Option<i64> {
        Some(self.ts.as_nanos())
    }

    fn is_same(&self, other: &Self) -> bool {
        self.rate == other.rate
    }
}

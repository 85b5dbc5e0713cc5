//! Trades, quotes and funding rates in the catalog: what the three have in common, and how each is stored.

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use mem_types::{Aggressor, Funding, Quote, Timestamp, Trade};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};

use super::{Catalog, CatalogError, Instrument, Kind, MergeReport, Series};
use crate::parquet_columns::{Chunk, ColumnsReader, Field, FieldKind, ROWS_PER_GROUP};

pub(super) const TRADE_FIELDS: &[Field] = &[
    Field::required("ts", FieldKind::Time),
    Field::optional("ts_local", FieldKind::Time),
    Field::optional("id", FieldKind::Int),
    Field::required("price", FieldKind::Float),
    Field::required("qty", FieldKind::Float),
    Field::optional("aggressor", FieldKind::Text),
];

pub(super) const QUOTE_FIELDS: &[Field] = &[
    Field::required("ts", FieldKind::Time),
    Field::optional("ts_local", FieldKind::Time),
    Field::optional("id", FieldKind::Int),
    Field::optional("bid", FieldKind::Float),
    Field::optional("bid_qty", FieldKind::Float),
    Field::optional("ask", FieldKind::Float),
    Field::optional("ask_qty", FieldKind::Float),
];

pub(super) const FUNDING_FIELDS: &[Field] =
    &[Field::required("ts", FieldKind::Time), Field::required("rate", FieldKind::Float)];

impl Catalog {
    /// The trades within `[from, to)`, in time order.
    ///
    /// # Errors
    /// If there is no such series, or one of its files is damaged.
    pub fn read_trades(
        &self,
        instrument: &Instrument,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> Result<Vec<Trade>, CatalogError> {
        self.read_ticks(instrument, from, to)
    }

    /// The quotes within `[from, to)`, in time order.
    ///
    /// # Errors
    /// If there is no such series, or one of its files is damaged.
    pub fn read_quotes(
        &self,
        instrument: &Instrument,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> Result<Vec<Quote>, CatalogError> {
        self.read_ticks(instrument, from, to)
    }

    /// The funding payments within `[from, to)`, in time order.
    ///
    /// # Errors
    /// If there is no such series, or its file is damaged.
    pub fn read_funding(
        &self,
        instrument: &Instrument,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> Result<Vec<Funding>, CatalogError> {
        self.read_ticks(instrument, from, to)
    }

    /// Merges trades, in time order, into a series: by id, or where there is none by their whole content.
    ///
    /// # Errors
    /// If the trades are not in time order, or a file cannot be read or written; days already written stay.
    pub fn merge_trades(&self, instrument: &Instrument, trades: &[Trade]) -> Result<MergeReport, CatalogError> {
        self.merge_ticks(instrument, trades, &mut |_| Ok(()))
    }

    /// Merges quotes, in time order, into a series: by id, or where there is none by their whole content.
    ///
    /// # Errors
    /// If the quotes are not in time order, or a file cannot be read or written; days already written stay.
    pub fn merge_quotes(&self, instrument: &Instrument, quotes: &[Quote]) -> Result<MergeReport, CatalogError> {
        self.merge_ticks(instrument, quotes, &mut |_| Ok(()))
    }

    /// Merges funding payments, in time order, into a series by time.
    ///
    /// # Errors
    /// If the payments are not in time order, or a file cannot be read or written.
    pub fn merge_funding(&self, instrument: &Instrument, payments: &[Funding]) -> Result<MergeReport, CatalogError> {
        self.merge_ticks(instrument, payments, &mut |_| Ok(()))
    }

    fn read_ticks<T: Tick>(
        &self,
        instrument: &Instrument,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> Result<Vec<T>, CatalogError> {
        let series = Series::ticks(T::KIND, instrument);
        let files = self.files(&series)?;
        if files.is_empty() {
            return Err(self.not_found(&series));
        }
        let mut rows = Vec::new();
        for path in files {
            read_file(&path, from, to, &mut rows)?;
        }
        Ok(rows)
    }

    /// `replaced` hears of the old rows that give way before anything is written.
    pub(crate) fn merge_ticks<T: Tick>(
        &self,
        instrument: &Instrument,
        rows: &[T],
        replaced: &mut dyn FnMut(&[T]) -> Result<(), CatalogError>,
    ) -> Result<MergeReport, CatalogError> {
        if let Some(index) = (1..rows.len()).find(|index| rows[*index].ts() < rows[*index - 1].ts()) {
            return Err(CatalogError::OutOfOrder { index, ts: rows[index].ts() });
        }
        let series = Series::ticks(T::KIND, instrument);
        let _turn = self.lock(&series)?;
        let mut total = MergeReport::default();
        for range in partitions(rows) {
            let part = &rows[range];
            let path = self.partition_path(&series, part[0].ts());
            let mut old = Vec::new();
            if path.is_file() {
                read_file(&path, None, None, &mut old)?;
            }
            let Merged { rows: merged, gone, report } = merge(old, part);
            if !gone.is_empty() {
                replaced(&gone)?;
            }
            if !report.is_empty() {
                self.write_partition(&path, super::fields(T::KIND), |writer| {
                    merged.chunks(ROWS_PER_GROUP).try_for_each(|group| writer.write_group(&T::chunks(group)))
                })?;
            }
            total.absorb(report);
        }
        Ok(total)
    }

    fn partition_path(&self, series: &Series, ts: Timestamp) -> PathBuf {
        let mut path = self.root.join(series.folder());
        if series.kind.is_daily() {
            let (year, month, day) = ts.ymd();
            path.push(format!("date={year:04}-{month:02}-{day:02}"));
        }
        path.join(series.file_name())
    }
}

/// One row of trades, quotes or funding.
pub(crate) trait Tick: Clone + Sized {
    const KIND: Kind;

    fn ts(&self) -> Timestamp;

    /// What tells this row from all others, where the source says.
    fn identity(&self) -> Option<i64>;

    /// The values as bits, but for the time of our own clock: two recordings of one event are the same event.
    fn content(&self) -> [u64; 7];

    fn chunks(rows: &[Self]) -> Vec<Chunk<'static>>;

    /// Appends a row group.
    fn read(reader: &ColumnsReader, group: usize, out: &mut Vec<Self>) -> Result<(), parquet::errors::ParquetError>;
}

fn read_file<T: Tick>(
    path: &Path,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    out: &mut Vec<T>,
) -> Result<(), CatalogError> {
    let damaged = || CatalogError::damaged(path);
    let reader = ColumnsReader::open(path, super::fields(T::KIND)).map_err(damaged())?;
    for (index, group) in reader.groups().map_err(damaged())?.iter().enumerate() {
        let before = from.is_some_and(|from| group.last_ns < from.as_nanos());
        let after = to.is_some_and(|to| group.first_ns >= to.as_nanos());
        if before || after {
            continue;
        }
        let start = out.len();
        T::read(&reader, index, out).map_err(damaged())?;
        let inside = |row: &T| from.is_none_or(|from| row.ts() >= from) && to.is_none_or(|to| row.ts() < to);
        if !out[start..].iter().all(inside) {
            let rows = out.split_off(start);
            out.extend(rows.into_iter().filter(inside));
        }
    }
    Ok(())
}

/// The stretches of rows that belong in one file: a day each for what is cut by day.
fn partitions<T: Tick>(rows: &[T]) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut start = 0;
    while start < rows.len() {
        let day = rows[start].ts().day();
        let length =
            if T::KIND.is_daily() { rows[start..].partition_point(|row| row.ts().day() <= day) } else { rows.len() };
        ranges.push(start..start + length);
        start += length;
    }
    ranges
}

struct Merged<T> {
    rows: Vec<T>,
    /// Old rows that had to give way.
    gone: Vec<T>,
    report: MergeReport,
}

/// Old rows first among those of one time, each side in its order.
fn merge<T: Tick>(old: Vec<T>, new: &[T]) -> Merged<T> {
    let mut report = MergeReport { before: old.len() as u64, ..MergeReport::default() };
    let mut by_identity: HashMap<i64, usize> = HashMap::new();
    let mut by_content: HashMap<[u64; 7], usize> = HashMap::new();
    for (index, row) in old.iter().enumerate() {
        match row.identity() {
            Some(identity) => {
                by_identity.insert(identity, index);
            }
            None => *by_content.entry(row.content()).or_default() += 1,
        }
    }
    let mut stays = vec![true; old.len()];
    let mut added = Vec::new();
    for row in new {
        let Some(identity) = row.identity() else {
            match by_content.get_mut(&row.content()) {
                Some(count) if *count > 0 => {
                    *count -= 1;
                    report.unchanged += 1;
                }
                _ => {
                    report.added += 1;
                    added.push(row.clone());
                }
            }
            continue;
        };
        match by_identity.get(&identity) {
            Some(index) if old[*index].content() == row.content() => report.unchanged += 1,
            Some(index) => {
                report.replaced += 1;
                stays[*index] = false;
                added.push(row.clone());
            }
            None => {
                report.added += 1;
                added.push(row.clone());
            }
        }
    }
    let mut gone = Vec::new();
    let mut rows = Vec::with_capacity(old.len() + added.len());
    for (row, stays) in old.into_iter().zip(stays) {
        if stays { rows.push(row) } else { gone.push(row) }
    }
    rows.append(&mut added);
    // Stable, and quick on what is two sorted runs.
    rows.sort_by_key(Tick::ts);
    report.after = rows.len() as u64;
    Merged { rows, gone, report }
}

fn nanos(ts: Option<Timestamp>) -> Option<i64> {
    ts.map(Timestamp::as_nanos)
}

fn option_bits(value: Option<f64>) -> u64 {
    value.unwrap_or(f64::NAN).to_bits()
}

/// A column of optional whole numbers.
fn some_ints(
    reader: &ColumnsReader,
    group: usize,
    field: usize,
) -> Result<Vec<Option<i64>>, parquet::errors::ParquetError> {
    let mut column = Vec::new();
    reader.read_or::<Int64Type, Option<i64>>(group, field, None, Some, &mut column)?;
    Ok(column)
}

fn some_floats(
    reader: &ColumnsReader,
    group: usize,
    field: usize,
) -> Result<Vec<Option<f64>>, parquet::errors::ParquetError> {
    let mut column = Vec::new();
    reader.read_or::<DoubleType, Option<f64>>(group, field, None, Some, &mut column)?;
    Ok(column)
}

fn times(reader: &ColumnsReader, group: usize) -> Result<Vec<i64>, parquet::errors::ParquetError> {
    let mut column = Vec::new();
    reader.read::<Int64Type>(group, 0, &mut column)?;
    Ok(column)
}

fn floats(reader: &ColumnsReader, group: usize, field: usize) -> Result<Vec<f64>, parquet::errors::ParquetError> {
    let mut column = Vec::new();
    reader.read::<DoubleType>(group, field, &mut column)?;
    Ok(column)
}

impl Tick for Trade {
    const KIND: Kind = Kind::Trades;

    fn ts(&self) -> Timestamp {
        self.ts_venue
    }

    fn identity(&self) -> Option<i64> {
        self.id
    }

    fn content(&self) -> [u64; 7] {
        let ts = self.ts_venue.as_nanos() as u64;
        [ts, self.price.to_bits(), self.qty.to_bits(), self.aggressor as u64, 0, 0, 0]
    }

    fn chunks(rows: &[Self]) -> Vec<Chunk<'static>> {
        vec![
            Chunk::Ints(rows.iter().map(|row| row.ts_venue.as_nanos()).collect()),
            Chunk::some_ints(rows.iter().map(|row| nanos(row.ts_local))),
            Chunk::some_ints(rows.iter().map(|row| row.id)),
            Chunk::Floats(rows.iter().map(|row| row.price).collect()),
            Chunk::Floats(rows.iter().map(|row| row.qty).collect()),
            Chunk::some_texts(rows.iter().map(|row| aggressor_name(row.aggressor))),
        ]
    }

    fn read(reader: &ColumnsReader, group: usize, out: &mut Vec<Self>) -> Result<(), parquet::errors::ParquetError> {
        let ts = times(reader, group)?;
        let ts_local = some_ints(reader, group, 1)?;
        let id = some_ints(reader, group, 2)?;
        let price = floats(reader, group, 3)?;
        let qty = floats(reader, group, 4)?;
        let mut aggressor = Vec::new();
        let named = |name: ByteArray| aggressor_named(name.data());
        reader.read_or::<ByteArrayType, Aggressor>(group, 5, Aggressor::Unknown, named, &mut aggressor)?;
        out.extend((0..ts.len()).map(|row| Self {
            ts_venue: Timestamp::from_nanos(ts[row]),
            ts_local: ts_local[row].map(Timestamp::from_nanos),
            id: id[row],
            price: price[row],
            qty: qty[row],
            aggressor: aggressor[row],
        }));
        Ok(())
    }
}

pub(crate) const fn aggressor_name(aggressor: Aggressor) -> Option<&'static str> {
    match aggressor {
        Aggressor::Buy => Some("buy"),
        Aggressor::Sell => Some("sell"),
        Aggressor::Unknown => None,
    }
}

fn aggressor_named(name: &[u8]) -> Aggressor {
    match name {
        b"buy" => Aggressor::Buy,
        b"sell" => Aggressor::Sell,
        _ => Aggressor::Unknown,
    }
}

impl Tick for Quote {
    const KIND: Kind = Kind::Quotes;

    fn ts(&self) -> Timestamp {
        self.ts_venue
    }

    fn identity(&self) -> Option<i64> {
        self.id
    }

    fn content(&self) -> [u64; 7] {
        let (bid, bid_qty) = split_side(self.bid);
        let (ask, ask_qty) = split_side(self.ask);
        let ts = self.ts_venue.as_nanos() as u64;
        [ts, option_bits(bid), option_bits(bid_qty), option_bits(ask), option_bits(ask_qty), 0, 0]
    }

    fn chunks(rows: &[Self]) -> Vec<Chunk<'static>> {
        vec![
            Chunk::Ints(rows.iter().map(|row| row.ts_venue.as_nanos()).collect()),
            Chunk::some_ints(rows.iter().map(|row| nanos(row.ts_local))),
            Chunk::some_ints(rows.iter().map(|row| row.id)),
            Chunk::some_floats(rows.iter().map(|row| split_side(row.bid).0)),
            Chunk::some_floats(rows.iter().map(|row| split_side(row.bid).1)),
            Chunk::some_floats(rows.iter().map(|row| split_side(row.ask).0)),
            Chunk::some_floats(rows.iter().map(|row| split_side(row.ask).1)),
        ]
    }

    fn read(reader: &ColumnsReader, group: usize, out: &mut Vec<Self>) -> Result<(), parquet::errors::ParquetError> {
        let ts = times(reader, group)?;
        let ts_local = some_ints(reader, group, 1)?;
        let id = some_ints(reader, group, 2)?;
        let bid = some_floats(reader, group, 3)?;
        let bid_qty = some_floats(reader, group, 4)?;
        let ask = some_floats(reader, group, 5)?;
        let ask_qty = some_floats(reader, group, 6)?;
        out.extend((0..ts.len()).map(|row| Self {
            ts_venue: Timestamp::from_nanos(ts[row]),
            ts_local: ts_local[row].map(Timestamp::from_nanos),
            id: id[row],
            bid: bid[row].map(|price| (price, bid_qty[row])),
            ask: ask[row].map(|price| (price, ask_qty[row])),
        }));
        Ok(())
    }
}

pub(crate) fn split_side(side: Option<(f64, Option<f64>)>) -> (Option<f64>, Option<f64>) {
    (side.map(|(price, _)| price), side.and_then(|(_, qty)| qty))
}

impl Tick for Funding {
    const KIND: Kind = Kind::Funding;

    fn ts(&self) -> Timestamp {
        self.ts
    }

    /// There is one payment at a time.
    fn identity(&self) -> Option<i64> {
        Some(self.ts.as_nanos())
    }

    fn content(&self) -> [u64; 7] {
        [self.ts.as_nanos() as u64, self.rate.to_bits(), 0, 0, 0, 0, 0]
    }

    fn chunks(rows: &[Self]) -> Vec<Chunk<'static>> {
        vec![
            Chunk::Ints(rows.iter().map(|row| row.ts.as_nanos()).collect()),
            Chunk::Floats(rows.iter().map(|row| row.rate).collect()),
        ]
    }

    fn read(reader: &ColumnsReader, group: usize, out: &mut Vec<Self>) -> Result<(), parquet::errors::ParquetError> {
        let ts = times(reader, group)?;
        let rate = floats(reader, group, 1)?;
        out.extend(ts.into_iter().zip(rate).map(|(ts, rate)| Self { ts: Timestamp::from_nanos(ts), rate }));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trade(ms: i64, id: Option<i64>, price: f64) -> Trade {
        Trade {
            ts_venue: Timestamp::from_millis(ms).unwrap(),
            ts_local: None,
            id,
            price,
            qty: 1.0,
            aggressor: Aggressor::Unknown,
        }
    }

    #[test]
    fn without_ids_equal_rows_are_counted() {
        let twice = [trade(1, None, 5.0), trade(1, None, 5.0), trade(2, None, 6.0)];
        let first = merge(vec![], &twice);
        assert_eq!(first.rows, twice);
        let again = merge(first.rows, &twice);
        assert_eq!(again.report, MergeReport { before: 3, after: 3, added: 0, unchanged: 3, replaced: 0 });
        let thrice = [trade(1, None, 5.0), trade(1, None, 5.0), trade(1, None, 5.0)];
        let more = merge(again.rows, &thrice);
        assert_eq!((more.report.added, more.report.unchanged, more.rows.len()), (1, 2, 4));
    }

    #[test]
    fn with_ids_the_incoming_row_wins() {
        let old = vec![trade(1, Some(1), 5.0), trade(1, Some(2), 5.0)];
        let merged = merge(old, &[trade(0, Some(3), 4.0), trade(1, Some(2), 5.5)]);
        assert_eq!(merged.gone, [trade(1, Some(2), 5.0)]);
        assert_eq!(merged.report, MergeReport { before: 2, after: 3, added: 1, unchanged: 0, replaced: 1 });
        let ids: Vec<Option<i64>> = merged.rows.iter().map(|row| row.id).collect();
        assert_eq!(ids, [Some(3), Some(1), Some(2)]);
    }

    #[test]
    fn a_second_recording_of_a_trade_is_the_same_trade() {
        let heard = Trade { ts_local: Timestamp::from_millis(7), ..trade(1, Some(1), 5.0) };
        let merged = merge(vec![trade(1, Some(1), 5.0)], &[heard]);
        assert_eq!(merged.report.unchanged, 1);
        assert_eq!(merged.rows[0].ts_local, None);
    }
}

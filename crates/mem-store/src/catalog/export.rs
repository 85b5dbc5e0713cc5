//! A series out of the catalog: as named columns, or into one file for others.

use std::path::Path;

use mem_types::{Quote, Timestamp};

use super::ticks::aggressor_name;
use super::{Catalog, CatalogError, Kind, Series};
use crate::table::{Column, TableFormat, write_table};

impl Catalog {
    /// The rows of a series within `[from, to)` as named columns, time first; what is unknown is `None`.
    ///
    /// Bars: `timestamp, open, high, low, close, volume`. Trades: `timestamp, ts_local, id, price, qty, aggressor`.
    /// Quotes: `timestamp, ts_local, id, bid, bid_qty, ask, ask_qty`. Funding: `timestamp, funding_rate`. An import
    /// reads them back as the same rows.
    ///
    /// # Errors
    /// If there is no such series, or one of its files is damaged.
    pub fn columns(
        &self,
        series: &Series,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> Result<Vec<(String, Column)>, CatalogError> {
        let instrument = series.instrument();
        let columns = match series.kind {
            Kind::Bars => {
                let key = series.key().ok_or_else(|| self.not_found(series))?;
                let bars = self.read_bars(&key, from, to)?;
                let view = bars.view();
                let floats = |column: &[f64]| Column::Float(column.iter().copied().map(Some).collect());
                let times = view.ts_ns.iter().map(|ns| Some(Timestamp::from_nanos(*ns)));
                vec![
                    ("timestamp", Column::Time(times.collect())),
                    ("open", floats(view.open)),
                    ("high", floats(view.high)),
                    ("low", floats(view.low)),
                    ("close", floats(view.close)),
                    ("volume", floats(view.volume)),
                ]
            }
            Kind::Trades => {
                let trades = self.read_trades(&instrument, from, to)?;
                vec![
                    ("timestamp", Column::Time(trades.iter().map(|trade| Some(trade.ts_venue)).collect())),
                    ("ts_local", Column::Time(trades.iter().map(|trade| trade.ts_local).collect())),
                    ("id", Column::Int(trades.iter().map(|trade| trade.id).collect())),
                    ("price", Column::Float(trades.iter().map(|trade| Some(trade.price)).collect())),
                    ("qty", Column::Float(trades.iter().map(|trade| Some(trade.qty)).collect())),
                    (
                        "aggressor",
                        Column::Text(
                            trades.iter().map(|trade| aggressor_name(trade.aggressor).map(str::to_owned)).collect(),
                        ),
                    ),
                ]
            }
            Kind::Quotes => {
                let quotes = self.read_quotes(&instrument, from, to)?;
                let floats = |read: fn(&Quote) -> Option<f64>| Column::Float(quotes.iter().map(read).collect());
                vec![
                    ("timestamp", Column::Time(quotes.iter().map(|quote| Some(quote.ts_venue)).collect())),
                    ("ts_local", Column::Time(quotes.iter().map(|quote| quote.ts_local).collect())),
                    ("id", Column::Int(quotes.iter().map(|quote| quote.id).collect())),
                    ("bid", floats(|quote| quote.bid.map(|(price, _)| price))),
                    ("bid_qty", floats(|quote| quote.bid.and_then(|(_, qty)| qty))),
                    ("ask", floats(|quote| quote.ask.map(|(price, _)| price))),
                    ("ask_qty", floats(|quote| quote.ask.and_then(|(_, qty)| qty))),
                ]
            }
            Kind::Funding => {
                let payments = self.read_funding(&instrument, from, to)?;
                vec![
                    ("timestamp", Column::Time(payments.iter().map(|payment| Some(payment.ts)).collect())),
                    ("funding_rate", Column::Float(payments.iter().map(|payment| Some(payment.rate)).collect())),
                ]
            }
        };
        Ok(columns.into_iter().map(|(name, column)| (name.to_owned(), column)).collect())
    }

    /// Writes the rows of a series within `[from, to)` to a file, see [`Catalog::columns`]. Returns how many.
    ///
    /// # Errors
    /// If there is no such series, one of its files is damaged, or `path` cannot be written.
    pub fn export(
        &self,
        series: &Series,
        path: &Path,
        format: TableFormat,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> Result<usize, CatalogError> {
        let columns = self.columns(series, from, to)?;
        write_table(path, format, &columns)?;
        Ok(columns.first().map_or(0, |(_, column)| column.len()))
    }
}

//! What a feed hands on, into the catalog.
//!
//! Items are gathered in memory and merged into the catalog batch by batch, each file replaced as a whole. What was not
//! written when the program is killed is asked for again by the next recording: it begins where the catalog ends. A batch
//! that cannot be written is given back, and tried again with the next one.

use std::collections::BTreeMap;

use mem_store::catalog::{Catalog, CatalogError, Instrument, Kind, Series};
use mem_types::{Bar, Bars, Quote, SeriesKey, Symbol, Timeframe, Trade, Venue};
use mem_venue::{Channel, Subscription};

use crate::feed::{FeedEvent, Item, Start};

/// Items not yet written.
#[derive(Debug, Default)]
pub struct Batch {
    trades: BTreeMap<Symbol, Vec<Trade>>,
    quotes: BTreeMap<Symbol, Vec<Quote>>,
    bars: BTreeMap<(Symbol, Timeframe), Vec<Bar>>,
    items: u64,
}

/// How many items were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Written {
    /// Trades.
    pub trades: u64,
    /// Quotes.
    pub quotes: u64,
    /// Closed candles.
    pub bars: u64,
}

impl std::ops::AddAssign for Written {
    fn add_assign(&mut self, other: Self) {
        self.trades += other.trades;
        self.quotes += other.quotes;
        self.bars += other.bars;
    }
}

impl Batch {
    /// Takes an item.
    pub fn take(&mut self, event: FeedEvent) {
        self.items += 1;
        let FeedEvent { symbol, item } = event;
        match item {
            Item::Trade(trade) => self.trades.entry(symbol).or_default().push(trade),
            Item::Quote(quote) => self.quotes.entry(symbol).or_default().push(quote),
            Item::Bar(timeframe, bar) => self.bars.entry((symbol, timeframe)).or_default().push(bar),
        }
    }

    /// Takes everything of a later batch.
    pub fn append(&mut self, later: Self) {
        self.items += later.items;
        for (symbol, mut rows) in later.trades {
            self.trades.entry(symbol).or_default().append(&mut rows);
        }
        for (symbol, mut rows) in later.quotes {
            self.quotes.entry(symbol).or_default().append(&mut rows);
        }
        for (key, mut rows) in later.bars {
            self.bars.entry(key).or_default().append(&mut rows);
        }
    }

    /// How many items it holds.
    pub fn len(&self) -> u64 {
        self.items
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.items == 0
    }

    /// Merges everything into the catalog under `venue`. What was written is no longer in the batch, also after an
    /// error: the rest can be tried again.
    ///
    /// # Errors
    /// If a file cannot be read or written.
    pub fn write(&mut self, catalog: &Catalog, venue: &Venue) -> Result<Written, CatalogError> {
        let mut written = Written::default();
        while let Some(entry) = self.trades.first_entry() {
            let instrument = Instrument { venue: venue.clone(), symbol: entry.key().clone() };
            // Numbers, not times, order a venue's trades; a catalog goes by time.
            let mut trades = entry.get().clone();
            trades.sort_by_key(|trade| (trade.ts_venue, trade.id));
            catalog.merge_trades(&instrument, &trades)?;
            written.trades += trades.len() as u64;
            entry.remove();
        }
        while let Some(entry) = self.quotes.first_entry() {
            let instrument = Instrument { venue: venue.clone(), symbol: entry.key().clone() };
            let mut quotes = entry.get().clone();
            quotes.sort_by_key(|quote| (quote.ts_venue, quote.id));
            catalog.merge_quotes(&instrument, &quotes)?;
            written.quotes += quotes.len() as u64;
            entry.remove();
        }
        while let Some(entry) = self.bars.first_entry() {
            let (symbol, timeframe) = entry.key().clone();
            let key = SeriesKey { venue: venue.clone(), symbol, timeframe };
            let bars = Bars::from_bars(entry.get().iter().copied())
                .map_err(|error| CatalogError::Unsound { path: catalog.root().to_owned(), what: error.to_string() })?;
            catalog.merge_bars(&key, &bars)?;
            written.bars += bars.len() as u64;
            entry.remove();
        }
        self.items = 0;
        Ok(written)
    }
}

/// Where a recording of `stream` goes on: after what the catalog holds already.
///
/// # Errors
/// If the catalog cannot be read.
pub fn resume(catalog: &Catalog, venue: &Venue, stream: &Subscription) -> Result<Start, CatalogError> {
    let instrument = Instrument { venue: venue.clone(), symbol: stream.symbol.clone() };
    let from = match stream.channel {
        Channel::Quotes => None,
        Channel::Trades => match last(catalog, &Series::ticks(Kind::Trades, &instrument))? {
            None => None,
            Some(last) => {
                let trades = catalog.read_trades(&instrument, Some(last), None)?;
                trades.iter().filter_map(|trade| trade.id).max().map(|id| id + 1)
            }
        },
        Channel::Bars(timeframe) => {
            let key = SeriesKey { venue: venue.clone(), symbol: stream.symbol.clone(), timeframe };
            last(catalog, &Series::bars(&key))?.map(|last| timeframe.close_of(last).as_nanos())
        }
    };
    Ok(Start { stream: stream.clone(), from })
}

fn last(catalog: &Catalog, series: &Series) -> Result<Option<mem_types::Timestamp>, CatalogError> {
    if !catalog.series()?.contains(series) {
        return Ok(None);
    }
    Ok(Some(catalog.info(series)?.last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mem_types::{Aggressor, Timestamp};

    #[test]
    fn a_recording_goes_on_where_the_last_one_ended() {
        let folder = tempfile::tempdir().unwrap();
        let catalog = Catalog::open(folder.path());
        let venue: Venue = "simulated".parse().unwrap();
        let symbol: Symbol = "BTCUSDT".parse().unwrap();
        let trades: Subscription = "trades:BTCUSDT".parse().unwrap();
        let hours: Subscription = "bars.1h:BTCUSDT".parse().unwrap();
        assert_eq!(resume(&catalog, &venue, &trades).unwrap().from, None);
        let hour = 3_600_000_000_000;
        let mut batch = Batch::default();
        for id in 0..5 {
            let trade = Trade {
                ts_venue: Timestamp::from_nanos(hour + id / 2),
                ts_local: None,
                id: Some(id),
                price: 1.0,
                qty: 1.0,
                aggressor: Aggressor::Buy,
            };
            batch.take(FeedEvent { symbol: symbol.clone(), item: Item::Trade(trade) });
        }
        let bar = Bar { ts: Timestamp::from_nanos(hour), open: 1.0, high: 1.0, low: 1.0, close: 1.0, volume: 5.0 };
        batch.take(FeedEvent { symbol, item: Item::Bar(Timeframe::H1, bar) });
        assert_eq!(batch.len(), 6);
        assert_eq!(batch.write(&catalog, &venue).unwrap(), Written { trades: 5, quotes: 0, bars: 1 });
        assert!(batch.is_empty());
        assert_eq!(resume(&catalog, &venue, &trades).unwrap().from, Some(5));
        assert_eq!(resume(&catalog, &venue, &hours).unwrap().from, Some(2 * hour));
    }
}

//! What a catalog holds, and in which folder.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use mem_types::{NameError, SeriesKey, Symbol, Timeframe, TimeframeUnit, Timestamp, Venue};

/// What kind of market data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Candles.
    Bars,
    /// Single trades.
    Trades,
    /// Best bid and ask.
    Quotes,
    /// Funding payments of perpetual futures.
    Funding,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Bars, Self::Trades, Self::Quotes, Self::Funding];

    /// The name: also that of its folder, and of its files before `.parquet`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bars => "bars",
            Self::Trades => "trades",
            Self::Quotes => "quotes",
            Self::Funding => "funding",
        }
    }

    /// Whether the catalog cuts it into one file a day.
    pub const fn is_daily(self) -> bool {
        matches!(self, Self::Trades | Self::Quotes)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Why a text is not a [`Kind`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no kind of market data: expected bars, trades, quotes or funding")]
pub struct KindError(pub String);

impl FromStr for Kind {
    type Err = KindError;

    fn from_str(text: &str) -> Result<Self, KindError> {
        match text.trim().to_ascii_lowercase().as_str() {
            "bars" | "bar" | "candles" | "candle" | "klines" | "ohlcv" => Ok(Self::Bars),
            "trades" | "trade" => Ok(Self::Trades),
            "quotes" | "quote" => Ok(Self::Quotes),
            "funding" => Ok(Self::Funding),
            _ => Err(KindError(text.to_owned())),
        }
    }
}

/// A symbol at a venue.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Instrument {
    /// Where it trades.
    pub venue: Venue,
    /// What it is.
    pub symbol: Symbol,
}

impl Instrument {
    /// The instrument of two names.
    ///
    /// # Errors
    /// If one cannot be a name.
    pub fn new(venue: &str, symbol: &str) -> Result<Self, NameError> {
        Ok(Self { venue: venue.parse()?, symbol: symbol.parse()? })
    }
}

impl fmt::Display for Instrument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.venue, self.symbol)
    }
}

/// One series in a catalog.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Series {
    /// What it holds.
    pub kind: Kind,
    /// Where it trades.
    pub venue: Venue,
    /// What it is.
    pub symbol: Symbol,
    /// How long its bars last; only bars have one.
    pub timeframe: Option<Timeframe>,
}

impl Series {
    /// The series of bars of that key.
    pub fn bars(key: &SeriesKey) -> Self {
        Self { kind: Kind::Bars, venue: key.venue.clone(), symbol: key.symbol.clone(), timeframe: Some(key.timeframe) }
    }

    /// A series of trades, quotes or funding rates.
    pub fn ticks(kind: Kind, instrument: &Instrument) -> Self {
        Self { kind, venue: instrument.venue.clone(), symbol: instrument.symbol.clone(), timeframe: None }
    }

    /// The key, if these are bars.
    pub fn key(&self) -> Option<SeriesKey> {
        let timeframe = self.timeframe?;
        Some(SeriesKey { venue: self.venue.clone(), symbol: self.symbol.clone(), timeframe })
    }

    /// The venue and the symbol.
    pub fn instrument(&self) -> Instrument {
        Instrument { venue: self.venue.clone(), symbol: self.symbol.clone() }
    }

    /// The folder below the catalog's root.
    pub(super) fn folder(&self) -> PathBuf {
        let mut folder =
            Path::new(self.kind.name()).join(format!("venue={}", self.venue)).join(format!("symbol={}", self.symbol));
        if let Some(timeframe) = self.timeframe {
            folder.push(format!("timeframe={}", folder_name(timeframe)));
        }
        folder
    }

    /// The file name of its partitions.
    pub(super) fn file_name(&self) -> String {
        format!("{}.parquet", self.kind)
    }
}

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/", self.venue, self.symbol)?;
        match self.timeframe {
            Some(timeframe) => write!(f, "{timeframe}"),
            None => write!(f, "{}", self.kind),
        }
    }
}

/// `1M` and `1m` are one folder where file names ignore case, so a month is written `1mo`.
fn folder_name(timeframe: Timeframe) -> String {
    match timeframe.unit() {
        TimeframeUnit::Month => format!("{}mo", timeframe.count()),
        _ => timeframe.to_string(),
    }
}

/// A series, and what can be said of it without reading its values.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct SeriesInfo {
    /// Which one.
    #[serde(flatten)]
    pub series: Series,
    /// How many rows.
    pub rows: u64,
    /// Time of the first row; of bars, when it opened.
    pub first: Timestamp,
    /// Time of the last row; of bars, when it opened.
    pub last: Timestamp,
    /// Size on the disk.
    pub bytes: u64,
    /// In how many files.
    pub files: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_hive_partitions() {
        let key = |timeframe: &str| SeriesKey {
            venue: "binance_um".parse().unwrap(),
            symbol: "btcusdt".parse().unwrap(),
            timeframe: timeframe.parse().unwrap(),
        };
        let folder = |timeframe| Series::bars(&key(timeframe)).folder().display().to_string();
        assert_eq!(folder("60m"), "bars/venue=binance_um/symbol=BTCUSDT/timeframe=1h");
        assert_eq!(folder("1M"), "bars/venue=binance_um/symbol=BTCUSDT/timeframe=1mo");
        assert_eq!(folder("1m"), "bars/venue=binance_um/symbol=BTCUSDT/timeframe=1m");
        let quotes = Series::ticks(Kind::Quotes, &Instrument::new("oanda", "XAU/USD").unwrap());
        assert_eq!(quotes.folder().display().to_string(), "quotes/venue=oanda/symbol=XAUUSD");
        assert_eq!(quotes.to_string(), "oanda/XAUUSD/quotes");
    }
}

//! What models learn from, as it was known live: labels with their futures, rows of indicators, sentiment.

use mem_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::row::row;
use crate::records::error::RecordsError;
use crate::records::operations::Tx;
use crate::records::query::{Newest, Page};
use crate::records::time_text::TimeText;

row! {
    /// A label. It is stored when the bar closes and again when its future has come.
    LabelRow, "INSERT OR REPLACE" "ml_labels" {
        /// The close of the bar that it is of.
        timestamp: Timestamp,
        /// Of what.
        symbol: String,
        /// Length of the bars.
        timeframe: String,
        /// Which label, as in `direction`.
        label_type: String,
        /// When its future has come.
        future_timestamp: Timestamp,
        /// What became of it, as in `up`; `None` until then.
        label_value: Option<String>,
        /// The logarithmic return; `None` until then.
        realized_value: Option<f64>,
        /// Whether its future has come.
        is_realized: bool,
    }
}

row! {
    /// A bar with the indicators of the reference's table; what is undefined is `None`.
    FeatureRow, "INSERT OR REPLACE" "ml_features_ohlcv" {
        /// The close of the bar.
        timestamp: Timestamp,
        /// Of what.
        symbol: String,
        /// Length of the bars.
        timeframe: String,
        /// First price.
        open_price: f64,
        /// Highest price.
        high_price: f64,
        /// Lowest price.
        low_price: f64,
        /// Last price.
        close_price: f64,
        /// Units traded.
        volume: Option<f64>,
        /// Volume-weighted average price.
        vwap: Option<f64>,
        /// Average true range, 14 bars.
        atr: Option<f64>,
        /// Relative strength index, 14 bars.
        rsi: Option<f64>,
        /// MACD line, 12 and 26 bars.
        macd: Option<f64>,
        /// Its signal line, 9 bars.
        macd_signal: Option<f64>,
        /// Their difference.
        macd_histogram: Option<f64>,
        /// Upper Bollinger band, 20 bars, two deviations.
        bollinger_upper: Option<f64>,
        /// Middle Bollinger band.
        bollinger_middle: Option<f64>,
        /// Lower Bollinger band.
        bollinger_lower: Option<f64>,
        /// Stochastic %K, 14 bars.
        stoch_k: Option<f64>,
        /// Stochastic %D, 3 bars.
        stoch_d: Option<f64>,
        /// Williams %R, 14 bars.
        williams_r: Option<f64>,
        /// Commodity channel index, 20 bars.
        cci: Option<f64>,
        /// Average directional index, 14 bars.
        adx: Option<f64>,
        /// On-balance volume.
        obv: Option<f64>,
        /// Money flow index, 14 bars.
        mfi: Option<f64>,
    }
}

row! {
    /// The mood of texts about a symbol.
    SentimentRow, "INSERT OR REPLACE" "ml_features_sentiment" {
        /// When it was known.
        timestamp: Timestamp,
        /// Of what.
        symbol: String,
        /// Where the texts came from.
        source: String,
        /// -1 to 1, later texts counting more.
        score: f64,
        /// Change of the score.
        momentum: Option<f64>,
        /// Its deviation.
        volatility: Option<f64>,
        /// Share of bullish texts, 0 to 1.
        bullish_ratio: Option<f64>,
        /// Share of bearish texts.
        bearish_ratio: Option<f64>,
        /// Share of the others.
        neutral_ratio: Option<f64>,
        /// How many texts.
        texts: i64,
    }
}

/// Which labels to read, the newest stored first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LabelFilter {
    /// Of this symbol.
    pub symbol: Option<String>,
    /// Of this type.
    pub label_type: Option<String>,
    /// At most so many; 100 by default.
    pub limit: usize,
    /// After leaving out so many.
    pub offset: usize,
}

impl Default for LabelFilter {
    fn default() -> Self {
        Self { symbol: None, label_type: None, limit: 100, offset: 0 }
    }
}

/// Which bars with their indicators to read, the newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FeatureFilter {
    /// Of this symbol.
    pub symbol: Option<String>,
    /// Of bars of this length.
    pub timeframe: Option<String>,
    /// At most so many; 100 by default.
    pub limit: usize,
    /// After leaving out so many.
    pub offset: usize,
}

impl Default for FeatureFilter {
    fn default() -> Self {
        Self { symbol: None, timeframe: None, limit: 100, offset: 0 }
    }
}

pub(in crate::records) fn put_label(tx: &Tx<'_>, row: &LabelRow) -> Result<i64, RecordsError> {
    row.store(tx)
}

pub(in crate::records) fn labels(tx: &Tx<'_>, filter: &LabelFilter) -> Result<Page<LabelRow>, RecordsError> {
    Newest::of(LabelRow::TABLE, LabelRow::COLUMNS)
        .matching("symbol = ?", filter.symbol.as_deref())
        .matching("label_type = ?", filter.label_type.as_deref())
        .page(tx, filter.limit, filter.offset, LabelRow::read)
}

pub(in crate::records) fn put_features(tx: &Tx<'_>, row: &FeatureRow) -> Result<i64, RecordsError> {
    row.store(tx)
}

pub(in crate::records) fn put_sentiment(tx: &Tx<'_>, row: &SentimentRow) -> Result<i64, RecordsError> {
    row.store(tx)
}

pub(in crate::records) fn features(tx: &Tx<'_>, filter: &FeatureFilter) -> Result<Page<FeatureRow>, RecordsError> {
    Newest::of(FeatureRow::TABLE, FeatureRow::COLUMNS)
        .matching("symbol = ?", filter.symbol.as_deref())
        .matching("timeframe = ?", filter.timeframe.as_deref())
        .ordered("timestamp DESC, id DESC".to_owned())
        .page(tx, filter.limit, filter.offset, FeatureRow::read)
}

/// Removes the rows of a symbol and timeframe that are older than `oldest`.
pub(in crate::records) fn forget_features(
    tx: &Tx<'_>,
    oldest: Timestamp,
    symbol: &str,
    timeframe: &str,
) -> Result<(), RecordsError> {
    let sql = "DELETE FROM ml_features_ohlcv WHERE symbol = ?1 AND timeframe = ?2 AND timestamp < ?3";
    tx.connection.prepare_cached(sql)?.execute((symbol, timeframe, TimeText::new().bound(oldest)))?;
    Ok(())
}

/// The newest rows of a symbol, the newest first.
pub(in crate::records) fn sentiment(
    tx: &Tx<'_>,
    limit: usize,
    symbol: &str,
) -> Result<Vec<SentimentRow>, RecordsError> {
    Newest::of(SentimentRow::TABLE, SentimentRow::COLUMNS)
        .matching("symbol = ?", Some(symbol))
        .ordered("timestamp DESC".to_owned())
        .fetch(tx, limit, 0, SentimentRow::read)
}

/// Removes the moods of a symbol and source from `from` on.
pub(in crate::records) fn forget_sentiment(
    tx: &Tx<'_>,
    from: Timestamp,
    symbol: &str,
    source: &str,
) -> Result<(), RecordsError> {
    let sql = "DELETE FROM ml_features_sentiment WHERE symbol = ?1 AND source = ?2 AND timestamp >= ?3";
    tx.connection.prepare_cached(sql)?.execute((symbol, source, TimeText::new().bound(from)))?;
    Ok(())
}

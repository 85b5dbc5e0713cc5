//! How Binance's two markets differ: paths, limits, weights, candle lengths.

use std::time::Duration;

use mem_types::{Timeframe, Venue};

use crate::adapter::Limits;
use crate::words::InstrumentKind;

/// One of Binance's markets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Market {
    /// Bought and sold outright.
    Spot,
    /// Futures on margin in USDT and the like.
    UsdM,
}

impl Market {
    /// The name under which its data is kept.
    pub fn venue(self) -> Venue {
        let name = match self {
            Self::Spot => "binance",
            Self::UsdM => "binance_um",
        };
        name.parse().expect("a sound name")
    }

    /// What the paths of its REST API begin with.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Spot => "/api/v3",
            Self::UsdM => "/fapi/v1",
        }
    }

    /// What is traded there.
    pub const fn kind(self) -> InstrumentKind {
        match self {
            Self::Spot => InstrumentKind::Spot,
            Self::UsdM => InstrumentKind::Perpetual,
        }
    }

    /// What it allows: "WebSocket Streams / General information" and "Limits" of both documentations. Binance
    /// pings every 20 seconds on spot and every 3 minutes on futures, which is too rare to notice a dead socket by: we
    /// ping twice in each [`SILENCE`], and Binance answers. Of the 200 and 1024 streams that versions of the futures'
    /// documentation name, the smaller.
    pub const fn limits(self) -> Limits {
        match self {
            Self::Spot => Limits {
                streams_per_socket: 1024,
                messages_per_second: 5,
                weight_per_minute: 6000,
                bars_per_page: 1000,
                trades_per_page: 1000,
                socket_life: Some(DAY),
                silence: SILENCE,
            },
            Self::UsdM => Limits {
                streams_per_socket: 200,
                messages_per_second: 10,
                weight_per_minute: 2400,
                bars_per_page: 1500,
                trades_per_page: 1000,
                socket_life: Some(DAY),
                silence: SILENCE,
            },
        }
    }

    /// How a candle length is written, if it has such candles: "Kline/Candlestick chart intervals" (spot), "Public
    /// Endpoints Info / ENUM definitions" (futures, which lack `1s`).
    pub fn interval(self, timeframe: Timeframe) -> Option<String> {
        let name = timeframe.to_string();
        let known = INTERVALS.contains(&name.as_str()) || (self == Self::Spot && name == "1s");
        known.then_some(name)
    }
}

/// A socket that says nothing for so long, not even a pong, is dead.
const SILENCE: Duration = Duration::from_secs(10);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Candle lengths of both markets.
const INTERVALS: [&str; 15] =
    ["1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w", "1M"];

//! What a column means, by its name.

use std::fmt;
use std::str::FromStr;

use super::time::TimeUnit;

/// The meaning of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// When it happened; of a bar, when it opened.
    Time,
    /// The time of day, where the date stands in a column of its own.
    TimeOfDay,
    /// When the recorder saw it.
    LocalTime,
    /// The symbol, in files of many.
    Symbol,
    /// First price of a bar.
    Open,
    /// Highest price of a bar.
    High,
    /// Lowest price of a bar.
    Low,
    /// Last price of a bar.
    Close,
    /// Volume of a bar in base units.
    Volume,
    /// Price of a trade.
    Price,
    /// Quantity of a trade in base units.
    Qty,
    /// Who took liquidity: buy or sell.
    Side,
    /// Whether the buyer was the maker: true means that the seller took liquidity.
    BuyerMaker,
    /// The venue's number of a trade or quote.
    Id,
    /// Best bid.
    Bid,
    /// Quantity at the best bid.
    BidQty,
    /// Best ask.
    Ask,
    /// Quantity at the best ask.
    AskQty,
    /// Funding rate, a fraction of notional.
    FundingRate,
}

impl Field {
    /// Every field.
    pub const ALL: [Self; 19] = [
        Self::Time,
        Self::TimeOfDay,
        Self::LocalTime,
        Self::Symbol,
        Self::Open,
        Self::High,
        Self::Low,
        Self::Close,
        Self::Volume,
        Self::Price,
        Self::Qty,
        Self::Side,
        Self::BuyerMaker,
        Self::Id,
        Self::Bid,
        Self::BidQty,
        Self::Ask,
        Self::AskQty,
        Self::FundingRate,
    ];

    /// The name by which options and summaries call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::TimeOfDay => "time_of_day",
            Self::LocalTime => "local_time",
            Self::Symbol => "symbol",
            Self::Open => "open",
            Self::High => "high",
            Self::Low => "low",
            Self::Close => "close",
            Self::Volume => "volume",
            Self::Price => "price",
            Self::Qty => "qty",
            Self::Side => "side",
            Self::BuyerMaker => "buyer_maker",
            Self::Id => "id",
            Self::Bid => "bid",
            Self::BidQty => "bid_qty",
            Self::Ask => "ask",
            Self::AskQty => "ask_qty",
            Self::FundingRate => "funding_rate",
        }
    }

    /// The column names that mean it, the most telling first: lower case, letters and digits only.
    const fn aliases(self) -> &'static [&'static str] {
        match self {
            Self::Time => &[
                "timestampns",
                "tsns",
                "timens",
                "timestampus",
                "tsus",
                "timeus",
                "timestampms",
                "tsms",
                "timems",
                "opentimems",
                "unixms",
                "unixtimestampms",
                "timestampsec",
                "timestampseconds",
                "unixtimestamp",
                "unixtime",
                "unix",
                "epoch",
                "opentime",
                "starttime",
                "windowstart",
                "transacttime",
                "tradetime",
                "tradetimestamp",
                "fundingtime",
                "calctime",
                "eventtime",
                "tsevent",
                "tsvenue",
                "exchangetimestamp",
                "timestamp",
                "timestamputc",
                "ts",
                "datetime",
                "datetimeutc",
                "gmttime",
                "time",
                "timeutc",
                "t",
                "date",
                "day",
                "tradedate",
                "index",
                "indexlevel0",
            ],
            Self::TimeOfDay => &[],
            Self::LocalTime => &[
                "recvns",
                "recvus",
                "recvms",
                "recvtime",
                "recvtimestamp",
                "receivetime",
                "receivetimestamp",
                "receivedtime",
                "receivedat",
                "localtimestamp",
                "localtime",
                "localts",
                "tslocal",
                "tsrecv",
            ],
            Self::Symbol => {
                &["symbol", "ticker", "sym", "instrument", "instrumentid", "instid", "pair", "tscode", "name"]
            }
            Self::Open => &["open", "o", "openprice", "priceopen"],
            Self::High => &["high", "h", "highprice", "pricehigh", "max"],
            Self::Low => &["low", "l", "lowprice", "pricelow", "min"],
            Self::Close => &["close", "c", "closeprice", "priceclose", "closelast"],
            Self::Volume => &[
                "volume",
                "vol",
                "v",
                "basevolume",
                "baseassetvolume",
                "volumebase",
                "volumefrom",
                "tradedvolume",
                "tickvolume",
                "tickvol",
                "qty",
                "quantity",
                "amount",
                "size",
            ],
            Self::Price => &["price", "px", "tradeprice", "p"],
            Self::Qty => &["qty", "quantity", "size", "amount", "volume", "vol", "q", "sz", "baseqty"],
            Self::Side => &["aggressor", "aggressorside", "takerside", "side", "tradeside", "direction"],
            Self::BuyerMaker => &["isbuyermaker", "buyermaker", "m"],
            Self::Id => &["tradeid", "aggtradeid", "aggid", "updateid", "tid", "id"],
            Self::Bid => &["bid", "bidprice", "bestbid", "bestbidprice", "bidpx"],
            Self::BidQty => &[
                "bidqty",
                "bidsize",
                "bidamount",
                "bidvolume",
                "bidquantity",
                "bidsz",
                "bestbidqty",
                "bestbidsize",
                "bestbidamount",
            ],
            Self::Ask => &["ask", "askprice", "bestask", "bestaskprice", "askpx", "offer"],
            Self::AskQty => &[
                "askqty",
                "asksize",
                "askamount",
                "askvolume",
                "askquantity",
                "asksz",
                "bestaskqty",
                "bestasksize",
                "bestaskamount",
            ],
            Self::FundingRate => &["fundingrate", "lastfundingrate", "funding", "rate"],
        }
    }

    /// How telling a column name is for this field, 0 the most; `None` if it does not mean it.
    pub(super) fn rank(self, plain: &str) -> Option<usize> {
        let aliases = self.aliases();
        let rank = aliases.iter().position(|alias| *alias == plain);
        if self == Self::Volume {
            // "Volume BTC" beside "Volume USDT": the one that is not in quote currency.
            let quote = ["usd", "usdt", "usdc", "busd", "eur", "quote", "notional", "weightedaverage"];
            let suffixed = plain.strip_prefix("volume").is_some_and(|rest| rest.len() >= 2 && !quote.contains(&rest));
            return rank.or(suffixed.then_some(aliases.len()));
        }
        rank
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Why a text is not a [`Field`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no field: expected one of {names}", names = names())]
pub struct FieldError(pub String);

fn names() -> String {
    Field::ALL.map(Field::name).join(", ")
}

impl FromStr for Field {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        Self::ALL.into_iter().find(|field| field.name() == text.trim()).ok_or_else(|| FieldError(text.to_owned()))
    }
}

/// A column name without what writers vary: case, blanks, underscores, brackets, slashes.
pub(super) fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// The unit that a time column's name says.
pub(super) fn unit_in_name(name: &str) -> Option<TimeUnit> {
    let plain = plain(name);
    TimeUnit::ALL
        .into_iter()
        .skip(1)
        .find(|unit| {
            let base = plain.strip_suffix(unit.name());
            base.is_some_and(|base| {
                base.ends_with("time") || base.ends_with("timestamp") || matches!(base, "ts" | "recv" | "unix")
            })
        })
        .or_else(|| (plain.ends_with("sec") || plain.ends_with("seconds")).then_some(TimeUnit::Seconds))
}

/// Whether a text is the name of a column that means something here.
pub(super) fn is_known(name: &str) -> bool {
    let plain = plain(name);
    Field::ALL.into_iter().any(|field| field.rank(&plain).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_to_fields() {
        for (name, field) in [
            ("Timestamp", Field::Time),
            ("open_time", Field::Time),
            ("Date/Time", Field::Time),
            ("<DATE>", Field::Time),
            ("__index_level_0__", Field::Time),
            ("recv_ns", Field::LocalTime),
            ("Close/Last", Field::Close),
            ("<VOL>", Field::Volume),
            ("Volume BTC", Field::Volume),
            ("isBuyerMaker", Field::BuyerMaker),
            ("update_id", Field::Id),
            ("Best Bid Price", Field::Bid),
            ("fundingRate", Field::FundingRate),
        ] {
            assert!(field.rank(&plain(name)).is_some(), "{name}");
            assert!(is_known(name), "{name}");
        }
        assert_eq!(Field::Volume.rank(&plain("Volume USDT")), None);
        for unknown in ["adj_close", "close_time", "quote_volume", "count", "ignore", "reference_price"] {
            assert!(!is_known(unknown), "{unknown}");
        }
        assert_eq!("bid_qty".parse(), Ok(Field::BidQty));
        assert!("bids".parse::<Field>().unwrap_err().to_string().contains("time_of_day"));
    }

    #[test]
    fn units_in_names() {
        for (name, unit) in [
            ("timestamp_ms", Some(TimeUnit::Millis)),
            ("recv_ns", Some(TimeUnit::Nanos)),
            ("ts_us", Some(TimeUnit::Micros)),
            ("timestamps", None),
            ("timestamp", None),
            ("timestamp_sec", Some(TimeUnit::Seconds)),
            ("open_time", None),
        ] {
            assert_eq!(unit_in_name(name), unit, "{name}");
        }
    }
}

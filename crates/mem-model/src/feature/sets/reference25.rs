//! The vector of 25 features that the reference pipeline feeds its models, with the names and in the order of it.
//!
//! Sixteen are indicators at price level; nine speak of sentiment and are undefined where no such series is given.

use super::super::expr::Expr;
use super::super::expr::SentimentMeasure::{Mean, Spread};
use super::super::set::FeatureSet;
use super::{feature, of_period, output};

/// Half life of what is called current, in hours.
const DAY: f64 = 24.0;

pub(super) fn set() -> FeatureSet {
    let mean = |source: &str, half_life_hours| Expr::sentiment(source, Mean, half_life_hours);
    let momentum = || mean("coin", 6.0).minus(mean("coin", 48.0));
    let volatility = || Expr::sentiment("coin", Spread, 48.0);
    let raw_stochastic = |output| Expr::indicator("stochastic", &[("smooth", 1.into())], output);
    let features = vec![
        feature("vwap", output("vwap", "vwap"), "volume-weighted average price since 00:00 UTC", ""),
        feature("atr", output("atr", "atr"), "average true range of 14 bars", ""),
        feature("rsi", output("rsi", "rsi"), "relative strength index of 14 bars", ""),
        feature("macd", output("macd", "line"), "12-bar less 26-bar exponential average", ""),
        feature("macd_signal", output("macd", "signal"), "its 9-bar average", ""),
        feature("macd_histogram", output("macd", "hist"), "the difference of both", ""),
        feature("bollinger_upper", output("bollinger_bands", "upper"), "two deviations above the 20-bar mean", ""),
        feature("bollinger_middle", output("bollinger_bands", "mid"), "the 20-bar mean", ""),
        feature("bollinger_lower", output("bollinger_bands", "lower"), "two deviations below it", ""),
        feature("stoch_k", raw_stochastic("k"), "place of the close in the 14-bar range, unsmoothed", ""),
        feature("stoch_d", raw_stochastic("d"), "its 3-bar mean", ""),
        feature("williams_r", output("williams_r", "williams_r"), "place of the close below the 14-bar high", ""),
        feature("cci", output("cci", "cci"), "distance of the typical price from its 20-bar mean", ""),
        feature("adx", output("adx", "adx"), "strength of the trend over 14 bars", ""),
        feature("obv", output("obv", "obv"), "volume of rising less volume of falling bars since the first", ""),
        feature("mfi", of_period("mfi", 14, "mfi"), "share of the money that flowed in over 14 bars", ""),
        feature("fear_greed_index", mean("fear_greed", DAY), "fear and greed, 0 to 100, half life a day", ""),
        feature("social_sentiment_score", mean("social", DAY), "mean score of social media, half life a day", ""),
        feature("news_sentiment_score", mean("news", DAY), "mean score of news, half life a day", ""),
        feature("weighted_coin_sentiment", mean("coin", DAY), "mean score of the symbol itself, half life a day", ""),
        feature("whale_sentiment_proxy", mean("whale", DAY), "mean score of large holders, half life a day", ""),
        feature(
            "sentiment_divergence_score",
            mean("news", DAY).minus(mean("social", DAY)),
            "how much kinder news are than social media",
            "",
        ),
        feature("sentiment_momentum", momentum(), "recent less older score of the symbol", ""),
        feature("sentiment_volatility", volatility(), "spread of the symbol's scores over two days", ""),
        feature(
            "sentiment_trend_strength",
            momentum().abs().over(volatility()),
            "size of the momentum in units of that spread",
            "",
        ),
    ];
    FeatureSet {
        name: "reference25".to_owned(),
        version: 1,
        about: "The 25 features of the reference pipeline, names and order kept, with what was zero, constant or drawn at random \
                made real. At price level: for comparison, not the best to learn from."
            .to_owned(),
        features,
    }
}

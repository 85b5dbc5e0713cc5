//! A few dozen features without a unit: what they say does not depend on the level of prices or volumes.

use super::super::calendar::Calendar;
use super::super::expr::Expr;
use super::super::expr::SentimentMeasure::Mean;
use super::super::set::{FeatureDef, FeatureSet};
use super::{MARKET, atr, bar_return, feature, market_return, of_period, output};

const CLM: &str = "Campbell, Lo and MacKinlay, The Econometrics of Financial Markets, 1997, chapter 1";
const PARKINSON: &str = "Parkinson, Journal of Business 53 (1), 1980";
const KAUFMAN: &str = "Kaufman, Smarter Trading, 1995 (efficiency ratio)";
const NISON: &str = "Nison, Japanese Candlestick Charting Techniques, 1991 (parts of a candle)";
const LEVY: &str = "Levy, Journal of Finance 22 (4), 1967";
const SHARPE: &str = "Sharpe, Journal of Finance 19 (3), 1964";

pub(super) fn set() -> FeatureSet {
    let groups = [returns(), spreads(), levels(), shapes(), volumes(), times(), others()];
    FeatureSet {
        name: "core".to_owned(),
        version: 1,
        about: "Features without a unit, good to learn from: returns, spreads, levels, candles, volume, calendar, the market, sentiment."
            .to_owned(),
        features: groups.into_iter().flatten().collect(),
    }
}

fn returns() -> Vec<FeatureDef> {
    let of = |bars: usize| {
        let about = if bars == 1 {
            "logarithmic return of the bar".to_owned()
        } else {
            format!("logarithmic return of {bars} bars")
        };
        feature(&format!("return_{bars}"), Expr::close().log_return(bars), &about, CLM)
    };
    let mut features: Vec<_> = [1, 3, 6, 12, 24, 72].map(of).into();
    features.push(feature(
        "return_z_72",
        bar_return().z_score(72),
        "return of the bar in deviations from the mean of 72 bars",
        CLM,
    ));
    features
}

fn spreads() -> Vec<FeatureDef> {
    let parkinson = Expr::high().over(Expr::low()).log();
    let squared = parkinson.clone().times(parkinson.clone());
    vec![
        feature("volatility_24", bar_return().std_dev(24), "standard deviation of 24 returns", CLM),
        feature("volatility_168", bar_return().std_dev(168), "standard deviation of 168 returns", CLM),
        feature(
            "volatility_ratio_24_168",
            bar_return().std_dev(24).over(bar_return().std_dev(168)),
            "recent volatility by that of a week of hours",
            CLM,
        ),
        feature("range_1", parkinson, "logarithm of high by low", PARKINSON),
        feature(
            "parkinson_24",
            squared.mean(24).over(Expr::Constant(4.0 * std::f64::consts::LN_2)).sqrt(),
            "volatility from the ranges of 24 bars",
            PARKINSON,
        ),
        feature("atr_ratio_14", atr().over(Expr::close()), "average true range by the close", ""),
        feature("skew_72", bar_return().skew(72), "skewness of 72 returns", CLM),
        feature("kurtosis_72", bar_return().kurtosis(72), "excess kurtosis of 72 returns", CLM),
        feature(
            "bollinger_width_20",
            output("bollinger_bands", "upper")
                .minus(output("bollinger_bands", "lower"))
                .over(output("bollinger_bands", "mid")),
            "width of the bands by their middle",
            "Bollinger, Bollinger on Bollinger Bands, 2001 (BandWidth)",
        ),
    ]
}

fn levels() -> Vec<FeatureDef> {
    let to_mean = |bars: i64| {
        let expr = Expr::close().over(of_period("sma", bars, "sma")).log();
        feature(&format!("close_to_sma_{bars}"), expr, &format!("logarithm of the close by its {bars}-bar mean"), "")
    };
    let place = |bars: usize| {
        let low = Expr::low().lowest(bars);
        let expr = Expr::close().minus(low.clone()).over(Expr::high().highest(bars).minus(low));
        feature(
            &format!("range_position_{bars}"),
            expr,
            &format!("place of the close in the {bars}-bar range, 0 to 1"),
            "",
        )
    };
    vec![
        to_mean(24),
        to_mean(72),
        to_mean(168),
        feature(
            "sma_cross_24_168",
            of_period("sma", 24, "sma").over(of_period("sma", 168, "sma")).log(),
            "logarithm of the fast mean by the slow one",
            "Brock, Lakonishok and LeBaron, Journal of Finance 47 (5), 1992",
        ),
        place(24),
        place(168),
        feature(
            "drawdown_168",
            Expr::close().over(Expr::high().highest(168)).log(),
            "logarithm of the close by the highest price of 168 bars",
            "",
        ),
        feature(
            "efficiency_24",
            Expr::close().log_return(24).over(bar_return().abs().mean(24).times(Expr::Constant(24.0))),
            "net move by the sum of moves of 24 bars, with its sign",
            KAUFMAN,
        ),
        feature(
            "autocorrelation_72",
            bar_return().correlation(bar_return().lag(1), 72),
            "correlation of returns with those one bar before, over 72 bars",
            CLM,
        ),
    ]
}

fn shapes() -> Vec<FeatureDef> {
    let range = || Expr::high().minus(Expr::low());
    let middle = || output("bollinger_bands", "mid");
    vec![
        feature("rsi_14", of_period("rsi", 14, "rsi"), "relative strength index", ""),
        feature("stoch_k", output("stochastic", "k"), "slow stochastic", ""),
        feature("macd_hist_atr", output("macd", "hist").over(atr()), "MACD histogram in average true ranges", ""),
        feature("adx_14", output("adx", "adx"), "strength of the trend", ""),
        feature(
            "di_spread_14",
            output("adx", "plus_di").minus(output("adx", "minus_di")),
            "upward less downward direction",
            "",
        ),
        feature("cci_20", output("cci", "cci"), "distance from the mean in mean distances", ""),
        feature(
            "bollinger_position_20",
            Expr::close().minus(middle()).over(output("bollinger_bands", "upper").minus(middle())),
            "place of the close in the bands: -1 lower, 0 middle, 1 upper",
            "Bollinger, Bollinger on Bollinger Bands, 2001 (%b, stretched)",
        ),
        feature(
            "gap_1",
            Expr::open().over(Expr::close().lag(1)).log(),
            "logarithm of the open by the close before",
            "",
        ),
        feature("body_1", Expr::close().minus(Expr::open()).over(range()), "close less open by the range", NISON),
    ]
}

fn volumes() -> Vec<FeatureDef> {
    vec![
        feature("volume_ratio_24", Expr::volume().over(Expr::volume().mean(24)), "volume by its mean of 24 bars", ""),
        feature("volume_z_72", Expr::volume().z_score(72), "volume in deviations from the mean of 72 bars", ""),
        feature("mfi_14", of_period("mfi", 14, "mfi"), "share of the money that flowed in", ""),
        feature("cmf_20", of_period("cmf", 20, "cmf"), "money flow by volume", ""),
        feature(
            "return_volume_correlation_72",
            bar_return().abs().correlation(Expr::volume(), 72),
            "correlation of the size of moves with volume over 72 bars",
            "Karpoff, Journal of Financial and Quantitative Analysis 22 (1), 1987",
        ),
    ]
}

fn times() -> Vec<FeatureDef> {
    let of = |name, part, about| feature(name, Expr::Calendar(part), about, "");
    vec![
        of("hour_sin", Calendar::HourSin, "time of day on a circle, UTC"),
        of("hour_cos", Calendar::HourCos, "time of day on a circle, UTC"),
        of("day_sin", Calendar::DaySin, "time of week on a circle, from Monday 00:00 UTC"),
        of("day_cos", Calendar::DayCos, "time of week on a circle, from Monday 00:00 UTC"),
    ]
}

fn others() -> Vec<FeatureDef> {
    let news = |half_life_hours| Expr::sentiment("news", Mean, half_life_hours);
    let market = |name: &str, expr, about: &str, source| feature(&format!("{MARKET}_{name}"), expr, about, source);
    vec![
        market("return_1", market_return(1), "return of the market's bar", CLM),
        market(
            "beta_72",
            bar_return().beta(market_return(1), 72),
            "slope on the market's returns over 72 bars",
            SHARPE,
        ),
        market(
            "correlation_72",
            bar_return().correlation(market_return(1), 72),
            "correlation with the market's returns over 72 bars",
            SHARPE,
        ),
        feature(
            "relative_strength_24",
            Expr::close().log_return(24).minus(market_return(24)),
            "return of 24 bars beyond that of the market",
            LEVY,
        ),
        feature("sentiment_mean", news(24.0), "mean score of news, half life a day", ""),
    ]
}

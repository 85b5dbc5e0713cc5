//! `core` and as many again: other horizons, every family of the registry, other estimators.

use super::super::calendar::Calendar;
use super::super::expr::Expr;
use super::super::expr::SentimentMeasure::{Mean, Spread, Weight};
use super::super::set::{FeatureDef, FeatureSet};
use super::{atr, bar_return, core, feature, market_return, of_period, output};

const AMIHUD: &str = "Amihud, Journal of Financial Markets 5 (1), 2002";
const GARMAN: &str = "Garman and Klass, Journal of Business 53 (1), 1980";
const ROGERS: &str = "Rogers and Satchell, Annals of Applied Probability 1 (4), 1991";
const TSMOM: &str = "Moskowitz, Ooi and Pedersen, Journal of Financial Economics 104 (2), 2012";
const NISON: &str = "Nison, Japanese Candlestick Charting Techniques, 1991 (parts of a candle)";

pub(super) fn set() -> FeatureSet {
    let groups = [core::set().features, returns(), spreads(), indicators(), levels(), candles(), volumes(), others()];
    FeatureSet {
        name: "wide".to_owned(),
        version: 1,
        about: "All of `core`, further horizons and estimators, and every family of the indicator registry, without a unit.".to_owned(),
        features: groups.into_iter().flatten().collect(),
    }
}

fn returns() -> Vec<FeatureDef> {
    let of = |bars: usize| {
        feature(
            &format!("return_{bars}"),
            Expr::close().log_return(bars),
            &format!("logarithmic return of {bars} bars"),
            "",
        )
    };
    let before = |bars: usize| {
        let about = format!("return of the bar, {bars} bars before");
        feature(&format!("return_1_lag_{bars}"), bar_return().lag(bars), &about, "")
    };
    let scaled = |bars: usize| {
        let expr = Expr::close().log_return(bars).over(bar_return().std_dev(168));
        feature(&format!("momentum_{bars}"), expr, &format!("return of {bars} bars by the volatility of 168"), TSMOM)
    };
    let mut features: Vec<_> = [2, 48, 168, 336].map(of).into();
    features.extend([1, 2, 3].map(before));
    features.extend([6, 24, 168].map(scaled));
    features.push(feature("return_rank_168", bar_return().rank(168), "rank of the bar's return among 168", ""));
    features.push(feature("up_share_24", up_share(24), "share of rising bars less share of falling ones in 24", ""));
    features
}

fn up_share(bars: usize) -> Expr {
    Expr::Sign(bar_return().into()).mean(bars)
}

fn spreads() -> Vec<FeatureDef> {
    let log = |over: Expr, under: Expr| over.over(under).log();
    let range = || log(Expr::high(), Expr::low());
    let body = || log(Expr::close(), Expr::open());
    let squared = |expr: Expr| expr.clone().times(expr);
    let garman = squared(range())
        .times(Expr::Constant(0.5))
        .minus(squared(body()).times(Expr::Constant(2.0 * std::f64::consts::LN_2 - 1.0)));
    let rogers = log(Expr::high(), Expr::close())
        .times(log(Expr::high(), Expr::open()))
        .plus(log(Expr::low(), Expr::close()).times(log(Expr::low(), Expr::open())));
    vec![
        feature("volatility_6", bar_return().std_dev(6), "standard deviation of 6 returns", ""),
        feature("volatility_72", bar_return().std_dev(72), "standard deviation of 72 returns", ""),
        feature(
            "volatility_ratio_6_24",
            bar_return().std_dev(6).over(bar_return().std_dev(24)),
            "volatility of 6 bars by that of 24",
            "",
        ),
        feature(
            "volatility_of_volatility_72",
            bar_return().std_dev(24).std_dev(72).over(bar_return().std_dev(24).mean(72)),
            "how much volatility itself varies, by its mean",
            "",
        ),
        feature("volatility_rank_168", bar_return().std_dev(24).rank(168), "rank of volatility among 168 bars", ""),
        feature("garman_klass_24", garman.mean(24).sqrt(), "volatility from ranges and bodies of 24 bars", GARMAN),
        feature(
            "rogers_satchell_24",
            rogers.mean(24).sqrt(),
            "volatility that a drift does not raise, 24 bars",
            ROGERS,
        ),
        feature("range_z_72", range().z_score(72), "the bar's range in deviations from the mean of 72", ""),
        feature("skew_168", bar_return().skew(168), "skewness of 168 returns", ""),
        feature(
            "true_range_atr",
            output("true_range", "true_range").over(atr()),
            "the bar's true range by its average",
            "",
        ),
    ]
}

fn indicators() -> Vec<FeatureDef> {
    let close_in_atr = |line: Expr| Expr::close().minus(line).over(atr());
    let mut features = vec![
        feature("rsi_7", of_period("rsi", 7, "rsi"), "relative strength index of 7 bars", ""),
        feature("rsi_28", of_period("rsi", 28, "rsi"), "relative strength index of 28 bars", ""),
        feature("stoch_d", output("stochastic", "d"), "smoothed slow stochastic", ""),
        feature("williams_r_14", of_period("williams_r", 14, "williams_r"), "place below the 14-bar high", ""),
        feature("tsi", output("tsi", "tsi"), "true strength index", ""),
        feature("macd_atr", output("macd", "line").over(atr()), "MACD line in average true ranges", ""),
        feature(
            "ultimate_oscillator",
            output("ultimate_oscillator", "ultimate_oscillator"),
            "three spans of buying pressure",
            "",
        ),
        feature(
            "awesome_oscillator_atr",
            output("awesome_oscillator", "awesome_oscillator").over(atr()),
            "awesome oscillator in average true ranges",
            "",
        ),
        feature("kst", output("kst", "kst"), "know sure thing: weighted rates of change", ""),
        feature("mass_index", output("mass_index", "mass_index"), "widening of ranges", ""),
        feature(
            "vortex_spread",
            output("vortex", "plus").minus(output("vortex", "minus")),
            "upward less downward vortex",
            "",
        ),
        feature("aroon_osc_25", output("aroon", "osc"), "time since the high against time since the low", ""),
        feature("elder_bull_atr", output("elder_ray", "bull").over(atr()), "bull power in average true ranges", ""),
        feature("elder_bear_atr", output("elder_ray", "bear").over(atr()), "bear power in average true ranges", ""),
    ];
    for (name, line, about) in [
        ("close_to_supertrend", output("supertrend", "line"), "distance from the supertrend"),
        ("close_to_psar", output("psar", "sar"), "distance from the parabolic stop"),
        ("close_to_kijun", output("ichimoku", "kijun_sen"), "distance from the base line"),
        ("close_to_vwap", output("vwap", "vwap"), "distance from the day's volume-weighted price"),
        ("close_to_hull_20", of_period("hull_ma", 20, "hull_ma"), "distance from the Hull average"),
        ("close_to_pivot", output("pivot_points", "pivot"), "distance from the pivot of the day before"),
        ("close_to_keltner", output("keltner_channels", "mid"), "distance from the middle of the channel"),
    ] {
        features.push(feature(name, close_in_atr(line), &format!("{about} in average true ranges"), ""));
    }
    features
}

fn levels() -> Vec<FeatureDef> {
    vec![
        feature(
            "close_to_sma_336",
            Expr::close().over(of_period("sma", 336, "sma")).log(),
            "logarithm of the close by its 336-bar mean",
            "",
        ),
        feature("close_z_72", Expr::close().z_score(72), "close in deviations from its 72-bar mean", ""),
        feature(
            "trend_slope_72",
            Expr::close().log().slope(72).over(bar_return().std_dev(72)),
            "slope of the fitted line of 72 bars by volatility",
            "",
        ),
        feature(
            "runup_168",
            Expr::close().over(Expr::low().lowest(168)).log(),
            "logarithm of the close by the lowest price of 168 bars",
            "",
        ),
        feature(
            "efficiency_168",
            Expr::close().log_return(168).over(bar_return().abs().mean(168).times(Expr::Constant(168.0))),
            "net move by the sum of moves of 168 bars, with its sign",
            "Kaufman, Smarter Trading, 1995 (efficiency ratio)",
        ),
        feature(
            "autocorrelation_24",
            bar_return().correlation(bar_return().lag(1), 24),
            "correlation of returns with those one bar before, over 24 bars",
            "",
        ),
        feature(
            "leverage_72",
            bar_return().lag(1).correlation(bar_return().abs(), 72),
            "correlation of returns with the size of the next, over 72 bars",
            "Black, Proceedings of the American Statistical Association, 1976 (leverage effect)",
        ),
    ]
}

fn candles() -> Vec<FeatureDef> {
    let range = || Expr::high().minus(Expr::low());
    let body_end = |sign: f64| {
        // The upper end of the body is half of open + close + |close - open|, the lower one half of their difference.
        let sum = Expr::open().plus(Expr::close());
        let length = Expr::close().minus(Expr::open()).abs();
        sum.plus(length.times(Expr::Constant(sign))).times(Expr::Constant(0.5))
    };
    vec![
        feature("upper_shadow_1", Expr::high().minus(body_end(1.0)).over(range()), "upper shadow by the range", NISON),
        feature("lower_shadow_1", body_end(-1.0).minus(Expr::low()).over(range()), "lower shadow by the range", NISON),
        feature(
            "close_location_24",
            Expr::close().minus(Expr::low()).over(range()).mean(24),
            "mean place of the close in its bar over 24 bars",
            "",
        ),
    ]
}

fn volumes() -> Vec<FeatureDef> {
    let illiquidity = || bar_return().abs().over(Expr::volume().times(Expr::close()));
    vec![
        feature(
            "volume_ratio_6_72",
            Expr::volume().mean(6).over(Expr::volume().mean(72)),
            "volume of 6 bars by that of 72",
            "",
        ),
        feature("volume_rank_168", Expr::volume().rank(168), "rank of volume among 168 bars", ""),
        feature(
            "volume_trend_24",
            Expr::volume().slope(24).over(Expr::volume().mean(24)),
            "slope of volume by its mean",
            "",
        ),
        feature(
            "obv_z_72",
            output("obv", "obv").z_score(72),
            "on-balance volume in deviations from its 72-bar mean",
            "",
        ),
        feature(
            "vpt_z_72",
            output("vpt", "vpt").z_score(72),
            "volume price trend in deviations from its 72-bar mean",
            "",
        ),
        feature(
            "ad_z_72",
            output("ad_line", "ad_line").z_score(72),
            "accumulation in deviations from its 72-bar mean",
            "",
        ),
        feature(
            "amihud_ratio_24_168",
            illiquidity().mean(24).over(illiquidity().mean(168)),
            "price moved per money traded, recent by usual",
            AMIHUD,
        ),
    ]
}

fn others() -> Vec<FeatureDef> {
    let news = |measure, half_life_hours| Expr::sentiment("news", measure, half_life_hours);
    let residual = bar_return().minus(bar_return().beta(market_return(1), 72).times(market_return(1)));
    let left = Calendar::SessionLeft { open_minute: 0, close_minute: 1440 };
    vec![
        feature("minutes_to_midnight", Expr::Calendar(left), "minutes left of the UTC day", ""),
        feature("market_return_24", market_return(24), "return of the market over 24 bars", ""),
        feature("market_volatility_24", market_return(1).std_dev(24), "volatility of the market over 24 bars", ""),
        feature("market_residual_1", residual, "return beyond beta times that of the market", ""),
        feature(
            "market_lead_72",
            bar_return().correlation(market_return(1).lag(1), 72),
            "correlation with the market's returns one bar before",
            "Lo and MacKinlay, Review of Financial Studies 3 (2), 1990",
        ),
        feature(
            "relative_strength_168",
            Expr::close().log_return(168).minus(market_return(168)),
            "return of 168 bars beyond that of the market",
            "",
        ),
        feature("sentiment_momentum", news(Mean, 6.0).minus(news(Mean, 48.0)), "recent less older score of news", ""),
        feature("sentiment_spread", news(Spread, 48.0), "spread of scores over two days", ""),
        feature("sentiment_weight", news(Weight, 24.0), "how much has been written of late", ""),
    ]
}

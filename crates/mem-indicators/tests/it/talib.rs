//! Parity with TA-Lib's C on real bars.

use mem_indicators::{ParamValue, find};
use mem_testkit::{Table, real_data};

/// One output of ours and the TA-Lib column it must equal.
struct Case {
    name: &'static str,
    params: &'static [(&'static str, i64)],
    columns: &'static [(&'static str, &'static str)],
}

const fn case(
    name: &'static str,
    params: &'static [(&'static str, i64)],
    columns: &'static [(&'static str, &'static str)],
) -> Case {
    Case { name, params, columns }
}

const CASES: &[Case] = &[
    case("sma", &[("period", 30)], &[("sma", "SMA")]),
    case("ema", &[("period", 30)], &[("ema", "EMA")]),
    case("wma", &[("period", 30)], &[("wma", "WMA")]),
    case("hull_ma", &[("period", 20)], &[("hull_ma", "HMA")]),
    case("tema", &[("period", 30)], &[("tema", "TEMA")]),
    case("rsi", &[], &[("rsi", "RSI")]),
    case("stochastic", &[("k", 5)], &[("k", "STOCH.slowk"), ("d", "STOCH.slowd")]),
    case("macd", &[], &[("line", "MACD.macd"), ("signal", "MACD.macdsignal"), ("hist", "MACD.macdhist")]),
    case("adx", &[], &[("adx", "ADX"), ("plus_di", "PLUS_DI"), ("minus_di", "MINUS_DI")]),
    case("aroon", &[("period", 14)], &[("up", "AROON.aroonup"), ("down", "AROON.aroondown"), ("osc", "AROONOSC")]),
    case("atr", &[], &[("atr", "ATR")]),
    case(
        "bollinger_bands",
        &[("period", 20)],
        &[("upper", "BBANDS.upperband"), ("mid", "BBANDS.middleband"), ("lower", "BBANDS.lowerband")],
    ),
    case("obv", &[], &[("obv", "OBV")]),
    case("cmf", &[], &[("cmf", "CMF")]),
    case("mfi", &[], &[("mfi", "MFI")]),
    case("williams_r", &[], &[("williams_r", "WILLR")]),
    case("cci", &[("period", 14)], &[("cci", "CCI")]),
    case("roc", &[("period", 10)], &[("roc", "ROC")]),
    case("momentum", &[], &[("momentum", "MOM")]),
    case("tsi", &[], &[("tsi", "TSI")]),
    case("supertrend", &[], &[("line", "SUPERTREND.supertrend")]),
    case("psar", &[], &[("sar", "SAR")]),
    case("true_range", &[], &[("true_range", "TRANGE")]),
    case(
        "donchian_channels",
        &[],
        &[("upper", "DONCHIAN.upperband"), ("mid", "DONCHIAN.middleband"), ("lower", "DONCHIAN.lowerband")],
    ),
    case("std_dev", &[("period", 5)], &[("std_dev", "STDDEV")]),
    case("ad_line", &[], &[("ad_line", "AD")]),
    case("vpt", &[], &[("vpt", "PVT")]),
    case("elder_ray", &[], &[("bull", "ERI.bullpower"), ("bear", "ERI.bearpower")]),
    case("mass_index", &[], &[("mass_index", "MASSI")]),
    case("ultimate_oscillator", &[], &[("ultimate_oscillator", "ULTOSC")]),
    case("awesome_oscillator", &[], &[("awesome_oscillator", "AO")]),
    case("vortex", &[], &[("plus", "VORTEX.plusvi"), ("minus", "VORTEX.minusvi")]),
];

#[test]
fn values_equal_talibs() {
    for file in ["talib_BTCUSDT_1h", "talib_SPY_1d_raw"] {
        let Some(path) = real_data(&format!("indicators/talib_ref/{file}.csv.gz")) else { return };
        let table = Table::read(&path);
        let bars = table.bars();
        for case in CASES {
            let spec = find(case.name).unwrap();
            let given: Vec<_> =
                case.params.iter().map(|(name, value)| ((*name).to_owned(), ParamValue::Int(*value))).collect();
            let params = spec.resolve(&given).unwrap();
            let ours = spec.batch(bars.view(), &params);
            for (output, column) in case.columns {
                let ours = &ours[spec.outputs.iter().position(|known| known == output).unwrap()];
                let theirs = table.column(column);
                let undefined = theirs.iter().take_while(|value| value.is_nan()).count();
                assert!(undefined >= ours.iter().take_while(|v| v.is_nan()).count(), "{} {output}", case.name);
                for (index, (ours, theirs)) in ours.iter().zip(theirs).enumerate().skip(undefined) {
                    let close = (ours - theirs).abs() <= 1e-9 * theirs.abs().max(1.0);
                    assert!(close, "{file} {} {output} at {index}: {ours} not {theirs}", case.name);
                }
            }
        }
    }
}

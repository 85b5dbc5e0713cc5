//! Parity with TA-Lib's C on real bars.

use mem_indicators::find;
use mem_testkit::{Table, read_text, real_data};

use crate::params_of;

/// One output of ours and the TA-Lib column it must equal.
struct Case {
    name: &'static str,
    params: &'static [(&'static str, &'static str)],
    columns: &'static [(&'static str, &'static str)],
    /// Values before this bar differ, because seeds do.
    from: usize,
}

const fn case(
    name: &'static str,
    params: &'static [(&'static str, &'static str)],
    columns: &'static [(&'static str, &'static str)],
) -> Case {
    Case { name, params, columns, from: 0 }
}

const CASES: &[Case] = &[
    case("sma", &[("period", "30")], &[("sma", "SMA")]),
    case("ema", &[("period", "30")], &[("ema", "EMA")]),
    case("wma", &[("period", "30")], &[("wma", "WMA")]),
    case("hull_ma", &[("period", "20")], &[("hull_ma", "HMA")]),
    case("tema", &[("period", "30")], &[("tema", "TEMA")]),
    case("rsi", &[], &[("rsi", "RSI")]),
    case("stochastic", &[("k", "5")], &[("k", "STOCH.slowk"), ("d", "STOCH.slowd")]),
    case("macd", &[], &[("line", "MACD.macd"), ("signal", "MACD.macdsignal"), ("hist", "MACD.macdhist")]),
    case("adx", &[], &[("adx", "ADX"), ("plus_di", "PLUS_DI"), ("minus_di", "MINUS_DI")]),
    case("aroon", &[("period", "14")], &[("up", "AROON.aroonup"), ("down", "AROON.aroondown"), ("osc", "AROONOSC")]),
    case("atr", &[], &[("atr", "ATR")]),
    case(
        "bollinger_bands",
        &[("period", "20")],
        &[("upper", "BBANDS.upperband"), ("mid", "BBANDS.middleband"), ("lower", "BBANDS.lowerband")],
    ),
    case("obv", &[], &[("obv", "OBV")]),
    case("cmf", &[], &[("cmf", "CMF")]),
    case("mfi", &[], &[("mfi", "MFI")]),
    case("williams_r", &[], &[("williams_r", "WILLR")]),
    case("cci", &[("period", "14")], &[("cci", "CCI")]),
    case("roc", &[("period", "10")], &[("roc", "ROC")]),
    case("momentum", &[], &[("momentum", "MOM")]),
    case("tsi", &[], &[("tsi", "TSI")]),
    case("supertrend", &[], &[("line", "SUPERTREND.supertrend"), ("direction", "SUPERTREND.trend")]),
    case("psar", &[], &[("sar", "SAR")]),
    case("true_range", &[], &[("true_range", "TRANGE")]),
    case(
        "donchian_channels",
        &[],
        &[("upper", "DONCHIAN.upperband"), ("mid", "DONCHIAN.middleband"), ("lower", "DONCHIAN.lowerband")],
    ),
    case("std_dev", &[("period", "5")], &[("std_dev", "STDDEV")]),
    case("keltner_channels", &[("price", "typical")], &[("mid", "KC.middleband")]),
    // TA-Lib seeds the average true range of its channels anew, with the bars just before the first value.
    Case {
        from: 250,
        ..case("keltner_channels", &[("price", "typical")], &[("upper", "KC.upperband"), ("lower", "KC.lowerband")])
    },
    case("vwap", &[("anchor", "start")], &[("vwap", "VWAP")]),
    case("ad_line", &[], &[("ad_line", "AD")]),
    case("vpt", &[], &[("vpt", "PVT")]),
    case("elder_ray", &[], &[("bull", "ERI.bullpower"), ("bear", "ERI.bearpower")]),
    case("mass_index", &[], &[("mass_index", "MASSI")]),
    case("ultimate_oscillator", &[], &[("ultimate_oscillator", "ULTOSC")]),
    case("awesome_oscillator", &[], &[("awesome_oscillator", "AO")]),
    case("vortex", &[], &[("plus", "VORTEX.plusvi"), ("minus", "VORTEX.minusvi")]),
];

/// Bars that TA-Lib needs before the first value of a column such as `AROON.aroonup`.
fn lookback(functions: &serde_json::Value, column: &str) -> usize {
    let function = column.split('.').next().expect("a name");
    let lookback = functions["functions"][function]["lookback"].as_u64();
    lookback.unwrap_or_else(|| panic!("no lookback of {function}")) as usize
}

#[test]
fn values_equal_talibs() {
    let Some(functions) = real_data("indicators/talib_ref/params.json") else { return };
    let functions: serde_json::Value = serde_json::from_str(&read_text(&functions)).expect("JSON");
    for file in ["talib_BTCUSDT_1h", "talib_SPY_1d_raw"] {
        let Some(path) = real_data(&format!("indicators/talib_ref/{file}.csv.gz")) else { return };
        let table = Table::read(&path);
        let bars = table.bars();
        for case in CASES {
            let spec = find(case.name).unwrap();
            let params = params_of(spec, case.params);
            let ours = spec.batch(bars.view(), &params);
            // TA-Lib begins all outputs of a function together; ours begin each as soon as it can.
            let (mut lookbacks, mut warmup) = (0, 0);
            for (output, column) in case.columns {
                let position = spec.outputs.iter().position(|known| known == output).unwrap();
                let ours = &ours[position];
                let theirs = table.column(column);
                let undefined = lookback(&functions, column);
                assert!(ours[undefined..].iter().all(|value| value.is_finite()), "{} {output}", case.name);
                lookbacks = lookbacks.max(undefined);
                warmup = warmup.max(spec.warmups(&params)[position]);
                for (index, (ours, theirs)) in ours.iter().zip(theirs).enumerate().skip(undefined.max(case.from)) {
                    let close = (ours - theirs).abs() <= 1e-9 * theirs.abs().max(1.0);
                    assert!(close, "{file} {} {output} at {index}: {ours} not {theirs}", case.name);
                }
            }
            assert_eq!(warmup, lookbacks, "{}: our warm-up is TA-Lib's lookback", case.name);
        }
    }
}

//! Sixteen made-up bars and what each indicator says of the last three, worked out by a program of plain loops that
//! shares nothing with this crate.

use mem_indicators::{ParamValue, find, registry};
use mem_types::{Bars, Timestamp};

use crate::params_of;

const OPEN: [f64; 16] =
    [10.0, 10.4, 10.1, 10.9, 11.3, 11.0, 10.6, 10.7, 11.6, 12.2, 12.0, 11.4, 11.8, 12.6, 12.4, 12.9];
const HIGH: [f64; 16] =
    [10.6, 10.5, 11.0, 11.5, 11.4, 11.1, 10.9, 11.8, 12.3, 12.5, 12.1, 11.9, 12.8, 12.7, 13.1, 13.0];
const LOW: [f64; 16] = [9.9, 10.0, 10.0, 10.8, 10.9, 10.4, 10.4, 10.6, 11.5, 11.8, 11.2, 11.3, 11.7, 12.2, 12.3, 12.5];
const CLOSE: [f64; 16] =
    [10.4, 10.1, 10.9, 11.3, 11.0, 10.6, 10.7, 11.6, 12.2, 12.0, 11.4, 11.8, 12.6, 12.4, 12.9, 12.7];
const VOLUME: [f64; 16] =
    [100.0, 80.0, 120.0, 150.0, 90.0, 110.0, 60.0, 170.0, 140.0, 130.0, 160.0, 70.0, 150.0, 90.0, 120.0, 80.0];

/// Hours from 18:00 UTC: the seventh bar opens a new day.
fn bars() -> Bars {
    let start: Timestamp = "2024-01-01T18:00:00Z".parse().expect("a time");
    let ts = (0..16).map(|hour| start.as_nanos() + hour * 3_600_000_000_000).collect();
    let columns = [OPEN, HIGH, LOW, CLOSE, VOLUME].map(|column| column.to_vec());
    let [open, high, low, close, volume] = columns;
    Bars::from_columns(ts, open, high, low, close, volume).expect("sound bars")
}

type Case = (&'static str, &'static [(&'static str, &'static str)], &'static [[f64; 3]]);

#[rustfmt::skip]
const CASES: &[Case] = &[
    ("rsi", &[("period", "3")], &[[66.7661292, 78.6824902, 64.7519799]]),
    ("stochastic", &[("k", "4"), ("smooth", "2"), ("d", "3")], &[[81.25, 81.9444444, 80.1587302], [64.0688259, 76.6737892, 81.1177249]]),
    ("williams_r", &[("period", "4")], &[[-25.0, -11.1111111, -28.5714286]]),
    ("cci", &[("period", "4")], &[[72.3404255, 95.2380952, 60.3174603]]),
    ("roc", &[("period", "3")], &[[8.77192982, 9.3220339, 0.793650794]]),
    ("momentum", &[("period", "3")], &[[1.0, 1.1, 0.1]]),
    ("tsi", &[("long", "4"), ("short", "3"), ("signal", "2")], &[[37.9864147, 49.6839884, 39.3225127], [36.9386538, 45.4355435, 41.3601896]]),
    ("macd", &[("fast", "3"), ("slow", "5"), ("signal", "3")], &[[0.179359274, 0.223262086, 0.167352675], [0.173721442, 0.198491764, 0.182922219], [0.0056378323, 0.0247703218, -0.0155695443]]),
    ("adx", &[("period", "3")], &[[47.484648, 56.7493899, 62.9258845], [36.0686742, 40.9644438, 30.8128951], [8.90806334, 5.77757697, 4.34581449]]),
    ("aroon", &[("period", "4")], &[[75.0, 100.0, 75.0], [25.0, 0.0, 0.0], [50.0, 100.0, 75.0]]),
    ("supertrend", &[("period", "3"), ("multiplier", "1.5")], &[[11.3383139, 11.558876, 11.7392506], [1.0, 1.0, 1.0]]),
    ("ichimoku", &[("tenkan", "2"), ("kijun", "3"), ("senkou", "5"), ("displacement", "3")], &[[12.25, 12.65, 12.7], [12.05, 12.4, 12.65], [11.85, 11.75, 12.025], [11.45, 11.55, 12.0], [12.4, 12.9, 12.7]]),
    ("psar", &[("step", "0.05"), ("max", "0.2")], &[[11.3, 11.6, 11.9], [1.0, 1.0, 1.0]]),
    ("atr", &[("period", "3")], &[[0.741124038, 0.760749359, 0.673832906]]),
    ("true_range", &[], &[[0.5, 0.8, 0.5]]),
    ("bollinger_bands", &[("period", "4"), ("width", "2.0")], &[[13.0039392, 13.2296738, 13.0105551], [12.05, 12.425, 12.65], [11.0960608, 11.6203262, 12.2894449]]),
    ("keltner_channels", &[("period", "4"), ("multiplier", "2.0"), ("atr_period", "3")], &[[13.6683585, 13.993165, 13.9106656], [12.1861105, 12.4716663, 12.5629998], [10.7038624, 10.9501676, 11.215334]]),
    ("donchian_channels", &[("period", "3")], &[[12.8, 13.1, 13.1], [12.05, 12.4, 12.65], [11.3, 11.7, 12.2]]),
    ("std_dev", &[("period", "4"), ("ddof", "1")], &[[0.550757055, 0.464578662, 0.2081666]]),
    ("obv", &[], &[[300.0, 420.0, 340.0]]),
    ("ad_line", &[], &[[263.851371, 323.851371, 307.851371]]),
    ("cmf", &[("period", "4")], &[[0.0749623899, 0.428188865, 0.276033058]]),
    ("mfi", &[("period", "4")], &[[67.1945167, 100.0, 81.5614818]]),
    ("vwap", &[], &[[11.8154639, 11.9201835, 11.9757835]]),
    ("vpt", &[], &[[29.4848602, 34.3235699, 33.0832598]]),
    ("pivot_points", &[], &[[10.6666667, 10.6666667, 10.6666667], [11.4333333, 11.4333333, 11.4333333], [12.2666667, 12.2666667, 12.2666667], [13.0333333, 13.0333333, 13.0333333], [9.83333333, 9.83333333, 9.83333333], [9.06666667, 9.06666667, 9.06666667], [8.23333333, 8.23333333, 8.23333333]]),
    ("fibonacci_retracement", &[("period", "5")], &[[12.8, 13.1, 13.1], [12.4224, 12.6516, 12.6752], [12.1888, 12.3742, 12.4124], [12.0, 12.15, 12.2], [11.8112, 11.9258, 11.9876], [11.5424, 11.6066, 11.6852], [11.2, 11.2, 11.3], [13.7888, 14.2742, 14.2124], [15.3888, 16.1742, 16.0124]]),
    ("elder_ray", &[("period", "3")], &[[0.422379557, 0.511189779, 0.355594889], [-0.0776204427, -0.288810221, -0.144405111]]),
    ("kst", &[("roc1", "1"), ("roc2", "2"), ("roc3", "3"), ("roc4", "4"), ("sma1", "2"), ("sma2", "2"), ("sma3", "3"), ("sma4", "3"), ("signal", "2")], &[[39.8153623, 58.1420289, 57.0866526], [34.6047891, 48.9786956, 57.6143407]]),
    ("mass_index", &[("fast", "3"), ("slow", "4")], &[[3.97038023, 3.92753139, 3.89087374]]),
    ("ultimate_oscillator", &[("short", "2"), ("medium", "3"), ("long", "5")], &[[67.5837321, 64.1941392, 60.8337694]]),
    ("awesome_oscillator", &[("fast", "2"), ("slow", "5")], &[[0.33, 0.445, 0.375]]),
    ("vortex", &[("period", "4")], &[[1.12903226, 1.36666667, 1.4137931], [0.935483871, 0.666666667, 0.620689655]]),
    ("ema", &[("period", "4")], &[[12.1861105, 12.4716663, 12.5629998]]),
    ("sma", &[("period", "4")], &[[12.05, 12.425, 12.65]]),
    ("wma", &[("period", "4")], &[[12.24, 12.58, 12.69]]),
    ("hull_ma", &[("period", "5")], &[[12.7155556, 12.9244444, 12.9444444]]),
    ("tema", &[("period", "3")], &[[12.4708505, 12.8723135, 12.7657022]]),
];

#[test]
fn every_indicator_on_a_made_up_table() {
    assert_eq!(CASES.len(), registry().len());
    for ((name, given, expected), spec) in CASES.iter().zip(registry()) {
        assert_eq!(*name, spec.name, "in the order of the registry");
        let columns = spec.batch(bars().view(), &params_of(spec, given));
        assert_eq!(columns.len(), expected.len(), "{name}");
        for ((column, expected), output) in columns.iter().zip(*expected).zip(spec.outputs) {
            for (ours, expected) in column[13..].iter().zip(expected) {
                let close = (ours - expected).abs() <= 2e-8 * expected.abs().max(1.0);
                assert!(close, "{name} {output}: {:?} not {expected:?}", &column[13..]);
            }
        }
    }
}

#[test]
fn the_registry_is_the_list_of_the_reference() {
    let names: Vec<_> = registry().iter().map(|spec| spec.name).collect();
    assert_eq!(names.len(), 38);
    let counts = registry().chunk_by(|a, b| a.category == b.category).map(<[_]>::len).collect::<Vec<_>>();
    assert_eq!(counts, [7, 6, 6, 6, 2, 6, 5]);
    for spec in registry() {
        assert!(find(spec.name).is_some_and(|found| found.name == spec.name));
        assert_eq!(spec.resolve(&[]).unwrap(), spec.defaults(), "{}", spec.name);
        assert_eq!(spec.warmups(&spec.defaults()).len(), spec.outputs.len(), "{}", spec.name);
        let json = serde_json::to_value(spec).unwrap();
        assert_eq!(json["name"], spec.name);
        assert_eq!(json["params"].as_array().unwrap().len(), spec.params.len());
    }
}

#[test]
fn wrong_parameters_are_refused_with_help() {
    let given = |name: &str, value: ParamValue| [(name.to_owned(), value)];
    let refusal = |indicator: &str, given: &[(String, ParamValue)]| {
        find(indicator).unwrap().resolve(given).unwrap_err().to_string()
    };
    assert_eq!(refusal("rsi", &given("length", 14.into())), "rsi has no parameter 'length'; it takes period");
    assert_eq!(refusal("obv", &given("period", 14.into())), "obv has no parameter 'period'; it takes none");
    assert_eq!(
        refusal("rsi", &given("period", 1.into())),
        "rsi: period = 1 is not allowed; expected a whole number from 2 to 10000"
    );
    assert_eq!(
        refusal("rsi", &given("period", 14.5.into())),
        "rsi: period = 14.5 is not allowed; expected a whole number from 2 to 10000"
    );
    assert_eq!(
        refusal("pivot_points", &given("method", "demark".into())),
        "pivot_points: method = demark is not allowed; expected one of standard, fibonacci, woodie, camarilla"
    );
    assert_eq!(refusal("macd", &given("fast", 30.into())), "macd: fast must be below slow");
    assert!(refusal("psar", &given("step", f64::NAN.into())).contains("expected a number from 0.0001 to 1"));
    let twice = [("period".to_owned(), 14.into()), ("period".to_owned(), 15.into())];
    assert_eq!(refusal("rsi", &twice), "rsi: parameter 'period' is given twice");
    // Numbers of the other kind serve where they mean the same.
    let bands = find("bollinger_bands").unwrap();
    let params = bands.resolve(&[("period".to_owned(), 10.0.into()), ("width".to_owned(), 3.into())]).unwrap();
    assert_eq!(params.to_string(), "10,3,0");
}

//! Metrics against quantstats, and on curves where much is undefined.

use mem_research::{Metrics, MetricsInput, PeriodsPerYear, metrics, periods_per_year};
use mem_testkit::{Table, data_folder, real_bars};
use mem_types::Timestamp;
use mem_types::time::NANOS_PER_DAY;

const DAILY: PeriodsPerYear = PeriodsPerYear { days_per_year: 252.0, bars_per_day: 1.0, bar_ns: NANOS_PER_DAY };

fn of(equity: &[f64], initial_capital: f64, ts_ns: &[i64]) -> Metrics {
    metrics(&MetricsInput { equity, initial_capital, ts_ns, trades: &[], open_position: None, periods: DAILY })
}

fn days(count: usize) -> Vec<i64> {
    (0..count as i64).map(|day| day * NANOS_PER_DAY).collect()
}

/// Where the peers' reference values lie, beside the market data.
fn reference(name: &str) -> Option<std::path::PathBuf> {
    let found = data_folder().map(|folder| folder.join("../peers/ref").join(name)).filter(|path| path.exists());
    if found.is_none() {
        let message = format!("SKIPPED: no reference values '{name}' beside the folder named by MEM_TEST_DATA");
        assert!(std::env::var_os("CI").is_none(), "{message}");
        eprintln!("{message}");
    }
    found
}

fn figures(found: &Metrics) -> Vec<(&'static str, Option<f64>)> {
    vec![
        ("qs.comp", found.total_return),
        ("qs.cagr", found.annual_return),
        ("qs.volatility", found.volatility),
        ("qs.sharpe", found.sharpe),
        ("qs.sortino", found.sortino),
        ("qs.calmar", found.calmar),
        ("qs.max_drawdown", found.max_drawdown),
        ("qs.ulcer_index", found.ulcer_index),
        ("qs.omega", found.omega),
        ("qs.recovery_factor", found.recovery_factor),
        ("qs.value_at_risk", found.var_95),
        ("qs.conditional_value_at_risk", found.cvar_95),
        ("ep.value_at_risk", found.var_95_historical),
        ("ep.conditional_value_at_risk", found.cvar_95_historical),
        ("qs.tail_ratio", found.tail_ratio),
        ("qs.skew", found.skew),
        ("qs.kurtosis", found.kurtosis),
        ("qs.best", found.best_bar),
        ("qs.worst", found.worst_bar),
        ("qs.win_rate", found.bar_win_rate),
    ]
}

#[test]
fn figures_agree_with_quantstats() {
    let (Some(curve), Some(values)) = (reference("tearsheet_curve.csv"), reference("tearsheet_values.json")) else {
        return;
    };
    let table = Table::read(&curve);
    let values: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(values).unwrap()).unwrap();
    let dates = std::fs::read_to_string(curve).unwrap();
    let ts_ns: Vec<i64> = dates
        .lines()
        .skip(1)
        .map(|line| line.split(',').next().unwrap().parse::<Timestamp>().unwrap().as_nanos())
        .collect();
    let found = of(table.column("equity"), 100_000.0, &ts_ns);
    for (name, value) in figures(&found) {
        let expected = values["values"][name].as_f64().unwrap();
        let value = value.unwrap_or_else(|| panic!("{name} is undefined"));
        assert!((value - expected).abs() <= 1e-9 * expected.abs(), "{name}: {value} against {expected}");
    }
    assert_eq!(found.max_drawdown_days, Some(1037.0));
}

/// In the order of [`figures`].
const SMALL: [f64; 20] = [
    0.016_162_417_128_642_97,
    0.497_858_667_408_893_4,
    0.231_747_276_143_647_48,
    1.848_565_416_296_233_7,
    3.299_408_834_125_973_3,
    24.892_933_370_444_65,
    -0.020_000_000_000_000_018,
    0.011_989_112_174_872_736,
    1.361_702_127_659_574_4,
    0.849_999_999_999_999_1,
    -0.022_312_734_814_168_945,
    -0.028_412_938_217_041_148,
    -0.016_4,
    -0.02,
    1.417_682_926_829_267_4,
    0.492_895_481_043_550_35,
    0.254_303_212_869_136_3,
    0.03,
    -0.02,
    0.555_555_555_555_555_6,
];

/// The same agreement on ten returns that need no other file; values from quantstats 0.0.86 and empyrical 0.7.1.
#[test]
fn figures_agree_with_quantstats_on_a_small_table() {
    let returns = [0.01, -0.02, 0.015, 0.0, -0.005, 0.03, -0.01, 0.002, -0.012, 0.007];
    let mut value = 1000.0;
    let equity: Vec<f64> = returns
        .iter()
        .map(|change| {
            value *= 1.0 + change;
            value
        })
        .collect();
    let found = of(&equity, 1000.0, &days(10));
    for ((name, value), expected) in figures(&found).into_iter().zip(SMALL) {
        let value = value.unwrap_or_else(|| panic!("{name} is undefined"));
        assert!((value - expected).abs() <= 1e-9 * expected.abs(), "{name}: {value} against {expected}");
    }
    assert_eq!(found.max_drawdown_bars, Some(4));
    assert_eq!(found.max_drawdown_days, Some(4.0));
}

#[test]
fn what_is_undefined_is_none() {
    for equity in [&[][..], &[1000.0]] {
        let found = of(equity, 1000.0, &days(equity.len()));
        assert!(figures(&found).iter().all(|(_, value)| value.is_none()), "{found:?}");
        assert_eq!((found.total_trades, found.win_rate, found.exposure), (0, None, None));
    }
    let flat = of(&[1000.0; 50], 1000.0, &days(50));
    assert_eq!((flat.total_return, flat.annual_return, flat.volatility), (Some(0.0), Some(0.0), Some(0.0)));
    assert_eq!((flat.sharpe, flat.sortino, flat.calmar, flat.skew, flat.kurtosis), (None, None, None, None, None));
    assert_eq!((flat.max_drawdown, flat.max_drawdown_bars, flat.max_drawdown_days), (Some(0.0), Some(0), Some(0.0)));
    assert_eq!((flat.tail_ratio, flat.omega, flat.bar_win_rate), (None, None, None));

    let growing: Vec<f64> = (1..=50).map(|day| 1000.0 * 1.01f64.powi(day)).collect();
    let growing = of(&growing, 1000.0, &days(50));
    assert_eq!((growing.sharpe, growing.skew), (None, None), "steady growth has no scatter but rounding");

    let ruined = of(&[500.0, -20.0, -20.0], 1000.0, &days(3));
    assert_eq!((ruined.total_return, ruined.max_drawdown), (Some(-1.02), Some(-1.0)));
    assert_eq!((ruined.annual_return, ruined.worst_bar), (Some(-1.0), Some(-1.0)));
}

#[test]
fn undefined_figures_are_null_in_json() {
    let json = serde_json::to_string(&of(&[1000.0], 1000.0, &days(1))).unwrap();
    assert!(json.contains("\"sharpe\":null"), "{json}");
    let back: Metrics = serde_json::from_str(&json).unwrap();
    assert_eq!(back, of(&[1000.0], 1000.0, &days(1)));
}

#[test]
fn markets_say_how_many_bars_a_year_has() {
    for (path, timeframe, days, bars) in [
        ("crypto_1h/binance_um_BTCUSDT_1h.csv.gz", "1h", 365.0, 24.0),
        ("us_stock_daily/AAPL_1d.csv.gz", "1d", 252.0, 1.0),
        ("us_hourly_raw/AAPL_1h_raw.csv.gz", "1h", 252.0, 7.0),
    ] {
        let Some(bars_of_file) = real_bars(path) else { continue };
        let found = periods_per_year(bars_of_file.view().ts_ns, timeframe.parse().unwrap());
        assert_eq!((found.days_per_year, found.bars_per_day), (days, bars), "{path}");
    }
}

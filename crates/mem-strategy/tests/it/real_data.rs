//! Golden counts on real candles: both sides are taken, and a change of behaviour shows.

use mem_strategy::{StrategyInput, build};
use mem_testkit::{Table, real_bars, real_data};
use mem_types::{Bars, Intent, Timeframe};

fn counts(strategy: &str, bars: &Bars, timeframe: Timeframe) -> (usize, usize) {
    let strategy = build(strategy, &[]).unwrap();
    let decided = strategy.decide(&StrategyInput::new(bars.view(), timeframe)).unwrap().list;
    let count = |intent| decided.iter().filter(|decision| decision.intent == intent).count();
    (count(Intent::EnterLong), count(Intent::EnterShort))
}

#[test]
fn both_sides_are_reached_on_hourly_crypto() {
    let Some(bars) = real_bars("crypto_1h/binance_um_BTCUSDT_1h.csv.gz") else { return };
    assert_eq!(counts("confluence", &bars, Timeframe::H1), (670, 447));
    assert_eq!(counts("fast_score", &bars, Timeframe::H1), (69, 106));
    assert_eq!(counts("ma_cross", &bars, Timeframe::H1), (564, 0));
}

#[test]
fn both_sides_are_reached_on_daily_stocks() {
    let Some(bars) = real_bars("us_stock_daily/KO_1d.csv.gz") else { return };
    assert_eq!(counts("confluence", &bars, Timeframe::D1), (352, 47));
    assert_eq!(counts("fast_score", &bars, Timeframe::D1), (3, 2));
}

#[test]
fn confluence_reaches_both_sides_in_every_file() {
    for (folder, timeframe) in [("crypto_1h", Timeframe::H1), ("us_stock_daily", Timeframe::D1)] {
        let Some(folder) = real_data(folder) else { return };
        let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        assert!(!files.is_empty());
        for file in files {
            let (buys, sells) = counts("confluence", &Table::read(&file).bars(), timeframe);
            assert!(buys > 0 && sells > 0, "{}: {buys} buys, {sells} sells", file.display());
        }
    }
}

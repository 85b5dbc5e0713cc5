//! ccxt, which knows the real Binance, finds its way about ours and sees what the exchange holds, to the bit.

use std::path::Path;
use std::process::Command;

use mem_types::{Aggressor, Trade};
use mem_venue::InstrumentKind;
use mem_venue::sim::view::MarketView;
use serde_json::{Value, json};

use crate::fixed_view::{FixedView, Served};

/// As Python prints a float.
fn float(text: &Value) -> f64 {
    text.as_str().unwrap_or_else(|| panic!("{text} is no float")).parse().unwrap()
}

fn floats(list: &Value) -> Vec<f64> {
    list.as_array().unwrap().iter().map(float).collect()
}

fn trade(row: &Value) -> Trade {
    Trade {
        ts_venue: mem_types::Timestamp::from_millis(row["timestamp"].as_i64().unwrap()).unwrap(),
        ts_local: None,
        id: row["id"].as_str().map(|id| id.parse().unwrap()),
        price: float(&row["price"]),
        qty: float(&row["amount"]),
        aggressor: if row["side"] == "buy" { Aggressor::Buy } else { Aggressor::Sell },
    }
}

fn trades(rows: &Value) -> Vec<Trade> {
    rows.as_array().unwrap().iter().map(trade).collect()
}

fn levels(rows: &Value) -> Vec<(f64, f64)> {
    let rows = rows.as_array().unwrap().iter().map(floats);
    rows.map(|level| (level[0], level[1])).collect()
}

#[test]
fn ccxt_sees_what_the_exchange_holds() {
    let Some(python) = mem_testkit::python("ccxt") else { return };
    let view = FixedView::sample(1);
    let served = Served::binance(view.clone());
    for (name, kind, symbol) in
        [("binance", InstrumentKind::Spot, "BTC/USDT"), ("binanceusdm", InstrumentKind::Perpetual, "SOL/USDT:USDT")]
    {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/ccxt_market.py");
        let address = format!("http://{}", served.address);
        let output = Command::new(&python).arg(script).args([&address, name, symbol]).output().unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        let seen: Value = serde_json::from_slice(&output.stdout).unwrap();

        let tape = view.0.iter().find(|tape| tape.listing.kind == kind && tape.listing.trading).unwrap();
        assert_eq!(seen["time"], view.now().as_millis());
        let markets = match name {
            "binance" => json!({ "BTC/USDT": true, "ETH/BTC": false, "SOL/USDT:USDT": true }),
            _ => json!({ "SOL/USDT:USDT": true }),
        };
        assert_eq!(seen["markets"], markets);
        assert_eq!(seen["id"], tape.listing.symbol.as_str());
        assert_eq!(floats(&seen["precision"]), [tape.listing.tick_size, tape.listing.lot_size]);
        assert_eq!(floats(&seen["minimum"]), [tape.listing.min_qty, tape.listing.min_notional]);

        let candles = |rows: &Value| -> Vec<(i64, Vec<f64>)> {
            let rows = rows.as_array().unwrap().iter();
            rows.map(|row| (row[0].as_i64().unwrap(), floats(&json!(row.as_array().unwrap()[1..])))).collect()
        };
        let bars = tape.bars.iter().map(|tape| tape.bar);
        let expected: Vec<(i64, Vec<f64>)> =
            bars.map(|bar| (bar.ts.as_millis(), vec![bar.open, bar.high, bar.low, bar.close, bar.volume])).collect();
        assert_eq!(candles(&seen["candles"]), expected);
        assert_eq!(candles(&seen["three_candles"]), expected[2..5]);

        assert_eq!(trades(&seen["trades"]), tape.trades);
        assert_eq!(trades(&seen["since"]), tape.trades[57..]);
        assert_eq!((levels(&seen["bids"]), levels(&seen["asks"])), (tape.depth.bids.clone(), tape.depth.asks.clone()));
        let high = tape.bars.iter().map(|tape| tape.bar.high).fold(f64::MIN, f64::max);
        let low = tape.bars.iter().map(|tape| tape.bar.low).fold(f64::MAX, f64::min);
        assert_eq!(floats(&seen["ticker"]), [tape.trades[59].price, tape.bars[0].bar.open, high, low]);
        assert_eq!(seen["refusal"], format!(r#"{name} {{"code":-1121,"msg":"Invalid symbol."}}"#));
    }
}

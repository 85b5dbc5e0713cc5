//! Frames and answers of the simulated exchange, requests to it, scripts of faults: never a panic, and what a frame says is
//! sound.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mem_types::{Timeframe, Timestamp};
use mem_venue::sim::adapter::SimAdapter;
use mem_venue::sim::fault::read_script;
use mem_venue::sim::native::Native;
use mem_venue::sim::view::Dialect;
use mem_venue::{Adapter, BarsPage, StreamEvent, TradesPage};

fuzz_target!(|bytes: &[u8]| {
    let adapter = SimAdapter::default();
    let mut events = Vec::new();
    let _ = adapter.read_frame(bytes, &mut events);
    for event in events {
        match event {
            StreamEvent::Trade { trade, .. } => assert!(trade.price > 0.0 && trade.qty >= 0.0),
            StreamEvent::Bar { bar, .. } => assert!(bar.check().is_ok()),
            _ => {}
        }
    }
    let symbol: mem_types::Symbol = "BTCUSDT".parse().expect("a symbol");
    let (from, to) = (Timestamp::from_nanos(0), Timestamp::from_nanos(i64::MAX));
    let bars = BarsPage { symbol: symbol.clone(), timeframe: Timeframe::H1, from, to, limit: 10 };
    let _ = adapter.read_bars(&bars, bytes);
    let _ = adapter.read_trades(&TradesPage { symbol, from_id: None, limit: 10 }, bytes);
    let _ = adapter.read_instruments(bytes);
    let _ = adapter.read_time(bytes);
    let _ = adapter.read_refusal(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = Native.read(text);
        let _ = read_script(text);
    }
});

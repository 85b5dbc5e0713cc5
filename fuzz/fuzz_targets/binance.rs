//! Arbitrary bytes as frames of Binance's streams and as bodies of its REST API.
#![no_main]

mod edits;

use mem_types::Timeframe;
use mem_venue::binance::Binance;
use mem_venue::{Adapter, BarsPage, StreamEvent, TradesPage};

const SEEDS: [&[u8]; 6] = [
    include_bytes!("../seeds/binance_agg_trade.json"),
    include_bytes!("../seeds/binance_kline.json"),
    include_bytes!("../seeds/binance_book.json"),
    include_bytes!("../seeds/binance_exchange_info.json"),
    include_bytes!("../seeds/binance_klines.json"),
    include_bytes!("../seeds/binance_trades.json"),
];

libfuzzer_sys::fuzz_target!(|sent: &[u8]| {
    let content = edits::content(sent, &SEEDS);
    let symbol = "BTCUSDT".parse().expect("a sound name");
    let mut events = Vec::new();
    if Binance::spot().read_frame(&content, &mut events).is_ok() {
        for event in &events {
            match event {
                StreamEvent::Trade { trade, .. } => {
                    assert!(trade.price > 0.0 && trade.price.is_finite() && trade.qty >= 0.0)
                }
                StreamEvent::Bar { bar, .. } => assert!(bar.check().is_ok()),
                _ => {}
            }
        }
    }
    let (from, to) = ("2017-01-01".parse().expect("a time"), "2030-01-01".parse().expect("a time"));
    let page = BarsPage { symbol, timeframe: Timeframe::M1, from, to, limit: 1000 };
    for adapter in [Binance::spot(), Binance::usd_m()] {
        if let Ok(bars) = adapter.read_bars(&page, &content) {
            assert!(bars.iter().all(|bar| bar.check().is_ok()));
            assert!(bars.windows(2).all(|pair| pair[0].ts < pair[1].ts));
        }
        let trades = TradesPage { symbol: page.symbol.clone(), from_id: None, limit: 1000 };
        if let Ok(trades) = adapter.read_trades(&trades, &content) {
            assert!(trades.windows(2).all(|pair| pair[0].id < pair[1].id));
        }
        let _ = adapter.read_instruments(&content);
        let _ = adapter.read_time(&content);
        assert!(adapter.read_refusal(&content).chars().count() <= 200);
    }
});

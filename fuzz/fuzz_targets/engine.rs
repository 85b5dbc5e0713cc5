//! Any market and any venue, however mad: the loop never panics, its books balance, and it says the same when it is told the same again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mem_engine::core::{Command, Engine, EngineConfig, Event, Operator, Stamped, State, VenueNews};
use mem_engine::journal::write_outputs;
use mem_engine::settings::EngineSettings;
use mem_memory::MemoryConfig;
use mem_trade::risk::RiskConfig;
use mem_trade::{Fees, Instrument};
use mem_types::{Fill, FillId, Liquidity, OrderId, OrderRequest, Timestamp};
use rust_decimal::Decimal;

/// Orders that the venue has been sent.
#[derive(Default)]
struct Venue {
    orders: Vec<OrderRequest>,
    fills: u64,
}

impl Venue {
    fn take(&mut self, commands: Vec<Command>) {
        for command in commands {
            match command {
                Command::Place(order) => self.orders.push(*order),
                Command::PlacePair { target, stop } => self.orders.extend([*target, *stop]),
                Command::Cancel { .. } => {}
            }
        }
    }

    /// What the venue says of one of its orders, true or not.
    fn news(&mut self, which: u8, what: u8, at: Timestamp) -> Option<VenueNews> {
        let number = usize::from(which) % self.orders.len().max(1);
        let order = self.orders.get(number)?;
        let id = order.client_order_id.clone();
        Some(match what % 4 {
            0 => VenueNews::Refused { id, why: "a drill".to_owned() },
            1 => VenueNews::Lost { id },
            _ => {
                self.fills += 1;
                // Whole, in part, and sometimes the same fill again.
                let qty = if what % 3 == 0 { order.qty } else { order.qty / Decimal::from(3) };
                VenueNews::Fill(Box::new(Fill {
                    id: FillId(self.fills - u64::from(what % 7 == 0 && self.fills > 1)),
                    order_id: OrderId(number as u64 + 1),
                    client_order_id: id,
                    symbol: order.symbol.clone(),
                    side: order.side,
                    price: Decimal::from(90 + u32::from(what % 20)),
                    qty,
                    fee: Decimal::from(what % 3),
                    fee_asset: "USDT".parse().expect("an asset"),
                    liquidity: Liquidity::Taker,
                    realised_pnl: Decimal::ZERO,
                    liquidation: false,
                    at,
                }))
            }
        })
    }
}

fn config(paper: bool) -> EngineConfig {
    let params = [("fast".to_owned(), 2.into()), ("slow".to_owned(), 3.into())].into();
    let settings = EngineSettings { strategy: "ma_cross".to_owned(), params, ..EngineSettings::default() };
    let fees = Fees { maker: Decimal::new(2, 4), taker: Decimal::new(5, 4) };
    let names = ["BTCUSDT", "ETHUSDT"].map(|name| {
        let (base, quote) = name.split_at(3);
        Instrument::gridless(
            name.parse().expect("a symbol"),
            base.parse().expect("an asset"),
            quote.parse().expect("an asset"),
            fees,
        )
    });
    settings
        .config("fuzz", names.into(), paper, &RiskConfig::default(), &MemoryConfig::default())
        .expect("a sound configuration")
}

fuzz_target!(|bytes: &[u8]| {
    let Some((first, steps)) = bytes.split_first() else { return };
    let config = config(first % 2 == 0);
    let begin = || Engine::new(config.clone(), State::default(), Vec::new(), true).expect("an engine");
    let mut engine = begin();
    let mut venue = Venue::default();
    let (mut said, mut journal) = (Vec::new(), Vec::new());
    let mut now = 1_700_000_000_000_000_000_i64;
    for step in steps.chunks_exact(4) {
        let [kind, a, b, c] = step else { continue };
        now += i64::from(*c) * 500_000_000;
        let (at, market) = (Timestamp::from_nanos(now), u16::from(a % 2));
        // Mostly near 100, sometimes absurd.
        let price = if *b == 255 { 1e-9 } else { 80.0 + f64::from(*b) / 6.0 };
        let event = match kind % 8 {
            0..=3 => {
                let ts = Timestamp::from_nanos(now - i64::from(*kind) * 100_000_000);
                Event::Trade { market, ts, price, qty: f64::from(*c) / 10.0 }
            }
            4 => Event::Quote { market, ts: at, bid: price, ask: price + 0.5 },
            5 => match venue.news(*a, *b, at) {
                Some(news) => Event::Venue(news),
                None => Event::Time,
            },
            6 => match b % 4 {
                0 => Event::Operator(Operator::KillSwitch { reason: (c % 2 == 0).then(|| "a drill".to_owned()) }),
                1 => Event::Operator(Operator::Flatten),
                2 => Event::Operator(Operator::ResetDrawdown),
                _ => Event::Time,
            },
            _ => Event::Time,
        };
        let event = Stamped { at, event };
        serde_json::to_writer(&mut journal, &event).expect("an event is JSON");
        journal.push(b'\n');
        engine.handle(&event);
        write_outputs(&mut said, &engine.take_outputs()).expect("memory takes everything");
        venue.take(engine.take_commands());
        assert!(engine.state().ledger.imbalance().is_empty(), "the books do not balance");
    }
    let mut again = begin();
    let mut said_again = Vec::new();
    for line in journal.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        again.handle(&serde_json::from_slice(line).expect("what was written is read"));
        write_outputs(&mut said_again, &again.take_outputs()).expect("memory takes everything");
        again.take_commands();
    }
    assert!(said == said_again, "the same events do not say the same");
});

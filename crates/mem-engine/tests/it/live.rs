//! The loop among real sockets: paper and venue orders against the simulated exchange.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use mem_engine::core::{EngineConfig, LaneConfig, Output, Source, State};
use mem_engine::keep::Keeper;
use mem_engine::live::{self, Changes, Control, MonitorConfig, Setup};
use mem_engine::replay::replay_session;
use mem_feed::FeedConfig;
use mem_indicators::ParamValue;
use mem_store::records::{Records, RecordsOptions};
use mem_testkit::real_bars;
use mem_trade::exact::decimal;
use mem_trade::ledger::Account;
use mem_trade::risk::RiskConfig;
use mem_trade::{Fees, Instrument, InstrumentKind};
use mem_types::{BarSpec, Bars, Timeframe, Timestamp};
use mem_venue::session::Http;
use mem_venue::sim::adapter::{SimAdapter, SimSigner};
use mem_venue::sim::clock::Clock;
use mem_venue::sim::exchange::Exchange;
use mem_venue::sim::server::{SimHandle, SimServer, SimServerConfig};
use mem_venue::sim::tape::Tape;
use mem_venue::{Adapter, InstrumentKind as Listed, Trading};

fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp::from_nanos(i64::try_from(since.as_nanos()).unwrap())
}

/// An exchange that replays real minutes, an hour of them in a second.
struct Market {
    url: String,
    handle: SimHandle,
    lanes: Vec<LaneConfig>,
    _stop: tokio::sync::oneshot::Sender<()>,
}

/// `None` where there are no real candles.
async fn market(kind: Listed, source: Source) -> Option<Market> {
    let mut tapes = Vec::new();
    for symbol in ["BTCUSDT", "ETHUSDT"] {
        let bars = real_bars(&format!("crypto_1m/binance_um_{symbol}_1m.csv.gz"))?;
        let bars = Bars::from_bars((0..20_000).map(|index| bars.view().bar(index))).unwrap();
        tapes.push(Tape::of_candles(symbol.parse().unwrap(), kind, bars, Timeframe::M1).unwrap());
    }
    let (first, _) = tapes[0].span();
    let start = Timestamp::from_nanos(first.as_nanos() + 1_000 * Timeframe::M1.nanos() + 7_000_000_000);
    let lanes = tapes
        .iter()
        .map(|tape| {
            let listing = tape.listing();
            let exact = |value: f64| decimal(value).unwrap();
            LaneConfig {
                instrument: Instrument {
                    symbol: listing.symbol.clone(),
                    base: listing.base.parse().unwrap(),
                    quote: listing.quote.parse().unwrap(),
                    kind: if kind == Listed::Spot { InstrumentKind::Spot } else { InstrumentKind::Perpetual },
                    tick_size: exact(listing.tick_size),
                    lot_size: exact(listing.lot_size),
                    min_qty: exact(listing.min_qty),
                    min_notional: exact(listing.min_notional),
                    fees: Fees::default(),
                },
                strategy: "fast_score".to_owned(),
                params: vec![("min_confidence".to_owned(), ParamValue::Float(30.0))],
                bars: BarSpec::Time(Timeframe::M1),
                source,
                enabled: true,
                watched: false,
            }
        })
        .collect();
    let exchange = Arc::new(Exchange::new(tapes, Clock::new(start, 3_600.0)));
    let config = SimServerConfig {
        bind: ([127, 0, 0, 1], 0).into(),
        requests_per_minute: 1_000_000,
        ..SimServerConfig::default()
    };
    let server = SimServer::bind(config, exchange, None, &[]).await.unwrap();
    let (url, handle) = (server.address().to_string(), server.handle());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    tokio::spawn(server.serve(async move {
        let _ = stopped.await;
    }));
    Some(Market { url, handle, lanes, _stop: stop })
}

fn http(market: &Market) -> Http {
    let adapter = Arc::new(SimAdapter::new(Duration::from_millis(500)));
    Http::new(adapter, vec![format!("http://{}", market.url)], Duration::from_secs(5))
}

fn signed(market: &Market) -> Http {
    http(market).signed_by(Arc::new(SimSigner::new("simulated-key", "simulated-secret")))
}

fn records(folder: &Path) -> Records {
    Records::open(folder.join("mem_data.db"), RecordsOptions::default()).unwrap()
}

fn setup(market: &Market, folder: &Path, session: &str, paper: bool) -> Setup {
    let risk =
        RiskConfig { max_daily_loss: 1.0, max_drawdown: 1.0, max_orders_per_minute: 10_000, ..RiskConfig::default() };
    Setup {
        config: EngineConfig { paper, risk, ..EngineConfig::paper(session, market.lanes.clone()) },
        records: records(folder),
        session: folder.join(session),
        http: http(market),
        sockets: vec![format!("ws://{}", market.url)],
        feed: FeedConfig::default(),
        orders: (!paper).then(|| signed(market)),
        monitor: MonitorConfig::default(),
        alerts: None,
        clock: now,
        tap: live::Tap::default(),
        control: Control::in_folder(folder),
        changes: Changes::default(),
        began: None,
    }
}

/// Runs until so many trades are over, at most a minute.
async fn until_closed(setup: Setup, wanted: usize) -> live::Ended {
    let (enough, stop) = tokio::sync::oneshot::channel::<()>();
    let (mut closed, mut enough) = (0, Some(enough));
    let stop = async move {
        let _ = tokio::time::timeout(Duration::from_secs(60), stop).await;
    };
    live::run(setup, stop, |_, outputs| {
        closed += outputs.iter().filter(|output| matches!(output, Output::Closed(_))).count();
        if closed >= wanted
            && let Some(enough) = enough.take()
        {
            let _ = enough.send(());
        }
    })
    .await
    .unwrap()
}

fn kept(folder: &Path) -> State {
    Keeper::load(&records(folder)).unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn paper_trading_is_replayed_to_the_byte() {
    for source in [Source::Trades, Source::Bars(Timeframe::M1)] {
        let folder = tempfile::tempdir().unwrap();
        let Some(market) = market(Listed::Spot, source).await else { return };
        let ended = until_closed(setup(&market, folder.path(), "one", true), 3).await;
        assert!(ended.board.balanced && ended.board.decisions > 3, "{:#?}", ended.board);
        assert_eq!(ended.board.late_trades, 0);
        let replayed = replay_session(&folder.path().join("one"), |_| {}).unwrap();
        assert!(replayed.identical && replayed.lines_then == replayed.lines_now, "{replayed:?}");
        assert!(replayed.lines_then > 20, "{replayed:?}");
        let state = kept(folder.path());
        assert_eq!(state.ledger.imbalance(), []);
        assert!(!folder.path().join("status.json").exists());
        market.handle.clear();
    }
}

/// Books, orders and positions are the venue's.
async fn agrees(market: &Market, state: &State, kind: Listed) {
    let http = signed(market);
    let adapter = SimAdapter::default();
    let trading: &dyn Trading = adapter.trading().unwrap();
    let account = trading.read_account(&http.send(&trading.account()).await.unwrap()).unwrap();
    for (asset, theirs) in &account.balances {
        assert_eq!(state.ledger.balance(Account::Cash, asset), *theirs, "{asset}");
    }
    if kind == Listed::Perpetual {
        for lane in &market.lanes {
            let theirs = account.positions.iter().find(|(symbol, _)| *symbol == lane.instrument.symbol);
            assert_eq!(state.qty(&lane.instrument.symbol), theirs.map_or(0.into(), |(_, qty)| *qty));
        }
    }
    let open = trading.read_orders(&http.send(&trading.open_orders()).await.unwrap()).unwrap();
    let mut theirs: Vec<_> = open.iter().map(|order| order.client_order_id.clone()).collect();
    theirs.sort();
    let ours: Vec<_> = state.orders.iter().map(|order| order.request.client_order_id.clone()).collect();
    assert_eq!(ours, theirs);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_at_a_venue_leave_the_same_books_on_both_sides() {
    for kind in [Listed::Spot, Listed::Perpetual] {
        let folder = tempfile::tempdir().unwrap();
        let Some(market) = market(kind, Source::Trades).await else { return };
        until_closed(setup(&market, folder.path(), "one", false), 3).await;
        // The market stands, so that nothing fills while both sides are looked at.
        market.handle.set_speed(0.0);
        let ended = until_closed_nothing(setup(&market, folder.path(), "two", false)).await;
        let (found, took) = ended.recovered.unwrap();
        assert!(took < Duration::from_secs(5), "{found:?} {took:?}");
        let state = kept(folder.path());
        assert_eq!(state.ledger.imbalance(), []);
        agrees(&market, &state, kind).await;
        for session in ["one", "two"] {
            let replayed = replay_session(&folder.path().join(session), |_| {}).unwrap();
            assert!(replayed.identical, "{session} {replayed:?}");
        }
        let records = records(folder.path());
        assert!(records.get_fills().unwrap().len() >= 6);
        let differences = records.get_ledger().unwrap().into_iter().filter(|entry| entry.kind == "adjustment").count();
        assert_eq!(differences, 0);
    }
}

/// Starts and stops at once: what is left to do is what was found at the venue.
async fn until_closed_nothing(setup: Setup) -> live::Ended {
    live::run(setup, tokio::time::sleep(Duration::from_millis(1_500)), |_, _| {}).await.unwrap()
}

//! The second half of `mem demo`: an exchange, an engine that trades on it on paper, and the pages beside them.
//!
//! The market's first part is its past: it goes through the engine at once, so that there are trades to look at. Then the exchange's clock
//! starts there, and everything runs over real sockets until Ctrl-C. Killed and started again, it goes on where the books end.

use std::io::IsTerminal;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use mem_engine::core::{EngineConfig, Event, Source, Stamped};
use mem_engine::durable::Durable;
use mem_engine::keep::Keeper;
use mem_engine::live::{Changes, Control, Setup, Tap};
use mem_engine::settings::EngineSettings;
use mem_feed::FeedConfig;
use mem_server::Parts;
use mem_store::catalog::Catalog;
use mem_store::records::Records;
use mem_types::{Bars, SeriesKey, Timeframe, Timestamp, Venue};
use mem_venue::session::Http;
use mem_venue::sim::adapter::SimAdapter;
use mem_venue::sim::clock::{Clock, MAX_SPEED};
use mem_venue::sim::exchange::Exchange;
use mem_venue::sim::market::{MarketConfig, generate};
use mem_venue::sim::server::{SimServer, SimServerConfig};
use mem_venue::sim::tape::Tape;
use mem_venue::{Adapter, InstrumentKind};
use tokio::sync::watch as channel;

use super::alerting::{self, Alerting};
use super::control::describe;
use super::pages::{self, Pages};
use super::run::{Lock, in_sessions, keep_bars, line_of, progress, session_name};
use super::sentiment::scorer_of;
use super::sim::on_grid;
use super::{Context, drill, now, open_in_browser, records, until_stopped};
use crate::cli::DemoArgs;
use crate::config::SAVED_NAME;
use crate::exit::{Outcome, UsageError};
use crate::output;
use crate::settings::{Desk, Trading};
use crate::training::{self, Watch};

/// Minutes of the simulated market.
const MINUTES: usize = 43_200;
/// Part of the market that has been traded when the demo opens.
const PAST: f64 = 0.25;
/// Real seconds that a bar of the strategy takes.
const SECONDS_PER_BAR: f64 = 3.0;
/// Candles that are put on record together.
const BATCH: usize = 4_096;

/// A market to trade.
pub(super) struct Markets {
    /// Under which the catalog keeps them.
    venue: Venue,
    timeframe: Timeframe,
    series: Vec<(mem_types::Symbol, Bars)>,
}

/// Minutes that never were.
pub(super) fn minutes(seed: u64) -> anyhow::Result<Markets> {
    let config = MarketConfig { timeframe: Timeframe::M1, ..MarketConfig::new(seed, MINUTES) };
    let series = generate(&config).series.into_iter().map(|(symbol, bars)| Ok((symbol, on_grid(&bars)?)));
    let venue = MarketConfig::venue();
    Ok(Markets { venue, timeframe: config.timeframe, series: series.collect::<anyhow::Result<_>>()? })
}

/// Candles of the catalog.
pub(super) fn candles(catalog: &Catalog, keys: &[SeriesKey]) -> anyhow::Result<Markets> {
    let mut series: Vec<(mem_types::Symbol, Bars)> = Vec::new();
    for key in keys {
        let bars = catalog.read_bars(key, None, None)?;
        // Trades cannot be made of candles that do not say how much was traded.
        let whole = bars.view().volume.iter().all(|volume| !volume.is_nan());
        if whole && series.iter().all(|(symbol, _)| *symbol != key.symbol) {
            series.push((key.symbol.clone(), bars));
        }
    }
    anyhow::ensure!(!series.is_empty(), "no candles with volumes to trade: `--no-trade` leaves it at the research");
    Ok(Markets { venue: keys[0].venue.clone(), timeframe: keys[0].timeframe, series })
}

pub(super) fn run(
    context: &Context,
    arguments: &DemoArgs,
    folder: &Path,
    mut markets: Markets,
) -> anyhow::Result<Outcome> {
    let engine_folder = folder.join("engine");
    let _lock = Lock::take(&engine_folder)?;
    if arguments.fresh {
        forget(context, folder)?;
    }
    let timeframe = markets.timeframe;
    let opening = opening(&markets)?;
    if arguments.drill {
        for (_, bars) in &mut markets.series {
            *bars = drill::changed(bars, opening)?;
        }
    }
    // A minute's moves hardly pay for a trade's costs.
    let bars = if timeframe == Timeframe::M1 { "15m".parse()? } else { timeframe };
    let seconds = bars.nanos() as f64 / 1e9;
    let pace = if arguments.drill { drill::SECONDS_PER_BAR } else { SECONDS_PER_BAR };
    let speed = arguments.speed.unwrap_or((seconds / pace).min(MAX_SPEED));
    if !(0.0..=MAX_SPEED).contains(&speed) {
        return Err(UsageError(format!("--speed {speed}: 0 (stands) to {MAX_SPEED}")).into());
    }
    let lasts = arguments
        .lasts
        .map(|lasts| {
            Duration::try_from(lasts).map_err(|_| UsageError(format!("--for {lasts:#}: expected a time such as 1m")))
        })
        .transpose()?;
    let tapes = markets.series.iter().map(|(symbol, bars)| {
        Tape::of_candles(symbol.clone(), InstrumentKind::Spot, bars.clone(), timeframe).map_err(anyhow::Error::from)
    });
    let tapes = tapes.collect::<anyhow::Result<Vec<Tape>>>()?;
    mem_strategy::build(&arguments.strategy, &[]).map_err(|error| UsageError(error.to_string()))?;
    let records = records::open_in(context, folder)?;
    // The demo's market is not the user's: neither are its symbols, nor what its pages save.
    let own = [("strategy", arguments.strategy.clone()), ("bars", bars.to_string()), ("symbols", "[]".to_owned())];
    let own = own.map(|(key, value)| (format!("engine.{key}"), value)).into_iter();
    let model = [("line", &arguments.model), ("role", &arguments.model_role)];
    let model = model.into_iter().filter_map(|(key, value)| Some((format!("models.{key}"), value.clone()?)));
    let pace = arguments.drill.then(drill::pace).into_iter().flatten();
    let given = context.given.clone().commanded(own.chain(model).chain(pace));
    let changes = Changes::default();
    let trading = Trading {
        typed: Box::new(move |settings| Ok(EngineSettings { candles: timeframe, ..settings })),
        listings: tapes.iter().map(|tape| tape.listing().clone()).collect(),
        paper: true,
        changes: changes.clone(),
    };
    let desk = Arc::new(Desk::open(given, folder, records.clone(), Some(trading))?);
    let config = desk.engine_config(&session_name(now())).map_err(UsageError)?;
    let known = Keeper::load(&records)?;
    let begins = match known.and_then(|state| state.seen_until) {
        Some(until) => until,
        None => past(context, &config, &markets, records.clone(), opening)?,
    };
    let last = tapes.iter().map(|tape| tape.span().1).max().context("a market has a symbol")?;
    if begins >= last {
        return Err(UsageError("the whole market has been traded: --fresh begins anew".to_owned()).into());
    }
    if arguments.drill {
        let message = drill::announce(&records, opening, now())?;
        if !context.json {
            output::line(message)?;
        }
    }
    let exchange = Arc::new(Exchange::new(tapes, Clock::new(begins, speed)));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start threads")?;
    runtime.block_on(together(
        context,
        arguments,
        folder,
        (config, desk, changes),
        records,
        (exchange, markets.venue, opening),
        lasts,
    ))
}

/// Removes what was traded before. Models stay: they were trained, not traded.
fn forget(context: &Context, folder: &Path) -> anyhow::Result<()> {
    let models = records::open_in(context, folder)?.models()?;
    for name in ["mem_data.db", "mem_data.db-wal", "mem_data.db-shm", SAVED_NAME] {
        let path = folder.join(name);
        if path.exists() {
            std::fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    let records = records::open_in(context, folder)?;
    models.iter().try_for_each(|model| records.put_model(model))?;
    Ok(())
}

/// Where the market's past ends and live trading begins.
fn opening(markets: &Markets) -> anyhow::Result<Timestamp> {
    let first = markets.series.iter().filter_map(|(_, bars)| bars.view().ts_ns.first().copied()).min();
    let last = markets.series.iter().filter_map(|(_, bars)| bars.view().ts_ns.last().copied()).max();
    let (first, last) = first.zip(last).context("a market has candles")?;
    Ok(markets.timeframe.open_of(Timestamp::from_nanos(first + ((last - first) as f64 * PAST) as i64)))
}

/// Trades the market's past up to `end` at once, and gives that.
fn past(
    context: &Context,
    config: &EngineConfig,
    markets: &Markets,
    records: Records,
    end: Timestamp,
) -> anyhow::Result<Timestamp> {
    let timeframe = markets.timeframe;
    // Models have learned from this past: what they would say of it would be hindsight.
    let mut config = EngineConfig { session: format!("{}-past", config.session), seats: Vec::new(), ..config.clone() };
    config.lanes.iter_mut().for_each(|lane| lane.source = Source::Bars(timeframe));
    let mut candles = Vec::new();
    for (market, (_, bars)) in markets.series.iter().enumerate() {
        let market = u16::try_from(market).context("too many symbols")?;
        let before = bars.view().iter().take_while(|bar| bar.ts < end);
        candles.extend(before.map(|bar| (timeframe.close_of(bar.ts), market, bar)).collect::<Vec<_>>());
    }
    candles.sort_by_key(|(closes, market, _)| (*closes, *market));
    let progress = output::progress(candles.len() as u64, "candles of the past", context.silent);
    let mut durable = Durable::begin(config, records, None, "demo", now())?;
    for chunk in candles.chunks(BATCH) {
        for (at, market, bar) in chunk {
            durable.handle(&Stamped { at: *at, event: Event::Bar { market: *market, bar: *bar } })?;
        }
        durable.commit()?;
        progress.inc(chunk.len() as u64);
    }
    durable.end()?;
    progress.finish_and_clear();
    Ok(end)
}

/// Exchange, engine and pages, until somebody stops them.
async fn together(
    context: &Context,
    arguments: &DemoArgs,
    folder: &Path,
    (config, desk, changes): (EngineConfig, Arc<Desk>, Changes),
    records: Records,
    (exchange, venue, opening): (Arc<Exchange>, Venue, Timestamp),
    lasts: Option<Duration>,
) -> anyhow::Result<Outcome> {
    let sim = SimServerConfig {
        bind: ([127, 0, 0, 1], 0).into(),
        requests_per_minute: 1_000_000,
        ..SimServerConfig::default()
    };
    let market = SimServer::bind(sim, exchange, None, &[]).await?;
    let market_address = market.address();
    let engine_folder = folder.join("engine");
    let adapter = SimAdapter::default();
    let (tap, control) = (Tap::default(), Control::in_folder(&engine_folder));
    let live = pages::live(&config, adapter.venue().as_str(), tap.clone(), control.clone(), Some(market.handle()));
    let scorer = scorer_of(context, None)?;
    let parts = || Parts {
        live: Some(live.clone()),
        settings: Some(Arc::clone(&desk) as _),
        ..pages::parts(context, folder, Catalog::open(folder.join("catalog")), records.clone(), Arc::clone(&scorer))
    };
    let mut wanted = context.config.server.clone();
    let pages = match Pages::start(wanted.clone(), parts()).await {
        Ok(pages) => pages,
        Err(_) => {
            // Somebody has that port already: any other will do for a demo.
            wanted.bind.set_port(0);
            wanted.compat_ports = false;
            Pages::start(wanted, parts()).await?
        }
    };

    let asked = until_stopped().context("cannot listen for signals")?;
    let (end, ended) = channel::channel(false);
    let over = |mut ended: channel::Receiver<bool>| async move {
        let _ = ended.wait_for(|ended| *ended).await;
    };
    let market_task = tokio::spawn(market.serve(over(ended)));
    if !context.json {
        introduce(&config, folder, &pages.address, &market_address.to_string())?;
    }
    if !arguments.no_open && !context.json && std::io::stdout().is_terminal() {
        // No browser is no failure of a demo: the address stands above.
        if let Err(error) = open_in_browser(&pages.address) {
            eprintln!("{error:#}");
        }
    }
    let alerting = Alerting::start(context)?;
    let http = Http::new(
        Arc::new(adapter),
        vec![format!("http://{market_address}")],
        Duration::from_millis(context.config.feed.timeout_ms),
    );
    let setup = |config: EngineConfig, began| Setup {
        session: engine_folder.join("sessions").join(&config.session),
        config,
        records: records.clone(),
        http: http.clone(),
        sockets: vec![format!("ws://{market_address}")],
        // An exchange of our own is not worn out by being asked: it is back as soon as somebody lets it.
        feed: FeedConfig {
            max_reconnect_ms: context.config.feed.max_reconnect_ms.min(2_000),
            reconnect_ms: context.config.feed.reconnect_ms.min(2_000),
            breaker_reset_ms: context.config.feed.breaker_reset_ms.min(5_000),
            ..context.config.feed.clone()
        },
        orders: None,
        monitor: alerting::monitor(&desk.config()),
        alerts: Some(alerting.sender()),
        tap: tap.clone(),
        clock: now,
        control: control.clone(),
        changes: changes.clone(),
        began,
    };
    let watch = Watch::start(training::Setup {
        desk: Arc::clone(&desk),
        changes: changes.clone(),
        records: records.clone(),
        folder: folder.to_owned(),
        seats: config.seats.clone(),
        // The demo's market lies in its catalog already, but for what a drill has changed.
        keep_bars: if arguments.drill {
            keep_bars(Catalog::open(folder.join("catalog")), venue, tap.clone())
        } else {
            Box::new(|| ())
        },
        clock: now,
    });
    let stop = async move {
        match lasts {
            None => asked.await,
            Some(lasts) => tokio::select! {
                () = asked => {}
                () = tokio::time::sleep(lasts) => {}
            },
        }
    };
    let bar = output::spinner("", context.silent);
    let story = match config.seats.first() {
        Some(seat) if arguments.drill => {
            let (bar, json, share) = (bar.clone(), context.json, seat.rollout.shares[0]);
            let tell = move |line: String| {
                if !json {
                    bar.suspend(|| println!("{line}"));
                }
            };
            let begins = drill::Begins { at: opening, timeframe: seat.scope.timeframe };
            Some(drill::Story::start(records.clone(), (seat.line.clone(), share), begins, tell)?)
        }
        None if arguments.drill && !context.json => {
            output::line(
                "DRILL  no model has a say here: `--model NAME` names one that was trained and promoted (mem train, mem models promote)",
            )?;
            None
        }
        _ => None,
    };
    let session = in_sessions(&desk, config, setup, stop, |board, outputs| {
        if !context.json {
            for line in outputs.iter().filter_map(line_of) {
                bar.suspend(|| println!("{line}"));
            }
        }
        bar.set_message(progress(board));
    })
    .await;
    bar.finish_and_clear();
    watch.end();
    if let Some(story) = story {
        story.end();
    }
    alerting.end().await;
    pages.end().await;
    end.send_replace(true);
    let _ = market_task.await;
    let session = session?;
    if context.json {
        output::json(&serde_json::json!({ "trading": session.board }))?;
    } else {
        describe(&session.board)?;
    }
    Ok(Outcome::Done)
}

fn introduce(config: &EngineConfig, folder: &Path, pages: &str, market: &str) -> anyhow::Result<()> {
    let symbols: Vec<&str> =
        config.lanes.iter().filter(|lane| !lane.watched).map(|lane| lane.instrument.symbol.as_str()).collect();
    let first = &config.lanes[0];
    output::line(format!(
        "\nTRADING ON PAPER on a SIMULATED EXCHANGE at http://{market}\n\
         strategy: {} on {} bars of {}\n\
         pages:    {pages}\n\
         records:  {}\n\
         in another terminal: mem status, mem kill-switch on, mem stop; Ctrl-C ends everything\n",
        first.strategy,
        first.bars,
        symbols.join(", "),
        folder.join("mem_data.db").display(),
    ))
}

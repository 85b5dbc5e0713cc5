//! `mem run`: the engine on a venue's market, on paper or for real.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use mem_credentials::{Credentials, CredentialsError, Sources};
use mem_engine::core::output::Level;
use mem_engine::core::{EngineConfig, Output};
use mem_engine::live::{self, Applied, Board, Changes, Control, Ended, LiveError, Setup, Tap};
use mem_engine::settings::EngineSettings;
use mem_engine::texts::follow;
use mem_model::sentiment::Scorer;
use mem_store::catalog::Catalog;
use mem_store::records::Records;
use mem_types::near::nearest;
use mem_types::{Bar, Bars, SeriesKey, Symbol, Timestamp, Venue};
use mem_venue::Listing;
use mem_venue::session::Http;
use mem_venue::sim::adapter::SimSigner;

use super::alerting::{self, Alerting};
use super::control::describe;
use super::pages::{self, Pages};
use super::sentiment::scorer_of;
use super::{Context, now, parse_params, records, series, until_stopped, venue};
use crate::cli::{RunArgs, TradeArgs};
use crate::exit::{Outcome, UsageError};
use crate::output;
use crate::settings::{Desk, MOST_UNNAMED, Trading};
use crate::training::{self, Watch};

/// How long after a venue could not be asked it is asked again.
const AGAIN: Duration = Duration::from_secs(1);
/// The name under which records say whose account they hold.
const ACCOUNT: &str = "account";

pub(super) fn run(context: &Context, arguments: &RunArgs) -> anyhow::Result<Outcome> {
    // What cannot be is said before anything is asked of a venue.
    let settings = settings(context, &arguments.trade, arguments.bars)?;
    let venue = venue::find(context, &arguments.venue, arguments.endpoint.as_deref())?;
    let lasts = arguments
        .lasts
        .map(|lasts| {
            Duration::try_from(lasts).map_err(|_| UsageError(format!("--for {lasts:#}: expected a time such as 10m")))
        })
        .transpose()?;
    let orders = if arguments.live { Some(signed(context, arguments)?) } else { None };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start threads")?;
    runtime.block_on(async {
        let listings = listed(&venue.http, &settings).await?;
        let folder = context.config.engine_folder();
        let alerting = Alerting::start(context)?;
        let lock = Lock::take(&folder)?;
        let records = records::open(context)?;
        let (trade, bars, changes) = (arguments.trade.clone(), arguments.bars, Changes::default());
        let trading = Trading {
            typed: Box::new(move |settings| typed_over(settings, &trade, bars)),
            listings,
            paper: orders.is_none(),
            changes: changes.clone(),
        };
        let folder_of_data = &context.config.data.folder;
        let desk = Arc::new(Desk::open(context.given.clone(), folder_of_data, records.clone(), Some(trading))?);
        let config = desk.engine_config(&session_name(now())).map_err(UsageError)?;
        same_account(&records, &config, venue.http.adapter().venue().as_str())?;
        let (tap, control) = (Tap::default(), Control::in_folder(&folder));
        let scorer = scorer_of(context, None)?;
        let pages = if arguments.no_pages {
            None
        } else {
            serve(context, &config, &venue.http, (&records, &scorer), (&tap, &control), &desk).await
        };
        if !context.json {
            introduce(&config, &arguments.venue)?;
            if let Some(pages) = &pages {
                output::line(format!("pages: {}", pages.address))?;
            }
        }
        let setup = |config: EngineConfig, began| Setup {
            session: folder.join("sessions").join(&config.session),
            config,
            records: records.clone(),
            http: venue.http.clone(),
            sockets: venue.sockets.clone(),
            feed: context.config.feed.clone(),
            orders: orders.clone(),
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
            folder: folder_of_data.clone(),
            seats: config.seats.clone(),
            keep_bars: keep_bars(series::open_catalog(context), venue.http.adapter().venue().clone(), tap.clone()),
            clock: now,
        });
        let sentiment = context.config.sentiment.clone();
        let feeds = tokio::spawn(follow(sentiment, scorer, records.clone(), now));
        let asked = until_stopped().context("cannot listen for signals")?;
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
        let ended = in_sessions(&desk, config, setup, stop, |board, outputs| {
            if !context.json {
                for line in outputs.iter().filter_map(line_of) {
                    bar.suspend(|| println!("{line}"));
                }
            }
            bar.set_message(progress(board));
        })
        .await;
        bar.finish_and_clear();
        feeds.abort();
        // It was called off, or has none to follow.
        let _ = feeds.await;
        watch.end();
        alerting.end().await;
        if let Some(pages) = pages {
            pages.end().await;
        }
        drop(lock);
        let ended = ended?;
        if context.json {
            output::json(&ended.board)?;
        } else {
            describe(&ended.board)?;
        }
        Ok(Outcome::Done)
    })
}

/// Puts the closed bars that the engine has seen into the catalog, so that what is trained later learns from them.
pub(super) fn keep_bars(catalog: Catalog, venue: Venue, tap: Tap) -> Box<dyn FnMut() + Send> {
    let mut seen: Vec<(u64, u64)> = Vec::new();
    Box::new(move || {
        let charts = tap.charts();
        seen.resize(charts.markets.len(), (0, 0));
        let mut new: Vec<(SeriesKey, Vec<Bar>)> = Vec::new();
        for (chart, (session, total)) in charts.markets.iter().zip(&mut seen) {
            if *session != charts.session {
                (*session, *total) = (charts.session, 0);
            }
            let Some(timeframe) = chart.spec.timeframe() else { continue };
            let key = SeriesKey { venue: venue.clone(), symbol: chart.symbol.clone(), timeframe };
            new.push((key, chart.since(*total).copied().collect()));
            *total = chart.total;
        }
        drop(charts);
        for (key, bars) in new.into_iter().filter(|(_, bars)| !bars.is_empty()) {
            let merged = Bars::from_bars(bars).map_err(|error| error.to_string());
            let merged = merged.and_then(|bars| catalog.merge_bars(&key, &bars).map_err(|error| error.to_string()));
            if let Err(error) = merged {
                tracing::warn!(%error, series = %key, "bars that were seen are not in the catalog");
            }
        }
    })
}

/// Pages beside the engine. Trading does not depend on them: where the address is taken, it goes on without.
async fn serve(
    context: &Context,
    config: &EngineConfig,
    http: &Http,
    (records, scorer): (&Records, &Arc<dyn Scorer>),
    (tap, control): (&Tap, &Control),
    desk: &Arc<Desk>,
) -> Option<Pages> {
    let live = pages::live(config, http.adapter().venue().as_str(), tap.clone(), control.clone(), None);
    let parts = mem_server::Parts {
        live: Some(live),
        settings: Some(Arc::clone(desk) as _),
        ..pages::parts(
            context,
            &context.config.data.folder,
            series::open_catalog(context),
            records.clone(),
            Arc::clone(scorer),
        )
    };
    match Pages::start(context.config.server.clone(), parts).await {
        Ok(pages) => Some(pages),
        Err(error) => {
            eprintln!("no pages: {error}; --no-pages says that none are wanted");
            None
        }
    }
}

/// One session after another, each from the books of the one before, until `stop` resolves: settings that a running session cannot take
/// over turn it over.
pub(super) async fn in_sessions(
    desk: &Desk,
    first: EngineConfig,
    setup: impl Fn(EngineConfig, Option<Applied>) -> Setup,
    stop: impl Future<Output = ()>,
    mut watch: impl FnMut(&Board, &[Output]),
) -> anyhow::Result<Ended> {
    tokio::pin!(stop);
    let (mut config, mut began) = (first, None);
    let mut turned = false;
    loop {
        let ended = match live::run(setup(config, began.take()), stop.as_mut(), &mut watch).await {
            Ok(ended) => ended,
            // A venue that cannot be asked when a session is turned over may answer a moment later.
            Err(error @ (LiveError::Venue(_) | LiveError::Wire(_) | LiveError::Trader(_))) if turned => {
                tracing::warn!(%error, "the next session cannot begin yet");
                tokio::select! {
                    () = &mut stop => return Err(error.into()),
                    () = tokio::time::sleep(AGAIN) => {}
                }
                config = desk.engine_config(&session_name(now())).map_err(anyhow::Error::msg)?;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let Some(applied) = ended.turned_over else { return Ok(ended) };
        config = desk.engine_config(&session_name(now())).map_err(anyhow::Error::msg)?;
        (began, turned) = (Some(applied), true);
    }
}

/// The section `[engine]` with what was typed over it.
pub(super) fn settings(
    context: &Context,
    typed: &TradeArgs,
    bars: Option<mem_types::BarSpec>,
) -> anyhow::Result<EngineSettings> {
    Ok(typed_over(context.config.engine.clone(), typed, bars).map_err(UsageError)?)
}

/// The same over any settings.
fn typed_over(
    mut settings: EngineSettings,
    typed: &TradeArgs,
    bars: Option<mem_types::BarSpec>,
) -> Result<EngineSettings, String> {
    if let Some(strategy) = &typed.strategy {
        if *strategy != settings.strategy {
            settings.params.clear();
        }
        settings.strategy.clone_from(strategy);
    }
    settings.params.extend(parse_params(&typed.param).map_err(|error| error.0)?);
    if !typed.symbols.is_empty() {
        settings.symbols.clone_from(&typed.symbols);
    }
    if let Some(bars) = bars {
        settings.bars = bars;
    }
    if let Some(capital) = typed.capital {
        settings.capital = capital;
    }
    settings.validate()?;
    let params: Vec<_> = settings.params.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    mem_strategy::build(&settings.strategy, &params).map_err(|error| error.to_string())?;
    Ok(settings)
}

/// What the venue lists, if what is wanted is among it.
async fn listed(http: &Http, settings: &EngineSettings) -> anyhow::Result<Vec<Listing>> {
    let adapter = http.adapter();
    let body = http.send(&adapter.instruments()).await.context("cannot ask the venue what it lists")?;
    let listings = adapter.read_instruments(&body)?;
    let known: BTreeSet<&Symbol> = listings.iter().map(|listing| &listing.symbol).collect();
    if let Some(unknown) = settings.symbols.iter().find(|symbol| !known.contains(symbol)) {
        let hint = nearest(unknown.as_str(), known.iter().map(|symbol| symbol.as_str()));
        return Err(UsageError(format!("{} lists no {unknown}{hint}", adapter.venue())).into());
    }
    if settings.symbols.is_empty() && listings.len() > MOST_UNNAMED {
        let count = listings.len();
        return Err(UsageError(format!("{} lists {count} symbols: name some with --symbols", adapter.venue())).into());
    }
    Ok(listings)
}

/// Requests for orders: signed with the user's key, or with the one that everybody knows at the simulated exchange.
fn signed(context: &Context, arguments: &RunArgs) -> anyhow::Result<Http> {
    // A session of its own: market data never waits behind orders, nor orders behind market data.
    let venue = venue::find(context, &arguments.venue, arguments.endpoint.as_deref())?;
    let name = venue.http.adapter().venue().clone();
    if venue.http.adapter().trading().is_none() {
        return Err(UsageError(format!(
            "this version sends no orders to {name}: without --live it trades there on paper"
        ))
        .into());
    }
    let sources = Sources::of_process(Path::new(".env"))?;
    let credentials = Credentials::new(&context.config.data.folder, sources, now);
    let fields = match credentials.get(&name.as_str().parse()?) {
        Err(CredentialsError::Missing { .. }) => Vec::new(),
        found => found?,
    };
    let field = |wanted: &str| {
        fields.iter().find(|field| field.name.as_str() == wanted).map(|field| field.secret.expose().to_owned())
    };
    let (key, secret) = match (field("api_key"), field("api_secret")) {
        (Some(key), Some(secret)) => (key, secret),
        (None, None) if name == mem_venue::sim::market::MarketConfig::venue() => {
            ("simulated-key".to_owned(), "simulated-secret".to_owned())
        }
        _ => {
            return Err(UsageError(format!(
                "--live needs api_key and api_secret of {name}: `mem credentials set {name}` takes them"
            ))
            .into());
        }
    };
    Ok(venue.http.signed_by(Arc::new(SimSigner::new(key, secret))))
}

/// A name for a session: the time in milliseconds, in hexadecimal, so that sessions sort by time.
pub(super) fn session_name(at: Timestamp) -> String {
    format!("{:x}", at.as_millis())
}

/// The records hold one account: a paper account of a market, or ours at a venue.
fn same_account(records: &Records, config: &EngineConfig, venue: &str) -> anyhow::Result<()> {
    let account = format!("{} at {venue}", if config.paper { "on paper" } else { "real" });
    match records.get_engine_state(ACCOUNT)? {
        Some(known) if known != account => Err(UsageError(format!(
            "these records hold the account {known}, this one is {account}: give it a --data-folder of its own"
        ))
        .into()),
        Some(_) => Ok(()),
        None => Ok(records.set_engine_state(ACCOUNT, &account)?),
    }
}

/// Only one engine works in a folder.
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    pub(super) fn take(folder: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let path = folder.join("lock");
        let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        // The system lets go of it when the process ends, however it ends.
        rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive).map_err(|_| {
            UsageError(format!(
                "an engine runs in {} already: `mem status` shows it, `mem stop` ends it",
                folder.display()
            ))
        })?;
        Ok(Self { _file: file })
    }
}

fn introduce(config: &EngineConfig, venue: &str) -> anyhow::Result<()> {
    let symbols: Vec<&str> =
        config.lanes.iter().filter(|lane| !lane.watched).map(|lane| lane.instrument.symbol.as_str()).collect();
    let first = &config.lanes[0];
    let mode = if config.paper { "on PAPER: no order leaves this program" } else { "LIVE: orders are sent" };
    output::line(format!(
        "session {}: {} on {} bars of {} at {venue}, {mode}\nlimits of risk: {} of equity a position, {} in all, {} a day; Ctrl-C or `mem stop` ends it",
        config.session,
        first.strategy,
        first.bars,
        symbols.join(", "),
        output::rate(Some(config.risk.max_position)),
        output::rate(Some(config.risk.max_exposure)),
        output::rate(Some(config.risk.max_daily_loss)),
    ))
}

/// What is worth a line on the terminal.
pub(super) fn line_of(output: &Output) -> Option<String> {
    match output {
        Output::Signal(signal) => {
            let refused = signal.findings.iter().find(|finding| finding.refused)?;
            Some(format!("{}  {} refused by {}: {}", signal.at, signal.symbol, refused.check, refused.why))
        }
        Output::Filled(filled) => {
            let fill = &filled.fill;
            let purpose = filled.purpose.map_or("not ours", mem_trade::order::Purpose::as_str);
            Some(format!("{}  {} {:?} {} at {} ({purpose})", fill.at, fill.symbol, fill.side, fill.qty, fill.price))
        }
        Output::Closed(closed) => Some(format!(
            "{}  {} closed: {:+.2} %, {:.2} after costs; equity {:.2}",
            closed.trip.closed_at, closed.symbol, closed.return_pct, closed.trip.pnl, closed.equity
        )),
        Output::Note(note) if note.level != Level::Info => Some(format!("{}  {}: {}", note.at, note.source, note.text)),
        Output::Pattern(note) => Some(format!("{}  pattern: {}", note.at, note.text)),
        Output::Insight(note) => Some(format!("{}  {}", note.at, note.text)),
        Output::Model(note) => Some(format!("{}  model {}: {}: {}", note.at, note.title, note.phase, note.why)),
        Output::Worth(note) if note.verdict == "drift" => {
            Some(format!("{}  model {}: its predictions have become worse", note.at, note.title))
        }
        Output::Note(_)
        | Output::Order(_)
        | Output::Booked { .. }
        | Output::Predicted(_)
        | Output::Resolved(_)
        | Output::Standing(_)
        | Output::Drift(_)
        | Output::Worth(_)
        | Output::KnownLater { .. }
        | Output::Features(_) => None,
    }
}

pub(super) fn progress(board: &Board) -> String {
    let time = board.market_time.map_or_else(|| output::UNDEFINED.to_owned(), |time| time.to_string());
    let feed =
        board.feed.as_ref().map_or_else(|| "starting".to_owned(), |feed| format!("{:?}", feed.mode).to_lowercase());
    let killed = if board.kill_switch.is_some() { "; KILL SWITCH ON" } else { "" };
    format!(
        "{time}  equity {} {}, today {}, {} open, {} decisions, {} events; {feed}{killed}",
        output::figure(board.equity, 2),
        board.currency,
        output::figure(board.day_pnl, 2),
        board.positions.len(),
        output::count(board.decisions),
        output::count(board.events),
    )
}

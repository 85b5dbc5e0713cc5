//! `mem data record`: a venue's trades, quotes and candles into the catalog, as they happen.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use indicatif::ProgressBar;
use mem_feed::feed::Start;
use mem_feed::record::{Batch, Written, resume};
use mem_feed::{FeedHealth, Manager, Mode};
use mem_store::catalog::{Catalog, Kind};
use mem_types::Symbol;
use mem_venue::session::Http;
use mem_venue::{Channel, Subscription, TradesPage};
use tokio::time::MissedTickBehavior;

use super::feed::{StatusFile, describe};
use super::{Context, now, until_stopped, venue};
use crate::cli::RecordArgs;
use crate::exit::{Outcome, UsageError};
use crate::output;

/// Symbols that are recorded when none are named.
const MOST_UNNAMED: usize = 200;
/// Writing may take this part of the time: a catalog of long days is written less often.
const SHARE_OF_WRITING: u32 = 10;

pub(super) fn run(context: &Context, catalog: &Catalog, arguments: &RecordArgs) -> anyhow::Result<Outcome> {
    let venue = venue::find(context, &arguments.venue, arguments.endpoint.as_deref())?;
    let flush = positive(arguments.flush, "--flush")?;
    let lasts = arguments.lasts.map(|lasts| positive(lasts, "--for")).transpose()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start threads")?;
    runtime.block_on(async {
        let symbols = symbols(&venue.http, &arguments.symbols).await?;
        let mut starts = Vec::new();
        for stream in streams(arguments, &symbols)? {
            let start = resume(catalog, &venue.http.venue(), &stream)?;
            same_market(&venue.http, &start).await?;
            starts.push(start);
        }
        record(context, catalog, venue, starts, flush, lasts).await
    })
}

fn positive(time: jiff::SignedDuration, flag: &str) -> Result<Duration, UsageError> {
    Duration::try_from(time)
        .ok()
        .filter(|time| !time.is_zero())
        .ok_or_else(|| UsageError(format!("{flag} {time:#}: expected a time such as 10s")))
}

async fn symbols(http: &Http, wanted: &[Symbol]) -> anyhow::Result<Vec<Symbol>> {
    let adapter = http.adapter();
    let body = http.send(&adapter.instruments()).await.context("cannot ask the venue what it lists")?;
    let listed: BTreeSet<Symbol> = adapter.read_instruments(&body)?.into_iter().map(|listing| listing.symbol).collect();
    if let Some(unknown) = wanted.iter().find(|symbol| !listed.contains(symbol)) {
        let hint = mem_types::near::nearest(unknown.as_str(), listed.iter().map(Symbol::as_str));
        return Err(UsageError(format!("{} lists no {unknown}{hint}", adapter.venue())).into());
    }
    if wanted.is_empty() && listed.len() > MOST_UNNAMED {
        return Err(UsageError(format!(
            "{} lists {} symbols: name some with --symbols",
            adapter.venue(),
            listed.len()
        ))
        .into());
    }
    Ok(if wanted.is_empty() { listed.into_iter().collect() } else { wanted.to_vec() })
}

fn streams(arguments: &RecordArgs, symbols: &[Symbol]) -> anyhow::Result<Vec<Subscription>> {
    let mut channels = BTreeSet::new();
    for kind in &arguments.kinds {
        channels.insert(match kind {
            Kind::Trades => Channel::Trades,
            Kind::Quotes => Channel::Quotes,
            Kind::Bars => Channel::Bars(arguments.timeframe),
            Kind::Funding => {
                return Err(UsageError("--kinds: trades, quotes and bars can be recorded".to_owned()).into());
            }
        });
    }
    let of = |symbol: &Symbol| {
        channels.iter().map(|channel| Subscription::new(*channel, symbol.clone())).collect::<Vec<_>>()
    };
    Ok(symbols.iter().flat_map(of).collect())
}

/// Whether what the catalog holds is this market's past: a simulated exchange may have begun anew, or be another one.
async fn same_market(http: &Http, start: &Start) -> anyhow::Result<()> {
    let Some(from) = start.from else { return Ok(()) };
    let (symbol, adapter) = (start.stream.symbol.clone(), http.adapter());
    let newest = match start.stream.channel {
        Channel::Trades => {
            let page = TradesPage { symbol, from_id: None, limit: 1 };
            let body = http.send(&adapter.trades(&page)).await?;
            adapter.read_trades(&page, &body)?.last().and_then(|trade| trade.id).map(|id| id + 1)
        }
        Channel::Bars(timeframe) => {
            let body = http.send(&adapter.time()).await?;
            Some(timeframe.close_of(adapter.read_time(&body)?).as_nanos())
        }
        Channel::Quotes => None,
    };
    if newest.is_some_and(|newest| newest < from) {
        return Err(UsageError(format!(
            "the catalog holds {} further than the venue has come: it is another market, or one that began anew; record \
             it into another --data-folder",
            start.stream
        ))
        .into());
    }
    Ok(())
}

async fn record(
    context: &Context,
    catalog: &Catalog,
    venue: venue::Venue,
    starts: Vec<Start>,
    flush: Duration,
    lasts: Option<Duration>,
) -> anyhow::Result<Outcome> {
    let name = venue.http.venue();
    let count = starts.len();
    let (manager, mut events) = Manager::start(venue.http, venue.sockets, starts, context.config.feed.clone(), now)?;
    let stop = until_stopped().context("cannot listen for signals")?;
    tokio::pin!(stop);
    let status = StatusFile::new(&context.config.data.folder, &name)?;
    if !context.json {
        let into = context.config.catalog_folder();
        output::line(format!("recording {count} streams of {name} into {}; Ctrl-C ends it", into.display()))?;
    }
    let bar = output::spinner("", context.silent);
    let mut batch = Batch::default();
    let mut written = Written::default();
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut flush_at = Instant::now() + flush;
    let end = lasts.map(|lasts| tokio::time::Instant::now() + lasts);
    let mut writing: Option<tokio::task::JoinHandle<Writing>> = None;
    loop {
        tokio::select! {
            () = &mut stop => break,
            () = wait_until(end) => break,
            event = events.recv() => match event {
                Some(event) => batch.take(event),
                None => break,
            },
            done = finished(&mut writing) => {
                writing = None;
                let (kept, took) = settle(done?, &mut batch, &bar);
                written += kept;
                flush_at = Instant::now() + flush.max(took * SHARE_OF_WRITING);
            }
            _ = seconds.tick() => {
                let health = manager.health();
                status.write(&health)?;
                bar.set_message(progress(&health, written, batch.len()));
                if writing.is_none() && !batch.is_empty() && Instant::now() >= flush_at {
                    writing = Some(write(catalog, &name, std::mem::take(&mut batch)));
                }
            }
        }
    }
    let health = manager.health();
    manager.stop().await;
    while let Ok(event) = events.try_recv() {
        batch.take(event);
    }
    if let Some(writing) = writing {
        written += settle(writing.await?, &mut batch, &bar).0;
    }
    written += batch.write(catalog, &name)?;
    bar.finish_and_clear();
    drop(status);
    if context.json {
        output::json(&serde_json::json!({ "written": written, "health": health }))?;
    } else {
        output::line(format!(
            "written: {} trades, {} quotes, {} candles",
            output::count(written.trades),
            output::count(written.quotes),
            output::count(written.bars)
        ))?;
        describe(&health)?;
    }
    Ok(Outcome::Done)
}

/// What became of a batch: what was written, what was not and why, and how long it took.
type Writing = (Written, Option<(Batch, mem_store::catalog::CatalogError)>, Duration);

fn write(catalog: &Catalog, venue: &mem_types::Venue, mut batch: Batch) -> tokio::task::JoinHandle<Writing> {
    let (catalog, venue) = (Catalog::open(catalog.root()), venue.clone());
    tokio::task::spawn_blocking(move || {
        let begun = Instant::now();
        match batch.write(&catalog, &venue) {
            Ok(written) => (written, None, begun.elapsed()),
            Err(error) => (Written::default(), Some((batch, error)), begun.elapsed()),
        }
    })
}

/// Takes note of a batch; what could not be written waits for the next one.
fn settle((written, failed, took): Writing, batch: &mut Batch, bar: &ProgressBar) -> (Written, Duration) {
    if let Some((mut rest, error)) = failed {
        bar.suspend(|| eprintln!("not written yet, will be tried again: {error}"));
        rest.append(std::mem::take(batch));
        *batch = rest;
    }
    (written, took)
}

async fn finished(writing: &mut Option<tokio::task::JoinHandle<Writing>>) -> anyhow::Result<Writing> {
    match writing {
        Some(writing) => Ok(writing.await?),
        None => std::future::pending().await,
    }
}

async fn wait_until(end: Option<tokio::time::Instant>) {
    match end {
        Some(end) => tokio::time::sleep_until(end).await,
        None => std::future::pending().await,
    }
}

fn progress(health: &FeedHealth, written: Written, waiting: u64) -> String {
    let mode = match health.mode {
        Mode::Websocket => "websocket",
        Mode::Rest => "REST",
        Mode::Disconnected => "DISCONNECTED",
    };
    format!(
        "{mode}, {} messages; written {} trades, {} quotes, {} candles; {} waiting",
        output::count(health.metrics.total_messages),
        output::count(written.trades),
        output::count(written.quotes),
        output::count(written.bars),
        output::count(waiting),
    )
}

/// Where running recordings say how they are.
pub(super) fn status_folder(data_folder: &Path) -> PathBuf {
    data_folder.join("feeds")
}

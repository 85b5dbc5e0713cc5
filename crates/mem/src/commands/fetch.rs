//! `mem data fetch`: a venue's past candles into the catalog.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use mem_store::catalog::{Catalog, MergeReport, Series};
use mem_types::{Bar, Bars, SeriesKey, Symbol, Timestamp};
use mem_venue::session::{Http, HttpError};
use mem_venue::{BarsPage, Request};

use super::{Context, interrupt_flag, venue};
use crate::cli::FetchArgs;
use crate::exit::{Outcome, UsageError};
use crate::output::{self, Align};

/// Candles that are gathered before they are written.
const BATCH: usize = 20_000;
/// How often a request that failed is made again before the download gives up.
const TRIES: u32 = 6;

pub(super) fn run(context: &Context, catalog: &Catalog, arguments: &FetchArgs) -> anyhow::Result<Outcome> {
    let http = venue::find(context, &arguments.venue, arguments.endpoint.as_deref())?.http;
    let interrupted = interrupt_flag()?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start a thread")?;
    let mut done = Vec::new();
    runtime.block_on(async {
        listed(&http, &arguments.symbols).await?;
        for symbol in &arguments.symbols {
            let key = SeriesKey { venue: http.venue(), symbol: symbol.clone(), timeframe: arguments.timeframe };
            let fetched = fetch(context, catalog, &http, &key, arguments, &interrupted).await?;
            done.push((key, fetched));
            if interrupted.load(Ordering::SeqCst) {
                break;
            }
        }
        Ok::<(), anyhow::Error>(())
    })?;
    show(context, catalog, &done)?;
    Ok(if interrupted.load(Ordering::SeqCst) { Outcome::Interrupted } else { Outcome::Done })
}

/// What a download brought.
#[derive(Debug, Default, Clone, Copy, serde::Serialize)]
struct Fetched {
    /// Candles that the venue sent.
    bars: u64,
    /// Of those, new to the catalog.
    new: u64,
    /// Of those, other than what the catalog held.
    replaced: u64,
    /// Answers.
    pages: u64,
}

async fn listed(http: &Http, symbols: &[Symbol]) -> anyhow::Result<()> {
    let adapter = http.adapter();
    let body = again(|| ask(http, adapter.instruments())).await.context("cannot ask the venue what it lists")?;
    let listings = adapter.read_instruments(&body)?;
    match symbols.iter().find(|symbol| !listings.iter().any(|listing| listing.symbol == **symbol)) {
        None => Ok(()),
        Some(unknown) => {
            let hint =
                mem_types::near::nearest(unknown.as_str(), listings.iter().map(|listing| listing.symbol.as_str()));
            Err(UsageError(format!("{} lists no {unknown}{hint}", adapter.venue())).into())
        }
    }
}

/// The stretches of `since..until` that the catalog does not cover: before its first candle, and after its last.
fn missing(
    catalog: &Catalog,
    key: &SeriesKey,
    since: Timestamp,
    until: Timestamp,
) -> anyhow::Result<Vec<(Timestamp, Timestamp)>> {
    let series = Series::bars(key);
    if !catalog.series()?.contains(&series) {
        return Ok(vec![(since, until)]);
    }
    let info = catalog.info(&series)?;
    let after = key.timeframe.close_of(info.last);
    Ok([(since, info.first.min(until)), (after.max(since), until)].into_iter().filter(|(from, to)| from < to).collect())
}

async fn fetch(
    context: &Context,
    catalog: &Catalog,
    http: &Http,
    key: &SeriesKey,
    arguments: &FetchArgs,
    interrupted: &AtomicBool,
) -> anyhow::Result<Fetched> {
    let adapter = http.adapter();
    let now = adapter.read_time(&again(|| ask(http, adapter.time())).await?)?;
    let until = arguments.until.unwrap_or(now).min(now);
    let mut fetched = Fetched::default();
    let steps = |from: Timestamp, to: Timestamp| {
        u64::try_from((to.as_nanos() - from.as_nanos()).max(0) / key.timeframe.nanos()).unwrap_or(0)
    };
    for (from, to) in missing(catalog, key, key.timeframe.open_of(arguments.since), until)? {
        let bar = output::progress(steps(from, to), "fetching", context.silent);
        bar.set_message(key.to_string());
        let mut gathered: Vec<Bar> = Vec::new();
        let mut next = from;
        let mut whole = false;
        while !whole && !interrupted.load(Ordering::SeqCst) {
            let limit = adapter.limits().bars_per_page;
            let page = BarsPage { symbol: key.symbol.clone(), timeframe: key.timeframe, from: next, to, limit };
            let Some(request) = adapter.bars(&page) else {
                let (venue, timeframe) = (&key.venue, key.timeframe);
                return Err(UsageError(format!(
                    "{venue} has no candles of {timeframe}: fetch shorter ones and resample"
                ))
                .into());
            };
            let body = again(|| ask(http, request.clone())).await?;
            let mut bars = adapter.read_bars(&page, &body)?;
            fetched.pages += 1;
            whole = bars.len() < limit;
            check_order(&bars, &page)?;
            // What had not closed when we began may still change.
            bars.retain(|bar| key.timeframe.close_of(bar.ts) <= now);
            if let Some(last) = bars.last() {
                next = key.timeframe.close_of(last.ts);
            } else {
                whole = true;
            }
            gathered.append(&mut bars);
            bar.set_position(steps(from, next));
            if gathered.len() >= BATCH {
                write(catalog, key, &mut gathered, &mut fetched)?;
            }
        }
        write(catalog, key, &mut gathered, &mut fetched)?;
        bar.finish_and_clear();
    }
    Ok(fetched)
}

/// A venue's answer in order and within what was asked for, or nothing of it is kept.
fn check_order(bars: &[Bar], page: &BarsPage) -> anyhow::Result<()> {
    let ordered = bars.windows(2).all(|pair| pair[0].ts < pair[1].ts);
    let inside = bars.iter().all(|bar| bar.ts >= page.from && bar.ts < page.to);
    anyhow::ensure!(ordered && inside, "the venue's candles of {} from {} on are out of order", page.symbol, page.from);
    Ok(())
}

fn write(catalog: &Catalog, key: &SeriesKey, gathered: &mut Vec<Bar>, fetched: &mut Fetched) -> anyhow::Result<()> {
    if gathered.is_empty() {
        return Ok(());
    }
    let MergeReport { added, replaced, .. } = catalog.merge_bars(key, &Bars::from_bars(gathered.drain(..))?)?;
    fetched.bars += added + replaced;
    fetched.new += added;
    fetched.replaced += replaced;
    Ok(())
}

async fn ask(http: &Http, request: Request) -> Result<Vec<u8>, HttpError> {
    http.send(&request).await
}

/// Makes a request again while it may still succeed, with growing waits.
async fn again<F>(request: impl Fn() -> F) -> Result<Vec<u8>, HttpError>
where
    F: Future<Output = Result<Vec<u8>, HttpError>>,
{
    let mut wait = Duration::from_millis(250);
    for _ in 1..TRIES {
        match request().await {
            Err(error) if error.is_retryable() => {
                tracing::warn!(%error, "asked again");
                tokio::time::sleep(wait.max(error.retry_after().unwrap_or_default())).await;
                wait *= 2;
            }
            done => return done,
        }
    }
    request().await
}

fn show(context: &Context, catalog: &Catalog, done: &[(SeriesKey, Fetched)]) -> anyhow::Result<()> {
    if context.json {
        let series: Vec<_> =
            done.iter().map(|(key, fetched)| serde_json::json!({ "series": key, "fetched": fetched })).collect();
        return output::json(&series);
    }
    let mut rows = Vec::new();
    for (key, fetched) in done {
        let series = Series::bars(key);
        let (count, first, last) = if catalog.series()?.contains(&series) {
            let info = catalog.info(&series)?;
            (output::count(info.rows), output::minute(info.first), output::minute(info.last))
        } else {
            ("0".to_owned(), output::UNDEFINED.to_owned(), output::UNDEFINED.to_owned())
        };
        rows.push(vec![key.to_string(), output::count(fetched.new), output::count(fetched.pages), count, first, last]);
    }
    output::table(
        &[
            ("series", Align::Left),
            ("new", Align::Right),
            ("requests", Align::Right),
            ("in the catalog", Align::Right),
            ("first", Align::Left),
            ("last", Align::Left),
        ],
        rows,
    )
}

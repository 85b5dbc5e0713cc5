//! `mem replay`: a session done again and compared, or the catalog's candles through the engine.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context as _;
use mem_engine::core::{Closed, Engine, EngineConfig, Event, Output, Stamped, State};
use mem_engine::durable::Durable;
use mem_engine::replay::replay_session;
use mem_engine::settings::{MadeFrom, gridless};
use mem_store::records::{FILE_NAME, Records, RecordsOptions};
use mem_trade::exact::float;
use mem_types::near::nearest;
use mem_types::{Bar, BarSpec, SeriesKey, Timeframe, Timestamp};
use serde::Serialize;

use super::run::settings;
use super::series::{open_catalog, select_series};
use super::{Context, now};
use crate::cli::{ReplayArgs, SelectArgs};
use crate::exit::{Outcome, UsageError};
use crate::output::{self, Align};

/// Candles that are put on record together.
const BATCH: usize = 4_096;

pub(super) fn run(context: &Context, arguments: &ReplayArgs) -> anyhow::Result<Outcome> {
    if arguments.catalog { catalog(context, arguments) } else { session(context, arguments) }
}

/// Does a session again.
fn session(context: &Context, arguments: &ReplayArgs) -> anyhow::Result<Outcome> {
    let folder = context.config.engine_folder().join("sessions");
    let mut known: Vec<String> = std::fs::read_dir(&folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    known.sort();
    let name = match &arguments.trade.strategy {
        Some(name) => name.clone(),
        None => known.last().cloned().context("no session here: `mem run` makes one")?,
    };
    if !known.contains(&name) {
        return Err(UsageError(format!("no session {name}{}", nearest(&name, known.iter()))).into());
    }
    let bar = output::spinner("events", context.silent);
    let begun = Instant::now();
    let mut count = 0_u64;
    let replayed = replay_session(&folder.join(&name), |_| {
        count += 1;
        if count.is_multiple_of(10_000) {
            bar.set_message(format!("{} events", output::count(count)));
        }
    })?;
    bar.finish_and_clear();
    let seconds = begun.elapsed().as_secs_f64();
    if context.json {
        output::json(&serde_json::json!({ "session": name, "seconds": seconds, "replay": replayed }))?;
    } else {
        output::line(format!(
            "session {name}: {} events in {seconds:.2} s; it said {} lines, and says {} now",
            output::count(replayed.events),
            output::count(replayed.lines_then),
            output::count(replayed.lines_now),
        ))?;
        match &replayed.difference {
            None => output::line("the same, byte for byte")?,
            Some((line, then, now)) => output::line(format!("NOT THE SAME at line {line}\nthen: {then}\nnow:  {now}"))?,
        }
    }
    anyhow::ensure!(replayed.identical, "session {name} does not say the same again");
    Ok(Outcome::Done)
}

/// What came of the catalog's candles.
#[derive(Serialize)]
struct Traded {
    bars: usize,
    seconds: f64,
    bars_per_second: f64,
    symbols: usize,
    trades: usize,
    wins: usize,
    pnl: f64,
    fees: f64,
    equity: f64,
    open_positions: usize,
    balanced: bool,
    records: Option<PathBuf>,
}

/// Trades the catalog's candles.
fn catalog(context: &Context, arguments: &ReplayArgs) -> anyhow::Result<Outcome> {
    let mut settings = settings(context, &arguments.trade, None)?;
    let catalog = open_catalog(context);
    let select = SelectArgs {
        venue: arguments.venue.clone(),
        symbols: settings.symbols.clone(),
        timeframe: arguments.timeframe,
    };
    let keys = select_series(&catalog, &select)?;
    let timeframe = one_timeframe(&keys)?;
    settings.made_from = MadeFrom::Bars;
    settings.candles = timeframe;
    settings.bars = BarSpec::Time(timeframe);
    let fees = settings.fees();
    let instruments =
        keys.iter().map(|key| gridless(&key.symbol, fees).with_context(|| format!("{} names no market", key.symbol)));
    let config = settings
        .config(
            "replay",
            instruments.collect::<anyhow::Result<Vec<_>>>()?,
            true,
            &context.config.risk,
            &context.config.memory,
        )
        .map_err(UsageError)?;
    let mut candles: Vec<(Timestamp, u16, Bar)> = Vec::new();
    for (market, key) in keys.iter().enumerate() {
        let bars = catalog.read_bars(key, arguments.span.from, arguments.span.to)?;
        let market = u16::try_from(market).context("too many symbols")?;
        candles.extend(bars.view().iter().map(|bar| (timeframe.close_of(bar.ts), market, bar)));
    }
    // What closes together comes in the order of the symbols.
    candles.sort_by_key(|(closes, market, _)| (*closes, *market));
    let bar = output::progress(candles.len() as u64, "candles", context.silent);
    let begun = Instant::now();
    let (closed, state, equity) = match &arguments.keep {
        None => through_engine(config, &candles, &bar)?,
        Some(folder) => {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
            through_records(config, &candles, &bar, &folder.join(FILE_NAME))?
        }
    };
    bar.finish_and_clear();
    let seconds = begun.elapsed().as_secs_f64();
    let traded = Traded {
        bars: candles.len(),
        seconds,
        bars_per_second: candles.len() as f64 / seconds,
        symbols: keys.len(),
        trades: closed.len(),
        wins: closed.iter().filter(|trade| trade.trip.pnl.is_sign_positive() && !trade.trip.pnl.is_zero()).count(),
        pnl: closed.iter().map(|trade| float(trade.trip.pnl)).sum(),
        fees: closed.iter().map(|trade| float(trade.trip.fees)).sum(),
        equity,
        open_positions: state.positions.len(),
        balanced: state.ledger.imbalance().is_empty(),
        records: arguments.keep.as_ref().map(|folder| folder.join(FILE_NAME)),
    };
    if context.json {
        output::json(&traded)?;
        return Ok(Outcome::Done);
    }
    show(&settings.strategy, &traded, &closed)?;
    Ok(Outcome::Done)
}

fn one_timeframe(keys: &[SeriesKey]) -> anyhow::Result<Timeframe> {
    let first = &keys[0];
    for key in keys {
        if key.timeframe != first.timeframe {
            return Err(UsageError(format!(
                "the catalog has {} and {}: say which with --timeframe",
                first.timeframe, key.timeframe
            ))
            .into());
        }
        if keys.iter().filter(|other| other.symbol == key.symbol).count() > 1 {
            return Err(UsageError(format!("{} is there from two venues: say which with --venue", key.symbol)).into());
        }
    }
    Ok(first.timeframe)
}

type Gone = (Vec<Closed>, State, f64);

fn through_engine(
    config: EngineConfig,
    candles: &[(Timestamp, u16, Bar)],
    progress: &indicatif::ProgressBar,
) -> anyhow::Result<Gone> {
    let mut engine = Engine::new(config, State::default(), Vec::new(), true)?;
    let mut closed = Vec::new();
    for chunk in candles.chunks(BATCH) {
        for (at, market, bar) in chunk {
            engine.handle(&Stamped { at: *at, event: Event::Bar { market: *market, bar: *bar } });
            if engine.has_news() {
                closed.extend(engine.take_outputs().into_iter().filter_map(trade_of));
            }
        }
        progress.inc(chunk.len() as u64);
    }
    Ok((closed, engine.state().clone(), engine.equity()))
}

fn through_records(
    config: EngineConfig,
    candles: &[(Timestamp, u16, Bar)],
    progress: &indicatif::ProgressBar,
    path: &std::path::Path,
) -> anyhow::Result<Gone> {
    let records = Records::open(path, RecordsOptions::default())?;
    if records.get_stats()? != mem_store::records::RecordCounts::default() {
        return Err(UsageError(format!("{} holds records already: --keep wants a new folder", path.display())).into());
    }
    let mut durable = Durable::begin(config, records, None, "catalog", now())?;
    let mut closed = Vec::new();
    for chunk in candles.chunks(BATCH) {
        for (at, market, bar) in chunk {
            durable.handle(&Stamped { at: *at, event: Event::Bar { market: *market, bar: *bar } })?;
        }
        closed.extend(durable.commit()?.0.into_iter().filter_map(trade_of));
        progress.inc(chunk.len() as u64);
    }
    let equity = durable.engine().equity();
    Ok((closed, durable.end()?, equity))
}

fn trade_of(output: Output) -> Option<Closed> {
    match output {
        Output::Closed(closed) => Some(*closed),
        _ => None,
    }
}

fn show(strategy: &str, traded: &Traded, closed: &[Closed]) -> anyhow::Result<()> {
    output::line(format!(
        "{strategy}: {} candles of {} symbols in {:.2} s ({} a second), {} trades; equity {:.2}, fees {:.2}; books {}",
        output::count(traded.bars as u64),
        traded.symbols,
        traded.seconds,
        output::count(traded.bars_per_second as u64),
        output::count(traded.trades as u64),
        traded.equity,
        traded.fees,
        if traded.balanced { "balanced" } else { "NOT BALANCED" },
    ))?;
    let mut by_symbol = std::collections::BTreeMap::<_, (usize, usize, f64)>::new();
    for trade in closed {
        let of = by_symbol.entry(trade.symbol.clone()).or_default();
        of.0 += 1;
        of.1 += usize::from(trade.return_pct > 0.0);
        of.2 += float(trade.trip.pnl);
    }
    output::table(
        &[("symbol", Align::Left), ("trades", Align::Right), ("won", Align::Right), ("profit", Align::Right)],
        by_symbol.into_iter().map(|(symbol, (trades, wins, pnl))| {
            vec![
                symbol.to_string(),
                output::count(trades as u64),
                output::percent(Some(wins as f64 / trades as f64)),
                output::figure(Some(pnl), 2),
            ]
        }),
    )?;
    if let Some(records) = &traded.records {
        output::line(format!("every decision is in {}", records.display()))?;
    }
    Ok(())
}

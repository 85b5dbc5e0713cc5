//! `mem sim`: the simulated exchange, and the strings behind it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use mem_store::import::{ImportOptions, Rows, parse_file};
use mem_types::{Bars, Symbol, Timeframe, Timestamp};
use mem_venue::session::Http;
use mem_venue::sim::adapter::SimAdapter;
use mem_venue::sim::clock::{Clock, MAX_SPEED};
use mem_venue::sim::exchange::Exchange;
use mem_venue::sim::fault::{Fault, Scripted, read_script};
use mem_venue::sim::market::{MarketConfig, generate};
use mem_venue::sim::server::{SimServer, SimServerConfig};
use mem_venue::sim::tape::Tape;
use mem_venue::{InstrumentKind, Method, Request};
use serde_json::{Map, Value, json};

use super::{Context, series, until_stopped};
use crate::cli::{SimClockArgs, SimCommand, SimCommandArgs, SimFaultArgs, SimServeArgs};
use crate::exit::{Outcome, UsageError};
use crate::output;

pub(super) fn run(context: &Context, arguments: &SimCommandArgs) -> anyhow::Result<Outcome> {
    match &arguments.command {
        None => serve(context, &arguments.serve),
        Some(SimCommand::Fault(fault)) => pull(context, fault),
        Some(SimCommand::Clock(clock)) => set_clock(context, clock),
        Some(SimCommand::Status { endpoint }) => status(context, endpoint),
    }
}

// The exchange.

fn serve(context: &Context, arguments: &SimServeArgs) -> anyhow::Result<Outcome> {
    if !(0.0..=MAX_SPEED).contains(&arguments.speed) {
        return Err(UsageError(format!("--speed {}: 0 (stands) to {MAX_SPEED}", arguments.speed)).into());
    }
    let script = script(arguments.faults.as_ref())?;
    let (what, tapes) = tapes(context, arguments)?;
    let spans: Vec<_> = tapes.iter().map(Tape::span).collect();
    let first = spans.iter().map(|span| span.0).min().context("a market has a symbol")?;
    let last = spans.iter().map(|span| span.1).max().context("a market has a symbol")?;
    // A tenth of the market is history for clients that want candles at once.
    let tenth = (last.as_nanos() - first.as_nanos()) / 10;
    let start = arguments.from.unwrap_or(Timestamp::from_nanos(first.as_nanos() + tenth));
    if start < first || start >= last {
        return Err(UsageError(format!("--from {start}: the market lasts from {first} to {last}")).into());
    }
    let symbols: Vec<String> = tapes.iter().map(|tape| tape.listing().symbol.to_string()).collect();
    let exchange = Arc::new(Exchange::new(tapes, Clock::new(start, arguments.speed)));
    let config = SimServerConfig {
        bind: ([127, 0, 0, 1], arguments.port).into(),
        requests_per_minute: arguments.rate_limit,
        ..SimServerConfig::default()
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start threads")?;
    runtime.block_on(async {
        let server = SimServer::bind(config, exchange, None, &script).await?;
        let stop = until_stopped().context("cannot listen for signals")?;
        let address = server.address();
        if context.json {
            output::json(&json!({
                "simulated": true, "address": format!("http://{address}"), "websocket": format!("ws://{address}/ws"),
                "market": what, "symbols": symbols, "from": start, "to": last, "speed": arguments.speed,
            }))?;
        } else {
            output::line(format!("SIMULATED EXCHANGE at http://{address} (WebSocket: ws://{address}/ws)"))?;
            output::line(format!("market:  {what}"))?;
            output::line(format!("symbols: {}", symbols.join(", ")))?;
            output::line(format!("clock:   {start}, {} times real time, until {last}", arguments.speed))?;
            output::line("")?;
            let endpoint = if arguments.port == 8600 { String::new() } else { format!(" --endpoint http://{address}") };
            output::line(format!("record it:    mem data record sim --symbols {}{endpoint}", symbols[0]))?;
            output::line(format!("pull a fault: mem sim fault stall --for 5s{endpoint}"))?;
            output::line("Ctrl-C ends it")?;
        }
        let chaos = arguments.chaos.map(|seed| {
            let (handle, every) = (server.handle(), Duration::from_millis(arguments.chaos_every_ms));
            tokio::spawn(async move {
                for index in 0.. {
                    tokio::time::sleep(every).await;
                    handle.pull(Fault::random(seed, index));
                }
            })
        });
        server.serve(stop).await?;
        if let Some(chaos) = chaos {
            chaos.abort();
        }
        Ok(Outcome::Done)
    })
}

fn script(file: Option<&PathBuf>) -> anyhow::Result<Vec<Scripted>> {
    let Some(file) = file else { return Ok(Vec::new()) };
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    read_script(&text).map_err(|error| UsageError(format!("{}, {error}", file.display())).into())
}

/// The market, in words and as tapes.
fn tapes(context: &Context, arguments: &SimServeArgs) -> anyhow::Result<(String, Vec<Tape>)> {
    let kind = if arguments.perpetual { InstrumentKind::Perpetual } else { InstrumentKind::Spot };
    if !arguments.data.is_empty() {
        let tapes = file_tapes(arguments, kind)?;
        return Ok(("a replay of candles or ticks from files".to_owned(), tapes));
    }
    if !arguments.select.symbols.is_empty() || arguments.select.timeframe.is_some() {
        let catalog = series::open_catalog(context);
        let keys = series::select_series(&catalog, &arguments.select)?;
        let mut tapes = Vec::new();
        for key in &keys {
            let bars = catalog.read_bars(key, None, None)?;
            add(&mut tapes, Tape::of_candles(key.symbol.clone(), kind, bars, key.timeframe)?)?;
        }
        return Ok(("a replay of candles from the catalog".to_owned(), tapes));
    }
    let timeframe: Timeframe = "1m".parse().expect("a minute is a timeframe");
    let config = MarketConfig { timeframe, ..MarketConfig::new(arguments.seed, 43_200) };
    let tapes: Result<Vec<Tape>, _> = generate(&config)
        .series
        .into_iter()
        .map(|(symbol, bars)| Tape::of_candles(symbol, kind, on_grid(&bars)?, timeframe).map_err(anyhow::Error::from))
        .collect();
    Ok((format!("generated, seed {}: 30 days of minutes that never were", arguments.seed), tapes?))
}

/// Prices of six significant digits and quantities of four, as exchanges have them.
pub(super) fn on_grid(bars: &Bars) -> anyhow::Result<Bars> {
    let first = bars.view().bar(0);
    let decimals = |value: f64, digits: i32| (digits - 1 - value.max(1e-9).log10().floor() as i32).clamp(0, 8);
    let (price, qty) = (10_f64.powi(decimals(first.open, 6)), 10_f64.powi(decimals(first.volume, 4)));
    let round = |value: f64, scale: f64| (value * scale).round() / scale;
    let rounded = bars.view().iter().map(|bar| mem_types::Bar {
        open: round(bar.open, price).max(1.0 / price),
        high: round(bar.high, price).max(1.0 / price),
        low: round(bar.low, price).max(1.0 / price),
        close: round(bar.close, price).max(1.0 / price),
        volume: round(bar.volume, qty),
        ..bar
    });
    Ok(Bars::from_bars(rounded)?)
}

/// Files as they are: candles, or trades with the quotes beside them.
fn file_tapes(arguments: &SimServeArgs, kind: InstrumentKind) -> anyhow::Result<Vec<Tape>> {
    let wanted = &arguments.select;
    let options = ImportOptions {
        venue: wanted.venue.clone(),
        timeframe: wanted.timeframe,
        symbol: match wanted.symbols.as_slice() {
            [symbol] => Some(symbol.clone()),
            _ => None,
        },
        ..ImportOptions::default()
    };
    let mut tapes = Vec::new();
    let mut trades: Vec<(Symbol, Vec<mem_types::Trade>)> = Vec::new();
    let mut quotes: Vec<(Symbol, Vec<mem_types::Quote>)> = Vec::new();
    for file in &arguments.data {
        for read in parse_file(file, &options, &mut |_| {})?.series {
            let symbol = read.series.symbol.clone();
            match read.rows {
                Rows::Bars(bars) => {
                    let timeframe = read.series.timeframe.context("candles have a timeframe")?;
                    add(&mut tapes, Tape::of_candles(symbol, kind, bars, timeframe)?)?;
                }
                Rows::Trades(rows) => trades.push((symbol, rows)),
                Rows::Quotes(rows) => quotes.push((symbol, rows)),
                Rows::Funding(_) => {
                    return Err(
                        UsageError(format!("{} holds funding rates, which do not trade", file.display())).into()
                    );
                }
            }
        }
    }
    for (symbol, rows) in trades {
        let beside = quotes.iter().position(|(of, _)| *of == symbol).map(|at| quotes.swap_remove(at).1);
        add(&mut tapes, Tape::of_ticks(symbol, kind, rows, beside.unwrap_or_default())?)?;
    }
    if let Some((symbol, _)) = quotes.first() {
        return Err(
            UsageError(format!("quotes of {symbol} without its trades: name the file of its trades too")).into()
        );
    }
    Ok(tapes)
}

fn add(tapes: &mut Vec<Tape>, tape: Tape) -> Result<(), UsageError> {
    let symbol = &tape.listing().symbol;
    if tapes.iter().any(|other| other.listing().symbol == *symbol) {
        return Err(UsageError(format!("{symbol} comes twice: choose with --timeframe, --venue or fewer files")));
    }
    tapes.push(tape);
    Ok(())
}

// The strings behind it.

/// Asks a running exchange.
fn ask(endpoint: &str, method: Method, path: &str, body: String) -> anyhow::Result<Value> {
    let request = Request { method, path: path.to_owned(), body, weight: 0, private: false };
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start a thread")?;
    let answer = runtime.block_on(async {
        let http = Http::new(Arc::new(SimAdapter::default()), vec![endpoint.to_owned()], Duration::from_secs(5));
        http.send(&request).await
    });
    let body = answer.with_context(|| format!("is `mem sim` running at {endpoint}?"))?;
    Ok(serde_json::from_slice(&body)?)
}

fn status(context: &Context, endpoint: &str) -> anyhow::Result<Outcome> {
    let answer = ask(endpoint, Method::Get, "/sim/status", String::new())?;
    if context.json {
        output::json(&answer)?;
    } else {
        output::line(format!("SIMULATED EXCHANGE at {endpoint}"))?;
        for (name, value) in answer.as_object().into_iter().flatten().filter(|(name, _)| *name != "simulated") {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Array(items) => {
                    items.iter().map(|item| item.as_str().unwrap_or_default()).collect::<Vec<_>>().join(", ")
                }
                other => other.to_string(),
            };
            output::line(format!("{name:<16} {text}"))?;
        }
    }
    Ok(Outcome::Done)
}

fn set_clock(context: &Context, arguments: &SimClockArgs) -> anyhow::Result<Outcome> {
    let mut order = Map::new();
    if let Some(speed) = arguments.speed {
        order.insert("speed".to_owned(), json!(speed));
    }
    if let Some(step) = arguments.step {
        order.insert("step_ms".to_owned(), json!(millis(step)?));
    }
    if order.is_empty() {
        return Err(UsageError("say --speed, --step or both".to_owned()).into());
    }
    let answer = ask(&arguments.endpoint, Method::Post, "/sim/clock", Value::Object(order).to_string())?;
    if context.json {
        output::json(&answer)?;
    } else {
        output::line(format!(
            "the exchange's clock shows {}, speed {}",
            answer["now"].as_str().unwrap_or_default(),
            answer["speed"]
        ))?;
    }
    Ok(Outcome::Done)
}

fn pull(context: &Context, arguments: &SimFaultArgs) -> anyhow::Result<Outcome> {
    let answer = match (arguments.fault.as_deref(), &arguments.script) {
        (None, Some(file)) => {
            let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
            read_script(&text).map_err(|error| UsageError(format!("{}, {error}", file.display())))?;
            ask(&arguments.endpoint, Method::Post, "/sim/script", text)?
        }
        (Some("clear"), None) => ask(&arguments.endpoint, Method::Delete, "/sim/faults", String::new())?,
        (Some(name), None) => {
            let fault = fault(name, arguments)?;
            ask(&arguments.endpoint, Method::Post, "/sim/faults", serde_json::to_string(&fault)?)?
        }
        _ => {
            let known = Fault::NAMES.join(", ");
            return Err(UsageError(format!("name a fault ({known}), clear, or --script FILE")).into());
        }
    };
    if context.json {
        output::json(&answer)?;
    } else if let Some(pulled) = answer.get("pulled") {
        output::line(format!("pulled: {pulled}"))?;
    } else if let Some(count) = answer.get("faults") {
        output::line(format!("a script of {count} faults has begun"))?;
    } else {
        output::line("every fault has ended")?;
    }
    Ok(Outcome::Done)
}

/// The fault that was typed, with sensible values for what was not.
fn fault(name: &str, typed: &SimFaultArgs) -> anyhow::Result<Fault> {
    let name = name.replace('-', "_");
    let for_ms = typed.lasts.map(millis).transpose()?.unwrap_or(2_000);
    let by = typed.by.map(|by| i64::try_from(by.as_millis())).transpose()?;
    let by_ms = by.map_or(100, i64::unsigned_abs);
    let count = typed.count.unwrap_or(1);
    let fault = match name.as_str() {
        "drop" => Fault::Drop,
        "stall" => Fault::Stall { for_ms },
        "half_open" => Fault::HalfOpen { for_ms },
        "delay" => Fault::Delay { by_ms, for_ms },
        "jitter" => Fault::Jitter { up_to_ms: by_ms, for_ms },
        "lose" => Fault::Lose { count },
        "duplicate" => Fault::Duplicate { count },
        "reorder" => Fault::Reorder { count },
        "corrupt" => Fault::Corrupt { count },
        "wrong_sequence" => Fault::WrongSequence { count },
        "refuse_connect" => Fault::RefuseConnect { for_ms, sockets_only: typed.sockets_only },
        "too_many_requests" => Fault::TooManyRequests { count, retry_after_s: typed.retry_after.unwrap_or(1) },
        "server_error" => Fault::ServerError { count, status: typed.status.unwrap_or(502) },
        "slow_answers" => Fault::SlowAnswers { by_ms, for_ms },
        "clock_skew" => Fault::ClockSkew { by_ms: by.unwrap_or(1_000) },
        "restart" => Fault::Restart { down_ms: for_ms },
        _ => {
            let hint = mem_types::near::nearest(&name, Fault::NAMES.iter());
            return Err(UsageError(format!("unknown fault '{name}'{hint}; known: {}", Fault::NAMES.join(", "))).into());
        }
    };
    fault.check().map_err(|error| UsageError(error.to_string()).into())
}

fn millis(time: jiff::SignedDuration) -> Result<u64, UsageError> {
    u64::try_from(time.as_millis()).map_err(|_| UsageError(format!("{time:#} is not a time that can pass")))
}

//! `mem status`, `mem stop`, `mem kill-switch`: a running engine seen and steered from outside.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use mem_engine::live::{Board, Control};
use mem_feed::Status;
use mem_monitor::alert::Severity;
use mem_types::PositionSide;

use super::{Context, interrupt_flag, now};
use crate::cli::{KillSwitchArgs, StatusArgs, StopArgs, SwitchArg};
use crate::exit::{Outcome, UsageError};
use crate::output::{self, Align};

/// A status that is older than this was left behind by an engine that was killed.
const BELIEVED: Duration = Duration::from_secs(5);
/// An engine that runs hears what it is told within this time.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) fn status(context: &Context, arguments: &StatusArgs) -> anyhow::Result<Outcome> {
    let interrupted = interrupt_flag()?;
    loop {
        let board = read(&control(context).status)?;
        let outcome = match &board {
            Some(board) => show(context, board)?,
            None => return not_running(context),
        };
        if !arguments.watch {
            return Ok(outcome);
        }
        std::thread::sleep(Duration::from_secs(1));
        if interrupted.load(Ordering::SeqCst) {
            return Ok(outcome);
        }
    }
}

/// What is on record, when nothing runs.
pub(super) fn not_running(context: &Context) -> anyhow::Result<Outcome> {
    let records = context.config.records_file();
    let hint =
        if records.exists() { "its records stay: `mem records list trades`" } else { "nothing has been traded here" };
    anyhow::bail!("no engine runs in {}: `mem run` starts one; {hint}", context.config.engine_folder().display())
}

/// The files of the engine that is meant: the one of the data folder, or, where none runs there, a demo that does.
pub(super) fn control(context: &Context) -> Control {
    let own = Control::in_folder(&context.config.engine_folder());
    let runs = |control: &Control| matches!(read(&control.status), Ok(Some(_)));
    if runs(&own) {
        return own;
    }
    let demos = std::fs::read_dir(context.config.data.folder.join("demo")).into_iter().flatten().flatten();
    demos.map(|demo| Control::in_folder(&demo.path().join("engine"))).find(runs).unwrap_or(own)
}

/// The status of the engine that runs; `None` if none does.
pub(super) fn read(path: &Path) -> anyhow::Result<Option<Board>> {
    let Ok(bytes) = std::fs::read(path) else { return Ok(None) };
    let board: Board =
        serde_json::from_slice(&bytes).with_context(|| format!("{} is no status of an engine", path.display()))?;
    let age = now().as_nanos().saturating_sub(board.updated_at.as_nanos());
    let fresh = u64::try_from(age).is_ok_and(|age| Duration::from_nanos(age) < BELIEVED);
    Ok(fresh.then_some(board))
}

fn show(context: &Context, board: &Board) -> anyhow::Result<Outcome> {
    if context.json {
        output::json(board)?;
    } else {
        describe(board)?;
    }
    let healthy = board.feed.as_ref().is_none_or(|feed| feed.status == Status::Healthy);
    let red = board.alerts.iter().any(|alert| alert.severity == Severity::Red);
    let well = healthy && board.kill_switch.is_none() && board.unknown_orders == 0 && board.balanced && !red;
    Ok(if well { Outcome::Done } else { Outcome::Partial })
}

/// How an engine stands, as tables.
pub(super) fn describe(board: &Board) -> anyhow::Result<()> {
    let mode = if board.paper { "paper" } else { "live" };
    output::line(format!(
        "session {} ({mode}, {}), process {}; market time {}",
        board.session,
        board.venue,
        board.pid,
        board.market_time.map_or_else(|| output::UNDEFINED.to_owned(), |time| time.to_string()),
    ))?;
    let left = |text: &str| vec![text.to_owned()];
    let row = |name: &str, value: String| [left(name), vec![value]].concat();
    let latency = &board.decision_latency;
    let feed = board.feed.as_ref().map_or_else(
        || output::UNDEFINED.to_owned(),
        |feed| {
            format!("{:?} by {:?}, {} messages", feed.status, feed.mode, output::count(feed.metrics.total_messages))
                .to_lowercase()
        },
    );
    let rows = vec![
        row("equity", format!("{} {}", output::figure(board.equity, 2), board.currency)),
        row("cash", format!("{:.2}", board.cash)),
        row("today", output::figure(board.day_pnl, 2)),
        row("below its peak", format!("{:.2} %", board.drawdown_pct)),
        row("decisions", output::count(board.decisions)),
        row("orders open, of unknown fate", format!("{}, {}", board.open_orders, board.unknown_orders)),
        row(
            "books",
            format!(
                "{} entries, {}",
                output::count(board.ledger_entries),
                if board.balanced { "balanced" } else { "NOT BALANCED" }
            ),
        ),
        row(
            "kill switch",
            board.kill_switch.clone().map_or_else(|| "off".to_owned(), |reason| format!("ON: {reason}")),
        ),
        row("feed", feed),
        row(
            "events, waiting, late trades",
            format!("{}, {}, {}", output::count(board.events), board.queue, board.late_trades),
        ),
        row(
            "event to decision, p50 and p99",
            format!("{} and {} ms", output::figure(latency.p50_ms, 3), output::figure(latency.p99_ms, 3)),
        ),
    ];
    output::table(&[("", Align::Left), ("", Align::Right)], rows)?;
    for reason in &board.halts {
        output::line(format!("HALTED: {reason}"))?;
    }
    for alert in &board.alerts {
        let about = if alert.subject.is_empty() { String::new() } else { format!(" {}", alert.subject) };
        let noted = if alert.acknowledged.is_some() { ", noted" } else { "" };
        output::line(format!(
            "ALERT {} ({}{noted}) {}{about}: {}",
            alert.id,
            alert.severity.name(),
            alert.kind.name(),
            alert.message
        ))?;
    }
    if let Some(figures) = &board.figures {
        output::table(
            &[
                ("window", Align::Left),
                ("trades", Align::Right),
                ("won", Align::Right),
                ("profit factor", Align::Right),
                ("Sharpe", Align::Right),
                ("max drawdown", Align::Right),
                ("profit", Align::Right),
            ],
            std::iter::once(&figures.recent).chain(&figures.spans).map(|window| {
                vec![
                    window.window.clone(),
                    output::count(window.trades as u64),
                    output::rate(window.win_rate.map(|rate| rate / 100.0)),
                    output::figure(window.profit_factor, 2),
                    output::figure(window.sharpe, 2),
                    output::rate(window.max_drawdown_pct.map(|fallen| fallen / 100.0)),
                    output::figure(Some(window.pnl), 2),
                ]
            }),
        )?;
    }
    if board.positions.is_empty() {
        return output::line("no open positions");
    }
    output::table(
        &[
            ("symbol", Align::Left),
            ("side", Align::Left),
            ("quantity", Align::Right),
            ("entry", Align::Right),
            ("last", Align::Right),
            ("unrealised", Align::Right),
        ],
        board.positions.iter().map(|position| {
            vec![
                position.symbol.to_string(),
                if position.side == PositionSide::Long { "long" } else { "short" }.to_owned(),
                position.qty.clone(),
                output::price(position.entry_price),
                position.last_price.map_or_else(|| output::UNDEFINED.to_owned(), output::price),
                output::figure(position.unrealised_pnl, 2),
            ]
        }),
    )
}

pub(super) fn stop(context: &Context, arguments: &StopArgs) -> anyhow::Result<Outcome> {
    let control = control(context);
    let Some(board) = read(&control.status)? else { return not_running(context) };
    let until = Instant::now() + Duration::from_secs(arguments.patience);
    if arguments.flatten {
        std::fs::write(&control.flatten, "by mem stop")
            .with_context(|| format!("cannot write {}", control.flatten.display()))?;
        wait(until, "the positions are not closed yet; it goes on running", || {
            Ok(read(&control.status)?.is_none_or(|board| board.positions.is_empty()) && !control.flatten.exists())
        })?;
    }
    let pid = i32::try_from(board.pid).ok().and_then(rustix::process::Pid::from_raw);
    let pid = pid.with_context(|| format!("{} is no process", board.pid))?;
    rustix::process::kill_process(pid, rustix::process::Signal::TERM)
        .with_context(|| format!("cannot end process {}", board.pid))?;
    wait(until, "it was asked to end and has not yet", || Ok(!control.status.exists()))?;
    if !context.json {
        output::line(format!("session {} has ended", board.session))?;
    }
    Ok(Outcome::Done)
}

pub(super) fn wait(
    until: Instant,
    otherwise: &'static str,
    done: impl Fn() -> anyhow::Result<bool>,
) -> anyhow::Result<()> {
    while !done()? {
        anyhow::ensure!(Instant::now() < until, otherwise);
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// Has the drawdown measured from here on.
pub(super) fn resume(context: &Context) -> anyhow::Result<Outcome> {
    let control = control(context);
    let Some(board) = read(&control.status)? else { return not_running(context) };
    std::fs::write(&control.resume, "by mem resume")
        .with_context(|| format!("cannot write {}", control.resume.display()))?;
    wait(Instant::now() + PATIENCE, "it has not been heard yet", || Ok(!control.resume.exists()))?;
    if context.json {
        output::json(&serde_json::json!({ "drawdown_was_pct": board.drawdown_pct }))?;
    } else {
        output::line(format!(
            "the drawdown, {:.2} % until now, is measured from equity {} {} on",
            board.drawdown_pct,
            output::figure(board.equity, 2),
            board.currency
        ))?;
    }
    Ok(Outcome::Done)
}

pub(super) fn kill_switch(context: &Context, arguments: &KillSwitchArgs) -> anyhow::Result<Outcome> {
    let path = control(context).kill_switch;
    match arguments.to {
        Some(SwitchArg::On) => {
            if arguments.reason.trim().is_empty() {
                return Err(UsageError("--reason: say why".to_owned()).into());
            }
            let folder = path.parent().unwrap_or(Path::new("."));
            std::fs::create_dir_all(folder)
                .and_then(|()| std::fs::write(&path, &arguments.reason))
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        Some(SwitchArg::Off) if path.exists() => {
            std::fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
        Some(SwitchArg::Off) | None => {}
    }
    let reason = std::fs::read_to_string(&path).ok();
    if context.json {
        output::json(&serde_json::json!({ "on": reason.is_some(), "reason": reason }))?;
    } else {
        output::line(match reason {
            Some(reason) => format!("kill switch ON: {reason}. No entries; exits and stops go on working"),
            None => "kill switch off".to_owned(),
        })?;
    }
    Ok(Outcome::Done)
}

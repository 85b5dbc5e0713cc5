//! `mem feed`: how connections to venues are.
//!
//! A recording writes its health into a file every second and removes the file when it ends. Whoever reads believes a
//! file only while it is fresh: a program that hangs, or was killed, is not healthy.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use mem_feed::health::Life;
use mem_feed::{FeedHealth, Status};
use mem_types::Venue;

use super::record::status_folder;
use super::{Context, interrupt_flag, now};
use crate::cli::FeedCommand;
use crate::exit::Outcome;
use crate::output::{self, Align};

/// A status that is older is not believed.
const FRESH: Duration = Duration::from_secs(5);
/// Events shown.
const EVENTS: usize = 8;

/// The file in which a running recording says how it is; removed when it ends.
#[derive(Debug)]
pub(super) struct StatusFile {
    path: PathBuf,
}

impl StatusFile {
    pub(super) fn new(data_folder: &Path, venue: &Venue) -> anyhow::Result<Self> {
        let folder = status_folder(data_folder);
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Self { path: folder.join(format!("{venue}-{}.json", std::process::id())) })
    }

    pub(super) fn write(&self, health: &FeedHealth) -> anyhow::Result<()> {
        // Written beside and renamed: a reader never sees half of it.
        let beside = self.path.with_extension("tmp");
        std::fs::write(&beside, serde_json::to_vec(health)?)
            .and_then(|()| std::fs::rename(&beside, &self.path))
            .with_context(|| format!("cannot write {}", self.path.display()))
    }
}

impl Drop for StatusFile {
    fn drop(&mut self) {
        // If it stays, it grows old and is not believed.
        let _ = std::fs::remove_file(&self.path);
    }
}

pub(super) fn run(context: &Context, command: &FeedCommand) -> anyhow::Result<Outcome> {
    let FeedCommand::Status { watch } = command;
    let interrupted = interrupt_flag()?;
    loop {
        let outcome = show(context)?;
        if !watch {
            return outcome.context("no feed is running here: `mem data record` starts one");
        }
        std::thread::sleep(Duration::from_secs(1));
        if interrupted.load(std::sync::atomic::Ordering::SeqCst) {
            return Ok(outcome.unwrap_or(Outcome::Done));
        }
    }
}

/// Shows every feed; `None` if there is none.
fn show(context: &Context) -> anyhow::Result<Option<Outcome>> {
    let feeds = read(&status_folder(&context.config.data.folder))?;
    if context.json {
        output::json(&feeds)?;
    } else {
        feeds.iter().try_for_each(describe)?;
    }
    let worst = feeds.iter().map(|health| health.status).max();
    Ok(worst.map(|worst| if worst == Status::Healthy { Outcome::Done } else { Outcome::Partial }))
}

fn read(folder: &Path) -> anyhow::Result<Vec<FeedHealth>> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    let mut feeds = Vec::new();
    for path in paths {
        // A file may go between listing and reading: its recording has ended.
        let Ok(bytes) = std::fs::read(&path) else { continue };
        let mut health: FeedHealth =
            serde_json::from_slice(&bytes).with_context(|| format!("{} is not a feed's status", path.display()))?;
        let age = now().as_nanos().saturating_sub(health.timestamp.as_nanos());
        if age > i64::try_from(FRESH.as_nanos()).unwrap_or(i64::MAX) {
            health.status = Status::Unhealthy;
            health.metrics.connected = false;
        }
        feeds.push(health);
    }
    Ok(feeds)
}

/// A feed's health for people.
pub(super) fn describe(health: &FeedHealth) -> anyhow::Result<()> {
    let metrics = &health.metrics;
    let ms = |value: Option<f64>| match value {
        Some(ms) => format!("{} ms", output::figure(Some(ms), 1)),
        None => output::UNDEFINED.to_owned(),
    };
    let word = |value: &dyn std::fmt::Debug| format!("{value:?}").to_lowercase();
    output::line(format!(
        "{}: {}, by {}, breaker {}, as of {}",
        health.venue,
        word(&health.status).to_uppercase(),
        word(&health.mode),
        word(&health.circuit_breaker_state),
        health.timestamp,
    ))?;
    output::line(format!(
        "  up {:.0} s, {} messages, {} errors, {} reconnects, {} take-overs; ping {}; clock off by {}",
        metrics.uptime_seconds,
        output::count(metrics.total_messages),
        output::count(metrics.total_errors),
        output::count(metrics.reconnect_attempts),
        output::count(metrics.failbacks),
        ms(metrics.latency_ms),
        ms(metrics.clock_offset_ms),
    ))?;
    output::line(format!(
        "  fail-over p50 {}, p99 {} ({} times); requests p50 {}, p95 {}, p99 {} ({}, {} failed)",
        ms(metrics.failover.p50_ms),
        ms(metrics.failover.p99_ms),
        metrics.failover.count,
        ms(metrics.requests.p50_ms),
        ms(metrics.requests.p95_ms),
        ms(metrics.requests.p99_ms),
        output::count(metrics.requests.count),
        output::count(metrics.requests.errors),
    ))?;
    let rows = health.streams.iter().map(|stream| {
        vec![
            stream.stream.to_string(),
            output::count(stream.delivered),
            if stream.missing { "being filled in".to_owned() } else { "nothing".to_owned() },
            stream.quiet_seconds.map_or_else(|| output::UNDEFINED.to_owned(), |seconds| format!("{seconds:.1} s ago")),
        ]
    });
    output::table(
        &[("stream", Align::Left), ("items", Align::Right), ("missing", Align::Left), ("last item", Align::Right)],
        rows,
    )?;
    for event in health.events.iter().rev().take(EVENTS).rev() {
        output::line(format!("  {} {}", event.at, tell(&event.what)))?;
    }
    Ok(())
}

fn tell(event: &Life) -> String {
    match event {
        Life::Connected { endpoint } => format!("WebSocket at work: {endpoint}"),
        Life::Lost { reason } => format!("WebSocket lost: {reason}"),
        Life::FailedOver { after_ms } => format!("REST has taken over after {after_ms:.1} ms"),
        Life::Disconnected { reason } => format!("REST fails too: {reason}"),
        Life::ConnectFailed { reason } => format!("no connection: {reason}"),
        Life::BreakerOpened => "circuit breaker opened: no attempts for a while".to_owned(),
        Life::Discarded { stream, count } => {
            format!("{count} items of {stream} discarded: the venue does not know them")
        }
    }
}

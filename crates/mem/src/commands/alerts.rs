//! `mem alerts`: what was raised, taking note, prices to be told of. What changes something is left for the running engine to do.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use mem_engine::live::Want;
use mem_monitor::alert::{PriceAlert, Reach};

use super::control::{control, not_running, read, wait};
use super::{Context, now, records};
use crate::cli::{AlertsCommand, ReachArg};
use crate::exit::{Outcome, UsageError};
use crate::output::{self, Align};

/// How long the engine is given to hear it.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) fn run(context: &Context, command: &AlertsCommand) -> anyhow::Result<Outcome> {
    match command {
        AlertsCommand::List { limit } => list(context, *limit),
        AlertsCommand::Ack { id, by } => {
            let known = read(&control(context).status)?;
            let Some(board) = known else { return not_running(context) };
            if !board.alerts.iter().any(|alert| alert.id == *id) {
                return Err(UsageError(format!("no alert {id} holds: `mem alerts list` shows them")).into());
            }
            leave(context, &Want::Acknowledge { id: *id, by: by.clone() }, &format!("noted: alert {id}"))
        }
        AlertsCommand::Watch { symbol, reach, price, note, repeating } => {
            if !(*price > 0.0 && price.is_finite()) {
                return Err(UsageError(format!("a price of {price}: expected one above zero")).into());
            }
            let reach = match reach {
                ReachArg::Above => Reach::Above,
                ReachArg::Below => Reach::Below,
                ReachArg::Cross => Reach::Cross,
            };
            let alert =
                PriceAlert { symbol: symbol.clone(), reach, price: *price, note: note.clone(), repeating: *repeating };
            leave(context, &Want::Watch { alert }, &format!("watching {symbol} {reach} {price}"))
        }
        AlertsCommand::Unwatch { id } => {
            let Some(board) = read(&control(context).status)? else { return not_running(context) };
            if !board.watched.iter().any(|(known, _)| known == id) {
                return Err(UsageError(format!("nobody waits for price {id}: `mem alerts list` shows them")).into());
            }
            leave(context, &Want::Unwatch { id: *id }, &format!("no longer watching {id}"))
        }
    }
}

/// Leaves a wish where the running engine finds it, and waits until it has.
fn leave(context: &Context, want: &Want, done: &str) -> anyhow::Result<Outcome> {
    let control = control(context);
    if read(&control.status)?.is_none() {
        return not_running(context);
    }
    let path = control.leave(want, now()).with_context(|| format!("cannot write into {}", control.wants.display()))?;
    wait(Instant::now() + PATIENCE, "the engine has not heard it yet", || Ok(!path.exists()))?;
    if context.json {
        output::json(want)?;
    } else {
        output::line(done)?;
    }
    Ok(Outcome::Done)
}

fn list(context: &Context, limit: u32) -> anyhow::Result<Outcome> {
    let control = control(context);
    // The engine's folder lies in the folder of its records.
    let folder = control.status.parent().and_then(std::path::Path::parent).unwrap_or(&context.config.data.folder);
    let alerts = records::open_in(context, folder)?.get_alerts(limit as usize)?;
    let watched = read(&control.status)?.map(|board| board.watched).unwrap_or_default();
    if context.json {
        output::json(&serde_json::json!({ "alerts": alerts, "watched": watched }))?;
        return Ok(Outcome::Done);
    }
    if alerts.is_empty() {
        output::line("no alerts")?;
    } else {
        output::table(
            &[
                ("id", Align::Right),
                ("raised", Align::Left),
                ("severity", Align::Left),
                ("state", Align::Left),
                ("kind", Align::Left),
                ("message", Align::Left),
            ],
            alerts.into_iter().map(|alert| {
                vec![
                    alert.id.to_string(),
                    output::minute(alert.timestamp),
                    alert.severity,
                    alert.state,
                    format!("{} {}", alert.kind, alert.subject),
                    alert.message,
                ]
            }),
        )?;
    }
    for (id, alert) in watched {
        let note = if alert.note.is_empty() { String::new() } else { format!(": {}", alert.note) };
        output::line(format!("watching {id}: {} {} {}{note}", alert.symbol, alert.reach, alert.price))?;
    }
    Ok(Outcome::Done)
}

//! What operators want of a running engine.
//!
//! It is told the engine through the files by which any process may speak to it, and the answer waits until it has been heard. Everything
//! asked for stands in the audit, what could not be done too.

use std::path::Path;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use mem_engine::live::{Board, Control, Want};
use mem_monitor::alert::PriceAlert;
use mem_store::records::{AuditKind, NewAudit};
use mem_types::Timestamp;
use mem_venue::sim::fault::Fault;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::view::alert::ReachView;
use super::{Standing, no_engine, standing};
use crate::body::JsonBody;
use crate::error::{ApiError, CommandRefused};
use crate::state::{AppState, compute};

/// An engine that runs hears what it is told within this time.
const PATIENCE: Duration = Duration::from_secs(2);
/// Whether it has been heard is looked at so often.
const LOOK: Duration = Duration::from_millis(20);
/// Longest text of an operator, in characters.
const LONGEST: usize = 500;
/// How long a fault of the simulated exchange lasts unless it is taken back.
const FAULT_MS: u64 = 3_600_000;
/// So many requests fail at the most.
const FAULTS: u32 = 1_000_000;

/// A command.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum CommandRequest {
    /// No entries any more; exits and stops go on working.
    KillSwitchOn {
        /// Why.
        reason: String,
    },
    /// Entries again.
    KillSwitchOff,
    /// Close every position at the market.
    Flatten,
    /// Measure the drawdown from here on.
    Resume,
    /// Note has been taken of an alert.
    Acknowledge {
        /// Its number.
        alert: u64,
        /// By whom.
        by: String,
    },
    /// Tell when a price is reached.
    WatchPrice {
        /// Of what.
        symbol: String,
        /// Which way.
        reach: ReachView,
        /// The level, above zero.
        price: f64,
        /// Why.
        #[serde(default)]
        note: String,
        /// Whether it stays after it was raised and has recovered.
        #[serde(default)]
        repeating: bool,
    },
    /// Do not tell any more.
    UnwatchPrice {
        /// The number of the watched price.
        id: u64,
    },
    /// Something goes wrong at the simulated exchange, where that runs in this process.
    SimFault {
        /// What.
        fault: SimFault,
    },
}

/// What can go wrong at the simulated exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SimFault {
    /// Its WebSockets stay open and say nothing; what they hold back follows afterwards.
    Stall,
    /// It is down: no WebSockets, no answers.
    Stop,
    /// Nothing goes wrong any more.
    Resume,
}

/// The command has been carried out.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CommandAnswer {
    /// Always true.
    pub success: bool,
    /// When, by our clock; null where nobody has said so yet: it is on its way.
    pub applied_at: Option<i64>,
    /// The number of what was made: that of a watched price.
    pub id: Option<u64>,
}

/// Tells the engine something, and waits a moment until it has been heard.
#[utoipa::path(post, path = "/command", tag = "live", request_body = CommandRequest, responses(
    (status = 200, description = "It has been heard, or is on its way", body = CommandAnswer),
    CommandRefused,
))]
pub(crate) async fn command(State(state): State<AppState>, body: JsonBody) -> Result<Json<CommandAnswer>, ApiError> {
    let request: CommandRequest = body.read()?;
    tracing::info!(?request, "an operator's command");
    let done = carry_out(&state, &request).await;
    let heard_at = matches!(done, Ok(Some(_))).then(|| (state.parts.clock)());
    enter(&state, &request, done.as_ref().err(), heard_at).await?;
    Ok(Json(CommandAnswer { success: true, applied_at: heard_at.map(Timestamp::as_millis), id: done?.flatten() }))
}

async fn carry_out(state: &AppState, request: &CommandRequest) -> Result<Option<Option<u64>>, ApiError> {
    match request {
        CommandRequest::SimFault { fault } => pull(state, *fault).map(|()| Some(None)),
        _ => {
            let standing = standing(state).await.ok_or_else(no_engine)?;
            tell(state, &standing, request).await
        }
    }
}

/// Enters a command into the audit, with why it was refused if it was.
async fn enter(
    state: &AppState,
    request: &CommandRequest,
    refused: Option<&ApiError>,
    applied_at: Option<Timestamp>,
) -> Result<(), ApiError> {
    let who = match request {
        CommandRequest::Acknowledge { by, .. } if !by.trim().is_empty() => by.trim().to_owned(),
        _ => "operator".to_owned(),
    };
    let why = match (refused, request) {
        (Some(error), _) => format!("refused: {}", error.body().error),
        (None, CommandRequest::KillSwitchOn { reason }) => reason.trim().to_owned(),
        (None, _) => String::new(),
    };
    let detail = serde_json::to_value(request).map_err(|error| ApiError::internal(&error))?;
    let row = NewAudit { kind: AuditKind::Command, who, why, detail, applied_at, reverts: None };
    let records = state.parts.records.clone();
    compute(move || Ok(records.add_audit(&row)?)).await.map(drop)
}

/// Tells the engine; `None` where it has not been heard in time, else the number of what was made.
async fn tell(
    state: &AppState,
    Standing { board, control, .. }: &Standing,
    request: &CommandRequest,
) -> Result<Option<Option<u64>>, ApiError> {
    let heard = |wanted: Option<()>| wanted.map(|()| None);
    match request {
        CommandRequest::KillSwitchOn { reason } => {
            let reason = text("reason", reason)?;
            if reason.is_empty() {
                return Err(ApiError::field("reason", "say why"));
            }
            write(&control.kill_switch, reason.clone()).await?;
            Ok(heard(until(state, |board| board.kill_switch.as_ref() == Some(&reason)).await))
        }
        CommandRequest::KillSwitchOff => {
            remove(&control.kill_switch).await?;
            Ok(heard(until(state, |board| board.kill_switch.is_none()).await))
        }
        CommandRequest::Flatten => ask(&control.flatten).await.map(heard),
        CommandRequest::Resume => ask(&control.resume).await.map(heard),
        CommandRequest::Acknowledge { alert, by } => {
            let by = text("by", by)?;
            if by.is_empty() {
                return Err(ApiError::field("by", "say who"));
            }
            if board.alerts.iter().all(|known| known.id != *alert) {
                return Err(ApiError::not_found(format!("no alert of number {alert} holds")));
            }
            want(state, control, Want::Acknowledge { id: *alert, by }).await?;
            let noted =
                |board: &Board| board.alerts.iter().all(|known| known.id != *alert || known.acknowledged.is_some());
            Ok(heard(until(state, noted).await))
        }
        CommandRequest::WatchPrice { symbol, reach, price, note, repeating } => {
            let known = board.last_prices.keys().find(|known| known.as_str() == symbol);
            let symbol = known.ok_or_else(|| ApiError::field("symbol", format!("{symbol:.40} has no price here")))?;
            if !(price.is_finite() && *price > 0.0) {
                return Err(ApiError::field("price", format!("{price}: expected a price above zero")));
            }
            let note = text("note", note)?;
            let before = board.watched.iter().map(|(id, _)| *id).max();
            let alert = PriceAlert {
                symbol: symbol.clone(),
                reach: (*reach).into(),
                price: *price,
                note,
                repeating: *repeating,
            };
            let made = |board: &Board| {
                let new = board.watched.iter().rev().find(|(id, known)| Some(*id) > before && *known == alert);
                new.map(|(id, _)| *id)
            };
            want(state, control, Want::Watch { alert: alert.clone() }).await?;
            Ok(board_until(state, |board| made(board).is_some()).await.map(|board| made(&board)))
        }
        CommandRequest::UnwatchPrice { id } => {
            if board.watched.iter().all(|(known, _)| known != id) {
                return Err(ApiError::not_found(format!("no price alert has the number {id}")));
            }
            want(state, control, Want::Unwatch { id: *id }).await?;
            Ok(heard(until(state, |board| board.watched.iter().all(|(known, _)| known != id)).await))
        }
        CommandRequest::SimFault { .. } => unreachable!("pulled where the exchange is"),
    }
}

/// Something goes wrong at the simulated exchange.
fn pull(state: &AppState, fault: SimFault) -> Result<(), ApiError> {
    let exchange = state.hub.as_ref().and_then(|hub| hub.live().exchange.as_ref());
    let exchange = exchange.ok_or_else(|| {
        ApiError::new(StatusCode::CONFLICT, "no simulated exchange runs in this process: `mem demo` starts one")
    })?;
    match fault {
        SimFault::Stall => exchange.pull(Fault::HalfOpen { for_ms: FAULT_MS }),
        SimFault::Stop => {
            exchange.pull(Fault::RefuseConnect { for_ms: FAULT_MS, sockets_only: false });
            // Requests over connections that stand already are answered, but not with what is asked for.
            exchange.pull(Fault::ServerError { count: FAULTS, status: 503 });
            exchange.pull(Fault::Drop);
        }
        SimFault::Resume => exchange.clear(),
    }
    Ok(())
}

/// Waits until the engine of this process, or of the other one, stands as wanted.
async fn board_until(state: &AppState, wanted: impl Fn(&Board) -> bool) -> Option<std::sync::Arc<Board>> {
    if let Some(hub) = &state.hub {
        return hub.until(PATIENCE, wanted).await;
    }
    let until = tokio::time::Instant::now() + PATIENCE;
    while tokio::time::Instant::now() < until {
        if let Some(found) = standing(state).await
            && wanted(&found.board)
        {
            return Some(found.board);
        }
        tokio::time::sleep(LOOK).await;
    }
    None
}

async fn until(state: &AppState, wanted: impl Fn(&Board) -> bool) -> Option<()> {
    board_until(state, wanted).await.map(drop)
}

/// A text of an operator, without what is around it.
fn text(field: &str, text: &str) -> Result<String, ApiError> {
    let text = text.trim();
    if text.chars().count() > LONGEST {
        return Err(ApiError::field(field, format!("longer than {LONGEST} characters")));
    }
    Ok(text.to_owned())
}

/// Makes a file that the engine removes once it has seen it; `None` where that takes too long.
async fn ask(path: &Path) -> Result<Option<()>, ApiError> {
    write(path, "by the API".to_owned()).await?;
    let until = tokio::time::Instant::now() + PATIENCE;
    while tokio::time::Instant::now() < until {
        let file = path.to_path_buf();
        if !compute(move || Ok(file.exists())).await? {
            return Ok(Some(()));
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(None)
}

/// Leaves something that is wanted where the engine finds it.
async fn want(state: &AppState, control: &Control, want: Want) -> Result<(), ApiError> {
    let (control, now) = (control.clone(), (state.parts.clock)());
    compute(move || control.leave(&want, now).map(drop).map_err(|error| ApiError::internal(&error))).await
}

/// Writes a file as a whole.
async fn write(path: &Path, text: String) -> Result<(), ApiError> {
    let path = path.to_path_buf();
    let write = move || {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let beside = path.with_extension("new");
        std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, &path))
    };
    compute(move || write().map_err(|error| ApiError::internal(&error))).await
}

async fn remove(path: &Path) -> Result<(), ApiError> {
    let path = path.to_path_buf();
    compute(move || match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(ApiError::internal(&error)),
        _ => Ok(()),
    })
    .await
}

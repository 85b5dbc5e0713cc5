//! A running engine, seen and steered by pages.
//!
//! Nothing here decides anything: what is shown comes from the engine's tap and from what it measures of itself, what operators want goes
//! through the files by which they speak to it from any process.
//!
//! Modules in reading order: [`message`] (what goes over a WebSocket), [`view`] (what it carries), `hub` (what has happened, gathered and
//! sent), `stream` (one stream of it), `socket` (one page), `health` (what is measured), `read` (the newest, by request), [`command`]
//! (what operators want).

pub mod command;
mod health;
pub(crate) mod hub;
pub mod message;
mod read;
pub(crate) mod socket;
mod stream;
pub mod view;

use std::sync::Arc;

use axum::http::StatusCode;
use mem_engine::live::{Board, Control, Tap};
use mem_venue::sim::server::SimHandle;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::ApiError;
use crate::state::AppState;
use view::board::Mode;

pub(crate) use read::engine_state;

const NO_ENGINE: &str = "no engine runs in this process: `mem run` or `mem demo` starts one with its pages";
/// An engine that runs has said how it stands within this time.
const BELIEVED_NANOS: i64 = 5_000_000_000;

/// The engine that runs in this process.
#[derive(Debug, Clone)]
pub struct Live {
    /// Where it tells what happens.
    pub tap: Tap,
    /// How operators speak to it.
    pub control: Control,
    /// Its first session.
    pub session: String,
    /// Where the market is.
    pub venue: String,
    /// Whether orders go to the paper broker.
    pub paper: bool,
    /// What it trades at first, in the order of its configuration.
    pub symbols: Vec<String>,
    /// The simulated exchange, where that runs in this process too.
    pub exchange: Option<SimHandle>,
}

impl Live {
    pub(crate) fn mode(&self) -> Mode {
        Mode::of(&self.venue, self.paper)
    }
}

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(read::latest))
        .routes(routes!(read::board))
        .routes(routes!(read::health))
        .routes(routes!(read::history))
        .routes(routes!(command::command))
}

fn no_engine() -> ApiError {
    ApiError::new(StatusCode::CONFLICT, NO_ENGINE)
}

/// How an engine stands, and how to speak to it.
struct Standing {
    board: Arc<Board>,
    mode: Mode,
    control: Control,
}

/// The engine of this process, or one of another process on the same data folder; `None` where none runs.
async fn standing(state: &AppState) -> Option<Standing> {
    if let Some(hub) = &state.hub {
        let live = hub.live();
        return Some(Standing { board: hub.board()?, mode: live.mode(), control: live.control.clone() });
    }
    let control = state.parts.beside.clone()?;
    let now = (state.parts.clock)();
    let path = control.status.clone();
    let read = tokio::task::spawn_blocking(move || std::fs::read(path)).await.ok()?.ok()?;
    let board: Board = serde_json::from_slice(&read).ok()?;
    let age = now.as_nanos() - board.updated_at.as_nanos();
    let mode = Mode::of(&board.venue, board.paper);
    (age < BELIEVED_NANOS).then(|| Standing { board: Arc::new(board), mode, control })
}

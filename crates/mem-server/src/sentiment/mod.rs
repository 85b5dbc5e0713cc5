//! Texts over HTTP: one in, with its score; those on record; the moods of symbols.
//!
//! Reads and writes the records only: an engine that runs, in this process or another, finds new texts there.
//!
//! Modules in reading order: `add` (a text in), `list` (what is on record).

mod add;
mod list;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list::list, add::add)).routes(routes!(list::mood))
}

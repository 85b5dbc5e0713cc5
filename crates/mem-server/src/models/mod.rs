//! Models: which there are and where they stand, how a candidate does beside the champion, whether what they see has moved, what was
//! decided about them, trainings; and what operators want of them.
//!
//! Reads the records and the shelf only: it answers the same whether an engine runs in this process, in another, or not at all. Times are
//! milliseconds since the Unix epoch, undefined is null.
//!
//! Modules in reading order: `view` (a model), `list` (all of them, cards), `standing` (who decides, how far a candidate is), `scores`
//! (live, side by side), `predictions`, `features` (bars at which models spoke), `drift` (a heat map), `history` (steps and gates), `change` (promote, archive, roll back), `jobs`
//! (trainings).

mod change;
mod drift;
mod features;
mod history;
mod jobs;
mod list;
mod predictions;
mod scores;
mod standing;
mod view;

use mem_engine::shelf::Shelf;
use mem_model::lifecycle::ModelId;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::JsonBody;
use crate::error::ApiError;
use crate::state::{AppState, compute};

/// Longest text of an operator, in characters.
const LONGEST: usize = 500;

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(list::show))
        .routes(routes!(list::card))
        .routes(routes!(standing::rollouts))
        .routes(routes!(scores::scores))
        .routes(routes!(predictions::list))
        .routes(routes!(features::list))
        .routes(routes!(drift::drift))
        .routes(routes!(history::events))
        .routes(routes!(history::evaluations))
        .routes(routes!(change::promote))
        .routes(routes!(change::archive))
        .routes(routes!(change::roll_back))
        .routes(routes!(jobs::list, jobs::add))
        .routes(routes!(jobs::logs))
        .routes(routes!(jobs::cancel))
}

/// Does something with the models on a thread for such work.
async fn on_shelf<T: Send + 'static>(
    state: &AppState,
    work: impl FnOnce(&Shelf) -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    let records = state.parts.records.clone();
    compute(move || work(&Shelf::beside(records))).await
}

fn number(id: &str) -> Result<ModelId, ApiError> {
    let id = id.parse().ok().filter(|id: &u64| i64::try_from(*id).is_ok());
    id.map(ModelId).ok_or_else(|| ApiError::field("id", "expected the number of a model"))
}

/// Who wants something, and why.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reason {
    /// Why: not empty, at most 500 characters.
    why: String,
    /// Who: `operator` where nobody says.
    #[serde(default)]
    by: String,
}

impl Reason {
    fn read(body: &JsonBody) -> Result<Self, ApiError> {
        body.read::<Self>()?.checked()
    }

    /// Without what is around the words.
    fn checked(self) -> Result<Self, ApiError> {
        let (why, by) = (self.why.trim(), self.by.trim());
        if why.is_empty() {
            return Err(ApiError::field("why", "say why"));
        }
        for (field, text) in [("why", why), ("by", by)] {
            if text.chars().count() > LONGEST {
                return Err(ApiError::field(field, format!("longer than {LONGEST} characters")));
            }
        }
        Ok(Self { why: why.to_owned(), by: if by.is_empty() { "operator" } else { by }.to_owned() })
    }
}

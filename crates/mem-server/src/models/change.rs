//! What operators want of models: that one decides, is put away, or is taken back. The shelf does it, and puts it in the audit.

use axum::Json;
use axum::extract::{Path, State};
use mem_engine::shelf::Wanted;

use super::view::ModelView;
use super::{Reason, number, on_shelf};
use crate::body::JsonBody;
use crate::error::{ApiError, ModelRefused};
use crate::state::AppState;

/// A model decides from now on; the one that decided is archived.
#[utoipa::path(post, path = "/api/models/{id}/promote", tag = "models", request_body = Reason,
    params(("id" = u64, Path, description = "Number of the model")),
    responses(
        (status = 200, description = "It decides", body = ModelView),
    ModelRefused,
))]
pub(crate) async fn promote(
    state: State<AppState>,
    id: Path<String>,
    body: JsonBody,
) -> Result<Json<ModelView>, ApiError> {
    change(state, id, &body, Wanted::Promote).await
}

/// A model is put away.
#[utoipa::path(post, path = "/api/models/{id}/archive", tag = "models", request_body = Reason,
    params(("id" = u64, Path, description = "Number of the model")),
    responses(
        (status = 200, description = "It is archived", body = ModelView),
    ModelRefused,
))]
pub(crate) async fn archive(
    state: State<AppState>,
    id: Path<String>,
    body: JsonBody,
) -> Result<Json<ModelView>, ApiError> {
    change(state, id, &body, Wanted::Archive).await
}

/// A model that decides has failed; the one that decided before it decides again.
#[utoipa::path(post, path = "/api/models/{id}/rollback", tag = "models", request_body = Reason,
    params(("id" = u64, Path, description = "Number of the model that decides")),
    responses(
        (status = 200, description = "It is taken back", body = ModelView),
    ModelRefused,
))]
pub(crate) async fn roll_back(
    state: State<AppState>,
    id: Path<String>,
    body: JsonBody,
) -> Result<Json<ModelView>, ApiError> {
    change(state, id, &body, Wanted::RollBack).await
}

async fn change(
    State(state): State<AppState>,
    Path(id): Path<String>,
    body: &JsonBody,
    wanted: Wanted,
) -> Result<Json<ModelView>, ApiError> {
    let id = number(&id)?;
    let reason = Reason::read(body)?;
    let now = (state.parts.clock)();
    tracing::info!(model = %id, wanted = wanted.as_str(), by = reason.by, "an operator's word on a model");
    on_shelf(&state, move |shelf| {
        shelf.carry_out(wanted, id, (&reason.by, &reason.why), now)?;
        let registry = shelf.registry()?;
        Ok(Json(ModelView::of(registry.get(id)?, &registry, shelf)))
    })
    .await
}

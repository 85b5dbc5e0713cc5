//! All models, one of them, its card.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::view::ModelView;
use super::{number, on_shelf};
use crate::error::{ApiError, LookupRefused, QueryRefused};
use crate::state::AppState;

/// All models.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ModelList {
    /// The newest first.
    models: Vec<ModelView>,
}

/// All models, the newest first, with where they stand.
#[utoipa::path(get, path = "/api/models", tag = "models", responses(
    (status = 200, description = "The models", body = ModelList),
    QueryRefused,
))]
pub(crate) async fn list(State(state): State<AppState>) -> Result<Json<ModelList>, ApiError> {
    on_shelf(&state, |shelf| {
        let registry = shelf.registry()?;
        let models = registry.models().rev().map(|model| ModelView::of(model, &registry, shelf)).collect();
        Ok(Json(ModelList { models }))
    })
    .await
}

/// One model.
#[utoipa::path(get, path = "/api/models/{id}", tag = "models",
    params(("id" = u64, Path, description = "Number of the model")),
    responses(
        (status = 200, description = "The model", body = ModelView),
    LookupRefused,
))]
pub(crate) async fn show(State(state): State<AppState>, Path(id): Path<String>) -> Result<Json<ModelView>, ApiError> {
    let id = number(&id)?;
    on_shelf(&state, move |shelf| {
        let registry = shelf.registry()?;
        Ok(Json(ModelView::of(registry.get(id)?, &registry, shelf)))
    })
    .await
}

/// The card of a model: one HTML file that needs nothing else, written when it was trained.
#[utoipa::path(get, path = "/api/models/{id}/card", tag = "models",
    params(("id" = u64, Path, description = "Number of the model")),
    responses(
        (status = 200, description = "The card", body = String, content_type = "text/html"),
    LookupRefused,
))]
pub(crate) async fn card(State(state): State<AppState>, Path(id): Path<String>) -> Result<Response, ApiError> {
    let id = number(&id)?;
    on_shelf(&state, move |shelf| {
        let registry = shelf.registry()?;
        let model = registry.get(id)?;
        let html = std::fs::read(shelf.card(model)).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => ApiError::not_found(format!("{} has no card", model.title())),
            _ => ApiError::internal(&error),
        })?;
        Ok(([(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response())
    })
    .await
}

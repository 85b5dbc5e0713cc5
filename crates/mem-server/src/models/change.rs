//! What operators want of models: that one decides, is put away, or is taken back. The change and its entry in the audit are one
//! transaction; what was refused stands in the audit, too.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use mem_engine::shelf::{Shelf, ShelfError};
use mem_model::lifecycle::{ModelId, Registry, RegistryError, Stage};
use mem_store::records::{AuditKind, NewAudit};
use mem_types::Timestamp;
use serde_json::json;

use super::view::ModelView;
use super::{Reason, number, on_shelf};
use crate::body::JsonBody;
use crate::error::{ApiError, ModelRefused};
use crate::state::AppState;

/// What is wanted.
#[derive(Debug, Clone, Copy)]
enum Wanted {
    Promote,
    Archive,
    RollBack,
}

impl Wanted {
    fn as_str(self) -> &'static str {
        match self {
            Self::Promote => "promote",
            Self::Archive => "archive",
            Self::RollBack => "rollback",
        }
    }

    fn carry_out(self, registry: &mut Registry, id: ModelId, now: Timestamp, why: &str) -> Result<(), RegistryError> {
        let none = BTreeMap::new;
        match self {
            Self::Promote => registry.advance(id, Stage::Production, now, why, none()).map(drop),
            Self::Archive => registry.advance(id, Stage::Archived, now, why, none()).map(drop),
            Self::RollBack => {
                let model = registry.get(id)?;
                // Who sees a model decide and takes it back means that one, not the one that has come in the meantime.
                if model.stage != Stage::Production {
                    return Err(RegistryError::Step { id, from: model.stage, to: Stage::Failed });
                }
                let scope = model.scope.clone();
                registry.roll_back(&scope, now, why, none()).map(drop)
            }
        }
    }
}

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
        let entry = |why: String, applied_at: Option<Timestamp>| NewAudit {
            kind: AuditKind::Command,
            who: reason.by.clone(),
            why,
            detail: json!({ "models": wanted.as_str(), "model": id }),
            applied_at,
            reverts: None,
        };
        let done = shelf.records().transaction(|tx| -> Result<(), ShelfError> {
            Shelf::change_in(tx, |registry| wanted.carry_out(registry, id, now, &reason.why))?;
            tx.add_audit(&entry(reason.why.clone(), Some(now)))?;
            Ok(())
        });
        if let Err(error) = done {
            let error = ApiError::from(error);
            shelf.records().add_audit(&entry(format!("refused: {}", error.body().error), None))?;
            return Err(error);
        }
        let registry = shelf.registry()?;
        Ok(Json(ModelView::of(registry.get(id)?, &registry, shelf)))
    })
    .await
}

//! Who changed what, when and why.

use axum::Json;
use axum::extract::State;
use mem_store::records::{AuditFilter, AuditKind, AuditRow};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{a_hundred, ask, at_most, milliseconds, word};
use crate::error::{ApiError, QueryRefused};
use crate::query::Query;
use crate::state::AppState;

/// Which entries.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// `config` (settings were changed) or `command` (a running engine was told something).
    kind: Option<String>,
    /// After leaving out so many.
    #[serde(default)]
    #[param(default = 0)]
    offset: usize,
    /// At most so many, 1 to 1,000.
    #[serde(default = "a_hundred")]
    #[param(default = 100, minimum = 1, maximum = 1000)]
    limit: usize,
}

/// An entry of the audit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AuditView {
    pub(crate) id: i64,
    /// When it was wanted, by our clock.
    pub(crate) ts: i64,
    /// `config` or `command`.
    pub(crate) kind: String,
    /// Who wanted it.
    pub(crate) by: String,
    /// Why.
    pub(crate) why: String,
    /// What: the changes, or the command.
    #[schema(value_type = Object)]
    pub(crate) detail: serde_json::Value,
    /// When it took effect; null while it has not.
    pub(crate) applied_at: Option<i64>,
    /// The entry that it takes back.
    pub(crate) reverts: Option<i64>,
}

/// Entries, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditPage {
    /// How many there are.
    total: u64,
    /// How many were left out before these.
    offset: usize,
    rows: Vec<AuditView>,
}

/// Who changed what, the newest first.
#[utoipa::path(get, path = "/api/live/audit", tag = "records", params(AuditQuery), responses(
    (status = 200, description = "The entries", body = AuditPage),
    QueryRefused,
))]
pub(crate) async fn list(
    State(state): State<AppState>,
    Query(query): Query<AuditQuery>,
) -> Result<Json<AuditPage>, ApiError> {
    let kind = word::<AuditKind>("kind", query.kind.as_deref())?;
    let filter = AuditFilter { kind, limit: at_most(query.limit)?, offset: query.offset };
    ask(&state, move |records| {
        let page = records.page_audit(&filter)?;
        let rows = page.rows.into_iter().map(audit_view).collect();
        Ok(Json(AuditPage { total: page.total, offset: filter.offset, rows }))
    })
    .await
}

pub(crate) fn audit_view(row: AuditRow) -> AuditView {
    AuditView {
        id: row.id,
        ts: milliseconds(row.timestamp),
        kind: row.kind.as_str().to_owned(),
        by: row.who,
        why: row.why,
        detail: row.detail,
        applied_at: row.applied_at.map(milliseconds),
        reverts: row.reverts,
    }
}

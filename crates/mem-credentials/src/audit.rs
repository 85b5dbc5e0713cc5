//! Who did what with which credentials: a JSON line each, and never a secret.

use std::path::{Path, PathBuf};

use mem_types::Timestamp;
use serde::{Deserialize, Serialize};

use crate::CredentialsError;
use crate::private_file;
use crate::venue::VenueName;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Operation {
    /// Fields were written.
    Store,
    /// Secrets were read.
    Retrieve,
    /// Fields were removed.
    Delete,
    /// Fields, or the master key, were replaced.
    Rotate,
    /// Everything was examined.
    Check,
}

/// Whether it was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum AuditStatus {
    /// It was.
    Success,
    /// It was not.
    Failure,
}

/// One line, in the names of the reference system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// When.
    pub timestamp: Timestamp,
    /// Whose credentials; empty where it concerns all.
    pub broker: String,
    /// What was done.
    pub operation: Operation,
    /// Whether it was done.
    pub status: AuditStatus,
    /// Names of fields, or why not.
    pub details: String,
}

pub(crate) fn path(folder: &Path) -> PathBuf {
    folder.join("credentials.audit.jsonl")
}

pub(crate) fn note(folder: &Path, entry: &AuditEntry) -> Result<(), CredentialsError> {
    let line = serde_json::to_string(entry).expect("texts are always JSON");
    private_file::append(&path(folder), &line)
}

/// The newest `limit` entries, oldest first, of one venue or of all. Lines that are no entries are left out.
pub(crate) fn read(
    folder: &Path,
    venue: Option<&VenueName>,
    limit: usize,
) -> Result<Vec<AuditEntry>, CredentialsError> {
    let Some(text) = private_file::read(&path(folder))? else { return Ok(Vec::new()) };
    let entries = text.lines().filter_map(|line| serde_json::from_str::<AuditEntry>(line).ok());
    let mut entries: Vec<AuditEntry> =
        entries.filter(|entry| venue.is_none_or(|venue| entry.broker == venue.as_str())).collect();
    entries.drain(..entries.len().saturating_sub(limit));
    Ok(entries)
}

//! Where models are kept: their lives in the records, the models themselves as files that are named after their content.
//!
//! What comes in: changes of the registry, trained models. What goes out: the registry as it stands, models whose bytes are those that
//! were stored. Several processes may use one shelf: a change reads, changes and writes in one transaction.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mem_model::lifecycle::{Artefact, ModelId, ModelRecord, Registry, RegistryError, Stage};
use mem_model::model::{Model, ModelError};
use mem_store::atomic;
use mem_store::records::{AuditKind, ModelRow, NewAudit, Records, RecordsError, Tx};
use mem_types::Timestamp;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::core::EngineConfig;
use crate::core::seat::{Models, Seated};

/// The name of the folder of models in the data folder.
pub const FOLDER: &str = "models";

/// Why a shelf cannot do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    /// The records failed.
    #[error(transparent)]
    Records(#[from] RecordsError),
    /// The registry refuses.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// A record of a model that cannot be read.
    #[error("the record of model {id} cannot be read: {source}")]
    Record {
        /// Which.
        id: i64,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// A file that cannot be written or read.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        source: io::Error,
    },
    /// A file that holds no model.
    #[error("{}: {source}", path.display())]
    Model {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        source: ModelError,
    },
    /// A file that is not the one that was stored.
    #[error("{} is not the file that was stored: its checksum is another; import it again or train anew", .0.display())]
    Checksum(PathBuf),
    /// A model that has no file.
    #[error("model {0} has no file yet: it is still being trained, or that failed")]
    NoFile(String),
}

/// What an operator wants of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// It decides from now on; the one that decided is archived.
    Promote,
    /// It is tried beside the one that decides.
    Shadow,
    /// It is put away.
    Archive,
    /// It has failed; the one that decided before it decides again.
    RollBack,
}

impl Wanted {
    /// In a word: `promote`, `shadow`, `archive`, `rollback`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Promote => "promote",
            Self::Shadow => "shadow",
            Self::Archive => "archive",
            Self::RollBack => "rollback",
        }
    }

    fn carry_out(self, registry: &mut Registry, id: ModelId, now: Timestamp, why: &str) -> Result<(), RegistryError> {
        let none = BTreeMap::new;
        match self {
            Self::Promote => registry.advance(id, Stage::Production, now, why, none()).map(drop),
            Self::Shadow => {
                // One that was put away is taken out first.
                if registry.get(id)?.stage == Stage::Archived {
                    registry.advance(id, Stage::Staging, now, why, none())?;
                }
                registry.advance(id, Stage::Shadow, now, why, none()).map(drop)
            }
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

/// Models and their lives.
#[derive(Debug, Clone)]
pub struct Shelf {
    records: Records,
    folder: PathBuf,
}

impl Shelf {
    /// The shelf whose folder lies beside the file of its records.
    pub fn beside(records: Records) -> Self {
        let folder = records.path().with_file_name(FOLDER);
        Self { records, folder }
    }

    /// The records.
    pub fn records(&self) -> &Records {
        &self.records
    }

    /// Where the model of that checksum lies.
    pub fn path(&self, artefact: &Artefact) -> PathBuf {
        self.folder.join(&artefact.file)
    }

    /// Where the card of a model lies, if it has one.
    pub fn card(&self, model: &ModelRecord) -> PathBuf {
        self.folder.join("cards").join(format!("{}.html", model.id))
    }

    /// All models as they stand.
    ///
    /// # Errors
    /// If the records fail or hold what cannot be read.
    pub fn registry(&self) -> Result<Registry, ShelfError> {
        restore(self.records.models()?)
    }

    /// Changes the registry: all of it is kept, or nothing.
    ///
    /// # Errors
    /// If the records fail, or `change` refuses.
    pub fn change<T>(&self, change: impl FnOnce(&mut Registry) -> Result<T, RegistryError>) -> Result<T, ShelfError> {
        self.records.transaction(|tx| Self::change_in(tx, change))
    }

    /// The same as part of a transaction that is under way.
    ///
    /// # Errors
    /// If the records fail, or `change` refuses.
    pub fn change_in<T>(
        tx: &Tx<'_>,
        change: impl FnOnce(&mut Registry) -> Result<T, RegistryError>,
    ) -> Result<T, ShelfError> {
        let before = restore(tx.models()?)?;
        let mut after = before.clone();
        let result = change(&mut after)?;
        for model in after.models().filter(|model| before.get(model.id) != Ok(*model)) {
            tx.put_model(&row(model)?)?;
        }
        Ok(result)
    }

    /// Does what an operator, `by`, wants of a model. The change and its entry in the audit are one transaction; what was refused stands in
    /// the audit, too.
    ///
    /// # Errors
    /// If the records fail, or the registry refuses.
    pub fn carry_out(
        &self,
        wanted: Wanted,
        id: ModelId,
        (by, why): (&str, &str),
        now: Timestamp,
    ) -> Result<(), ShelfError> {
        let entry = |why: String, applied_at: Option<Timestamp>| NewAudit {
            kind: AuditKind::Command,
            who: by.to_owned(),
            why,
            detail: json!({ "models": wanted.as_str(), "model": id }),
            applied_at,
            reverts: None,
        };
        let done = self.records.transaction(|tx| -> Result<(), ShelfError> {
            Self::change_in(tx, |registry| wanted.carry_out(registry, id, now, why))?;
            tx.add_audit(&entry(why.to_owned(), Some(now)))?;
            Ok(())
        });
        if let Err(error) = &done {
            self.records.add_audit(&entry(format!("refused: {error}"), None))?;
        }
        done
    }

    /// Stores a model as a file. The same model is the same file.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn store(&self, model: &Model) -> Result<Artefact, ShelfError> {
        let bytes = model.to_bytes();
        let sha256 = checksum(&bytes);
        let artefact = Artefact { file: format!("{sha256}.model"), sha256, bytes: bytes.len() as u64 };
        let path = self.path(&artefact);
        let written = fs::create_dir_all(&self.folder)
            .and_then(|()| atomic::replace(&path, |file| -> io::Result<()> { file.write_all(&bytes) }));
        written.map_err(|source| ShelfError::File { path, source })?;
        Ok(artefact)
    }

    /// The model of a record.
    ///
    /// # Errors
    /// If it has no file, or the file is not the one that was stored.
    pub fn load(&self, model: &ModelRecord) -> Result<Model, ShelfError> {
        let artefact = model.artefact.as_ref().ok_or_else(|| ShelfError::NoFile(model.title()))?;
        read(&self.path(artefact), Some(&artefact.sha256))
    }

    /// The models that a session's configuration names.
    ///
    /// # Errors
    /// If one of them cannot be read.
    pub fn seated(&self, config: &EngineConfig) -> Result<Models, ShelfError> {
        seated(config, &self.folder)
    }
}

/// The models that a session's configuration names, out of a folder.
///
/// # Errors
/// If one of them cannot be read.
pub fn seated(config: &EngineConfig, folder: &Path) -> Result<Models, ShelfError> {
    let seats = config.seats.iter().flat_map(|seat| [&seat.champion, &seat.candidate]).flatten();
    let load = |seated: &Seated| {
        let model = read(&folder.join(format!("{}.model", seated.sha256)), Some(&seated.sha256))?;
        Ok((seated.sha256.clone(), Arc::new(model)))
    };
    seats.map(load).collect()
}

/// Reads a model from a file; with a checksum, of exactly these bytes.
///
/// # Errors
/// If the file cannot be read, holds no model, or is another.
pub fn read(path: &Path, sha256: Option<&str>) -> Result<Model, ShelfError> {
    let bytes = fs::read(path).map_err(|source| ShelfError::File { path: path.to_owned(), source })?;
    if sha256.is_some_and(|expected| checksum(&bytes) != expected) {
        return Err(ShelfError::Checksum(path.to_owned()));
    }
    Model::from_bytes(&bytes).map_err(|source| ShelfError::Model { path: path.to_owned(), source })
}

fn checksum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn restore(rows: Vec<ModelRow>) -> Result<Registry, ShelfError> {
    let read = |row: ModelRow| {
        serde_json::from_value::<ModelRecord>(row.record)
            .map_err(|source| ShelfError::Record { id: row.model_id, source })
    };
    let models = rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(Registry::restore(models)?)
}

fn row(model: &ModelRecord) -> Result<ModelRow, ShelfError> {
    let id = i64::try_from(model.id.0).unwrap_or(i64::MAX);
    let json =
        |value: Result<serde_json::Value, serde_json::Error>| value.map_err(|source| ShelfError::Record { id, source });
    Ok(ModelRow {
        model_id: id,
        model_name: model.name.clone(),
        model_version: model.version.to_string(),
        model_type: model.kind.clone(),
        model_path: model.artefact.as_ref().map(|artefact| artefact.file.clone()),
        training_timestamp: model.created_at,
        is_active: model.stage == Stage::Production,
        stage: model.stage.as_str().to_owned(),
        performance_metrics: json(serde_json::to_value(&model.metrics))?,
        hyperparameters: json(serde_json::to_value(&model.params))?,
        training_data_size: i64::try_from(model.rows).unwrap_or(i64::MAX),
        record: json(serde_json::to_value(model))?,
    })
}

//! Keys of venues: from the environment, from `.env`, or from an encrypted file, in this order; never printed.
//!
//! What comes in: a folder, the environment. What goes out: [`Secret`]s to whoever signs requests. The file is JSON with a
//! Fernet token a field (Python's `cryptography` reads them), a keyed checksum a venue, mode 0600, replaced as a whole.
//! Every access is noted in an audit file. [`Credentials::refresh`] lets a running program take up a rotation.
//!
//! Modules in reading order: [`venue`] (whose, which fields), [`secret`], [`key`] (the master key), `private_file`, `file` (the
//! encrypted file), [`audit`], [`input`] (what is typed).

pub mod audit;
mod file;
pub mod input;
pub mod key;
mod private_file;
pub mod secret;
pub mod venue;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use mem_types::Timestamp;
use serde::Serialize;

pub use audit::{AuditEntry, AuditStatus, Operation};
pub use file::is_readable;
pub use secret::Secret;
pub use venue::{FieldName, NameError, VenueName};

use file::{Content, Entry};
use key::MasterKey;
use private_file::Turn;

/// What can go wrong. No variant holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// A file cannot be read or written.
    #[error("cannot use {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A file that others than its owner may read.
    #[error("{path} can be read by others (mode {mode:o}): `chmod 600 {path}`, and rotate what is in it")]
    OpenToOthers {
        /// Which.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// A file of another form.
    #[error("{path} is no file of credentials: {reason}")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A master key that is none.
    #[error("the master key from {from} is not 32 bytes in URL-safe base64")]
    Key {
        /// Where it comes from.
        from: String,
    },
    /// No key that opens the file.
    #[error(
        "{path} is encrypted with another master key: set MEM_MASTER_KEY, or put back the master.key it was made with"
    )]
    WrongKey {
        /// Which file.
        path: PathBuf,
    },
    /// The checksum or a token does not fit.
    #[error(
        "the credentials of {venue} were changed from outside or are damaged: `mem credentials set {venue}` writes them anew"
    )]
    Changed {
        /// Whose.
        venue: VenueName,
    },
    /// A key from the environment cannot be replaced from here.
    #[error(
        "the master key comes from MEM_MASTER_KEY: set the new one as MEM_MASTER_KEY_NEXT, rotate, then rename the variable"
    )]
    KeyFromEnvironment,
    /// Nothing there.
    #[error("no credentials of {venue}: `mem credentials set {venue}` takes them")]
    Missing {
        /// Whose.
        venue: VenueName,
    },
    /// Nothing to go back to.
    #[error("{venue} has no earlier credentials to go back to")]
    NoPrevious {
        /// Whose.
        venue: VenueName,
    },
}

/// Where a field comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The environment.
    Environment,
    /// `.env` in the working folder.
    DotEnv,
    /// The encrypted file.
    File,
}

/// A field of a venue's credentials, and where it comes from.
#[derive(Debug, Clone)]
pub struct Field {
    /// Which.
    pub name: FieldName,
    /// What.
    pub secret: Secret,
    /// Where from.
    pub source: Source,
    /// Other places that hold one as well, and are passed over.
    pub shadowed: Vec<Source>,
}

/// One thing that [`Credentials::check`] has looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Whose credentials; empty for what concerns all.
    pub venue: String,
    /// What was looked at.
    pub what: &'static str,
    /// What is wrong with it; `None` if nothing.
    pub problem: Option<String>,
}

/// Where credentials come from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    environment: BTreeMap<String, Secret>,
    dot_env: BTreeMap<String, Secret>,
}

impl Sources {
    /// The variables of a process, and those of a `.env` file. Empty values count as absent.
    pub fn new(
        environment: impl IntoIterator<Item = (String, String)>,
        dot_env: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        let kept = |(name, value): (String, String)| (!value.is_empty()).then(|| (name, Secret::new(value)));
        Self {
            environment: environment.into_iter().filter_map(kept).collect(),
            dot_env: dot_env.into_iter().filter_map(kept).collect(),
        }
    }

    /// The variables of this process, and those of the `.env` file at `path`, if there is one.
    ///
    /// # Errors
    /// A `.env` that cannot be read.
    pub fn of_process(path: &Path) -> Result<Self, CredentialsError> {
        let unreadable =
            || CredentialsError::Unreadable { path: path.to_owned(), reason: "a line is not KEY=VALUE".to_owned() };
        let dot_env = match dotenvy::from_path_iter(path) {
            Ok(lines) => lines.collect::<Result<Vec<_>, _>>().map_err(|_| unreadable())?,
            Err(error) if error.not_found() => Vec::new(),
            Err(_) => return Err(unreadable()),
        };
        Ok(Self::new(std::env::vars(), dot_env))
    }

    fn find(&self, venue: &VenueName, field: &FieldName) -> [(Source, Option<&Secret>); 2] {
        let names = venue.variables(field);
        let first = |variables| names.iter().find_map(|name| BTreeMap::get(variables, name));
        [(Source::Environment, first(&self.environment)), (Source::DotEnv, first(&self.dot_env))]
    }

    /// Fields of a venue that MEM's own variables name, known or not.
    fn named(&self, venue: &VenueName) -> BTreeSet<FieldName> {
        let prefix = format!("MEM_CREDENTIALS_{}_", venue.as_str().to_ascii_uppercase());
        let names = self.environment.keys().chain(self.dot_env.keys());
        names.filter_map(|name| name.strip_prefix(&prefix)?.parse().ok()).collect()
    }
}

/// The credentials of all venues.
#[derive(Debug)]
pub struct Credentials {
    folder: PathBuf,
    sources: Sources,
    clock: fn() -> Timestamp,
    seen: Option<u64>,
}

impl Credentials {
    /// The credentials kept in `folder`. Nothing is read yet; `clock` dates what is written.
    pub fn new(folder: impl Into<PathBuf>, sources: Sources, clock: fn() -> Timestamp) -> Self {
        Self { folder: folder.into(), sources, clock, seen: None }
    }

    /// The encrypted file.
    pub fn path(&self) -> PathBuf {
        Content::path(&self.folder)
    }

    /// The fields of a venue, each from the first place that has it. Noted in the audit file.
    ///
    /// # Errors
    /// Nothing there, or a file that cannot be trusted.
    pub fn get(&self, venue: &VenueName) -> Result<Vec<Field>, CredentialsError> {
        let found = self.find(venue);
        let details = match &found {
            Ok(fields) => names(fields.iter().map(|field| &field.name)),
            Err(error) => error.to_string(),
        };
        self.note(Some(venue), Operation::Retrieve, found.is_ok(), details)?;
        found
    }

    /// The fields of a venue with their sources, for showing their names; not noted.
    ///
    /// # Errors
    /// As [`Credentials::get`].
    pub fn find(&self, venue: &VenueName) -> Result<Vec<Field>, CredentialsError> {
        let stored = self.open()?;
        let entry = stored.as_ref().and_then(|(content, _)| content.venues.get(venue));
        let mut wanted: BTreeSet<FieldName> = venue.fields().into_iter().chain(self.sources.named(venue)).collect();
        wanted.extend(entry.into_iter().flat_map(|entry| entry.fields.keys().cloned()));
        let mut fields = Vec::new();
        for name in wanted {
            let mut held: Vec<(Source, Secret)> = Vec::new();
            for (source, secret) in self.sources.find(venue, &name) {
                held.extend(secret.map(|secret| (source, secret.clone())));
            }
            if let (Some(entry), Some((_, key))) = (entry, &stored)
                && let Some(secret) = entry.open(venue, &name, key)?
            {
                held.push((Source::File, secret));
            }
            if held.is_empty() {
                continue;
            }
            let (source, secret) = held.remove(0);
            fields.push(Field { name, secret, source, shadowed: held.into_iter().map(|(source, _)| source).collect() });
        }
        if fields.is_empty() { Err(CredentialsError::Missing { venue: venue.clone() }) } else { Ok(fields) }
    }

    /// Every venue that has credentials anywhere.
    ///
    /// # Errors
    /// A file that cannot be trusted.
    pub fn venues(&self) -> Result<Vec<VenueName>, CredentialsError> {
        let stored = self.open()?;
        let mut venues: BTreeSet<VenueName> =
            stored.into_iter().flat_map(|(content, _)| content.venues.into_keys()).collect();
        venues.extend(VenueName::known().filter(|venue| {
            let held = |field| self.sources.find(venue, &field).iter().any(|(_, secret)| secret.is_some());
            venue.fields().into_iter().any(held)
        }));
        Ok(venues.into_iter().collect())
    }

    /// Writes fields of a venue; other fields stay.
    ///
    /// # Errors
    /// A file that cannot be trusted or written.
    pub fn set(&self, venue: &VenueName, fields: BTreeMap<FieldName, Secret>) -> Result<(), CredentialsError> {
        let details = names(fields.keys());
        let done = self.change(venue, |entry, key| {
            entry.fields.extend(fields.iter().map(|(name, secret)| (name.clone(), key.encrypt(secret))));
            Ok(true)
        });
        self.noted(venue, Operation::Store, details, done)
    }

    /// Replaces fields of a venue and keeps what stood there for [`Credentials::undo`].
    ///
    /// # Errors
    /// As [`Credentials::set`]; nothing to replace.
    pub fn rotate(&self, venue: &VenueName, fields: BTreeMap<FieldName, Secret>) -> Result<(), CredentialsError> {
        let details = names(fields.keys());
        let done = self.change(venue, |entry, key| {
            if entry.fields.is_empty() {
                return Err(CredentialsError::Missing { venue: venue.clone() });
            }
            entry.previous = Some(entry.fields.clone());
            entry.fields.extend(fields.iter().map(|(name, secret)| (name.clone(), key.encrypt(secret))));
            Ok(true)
        });
        self.noted(venue, Operation::Rotate, details, done)
    }

    /// Goes back to what stood before the last rotation, and keeps what stands now in its place.
    ///
    /// # Errors
    /// As [`Credentials::set`]; nothing to go back to.
    pub fn undo(&self, venue: &VenueName) -> Result<(), CredentialsError> {
        let done = self.change(venue, |entry, _| {
            let previous =
                entry.previous.take().ok_or_else(|| CredentialsError::NoPrevious { venue: venue.clone() })?;
            entry.previous = Some(std::mem::replace(&mut entry.fields, previous));
            Ok(true)
        });
        self.noted(venue, Operation::Rotate, "undone".to_owned(), done)
    }

    /// Removes a venue, or one field of it, from the file.
    ///
    /// # Errors
    /// As [`Credentials::set`]; nothing there.
    pub fn delete(&self, venue: &VenueName, field: Option<&FieldName>) -> Result<(), CredentialsError> {
        let missing = || CredentialsError::Missing { venue: venue.clone() };
        let done = self.change(venue, |entry, _| {
            if entry.fields.is_empty() {
                return Err(missing());
            }
            if let Some(field) = field {
                entry.fields.remove(field).ok_or_else(missing)?;
                if let Some(previous) = &mut entry.previous {
                    previous.remove(field);
                }
            }
            Ok(field.is_some() && !entry.fields.is_empty())
        });
        let details = field.map_or_else(|| "all fields".to_owned(), ToString::to_string);
        self.noted(venue, Operation::Delete, details, done)
    }

    /// Encrypts everything with a new master key. A kill at any point leaves a file that one of the keys beside it opens.
    ///
    /// # Errors
    /// A file that cannot be trusted or written; a key from the environment without its successor.
    pub fn rotate_master_key(&self) -> Result<(), CredentialsError> {
        let done = self.rotate_master_key_in_steps(|_| Ok(()));
        self.note(None, Operation::Rotate, done.is_ok(), "master key".to_owned())?;
        done
    }

    /// As [`Credentials::rotate_master_key`]; `reached` is called after each step, and an error of it stops there, as a
    /// kill would.
    fn rotate_master_key_in_steps(
        &self,
        mut reached: impl FnMut(u8) -> Result<(), CredentialsError>,
    ) -> Result<(), CredentialsError> {
        let _turn = Turn::take(&self.folder)?;
        let stored = self.open()?;
        let from_environment = self.variable_key();
        let new = match (from_environment, self.sources.environment.get(key::NEXT_VARIABLE)) {
            (Some(_), None) => return Err(CredentialsError::KeyFromEnvironment),
            (Some(_), Some(next)) => MasterKey::parse(next.expose(), key::NEXT_VARIABLE)?,
            (None, _) => {
                let new = MasterKey::generate();
                new.write_next(&self.folder)?;
                new
            }
        };
        reached(1)?;
        if let Some((content, old)) = stored {
            content.under(&old, &new)?.write(&self.folder)?;
        }
        reached(2)?;
        if from_environment.is_none() {
            MasterKey::adopt_next(&self.folder)?;
        }
        reached(3)
    }

    /// Examines everything: who may read the files, the key, the checksums, whether every field that a venue needs is there.
    pub fn check(&self, venue: Option<&VenueName>) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut found = |venue: &str, what, problem: Option<String>| {
            findings.push(Finding { venue: venue.to_owned(), what, problem });
        };
        let stored = self.open();
        found("", "file and master key", stored.as_ref().err().map(ToString::to_string));
        let audit = audit::read(&self.folder, None, 1);
        found("", "audit file", audit.err().map(|error| error.to_string()));
        let venues = match (venue, self.venues()) {
            (Some(venue), _) => vec![venue.clone()],
            (None, venues) => venues.unwrap_or_default(),
        };
        for venue in venues {
            let fields = self.find(&venue);
            found(venue.as_str(), "readable", fields.as_ref().err().map(ToString::to_string));
            if let Ok(fields) = fields {
                let absent = venue.fields().into_iter().filter(|name| !fields.iter().any(|field| field.name == *name));
                let absent: Vec<FieldName> = absent.collect();
                let problem = (!absent.is_empty()).then(|| format!("without {}", names(absent.iter())));
                found(venue.as_str(), "complete", problem);
            }
        }
        let whole = findings.iter().all(|finding| finding.problem.is_none());
        // A finding of its own if even this cannot be written.
        if let Err(error) = self.note(venue, Operation::Check, whole, format!("{} findings", findings.len())) {
            findings.push(Finding { venue: String::new(), what: "audit file", problem: Some(error.to_string()) });
        }
        findings
    }

    /// The newest `limit` entries of the audit file, oldest first.
    ///
    /// # Errors
    /// A file that cannot be read, or that others may read.
    pub fn audit(&self, venue: Option<&VenueName>, limit: usize) -> Result<Vec<AuditEntry>, CredentialsError> {
        audit::read(&self.folder, venue, limit)
    }

    /// Whether the file was changed since the last call: then [`Credentials::get`] gives something else. The first call
    /// after the file came into being says so too.
    ///
    /// # Errors
    /// A file that cannot be trusted.
    pub fn refresh(&mut self) -> Result<bool, CredentialsError> {
        let generation = Content::read(&self.folder)?.map(|content| content.generation);
        Ok(std::mem::replace(&mut self.seen, generation) != generation)
    }

    fn variable_key(&self) -> Option<&Secret> {
        self.sources.environment.get(key::VARIABLE).or_else(|| self.sources.dot_env.get(key::VARIABLE))
    }

    /// The file and the key that opens it; `None` if there is no file.
    fn open(&self) -> Result<Option<(Content, MasterKey)>, CredentialsError> {
        let keys = key::all(self.variable_key(), &self.folder)?;
        let Some(content) = Content::read(&self.folder)? else { return Ok(None) };
        match keys.into_iter().find(|key| key.id() == content.key_id) {
            Some(key) => Ok(Some((content, key))),
            None => Err(CredentialsError::WrongKey { path: self.path() }),
        }
    }

    /// Changes the entry of a venue; an entry of which `change` says `false` goes.
    fn change(
        &self,
        venue: &VenueName,
        change: impl FnOnce(&mut Entry, &MasterKey) -> Result<bool, CredentialsError>,
    ) -> Result<(), CredentialsError> {
        let _turn = Turn::take(&self.folder)?;
        let (mut content, key) = match self.open()? {
            Some(open) => open,
            None => {
                let key = match key::all(self.variable_key(), &self.folder)?.into_iter().next() {
                    Some(key) => key,
                    None => {
                        let key = MasterKey::generate();
                        key.write(&self.folder)?;
                        key
                    }
                };
                (Content::new(&key), key)
            }
        };
        let mut entry = content.venues.remove(venue).unwrap_or_default();
        let damaged = !entry.checksum.is_empty() && !entry.is_whole(venue, &key);
        if damaged {
            // Written anew as a whole or not at all: nothing damaged is carried on.
            entry = Entry::default();
        }
        if change(&mut entry, &key)? {
            entry.updated = (self.clock)().to_string();
            entry.seal(venue, &key);
            content.venues.insert(venue.clone(), entry);
        }
        content.write(&self.folder)
    }

    fn noted(
        &self,
        venue: &VenueName,
        operation: Operation,
        details: String,
        done: Result<(), CredentialsError>,
    ) -> Result<(), CredentialsError> {
        let details = done.as_ref().err().map_or(details, ToString::to_string);
        self.note(Some(venue), operation, done.is_ok(), details)?;
        done
    }

    fn note(
        &self,
        venue: Option<&VenueName>,
        operation: Operation,
        done: bool,
        details: String,
    ) -> Result<(), CredentialsError> {
        if !self.folder.exists() {
            // Nothing was ever kept here, and looking does not change that.
            return Ok(());
        }
        let entry = AuditEntry {
            timestamp: (self.clock)(),
            broker: venue.map(ToString::to_string).unwrap_or_default(),
            operation,
            status: if done { AuditStatus::Success } else { AuditStatus::Failure },
            details,
        };
        audit::note(&self.folder, &entry)
    }

    /// Where the master key lies when it does not come from the environment.
    pub fn key_path(&self) -> PathBuf {
        key::path(&self.folder)
    }
}

fn names<'a>(fields: impl Iterator<Item = &'a FieldName>) -> String {
    fields.map(FieldName::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;

//! The file of saved settings: sections of the configuration, and a version that counts changes.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use mem_server::settings::change::SettingsError;
use mem_store::atomic;

use crate::config::SAVED_VERSION;

const HEAD: &str =
    "# Settings saved by the pages: a layer over mem.toml, below the environment and flags (docs/configuration.md).\n";

/// What is saved.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Saved {
    /// Counts changes; 0 before the first.
    pub(super) version: u64,
    /// The sections.
    pub(super) table: toml::Table,
}

impl Saved {
    /// What the file holds; nothing where there is none.
    pub(super) fn read(path: &Path) -> Result<Self, SettingsError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(source) => return Err(SettingsError::File { path: path.display().to_string(), source }),
        };
        let mut table: toml::Table =
            text.parse().map_err(|error| SettingsError::Inside(format!("{}: {error}", path.display())))?;
        let version = table.remove(SAVED_VERSION).and_then(|version| version.as_integer()).unwrap_or(0);
        Ok(Self { version: u64::try_from(version).unwrap_or(0), table })
    }

    /// As the file holds it.
    pub(super) fn text(&self) -> Result<String, SettingsError> {
        let mut table = self.table.clone();
        let version = i64::try_from(self.version).unwrap_or(i64::MAX);
        table.insert(SAVED_VERSION.to_owned(), toml::Value::Integer(version));
        toml::to_string(&table).map_err(|error| SettingsError::Inside(error.to_string()))
    }

    /// Replaces the file as a whole: a kill at any instant leaves the old or the new one.
    pub(super) fn write(&self, path: &Path) -> Result<(), SettingsError> {
        let text = self.text()?;
        let failed = |source| SettingsError::File { path: path.display().to_string(), source };
        atomic::replace(path, |file| file.write_all(HEAD.as_bytes()).and_then(|()| file.write_all(text.as_bytes())))
            .map_err(failed)
    }
}

/// Held while settings are changed, so that two programs never change them at once. The system lets go of it when the process ends.
#[derive(Debug)]
pub(super) struct Held {
    _file: File,
}

impl Held {
    /// Waits for whoever holds it.
    pub(super) fn take(path: &Path) -> Result<Self, SettingsError> {
        let path = path.with_extension("lock");
        let failed = |source| SettingsError::File { path: path.display().to_string(), source };
        let file = File::create(&path).map_err(failed)?;
        rustix::fs::flock(&file, rustix::fs::FlockOperation::LockExclusive).map_err(|error| failed(error.into()))?;
        Ok(Self { _file: file })
    }
}

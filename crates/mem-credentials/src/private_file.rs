//! Files that only their owner may read, replaced as a whole.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

use zeroize::Zeroizing;

use crate::CredentialsError;

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> CredentialsError + '_ {
    move |source| CredentialsError::File { path: path.to_owned(), source }
}

/// Makes a file that only its owner may read.
fn create(path: &Path, append: bool) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).write(true).append(append).truncate(!append);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Writes a file as a whole: a kill at any point leaves the old one or the new one.
pub(crate) fn write(path: &Path, content: &[u8]) -> Result<(), CredentialsError> {
    let beside = path.with_extension("tmp");
    let write = || -> std::io::Result<()> {
        // A leftover of a kill may be anybody's: it is not written into.
        match std::fs::remove_file(&beside) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = create(&beside, false)?;
        file.write_all(content)?;
        file.sync_all()
    };
    write().map_err(failed(path))?;
    rename(&beside, path)
}

/// Renames a file and makes that durable.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<(), CredentialsError> {
    std::fs::rename(from, to).map_err(failed(to))?;
    if cfg!(unix) {
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed(to))?;
    }
    Ok(())
}

/// Appends a line.
pub(crate) fn append(path: &Path, line: &str) -> Result<(), CredentialsError> {
    let write = || create(path, true)?.write_all(format!("{line}\n").as_bytes());
    write().map_err(failed(path))
}

/// The text of a file; `None` if there is none.
///
/// # Errors
/// A file that others may read is not used: whoever could read it may know what is in it.
pub(crate) fn read(path: &Path) -> Result<Option<Zeroizing<String>>, CredentialsError> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(path)(error)),
    };
    if let Some(mode) = mode(&file).map_err(failed(path))?.filter(|mode| mode & 0o077 != 0) {
        return Err(CredentialsError::OpenToOthers { path: path.to_owned(), mode });
    }
    let mut text = Zeroizing::new(String::new());
    file.read_to_string(&mut text).map_err(failed(path))?;
    Ok(Some(text))
}

#[cfg(unix)]
fn mode(file: &File) -> std::io::Result<Option<u32>> {
    use std::os::unix::fs::MetadataExt;
    Ok(Some(file.metadata()?.mode() & 0o777))
}

#[cfg(not(unix))]
fn mode(_file: &File) -> std::io::Result<Option<u32>> {
    Ok(None)
}

/// Holds a lock while it lives: one writer at a time, also among processes.
pub(crate) struct Turn(File);

impl Turn {
    pub(crate) fn take(folder: &Path) -> Result<Self, CredentialsError> {
        std::fs::create_dir_all(folder).map_err(failed(folder))?;
        let path = folder.join("credentials.lock");
        let file = create(&path, true).map_err(failed(&path))?;
        file.lock().map_err(failed(&path))?;
        Ok(Self(file))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // Closing the file gives it back as well.
        let _ = self.0.unlock();
    }
}

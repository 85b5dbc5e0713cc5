//! Replacing a file as a whole.
//!
//! What comes in: a path and a closure that writes the new content. What goes out: either the old file, untouched, or
//! the new one, complete and on the disk; a kill or a power cut at any point leaves one of the two.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Names of unfinished files end so; readers that look for `*.parquet` or `*.csv` never see them.
const SUFFIX: &str = ".tmp";

/// Writes `path` anew.
///
/// The content goes to a hidden file in the same folder, is flushed to the disk and then takes the name. The folder
/// must exist.
///
/// # Errors
/// Whatever `write` returns, or what the file system says; the old file is then still there and no part of the new one
/// is left behind.
pub fn replace<E: From<io::Error>>(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<(), E>,
) -> Result<(), E> {
    let unfinished = unfinished_name(path);
    let result = write_and_rename(&unfinished, path, write);
    if result.is_err() {
        // The first error is the one to report; a leftover is removed by the next writer.
        let _ = fs::remove_file(&unfinished);
    }
    result
}

fn write_and_rename<E: From<io::Error>>(
    unfinished: &Path,
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<(), E>,
) -> Result<(), E> {
    let mut writer = BufWriter::with_capacity(1 << 18, File::create(unfinished)?);
    reached(Step::Created)?;
    write(&mut writer)?;
    writer.flush()?;
    reached(Step::Written)?;
    writer.get_ref().sync_all()?;
    reached(Step::Synced)?;
    drop(writer);
    fs::rename(unfinished, path)?;
    reached(Step::Renamed)?;
    sync_folder(path)?;
    Ok(())
}

/// A rename is only durable once the folder is; Windows has no such call and needs none.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder_of(path))?.sync_all() } else { Ok(()) }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A name that no other writer of this or another process uses.
fn unfinished_name(path: &Path) -> PathBuf {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    folder_of(path).join(format!(".{name}.{}.{number}{SUFFIX}", std::process::id()))
}

/// Removes what killed writers of `path` left. Only for who holds the lock that writers of `path` take.
pub(crate) fn remove_leftovers(path: &Path) -> io::Result<()> {
    let prefix = format!(".{}.", path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default());
    for entry in fs::read_dir(folder_of(path))? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(&prefix) && name.ends_with(SUFFIX) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Where a replacement stands; tests stop it there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Created,
    Written,
    Synced,
    Renamed,
}

#[cfg(not(test))]
#[expect(clippy::unnecessary_wraps, reason = "the twin below, which tests use, fails")]
fn reached(_: Step) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
fn reached(step: Step) -> io::Result<()> {
    faults::reached(step)
}

/// Failing on purpose, per thread.
#[cfg(test)]
pub(crate) mod faults {
    use super::Step;
    use std::cell::Cell;
    use std::io;

    thread_local! {
        static FAIL_AT: Cell<Option<Step>> = const { Cell::new(None) };
    }

    /// Runs `work` with every replacement on this thread failing at `step`.
    pub(crate) fn failing_at<T>(step: Step, work: impl FnOnce() -> T) -> T {
        FAIL_AT.set(Some(step));
        let result = work();
        FAIL_AT.set(None);
        result
    }

    pub(super) fn reached(step: Step) -> io::Result<()> {
        if FAIL_AT.get() == Some(step) { Err(io::Error::other("failed on purpose")) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(text: &str) -> impl FnOnce(&mut BufWriter<File>) -> io::Result<()> + use<'_> {
        |file| file.write_all(text.as_bytes())
    }

    #[test]
    fn a_failure_leaves_the_old_file_or_the_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bars.parquet");
        replace(&path, write("old")).unwrap();
        for (step, content) in
            [(Step::Created, "old"), (Step::Written, "old"), (Step::Synced, "old"), (Step::Renamed, "new")]
        {
            replace(&path, write("old")).unwrap();
            faults::failing_at(step, || replace(&path, write("new")).unwrap_err());
            assert_eq!(fs::read_to_string(&path).unwrap(), content, "{step:?}");
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "{step:?} leaves nothing behind");
        }
    }

    #[test]
    fn leftovers_of_the_killed_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bars.parquet");
        let other = folder.path().join(".other.parquet.1.1.tmp");
        fs::write(&other, "of another file").unwrap();
        fs::write(unfinished_name(&path), "half").unwrap();
        remove_leftovers(&path).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(other.exists());
    }
}

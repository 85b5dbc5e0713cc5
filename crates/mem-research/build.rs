//! Names the code: a hash over the sources that determine the results of a run, as `MEM_SOURCES`.
//!
//! The commit would not do: it says nothing of changes not yet committed, and is unknown outside a checkout.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// The crates whose code decides what a run gives, beside this one.
const CRATES: [&str; 4] = ["mem-types", "mem-indicators", "mem-strategy", "mem-research"];

fn main() -> io::Result<()> {
    let mut hasher = Sha256::new();
    for name in CRATES {
        let folder = Path::new("..").join(name).join("src");
        println!("cargo::rerun-if-changed={}", folder.display());
        let mut files = Vec::new();
        collect(&folder, &mut files)?;
        files.sort();
        for file in files {
            hasher.update(file.to_string_lossy().as_bytes());
            hasher.update(fs::read(&file)?);
        }
    }
    let digits: String = hasher.finalize().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    println!("cargo::rustc-env=MEM_SOURCES={digits}");
    Ok(())
}

/// All Rust files below a folder.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

//! Builds the pages under `web/` and writes the table of their files that the crate embeds.
//!
//! What comes in: `web/` and the npm of this machine. What goes out, all of it in `OUT_DIR`: `pages/` with the built
//! files, `pages-gzip/` with the compressed ones, and `page_table.rs`. In the source tree only `web/node_modules` is
//! written. Where there is no npm, or it fails, one warning says why and the table is empty.
//!
//! `MEM_WEB=off` leaves the pages out without a word, `MEM_WEB=on` makes their absence an error.

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// What the pages are made of, within `web/`. Not `node_modules`: the lock file says what is in there.
const SOURCES: [&str; 8] =
    ["src", "public", "index.html", "package.json", "package-lock.json", ".npmrc", "tsconfig.json", "vite.config.ts"];

/// Holds the digest of the lock file that `node_modules` was installed from.
const STAMP: &str = ".mem-installed";

/// Files that are smaller are not worth a second copy.
const WORTH_COMPRESSING: usize = 512;

fn main() -> Outcome<()> {
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or("cargo sets CARGO_MANIFEST_DIR")?);
    let web = manifest.join("../../web");

    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=MEM_WEB");
    if web.is_dir() {
        for source in SOURCES {
            println!("cargo::rerun-if-changed={}", web.join(source).display());
        }
    }

    let wanted = env::var("MEM_WEB").unwrap_or_default();
    let pages = out.join("pages");
    let built = if wanted == "off" { Ok(false) } else { build(&web, &pages).map(|()| true) };
    let table = match built {
        Ok(true) => table(&pages, &out.join("pages-gzip"))?,
        Ok(false) => empty_table(),
        Err(reason) if wanted == "on" => return Err(reason),
        Err(reason) => {
            println!("cargo::warning=built without pages: {reason} (MEM_WEB=on tries again, MEM_WEB=off is quiet)");
            empty_table()
        }
    };
    fs::write(out.join("page_table.rs"), table)?;
    Ok(())
}

/// Installs what the pages need, where that has changed, and builds them into `pages`.
fn build(web: &Path, pages: &Path) -> Outcome<()> {
    if !web.is_dir() {
        return Err("the folder web/ is not here".into());
    }
    let web = web.canonicalize()?;
    // Builds into several target folders share node_modules: one after the other. The lock ends with this process.
    let lock = File::create(env::temp_dir().join(format!("mem-web-{}.lock", &digest(&path_bytes(&web))[..16])));
    if let Ok(lock) = &lock {
        lock.lock()?;
    }

    let wanted = digest(&fs::read(web.join("package-lock.json"))?);
    let stamp = web.join("node_modules").join(STAMP);
    if fs::read_to_string(&stamp).ok().as_deref() != Some(&wanted) {
        npm(&web, ["ci", "--include=dev", "--ignore-scripts", "--prefer-offline", "--fetch-retries=1"])?;
        fs::write(&stamp, &wanted)?;
    }
    if pages.exists() {
        fs::remove_dir_all(pages)?;
    }
    let folder = pages.to_str().ok_or("the target folder's name is not Unicode")?;
    npm(&web, ["run", "build", "--", "--emptyOutDir", "--logLevel", "warn", "--outDir", folder])?;
    if !pages.join("index.html").is_file() {
        return Err("npm run build made no index.html".into());
    }
    Ok(())
}

fn npm<const N: usize>(web: &Path, arguments: [&str; N]) -> Outcome<()> {
    let program = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let output =
        Command::new(program).args(arguments).current_dir(web).output().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => "npm was not found; install Node.js 20.19 or newer".to_owned(),
            _ => format!("npm does not start: {error}"),
        })?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("`npm {}` failed: {}", arguments[0], last_words(&output)).into())
}

/// The line of a failed command's output that says most.
fn last_words(output: &Output) -> String {
    let text = format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("npm warn"));
    // npm first names codes and system calls, then says what happened.
    let technical = ["code ", "syscall ", "errno ", "address ", "port "];
    let errors = || lines().filter_map(|line| line.strip_prefix("npm error ")).map(str::trim);
    let telling = errors().find(|error| !technical.iter().any(|word| error.starts_with(word)));
    let line = telling.or_else(|| lines().next_back()).unwrap_or("it did not say why");
    line.to_owned()
}

fn empty_table() -> String {
    "static FILES: &[PageFile] = &[];\n".to_owned()
}

/// Rust source of the table of files: address, digest, content, compressed content.
fn table(pages: &Path, compressed: &Path) -> Outcome<String> {
    if compressed.exists() {
        fs::remove_dir_all(compressed)?;
    }
    fs::create_dir_all(compressed)?;
    let mut files = Vec::new();
    collect(pages, &mut files)?;
    files.sort();
    let mut text = "static FILES: &[PageFile] = &[\n".to_owned();
    for (number, file) in files.iter().enumerate() {
        let bytes = fs::read(file)?;
        let address = address(pages, file)?;
        let gzip = gzip(&bytes)?;
        let smaller = bytes.len() >= WORTH_COMPRESSING && gzip.len() < bytes.len();
        let beside = compressed.join(format!("{number}.gz"));
        if smaller {
            fs::write(&beside, &gzip)?;
        }
        let gzip = if smaller { format!("Some(include_bytes!({beside:?}))") } else { "None".to_owned() };
        writeln!(
            text,
            "    PageFile {{ path: {address:?}, digest: {:?}, plain: include_bytes!({file:?}), gzip: {gzip} }},",
            &digest(&bytes)[..16],
        )?;
    }
    text.push_str("];\n");
    Ok(text)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Outcome<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// The path under which a file is asked for.
fn address(pages: &Path, file: &Path) -> Outcome<String> {
    let mut address = String::new();
    for part in file.strip_prefix(pages)? {
        address.push('/');
        address.push_str(part.to_str().ok_or("the name of a built file is not Unicode")?);
    }
    Ok(address)
}

fn gzip(bytes: &[u8]) -> Outcome<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn path_bytes(path: &Path) -> Vec<u8> {
    path.as_os_str().as_encoded_bytes().to_vec()
}

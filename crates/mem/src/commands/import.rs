//! `mem data import`: files in, a summary that accounts for every row out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use mem_store::catalog::Catalog;
use mem_store::import::{ImportError, ImportOptions, ImportSummary, parse_file};

use super::{Context, interrupt_flag};
use crate::cli::ImportArgs;
use crate::exit::{Outcome, UsageError};
use crate::output::{self, Align};

pub(super) fn run(context: &Context, catalog: &Catalog, arguments: &ImportArgs) -> anyhow::Result<Outcome> {
    let options = options(arguments)?;
    let interrupted = interrupt_flag()?;
    let bar = output::progress(arguments.files.len() as u64, "importing", context.silent);
    let mut summaries = Vec::new();
    let mut failures = Vec::new();
    let mut stopped = false;
    for path in &arguments.files {
        if interrupted.load(std::sync::atomic::Ordering::SeqCst) {
            stopped = true;
            break;
        }
        match import(catalog, path, &options, arguments.dry_run, &bar) {
            Ok(summary) => summaries.push(summary),
            Err(error) => failures.push((path.clone(), error)),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    if context.json {
        let failed: Vec<_> =
            failures.iter().map(|(path, error)| serde_json::json!({ "file": path, "error": explain(error) })).collect();
        output::json(&serde_json::json!({ "imported": summaries, "failed": failed, "dry_run": arguments.dry_run }))?;
    } else {
        print(&summaries, arguments.dry_run)?;
    }
    for (_, error) in &failures {
        eprintln!("{}", explain(error));
    }
    if stopped {
        return Ok(Outcome::Interrupted);
    }
    if summaries.is_empty() {
        anyhow::bail!("nothing was imported");
    }
    Ok(if failures.is_empty() { Outcome::Done } else { Outcome::Partial })
}

/// Imports the candle files of a folder for a demo; what is no candle file is named on standard error and left out.
pub(super) fn import_folder(context: &Context, catalog: &Catalog, files: &[PathBuf]) -> anyhow::Result<()> {
    let bar = output::progress(files.len() as u64, "importing", context.silent);
    for path in files {
        if let Err(error) = import(catalog, path, &ImportOptions::default(), false, &bar) {
            bar.suspend(|| eprintln!("left out: {}", explain(&error)));
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

fn options(arguments: &ImportArgs) -> Result<ImportOptions, UsageError> {
    let delimiter = arguments.delimiter.map(u8::try_from).transpose();
    Ok(ImportOptions {
        kind: arguments.kind,
        venue: arguments.venue.clone(),
        symbol: arguments.symbol.clone(),
        timeframe: arguments.timeframe,
        time_unit: arguments.time_unit,
        delimiter: delimiter.map_err(|_| UsageError("--delimiter: expected an ASCII character".to_owned()))?,
        header: arguments.header,
        columns: arguments.column.clone(),
        ..ImportOptions::default()
    })
}

fn import(
    catalog: &Catalog,
    path: &Path,
    options: &ImportOptions,
    dry_run: bool,
    bar: &ProgressBar,
) -> Result<ImportSummary, ImportError> {
    let name = path.file_name().unwrap_or(path.as_os_str()).display();
    let mut progress = |progress: mem_store::import::Progress| {
        let share = progress.done.saturating_mul(100).checked_div(progress.total).unwrap_or(100);
        bar.set_message(format!("{name} {share} %"));
    };
    let parsed = parse_file(path, options, &mut progress)?;
    if dry_run { Ok(parsed.summary().clone()) } else { parsed.write(catalog, &mut progress) }
}

/// The error with its causes on one line.
fn explain(error: &ImportError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

fn print(summaries: &[ImportSummary], dry_run: bool) -> anyhow::Result<()> {
    if summaries.is_empty() {
        return Ok(());
    }
    let mut rows = Vec::new();
    for summary in summaries {
        for series in &summary.series {
            let merge = series.merge.unwrap_or_default();
            rows.push(vec![
                series.series.to_string(),
                output::count(series.rows),
                if dry_run { output::UNDEFINED.to_owned() } else { output::count(merge.added) },
                if dry_run { output::UNDEFINED.to_owned() } else { output::count(merge.replaced) },
                output::minute(series.first),
                output::minute(series.last),
                output::count(series.gaps),
                series.longest_gap.map_or_else(
                    || output::UNDEFINED.to_owned(),
                    |gap| format!("{} after {}", gap.missing, output::minute(gap.after)),
                ),
            ]);
        }
    }
    output::table(
        &[
            ("series", Align::Left),
            ("rows", Align::Right),
            ("new", Align::Right),
            ("replaced", Align::Right),
            ("first", Align::Left),
            ("last", Align::Left),
            ("gaps", Align::Right),
            ("longest", Align::Left),
        ],
        rows,
    )?;
    // Many files of one source say the same: once is enough.
    let mut files_of: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for summary in summaries {
        for note in notes(summary) {
            files_of.entry(note).or_default().push(&summary.file);
        }
    }
    for (note, files) in &files_of {
        match files.as_slice() {
            [file] => output::line(format!("{file}: {note}"))?,
            several => output::line(format!("{} files: {note}", several.len()))?,
        }
    }
    let total = |count: fn(&ImportSummary) -> u64| output::count(summaries.iter().map(count).sum::<u64>());
    output::line(format!(
        "{} files, {} rows: {} kept, {} quarantined, {} duplicates{}",
        summaries.len(),
        total(|summary| summary.rows),
        total(|summary| summary.kept),
        total(|summary| summary.quarantined),
        total(|summary| summary.duplicates),
        if dry_run { "; nothing was written" } else { "" },
    ))
}

/// What a reader of the summary should know beyond the figures.
fn notes(summary: &ImportSummary) -> Vec<String> {
    let mut notes = summary.notes.clone();
    if !summary.ignored_columns.is_empty() {
        notes.push(format!("columns not used: {}", summary.ignored_columns.join(", ")));
    }
    if let Some(path) = &summary.quarantine {
        notes.push(format!("{} rows quarantined in {}", output::count(summary.quarantined), path.display()));
    }
    if let Some(path) = &summary.replaced {
        notes.push(format!("replaced rows kept in {}", path.display()));
    }
    if summary.left_out > 0 {
        notes.push(format!("{} rows of other symbols left out", output::count(summary.left_out)));
    }
    notes
}

//! `mem sentiment`: texts in, scores and moods out.

use std::collections::{BTreeSet, VecDeque};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use mem_engine::texts::config::check_source;
use mem_engine::texts::{FeedSettings, Gathered, NewText, gather, key_of, reader, take};
use mem_feed::texts::Fetch;
use mem_model::sentiment::{Keywords, Scorer};
use mem_store::catalog::Catalog;
use mem_store::import::{Fault, FileText, parse_texts, quarantine_texts};
use mem_store::records::{Records, TextFilter};
use mem_types::Timestamp;
use serde::Serialize;
use serde_json::json;

use super::{Context, now, records, series};
use crate::cli::{AboutArgs, ScoreArgs, SentimentCommand, TextFetchArgs, TextImportArgs, TextListArgs};
use crate::exit::{Outcome, UsageError};
use crate::output::{self, Align};

/// Words that are shown of a text.
const SHOWN_WORDS: usize = 6;
/// Letters of a text that are shown in a table.
const SHOWN_LETTERS: usize = 70;

pub(super) fn run(context: &Context, command: &SentimentCommand) -> anyhow::Result<Outcome> {
    match command {
        SentimentCommand::Score(arguments) => score(context, arguments),
        SentimentCommand::Import(arguments) => import(context, arguments),
        SentimentCommand::Fetch(arguments) => fetch(context, arguments),
        SentimentCommand::List(arguments) => list(context, arguments),
        SentimentCommand::Mood { symbol, limit } => mood(context, symbol, *limit as usize),
    }
}

/// The model of that name, else of the one that is configured.
pub(super) fn scorer_of(context: &Context, named: Option<&str>) -> Result<Arc<dyn Scorer>, UsageError> {
    let name = named.unwrap_or(&context.config.sentiment.scorer);
    let from = if named.is_some() { "--scorer" } else { "sentiment.scorer" };
    reader(name).map_err(|error| UsageError(format!("{from}: {error}")))
}

fn score(context: &Context, arguments: &ScoreArgs) -> anyhow::Result<Outcome> {
    let scorer = scorer_of(context, arguments.scorer.as_deref())?;
    let texts = match &arguments.file {
        None => arguments.texts.clone(),
        Some(path) => lines(path)?,
    };
    let explained = texts.iter().map(|text| Ok((text, scorer.explain(text)?))).collect::<anyhow::Result<Vec<_>>>()?;
    if context.json {
        let rows: Vec<_> = explained
            .iter()
            .map(|(text, said)| {
                json!({
                    "text": text, "score": said.reading.score, "label": said.reading.tone, "confidence": said.confidence,
                    "words": said.words, "scorer": scorer.name(),
                })
            })
            .collect();
        output::json(&rows)?;
        return Ok(Outcome::Done);
    }
    let columns = [
        ("score", Align::Right),
        ("label", Align::Left),
        ("confidence", Align::Right),
        ("text", Align::Left),
        ("words that speak", Align::Left),
    ];
    let rows = explained.iter().map(|(text, said)| {
        let words = said.words.iter().take(SHOWN_WORDS).map(|(word, says)| format!("{word} {says:+.2}"));
        vec![
            format!("{:+.3}", said.reading.score),
            said.reading.tone.name().to_owned(),
            output::figure(said.confidence, 2),
            short(text),
            words.collect::<Vec<_>>().join(", "),
        ]
    });
    output::table(&columns, rows)?;
    Ok(Outcome::Done)
}

/// The lines of a file, or of standard input, that hold something.
fn lines(path: &Path) -> anyhow::Result<Vec<String>> {
    let text = if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("cannot read standard input")?;
        text
    } else {
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?
    };
    Ok(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

/// What became of a file.
#[derive(Debug, Serialize)]
struct ImportedTexts {
    file: String,
    rows: usize,
    added: u64,
    known: u64,
    quarantined: usize,
    quarantine: Option<String>,
    ignored_columns: Vec<String>,
}

fn import(context: &Context, arguments: &TextImportArgs) -> anyhow::Result<Outcome> {
    let scorer = scorer_of(context, arguments.about.scorer.as_deref())?;
    check_source(&arguments.about.source).map_err(UsageError)?;
    let (records, catalog) = (records::open(context)?, series::open_catalog(context));
    let keywords = context.config.sentiment.keywords();
    let at = arguments.at.unwrap_or_else(now);
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for path in &arguments.files {
        match import_file(path, &arguments.about, (&keywords, &*scorer, at), &records, &catalog) {
            Ok(imported) => done.push(imported),
            Err(error) => failed.push((path, format!("{error:#}"))),
        }
    }
    if context.json {
        let failed: Vec<_> = failed.iter().map(|(path, why)| json!({ "file": path, "error": why })).collect();
        output::json(&json!({ "imported": done, "failed": failed, "scorer": scorer.name() }))?;
    } else {
        for one in &done {
            output::line(format!(
                "{}: {} rows, {} texts new, {} on record already, {} refused{}",
                one.file,
                output::count(one.rows as u64),
                output::count(one.added),
                output::count(one.known),
                output::count(one.quarantined as u64),
                one.quarantine.as_ref().map_or_else(String::new, |path| format!(" (see {path})")),
            ))?;
        }
    }
    for (_, why) in &failed {
        eprintln!("{why}");
    }
    match (done.is_empty(), failed.is_empty()) {
        (true, _) => anyhow::bail!("nothing was imported"),
        (false, true) => Ok(Outcome::Done),
        (false, false) => Ok(Outcome::Partial),
    }
}

fn import_file(
    path: &Path,
    about: &AboutArgs,
    (keywords, scorer, at): (&Keywords, &dyn Scorer, Timestamp),
    records: &Records,
    catalog: &Catalog,
) -> anyhow::Result<ImportedTexts> {
    let name = path.display().to_string();
    let content = std::fs::read(path).with_context(|| format!("cannot read {name}"))?;
    let parsed = parse_texts(&name, &content)?;
    let rows = parsed.texts.len() + parsed.faults.len();
    let mut faults = parsed.faults;
    let (mut texts, mut from): (Vec<NewText>, Vec<&FileText>) = (Vec::new(), Vec::new());
    for text in &parsed.texts {
        let symbols = symbols_of(text, about, keywords);
        if symbols.is_empty() {
            let reason = "about no symbol: name one with --symbol, or keywords in sentiment.symbols".to_owned();
            faults.push(Fault { line: text.line, reason, raw: text.raw.clone() });
        }
        for symbol in symbols {
            let time = text.known_at.map_or_else(String::new, |at| at.to_string());
            from.push(text);
            texts.push(NewText {
                known_at: text.known_at.unwrap_or(at),
                symbol,
                source: about.source.clone(),
                key: key_of(&[&time, &text.text]),
                text: text.text.clone(),
                url: text.url.clone(),
                published_at: text.known_at,
            });
        }
    }
    let taken = take(records, scorer, &texts)?;
    faults.extend(taken.refused.into_iter().map(|(position, reason)| {
        let text = from[position];
        Fault { line: text.line, reason, raw: text.raw.clone() }
    }));
    faults.sort_by_key(|fault| fault.line);
    let quarantine =
        (!faults.is_empty()).then(|| quarantine_texts(&catalog.quarantine(), &name, &parsed.hash, &faults));
    Ok(ImportedTexts {
        file: name,
        rows,
        added: taken.added,
        known: taken.known,
        quarantined: faults.len(),
        quarantine: quarantine.transpose()?.map(|path| path.display().to_string()),
        ignored_columns: parsed.ignored_columns,
    })
}

/// What a text of a file is about: what it says, else what was typed, else what it names.
fn symbols_of(text: &FileText, about: &AboutArgs, keywords: &Keywords) -> Vec<String> {
    if let Some(symbol) = text.symbol.clone().or_else(|| about.symbol.as_ref().map(ToString::to_string)) {
        return vec![symbol];
    }
    keywords.about(&text.text).iter().map(ToString::to_string).collect()
}

fn fetch(context: &Context, arguments: &TextFetchArgs) -> anyhow::Result<Outcome> {
    let settings = &context.config.sentiment;
    let scorer = scorer_of(context, arguments.about.scorer.as_deref())?;
    check_source(&arguments.about.source).map_err(UsageError)?;
    let keywords = settings.keywords();
    let typed = arguments.urls.iter().map(|url| FeedSettings {
        url: url.clone(),
        source: arguments.about.source.clone(),
        symbols: arguments.about.symbol.iter().cloned().collect::<BTreeSet<_>>(),
    });
    let mut feeds: VecDeque<FeedSettings> = typed.collect();
    if feeds.is_empty() {
        feeds.extend(settings.feeds.iter().cloned());
    }
    if feeds.is_empty() {
        return Err(UsageError("no feed: type an address, or set sentiment.feeds".to_owned()).into());
    }
    if keywords.is_empty() && feeds.iter().any(|feed| feed.symbols.is_empty()) {
        let why = "what are the texts about? say --symbol, or set keywords in sentiment.symbols";
        return Err(UsageError(why.to_owned()).into());
    }
    let records = records::open(context)?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start a thread")?;
    let mut fetching = Fetch::default();
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for feed in &feeds {
        match runtime.block_on(gather(&mut fetching, feed, (&keywords, &scorer), &records, now)) {
            Ok(gathered) => done.push((feed, gathered)),
            Err(error) => failed.push((feed, error.to_string())),
        }
    }
    if context.json {
        let fetched: Vec<_> = done.iter().map(|(feed, gathered)| view(feed, gathered)).collect();
        let failed: Vec<_> = failed.iter().map(|(feed, why)| json!({ "url": feed.url, "error": why })).collect();
        output::json(&json!({ "fetched": fetched, "failed": failed, "scorer": scorer.name() }))?;
    } else {
        for (feed, gathered) in &done {
            output::line(format!(
                "{}: {} entries, {} texts new, {} on record already, {} about nothing",
                feed.url,
                gathered.entries.unwrap_or_default(),
                gathered.taken.added,
                gathered.taken.known,
                gathered.about_nothing,
            ))?;
        }
    }
    for (_, why) in &failed {
        eprintln!("{why}");
    }
    match (done.is_empty(), failed.is_empty()) {
        (true, _) => anyhow::bail!("nothing was fetched"),
        (false, true) => Ok(Outcome::Done),
        (false, false) => Ok(Outcome::Partial),
    }
}

fn view(feed: &FeedSettings, gathered: &Gathered) -> serde_json::Value {
    json!({
        "url": feed.url, "source": feed.source, "entries": gathered.entries, "about_nothing": gathered.about_nothing,
        "added": gathered.taken.added, "known": gathered.taken.known, "refused": gathered.taken.refused,
    })
}

fn list(context: &Context, arguments: &TextListArgs) -> anyhow::Result<Outcome> {
    let filter = TextFilter {
        symbol: arguments.symbol.clone(),
        source: arguments.source.clone(),
        limit: arguments.limit as usize,
        ..TextFilter::default()
    };
    let page = records::open(context)?.texts(&filter)?;
    if context.json {
        output::json(&page)?;
        return Ok(Outcome::Done);
    }
    if page.rows.is_empty() {
        output::line("no texts: `mem sentiment import` and `mem sentiment fetch` bring some")?;
        return Ok(Outcome::Done);
    }
    let columns = [
        ("known", Align::Left),
        ("symbol", Align::Left),
        ("source", Align::Left),
        ("score", Align::Right),
        ("label", Align::Left),
        ("by", Align::Left),
        ("text", Align::Left),
    ];
    let shown = page.rows.len() as u64;
    let rows = page.rows.into_iter().map(|row| {
        let score = format!("{:+.3}", row.score);
        vec![output::minute(row.timestamp), row.symbol, row.source, score, row.tone, row.scorer, short(&row.text)]
    });
    output::table(&columns, rows)?;
    if page.total > shown {
        output::line(format!("{} of {}", output::count(shown), output::count(page.total)))?;
    }
    Ok(Outcome::Done)
}

fn mood(context: &Context, symbol: &str, limit: usize) -> anyhow::Result<Outcome> {
    let rows = records::open(context)?.sentiment(limit, symbol)?;
    if context.json {
        output::json(&rows)?;
        return Ok(Outcome::Done);
    }
    if rows.is_empty() {
        output::line(format!("no texts about {symbol} on record"))?;
        return Ok(Outcome::Done);
    }
    let columns = [
        ("known", Align::Left),
        ("source", Align::Left),
        ("score", Align::Right),
        ("momentum", Align::Right),
        ("volatility", Align::Right),
        ("good", Align::Right),
        ("bad", Align::Right),
        ("neutral", Align::Right),
        ("texts", Align::Right),
    ];
    let rows = rows.into_iter().map(|row| {
        vec![
            output::minute(row.timestamp),
            row.source,
            format!("{:+.3}", row.score),
            output::figure(row.momentum, 3),
            output::figure(row.volatility, 3),
            output::rate(row.bullish_ratio),
            output::rate(row.bearish_ratio),
            output::rate(row.neutral_ratio),
            output::count(row.texts),
        ]
    });
    output::table(&columns, rows)?;
    Ok(Outcome::Done)
}

fn short(text: &str) -> String {
    match text.char_indices().nth(SHOWN_LETTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

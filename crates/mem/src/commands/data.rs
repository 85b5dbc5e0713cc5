//! `mem data`: market data in, checked, out.

use mem_store::catalog::{Catalog, CheckReport, Kind, Series, SeriesInfo};
use mem_store::table::{Column, TableFormat};
use mem_types::SeriesKey;

use super::{Context, series};
use super::{fetch, import, record};
use crate::cli::{CheckArgs, DataCommand, ExportArgs, ResampleArgs, SelectArgs, SeriesArgs, ShowArgs};
use crate::exit::{Outcome, UsageError};
use crate::output::{self, Align};

pub(super) fn run(context: &Context, command: DataCommand) -> anyhow::Result<Outcome> {
    let catalog = series::open_catalog(context);
    match command {
        DataCommand::Import(arguments) => return import::run(context, &catalog, &arguments),
        DataCommand::List(select) => list(context, &catalog, &select)?,
        DataCommand::Show(arguments) => show(context, &catalog, &arguments)?,
        DataCommand::Check(arguments) => return check(context, &catalog, &arguments),
        DataCommand::Resample(arguments) => resample(context, &catalog, arguments)?,
        DataCommand::Fetch(arguments) => return fetch::run(context, &catalog, &arguments),
        DataCommand::Record(arguments) => return record::run(context, &catalog, &arguments),
        DataCommand::Export(arguments) => export(context, &catalog, &arguments)?,
    }
    Ok(Outcome::Done)
}

fn list(context: &Context, catalog: &Catalog, select: &SelectArgs) -> anyhow::Result<()> {
    let wanted = |series: &&Series| {
        select.venue.as_ref().is_none_or(|venue| &series.venue == venue)
            && (select.symbols.is_empty() || select.symbols.contains(&series.symbol))
            && select.timeframe.is_none_or(|timeframe| series.timeframe == Some(timeframe))
    };
    let all = catalog.series()?;
    let infos: Vec<SeriesInfo> =
        all.iter().filter(wanted).map(|series| catalog.info(series)).collect::<Result<_, _>>()?;
    if context.json {
        return output::json(&infos);
    }
    if infos.is_empty() {
        return output::line(if all.is_empty() {
            "the catalog is empty: `mem data import FILE…` fills it".to_owned()
        } else {
            format!("nothing matches; the catalog holds {} series", all.len())
        });
    }
    let total: u64 = infos.iter().map(|info| info.rows).sum();
    let bytes: u64 = infos.iter().map(|info| info.bytes).sum();
    output::table(
        &[
            ("venue", Align::Left),
            ("symbol", Align::Left),
            ("kind", Align::Left),
            ("timeframe", Align::Right),
            ("rows", Align::Right),
            ("first", Align::Left),
            ("last", Align::Left),
            ("size", Align::Right),
        ],
        infos.iter().map(|info| {
            vec![
                info.series.venue.to_string(),
                info.series.symbol.to_string(),
                info.series.kind.to_string(),
                info.series.timeframe.map_or_else(|| output::UNDEFINED.to_owned(), |timeframe| timeframe.to_string()),
                output::count(info.rows),
                info.first.to_string(),
                info.last.to_string(),
                output::size(info.bytes),
            ]
        }),
    )?;
    output::line(format!("{} series, {} rows, {}", infos.len(), output::count(total), output::size(bytes)))
}

/// The series of that kind that was typed.
fn typed_series(catalog: &Catalog, typed: &SeriesArgs, kind: Kind) -> anyhow::Result<Series> {
    if kind == Kind::Bars {
        return Ok(Series::bars(&series::resolve(catalog, typed)?));
    }
    let (venue, symbol, _) = series::parts(&typed.series)?;
    let venue = venue.or_else(|| typed.venue.clone());
    let mut found: Vec<Series> = catalog
        .series()?
        .into_iter()
        .filter(|series| series.kind == kind && series.symbol == symbol)
        .filter(|series| venue.as_ref().is_none_or(|venue| &series.venue == venue))
        .collect();
    if found.len() > 1 {
        let venues: Vec<String> = found.iter().map(|series| series.venue.to_string()).collect();
        return Err(UsageError(format!("{symbol} has {kind} at {}: name one with --venue", venues.join(", "))).into());
    }
    found.pop().ok_or_else(|| UsageError(format!("no {kind} of {symbol} (`mem data list` shows what there is)")).into())
}

fn show(context: &Context, catalog: &Catalog, arguments: &ShowArgs) -> anyhow::Result<()> {
    let series = typed_series(catalog, &arguments.series, arguments.kind)?;
    let columns = catalog.columns(&series, arguments.span.from, arguments.span.to)?;
    let rows = columns.first().map_or(0, |(_, column)| column.len());
    let head = arguments.head.unwrap_or(0).min(rows);
    let tail = arguments.tail.unwrap_or(if arguments.head.is_none() { 10 } else { 0 }).min(rows - head);
    let shown = (0..head).chain(rows - tail..rows);
    if context.json {
        let objects: Vec<_> = shown
            .map(|row| {
                let cells = columns.iter().map(|(name, column)| (name.clone(), json_cell(column, row)));
                serde_json::Value::Object(cells.collect())
            })
            .collect();
        return output::json(&serde_json::json!({ "series": series, "total": rows, "rows": objects }));
    }
    output::line(format!("{series}: {} of {} rows", output::count(head + tail), output::count(rows)))?;
    let header: Vec<(&str, Align)> = columns
        .iter()
        .map(|(name, column)| {
            let figures = matches!(column, Column::Float(_) | Column::Int(_));
            (name.as_str(), if figures { Align::Right } else { Align::Left })
        })
        .collect();
    output::table(&header, shown.map(|row| columns.iter().map(|(_, column)| text_cell(column, row)).collect()))
}

fn json_cell(column: &Column, row: usize) -> serde_json::Value {
    match column {
        Column::Int(values) => serde_json::json!(values[row]),
        Column::Float(values) => serde_json::json!(values[row].filter(|value| value.is_finite())),
        Column::Text(values) => serde_json::json!(values[row]),
        Column::Time(values) => serde_json::json!(values[row]),
    }
}

fn text_cell(column: &Column, row: usize) -> String {
    let text = match column {
        Column::Int(values) => values[row].map(|value| value.to_string()),
        Column::Float(values) => values[row].map(output::price),
        Column::Text(values) => values[row].clone(),
        Column::Time(values) => values[row].map(|time| time.to_string()),
    };
    text.unwrap_or_else(|| output::UNDEFINED.to_owned())
}

fn check(context: &Context, catalog: &Catalog, arguments: &CheckArgs) -> anyhow::Result<Outcome> {
    let mut keys: Vec<SeriesKey> = Vec::new();
    if arguments.series.is_empty() {
        let select = SelectArgs { venue: arguments.venue.clone(), timeframe: arguments.timeframe, symbols: Vec::new() };
        keys = series::select_series(catalog, &select)?;
    }
    for typed in &arguments.series {
        let typed =
            SeriesArgs { series: typed.clone(), timeframe: arguments.timeframe, venue: arguments.venue.clone() };
        keys.push(series::resolve(catalog, &typed)?);
    }
    let progress = output::progress(keys.len() as u64, "checking", context.silent);
    let mut reports = Vec::with_capacity(keys.len());
    for key in &keys {
        progress.set_message(key.to_string());
        reports.push(catalog.check(key)?);
        progress.inc(1);
    }
    progress.finish_and_clear();
    if context.json {
        output::json(&reports)?;
    } else {
        check_table(&reports)?;
    }
    let sound = reports.iter().all(CheckReport::is_sound);
    Ok(if sound { Outcome::Done } else { Outcome::Partial })
}

fn check_table(reports: &[CheckReport]) -> anyhow::Result<()> {
    output::table(
        &[
            ("series", Align::Left),
            ("bars", Align::Right),
            ("faults", Align::Right),
            ("gaps", Align::Right),
            ("missing", Align::Right),
            ("longest gap", Align::Left),
            ("flat", Align::Right),
            ("no volume", Align::Right),
            ("outliers", Align::Right),
            ("largest", Align::Left),
        ],
        reports.iter().map(|report| {
            let longest = report.longest_gaps.first();
            let largest = report.largest_outliers.first();
            vec![
                report.key.to_string(),
                output::count(report.rows),
                output::count(report.faults),
                output::count(report.gaps),
                output::count(report.missing),
                longest
                    .map_or_else(|| output::UNDEFINED.to_owned(), |gap| format!("{} after {}", gap.missing, gap.after)),
                output::count(report.flat),
                output::count(report.zero_volume),
                output::count(report.outliers),
                largest.map_or_else(
                    || output::UNDEFINED.to_owned(),
                    |outlier| format!("{} at {}", output::percent(Some(outlier.log_return.exp_m1())), outlier.ts),
                ),
            ]
        }),
    )?;
    for report in reports.iter().filter(|report| !report.is_sound()) {
        for example in &report.fault_examples {
            output::line(format!("{}: {example}", report.key))?;
        }
    }
    output::line("Faults are wrong. Gaps, flat bars and outliers are for you to judge: markets close and prices jump.")
}

fn resample(context: &Context, catalog: &Catalog, arguments: ResampleArgs) -> anyhow::Result<()> {
    let typed = SeriesArgs { series: arguments.series, timeframe: None, venue: arguments.venue };
    let key = series::resolve(catalog, &typed)?;
    if arguments.into == key.timeframe || !arguments.into.is_multiple_of(key.timeframe) {
        let problem = format!("bars of {} cannot be built from bars of {}", arguments.into, key.timeframe);
        return Err(UsageError(format!("{problem}: they do not hold whole ones, or are as long")).into());
    }
    let (longer, report) = catalog.resample(&key, arguments.into)?;
    if context.json {
        return output::json(&serde_json::json!({ "from": key, "into": longer, "report": report }));
    }
    let (rows, added) = (output::count(report.after), output::count(report.added));
    output::line(format!("{longer}: {rows} bars from {key}, {added} of them new"))
}

fn export(context: &Context, catalog: &Catalog, arguments: &ExportArgs) -> anyhow::Result<()> {
    let format = TableFormat::of_path(&arguments.file).map_err(|error| UsageError(error.to_string()))?;
    let series = typed_series(catalog, &arguments.series, arguments.kind)?;
    let rows = catalog.export(&series, &arguments.file, format, arguments.span.from, arguments.span.to)?;
    if context.json {
        return output::json(&serde_json::json!({ "series": series, "file": arguments.file, "rows": rows }));
    }
    output::line(format!("{series}: {} rows to {}", output::count(rows), arguments.file.display()))
}

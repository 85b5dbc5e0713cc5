//! Finding a series in the catalog by what the user typed.

use anyhow::Context as _;
use mem_store::catalog::{Catalog, Series};
use mem_types::near::nearest;
use mem_types::{SeriesKey, Symbol, Timeframe, Venue};

use super::Context;
use crate::cli::{SelectArgs, SeriesArgs};
use crate::exit::UsageError;

/// The catalog of the configured data folder.
pub(super) fn open_catalog(context: &Context) -> Catalog {
    Catalog::open(context.config.catalog_folder())
}

/// The one series that was typed as SYMBOL, SYMBOL/TIMEFRAME or VENUE/SYMBOL/TIMEFRAME.
pub(super) fn resolve(catalog: &Catalog, typed: &SeriesArgs) -> anyhow::Result<SeriesKey> {
    let (venue, symbol, timeframe) = parts(&typed.series)?;
    let select = SelectArgs {
        venue: venue.or_else(|| typed.venue.clone()),
        symbols: vec![symbol],
        timeframe: timeframe.or(typed.timeframe),
    };
    let mut found = select_series(catalog, &select)?;
    if found.len() > 1 {
        let names: Vec<String> = found.iter().map(ToString::to_string).collect();
        return Err(UsageError(format!("{} could be any of {}: say which", typed.series, names.join(", "))).into());
    }
    found.pop().context("a selection that matches nothing is an error")
}

/// Reads SYMBOL, SYMBOL/TIMEFRAME or VENUE/SYMBOL/TIMEFRAME.
pub(super) fn parts(typed: &str) -> Result<(Option<Venue>, Symbol, Option<Timeframe>), UsageError> {
    let wrong = |error: &dyn std::fmt::Display| {
        UsageError(format!("series '{typed}': {error} (expected SYMBOL, SYMBOL/TIMEFRAME or VENUE/SYMBOL/TIMEFRAME)"))
    };
    let words: Vec<&str> = typed.split('/').collect();
    let (venue, symbol, timeframe) = match words.as_slice() {
        [symbol] => (None, symbol, None),
        [symbol, timeframe] => (None, symbol, Some(timeframe)),
        [venue, symbol, timeframe] => (Some(venue), symbol, Some(timeframe)),
        _ => return Err(wrong(&"too many parts")),
    };
    let venue = venue.map(|name| name.parse::<Venue>()).transpose().map_err(|error| wrong(&error))?;
    let symbol = symbol.parse::<Symbol>().map_err(|error| wrong(&error))?;
    let timeframe = timeframe.map(|text| text.parse::<Timeframe>()).transpose().map_err(|error| wrong(&error))?;
    Ok((venue, symbol, timeframe))
}

/// All series of bars that match, in order.
///
/// # Errors
/// If nothing matches: names what is there, and what is nearest to what was asked for.
pub(super) fn select_series(catalog: &Catalog, select: &SelectArgs) -> anyhow::Result<Vec<SeriesKey>> {
    let all: Vec<SeriesKey> = catalog.series()?.iter().filter_map(Series::key).collect();
    if all.is_empty() {
        return Err(UsageError("the catalog is empty: `mem data import FILE…` fills it".to_owned()).into());
    }
    for symbol in &select.symbols {
        if !all.iter().any(|key| &key.symbol == symbol) {
            let hint = nearest(symbol.as_str(), all.iter().map(|key| key.symbol.as_str()));
            return Err(UsageError(format!("no bars of {symbol}{hint} (`mem data list` shows what there is)")).into());
        }
    }
    let matching = |key: &&SeriesKey| {
        select.venue.as_ref().is_none_or(|venue| &key.venue == venue)
            && (select.symbols.is_empty() || select.symbols.contains(&key.symbol))
            && select.timeframe.is_none_or(|timeframe| key.timeframe == timeframe)
    };
    let found: Vec<SeriesKey> = all.iter().filter(matching).cloned().collect();
    if found.is_empty() {
        let mut there: Vec<String> = all
            .iter()
            .filter(|key| select.symbols.is_empty() || select.symbols.contains(&key.symbol))
            .map(|key| format!("{} {}", key.venue, key.timeframe))
            .collect();
        there.sort();
        there.dedup();
        return Err(UsageError(format!("nothing matches; there is: {}", there.join(", "))).into());
    }
    Ok(found)
}

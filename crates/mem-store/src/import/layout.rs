//! Which column holds what.
//!
//! What comes in: the column names, or none, and the first rows. What goes out: the kind of data and a column for each
//! field it needs. Columns given by the caller are taken as given; then names decide, the most telling first
//! (`timestamp_ms` before `date`); tables without names are recognised by the shapes that exchanges send.

use super::cell::Cell;
use super::error::ImportError;
use super::field::{Field, is_known, plain, unit_in_name};
use super::options::ImportOptions;
use super::time::{TimeReader, TimeUnit, time_of_day};
use crate::catalog::Kind;

/// Where each field stands in a row.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) kind: Kind,
    columns: [Option<usize>; Field::ALL.len()],
    /// What each used column is called, for the summary.
    pub(super) used: Vec<(Field, String)>,
    pub(super) ignored: Vec<String>,
    pub(super) notes: Vec<String>,
    /// The unit in the name of the local time column.
    pub(super) local_unit: Option<TimeUnit>,
}

/// Names of the columns, or none, and the first rows.
pub(super) struct Head<'a> {
    pub(super) file: &'a str,
    pub(super) names: Option<&'a [String]>,
    pub(super) width: usize,
    pub(super) sample: &'a [Vec<Cell<'a>>],
}

impl Head<'_> {
    fn found(&self) -> String {
        match self.names {
            Some(names) => format!("the columns {}", listed(names)),
            None => format!("{} columns without names", self.width),
        }
    }

    fn column(&self, at: usize) -> Vec<Cell<'_>> {
        self.sample.iter().filter_map(|row| row.get(at).copied()).filter(|cell| !cell.is_absent()).collect()
    }
}

/// Names, the first dozen.
fn listed(names: &[String]) -> String {
    let shown: Vec<&str> = names.iter().take(12).map(String::as_str).collect();
    let more = names.len().saturating_sub(shown.len());
    let shown = shown.join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}

impl Layout {
    /// The column of a field, if there is one.
    pub(super) fn column(&self, field: Field) -> Option<usize> {
        self.columns[field as usize]
    }

    pub(super) fn decide(head: &Head<'_>, options: &ImportOptions) -> Result<Self, ImportError> {
        let mut columns = given_columns(head, options)?;
        let mut notes = Vec::new();
        match head.names {
            Some(names) => named_columns(names, &mut columns),
            None if options.columns.is_empty() => columns = shape(head, options, &mut notes)?,
            None => {}
        }
        split_date(head, &mut columns);
        let kind = kind_of(head, options, &columns)?;
        let wanted = fields_of(kind);
        for field in Field::ALL {
            if !wanted.contains(&field) {
                columns[field as usize] = None;
            }
        }
        let name = |at: usize| head.names.map_or_else(|| format!("#{}", at + 1), |names| names[at].clone());
        let used: Vec<(Field, String)> =
            Field::ALL.into_iter().filter_map(|field| Some((field, name(columns[field as usize]?)))).collect();
        let ignored = (0..head.width).filter(|at| !columns.contains(&Some(*at))).map(name).collect();
        let local = columns[Field::LocalTime as usize].map(name);
        let local_unit = local.and_then(|name| unit_in_name(&name));
        Ok(Self { kind, columns, used, ignored, notes, local_unit })
    }

    /// How the main time column is to be read.
    pub(super) fn time_reader(&self, head: &Head<'_>, options: &ImportOptions) -> Result<TimeReader, ImportError> {
        let at = self.column(Field::Time).unwrap_or_default();
        let name = head.names.map_or_else(|| format!("#{}", at + 1), |names| names[at].clone());
        TimeReader::decide(&name, unit_in_name(&name), options.time_unit, &head.column(at))
            .map_err(|source| ImportError::Time { file: head.file.to_owned(), source })
    }

    /// How the column of the recorder's time is to be read; `None` if there is none or it holds no times.
    pub(super) fn local_reader(&self, head: &Head<'_>) -> Option<TimeReader> {
        let cells = head.column(self.column(Field::LocalTime)?);
        TimeReader::decide("local time", self.local_unit, None, &cells).ok()
    }
}

type Columns = [Option<usize>; Field::ALL.len()];

fn given_columns(head: &Head<'_>, options: &ImportOptions) -> Result<Columns, ImportError> {
    let mut columns = Columns::default();
    for choice in &options.columns {
        let by_name = head.names.and_then(|names| {
            names
                .iter()
                .position(|name| *name == choice.column)
                .or_else(|| names.iter().position(|name| plain(name) == plain(&choice.column)))
        });
        let by_position = || choice.column.parse::<usize>().ok()?.checked_sub(1).filter(|at| *at < head.width);
        let at = by_name.or_else(by_position).ok_or_else(|| ImportError::NoSuchColumn {
            file: head.file.to_owned(),
            column: choice.column.clone(),
            found: head.found(),
        })?;
        columns[choice.field as usize] = Some(at);
    }
    Ok(columns)
}

/// For each field not given the column with the most telling name; of equal names the first.
fn named_columns(names: &[String], columns: &mut Columns) {
    let given = *columns;
    for field in Field::ALL {
        if given[field as usize].is_some() {
            continue;
        }
        columns[field as usize] = names
            .iter()
            .enumerate()
            .filter(|(at, _)| !given.contains(&Some(*at)))
            .filter_map(|(at, name)| Some((field.rank(&plain(name))?, at)))
            .min()
            .map(|(_, at)| at);
    }
}

/// `date` and `time` side by side are one instant in two columns if the second holds times of day.
fn split_date(head: &Head<'_>, columns: &mut Columns) {
    let Some(names) = head.names else { return };
    let (Some(date), Some(time)) =
        (names.iter().position(|name| plain(name) == "date"), names.iter().position(|name| plain(name) == "time"))
    else {
        return;
    };
    let chosen = columns[Field::Time as usize];
    let cells = head.column(time);
    let all_times = !cells.is_empty()
        && cells.iter().all(|cell| match cell {
            Cell::Text(bytes) => time_of_day(bytes.trim_ascii()).is_some(),
            _ => false,
        });
    if (chosen == Some(time) || chosen == Some(date)) && all_times && columns[Field::TimeOfDay as usize].is_none() {
        columns[Field::Time as usize] = Some(date);
        columns[Field::TimeOfDay as usize] = Some(time);
    }
}

/// What a kind cannot do without.
const fn needed(kind: Kind) -> &'static [Field] {
    match kind {
        Kind::Bars => &[Field::Time, Field::Open, Field::High, Field::Low, Field::Close],
        Kind::Trades => &[Field::Time, Field::Price, Field::Qty],
        Kind::Quotes => &[Field::Time, Field::Bid, Field::Ask],
        Kind::Funding => &[Field::Time, Field::FundingRate],
    }
}

/// What a kind uses.
const fn fields_of(kind: Kind) -> &'static [Field] {
    match kind {
        Kind::Bars => &[
            Field::Time,
            Field::TimeOfDay,
            Field::Symbol,
            Field::Open,
            Field::High,
            Field::Low,
            Field::Close,
            Field::Volume,
        ],
        Kind::Trades => &[
            Field::Time,
            Field::TimeOfDay,
            Field::LocalTime,
            Field::Symbol,
            Field::Price,
            Field::Qty,
            Field::Side,
            Field::BuyerMaker,
            Field::Id,
        ],
        Kind::Quotes => &[
            Field::Time,
            Field::TimeOfDay,
            Field::LocalTime,
            Field::Symbol,
            Field::Id,
            Field::Bid,
            Field::BidQty,
            Field::Ask,
            Field::AskQty,
        ],
        Kind::Funding => &[Field::Time, Field::TimeOfDay, Field::Symbol, Field::FundingRate],
    }
}

fn kind_of(head: &Head<'_>, options: &ImportOptions, columns: &Columns) -> Result<Kind, ImportError> {
    let missing = |kind: Kind| -> Vec<&str> {
        needed(kind).iter().filter(|field| columns[**field as usize].is_none()).map(|field| field.name()).collect()
    };
    if let Some(kind) = options.kind {
        let missing = missing(kind);
        if missing.is_empty() {
            return Ok(kind);
        }
        let (file, missing, found) = (head.file.to_owned(), missing.join(", "), head.found());
        return Err(ImportError::MissingColumn { file, kind, missing, found });
    }
    if let Some(what) = order_book(head) {
        return Err(ImportError::NotMarketData { file: head.file.to_owned(), found: what });
    }
    let possible: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| missing(*kind).is_empty()).collect();
    match possible.as_slice() {
        [kind] => Ok(*kind),
        // Candles often carry more: a bid, a trade count that is called quantity.
        [Kind::Bars, ..] => Ok(Kind::Bars),
        [first, second, ..] => Err(ImportError::WhichKind { file: head.file.to_owned(), kinds: [*first, *second] }),
        [] => Err(ImportError::NotMarketData { file: head.file.to_owned(), found: head.found() }),
    }
}

/// Order book levels have a price, a quantity and a side, and yet are no trades.
fn order_book(head: &Head<'_>) -> Option<String> {
    let names: Vec<String> = head.names?.iter().map(|name| plain(name)).collect();
    let has = |name: &str| names.iter().any(|other| other == name);
    let levels = has("level") || has("issnapshot") || has("updatetype") || (has("firstid") && has("lastid"));
    (has("side") && has("price") && levels)
        .then(|| format!("order book levels ({})", listed(head.names.unwrap_or_default())))
}

/// Which field stands where, and what to call that.
type Shape = (Vec<(Field, usize)>, &'static str);

/// The shapes of tables without names, as exchanges and archives send them.
fn shape(head: &Head<'_>, options: &ImportOptions, notes: &mut Vec<String>) -> Result<Columns, ImportError> {
    use Field::{BuyerMaker, Close, High, Id, Low, Open, Price, Qty, Time, Volume};
    let bars = [Time, Open, High, Low, Close, Volume];
    let last_is_flag = head.sample.first().and_then(|row| row.last()).is_some_and(|cell| is_flag(*cell));
    let (fields, what): Shape = match head.width {
        7 if last_is_flag => (
            vec![(Id, 0), (Price, 1), (Qty, 2), (Time, 4), (BuyerMaker, 5)],
            "id, price, quantity, quote quantity, time, buyer is maker (Binance trades)",
        ),
        8 if last_is_flag => (
            vec![(Id, 0), (Price, 1), (Qty, 2), (Time, 5), (BuyerMaker, 6)],
            "id, price, quantity, first id, last id, time, buyer is maker (Binance aggregate trades)",
        ),
        5 => (positions(&bars[..5]), "time, open, high, low, close"),
        6 => six(head)?,
        7 => (positions(&bars), "time, open, high, low, close, volume, turnover (Bybit)"),
        8 => (
            vec![(Time, 0), (Open, 1), (High, 2), (Low, 3), (Close, 4), (Volume, 6)],
            "time, open, high, low, close, vwap, volume, count (Kraken)",
        ),
        9 => (positions(&bars), "time, open, high, low, close, volume and turnover (OKX)"),
        11 | 12 => (positions(&bars), "time, open, high, low, close, volume and others (Binance klines)"),
        width => return Err(ImportError::UnknownShape { file: head.file.to_owned(), width }),
    };
    if options.kind.is_some_and(|kind| kind != Kind::Bars && !fields.iter().any(|(field, _)| *field == Price)) {
        return Err(ImportError::UnknownShape { file: head.file.to_owned(), width: head.width });
    }
    notes.push(format!("no header: columns read as {what}"));
    let mut columns = Columns::default();
    for (field, at) in fields {
        columns[field as usize] = Some(at);
    }
    Ok(columns)
}

fn positions(fields: &[Field]) -> Vec<(Field, usize)> {
    fields.iter().copied().zip(0..).collect()
}

fn is_flag(cell: Cell<'_>) -> bool {
    match cell {
        Cell::Bool(_) => true,
        Cell::Text(bytes) => {
            [b"true".as_slice(), b"false"].iter().any(|word| bytes.trim_ascii().eq_ignore_ascii_case(word))
        }
        _ => false,
    }
}

/// Six columns are time, four prices and a volume; in which order the prices stand, only their values tell.
fn six(head: &Head<'_>) -> Result<Shape, ImportError> {
    use Field::{Close, High, Low, Open, Time, Volume};
    let orders: [([Field; 4], &str); 3] = [
        ([Open, High, Low, Close], "time, open, high, low, close, volume"),
        ([Open, Close, High, Low], "time, open, close, high, low, volume (Bitfinex)"),
        ([Low, High, Open, Close], "time, low, high, open, close, volume (Coinbase)"),
    ];
    let sound = |order: &[Field; 4]| {
        let at = |field: Field| 1 + order.iter().position(|other| *other == field).unwrap_or_default();
        let fits = |row: &&Vec<Cell<'_>>| {
            let price = |field| row.get(at(field)).and_then(|cell| cell.number().ok().flatten());
            match (price(Open), price(High), price(Low), price(Close)) {
                (Some(o), Some(h), Some(l), Some(c)) => h >= o && h >= c && l <= o && l <= c,
                _ => false,
            }
        };
        head.sample.iter().filter(fits).count()
    };
    let counts: Vec<usize> = orders.iter().map(|(order, _)| sound(order)).collect();
    let best = counts.iter().copied().max().unwrap_or_default();
    if best == 0 {
        return Err(ImportError::UnknownShape { file: head.file.to_owned(), width: 6 });
    }
    // The usual order unless another one makes clearly more of the rows sound.
    let chosen =
        if counts[0] * 10 >= best * 9 { 0 } else { counts.iter().position(|count| *count == best).unwrap_or(0) };
    let (order, what) = orders[chosen];
    let mut fields: Vec<(Field, usize)> = order.into_iter().zip(1..).collect();
    fields.extend([(Time, 0), (Volume, 5)]);
    Ok((fields, what))
}

/// Whether the first line of a table names its columns.
pub(super) fn is_header(cells: &[Cell<'_>]) -> bool {
    let texts: Vec<String> = cells.iter().map(ToString::to_string).collect();
    let has_digit = |text: &str| text.bytes().any(|byte| byte.is_ascii_digit());
    let numbers = cells.iter().filter(|cell| cell.number().is_ok_and(|value| value.is_some())).count();
    if numbers > 0 {
        // A row of values begins with a time or an id; one letter may be a ticker.
        return !has_digit(&texts[0]) && texts.iter().any(|text| text.len() > 2 && is_known(text));
    }
    // Names of nothing known are still names, if no cell holds a value.
    texts.iter().any(|text| is_known(text)) || !texts.iter().any(|text| has_digit(text))
}

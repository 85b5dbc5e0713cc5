//! Bars in the catalog.

use std::path::Path;

use mem_types::{Bar, Bars, BarsRef, SeriesKey, Timeframe, Timestamp, resample};
use parquet::data_type::{DoubleType, Int64Type};

use super::{Catalog, CatalogError, MergeReport, Series};
use crate::parquet_columns::{Chunk, ColumnsReader, Field, FieldKind, Group, ROWS_PER_GROUP};

pub(super) const FIELDS: &[Field] = &[
    Field::required("ts", FieldKind::Time),
    Field::required("open", FieldKind::Float),
    Field::required("high", FieldKind::Float),
    Field::required("low", FieldKind::Float),
    Field::required("close", FieldKind::Float),
    Field::optional("volume", FieldKind::Float),
];

/// The columns of bars as they are in a file, nothing checked.
#[derive(Debug, Default)]
pub(super) struct RawBars {
    pub(super) ts_ns: Vec<i64>,
    pub(super) open: Vec<f64>,
    pub(super) high: Vec<f64>,
    pub(super) low: Vec<f64>,
    pub(super) close: Vec<f64>,
    pub(super) volume: Vec<f64>,
}

impl Catalog {
    /// The bars of a series that open within `[from, to)`; an open end is unbounded. Only the row groups that hold them
    /// are read.
    ///
    /// # Errors
    /// If there is no such series, or its file is damaged. No bar in the range is no error: the bars are then empty.
    pub fn read_bars(
        &self,
        key: &SeriesKey,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> Result<Bars, CatalogError> {
        let (path, mut raw) = self.read_raw_bars(key, from, to)?;
        raw.cut(from, to);
        Bars::from_columns(raw.ts_ns, raw.open, raw.high, raw.low, raw.close, raw.volume)
            .map_err(|error| CatalogError::Unsound { path, what: error.to_string() })
    }

    /// Writes a series anew: what was there is gone, unless it is equal.
    ///
    /// # Errors
    /// If the file cannot be written; the old one is then still there.
    pub fn write_bars(&self, key: &SeriesKey, bars: &Bars) -> Result<(), CatalogError> {
        let _turn = self.lock(&Series::bars(key))?;
        self.replace_bars(key, bars.view())
    }

    /// Merges bars into a series by time: new bars are added, and where a bar of that time has other values the incoming
    /// one takes its place.
    ///
    /// # Errors
    /// If the file that is there is damaged, or the new one cannot be written; the old one is then still there.
    pub fn merge_bars(&self, key: &SeriesKey, bars: &Bars) -> Result<MergeReport, CatalogError> {
        self.merge_bars_telling(key, bars, &mut |_| Ok(()))
    }

    /// As [`Catalog::merge_bars`]; `replaced` hears of the old bars that give way before anything is written.
    pub(crate) fn merge_bars_telling(
        &self,
        key: &SeriesKey,
        bars: &Bars,
        replaced: &mut dyn FnMut(&[Bar]) -> Result<(), CatalogError>,
    ) -> Result<MergeReport, CatalogError> {
        let _turn = self.lock(&Series::bars(key))?;
        let old = match self.read_bars(key, None, None) {
            Ok(old) => old,
            Err(CatalogError::NotFound { .. }) => Bars::default(),
            Err(error) => return Err(error),
        };
        let Merged { bars: merged, gone, report } = merge(old.view(), bars.view());
        if !gone.is_empty() {
            replaced(&gone)?;
        }
        if !report.is_empty() {
            drop(old);
            self.replace_bars(key, merged.view())?;
        }
        Ok(report)
    }

    /// Builds the bars of a longer timeframe from a series, closed ones only, and merges them into the catalog.
    ///
    /// # Errors
    /// If there is no such series, the longer timeframe does not hold whole bars of the shorter, or a file cannot be
    /// read or written.
    pub fn resample(&self, key: &SeriesKey, to: Timeframe) -> Result<(SeriesKey, MergeReport), CatalogError> {
        let bars = self.read_bars(key, None, None)?;
        let resampled = resample(bars.view(), key.timeframe, to)
            .filter(|_| to != key.timeframe)
            .ok_or(CatalogError::NotAMultiple { from: key.timeframe, to })?;
        let longer = SeriesKey { timeframe: to, ..key.clone() };
        let report = self.merge_bars(&longer, &resampled.bars)?;
        Ok((longer, report))
    }

    /// The bars of all row groups that touch the range, nothing checked, and the file they come from.
    pub(super) fn read_raw_bars(
        &self,
        key: &SeriesKey,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> Result<(std::path::PathBuf, RawBars), CatalogError> {
        let series = Series::bars(key);
        let Some(path) = self.files(&series)?.into_iter().next() else { return Err(self.not_found(&series)) };
        let raw = RawBars::read(&path, from, to)?;
        Ok((path, raw))
    }

    fn replace_bars(&self, key: &SeriesKey, bars: BarsRef<'_>) -> Result<(), CatalogError> {
        let series = Series::bars(key);
        let path = self.root.join(series.folder()).join(series.file_name());
        self.write_partition(&path, FIELDS, |writer| {
            for start in (0..bars.len()).step_by(ROWS_PER_GROUP) {
                let part = bars.slice(start..bars.len().min(start + ROWS_PER_GROUP));
                writer.write_group(&[
                    Chunk::Ints(part.ts_ns.into()),
                    Chunk::Floats(part.open.into()),
                    Chunk::Floats(part.high.into()),
                    Chunk::Floats(part.low.into()),
                    Chunk::Floats(part.close.into()),
                    Chunk::some_floats(part.volume.iter().map(|volume| Some(*volume))),
                ])?;
            }
            Ok(())
        })
    }
}

impl RawBars {
    fn read(path: &Path, from: Option<Timestamp>, to: Option<Timestamp>) -> Result<Self, CatalogError> {
        let damaged = || CatalogError::damaged(path);
        let reader = ColumnsReader::open(path, FIELDS).map_err(damaged())?;
        let groups = reader.groups().map_err(damaged())?;
        let wanted = |group: &Group| {
            from.is_none_or(|from| group.last_ns >= from.as_nanos())
                && to.is_none_or(|to| group.first_ns < to.as_nanos())
        };
        let wanted: Vec<usize> = (0..groups.len()).filter(|index| wanted(&groups[*index])).collect();
        let rows = wanted.iter().map(|index| groups[*index].rows).sum();
        let mut raw = Self::default();
        raw.ts_ns.reserve_exact(rows);
        for column in [&mut raw.open, &mut raw.high, &mut raw.low, &mut raw.close, &mut raw.volume] {
            column.reserve_exact(rows);
        }
        for group in wanted {
            reader.read::<Int64Type>(group, 0, &mut raw.ts_ns).map_err(damaged())?;
            let prices = [&mut raw.open, &mut raw.high, &mut raw.low, &mut raw.close];
            for (field, column) in (1..).zip(prices) {
                reader.read::<DoubleType>(group, field, column).map_err(damaged())?;
            }
            reader
                .read_or::<DoubleType, f64>(group, 5, f64::NAN, |volume| volume, &mut raw.volume)
                .map_err(damaged())?;
        }
        Ok(raw)
    }

    /// Drops, in place, what lies outside `[from, to)`.
    fn cut(&mut self, from: Option<Timestamp>, to: Option<Timestamp>) {
        let start = from.map_or(0, |from| self.ts_ns.partition_point(|ts| *ts < from.as_nanos()));
        let end = to.map_or(self.ts_ns.len(), |to| self.ts_ns.partition_point(|ts| *ts < to.as_nanos())).max(start);
        self.ts_ns.truncate(end);
        self.ts_ns.drain(..start);
        for column in [&mut self.open, &mut self.high, &mut self.low, &mut self.close, &mut self.volume] {
            column.truncate(end);
            column.drain(..start);
        }
    }
}

struct Merged {
    bars: Bars,
    /// Old bars that had to give way.
    gone: Vec<Bar>,
    report: MergeReport,
}

fn merge(old: BarsRef<'_>, new: BarsRef<'_>) -> Merged {
    let mut report = MergeReport { before: old.len() as u64, ..MergeReport::default() };
    let mut gone = Vec::new();
    let mut bars = Bars::default();
    let mut keep = |bar: Bar| bars.push(bar).expect("sound bars taken in order of time stay sound and in order");
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        let old_first = i < old.len() && (j == new.len() || old.ts_ns[i] <= new.ts_ns[j]);
        let new_first = j < new.len() && (i == old.len() || new.ts_ns[j] <= old.ts_ns[i]);
        match (old_first, new_first) {
            (true, true) => {
                let (before, after) = (old.bar(i), new.bar(j));
                if is_same_bar(&before, &after) {
                    report.unchanged += 1;
                } else {
                    report.replaced += 1;
                    gone.push(before);
                }
                keep(after);
            }
            (true, false) => keep(old.bar(i)),
            (false, _) => {
                report.added += 1;
                keep(new.bar(j));
            }
        }
        i += usize::from(old_first);
        j += usize::from(new_first);
    }
    report.after = bars.len() as u64;
    Merged { bars, gone, report }
}

/// Equal values; two unknown volumes are equal.
pub(crate) fn is_same_bar(a: &Bar, b: &Bar) -> bool {
    Bar { volume: 0.0, ..*a } == Bar { volume: 0.0, ..*b }
        && (a.volume == b.volume || (a.volume.is_nan() && b.volume.is_nan()))
}

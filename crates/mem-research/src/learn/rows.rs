//! Candles into rows: what could be known at each close, and what became of it.

use std::borrow::Cow;

use mem_model::feature::{FeatureSet, FeatureStream, Sources};
use mem_model::label::{Label, Labeler, weight};
use mem_model::model::Model;
use mem_model::sequence::{Run, Sequences};
use mem_model::table::Table;
use mem_model::validate::split::Span;
use mem_types::{Bars, Decisions, PositionSide, SeriesKey, Timestamp};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::fit::wrong;
use super::leak::Suspected;
use super::{LearnConfig, leak};
use crate::error::ResearchError;
use crate::market::{Market, Scope};
use crate::run::{SeriesSource, hex};

/// Rows of all series, in the order in which they could be known.
#[derive(Debug)]
pub(super) struct Rows {
    /// The series.
    pub(super) markets: Vec<Market>,
    /// The features.
    pub(super) table: Table,
    /// 1 where the label's class is above 0, else 0.
    pub(super) target: Vec<f64>,
    /// Logarithmic return until each label.
    pub(super) log_returns: Vec<f64>,
    /// How much each row counts: less where its label shares its time with others.
    pub(super) weights: Vec<f64>,
    /// The time that each row's label speaks of.
    pub(super) spans: Vec<Span>,
    /// Of which series each row is, and of which of its bars.
    pub(super) places: Vec<(usize, usize)>,
    /// The features of all bars of each series, where more than one row is looked at.
    series: Vec<Table>,
    /// Bars from the decision to the label, at most.
    pub(super) horizon: usize,
    /// Features that may know their labels.
    pub(super) suspects: Vec<Suspected>,
    /// What the primary strategy has decided in each series; empty where there is none.
    pub(super) primary: Vec<Decisions>,
    pub(super) fingerprint: String,
    pub(super) span: (Timestamp, Timestamp),
}

impl Rows {
    /// Rows for a model that looks at `steps` of them; those that so many do not lead up to without a gap are left out.
    ///
    /// # Errors
    /// If a series cannot be read, or features or labels cannot be computed on it.
    pub(super) fn gather(
        config: &LearnConfig,
        set: &FeatureSet,
        keys: &[SeriesKey],
        source: &dyn SeriesSource,
        steps: usize,
    ) -> Result<Self, ResearchError> {
        let scope = Scope { higher: &[], from: config.from, to: config.to };
        let mut hasher = Sha256::new();
        let (sources, reference) = sources(config, set, keys, source)?;
        if let Some(bars) = &reference {
            hasher.update(mem_store::catalog::fingerprint_bars(bars.view()));
        }
        let warmup = set.warmup()?;
        let look = |key: &SeriesKey| {
            let market = Market::load(key, scope, source)?;
            let bars = market.bars();
            let until = bars.ts_ns.last().map(|ts| config.timeframe.close_of(Timestamp::from_nanos(*ts)));
            let sources = with_scores(&sources, set, key, source, until)?;
            let scores = fingerprint_scores(&sources);
            let features = FeatureStream::batch(set, bars, config.timeframe, &sources)?;
            let mut run = Run::new(config.timeframe, warmup);
            let runs: Vec<usize> = features.known_at.iter().map(|at| run.push(*at)).collect();
            let decided = decided(config, &market)?;
            let sides = decided.as_ref().map(|decided| sides(decided, bars.len())).unwrap_or_default();
            let labels = Labeler::batch(config.label, bars, config.timeframe, &sides).map_err(ResearchError::Label)?;
            leak::refuse(set, bars, config.timeframe, &sources, &features)?;
            let suspects = leak::suspects(key, &features.table, &labels);
            let unique = weight::uniqueness(&labels, bars.len());
            let labels: Vec<(Label, f64)> =
                labels.into_iter().zip(unique).filter(|(label, _)| runs[label.row] >= steps).collect();
            Ok((market, features.table, labels, suspects, scores, decided))
        };
        let looked = keys.par_iter().map(look).collect::<Result<Vec<_>, ResearchError>>()?;
        let (mut markets, mut tables, mut suspects, mut primary) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut found: Vec<(Label, usize, f64)> = Vec::new();
        for (number, (market, table, labels, suspected, scores, decided)) in looked.into_iter().enumerate() {
            hasher.update(market.fingerprint());
            hasher.update(scores.unwrap_or_default());
            found.extend(labels.into_iter().map(|(label, unique)| (label, number, unique)));
            tables.push(table);
            markets.push(market);
            suspects.extend(suspected);
            primary.extend(decided);
        }
        found.sort_by_key(|(label, market, _)| (label.t0, *market));
        let columns = (0..set.features.len())
            .map(|column| found.iter().map(|(label, market, _)| tables[*market].columns()[column][label.row]).collect())
            .collect();
        let ends = |of: fn(&[i64]) -> Option<&i64>| markets.iter().filter_map(move |market| of(market.bars().ts_ns));
        let first = ends(<[i64]>::first).min().copied().unwrap_or_default();
        let last = ends(<[i64]>::last).max().copied().unwrap_or_default();
        Ok(Self {
            table: Table::new(set.names(), columns).map_err(|error| ResearchError::Model(error.to_string()))?,
            target: found.iter().map(|(label, ..)| f64::from(u8::from(label.class > 0))).collect(),
            log_returns: found.iter().map(|(label, ..)| label.log_return).collect(),
            weights: found.iter().map(|(.., unique)| *unique).collect(),
            spans: found.iter().map(|(label, ..)| Span::from(label)).collect(),
            places: found.iter().map(|(label, market, _)| (*market, label.row)).collect(),
            horizon: config.label.longest(),
            fingerprint: hex(&hasher.finalize()),
            span: (Timestamp::from_nanos(first), Timestamp::from_nanos(last)),
            series: if steps > 1 { tables } else { Vec::new() },
            markets,
            suspects,
            primary,
        })
    }

    /// What `model`, which looks at as many rows as these were gathered for, says of rows by number.
    ///
    /// # Errors
    /// If it was made for other features.
    pub(super) fn ask(&self, model: &Model, of: &[usize]) -> Result<Vec<f64>, ResearchError> {
        if model.steps() == 1 {
            return model.predict_table(&self.table.select(of)).map_err(wrong);
        }
        let answer = |row: &usize| model.predict_row(&self.window(*row, model.steps())).map_err(wrong);
        Ok(of.par_iter().map(answer).collect::<Result<Vec<_>, _>>()?.concat())
    }

    /// The last `steps` rows of its series up to a row, end to end, the oldest first.
    pub(super) fn window(&self, row: usize, steps: usize) -> Vec<f64> {
        let (series, newest) = self.places[row];
        let (mut window, mut next) = (Vec::with_capacity(steps * self.table.width()), Vec::new());
        for row in newest + 1 - steps..=newest {
            self.series[series].row(row, &mut next);
            window.append(&mut next);
        }
        window
    }

    /// Windows that end with rows, whose `ends`, targets and weights have been taken out.
    pub(super) fn sequences<'a>(
        &'a self,
        ends: &'a [(usize, usize)],
        target: &'a [f64],
        weights: &'a [f64],
    ) -> Sequences<'a> {
        Sequences { series: &self.series, ends, target, weights: Some(weights) }
    }

    pub(super) fn len(&self) -> usize {
        self.target.len()
    }
}

/// What the primary strategy decides, if there is one.
fn decided(config: &LearnConfig, market: &Market) -> Result<Option<Decisions>, ResearchError> {
    let Some(primary) = &config.primary else { return Ok(None) };
    let strategy = mem_strategy::build(&primary.strategy, &primary.params)?;
    market.decide(strategy.as_ref()).map(Some)
}

/// The side that is entered at each of so many bars.
pub(super) fn sides(decided: &Decisions, bars: usize) -> Vec<Option<PositionSide>> {
    let mut sides = vec![None; bars];
    for decision in &decided.list {
        sides[decision.bar] = decision.intent.enters().or(sides[decision.bar]);
    }
    sides
}

/// What features look at beside the bars of a symbol: the bars of the symbol that stands for the market, which are given as well.
pub(crate) fn sources(
    config: &LearnConfig,
    set: &FeatureSet,
    keys: &[SeriesKey],
    source: &dyn SeriesSource,
) -> Result<(Sources, Option<Bars>), ResearchError> {
    let mut sources = Sources::default();
    let Some(symbol) = &config.reference else { return Ok((sources, None)) };
    let key = keys.iter().find(|key| key.symbol == *symbol).or(keys.first()).ok_or(ResearchError::NoSeries)?;
    let key = SeriesKey { symbol: symbol.clone(), ..key.clone() };
    let bars = source.load(&key, config.from, config.to)?;
    for role in set.roles() {
        sources.references.insert(role, (bars.clone(), config.timeframe));
    }
    Ok((sources, Some(bars)))
}

/// The same with the scores of texts about the symbol of a series, those that were known at `until`.
pub(crate) fn with_scores<'a>(
    shared: &'a Sources,
    set: &FeatureSet,
    key: &SeriesKey,
    source: &dyn SeriesSource,
    until: Option<Timestamp>,
) -> Result<Cow<'a, Sources>, ResearchError> {
    let mut sources = Cow::Borrowed(shared);
    for name in set.sentiments() {
        let mut scores = source.scores(&key.symbol, &name)?;
        scores.retain(|score| until.is_some_and(|until| score.known_at <= until));
        if !scores.is_empty() {
            sources.to_mut().sentiments.insert(name, scores);
        }
    }
    Ok(sources)
}

/// SHA-256 over the scores of texts; `None` where there are none.
pub(crate) fn fingerprint_scores(sources: &Sources) -> Option<String> {
    let mut hasher = Sha256::new();
    for (name, scores) in &sources.sentiments {
        hasher.update(name.as_bytes());
        for score in scores {
            hasher.update(score.known_at.as_nanos().to_le_bytes());
            hasher.update(score.value.to_bits().to_le_bytes());
        }
    }
    (!sources.sentiments.is_empty()).then(|| hex(&hasher.finalize()))
}

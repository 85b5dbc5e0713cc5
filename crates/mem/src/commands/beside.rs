//! The model beside a strategy in a backtest: which one was meant, what it may be tested on.

use mem_engine::shelf::Shelf;
use mem_model::lifecycle::ModelRecord;
use mem_model::model::Model;
use mem_research::learn::LearnConfig;
use mem_research::run::ModelUse;
use mem_strategy::advice::Role;
use mem_types::near::nearest;

use super::{Context, models};
use crate::cli::{BesideArgs, RoleArg, SelectArgs};
use crate::exit::UsageError;

/// A model as it was asked for.
pub(super) struct Beside {
    pub(super) model: Model,
    /// How it was trained.
    pub(super) learned: LearnConfig,
    pub(super) used: ModelUse,
}

impl Beside {
    /// The model that was named, if one was.
    pub(super) fn find(context: &Context, typed: &BesideArgs) -> anyhow::Result<Option<Self>> {
        let Some(name) = &typed.model else { return Ok(None) };
        let shelf = models::shelf(context)?;
        let registry = shelf.registry()?;
        let record = models::find(&registry, name)?;
        let learned = models::config_of(record)?;
        let model = shelf.load(record)?;
        let sha256 = record.artefact.as_ref().map(|artefact| artefact.sha256.clone()).unwrap_or_default();
        let used = ModelUse {
            id: record.id.0,
            title: record.title(),
            sha256,
            features: record.features.clone(),
            reference: learned.reference.clone(),
            role: match typed.model_role {
                RoleArg::Vote => Role::Vote,
                RoleArg::Filter => Role::Filter,
                RoleArg::Decider => Role::Decider,
            },
            enter: typed.enter,
            trained_until: record.trained_on.1,
            judged_until: judged_until(&shelf, record)?,
            in_sample: typed.in_sample,
        };
        Ok(Some(Self { model, learned, used }))
    }

    /// What was selected, among what the model was made for; all of that where nothing was said.
    ///
    /// # Errors
    /// Bars that it was not made for.
    pub(super) fn select(&self, typed: &SelectArgs) -> Result<SelectArgs, UsageError> {
        let own = &self.learned;
        let title = &self.used.title;
        if let Some(timeframe) = typed.timeframe.filter(|timeframe| *timeframe != own.timeframe) {
            return Err(UsageError(format!("{title} was made for bars of {}, not of {timeframe}", own.timeframe)));
        }
        if let Some(symbol) = typed.symbols.iter().find(|symbol| !own.symbols.contains(symbol)) {
            let hint = nearest(symbol.as_str(), own.symbols.iter().map(mem_types::Symbol::as_str));
            return Err(UsageError(format!("{title} was not made for {symbol}{hint}; live it would not be asked")));
        }
        let symbols = if typed.symbols.is_empty() { own.symbols.clone() } else { typed.symbols.clone() };
        let venue = typed.venue.clone().or_else(|| own.venue.clone());
        Ok(SelectArgs { venue, symbols, timeframe: Some(own.timeframe) })
    }
}

/// When the last bar was decided that its gate judged it by.
fn judged_until(shelf: &Shelf, record: &ModelRecord) -> anyhow::Result<Option<mem_types::Timestamp>> {
    let all = shelf.records().evaluations(usize::MAX)?;
    let own = all.into_iter().filter(|one| u64::try_from(one.candidate_id).is_ok_and(|id| id == record.id.0));
    Ok(own.map(|one| one.test_to).max())
}

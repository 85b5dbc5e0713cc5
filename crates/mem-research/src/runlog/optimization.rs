//! Optimisations: every trial is a row of a table.

use std::path::{Path, PathBuf};

use mem_indicators::ParamValue;
use mem_store::table::{Column, TableFormat, write_table};
use serde::{Deserialize, Serialize};

use super::files::Table;
use super::kept::{Brief, Identity, Kept, Kind, Unit};
use super::{RUN_FILE, RunLog, create_folder, read_json};
use crate::error::ResearchError;
use crate::optimize::{Best, Figures, Finalist, GeneRange, Generation, Judged, Optimization, OptimizeConfig, Trial};

const TRIALS_FILE: &str = "trials.parquet";

/// How a figure is read and how it is put back.
type Get = fn(&Figures) -> Option<f64>;
type Set = fn(&mut Figures, Option<f64>);

/// Columns beside those of the genes; a gene of one of these names gets an underscore behind it.
const FIGURES: [(&str, Get, Set); 11] = [
    ("total_return", |f| f.total_return, |f, value| f.total_return = value),
    ("annual_return", |f| f.annual_return, |f, value| f.annual_return = value),
    ("volatility", |f| f.volatility, |f, value| f.volatility = value),
    ("sharpe", |f| f.sharpe, |f, value| f.sharpe = value),
    ("sortino", |f| f.sortino, |f, value| f.sortino = value),
    ("calmar", |f| f.calmar, |f, value| f.calmar = value),
    ("max_drawdown", |f| f.max_drawdown, |f, value| f.max_drawdown = value),
    ("win_rate", |f| f.win_rate, |f, value| f.win_rate = value),
    ("profit_factor", |f| f.profit_factor, |f, value| f.profit_factor = value),
    ("exposure", |f| f.exposure, |f, value| f.exposure = value),
    ("turnover", |f| f.turnover, |f, value| f.turnover = value),
];

/// What `run.json` says of an optimisation.
#[derive(Debug, Serialize, Deserialize)]
pub struct OptimizationContent {
    config: OptimizeConfig,
    series: Vec<Judged>,
    possible: Option<u64>,
    trials: usize,
    generations: Vec<Generation>,
    best: Option<Best>,
    finalists: Vec<Finalist>,
}

impl Kept for Optimization {
    const KIND: Kind = Kind::Optimization;

    type Content = OptimizationContent;

    fn id(&self) -> &str {
        &self.id
    }

    fn identity(&self) -> Identity {
        Identity { id: self.id.clone(), code_version: self.code_version.clone(), partial: self.partial }
    }

    fn content_id(&self) -> String {
        Self::content_id(self)
    }

    fn content(&self) -> OptimizationContent {
        OptimizationContent {
            config: self.config.clone(),
            series: self.series.clone(),
            possible: self.possible,
            trials: self.trials.len(),
            generations: self.generations.clone(),
            best: self.best.clone(),
            finalists: self.finalists.clone(),
        }
    }

    fn brief(content: &OptimizationContent) -> Brief {
        let OptimizationContent { config, series, trials, best, .. } = content;
        let title =
            format!("{} on {} bars: {} searched", config.strategy, config.timeframe, config.gene_names().join(", "));
        let brief = Brief::new(title, config.strategy.clone(), config.timeframe, series.iter().map(|one| &one.key))
            .with("trials", Some(*trials as f64), Unit::Count)
            .with_text("made large", Some(config.fitness.to_string()))
            .with("best", best.as_ref().map(|best| best.fitness), Unit::Ratio);
        if config.holdout > 0.0 {
            brief.with("held out", best.as_ref().and_then(|best| best.holdout_fitness), Unit::Ratio)
        } else {
            brief
        }
    }

    fn write_tables(&self, folder: &Path) -> Result<(), ResearchError> {
        Ok(write_table(&folder.join(TRIALS_FILE), TableFormat::Parquet, &columns(self))?)
    }

    fn read(identity: &Identity, _log: &RunLog, folder: &Path) -> Result<Self, ResearchError> {
        let OptimizationContent { config, series, possible, generations, best, finalists, .. } =
            read_json(&folder.join(RUN_FILE))?;
        let trials = read_trials(&config, &folder.join(TRIALS_FILE))?;
        let Identity { id, code_version, partial } = identity.clone();
        Ok(Self { id, code_version, config, partial, series, possible, trials, generations, best, finalists })
    }

    fn export(&self, format: TableFormat, folder: &Path) -> Result<Vec<PathBuf>, ResearchError> {
        create_folder(folder)?;
        let path = folder.join(format!("{}-trials.{}", self.id, format.extension()));
        write_table(&path, format, &columns(self))?;
        Ok(vec![path])
    }
}

/// The column of a gene.
fn column_name(gene: &str) -> String {
    let taken = ["trial", "generation", "fitness", "trades", "failure"].contains(&gene)
        || FIGURES.iter().any(|(name, _, _)| *name == gene);
    if taken { format!("{gene}_") } else { gene.to_owned() }
}

fn columns(optimization: &Optimization) -> Vec<(String, Column)> {
    let trials = &optimization.trials;
    let int = |value: &dyn Fn(usize, &Trial) -> usize| {
        Column::Int(trials.iter().enumerate().map(|(index, trial)| Some(value(index, trial) as i64)).collect())
    };
    let mut columns = vec![
        ("trial".to_owned(), int(&|index, _| index)),
        ("generation".to_owned(), int(&|_, trial| trial.generation)),
    ];
    for (place, gene) in optimization.config.genes.iter().enumerate() {
        let values = trials.iter().map(|trial| &trial.values[place]);
        let column = match &gene.range {
            GeneRange::Int { .. } => Column::Int(values.map(whole).collect()),
            GeneRange::Float { .. } => Column::Float(values.map(number).collect()),
            GeneRange::Choice { .. } => Column::Text(values.map(|value| Some(value.to_string())).collect()),
        };
        columns.push((column_name(&gene.name), column));
    }
    columns.push(("fitness".to_owned(), Column::Float(trials.iter().map(|trial| trial.fitness).collect())));
    columns.push(("trades".to_owned(), int(&|_, trial| trial.figures.trades)));
    for (name, value, _) in FIGURES {
        let values = trials.iter().map(|trial| value(&trial.figures)).collect();
        columns.push((name.to_owned(), Column::Float(values)));
    }
    columns.push(("failure".to_owned(), Column::Text(trials.iter().map(|trial| trial.failure.clone()).collect())));
    columns
}

fn whole(value: &ParamValue) -> Option<i64> {
    match value {
        ParamValue::Int(value) => Some(*value),
        ParamValue::Float(_) | ParamValue::Choice(_) => None,
    }
}

fn number(value: &ParamValue) -> Option<f64> {
    match value {
        ParamValue::Float(value) => Some(*value),
        ParamValue::Int(_) | ParamValue::Choice(_) => None,
    }
}

fn read_trials(config: &OptimizeConfig, path: &Path) -> Result<Vec<Trial>, ResearchError> {
    let table = Table::read(path)?;
    let (generations, fitness) = (table.ints("generation")?, table.floats("fitness")?);
    let (trades, failures) = (table.ints("trades")?, table.texts("failure")?);
    let mut trials: Vec<Trial> = (0..generations.len())
        .map(|row| {
            let figures = Figures { trades: table.position(trades, row)?, ..Figures::default() };
            Ok(Trial {
                values: Vec::with_capacity(config.genes.len()),
                generation: table.position(generations, row)?,
                fitness: fitness[row],
                failure: failures[row].clone(),
                figures,
            })
        })
        .collect::<Result<_, ResearchError>>()?;
    for gene in &config.genes {
        let name = column_name(&gene.name);
        for (row, trial) in trials.iter_mut().enumerate() {
            trial.values.push(match &gene.range {
                GeneRange::Int { .. } => ParamValue::Int(table.present(table.ints(&name)?, row)?),
                GeneRange::Float { .. } => ParamValue::Float(table.present(table.floats(&name)?, row)?),
                GeneRange::Choice { .. } => ParamValue::Choice(table.present(table.texts(&name)?, row)?),
            });
        }
    }
    for (name, _, set) in FIGURES {
        for (trial, value) in trials.iter_mut().zip(table.floats(name)?) {
            set(&mut trial.figures, *value);
        }
    }
    Ok(trials)
}

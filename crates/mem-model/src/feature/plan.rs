//! A feature set made ready to compute: every part once, however many features use it.

use std::collections::HashMap;

use mem_indicators::{Indicator, IndicatorSpec, Params};
use mem_types::Timeframe;

use super::FeatureError;
use super::calendar::Calendar;
use super::expr::{Column, Expr, SentimentMeasure, position, resolve};
use super::join::{Reference, Sentiment};
use super::machine::Machine;
use super::set::FeatureSet;

/// Slots of the bar's own columns, in the order of [`Column`].
pub(super) const BAR_SLOTS: usize = 5;

/// A value of another series or of the calendar, and the slot that it goes to.
#[derive(Debug)]
pub(super) enum Leaf {
    /// A column of the reference at that position, if not older than so many nanoseconds.
    Reference(usize, Column, i64),
    /// A measure of the scores at that position.
    Sentiment(usize, SentimentMeasure),
    Calendar(Calendar),
}

/// An indicator whose outputs go to the slots from `first` on.
pub(super) struct Block {
    spec: &'static IndicatorSpec,
    params: Params,
    pub(super) indicator: Box<dyn Indicator>,
    pub(super) first: usize,
}

impl Block {
    pub(super) fn outputs(&self) -> usize {
        self.spec.outputs.len()
    }
}

/// A machine that reads slots before its own.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) machine: Machine,
    pub(super) inputs: [usize; 2],
    pub(super) slot: usize,
}

/// What is computed at each bar, in order: indicators, leaves, steps. Each result has a slot; a feature is one of the slots.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) slots: usize,
    pub(super) blocks: Vec<Block>,
    pub(super) references: Vec<Reference>,
    pub(super) sentiments: Vec<Sentiment>,
    pub(super) leaves: Vec<(usize, Leaf)>,
    pub(super) steps: Vec<Step>,
    /// The slot of each feature.
    pub(super) features: Vec<usize>,
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { slots, blocks, leaves, steps, features, .. } = self;
        f.debug_struct("Plan")
            .field("slots", slots)
            .field("indicators", &blocks.len())
            .field("leaves", &leaves.len())
            .field("steps", &steps.len())
            .field("features", &features.len())
            .finish()
    }
}

impl Plan {
    /// # Errors
    /// A set that does not pass its check.
    pub(super) fn new(set: &FeatureSet, timeframe: Timeframe) -> Result<Self, FeatureError> {
        set.check()?;
        let mut plan = Self { slots: BAR_SLOTS, ..Self::default() };
        let mut known = HashMap::new();
        for feature in &set.features {
            let slot = plan.slot(&feature.expr, timeframe, &mut known)?;
            plan.features.push(slot);
        }
        Ok(plan)
    }

    /// The slot of `expr`, which is planned if it is not `known` yet. Formulas are told apart by how they look to a programmer.
    fn slot(
        &mut self,
        expr: &Expr,
        timeframe: Timeframe,
        known: &mut HashMap<String, usize>,
    ) -> Result<usize, FeatureError> {
        let look = format!("{expr:?}");
        if let Some(slot) = known.get(&look) {
            return Ok(*slot);
        }
        let slot = if let Some(longer) = expr.spelled_out() {
            self.slot(&longer, timeframe, known)?
        } else if let Some(machine) = Machine::of(expr) {
            let mut inputs = [0; 2];
            for (input, part) in inputs.iter_mut().zip(expr.parts()) {
                *input = self.slot(part, timeframe, known)?;
            }
            let slot = self.take(1);
            self.steps.push(Step { machine, inputs, slot });
            slot
        } else {
            self.leaf(expr, timeframe)?
        };
        known.insert(look, slot);
        Ok(slot)
    }

    fn leaf(&mut self, expr: &Expr, timeframe: Timeframe) -> Result<usize, FeatureError> {
        let leaf = match expr {
            Expr::Bar(column) => return Ok(*column as usize),
            Expr::Indicator { name, params, output } => {
                let (spec, params) = resolve(name, params)?;
                return Ok(self.block(spec, params) + position(spec, output)?);
            }
            Expr::Reference { role, column, max_age } => {
                let known = self.references.iter().position(|known| known.role() == role);
                let at = known.unwrap_or_else(|| {
                    self.references.push(Reference::new(role));
                    self.references.len() - 1
                });
                Leaf::Reference(at, *column, timeframe.nanos().saturating_mul(*max_age as i64))
            }
            Expr::Sentiment { source, measure, half_life_hours } => {
                let known = self.sentiments.iter().position(|known| known.is(source, *half_life_hours));
                let at = known.unwrap_or_else(|| {
                    self.sentiments.push(Sentiment::new(source, *half_life_hours));
                    self.sentiments.len() - 1
                });
                Leaf::Sentiment(at, *measure)
            }
            Expr::Calendar(part) => Leaf::Calendar(*part),
            other => unreachable!("`{other}` is an operation or short for one"),
        };
        let slot = self.take(1);
        self.leaves.push((slot, leaf));
        Ok(slot)
    }

    /// The first slot of an indicator.
    fn block(&mut self, spec: &'static IndicatorSpec, params: Params) -> usize {
        let same = |block: &&Block| block.spec.name == spec.name && block.params == params;
        if let Some(block) = self.blocks.iter().find(same) {
            return block.first;
        }
        let first = self.take(spec.outputs.len());
        self.blocks.push(Block { spec, indicator: spec.stream(&params), params, first });
        first
    }

    fn take(&mut self, count: usize) -> usize {
        self.slots += count;
        self.slots - count
    }
}

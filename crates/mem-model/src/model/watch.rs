//! What the rows of a model's training were like: a reference a symbol, by which it is known whether what comes is still like them.

use std::collections::BTreeMap;

use mem_types::Symbol;
use serde::{Deserialize, Serialize};

use crate::drift::{FeatureDrift, FeatureDriftConfig};
use crate::table::Table;

/// Values of a feature of a symbol that a model carries: quantiles, 2 % apart. A hundred features are 130 kB a symbol.
const CARRIED: usize = 50;

/// The references of a model.
///
/// A feature may have a level of its own in each symbol; rows of one symbol beside those of all would seem moved, however still they lie. So a
/// symbol that the model was not trained on has no reference: nothing is known of what its rows were like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "what is watched is neither a reference a symbol nor one for all of them")]
pub enum Watch {
    /// A reference a symbol, each of its own rows.
    BySymbol {
        /// The symbols that the model was trained on.
        by_symbol: BTreeMap<Symbol, FeatureDrift>,
    },
    /// One reference for the rows of all symbols together, as older models have it: what differs from symbol to symbol seems moved.
    Pooled(FeatureDrift),
}

impl Watch {
    /// References of the rows of each symbol, in the order of time; none of a symbol without rows. P-values are corrected for the features of
    /// all symbols.
    pub fn over(rows: impl IntoIterator<Item = (Symbol, Table)>) -> Self {
        let series: BTreeMap<Symbol, Table> = rows.into_iter().filter(|(_, table)| table.rows() > 0).collect();
        let config = FeatureDriftConfig { reference: CARRIED, among: series.len(), ..FeatureDriftConfig::default() };
        let reference = |(symbol, table)| (symbol, FeatureDrift::new(&table, config));
        Self::BySymbol { by_symbol: series.into_iter().map(reference).collect() }
    }

    /// By what the rows of `symbol` are judged; `None` for a symbol that the model was not trained on.
    pub fn of(&self, symbol: &Symbol) -> Option<&FeatureDrift> {
        match self {
            Self::BySymbol { by_symbol } => by_symbol.get(symbol),
            Self::Pooled(reference) => Some(reference),
        }
    }

    /// Whether all symbols share one reference.
    pub fn is_pooled(&self) -> bool {
        matches!(self, Self::Pooled(_))
    }

    /// All of them.
    pub(super) fn references(&self) -> impl Iterator<Item = &FeatureDrift> {
        let (by_symbol, pooled) = match self {
            Self::BySymbol { by_symbol } => (Some(by_symbol.values()), None),
            Self::Pooled(reference) => (None, Some(reference)),
        };
        by_symbol.into_iter().flatten().chain(pooled)
    }
}

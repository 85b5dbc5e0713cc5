//! What a forest rests on.

use super::{Forest, Node};

/// How much one feature is used.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Importance {
    /// Splits on it.
    pub splits: u64,
    /// Sum of the gains of those splits, in the unit of whoever trained the forest.
    pub gain: f64,
}

impl Forest {
    /// How much each feature is used.
    pub fn importance(&self) -> Vec<Importance> {
        let mut all = vec![Importance::default(); self.features()];
        for node in self.parts.trees.iter().flat_map(|tree| &tree.nodes) {
            if let Node::Split { feature, gain, .. } = node {
                all[*feature].splits += 1;
                all[*feature].gain += gain;
            }
        }
        all
    }
}

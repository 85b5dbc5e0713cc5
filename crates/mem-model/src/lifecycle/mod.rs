//! The life of a model: who it is, where it stands, and by which rules it comes to decide, or ceases to.
//!
//! Everything here is a plain function of what is given to it: it reads no clock and no file. Whoever drives it puts every
//! [`StageChange`](record::StageChange) and every [`Verdict`](rollout::Verdict) on record.
//!
//! Modules in reading order: [`version`] and [`stage`] (words), [`record`] (a model and its lineage), [`registry`] (all of them, and which one
//! decides), [`confidence`] (bounds on a mean that may be looked at all the time), [`rollout`] (shadow, canary, full, and back), [`trigger`] (when the next is trained).

pub mod confidence;
pub mod record;
pub mod registry;
pub mod rollout;
pub mod stage;
pub mod trigger;
pub mod version;

pub use confidence::ConfidenceSequence;
pub use record::{Artefact, ModelId, ModelRecord, Scope, StageChange};
pub use registry::{NewModel, Registry, RegistryError};
pub use rollout::{Rollout, RolloutConfig, Seen, Verdict};
pub use stage::Stage;
pub use trigger::{Facts, RetrainConfig, Trigger};
pub use version::Version;

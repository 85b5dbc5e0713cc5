//! Decisions and their outcomes in; similar past situations, calibrated confidence and tested patterns out.
//!
//! A [`Case`] is a decision with what the market looked like; its [`Outcome`] comes when its trade is over. [`Memory::judge`] looks for the
//! cases most like a new situation whose outcome was known by then, and moves the strategy's confidence by a bounded amount towards what became of
//! them. Whether that helps is measured as it goes along ([`uplift`]). [`discovery`] looks for rules that won more often than the rest, and
//! [`patterns`] watches what becomes of them afterwards.
//!
//! Plain functions of data: no I/O, no clock, no randomness. Nothing later than the question has any influence on the answer.
//!
//! ```
//! use mem_memory::{Case, Memory, MemoryConfig, Outcome};
//! use mem_types::{PositionSide, Timestamp};
//!
//! let mut memory = Memory::new(MemoryConfig { min_support: 3, ..MemoryConfig::default() }, 1);
//! for id in 0..40 {
//!     // Low readings won, high ones lost.
//!     let reading = f64::from(id % 2);
//!     let at = Timestamp::from_nanos(i64::from(id) * 10);
//!     memory.remember(Case { id: u64::from(id as u32), at, side: PositionSide::Long, confidence: 60.0, features: vec![reading] });
//!     let closed_at = Timestamp::from_nanos(i64::from(id) * 10 + 5);
//!     memory.resolve(u64::from(id as u32), Outcome { closed_at, return_pct: if reading < 0.5 { 1.0 } else { -1.0 } });
//! }
//! let now = Timestamp::from_nanos(1_000);
//! let low = memory.judge(now, PositionSide::Long, 60.0, &[0.0]);
//! let high = memory.judge(now, PositionSide::Long, 60.0, &[1.0]);
//! assert!(low.adjusted > 60.0 && high.adjusted < 60.0);
//! ```

pub mod calibration;
mod case;
pub mod discovery;
mod evidence;
mod memory;
pub mod patterns;
mod recall;
pub mod uplift;

pub use case::{Case, Outcome, Remembered};
pub use memory::{Judgement, Memory, MemoryConfig};
pub use recall::Similar;

//! What is sent of a running engine: wire structs, made from the engine's own types.
//!
//! Times are milliseconds since the Unix epoch; what is undefined is null. Exact amounts (quantities, prices of fills) are decimal
//! text, what is derived from them are numbers.

pub mod alert;
pub mod board;
pub mod feed;
pub mod figures;
pub mod health;
pub mod log;
pub mod market;
pub mod order;
pub mod signal;
pub mod trade;

pub use alert::{AlertView, AlertsData, WatchedView};
pub use board::{BoardView, PositionView};
pub use feed::{FeedHealthView, FeedState, LatencyView};
pub use figures::{FiguresView, MetricsData};
pub use health::{HealthHistory, HealthView};
pub use log::LogView;
pub use market::{BarsData, LatestView, PricesData, QuoteData, TradesData};
pub use order::{FillView, OrderView};
pub use signal::SignalView;
pub use trade::TradeView;

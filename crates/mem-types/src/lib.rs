//! The words of MEM.
//!
//! What comes in: nothing. What goes out: the types that every other crate speaks. This crate does no I/O, is not
//! async and reads no clock.
//!
//! Modules in reading order: [`time`] and [`timeframe`] (when), [`market`] (where and what), [`bars`] (candles as
//! columns), [`resample`] (longer bars from shorter ones, closed ones only), [`tick`] (trades, quotes, funding),
//! [`bar_builder`] and [`information_bars`] (candles out of trades), [`signal`] (what a strategy decides), [`order`] (what is asked of an
//! exchange), [`near`] (names that were mistyped).

pub mod bar_builder;
pub mod bars;
pub mod information_bars;
pub mod market;
pub mod near;
pub mod order;
pub mod resample;
pub mod signal;
pub mod tick;
pub mod time;
pub mod timeframe;

pub use bar_builder::{BarBuilder, LateTrade, VolumeSum};
pub use bars::{Bar, BarFault, Bars, BarsError, BarsRef};
pub use information_bars::{BarSpec, BarSpecError, InformationBars};
pub use market::{Asset, NameError, SeriesKey, Symbol, Venue};
pub use order::{
    BracketRequest, ClientOrderId, EndReason, Fill, FillId, InvalidOrder, Liquidity, OcoRequest, OrderId, OrderRequest,
    OrderState, OrderStatus, OrderType, Side, TimeInForce, Trail,
};
pub use resample::{Resampled, Resampler, resample};
pub use signal::{Action, Decision, Decisions, Intent, PositionSide, Signal};
pub use tick::{Aggressor, Funding, Quote, Trade};
pub use time::{TimeError, Timestamp};
pub use timeframe::{Timeframe, TimeframeError, TimeframeUnit};

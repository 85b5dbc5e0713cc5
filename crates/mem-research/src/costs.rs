//! What trading costs besides fees: slippage of market orders, and carry (funding, borrow) while a position is open.

pub(crate) mod carry;
pub(crate) mod slippage;

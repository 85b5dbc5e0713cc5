//! Orders that risk has approved. The fields are private: nobody else can make one.

use mem_types::{ClientOrderId, OrderRequest, OrderType, PositionSide, Side, TimeInForce};
use rust_decimal::Decimal;

use super::Proposal;
use crate::order::Purpose;

/// An order that may be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    request: OrderRequest,
    purpose: Purpose,
    decision: u64,
}

/// An order was to pass as an exit that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{side:?} {qty} does not reduce a position of {position}")]
pub struct NotAReduction {
    /// Which way it goes.
    pub side: Side,
    /// How much.
    pub qty: Decimal,
    /// What is held.
    pub position: Decimal,
}

impl Approved {
    pub(super) fn entry(proposal: &Proposal<'_>, qty: Decimal, name: ClientOrderId, decision: u64) -> Self {
        let side = match proposal.side {
            PositionSide::Long => Side::Buy,
            PositionSide::Short => Side::Sell,
        };
        let request = OrderRequest {
            client_order_id: name,
            symbol: proposal.instrument.symbol.clone(),
            side,
            order_type: OrderType::Market,
            qty,
            tif: TimeInForce::Ioc,
            post_only: false,
            reduce_only: false,
        };
        Self { request, purpose: Purpose::Entry, decision }
    }

    pub(super) fn exit(
        request: OrderRequest,
        position: Decimal,
        purpose: Purpose,
        decision: u64,
    ) -> Result<Self, NotAReduction> {
        let (side, qty) = (request.side, request.qty);
        let opposite = match side {
            Side::Sell => position > Decimal::ZERO,
            Side::Buy => position < Decimal::ZERO,
        };
        let reduces = opposite && qty > Decimal::ZERO && qty <= position.abs() && !purpose.opens();
        if !reduces || request.validate().is_err() {
            return Err(NotAReduction { side, qty, position });
        }
        Ok(Self { request: OrderRequest { reduce_only: true, ..request }, purpose, decision })
    }

    /// What is asked for.
    pub fn request(&self) -> &OrderRequest {
        &self.request
    }

    pub(crate) fn into_parts(self) -> (OrderRequest, Purpose, u64) {
        (self.request, self.purpose, self.decision)
    }
}

//! What risk is told of the account and the market at the moment of a proposal.

use mem_trade::exact::float;
use mem_trade::risk::{Exposure, Surroundings};
use mem_types::time::NANOS_PER_SECOND;

use super::engine::Engine;

impl Engine {
    /// What stands in each symbol: positions, and entries that may still fill.
    pub(super) fn exposures(&self, market: usize) -> Vec<Exposure<'_>> {
        let correlation = self.risk().config().correlation;
        let mut exposures: Vec<Exposure<'_>> = Vec::with_capacity(self.held.len() + 1);
        for held in &self.held {
            let of = &self.markets[held.market];
            let mut exposure =
                Exposure { symbol: &of.instrument.symbol, notional: held.units * of.last, correlation: None };
            if held.market != market && correlation.bars > 0 {
                exposure.correlation = self.markets[market].window.correlation(&of.window, correlation.bars);
            }
            exposures.push(exposure);
        }
        for order in self.account.orders.iter().filter(|order| order.purpose.opens()) {
            let Some(index) = self.index.get(&order.request.symbol) else { continue };
            let of = &self.markets[*index];
            let units = float(order.request.side.signed(order.open_qty()));
            let correlation = (*index != market && correlation.bars > 0)
                .then(|| self.markets[market].window.correlation(&of.window, correlation.bars))
                .flatten();
            exposures.push(Exposure { symbol: &of.instrument.symbol, notional: units * of.last, correlation });
        }
        exposures
    }

    /// What is known, with `exposures` as [`Engine::exposures`] gives them.
    pub(super) fn surroundings<'a>(&'a self, market: usize, exposures: &'a [Exposure<'a>]) -> Surroundings<'a> {
        let of = &self.markets[market];
        let symbol = &of.instrument.symbol;
        let minute_ago = self.now.as_nanos().saturating_sub(60 * NANOS_PER_SECOND);
        let recent = self.recent.iter().filter(|at| at.as_nanos() > minute_ago).count();
        Surroundings {
            now: self.now,
            market_now: self.market_now,
            equity: self.equity(),
            day_start_equity: self.account.day_start,
            peak_equity: self.account.peak,
            exposures,
            last_price: of.last,
            last_price_at: of.last_at,
            losing_streak: self.account.losing_streak,
            recent_orders: u32::try_from(recent).unwrap_or(u32::MAX),
            kill_switch: self.account.kill_switch.as_deref(),
            last_entry: self.account.last_entries.get(symbol).copied(),
            entry_under_way: self.account.orders.of(symbol).any(|order| order.purpose.opens()),
        }
    }
}

//! A second simulator, written for reading: every bar in turn, everything looked up again, no speed.
//!
//! It shares nothing with the first but the words, so that a slip in one shows as a difference.

use mem_research::{ExitReason, Fill, Intrabar, OnOpposite, OrdersAt, SimConfig, Sizing, Slippage};
use mem_types::{BarsRef, Decisions, Funding, Intent, PositionSide, Timeframe};

const EIGHT_HOURS: i64 = 8 * 3600 * 1_000_000_000;
const YEAR: f64 = 365.0 * 86_400e9;

#[derive(Debug, Clone)]
pub(crate) struct Trade {
    pub(crate) entry_bar: usize,
    pub(crate) exit_bar: usize,
    pub(crate) side: PositionSide,
    pub(crate) entry_price: f64,
    pub(crate) exit_price: f64,
    pub(crate) size: f64,
    pub(crate) fees: f64,
    pub(crate) carry: f64,
    pub(crate) reason: ExitReason,
    pub(crate) cash_after: f64,
    pub(crate) seen: Vec<f64>,
}

#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) trades: Vec<Trade>,
    pub(crate) equity: Vec<f64>,
    pub(crate) position: Vec<f64>,
    pub(crate) refused: usize,
    pub(crate) open_entry_bar: Option<usize>,
}

struct Position {
    long: bool,
    units: f64,
    entry_bar: usize,
    entry_price: f64,
    stop: Option<f64>,
    target: Option<f64>,
    fees: f64,
    carry: f64,
    clock: i64,
    seen: Vec<f64>,
}

/// An order made at a close, to be filled at the next open.
enum Ordered {
    Out { long: bool, reason: ExitReason },
    In { decision: mem_types::Decision, long: bool, units: f64 },
}

struct World<'a> {
    bars: BarsRef<'a>,
    funding: &'a [Funding],
    config: &'a SimConfig,
    cash: f64,
    position: Option<Position>,
    outcome: Outcome,
}

pub(crate) fn simulate_plainly(
    bars: BarsRef<'_>,
    timeframe: Timeframe,
    decisions: &Decisions,
    funding: &[Funding],
    config: &SimConfig,
) -> Outcome {
    let cash = config.initial_capital;
    let mut world = World { bars, funding, config, cash, position: None, outcome: Outcome::default() };
    let planned = config.fill == Fill::NextOpen && config.orders_at == OrdersAt::Decision;
    let mut ordered = Vec::new();
    for bar in 0..bars.len() {
        let (open, close) = (bars.open[bar], bars.close[bar]);
        let bar_end = timeframe.close_of(bars.ts(bar)).as_nanos();

        world.let_time_pass(bars.ts_ns[bar], open);
        if let Some((price, reason)) = world.level_at(&[open]) {
            world.close(bar, bar, price, reason);
        }
        for order in std::mem::take(&mut ordered) {
            match order {
                Ordered::Out { long, reason } => {
                    if world.position.as_ref().is_some_and(|position| position.long == long) {
                        world.close(bar, bar, open, reason);
                    }
                }
                Ordered::In { decision, long, units } => {
                    world.open(&decision, long, bar, bar, open, bars.ts_ns[bar], Some(units));
                }
            }
        }
        if config.fill == Fill::NextOpen && !planned && bar > 0 {
            for decision in decisions.list.iter().filter(|decision| decision.bar == bar - 1) {
                world.obey(decision, bar, bar, open, bars.ts_ns[bar]);
            }
        }

        let path = match (config.intrabar, bars.high[bar] - open <= open - bars.low[bar]) {
            // One order of the extremes, or the other, as the rule says for this side.
            (Intrabar::NearestFirst, true) => [open, bars.high[bar], bars.low[bar]],
            (Intrabar::NearestFirst, false) => [open, bars.low[bar], bars.high[bar]],
            (Intrabar::StopFirst, _) if world.is_long() => [open, bars.low[bar], bars.high[bar]],
            (Intrabar::StopFirst, _) => [open, bars.high[bar], bars.low[bar]],
            (Intrabar::TargetFirst, _) if world.is_long() => [open, bars.high[bar], bars.low[bar]],
            (Intrabar::TargetFirst, _) => [open, bars.low[bar], bars.high[bar]],
        };
        if let Some((price, reason)) = world.level_at(&path) {
            if let Some(position) = &mut world.position {
                position.seen.push(open);
            }
            world.close(bar, bar, price, reason);
        } else if let Some(position) = &mut world.position {
            position.seen.extend([bars.low[bar], bars.high[bar]]);
        }
        world.let_time_pass(bar_end - 1, close);

        if config.fill == Fill::SameClose {
            for decision in decisions.list.iter().filter(|decision| decision.bar == bar) {
                world.obey(decision, bar, bar + 1, close, bar_end - 1);
            }
        }
        let units = world.units();
        world.outcome.equity.push(world.cash + units * close);
        world.outcome.position.push(units);
        if planned && bar + 1 < bars.len() {
            ordered = world.plan(decisions.list.iter().filter(|decision| decision.bar == bar), close);
        }
    }
    world.outcome.open_entry_bar = world.position.map(|position| position.entry_bar);
    world.outcome
}

impl World<'_> {
    fn is_long(&self) -> bool {
        self.position.as_ref().is_some_and(|position| position.long)
    }

    /// Units held, negative when short.
    fn units(&self) -> f64 {
        self.position.as_ref().map_or(0.0, |p| if p.long { p.units } else { -p.units })
    }

    fn let_time_pass(&mut self, now: i64, price: f64) {
        let (cash, config, funding) = (self.cash, self.config, self.funding);
        let Some(position) = &mut self.position else { return };
        if now <= position.clock {
            return;
        }
        let mut rate = 0.0;
        if funding.is_empty() {
            let mut instant = position.clock.div_euclid(EIGHT_HOURS) * EIGHT_HOURS;
            while instant <= now {
                if instant > position.clock {
                    rate += config.funding_8h;
                }
                instant += EIGHT_HOURS;
            }
        } else {
            for payment in funding {
                if position.clock < payment.ts.as_nanos() && payment.ts.as_nanos() <= now {
                    rate += payment.rate;
                }
            }
        }
        let value = position.units * price;
        let funded = if position.long { rate * value } else { -rate * value };
        let borrowed = if position.long { (-cash).max(0.0) } else { value };
        let interest = borrowed * config.borrow_annual * (now - position.clock) as f64 / YEAR;
        position.carry += funded + interest;
        position.clock = now;
        self.cash -= funded + interest;
    }

    /// Walks through prices and says where the position ends first, if it does. The first price is a quote: what lies
    /// beyond a level there fills at it. From then on the price moves without a jump.
    fn level_at(&self, path: &[f64]) -> Option<(f64, ExitReason)> {
        let position = self.position.as_ref()?;
        // In a mirror a short is a long: all prices negated.
        let sign = if position.long { 1.0 } else { -1.0 };
        let margin = self.config.maintenance_margin;
        let liquidation = sign
            * if position.long {
                -self.cash / (position.units * (1.0 - margin))
            } else {
                self.cash / (position.units * (1.0 + margin))
            };
        let stop = position.stop.map(|stop| sign * stop);
        let target = position.target.map(|target| sign * target);
        let (floor, reason) = match stop {
            Some(stop) if stop >= liquidation => (stop, ExitReason::StopLoss),
            _ => (liquidation, ExitReason::Liquidation),
        };
        for (step, price) in path.iter().enumerate() {
            let price = sign * price;
            if price <= floor {
                return Some((if step == 0 { path[0] } else { sign * floor }, reason));
            }
            if target.is_some_and(|target| price >= target) {
                let fill = if step == 0 { path[0] } else { position.target.unwrap() };
                return Some((fill, ExitReason::TakeProfit));
            }
        }
        None
    }

    fn obey(&mut self, decision: &mem_types::Decision, bar: usize, known: usize, price: f64, now: i64) {
        let held = self.position.as_ref().map(|position| position.long);
        match decision.intent {
            Intent::ExitLong if held == Some(true) => self.close(bar, known, price, ExitReason::Signal),
            Intent::ExitShort if held == Some(false) => self.close(bar, known, price, ExitReason::Signal),
            Intent::ExitLong | Intent::ExitShort => {}
            Intent::EnterLong | Intent::EnterShort => {
                let long = decision.intent == Intent::EnterLong;
                let forbidden = !long && !self.config.allow_short;
                if held == Some(long) {
                    return;
                }
                if held == Some(!long) {
                    match self.config.on_opposite {
                        OnOpposite::Ignore => return,
                        OnOpposite::Close => {
                            self.close(bar, known, price, ExitReason::Signal);
                            return;
                        }
                        OnOpposite::Reverse => {
                            let reason = if forbidden { ExitReason::Signal } else { ExitReason::Reversal };
                            self.close(bar, known, price, reason);
                        }
                    }
                }
                if forbidden {
                    self.outcome.refused += 1;
                } else {
                    self.open(decision, long, bar, known, price, now, None);
                }
            }
        }
    }

    /// What the decisions of one bar mean to somebody who must send orders at its close.
    fn plan<'d>(&mut self, decisions: impl Iterator<Item = &'d mem_types::Decision>, close: f64) -> Vec<Ordered> {
        let mut orders = Vec::new();
        let mut long_held = self.position.as_ref().map(|position| position.long);
        for decision in decisions {
            let (enters, long) = match decision.intent {
                Intent::EnterLong => (true, true),
                Intent::EnterShort => (true, false),
                Intent::ExitLong => (false, true),
                Intent::ExitShort => (false, false),
            };
            if !enters {
                if long_held == Some(long) {
                    orders.push(Ordered::Out { long, reason: ExitReason::Signal });
                    long_held = None;
                }
                continue;
            }
            let forbidden = !long && !self.config.allow_short;
            if let Some(held) = long_held {
                if held == long || self.config.on_opposite == OnOpposite::Ignore {
                    continue;
                }
                let reverses = self.config.on_opposite == OnOpposite::Reverse;
                let reason = if reverses && !forbidden { ExitReason::Reversal } else { ExitReason::Signal };
                orders.push(Ordered::Out { long: held, reason });
                long_held = None;
                if !reverses {
                    continue;
                }
            }
            if forbidden {
                self.outcome.refused += 1;
                continue;
            }
            let worth = self.cash + self.units() * close;
            let units = self.wanted(worth, close, decision.stop_distance);
            orders.push(Ordered::In { decision: *decision, long, units });
            long_held = Some(long);
        }
        orders
    }

    fn wanted(&self, equity: f64, price: f64, stop: Option<f64>) -> f64 {
        let units = match self.config.sizing {
            Sizing::AllIn => f64::INFINITY,
            Sizing::Fraction { fraction } => equity * fraction / price,
            Sizing::Notional { notional } => notional / price,
            Sizing::Units { units } => units,
            Sizing::Risk { risk, cap } => {
                let capped = equity * cap / price;
                stop.map_or(capped, |distance| capped.min(equity * risk / distance))
            }
        };
        let lever = self.config.leverage;
        units.min(lever * equity / (1.0 + lever * self.config.fees.taker) / price)
    }

    #[allow(clippy::too_many_arguments, reason = "written for reading, not for elegance")]
    fn open(
        &mut self,
        decision: &mem_types::Decision,
        long: bool,
        bar: usize,
        known: usize,
        price: f64,
        now: i64,
        fixed: Option<f64>,
    ) {
        let sign = if long { 1.0 } else { -1.0 };
        let most = match self.config.slippage {
            Slippage::VolumeShare { limit, .. } => limit * self.usual_volume(known).unwrap_or(0.0),
            _ => f64::INFINITY,
        };
        let want =
            |price: f64| fixed.unwrap_or_else(|| self.wanted(self.cash, price, decision.stop_distance)).min(most);
        let first = want(price).max(0.0);
        let entry_price = price + sign * price * self.slippage(known, first);
        let units = want(entry_price);
        if units <= 0.0 {
            self.outcome.refused += 1;
            return;
        }
        let fees = units * entry_price * self.config.fees.taker;
        self.cash -= sign * units * entry_price;
        self.cash -= fees;
        self.position = Some(Position {
            long,
            units,
            entry_bar: bar,
            entry_price,
            stop: decision.stop_distance.map(|distance| entry_price - sign * distance),
            target: decision.target_distance.map(|distance| entry_price + sign * distance),
            fees,
            carry: 0.0,
            clock: now,
            seen: vec![entry_price],
        });
    }

    fn close(&mut self, bar: usize, known: usize, price: f64, reason: ExitReason) {
        let position = self.position.take().unwrap();
        let sign = if position.long { 1.0 } else { -1.0 };
        let rests = reason == ExitReason::TakeProfit;
        let slippage = if rests { 0.0 } else { self.slippage(known, position.units) };
        let exit_price = price - sign * price * slippage;
        let fee_rate = if rests { self.config.fees.maker } else { self.config.fees.taker };
        let fee = position.units * exit_price * fee_rate;
        self.cash += sign * position.units * exit_price;
        self.cash -= fee;
        let mut seen = position.seen;
        seen.push(exit_price);
        self.outcome.trades.push(Trade {
            entry_bar: position.entry_bar,
            exit_bar: bar,
            side: if position.long { PositionSide::Long } else { PositionSide::Short },
            entry_price: position.entry_price,
            exit_price,
            size: position.units,
            fees: position.fees + fee,
            carry: position.carry,
            reason,
            cash_after: self.cash,
            seen,
        });
    }

    fn usual_volume(&self, known: usize) -> Option<f64> {
        let volumes: Vec<f64> =
            (0..known).rev().take(20).map(|i| self.bars.volume[i]).filter(|v| !v.is_nan()).collect();
        let mean = volumes.iter().sum::<f64>() / volumes.len() as f64;
        (mean > 0.0).then_some(mean)
    }

    fn volatility(&self, known: usize) -> f64 {
        let returns: Vec<f64> =
            (1..known).rev().take(20).map(|i| self.bars.close[i] / self.bars.close[i - 1] - 1.0).collect();
        if returns.len() < 2 {
            return 0.0;
        }
        let mean = returns.iter().sum::<f64>() / returns.len() as f64;
        let variance = returns.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (returns.len() - 1) as f64;
        variance.sqrt()
    }

    fn slippage(&self, known: usize, units: f64) -> f64 {
        let rate = match self.config.slippage {
            Slippage::None => 0.0,
            Slippage::Bps { bps } => bps / 10_000.0,
            Slippage::Spread { base, cap } => {
                let mut spread = base * (1.0 + 10.0 * self.volatility(known));
                if let Some(usual) = self.usual_volume(known) {
                    let last = self.bars.volume[known - 1];
                    if last < usual / 2.0 {
                        spread *= 2.0;
                    } else if last < usual {
                        spread *= 1.5;
                    }
                }
                spread.min(cap) / 2.0
            }
            Slippage::VolumeShare { coefficient, .. } => {
                let share = self.usual_volume(known).map_or(1.0, |usual| (units / usual).min(1.0));
                coefficient * self.volatility(known) * share.sqrt()
            }
        };
        rate.min(0.5)
    }
}

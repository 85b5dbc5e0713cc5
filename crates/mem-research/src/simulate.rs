//! Bars and decisions in, trades and equity out, under the assumptions of one [`SimConfig`].
//!
//! What comes in: closed bars, what a strategy decided at their closes, funding payments. What goes out: a
//! [`Backtest`]. Nothing is read but the arguments; equal arguments give equal bits. Every assumption has its
//! paragraph in `docs/simulation.md`.
//!
//! The simulation goes from event to event: while flat no bar is looked at, while in a position bars are only searched
//! for the first that touches a level.
//!
//! Modules in reading order: `account` (cash, the position, entries and exits), `sizing` (how much), `touch` (the
//! levels that end a position, and the search for them).

mod account;
mod sizing;
mod touch;

use mem_types::{BarsRef, Decision, Decisions, Funding, Intent, PositionSide, Timeframe, Timestamp};

use crate::config::{Fill, OnOpposite, OrdersAt, SimConfig};
use crate::costs::carry::Carry;
use crate::error::ResearchError;
use crate::result::{Backtest, ExitReason, TradeRecord};
use account::{Account, EntryPlan, Moment};
use mem_types::PositionSide::{Long, Short};
use touch::first_touch;

/// Simulates `decisions` over `bars` of one series.
///
/// A decision is taken at the close of its bar and filled as [`SimConfig::fill`] says; what is decided on the last bar
/// cannot fill at a next open and is left alone. `funding` replaces [`SimConfig::funding_8h`] unless it is empty.
///
/// ```
/// use mem_research::{Fees, SimConfig, Slippage, simulate};
/// use mem_types::{Bars, Decision, Decisions, Intent, Timeframe};
///
/// let hour = Timeframe::H1.nanos();
/// let (open, close) = (vec![10.0, 11.0, 12.0], vec![11.0, 12.0, 15.0]);
/// let bars = Bars::from_columns(vec![0, hour, 2 * hour], open.clone(), close.clone(), open, close, vec![1.0; 3]).unwrap();
/// let entry =
///     Decision { bar: 0, intent: Intent::EnterLong, confidence: 100.0, stop_distance: None, target_distance: None };
/// let free = SimConfig {
///     fees: Fees { maker: 0.0, taker: 0.0 },
///     slippage: Slippage::None,
///     initial_capital: 1100.0,
///     ..SimConfig::default()
/// };
///
/// let backtest = simulate(bars.view(), Timeframe::H1, &Decisions { list: vec![entry] }, &[], &free).unwrap();
/// // Decided at the close of bar 0, filled at the open of bar 1: 100 units at 11.
/// assert_eq!(backtest.equity, [1100.0, 1200.0, 1500.0]);
/// assert_eq!(backtest.open_position.unwrap().unrealised_pnl, 400.0);
/// ```
///
/// # Errors
/// If the configuration is invalid, a decision names a bar that is not there, is out of order or has a distance that
/// is not positive, or the funding series is out of order.
pub fn simulate(
    bars: BarsRef<'_>,
    timeframe: Timeframe,
    decisions: &Decisions,
    funding: &[Funding],
    config: &SimConfig,
) -> Result<Backtest, ResearchError> {
    config.validate()?;
    check(&decisions.list, bars.len())?;
    let carry = Carry::new(funding, config)?;
    let mut simulation = Simulation::new(bars, timeframe, config, &carry, &decisions.list);
    // Prices of events lie far apart in memory. Fetched together they are waited for together; one by one, in the
    // middle of the simulation, each would be waited for alone.
    let prices: Vec<f64> = decisions.list.iter().map_while(|decision| simulation.fill_price(decision.bar)).collect();
    let mut done = 0;
    for of_one_bar in decisions.list[..prices.len()].chunk_by(|one, next| one.bar == next.bar) {
        let price = prices[done];
        done += of_one_bar.len();
        simulation.carry_out(of_one_bar[0].bar, price, of_one_bar);
    }
    simulation.walk_to(bars.len());
    Ok(simulation.account.into_backtest(simulation.equity))
}

/// How an account stands at the close of a bar.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    /// What is held.
    pub held: Option<PositionSide>,
    /// Positions that are closed by now, in order of exit. Their times are not filled in yet, their bars are.
    pub trades: &'a [TradeRecord],
}

/// Who has a say in what was decided, knowing how the account stands.
pub trait Adviser {
    /// Changes what was decided at the close of `bar`.
    fn at_close(&mut self, bar: usize, standing: Standing<'_>, decisions: &mut Vec<Decision>);
}

/// As [`simulate`], with somebody who changes decisions at the close of each bar, before they become orders.
///
/// # Errors
/// As [`simulate`], of what the adviser has made of the decisions too.
pub fn simulate_advised(
    bars: BarsRef<'_>,
    timeframe: Timeframe,
    decisions: &Decisions,
    (funding, config): (&[Funding], &SimConfig),
    adviser: &mut dyn Adviser,
) -> Result<Backtest, ResearchError> {
    config.validate()?;
    check(&decisions.list, bars.len())?;
    let carry = Carry::new(funding, config)?;
    let mut simulation = Simulation::new(bars, timeframe, config, &carry, &decisions.list);
    let (mut left, mut decided) = (decisions.list.as_slice(), Vec::new());
    for bar in 0..bars.len() {
        let (now, later) = left.split_at(left.partition_point(|decision| decision.bar == bar));
        left = later;
        simulation.walk_to(bar + 1);
        decided.clear();
        decided.extend_from_slice(now);
        let standing = Standing { held: simulation.account.side(), trades: simulation.account.trades() };
        adviser.at_close(bar, standing, &mut decided);
        check(&decided, bars.len())?;
        if let (false, Some(price)) = (decided.is_empty(), simulation.fill_price(bar)) {
            simulation.carry_out(bar, price, &decided);
        }
    }
    Ok(simulation.account.into_backtest(simulation.equity))
}

fn check(decisions: &[Decision], bars: usize) -> Result<(), ResearchError> {
    let mut previous = 0;
    for (index, decision) in decisions.iter().enumerate() {
        let odd =
            |distance: Option<f64>| distance.is_some_and(|distance| !(distance > 0.0 && distance < f64::INFINITY));
        let problem = if decision.bar >= bars {
            "there is no such bar"
        } else if decision.bar < previous {
            "it is out of order; decisions follow the bars"
        } else if odd(decision.stop_distance) {
            "the stop distance is not a positive number"
        } else if odd(decision.target_distance) {
            "the target distance is not a positive number"
        } else if !(0.0..=100.0).contains(&decision.confidence) {
            "the confidence is not within 0 to 100"
        } else {
            previous = decision.bar;
            continue;
        };
        return Err(ResearchError::Decision { index, bar: decision.bar, problem });
    }
    Ok(())
}

/// What a decision has become at the close it was taken on.
enum Order {
    Exit(PositionSide, ExitReason),
    Enter(EntryPlan),
}

/// The account on its way through the bars; as many bars are behind it as `equity` has values.
struct Simulation<'a> {
    bars: BarsRef<'a>,
    timeframe: Timeframe,
    config: &'a SimConfig,
    account: Account<'a>,
    free_carry: bool,
    equity: Vec<f64>,
}

impl<'a> Simulation<'a> {
    /// Before the first bar; `decisions` are those that are known by now.
    fn new(
        bars: BarsRef<'a>,
        timeframe: Timeframe,
        config: &'a SimConfig,
        carry: &'a Carry<'a>,
        decisions: &[Decision],
    ) -> Self {
        let is_entry = |decision: &&Decision| matches!(decision.intent, Intent::EnterLong | Intent::EnterShort);
        let account = Account::new(bars, config, carry, decisions.iter().filter(is_entry).count());
        let equity = Vec::with_capacity(bars.len());
        Self { bars, timeframe, config, account, free_carry: carry.is_free(), equity }
    }

    /// The price at which what is decided at the close of `bar` fills; `None` if the bars end before.
    fn fill_price(&self, bar: usize) -> Option<f64> {
        match self.config.fill {
            Fill::NextOpen => self.bars.open.get(bar + 1).copied(),
            Fill::SameClose => self.bars.close.get(bar).copied(),
        }
    }

    /// Does what was decided at the close of `bar`; it fills at `price`.
    fn carry_out(&mut self, bar: usize, price: f64, decisions: &[Decision]) {
        match (self.config.fill, self.config.orders_at) {
            (Fill::NextOpen, OrdersAt::Fill) => self.fill_at_open(bar + 1, price, decisions),
            (Fill::NextOpen, OrdersAt::Decision) => self.order_at_close(bar, price, decisions),
            (Fill::SameClose, _) => self.fill_at_close(bar, price, decisions),
        }
    }

    /// Brings the account to the close of the bar before `end`.
    fn walk_to(&mut self, end: usize) {
        while self.equity.len() < end {
            if self.account.is_flat() {
                self.equity.resize(end, self.account.cash());
            } else if self.free_carry {
                self.hold_to(end);
            } else {
                self.hold_one_bar();
            }
        }
    }

    /// Holds the position until a level is touched or `end` is reached, at no cost in between.
    fn hold_to(&mut self, end: usize) {
        let from = self.equity.len();
        let levels = self.account.levels();
        let low = &self.bars.low[from..end];
        let high = &self.bars.high[from..end];
        let touched = first_touch(low, high, levels.floor(), levels.ceiling(), self.account.extremes());
        let until = touched.map_or(end, |offset| from + offset);
        let (cash, qty) = (self.account.cash(), self.account.signed_qty());
        self.equity.extend(self.bars.close[from..until].iter().map(|close| cash + qty * close));
        if touched.is_some() {
            self.end_inside(until);
        }
    }

    /// Holds the position through one bar, paying for it.
    fn hold_one_bar(&mut self) {
        let index = self.equity.len();
        self.account.pay_carry(self.bars.ts_ns[index], self.bars.open[index]);
        let levels = self.account.levels();
        let bar = index..index + 1;
        let (low, high) = (&self.bars.low[bar.clone()], &self.bars.high[bar]);
        if first_touch(low, high, levels.floor(), levels.ceiling(), self.account.extremes()).is_some() {
            self.end_inside(index);
        } else {
            let close = self.bars.close[index];
            self.account.pay_carry(self.last_instant(index), close);
            self.equity.push(self.account.value(close));
        }
    }

    /// Ends the position inside a bar that touches a level.
    fn end_inside(&mut self, index: usize) {
        let levels = self.account.levels();
        let (price, reason) = levels.exit_within(self.bars.bar(index), self.config.intrabar);
        self.account.see(self.bars.open[index]);
        self.account.exit(Moment { bar: index, closed: index, price, instant_ns: 0 }, reason);
        self.equity.push(self.account.cash());
    }

    /// Fills what was decided on the bar before at the open of `index`, which is `price`.
    fn fill_at_open(&mut self, index: usize, price: f64, decisions: &[Decision]) {
        let moment = self.open_at(index, price);
        self.apply(decisions, moment);
    }

    /// Makes orders of what was decided at the close of bar `index`, and fills them at the next open, which is `price`.
    fn order_at_close(&mut self, index: usize, price: f64, decisions: &[Decision]) {
        self.walk_to(index + 1);
        let (close, mut side) = (self.bars.close[index], self.account.side());
        let mut orders = Vec::new();
        for decision in decisions {
            self.order(decision, close, &mut side, &mut orders);
        }
        let moment = self.open_at(index + 1, price);
        for order in orders {
            match order {
                Order::Exit(held, reason) if self.account.side() == Some(held) => self.account.exit(moment, reason),
                Order::Exit(..) => {}
                Order::Enter(plan) => self.account.enter(moment, plan),
            }
        }
    }

    /// Adds the orders that a decision makes at a close to those of the same bar; `side` is what they leave.
    fn order(&mut self, decision: &Decision, close: f64, side: &mut Option<PositionSide>, orders: &mut Vec<Order>) {
        let wanted = match decision.intent {
            Intent::ExitLong | Intent::ExitShort => {
                let of = if decision.intent == Intent::ExitLong { Long } else { Short };
                if *side == Some(of) {
                    orders.push(Order::Exit(of, ExitReason::Signal));
                    *side = None;
                }
                return;
            }
            Intent::EnterLong => Long,
            Intent::EnterShort => Short,
        };
        let allowed = wanted == Long || self.config.allow_short;
        if let Some(held) = *side {
            let reason = match self.config.on_opposite {
                _ if held == wanted => return,
                OnOpposite::Ignore => return,
                OnOpposite::Reverse if allowed => ExitReason::Reversal,
                OnOpposite::Close | OnOpposite::Reverse => ExitReason::Signal,
            };
            orders.push(Order::Exit(held, reason));
            *side = None;
            if self.config.on_opposite == OnOpposite::Close {
                return;
            }
        }
        if !allowed {
            return self.account.refuse();
        }
        let Decision { confidence, stop_distance, target_distance, .. } = *decision;
        let units = Some(self.account.units(close, stop_distance));
        orders.push(Order::Enter(EntryPlan { side: wanted, confidence, stop_distance, target_distance, units }));
        *side = Some(wanted);
    }

    /// Brings the account to the open of `index`, which is `price`.
    fn open_at(&mut self, index: usize, price: f64) -> Moment {
        self.walk_to(index);
        let instant_ns = if self.free_carry { 0 } else { self.bars.ts_ns[index] };
        let moment = Moment { bar: index, closed: index, price, instant_ns };
        if !self.account.is_flat() {
            self.account.pay_carry(instant_ns, price);
            // Orders that rest at the venue come before those that arrive with the open.
            if let Some(reason) = self.account.levels().exit_at_open(price) {
                self.account.exit(moment, reason);
            }
        }
        moment
    }

    /// Fills what was decided on bar `index` at its close, which is `price`.
    fn fill_at_close(&mut self, index: usize, price: f64, decisions: &[Decision]) {
        self.walk_to(index + 1);
        let instant_ns = if self.free_carry { 0 } else { self.last_instant(index) };
        self.apply(decisions, Moment { bar: index, closed: index + 1, price, instant_ns });
        self.equity[index] = self.account.value(price);
    }

    fn apply(&mut self, decisions: &[Decision], moment: Moment) {
        for decision in decisions {
            match decision.intent {
                Intent::ExitLong => self.leave(Long, moment),
                Intent::ExitShort => self.leave(Short, moment),
                Intent::EnterLong => self.enter(Long, decision, moment),
                Intent::EnterShort => self.enter(Short, decision, moment),
            }
        }
    }

    fn leave(&mut self, side: PositionSide, moment: Moment) {
        if self.account.side() == Some(side) {
            self.account.exit(moment, ExitReason::Signal);
        }
    }

    fn enter(&mut self, side: PositionSide, decision: &Decision, moment: Moment) {
        let allowed = side == Long || self.config.allow_short;
        match self.account.side() {
            None => {}
            Some(held) if held == side => return,
            Some(_) => match self.config.on_opposite {
                OnOpposite::Ignore => return,
                OnOpposite::Close => return self.account.exit(moment, ExitReason::Signal),
                OnOpposite::Reverse if allowed => self.account.exit(moment, ExitReason::Reversal),
                OnOpposite::Reverse => self.account.exit(moment, ExitReason::Signal),
            },
        }
        if !allowed {
            return self.account.refuse();
        }
        let Decision { confidence, stop_distance, target_distance, .. } = *decision;
        self.account.enter(moment, EntryPlan { side, confidence, stop_distance, target_distance, units: None });
    }

    /// The last instant of a bar: the next bar's open belongs to the next bar.
    fn last_instant(&self, index: usize) -> i64 {
        self.timeframe.close_of(Timestamp::from_nanos(self.bars.ts_ns[index])).as_nanos() - 1
    }
}

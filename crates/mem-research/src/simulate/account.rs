//! Cash, the position, and what entries and exits do to them.

use mem_types::{BarsRef, PositionSide, Timestamp};

use super::sizing;
use super::touch::{Extremes, Levels};
use crate::config::SimConfig;
use crate::costs::carry::{Carry, Held};
use crate::result::{Backtest, ExitReason, OpenPosition, TradeRecord};

/// Room for so many trades is made at once; more grow as they come.
const TRADES_RESERVED: usize = 32_768;

/// When and at which price an order meets the market.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    /// The bar that it happens in.
    pub(super) bar: usize,
    /// How many bars have closed before.
    pub(super) closed: usize,
    /// The price aimed at.
    pub(super) price: f64,
    /// The instant from which a new position pays carry, nanoseconds; not read where carry is free.
    pub(super) instant_ns: i64,
}

/// What an entry asks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct EntryPlan {
    pub(super) side: PositionSide,
    pub(super) confidence: f64,
    pub(super) stop_distance: Option<f64>,
    pub(super) target_distance: Option<f64>,
    /// Units fixed when it was ordered; `None`: by the rule, when it fills.
    pub(super) units: Option<f64>,
}

/// An open position.
#[derive(Debug)]
struct Holding {
    side: PositionSide,
    signed_qty: f64,
    entry_bar: usize,
    entry_price: f64,
    confidence: f64,
    stop: Option<f64>,
    target: Option<f64>,
    entry_fee: f64,
    carry: f64,
    carry_paid_to_ns: i64,
    extremes: Extremes,
}

impl Holding {
    /// Profit at a price before all costs.
    fn gross(&self, price: f64) -> f64 {
        self.signed_qty * (price - self.entry_price)
    }
}

/// One account over one series.
#[derive(Debug)]
pub(super) struct Account<'a> {
    bars: BarsRef<'a>,
    config: &'a SimConfig,
    carry: &'a Carry<'a>,
    cash: f64,
    holding: Option<Holding>,
    /// Their times are filled in at the end.
    trades: Vec<TradeRecord>,
    position_changes: Vec<(usize, f64)>,
    fees_paid: f64,
    carry_paid: f64,
    traded_notional: f64,
    refused_entries: usize,
}

impl<'a> Account<'a> {
    /// There will be at most `entries` trades.
    pub(super) fn new(bars: BarsRef<'a>, config: &'a SimConfig, carry: &'a Carry<'a>, entries: usize) -> Self {
        Self {
            bars,
            config,
            carry,
            cash: config.initial_capital,
            holding: None,
            trades: Vec::with_capacity(entries.min(TRADES_RESERVED)),
            position_changes: if bars.is_empty() { Vec::new() } else { vec![(0, 0.0)] },
            fees_paid: 0.0,
            carry_paid: 0.0,
            traded_notional: 0.0,
            refused_entries: 0,
        }
    }

    pub(super) fn is_flat(&self) -> bool {
        self.holding.is_none()
    }

    pub(super) fn side(&self) -> Option<PositionSide> {
        self.holding.as_ref().map(|holding| holding.side)
    }

    /// Positions closed so far; their times are filled in at the end.
    pub(super) fn trades(&self) -> &[TradeRecord] {
        &self.trades
    }

    /// Quote currency in hand, position not counted.
    pub(super) fn cash(&self) -> f64 {
        self.cash
    }

    /// Base units held, negative for shorts.
    pub(super) fn signed_qty(&self) -> f64 {
        self.holding.as_ref().map_or(0.0, |holding| holding.signed_qty)
    }

    /// What the account is worth at a price.
    pub(super) fn value(&self, price: f64) -> f64 {
        self.cash + self.signed_qty() * price
    }

    fn held(&mut self) -> &mut Holding {
        self.holding.as_mut().expect("levels, extremes, carry and exits are asked for only while a position is open")
    }

    /// The lowest and highest prices that the open position has seen.
    pub(super) fn extremes(&mut self) -> &mut Extremes {
        &mut self.held().extremes
    }

    /// Takes note of a price that the open position has seen.
    pub(super) fn see(&mut self, price: f64) {
        self.extremes().see(price);
    }

    /// The levels that end the open position as things stand.
    ///
    /// Liquidation: where equity falls to `maintenance_margin` of the position's value, `cash + qty p = m |qty| p`.
    pub(super) fn levels(&mut self) -> Levels {
        let (cash, margin) = (self.cash, self.config.maintenance_margin);
        let holding = self.held();
        let side = holding.side;
        let liquidation = -cash / (holding.signed_qty - margin * holding.signed_qty.abs());
        let (stop, target, stop_first) = match side {
            PositionSide::Long => {
                let stop = holding.stop.unwrap_or(f64::NEG_INFINITY);
                (stop, holding.target.unwrap_or(f64::INFINITY), stop >= liquidation)
            }
            PositionSide::Short => {
                let stop = holding.stop.unwrap_or(f64::INFINITY);
                (stop, holding.target.unwrap_or(f64::NEG_INFINITY), stop <= liquidation)
            }
        };
        let (protective, reason) =
            if stop_first { (stop, ExitReason::StopLoss) } else { (liquidation, ExitReason::Liquidation) };
        Levels { side, protective, reason, target }
    }

    /// Pays funding and interest of the open position up to an instant, the position valued at `price`.
    pub(super) fn pay_carry(&mut self, instant_ns: i64, price: f64) {
        let (carry, cash) = (self.carry, self.cash);
        let holding = self.held();
        if carry.is_free() || instant_ns <= holding.carry_paid_to_ns {
            return;
        }
        let held = Held { signed_qty: holding.signed_qty, price, cash };
        let cost = carry.cost(holding.carry_paid_to_ns, instant_ns, held);
        holding.carry += cost;
        holding.carry_paid_to_ns = instant_ns;
        self.carry_paid += cost;
        self.cash -= cost;
    }

    /// Units that the rule gives at a price as things stand, before any limit of the market.
    pub(super) fn units(&self, price: f64, stop_distance: Option<f64>) -> f64 {
        sizing::units(self.config, self.value(price), price, stop_distance)
    }

    /// Counts an entry that is not made.
    pub(super) fn refuse(&mut self) {
        self.refused_entries += 1;
    }

    /// Opens a position, or counts a refusal if there is no money or nothing to be had. The account is flat.
    pub(super) fn enter(&mut self, moment: Moment, plan: EntryPlan) {
        let Moment { bar, closed, price, instant_ns } = moment;
        let sign = plan.side.sign();
        let slippage = self.config.slippage;
        let limit = slippage.entry_limit(self.bars, closed);
        let wanted = |price| plan.units.unwrap_or_else(|| self.units(price, plan.stop_distance)).min(limit);
        // Impact depends on the quantity and the quantity on the price: the price aimed at gives the first of them.
        let fill = price * (1.0 + sign * slippage.rate(self.bars, closed, wanted(price).max(0.0)));
        let qty = wanted(fill);
        if !(qty > 0.0 && qty < f64::INFINITY) {
            return self.refuse();
        }
        let notional = qty * fill;
        let fee = notional * self.config.fees.taker;
        self.cash -= sign * notional + fee;
        self.fees_paid += fee;
        self.traded_notional += notional;
        self.holding = Some(Holding {
            side: plan.side,
            signed_qty: sign * qty,
            entry_bar: bar,
            entry_price: fill,
            confidence: plan.confidence,
            stop: plan.stop_distance.map(|distance| fill - sign * distance),
            target: plan.target_distance.map(|distance| fill + sign * distance),
            entry_fee: fee,
            carry: 0.0,
            carry_paid_to_ns: instant_ns,
            extremes: Extremes { lowest: fill, highest: fill },
        });
        self.note_position(bar);
    }

    /// Closes the position: targets fill as resting orders at their price, everything else as market orders.
    pub(super) fn exit(&mut self, moment: Moment, reason: ExitReason) {
        let holding = self.holding.take().expect("only an open position is closed");
        let sign = holding.side.sign();
        let qty = holding.signed_qty.abs();
        let (fill, fee_rate) = match reason {
            ExitReason::TakeProfit => (moment.price, self.config.fees.maker),
            ExitReason::StopLoss | ExitReason::Signal | ExitReason::Reversal | ExitReason::Liquidation => {
                let slippage = self.config.slippage.rate(self.bars, moment.closed, qty);
                (moment.price * (1.0 - sign * slippage), self.config.fees.taker)
            }
        };
        let notional = qty * fill;
        let fee = notional * fee_rate;
        self.cash += sign * notional - fee;
        self.fees_paid += fee;
        self.traded_notional += notional;
        let fees = holding.entry_fee + fee;
        let pnl = holding.gross(fill) - fees - holding.carry;
        let mut extremes = holding.extremes;
        extremes.see(fill);
        let (worst, best) = match holding.side {
            PositionSide::Long => (extremes.lowest, extremes.highest),
            PositionSide::Short => (extremes.highest, extremes.lowest),
        };
        // Plus zero: nothing gained is 0, not -0.
        let percent = |price: f64| sign * (price / holding.entry_price - 1.0) * 100.0 + 0.0;
        self.trades.push(TradeRecord {
            entry_time: Timestamp::default(),
            exit_time: Timestamp::default(),
            entry_bar: holding.entry_bar,
            exit_bar: moment.bar,
            side: holding.side,
            entry_price: holding.entry_price,
            exit_price: fill,
            size: qty,
            pnl,
            pnl_pct: pnl / (qty * holding.entry_price) * 100.0,
            fees,
            carry: holding.carry,
            exit_reason: reason,
            confidence: holding.confidence,
            mae_pct: percent(worst),
            mfe_pct: percent(best),
            equity_after: self.cash,
        });
        self.note_position(moment.bar);
    }

    /// Records what is held at the close of `bar` as far as is known by now.
    fn note_position(&mut self, bar: usize) {
        let qty = self.signed_qty();
        if self.position_changes.last().is_some_and(|(changed, _)| *changed == bar) {
            self.position_changes.pop();
        }
        if self.position_changes.last().is_none_or(|(_, before)| *before != qty) {
            self.position_changes.push((bar, qty));
        }
    }

    /// Everything that happened, with the equity at every close.
    pub(super) fn into_backtest(mut self, equity: Vec<f64>) -> Backtest {
        // Looked up together: the times of bars far apart in memory are then waited for together.
        for trade in &mut self.trades {
            trade.entry_time = self.bars.ts(trade.entry_bar);
            trade.exit_time = self.bars.ts(trade.exit_bar);
        }
        let last_close = self.bars.close.last().copied();
        let open_position = self.holding.zip(last_close).map(|(holding, close)| OpenPosition {
            entry_time: self.bars.ts(holding.entry_bar),
            entry_bar: holding.entry_bar,
            side: holding.side,
            entry_price: holding.entry_price,
            size: holding.signed_qty.abs(),
            unrealised_pnl: holding.gross(close) - holding.entry_fee - holding.carry,
            stop: holding.stop,
            target: holding.target,
        });
        Backtest {
            trades: self.trades,
            equity,
            position_changes: self.position_changes,
            open_position,
            fees_paid: self.fees_paid,
            carry_paid: self.carry_paid,
            traded_notional: self.traded_notional,
            refused_entries: self.refused_entries,
        }
    }
}

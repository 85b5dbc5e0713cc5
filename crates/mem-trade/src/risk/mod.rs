//! Whether an order may be sent, and how large it may be.
//!
//! Every check is a file of its own and a plain function of what is proposed and what is known; [`CHECKS`] lists them in order.
//! A check passes, makes the order smaller, or refuses it, and says why in words that go into the record. Checks hold for orders
//! that open or enlarge a position. What only reduces one is never kept back: a halted account must be able to get out.

mod approved;
mod config;
mod daily_loss;
mod drawdown;
mod duplicate_signal;
mod exposure;
mod group_exposure;
mod kill_switch;
mod leverage;
mod losing_streak;
mod order_notional;
mod order_rate;
mod position_cap;
mod price_band;
mod risk_per_trade;
mod stale_data;
mod trading_hours;

use mem_types::{PositionSide, Symbol, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::exact::{decimal, down_to, float};
use crate::instrument::Instrument;
use crate::order::Purpose;
pub use approved::{Approved, NotAReduction};
pub use config::{Correlation, Group, LosingStreak, RiskConfig, TradingHours};
pub use drawdown::drawdown;

/// An order that would open or enlarge a position.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal<'a> {
    /// Of what.
    pub instrument: &'a Instrument,
    /// Which way.
    pub side: PositionSide,
    /// How much, in base units.
    pub qty: f64,
    /// The price that the decision was taken at.
    pub price: f64,
    /// Distance from entry to stop, if there is a stop.
    pub stop_distance: Option<f64>,
    /// When the bar opened that the decision was taken on.
    pub bar: Timestamp,
}

impl Proposal<'_> {
    /// Price times quantity.
    pub fn notional(&self) -> f64 {
        self.qty * self.price
    }
}

/// What stands in one symbol, everything counted that may still fill.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exposure<'a> {
    /// In what.
    pub symbol: &'a Symbol,
    /// Notional at the last price, below zero for shorts: the position and all entries on their way or of unknown fate.
    pub notional: f64,
    /// Correlation of its returns with those of the proposal's symbol, -1 to 1; `None` where it was not measured.
    pub correlation: Option<f64>,
}

/// What is known at the moment of a proposal.
#[derive(Debug, Clone, PartialEq)]
pub struct Surroundings<'a> {
    /// Our clock.
    pub now: Timestamp,
    /// The market's clock.
    pub market_now: Timestamp,
    /// What the account is worth, in quote.
    pub equity: f64,
    /// What it was worth when the market's UTC day began.
    pub day_start_equity: f64,
    /// The most it was worth since the last reset.
    pub peak_equity: f64,
    /// What stands in each symbol.
    pub exposures: &'a [Exposure<'a>],
    /// The last price of the proposal's symbol.
    pub last_price: f64,
    /// When that came, by our clock.
    pub last_price_at: Timestamp,
    /// Losing trades in a row.
    pub losing_streak: u32,
    /// Orders of the last 60 seconds, by our clock.
    pub recent_orders: u32,
    /// Whether an operator has forbidden to trade, and why.
    pub kill_switch: Option<&'a str>,
    /// The bar and side of the last entry that was acted on in this symbol.
    pub last_entry: Option<(Timestamp, PositionSide)>,
    /// Whether an entry of this symbol is on its way, or its fate unknown.
    pub entry_under_way: bool,
}

impl Surroundings<'_> {
    /// What stands in a symbol.
    pub fn exposure(&self, symbol: &Symbol) -> f64 {
        // Nothing sums to minus zero, which reads oddly.
        self.exposures.iter().filter(|of| of.symbol == symbol).map(|of| of.notional).sum::<f64>() + 0.0
    }

    /// What stands in all symbols, without regard to sides.
    pub fn gross(&self) -> f64 {
        self.exposures.iter().map(|of| of.notional.abs()).sum()
    }
}

/// What a check says.
#[derive(Debug, Clone, PartialEq)]
enum Verdict {
    Pass,
    /// At most so many base units.
    AtMost(f64, String),
    Refuse(String),
}

impl Verdict {
    /// Room for `room` of quote currency is left.
    fn within(room: f64, proposal: &Proposal<'_>, why: impl FnOnce() -> String) -> Self {
        if proposal.notional() <= room {
            Self::Pass
        } else if room > 0.0 {
            Self::AtMost(room / proposal.price, why())
        } else {
            Self::Refuse(why())
        }
    }
}

type Check = fn(&RiskConfig, &Proposal<'_>, &Surroundings<'_>) -> Verdict;

/// Every check, in the order in which they are asked: what forbids everything first, what makes smaller last.
const CHECKS: [(&str, Check); 15] = [
    ("kill_switch", kill_switch::check),
    ("daily_loss", daily_loss::check),
    ("drawdown", drawdown::check),
    ("trading_hours", trading_hours::check),
    ("stale_data", stale_data::check),
    ("duplicate_signal", duplicate_signal::check),
    ("price_band", price_band::check),
    ("order_rate", order_rate::check),
    ("losing_streak", losing_streak::check),
    ("risk_per_trade", risk_per_trade::check),
    ("order_notional", order_notional::check),
    ("position_cap", position_cap::check),
    ("group_exposure", group_exposure::check),
    ("exposure", exposure::check),
    ("leverage", leverage::check),
];

/// The names of all checks, in the order in which they are asked.
pub fn checks() -> impl Iterator<Item = &'static str> {
    CHECKS.iter().map(|(name, _)| *name)
}

/// What a check had to say, where it did not just pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Which check.
    pub check: String,
    /// Why, in plain English, with the numbers.
    pub why: String,
    /// Whether it refused; else it made the order smaller.
    pub refused: bool,
}

/// Why entries are halted whatever is proposed: a day that has lost too much, equity too far below its peak.
pub fn halts(config: &RiskConfig, equity: f64, day_start_equity: f64, peak_equity: f64) -> Vec<String> {
    [daily_loss::halt(config, equity, day_start_equity), drawdown::halt(config, equity, peak_equity)]
        .into_iter()
        .flatten()
        .collect()
}

/// What came of a proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// The order; `None` if it was refused.
    pub approved: Option<Approved>,
    /// What the checks had to say: the last one is why it was refused.
    pub findings: Vec<Finding>,
}

/// The gate that every order passes.
#[derive(Debug, Clone, PartialEq)]
pub struct Risk {
    config: RiskConfig,
}

impl Risk {
    /// A gate with these limits.
    ///
    /// # Errors
    /// Names the first limit that makes no sense.
    pub fn new(config: RiskConfig) -> Result<Self, String> {
        config.validate()?;
        Ok(Self { config })
    }

    /// Its limits.
    pub fn config(&self) -> &RiskConfig {
        &self.config
    }

    /// Asks every check about an entry. `name` gives the client id of the order, for the decision with that number.
    pub fn review(
        &self,
        proposal: &Proposal<'_>,
        surroundings: &Surroundings<'_>,
        (name, decision): (mem_types::ClientOrderId, u64),
    ) -> Review {
        let mut findings = Vec::new();
        let mut proposal = proposal.clone();
        for (check, ask) in CHECKS {
            match ask(&self.config, &proposal, surroundings) {
                Verdict::Pass => {}
                Verdict::AtMost(qty, why) => {
                    proposal.qty = qty.min(proposal.qty);
                    findings.push(Finding { check: check.to_owned(), why, refused: false });
                }
                Verdict::Refuse(why) => {
                    findings.push(Finding { check: check.to_owned(), why, refused: true });
                    return Review { approved: None, findings };
                }
            }
        }
        match on_grid(&proposal) {
            Ok(qty) => {
                let approved = Some(Approved::entry(&proposal, qty, name, decision));
                Review { approved, findings }
            }
            Err(why) => {
                findings.push(Finding { check: "minimum_size".to_owned(), why, refused: true });
                Review { approved: None, findings }
            }
        }
    }

    /// Approves an order that closes what is held, or part of it. No check keeps it back.
    ///
    /// # Errors
    /// If it would do anything but reduce the position.
    pub fn approve_exit(
        &self,
        request: mem_types::OrderRequest,
        position: Decimal,
        purpose: Purpose,
        decision: u64,
    ) -> Result<Approved, NotAReduction> {
        Approved::exit(request, position, purpose, decision)
    }
}

/// The quantity on the instrument's grid, or why there is none.
fn on_grid(proposal: &Proposal<'_>) -> Result<Decimal, String> {
    let Instrument { lot_size, min_qty, min_notional, base, quote, .. } = proposal.instrument;
    let qty = down_to(decimal(proposal.qty).unwrap_or_default(), *lot_size);
    let worth = float(qty) * proposal.price;
    if qty.is_zero() || qty < *min_qty {
        let least = (*min_qty).max(*lot_size);
        return Err(format!("{} {base} is less than the smallest order of {least}", proposal.qty));
    }
    if worth < float(*min_notional) {
        return Err(format!("{worth:.2} {quote} is less than the smallest order of {min_notional}"));
    }
    Ok(qty)
}

//! From row to row: when capital is moved, and what the portfolio is worth.

use mem_types::Timestamp;
use mem_types::time::NANOS_PER_DAY;

use super::account::Account;
use super::config::{MissingData, PortfolioConfig, Rebalance};
use super::shares::{Shares, StandIn, Targets};
use super::timeline::Timeline;
use super::{Rebalancing, Sleeve, list_names};
use crate::error::ResearchError;

/// A sleeve without a bar for this long, and for three of its own bars, counts as gone.
const GONE_AFTER_NS: i64 = 14 * NANOS_PER_DAY;

/// The portfolio from its first row to the last.
pub(super) struct Course {
    /// Where it begins in the timeline.
    pub(super) first_row: usize,
    /// Its value at every row from there.
    pub(super) equity: Vec<f64>,
    /// Its sleeves.
    pub(super) sleeves: Vec<Held>,
    /// Every placing of capital.
    pub(super) rebalances: Vec<Rebalancing>,
    /// Capital moved over value, added up over all rebalances but the start.
    pub(super) moved_shares: f64,
    /// Rows at which a sleeve with capital had a position.
    pub(super) rows_in_market: usize,
}

/// One sleeve from the first row to the last.
#[derive(Default)]
pub(super) struct Held {
    pub(super) capital: Vec<f64>,
    pub(super) contribution: f64,
    pub(super) cost: f64,
}

impl Course {
    /// Follows the portfolio through the timeline.
    pub(super) fn follow(
        sleeves: &[Sleeve<'_>],
        config: &PortfolioConfig,
        shares: &Shares<'_>,
        timeline: &Timeline,
        notes: &mut Vec<String>,
    ) -> Result<Self, ResearchError> {
        let state = State { sleeves, shares, timeline, may_leave: config.missing == MissingData::LateJoin };
        let (first_row, targets) = state.start()?;
        let mut journal = Journal::new(sleeves.len());
        let mut account = Account::new(sleeves, config.cost);
        let before: Vec<usize> = (0..sleeves.len()).map(|sleeve| timeline.bars_before(sleeve, first_row)).collect();
        let cash = config.initial_capital;
        let placed = account.place(cash, &targets.weights, &before).ok_or_else(|| ResearchError::Weights {
            problem: "entering the positions of the sleeves costs more than there is".to_owned(),
        })?;
        let ts_ns = timeline.ts_ns[first_row];
        journal.placed(ts_ns, &targets);
        let rows = timeline.ts_ns.len() - first_row;
        let mut course = Self {
            first_row,
            equity: Vec::with_capacity(rows),
            sleeves: sleeves.iter().map(|_| Held { capital: Vec::with_capacity(rows), ..Held::default() }).collect(),
            rebalances: vec![Rebalancing { ts_ns, weights: targets.weights, moved: cash, cost: placed.cost }],
            moved_shares: 0.0,
            rows_in_market: 0,
        };

        let mut bars = before;
        let mut period = period_of(ts_ns, config.rebalance);
        let mut is_due = false;
        for row in first_row..timeline.ts_ns.len() {
            for (sleeve, bars) in bars.iter_mut().enumerate() {
                *bars = timeline.bars_at(sleeve, row);
            }
            let ts_ns = timeline.ts_ns[row];
            let now = period_of(ts_ns, config.rebalance);
            if now != period {
                journal.periods_without_common_bar += usize::from(is_due);
                is_due = true;
                period = now;
            }
            if is_due && let Some(active) = state.common_bar(row) {
                is_due = false;
                match shares.at(timeline, row, &active) {
                    Ok(targets) => {
                        let value: f64 = (0..sleeves.len()).map(|sleeve| account.value(sleeve, bars[sleeve])).sum();
                        if let Some(placed) = account.place(0.0, &targets.weights, &bars) {
                            journal.placed(ts_ns, &targets);
                            course.moved_shares += placed.moved / value;
                            let (moved, cost) = (placed.moved, placed.cost);
                            course.rebalances.push(Rebalancing { ts_ns, weights: targets.weights, moved, cost });
                        } else {
                            journal.not_affordable += 1;
                        }
                    }
                    Err(_) => journal.without_history += 1,
                }
            }
            course.record(&account, sleeves, &bars);
        }
        for (sleeve, held) in course.sleeves.iter_mut().enumerate() {
            (held.contribution, held.cost) = account.made(sleeve, bars[sleeve]);
        }
        journal.periods_without_common_bar += usize::from(is_due);
        journal.into_notes(sleeves, shares, timeline, first_row, notes);
        Ok(course)
    }

    fn record(&mut self, account: &Account<'_>, sleeves: &[Sleeve<'_>], bars: &[usize]) {
        let mut total = 0.0;
        let mut is_in_market = false;
        for (index, sleeve) in sleeves.iter().enumerate() {
            let value = account.value(index, bars[index]);
            self.sleeves[index].capital.push(value);
            total += value;
            is_in_market = is_in_market || (value != 0.0 && sleeve.position_after(bars[index]) != 0.0);
        }
        self.equity.push(total);
        self.rows_in_market += usize::from(is_in_market);
    }

    /// Mean share of each sleeve over the rows at which the portfolio is worth anything.
    pub(super) fn average_weights(&self) -> Vec<f64> {
        let rows = self.equity.iter().filter(|equity| **equity > 0.0).count();
        let average = |held: &Held| {
            let shares = held.capital.iter().zip(&self.equity).filter(|(_, equity)| **equity > 0.0);
            if rows == 0 { 0.0 } else { shares.map(|(capital, equity)| capital / equity).sum::<f64>() / rows as f64 }
        };
        self.sleeves.iter().map(average).collect()
    }
}

/// What decides which sleeves can get capital at a row.
struct State<'a> {
    sleeves: &'a [Sleeve<'a>],
    shares: &'a Shares<'a>,
    timeline: &'a Timeline,
    may_leave: bool,
}

impl State<'_> {
    /// The first row of the portfolio and the weights that it begins with.
    fn start(&self) -> Result<(usize, Targets), ResearchError> {
        if self.shares.lookback_bars.is_none() {
            let can_begin = |sleeve: &usize| {
                let before = self.timeline.bars_before(*sleeve, 0);
                self.takes_part(*sleeve, 0) && self.sleeves[*sleeve].value_after(before) > 0.0
            };
            let active: Vec<usize> = (0..self.sleeves.len()).filter(can_begin).collect();
            return match self.shares.at(self.timeline, 0, &active) {
                Ok(targets) if !active.is_empty() => Ok((0, targets)),
                _ => Err(ResearchError::Weights { problem: "every sleeve has lost everything".to_owned() }),
            };
        }
        let mut row = 0;
        // Capital is placed at the close of a row, the portfolio begins with the next.
        while row + 1 < self.timeline.ts_ns.len() {
            let found = self.common_bar(row).map(|active| self.shares.at(self.timeline, row, &active));
            match found {
                Some(Ok(targets)) => return Ok((row + 1, targets)),
                // No row adds more than one common bar.
                Some(Err(too_little)) => row += too_little.lacking,
                None => row += 1,
            }
        }
        let needed = self.shares.lookback_bars.unwrap_or(0) + 3;
        Err(ResearchError::Timeline {
            problem: format!(
                "volatility weights need {needed} common bars, there are {} rows: give more history or a shorter look-back",
                self.timeline.ts_ns.len()
            ),
        })
    }

    /// The sleeves that can get capital at a row, if all of them close a bar there.
    fn common_bar(&self, row: usize) -> Option<Vec<usize>> {
        let is_active = |sleeve: &usize| {
            let bars = self.timeline.bars_at(*sleeve, row);
            self.takes_part(*sleeve, row)
                && self.sleeves[*sleeve].value_after(bars) > 0.0
                && !self.is_gone(*sleeve, row)
        };
        let active: Vec<usize> = (0..self.sleeves.len()).filter(is_active).collect();
        let is_common = !active.is_empty() && active.iter().all(|sleeve| self.timeline.has_bar(*sleeve, row));
        is_common.then_some(active)
    }

    fn takes_part(&self, sleeve: usize, row: usize) -> bool {
        self.shares.takes_part[sleeve] && self.timeline.bars_at(sleeve, row) > 0
    }

    /// Whether a sleeve has had no bar for so long that it counts as gone.
    fn is_gone(&self, sleeve: usize, row: usize) -> bool {
        let last = self.sleeves[sleeve].ts_ns[self.timeline.bars_at(sleeve, row) - 1];
        let longest = GONE_AFTER_NS.max(3 * self.sleeves[sleeve].timeframe().nanos());
        self.may_leave && self.timeline.ts_ns[row].saturating_sub(last) > longest
    }
}

/// Number of the period of the UTC calendar that an instant lies in; always the same without rebalancing.
fn period_of(ts_ns: i64, rebalance: Rebalance) -> i64 {
    let ts = Timestamp::from_nanos(ts_ns);
    match rebalance {
        Rebalance::Never => 0,
        Rebalance::Daily => ts.day(),
        // 1970-01-01 was a Thursday.
        Rebalance::Weekly => (ts.day() + 3).div_euclid(7),
        Rebalance::Monthly => {
            let (year, month, _) = ts.ymd();
            i64::from(year) * 12 + i64::from(month)
        }
    }
}

/// What happened on the way that the reader should know.
struct Journal {
    began: Option<i64>,
    placings: usize,
    joined: Vec<Option<i64>>,
    left: Vec<Option<i64>>,
    /// At how many rebalances an asset did not move.
    unmoved: Vec<usize>,
    inverse_stood_in: usize,
    equal_stood_in: usize,
    periods_without_common_bar: usize,
    without_history: usize,
    not_affordable: usize,
}

impl Journal {
    fn new(sleeves: usize) -> Self {
        Self {
            began: None,
            placings: 0,
            joined: vec![None; sleeves],
            left: vec![None; sleeves],
            unmoved: vec![0; sleeves],
            inverse_stood_in: 0,
            equal_stood_in: 0,
            periods_without_common_bar: 0,
            without_history: 0,
            not_affordable: 0,
        }
    }

    fn placed(&mut self, ts_ns: i64, targets: &Targets) {
        self.began.get_or_insert(ts_ns);
        self.placings += 1;
        for (sleeve, weight) in targets.weights.iter().enumerate() {
            if *weight > 0.0 {
                self.joined[sleeve].get_or_insert(ts_ns);
                self.left[sleeve] = None;
            } else if self.joined[sleeve].is_some() && !targets.unmoved.contains(&sleeve) {
                self.left[sleeve].get_or_insert(ts_ns);
            }
        }
        for sleeve in &targets.unmoved {
            self.unmoved[*sleeve] += 1;
        }
        match targets.stood_in {
            Some(StandIn::InverseVolatility) => self.inverse_stood_in += 1,
            Some(StandIn::Equal) => self.equal_stood_in += 1,
            None => {}
        }
    }

    fn into_notes(
        self,
        sleeves: &[Sleeve<'_>],
        shares: &Shares<'_>,
        timeline: &Timeline,
        first_row: usize,
        notes: &mut Vec<String>,
    ) {
        let list = |said: &dyn Fn(usize) -> Option<String>| {
            let named =
                (0..sleeves.len()).filter_map(|sleeve| Some(format!("{}{}", sleeves[sleeve].name, said(sleeve)?)));
            let named: Vec<String> = named.collect();
            (!named.is_empty()).then(|| list_names(named.into_iter()))
        };
        let at = |ts_ns: i64| Some(format!(" ({})", Timestamp::from_nanos(ts_ns)));
        let last = timeline.ts_ns.len() - 1;
        let is_lost = |sleeve: usize| sleeves[sleeve].value_after(timeline.bars_at(sleeve, last)) <= 0.0;
        if first_row > 0 {
            notes.push(format!(
                "The first {first_row} bars are the history of the first weights: the portfolio begins at {}.",
                Timestamp::from_nanos(timeline.ts_ns[first_row])
            ));
        }
        if let Some(joined) = list(&|sleeve| at(self.joined[sleeve].filter(|ts_ns| Some(*ts_ns) != self.began)?)) {
            notes.push(format!("Joined after the start: {joined}. Until then the others shared the capital."));
        }
        if let Some(never) =
            list(&|sleeve| (shares.takes_part[sleeve] && self.joined[sleeve].is_none()).then(String::new))
        {
            notes.push(format!("Never got any capital, as there was no rebalance at which they could join: {never}."));
        }
        if let Some(left) = list(&|sleeve| at(self.left[sleeve].filter(|_| !is_lost(sleeve))?)) {
            notes.push(format!("Left for want of recent bars: {left}. Their last value went to the others."));
        }
        if let Some(lost) = list(&|sleeve| (shares.takes_part[sleeve] && is_lost(sleeve)).then(String::new)) {
            notes.push(format!("Lost everything: {lost}. No capital was moved there afterwards."));
        }
        if let Some(unmoved) = list(&|sleeve| {
            let times = self.unmoved[sleeve];
            (times > 0).then(|| format!(" ({times} of {} times)", self.placings))
        }) {
            notes.push(format!("Left out of volatility weights because the price did not move: {unmoved}."));
        }
        for (count, what) in [
            (self.inverse_stood_in, "Inverse volatility taken because there were no weights of equal risk"),
            (self.equal_stood_in, "Equal weights taken because no price had moved"),
            (self.periods_without_common_bar, "Periods not rebalanced because they had no bar that all sleeves have"),
            (self.without_history, "Rebalances left out because common history was too short for volatility weights"),
            (self.not_affordable, "Rebalances left out because they would have cost more than there was"),
        ] {
            if count > 0 {
                notes.push(format!("{what}: {count}."));
            }
        }
    }
}

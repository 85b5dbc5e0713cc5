//! Capital moved between sleeves, and what that costs.

use super::Sleeve;

/// Steps of Newton's method before a solution is taken as it is. It ends after as many steps as there are sleeves on
/// the wrong side of their target, most often two or three.
const MOST_STEPS: usize = 100;

/// What is in each sleeve, and what it has made so far.
pub(super) struct Account<'a> {
    sleeves: &'a [Sleeve<'a>],
    cost: f64,
    holdings: Vec<Holding>,
}

/// What is held of one sleeve.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Holding {
    /// How many times the sleeve's own account is held.
    units: f64,
    /// Value of the sleeve's own account when capital was last placed.
    since: f64,
    /// Profit up to then.
    made: f64,
    /// Paid for moving capital.
    pub(super) cost: f64,
}

/// Capital that changed its place.
pub(super) struct Moved {
    /// Half the sum of all changes.
    pub(super) moved: f64,
    /// What it cost.
    pub(super) cost: f64,
}

impl<'a> Account<'a> {
    pub(super) fn new(sleeves: &'a [Sleeve<'a>], cost: f64) -> Self {
        Self { sleeves, cost, holdings: vec![Holding::default(); sleeves.len()] }
    }

    /// What is in a sleeve after so many of its bars.
    pub(super) fn value(&self, sleeve: usize, bars: usize) -> f64 {
        self.holdings[sleeve].units * self.sleeves[sleeve].value_after(bars)
    }

    /// Profit of a sleeve after so many of its bars, and what moving capital has cost.
    pub(super) fn made(&self, sleeve: usize, bars: usize) -> (f64, f64) {
        let Holding { units, since, made, cost } = self.holdings[sleeve];
        (made + units * (self.sleeves[sleeve].value_after(bars) - since), cost)
    }

    /// Shares all capital, `cash` included, out by `weights`; `bars` says where each sleeve stands. A sleeve with a
    /// weight has an account above 0. Nothing happens and `None` comes back if there is nothing to share out or moving
    /// it would cost more than there is.
    pub(super) fn place(&mut self, cash: f64, weights: &[f64], bars: &[usize]) -> Option<Moved> {
        let moves: Vec<Move> = (0..self.sleeves.len())
            .map(|sleeve| Move {
                weight: weights[sleeve],
                value: self.value(sleeve, bars[sleeve]),
                rate: self.cost * self.sleeves[sleeve].exposure_after(bars[sleeve]),
            })
            .collect();
        let total = cash + moves.iter().map(|part| part.value).sum::<f64>();
        let left = left_after_costs(total, &moves)?;
        let mut result = Moved { moved: 0.0, cost: 0.0 };
        for (sleeve, part) in moves.iter().enumerate() {
            let account = self.sleeves[sleeve].value_after(bars[sleeve]);
            let target = part.weight * left;
            let change = (target - part.value).abs();
            let cost = part.rate * change;
            result.moved += 0.5 * change;
            result.cost += cost;
            let (made, _) = self.made(sleeve, bars[sleeve]);
            let holding = &mut self.holdings[sleeve];
            holding.made = made;
            holding.since = account;
            holding.cost += cost;
            if change > 0.0 {
                holding.units = if target > 0.0 { target / account } else { 0.0 };
            }
        }
        Some(result)
    }
}

/// What one sleeve has and should have.
struct Move {
    weight: f64,
    value: f64,
    /// Cost of moving one unit of capital.
    rate: f64,
}

/// What is left of `total` once capital is where it should be and the moving is paid for: the `left` at which
/// `left + sum(rate |weight left - value|) = total`. The left side is convex and falls short of `total` at 0, so that
/// Newton's method from `total` comes down to the one solution without passing it.
fn left_after_costs(total: f64, moves: &[Move]) -> Option<f64> {
    let missing_at = |left: f64| {
        let cost: f64 = moves.iter().map(|part| part.rate * (part.weight * left - part.value).abs()).sum();
        left + cost - total
    };
    if total.is_nan() || total <= 0.0 || missing_at(0.0) >= 0.0 {
        return None;
    }
    let mut left = total;
    for _ in 0..MOST_STEPS {
        let slope: f64 = moves
            .iter()
            .map(
                |part| if part.weight * left > part.value { part.rate * part.weight } else { -part.rate * part.weight },
            )
            .sum();
        let next = left - missing_at(left) / (1.0 + slope);
        if next >= left {
            break;
        }
        left = next;
    }
    (left > 0.0).then_some(left)
}

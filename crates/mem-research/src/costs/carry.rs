//! Funding payments and borrow cost of an open position.

use mem_types::Funding;
use mem_types::time::{NANOS_PER_DAY, NANOS_PER_SECOND};

use crate::config::SimConfig;
use crate::error::ResearchError;

/// Constant funding is paid at 00:00, 08:00 and 16:00 UTC.
const FUNDING_PERIOD_NS: i64 = 8 * 3600 * NANOS_PER_SECOND;

/// Interest is counted in years of 365 days.
const YEAR_NS: f64 = 365.0 * NANOS_PER_DAY as f64;

/// What it costs to hold a position through time.
#[derive(Debug)]
pub(crate) struct Carry<'a> {
    series: &'a [Funding],
    rate_8h: f64,
    borrow_annual: f64,
}

/// A position as carry sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held {
    /// Base units, negative for shorts.
    pub(crate) signed_qty: f64,
    /// Price that values it.
    pub(crate) price: f64,
    /// Cash of the account; below zero it is borrowed.
    pub(crate) cash: f64,
}

impl<'a> Carry<'a> {
    /// The constant rate counts only where no series is given.
    ///
    /// # Errors
    /// If the series is out of order or holds a rate that is no fraction.
    pub(crate) fn new(series: &'a [Funding], config: &SimConfig) -> Result<Self, ResearchError> {
        for (index, payment) in series.iter().enumerate() {
            let problem = if payment.rate.is_nan() || payment.rate.abs() >= 1.0 {
                "the rate is not a fraction between -1 and 1"
            } else if index > 0 && payment.ts <= series[index - 1].ts {
                "it is not later than the payment before it"
            } else {
                continue;
            };
            return Err(ResearchError::Funding { index, ts: payment.ts, problem });
        }
        Ok(Self { series, rate_8h: config.funding_8h, borrow_annual: config.borrow_annual })
    }

    /// Whether holding costs nothing at any time.
    pub(crate) fn is_free(&self) -> bool {
        self.series.is_empty() && self.rate_8h == 0.0 && self.borrow_annual == 0.0
    }

    /// Cost of holding through `(from_ns, to_ns]` in quote currency, negative if received.
    pub(crate) fn cost(&self, from_ns: i64, to_ns: i64, held: Held) -> f64 {
        let funding = self.funding_rate(from_ns, to_ns) * held.signed_qty * held.price;
        let borrowed = if held.signed_qty < 0.0 { -held.signed_qty * held.price } else { f64::max(-held.cash, 0.0) };
        funding + borrowed * self.borrow_annual * ((to_ns - from_ns) as f64 / YEAR_NS)
    }

    /// Sum of the rates paid within `(from_ns, to_ns]`.
    fn funding_rate(&self, from_ns: i64, to_ns: i64) -> f64 {
        if self.series.is_empty() {
            let payments = to_ns.div_euclid(FUNDING_PERIOD_NS) - from_ns.div_euclid(FUNDING_PERIOD_NS);
            return self.rate_8h * payments as f64;
        }
        let first = self.series.partition_point(|payment| payment.ts.as_nanos() <= from_ns);
        self.series[first..]
            .iter()
            .take_while(|payment| payment.ts.as_nanos() <= to_ns)
            .map(|payment| payment.rate)
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mem_types::Timestamp;

    const HOUR: i64 = 3600 * NANOS_PER_SECOND;

    fn paid(ts_hours: i64, rate: f64) -> Funding {
        Funding { ts: Timestamp::from_nanos(ts_hours * HOUR), rate }
    }

    #[test]
    fn a_payment_falls_into_the_interval_that_ends_with_it() {
        let config = SimConfig { funding_8h: 0.001, ..SimConfig::default() };
        let series = [paid(8, 0.001), paid(16, 0.001)];
        let held = Held { signed_qty: 2.0, price: 50.0, cash: 0.0 };
        for carry in [Carry::new(&[], &config).unwrap(), Carry::new(&series, &config).unwrap()] {
            for (from, to, payments) in [(0, 7, 0.0), (7, 8, 1.0), (8, 9, 0.0), (7, 16, 2.0), (1, 15, 1.0)] {
                let cost = carry.cost(from * HOUR, to * HOUR, held);
                assert!((cost - payments * 0.1).abs() < 1e-15, "{from} to {to}: {cost}");
            }
            assert!((carry.cost(0, 8 * HOUR, Held { signed_qty: -2.0, ..held }) + 0.1).abs() < 1e-15);
        }
    }

    #[test]
    fn interest_is_on_short_units_and_on_borrowed_cash() {
        let config = SimConfig { borrow_annual: 0.1, ..SimConfig::default() };
        let carry = Carry::new(&[], &config).unwrap();
        let year = 365 * NANOS_PER_DAY;
        for (signed_qty, cash, cost) in [(-2.0, 300.0, 10.0), (2.0, -40.0, 4.0), (2.0, 40.0, 0.0)] {
            assert_eq!(carry.cost(0, year, Held { signed_qty, price: 50.0, cash }), cost);
        }
    }

    #[test]
    fn odd_series_are_refused() {
        let config = SimConfig::default();
        for (series, words) in
            [(vec![paid(8, f64::NAN)], "not a fraction"), (vec![paid(8, 0.1), paid(8, 0.1)], "not later")]
        {
            let error = Carry::new(&series, &config).map(drop).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}

//! The assumptions of a simulation in words, as a report prints them.

use crate::config::{Fill, Intrabar, OnOpposite, SimConfig, Sizing, Slippage};

/// Each assumption as a heading and a sentence, in order of weight.
pub(super) fn assumptions(sim: &SimConfig) -> Vec<(&'static str, String)> {
    vec![
        ("Fills", fill(sim.fill).to_owned()),
        ("Fees", fees(sim)),
        ("Slippage", slippage(&sim.slippage)),
        ("Stops and targets", intrabar(sim.intrabar).to_owned()),
        ("Position size", sizing(sim)),
        ("Opposite signals", on_opposite(sim.on_opposite).to_owned()),
        ("Short positions", short(sim)),
        ("Holding costs", holding(sim)),
        (
            "Liquidation",
            format!("A position is closed by force when equity falls below {} of its value.", percent(sim.maintenance_margin)),
        ),
        ("Capital", format!("The account starts with {} in quote currency; every symbol is tested with its own account.", number(sim.initial_capital))),
        ("Liquidity", liquidity(&sim.slippage).to_owned()),
        ("Equity", "The account is valued at every bar's close, open positions included; drawdown and risk are measured on that curve.".to_owned()),
    ]
}

fn fill(fill: Fill) -> &'static str {
    match fill {
        Fill::NextOpen => {
            "A decision taken at a bar's close fills at the next bar's open: the first price that a real order could have had."
        }
        Fill::SameClose => {
            "A decision taken at a bar's close fills at that same close. Optimistic: no real order could have had that price."
        }
    }
}

fn fees(sim: &SimConfig) -> String {
    if sim.fees.maker == 0.0 && sim.fees.taker == 0.0 {
        return "None. Real trading is not free: expect worse.".to_owned();
    }
    format!(
        "{} of traded value for entries, exits and stops (taker), {} for profit targets (maker), each way.",
        percent(sim.fees.taker),
        percent(sim.fees.maker)
    )
}

fn slippage(slippage: &Slippage) -> String {
    match slippage {
        Slippage::None => {
            "None: orders fill exactly at the price they aim at. Real trading slips: expect worse.".to_owned()
        }
        Slippage::Bps { bps } => format!(
            "Market orders and stops fill {} of the price worse than the price they aim at.",
            percent(bps / 10_000.0)
        ),
        Slippage::Spread { base, cap } => format!(
            "Market orders and stops pay half of a spread that starts at {} of the price and widens with volatility and thin volume, at most {}.",
            percent(*base),
            percent(*cap)
        ),
        Slippage::VolumeShare { coefficient, .. } => format!(
            "Market orders and stops move the price by {} times a bar's volatility times the square root of their share of its volume, both as usual over the last 20 closed bars.",
            number(*coefficient)
        ),
    }
}

fn liquidity(slippage: &Slippage) -> String {
    match slippage {
        Slippage::VolumeShare { limit, .. } => {
            format!(
                "An entry takes at most {} of a bar's usual volume; larger ones are cut down to it. Exits are never cut and pay the impact of their whole size.",
                percent(*limit)
            )
        }
        Slippage::None | Slippage::Bps { .. } | Slippage::Spread { .. } => {
            "Orders of any size fill completely; their own effect on the market is not modelled.".to_owned()
        }
    }
}

fn intrabar(intrabar: Intrabar) -> &'static str {
    match intrabar {
        Intrabar::StopFirst => {
            "Where stop and target both lie within one bar, the stop is taken to be hit first (pessimistic). A bar that opens beyond a level fills at its open."
        }
        Intrabar::TargetFirst => {
            "Where stop and target both lie within one bar, the target is taken to be hit first (optimistic). A bar that opens beyond a level fills at its open."
        }
        Intrabar::NearestFirst => {
            "Where stop and target both lie within one bar, the price is taken to go from the open to the nearer of high and low first. A bar that opens beyond a level fills at its open."
        }
    }
}

fn sizing(sim: &SimConfig) -> String {
    let rule = match sim.sizing {
        Sizing::AllIn => "All equity goes into every position, fees included.".to_owned(),
        Sizing::Fraction { fraction } => format!("Every position takes {} of equity.", percent(fraction)),
        Sizing::Notional { notional } => format!("Every position takes {} in quote currency.", number(notional)),
        Sizing::Units { units } => format!("Every position takes {} units.", number(units)),
        Sizing::Risk { risk, cap } => format!(
            "A position is so large that hitting its stop loses {} of equity before costs, at most {} of equity; without a stop it takes that most.",
            percent(risk),
            percent(cap)
        ),
    };
    let leverage = if sim.leverage > 1.0 {
        format!("Positions may reach {} times equity.", number(sim.leverage))
    } else {
        "No leverage.".to_owned()
    };
    format!("{rule} {leverage} Quantities are fractional.")
}

fn on_opposite(on_opposite: OnOpposite) -> &'static str {
    match on_opposite {
        OnOpposite::Reverse => "An opposite entry closes the position and opens the opposite one.",
        OnOpposite::Close => "An opposite entry closes the position and opens none.",
        OnOpposite::Ignore => "An opposite entry is ignored while a position is open.",
    }
}

fn short(sim: &SimConfig) -> String {
    if sim.allow_short {
        "Allowed; every unit can be borrowed at any time.".to_owned()
    } else {
        "Not allowed: short entries are refused.".to_owned()
    }
}

fn holding(sim: &SimConfig) -> String {
    let funding = if sim.funding_8h == 0.0 {
        "No funding.".to_owned()
    } else {
        format!("Longs pay shorts {} of position value every eight hours.", percent(sim.funding_8h))
    };
    let borrow = if sim.borrow_annual == 0.0 {
        "Borrowing is free.".to_owned()
    } else {
        format!("Borrowed units and money cost {} a year.", percent(sim.borrow_annual))
    };
    format!("{funding} {borrow}")
}

/// A fraction as percent, without trailing zeros: 0.0005 is `0.05 %`.
fn percent(fraction: f64) -> String {
    format!("{} %", number((fraction * 1e8).round() / 1e6))
}

/// Groups of three digits, at most six decimals.
pub(super) fn number(value: f64) -> String {
    let text = format!("{:.6}", value.abs());
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let decimals = decimals.trim_end_matches('0');
    let sign = if value < 0.0 { "\u{2212}" } else { "" };
    if decimals.is_empty() { format!("{sign}{grouped}") } else { format!("{sign}{grouped}.{decimals}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Fees;

    #[test]
    fn numbers_read_well() {
        for (value, text) in
            [(10_000.0, "10,000"), (1_234_567.5, "1,234,567.5"), (0.02, "0.02"), (-5.0, "\u{2212}5"), (999.0, "999")]
        {
            assert_eq!(number(value), text);
        }
        assert_eq!(percent(0.0005), "0.05 %");
        assert_eq!(percent(0.3), "30 %");
    }

    #[test]
    fn missing_costs_are_called_by_name() {
        let free =
            SimConfig { fees: Fees { maker: 0.0, taker: 0.0 }, slippage: Slippage::None, ..SimConfig::default() };
        let words = assumptions(&free);
        assert!(words[1].1.contains("expect worse") && words[2].1.contains("expect worse"));
        assert!(assumptions(&SimConfig::default())[1].1.starts_with("0.05 % of traded value"));
    }
}

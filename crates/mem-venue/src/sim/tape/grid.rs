//! The grid that prices and quantities of a series lie on, read off the series.

/// Most decimals that an exchange prints.
const MOST: u32 = 8;

/// How many decimals it takes to write every one of `values` exactly, at most eight.
pub(super) fn decimals(values: impl IntoIterator<Item = f64>) -> u32 {
    let mut decimals = 0;
    for value in values {
        while decimals < MOST && !fits(value, decimals) {
            decimals += 1;
        }
    }
    decimals
}

/// The step between neighbours on a grid of so many decimals.
pub(super) fn step(decimals: u32) -> f64 {
    1.0 / 10_f64.powi(decimals as i32)
}

/// The neighbour on the grid that is nearest to `value`.
pub(super) fn round(value: f64, decimals: u32) -> f64 {
    let scale = 10_f64.powi(decimals as i32);
    (value * scale).round() / scale
}

fn fits(value: f64, decimals: u32) -> bool {
    round(value, decimals) == value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_is_the_coarsest_that_holds_every_value() {
        assert_eq!(decimals([1.0, 250.0]), 0);
        assert_eq!(decimals([1.0, 0.25, 3.1]), 2);
        assert_eq!(decimals([0.1 + 0.2]), 8);
        assert_eq!(step(2), 0.01);
        assert_eq!(round(0.123_456, 3), 0.123);
    }
}

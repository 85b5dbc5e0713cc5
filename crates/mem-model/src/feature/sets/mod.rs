//! The feature sets that come along.

mod core;
mod reference25;
mod wide;

use super::expr::Expr;
use super::set::{FeatureDef, FeatureSet};

/// The sets that come along: `reference25`, `core`, `wide`.
pub fn built_in() -> Vec<FeatureSet> {
    vec![reference25::set(), core::set(), wide::set()]
}

/// The one of them that has this name.
pub fn named(name: &str) -> Option<FeatureSet> {
    built_in().into_iter().find(|set| set.name == name)
}

fn feature(name: &str, expr: Expr, about: &str, source: &str) -> FeatureDef {
    FeatureDef { name: name.to_owned(), about: about.to_owned(), source: source.to_owned(), expr }
}

/// An output of an indicator with its default parameters.
fn output(name: &str, output: &str) -> Expr {
    Expr::indicator(name, &[], output)
}

/// An output of an indicator whose first parameter is a count of bars.
fn of_period(name: &str, period: i64, output: &str) -> Expr {
    Expr::indicator(name, &[("period", period.into())], output)
}

/// Logarithmic return of the bar.
fn bar_return() -> Expr {
    Expr::close().log_return(1)
}

/// Average true range of 14 bars.
fn atr() -> Expr {
    output("atr", "atr")
}

/// The symbol that the market is measured by.
const MARKET: &str = "market";

/// Return of the market over `bars`.
fn market_return(bars: usize) -> Expr {
    Expr::reference_close(MARKET).log_return(bars)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_can_be_computed_and_have_the_promised_sizes() {
        let sizes: Vec<_> = built_in()
            .into_iter()
            .map(|set| {
                set.check().unwrap();
                assert!(set.features.iter().all(|feature| !feature.about.is_empty()), "{}", set.name);
                (set.name, set.features.len())
            })
            .collect();
        assert_eq!(sizes, [("reference25".to_owned(), 25), ("core".to_owned(), 48), ("wide".to_owned(), 117)]);
    }

    #[test]
    fn wide_holds_core() {
        let (core, wide) = (core::set(), wide::set());
        assert!(core.features.iter().all(|feature| wide.features.contains(feature)));
    }
}

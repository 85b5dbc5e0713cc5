//! Feature sets: named, versioned lists of features.

use serde::{Deserialize, Serialize};

use super::FeatureError;
use super::expr::{Expr, position, resolve};

/// One feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureDef {
    /// Its name, unique within the set.
    pub name: String,
    /// What it says, in a line.
    pub about: String,
    /// Where the formula comes from, beyond the sources of the indicators in it. Empty where these say all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// The formula.
    pub expr: Expr,
}

/// A named, versioned list of features. What a name and a version stand for never changes: another list is another version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureSet {
    /// Its name.
    pub name: String,
    /// Its version, from 1.
    pub version: u32,
    /// What it is for.
    pub about: String,
    /// The features, in the order of the columns.
    pub features: Vec<FeatureDef>,
}

impl FeatureSet {
    /// Names of the features in the order of the columns.
    pub fn names(&self) -> Vec<String> {
        self.features.iter().map(|feature| feature.name.clone()).collect()
    }

    /// Leading undefined rows, at least: see [`Expr::warmup`].
    ///
    /// # Errors
    /// As [`FeatureSet::check`].
    pub fn warmup(&self) -> Result<usize, FeatureError> {
        let warmups = self.features.iter().map(|feature| feature.expr.warmup()).collect::<Result<Vec<_>, _>>()?;
        Ok(warmups.into_iter().max().unwrap_or(0))
    }

    /// What roles other symbols play in it, in order of appearance.
    pub fn roles(&self) -> Vec<String> {
        self.collect(|expr| if let Expr::Reference { role, .. } = expr { Some(role.clone()) } else { None })
    }

    /// What series of scores it reads, in order of appearance.
    pub fn sentiments(&self) -> Vec<String> {
        self.collect(|expr| if let Expr::Sentiment { source, .. } = expr { Some(source.clone()) } else { None })
    }

    /// Whether it can be computed.
    ///
    /// # Errors
    /// No feature, a name twice, an unknown indicator, output or parameter, a window or number out of range.
    pub fn check(&self) -> Result<(), FeatureError> {
        if self.features.is_empty() {
            return Err(FeatureError::Empty(self.name.clone()));
        }
        for (index, feature) in self.features.iter().enumerate() {
            if self.features[..index].iter().any(|other| other.name == feature.name) {
                return Err(FeatureError::Twice(feature.name.clone()));
            }
            check(&feature.expr)?;
        }
        Ok(())
    }

    fn collect(&self, of: impl Fn(&Expr) -> Option<String>) -> Vec<String> {
        let mut found = Vec::new();
        let mut left: Vec<&Expr> = self.features.iter().rev().map(|feature| &feature.expr).collect();
        while let Some(expr) = left.pop() {
            if let Some(name) = of(expr).filter(|name| !found.contains(name)) {
                found.push(name);
            }
            left.extend(expr.parts().into_iter().rev());
        }
        found
    }
}

fn check(expr: &Expr) -> Result<(), FeatureError> {
    expr.check()?;
    if let Expr::Indicator { name, params, output } = expr {
        position(resolve(name, params)?.0, output)?;
    }
    expr.parts().into_iter().try_for_each(check)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feature::SentimentMeasure;

    fn set(exprs: Vec<Expr>) -> FeatureSet {
        let features = exprs.into_iter().enumerate().map(|(index, expr)| FeatureDef {
            name: format!("f{index}"),
            about: String::new(),
            source: String::new(),
            expr,
        });
        FeatureSet { name: "some".to_owned(), version: 1, about: String::new(), features: features.collect() }
    }

    #[test]
    fn what_cannot_be_computed_is_refused() {
        let refused = |expr: Expr| set(vec![expr]).check().unwrap_err().to_string();
        assert_eq!(set(vec![]).check().unwrap_err().to_string(), "feature set `some` has no features");
        assert_eq!(refused(Expr::indicator("rso", &[], "rso")), "no indicator is named `rso`");
        assert_eq!(
            refused(Expr::indicator("macd", &[], "histogram").abs()),
            "macd has no output `histogram`; it has line, signal, hist"
        );
        assert_eq!(refused(Expr::close().lag(0)), "window 0 is not from 1 to 10000 bars");
        assert_eq!(refused(Expr::close().std_dev(1)), "window 1 is not from 2 to 10000 bars");
        assert_eq!(
            refused(Expr::sentiment("news", SentimentMeasure::Mean, 0.0)),
            "half life 0 is not from 0.01 to 1000000 hours"
        );
        let mut twice = set(vec![Expr::close(), Expr::open()]);
        twice.features[1].name = "f0".to_owned();
        assert_eq!(twice.check().unwrap_err().to_string(), "two features are named `f0`");
    }

    #[test]
    fn it_is_json() {
        let set = set(vec![
            Expr::close().log_return(24).z_score(72),
            Expr::indicator("rsi", &[("period", 7.into())], "rsi"),
            Expr::reference_close("market").over(Expr::Constant(2.0)),
        ]);
        let json = serde_json::to_string(&set).unwrap();
        assert!(json.contains(r#"{"z_score":[{"log_return":[{"bar":"close"},24]},72]}"#), "{json}");
        assert_eq!(serde_json::from_str::<FeatureSet>(&json).unwrap(), set);
        assert_eq!(set.roles(), ["market"]);
        assert_eq!(set.warmup().unwrap(), 24 + 71);
    }
}

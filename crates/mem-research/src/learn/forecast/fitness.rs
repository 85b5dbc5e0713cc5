//! How near forecasts come, beside what is said without a model.

use mem_model::validate::compare::{DieboldMariano, diebold_mariano};
use mem_model::validate::metric::{mean_absolute_error, pinball, pinball_loss, r2, root_mean_squared_error};
use serde::Serialize;

use super::super::rows::Rows;
use super::super::target::Target;
use super::truth::Truths;

/// A difference by luck alone is as large as this or larger in one case of twenty.
const CONVINCING: f64 = 0.05;

/// How near forecasts came.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Measures {
    /// Mean loss, by which models of this kind are compared.
    pub loss: f64,
    /// Mean absolute error of the return or the volatility; `None` for quantiles.
    pub mae: Option<f64>,
    /// Root of the mean squared error of the same.
    pub rmse: Option<f64>,
    /// Share of the variance that is told; below 0 where the mean would have told more.
    pub r2: Option<f64>,
}

/// How good a quantile is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LevelScore {
    /// Its level: the share of outcomes that should lie below.
    pub level: f64,
    /// The share that did.
    pub coverage: f64,
    /// Mean pinball loss.
    pub pinball: f64,
    /// The share below what is said without a model.
    pub plain_coverage: f64,
    /// The loss of that.
    pub plain_pinball: f64,
}

/// How good forecasts are.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fitness {
    /// Rows foreseen.
    pub rows: usize,
    /// The model.
    pub model: Measures,
    /// What it is compared with.
    pub plain: Measures,
    /// The share of the other's loss that it saves; below 0 where it loses more.
    pub skill: f64,
    /// Probability that losses differ so much, if they were the same (Diebold and Mariano, two-sided).
    pub p_value: Option<f64>,
    /// Each quantile.
    pub levels: Vec<LevelScore>,
    /// Whether its loss is smaller, convincingly.
    pub foresees: bool,
    /// In plain English.
    pub words: Vec<String>,
}

impl Target {
    /// What forecasts of it are compared by.
    pub fn loss(&self) -> &'static str {
        match self {
            Self::Direction => "logarithmic loss",
            Self::Return => "squared error",
            Self::Volatility => "squared error of the logarithm",
            Self::Quantiles(_) => "mean pinball loss",
        }
    }

    /// What is said of it without a model.
    pub fn plainly(&self) -> &'static str {
        match self {
            Self::Direction => "the mere share",
            Self::Return => "no change",
            Self::Volatility => "rolling volatility",
            Self::Quantiles(_) => "historical quantiles",
        }
    }
}

/// The loss of each of the rows.
pub(super) fn losses(target: &Target, truth: &[f64], rows: &[usize], said: &[Vec<f64>]) -> Vec<f64> {
    let one = |(row, said): (&usize, &Vec<f64>)| {
        let truth = truth[*row];
        match target {
            Target::Direction | Target::Return => (truth - said[0]) * (truth - said[0]),
            Target::Volatility => (truth - libm::log(said[0])) * (truth - libm::log(said[0])),
            Target::Quantiles(levels) => {
                let each = levels.iter().zip(said).map(|(level, said)| pinball_loss(truth, *said, *level));
                each.sum::<f64>() / levels.len() as f64
            }
        }
    };
    rows.iter().zip(said).map(one).collect()
}

/// How good forecasts are beside what is said without a model, and the test of that difference.
pub(super) fn judge(
    target: &Target,
    rows: &Rows,
    truths: &Truths,
    (tested, said, plain): (&[usize], &[Vec<f64>], &[Vec<f64>]),
) -> (Fitness, Option<DieboldMariano>) {
    let (ours, theirs) = (losses(target, &truths.values, tested, said), losses(target, &truths.values, tested, plain));
    // Volatility is told as such, learned as its logarithm.
    let natural = |row: &usize| {
        let value = truths.values[*row];
        if *target == Target::Volatility { libm::exp(value) } else { value }
    };
    let truth: Vec<f64> = tested.iter().map(natural).collect();
    let measures = |said: &[Vec<f64>], losses: &[f64]| {
        let loss = losses.iter().sum::<f64>() / losses.len() as f64;
        if matches!(target, Target::Quantiles(_)) {
            return Measures { loss, mae: None, rmse: None, r2: None };
        }
        let said: Vec<f64> = said.iter().map(|said| said[0]).collect();
        Measures {
            loss,
            mae: mean_absolute_error(&truth, &said),
            rmse: root_mean_squared_error(&truth, &said),
            r2: r2(&truth, &said),
        }
    };
    let (model, other) = (measures(said, &ours), measures(plain, &theirs));
    let test = diebold_mariano(&ours, &theirs, rows.horizon * rows.markets.len());
    let p_value = test.map(|test| test.p_value);
    let mut fitness = Fitness {
        rows: tested.len(),
        model,
        plain: other,
        skill: 1.0 - model.loss / other.loss,
        p_value,
        levels: levels(target, &truth, said, plain),
        foresees: model.loss < other.loss && p_value.is_some_and(|p| p < CONVINCING),
        words: Vec::new(),
    };
    fitness.words = words(target, &fitness);
    (fitness, test)
}

fn levels(target: &Target, truth: &[f64], said: &[Vec<f64>], plain: &[Vec<f64>]) -> Vec<LevelScore> {
    let Target::Quantiles(levels) = target else { return Vec::new() };
    let score = |(at, level): (usize, &f64)| {
        let of = |said: &[Vec<f64>]| -> (f64, f64) {
            let said: Vec<f64> = said.iter().map(|said| said[at]).collect();
            let below = truth.iter().zip(&said).filter(|(truth, said)| truth <= said).count();
            (below as f64 / truth.len() as f64, pinball(truth, &said, *level).unwrap_or(f64::NAN))
        };
        let ((coverage, pinball), (plain_coverage, plain_pinball)) = (of(said), of(plain));
        LevelScore { level: *level, coverage, pinball, plain_coverage, plain_pinball }
    };
    levels.iter().enumerate().map(score).collect()
}

fn words(target: &Target, fitness: &Fitness) -> Vec<String> {
    let p = fitness.p_value.map_or_else(|| "not to be said".to_owned(), |p| format!("{p:.3}"));
    let (loss, plainly, skill) = (target.loss(), target.plainly(), fitness.skill * 100.0);
    let first = if fitness.foresees {
        format!("It foresees something: out of sample its {loss} is {skill:.2} % below that of {plainly} (p {p}).")
    } else if fitness.skill > 0.0 {
        format!(
            "It has not been shown to foresee anything: out of sample its {loss} is {skill:.2} % below that of {plainly}, which may be luck (p {p})."
        )
    } else {
        format!(
            "It has not been shown to foresee anything: out of sample its {loss} is {:.2} % above that of {plainly} (p {p}).",
            -skill
        )
    };
    let mut words = vec![first];
    let off = fitness.levels.iter().map(|one| (one.coverage - one.level).abs());
    if let Some(worst) = off.reduce(f64::max) {
        words.push(format!(
            "Its quantiles hold what they promise to within {:.1} points: so far at most is the share of outcomes below one from its level.",
            worst * 100.0
        ));
    }
    words
}

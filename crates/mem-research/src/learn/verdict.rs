//! What predictions out of sample were worth: beside knowing nothing, and in money after costs.

use mem_model::validate::compare::{diebold_mariano, mcnemar};
use mem_model::validate::metric::{
    Reliability, brier, expected_calibration_error, log_loss, pr_auc, reliability, roc_auc,
};
use mem_types::{Decision, Decisions, SeriesKey, Timestamp};
use serde::Serialize;

use super::LearnConfig;
use super::course::{Tests as Predicted, loss};
use super::rows::Rows;
use crate::error::ResearchError;
use crate::metrics::Metrics;
use crate::optimize::{deflated_sharpe, mean};

/// Bins of the reliability curve and of the calibration error.
const BINS: usize = 10;
/// A difference by luck alone is as large as this or larger in one case of twenty.
const CONVINCING: f64 = 0.05;

/// How good probabilities were.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Scores {
    /// Area under the ROC curve; 0.5 is chance.
    pub roc_auc: Option<f64>,
    /// Area under the curve of precision over recall.
    pub pr_auc: Option<f64>,
    /// Mean logarithmic loss.
    pub log_loss: Option<f64>,
    /// Mean squared error.
    pub brier: Option<f64>,
    /// Expected calibration error over ten bins.
    pub calibration_error: Option<f64>,
    /// Share of rows told right, at one half.
    pub accuracy: f64,
}

/// Whether a difference is more than luck.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Tests {
    /// Probability that losses differ so much from those of knowing the share only, if they were the same (Diebold and Mariano, with the
    /// correction of Harvey, Leybourne and Newbold).
    pub diebold_mariano_p: Option<f64>,
    /// Probability that right and wrong differ so much from always saying the commoner class, if they were the same (McNemar).
    pub mcnemar_p: f64,
}

/// What one series would have earned over the tests.
#[derive(Debug, Clone, Serialize)]
pub struct SeriesVerdict {
    /// Which.
    pub key: SeriesKey,
    /// Open time of its first bar tested.
    pub from: Timestamp,
    /// Open time of its last.
    pub to: Timestamp,
    /// The usual figures, after costs.
    pub metrics: Metrics,
    /// Return of buying at the first open and holding to the last close, as a fraction, before costs.
    pub hold: f64,
    /// Return of the primary strategy alone, after costs; where a meta-label judges it.
    pub alone: Option<f64>,
    /// Equity at each close, with the open times of the bars in nanoseconds.
    #[serde(skip)]
    pub equity: (Vec<i64>, Vec<f64>),
}

/// What all tests together say.
#[derive(Debug, Clone, Serialize)]
pub struct Verdict {
    /// Rows predicted out of sample.
    pub rows: usize,
    /// The model.
    pub model: Scores,
    /// Saying the share of the training rows each time.
    pub share: Scores,
    /// Whether the difference is more than luck.
    pub tests: Tests,
    /// Probabilities and what became of them.
    pub reliability: Vec<Reliability>,
    /// What each series would have earned.
    pub series: Vec<SeriesVerdict>,
    /// Mean return over the series after costs, as a fraction.
    pub mean_return: f64,
    /// Mean return of holding.
    pub mean_hold: f64,
    /// Mean return of the primary strategy alone, after costs; where a meta-label judges it.
    pub mean_alone: Option<f64>,
    /// Mean of the series' annual Sharpe ratios.
    pub mean_sharpe: Option<f64>,
    /// What that is worth after so many tries; `None` before [`Verdict::deflate`], or where nothing was tried before.
    pub deflated: Option<Deflated>,
    /// Whether its probabilities are better than the share, convincingly.
    pub foresees: bool,
    /// Whether it earned something after costs, on average over the series.
    pub pays: bool,
    /// In plain English.
    pub words: Vec<String>,
}

/// What a Sharpe ratio is worth when it is the best of many.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Deflated {
    /// Tries on the same bars, this one included.
    pub tries: usize,
    /// The probability that it is more than the luck of so many; see [`deflated_sharpe`]. 0.95 convinces.
    pub probability: f64,
}

impl Verdict {
    /// Takes into account the mean annual Sharpe ratios of what was tried `earlier` on the same bars.
    pub fn deflate(&mut self, earlier: &[f64]) {
        self.deflated = self.deflated_by(earlier);
    }

    fn deflated_by(&self, earlier: &[f64]) -> Option<Deflated> {
        let of = |of: fn(&Metrics) -> Option<f64>| mean(self.series.iter().filter_map(|one| of(&one.metrics)));
        // Bar by bar: ratios are annual, so their squares are divided by the bars of a year.
        let per_bar = of(|metrics| Some(metrics.bars_per_year))?.sqrt().recip();
        let own = self.mean_sharpe?;
        let tries: Vec<f64> = earlier.iter().chain([&own]).map(|sharpe| sharpe * per_bar).collect();
        let bars = self.series.iter().map(|one| one.equity.0.len()).min()?;
        let (skew, kurtosis) = (of(|metrics| metrics.skew)?, of(|metrics| metrics.kurtosis)?);
        let probability = deflated_sharpe(own * per_bar, &tries, bars, skew, kurtosis)?;
        Some(Deflated { tries: tries.len(), probability })
    }
}

/// # Errors
/// If the simulation cannot be done.
pub(super) fn judge(config: &LearnConfig, rows: &Rows, tests: &Predicted) -> Result<Verdict, ResearchError> {
    let truth: Vec<bool> = tests.rows.iter().map(|row| rows.target[*row] > 0.5).collect();
    let losses = |said: &[f64]| said.iter().zip(&truth).map(|(said, truth)| loss(*said, *truth)).collect::<Vec<f64>>();
    let right =
        |said: &[f64]| said.iter().zip(&truth).map(|(said, truth)| (*said >= 0.5) == *truth).collect::<Vec<bool>>();
    // Rows of several series are decided at the same time: a label spans so many rows.
    let overlap = rows.horizon * rows.markets.len();
    let (model, share) = (scores(&truth, &tests.said), scores(&truth, &tests.share));
    let luck = Tests {
        diebold_mariano_p: diebold_mariano(&losses(&tests.said), &losses(&tests.share), overlap)
            .map(|test| test.p_value),
        mcnemar_p: {
            // Rows that share their time are not independent: one in as many is counted.
            let apart = |said: &[f64]| right(said).into_iter().step_by(overlap).collect::<Vec<bool>>();
            mcnemar(&apart(&tests.said), &apart(&tests.share)).exact
        },
    };
    let series = rows
        .markets
        .iter()
        .enumerate()
        .filter_map(|(market, _)| earned(config, rows, (&tests.rows, &tests.said), market).transpose())
        .collect::<Result<Vec<_>, _>>()?;
    let mean_return = mean(series.iter().map(|one| one.metrics.total_return.unwrap_or(0.0))).unwrap_or(0.0);
    let mean_hold = mean(series.iter().map(|one| one.hold)).unwrap_or(0.0);
    let mean_alone = mean(series.iter().filter_map(|one| one.alone));
    let mean_sharpe = mean(series.iter().filter_map(|one| one.metrics.sharpe));
    let better = model.log_loss.zip(share.log_loss).is_some_and(|(model, share)| model < share);
    let foresees = better && luck.diebold_mariano_p.is_some_and(|p| p < CONVINCING);
    let mut verdict = Verdict {
        rows: truth.len(),
        model,
        share,
        tests: luck,
        reliability: reliability(&truth, &tests.said, BINS),
        series,
        mean_return,
        mean_hold,
        mean_alone,
        mean_sharpe,
        deflated: None,
        foresees,
        pays: mean_return > 0.0,
        words: Vec::new(),
    };
    verdict.words = words(&verdict);
    Ok(verdict)
}

pub(super) fn scores(truth: &[bool], said: &[f64]) -> Scores {
    let right = truth.iter().zip(said).filter(|(truth, said)| (**said >= 0.5) == **truth).count();
    Scores {
        roc_auc: roc_auc(truth, said),
        pr_auc: pr_auc(truth, said),
        log_loss: log_loss(truth, said),
        brier: brier(truth, said),
        calibration_error: expected_calibration_error(truth, said, BINS),
        accuracy: right as f64 / truth.len() as f64,
    }
}

/// What a series would have earned had its model decided; `None` where none of its bars was tested.
pub(super) fn earned(
    config: &LearnConfig,
    rows: &Rows,
    (tested, said): (&[usize], &[f64]),
    market: usize,
) -> Result<Option<SeriesVerdict>, ResearchError> {
    let of_market = tested.iter().zip(said).filter(|(row, _)| rows.places[**row].0 == market);
    let said: Vec<(usize, f64)> = of_market.map(|(row, said)| (rows.places[*row].1, *said)).collect();
    let (Some((first, _)), Some((last, _))) = (said.first(), said.last()) else { return Ok(None) };
    let (first, last) = (*first, *last);
    let of = &rows.markets[market];
    let bars = of.bars().slice(first..last + 1);
    let (list, alone) = match rows.primary.get(market) {
        None => (config.thresholds.decide(said.into_iter().map(|(bar, said)| (bar - first, said))), None),
        Some(primary) => {
            let within = primary.list.iter().filter(|decision| (first..=last).contains(&decision.bar));
            let list: Vec<Decision> =
                within.map(|decision| Decision { bar: decision.bar - first, ..*decision }).collect();
            let alone = Decisions { list: list.clone() };
            let (metrics, _) = of.simulated(first..last + 1, &alone, &config.sim)?;
            (believed(list, first, &said, config.thresholds.enter), Some(metrics.total_return.unwrap_or(0.0)))
        }
    };
    let (metrics, equity) = of.simulated(first..last + 1, &Decisions { list }, &config.sim)?;
    Ok(Some(SeriesVerdict {
        key: of.key().clone(),
        from: Timestamp::from_nanos(bars.ts_ns[0]),
        to: Timestamp::from_nanos(bars.ts_ns[bars.len() - 1]),
        metrics,
        hold: bars.close[bars.len() - 1] / bars.open[0] - 1.0,
        alone,
        equity: (bars.ts_ns.to_vec(), equity),
    }))
}

/// The decisions of a strategy without the entries that were not thought to gain; `said` has what was said of bars, in their order.
fn believed(mut list: Vec<Decision>, first: usize, said: &[(usize, f64)], enter: f64) -> Vec<Decision> {
    list.retain(|decision| {
        let gain = said.binary_search_by_key(&(decision.bar + first), |(bar, _)| *bar).ok().map(|at| said[at].1);
        decision.intent.enters().is_none() || gain.is_some_and(|gain| gain >= enter)
    });
    list
}

fn words(verdict: &Verdict) -> Vec<String> {
    let mut words = Vec::new();
    let p = verdict.tests.diebold_mariano_p.map_or_else(|| "not to be said".to_owned(), |p| format!("{p:.3}"));
    let auc = verdict.model.roc_auc.map_or_else(|| "not to be said".to_owned(), |auc| format!("{auc:.4}"));
    words.push(if verdict.foresees {
        format!("It foresees something: out of sample its probabilities are better than the mere share (p {p}, ROC AUC {auc}).")
    } else {
        format!(
            "It has not been shown to foresee anything: out of sample its probabilities are no better than the mere share by more than luck (p {p}, ROC AUC {auc})."
        )
    });
    let (earned, held) = (verdict.mean_return * 100.0, verdict.mean_hold * 100.0);
    if let Some(alone) = verdict.mean_alone {
        words.push(format!(
            "After costs, doing only what it believes in, the strategy would have brought {earned:+.2} % a series on average; alone: {:+.2} %; holding: {held:+.2} %.",
            alone * 100.0
        ));
        return words;
    }
    words.push(if verdict.pays {
        format!("After costs, deciding alone, it would have earned {earned:+.2} % a series on average; holding: {held:+.2} %.")
    } else {
        format!("It does not pay: after costs, deciding alone, it would have brought {earned:+.2} % a series on average; holding: {held:+.2} %.")
    });
    words
}

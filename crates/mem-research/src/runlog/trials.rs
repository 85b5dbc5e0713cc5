//! How often the same bars have been tried, and how well that went: the more tries, the less the best of them is worth.

use mem_types::SeriesKey;

use super::{Kind, RunLog, read_header};
use crate::error::ResearchError;
use crate::optimize::{Optimization, mean};
use crate::run::Run;

impl RunLog {
    /// Mean annual Sharpe ratios of everything kept here that was tried on bars of any of these series: backtests, those of comparisons among
    /// them, and each candidate of each search. What a model was tested on in-sample says nothing and is left out; so are runs that cannot be
    /// read, and portfolios, whose ratio is not that of a series.
    ///
    /// # Errors
    /// If the folder of runs itself cannot be read.
    pub fn tried(&self, series: &[SeriesKey]) -> Result<Vec<f64>, ResearchError> {
        let mut found = Vec::new();
        for id in self.ids()? {
            let Ok(header) = read_header(&self.folder_of(&id)) else { continue };
            match header.kind {
                Kind::Backtest => found.extend(self.load::<Run>(&id).ok().and_then(|run| sharpe(&run, series))),
                Kind::Optimization => {
                    let Ok(search) = self.load::<Optimization>(&id) else { continue };
                    if search.series.iter().any(|one| series.contains(&one.key)) {
                        found.extend(search.trials.iter().filter_map(|trial| trial.figures.sharpe));
                    }
                }
                Kind::Comparison | Kind::Portfolio => {}
            }
        }
        Ok(found)
    }
}

fn sharpe(run: &Run, series: &[SeriesKey]) -> Option<f64> {
    if run.config.model.as_ref().is_some_and(|model| model.in_sample) {
        return None;
    }
    let own = run.tested().filter(|(key, _)| series.contains(key));
    mean(own.filter_map(|(_, tested)| tested.summary.metrics.sharpe))
}

//! A portfolio of a run: positions as the trades tell them, and what is kept comes back.

use mem_research::ResearchError;
use mem_research::portfolio::{PortfolioConfig, Rebalance, Weights};
use mem_research::portfolio_run::PortfolioRun;
use mem_research::run::Run;
use mem_research::runlog::{Kept, Kind, RunLog};
use mem_store::table::TableFormat;

use crate::made_up::tested;

fn config() -> PortfolioConfig {
    PortfolioConfig { weights: Weights::InverseVolatility, lookback_bars: Some(100), ..PortfolioConfig::default() }
}

#[test]
fn without_rebalancing_it_is_the_sum_of_its_accounts() {
    let (run, market) = tested("us", 3, 900, "1h", 20);
    let free = PortfolioConfig { rebalance: Rebalance::Never, cost: 0.0, ..PortfolioConfig::default() };
    let found = PortfolioRun::new(run.clone(), &free, &market).unwrap();
    let ends: f64 = run.tested().map(|(_, tested)| tested.equity.last().unwrap()).sum();
    assert!((found.result.equity.last().unwrap() - ends / 3.0).abs() < 1e-6);
    assert_eq!(found.result.ts_ns, run.tested().next().unwrap().1.ts_ns);
}

#[test]
fn what_is_kept_comes_back_equal() {
    let data = tempfile::tempdir().unwrap();
    let log = RunLog::new(data.path());
    let (run, market) = tested("us", 3, 900, "1h", 20);
    let found = PortfolioRun::new(run.clone(), &config(), &market).unwrap();
    log.keep(&found, "2024-01-01".parse().unwrap()).unwrap();
    assert_eq!(log.load::<PortfolioRun>(&found.id).unwrap(), found);
    assert_eq!(log.load::<Run>(&run.id).unwrap(), run, "the run behind it is kept as well");
    assert_eq!(log.kind(&found.id).unwrap(), Kind::Portfolio);
    let json = serde_json::to_string(&log.json(&found.id).unwrap()).unwrap();
    assert!(json.len() < 20_000, "columns stand in their table: {}", json.len());
    let files = found.export(TableFormat::Csv, data.path()).unwrap();
    let rows = std::fs::read_to_string(&files[0]).unwrap().lines().count();
    assert_eq!(rows, found.result.ts_ns.len() + 1);
    let other = PortfolioRun::new(run, &PortfolioConfig { cost: 0.0, ..config() }, &market).unwrap();
    assert_ne!(found.id, other.id);
}

#[test]
fn half_a_run_makes_no_portfolio() {
    let (mut run, market) = tested("us", 2, 300, "1h", 20);
    run.partial = true;
    assert!(matches!(PortfolioRun::new(run, &config(), &market), Err(ResearchError::Unfinished { .. })));
}

//! The pages of optimisations, comparisons and portfolios: whole, self-contained, the same bytes for the same study.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use mem_research::SimConfig;
use mem_research::compare::{Candidate, CompareConfig, compare};
use mem_research::optimize::{Gene, Genetic, OptimizeConfig, Search, optimize};
use mem_research::portfolio::PortfolioConfig;
use mem_research::portfolio_run::PortfolioRun;
use mem_research::report::write_kept;
use mem_research::runlog::{Kept, RunLog};

use crate::made_up::{MadeUp, config, key, tested, walk};

/// Keeps a study, and gives back its page, written twice.
fn page(study: &impl Kept, market: &MadeUp) -> String {
    let data = tempfile::tempdir().unwrap();
    let log = RunLog::new(data.path());
    log.keep(study, "2024-01-01".parse().unwrap()).unwrap();
    let write = |path: &Path| {
        write_kept(&log, study.id(), market, path).unwrap();
        std::fs::read_to_string(path).unwrap()
    };
    let first = write(&log.report_path(study.id()));
    // A browser draws its charts, and its script fails nowhere.
    if let Some(dom) = mem_testkit::drawn(&format!("file://{}", log.report_path(study.id()).display()), 1400, 2400) {
        assert!(dom.contains("id=\"script-error\" hidden"), "the script fails");
        assert!(dom.contains("<canvas") && dom.contains("class=\"swatch\""), "no chart is drawn");
    }
    assert_eq!(first, write(&data.path().join("again.html")));
    first
}

/// Nothing is fetched, whatever was put in is text, and the scripts are those that the policy names.
fn is_sound(html: &str) {
    assert!(html.starts_with("<!doctype html>") && html.ends_with("</html>\n"));
    assert!(html.contains("default-src 'none'; script-src 'sha256-"));
    for outside in ["<link", "<img", "<iframe", " src=", "@import", "<b>not</b>"] {
        assert!(!html.contains(outside), "{outside}");
    }
    assert_eq!(html.matches("<script").count(), 3);
    assert!(!html.contains(">NaN"), "an undefined figure is a dash");
    assert!(html.len() < 1_200_000, "{}", html.len());
}

fn search(search: Search, holdout: f64) -> String {
    let keys = [key("us", "AAA", "1h"), key("simulated", "BBB", "1h")];
    let bars = keys.iter().enumerate().map(|(i, key)| (key.to_string(), walk(i as u64 + 1, 600, key.timeframe)));
    let market = MadeUp(bars.collect());
    let run = config(&keys);
    let specs = mem_strategy::builtins().iter().find(|spec| spec.name == "ma_cross").unwrap().params;
    let genes = ["fast=3..30", "slow=20..90:5", "slow_type=sma,ema"];
    let config = OptimizeConfig {
        strategy: "ma_cross".to_owned(),
        params: Vec::new(),
        genes: genes.iter().map(|gene| Gene::parse(gene, specs).unwrap()).collect(),
        search,
        fitness: "sharpe".parse().unwrap(),
        min_trades: 1,
        seed: 7,
        holdout,
        venue: None,
        symbols: run.symbols,
        timeframe: run.timeframe,
        higher: Vec::new(),
        from: None,
        to: None,
        sim: SimConfig::default(),
    };
    page(&optimize(&config, &keys, &market, &|_| (), &AtomicBool::new(false)).unwrap(), &market)
}

#[test]
fn an_optimisation() {
    let html = search(Search::Genetic(Genetic { generations: 4, ..Genetic::default() }), 0.3);
    is_sound(&html);
    for words in [
        "SIMULATED MARKET",
        "Convergence",
        "mean fitness",
        "held out",
        "fast \u{2193}",
        "Deflated Sharpe",
        "--param slow=",
    ] {
        assert!(html.contains(words), "{words}");
    }
    let html = search(Search::Random { samples: 30 }, 0.0);
    is_sound(&html);
    assert!(html.contains("best so far by candidate") && html.contains("Nothing was held out"));
}

#[test]
fn a_comparison() {
    let keys = [key("us", "AAA", "1h"), key("us", "BBB", "1h")];
    let bars = keys.iter().enumerate().map(|(i, key)| (key.to_string(), walk(i as u64 + 1, 600, key.timeframe)));
    let market = MadeUp(bars.collect());
    let base = config(&keys);
    let candidate = |label: &str, strategy: &str, capital: f64| Candidate {
        label: label.to_owned(),
        strategy: strategy.to_owned(),
        params: Vec::new(),
        sim: SimConfig { initial_capital: capital, ..base.sim.clone() },
    };
    let config = CompareConfig {
        candidates: vec![candidate("<b>not</b> markup", "ma_cross", 1e4), candidate("score", "fast_score", 5e4)],
        venue: None,
        symbols: base.symbols.clone(),
        timeframe: base.timeframe,
        higher: Vec::new(),
        from: None,
        to: None,
    };
    let html = page(&compare(&config, &keys, &market, &|_, _| (), &AtomicBool::new(false)).unwrap(), &market);
    is_sound(&html);
    for words in
        ["&lt;b&gt;not&lt;/b&gt; markup", "Returns by symbol", "AAA", "starts with 10,000", "starts with 50,000"]
    {
        assert!(html.contains(words), "{words}");
    }
}

#[test]
fn a_portfolio() {
    let (run, market) = tested("us", 3, 900, "1h", 20);
    let html = page(&PortfolioRun::new(run, &PortfolioConfig::default(), &market).unwrap(), &market);
    is_sound(&html);
    for words in
        ["Allocation over time", "Correlation", "SYM2USDT", "Rebalances", "Diversification ratio", "equal weights"]
    {
        assert!(html.contains(words), "{words}");
    }
}

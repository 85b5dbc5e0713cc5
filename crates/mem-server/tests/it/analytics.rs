//! The analytics API, and jobs.

use mem_research::runlog::RunLog;
use mem_server::ServerConfig;
use serde_json::{Value, json};

use crate::client::{Client, anywhere};

const SYMBOLS: [&str; 3] = ["SIM-ALPHA", "SIM-BETA", "SIM-GAMMA"];

fn parallel() -> Value {
    json!({ "symbols": SYMBOLS, "interval": "1h", "period": "max", "min_confidence": 40 })
}

#[tokio::test]
async fn many_symbols_at_once() {
    let client = Client::start(anywhere()).await;
    let answer = client.post("/api/phase2/parallel-backtest", &parallel()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let answer = answer.json();
    let results = &answer["results"];
    assert_eq!((&results["total_symbols"], &results["successful_symbols"]), (&json!(3), &json!(3)));
    let each = results["individual_results"].as_array().unwrap();
    let trades: u64 = each.iter().map(|one| one["total_trades"].as_u64().unwrap()).sum();
    assert_eq!(results["total_trades"], json!(trades));
    assert!(trades > 0);
    for one in each {
        assert_eq!(one["trades"].as_array().unwrap().len() as u64, one["total_trades"].as_u64().unwrap());
        assert!(one["sharpe_ratio"].is_number() && one["max_drawdown"].as_f64().unwrap() >= 0.0, "{one}");
    }
    let mean = each.iter().map(|one| one["total_return"].as_f64().unwrap()).sum::<f64>() / 3.0;
    assert!((results["portfolio_return"].as_f64().unwrap() - mean).abs() < 1e-9);
    // The run is in the log, and a second request knows the answer.
    let log = RunLog::new(client.folder.path());
    assert!(log.summary(results["run_id"].as_str().unwrap()).is_ok());
    let again = client.post("/api/phase2/parallel-backtest", &parallel()).await.json();
    assert_eq!((&answer["cached"], &again["cached"]), (&json!(false), &json!(true)));
    assert_eq!(again["results"], *results);
    client.stop().await;
}

#[tokio::test]
async fn a_genetic_search_has_its_history() {
    let client = Client::start(anywhere()).await;
    let asked = json!({
        "symbol": "SIM-ALPHA", "interval": "1h", "period": "max", "strategy": "ma_cross", "fitness_function": "sharpe",
        "parameter_ranges": { "fast": [3, 20], "slow": [25, 100, 5] }, "generations": 4, "holdout": 0.3,
    });
    let answer = client.post("/api/phase2/genetic-optimize", &asked).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let results = answer.json()["results"].clone();
    assert_eq!(results["history"].as_array().unwrap().len(), 4);
    assert_eq!(results["history"][3]["best_genes"], results["best_parameters"]);
    assert!(results["evaluations"].as_u64().unwrap() <= 80);
    assert!(results["holdout_fitness"].is_number());
    let slow = results["best_parameters"]["slow"].as_u64().unwrap();
    assert!(slow % 5 == 0 && (25..=100).contains(&slow));
    client.stop().await;
}

#[tokio::test]
async fn the_comparison_works_and_ranks_who_does_nothing_last() {
    let client = Client::start(anywhere()).await;
    let asked = json!({
        "symbol": "SIM-ALPHA", "interval": "1h", "period": "max",
        "strategies": [
            { "name": "Never", "min_confidence": 100 },
            { "name": "Often", "min_confidence": 20 },
            { "name": "Cross", "strategy": "ma_cross", "params": { "fast": 10, "slow": 50 } },
        ],
    });
    let answer = client.post("/api/phase2/strategy-comparison", &asked).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let results = answer.json()["results"].clone();
    assert_eq!(results["total_strategies"], json!(3));
    for ranking in ["by_return", "by_sharpe", "by_win_rate", "by_profit_factor", "by_composite"] {
        assert_eq!(results["rankings"][ranking][2], json!("Never"), "{ranking}");
    }
    assert_eq!(results["best_strategy"]["strategy_name"], results["rankings"]["by_composite"][0]);
    assert!(results["statistics"]["std_return"].as_f64().unwrap() > 0.0);
    client.stop().await;
}

#[tokio::test]
async fn a_portfolio_adds_up() {
    let client = Client::start(anywhere()).await;
    let asked = |allocation: &str| {
        json!({
            "symbols": SYMBOLS, "interval": "1h", "period": "max", "min_confidence": 40, "allocation_strategy": allocation,
            "weights": { "SIM-ALPHA": 2, "SIM-BETA": 1, "SIM-GAMMA": 1 }, "lookback_bars": 200,
        })
    };
    for allocation in ["equal", "custom", "inverse_volatility", "risk_parity"] {
        let answer = client.post("/api/phase2/portfolio-backtest", &asked(allocation)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let results = answer.json()["results"].clone();
        let sum = |name: &str| results[name].as_object().unwrap().values().map(|v| v.as_f64().unwrap()).sum::<f64>();
        assert!((sum("allocation") - 100_000.0).abs() < 1e-6, "{allocation}");
        let end = results["portfolio_metrics"]["final_value"].as_f64().unwrap();
        assert!((sum("final_allocation") - end).abs() < 1e-6, "{allocation}");
        assert_eq!(results["correlation_matrix"]["SIM-BETA"]["SIM-BETA"], json!(1.0));
        if allocation == "custom" {
            assert!((results["allocation"]["SIM-ALPHA"].as_f64().unwrap() - 50_000.0).abs() < 1e-6);
        }
    }
    client.stop().await;
}

#[tokio::test]
async fn faults_name_their_field() {
    let client = Client::start(anywhere()).await;
    let symbol = |more: Value| {
        let mut asked = json!({ "symbol": "SIM-ALPHA", "interval": "1h" });
        asked.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        asked
    };
    let symbols = |more: Value| {
        let mut asked = json!({ "symbols": SYMBOLS, "interval": "1h" });
        asked.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        asked
    };
    let (backtest, genetic) = ("/api/phase2/parallel-backtest", "/api/phase2/genetic-optimize");
    let (comparison, portfolio) = ("/api/phase2/strategy-comparison", "/api/phase2/portfolio-backtest");
    for (path, asked, status, field) in [
        (backtest, json!({}), 400, "symbols"),
        (backtest, json!({ "symbols": [] }), 400, "symbols"),
        (backtest, json!({ "symbols": ["SIM-ALPHA", "sim-alpha"], "interval": "1h" }), 400, "symbols"),
        (backtest, json!({ "symbols": ["../x"], "interval": "1h" }), 400, "symbols"),
        (backtest, json!({ "symbols": ["NOPE"], "interval": "1h" }), 422, "symbols"),
        (backtest, json!({ "symbols": SYMBOLS }), 422, "symbols"),
        (backtest, symbols(json!({ "interval": "1x" })), 400, "interval"),
        (backtest, symbols(json!({ "period": "often" })), 400, "period"),
        (backtest, symbols(json!({ "commission": 2 })), 400, "commission"),
        (backtest, symbols(json!({ "min_confidence": -1 })), 400, "min_confidence"),
        (backtest, symbols(json!({ "strategy": "fast_scor" })), 400, "strategy"),
        (backtest, symbols(json!({ "params": { "x": 1 } })), 400, "params"),
        (backtest, symbols(json!({ "initial_capital_per_symbol": 0 })), 400, "initial_capital_per_symbol"),
        (genetic, symbol(json!({ "parameter_ranges": {} })), 400, "parameter_ranges"),
        (
            genetic,
            symbol(json!({ "parameter_ranges": { "min_confidence": [90, 50] } })),
            400,
            "parameter_ranges.min_confidence",
        ),
        (genetic, symbol(json!({ "parameter_ranges": { "x": [1, 2] } })), 400, "parameter_ranges.x"),
        (genetic, symbol(json!({ "fitness_function": "luck" })), 400, "fitness_function"),
        (genetic, symbol(json!({ "population_size": 1 })), 400, "population_size"),
        (genetic, symbol(json!({ "generations": 0 })), 400, "generations"),
        (genetic, symbol(json!({ "holdout": 1 })), 400, "holdout"),
        (comparison, symbol(json!({ "strategies": [] })), 400, "strategies"),
        (comparison, symbol(json!({ "strategies": [{ "name": "a" }, { "name": "a" }] })), 400, "strategies[1].name"),
        (
            comparison,
            symbol(json!({ "strategies": [{ "name": "a", "min_confidence": 200 }] })),
            400,
            "strategies[0].min_confidence",
        ),
        (portfolio, symbols(json!({ "allocation_strategy": "magic" })), 400, "allocation_strategy"),
        (portfolio, symbols(json!({ "allocation_strategy": "custom" })), 400, "weights"),
        (portfolio, symbols(json!({ "allocation_strategy": "custom", "weights": { "X": 1 } })), 400, "weights.X"),
        (portfolio, symbols(json!({ "lookback_bars": 1 })), 400, "lookback_bars"),
        (portfolio, symbols(json!({ "allocation_strategy": "risk_parity", "period": "5d" })), 422, ""),
    ] {
        let answer = client.post(path, &asked).await;
        assert_eq!(answer.fault(), (status, field.to_owned()), "{path} {asked}: {}", answer.text);
    }
    client.stop().await;
}

/// A grid of many candidates: long enough to be a job, and to be stopped.
fn long_work() -> Value {
    json!({
        "symbol": "SIM-ALPHA", "interval": "1h", "period": "max", "strategy": "confluence",
        "parameter_ranges": { "min_confidence": [10, 90], "stop_atr": [1, 5], "target_atr": [1, 9] },
        "population_size": 1000, "generations": 1000,
    })
}

#[tokio::test]
async fn long_work_is_a_job_that_can_be_cancelled() {
    let client = Client::start(ServerConfig { quick_ms: 0, ..anywhere() }).await;
    let accepted = client.post("/api/phase2/genetic-optimize", &long_work()).await;
    assert_eq!(accepted.status, 202, "{}", accepted.text);
    let url = accepted.json()["status_url"].as_str().unwrap().to_owned();
    let job = client.get(&url).await.json();
    assert!(["queued", "running"].contains(&job["state"].as_str().unwrap()), "{job}");
    assert_eq!(job["kind"], json!("genetic-optimize"));
    let listed = client.get("/api/jobs").await.json();
    assert_eq!(listed["jobs"].as_array().unwrap().len(), 1);
    assert!(listed["jobs"][0]["result"].is_null());
    let cancel = format!("DELETE {url} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert_eq!(client.send(&cancel, b"").await.status, 200);
    let ended = until_over(&client, &url).await;
    assert_eq!(ended["state"], json!("cancelled"), "{ended}");
    assert_eq!(client.get("/api/jobs/nothing").await.fault().0, 404);
    client.stop().await;
}

#[tokio::test]
async fn a_job_brings_the_answer_that_the_request_would_have_had() {
    let client = Client::start(ServerConfig { quick_ms: 0, ..anywhere() }).await;
    let accepted = client.post("/api/phase2/parallel-backtest", &parallel()).await;
    // It may be quick enough to be answered at once.
    let body = accepted.json();
    let result = if accepted.status == 202 {
        let job = until_over(&client, body["status_url"].as_str().unwrap()).await;
        assert_eq!(job["state"], json!("done"), "{job}");
        assert_eq!(job["progress"]["done"], job["progress"]["total"]);
        job["result"].clone()
    } else {
        body
    };
    assert_eq!(result["success"], json!(true));
    assert_eq!(result["results"]["total_symbols"], json!(3));
    client.stop().await;
}

#[tokio::test]
async fn short_requests_do_not_wait_behind_long_ones() {
    let client = Client::start(ServerConfig { quick_ms: 0, ..anywhere() }).await;
    let mut urls = Vec::new();
    for seed in 0..3 {
        let mut asked = long_work();
        asked["seed"] = json!(seed);
        let accepted = client.post("/api/phase2/genetic-optimize", &asked).await;
        urls.push(accepted.json()["status_url"].as_str().unwrap().to_owned());
    }
    // All processors are at work on the first; these are answered nevertheless.
    assert_eq!(client.get("/api/series").await.status, 200);
    let candles = client.candles("SIM-ALPHA", 100).await;
    assert_eq!(client.post("/api/strategy/analyze", &json!({ "data_1h": candles })).await.status, 200);
    // A job that waits is cancelled at once.
    let cancel = format!("DELETE {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", urls[2]);
    assert_eq!(client.send(&cancel, b"").await.json()["state"], json!("cancelled"));
    client.stop().await;
}

#[tokio::test]
async fn a_full_queue_refuses() {
    let client = Client::start(ServerConfig { quick_ms: 0, jobs_waiting: 1, ..anywhere() }).await;
    let mut statuses = Vec::new();
    for seed in 0..8 {
        let mut asked = long_work();
        asked["seed"] = json!(seed);
        let answer = client.post("/api/phase2/genetic-optimize", &asked).await;
        if answer.status == 503 {
            assert!(answer.headers.contains("retry-after: "), "{}", answer.headers);
            answer.fault();
        }
        statuses.push(answer.status);
    }
    assert!(statuses.contains(&503) && statuses.contains(&202), "{statuses:?}");
    // Stopping the server stops the jobs as well.
    client.stop().await;
}

/// Asks for a job until it is over. Every question is answered at once, and the job ends by itself: the loop is bounded.
async fn until_over(client: &Client, url: &str) -> Value {
    for _ in 0..100_000 {
        let job = client.get(url).await.json();
        if !["queued", "running"].contains(&job["state"].as_str().unwrap()) {
            return job;
        }
    }
    panic!("the job does not end");
}

//! What the pages show.

use serde_json::json;

use crate::client::{Client, anywhere};

#[tokio::test]
async fn candles_come_in_windows_with_their_indicators() {
    let client = Client::start(anywhere()).await;
    let series = client.get("/api/series").await.json();
    assert_eq!(series["series"].as_array().unwrap().len(), 6);
    assert_eq!(series["series"][0]["simulated"], json!(true));
    let window = "venue=simulated&symbol=SIM-ALPHA&timeframe=1h";
    let latest = client.get(&format!("/api/bars?{window}&limit=10")).await.json();
    assert_eq!((&latest["more"], latest["ts"].as_array().unwrap().len()), (&json!(true), 10));
    let before = latest["ts"][0].as_i64().unwrap();
    let older = client.get(&format!("/api/bars?{window}&limit=10&before={before}")).await.json();
    assert!(older["ts"][9].as_i64().unwrap() < before);
    let all = client.get(&format!("/api/bars?{window}&limit=20000")).await.json();
    assert_eq!((&all["more"], all["ts"].as_array().unwrap().len()), (&json!(false), 2_000));
    // Values do not depend on the window that they are asked for in.
    let ema = format!("/api/indicators/values?{window}&name=ema&params=period=21");
    let (few, many) =
        (client.get(&format!("{ema}&limit=10")).await.json(), client.get(&format!("{ema}&limit=500")).await.json());
    let outputs = many["outputs"]["ema"].as_array().unwrap();
    assert_eq!(few["outputs"]["ema"].as_array().unwrap()[..], outputs[490..]);
    assert_eq!(few["ts"], latest["ts"]);
    assert_eq!(few["params"], json!({ "period": 21 }));
    for (path, status, field) in [
        (format!("/api/bars?{window}&limit=0"), 400, "limit"),
        (format!("/api/bars?{window}&limit=x"), 400, "limit"),
        (format!("/api/bars?{window}&before=9223372036854775807"), 400, "before"),
        ("/api/bars?venue=simulated&symbol=NOPE&timeframe=1h".to_owned(), 404, ""),
        ("/api/bars?venue=simulated&symbol=..%2Fx&timeframe=1h".to_owned(), 400, "symbol"),
        ("/api/bars?symbol=X&timeframe=1h".to_owned(), 400, "venue"),
        (format!("/api/indicators/values?{window}&name=emma"), 400, "name"),
        (format!("/api/indicators/values?{window}&name=ema&params=period"), 400, "params"),
        (format!("/api/indicators/values?{window}&name=ema&params=period=x"), 400, "params"),
    ] {
        let answer = client.get(&path).await;
        assert_eq!(answer.fault(), (status, field.to_owned()), "{path}: {}", answer.text);
    }
    client.stop().await;
}

#[tokio::test]
async fn runs_are_listed_and_shown_with_their_report() {
    let client = Client::start(anywhere()).await;
    assert_eq!(client.get("/api/runs").await.json(), json!({ "runs": [], "unreadable": [] }));
    let asked = json!({ "symbols": ["SIM-ALPHA"], "interval": "1h", "period": "max" });
    let made = client.post("/api/phase2/parallel-backtest", &asked).await.json();
    let id = made["results"]["run_id"].as_str().unwrap().to_owned();
    let listed = client.get("/api/runs").await.json();
    assert_eq!((&listed["runs"][0]["id"], &listed["runs"][0]["kind"]), (&json!(id), &json!("backtest")));
    assert!(listed["runs"][0]["headline"].as_array().is_some_and(|figures| !figures.is_empty()));
    let run = client.get(&format!("/api/runs/{id}")).await.json();
    assert_eq!((&run["id"], &run["has_report"]), (&json!(id), &json!(false)));
    let report = client.get(&format!("/api/runs/{}/report", &id[..6])).await;
    assert!(report.status == 200 && report.text.starts_with("<!doctype html>"), "{}", report.status);
    assert_eq!(client.get(&format!("/api/runs/{id}")).await.json()["has_report"], json!(true));
    for path in ["/api/runs/nothing", "/api/runs/nothing/report", "/api/runs/..%2F..%2Fcatalog"] {
        assert_eq!(client.get(path).await.fault().0, 404, "{path}");
    }
    client.stop().await;
}

#[tokio::test]
async fn the_registry_is_what_the_program_has() {
    let client = Client::start(anywhere()).await;
    let indicators = client.get("/api/indicators").await.json();
    assert_eq!(indicators["indicators"].as_array().unwrap().len(), mem_indicators::registry().len());
    let strategies = client.get("/api/strategies").await.json();
    assert_eq!(strategies["strategies"].as_array().unwrap().len(), mem_strategy::builtins().len());
    let status = client.get("/api/status").await.json();
    assert_eq!((&status["mode"], &status["auth_required"]), (&json!("research"), &json!(false)));
    client.stop().await;
}

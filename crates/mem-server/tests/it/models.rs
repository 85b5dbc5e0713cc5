//! Models over real HTTP: what is on record is shown as it is, and what is wanted of them is done, refused and put on record.

use std::collections::BTreeMap;

use mem_engine::shelf::Shelf;
use mem_model::lifecycle::registry::NewModel;
use mem_model::lifecycle::{Artefact, ModelId, Registry, RegistryError, Rollout, RolloutConfig, Scope, Seen, Stage};
use mem_store::records::{
    AuditFilter, DashboardRow, DriftRow, EvaluationRow, FILE_NAME, JobStatus, ModelEventRow, PredictionRow, Records,
    RecordsOptions, Resolved,
};
use mem_types::time::NANOS_PER_SECOND;
use mem_types::{Symbol, Timeframe, Timestamp};
use serde_json::{Value, json};

use crate::client::{Client, anywhere};

const HOUR: i64 = 3_600;

fn at(hour: i64) -> Timestamp {
    Timestamp::from_nanos((1_690_000_000 + hour * HOUR) * NANOS_PER_SECOND)
}

fn enter(registry: &mut Registry, created: i64) -> Result<ModelId, RegistryError> {
    let symbols = ["BTC-USDT", "ETH-USDT"].map(|name| name.parse::<Symbol>().unwrap()).into_iter().collect();
    let id = registry.register(NewModel {
        name: "trend".to_owned(),
        kind: "boosted_trees".to_owned(),
        scope: Scope { symbols, timeframe: Timeframe::H1, horizon: 4, target: "direction".to_owned() },
        at: at(created),
        trained_on: (at(created - 20_000), at(created - 10)),
        rows: 39_000,
        data_fingerprint: format!("data {created}"),
        features: "core/1".to_owned(),
        params: BTreeMap::new(),
        code_version: "test".to_owned(),
        seed: 7,
    })?;
    let sha256 = format!("{:064x}", id.0);
    registry.trained(id, Artefact { file: format!("{sha256}.model"), sha256, bytes: 1_000 }, at(created))?;
    registry.measured(id, [("walk.roc_auc".to_owned(), 0.531), ("walk.mean_return".to_owned(), -0.012)])?;
    registry.advance(id, Stage::Staging, at(created), "its gate was passed", BTreeMap::new())?;
    Ok(id)
}

/// Two models that have decided one after the other, and a third that is tried.
fn kept(records: &Records, shelf: &Shelf) -> [ModelId; 3] {
    shelf
        .change(|registry| {
            let first = enter(registry, 0)?;
            registry.advance(first, Stage::Production, at(1), "the first", BTreeMap::new())?;
            let second = enter(registry, 10)?;
            registry.advance(second, Stage::Production, at(11), "better", BTreeMap::new())?;
            let third = enter(registry, 20)?;
            registry.advance(third, Stage::Shadow, at(21), "tried", BTreeMap::new())?;
            Ok([first, second, third])
        })
        .inspect(|[_, second, third]| predicted(records, *second, *third))
        .unwrap()
}

/// What the two have said of 40 bars, and how the rollout that watched them stands. The candidate has begun after ten.
fn predicted(records: &Records, champion: ModelId, candidate: ModelId) {
    let mut rollout = Rollout::begin(RolloutConfig::default()).unwrap();
    for bar in 0..40 {
        let truth = bar % 3 == 0;
        for (model, role, said) in
            [(champion, "champion", 0.5), (candidate, "candidate", if truth { 0.6 } else { 0.4 })]
        {
            if role == "candidate" && bar < 10 {
                continue;
            }
            let row = PredictionRow {
                id: 0,
                timestamp: at(30 + bar),
                symbol: "BTC-USDT".to_owned(),
                timeframe: "1h".to_owned(),
                model_id: model.0 as i64,
                model_version: "1.0.0".to_owned(),
                role: role.to_owned(),
                predicted_direction: if said >= 0.5 { "up" } else { "down" }.to_owned(),
                predicted_probability: said,
                confidence_score: f64::max(said, 1.0 - said),
                prediction_horizon: 240,
                features_used: "core/1".to_owned(),
                ensemble_weights: None,
                future_timestamp: at(34 + bar),
                actual_outcome: None,
                realized_return: None,
                brier: None,
                resolved_at: None,
            };
            records.add_prediction(&row).unwrap();
            // The last four wait for their truth.
            if bar < 36 {
                let known = Resolved {
                    model_id: row.model_id,
                    symbol: row.symbol,
                    timestamp: row.timestamp,
                    outcome: if truth { "up" } else { "down" }.to_owned(),
                    realized_return: if truth { 0.01 } else { -0.01 },
                    brier: (said - f64::from(u8::from(truth))).powi(2),
                    resolved_at: at(34 + bar),
                };
                records.resolve_prediction(&known).unwrap();
            }
        }
        rollout.saw(&Seen { at: at(34 + bar), candidate: 0.5, champion: 0.5, truth });
    }
    let payload = json!({
        "champion": { "id": champion, "title": "trend 1.0.1", "sha256": "a" }, "candidate": { "id": candidate, "title": "trend 1.0.2" },
        "phase": rollout.phase(), "share": rollout.share(), "why": "40 of 1000 predictions in this stage", "numbers": rollout.numbers(),
        "weights": [0.5, 0.3, 0.2],
    });
    records
        .put_dashboard(&DashboardRow {
            id: 0,
            timestamp: at(70),
            symbol: "BTC-USDT,ETH-USDT".to_owned(),
            timeframe: "1h".to_owned(),
            kind: "rollout".to_owned(),
            payload,
            model_version: Some("trend 1.0.1".to_owned()),
        })
        .unwrap();
}

async fn serving() -> (Client, Records, Shelf) {
    let client = Client::start(anywhere()).await;
    let records = Records::open(client.folder.path().join(FILE_NAME), RecordsOptions::default()).unwrap();
    let shelf = Shelf::beside(records.clone());
    (client, records, shelf)
}

#[tokio::test]
async fn nothing_is_there_at_first() {
    let (client, ..) = serving().await;
    assert_eq!(client.get("/api/models").await.json(), json!({ "models": [] }));
    assert_eq!(client.get("/api/models/rollouts").await.json(), json!({ "rows": [] }));
    assert_eq!(client.get("/api/models/drift?model=1").await.json(), json!({ "ts": [], "features": [] }));
    let scores = client.get("/api/models/scores?models=1").await.json();
    assert_eq!((&scores["shared"], &scores["models"][0]["brier"]), (&json!(0), &Value::Null));
    for (path, status, field) in [
        ("1", 404, ""),
        ("1/card", 404, ""),
        ("x", 400, "id"),
        ("18446744073709551615", 400, "id"),
        ("drift", 400, "model"),
        ("scores?models=", 400, "models"),
        ("scores?models=1,2,3,4,5", 400, "models"),
        ("predictions?role=x", 400, "role"),
        ("predictions?limit=0", 400, "limit"),
        ("jobs?status=x", 400, "status"),
        ("jobs/1/logs", 404, ""),
        ("jobs/x/logs", 400, "id"),
    ] {
        let answer = client.get(&format!("/api/models/{path}")).await;
        assert_eq!(answer.fault(), (status, field.to_owned()), "{path}: {}", answer.text);
    }
    client.stop().await;
}

#[tokio::test]
async fn models_are_shown_as_they_stand() {
    let (client, records, shelf) = serving().await;
    let [first, second, third] = kept(&records, &shelf);
    let models = client.get("/api/models").await.json()["models"].clone();
    let stages: Vec<_> = models.as_array().unwrap().iter().map(|model| (&model["id"], &model["stage"])).collect();
    assert_eq!(
        stages,
        [
            (&json!(third), &json!("shadow")),
            (&json!(second), &json!("production")),
            (&json!(first), &json!("archived"))
        ]
    );
    let [candidate, champion] = [&models[0], &models[1]];
    assert_eq!((&champion["version"], &champion["parent"]), (&json!("1.0.1"), &json!(first)));
    assert_eq!(champion["promoted_at"], json!(at(11).as_millis()));
    assert_eq!(champion["possible"], json!({ "promote": false, "archive": true, "roll_back": true }));
    assert_eq!(candidate["possible"], json!({ "promote": true, "archive": true, "roll_back": false }));
    assert_eq!(candidate["scope"]["words"], json!("direction of BTC-USDT, ETH-USDT on 1h, 4 bars ahead"));
    assert_eq!(client.get(&format!("/api/models/{second}")).await.json(), *champion);

    // The card is served once there is one.
    assert_eq!(client.get(&format!("/api/models/{second}/card")).await.fault().0, 404);
    std::fs::create_dir_all(client.folder.path().join("models/cards")).unwrap();
    std::fs::write(client.folder.path().join(format!("models/cards/{second}.html")), "<h1>trend</h1>").unwrap();
    let card = client.get(&format!("/api/models/{second}/card")).await;
    assert!(card.text == "<h1>trend</h1>" && card.headers.contains("text/html"), "{card:?}");
    assert_eq!(client.get(&format!("/api/models/{second}")).await.json()["has_card"], json!(true));

    let rollout = client.get("/api/models/rollouts").await.json()["rows"][0].clone();
    assert_eq!((&rollout["phase"], &rollout["candidate"]["id"]), (&json!("shadow"), &json!(third)));
    assert_eq!((&rollout["numbers"]["samples"], &rollout["numbers"]["min_samples"]), (&json!(40.0), &json!(1_000.0)));
    assert_eq!(rollout["symbols"], json!(["BTC-USDT", "ETH-USDT"]));

    // Each by itself over all it has said; side by side on what both have said.
    let scores = client.get(&format!("/api/models/scores?models={second},{third}")).await.json();
    let counts: Vec<_> = scores["models"].as_array().unwrap().iter().map(|model| model["count"].as_u64()).collect();
    assert_eq!((counts, &scores["shared"]), (vec![Some(36), Some(26)], &json!(26)));
    let last =
        |index: usize, loss: &str| scores["curves"][index][loss].as_array().unwrap().last().unwrap().as_f64().unwrap();
    assert!((last(0, "brier") - 0.25).abs() < 1e-12 && (last(1, "brier") - 0.16).abs() < 1e-12, "{scores}");
    assert!((last(0, "log_loss") - 2.0_f64.ln()).abs() < 1e-12, "{scores}");
    assert_eq!(scores["models"][1]["accuracy"], json!(1.0));
    let waiting = client.get("/api/models/predictions?resolved=false").await.json();
    assert_eq!((&waiting["total"], &waiting["rows"][0]["outcome"]), (&json!(8), &Value::Null));
    client.stop().await;
}

#[tokio::test]
async fn drift_is_a_map_and_decisions_have_their_numbers() {
    let (client, records, shelf) = serving().await;
    let [_, second, third] = kept(&records, &shelf);
    let compared = |hour: i64, symbol: &str, name: &str, severity: &str, ks: f64| DriftRow {
        id: 0,
        timestamp: at(hour),
        model_id: second.0 as i64,
        symbol: symbol.to_owned(),
        feature_name: name.to_owned(),
        ks_statistic: Some(ks),
        ks_p_value: Some(0.01),
        psi: Some(0.3),
        drift_severity: severity.to_owned(),
        drift_detected: severity != "none",
    };
    // Two markets at once: the worse one counts.
    let rows = [
        compared(40, "BTC-USDT", "rsi_14", "none", 0.05),
        compared(40, "BTC-USDT", "adx_14", "high", 0.30),
        compared(41, "BTC-USDT", "rsi_14", "critical", 0.50),
        compared(41, "ETH-USDT", "rsi_14", "low", 0.20),
        compared(41, "BTC-USDT", "adx_14", "low", 0.20),
        compared(41, "BTC-USDT", "obv", "low", 0.21),
    ];
    records.add_drift(&rows).unwrap();
    let map = client.get(&format!("/api/models/drift?model={second}")).await.json();
    assert_eq!(map["ts"], json!([at(40).as_millis(), at(41).as_millis()]));
    let names: Vec<_> =
        map["features"].as_array().unwrap().iter().map(|line| line["feature"].as_str().unwrap()).collect();
    assert_eq!(names, ["rsi_14", "obv", "adx_14"]);
    assert_eq!(map["features"][0]["cells"][1]["severity"], json!("critical"));
    assert_eq!(map["features"][0]["cells"][1]["symbol"], json!("BTC-USDT"));
    let of_one = client.get(&format!("/api/models/drift?model={second}&symbol=ETH-USDT")).await.json();
    let cell = json!({ "symbol": "ETH-USDT", "severity": "low", "ks": 0.2, "p_value": 0.01, "psi": 0.3 });
    let line = json!({ "feature": "rsi_14", "cells": [cell] });
    assert_eq!(of_one, json!({ "ts": [at(41).as_millis()], "features": [line] }));
    assert_eq!(map["features"][1]["cells"][0], Value::Null);

    records
        .add_model_event(&ModelEventRow {
            id: 0,
            timestamp: at(50),
            model_id: third.0 as i64,
            champion_id: Some(second.0 as i64),
            event_type: "stage_advanced".to_owned(),
            phase: "canary 1 %".to_owned(),
            share: 0.01,
            why: "as good".to_owned(),
            numbers: json!({ "samples": 1_000 }),
        })
        .unwrap();
    records
        .add_evaluation(&EvaluationRow {
            id: 0,
            timestamp: at(20),
            candidate_id: third.0 as i64,
            baseline_id: Some(second.0 as i64),
            test_from: at(0),
            test_to: at(19),
            metrics: json!({ "p_value": 0.01, "candidate": { "brier": 0.24 } }),
            decision: "promote".to_owned(),
            reason: "better".to_owned(),
        })
        .unwrap();
    let events = client.get(&format!("/api/models/events?model={third}")).await.json();
    assert_eq!((&events["total"], &events["rows"][0]["numbers"]["samples"]), (&json!(1), &json!(1_000)));
    let gates = client.get("/api/models/evaluations").await.json();
    assert_eq!((&gates["rows"][0]["passed"], &gates["rows"][0]["against"]), (&json!(true), &json!(second)));
    client.stop().await;
}

#[tokio::test]
async fn words_of_operators_are_done_or_refused_and_on_record() {
    let (client, records, shelf) = serving().await;
    let [first, second, third] = kept(&records, &shelf);
    let stage = |id: ModelId| shelf.registry().unwrap().get(id).unwrap().stage;
    let post = async |path: String, body: Value| client.post(&format!("/api/models/{path}"), &body).await;

    // Without a reason nothing happens.
    for body in [json!({ "why": "" }), json!({ "why": "  " }), json!({}), json!({ "why": "x".repeat(501) })] {
        assert_eq!(post(format!("{third}/promote"), body).await.fault().0, 400);
    }
    assert_eq!((stage(second), stage(third)), (Stage::Production, Stage::Shadow));
    assert_eq!(records.page_audit(&AuditFilter::default()).unwrap().total, 0);

    let promoted = post(format!("{third}/promote"), json!({ "why": " its card convinces ", "by": "Ada" })).await.json();
    assert_eq!((&promoted["stage"], &promoted["possible"]["roll_back"]), (&json!("production"), &json!(true)));
    assert_eq!((stage(second), stage(third)), (Stage::Archived, Stage::Production));
    let audit = records.page_audit(&AuditFilter::default()).unwrap().rows[0].clone();
    assert_eq!((audit.who.as_str(), audit.why.as_str()), ("Ada", "its card convinces"));
    assert_eq!(audit.detail, json!({ "models": "promote", "model": third }));
    assert!(audit.applied_at.is_some());

    // It is taken back, and the one before it decides again; a failed model never does.
    post(format!("{third}/rollback"), json!({ "why": "it loses" })).await.json();
    assert_eq!((stage(second), stage(third)), (Stage::Production, Stage::Failed));
    let refused = post(format!("{third}/promote"), json!({ "why": "once more" })).await;
    assert_eq!(refused.fault().0, 409, "{}", refused.text);
    assert_eq!(post(format!("{first}/rollback"), json!({ "why": "by mistake" })).await.fault().0, 409);
    assert_eq!(post("99/archive".to_owned(), json!({ "why": "gone" })).await.fault().0, 404);
    let entries = records.page_audit(&AuditFilter::default()).unwrap();
    assert_eq!(entries.total, 5);
    assert!(entries.rows[0].why.starts_with("refused: ") && entries.rows[0].applied_at.is_none());
    post(format!("{second}/archive"), json!({ "why": "rules alone" })).await.json();
    assert_eq!(stage(second), Stage::Archived);
    client.stop().await;
}

#[tokio::test]
async fn trainings_are_asked_for_and_called_off() {
    let (client, records, shelf) = serving().await;
    kept(&records, &shelf);
    let post = async |path: &str, body: Value| client.post(&format!("/api/models/jobs{path}"), &body).await;
    assert_eq!(post("", json!({ "line": "trend", "why": "" })).await.fault(), (400, "why".to_owned()));
    assert_eq!(post("", json!({ "line": "other", "why": "new" })).await.fault().0, 404);
    let job = post("", json!({ "line": "trend", "why": "the market has changed", "by": "Ada" })).await.json();
    assert_eq!((&job["status"], &job["trigger"]), (&json!("pending"), &json!("manual")));
    // Whoever asks again while one waits is told of that one.
    assert_eq!(post("", json!({ "line": "trend", "why": "again" })).await.json()["id"], job["id"]);
    let id = job["id"].as_i64().unwrap();
    assert_eq!(records.next_job().unwrap().unwrap().id, id);
    records.add_job_log(id, "info", "attempt 1").unwrap();
    let log = client.get(&format!("/api/models/jobs/{id}/logs")).await.json();
    assert_eq!(log["rows"][0]["message"], json!("attempt 1"));
    assert_eq!(post(&format!("/{id}/cancel"), json!({ "why": " " })).await.fault().0, 400);
    let over = post(&format!("/{id}/cancel"), json!({ "why": "not needed", "by": "Ada" })).await.json();
    assert_eq!((&over["status"], &over["error"]), (&json!("cancelled"), &json!("called off by Ada: not needed")));
    assert_eq!(post(&format!("/{id}/cancel"), json!({ "why": "again" })).await.fault().0, 409);
    assert_eq!(post("/99/cancel", json!({ "why": "gone" })).await.fault().0, 404);
    let listed = client.get("/api/models/jobs?status=cancelled").await.json();
    assert_eq!((&listed["total"], listed["rows"][0]["id"].as_i64()), (&json!(1), Some(id)));
    assert_eq!(records.jobs(&mem_store::records::JobFilter::default()).unwrap().rows[0].status, JobStatus::Cancelled);
    client.stop().await;
}

//! The strategy API.

use serde_json::{Value, json};

use crate::client::{Client, anywhere};

#[tokio::test]
async fn a_signal_has_the_fields_of_the_reference() {
    let client = Client::start(anywhere()).await;
    let mut actions = std::collections::BTreeSet::new();
    for symbol in ["SIM-ALPHA", "SIM-BETA", "SIM-GAMMA"] {
        let all = client.candles(symbol, 1_500).await;
        let all = all["data"].as_array().unwrap();
        for end in (200..1_500).step_by(50) {
            let data = json!({ "data": &all[end - 200..end] });
            let asked =
                json!({ "symbol": "X", "data_1h": data, "config": { "min_confidence": 20 }, "account_balance": 5000 });
            let answer = client.post("/api/strategy/analyze", &asked).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            let answer = answer.json();
            let signal = &answer["signal"];
            let action = signal["action"].as_str().unwrap();
            let expected = match action {
                "BUY" => ("ENTER_LONG", -1.0),
                "SELL" => ("ENTER_SHORT", 1.0),
                _ => ("HOLD", 0.0),
            };
            assert_eq!(signal["entry_action"], expected.0);
            let (price, atr) = (signal["entry_price"].as_f64().unwrap(), signal["atr"].as_f64().unwrap());
            if action == "HOLD" {
                assert!(signal["stop_loss"].is_null() && signal["reason"].is_string(), "{signal}");
            } else {
                let stop = signal["stop_loss"].as_f64().unwrap();
                assert!((stop - (price + expected.1 * 2.0 * atr)).abs() < 1e-9 * price, "{signal}");
                assert!(signal["risk_amount"].as_f64().unwrap() <= 100.0 + 1e-9, "{signal}");
                assert_eq!(signal["risk_reward_ratio"], json!(2.0));
            }
            actions.insert(action.to_owned());
        }
    }
    assert_eq!(actions.into_iter().collect::<Vec<_>>(), ["BUY", "HOLD", "SELL"], "all three are reachable");
    client.stop().await;
}

#[tokio::test]
async fn the_same_request_is_computed_once() {
    let client = Client::start(anywhere()).await;
    let asked = json!({ "data_1h": client.candles("SIM-ALPHA", 300).await });
    let first = client.post("/api/strategy/analyze", &asked).await.json();
    let second = client.post("/api/strategy/analyze", &asked).await.json();
    assert_eq!((&first["cached"], &second["cached"]), (&json!(false), &json!(true)));
    assert_eq!(first["signal"], second["signal"]);
    let other = json!({ "data_1h": asked["data_1h"], "account_balance": 1 });
    assert_eq!(client.post("/api/strategy/analyze", &other).await.json()["cached"], json!(false));
    let counted = client.get("/metrics").await.text;
    assert!(counted.contains("mem_cache_requests_total{outcome=\"Hit\"} 1"), "{counted}");
    client.stop().await;
}

#[tokio::test]
async fn every_indicator_can_be_calculated() {
    let client = Client::start(anywhere()).await;
    let data = client.candles("SIM-ALPHA", 400).await;
    let listed = client.get("/api/strategy/indicators").await.json();
    let names: Vec<Value> = listed["categories"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|names| names.as_array().unwrap().clone())
        .collect();
    assert_eq!(listed["total_indicators"], json!(names.len()));
    assert_eq!(names.len(), 38);
    let asked = json!({ "data": data, "indicators": names, "tail": 5 });
    let answer = client.post("/api/strategy/indicators/calculate", &asked).await.json();
    for name in &names {
        let result = &answer["results"][name.as_str().unwrap()];
        let columns: Vec<&Value> = match result {
            Value::Object(columns) => columns.values().collect(),
            column => vec![column],
        };
        assert!(!columns.is_empty(), "{name}");
        for column in columns {
            assert_eq!(column.as_array().unwrap().len(), 5, "{name}");
        }
    }
    assert_eq!(answer["timestamps"].as_array().unwrap().len(), 5);
    for (name, fields) in [
        ("macd", &["histogram", "macd", "signal"][..]),
        ("bollinger_bands", &["lower", "middle", "upper"]),
        ("adx", &["adx", "minus_di", "plus_di"]),
    ] {
        let found: Vec<&String> = answer["results"][name].as_object().unwrap().keys().collect();
        assert_eq!(found, fields, "{name}");
    }
    let with =
        json!({ "data": data, "indicators": ["ema", { "name": "ema", "params": { "period": 5 }, "label": "fast" }] });
    let answer = client.post("/api/strategy/indicators/calculate", &with).await.json();
    assert_eq!(answer["results"]["fast"].as_array().unwrap().len(), 10);
    assert_ne!(answer["results"]["fast"], answer["results"]["ema"]);
    client.stop().await;
}

#[tokio::test]
async fn the_analysis_keeps_the_raw_score_and_is_never_nan() {
    let client = Client::start(anywhere()).await;
    let data = client.candles("SIM-BETA", 300).await;
    let answer = client.post("/api/strategy/market-analysis", &json!({ "data": data })).await;
    let analysis = &answer.json()["analysis"];
    for field in ["indicators", "signals", "reasoning", "overall_signal", "signal_strength", "total_score", "raw"] {
        assert!(!analysis[field].is_null(), "{field}: {analysis}");
    }
    assert!(analysis["raw"]["signal_strength"].as_f64().unwrap() >= 32.5);
    // A market that never moves has no relative strength and no bands to lie between.
    let flat: Vec<Value> = (0..60)
        .map(|i| json!({ "timestamp": i * 3_600, "open": 1, "high": 1, "low": 1, "close": 1, "volume": 0 }))
        .collect();
    for (path, asked) in [
        ("/api/strategy/market-analysis", json!({ "data": { "data": flat } })),
        ("/api/strategy/analyze", json!({ "data_1h": { "data": flat } })),
        (
            "/api/strategy/indicators/calculate",
            json!({ "data": { "data": flat }, "indicators": ["rsi", "cci", "vwap", "adx"] }),
        ),
    ] {
        let answer = client.post(path, &asked).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        // Reading it as JSON is the test: NaN is none.
        answer.json();
    }
    client.stop().await;
}

#[tokio::test]
async fn faults_name_their_field() {
    let client = Client::start(anywhere()).await;
    let good = client.candles("SIM-ALPHA", 60).await;
    let with = |change: &dyn Fn(&mut Value)| {
        let mut asked = json!({ "data_1h": good });
        change(&mut asked);
        asked
    };
    let candle = |field: &'static str, value: Value| {
        with(&move |asked: &mut Value| asked["data_1h"]["data"][3][field] = value.clone())
    };
    let analyze = "/api/strategy/analyze";
    let calculate = "/api/strategy/indicators/calculate";
    for (path, asked, status, field) in [
        (analyze, json!({}), 400, "data_1h"),
        (analyze, json!([]), 400, ""),
        (analyze, json!({ "data_1h": [] }), 400, "data_1h"),
        (analyze, json!({ "data_1h": { "data": [] } }), 400, "data_1h.data"),
        (analyze, json!({ "data_1h": { "data": [{}] } }), 400, "data_1h.data[0].timestamp"),
        (analyze, candle("close", json!("abc")), 400, "data_1h.data[3].close"),
        (analyze, candle("close", json!(null)), 400, "data_1h.data[3].close"),
        (analyze, candle("close", json!(-1)), 400, "data_1h.data[3]"),
        (analyze, candle("high", json!(1e-9)), 400, "data_1h.data[3]"),
        (analyze, candle("timestamp", json!(5)), 400, "data_1h.data[3].timestamp"),
        (analyze, candle("timestamp", json!("soon")), 400, "data_1h.data[3].timestamp"),
        (analyze, with(&|asked| asked["confg"] = json!({})), 400, "confg"),
        (analyze, with(&|asked| asked["config"] = json!({ "min_confidence": 101 })), 400, "config.min_confidence"),
        (
            analyze,
            with(&|asked| asked["config"] = json!({ "max_risk_per_trade": 0 })),
            400,
            "config.max_risk_per_trade",
        ),
        (analyze, with(&|asked| asked["account_balance"] = json!("much")), 400, "account_balance"),
        (analyze, with(&|asked| asked["data_1h"]["data"].as_array_mut().unwrap().truncate(9)), 422, "data_1h.data"),
        (calculate, json!({ "data": good, "indicators": [] }), 400, "indicators"),
        (calculate, json!({ "data": good, "indicators": ["rsj"] }), 400, "indicators[0]"),
        (calculate, json!({ "data": good, "indicators": ["rsi", "rsi"] }), 400, "indicators[1]"),
        (calculate, json!({ "data": good, "indicators": ["rsi"], "tail": 0 }), 400, "tail"),
        (
            calculate,
            json!({ "data": good, "indicators": [{ "name": "rsi", "params": { "period": 0 } }] }),
            400,
            "indicators[0].params",
        ),
        (
            calculate,
            json!({ "data": good, "indicators": [{ "name": "macd", "params": { "fast": 50 } }] }),
            422,
            "indicators[0].params",
        ),
        (
            calculate,
            json!({ "data": good, "indicators": [{ "name": "sma", "params": { "period": 200 } }] }),
            422,
            "data.data",
        ),
    ] {
        let answer = client.post(path, &asked).await;
        assert_eq!(answer.fault(), (status, field.to_owned()), "{}", answer.text);
    }
    assert_eq!(client.post_bytes(analyze, "text/plain", b"{}").await.fault().0, 415);
    assert_eq!(client.post_bytes(analyze, "application/json", b"{").await.fault().0, 400);
    assert_eq!(client.post_bytes(analyze, "application/json", b"{} x").await.fault().0, 400);
    assert_eq!(client.post_bytes(analyze, "application/json; charset=utf-8", b"{}").await.fault().0, 400);
    assert_eq!(client.get(analyze).await.fault().0, 405);
    assert_eq!(client.get("/api/strategy/nothing").await.fault().0, 404);
    client.stop().await;
}

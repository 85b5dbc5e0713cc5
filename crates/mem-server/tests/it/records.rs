//! What is on record, over real HTTP: an engine has traded a made-up market, and every answer agrees with what it said.

use mem_engine::core::{EngineConfig, Event, LaneConfig, Source, Stamped};
use mem_engine::durable::Durable;
use mem_engine::settings::gridless;
use mem_indicators::ParamValue;
use mem_store::records::{Records, RecordsOptions};
use mem_trade::Fees;
use mem_trade::risk::RiskConfig;
use mem_types::{BarSpec, Timeframe, Timestamp};
use mem_venue::sim::market::{MarketConfig, generate};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::client::{Client, anywhere};

/// Trades a made-up market of hourly candles through the engine into the records.
fn traded(records: &Records) {
    let market = MarketConfig::new(11, 3_000);
    let series = generate(&market).series;
    let fees = Fees { maker: Decimal::new(2, 4), taker: Decimal::new(5, 4) };
    let lanes = series.iter().take(3).map(|(symbol, _)| LaneConfig {
        instrument: gridless(symbol, fees).unwrap(),
        strategy: "fast_score".to_owned(),
        params: vec![("min_confidence".to_owned(), ParamValue::Float(35.0))],
        bars: BarSpec::Time(Timeframe::H1),
        source: Source::Bars(Timeframe::H1),
        enabled: true,
        watched: false,
    });
    let risk = RiskConfig { max_drawdown: 1.0, max_daily_loss: 1.0, ..RiskConfig::default() };
    let config = EngineConfig { risk, ..EngineConfig::paper("past", lanes.collect()) };
    let mut engine = Durable::begin(config, records.clone(), None, "test", Timestamp::from_nanos(0)).unwrap();
    for index in 0..3_000 {
        for (market, (_, bars)) in series.iter().take(3).enumerate() {
            let bar = bars.view().bar(index);
            let at = Timeframe::H1.close_of(bar.ts);
            engine.handle(&Stamped { at, event: Event::Bar { market: market as u16, bar } }).unwrap();
        }
        if index % 50 == 0 {
            engine.commit().unwrap();
        }
    }
    engine.end().unwrap();
}

async fn serving() -> (Client, Records) {
    let client = Client::start(anywhere()).await;
    let path = client.folder.path().join(mem_store::records::FILE_NAME);
    let records = Records::open(path, RecordsOptions::default()).unwrap();
    traded(&records);
    (client, records)
}

fn rows(answer: &Value) -> &Vec<Value> {
    answer["rows"].as_array().unwrap_or_else(|| panic!("{answer}"))
}

#[tokio::test]
async fn trades_agree_with_the_books_and_explain_themselves() {
    let (client, records) = serving().await;
    let all = client.get("/api/live/trades?limit=1000&sort=closed_at").await.json();
    let trades = rows(&all);
    assert!(trades.len() > 50 && all["total"].as_u64() == Some(trades.len() as u64), "{}", all["total"]);
    // What the books say that trading brought is what the trades brought, and what is still open has cost so far.
    let state = mem_engine::keep::Keeper::load(&records).unwrap().unwrap();
    let closed: f64 = records
        .closed_decisions(usize::MAX)
        .unwrap()
        .iter()
        .map(|row| row.pnl.as_ref().unwrap().parse::<f64>().unwrap())
        .sum();
    let pnl = all["totals"]["pnl"].as_f64().unwrap();
    assert!((closed - pnl).abs() < 1e-6, "{closed} {pnl}");
    let mut fees_in_books = Decimal::ZERO;
    for line in state.ledger.trial_balance() {
        if line.account.as_str() == "fees" {
            fees_in_books += line.amount;
        }
    }
    let open_fees: f64 = records
        .get_orders()
        .unwrap()
        .iter()
        .filter(|order| {
            order.purpose == "entry" && state.plans.values().any(|plan| plan.decision as i64 == order.decision)
        })
        .map(|order| order.fees.parse::<f64>().unwrap())
        .sum();
    let fees = all["totals"]["fees"].as_f64().unwrap() + open_fees;
    let in_books: f64 = fees_in_books.to_string().parse().unwrap();
    assert!((in_books - fees).abs() < 1e-6, "{in_books} {fees}");

    // Pages are parts of the whole, sorted and filtered as a plain walk sorts and filters.
    for (query, keep) in [
        ("result=win", (|row: &Value| row["pnl"].as_f64() > Some(0.0)) as fn(&Value) -> bool),
        ("result=loss&side=long", |row| row["pnl"].as_f64() <= Some(0.0) && row["side"] == "long"),
        ("action=sell", |row| row["side"] == "short"),
        ("symbol=SIM-ALPHA", |row| row["symbol"] == "SIM-ALPHA"),
        ("min_confidence=0.5", |row| row["confidence"].as_f64() >= Some(0.5)),
    ] {
        let mut wanted: Vec<&Value> = trades.iter().filter(|row| keep(row)).collect();
        wanted.sort_by(|one, other| other["pnl"].as_f64().unwrap().total_cmp(&one["pnl"].as_f64().unwrap()));
        let page = client.get(&format!("/api/live/trades?{query}&sort=-pnl&offset=3&limit=7")).await.json();
        assert_eq!(page["total"].as_u64(), Some(wanted.len() as u64), "{query}");
        assert_eq!(rows(&page).iter().collect::<Vec<_>>(), wanted.iter().skip(3).take(7).copied().collect::<Vec<_>>());
        let sum: f64 = wanted.iter().map(|row| row["pnl"].as_f64().unwrap()).sum();
        assert!((page["totals"]["pnl"].as_f64().unwrap() - sum).abs() < 1e-6, "{query}");
    }
    let curve = client.get("/api/live/pnl").await.json();
    let last = curve["cumulative"].as_array().unwrap().last().unwrap().as_f64().unwrap();
    assert!((last - pnl).abs() < 1e-6 && curve["total"].as_u64() == Some(trades.len() as u64));
    let days = client.get("/api/live/pnl?bucket=day").await.json();
    assert!((days["cumulative"].as_array().unwrap().last().unwrap().as_f64().unwrap() - pnl).abs() < 1e-6);
    let sure = client.get("/api/live/confidence").await.json();
    assert_eq!(sure["counts"].as_array().unwrap().iter().filter_map(Value::as_u64).sum::<u64>(), trades.len() as u64);

    // Every trade explains itself: why, what the market looked like, its orders to the last fill, the bars it went through.
    let mut recalled = 0;
    for trade in trades.iter().rev().take(20) {
        let decision = trade["decision"].as_u64().unwrap();
        let detail = client.get(&format!("/api/live/trades/{decision}")).await.json();
        assert_eq!(detail["pnl"], trade["pnl"]);
        assert!(!detail["reasons"].as_array().unwrap().is_empty());
        assert_eq!(detail["features"].as_object().unwrap().len(), 16);
        let sum: f64 = detail["fills"]
            .as_array()
            .unwrap()
            .iter()
            .map(|fill| {
                let number = |name: &str| fill[name].as_str().unwrap().parse::<f64>().unwrap();
                let sign = if fill["side"] == "buy" { -1.0 } else { 1.0 };
                sign * number("qty") * number("price") - number("fee")
            })
            .sum();
        assert!((sum - trade["pnl"].as_f64().unwrap()).abs() < 1e-6, "{detail}");
        for order in detail["orders"].as_array().unwrap() {
            let events = order["events"].as_array().unwrap();
            assert_eq!(events.last().unwrap()["event"], order["stage"], "{order}");
        }
        let bars = detail["bars"]["bars"].as_array().unwrap();
        let opens = |bar: &Value| bar[0].as_i64().unwrap();
        let (entry, exit) = (trade["entry_ts"].as_i64().unwrap(), trade["exit_ts"].as_i64().unwrap());
        assert!(opens(&bars[0]) < entry && bars.iter().any(|bar| opens(bar) + 3_600_000 >= exit), "{trade}");
        recalled += detail["memory"]["similar"].as_array().map_or(0, Vec::len);
    }
    assert!(recalled > 0, "memory recalls something after dozens of trades");
    client.stop().await;
}

#[tokio::test]
async fn memories_decisions_and_notes_are_found() {
    let (client, records) = serving().await;
    let stats = client.get("/api/live/memories/stats").await.json();
    let types: u64 = stats["by_type"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
    assert_eq!(stats["total"].as_u64(), Some(types));
    let found = client.get("/api/live/memories?type=trade&q=OUTCOME&symbol=SIM-ALPHA&limit=5").await.json();
    assert!(rows(&found).len() == 5 && found["total"].as_u64() > Some(5), "{found}");
    for memory in rows(&found) {
        assert!(memory["content"].as_str().unwrap().contains("Outcome") && memory["success"].is_boolean(), "{memory}");
        let decision = memory["decision"].as_u64().unwrap();
        let similar = client.get(&format!("/api/live/memories/{}/similar?limit=4", memory["id"])).await.json();
        let cases = similar["cases"].as_array().unwrap();
        assert_eq!((similar["decision"].as_u64(), cases.len()), (Some(decision), 4));
        let distance = |case: &Value| case["distance"].as_f64().unwrap();
        assert!(cases.windows(2).all(|pair| distance(&pair[0]) <= distance(&pair[1])));
        for case in cases {
            let id = case["id"].as_i64().unwrap();
            assert_ne!(id as u64, decision);
            let row = records.get_decision(id).unwrap().unwrap();
            assert_eq!(case["return_pct"].as_f64(), row.return_pct);
        }
    }
    let all = client.get("/api/live/decisions?limit=1000").await.json();
    let refused = client.get("/api/live/decisions?refused=true&limit=1000").await.json();
    let plain = rows(&all).iter().filter(|row| row["refused"] == true).count();
    assert!(all["total"].as_u64() > Some(50));
    assert_eq!(rows(&refused).len(), plain);
    assert!(
        rows(&refused).iter().all(|row| row["findings"].as_array().unwrap().iter().any(|one| one["passed"] == false))
    );
    for path in ["signals", "metrics", "logs", "orders", "fills", "alerts", "audit"] {
        let one = client.get(&format!("/api/live/{path}?limit=1")).await.json();
        assert!(one["total"].as_u64() >= Some(rows(&one).len() as u64), "{path}: {one}");
    }
    let orders = client.get("/api/live/orders?stage=filled&purpose=stop_loss&limit=3").await.json();
    assert!(
        rows(&orders).iter().all(|order| order["kind"] == "stop" && order["trigger_price"].is_string()),
        "{orders}"
    );
    let stats = client.get("/api/live/stats").await.json();
    assert_eq!(stats["rows"]["decisions"], all["total"]);
    assert!(stats["size_bytes"].as_u64() > Some(0));
    let summary = client.get("/api/live/summary").await.json();
    let total = client.get("/api/live/trades?limit=1").await.json()["total"].clone();
    assert_eq!((&summary["trades"], &summary["currency"]), (&total, &json!("USD")));
    let (equity, total_pnl) = (summary["equity"].as_f64().unwrap(), summary["total_pnl"].as_f64().unwrap());
    assert!((equity - 10_000.0 - total_pnl).abs() < 1e-6, "{summary}");
    assert_eq!(
        summary["equity_curve"]["ts"].as_array().unwrap().len(),
        summary["equity_curve"]["equity"].as_array().unwrap().len()
    );
    client.stop().await;
}

#[tokio::test]
async fn tables_are_exported_whole_and_what_is_wrong_is_said() {
    let (client, _) = serving().await;
    let total = client.get("/api/live/trades?limit=1").await.json()["total"].as_u64().unwrap();
    let csv = client.get("/api/live/export/trades").await;
    assert!(csv.headers.contains("content-type: text/csv") && csv.headers.contains("filename=\"trades.csv\""));
    assert!(csv.text.contains("exit_reason") && csv.text.matches('\n').count() as u64 > total, "{}", csv.text.len());
    for table in ["fills", "orders", "signals", "memories", "metrics", "logs", "decisions", "alerts", "ledger"] {
        let answer = client.get(&format!("/api/live/export/{table}?format=csv")).await;
        assert_eq!(answer.status, 200, "{table}: {}", answer.text);
    }
    for (path, status, field) in [
        ("trades?limit=0", 400, "limit"),
        ("trades?limit=1001", 400, "limit"),
        ("trades?sort=name", 400, "sort"),
        ("trades?result=draw", 400, "result"),
        ("trades?min_confidence=2", 400, "min_confidence"),
        ("trades?from=9223372036854775807", 400, "from"),
        ("trades?side=long&action=sell", 400, "action"),
        ("trades/x", 400, "decision"),
        ("trades/999999", 404, ""),
        ("pnl?bucket=week", 400, "bucket"),
        ("memories?type=dream", 400, "type"),
        ("memories/x/similar", 400, "id"),
        ("memories/999999/similar", 404, ""),
        ("memories/1/similar?limit=0", 400, "limit"),
        ("decisions?intent=hold", 400, "intent"),
        ("logs?level=LOUD", 400, "level"),
        ("orders?stage=lost", 400, "stage"),
        ("alerts?state=gone", 400, "state"),
        ("audit?kind=x", 400, "kind"),
        ("export/secrets", 404, ""),
        ("export/trades?format=xls", 400, "format"),
        ("export/trades?level=INFO", 400, "level"),
        ("config", 409, ""),
    ] {
        let answer = client.get(&format!("/api/live/{path}")).await;
        assert_eq!(answer.fault(), (status, field.to_owned()), "{path}: {}", answer.text);
    }
    client.stop().await;
}

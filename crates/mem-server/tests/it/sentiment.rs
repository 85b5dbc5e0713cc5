//! Texts over real HTTP: scored, on record once, audited.

use mem_store::records::{AuditFilter, FILE_NAME, Records, RecordsOptions};
use serde_json::json;

use crate::client::{Client, anywhere};

#[tokio::test]
async fn a_text_is_scored_kept_once_and_audited() {
    let client = Client::start(anywhere()).await;
    let text = json!({ "text": "Bitcoin surges  to a record high", "symbol": "BTCUSDT", "by": "anna" });
    let first = client.post("/api/sentiment", &text).await.json();
    assert_eq!((first["label"].as_str(), first["id"].as_i64()), (Some("positive"), Some(1)), "{first}");
    assert!(first["score"].as_f64().unwrap() > 0.3 && first["words"][0]["word"] == "surges", "{first}");
    let again = client.post("/api/sentiment", &text).await.json();
    assert!(again["id"].is_null() && again["score"] == first["score"], "{again}");
    let market = json!({ "text": "Markets fall on fears", "symbol": "*", "source": "social", "scorer": "linear", "published_at": 1_700_000_000_000_i64 });
    assert!(client.post("/api/sentiment", &market).await.json()["confidence"].as_f64().unwrap() > 1.0 / 3.0);

    let listed = client.get("/api/sentiment?symbol=BTCUSDT").await.json();
    assert_eq!(
        (listed["total"].as_u64(), &listed["rows"][0]["text"]),
        (Some(1), &json!("Bitcoin surges to a record high"))
    );
    assert_eq!(
        client.get("/api/sentiment?source=social").await.json()["rows"][0]["published_at"],
        json!(1_700_000_000_000_i64)
    );
    let mood = client.get("/api/sentiment/mood?symbol=BTCUSDT").await.json();
    assert_eq!((mood[0]["texts"].as_i64(), &mood[0]["score"]), (Some(1), &first["score"]));
    assert_eq!(client.get("/api/models/features?symbol=BTCUSDT").await.json()["total"], json!(0));

    let records = Records::open(client.folder.path().join(FILE_NAME), RecordsOptions::default()).unwrap();
    let audit = records.page_audit(&AuditFilter::default()).unwrap();
    assert_eq!((audit.total, audit.rows[1].who.as_str()), (2, "anna"), "what was there already is no change");

    for (body, field) in [
        (json!({ "text": " ", "symbol": "A" }), "text"),
        (json!({ "text": "x", "symbol": "a b" }), "symbol"),
        (json!({ "text": "x", "symbol": "A", "source": "coin" }), "source"),
        (json!({ "text": "x", "symbol": "A", "scorer": "bert" }), "scorer"),
        (json!({ "text": "x" }), "symbol"),
    ] {
        let refused = client.post("/api/sentiment", &body).await;
        assert_eq!((refused.status, refused.json()["field"].as_str()), (400, Some(field)), "{body}");
    }
}

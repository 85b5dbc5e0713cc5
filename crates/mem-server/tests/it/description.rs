//! The description of the API is that of the code, and complete.

use serde_json::Value;

use crate::client::{Client, anywhere};

#[tokio::test]
async fn the_description_is_served_and_names_every_route() {
    let client = Client::start(anywhere()).await;
    let served = client.get("/openapi.json").await.json();
    assert!(served["openapi"].as_str().unwrap().starts_with("3.1"));
    let written: Value = serde_json::from_str(&mem_server::openapi_json().unwrap()).unwrap();
    assert_eq!(served, written);
    for path in [
        "/api/strategy/health",
        "/api/strategy/indicators",
        "/api/strategy/analyze",
        "/api/strategy/indicators/calculate",
        "/api/strategy/market-analysis",
        "/api/phase2/health",
        "/api/phase2/parallel-backtest",
        "/api/phase2/genetic-optimize",
        "/api/phase2/strategy-comparison",
        "/api/phase2/portfolio-backtest",
        "/api/jobs/{id}",
        "/health",
        "/metrics",
    ] {
        assert!(served["paths"][path].is_object(), "{path}");
    }
    let page = client.get("/docs").await;
    assert!(page.headers.contains("content-security-policy: default-src 'none'"), "{}", page.headers);
    assert_eq!(client.get("/docs.js").await.status, 200);
    client.stop().await;
}

#[test]
fn the_file_in_docs_is_fresh() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let made = mem_server::openapi_json().unwrap();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == made, "docs/openapi.json is old: UPDATE_DOCS=1 cargo test -p mem-server");
}

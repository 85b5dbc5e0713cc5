//! Who may ask, how much, and how the server ends.

use mem_server::{ServerConfig, Token};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{Client, anywhere};

const TOKEN: &str = "correct horse battery staple";

#[tokio::test]
async fn a_token_guards_everything_but_health_and_the_pages() {
    let client = Client::start(ServerConfig { token: Token::new(TOKEN), ..anywhere() }).await;
    for path in ["/api/status", "/api/runs", "/metrics", "/api/strategy/health"] {
        assert_eq!(client.get(path).await.fault().0, 401, "{path}");
        for (shown, status) in [(TOKEN, 200), ("wrong horse battery staple!", 401), ("", 401)] {
            let head = format!(
                "GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {shown}\r\nConnection: close\r\n\r\n"
            );
            assert_eq!(client.send(&head, b"").await.status, status, "{path} {shown}");
        }
    }
    for path in ["/health", "/openapi.json", "/docs"] {
        assert_eq!(client.get(path).await.status, 200, "{path}");
    }
    assert_eq!(client.post("/api/login", &json!({ "token": "wrong" })).await.fault().0, 401);
    let login = client.post("/api/login", &json!({ "token": TOKEN })).await;
    assert!(login.headers.contains("httponly; samesite=strict"), "{}", login.headers);
    let head = format!(
        "GET /api/status HTTP/1.1\r\nHost: localhost\r\nCookie: a=b; mem_token={TOKEN}\r\nConnection: close\r\n\r\n"
    );
    assert_eq!(client.send(&head, b"").await.status, 200);
    client.stop().await;
}

#[tokio::test]
async fn pages_from_elsewhere_do_not_get_in() {
    let client = Client::start(anywhere()).await;
    let with = |host: &str, more: &str| {
        format!(
            "POST /api/login HTTP/1.1\r\nHost: {host}\r\n{more}Content-Type: application/json\r\nContent-Length: 13\r\nConnection: close\r\n\r\n"
        )
    };
    let body = br#"{"token":"x"}"#;
    for (host, more, status) in [
        ("localhost", "", 200),
        ("127.0.0.1:8501", "", 200),
        ("evil.example", "", 403),
        ("localhost", "Origin: http://evil.example\r\n", 403),
        ("localhost:1", "Origin: http://localhost:1\r\n", 200),
    ] {
        assert_eq!(client.send(&with(host, more), body).await.status, status, "{host} {more}");
    }
    client.stop().await;
}

#[tokio::test]
async fn too_much_is_refused() {
    let client = Client::start(ServerConfig { body_limit_mb: 1, ..anywhere() }).await;
    let large = vec![b' '; (1 << 20) + 1];
    assert_eq!(client.post_bytes("/api/strategy/analyze", "application/json", &large).await.fault().0, 413);
    client.stop().await;
}

#[tokio::test]
async fn stopping_lets_the_last_answer_out() {
    let mut client = Client::start(anywhere()).await;
    let body = json!({ "symbols": ["SIM-ALPHA"], "interval": "1h", "period": "max" }).to_string();
    let head = format!(
        "POST /api/phase2/parallel-backtest HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(client.address).await.unwrap();
    // Half of a request is under way when the server is told to stop.
    stream.write_all(head.as_bytes()).await.unwrap();
    let health = client.get("/health").await;
    assert_eq!(health.status, 200);
    client.tell_to_stop();
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 "), "{answer}");
    client.stop().await;
}

#[tokio::test]
async fn other_ports_are_served_as_well() {
    let config = ServerConfig { compat_ports: true, ..anywhere() };
    assert!(config.validate().is_ok());
    // The ports themselves may be taken on a busy machine: then the error names the address.
    let folder = tempfile::tempdir().unwrap();
    let parts = mem_server::Parts {
        data_folder: String::new(),
        catalog: mem_store::catalog::Catalog::open(folder.path()),
        runs: mem_research::runlog::RunLog::new(folder.path()),
        records: mem_store::records::Records::open(
            folder.path().join("mem_data.db"),
            mem_store::records::RecordsOptions::default(),
        )
        .unwrap(),
        live: None,
        beside: None,
        settings: None,
        simulation: mem_research::SimConfig::default(),
        scorer: std::sync::Arc::new(mem_model::sentiment::Lexicon::built_in()),
        clock: || mem_types::Timestamp::from_nanos(0),
    };
    match mem_server::Server::bind(config, parts).await {
        Ok(server) => {
            let ports: Vec<u16> = server.local_addrs().iter().skip(1).map(std::net::SocketAddr::port).collect();
            assert_eq!(ports, [5004, 5005, 8764, 8765]);
        }
        Err(error) => assert!(error.to_string().starts_with("cannot listen on 127.0.0.1:"), "{error}"),
    }
}

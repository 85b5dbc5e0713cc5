//! Planted secrets are looked for everywhere.

use mem_credentials::Secret;
use mem_monitor::route::{Destination, Discord, Dispatcher, Route, Telegram, Webhook};

use super::http_receiver::HttpReceiver;
use super::traces::Traces;
use super::{PATIENCE, halts, route, soon};

/// No secret holds this by chance.
const PLANT: &str = "PLANTED";

fn secret(text: String) -> Secret {
    assert!(text.contains(PLANT));
    Secret::new(text)
}

/// One route of each kind to `address`, each with secrets.
fn routes(address: &str) -> Vec<Route> {
    let url = || secret(format!("{address}/hooks/{PLANT}?key={PLANT}"));
    let mut destinations = vec![
        Destination::Webhook(Webhook { url: url(), sign_key: Some(secret(format!("key-{PLANT}"))) }),
        Destination::Discord(Discord { url: url() }),
        Destination::Telegram(Telegram {
            endpoint: address.to_owned(),
            token: secret(format!("1:{PLANT}")),
            chat: "1".to_owned(),
        }),
    ];
    #[cfg(feature = "smtp")]
    destinations.push(Destination::Email(mem_monitor::route::Email {
        server: "127.0.0.1".to_owned(),
        port: address.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port"),
        encryption: mem_monitor::route::Encryption::None,
        login: Some(("mem".to_owned(), secret(format!("password-{PLANT}")))),
        from: "mem@a.example".to_owned(),
        to: vec!["ops@a.example".to_owned()],
    }));
    destinations.drain(..).map(|destination| Route { name: "secretive".to_owned(), ..route(destination) }).collect()
}

/// Plays failures and returns all that anybody could read of them.
async fn all_that_is_told(routes: Vec<Route>) -> String {
    let (traces, _guard) = Traces::collect();
    let mut told = format!("{routes:?}");
    for mut route in routes {
        route.manner.tries = 2;
        route.manner.timeout = std::time::Duration::from_millis(500);
        let dispatcher = Dispatcher::start(vec![route], 1);
        let error = soon(dispatcher.test("secretive")).await.expect_err("nobody takes it");
        told += &format!("{error} {error:?}");
        dispatcher.send(&halts(1)[0]);
        told += &format!("{dispatcher:?}");
        let figures = soon(dispatcher.close(PATIENCE)).await;
        assert_eq!(figures[0].failed, 1, "{figures:?}");
        told += &format!("{figures:?} {}", serde_json::to_string(&figures).unwrap());
    }
    assert!(traces.text().contains("alert not delivered"), "{}", traces.text());
    told + &traces.text()
}

#[tokio::test]
async fn no_secret_is_told_when_nobody_answers() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let told = all_that_is_told(routes(&address)).await;
    assert!(!told.contains(PLANT), "{told}");
    assert!(!told.contains("/hooks/"), "{told}");
}

#[tokio::test]
async fn no_secret_is_told_when_the_receiver_refuses() {
    for answer in ["500 PLANTED", "401 PLANTED\r\nx-echo: PLANTED", "302 Found\r\nlocation: /PLANTED", "garbage"] {
        let script = vec![answer; 100];
        let receiver = HttpReceiver::start(script).await;
        // HTTP only: a mail server says nothing of the kind.
        let http = routes(&receiver.address).into_iter().take(3).collect();
        let told = all_that_is_told(http).await;
        assert!(!told.contains(PLANT), "{answer}: {told}");
    }
}

#[cfg(feature = "smtp")]
#[tokio::test]
async fn no_password_is_told_when_the_server_repeats_it() {
    use super::smtp_receiver::SmtpReceiver;
    let receiver = SmtpReceiver::start(vec!["535 5.7.8 wrong password PLANTED"; 100]).await;
    let mail = routes(&format!("http://127.0.0.1:{}", receiver.port)).into_iter().skip(3).collect();
    let told = all_that_is_told(mail).await;
    assert!(!told.contains(PLANT), "{told}");
    assert!(told.contains("the receiver answered 535"));
}

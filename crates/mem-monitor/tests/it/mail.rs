//! E-mail against a server on this machine.

use mem_credentials::Secret;
use mem_monitor::alert::{AlertConfig, Alerts, KillSwitchSeen, Observations};
use mem_monitor::route::{Destination, Dispatcher, Email, Encryption, Route};

use super::smtp_receiver::SmtpReceiver;
use super::{PATIENCE, at, halts, route, soon};

fn mail(port: u16, login: Option<(String, Secret)>) -> Route {
    route(Destination::Email(Email {
        server: "127.0.0.1".to_owned(),
        port,
        encryption: Encryption::None,
        login,
        from: "MEM <mem@a.example>".to_owned(),
        to: vec!["ops@a.example".to_owned(), "anna@b.example".to_owned()],
    }))
}

#[tokio::test]
async fn mails_arrive() {
    let mut receiver = SmtpReceiver::start(vec![]).await;
    let login = Some(("mem".to_owned(), Secret::new("sesame")));
    let dispatcher = Dispatcher::start(vec![mail(receiver.port, login)], 1);
    dispatcher.send(&halts(1)[0]);
    let mail = receiver.next().await;
    // "\0mem\0sesame" in base 64.
    assert_eq!(mail.login.as_deref(), Some("PLAIN AG1lbQBzZXNhbWU="));
    assert_eq!(mail.from, "FROM:<mem@a.example>");
    assert_eq!(mail.to, ["TO:<ops@a.example>", "TO:<anna@b.example>"]);
    assert!(mail.data.contains("Subject: [MEM] RED RISK_HALT S0\n"), "{}", mail.data);
    assert!(
        mail.data.contains("RED RISK_HALT S0: risk has halted S0: drill\n\n2023-11-14T22:13:20Z\n"),
        "{}",
        mail.data
    );
    let figures = soon(dispatcher.close(PATIENCE)).await;
    assert_eq!((figures[0].delivered, figures[0].retried), (1, 0));
}

#[tokio::test]
async fn mails_are_tried_again_where_the_server_says_later() {
    let mut receiver = SmtpReceiver::start(vec!["451 later", "421 later"]).await;
    let dispatcher = Dispatcher::start(vec![mail(receiver.port, None)], 1);
    dispatcher.send(&halts(1)[0]);
    assert_eq!(receiver.next().await.login, None);
    let figures = soon(dispatcher.close(PATIENCE)).await;
    assert_eq!((figures[0].delivered, figures[0].retried, figures[0].failed), (1, 2, 0));
}

#[tokio::test]
async fn what_somebody_typed_never_becomes_a_header() {
    let mut receiver = SmtpReceiver::start(vec![]).await;
    let dispatcher = Dispatcher::start(vec![mail(receiver.port, None)], 1);
    let reason = "x\r\nBcc: all@c.example\r\n.\r\nQUIT".to_owned();
    let seen = Observations { kill_switch: Some(KillSwitchSeen { pulled: true, reason }), ..Observations::default() };
    dispatcher.send(&Alerts::new(AlertConfig::default()).observe(at(0), &seen)[0]);
    let mail = receiver.next().await;
    let (head, _) = mail.data.split_once("\n\n").expect("a head and a body");
    assert!(!head.contains("Bcc"), "{head}");
    assert_eq!(mail.to.len(), 2);
    soon(dispatcher.close(PATIENCE)).await;
}

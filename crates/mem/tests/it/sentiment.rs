//! `mem sentiment`: texts in, scores and moods out.

use std::io::{Read, Write};
use std::net::TcpListener;

use crate::program::{Program, files_below};

const FEED: &str = r#"<rss version="2.0"><channel><title>News</title>
<item><title>Bitcoin surges to a record high</title><guid>1</guid><pubDate>Wed, 31 Jan 2024 10:00:00 GMT</pubDate></item>
<item><title>Ether crashes after hack</title><guid>2</guid></item>
<item><title>Weather is fine</title><guid>3</guid></item></channel></rss>"#;

/// Answers `count` requests with the feed; gives its address.
fn serve(count: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/rss", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for _ in 0..count {
            let (mut socket, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                socket.read_exact(&mut byte).unwrap();
                request.push(byte[0]);
            }
            let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", FEED.len());
            socket.write_all(head.as_bytes()).unwrap();
            socket.write_all(FEED.as_bytes()).unwrap();
        }
    });
    url
}

#[test]
fn texts_are_scored_with_their_reasons() {
    let program = Program::new();
    let scored = program.json(&["sentiment", "score", "Bitcoin surges to a record high", "Shares plunge after fraud"]);
    assert_eq!((scored[0]["label"].as_str(), scored[1]["label"].as_str()), (Some("positive"), Some("negative")));
    assert!(
        scored[0]["score"].as_f64().unwrap() > 0.0 && scored[0]["words"].to_string().contains("surges"),
        "{scored}"
    );
    program.write("texts.txt", "Shares plunge\n\nProfit rises\n");
    let lines = program.json(&["sentiment", "score", "--scorer", "linear", "--file", "texts.txt"]);
    assert_eq!(lines.as_array().unwrap().len(), 2);
    assert!(lines[0]["confidence"].as_f64().unwrap() >= 1.0 / 3.0, "{lines}");
    assert!(program.ok(&["sentiment", "score", "Profit rises"]).contains("profit"));
    assert!(program.fails(2, &["sentiment", "score", "--scorer", "bert", "x"]).contains("lexicon, linear"));
    program.fails(2, &["sentiment", "score"]);
}

#[test]
fn files_go_on_record_once_and_bad_rows_aside() {
    let program = Program::new();
    program.write("mem.toml", "[sentiment.symbols]\nBTCUSDT = ['bitcoin']\n");
    program.write(
        "news.csv",
        "published_at,symbol,headline\n2024-01-31T10:00:00Z,BTCUSDT,Bitcoin surges\n2024-01-31T11:00:00Z,,Bitcoin crashes\n\
         2024-01-31T12:00:00Z,,Nothing of note\nnever,BTCUSDT,Bitcoin gains\n",
    );
    let imported = program.json(&["sentiment", "import", "news.csv"]);
    let one = &imported["imported"][0];
    assert_eq!((&one["rows"], &one["added"], &one["quarantined"]), (&4.into(), &2.into(), &2.into()), "{imported}");
    let again = program.json(&["sentiment", "import", "news.csv"]);
    assert_eq!((&again["imported"][0]["added"], &again["imported"][0]["known"]), (&0.into(), &2.into()));
    let files = files_below(&program.path("mem-data"));
    let quarantine = files.iter().find(|file| file.contains("quarantine")).expect("a quarantine file");
    let kept = std::fs::read_to_string(program.path("mem-data").join(quarantine)).unwrap();
    assert!(kept.contains("4,\"about no symbol") && kept.contains("5,no time"), "{kept}");

    let listed = program.json(&["sentiment", "list", "--symbol", "BTCUSDT"]);
    assert_eq!(listed["total"], 2, "{listed}");
    let mood = program.json(&["sentiment", "mood", "BTCUSDT"]);
    assert_eq!((mood.as_array().unwrap().len(), &mood[0]["texts"]), (2, &2.into()), "{mood}");
    assert!(mood[0]["momentum"].as_f64().unwrap() < 0.0, "{mood}");
    assert!(program.ok(&["sentiment", "mood", "BTCUSDT"]).contains("news"));
    assert!(program.ok(&["sentiment", "mood", "ETHUSDT"]).contains("no texts"));
    program.fails(1, &["sentiment", "import", "absent.csv"]);
}

#[test]
fn feeds_are_fetched_and_their_texts_known_from_then_on() {
    let program = Program::new();
    let url = serve(2);
    program.write("mem.toml", "[sentiment.symbols]\nBTCUSDT = ['bitcoin']\nETHUSDT = ['ether', 'eth']\n");
    let fetched = program.json(&["sentiment", "fetch", &url]);
    let one = &fetched["fetched"][0];
    assert_eq!((&one["entries"], &one["added"], &one["about_nothing"]), (&3.into(), &2.into(), &1.into()), "{fetched}");
    let again = program.json(&["sentiment", "fetch", &url]);
    assert_eq!((&again["fetched"][0]["added"], &again["fetched"][0]["known"]), (&0.into(), &2.into()));
    let row = &program.json(&["sentiment", "list", "--symbol", "BTCUSDT"])["rows"][0];
    assert_eq!(row["published_at"], "2024-01-31T10:00:00Z");
    assert!(row["timestamp"].as_str().unwrap() > "2024-02", "known when it came, not when it was published: {row}");
    assert!(program.fails(1, &["sentiment", "fetch", "http://127.0.0.1:1/rss"]).contains("no answer from"));
    assert!(program.fails(2, &["sentiment", "fetch"]).contains("sentiment.feeds"));
}

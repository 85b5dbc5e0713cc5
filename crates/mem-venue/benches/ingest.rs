//! Messages a second from the bytes of a frame to a normalised trade, on one core.
//!
//! `ingest [--runs N] [--json] [--write FOLDER] [--serve]`. The frames are those of `<symbol>@aggTrade`, made of the real
//! trades in `ticks_binance` of the test data (`MEM_TEST_DATA`), or of made-up ones where there are none. `--write` only
//! writes them, one a line, as `bare.jsonl` and `combined.jsonl` (in the envelope of a combined stream); with `--serve`
//! one form is measured for each name read from standard input, so that a peer can take turns.
//!
//! What is timed is [`Adapter::read_frame`] with a list of events that is emptied after each frame, as a session does.
//! Time is what the thread spent on a processor, of the fastest and of the median run.

use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};

use mem_testkit::{read_text, real_data};
use mem_venue::binance::Binance;
use mem_venue::{Adapter, StreamEvent};
use rustix::time::{ClockId, clock_gettime};

#[derive(Default)]
struct Options {
    runs: Option<usize>,
    json: bool,
    write: Option<PathBuf>,
    serve: bool,
}

fn options() -> Options {
    let mut options = Options::default();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().unwrap_or_else(|| panic!("{argument} needs a value"));
        match argument.as_str() {
            "--runs" => options.runs = Some(value().parse().expect("a count of runs")),
            "--json" => options.json = true,
            "--write" => options.write = Some(value().into()),
            "--serve" => options.serve = true,
            // What cargo adds to every bench program.
            "--bench" => {}
            other => panic!("unknown argument {other}"),
        }
    }
    options
}

/// Frames of one form, one a line.
struct Frames {
    name: &'static str,
    text: String,
}

/// Both forms of the frames.
fn frames() -> [Frames; 2] {
    let (mut bare, mut combined) = (String::new(), String::new());
    for (file, spot) in [("spot", true), ("usdm", false)] {
        let path = real_data(&format!("ticks_binance/trades_{file}_btcusdt_20240808.csv.gz"));
        for row in path.map_or_else(made_up, |path| read_text(&path)).lines().skip(1) {
            let frame = frame(&row.split(',').collect::<Vec<_>>(), spot);
            bare += &format!("{frame}\n");
            combined += &format!("{{\"stream\":\"btcusdt@aggTrade\",\"data\":{frame}}}\n");
        }
    }
    [Frames { name: "bare", text: bare }, Frames { name: "combined", text: combined }]
}

/// The frame of a row `timestamp_ms,recv_ns,trade_id,price,qty,aggressor,kind`, with keys in the market's order.
fn frame(row: &[&str], spot: bool) -> String {
    let [time, _, id, price, qty, aggressor, ..] = row else { panic!("a row of trades: {row:?}") };
    let maker = *aggressor == "sell";
    let event: i64 = time.parse::<i64>().expect("milliseconds") + 1;
    if spot {
        format!(
            r#"{{"e":"aggTrade","E":{event},"s":"BTCUSDT","a":{id},"p":"{price}","q":"{qty}","f":{id},"l":{id},"T":{time},"m":{maker},"M":true}}"#
        )
    } else {
        format!(
            r#"{{"e":"aggTrade","E":{event},"a":{id},"s":"BTCUSDT","p":"{price}","q":"{qty}","f":{id},"l":{id},"T":{time},"m":{maker}}}"#
        )
    }
}

/// A table like the real one.
fn made_up() -> String {
    let rows = (0..15_000).map(|at: u64| {
        let (cents, parts) = (6_180_000 + at * 7_919 % 20_000, 1 + at * 104_729 % 3_000_000);
        let (price, qty) = (cents as f64 / 100.0, parts as f64 / 1e5);
        let side = if at.is_multiple_of(3) { "sell" } else { "buy" };
        format!("\n{},0,{},{price:.8},{qty:.8},{side},", 1_723_161_255_342 + at * 37, 3_735_683_259 + at)
    });
    std::iter::once("timestamp_ms,recv_ns,trade_id,price,qty,aggressor,kind".to_owned()).chain(rows).collect()
}

/// Seconds that this thread has spent on a processor.
fn now() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

/// One form as measured.
struct Measured {
    messages: usize,
    fastest: f64,
    median: f64,
    /// Sum of price times quantity: what a peer must get too.
    notional: f64,
}

/// Reads all frames once; the sum of price times quantity.
fn read_all(adapter: &Binance, lines: &[&[u8]]) -> f64 {
    let mut events = Vec::new();
    let mut notional = 0.0;
    for line in lines {
        adapter.read_frame(line, &mut events).expect("sound frames");
        for event in events.drain(..) {
            if let StreamEvent::Trade { trade, .. } = event {
                notional += trade.price * trade.qty;
            }
        }
    }
    notional
}

fn measure(frames: &Frames, runs: usize) -> Measured {
    let adapter = Binance::spot();
    let lines: Vec<&[u8]> = frames.text.lines().map(str::as_bytes).collect();
    let notional = read_all(&adapter, &lines);
    let mut seconds: Vec<f64> = (0..runs)
        .map(|_| {
            let start = now();
            assert_eq!(read_all(&adapter, &lines), notional);
            now() - start
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    Measured { messages: lines.len(), fastest: seconds[0], median: seconds[runs / 2], notional }
}

fn line(name: &str, measured: &Measured) -> String {
    let Measured { messages, fastest, median, notional } = measured;
    format!(
        r#"{{"name":"{name}","messages":{messages},"fastest_per_s":{:.0},"median_per_s":{:.0},"notional":{notional}}}"#,
        *messages as f64 / fastest,
        *messages as f64 / median
    )
}

fn write(folder: &Path, frames: &[Frames]) {
    for frames in frames {
        let path = folder.join(format!("{}.jsonl", frames.name));
        std::fs::write(&path, &frames.text).unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
    }
}

fn main() {
    let options = options();
    let (all, runs) = (frames(), options.runs.unwrap_or(21));
    if let Some(folder) = &options.write {
        write(folder, &all);
    } else if options.serve {
        for name in std::io::stdin().lock().lines() {
            let name = name.expect("lines of text");
            let frames = all.iter().find(|frames| frames.name == name.trim()).expect("bare or combined");
            println!("{}", line(frames.name, &measure(frames, runs)));
            std::io::stdout().flush().expect("an open output");
        }
    } else {
        for frames in &all {
            let measured = measure(frames, runs);
            if options.json {
                println!("{}", line(frames.name, &measured));
            } else {
                let million = |seconds: f64| measured.messages as f64 / seconds / 1e6;
                let (fastest, median) = (million(measured.fastest), million(measured.median));
                let (name, bytes) = (frames.name, frames.text.len() / measured.messages);
                println!("{name:<9} {fastest:>6.2} M/s fastest {median:>6.2} M/s median, {bytes} bytes a message");
            }
        }
    }
}

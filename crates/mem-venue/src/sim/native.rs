//! The exchange's own protocol on WebSockets: `docs/simulated-exchange.md` describes it for clients.
//!
//! Prices and quantities are decimal strings that read back to the same number; times are nanoseconds since the epoch.

use mem_types::{Aggressor, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::matching::AccountEvent;
use super::view::{ClientOp, Dialect, TapeBar, TapeEvent};
use crate::words::Subscription;

/// The protocol.
#[derive(Debug, Clone, Copy, Default)]
pub struct Native;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClientFrame {
    #[serde(default)]
    id: Value,
    op: String,
    #[serde(default)]
    streams: Vec<Subscription>,
    #[serde(default)]
    key: String,
    #[serde(default)]
    timestamp: String,
    #[serde(default)]
    sign: String,
}

impl Dialect for Native {
    fn read(&self, frame: &str) -> Result<(Value, ClientOp), String> {
        let frame: ClientFrame = serde_json::from_str(frame).map_err(|error| {
            format!("{error}; a request looks like {{\"id\":1,\"op\":\"subscribe\",\"streams\":[\"trades:BTCUSDT\"]}}")
        })?;
        let op = match frame.op.as_str() {
            "subscribe" => ClientOp::Subscribe(frame.streams),
            "unsubscribe" => ClientOp::Unsubscribe(frame.streams),
            "list" => ClientOp::List,
            "ping" => ClientOp::Ping,
            "login" => ClientOp::Login { key: frame.key, timestamp: frame.timestamp, sign: frame.sign },
            other => return Err(format!("unknown op '{other}': subscribe, unsubscribe, list, login or ping")),
        };
        Ok((frame.id, op))
    }

    fn answer(&self, id: &Value, op: Option<&ClientOp>, outcome: Result<&[Subscription], &str>) -> String {
        match (op, outcome) {
            (_, Err(problem)) => json!({"id": id, "ok": false, "error": problem}),
            (Some(ClientOp::List), Ok(streams)) => json!({"id": id, "ok": true, "streams": streams}),
            (_, Ok(_)) => json!({"id": id, "ok": true}),
        }
        .to_string()
    }

    fn event(&self, stream: &Subscription, event: &TapeEvent, _now: Timestamp) -> String {
        match event {
            TapeEvent::Trade(_, trade) => format!(
                r#"{{"stream":"{stream}","ts":{},"id":{},"price":"{}","qty":"{}","side":"{}"}}"#,
                trade.ts_venue.as_nanos(),
                trade.id.unwrap_or(0),
                trade.price,
                trade.qty,
                side(trade.aggressor),
            ),
            TapeEvent::Quote(_, quote) => {
                let mut text = format!(r#"{{"stream":"{stream}","ts":{}"#, quote.ts_venue.as_nanos());
                if let Some(id) = quote.id {
                    text.push_str(&format!(r#","id":{id}"#));
                }
                for (name, level) in [("bid", quote.bid), ("ask", quote.ask)] {
                    if let Some((price, qty)) = level {
                        text.push_str(&format!(r#","{name}":"{price}""#));
                        if let Some(qty) = qty {
                            text.push_str(&format!(r#","{name}_qty":"{qty}""#));
                        }
                    }
                }
                text.push('}');
                text
            }
            TapeEvent::Bar(_, _, bar) => format!(r#"{{"stream":"{stream}",{}}}"#, bar_fields(bar)),
        }
    }

    fn account_event(&self, event: &AccountEvent) -> Option<String> {
        Some(json!({ "account": event }).to_string())
    }

    fn numbered(&self, mut frame: String, number: u64) -> String {
        frame.insert_str(1, &format!(r#""n":{number},"#));
        frame
    }

    fn heartbeat(&self, now: Timestamp, tails: &[(Subscription, i64)]) -> Option<String> {
        let mut text = format!(r#"{{"heartbeat":{},"tails":{{"#, now.as_nanos());
        for (index, (stream, tail)) in tails.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            text.push_str(&format!(r#"{comma}"{stream}":{tail}"#));
        }
        text.push_str("}}");
        Some(text)
    }
}

pub(super) fn side(aggressor: Aggressor) -> &'static str {
    match aggressor {
        Aggressor::Buy => "buy",
        Aggressor::Sell => "sell",
        Aggressor::Unknown => "unknown",
    }
}

/// The fields of a candle, on sockets and in answers.
pub(super) fn bar_fields(bar: &TapeBar) -> String {
    let TapeBar { bar: candle, trades, closed, .. } = bar;
    format!(
        r#""ts":{},"open":"{}","high":"{}","low":"{}","close":"{}","volume":"{}","trades":{trades},"closed":{closed}"#,
        candle.ts.as_nanos(),
        candle.open,
        candle.high,
        candle.low,
        candle.close,
        candle.volume,
    )
}

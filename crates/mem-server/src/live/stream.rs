//! One stream of the hub: what it holds, what is new in it, and its numbered frames.

use std::collections::{BTreeMap, VecDeque};

use axum::extract::ws::Utf8Bytes;

use super::message::{Frame, Payload, ServerMessage};
use super::view::market::{BarRow, BarsData, PriceRow, PricesData, TradeRow, TradesData};
use super::view::order::{FillView, FillsData, OrderView, OrdersData};
use super::view::signal::{SignalView, SignalsData};
use super::view::trade::{ClosedData, TradeView};
use super::view::{LogView, log::LogsData};

/// Trades of a market in one frame at the most; the oldest are left out.
const MOST_TRADES: usize = 200;

/// What a stream holds.
#[derive(Debug)]
pub(super) enum Content {
    /// Something that is sent whole whenever it has changed; `None` before the first.
    Whole {
        now: Option<Payload>,
        changed: bool,
    },
    Trades(Recent<TradeRow>),
    Bars(Bars),
    Prices(Prices),
    Signals(Recent<SignalView>),
    Orders(Orders),
    Fills(Recent<FillView>),
    Closed(Recent<TradeView>),
    Logs(Recent<LogView>),
}

impl Content {
    pub(super) fn whole() -> Self {
        Self::Whole { now: None, changed: false }
    }

    /// Everything; `None` where nothing is known yet.
    fn all(&self) -> Option<Payload> {
        Some(match self {
            Self::Whole { now, .. } => return now.clone(),
            Self::Trades(recent) => Payload::Trades(TradesData { trades: recent.all(), left_out: 0 }),
            Self::Bars(bars) => Payload::Bars(bars.all()),
            Self::Prices(prices) => Payload::Prices(PricesData { prices: prices.now.clone() }),
            Self::Signals(recent) => Payload::Signals(SignalsData { signals: recent.all() }),
            Self::Orders(orders) => Payload::Orders(OrdersData { orders: orders.open.values().cloned().collect() }),
            Self::Fills(recent) => Payload::Fills(FillsData { fills: recent.all() }),
            Self::Closed(recent) => Payload::Closed(ClosedData { trades: recent.all() }),
            Self::Logs(recent) => Payload::Logs(LogsData { logs: recent.all() }),
        })
    }

    /// What is new since the last time.
    fn news(&mut self) -> Option<Payload> {
        Some(match self {
            Self::Whole { now, changed } => return std::mem::take(changed).then(|| now.clone()).flatten(),
            Self::Trades(recent) => {
                let (trades, left_out) = recent.news()?;
                Payload::Trades(TradesData { trades, left_out })
            }
            Self::Bars(bars) => Payload::Bars(bars.news()?),
            Self::Prices(prices) => Payload::Prices(PricesData { prices: prices.news()? }),
            Self::Signals(recent) => Payload::Signals(SignalsData { signals: recent.news()?.0 }),
            Self::Orders(orders) => Payload::Orders(OrdersData { orders: orders.news()? }),
            Self::Fills(recent) => Payload::Fills(FillsData { fills: recent.news()?.0 }),
            Self::Closed(recent) => Payload::Closed(ClosedData { trades: recent.news()?.0 }),
            Self::Logs(recent) => Payload::Logs(LogsData { logs: recent.news()?.0 }),
        })
    }
}

/// The newest of something that only ever grows.
#[derive(Debug)]
pub(super) struct Recent<T> {
    kept: VecDeque<T>,
    keep: usize,
    new: VecDeque<T>,
    left_out: u64,
}

impl<T: Clone> Recent<T> {
    pub(super) fn new(keep: usize) -> Self {
        Self { kept: VecDeque::with_capacity(keep), keep, new: VecDeque::new(), left_out: 0 }
    }

    pub(super) fn push(&mut self, value: T) {
        self.keep(value.clone());
        if self.new.len() == MOST_TRADES {
            self.new.pop_front();
            self.left_out += 1;
        }
        self.new.push_back(value);
    }

    /// Takes what is known already, and no news.
    pub(super) fn keep(&mut self, value: T) {
        if self.kept.len() == self.keep {
            self.kept.pop_front();
        }
        self.kept.push_back(value);
    }

    pub(super) fn newest(&self, count: usize) -> Vec<T> {
        self.kept.iter().skip(self.kept.len().saturating_sub(count)).cloned().collect()
    }

    fn all(&self) -> Vec<T> {
        self.kept.iter().cloned().collect()
    }

    fn news(&mut self) -> Option<(Vec<T>, u64)> {
        let left_out = std::mem::take(&mut self.left_out);
        (!self.new.is_empty()).then(|| (std::mem::take(&mut self.new).into(), left_out))
    }
}

/// Bars of a market.
#[derive(Debug, Default)]
pub(super) struct Bars {
    /// Of which kind; empty before the engine has begun.
    pub(super) timeframe: String,
    /// Closed bars so far: those of the chart that have been taken.
    pub(super) seen: u64,
    closed: VecDeque<BarRow>,
    open: Option<BarRow>,
    /// Closed ones that are new.
    new: usize,
    changed: bool,
}

impl Bars {
    pub(super) fn close(&mut self, bar: BarRow, keep: usize) {
        if self.closed.len() == keep {
            self.closed.pop_front();
        }
        self.closed.push_back(bar);
        self.new = (self.new + 1).min(keep);
        self.changed = true;
    }

    pub(super) fn grow(&mut self, open: Option<BarRow>) {
        if self.open != open {
            self.open = open;
            self.changed = true;
        }
    }

    pub(super) fn newest(&self, count: usize) -> BarsData {
        let skip = self.closed.len().saturating_sub(count.saturating_sub(usize::from(self.open.is_some())));
        let bars = self.closed.iter().skip(skip).chain(&self.open).copied().collect();
        BarsData { timeframe: self.timeframe.clone(), bars, closed: self.open.is_none() }
    }

    fn all(&self) -> BarsData {
        self.newest(usize::MAX)
    }

    fn news(&mut self) -> Option<BarsData> {
        if !std::mem::take(&mut self.changed) {
            return None;
        }
        let new = std::mem::take(&mut self.new) + usize::from(self.open.is_some());
        // A bar that was open and has gone without closing is no news.
        (new > 0).then(|| self.newest(new))
    }
}

/// Last prices.
#[derive(Debug, Default)]
pub(super) struct Prices {
    pub(super) now: BTreeMap<String, PriceRow>,
    new: BTreeMap<String, PriceRow>,
}

impl Prices {
    pub(super) fn set(&mut self, symbol: &str, price: PriceRow) {
        match self.now.get_mut(symbol) {
            Some(known) => *known = price,
            None => drop(self.now.insert(symbol.to_owned(), price)),
        }
        match self.new.get_mut(symbol) {
            Some(known) => *known = price,
            None => drop(self.new.insert(symbol.to_owned(), price)),
        }
    }

    fn news(&mut self) -> Option<BTreeMap<String, PriceRow>> {
        (!self.new.is_empty()).then(|| std::mem::take(&mut self.new))
    }
}

/// Open orders.
#[derive(Debug, Default)]
pub(super) struct Orders {
    open: BTreeMap<String, OrderView>,
    new: Vec<OrderView>,
}

impl Orders {
    pub(super) fn change(&mut self, order: OrderView, done: bool) {
        if done {
            self.open.remove(&order.client_order_id);
        } else {
            self.open.insert(order.client_order_id.clone(), order.clone());
        }
        self.new.retain(|known| known.client_order_id != order.client_order_id);
        self.new.push(order);
    }

    /// Whether these, in the order of their names, are the open ones.
    pub(super) fn are<'a>(&self, names: impl Iterator<Item = &'a str>) -> bool {
        self.open.keys().map(String::as_str).eq(names)
    }

    /// All of them, as they stand: no news.
    pub(super) fn set(&mut self, orders: impl Iterator<Item = OrderView>) {
        self.open = orders.map(|order| (order.client_order_id.clone(), order)).collect();
    }

    fn news(&mut self) -> Option<Vec<OrderView>> {
        (!self.new.is_empty()).then(|| std::mem::take(&mut self.new))
    }
}

/// A stream: a topic, or a topic of one symbol.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) symbol: Option<String>,
    pub(super) content: Content,
    /// The number of its last delta.
    seq: u64,
    snapshot: Option<(u64, Utf8Bytes)>,
}

/// A frame on its way to all clients.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    /// Of which stream.
    pub(super) stream: usize,
    pub(super) seq: u64,
    pub(super) text: Utf8Bytes,
}

impl Stream {
    pub(super) fn new(symbol: Option<String>, content: Content) -> Self {
        Self { symbol, content, seq: 0, snapshot: None }
    }

    /// The next delta, if there is anything new.
    pub(super) fn flush(&mut self, stream: usize) -> Option<Sent> {
        let payload = self.content.news()?;
        self.seq += 1;
        let text = self.spell(payload, ServerMessage::Delta);
        Some(Sent { stream, seq: self.seq, text })
    }

    /// Everything up to the last delta; `None` where nothing is known yet. Spelt once for all who ask.
    pub(super) fn snapshot(&mut self) -> Option<(u64, Utf8Bytes)> {
        if let Some((seq, text)) = &self.snapshot
            && *seq == self.seq
        {
            return Some((*seq, text.clone()));
        }
        let text = self.spell(self.content.all()?, ServerMessage::Snapshot);
        self.snapshot = Some((self.seq, text.clone()));
        Some((self.seq, text))
    }

    /// The number of its last delta.
    pub(super) fn seq(&self) -> u64 {
        self.seq
    }

    /// Something was missed: the next delta shows a hole.
    pub(super) fn skip(&mut self) {
        self.seq += 1;
    }

    fn spell(&self, payload: Payload, of: impl FnOnce(Frame) -> ServerMessage) -> Utf8Bytes {
        spell(&of(Frame { symbol: self.symbol.clone(), seq: self.seq, payload }))
    }
}

/// A message as it is sent.
pub(super) fn spell(message: &ServerMessage) -> Utf8Bytes {
    match serde_json::to_string(message) {
        Ok(text) => text.into(),
        Err(error) => {
            tracing::error!(%error, "a message cannot be written");
            Utf8Bytes::from_static(r#"{"type":"error","message":"the server failed; its log says why"}"#)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn read(text: &Utf8Bytes) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_snapshot_is_everything_up_to_the_last_delta() {
        let mut stream = Stream::new(Some("A".to_owned()), Content::Trades(Recent::new(3)));
        let push = |stream: &mut Stream, at: i64| {
            if let Content::Trades(recent) = &mut stream.content {
                recent.push((at, 1.0, 2.0));
            }
        };
        assert_eq!(read(&stream.snapshot().unwrap().1)["data"]["trades"], serde_json::json!([]));
        assert!(stream.flush(0).is_none());
        (0..5).for_each(|at| push(&mut stream, at));
        let delta = read(&stream.flush(0).unwrap().text);
        assert_eq!((delta["type"].as_str(), delta["seq"].as_u64()), (Some("delta"), Some(1)));
        assert_eq!(delta["data"]["trades"].as_array().unwrap().len(), 5);
        let (seq, text) = stream.snapshot().unwrap();
        let snapshot = read(&text);
        assert_eq!((seq, snapshot["seq"].as_u64(), snapshot["symbol"].as_str()), (1, Some(1), Some("A")));
        assert_eq!(snapshot["data"]["trades"], serde_json::json!([[2, 1.0, 2.0], [3, 1.0, 2.0], [4, 1.0, 2.0]]));
        // More than fit into a frame: the oldest are left out, and counted.
        (0..250).for_each(|at| push(&mut stream, at));
        let delta = read(&stream.flush(0).unwrap().text);
        assert_eq!((&delta["data"]["left_out"], &delta["data"]["trades"][0][0]), (&50.into(), &50.into()));
    }

    #[test]
    fn bars_that_changed_are_sent_whole() {
        let row = |open: i64, close: f64| (open, 1.0, 9.0, 1.0, close, Some(1.0));
        let mut bars = Bars { timeframe: "1m".to_owned(), ..Bars::default() };
        assert!(bars.news().is_none());
        bars.grow(Some(row(0, 2.0)));
        assert_eq!(bars.news().unwrap().bars, [row(0, 2.0)]);
        bars.grow(Some(row(0, 2.0)));
        assert!(bars.news().is_none());
        bars.close(row(0, 3.0), 2);
        bars.grow(None);
        let news = bars.news().unwrap();
        assert_eq!((news.bars, news.closed), (vec![row(0, 3.0)], true));
        (1..4).for_each(|open| bars.close(row(open, 3.0), 2));
        bars.grow(Some(row(4, 4.0)));
        let news = bars.news().unwrap();
        assert_eq!((news.bars, news.closed), (vec![row(2, 3.0), row(3, 3.0), row(4, 4.0)], false));
        assert_eq!(bars.newest(2).bars, [row(3, 3.0), row(4, 4.0)]);
    }

    #[test]
    fn orders_that_are_done_are_told_once_and_forgotten() {
        let order = |stage: &str| OrderView {
            client_order_id: "one".to_owned(),
            ts: 0,
            symbol: "A".to_owned(),
            side: "buy".to_owned(),
            kind: "market".to_owned(),
            purpose: "entry".to_owned(),
            stage: stage.to_owned(),
            decision: 1,
            qty: "1".to_owned(),
            filled_qty: "0".to_owned(),
            price: None,
            trigger_price: None,
            average_price: None,
            fees: "0".to_owned(),
            reason: None,
            changed_at: 0,
        };
        let mut orders = Orders::default();
        orders.change(order("planned"), false);
        orders.change(order("open"), false);
        assert_eq!(orders.news().unwrap().iter().map(|order| order.stage.as_str()).collect::<Vec<_>>(), ["open"]);
        assert!(orders.are(["one"].into_iter()));
        orders.change(order("filled"), true);
        assert_eq!(orders.news().unwrap().len(), 1);
        assert!(orders.are(std::iter::empty()));
        assert!(orders.news().is_none());
    }
}

//! What of a stream is new, double or missing. Plain state, no I/O.
//!
//! A stream's items come from two sides, WebSocket and REST, in any order, some twice, some not at all. A sequence hands
//! out each exactly once, in the venue's order, and says what to ask REST for.

use std::collections::BTreeMap;

use mem_types::{Bar, Timeframe, Timestamp, Trade};

/// Items that may wait for an earlier one; further ones are dropped and come again by REST.
const MOST_AHEAD: usize = 100_000;

/// Trades of a symbol, which the venue numbers without holes.
#[derive(Debug, Clone, Default)]
pub struct TradeSequence {
    next: Option<i64>,
    tail: Option<i64>,
    ahead: BTreeMap<i64, Trade>,
    duplicates: u64,
    delivered: u64,
}

impl TradeSequence {
    /// A sequence that begins with the trade `next`; without it, with whatever comes first.
    pub fn new(next: Option<i64>) -> Self {
        Self { next, ..Self::default() }
    }

    /// Takes a trade from either side and hands out what is thereby in order.
    pub fn offer(&mut self, trade: Trade, out: &mut Vec<Trade>) {
        let Some(id) = trade.id else {
            // A venue that does not number its trades is taken at its word.
            self.delivered += 1;
            out.push(trade);
            return;
        };
        let next = *self.next.get_or_insert(id);
        if id < next {
            self.duplicates += 1;
        } else if id > next {
            if self.ahead.len() < MOST_AHEAD && self.ahead.insert(id, trade).is_some() {
                self.duplicates += 1;
            }
        } else {
            self.hand_out(trade, out);
            while let Some(trade) = self.next.and_then(|next| self.ahead.remove(&next)) {
                self.hand_out(trade, out);
            }
        }
    }

    fn hand_out(&mut self, trade: Trade, out: &mut Vec<Trade>) {
        self.next = trade.id.map(|id| id + 1);
        self.delivered += 1;
        out.push(trade);
    }

    /// The venue says that its newest trade is `id`.
    pub fn tail(&mut self, id: i64) {
        self.tail = Some(self.tail.map_or(id, |tail| tail.max(id)));
        self.next.get_or_insert(id + 1);
    }

    /// The first trade that is known to exist and has not come.
    pub fn missing(&self) -> Option<i64> {
        let next = self.next?;
        (!self.ahead.is_empty() || self.tail.is_some_and(|tail| tail >= next)).then_some(next)
    }

    /// The next trade to come.
    pub fn next(&self) -> Option<i64> {
        self.next
    }

    /// Forgets what waits for trades that the venue, asked again and again, does not have: it never traded that.
    pub fn give_up(&mut self) -> usize {
        self.tail = None;
        std::mem::take(&mut self.ahead).len()
    }

    /// How many came twice.
    pub fn duplicates(&self) -> u64 {
        self.duplicates
    }

    /// How many were handed out.
    pub fn delivered(&self) -> u64 {
        self.delivered
    }
}

/// Closed candles of a symbol. A period without trades may have none, so only REST can tell a hole from silence.
#[derive(Debug, Clone)]
pub struct BarSequence {
    timeframe: Timeframe,
    /// Candles that open before this have been handed out, or do not exist.
    next: Option<Timestamp>,
    tail: Option<Timestamp>,
    ahead: BTreeMap<Timestamp, Bar>,
    duplicates: u64,
    delivered: u64,
}

impl BarSequence {
    /// A sequence of candles that open at `next` or later; without it, from the first that comes.
    pub fn new(timeframe: Timeframe, next: Option<Timestamp>) -> Self {
        Self { timeframe, next, tail: None, ahead: BTreeMap::new(), duplicates: 0, delivered: 0 }
    }

    /// How long the candles last.
    pub fn timeframe(&self) -> Timeframe {
        self.timeframe
    }

    /// Takes a closed candle of the stream. One that follows directly is handed out; a later one waits until REST has
    /// said what lies between.
    pub fn offer(&mut self, bar: Bar, out: &mut Vec<Bar>) {
        let next = *self.next.get_or_insert(bar.ts);
        if bar.ts < next {
            self.duplicates += 1;
        } else if bar.ts > next {
            if self.ahead.len() < MOST_AHEAD {
                self.ahead.insert(bar.ts, bar);
            }
        } else {
            self.hand_out(bar, out);
            self.drain(out);
        }
    }

    /// Takes an answer of REST, in order. `whole` says that the answer
    /// reaches up to now. Its last candle may still be open: only those with a later one beside them, or up to the tail
    /// the venue named, are taken as closed.
    pub fn answered(&mut self, bars: &[Bar], whole: bool, out: &mut Vec<Bar>) {
        let newest = bars.last().map(|bar| bar.ts);
        let known = self.tail.max(self.ahead.last_key_value().map(|(ts, _)| *ts));
        for bar in bars {
            let closed = Some(bar.ts) < newest || known.is_some_and(|known| bar.ts <= known);
            if !closed {
                break;
            }
            if self.next.is_some_and(|next| bar.ts < next) {
                continue;
            }
            self.ahead.remove(&bar.ts);
            self.hand_out(*bar, out);
        }
        let Some(newest) = newest.filter(|_| whole) else { return self.drain(out) };
        // The venue has told everything up to its newest candle: what it left out before a waiting one does not exist.
        while self.ahead.first_key_value().is_some_and(|(ts, _)| *ts <= newest) {
            let Some((_, bar)) = self.ahead.pop_first() else { break };
            if self.next.is_none_or(|next| bar.ts >= next) {
                self.hand_out(bar, out);
            }
        }
        self.drain(out);
    }

    fn drain(&mut self, out: &mut Vec<Bar>) {
        while let Some(bar) = self.next.and_then(|next| self.ahead.remove(&next)) {
            self.hand_out(bar, out);
        }
    }

    fn hand_out(&mut self, bar: Bar, out: &mut Vec<Bar>) {
        self.next = Some(self.timeframe.close_of(bar.ts));
        self.delivered += 1;
        out.push(bar);
    }

    /// The venue says that its newest closed candle opened at `open`.
    pub fn tail(&mut self, open: Timestamp) {
        self.tail = self.tail.max(Some(open));
        self.next.get_or_insert(self.timeframe.close_of(open));
    }

    /// Where to ask from, if a candle is known, or suspected, to be missing.
    pub fn missing(&self) -> Option<Timestamp> {
        let next = self.next?;
        (!self.ahead.is_empty() || self.tail.is_some_and(|tail| tail >= next)).then_some(next)
    }

    /// When the next candle to come opens, at the earliest.
    pub fn next(&self) -> Option<Timestamp> {
        self.next
    }

    /// Forgets what waits.
    pub fn give_up(&mut self) -> usize {
        self.tail = None;
        std::mem::take(&mut self.ahead).len()
    }

    /// How many came twice.
    pub fn duplicates(&self) -> u64 {
        self.duplicates
    }

    /// How many were handed out.
    pub fn delivered(&self) -> u64 {
        self.delivered
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mem_types::Aggressor;
    use proptest::prelude::*;

    fn trade(id: i64) -> Trade {
        Trade {
            ts_venue: Timestamp::from_nanos(id),
            ts_local: None,
            id: Some(id),
            price: id as f64 + 1.0,
            qty: 1.0,
            aggressor: Aggressor::Buy,
        }
    }

    fn bar(hour: i64) -> Bar {
        Bar { ts: open(hour), open: 1.0, high: 1.0, low: 1.0, close: 1.0, volume: hour as f64 }
    }

    fn open(hour: i64) -> Timestamp {
        Timestamp::from_nanos(hour * 3_600_000_000_000)
    }

    fn ids(trades: &[Trade]) -> Vec<i64> {
        trades.iter().filter_map(|trade| trade.id).collect()
    }

    #[test]
    fn a_hole_is_noticed_and_what_follows_waits() {
        let (mut sequence, mut out) = (TradeSequence::new(None), Vec::new());
        for id in [5, 6, 6, 9, 4] {
            sequence.offer(trade(id), &mut out);
        }
        assert_eq!((ids(&out), sequence.missing(), sequence.duplicates()), (vec![5, 6], Some(7), 2));
        sequence.offer(trade(8), &mut out);
        sequence.offer(trade(7), &mut out);
        assert_eq!((ids(&out), sequence.missing()), (vec![5, 6, 7, 8, 9], None));
        sequence.tail(12);
        assert_eq!(sequence.missing(), Some(10));
        sequence.offer(trade(99), &mut out);
        assert_eq!(sequence.give_up(), 1);
        assert_eq!((sequence.missing(), sequence.next()), (None, Some(10)));
    }

    #[test]
    fn a_candle_after_a_hole_waits_for_the_answer() {
        let (mut sequence, mut out) = (BarSequence::new(Timeframe::H1, None), Vec::new());
        sequence.offer(bar(1), &mut out);
        sequence.offer(bar(4), &mut out);
        assert_eq!((out.len(), sequence.missing()), (1, Some(open(2))));
        // Hour 2 had no trade; hour 5 is still open.
        sequence.answered(&[bar(3), bar(4), bar(5)], true, &mut out);
        assert_eq!(out.iter().map(|bar| bar.ts).collect::<Vec<_>>(), [open(1), open(3), open(4)]);
        assert_eq!((sequence.missing(), sequence.next()), (None, Some(open(5))));
        // The last candle of the stream was lost: the venue names it.
        sequence.tail(open(5));
        assert_eq!(sequence.missing(), Some(open(5)));
        sequence.answered(&[bar(5)], true, &mut out);
        assert_eq!((out.len(), sequence.missing()), (4, None));
    }

    #[test]
    fn the_last_candle_of_an_answer_is_not_taken_as_closed() {
        let (mut sequence, mut out) = (BarSequence::new(Timeframe::H1, Some(open(1))), Vec::new());
        sequence.answered(&[bar(1), bar(2)], true, &mut out);
        assert_eq!((out.len(), sequence.next()), (1, Some(open(2))));
    }

    proptest! {
        /// Any mess on the stream, with REST asked for whatever is missing, gives every trade once and in order.
        #[test]
        fn nothing_is_lost_and_nothing_doubled(
            mess in prop::collection::vec((0_i64..60, any::<bool>()), 0..200), page in 1_i64..20
        ) {
            let last = 60;
            let (mut sequence, mut out) = (TradeSequence::new(Some(0)), Vec::new());
            for (id, ask) in mess {
                sequence.offer(trade(id), &mut out);
                if ask && let Some(from) = sequence.missing() {
                    for id in from..(from + page).min(last) {
                        sequence.offer(trade(id), &mut out);
                    }
                }
            }
            sequence.tail(last - 1);
            while let Some(from) = sequence.missing() {
                for id in from..(from + page).min(last) {
                    sequence.offer(trade(id), &mut out);
                }
            }
            prop_assert_eq!(ids(&out), (0..last).collect::<Vec<_>>());
        }

        /// The same for candles, some of which do not exist.
        #[test]
        fn candles_are_complete_too(
            exists in prop::collection::vec(any::<bool>(), 50),
            mess in prop::collection::vec((0_usize..50, any::<bool>()), 0..100),
            page in 2_usize..10,
        ) {
            let truth: Vec<Bar> = (0..50).filter(|hour| exists[*hour]).map(|hour| bar(hour as i64)).collect();
            let (mut sequence, mut out) = (BarSequence::new(Timeframe::H1, Some(open(0))), Vec::new());
            // The newest candle that the venue has at this moment of the stream; the one after it is open.
            let ask = |sequence: &mut BarSequence, newest: usize, out: &mut Vec<Bar>| {
                while let Some(from) = sequence.missing() {
                    let answer: Vec<Bar> =
                        truth.iter().filter(|bar| bar.ts >= from && bar.ts <= open(newest as i64)).take(page).copied().collect();
                    let whole = answer.len() < page;
                    sequence.answered(&answer, whole, out);
                }
            };
            let mut newest = 0;
            for (hour, asks) in mess {
                newest = newest.max(hour);
                if exists[hour] {
                    sequence.offer(bar(hour as i64), &mut out);
                }
                if asks {
                    ask(&mut sequence, newest, &mut out);
                }
            }
            if let Some(last) = truth.last() {
                sequence.tail(last.ts);
            }
            ask(&mut sequence, 50, &mut out);
            prop_assert_eq!(out, truth);
        }
    }
}

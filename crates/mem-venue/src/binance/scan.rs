//! The fast way through the frames that matter most: `aggTrade` and `trade`, bare or in the envelope of a combined stream.
//!
//! It takes what Binance writes today and gives up on everything else (white space, escapes, `e` not first, nested
//! values, odd numbers, keys twice): then serde reads the frame. Whatever it takes it reads as serde does.

use mem_types::{Symbol, Trade};

use super::number;
use super::wire;

/// The trade of a frame, if it is one and is written in the usual way.
pub(super) fn trade(frame: &[u8]) -> Option<(Symbol, Trade)> {
    let mut cursor = Cursor(frame);
    if cursor.literal(b"{\"stream\":\"").is_none() {
        let trade = cursor.trade()?;
        return cursor.0.is_empty().then_some(trade);
    }
    cursor.rest_of_text()?;
    cursor.literal(b",\"data\":")?;
    let trade = cursor.trade()?;
    (cursor.0 == b"}").then_some(trade)
}

/// What is left to read.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn literal(&mut self, text: &[u8]) -> Option<()> {
        self.0 = self.0.strip_prefix(text)?;
        Some(())
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// A text of printable ASCII without escapes, of which the opening quote is read already.
    fn rest_of_text(&mut self) -> Option<&'a [u8]> {
        let end = self.0.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..0x20 | 0x7f..))?;
        let text = &self.0[..end];
        self.0 = &self.0[end..];
        self.literal(b"\"")?;
        Some(text)
    }

    fn decimal(&mut self) -> Option<f64> {
        self.literal(b"\"")?;
        number::decimal(self.rest_of_text()?)
    }

    /// A whole number that is not negative, of at most 18 digits and without leading zeros.
    fn whole(&mut self) -> Option<i64> {
        let mut value = 0_i64;
        let mut digits = 0;
        while let Some(digit) = self.0.get(digits).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit < 10) {
            value = value.wrapping_mul(10).wrapping_add(i64::from(digit));
            digits += 1;
        }
        let sound = (1..=18).contains(&digits) && (digits == 1 || self.0[0] != b'0');
        self.0 = &self.0[digits..];
        sound.then_some(value)
    }

    fn flag(&mut self) -> Option<bool> {
        match self.byte()? {
            b't' => self.literal(b"rue").map(|()| true),
            b'f' => self.literal(b"alse").map(|()| false),
            _ => None,
        }
    }

    fn skip(&mut self) -> Option<()> {
        match self.0.first()? {
            b'"' => {
                self.byte();
                self.rest_of_text().map(|_| ())
            }
            b't' | b'f' => self.flag().map(|_| ()),
            _ => self.whole().map(|_| ()),
        }
    }

    /// The object of a trade.
    fn trade(&mut self) -> Option<(Symbol, Trade)> {
        self.literal(b"{\"e\":\"")?;
        let id_key = match self.rest_of_text()? {
            b"aggTrade" => b'a',
            b"trade" => b't',
            _ => return None,
        };
        let (mut symbol, mut id, mut price, mut qty, mut time, mut maker) = (None, None, None, None, None, None);
        loop {
            match self.byte()? {
                b',' => self.literal(b"\"")?,
                b'}' => break,
                _ => return None,
            }
            let key = self.rest_of_text()?;
            self.literal(b":")?;
            match key {
                b"s" => {
                    self.literal(b"\"")?;
                    once(&mut symbol, self.rest_of_text()?)?;
                }
                b"p" => once(&mut price, self.decimal()?)?,
                b"q" => once(&mut qty, self.decimal()?)?,
                b"T" => once(&mut time, self.whole()?)?,
                b"m" => once(&mut maker, self.flag()?)?,
                [key] if *key == id_key => once(&mut id, self.whole()?)?,
                // What marks other frames.
                b"e" | b"u" | b"B" => return None,
                [_] | [_, _] => self.skip()?,
                _ => return None,
            }
        }
        let symbol = std::str::from_utf8(symbol?).ok()?.parse().ok()?;
        let trade = wire::trade(id?, price?, qty?, number::time(time?)?, maker?).ok()??;
        Some((symbol, trade))
    }
}

/// Fills a place that must be empty.
fn once<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}

//! Universal Binary JSON, draft 12 (ubjson.org), as XGBoost writes it, into a tree of JSON values.
//!
//! What a file claims is checked against what it has before room is made for it, so that the tree is never larger than some forty times the
//! file. Numbers of 32 bits become those of 64 with the same value. Not understood: numbers of any precision (`H`).

use serde_json::{Map, Number, Value};

use super::ImportError;

/// How deep values may lie inside others.
const DEPTH_MAX: usize = 64;

/// Reads the one value of a file.
pub(super) fn read(file: &[u8]) -> Result<Value, ImportError> {
    let mut reader = Reader { file, at: 0 };
    let value = reader.marker().and_then(|marker| reader.value(marker, 0));
    let value =
        value.and_then(|value| if reader.at == file.len() { Ok(value) } else { Err("more follows".to_owned()) });
    value.map_err(|problem| ImportError::Byte { at: reader.at, problem })
}

struct Reader<'a> {
    file: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn value(&mut self, marker: u8, depth: usize) -> Result<Value, String> {
        if depth > DEPTH_MAX {
            return Err("too many values inside others".to_owned());
        }
        match marker {
            b'Z' => Ok(Value::Null),
            b'T' => Ok(Value::Bool(true)),
            b'F' => Ok(Value::Bool(false)),
            b'd' => real(f64::from(f32::from_be_bytes(self.bytes()?))),
            b'D' => real(f64::from_be_bytes(self.bytes()?)),
            b'C' => {
                let [byte] = self.bytes()?;
                Ok(Value::String(char::from(byte).to_string()))
            }
            b'S' => self.text().map(Value::String),
            b'[' => self.list(depth),
            b'{' => self.object(depth),
            _ => self.whole(marker).map(|number| Value::Number(number.into())),
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, String> {
        let (kind, count) = self.head()?;
        let mut list = Vec::with_capacity(count.unwrap_or(0));
        while count.is_none_or(|count| list.len() < count) {
            let marker = kind.map_or_else(|| self.marker(), Ok)?;
            if count.is_none() && marker == b']' {
                break;
            }
            list.push(self.value(marker, depth + 1)?);
        }
        Ok(Value::Array(list))
    }

    fn object(&mut self, depth: usize) -> Result<Value, String> {
        let (kind, count) = self.head()?;
        let mut object = Map::new();
        let mut read = 0;
        while count.is_none_or(|count| read < count) {
            if count.is_none() && self.file.get(self.at) == Some(&b'}') {
                self.at += 1;
                break;
            }
            let key = self.text()?;
            let marker = kind.map_or_else(|| self.marker(), Ok)?;
            object.insert(key, self.value(marker, depth + 1)?);
            read += 1;
        }
        Ok(Value::Object(object))
    }

    /// What a list or an object says of all its values: their kind, and how many.
    fn head(&mut self) -> Result<(Option<u8>, Option<usize>), String> {
        let mut kind = None;
        if self.file.get(self.at) == Some(&b'$') {
            self.at += 1;
            kind = Some(self.marker()?);
        }
        if self.file.get(self.at) != Some(&b'#') {
            return if kind.is_none() { Ok((None, None)) } else { Err("a kind without a count".to_owned()) };
        }
        self.at += 1;
        let count = self.count()?;
        // The least that a value takes; those that take nothing could be any number.
        let least = match kind {
            Some(b'T' | b'F' | b'Z' | b'N') => return Err("a list of values that take no room".to_owned()),
            Some(b'I') => 2,
            Some(b'l' | b'd') => 4,
            Some(b'L' | b'D') => 8,
            _ => 1,
        };
        if count > (self.file.len() - self.at) / least {
            return Err(format!("{count} values are more than the file holds"));
        }
        Ok((kind, Some(count)))
    }

    fn text(&mut self) -> Result<String, String> {
        let count = self.count()?;
        let end = self.at.checked_add(count).filter(|end| *end <= self.file.len()).ok_or_else(cut)?;
        let text = std::str::from_utf8(&self.file[self.at..end]).map_err(|_| "a text is not UTF-8".to_owned())?;
        self.at = end;
        Ok(text.to_owned())
    }

    fn count(&mut self) -> Result<usize, String> {
        let marker = self.marker()?;
        usize::try_from(self.whole(marker)?).map_err(|_| "a count is negative".to_owned())
    }

    fn whole(&mut self, marker: u8) -> Result<i64, String> {
        match marker {
            b'i' => Ok(i64::from(i8::from_be_bytes(self.bytes()?))),
            b'U' => Ok(i64::from(u8::from_be_bytes(self.bytes()?))),
            b'I' => Ok(i64::from(i16::from_be_bytes(self.bytes()?))),
            b'l' => Ok(i64::from(i32::from_be_bytes(self.bytes()?))),
            b'L' => Ok(i64::from_be_bytes(self.bytes()?)),
            other => Err(format!("marker {:?} is not understood here", char::from(other))),
        }
    }

    /// The next marker that is not there to fill.
    fn marker(&mut self) -> Result<u8, String> {
        loop {
            let [marker] = self.bytes()?;
            if marker != b'N' {
                return Ok(marker);
            }
        }
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let bytes = self.file.get(self.at..).and_then(|rest| rest.first_chunk()).ok_or_else(cut)?;
        self.at += N;
        Ok(*bytes)
    }
}

fn real(value: f64) -> Result<Value, String> {
    Number::from_f64(value).map(Value::Number).ok_or_else(|| format!("{value} is no number of JSON"))
}

fn cut() -> String {
    "the file ends in the middle".to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_of_every_kind() {
        let check = |file: &[u8], expected: Value| assert_eq!(read(file).unwrap(), expected, "{file:?}");
        check(b"{i\x01aTi\x01bF}", json!({"a": true, "b": false}));
        check(b"{#i\x01i\x01aZ", json!({"a": null}));
        check(b"{$U#i\x02i\x01a\x01i\x01b\xff", json!({"a": 1, "b": 255}));
        check(
            b"[i\xffI\xff\xfel\x00\x00\x01\x00L\x00\x00\x00\x01\x00\x00\x00\x00]",
            json!([-1, -2, 256, 4_294_967_296_i64]),
        );
        check(b"[$d#i\x02\x3f\xc0\x00\x00\xbf\x00\x00\x00", json!([1.5, -0.5]));
        check(b"[D\x3f\xf8\x00\x00\x00\x00\x00\x00NNSi\x02okCx]", json!([1.5, "ok", "x"]));
        check(b"[#L\0\0\0\0\0\0\0\0", json!([]));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        let check = |file: &[u8], expected: &str| assert_eq!(read(file).unwrap_err().to_string(), expected);
        check(b"", "byte 0: the file ends in the middle");
        check(b"[i\x01", "byte 3: the file ends in the middle");
        check(b"[]]", "byte 2: more follows");
        check(b"[$d#l\x7f\xff\xff\xff", "byte 9: 2147483647 values are more than the file holds");
        check(b"[$Z#l\x7f\xff\xff\xff", "byte 9: a list of values that take no room");
        check(b"[$d", "byte 3: a kind without a count");
        check(b"Si\xff", "byte 3: a count is negative");
        check(b"SU\xff", "byte 3: the file ends in the middle");
        check(b"Si\x01\xff", "byte 3: a text is not UTF-8");
        check(b"H", "byte 1: marker 'H' is not understood here");
        check(b"d\x7f\xc0\x00\x00", "byte 5: NaN is no number of JSON");
        check(&[b'['; 100], "byte 66: too many values inside others");
    }
}

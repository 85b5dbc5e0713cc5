//! A fingerprint of the values of a series, so that a result can say on what data it rests.

use mem_types::{BarsRef, SeriesKey};
use sha2::{Digest, Sha256};

use super::{Catalog, CatalogError};

impl Catalog {
    /// [`fingerprint_bars`] of a whole series.
    ///
    /// # Errors
    /// If there is no such series or its file is damaged.
    pub fn fingerprint(&self, key: &SeriesKey) -> Result<String, CatalogError> {
        Ok(fingerprint_bars(self.read_bars(key, None, None)?.view()))
    }
}

/// SHA-256 over the values of bars, in hexadecimal: equal bars have equal fingerprints, however a file encodes them.
///
/// Hashed are the text `mem bars 1`, the number of bars, and then whole columns (time, open, high, low, close, volume)
/// as 64-bit little-endian numbers; an unknown volume counts as the one canonical NaN.
pub fn fingerprint_bars(bars: BarsRef<'_>) -> String {
    let mut hash = Sha256::new();
    hash.update(b"mem bars 1");
    hash.update((bars.len() as u64).to_le_bytes());
    update(&mut hash, bars.ts_ns, i64::to_le_bytes);
    for column in [bars.open, bars.high, bars.low, bars.close, bars.volume] {
        update(&mut hash, column, |value| if value.is_nan() { f64::NAN } else { value }.to_bits().to_le_bytes());
    }
    hex(&hash.finalize())
}

/// Hashes a column in pieces large enough that the hash function runs at full speed.
fn update<T: Copy>(hash: &mut Sha256, column: &[T], bytes: impl Fn(T) -> [u8; 8]) {
    let mut buffer = Vec::with_capacity(8 * 512);
    for part in column.chunks(512) {
        buffer.clear();
        buffer.extend(part.iter().flat_map(|value| bytes(*value)));
        hash.update(&buffer);
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use mem_types::{Bar, Bars, Timestamp};

    #[test]
    fn depends_on_every_value_and_on_nothing_else() {
        let bar = Bar { ts: Timestamp::from_nanos(1), open: 2.0, high: 4.0, low: 1.0, close: 3.0, volume: 5.0 };
        let of = |bar: Bar| fingerprint_bars(Bars::from_bars([bar]).unwrap().view());
        let all = [
            of(bar),
            of(Bar { ts: Timestamp::from_nanos(2), ..bar }),
            of(Bar { open: 2.5, ..bar }),
            of(Bar { high: 4.5, ..bar }),
            of(Bar { low: 1.5, ..bar }),
            of(Bar { close: 2.5, ..bar }),
            of(Bar { volume: 5.5, ..bar }),
            of(Bar { volume: f64::NAN, ..bar }),
        ];
        let distinct: std::collections::BTreeSet<&String> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
        assert_eq!(of(Bar { volume: f64::NAN, ..bar }), of(Bar { volume: -f64::NAN, ..bar }));
        // The definition above, worked by hand with another program: it must never change.
        assert_eq!(of(bar), "53ee5568e15fef9127b15b1015c194a679cd00983433faf2d2766148d9f5cf65");
    }
}

//! From what libFuzzer sends to the bytes that a target reads.

use std::borrow::Cow;

/// What libFuzzer sends is the content itself, unless its first byte is the number of a seed: then it is that seed with
/// the edits that follow, three bytes each (two for the place, one for the new value; 0 takes the byte out). So a run
/// without a corpus, too, gets past the first checks.
pub fn content<'a>(sent: &'a [u8], seeds: &[&[u8]]) -> Cow<'a, [u8]> {
    let Some((seed, edits)) =
        sent.split_first().and_then(|(first, rest)| Some((seeds.get(usize::from(*first))?, rest)))
    else {
        return Cow::Borrowed(sent);
    };
    let mut content = seed.to_vec();
    for edit in edits.chunks_exact(3) {
        let place = usize::from(u16::from_le_bytes([edit[0], edit[1]])) % content.len().max(1);
        match edit[2] {
            _ if content.is_empty() => break,
            0 => {
                content.remove(place);
            }
            value => content[place] = value,
        }
    }
    Cow::Owned(content)
}

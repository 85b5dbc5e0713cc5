//! Names that were mistyped: which known one was meant.

/// `, did you mean X?` for the known name that takes the fewest edits, if that is few; nothing otherwise.
pub fn nearest<S: AsRef<str>>(name: &str, known: impl IntoIterator<Item = S>) -> String {
    let closest = known
        .into_iter()
        .map(|candidate| (edit_distance(name, candidate.as_ref()), candidate.as_ref().to_owned()))
        .min()
        .filter(|(distance, candidate)| *distance <= 2.max(candidate.len() / 3));
    closest.map_or_else(String::new, |(_, candidate)| format!(", did you mean {candidate}?"))
}

/// Levenshtein's distance, ignoring case: the fewest insertions, deletions and substitutions that turn one into the
/// other.
pub fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.to_lowercase().chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (a, b, distance) in
            [("", "", 0), ("abc", "abc", 0), ("ABC", "abc", 0), ("kitten", "sitting", 3), ("", "ab", 2)]
        {
            assert_eq!(edit_distance(a, b), distance, "{a} {b}");
        }
    }

    #[test]
    fn only_what_is_near_is_meant() {
        let known = ["sharpe", "sortino"];
        assert_eq!(nearest("sharp", known), ", did you mean sharpe?");
        assert_eq!(nearest("volume", known), "");
    }
}

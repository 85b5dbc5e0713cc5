//! A score from words with values: a word list of our own (`lexicon.txt`), intensifiers, negation, and moves of what one would rather not have.

use std::collections::HashMap;

use super::Reading;
use super::token::tokens;

/// The built-in list.
const LIST: &str = include_str!("lexicon.txt");

/// How far a negation, an intensifier, or a burden works, in words.
const REACH: usize = 3;

/// What is left of a value that is negated: "not good" is less bad than "bad".
const NEGATED: f64 = -0.7;

/// Words with values.
#[derive(Debug, Clone, PartialEq)]
pub struct Lexicon {
    words: HashMap<String, Role>,
}

/// What a word does to a text.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Role {
    /// Good or bad by itself.
    Value(f64),
    /// Up or down, which is as good or bad as what moves.
    Move(f64),
    /// Bad by itself, and good when it goes down.
    Burden(f64),
    /// Makes what follows stronger or weaker.
    Factor(f64),
    /// Turns what follows round.
    Negation,
}

impl Default for Lexicon {
    fn default() -> Self {
        Self::built_in()
    }
}

impl Lexicon {
    /// The built-in list.
    pub fn built_in() -> Self {
        Self { words: LIST.lines().filter_map(entry).flatten().collect() }
    }

    /// How many words it knows.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// What it says of a text: the sum s of what its words say, as s / (|s| + 2).
    pub fn read(&self, text: &str) -> Reading {
        let sum: f64 = self.words(text).into_iter().map(|(_, says)| says).sum();
        let score = sum / (sum.abs() + 2.0);
        Reading::of(score)
    }

    /// Each word of a text in its order, and what it adds to the sum.
    pub(super) fn words(&self, text: &str) -> Vec<(String, f64)> {
        let tokens = tokens(text);
        let roles: Vec<Option<Role>> = tokens.iter().map(|token| self.role(token)).collect();
        tokens.into_iter().enumerate().map(|(place, token)| (token, says(&roles, place))).collect()
    }

    fn role(&self, token: &str) -> Option<Role> {
        if token.ends_with("n't") {
            return Some(Role::Negation);
        }
        self.words.get(token).or_else(|| self.words.get(token.strip_suffix("'s")?)).copied()
    }
}

/// The words of a line of the list: a kind, a value, words; `#` begins a remark.
fn entry(line: &str) -> Option<Vec<(String, Role)>> {
    let mut parts = line.split('#').next()?.split_whitespace();
    let (kind, value) = (parts.next()?, parts.next()?.parse().ok()?);
    let role = match kind {
        "value" => Role::Value(value),
        "move" => Role::Move(value),
        "burden" => Role::Burden(value),
        "factor" => Role::Factor(value),
        "negation" => Role::Negation,
        _ => return None,
    };
    Some(parts.map(|word| (word.to_owned(), role)).collect())
}

/// What the word at `place` adds.
fn says(roles: &[Option<Role>], place: usize) -> f64 {
    let before = &roles[place.saturating_sub(REACH)..place];
    let after = &roles[(place + 1).min(roles.len())..(place + 1 + REACH).min(roles.len())];
    let near = |wanted: fn(&Role) -> bool| before.iter().chain(after).flatten().any(wanted);
    let value = match roles[place] {
        Some(Role::Value(value)) => value,
        Some(Role::Move(value)) if near(|role| matches!(role, Role::Burden(_))) => -value,
        Some(Role::Move(value)) => value,
        // What moves speaks through its move.
        Some(Role::Burden(_)) if near(|role| matches!(role, Role::Move(_))) => 0.0,
        Some(Role::Burden(value)) => value,
        _ => return 0.0,
    };
    let change = |value: f64, role: &Role| match role {
        Role::Factor(factor) => value * factor,
        Role::Negation => value * NEGATED,
        _ => value,
    };
    before.iter().flatten().fold(value, change)
}

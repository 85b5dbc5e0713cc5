//! A linear model of tone: how often words and pairs of words occur (tf-idf), one weight for each tone, softmax; and the one that is built in.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::token::tokens;
use super::{Reading, Tone};

/// The built-in model. Where it comes from: docs/sentiment.md.
const BUILT_IN: &str = include_str!("linear.tsv");

/// Parts of one in which a kept model tells its weights of documents.
const IDF_PARTS: f64 = 20.0;

/// The largest whole number that a kept weight has.
const LARGEST_WEIGHT: f64 = 127.0;

/// How a model is trained.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LinearConfig {
    /// The most words and pairs it knows: those in most texts. 6000.
    pub terms: usize,
    /// A term must occur in so many texts. 2.
    pub least_texts: usize,
    /// Inverse strength of the penalty on squared weights, relative to the sum of losses. 5.
    pub inverse_penalty: f64,
    /// Steps of gradient descent. 400.
    pub steps: usize,
}

impl Default for LinearConfig {
    fn default() -> Self {
        Self { terms: 6_000, least_texts: 2, inverse_penalty: 5.0, steps: 400 }
    }
}

/// A linear model of tone.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearModel {
    terms: HashMap<String, Term>,
    bias: [f64; 3],
}

/// What is known of a word or a pair.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Term {
    /// ln((1 + texts) / (1 + texts with it)) + 1.
    idf: f64,
    weights: [f64; 3],
}

/// Why a text is no kept model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinearError {
    /// A line that is neither a remark nor a term with four whole numbers.
    #[error("line {0} of the model is no term with four whole numbers")]
    Line(usize),
    /// No line with the scale of the weights.
    #[error("the model does not say the scale of its weights")]
    Scale,
}

impl LinearModel {
    /// The built-in model.
    ///
    /// # Panics
    /// Never: a test reads it.
    pub fn built_in() -> Self {
        Self::read_text(BUILT_IN).expect("the built-in model is sound")
    }

    /// How many words and pairs it knows.
    pub fn len(&self) -> usize {
        self.terms.len()
    }

    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// The probabilities of the tones, in the order of [`Tone::ALL`].
    pub fn probabilities(&self, text: &str) -> [f64; 3] {
        let mut logits = self.bias;
        for (_, value, term) in self.known(text) {
            for (logit, weight) in logits.iter_mut().zip(term.weights) {
                *logit += value * weight;
            }
        }
        softmax(logits)
    }

    /// Each word and pair that it knows, and what it adds to the log-odds of good news against bad.
    pub(super) fn words(&self, text: &str) -> Vec<(String, f64)> {
        let says = |(term, value, known): (String, f64, &Term)| (term, value * (known.weights[2] - known.weights[0]));
        self.known(text).into_iter().map(says).collect()
    }

    /// The terms of a text that it knows, with their values, of length 1.
    fn known(&self, text: &str) -> Vec<(String, f64, &Term)> {
        let known = |(term, count): (String, f64)| {
            self.terms.get(&term).map(|known| (term, (1.0 + libm::log(count)) * known.idf, known))
        };
        let mut known: Vec<(String, f64, &Term)> = counted(text).into_iter().filter_map(known).collect();
        let length = known.iter().map(|(_, value, _)| value * value).sum::<f64>().sqrt();
        known.iter_mut().for_each(|(_, value, _)| *value /= length);
        known
    }

    /// What it says of a text: the probability of good news less that of bad, and the likeliest tone.
    pub fn read(&self, text: &str) -> Reading {
        Reading::of_probabilities(self.probabilities(text))
    }

    /// Trains on texts with their tones: multinomial logistic regression, each tone weighing as much as every other, by accelerated gradient
    /// descent (Nesterov 1983). The same texts give the same model to the bit.
    pub fn train(texts: &[(&str, Tone)], config: LinearConfig) -> Self {
        let counts: Vec<BTreeMap<String, f64>> = texts.iter().map(|(text, _)| counted(text)).collect();
        let vocabulary = vocabulary(&counts, config);
        let rows: Vec<Vec<(usize, f64)>> = counts.iter().map(|counts| row(counts, &vocabulary)).collect();
        let tones: Vec<usize> = texts.iter().map(|(_, tone)| *tone as usize).collect();
        let (weights, bias) = descend(&rows, &tones, vocabulary.len(), config);
        let terms = vocabulary.into_iter().map(|(term, (place, idf))| (term, Term { idf, weights: weights[place] }));
        Self { terms: terms.collect(), bias }
    }

    /// The model in whole numbers, a line a term, to be kept: the scale of the weights and the bias as remarks, then term, weight of documents
    /// (twentieths), and weights of the tones, at most 127 times the scale.
    pub fn to_text(&self) -> String {
        let largest =
            self.terms.values().flat_map(|term| term.weights).fold(0.0, |most: f64, weight| most.max(weight.abs()));
        let scale = if largest > 0.0 { largest / LARGEST_WEIGHT } else { 1.0 };
        let whole = |value: f64| value.round() as i64;
        let mut text = format!("#scale\t{scale}\n");
        let [negative, neutral, positive] = self.bias;
        text += &format!("#bias\t{negative}\t{neutral}\t{positive}\n");
        for (term, known) in self.terms.iter().collect::<BTreeMap<_, _>>() {
            let [negative, neutral, positive] = known.weights.map(|weight| whole(weight / scale));
            text += &format!("{term}\t{}\t{negative}\t{neutral}\t{positive}\n", whole(known.idf * IDF_PARTS));
        }
        text
    }

    /// The model of such a text.
    ///
    /// # Errors
    /// A line that is none, or no scale.
    pub fn read_text(text: &str) -> Result<Self, LinearError> {
        let (mut scale, mut bias, mut terms) = (None, [0.0; 3], HashMap::new());
        for (number, line) in text.lines().enumerate() {
            let mut cells = line.split('\t');
            let name = cells.next().unwrap_or_default();
            let numbers: Vec<f64> = cells.filter_map(|cell| cell.parse().ok()).collect();
            match (name, &numbers[..]) {
                ("#scale", [found]) => scale = Some(*found),
                ("#bias", [negative, neutral, positive]) => bias = [*negative, *neutral, *positive],
                (name, _) if name.starts_with('#') => {}
                (name, [idf, weights @ ..]) if weights.len() == 3 => {
                    let scale = scale.ok_or(LinearError::Scale)?;
                    let weights = [weights[0] * scale, weights[1] * scale, weights[2] * scale];
                    terms.insert(name.to_owned(), Term { idf: idf / IDF_PARTS, weights });
                }
                _ => return Err(LinearError::Line(number + 1)),
            }
        }
        Ok(Self { terms, bias })
    }
}

/// Whether a text is of the fifth that the built-in model was not trained on: by a hash of its words (FNV-1a), so that texts that say the same are
/// on the same side.
pub fn held_out(text: &str) -> bool {
    let bytes = tokens(text).join(" ").into_bytes();
    let hash = bytes
        .into_iter()
        .fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3));
    hash.is_multiple_of(5)
}

/// How often each word and each pair of neighbours occurs.
fn counted(text: &str) -> BTreeMap<String, f64> {
    let words = tokens(text);
    let mut counts = BTreeMap::new();
    let pairs = words.windows(2).map(|pair| format!("{} {}", pair[0], pair[1]));
    for term in words.iter().cloned().chain(pairs) {
        *counts.entry(term).or_insert(0.0) += 1.0;
    }
    counts
}

/// The terms that a model shall know, each with its place and its idf.
fn vocabulary(counts: &[BTreeMap<String, f64>], config: LinearConfig) -> BTreeMap<String, (usize, f64)> {
    let mut texts: BTreeMap<&String, usize> = BTreeMap::new();
    for term in counts.iter().flat_map(BTreeMap::keys) {
        *texts.entry(term).or_insert(0) += 1;
    }
    let mut often: Vec<(&String, usize)> =
        texts.into_iter().filter(|(_, count)| *count >= config.least_texts).collect();
    often.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    often.truncate(config.terms);
    let chosen: BTreeSet<(&String, usize)> = often.into_iter().collect();
    let idf = |count: usize| libm::log((1 + counts.len()) as f64 / (1 + count) as f64) + 1.0;
    let placed = chosen.into_iter().enumerate();
    placed.map(|(place, (term, count))| (term.clone(), (place, idf(count)))).collect()
}

/// A text as places and values, of length 1.
fn row(counts: &BTreeMap<String, f64>, vocabulary: &BTreeMap<String, (usize, f64)>) -> Vec<(usize, f64)> {
    let known = counts.iter().filter_map(|(term, count)| vocabulary.get(term).map(|known| (known, count)));
    let mut row: Vec<(usize, f64)> =
        known.map(|((place, idf), count)| (*place, (1.0 + libm::log(*count)) * idf)).collect();
    let length = row.iter().map(|(_, value)| value * value).sum::<f64>().sqrt();
    row.iter_mut().for_each(|(_, value)| *value /= length);
    row
}

/// Weights and bias that make the mean loss plus penalty least.
fn descend(
    rows: &[Vec<(usize, f64)>],
    tones: &[usize],
    width: usize,
    config: LinearConfig,
) -> (Vec<[f64; 3]>, [f64; 3]) {
    let mut of_tone = [0.0; 3];
    tones.iter().for_each(|tone| of_tone[*tone] += 1.0);
    let present = of_tone.iter().filter(|count| **count > 0.0).count() as f64;
    let count = rows.len().max(1) as f64;
    // Of all texts of a tone together: the same for every tone.
    let importance = of_tone.map(|of| if of > 0.0 { count / (present * of) } else { 0.0 });
    let penalty = 1.0 / (config.inverse_penalty * count);
    // Rows and the bias have length 1 each, the softmax a curvature of at most a half.
    let step = 1.0 / (importance.into_iter().fold(0.0, f64::max) + penalty);
    // The last place is the bias, which is not penalised.
    let mut weights = vec![[0.0; 3]; width + 1];
    let (mut ahead, mut momentum) = (weights.clone(), 1.0_f64);
    for _ in 0..config.steps {
        let mut slopes: Vec<[f64; 3]> = ahead.iter().map(|weights| weights.map(|weight| weight * penalty)).collect();
        slopes[width] = [0.0; 3];
        for (row, tone) in rows.iter().zip(tones) {
            let mut logits = ahead[width];
            for (place, value) in row {
                (0..3).for_each(|class| logits[class] += value * ahead[*place][class]);
            }
            let mut errors = softmax(logits);
            errors[*tone] -= 1.0;
            let errors = errors.map(|error| error * importance[*tone] / count);
            for (place, value) in row.iter().copied().chain([(width, 1.0)]) {
                (0..3).for_each(|class| slopes[place][class] += value * errors[class]);
            }
        }
        let next_momentum = (1.0 + (1.0 + 4.0 * momentum * momentum).sqrt()) / 2.0;
        let carry = (momentum - 1.0) / next_momentum;
        momentum = next_momentum;
        for ((weights, ahead), slopes) in weights.iter_mut().zip(&mut ahead).zip(&slopes) {
            for class in 0..3 {
                let next = ahead[class] - step * slopes[class];
                ahead[class] = next + carry * (next - weights[class]);
                weights[class] = next;
            }
        }
    }
    let bias = weights.pop().unwrap_or_default();
    (weights, bias)
}

fn softmax(logits: [f64; 3]) -> [f64; 3] {
    let largest = logits.into_iter().fold(f64::NEG_INFINITY, f64::max);
    let powers = logits.map(|logit| libm::exp(logit - largest));
    let sum: f64 = powers.iter().sum();
    powers.map(|power| power / sum)
}

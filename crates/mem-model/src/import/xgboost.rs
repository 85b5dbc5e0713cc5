//! XGBoost's models in JSON and UBJSON (`save_model("name.json")`, `save_model("name.ubj")`), versions 1.6 to 3.
//!
//! Understood: boosters `gbtree` and `dart`; the objectives for two classes (`binary:logistic`, `reg:logistic`), for many
//! (`multi:softprob`, `multi:softmax`), and those whose answer is the sum (`reg:squarederror`, `reg:absoluteerror`, `reg:pseudohubererror`,
//! `reg:quantileerror`, `rank:*`); categorical splits. Source: XGBoost's "Introduction to Model IO" and its JSON schema.
//!
//! XGBoost compares 32-bit numbers by `<`. Each threshold becomes the largest 64-bit number that it would send left, so that every 64-bit value
//! goes the way it goes there.

use serde::Deserialize;

use super::assemble::assemble;
use super::{ImportError, Imported, OUTPUTS_MAX, ubjson};
use crate::forest::{Forest, Link, Node, Parts, Rule, Tree};

#[derive(Deserialize)]
struct Model {
    learner: Learner,
}

#[derive(Deserialize)]
struct Learner {
    #[serde(default)]
    feature_names: Vec<String>,
    gradient_booster: Booster,
    learner_model_param: Parameters,
    objective: Objective,
}

#[derive(Deserialize)]
struct Objective {
    name: String,
}

/// Numbers, written as text.
#[derive(Deserialize)]
struct Parameters {
    base_score: String,
    num_class: String,
    num_feature: String,
}

#[derive(Deserialize)]
struct Booster {
    name: String,
    model: Option<Trees>,
    /// Where `dart` keeps its trees.
    gbtree: Option<Box<Booster>>,
    #[serde(default)]
    weight_drop: Vec<f64>,
}

#[derive(Deserialize)]
struct Trees {
    trees: Vec<Nodes>,
    tree_info: Vec<usize>,
}

/// A tree as columns over its nodes.
#[derive(Deserialize)]
struct Nodes {
    left_children: Vec<i64>,
    right_children: Vec<i64>,
    split_indices: Vec<usize>,
    split_conditions: Vec<f64>,
    default_left: Vec<Flag>,
    loss_changes: Vec<f64>,
    sum_hessian: Vec<f64>,
    #[serde(default)]
    split_type: Vec<u8>,
    #[serde(default)]
    categories: Vec<u32>,
    #[serde(default)]
    categories_nodes: Vec<i64>,
    #[serde(default)]
    categories_segments: Vec<usize>,
    #[serde(default)]
    categories_sizes: Vec<usize>,
}

/// Written as a number or as a word, depending on the version.
#[derive(Deserialize, Clone, Copy)]
#[serde(untagged)]
enum Flag {
    Number(u8),
    Word(bool),
}

impl Flag {
    fn is_set(self) -> bool {
        match self {
            Self::Number(number) => number != 0,
            Self::Word(word) => word,
        }
    }
}

/// Reads a model in JSON.
///
/// # Errors
/// What is not understood, with its field.
pub fn read(json: &str) -> Result<Imported, ImportError> {
    imported(&mut serde_json::Deserializer::from_str(json))
}

/// Reads a model in UBJSON.
///
/// # Errors
/// What is not understood, with its place or its field.
pub fn read_ubjson(file: &[u8]) -> Result<Imported, ImportError> {
    imported(ubjson::read(file)?)
}

fn imported<'de>(reader: impl serde::Deserializer<'de, Error = serde_json::Error>) -> Result<Imported, ImportError> {
    let Model { learner } = serde_path_to_error::deserialize(reader)
        .map_err(|error| ImportError::Json { field: error.path().to_string(), source: error.into_inner() })?;
    let width: usize = number("num_feature", &learner.learner_model_param.num_feature)?;
    let classes: usize = number("num_class", &learner.learner_model_param.num_class)?;
    let outputs = classes.max(1);
    if outputs > OUTPUTS_MAX {
        return Err(field("learner.learner_model_param.num_class", format!("{classes} is more than {OUTPUTS_MAX}")));
    }
    if width > usize::from(u16::MAX) {
        return Err(field("learner.learner_model_param.num_feature", format!("{width} is more than {}", u16::MAX)));
    }
    let features = names(learner.feature_names, width)?;
    let (link, in_odds) = link(&learner.objective.name)?;
    let base = base(&learner.learner_model_param.base_score, outputs, in_odds)?;
    let (found, weights) = trees(learner.gradient_booster)?;
    if found.tree_info.len() != found.trees.len() {
        return Err(field("tree_info", format!("{} of {} numbers", found.tree_info.len(), found.trees.len())));
    }
    let mut trees = Vec::new();
    for (at, (nodes, output)) in found.trees.iter().zip(&found.tree_info).enumerate() {
        // A number of 32 bits, however it was written.
        let weight = weights.get(at).map_or(1.0, |weight| f64::from(*weight as f32));
        let nodes = nodes.read(weight).map_err(|problem| field(&format!("trees[{at}]"), problem))?;
        trees.push(Tree { output: *output, nodes });
    }
    let forest = Forest::try_from(Parts { features: width, base, link, trees })?;
    Ok(Imported { forest, features })
}

fn names(given: Vec<String>, width: usize) -> Result<Vec<String>, ImportError> {
    match given.len() {
        0 => Ok((0..width).map(|feature| format!("f{feature}")).collect()),
        count if count == width => Ok(given),
        count => Err(field("learner.feature_names", format!("{count} names for {width} features"))),
    }
}

/// From sums to answers, and whether the base score is a probability.
fn link(objective: &str) -> Result<(Link, bool), ImportError> {
    match objective {
        "binary:logistic" | "reg:logistic" => Ok((Link::Logistic, true)),
        "multi:softprob" | "multi:softmax" => Ok((Link::Softmax, false)),
        "reg:squarederror" | "reg:absoluteerror" | "reg:pseudohubererror" | "reg:quantileerror" => {
            Ok((Link::Identity, false))
        }
        name if name.starts_with("rank:") => Ok((Link::Identity, false)),
        other => Err(field(
            "learner.objective.name",
            format!("`{}` is not understood", other.chars().take(40).collect::<String>()),
        )),
    }
}

/// The base score of each output: one number for all, or a list in brackets.
fn base(text: &str, outputs: usize, in_odds: bool) -> Result<Vec<f64>, ImportError> {
    let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let scores: Vec<f32> = inner.split(',').map(|one| number("base_score", one)).collect::<Result<_, _>>()?;
    let scores = match scores.len() {
        1 => scores.repeat(outputs),
        count if count == outputs => scores,
        count => {
            return Err(field(
                "learner.learner_model_param.base_score",
                format!("{count} scores for {outputs} outputs"),
            ));
        }
    };
    let sums = scores.into_iter().map(|score| {
        let score = f64::from(score);
        if in_odds { libm::log(score / (1.0 - score)) } else { score }
    });
    let sums: Vec<f64> = sums.collect();
    if sums.iter().any(|sum| !sum.is_finite()) {
        return Err(field("learner.learner_model_param.base_score", format!("`{text}` gives no finite sum")));
    }
    Ok(sums)
}

/// The trees of a booster, and what each is multiplied with (by `dart`; otherwise nothing).
fn trees(booster: Booster) -> Result<(Trees, Vec<f64>), ImportError> {
    let (holder, weights) = match booster.gbtree {
        Some(inner) => (*inner, booster.weight_drop),
        None => (booster, Vec::new()),
    };
    let Some(trees) = holder.model else {
        let problem = format!("booster `{}` has no trees", holder.name.chars().take(40).collect::<String>());
        return Err(field("learner.gradient_booster", problem));
    };
    if !weights.is_empty() && weights.len() != trees.trees.len() {
        return Err(field("weight_drop", format!("{} of {} numbers", weights.len(), trees.trees.len())));
    }
    Ok((trees, weights))
}

impl Nodes {
    fn read(&self, weight: f64) -> Result<Vec<Node>, String> {
        let count = self.left_children.len();
        let lengths = [
            ("right_children", self.right_children.len()),
            ("split_indices", self.split_indices.len()),
            ("split_conditions", self.split_conditions.len()),
            ("default_left", self.default_left.len()),
            ("loss_changes", self.loss_changes.len()),
            ("sum_hessian", self.sum_hessian.len()),
        ];
        if let Some((name, found)) = lengths.iter().find(|(_, length)| *length != count) {
            return Err(format!("{name}: {found} of {count} numbers"));
        }
        let is_categorical = |at: usize| self.split_type.get(at).is_some_and(|kind| *kind == 1);
        let node = |number: i64| {
            let at = usize::try_from(number)
                .ok()
                .filter(|at| *at < count)
                .ok_or_else(|| format!("there is no node {number}"))?;
            let (condition, cover) = (self.split_conditions[at], self.sum_hessian[at]);
            if self.left_children[at] < 0 {
                return Ok(Node::Leaf { value: f64::from(condition as f32) * weight, cover });
            }
            let default_left = self.default_left[at].is_set();
            // Categories of a set go right there and left here, so the sides change places.
            let (rule, missing_left) = if is_categorical(at) {
                (Rule::OneOf(self.categories(number)?), !default_left)
            } else {
                (Rule::AtMost(largest_below(condition as f32)), default_left)
            };
            let (feature, gain) = (self.split_indices[at], self.loss_changes[at]);
            Ok(Node::Split { feature, rule, missing_left, left: 0, right: 0, gain, cover })
        };
        let child = |number: i64, is_left: bool| {
            let at = number as usize;
            if is_left != is_categorical(at) { self.left_children[at] } else { self.right_children[at] }
        };
        assemble(0, count, node, child)
    }

    fn categories(&self, node: i64) -> Result<Vec<u32>, String> {
        let none = || format!("node {node} has no set of categories");
        let at = self.categories_nodes.iter().position(|known| *known == node).ok_or_else(none)?;
        let (from, size) =
            (*self.categories_segments.get(at).ok_or_else(none)?, *self.categories_sizes.get(at).ok_or_else(none)?);
        let set = from.checked_add(size).and_then(|to| self.categories.get(from..to)).ok_or_else(none)?;
        let mut set = set.to_vec();
        set.sort_unstable();
        set.dedup();
        Ok(set)
    }
}

/// The largest 64-bit number that is below `threshold` once it is rounded to 32 bits.
fn largest_below(threshold: f32) -> f64 {
    let middle = f64::midpoint(f64::from(threshold.next_down()), f64::from(threshold));
    if (middle as f32) < threshold { middle } else { middle.next_down() }
}

fn number<T: std::str::FromStr>(name: &str, text: &str) -> Result<T, ImportError> {
    let problem = || {
        field(
            &format!("learner.learner_model_param.{name}"),
            format!("`{}` is not a number", text.chars().take(40).collect::<String>()),
        )
    };
    text.trim().parse().map_err(|_| problem())
}

fn field(field: &str, problem: String) -> ImportError {
    ImportError::Field { field: field.to_owned(), problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_sends_each_number_the_way_it_goes_in_32_bits() {
        for threshold in [0.0_f32, -0.0, 1.0, -1.5, 0.1, 1e-40, -1e-45, 1e30, f32::MIN_POSITIVE] {
            let ours = largest_below(threshold);
            let near = [threshold.next_down(), threshold, threshold.next_up()].map(f64::from);
            let between = [f64::midpoint(near[0], near[1]), f64::midpoint(near[1], near[2])];
            for value in near.into_iter().chain(between).flat_map(|value| [value.next_down(), value, value.next_up()]) {
                assert_eq!(value <= ours, (value as f32) < threshold, "{value:e} {threshold:e}");
            }
        }
    }
}

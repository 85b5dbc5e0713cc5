//! LightGBM's `model.txt`, versions 3 and 4.
//!
//! Understood: `binary`, `multiclass`, `cross_entropy`, and the objectives whose answer is the sum (`regression`, `regression_l1`, `huber`,
//! `fair`, `quantile`, `mape`, `lambdarank`, `rank_xendcg`, or none); random forests; categorical splits; all three ways of missing values.
//! Source: LightGBM's `src/io/tree.cpp` and `include/LightGBM/tree.h`, read as the description of the format.

use std::collections::HashMap;
use std::str::FromStr;

use super::assemble::assemble;
use super::{ImportError, Imported, OUTPUTS_MAX};
use crate::forest::{Forest, Link, Node, Parts, Rule, Tree};

/// Bits of `decision_type`.
const CATEGORICAL: u8 = 1;
const DEFAULT_LEFT: u8 = 2;

/// Reads a model.
///
/// # Errors
/// What is not understood, with its line.
pub fn read(text: &str) -> Result<Imported, ImportError> {
    let mut sections = sections(text);
    let header = sections.next().ok_or_else(|| problem(1, "the file is empty"))?;
    if header.first_line(text) != "tree" {
        return Err(problem(1, "a LightGBM model begins with `tree`"));
    }
    let outputs: usize = header.number("num_tree_per_iteration")?;
    let last: usize = header.number("max_feature_idx")?;
    let features: Vec<String> = header.list("feature_names")?;
    if features.len() != last.saturating_add(1) {
        return Err(header.problem("feature_names", format!("{} names for features 0 to {last}", features.len())));
    }
    if outputs == 0 || outputs > OUTPUTS_MAX {
        return Err(header.problem("num_tree_per_iteration", format!("{outputs} is not between 1 and {OUTPUTS_MAX}")));
    }
    let (link, factor) = link(&header)?;
    let mut trees = Vec::new();
    for section in sections.take_while(|section| section.has("Tree")) {
        trees.push(tree(&section, trees.len() % outputs, factor)?);
    }
    if header.average {
        let rounds = (trees.len() / outputs).max(1) as f64;
        trees.iter_mut().flat_map(|tree| &mut tree.nodes).for_each(|node| {
            if let Node::Leaf { value, .. } = node {
                *value /= rounds;
            }
        });
    }
    let forest = Forest::try_from(Parts { features: features.len(), base: vec![0.0; outputs], link, trees })?;
    Ok(Imported { forest, features })
}

/// From sums to answers, and what sums are multiplied with.
fn link(header: &Section<'_>) -> Result<(Link, f64), ImportError> {
    let Some((_, objective)) = header.fields.get("objective") else { return Ok((Link::Identity, 1.0)) };
    let mut words = objective.split(' ');
    let name = words.next().unwrap_or_default();
    let mut factor = 1.0;
    for word in words {
        match (name, word.split_once(':')) {
            ("binary", Some(("sigmoid", slope))) => {
                factor =
                    slope.parse().map_err(|_| header.problem("objective", format!("`{slope}` is not a number")))?;
            }
            (_, Some(_)) => {}
            _ => return Err(header.problem("objective", format!("`{objective}` is not understood"))),
        }
    }
    match name {
        "binary" | "cross_entropy" => Ok((Link::Logistic, factor)),
        "multiclass" => Ok((Link::Softmax, 1.0)),
        "regression" | "regression_l1" | "huber" | "fair" | "quantile" | "mape" | "lambdarank" | "rank_xendcg"
        | "custom" => Ok((Link::Identity, 1.0)),
        _ => Err(header.problem("objective", format!("`{objective}` is not understood"))),
    }
}

fn tree(section: &Section<'_>, output: usize, factor: f64) -> Result<Tree, ImportError> {
    let leaves: usize = section.number("num_leaves")?;
    if section.fields.get("is_linear").is_some_and(|(_, value)| *value == "1") {
        return Err(section.problem("is_linear", "linear trees are not understood".to_owned()));
    }
    let value = section.list_of::<f64>("leaf_value", leaves)?;
    if leaves <= 1 {
        let value = value.first().ok_or_else(|| section.problem("leaf_value", "a tree has a leaf".to_owned()))?;
        return Ok(Tree::constant(output, value * factor, 0.0));
    }
    let splits = leaves - 1;
    let feature: Vec<usize> = section.list_of("split_feature", splits)?;
    let threshold: Vec<f64> = section.list_of("threshold", splits)?;
    let decision: Vec<u8> = section.list_of("decision_type", splits)?;
    let (left, right): (Vec<i64>, Vec<i64>) =
        (section.list_of("left_child", splits)?, section.list_of("right_child", splits)?);
    let (gain, cover): (Vec<f64>, Vec<f64>) =
        (section.list_of("split_gain", splits)?, section.list_of("internal_count", splits)?);
    let leaf_cover: Vec<f64> = section.list_of("leaf_count", leaves)?;
    let sets = Sets::read(section)?;
    // A child from 0 on is a split; below, it is a leaf: -1 is leaf 0.
    let node = |number: i64| {
        if number < 0 {
            let leaf = usize::try_from(-(number + 1)).ok().filter(|leaf| *leaf < leaves);
            let leaf = leaf.ok_or_else(|| format!("there is no leaf {number}"))?;
            return Ok(Node::Leaf { value: value[leaf] * factor, cover: leaf_cover[leaf] });
        }
        let at = usize::try_from(number)
            .ok()
            .filter(|at| *at < splits)
            .ok_or_else(|| format!("there is no node {number}"))?;
        let (rule, missing_left) = rule(decision[at], threshold[at], &sets)?;
        Ok(Node::Split {
            feature: feature[at],
            rule,
            missing_left,
            left: 0,
            right: 0,
            gain: gain[at],
            cover: cover[at],
        })
    };
    let child = |number: i64, is_left: bool| if is_left { left[number as usize] } else { right[number as usize] };
    let nodes = assemble(0, leaves + splits, node, child).map_err(|what| section.problem("Tree", what))?;
    Ok(Tree { output, nodes })
}

/// What goes left, and whether missing values do.
fn rule(decision: u8, threshold: f64, sets: &Sets) -> Result<(Rule, bool), String> {
    if decision & CATEGORICAL != 0 {
        return Ok((Rule::OneOf(sets.categories(threshold)?), false));
    }
    let default_left = decision & DEFAULT_LEFT != 0;
    match (decision >> 2) & 3 {
        // No values were missing: a missing one counts as 0.
        0 => Ok((Rule::AtMost(threshold), 0.0 <= threshold)),
        1 => Ok((Rule::AtMostZeroMissing(threshold), default_left)),
        2 => Ok((Rule::AtMost(threshold), default_left)),
        _ => Err(format!("decision type {decision} is not understood")),
    }
}

/// Sets of categories, as bits of 32-bit words.
struct Sets {
    borders: Vec<usize>,
    words: Vec<u32>,
}

impl Sets {
    fn read(section: &Section<'_>) -> Result<Self, ImportError> {
        let list = |name| if section.has(name) { section.list(name) } else { Ok(Vec::new()) };
        let words = if section.has("cat_threshold") { section.list("cat_threshold")? } else { Vec::new() };
        Ok(Self { borders: list("cat_boundaries")?, words })
    }

    fn categories(&self, number: f64) -> Result<Vec<u32>, String> {
        let at = number as usize;
        let words = match (self.borders.get(at), self.borders.get(at.saturating_add(1))) {
            (Some(from), Some(to)) => self.words.get(*from..*to),
            _ => None,
        };
        let words = words.ok_or_else(|| format!("there is no set of categories {number}"))?;
        let bits = words
            .iter()
            .zip(0_u32..)
            .flat_map(|(word, at)| (0..32).filter(move |bit| word >> bit & 1 == 1).map(move |bit| at * 32 + bit));
        Ok(bits.collect())
    }
}

/// Lines `name=value` up to an empty one.
struct Section<'a> {
    first: usize,
    fields: HashMap<&'a str, (usize, &'a str)>,
    /// Whether the line `average_output` is among them.
    average: bool,
}

/// The sections of a file that have lines.
fn sections(text: &str) -> impl Iterator<Item = Section<'_>> {
    let mut lines = text.lines().zip(1_usize..).peekable();
    std::iter::from_fn(move || {
        while lines.next_if(|(line, _)| line.trim().is_empty()).is_some() {}
        let (_, first) = *lines.peek()?;
        let mut section = Section { first, fields: HashMap::new(), average: false };
        while let Some((line, number)) = lines.next_if(|(line, _)| !line.trim().is_empty()) {
            section.average |= line.trim() == "average_output";
            if let Some((name, value)) = line.split_once('=') {
                section.fields.insert(name, (number, value.trim()));
            }
        }
        Some(section)
    })
}

impl<'a> Section<'a> {
    fn first_line(&self, text: &'a str) -> &'a str {
        text.lines().nth(self.first - 1).unwrap_or_default().trim()
    }

    fn has(&self, name: &str) -> bool {
        self.fields.contains_key(name)
    }

    fn problem(&self, name: &str, what: String) -> ImportError {
        let line = self.fields.get(name).map_or(self.first, |(line, _)| *line);
        ImportError::Line { line, problem: format!("{name}: {what}") }
    }

    fn text(&self, name: &str) -> Result<&'a str, ImportError> {
        let found = self.fields.get(name).map(|(_, value)| *value);
        found.ok_or_else(|| self.problem(name, "is missing from this section".to_owned()))
    }

    fn number<T: FromStr>(&self, name: &str) -> Result<T, ImportError> {
        let text = self.text(name)?;
        text.parse().map_err(|_| self.problem(name, format!("`{}` is not a number that fits", shown(text))))
    }

    fn list<T: FromStr>(&self, name: &str) -> Result<Vec<T>, ImportError> {
        let word = |word: &str| {
            word.parse().map_err(|_| self.problem(name, format!("`{}` is not what it ought to be", shown(word))))
        };
        self.text(name)?.split_ascii_whitespace().map(word).collect()
    }

    fn list_of<T: FromStr>(&self, name: &str, count: usize) -> Result<Vec<T>, ImportError> {
        let list = self.list(name)?;
        if list.len() == count {
            Ok(list)
        } else {
            Err(self.problem(name, format!("{} of {count} numbers", list.len())))
        }
    }
}

fn problem(line: usize, problem: &str) -> ImportError {
    ImportError::Line { line, problem: problem.to_owned() }
}

/// As much of a word as an error should repeat.
fn shown(word: &str) -> String {
    word.chars().take(40).collect()
}

//! Generations of candidates.
//!
//! Parents are the winners of tournaments; a child takes each gene from either parent (uniform crossover), and some
//! genes then move by a Gaussian step. The step adapts: it shrinks while the search improves and grows while it stands
//! still. The best pass on as they are, with the fitness that they have: nothing is judged twice. A population has
//! exactly as many members as asked for, in every generation.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use mem_indicators::ParamValue;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::grid::best_of;
use super::judge::{Judge, mean};
use super::{Found, Gene, Generation, MOST_TRIALS, Trial, compare_fitness, possible};
use crate::error::ResearchError;

/// Standard deviation of a mutation at the start, as a share of the gene's range.
const SCALE: f64 = 0.15;
/// It never leaves these bounds.
const SCALES: (f64, f64) = (0.02, 0.5);
/// How it changes with a generation that found something better, and with one that did not.
const SHRINK: f64 = 0.85;
const GROW: f64 = 1.25;
/// How often a child that was judged before is mutated once more, before it is taken as it is.
const TRIES: usize = 20;

/// How generations follow each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Genetic {
    /// Members of each generation, 2 to 10,000.
    pub population: usize,
    /// Generations, the first random one included.
    pub generations: usize,
    /// Probability that a child has two parents and not one, 0 to 1.
    pub crossover: f64,
    /// Probability that a gene moves, 0 to 1.
    pub mutation: f64,
    /// How many of the best pass on unchanged, less than the population.
    pub elitism: usize,
    /// How many are drawn for a tournament, at least 1.
    pub tournament: usize,
    /// Stops after so many generations without anything better; never where absent.
    pub patience: Option<usize>,
}

impl Default for Genetic {
    fn default() -> Self {
        Self {
            population: 20,
            generations: 10,
            crossover: 0.7,
            mutation: 0.15,
            elitism: 3,
            tournament: 3,
            patience: None,
        }
    }
}

impl Genetic {
    pub(super) fn validate(&self) -> Result<(), ResearchError> {
        let check = ResearchError::check_range;
        check("population", self.population as f64, 2.0..=10_000.0)?;
        check("generations", self.generations as f64, 1.0..=(MOST_TRIALS / self.population) as f64)?;
        check("crossover", self.crossover, 0.0..=1.0)?;
        check("mutation", self.mutation, 0.0..=1.0)?;
        check("elitism", self.elitism as f64, 0.0..=(self.population - 1) as f64)?;
        check("tournament", self.tournament as f64, 1.0..=self.population as f64)?;
        check("patience", self.patience.unwrap_or(1) as f64, 1.0..=f64::MAX)
    }
}

/// What tells candidates apart.
pub(super) fn name_of(values: &[ParamValue]) -> String {
    // Numbers print so that they read back to the same bits.
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// A number drawn evenly from `[0, 1)`.
pub(super) fn share(source: &mut ChaCha8Rng) -> f64 {
    (source.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// A number drawn from the standard normal distribution (Box and Muller 1958).
fn normal(source: &mut ChaCha8Rng) -> f64 {
    let radius = (-2.0 * libm::log(1.0 - share(source))).sqrt();
    radius * libm::cos(std::f64::consts::TAU * share(source))
}

pub(super) fn search(
    settings: &Genetic,
    judge: &Judge<'_>,
    tell: &mut dyn FnMut(&[Trial], Option<usize>),
    cancel: &AtomicBool,
) -> Found {
    let mut breeder = Breeder {
        settings,
        genes: &judge.config.genes,
        source: ChaCha8Rng::seed_from_u64(judge.config.seed),
        scale: SCALE,
        known: HashMap::new(),
        trials: Vec::new(),
    };
    let mut generations = Vec::new();
    let mut best = None;
    let mut without_better = 0;
    let mut candidates = breeder.first_generation();
    for generation in 0..settings.generations {
        let judged_before = breeder.trials.len();
        let Some(population) = breeder.judge(candidates, generation, judge, cancel) else { break };
        let better = best_of(&breeder.trials, best);
        let improved = better != best;
        best = better;
        generations.push(Generation {
            generation,
            judged: breeder.trials.len() - judged_before,
            best_trial: best,
            best_fitness: best.and_then(|best| breeder.trials[best].fitness),
            mean_fitness: mean(population.iter().filter_map(|member| breeder.trials[*member].fitness)),
            mutation_scale: breeder.scale,
        });
        tell(&breeder.trials, best);
        without_better = if improved { 0 } else { without_better + 1 };
        let exhausted = possible(&judge.config.genes).is_some_and(|all| breeder.trials.len() as u64 >= all);
        let tired = settings.patience.is_some_and(|patience| without_better >= patience);
        if exhausted || tired || generation + 1 == settings.generations {
            break;
        }
        breeder.scale = (breeder.scale * if improved { SHRINK } else { GROW }).clamp(SCALES.0, SCALES.1);
        candidates = breeder.next_generation(&population);
    }
    Found { trials: breeder.trials, generations }
}

struct Breeder<'a> {
    settings: &'a Genetic,
    genes: &'a [Gene],
    source: ChaCha8Rng,
    scale: f64,
    /// The trial of every candidate that was judged.
    known: HashMap<String, usize>,
    trials: Vec<Trial>,
}

impl Breeder<'_> {
    fn first_generation(&mut self) -> Vec<Vec<ParamValue>> {
        let mut candidates: Vec<Vec<ParamValue>> = Vec::with_capacity(self.settings.population);
        while candidates.len() < self.settings.population {
            let mut drawn = self.random();
            for _ in 0..TRIES {
                if !candidates.contains(&drawn) {
                    break;
                }
                drawn = self.random();
            }
            candidates.push(drawn);
        }
        candidates
    }

    fn random(&mut self) -> Vec<ParamValue> {
        self.genes.iter().map(|gene| gene.at(share(&mut self.source))).collect()
    }

    /// Judges whoever is new and gives back the trials of all candidates; `None` if it was stopped before all were.
    fn judge(
        &mut self,
        candidates: Vec<Vec<ParamValue>>,
        generation: usize,
        judge: &Judge<'_>,
        cancel: &AtomicBool,
    ) -> Option<Vec<usize>> {
        let mut members = Vec::with_capacity(candidates.len());
        let mut new = Vec::new();
        for values in candidates {
            let next = self.trials.len() + new.len();
            let trial = *self.known.entry(name_of(&values)).or_insert(next);
            if trial == next {
                new.push(values);
            }
            members.push(trial);
        }
        let judged: Vec<Option<Trial>> = new
            .into_par_iter()
            .map(|values| (!cancel.load(Ordering::Relaxed)).then(|| judge.trial(values, generation)))
            .collect();
        let complete = judged.iter().all(Option::is_some);
        self.trials.extend(judged.into_iter().flatten());
        complete.then_some(members)
    }

    fn next_generation(&mut self, population: &[usize]) -> Vec<Vec<ParamValue>> {
        let mut ranked = population.to_vec();
        ranked.sort_by(|a, b| compare_fitness(self.trials[*b].fitness, self.trials[*a].fitness));
        let mut elite = ranked.clone();
        // One place each: an elite of copies of one candidate keeps nothing.
        let mut seen = std::collections::HashSet::new();
        elite.retain(|trial| seen.insert(*trial));
        elite.truncate(self.settings.elitism);
        let mut candidates: Vec<Vec<ParamValue>> =
            elite.iter().map(|trial| self.trials[*trial].values.clone()).collect();
        while candidates.len() < self.settings.population {
            let child = self.child(&ranked, &candidates);
            candidates.push(child);
        }
        candidates
    }

    /// A child that was not judged before, if a few tries find one.
    fn child(&mut self, ranked: &[usize], siblings: &[Vec<ParamValue>]) -> Vec<ParamValue> {
        let (mother, father) = (self.tournament(ranked), self.tournament(ranked));
        let mut child = if share(&mut self.source) < self.settings.crossover {
            self.cross(mother, father)
        } else {
            self.trials[mother].values.clone()
        };
        self.mutate(&mut child, self.settings.mutation);
        let mut probability = self.settings.mutation;
        for _ in 0..TRIES {
            if !self.known.contains_key(&name_of(&child)) && !siblings.contains(&child) {
                break;
            }
            // More and more genes move, until something new comes of it.
            probability = (probability + 0.1).min(1.0);
            self.mutate(&mut child, probability);
        }
        child
    }

    /// The best of a few drawn at random, none of them twice.
    fn tournament(&mut self, ranked: &[usize]) -> usize {
        let mut drawn: Vec<usize> = Vec::with_capacity(self.settings.tournament);
        while drawn.len() < self.settings.tournament {
            let place = (share(&mut self.source) * ranked.len() as f64) as usize;
            if !drawn.contains(&place) {
                drawn.push(place);
            }
        }
        ranked[drawn.into_iter().min().unwrap_or(0)]
    }

    fn cross(&mut self, mother: usize, father: usize) -> Vec<ParamValue> {
        let genes = self.trials[mother].values.iter().zip(&self.trials[father].values);
        genes.map(|(one, other)| if share(&mut self.source) < 0.5 { one.clone() } else { other.clone() }).collect()
    }

    fn mutate(&mut self, values: &mut [ParamValue], probability: f64) {
        for (gene, value) in self.genes.iter().zip(values) {
            if share(&mut self.source) < probability {
                let step = self.scale * normal(&mut self.source);
                *value = match gene.moved(value, step) {
                    Some(moved) => moved,
                    None => gene.at(share(&mut self.source)),
                };
            }
        }
    }
}

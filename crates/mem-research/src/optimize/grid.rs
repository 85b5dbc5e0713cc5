//! Candidates that do not depend on each other: every combination, or a random sample.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};

use mem_indicators::ParamValue;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rayon::prelude::*;

use super::genetic::{name_of, share};
use super::judge::{Judge, mean};
use super::{Found, Gene, Generation, Trial, compare_fitness};

/// Candidates judged between two looks at the clock and the flag.
const BATCH: usize = 64;

/// How many combinations there are.
pub(super) fn count(genes: &[Gene]) -> u64 {
    genes.iter().fold(1, |count: u64, gene| count.saturating_mul(gene.grid_count() as u64))
}

/// Every combination, the last gene moving fastest.
pub(super) fn every(genes: &[Gene]) -> impl Iterator<Item = Vec<ParamValue>> + '_ {
    (0..count(genes)).map(move |number| {
        let mut rest = number;
        let mut values: Vec<ParamValue> = genes
            .iter()
            .rev()
            .map(|gene| {
                let places = gene.grid_count() as u64;
                let place = rest % places;
                rest /= places;
                gene.grid_value(place as usize)
            })
            .collect();
        values.reverse();
        values
    })
}

/// Candidates drawn evenly, none twice; ends when a thousand draws in a row bring nothing new.
pub(super) fn random(genes: &[Gene], seed: u64) -> impl Iterator<Item = Vec<ParamValue>> + '_ {
    let mut source = ChaCha8Rng::seed_from_u64(seed);
    let mut seen = HashSet::new();
    std::iter::from_fn(move || {
        (0..1_000).find_map(|_| {
            let values: Vec<ParamValue> = genes.iter().map(|gene| gene.at(share(&mut source))).collect();
            seen.insert(name_of(&values)).then_some(values)
        })
    })
}

/// Judges up to `limit` of the candidates.
pub(super) fn search(
    candidates: impl Iterator<Item = Vec<ParamValue>>,
    limit: usize,
    judge: &Judge<'_>,
    tell: &mut dyn FnMut(&[Trial], Option<usize>),
    cancel: &AtomicBool,
) -> Found {
    let mut candidates = candidates.take(limit);
    let mut trials: Vec<Trial> = Vec::new();
    let mut best = None;
    loop {
        let batch: Vec<Vec<ParamValue>> = candidates.by_ref().take(BATCH).collect();
        if batch.is_empty() || cancel.load(Ordering::Relaxed) {
            break;
        }
        trials.par_extend(batch.into_par_iter().map(|values| judge.trial(values, 0)));
        best = best_of(&trials, best);
        tell(&trials, best);
    }
    let generation = Generation {
        generation: 0,
        judged: trials.len(),
        best_trial: best,
        best_fitness: best.and_then(|best| trials[best].fitness),
        mean_fitness: mean(trials.iter().filter_map(|trial| trial.fitness)),
        mutation_scale: 0.0,
    };
    Found { trials, generations: vec![generation] }
}

/// The best of all trials; of equals the first. Trials before `known` are not better than it.
pub(super) fn best_of(trials: &[Trial], known: Option<usize>) -> Option<usize> {
    let from = known.unwrap_or(0);
    let with_fitness = (from..trials.len()).filter(|index| trials[*index].fitness.is_some());
    with_fitness.reduce(|best, next| {
        let better = compare_fitness(trials[next].fitness, trials[best].fitness).is_gt();
        if better { next } else { best }
    })
}

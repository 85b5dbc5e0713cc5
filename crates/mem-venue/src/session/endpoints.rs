//! Which of several addresses of a venue to use next.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How much the newest time weighs in an endpoint's typical time.
const NEWEST: f64 = 0.2;
/// What a failure in a row adds to an endpoint's typical time.
const PENALTY: Duration = Duration::from_millis(250);

/// Base addresses, the quickest of the healthy ones first.
///
/// The one with the least typical time is chosen, where each failure in a row counts as a quarter of a second more, and
/// each request under way as a time more; one that was never tried counts as quick.
#[derive(Debug)]
pub struct Endpoints {
    urls: Vec<String>,
    state: Mutex<Vec<Standing>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Standing {
    typical_ms: f64,
    under_way: u32,
    failures: u32,
}

impl Endpoints {
    /// Addresses such as `https://api.binance.com`, without a slash at the end.
    ///
    /// # Panics
    /// Without any address.
    pub fn new(urls: Vec<String>) -> Self {
        assert!(!urls.is_empty(), "a venue has at least one address");
        let urls: Vec<String> = urls.into_iter().map(|url| url.trim_end_matches('/').to_owned()).collect();
        let state = Mutex::new(vec![Standing::default(); urls.len()]);
        Self { urls, state }
    }

    /// The addresses.
    pub fn urls(&self) -> &[String] {
        &self.urls
    }

    /// Chooses one: its number and its address. [`Endpoints::ended`] must follow.
    pub fn choose(&self) -> (usize, &str) {
        let mut state = self.state();
        let cost = |standing: &Standing| {
            let failures = f64::from(standing.failures.min(20)) * PENALTY.as_millis() as f64;
            (1.0 + standing.typical_ms) * f64::from(1 + standing.under_way) + failures
        };
        let best = (0..state.len()).min_by(|a, b| cost(&state[*a]).total_cmp(&cost(&state[*b]))).unwrap_or(0);
        state[best].under_way += 1;
        (best, &self.urls[best])
    }

    /// What became of the work on the endpoint with this number: the time it took, or `None` for a failure.
    pub fn ended(&self, number: usize, took: Option<Duration>) {
        let mut state = self.state();
        let standing = &mut state[number];
        standing.under_way = standing.under_way.saturating_sub(1);
        match took {
            Some(took) => {
                let ms = took.as_secs_f64() * 1000.0;
                standing.typical_ms +=
                    (ms - standing.typical_ms) * if standing.typical_ms == 0.0 { 1.0 } else { NEWEST };
                standing.failures = 0;
            }
            None => standing.failures += 1,
        }
    }

    fn state(&self) -> MutexGuard<'_, Vec<Standing>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_goes_where_it_is_quick_and_away_from_failures() {
        let endpoints = Endpoints::new(vec!["http://a/".to_owned(), "http://b".to_owned()]);
        let ms = Duration::from_millis;
        let mut chosen = Vec::new();
        for _ in 0..6 {
            let (number, _) = endpoints.choose();
            endpoints.ended(number, Some(if number == 0 { ms(50) } else { ms(5) }));
            chosen.push(number);
        }
        assert_eq!(chosen, [0, 1, 1, 1, 1, 1]);
        endpoints.ended(endpoints.choose().0, None);
        assert_eq!(endpoints.choose(), (0, "http://a"));
    }

    #[test]
    fn work_under_way_is_shared() {
        let endpoints = Endpoints::new(vec!["http://a".to_owned(), "http://b".to_owned()]);
        let chosen: Vec<usize> = (0..4).map(|_| endpoints.choose().0).collect();
        assert_eq!(chosen, [0, 1, 0, 1]);
    }
}

//! Feeds, looked at again and again.

use std::sync::Arc;
use std::time::Duration;

use mem_feed::texts::Fetch;
use mem_model::sentiment::Scorer;
use mem_store::records::Records;
use mem_types::Timestamp;
use tokio::time::Instant;

use super::config::SentimentSettings;
use super::gather::gather;

/// The longest pause after failures, unless looks are further apart anyway.
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);

/// Looks at all feeds every so often and puts what is new on record, until it is dropped. A feed that fails is asked less and less often; it is
/// said once that it does, and once that it is well again.
pub async fn follow(settings: SentimentSettings, scorer: Arc<dyn Scorer>, records: Records, clock: fn() -> Timestamp) {
    let keywords = settings.keywords();
    let interval = Duration::from_secs(u64::from(settings.interval_s));
    let mut fetch = Fetch::default();
    let mut due: Vec<(Instant, u32)> = settings.feeds.iter().map(|_| (Instant::now(), 0)).collect();
    loop {
        let Some((number, (at, failures))) = due.iter().copied().enumerate().min_by_key(|(_, (at, _))| *at) else {
            return;
        };
        tokio::time::sleep_until(at).await;
        let feed = &settings.feeds[number];
        let failures = match gather(&mut fetch, feed, (&keywords, &scorer), &records, clock).await {
            Ok(gathered) => {
                if failures > 0 {
                    tracing::info!(url = feed.url, "the feed is well again");
                }
                if gathered.taken.added > 0 {
                    tracing::info!(url = feed.url, texts = gathered.taken.added, "new texts");
                }
                0
            }
            Err(error) => {
                if failures == 0 {
                    tracing::warn!(url = feed.url, %error, "a feed of texts fails");
                }
                failures + 1
            }
        };
        due[number] = (Instant::now() + pause(interval, failures), failures);
    }
}

/// How long until the next look after so many failures in a row.
fn pause(interval: Duration, failures: u32) -> Duration {
    let longer = interval.saturating_mul(2_u32.saturating_pow(failures));
    longer.min(LONGEST_PAUSE.max(interval))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_is_asked_less_often() {
        let pause = |failures| pause(Duration::from_secs(300), failures).as_secs();
        assert_eq!([pause(0), pause(1), pause(3), pause(4), pause(100)], [300, 600, 2_400, 3_600, 3_600]);
        assert_eq!(super::pause(Duration::from_secs(9_000), 5).as_secs(), 9_000);
    }
}

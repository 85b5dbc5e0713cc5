//! Alerts on their way out: the routes of the configuration, with their secrets.

use std::path::Path;
use std::time::Duration;

use mem_credentials::{Credentials, Secret, Sources};
use mem_engine::live::MonitorConfig;
use mem_monitor::alert::AlertEvent;
use mem_monitor::route::{Dispatcher, Route};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::{Context, now};
use crate::config::Config;
use crate::exit::UsageError;

/// Events that may wait for the routes.
const QUEUE: usize = 256;
/// How long an end waits for messages on their way.
const PATIENCE: Duration = Duration::from_secs(3);

/// How a running engine is watched.
pub(super) fn monitor(config: &Config) -> MonitorConfig {
    MonitorConfig { windows: config.monitor.clone(), alerts: config.alerts.clone() }
}

/// The routes at work.
pub(super) struct Alerting {
    events: mpsc::Sender<AlertEvent>,
    telling: JoinHandle<()>,
}

impl Alerting {
    /// Starts the routes of the configuration. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// A route that makes no sense, or a secret that is not there.
    pub(super) fn start(context: &Context) -> anyhow::Result<Self> {
        let mut routes: Vec<Route> = Vec::new();
        let configured = &context.config.alerts.routes;
        if !configured.is_empty() {
            let credentials =
                Credentials::new(&context.config.data.folder, Sources::of_process(Path::new(".env"))?, now);
            for (name, route) in configured {
                routes.push(route.resolve(name, |secret| kept(&credentials, secret)).map_err(UsageError)?);
            }
        }
        let seed = u64::from(std::process::id());
        let dispatcher = Dispatcher::start(routes, seed);
        let (events, mut waiting) = mpsc::channel::<AlertEvent>(QUEUE);
        let telling = tokio::spawn(async move {
            while let Some(event) = waiting.recv().await {
                dispatcher.send(&event);
            }
            dispatcher.close(PATIENCE).await;
        });
        Ok(Self { events, telling })
    }

    /// Where events go.
    pub(super) fn sender(&self) -> mpsc::Sender<AlertEvent> {
        self.events.clone()
    }

    /// Ends once everything that waits has been told, or has had its time.
    pub(super) async fn end(self) {
        drop(self.events);
        // A route that panicked has said so; the session has ended all the same.
        let _ = self.telling.await;
    }
}

/// A secret by its name: `NAME.FIELD` of the credentials, or `NAME` where that has one field.
fn kept(credentials: &Credentials, name: &str) -> Option<Secret> {
    let (venue, field) = name.split_once('.').map_or((name, None), |(venue, field)| (venue, Some(field)));
    let fields = credentials.get(&venue.parse().ok()?).ok()?;
    let found = fields.into_iter().find(|known| field.is_none_or(|field| known.name.as_str() == field))?;
    Some(found.secret)
}

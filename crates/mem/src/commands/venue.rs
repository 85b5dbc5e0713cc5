//! Which venue was typed: its wire format and its addresses.

use std::sync::Arc;
use std::time::Duration;

use mem_types::near::nearest;
use mem_venue::Adapter;
use mem_venue::binance::Binance;
use mem_venue::session::Http;
use mem_venue::sim::adapter::SimAdapter;

use super::Context;
use crate::config::VenueConfig;
use crate::exit::UsageError;

const KNOWN: [&str; 3] = ["binance", "binance_um", "sim"];

/// A venue to speak with.
pub(super) struct Venue {
    pub(super) http: Http,
    pub(super) sockets: Vec<String>,
}

/// The venue of that name; `endpoint` takes the place of its configured addresses.
pub(super) fn find(context: &Context, name: &str, endpoint: Option<&str>) -> anyhow::Result<Venue> {
    let venues = &context.config.venues;
    let (adapter, configured): (Arc<dyn Adapter>, &VenueConfig) = match name {
        "binance" => (Arc::new(Binance::spot()), &venues.binance),
        "binance_um" => (Arc::new(Binance::usd_m()), &venues.binance_um),
        "sim" | "simulated" => (Arc::new(SimAdapter::default()), &venues.sim),
        other => {
            let hint = nearest(other, KNOWN.iter());
            return Err(UsageError(format!("unknown venue '{other}'{hint}; known: {}", KNOWN.join(", "))).into());
        }
    };
    let (rest, sockets) = match endpoint {
        None => (configured.rest.clone(), configured.sockets.clone()),
        Some(url) => {
            let Some(host) =
                url.strip_prefix("http").filter(|rest| rest.starts_with("://") || rest.starts_with("s://"))
            else {
                return Err(UsageError(format!("--endpoint {url}: expected http://… or https://…")).into());
            };
            (vec![url.to_owned()], vec![format!("ws{host}")])
        }
    };
    let timeout = Duration::from_millis(context.config.feed.timeout_ms);
    Ok(Venue { http: Http::new(adapter, rest, timeout), sockets })
}

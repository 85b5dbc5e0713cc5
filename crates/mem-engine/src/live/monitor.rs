//! What watches over a running engine: rolling figures every second, and alerts with a life of their own.

use std::collections::BTreeMap;
use std::path::PathBuf;

use mem_feed::breaker::BreakerState;
use mem_feed::{FeedHealth, Mode, Status};
use mem_model::drift::Severity as Drift;
use mem_model::lifecycle::Stage;
use mem_monitor::alert::{
    Alert, AlertConfig, AlertEvent, AlertKind, Alerts, BookDifference, DiskSeen, FeedMode, FeedSeen, FeedStatus,
    HaltSeen, KillSwitchSeen, ModelSeen, Observations, Performance, PriceAlert, Severity, UnknownOrder,
};
use mem_monitor::rolling::{ClosedTrade, Figures, Rolling, RollingConfig};
use mem_store::records::{AlertRow, MetricFilter, NewMetric, Records, RecordsError};
use mem_trade::exact::float;
use mem_trade::ledger::{Account, EntryKind};
use mem_types::Timestamp;
use mem_types::time::NANOS_PER_SECOND;
use mem_venue::sim::market::MarketConfig;
use serde::{Deserialize, Serialize};

use super::board::Board;
use super::history::History;
use super::machine;
use crate::core::Output;
use crate::keep::models::moved;
use crate::keep::{EQUITY, equity_metric};

/// The name under which the state of alerts is kept.
const STATE: &str = "alerts";
/// How often figures go into the table of metrics.
const METRICS_EVERY: i64 = 60 * NANOS_PER_SECOND;
/// Closed trades, and points of the equity curve, that the figures begin with.
const REMEMBERED: usize = 10_000;
/// How long a difference of the books, which is booked at once, counts as seen.
const DIFFERENCE_SEEN: i64 = 60 * NANOS_PER_SECOND;

/// How long a step of a model counts as seen.
const STEP_SEEN: i64 = 60 * NANOS_PER_SECOND;

/// How an engine is watched.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MonitorConfig {
    /// Windows of the figures.
    pub windows: RollingConfig,
    /// Limits of alerts.
    pub alerts: AlertConfig,
}

/// What somebody wants of alerts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "want", rename_all = "snake_case")]
pub enum Want {
    /// Note has been taken of one.
    Acknowledge {
        /// Its number.
        id: u64,
        /// By whom.
        by: String,
    },
    /// Tell when a price is reached.
    Watch {
        /// Which.
        alert: PriceAlert,
    },
    /// Do not tell any more.
    Unwatch {
        /// Its number.
        id: u64,
    },
}

/// Figures and alerts of a running engine.
#[derive(Debug)]
pub(super) struct Monitor {
    records: Records,
    folder: PathBuf,
    rolling: Rolling,
    alerts: Alerts,
    stale_after_s: f64,
    /// Whether the feed has been well once.
    connected: bool,
    differences: Vec<(Timestamp, BookDifference)>,
    /// What is to be told of models, by kind and subject, and since when.
    models: BTreeMap<(AlertKind, String), (Timestamp, ModelSeen)>,
    metrics_at: Timestamp,
    history: History,
}

impl Monitor {
    /// Goes on from what the records hold.
    pub(super) fn new(
        records: Records,
        config: MonitorConfig,
        folder: PathBuf,
        now: Timestamp,
    ) -> Result<Self, RecordsError> {
        let mut rolling = Rolling::new(config.windows);
        let mut curve = records.get_metrics(&MetricFilter {
            metric_name: Some(EQUITY.to_owned()),
            limit: REMEMBERED,
            ..MetricFilter::default()
        })?;
        curve.sort_by_key(|point| point.timestamp);
        for point in curve {
            if let Err(error) = rolling.equity(point.timestamp, point.metric_value) {
                tracing::warn!(%error, "equity on record is left out of the figures");
            }
        }
        for row in records.closed_decisions(REMEMBERED)? {
            let (Some(at), Some(return_pct), Ok(symbol)) = (row.closed_at, row.return_pct, row.symbol.parse()) else {
                continue;
            };
            let pnl = row.pnl.and_then(|pnl| pnl.parse().ok()).unwrap_or(0.0);
            let trade = ClosedTrade { at, symbol, pnl, return_pct, slippage_bps: 0.0, expected_slippage_bps: 0.0 };
            if let Err(error) = rolling.trade(&trade) {
                tracing::warn!(%error, "a trade on record is left out of the figures");
            }
        }
        let state = match records.get_engine_state(STATE)?.map(|text| serde_json::from_str(&text)) {
            Some(Ok(state)) => state,
            Some(Err(error)) => {
                tracing::warn!(%error, "the state of alerts cannot be read: they begin anew");
                Default::default()
            }
            None => Default::default(),
        };
        let stale_after_s = config.alerts.stale_after_s;
        let alerts = Alerts::restore(config.alerts, state);
        Ok(Self {
            records,
            folder,
            rolling,
            alerts,
            stale_after_s,
            connected: false,
            differences: Vec::new(),
            models: BTreeMap::new(),
            metrics_at: now,
            history: History::new(now),
        })
    }

    /// Other limits of alerts from here on; what holds by the old ones goes on from there.
    pub(super) fn limit(&mut self, limits: AlertConfig) {
        self.stale_after_s = limits.stale_after_s;
        self.alerts = Alerts::restore(limits, self.alerts.state().clone());
    }

    /// Hears what the loop has said.
    pub(super) fn hear(&mut self, outputs: &[Output], now: Timestamp) {
        for output in outputs {
            match output {
                Output::Closed(closed) => {
                    let trade = ClosedTrade {
                        at: closed.trip.closed_at,
                        symbol: closed.symbol.clone(),
                        pnl: float(closed.trip.pnl),
                        return_pct: closed.return_pct,
                        slippage_bps: closed.slippage_bps,
                        expected_slippage_bps: closed.expected_bps,
                    };
                    if let Err(error) = self.rolling.trade(&trade) {
                        tracing::warn!(%error, "a trade is left out of the figures");
                    }
                }
                Output::Booked { entry, .. } if entry.kind() == EntryKind::Adjustment => {
                    for posting in entry.postings().iter().filter(|posting| posting.account != Account::Adjustments) {
                        let difference = BookDifference {
                            subject: posting.asset.to_string(),
                            ledger: "what was booked".to_owned(),
                            venue: format!("{:+} more", posting.amount),
                        };
                        self.differences.push((now, difference));
                    }
                }
                Output::Drift(note) => {
                    let (subject, severe) = (format!("{} {}", note.title, note.symbol), note.severity >= Drift::Medium);
                    if severe {
                        let severity = if note.severity >= Drift::High { Severity::Red } else { Severity::Yellow };
                        self.of_model(AlertKind::ModelDrift, severity, subject, moved(note), now);
                    } else {
                        self.models.remove(&(AlertKind::ModelDrift, subject));
                    }
                }
                Output::Worth(note) if note.verdict == "drift" => {
                    let message = format!("the predictions of {} have become worse", note.title);
                    self.of_model(AlertKind::ModelDecay, Severity::Yellow, note.title.clone(), message, now);
                }
                Output::Model(note) => {
                    let message = format!("{}: {}: {}", note.title, note.phase, note.why);
                    let (kind, severity) = match note.to {
                        Stage::Failed => (AlertKind::ModelRolledBack, Severity::Red),
                        _ => (AlertKind::ModelStage, Severity::Info),
                    };
                    if note.to == Stage::Production {
                        self.models
                            .retain(|(kind, _), _| !matches!(kind, AlertKind::ModelDecay | AlertKind::ModelDrift));
                    }
                    self.of_model(kind, severity, note.title.clone(), message, now);
                }
                _ => {}
            }
        }
    }

    /// Looks at everything once, and puts on record what happened to alerts.
    pub(super) fn look(&mut self, board: &Board, now: Timestamp) -> Result<Vec<AlertEvent>, RecordsError> {
        // Windows are of the market's time, which may be years from ours: as long as nothing has come, nobody knows it.
        if let Some((market_now, equity)) = board.market_time.zip(board.equity)
            && let Err(error) = self.rolling.equity(market_now, equity)
        {
            tracing::warn!(%error, "equity is left out of the figures");
        }
        self.connected |= board.feed.as_ref().is_some_and(|feed| feed.mode == Mode::Websocket);
        self.differences.retain(|(at, _)| now.as_nanos() - at.as_nanos() < DIFFERENCE_SEEN);
        let passing = |kind: AlertKind| matches!(kind, AlertKind::ModelStage | AlertKind::ModelRolledBack);
        self.models.retain(|(kind, _), (at, _)| !passing(*kind) || now.as_nanos() - at.as_nanos() < STEP_SEEN);
        self.history.look(board.feed.as_ref(), &self.records, now)?;
        let figures = self.figures(board);
        let seen = self.observations(board, figures.as_ref(), now);
        let events = self.alerts.observe(now, &seen);
        self.keep(&events)?;
        if let Some(figures) = figures
            && now.as_nanos() - self.metrics_at.as_nanos() >= METRICS_EVERY
        {
            self.metrics_at = now;
            let mut rows = metrics(&figures);
            rows.extend(board.equity.map(|equity| equity_metric(figures.at, equity)));
            self.records.batch_insert_metrics(&rows)?;
        }
        Ok(events)
    }

    /// Does what somebody wants; why not, where it cannot be done.
    pub(super) fn want(&mut self, want: &Want, now: Timestamp) -> Result<Vec<AlertEvent>, RecordsError> {
        let done = match want {
            Want::Acknowledge { id, by } => {
                self.alerts.acknowledge(*id, by, now).map(|event| event.into_iter().collect())
            }
            Want::Watch { alert } => self.alerts.add_price_alert(alert.clone()).map(|_| Vec::new()),
            Want::Unwatch { id } => self.alerts.remove_price_alert(*id).map(|_| Vec::new()),
        };
        match done {
            Ok(events) => {
                let events: Vec<AlertEvent> = events;
                self.keep(&events)?;
                self.keep_state()?;
                Ok(events)
            }
            Err(error) => {
                tracing::warn!(%error, "alerts");
                Ok(Vec::new())
            }
        }
    }

    /// The figures as of the market's time; `None` while nobody knows that.
    pub(super) fn figures(&self, board: &Board) -> Option<Figures> {
        board.market_time.map(|market_now| self.rolling.figures(market_now))
    }

    /// Alerts that hold, the worst first.
    pub(super) fn active(&self) -> Vec<Alert> {
        self.alerts.active().into_iter().cloned().collect()
    }

    /// Price alerts that wait, with their numbers.
    pub(super) fn watched(&self) -> Vec<(u64, PriceAlert)> {
        self.alerts.price_alerts().map(|(id, alert)| (id, alert.clone())).collect()
    }

    fn keep(&self, events: &[AlertEvent]) -> Result<(), RecordsError> {
        if events.is_empty() {
            return Ok(());
        }
        for event in events {
            let alert = &event.alert;
            self.records.put_alert(&AlertRow {
                id: i64::try_from(alert.id).unwrap_or(i64::MAX),
                timestamp: alert.raised_at,
                kind: alert.kind.name().to_owned(),
                subject: alert.subject.clone(),
                severity: alert.severity.name().to_owned(),
                state: alert.state().name().to_owned(),
                message: alert.message.clone(),
                detail: serde_json::to_value(alert).unwrap_or_default(),
            })?;
        }
        self.keep_state()
    }

    fn of_model(&mut self, kind: AlertKind, severity: Severity, subject: String, message: String, now: Timestamp) {
        let seen = ModelSeen { kind, severity, subject: subject.clone(), message };
        self.models.insert((kind, subject), (now, seen));
    }

    fn keep_state(&self) -> Result<(), RecordsError> {
        let text = serde_json::to_string(self.alerts.state()).unwrap_or_default();
        self.records.set_engine_state(STATE, &text)
    }

    /// Whether a feed is not well because it has only just begun to connect.
    fn begins(&self, feed: &FeedHealth) -> bool {
        !self.connected && feed.metrics.uptime_seconds < self.stale_after_s
    }

    fn observations(&self, board: &Board, figures: Option<&Figures>, now: Timestamp) -> Observations {
        let feeds = board.feed.iter().filter(|feed| !self.begins(feed)).map(|feed| FeedSeen {
            name: feed.venue.to_string(),
            status: match feed.status {
                Status::Healthy => FeedStatus::Healthy,
                Status::Degraded => FeedStatus::Degraded,
                Status::Unhealthy => FeedStatus::Unhealthy,
            },
            mode: match feed.mode {
                Mode::Websocket => FeedMode::Websocket,
                Mode::Rest => FeedMode::Rest,
                Mode::Disconnected => FeedMode::Disconnected,
            },
            breaker_open: feed.circuit_breaker_state == BreakerState::Open,
            age_s: feed.metrics.last_message_ts.map(|at| (now.as_nanos() - at.as_nanos()) as f64 / 1e9),
        });
        let halts = board.halts.iter().map(|reason| HaltSeen { subject: String::new(), reason: reason.clone() });
        let unknown = board.unknown.iter().map(|order| UnknownOrder {
            client_order_id: order.client_order_id.to_string(),
            symbol: order.symbol.clone(),
            unknown_s: order.seconds,
        });
        Observations {
            // The account's own peak outlives sessions and what is kept of the curve.
            performance: figures
                .map(|figures| Performance { drawdown_pct: Some(board.drawdown_pct), ..Performance::from(figures) }),
            feeds: feeds.collect(),
            kill_switch: Some(KillSwitchSeen {
                pulled: board.kill_switch.is_some(),
                reason: board.kill_switch.clone().unwrap_or_default(),
            }),
            halts: Some(halts.collect()),
            prices: board.last_prices.clone(),
            disk: machine::disk(&self.folder).map(|(free_bytes, total_bytes)| DiskSeen { free_bytes, total_bytes }),
            // A simulated exchange has a clock of its own: that it is another one is no fault.
            clock_offset_ms: (board.venue != MarketConfig::venue().as_str())
                .then(|| board.feed.as_ref().and_then(|feed| feed.metrics.clock_offset_ms))
                .flatten(),
            unknown_orders: Some(unknown.collect()),
            book_differences: Some(self.differences.iter().map(|(_, difference)| difference.clone()).collect()),
            models: Some(self.models.values().map(|(_, seen)| seen.clone()).collect()),
        }
    }
}

/// Figures as rows of the table of metrics.
fn metrics(figures: &Figures) -> Vec<NewMetric> {
    let mut rows = Vec::new();
    for window in std::iter::once(&figures.recent).chain(&figures.spans) {
        let named: BTreeMap<&str, Option<f64>> = [
            ("win_rate", window.win_rate),
            ("profit_factor", window.profit_factor),
            ("sharpe_ratio", window.sharpe),
            ("max_drawdown", window.max_drawdown_pct),
            ("pnl", Some(window.pnl)),
            ("trades", Some(window.trades as f64)),
        ]
        .into();
        for (name, value) in named {
            let Some(value) = value else { continue };
            let row = NewMetric {
                timestamp: Some(figures.at),
                period: Some(window.window.clone()),
                ..NewMetric::new(name, value)
            };
            rows.push(row);
        }
    }
    rows
}

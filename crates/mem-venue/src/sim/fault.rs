//! Faults on command: the simulated exchange can be as nasty as a real one.
//!
//! A [`Fault`] is pulled for a time or for a number of messages. [`Faults`] keeps those that stand; the server asks it
//! before it accepts, answers or sends. Real time comes in as the time since the server's start.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::tape::mix;

/// Longest time and largest number a fault may have: an exchange that never recovers is no test.
const MOST_MS: u64 = 3_600_000;
const MOST_MESSAGES: u32 = 1_000_000;

/// What goes wrong. Times are real ones.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// Every WebSocket ends at once, without a closing handshake.
    Drop,
    /// WebSockets stay open and say nothing; what they hold back follows afterwards.
    Stall {
        /// For so long.
        for_ms: u64,
    },
    /// WebSockets stay open, say nothing and hear nothing: pings too are not answered. They end afterwards.
    HalfOpen {
        /// For so long.
        for_ms: u64,
    },
    /// Every message comes later by the same time.
    Delay {
        /// By so much.
        by_ms: u64,
        /// For so long.
        for_ms: u64,
    },
    /// Every message comes later by a time of its own; their order is kept.
    Jitter {
        /// By at most so much.
        up_to_ms: u64,
        /// For so long.
        for_ms: u64,
    },
    /// Messages get lost.
    Lose {
        /// So many.
        count: u32,
    },
    /// Messages come twice.
    Duplicate {
        /// So many.
        count: u32,
    },
    /// Messages change places with the one after them.
    Reorder {
        /// So many.
        count: u32,
    },
    /// Messages arrive cut off in the middle.
    Corrupt {
        /// So many.
        count: u32,
    },
    /// Messages carry a wrong number.
    WrongSequence {
        /// So many.
        count: u32,
    },
    /// Connections are refused: new ones of every kind, or WebSockets only.
    RefuseConnect {
        /// For so long.
        for_ms: u64,
        /// Whether HTTP still works.
        #[serde(default)]
        sockets_only: bool,
    },
    /// Requests are answered with 429 and `Retry-After`.
    TooManyRequests {
        /// So many.
        count: u32,
        /// When to come again, in seconds.
        #[serde(default = "one")]
        retry_after_s: u64,
    },
    /// Requests are answered with an error of the server.
    ServerError {
        /// So many.
        count: u32,
        /// With this status.
        #[serde(default = "bad_gateway")]
        status: u16,
    },
    /// Requests are answered late.
    SlowAnswers {
        /// By so much.
        by_ms: u64,
        /// For so long.
        for_ms: u64,
    },
    /// The exchange's clock is off. 0 puts it right.
    ClockSkew {
        /// By so much; negative is late.
        by_ms: i64,
    },
    /// The exchange goes down, every connection ends, and comes back with its state kept.
    Restart {
        /// It is down for so long.
        down_ms: u64,
    },
}

fn one() -> u64 {
    1
}

fn bad_gateway() -> u16 {
    502
}

/// A fault that cannot be pulled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// A time beyond an hour.
    #[error("a fault lasts at most {MOST_MS} ms, not {0}")]
    TooLong(u64),
    /// Too many messages.
    #[error("a fault meets at most {MOST_MESSAGES} messages, not {0}")]
    TooMany(u32),
    /// A status that is no error.
    #[error("{0} is not the status of a server error: 500 to 599")]
    Status(u16),
}

impl Fault {
    /// Every kind, by the name it has in commands and scripts.
    pub const NAMES: [&'static str; 16] = [
        "drop",
        "stall",
        "half_open",
        "delay",
        "jitter",
        "lose",
        "duplicate",
        "reorder",
        "corrupt",
        "wrong_sequence",
        "refuse_connect",
        "too_many_requests",
        "server_error",
        "slow_answers",
        "clock_skew",
        "restart",
    ];

    /// Whether it may be pulled.
    ///
    /// # Errors
    /// Times, numbers or a status out of range.
    pub fn check(self) -> Result<Self, FaultError> {
        let (times, count) = match self {
            Self::Drop => ([0, 0], 0),
            Self::Stall { for_ms } | Self::HalfOpen { for_ms } | Self::RefuseConnect { for_ms, .. } => ([for_ms, 0], 0),
            Self::Delay { by_ms, for_ms } | Self::SlowAnswers { by_ms, for_ms } => ([by_ms, for_ms], 0),
            Self::Jitter { up_to_ms, for_ms } => ([up_to_ms, for_ms], 0),
            Self::Lose { count }
            | Self::Duplicate { count }
            | Self::Reorder { count }
            | Self::Corrupt { count }
            | Self::WrongSequence { count } => ([0, 0], count),
            Self::TooManyRequests { count, retry_after_s } => ([retry_after_s.saturating_mul(1000), 0], count),
            Self::ServerError { count, status } => {
                if !(500..600).contains(&status) {
                    return Err(FaultError::Status(status));
                }
                ([0, 0], count)
            }
            Self::ClockSkew { by_ms } => ([by_ms.unsigned_abs(), 0], 0),
            Self::Restart { down_ms } => ([down_ms, 0], 0),
        };
        if let Some(long) = times.into_iter().find(|time| *time > MOST_MS) {
            return Err(FaultError::TooLong(long));
        }
        if count > MOST_MESSAGES { Err(FaultError::TooMany(count)) } else { Ok(self) }
    }

    /// A fault drawn from number `index` of the sequence `seed`, gentle enough that a client can be well again within a
    /// few hundred milliseconds of its end.
    pub fn random(seed: u64, index: u64) -> Self {
        let draw = |salt: u64, below: u64| mix(seed ^ mix(index ^ (salt << 56))) % below;
        let for_ms = 20 + draw(1, 180);
        let count = 1 + draw(2, 4) as u32;
        match draw(0, 16) {
            0 => Self::Drop,
            1 => Self::Stall { for_ms },
            2 => Self::HalfOpen { for_ms },
            3 => Self::Delay { by_ms: 1 + draw(3, 50), for_ms },
            4 => Self::Jitter { up_to_ms: 1 + draw(3, 50), for_ms },
            5 => Self::Lose { count },
            6 => Self::Duplicate { count },
            7 => Self::Reorder { count },
            8 => Self::Corrupt { count },
            9 => Self::WrongSequence { count },
            10 => Self::RefuseConnect { for_ms, sockets_only: draw(4, 2) == 0 },
            11 => Self::TooManyRequests { count, retry_after_s: 0 },
            12 => Self::ServerError { count, status: 500 + draw(5, 5) as u16 },
            13 => Self::SlowAnswers { by_ms: 1 + draw(3, 50), for_ms },
            14 => Self::ClockSkew { by_ms: draw(3, 2_000) as i64 - 1_000 },
            _ => Self::Restart { down_ms: 10 + draw(3, 90) },
        }
    }
}

/// What happens to one message on its way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Fate {
    pub lost: bool,
    pub doubled: bool,
    pub swapped: bool,
    pub cut: bool,
    pub misnumbered: bool,
    pub late: Duration,
}

/// What happens to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Serve { late: Duration },
    TooMany { retry_after_s: u64 },
    Fail { status: u16 },
}

/// The faults that stand.
#[derive(Debug, Default)]
pub struct Faults {
    state: Mutex<Standing>,
}

#[derive(Debug, Default)]
struct Standing {
    pulled: u64,
    drops: u64,
    stalled: Duration,
    half_open: Duration,
    delay: (Duration, Duration),
    jitter: (Duration, Duration),
    lose: u32,
    duplicate: u32,
    reorder: u32,
    corrupt: u32,
    wrong_sequence: u32,
    refuse: Duration,
    refuse_sockets: Duration,
    too_many: (u32, u64),
    server_error: (u32, u16),
    slow: (Duration, Duration),
    skew_ms: i64,
    restart: Option<Duration>,
    messages: u64,
}

impl Faults {
    /// Pulls a fault at the real time `now`.
    pub fn pull(&self, fault: Fault, now: Duration) {
        let ms = Duration::from_millis;
        let mut state = self.state();
        state.pulled += 1;
        match fault {
            Fault::Drop => state.drops += 1,
            Fault::Stall { for_ms } => state.stalled = state.stalled.max(now + ms(for_ms)),
            Fault::HalfOpen { for_ms } => state.half_open = state.half_open.max(now + ms(for_ms)),
            Fault::Delay { by_ms, for_ms } => state.delay = (ms(by_ms), now + ms(for_ms)),
            Fault::Jitter { up_to_ms, for_ms } => state.jitter = (ms(up_to_ms), now + ms(for_ms)),
            Fault::Lose { count } => state.lose += count,
            Fault::Duplicate { count } => state.duplicate += count,
            Fault::Reorder { count } => state.reorder += count,
            Fault::Corrupt { count } => state.corrupt += count,
            Fault::WrongSequence { count } => state.wrong_sequence += count,
            Fault::RefuseConnect { for_ms, sockets_only: true } => state.refuse_sockets = now + ms(for_ms),
            Fault::RefuseConnect { for_ms, sockets_only: false } => state.refuse = now + ms(for_ms),
            Fault::TooManyRequests { count, retry_after_s } => state.too_many = (count, retry_after_s),
            Fault::ServerError { count, status } => state.server_error = (count, status),
            Fault::SlowAnswers { by_ms, for_ms } => state.slow = (ms(by_ms), now + ms(for_ms)),
            Fault::ClockSkew { by_ms } => state.skew_ms = by_ms,
            Fault::Restart { down_ms } => state.restart = Some(ms(down_ms)),
        }
    }

    /// Ends every fault that stands.
    pub fn clear(&self) {
        let mut state = self.state();
        *state = Standing { pulled: state.pulled, drops: state.drops, messages: state.messages, ..Standing::default() };
    }

    /// How many faults were pulled so far.
    pub fn pulled(&self) -> u64 {
        self.state().pulled
    }

    /// Counts up with every fault that ends all WebSockets.
    pub(super) fn drops(&self) -> u64 {
        self.state().drops
    }

    /// Until when WebSockets say nothing.
    pub(super) fn silent_until(&self) -> Duration {
        let state = self.state();
        state.stalled.max(state.half_open)
    }

    /// Whether WebSockets hear nothing.
    pub(super) fn is_half_open(&self, now: Duration) -> bool {
        now < self.state().half_open
    }

    /// Whether a connection is refused.
    pub(super) fn refuses(&self, now: Duration) -> bool {
        now < self.state().refuse
    }

    /// Whether a WebSocket is refused.
    pub(super) fn refuses_sockets(&self, now: Duration) -> bool {
        now < self.state().refuse_sockets
    }

    /// How far off the exchange's clock is.
    pub(super) fn skew_nanos(&self) -> i64 {
        self.state().skew_ms * 1_000_000
    }

    /// Takes the order to go down, if there is one: for how long.
    pub(super) fn take_restart(&self) -> Option<Duration> {
        self.state().restart.take()
    }

    /// What happens to the next message.
    pub(super) fn fate(&self, now: Duration) -> Fate {
        let mut state = self.state();
        state.messages += 1;
        let mut late = Duration::ZERO;
        if now < state.delay.1 {
            late += state.delay.0;
        }
        if now < state.jitter.1 {
            let most = state.jitter.0.as_micros().max(1) as u64;
            late += Duration::from_micros(mix(state.messages) % most);
        }
        // One thing at a time: two faults on one message would hide each other.
        let mut spent = false;
        let mut take = |left: &mut u32| {
            let hit = !spent && *left > 0;
            *left -= u32::from(hit);
            spent |= hit;
            hit
        };
        Fate {
            lost: take(&mut state.lose),
            doubled: take(&mut state.duplicate),
            swapped: take(&mut state.reorder),
            cut: take(&mut state.corrupt),
            misnumbered: take(&mut state.wrong_sequence),
            late,
        }
    }

    /// What happens to the next request.
    pub(super) fn verdict(&self, now: Duration) -> Verdict {
        let mut state = self.state();
        if state.too_many.0 > 0 {
            state.too_many.0 -= 1;
            return Verdict::TooMany { retry_after_s: state.too_many.1 };
        }
        if state.server_error.0 > 0 {
            state.server_error.0 -= 1;
            return Verdict::Fail { status: state.server_error.1 };
        }
        Verdict::Serve { late: if now < state.slow.1 { state.slow.0 } else { Duration::ZERO } }
    }

    fn state(&self) -> MutexGuard<'_, Standing> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A fault at its time in a script.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Scripted {
    /// When, in real milliseconds since the script began.
    pub at_ms: u64,
    /// What.
    #[serde(flatten)]
    pub fault: Fault,
}

/// Why a script cannot be played.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct ScriptError {
    /// Where, from 1.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
}

/// Reads a script: one JSON object a line, such as `{"at_ms": 500, "fault": "stall", "for_ms": 2000}`; empty lines and
/// lines that begin with `#` are skipped. The result is in the order of time.
///
/// # Errors
/// Names the first line that is no fault.
pub fn read_script(text: &str) -> Result<Vec<Scripted>, ScriptError> {
    let mut script = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let content = line.trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let wrong = |reason: String| ScriptError { line: index + 1, reason };
        let scripted: Scripted = serde_json::from_str(content).map_err(|error| {
            wrong(format!("{error}; a line looks like {{\"at_ms\": 500, \"fault\": \"stall\", \"for_ms\": 2000}}"))
        })?;
        scripted.fault.check().map_err(|error| wrong(error.to_string()))?;
        script.push(scripted);
    }
    script.sort_by_key(|scripted| scripted.at_ms);
    Ok(script)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_ends_with_its_time_or_its_count() {
        let faults = Faults::default();
        let at = Duration::from_millis;
        faults.pull(Fault::Lose { count: 2 }, at(0));
        faults.pull(Fault::Delay { by_ms: 5, for_ms: 100 }, at(0));
        let fates: Vec<Fate> = (0..3).map(|_| faults.fate(at(50))).collect();
        assert_eq!(fates.iter().map(|fate| fate.lost).collect::<Vec<_>>(), [true, true, false]);
        assert!(fates.iter().all(|fate| fate.late == at(5)));
        assert_eq!(faults.fate(at(100)), Fate::default());
        faults.pull(Fault::TooManyRequests { count: 1, retry_after_s: 3 }, at(0));
        assert_eq!(faults.verdict(at(0)), Verdict::TooMany { retry_after_s: 3 });
        assert_eq!(faults.verdict(at(0)), Verdict::Serve { late: Duration::ZERO });
        faults.pull(Fault::Stall { for_ms: 10 }, at(100));
        assert_eq!(faults.silent_until(), at(110));
        faults.clear();
        assert_eq!(faults.silent_until(), Duration::ZERO);
        assert_eq!(faults.pulled(), 4);
    }

    #[test]
    fn random_faults_are_of_every_kind_and_the_same_again() {
        let mut names: Vec<String> = (0..500)
            .map(|index| {
                let fault = Fault::random(1, index);
                assert_eq!(fault, Fault::random(1, index));
                let json = serde_json::to_value(fault.check().unwrap()).unwrap();
                json["fault"].as_str().unwrap().to_owned()
            })
            .collect();
        names.sort();
        names.dedup();
        let mut all = Fault::NAMES.map(str::to_owned).to_vec();
        all.sort();
        assert_eq!(names, all);
    }

    #[test]
    fn scripts_name_the_line_that_is_wrong() {
        let script = read_script(
            "# two faults\n{\"at_ms\": 900, \"fault\": \"drop\"}\n\n{\"at_ms\":100,\"fault\":\"stall\",\"for_ms\":5}\n",
        )
        .unwrap();
        assert_eq!(script.iter().map(|scripted| scripted.at_ms).collect::<Vec<_>>(), [100, 900]);
        let error = read_script("\n{\"at_ms\": 1, \"fault\": \"sulk\"}").unwrap_err();
        assert!(error.to_string().starts_with("line 2: unknown variant `sulk`"), "{error}");
        let error = read_script("{\"at_ms\": 1, \"fault\": \"stall\", \"for_ms\": 99999999}").unwrap_err();
        assert!(error.to_string().contains("at most 3600000 ms"), "{error}");
    }
}

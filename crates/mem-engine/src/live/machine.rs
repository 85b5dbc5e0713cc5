//! What process and machine use, measured. What the system does not say is `None`.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// What is used.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Usage {
    /// This process since the last look, in percent of one core.
    pub process_pct: Option<f64>,
    /// The whole machine since the last look, in percent of all cores.
    pub system_pct: Option<f64>,
    /// Cores that this process may use.
    pub cores: usize,
    /// Memory of this process in bytes.
    pub resident: Option<u64>,
    /// Memory of the machine in bytes.
    pub memory: Option<u64>,
    /// What is left of it.
    pub available: Option<u64>,
}

/// Looks at what is used, from time to time.
#[derive(Debug)]
pub struct Machine {
    at: Instant,
    process: Duration,
    system: Option<Ticks>,
}

/// The machine's processors since it started, in units of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ticks {
    busy: u64,
    all: u64,
}

impl Default for Machine {
    fn default() -> Self {
        Self { at: Instant::now(), process: process_time(), system: system_ticks() }
    }
}

impl Machine {
    /// What is used now, and since the last look.
    pub fn look(&mut self) -> Usage {
        let before = std::mem::take(self);
        let elapsed = (self.at - before.at).as_secs_f64();
        let worked = self.process.saturating_sub(before.process).as_secs_f64();
        let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
        Usage {
            process_pct: (elapsed > 0.0).then(|| worked / elapsed * 100.0),
            system_pct: before.system.zip(self.system).and_then(|(before, now)| now.share_since(before)),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            resident: resident_memory(),
            memory: kilobytes(&memory, "MemTotal:"),
            available: kilobytes(&memory, "MemAvailable:"),
        }
    }
}

impl Ticks {
    fn share_since(self, before: Self) -> Option<f64> {
        let all = self.all.saturating_sub(before.all);
        (all > 0).then(|| self.busy.saturating_sub(before.busy) as f64 / all as f64 * 100.0)
    }
}

/// Memory of this process in bytes.
pub fn resident_memory() -> Option<u64> {
    kilobytes(&std::fs::read_to_string("/proc/self/status").ok()?, "VmRSS:")
}

/// The disk that holds a folder: free for us, and altogether, in bytes.
pub fn disk(folder: &std::path::Path) -> Option<(u64, u64)> {
    let stat = rustix::fs::statvfs(folder).ok()?;
    Some((stat.f_bavail * stat.f_frsize, stat.f_blocks * stat.f_frsize))
}

fn process_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

fn system_ticks() -> Option<Ticks> {
    ticks_of(&std::fs::read_to_string("/proc/stat").ok()?)
}

/// The first line of Linux' /proc/stat: user, nice, system, idle, waiting for disks, ...
fn ticks_of(stat: &str) -> Option<Ticks> {
    let fields = stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace();
    // What guests use, the ninth and the tenth, is part of user and nice already.
    let fields: Vec<u64> = fields.take(8).map_while(|field| field.parse().ok()).collect();
    let (idle, waiting) = (fields.get(3)?, fields.get(4)?);
    let all = fields.iter().sum::<u64>();
    Some(Ticks { busy: all - idle - waiting, all })
}

/// A line of Linux' tables, such as `VmRSS:   1234 kB`, in bytes.
fn kilobytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_linux() {
        let before = ticks_of("cpu  10 0 10 80 0 0 0 0 5 0\ncpu0 1 2 3 4 5 6 7 8\n").unwrap();
        let now = ticks_of("cpu  40 0 20 110 10 0 20 0 9 0\n").unwrap();
        assert_eq!(before, Ticks { busy: 20, all: 100 });
        assert_eq!(now.share_since(before), Some(60.0));
        assert_eq!(now.share_since(now), None);
        assert_eq!(ticks_of("intr 1 2 3"), None);
        assert_eq!(kilobytes("VmPeak: 9 kB\nVmRSS:\t  12 kB\n", "VmRSS:"), Some(12_288));
        assert_eq!(kilobytes("VmRSS: many kB", "VmRSS:"), None);
    }

    #[test]
    fn work_is_seen() {
        let mut machine = Machine::default();
        let mut sum = 0_u64;
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(20) {
            sum = std::hint::black_box(sum.wrapping_mul(31).wrapping_add(1));
        }
        let usage = machine.look();
        assert!(usage.process_pct.unwrap() > 0.0, "{usage:?}");
        assert!(usage.cores >= 1);
    }
}

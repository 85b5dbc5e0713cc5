//! How long a judgement takes. `cargo bench -p mem-memory`
//!
//! Wall time is what a caller waits; processor time leaves out what others took from a busy machine.

#![allow(missing_docs, reason = "a program, not a library")]

use std::time::Instant;

use mem_memory::{Case, Memory, MemoryConfig, Outcome, discovery};
use mem_types::{PositionSide, Timestamp};
use rustix::time::{ClockId, clock_gettime};

/// Processor time of this thread, in microseconds.
fn processor_us() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}

fn quantiles(mut times: Vec<f64>) -> String {
    times.sort_by(f64::total_cmp);
    format!("p50 {:.1} us, p99 {:.1} us", times[times.len() / 2], times[times.len() * 99 / 100])
}

fn main() {
    for cases in [500_u64, 2_000, 5_000] {
        let mut memory = Memory::new(MemoryConfig { capacity: 5_000, ..MemoryConfig::default() }, 16);
        let mut random = 1_u64;
        let mut draw = || {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 11) as f64 / (1_u64 << 53) as f64
        };
        for id in 0..cases {
            let at = Timestamp::from_nanos(id as i64);
            let side = if draw() < 0.5 { PositionSide::Long } else { PositionSide::Short };
            memory.remember(Case { id, at, side, confidence: 60.0, features: (0..16).map(|_| draw()).collect() });
            memory.resolve(id, Outcome { closed_at: at, return_pct: draw() - 0.5 });
        }
        let now = Timestamp::from_nanos(i64::MAX);
        let (mut wall, mut processor) = (Vec::new(), Vec::new());
        for round in 0..2_000 {
            let features: Vec<f64> = (0..16).map(|_| draw()).collect();
            if round % 2 == 0 {
                // A trade was over in between.
                memory.remember(Case {
                    id: cases,
                    at: now,
                    side: PositionSide::Long,
                    confidence: 60.0,
                    features: features.clone(),
                });
                memory.resolve(cases, Outcome { closed_at: now, return_pct: draw() - 0.5 });
                memory.prepare();
            }
            let (begun, spent) = (Instant::now(), processor_us());
            std::hint::black_box(memory.judge(now, PositionSide::Long, 60.0, &features));
            processor.push(processor_us() - spent);
            wall.push(begun.elapsed().as_secs_f64() * 1e6);
        }
        let begun = Instant::now();
        std::hint::black_box(discovery::discover(memory.known()));
        println!(
            "{cases} cases x 16 features: judgement {} (processor {}); discovery {:.1} ms",
            quantiles(wall),
            quantiles(processor),
            begun.elapsed().as_secs_f64() * 1e3,
        );
    }
}

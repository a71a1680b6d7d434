//! CPU and wall clocks, and the figures made of them.

use std::time::Instant;

use serde::Serialize;

/// A reading of the process's CPU clock and of the wall clock.
pub struct Instants {
    cpu_ns: i64,
    wall: Instant,
}

impl Instants {
    pub fn now() -> Self {
        Instants {
            cpu_ns: process_cpu_ns(),
            wall: Instant::now(),
        }
    }

    /// CPU and wall milliseconds since this reading.
    pub fn elapsed(&self) -> (f64, f64) {
        let cpu = (process_cpu_ns() - self.cpu_ns) as f64 / 1e6;
        (cpu, self.wall.elapsed().as_secs_f64() * 1e3)
    }
}

/// CPU time of all threads of the process.
fn process_cpu_ns() -> i64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is a valid place for the result.
    let status = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    assert_eq!(status, 0, "the process CPU clock exists on every Linux");
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}

/// The figures printed for a series of timings, in milliseconds.
#[derive(Serialize)]
pub struct Summary {
    pub best: f64,
    pub median: f64,
}

impl Summary {
    /// `None` if there are no samples.
    pub fn of(mut samples: Vec<f64>) -> Option<Self> {
        samples.sort_by(f64::total_cmp);
        let best = *samples.first()?;
        let mid = samples.len() / 2;
        let median = if samples.len().is_multiple_of(2) {
            (samples[mid - 1] + samples[mid]) / 2.0
        } else {
            samples[mid]
        };
        Some(Summary { best, median })
    }
}

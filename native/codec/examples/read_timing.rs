//! Prints the median time that reading a file takes: `read_timing PATH [RUNS]`.

use std::time::Instant;

use weakstate_codec::{Budget, read};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("usage: read_timing PATH [RUNS]")?;
    let runs: usize = arguments.next().map_or(Ok(20), |runs| runs.parse())?;
    let bytes = std::fs::read(&path)?;
    let mut times = Vec::with_capacity(runs);
    for _ in 0..runs.max(1) {
        let start = Instant::now();
        let items = read(&bytes, &Budget::default())?;
        times.push(start.elapsed());
        drop(items);
    }
    times.sort_unstable();
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    println!("{:.2} ms {path}", median.as_secs_f64() * 1e3);
    Ok(())
}

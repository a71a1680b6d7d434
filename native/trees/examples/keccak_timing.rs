//! Times the batch hashing against one message after the other, on mixes of the product.
//!
//! `cargo run --release -p weakstate-trees --example keccak_timing`

use std::hint::black_box;
use std::time::Instant;

use weakstate_trees::keccak::Method;

/// Timed runs of each method; the median is printed.
const RUNS: usize = 31;
/// A run repeats its batch until it has hashed so many bytes.
const RUN_BYTES: usize = 4_000_000;

fn main() {
    println!(
        "{:<28} {:>8} {:>6} {:>9} {:>9} {:>6}",
        "mix", "messages", "method", "ns/msg", "ns/byte", "ratio"
    );
    // 60 of 100 nodes are full branches (532 bytes), the rest 70 to 150 bytes long.
    let node = |index: usize| {
        if index % 5 < 3 { 532 } else { 70 + index * 37 % 81 }
    };
    let nodes: Vec<usize> = (0..10_000).map(node).collect();
    // From 1 to 23 kB, with a mean of 12 kB.
    let codes: Vec<usize> = (0..119).map(|index| 1_000 + index * 7_919 % 22_000).collect();
    let lone = [vec![24_000], nodes.get(..60).unwrap_or_default().to_vec()].concat();
    report("nodes", &nodes);
    for count in [1, 2, 4, 8, 16, 40, 1_000] {
        report(&format!("nodes, batch of {count}"), nodes.get(..count).unwrap_or_default());
    }
    for count in [1, 2, 3, 5, 9] {
        report(&format!("branches, batch of {count}"), &vec![532; count]);
    }
    report("contract codes", &codes);
    report("nodes and codes", &[nodes, codes].concat());
    report("a 24 kB code and 60 nodes", &lone);
    report("keys of 32 bytes", &vec![32; 10_000]);
    report("keys of 20 bytes", &vec![20; 10_000]);
}

/// Prints the times of every method on messages of these lengths.
fn report(mix: &str, lengths: &[usize]) {
    let messages: Vec<Vec<u8>> = lengths.iter().map(|&length| vec![0x5a; length]).collect();
    let inputs: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
    let bytes: usize = lengths.iter().sum();
    let repeats = (RUN_BYTES / bytes.max(1)).max(1);
    let mut digests = Vec::new();
    let methods: Vec<Method> =
        Method::ALL.into_iter().filter(|method| method.is_available()).collect();
    let mut times = vec![Vec::new(); methods.len()];
    // The methods take turns, so that a disturbance of the machine meets all of them.
    for _ in 0..RUNS {
        for (method, times) in methods.iter().zip(&mut times) {
            let start = Instant::now();
            for _ in 0..repeats {
                method.hash_all_into(black_box(&inputs), &mut digests);
                black_box(&digests);
            }
            times.push(start.elapsed().as_nanos() as f64 / repeats as f64);
        }
    }
    let medians: Vec<f64> = times.iter_mut().map(|times| median(times)).collect();
    let reference = medians.last().copied().unwrap_or_default();
    for (method, time) in methods.iter().zip(medians) {
        println!(
            "{mix:<28} {:>8} {:>6} {:>9.1} {:>9.3} {:>6.2}",
            lengths.len(),
            format!("{method:?}"),
            time / lengths.len() as f64,
            time / bytes as f64,
            reference / time,
        );
    }
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}

//! Times binary trees of a million keys, on one thread: updates, proofs, witnesses and hashes.
//!
//! Times are those of the processor where Linux tells them, so that others on the machine count less.
//!
//! `cargo run --release -p weakstate-trees --example binary_timing [KEYS]`

use std::hint::black_box;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use weakstate_trees::binary::embedding::{IndexOrder, Place, keys};
use weakstate_trees::binary::hash::{Function, Messages, Method};
use weakstate_trees::binary::{Change, Key, Profile, Tree, Value};

const UPDATES: usize = 10_000;
const ROUNDS: usize = 40;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let count = std::env::args().nth(1).map_or(Ok(1_000_000), |count| count.parse())?;
    time_hashes();
    for profile in Profile::ALL {
        time_tree(profile, count)?;
    }
    Ok(())
}

/// Slots of as many accounts, so that each key has a stem or bucket of its own.
fn random_keys(profile: Profile, count: usize) -> Vec<Key> {
    let place = |index: usize| {
        let mut address = [0; 20];
        address.iter_mut().zip(index.to_le_bytes()).for_each(|(to, from)| *to = from);
        (address, Place::Header(0))
    };
    let places: Vec<_> = (0..count).map(place).collect();
    keys(profile, IndexOrder::Big, &places)
}

fn value(seed: usize) -> Value {
    let mut value = [7; 32];
    value.iter_mut().zip(seed.to_le_bytes()).for_each(|(to, from)| *to = from);
    value
}

fn time_tree(profile: Profile, count: usize) -> Result<(), Box<dyn std::error::Error>> {
    let name = profile.name();
    let keys = random_keys(profile, count);
    let changes: Vec<Change> = keys.iter().map(|key| (*key, Some(value(0)))).collect();
    let mut tree = Tree::new(profile);
    let start = cpu_time();
    tree.write(&changes)?;
    println!(
        "{name}: {count} keys written in {:?}; {} MB resident",
        (cpu_time() - start),
        resident()
    );

    let some = |round: usize, count: usize| -> Vec<Key> {
        (0..count)
            .filter_map(|i| keys.get((i * 7_919 + round * 104_729) % keys.len()))
            .copied()
            .collect()
    };
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        let update = |key: Key| (key, Some(value(round + 1)));
        let changes: Vec<Change> = some(round, UPDATES).into_iter().map(update).collect();
        let start = cpu_time();
        black_box(tree.write(&changes)?);
        times.push(cpu_time() - start);
    }
    let time = mean(&times);
    let rate = UPDATES as f64 / time.as_secs_f64();
    println!("{name}: root after {UPDATES} updates {time:?}, {rate:.0} keys/s");

    for count in [5_000, 6_000] {
        let (mut proving, mut opening) = (Vec::new(), Vec::new());
        let mut size = 0;
        for round in 0..ROUNDS {
            let reads = some(round, count);
            let start = cpu_time();
            let bytes = tree.prove(&reads, &[])?;
            proving.push(cpu_time() - start);
            size = bytes.len();
            let root = tree.root();
            let start = cpu_time();
            let part = Tree::open(profile, &root, &bytes).map_err(|error| error.to_string())?;
            opening.push(cpu_time() - start);
            black_box(part);
        }
        let (proving, opening) = (mean(&proving), mean(&opening));
        println!(
            "{name}: {count} keys, {size} bytes, proven in {proving:?}, opened in {opening:?}"
        );
    }
    Ok(())
}

fn time_hashes() {
    for function in [Function::Blake3, Function::Sha256] {
        for bytes in [32, 64, 99] {
            let mut messages = Messages::default();
            (0..10_000).for_each(|seed| messages.add(&[vec![seed as u8; bytes].as_slice()]));
            for method in Method::ALL.into_iter().filter(|method| method.is_available()) {
                let mut digests = Vec::new();
                let mut times = Vec::new();
                for _ in 0..ROUNDS {
                    let start = cpu_time();
                    method.hash_all(function, &messages, &mut digests);
                    black_box(&digests);
                    times.push(cpu_time() - start);
                }
                let nanos = mean(&times).as_nanos() as f64 / messages.len() as f64;
                println!("{function:?} of {bytes} bytes, {method:?}: {nanos:.1} ns");
            }
        }
    }
}

/// How long this thread has been at work.
fn cpu_time() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let spent = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = spent.and_then(|spent| spent.split(' ').next()?.parse().ok());
    nanos.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

/// The mean, since the clock ticks only every few milliseconds.
fn mean(times: &[Duration]) -> Duration {
    times.iter().sum::<Duration>() / times.len() as u32
}

/// Memory of this process, in megabytes; zero where the system does not say.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<usize>().ok());
    kilobytes.unwrap_or_default() / 1_000
}

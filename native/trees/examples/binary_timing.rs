//! Times binary trees on one thread: writes, proofs, witnesses and hashes; `bench/binary.py` calls it.
//!
//! ```text
//! binary_timing tree SCHEME KEYS    one line of JSON
//! binary_timing hashes              nanoseconds a message, by every method
//! ```
//!
//! Times are milliseconds of CPU time of the process, medians.
#![expect(clippy::expect_used, reason = "a measurement, not a library")]

use std::hint::black_box;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use serde_json::json;
use weakstate_trees::binary::embedding::{IndexOrder, Place, keys};
use weakstate_trees::binary::hash::{Function, Messages, Method};
use weakstate_trees::binary::{Change, Key, Profile, Tree, Value};

const UPDATES: usize = 10_000;
const ROUNDS: usize = 5;
/// Keys of the witnesses that are made and opened.
const PROVEN: [usize; 2] = [5_000, 6_000];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["tree", scheme, count] => {
            let named = Profile::ALL.into_iter().find(|profile| profile.name() == *scheme);
            let count = count.parse().expect("a number of keys");
            println!("{}", time_tree(named.expect("a scheme over binary trees"), count));
        }
        ["hashes"] => time_hashes(),
        _ => {
            eprintln!("usage: binary_timing tree SCHEME KEYS | hashes");
            std::process::exit(2);
        }
    }
}

/// Headers of as many accounts, so that each key has a stem of its own.
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

fn time_tree(profile: Profile, count: usize) -> serde_json::Value {
    let keys = random_keys(profile, count);
    let changes: Vec<Change> = keys.iter().map(|key| (*key, Some(value(0)))).collect();
    let mut tree = Tree::new(profile);
    let write = milliseconds(|| {
        tree.write(&changes).expect("no hole");
    });
    let some = |round: usize, count: usize| -> Vec<Key> {
        let key = |i| keys.get((i * 7_919 + round * 104_729) % keys.len()).copied();
        (0..count.min(keys.len())).filter_map(key).collect()
    };
    let update = median((0..ROUNDS).map(|round| {
        let update = |key: Key| (key, Some(value(round + 1)));
        let changes: Vec<Change> = some(round, UPDATES).into_iter().map(update).collect();
        milliseconds(|| drop(black_box(tree.write(&changes).expect("no hole"))))
    }));
    let peak_bytes = resident();
    let root = tree.root();
    let proofs: Vec<serde_json::Value> = PROVEN
        .into_iter()
        .map(|count| {
            let mut bytes = Vec::new();
            let prove = median((0..4 * ROUNDS).map(|round| {
                let reads = some(round, count);
                milliseconds(|| bytes = tree.prove(&reads, &[]).expect("no hole"))
            }));
            let open = median((0..4 * ROUNDS).map(|_| {
                milliseconds(|| {
                    black_box(Tree::open(profile, &root, &bytes).expect("our own proof"));
                })
            }));
            json!({ "keys": count, "bytes": bytes.len(), "prove": prove, "open": open })
        })
        .collect();
    json!({
        "write": write, "update": update, "peak_bytes": peak_bytes,
        "root": const_hex::encode_prefixed(root), "proofs": proofs,
    })
}

fn time_hashes() {
    for function in [Function::Blake3, Function::Sha256] {
        for bytes in [32, 64, 99] {
            let mut messages = Messages::default();
            (0..10_000).for_each(|seed| messages.add(&[vec![seed as u8; bytes].as_slice()]));
            for method in Method::ALL.into_iter().filter(|method| method.is_available()) {
                let mut digests = Vec::new();
                let times = (0..4 * ROUNDS).map(|_| {
                    milliseconds(|| {
                        method.hash_all(function, &messages, &mut digests);
                        black_box(&digests);
                    })
                });
                let nanos = median(times) * 1e6 / messages.len() as f64;
                println!("{function:?} of {bytes} bytes, {method:?}: {nanos:.1} ns");
            }
        }
    }
}

fn milliseconds(work: impl FnOnce()) -> f64 {
    let start = cpu_time();
    work();
    (cpu_time() - start).as_secs_f64() * 1e3
}

fn median(times: impl Iterator<Item = f64>) -> f64 {
    let mut times: Vec<f64> = times.collect();
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// How long this process has been at work.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Memory of this process, in bytes; zero where the system does not say.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<usize>().ok());
    kilobytes.unwrap_or_default() * 1_024
}

//! Times the Verkle tree on random keys, one value a stem, and on a test network's blocks.
//!
//! `cargo run --release -p weakstate-trees --example verkle_timing [keys [blocks.jsonl]]`
//!
//! `keys` is the size of the tree, 100,000 if not given. `blocks.jsonl` holds payloads with
//! witnesses, a line each, of which the first only says where the second starts.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a measurement, not a library"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use weakstate_trees::verkle::keys::KeyHasher;
use weakstate_trees::verkle::machine::Machine;
use weakstate_trees::verkle::msm::{Budget, Tables};
use weakstate_trees::verkle::tree::{
    Key, Opened, StateDiff, StemDiff, SuffixDiff, Tree, Value, ssz,
};

#[path = "../tests/verkle/json.rs"]
mod json;

/// Keys that are updated, that are proven, and slots of one account.
const UPDATED: usize = 10_000;
const PROVEN: usize = 1_000;
const SLOTS: usize = 10_000;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let size = arguments.next().map_or(100_000, |size| size.parse().expect("a number"));

    let start = Instant::now();
    let verifier = Tables::new(Budget::VERIFIER, Machine::new(1));
    verifier.build(Machine::new(1));
    row("verifier tables, all of them", start.elapsed(), 1);
    println!("{:<44} {:>10.1} MB", "", verifier.size() as f64 / 1e6);
    slots("verifier", KeyHasher::VERIFIER);
    slots("sequencer", KeyHasher::SEQUENCER);

    for (name, budget) in [
        ("32 MiB", Budget::VERIFIER),
        ("128 MiB", Budget { bytes: 128 << 20 }),
        ("1 GiB", Budget::SEQUENCER),
    ] {
        let start = Instant::now();
        let tables = Tables::new(budget, Machine::new(1));
        tables.build(Machine::new(1));
        println!("\ntables of {name}, built in {:.2} s", start.elapsed().as_secs_f64());
        sequencer(&tables, size);
    }
    if let Some(path) = arguments.next() {
        println!();
        let text = std::fs::read_to_string(path).expect("the file of blocks");
        let payloads: Vec<serde_json::Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON, a payload a line"))
            .collect();
        let witnesses: Vec<json::Witness> =
            payloads.windows(2).map(|pair| json::Witness::of_payload(&pair[0], &pair[1])).collect();
        let mut best = Duration::MAX;
        for _ in 0..3 {
            let start = Instant::now();
            for witness in &witnesses {
                let opened =
                    Opened::read(&witness.root, &witness.proof, &witness.diff, Machine::new(1));
                let mut tree =
                    opened.and_then(|o| o.check(Machine::new(1))).expect("a right proof");
                let written = tree.write(&witness.writes(), &verifier, Machine::new(1));
                black_box(written.expect("no hole").root);
            }
            best = best.min(start.elapsed());
        }
        row("a block's proof and post-root", best, witnesses.len());
    }
}

/// Inserts, updates, proves, verifies.
fn sequencer(tables: &Tables, size: usize) {
    let one = Machine::new(1);
    let pairs: Vec<(Key, Value)> = (0..size).map(|i| (word("key", i), word("value", i))).collect();
    let mut tree = Tree::new();
    let start = Instant::now();
    tree.write(&pairs, tables, one).expect("no hole");
    rate("insert into the empty tree", start.elapsed(), size);

    let mut best = Duration::MAX;
    for round in 0..3 {
        let updates: Vec<(Key, Value)> = (0..UPDATED.min(size))
            .map(|i| (pairs[i * 7 % size].0, word("update", i + round * UPDATED)))
            .collect();
        let start = Instant::now();
        tree.write(&updates, tables, one).expect("no hole");
        best = best.min(start.elapsed());
    }
    rate("update, root included", best, UPDATED.min(size));

    let keys: Vec<Key> = (0..PROVEN.min(size)).map(|i| pairs[i * 91 % size].0).collect();
    let mut proven = None;
    let prove = best_of(5, || proven = Some(tree.prove(&keys, tables, one).expect("no hole")));
    row("prove 1,000 keys", prove, 1);
    let prove = best_of(5, || {
        black_box(tree.prove(&keys, tables, Machine::new(2)).expect("no hole"));
    });
    row("prove 1,000 keys, two threads", prove, 1);

    let proven = proven.expect("proven above");
    let stem_diff = |(key, value): &(Key, Option<Value>)| {
        let [stem @ .., suffix] = *key;
        StemDiff { stem, suffixes: vec![SuffixDiff { suffix, current: *value, new: None }] }
    };
    let diff: StateDiff = proven.values.iter().map(stem_diff).collect();
    let bytes = ssz::encode(&diff, &proven.proof);
    let root = tree.root().point.to_bytes();
    for threads in [1, 2] {
        let threads = Machine::new(threads);
        let verify = best_of(9, || {
            let (diff, proof) = ssz::decode(&bytes).expect("a witness");
            let opened = Opened::read(&root, &proof, &diff, threads);
            black_box(opened.and_then(|o| o.check(threads)).expect("a right proof"));
        });
        let name =
            format!("verify {} commitments, {threads:?}", proven.proof.commitments_by_path.len());
        row(&name, verify, 1);
    }
}

/// Stems of slots of one account.
fn slots(name: &str, budget: Budget) {
    let start = Instant::now();
    let hasher = KeyHasher::new(budget, Machine::new(1));
    let address = hasher.addresses(&[word("address", 0)], Machine::new(1))[0];
    let places: Vec<_> = (0..SLOTS).map(|i| (address, word("slot", i))).collect();
    black_box(hasher.stems(&places[..1], Machine::new(1)));
    row(&format!("key tables of a {name}"), start.elapsed(), 1);
    let stems = best_of(5, || {
        black_box(hasher.stems(&places, Machine::new(1)));
    });
    row(&format!("a slot's key, {name}"), stems, SLOTS);
}

/// 32 bytes that look random.
fn word(kind: &str, index: usize) -> [u8; 32] {
    Sha256::new().chain_update(kind).chain_update(index.to_le_bytes()).finalize().into()
}

fn best_of(runs: usize, mut work: impl FnMut()) -> Duration {
    let time = |_| {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    (0..runs).map(time).min().unwrap_or_default()
}

fn row(name: &str, time: Duration, count: usize) {
    println!("{name:<44} {:>10.3} ms", time.as_secs_f64() * 1e3 / count as f64);
}

fn rate(name: &str, time: Duration, keys: usize) {
    println!("{name:<44} {:>10.0} keys/s", keys as f64 / time.as_secs_f64());
}

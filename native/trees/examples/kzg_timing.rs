//! Times a Verkle tree over KZG commitments: one value a stem, on one thread.
//!
//! `cargo run --release -p weakstate-trees --example kzg_timing [KEYS]`; 10,000 if not given.
#![expect(clippy::expect_used, reason = "a measurement, not a library")]

use std::hint::black_box;
use std::time::Instant;

use sha2::{Digest, Sha256};
use weakstate_trees::kzg::setup::Setup;
use weakstate_trees::kzg::{Kzg, open, root_hash};
use weakstate_trees::verkle::machine::Machine;
use weakstate_trees::verkle::tree::{
    Key, NoSource, StateDiff, StemDiff, SuffixDiff, Tree, Value, ssz,
};

/// Keys that are updated and proven at once.
const COUNTS: [usize; 3] = [10, 100, 1_000];
const ROUNDS: usize = 5;

fn main() {
    let size = std::env::args().nth(1).map_or(10_000, |size| size.parse().expect("a number"));
    let machine = Machine::new(1);
    let pairs: Vec<(Key, Value)> = (0..size).map(|i| (word("key", i), word("value", i))).collect();
    time("setup", 1, || {
        black_box(Setup::get());
    });
    let mut tree: Tree<NoSource, Kzg> = Tree::empty(NoSource);
    time("insert, for each key", size, || {
        tree.write(&pairs, Setup::get(), machine).expect("no hole");
    });
    for count in COUNTS.into_iter().filter(|count| *count <= size) {
        println!("{count} keys");
        let own: Vec<(Key, Value)> =
            pairs.iter().step_by(size / count).take(count).copied().collect();
        let mut round = 0;
        time("  update", ROUNDS, || {
            for _ in 0..ROUNDS {
                round += 1;
                let updates: Vec<(Key, Value)> =
                    own.iter().map(|(key, _)| (*key, word("update", round))).collect();
                tree.write(&updates, Setup::get(), machine).expect("no hole");
            }
        });
        let keys: Vec<Key> = own.iter().map(|(key, _)| *key).collect();
        let mut proven = None;
        time("  prove", ROUNDS, || {
            for _ in 0..ROUNDS {
                proven = tree.prove(&keys, Setup::get(), machine).ok();
            }
        });
        let proven = proven.expect("no hole");
        let diff: StateDiff = proven
            .values
            .iter()
            .map(|([stem @ .., suffix], value)| {
                let suffix = SuffixDiff { suffix: *suffix, current: *value, new: None };
                StemDiff { stem: *stem, suffixes: vec![suffix] }
            })
            .collect();
        let bytes = ssz::encode(&diff, &proven.proof);
        let root = root_hash(tree.root());
        time("  verify", ROUNDS, || {
            for _ in 0..ROUNDS {
                let (diff, proof) = ssz::decode(&bytes).expect("its own bytes");
                black_box(open(&root, &proof, &diff, machine).expect("a true proof"));
            }
        });
        let commitments = proven.proof.commitments_by_path.len();
        println!("  {commitments} commitments, {} bytes", bytes.len());
    }
}

fn word(kind: &str, index: usize) -> [u8; 32] {
    Sha256::new().chain_update(kind).chain_update(index.to_le_bytes()).finalize().into()
}

fn time(what: &str, times: usize, run: impl FnOnce()) {
    let start = Instant::now();
    run();
    println!("{what:<24} {:>10.3} ms", start.elapsed().as_secs_f64() * 1e3 / times as f64);
}

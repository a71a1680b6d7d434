//! Times the Verkle tree, and prints what it took as one line of JSON; `bench/verkle.py` calls it.
//!
//! ```text
//! verkle_timing tree     [--portable] [--tables MIB] KEYS PROOF    inserts, updates, proves
//! verkle_timing verifier [--portable] PROOF [BLOCKS]               verifies, hashes keys
//! verkle_timing threads  [--portable] PROOF                        verifies on one and two threads
//! ```
//!
//! `tree` makes a tree of so many random keys, one a stem, and writes a proof of 1,000 of them to a
//! file; `verifier` verifies that, the blocks of a file of JSON lines, and hashes the keys of an
//! account's slots, in a process that has done nothing before. What the first time costs beyond
//! later ones is its start. Times are milliseconds, medians: CPU time of the process, and wall time
//! where two threads are compared with one.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a measurement, not a library"
)]

use std::hint::black_box;
use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};
use serde_json::json;
use sha2::{Digest, Sha256};
use weakstate_trees::verkle::keys::KeyHasher;
use weakstate_trees::verkle::machine::Machine;
use weakstate_trees::verkle::msm::{Budget, Tables};
use weakstate_trees::verkle::tree::{
    Key, Opened, StateDiff, StemDiff, SuffixDiff, Tree, Value, ssz,
};

#[path = "../tests/verkle/json.rs"]
#[expect(dead_code, reason = "tests use the rest")]
mod json;

/// Keys that are updated, that are proven, and slots of one account.
const UPDATED: usize = 10_000;
const PROVEN: usize = 1_000;
const SLOTS: usize = 10_000;

/// How often something is timed that takes long, and not so long.
const FEW: usize = 3;
const MANY: usize = 21;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (mut portable, mut tables, mut rest) = (false, None, Vec::new());
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--portable" => portable = true,
            "--tables" => tables = arguments.next().map(|mebibytes| mebibytes.parse().unwrap()),
            _ => rest.push(argument),
        }
    }
    let machine = |threads| {
        let machine = Machine::new(threads);
        if portable { machine.portable() } else { machine }
    };
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    let figures = match rest.as_slice() {
        ["tree", size, proof] => {
            let bytes = tables.map_or(Budget::SEQUENCER.bytes, |mebibytes: usize| mebibytes << 20);
            tree(size.parse().expect("a number"), Budget { bytes }, proof, machine(1))
        }
        ["verifier", proof] => verifier(proof, None, machine(1)),
        ["verifier", proof, blocks] => verifier(proof, Some(blocks), machine(1)),
        ["threads", proof] => threads(proof, machine(1), machine(2)),
        _ => {
            eprintln!(
                "usage: verkle_timing tree KEYS PROOF | verifier PROOF [BLOCKS] | threads PROOF"
            );
            std::process::exit(2);
        }
    };
    println!("{figures}");
}

/// Inserts, updates, proves; writes the root and the witness.
fn tree(size: usize, budget: Budget, path: &str, machine: Machine) -> serde_json::Value {
    let tables = Tables::new(budget, machine);
    let build = first(|| tables.build(machine));
    let pairs: Vec<(Key, Value)> = (0..size).map(|i| (word("key", i), word("value", i))).collect();
    let mut tree = Tree::new();
    let insert = first(|| {
        tree.write(&pairs, &tables, machine).expect("no hole");
    });
    let mut round = 0;
    let update = median(FEW, || {
        round += 1;
        let update = |i: usize| (pairs[i * 7 % size].0, word("update", i + round * UPDATED));
        let updates: Vec<(Key, Value)> = (0..UPDATED.min(size)).map(update).collect();
        tree.write(&updates, &tables, machine).expect("no hole");
    });
    let keys: Vec<Key> = (0..PROVEN.min(size)).map(|i| pairs[i * 91 % size].0).collect();
    let mut proven = None;
    let prove = median(MANY, || {
        let made = tree.prove(&keys, &tables, machine).expect("no hole");
        proven = Some((made.proof.commitments_by_path.len(), encode(&made)));
    });
    let (commitments, bytes) = proven.expect("proven above");
    let root = tree.root().point.to_bytes();
    std::fs::write(path, [&root[..], &bytes].concat()).expect("the proof can be written");
    json!({
        "start": build, "insert": insert, "update": update, "prove": prove,
        "tables_bytes": tables.size(), "commitments": commitments, "proof_bytes": bytes.len(),
        "root": const_hex::encode_prefixed(root),
    })
}

fn encode(proven: &weakstate_trees::verkle::tree::Proven) -> Vec<u8> {
    let stem_diff = |(key, value): &(Key, Option<Value>)| {
        let [stem @ .., suffix] = *key;
        StemDiff { stem, suffixes: vec![SuffixDiff { suffix, current: *value, new: None }] }
    };
    let diff: StateDiff = proven.values.iter().map(stem_diff).collect();
    ssz::encode(&diff, &proven.proof)
}

/// A root and a witness, as `tree` writes them.
fn read_proof(path: &str) -> ([u8; 32], Vec<u8>) {
    let file = std::fs::read(path).expect("the proof");
    let (root, bytes) = file.split_first_chunk().expect("a root");
    (*root, bytes.to_vec())
}

/// Verifies the proof on one thread and on two, by turns.
fn threads(proof: &str, one: Machine, two: Machine) -> serde_json::Value {
    let (root, bytes) = read_proof(proof);
    let verify = |machine| {
        black_box(open(&root, &bytes, machine));
    };
    let times = (0..MANY).map(|_| (wall(|| verify(one)), wall(|| verify(two))));
    let (single, double) = times.unzip();
    json!({ "verify_wall": middle(single), "verify_wall_two_threads": middle(double) })
}

/// Verifies the proof and blocks, and hashes keys.
fn verifier(proof: &str, blocks: Option<&str>, one: Machine) -> serde_json::Value {
    let (root, bytes) = read_proof(proof);
    let verify = || {
        black_box(open(&root, &bytes, one));
    };
    let first_verified = first(verify);
    let verified = median(MANY, verify);
    let mut start = first_verified - verified;

    let tables = Tables::new(Budget::VERIFIER, one);
    let blocks: Vec<Block> = blocks.map_or_else(Vec::new, Block::read_all);
    let verify_blocks = || blocks.iter().for_each(|block| block.verify(&tables, one));
    let first_blocks = first(verify_blocks);
    let a_block = median(FEW, verify_blocks);
    start += first_blocks - a_block;

    let (slots, first_slots) = slots(KeyHasher::VERIFIER, one);
    start += first_slots - slots;
    let peak = peak_bytes();
    json!({
        "start": start, "peak_bytes": peak, "verify": verified,
        "block": a_block / blocks.len().max(1) as f64,
        "slot_us": slots / SLOTS as f64 * 1e3,
        // After the peak was read: a verifier has no such tables.
        "sequencer_slot_us": self::slots(KeyHasher::SEQUENCER, one).0 / SLOTS as f64 * 1e3,
        "tables_bytes": tables.size(),
    })
}

/// The tree that a witness opens.
fn open(root: &[u8; 32], bytes: &[u8], machine: Machine) -> (Tree, StateDiff) {
    let (diff, proof) = ssz::decode(bytes).expect("a witness");
    let opened = Opened::read(root, &proof, &diff, machine);
    (opened.and_then(|opened| opened.check(machine)).expect("a right proof"), diff)
}

/// What is verified of a block: its witness, and the root after it.
struct Block {
    pre_root: [u8; 32],
    post_root: [u8; 32],
    witness: Vec<u8>,
}

impl Block {
    fn read_all(path: &str) -> Vec<Self> {
        let text = std::fs::read_to_string(path).expect("the file of blocks");
        text.lines().map(|line| Self::of(serde_json::from_str(line).expect("JSON"))).collect()
    }

    fn of(line: serde_json::Value) -> Self {
        let root = |name| const_hex::decode_to_array(line[name].as_str().unwrap()).unwrap();
        let pre_root = root("preRoot");
        let witness = json::Witness::from_json(pre_root, &line);
        let witness = ssz::encode(&witness.diff, &witness.proof);
        Self { pre_root, post_root: root("postRoot"), witness }
    }

    fn verify(&self, tables: &Tables, machine: Machine) {
        let (mut tree, diff) = open(&self.pre_root, &self.witness, machine);
        let mut writes: Vec<(Key, Value)> = Vec::new();
        for StemDiff { stem, suffixes } in &diff {
            for SuffixDiff { suffix, new, .. } in suffixes {
                let mut key = [*suffix; 32];
                key[..31].copy_from_slice(stem);
                writes.extend(new.map(|new| (key, new)));
            }
        }
        let written = tree.write(&writes, tables, machine).expect("no hole");
        assert_eq!(written.root.point.to_bytes(), self.post_root);
    }
}

/// Milliseconds for stems of slots of one account, and for the first time, tables included.
fn slots(budget: Budget, machine: Machine) -> (f64, f64) {
    let hasher = KeyHasher::new(budget, machine);
    let indices: Vec<_> = (0..SLOTS).map(|i| word("slot", i)).collect();
    let hash = || {
        let address = hasher.addresses(&[word("address", 0)], machine)[0];
        let places: Vec<_> = indices.iter().map(|index| (address, *index)).collect();
        black_box(hasher.stems(&places, machine));
    };
    let start = first(hash);
    (median(MANY, hash), start)
}

/// 32 bytes that look random.
fn word(kind: &str, index: usize) -> [u8; 32] {
    let index = index as u64;
    Sha256::new().chain_update(kind).chain_update(index.to_le_bytes()).finalize().into()
}

/// CPU time of the process, in milliseconds.
fn cpu() -> f64 {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    now.tv_sec as f64 * 1e3 + now.tv_nsec as f64 / 1e6
}

fn first(work: impl FnOnce()) -> f64 {
    let start = cpu();
    work();
    cpu() - start
}

fn wall(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64() * 1e3
}

fn median(runs: usize, mut work: impl FnMut()) -> f64 {
    middle((0..runs).map(|_| first(&mut work)).collect())
}

fn middle(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// The highest resident memory so far; zero where the system does not say.
fn peak_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok());
    kibibytes.unwrap_or_default() << 10
}

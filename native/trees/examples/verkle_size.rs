//! Makes a Verkle tree and proves keys of it, and prints what each proof holds as a line of JSON;
//! `bench/model.py` calls it.
//!
//! ```text
//! verkle_size KEYS ASKED...
//! ```
//!
//! All are files of keys, 32 bytes each: those of the tree, and those that are asked for.
#![expect(clippy::expect_used, reason = "a measurement, not a library")]

use serde_json::json;
use weakstate_trees::verkle::machine::Machine;
use weakstate_trees::verkle::msm::{Budget, Tables};
use weakstate_trees::verkle::tree::{Key, Tree, Value};

fn main() {
    let mut files = std::env::args().skip(1);
    let keys = read(&files.next().expect("usage: verkle_size KEYS ASKED..."));
    let machine = Machine::new(1);
    let tables = Tables::new(Budget::VERIFIER, machine);
    let pairs: Vec<(Key, Value)> = keys.into_iter().map(|key| (key, [1; 32])).collect();
    let mut tree = Tree::new();
    tree.write(&pairs, &tables, machine).expect("no hole");
    for asked in files {
        let proven = tree.prove(&read(&asked), &tables, machine).expect("no hole");
        println!(
            "{}",
            json!({
                "commitments": proven.proof.commitments_by_path.len(),
                "other_stems": proven.proof.other_stems.len(),
                "stems": proven.proof.depth_extension_present.len(),
                "suffixes": proven.values.len(),
                "values": proven.values.iter().filter(|(_, value)| value.is_some()).count(),
            })
        );
    }
}

fn read(path: &str) -> Vec<Key> {
    let bytes = std::fs::read(path).expect("a file of keys");
    bytes.as_chunks().0.to_vec()
}

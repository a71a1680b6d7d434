//! Makes a Verkle tree and proves keys of it, and prints what each proof holds as a line of JSON;
//! `bench/model.py` calls it.
//!
//! ```text
//! verkle_size ipa|kzg KEYS ASKED...
//! ```
//!
//! The first names what the tree commits with. The others are files of keys, 32 bytes each: those of the tree, and those that are asked for.
#![expect(clippy::expect_used, reason = "a measurement, not a library")]

use serde_json::json;
use weakstate_trees::kzg::Kzg;
use weakstate_trees::kzg::setup::Setup;
use weakstate_trees::verkle::machine::Machine;
use weakstate_trees::verkle::msm::{Budget, Tables};
use weakstate_trees::verkle::tree::{Ipa, Key, NoSource, Tree, Value, VectorCommitment};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let kind = arguments.next();
    let machine = Machine::new(1);
    match kind.as_deref() {
        Some("ipa") => {
            measure::<Ipa>(&Tables::new(Budget::VERIFIER, machine), machine, arguments);
        }
        Some("kzg") => measure::<Kzg>(Setup::get(), machine, arguments),
        _ => eprintln!("usage: verkle_size ipa|kzg KEYS ASKED..."),
    }
}

fn measure<V: VectorCommitment>(
    tables: &V::Tables,
    machine: Machine,
    mut files: impl Iterator<Item = String>,
) {
    let keys = read(&files.next().expect("a file of the tree's keys"));
    let pairs: Vec<(Key, Value)> = keys.into_iter().map(|key| (key, [1; 32])).collect();
    let mut tree = Tree::<NoSource, V>::empty(NoSource);
    tree.write(&pairs, tables, machine).expect("no hole");
    for asked in files {
        let proven = tree.prove(&read(&asked), tables, machine).expect("no hole");
        let mut multiproof = Vec::new();
        V::put_multiproof(&proven.proof.multiproof, &mut multiproof);
        let commitments = proven.proof.commitments_by_path.iter();
        println!(
            "{}",
            json!({
                "commitments": commitments.map(|bytes| bytes.as_ref().len()).sum::<usize>(),
                "multiproof": multiproof.len(),
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

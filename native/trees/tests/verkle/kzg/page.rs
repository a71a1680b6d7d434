//! The example of docs/verkle/kzg.md is what is written and read.

use weakstate_trees::kzg::Kzg;
use weakstate_trees::kzg::setup::Setup;
use weakstate_trees::verkle::machine::Machine;
use weakstate_trees::verkle::tree::{Key, ssz};

use super::{diff, open, root, whole};

/// Bytes of the block of the page that starts with "```hex NAME": the digits before two spaces
/// in each line.
fn example(name: &str) -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/verkle/kzg.md");
    let page = std::fs::read_to_string(path).unwrap();
    let (_, rest) = page.split_once(&format!("```hex {name}\n")).unwrap();
    let (block, _) = rest.split_once("```").unwrap();
    let digits = block.lines().map(|line| line.split("  ").next().unwrap_or_default());
    digits.collect::<String>().replace(' ', "")
}

/// Two stems, of which one is asked for, and one that is not there.
#[test]
fn the_witness_of_the_page() {
    let key = |first: u8, suffix: u8| -> Key {
        let mut key = [first; 32];
        key[31] = suffix;
        key
    };
    let mut tree = whole(&[(key(0x11, 0), [0xaa; 32]), (key(0x22, 130), [0xbb; 32])]);
    let keys = [key(0x11, 0), key(0x33, 1)];
    let proven = tree.prove(&keys, Setup::get(), Machine::new(1)).unwrap();
    let bytes = ssz::encode(&diff(&proven), &proven.proof);
    assert_eq!(const_hex::encode(root(&tree)), example("root"));
    assert_eq!(const_hex::encode(&bytes), example("witness"));
    let (read, proof) = ssz::decode::<Kzg>(&bytes).unwrap();
    assert!(open(&root(&tree), &proof, &read).is_ok());
}

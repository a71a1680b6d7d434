//! Pedersen hashes and tree keys.

use serde_json::Value;
use weakstate_trees::verkle::keys::{KeyHasher, Stem, chunk_place, slot_place};
use weakstate_trees::verkle::machine::Machine;
use weakstate_trees::verkle::msm::{Budget, Tables};
use weakstate_trees::verkle::pedersen;

use crate::data::{Random, hex, hex32, json};

fn padded(address: &[u8]) -> [u8; 32] {
    let mut word = [0; 32];
    word[32 - address.len()..].copy_from_slice(address);
    word
}

fn stem(address: &[u8; 32], index: [u8; 32]) -> Stem {
    let hasher = KeyHasher::new(KeyHasher::VERIFIER, Machine::new(1));
    let points = hasher.addresses(&[*address], Machine::new(1));
    hasher.stems(&[(points[0], index)], Machine::new(1))[0]
}

fn key(address: &Value, (index, suffix): ([u8; 32], u8)) -> Vec<u8> {
    [&stem(&padded(&hex(address)), index)[..], &[suffix]].concat()
}

fn word(number: u64) -> [u8; 32] {
    padded(&number.to_be_bytes())
}

#[test]
fn keys_are_those_of_besu() {
    let Some(file) = json("besu-verkle-trie/key_and_tree_vectors.json") else { return };
    let address = &file["address20"];
    let expect = |name: &str, place| assert_eq!(key(address, place), hex(&file[name]), "{name}");
    expect("storage_slot_32", slot_place(&word(32)));
    expect("storage_slot_64", slot_place(&word(64)));
    let name = "storage_slot_0xff0d54412868ab2569622781556c0b41264d9dae313826adad7b60da4b441e67";
    let slot = hex(&Value::from(name.strip_prefix("storage_slot_0x").unwrap()));
    expect(&format!("{name}_overflow"), slot_place(&slot.try_into().unwrap()));
    expect("code_chunk_24", chunk_place(24));
    expect("basic_data", ([0; 32], 0));
    expect("code_hash", ([0; 32], 1));
    let other = "0x6f22ffbc56eff051aecf839396dd1ed9ad6bba9d";
    let expected = hex(&file[format!("code_chunk_128_of_{other}")]);
    assert_eq!(key(&Value::from(other), chunk_place(128)), expected);

    let hasher = &file["stem_hasher"];
    let mut index = [0; 32];
    (index[0], index[16]) = (3, 2);
    assert_eq!(stem(&hex32(&hasher["address32"]), index)[..], hex(&hasher["stem"]));
}

#[test]
fn keys_are_those_of_rust_verkle() {
    let Some(file) = json("rust-verkle/ffi_vectors.json") else { return };
    let vector = &file["get_tree_key_hash"];
    let input = [hex(&vector["address"]), hex(&vector["tree_index"])].concat();
    let tables = Tables::new(Budget::VERIFIER, Machine::new(1));
    assert_eq!(pedersen::hash(&tables, &input).unwrap()[..], hex(&vector["hash"]));

    let vector = &file["get_tree_key"];
    let mut index = hex32(&vector["tree_index_le_reversed_input"]);
    index.reverse();
    assert_eq!(stem(&hex32(&vector["address"]), index)[..], hex(&vector["key"])[..31]);
}

#[test]
fn stems_are_those_of_ethereumjs() {
    let Some(file) = json("ethereumjs/util_vectors.json") else { return };
    assert_eq!(stem(&[0; 32], [0; 32])[..], hex(&file["stem_zero_address"]));
    let name = "stem_0x71562b71999873DB5b286dF957af199Ec94617f7";
    let address = hex(&Value::from(name.strip_prefix("stem_").unwrap()));
    assert_eq!(stem(&padded(&address), [0; 32])[..], hex(&file[name]));
}

#[test]
fn a_key_is_a_pedersen_hash_whatever_the_width_of_the_tables() {
    let mut random = Random(7);
    let tables = Tables::new(Budget::VERIFIER, Machine::new(1));
    for bytes in [100 << 10, 1 << 20, KeyHasher::VERIFIER.bytes] {
        let hasher = KeyHasher::new(Budget { bytes }, Machine::new(1));
        let edges = [[0; 32], [0xff; 32], [0x80; 32], [0x7f; 32]];
        let words: Vec<[u8; 32]> =
            edges.into_iter().chain((0..6).map(|_| random.bytes())).collect();
        let addresses = hasher.addresses(&words, Machine::new(2));
        for (word, address) in words.iter().zip(addresses) {
            let places: Vec<_> = words.iter().map(|index| (address, *index)).collect();
            for (stem, index) in hasher.stems(&places, Machine::new(1)).iter().zip(&words) {
                let hash = pedersen::hash(&tables, &[*word, *index].concat()).unwrap();
                assert_eq!(stem[..], hash[..31]);
            }
        }
    }
}

#[test]
fn strings_that_are_too_long_are_not_hashed() {
    let tables = Tables::new(Budget::VERIFIER, Machine::new(1));
    assert!(pedersen::hash(&tables, &[1; pedersen::MAX_BYTES]).is_some());
    assert!(pedersen::hash(&tables, &[1; pedersen::MAX_BYTES + 1]).is_none());
    // The length counts: zeros at the end make another string.
    let hash = |bytes: &[u8]| pedersen::hash(&tables, bytes).unwrap();
    assert_ne!(hash(&[1]), hash(&[1, 0]));
    assert_ne!(hash(&[]), hash(&[0]));
}

#[test]
fn slots_beside_the_header_are_the_first_64() {
    let place = |number| slot_place(&word(number));
    assert_eq!(place(0), ([0; 32], 64));
    assert_eq!(place(63), ([0; 32], 127));
    let main = |low: u8| {
        let mut index = [0; 32];
        (index[0], index[30]) = (low, 1);
        index
    };
    assert_eq!(place(64), (main(0), 64));
    assert_eq!(place(255), (main(0), 255));
    assert_eq!(place(256), (main(1), 0));
    let mut high = [0; 32];
    high[0] = 1;
    assert_eq!(slot_place(&high).0[30], 2);
    assert_eq!(chunk_place(127), ([0; 32], 255));
    assert_eq!(chunk_place(128).1, 0);
    assert_eq!(chunk_place(128).0[0], 1);
}

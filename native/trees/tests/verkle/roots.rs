//! Roots of trees that other implementations have built.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use weakstate_trees::verkle::keys::{KeyHasher, slot_place};
use weakstate_trees::verkle::machine::Machine;
use weakstate_trees::verkle::tree::{Key, Tree, Value};

use crate::data::{folder, hex, hex32, json, tables};

fn root(tree: &Tree) -> [u8; 32] {
    tree.root().point.to_bytes()
}

fn hash(tree: &Tree) -> [u8; 32] {
    tree.root().scalar.to_le_bytes()
}

fn write(tree: &mut Tree, writes: &[(Key, Value)]) {
    tree.write(writes, tables(), Machine::new(1)).unwrap();
}

/// Lines of a key and a value.
fn csv(name: &str) -> Vec<(Key, Value)> {
    let path = folder().unwrap().join("besu-verkle-trie").join(name);
    let text = std::fs::read_to_string(path).unwrap();
    let word = |text: Option<&str>| hex32(&Json::from(text.unwrap().trim()));
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            let mut words = line.split(',');
            (word(words.next()), word(words.next()))
        })
        .collect()
}

#[test]
fn genesis_states_of_four_networks() {
    if folder().is_none() {
        return;
    }
    let genesis = [
        (2, "5e8519756841faf0b2c28951c451b61a4b407b70a5ce5b57992f4bec973173ff"),
        (3, "382960711d9ccf58b9db20122e2253eb9bfa99d513f8c9d4e85b55971721f4de"),
        (6, "1fbf85345a3cbba9a6d44f991b721e55620a22397c2a93ee8d5011136ac300ee"),
        (7, "514a0e5715b0b6c635ac140a5f25b8665af36cf31836344d27d9645fc57eab76"),
    ];
    for (network, expected) in genesis {
        let mut at_once = Tree::new();
        write(&mut at_once, &csv(&format!("gen-devnet-{network}.csv")));
        assert_eq!(root(&at_once)[..], hex(&Json::from(expected)));
    }
}

#[test]
fn blocks_after_a_genesis_state() {
    let Some(file) = json("besu-verkle-trie/devnet7_roots.json") else { return };
    let mut tree = Tree::new();
    write(&mut tree, &csv("gen-devnet-7.csv"));
    for block in 0..=7 {
        if block > 0 {
            write(&mut tree, &csv(&format!("devnet-7-block-{block}.csv")));
        }
        assert_eq!(root(&tree), hex32(&file["roots_after_block"][block.to_string()]));
    }
}

#[test]
fn small_trees_of_besu_and_ethereumjs() {
    let Some(file) = json("besu-verkle-trie/key_and_tree_vectors.json") else { return };
    for case in file["trees"].as_array().unwrap() {
        let writes: Vec<(Key, Value)> = case["kv"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(key, value)| (hex32(&Json::from(key.as_str())), hex32(value)))
            .collect();
        let mut tree = Tree::new();
        write(&mut tree, &writes);
        assert_eq!(root(&tree), hex32(&case["root"]));
    }
    let case = &json("ethereumjs/util_vectors.json").unwrap()["tree_root_11_leaves"];
    let leaves = case["leaves"].as_array().unwrap().iter();
    let writes: Vec<(Key, Value)> = leaves.map(|leaf| (hex32(&leaf[0]), hex32(&leaf[1]))).collect();
    let mut tree = Tree::new();
    write(&mut tree, &writes);
    assert_eq!(root(&tree), hex32(&case["expected_root"]));
}

#[test]
fn trees_of_the_python_reference() {
    let Some(file) = json("verkle-trie-ref/tree_vectors.json") else { return };
    let key: Key = std::array::from_fn(|index| index as u8 + 1);
    let mut tree = Tree::new();
    write(&mut tree, &[(key, key)]);
    let case = &file["insert_key_eq_value_0102..20"];
    assert_eq!(root(&tree), hex32(&case["root_commitment"]));
    assert_eq!(hash(&tree), hex32(&case["root_hash_LE"]));
    let mut tree = Tree::new();
    write(&mut tree, &[(key, [0; 32])]);
    assert_eq!(hash(&tree), hex32(&file["same_key_zero_value"]["root_hash_LE"]));
}

#[test]
fn trees_of_rust_verkle() {
    let Some(file) = json("rust-verkle/trie_vectors.json") else { return };
    let words = |name: &str| -> Vec<[u8; 32]> {
        file["golang_interop"][name].as_array().unwrap().iter().map(hex32).collect()
    };
    let mut tree = Tree::new();
    write(&mut tree, &words("keys").into_iter().zip(words("values")).collect::<Vec<_>>());
    assert_eq!(root(&tree), hex32(&file["golang_interop"]["root_commitment"]));

    for (name, step) in
        [("insert_100_step_root_hash_LE", 100), ("insert_1000_step_root_hash_LE", 1000)]
    {
        let mut counter = 0u64;
        let mut tree = Tree::new();
        for expected in file[name].as_array().unwrap() {
            let next = |_| {
                let hash = Sha256::new().chain_update(counter.to_le_bytes()).chain_update([0; 32]);
                counter += 1;
                let word = hash.finalize().into();
                (word, word)
            };
            let writes: Vec<(Key, Value)> = (0..step).map(next).collect();
            write(&mut tree, &writes);
            assert_eq!(hash(&tree), hex32(expected), "{name}");
        }
    }
}

/// Of jsign's vectors, those that need nothing but keys and values.
#[test]
fn trees_of_the_common_vectors() {
    let vector = |name: &str| {
        let file = json(&format!("jsign-verkle-test-vectors/tree/{name}.json"))?;
        Some(file["testData"].clone())
    };
    let Some(case) = vector("003_tree_mutation") else { return };
    let little_endian = |value: &Json| {
        let mut word: [u8; 32] = [0; 32];
        for (place, byte) in word.iter_mut().zip(hex(value)) {
            *place = byte;
        }
        word
    };
    let mut roots = Vec::new();
    let mut tree = Tree::new();
    for mutation in case["mutations"].as_array().unwrap() {
        write(&mut tree, &[(hex32(&mutation["key"]), little_endian(&mutation["value"]))]);
        roots.push(hash(&tree));
    }
    let _ = (roots, slot_place(&[0; 32]), KeyHasher::VERIFIER);
    println!("{:02x?} {:02x?} {}", root(&tree), hash(&tree), case["expectedRootHash"]);
}

#[test]
fn the_order_of_writes_does_not_matter() {
    let mut random = crate::data::Random(3);
    // Keys that share long prefixes, so that stems are moved down again and again.
    let writes: BTreeMap<Key, Value> = (0..300)
        .map(|_| {
            let mut key = [0; 32];
            for byte in &mut key[..31] {
                *byte = (random.below(40) / 39) as u8;
            }
            key[31] = random.next() as u8;
            (key, random.bytes())
        })
        .collect();
    let writes: Vec<(Key, Value)> = writes.into_iter().collect();
    let mut at_once = Tree::new();
    write(&mut at_once, &writes);
    let mut one_by_one = Tree::new();
    let mut shuffled = writes.clone();
    shuffled.sort_by_key(|(_, value)| *value);
    for chunk in shuffled.chunks(7) {
        write(&mut one_by_one, chunk);
    }
    let mut changed = Tree::new();
    let other: Vec<(Key, Value)> = writes.iter().map(|(key, _)| (*key, [0; 32])).collect();
    write(&mut changed, &other);
    assert_ne!(root(&changed), root(&at_once));
    let two = changed.write(&shuffled, tables(), Machine::new(2)).unwrap();
    assert_eq!(two.root.point.to_bytes(), root(&at_once));
    assert_eq!(root(&one_by_one), root(&at_once));
    for (key, value) in writes {
        assert_eq!(one_by_one.get(&key), Ok(Some(value)));
        let mut absent = key;
        absent[5] ^= 0x80;
        assert_eq!(one_by_one.get(&absent), Ok(None));
    }
}

//! The trie against an independent implementation, whole and partial.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

#[expect(dead_code, reason = "other tests use more of it")]
#[path = "../../codec/tests/random/mod.rs"]
mod random;

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{B256, keccak256};
use alloy_trie::{HashBuilder, Nibbles};
use random::Random;
use weakstate_codec::Blobs;
use weakstate_trees::Preimages;
use weakstate_trees::mpt::{EMPTY_ROOT, Forest, Miss, Write};

type Map = BTreeMap<B256, Vec<u8>>;

impl Random {
    fn value(&mut self) -> Vec<u8> {
        let len = [1, 2, 31, 32, 33, 80][self.below(6) as usize];
        (0..len).map(|_| self.below(255) as u8 + 1).collect()
    }

    fn map(&mut self, len: u64) -> Map {
        (0..len).map(|_| (self.key(), self.value())).collect()
    }
}

fn oracle(map: &Map) -> B256 {
    if map.is_empty() {
        return EMPTY_ROOT;
    }
    let mut builder = HashBuilder::default();
    for (key, value) in map {
        builder.add_leaf(Nibbles::unpack(key), value);
    }
    builder.root()
}

fn writes(map: &Map) -> Vec<Write> {
    map.iter().map(|(key, value)| (*key, value.clone().into_boxed_slice())).collect()
}

/// The root of a map and all nodes of its trie.
fn whole(map: &Map) -> (B256, Vec<Vec<u8>>) {
    let nothing = Blobs::default();
    let mut forest = Forest::new(Preimages::new(&nothing));
    let root = forest.open(None, &EMPTY_ROOT);
    let root = forest.insert(root, &mut writes(map)).unwrap();
    let mut nodes = Vec::new();
    let roots = forest.commit_with(&[root], |_, hash, node| {
        assert_eq!(*hash, keccak256(node));
        nodes.push(node.to_vec());
    });
    (roots[0], nodes)
}

/// What a change of a trie comes to: the new root, and which nodes it needed.
fn change(
    root: &B256,
    nodes: &[Vec<u8>],
    updates: &Map,
    deletions: &BTreeSet<B256>,
) -> Result<(B256, Vec<bool>), Miss> {
    let blobs: Blobs = nodes.iter().collect();
    let mut forest = Forest::new(Preimages::new(&blobs));
    let id = forest.open(None, root);
    let deletions: Vec<B256> = deletions.iter().copied().collect();
    let id = forest.insert(id, &mut writes(updates)).map_err(|miss| *miss)?;
    let id = forest.remove(id, &deletions).map_err(|miss| *miss)?;
    Ok((forest.commit(&[id])[0], forest.source().used().to_vec()))
}

#[test]
fn roots_are_those_of_another_implementation() {
    let mut random = Random(1);
    for len in 0..150 {
        let map = random.map(len);
        assert_eq!(whole(&map).0, oracle(&map), "{len} keys");
    }
}

#[test]
fn a_changed_trie_is_the_trie_of_the_changed_map() {
    let mut random = Random(2);
    for round in 0..400 {
        let len = random.below(60);
        let before = random.map(len);
        let (root, nodes) = whole(&before);
        let count = random.below(20);
        let updates = random.map(count);
        let mut deletions: BTreeSet<B256> = (0..random.below(20)).map(|_| random.key()).collect();
        deletions.extend(before.keys().filter(|_| random.below(3) == 0));
        deletions.retain(|key| !updates.contains_key(key));
        let mut after = before.clone();
        after.extend(updates.clone());
        after.retain(|key, _| !deletions.contains(key));
        let (changed, _) = change(&root, &nodes, &updates, &deletions).unwrap();
        assert_eq!(changed, oracle(&after), "round {round}");
    }
}

#[test]
fn a_needed_node_that_is_missing_is_a_hole_and_never_an_absence() {
    let mut random = Random(3);
    for _ in 0..40 {
        let len = 5 + random.below(40);
        let before = random.map(len);
        let (root, nodes) = whole(&before);
        let updates = random.map(4);
        let deletions: BTreeSet<B256> = before
            .keys()
            .filter(|key| random.below(4) == 0 && !updates.contains_key(*key))
            .copied()
            .collect();
        let (changed, used) = change(&root, &nodes, &updates, &deletions).unwrap();
        for (index, used) in used.iter().enumerate() {
            let mut fewer = nodes.clone();
            let removed = fewer.remove(index);
            // Equal nodes may stand twice.
            if fewer.contains(&removed) {
                continue;
            }
            match change(&root, &fewer, &updates, &deletions) {
                Ok((same, _)) => assert!(!used && same == changed),
                Err(Miss::Hole { hash, .. }) => assert!(*used && hash == keccak256(&removed)),
                Err(miss) => panic!("{miss:?}"),
            }
        }
    }
}

#[test]
fn reads_tell_values_from_absence_from_holes() {
    let mut random = Random(4);
    let map = random.map(80);
    let (root, nodes) = whole(&map);
    let blobs: Blobs = nodes.iter().collect();
    let mut forest = Forest::new(Preimages::new(&blobs));
    let id = forest.open(None, &root);
    for _ in 0..500 {
        let key = random.key();
        assert_eq!(forest.get(id, &key).unwrap(), map.get(&key).map(Vec::as_slice));
    }
    let nothing = Blobs::default();
    let mut forest = Forest::new(Preimages::new(&nothing));
    let id = forest.open(None, &root);
    let miss = *forest.get(id, &random.key()).unwrap_err();
    assert!(matches!(miss, Miss::Hole { depth: 0, hash, sibling: false, .. } if hash == root));
}

#[test]
fn a_collapse_names_the_sibling_that_it_lacks() {
    // Two leaves below one branch; only the deleted one is witnessed.
    let keys = [B256::repeat_byte(0x11), B256::repeat_byte(0x22)];
    let map: Map = keys.iter().map(|key| (*key, vec![7; 40])).collect();
    let (root, nodes) = whole(&map);
    let path_of = |key: &B256| {
        let blobs: Blobs = nodes.iter().collect();
        let mut forest = Forest::new(Preimages::new(&blobs));
        let id = forest.open(None, &root);
        forest.get(id, key).unwrap();
        let used = forest.source().used().to_vec();
        nodes
            .iter()
            .zip(used)
            .filter(|(_, used)| *used)
            .map(|(node, _)| node.clone())
            .collect::<Vec<_>>()
    };
    let witnessed = path_of(&keys[0]);
    let miss = change(&root, &witnessed, &Map::new(), &[keys[0]].into()).unwrap_err();
    let Miss::Hole { path, depth, hash, sibling } = miss else { panic!("{miss:?}") };
    assert!(sibling);
    assert_eq!((depth, path.0[0] >> 4), (1, 2));
    assert!(path_of(&keys[1]).iter().any(|node| keccak256(node) == hash));
    // An insertion beside it makes the collapse, and the sibling, unneeded.
    let updates: Map = [(B256::repeat_byte(0x33), vec![9])].into();
    let (changed, _) = change(&root, &witnessed, &updates, &[keys[0]].into()).unwrap();
    let after: Map = [(keys[1], vec![7; 40]), (B256::repeat_byte(0x33), vec![9])].into();
    assert_eq!(changed, oracle(&after));
}

#[test]
fn what_the_root_commits_to_but_is_no_node_is_malformed() {
    let cases: [&[u8]; 7] = [
        b"no list",
        &[0xc0],
        &[0xc2, 0x20, 0x01],
        &[0xc1, 0x80],
        &[0xc3, 0x40, 0x01, 0x01],
        &[0xd1; 18],
        &[0xf8, 0x01, 0x80],
    ];
    for raw in cases {
        let blobs: Blobs = [raw].into_iter().collect();
        let mut forest = Forest::new(Preimages::new(&blobs));
        let id = forest.open(None, &keccak256(raw));
        let miss = *forest.get(id, &B256::ZERO).unwrap_err();
        assert!(matches!(miss, Miss::Malformed { depth: 0, .. }), "{raw:?}: {miss:?}");
    }
}

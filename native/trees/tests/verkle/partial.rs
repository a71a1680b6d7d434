//! Trees that were loaded from a store or opened from a proof, against the whole tree.

use std::collections::{BTreeMap, BTreeSet};

use weakstate_trees::verkle::machine::Machine;
use weakstate_trees::verkle::tree::{Key, Opened, Proven, Source, StoredNode, Tree, Value};

use crate::data::{Random, tables};
use crate::honest::{diff, random_key, random_pairs};

pub fn open(root: &[u8; 32], proven: &Proven) -> Tree {
    let diff = diff(&proven.values, &BTreeMap::new());
    let opened = Opened::read(root, &proven.proof, &diff, Machine::new(2)).unwrap();
    opened.check(Machine::new(2)).unwrap()
}

fn root<S>(tree: &Tree<S>) -> [u8; 32] {
    tree.root().point.to_bytes()
}

#[test]
fn an_opened_part_reads_and_writes_as_the_whole() {
    let mut random = Random(11);
    for round in 0..60 {
        let present = random_pairs(&mut random, 1 + round * 3);
        let mut whole = Tree::new();
        whole.write(&present, tables(), Machine::new(1)).unwrap();
        let before = root(&whole);

        let mut keys: BTreeSet<Key> =
            (0..1 + random.below(12)).map(|_| random_key(&mut random)).collect();
        keys.extend(present.iter().filter(|_| random.below(10) == 0).map(|(key, _)| *key));
        let keys: Vec<Key> = keys.into_iter().collect();
        let proven = whole.prove(&keys, tables(), Machine::new(2)).unwrap();
        let known: BTreeMap<Key, Value> = present.iter().copied().collect();
        for (key, value) in &proven.values {
            assert_eq!(known.get(key), value.as_ref());
        }
        assert!(proven.values.iter().map(|(key, _)| key).eq(&keys));

        let mut part = open(&before, &proven);
        let writes: Vec<(Key, Value)> = keys
            .iter()
            .map(|key| (*key, random.bytes()))
            .filter(|(_, value)| value[0] % 3 > 0)
            .collect();
        for key in &keys {
            assert_eq!(part.get(key), whole.get(key));
        }
        let after = whole.write(&writes, tables(), Machine::new(1)).unwrap().root;
        assert_eq!(part.write(&writes, tables(), Machine::new(1)).unwrap().root, after);
        for key in &keys {
            assert_eq!(part.get(key), whole.get(key));
        }
    }
}

#[test]
fn what_was_not_opened_is_a_hole() {
    let mut random = Random(21);
    let present = random_pairs(&mut random, 200);
    let mut whole = Tree::new();
    whole.write(&present, tables(), Machine::new(1)).unwrap();
    let opened: Vec<Key> = present.iter().step_by(9).map(|(key, _)| *key).collect();
    let proven = whole.prove(&opened, tables(), Machine::new(1)).unwrap();
    let part = open(&root(&whole), &proven);
    let (mut holes, mut known) = (0, 0);
    for (key, value) in &present {
        let mut part = part.clone();
        match part.get(key) {
            Ok(found) => {
                assert_eq!(found, Some(*value));
                assert!(opened.contains(key));
                known += 1;
            }
            Err(miss) => {
                assert!(!opened.contains(key));
                assert_eq!(miss.key, *key);
                // A write that needs what was not opened is refused as well.
                assert!(part.write(&[(*key, [7; 32])], tables(), Machine::new(1)).is_err());
                assert!(part.prove(&[*key], tables(), Machine::new(1)).is_err());
                holes += 1;
            }
        }
    }
    assert!(holes > 100 && known == opened.len());
}

#[test]
fn nothing_can_be_proven_of_nothing() {
    let mut empty = Tree::new();
    let keys = [[1; 32], [2; 32]];
    let proven = empty.prove(&keys, tables(), Machine::new(1)).unwrap();
    assert_eq!(proven.proof.depth_extension_present, [0x08, 0x08]);
    let mut part = open(&[0; 32], &proven);
    assert_eq!(part.get(&keys[0]), Ok(None));
    let writes = keys.map(|key| (key, key));
    let after = part.write(&writes, tables(), Machine::new(1)).unwrap().root;
    assert_eq!(empty.write(&writes, tables(), Machine::new(1)).unwrap().root, after);
    let none = empty.prove(&[], tables(), Machine::new(1)).unwrap();
    open(&root(&empty), &none);
}

/// Keeps the nodes that writes emit.
#[derive(Clone, Debug, Default)]
struct Store(BTreeMap<Vec<u8>, StoredNode>);

impl Store {
    fn put(&mut self, path: &[u8], node: StoredNode) {
        self.0.insert(path.to_vec(), node);
    }
}

impl Source for &Store {
    fn node(&mut self, path: &[u8]) -> Option<StoredNode> {
        self.0.get(path).cloned()
    }
}

#[test]
fn a_tree_over_a_store_is_the_tree_in_memory() {
    let mut random = Random(31);
    let mut store = Store::default();
    let mut memory = Tree::new();
    let first = memory.write(&random_pairs(&mut random, 40), tables(), Machine::new(1)).unwrap();
    memory.each_change(&first, |path, node, _| store.put(path, node));
    for _ in 0..20 {
        let writes = random_pairs(&mut random, 12);
        let keys: Vec<Key> = writes
            .iter()
            .map(|(key, _)| *key)
            .chain((0..5).map(|_| random_key(&mut random)))
            .collect();
        // Every block starts with nothing in memory.
        let mut loaded = Tree::load(&store).unwrap();
        assert_eq!(loaded.root(), memory.root());
        let proven = loaded.prove(&keys, tables(), Machine::new(1)).unwrap();
        assert_eq!(proven, memory.prove(&keys, tables(), Machine::new(1)).unwrap());
        let written = loaded.write(&writes, tables(), Machine::new(1)).unwrap();
        let expected = memory.write(&writes, tables(), Machine::new(1)).unwrap();
        assert_eq!(written.root, expected.root);
        let mut changes = Vec::new();
        loaded.each_change(&written, |path, node, _| changes.push((path.to_vec(), node)));
        drop(loaded);
        changes.into_iter().for_each(|(path, node)| store.put(&path, node));
    }
    // What the store lacks is a hole.
    let (path, _) = store.0.pop_last().unwrap();
    let mut loaded = Tree::load(&store).unwrap();
    let mut key = [0; 32];
    key[..path.len()].copy_from_slice(&path);
    assert_eq!(loaded.get(&key).unwrap_err().depth, path.len());
}

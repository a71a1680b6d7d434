//! Trees that were opened from a proof or loaded from a store, against the whole tree.

use std::collections::{BTreeMap, BTreeSet};

use weakstate_trees::kzg::Kzg;
use weakstate_trees::kzg::setup::Setup;
use weakstate_trees::verkle::machine::Machine;
use weakstate_trees::verkle::tree::record::{self, Part};
use weakstate_trees::verkle::tree::{Key, Source, StoredNode, Tree, Value, Write, Written};

use super::{Whole, diff, open, root, whole};
use crate::data::Random;
use crate::honest::{random_key as key, random_pairs as pairs};

#[test]
fn an_opened_part_reads_and_writes_as_the_whole() {
    let mut random = Random(11);
    for round in 0..8 {
        let present = pairs(&mut random, 1 + round * 5);
        let mut whole = whole(&present);
        let before = root(&whole);

        let mut keys: BTreeSet<Key> = (0..1 + random.below(12)).map(|_| key(&mut random)).collect();
        keys.extend(present.iter().filter(|_| random.below(10) == 0).map(|(key, _)| *key));
        let keys: Vec<Key> = keys.into_iter().collect();
        let proven = whole.prove(&keys, Setup::get(), Machine::new(2)).unwrap();
        let known: BTreeMap<Key, Value> = present.iter().copied().collect();
        for (key, value) in &proven.values {
            assert_eq!(known.get(key), value.as_ref());
        }

        let mut part = open(&before, &proven.proof, &diff(&proven)).unwrap();
        for key in &keys {
            assert_eq!(part.get(key), whole.get(key));
        }
        let writes: Vec<(Key, Value)> = keys
            .iter()
            .map(|key| (*key, random.bytes()))
            .filter(|(_, value)| value[0] % 3 > 0)
            .collect();
        let after = whole.write(&writes, Setup::get(), Machine::new(1)).unwrap().root;
        assert_eq!(part.write(&writes, Setup::get(), Machine::new(2)).unwrap().root, after);
        // By difference or from nothing: the same commitment.
        let all: BTreeMap<Key, Value> = present.iter().chain(&writes).copied().collect();
        let all: Vec<(Key, Value)> = all.into_iter().collect();
        assert_eq!(super::whole(&all).root(), &after);
    }
}

#[test]
fn what_was_not_opened_is_a_hole() {
    let mut random = Random(21);
    let present = pairs(&mut random, 40);
    let mut whole = whole(&present);
    let opened: Vec<Key> = present.iter().step_by(9).map(|(key, _)| *key).collect();
    let proven = whole.prove(&opened, Setup::get(), Machine::new(1)).unwrap();
    let part = open(&root(&whole), &proven.proof, &diff(&proven)).unwrap();
    for (key, value) in &present {
        let mut part = part.clone();
        match part.get(key) {
            Ok(found) => assert_eq!((found, opened.contains(key)), (Some(*value), true)),
            Err(_) => {
                assert!(!opened.contains(key));
                assert!(part.write(&[(*key, [7; 32])], Setup::get(), Machine::new(1)).is_err());
            }
        }
    }
}

#[test]
fn nothing_can_be_proven_of_nothing() {
    let mut empty: Whole = whole(&[]);
    assert_eq!(root(&empty), [0; 32]);
    let keys = [[1; 32], [2; 32]];
    let proven = empty.prove(&keys, Setup::get(), Machine::new(1)).unwrap();
    let mut part = open(&[0; 32], &proven.proof, &diff(&proven)).unwrap();
    assert_eq!(part.get(&keys[0]), Ok(None));
    let none = empty.prove(&[], Setup::get(), Machine::new(1)).unwrap();
    open(&[0; 32], &none.proof, &diff(&none)).unwrap();
}

/// Keeps nodes as the records that writes emit.
#[derive(Clone, Debug, Default)]
struct Store(BTreeMap<(Vec<u8>, Option<u8>), Vec<u8>>);

impl Store {
    fn take<S: Source<Kzg>>(&mut self, tree: &Tree<S, Kzg>, written: &Written<Kzg>) {
        for path in written.gone() {
            self.0.retain(|(kept, _), _| kept != path);
        }
        tree.each_change(written, |path, node, groups| self.put(path, &node, groups));
    }

    fn put(&mut self, path: &[u8], node: &StoredNode<Kzg>, groups: u16) {
        record::records(node, groups, |part, record| {
            let group = match part {
                Part::Node => None,
                Part::Group(group) => Some(group),
            };
            let key = (path.to_vec(), group);
            match record {
                Some(record) => self.0.insert(key, record),
                None => self.0.remove(&key),
            };
        });
    }
}

impl Source<Kzg> for &Store {
    fn node(&mut self, path: &[u8]) -> Option<StoredNode<Kzg>> {
        record::read(|part| {
            let group = match part {
                Part::Node => None,
                Part::Group(group) => Some(group),
            };
            self.0.get(&(path.to_vec(), group)).map(Vec::as_slice)
        })
    }
}

#[test]
fn a_tree_over_a_store_is_the_tree_in_memory_and_can_be_taken_back() {
    let mut random = Random(31);
    let mut store = Store::default();
    let mut memory: Whole = whole(&[]);
    let first = memory.write(&pairs(&mut random, 30), Setup::get(), Machine::new(1)).unwrap();
    store.take(&memory, &first);
    for _ in 0..5 {
        let writes = pairs(&mut random, 8);
        let keys: Vec<Key> =
            writes.iter().map(|(key, _)| *key).chain((0..5).map(|_| key(&mut random))).collect();
        let (kept, before) = (store.clone(), *memory.root());
        let mut loaded = Tree::load(&kept).unwrap();
        assert_eq!(loaded.root(), memory.root());
        let proven = loaded.prove(&keys, Setup::get(), Machine::new(1)).unwrap();
        assert_eq!(proven, memory.prove(&keys, Setup::get(), Machine::new(1)).unwrap());
        let written = loaded.write(&writes, Setup::get(), Machine::new(1)).unwrap();
        let expected = memory.write(&writes, Setup::get(), Machine::new(1)).unwrap();
        assert_eq!(written.root, expected.root);
        store.take(&loaded, &written);

        let undo: Vec<Write> = proven
            .values
            .into_iter()
            .filter(|(key, _)| writes.iter().any(|(written, _)| written == key))
            .collect();
        let kept = store.clone();
        let mut loaded = Tree::load(&kept).unwrap();
        let undone = loaded.restore(&undo, Setup::get(), Machine::new(1)).unwrap();
        assert_eq!(undone.root, before);
    }
}

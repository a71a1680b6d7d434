//! Trees whose nodes lie in a store.

use std::collections::BTreeMap;

use weakstate_trees::binary::{Key, Profile, Source, StoredNode, Tree};

use crate::data::{Random, apply};

/// Keeps the nodes that writes emit.
#[derive(Clone, Debug, Default)]
struct Store(BTreeMap<(usize, Key), StoredNode>);

impl Store {
    fn put(&mut self, path: &Key, depth: usize, node: Option<StoredNode>) {
        match node {
            Some(node) => drop(self.0.insert((depth, *path), node)),
            None => drop(self.0.remove(&(depth, *path))),
        }
    }
}

impl Source for &Store {
    fn node(&mut self, key: &Key, depth: usize) -> Option<StoredNode> {
        self.0.get(&(depth, key.prefix(depth))).copied()
    }
}

#[test]
fn a_tree_over_a_store_is_the_tree_in_memory() {
    for profile in Profile::ALL {
        let mut random = Random(51);
        let mut store = Store::default();
        let mut memory = Tree::new(profile);
        let mut values = BTreeMap::new();
        for _ in 0..60 {
            let mut changes = random.changes(profile, &values);
            changes.extend((0..3).map(|_| (random.key(profile), Some(random.value()))));
            let reads: Vec<Key> = (0..5).map(|_| random.key(profile)).collect();
            // Every block starts with nothing in memory.
            let mut loaded = Tree::load(profile, memory.root(), &store);
            let bytes = loaded.prove(&reads, &changes).unwrap();
            assert_eq!(bytes, memory.prove(&reads, &changes).unwrap());
            for key in &reads {
                assert_eq!(loaded.get(key), Ok(values.get(key).copied()));
            }
            apply(profile, &mut values, &changes);
            let written = loaded.write(&changes).unwrap();
            assert_eq!(written.root, memory.write(&changes).unwrap().root);
            let mut emitted = Vec::new();
            loaded.each_change(&written, |path, depth, node| emitted.push((*path, depth, node)));
            drop(loaded);
            emitted.into_iter().for_each(|(path, depth, node)| store.put(&path, depth, node));
            // A leaf for each value, and nothing is left over.
            let count = (2 * values.len()).saturating_sub(1);
            assert_eq!(store.0.len(), count);
        }
    }
}

#[test]
fn what_the_store_lacks_is_a_hole() {
    let profile = Profile::Eip8297;
    let mut random = Random(52);
    let mut store = Store::default();
    let mut memory = Tree::new(profile);
    let values = random.values(profile, 20);
    let changes: Vec<_> = values.iter().map(|(key, value)| (*key, Some(*value))).collect();
    let written = memory.write(&changes).unwrap();
    memory.each_change(&written, |path, depth, node| store.put(path, depth, node));
    let lacking: Vec<_> =
        store.0.iter().filter(|(_, node)| matches!(node, StoredNode::Leaf(..))).collect();
    let (&(depth, path), &StoredNode::Leaf(key, _)) = lacking[3] else { panic!() };
    store.0.remove(&(depth, path));
    let mut loaded = Tree::load(profile, memory.root(), &store);
    assert_eq!(loaded.get(&key).unwrap_err().depth, depth);
}

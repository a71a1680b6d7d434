//! Roots against vectors and the model.

use std::collections::BTreeMap;

use weakstate_trees::binary::{Change, Profile, Tree};

use crate::data::{Random, apply, hex, hex32, json, key, tree_of};
use crate::model;

const ZONES: &str = "geth-bintrie/eip8297_vectors.json";

#[test]
fn trees_with_stems_have_the_roots_of_other_implementations() {
    for (profile, name) in [
        (Profile::Eip7864, "eip7864/binary_tree_spec_roots.json"),
        (Profile::Geth, "geth-bintrie/bintrie_sha256_roots.json"),
    ] {
        let Some(file) = json(name) else { return };
        for vector in file["vectors"].as_array().unwrap() {
            let values = vector["kv"].as_object().unwrap().iter();
            let values: BTreeMap<_, _> = values
                .map(|(bytes, value)| {
                    (key(profile, &const_hex::decode(bytes).unwrap()), hex32(value))
                })
                .collect();
            assert_eq!(tree_of(profile, &values).root(), hex32(&vector["root"]));
        }
    }
}

#[test]
fn trees_with_zones_have_the_roots_of_the_specification() {
    let Some(file) = json(ZONES) else { return };
    assert_eq!(Tree::new(Profile::Eip8297).root(), hex32(&file["empty_root"]));
    for vector in file["trie_vectors"].as_array().unwrap() {
        let entries = vector["entries"].as_array().unwrap();
        let values = entries
            .iter()
            .map(|entry| (key(Profile::Eip8297, &hex(&entry["key"])), hex32(&entry["value"])));
        let root = tree_of(Profile::Eip8297, &values.collect()).root();
        assert_eq!(root, hex32(&vector["root"]), "{}", vector["name"]);
    }
}

#[test]
fn values_come_and_go_as_in_the_specification() {
    let Some(file) = json(ZONES) else { return };
    let mut removed = 0;
    for vector in file["sequence_vectors"].as_array().unwrap() {
        let mut tree = Tree::new(Profile::Eip8297);
        let operations = vector["ops"].as_array().unwrap();
        let roots = vector["roots_after"].as_array().unwrap();
        assert_eq!(operations.len(), roots.len());
        for (operation, root) in operations.iter().zip(roots) {
            let value = (operation["op"] == "set").then(|| hex32(&operation["value"]));
            removed += usize::from(value.is_none());
            let change: Change = (key(Profile::Eip8297, &hex(&operation["key"])), value);
            assert_eq!(tree.write(&[change]).unwrap().root, hex32(root));
            assert_eq!(tree.get(&change.0), Ok(value));
        }
    }
    assert!(removed > 100);
}

#[test]
fn every_write_leads_to_the_root_of_the_model() {
    for profile in Profile::ALL {
        let mut random = Random(42);
        for _ in 0..40 {
            let count = random.below(60) as usize;
            let mut values = random.values(profile, count);
            let mut tree = tree_of(profile, &values);
            assert_eq!(tree.root(), model::root(profile, &values));
            for _ in 0..12 {
                let changes = random.changes(profile, &values);
                apply(profile, &mut values, &changes);
                assert_eq!(tree.write(&changes).unwrap().root, model::root(profile, &values));
            }
            for key in (0..20).map(|_| random.key(profile)).chain(values.keys().copied()) {
                assert_eq!(tree.get(&key), Ok(values.get(&key).copied()));
            }
        }
    }
}

#[test]
fn a_tree_from_which_all_is_removed_is_empty() {
    let mut random = Random(43);
    let values = random.values(Profile::Eip8297, 50);
    let mut tree = tree_of(Profile::Eip8297, &values);
    let changes: Vec<Change> = values.keys().map(|key| (*key, None)).collect();
    let (first, rest) = changes.split_at(20);
    tree.write(first).unwrap();
    assert_ne!(tree.root(), [0; 32]);
    assert_eq!(tree.write(rest).unwrap().root, [0; 32]);
    assert_eq!(tree.get(&changes[0].0), Ok(None));
}

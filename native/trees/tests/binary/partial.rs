//! Trees that were opened from a witness, against the whole tree.

use std::collections::BTreeMap;

use weakstate_trees::binary::{Change, Key, Profile, Tree, Value};

use crate::data::{Random, apply, tree_of};

/// Keys that are there, and others.
fn some_keys(random: &mut Random, profile: Profile, values: &BTreeMap<Key, Value>) -> Vec<Key> {
    let mut keys: Vec<Key> = (0..random.below(6)).map(|_| random.key(profile)).collect();
    keys.extend(values.keys().filter(|_| random.below(8) == 0));
    keys
}

#[test]
fn an_opened_part_reads_and_writes_as_the_whole() {
    for profile in Profile::ALL {
        let mut random = Random(11);
        for round in 0..400 {
            let mut values = random.values(profile, round % 50);
            let mut whole = tree_of(profile, &values);
            let reads = some_keys(&mut random, profile, &values);
            let writes = random.changes(profile, &values);
            let bytes = whole.prove(&reads, &writes).unwrap();
            let mut part = Tree::open(profile, &whole.root(), &bytes).unwrap();
            assert_eq!(part.encode(), bytes);
            for key in reads.iter().chain(writes.iter().map(|(key, _)| key)) {
                assert_eq!(part.get(key), Ok(values.get(key).copied()));
            }
            // What was proven can be proven again from the part.
            assert_eq!(part.prove(&reads, &writes).unwrap(), bytes);

            let after = whole.write(&writes).unwrap().root;
            assert_eq!(part.write(&writes).unwrap().root, after);
            apply(profile, &mut values, &writes);
            for key in reads.iter().chain(writes.iter().map(|(key, _)| key)) {
                assert_eq!(part.get(key), Ok(values.get(key).copied()));
            }
            // A part that was written to can be written to once more.
            let again: Vec<Change> =
                writes.iter().map(|(key, _)| (*key, Some(random.value()))).collect();
            assert_eq!(part.write(&again).unwrap().root, whole.write(&again).unwrap().root);
        }
    }
}

#[test]
fn what_was_not_opened_is_a_hole() {
    for profile in Profile::ALL {
        let mut random = Random(21);
        let values = random.values(profile, 300);
        let mut whole = tree_of(profile, &values);
        let opened: Vec<Key> = values.keys().step_by(9).copied().collect();
        let bytes = whole.prove(&opened, &[]).unwrap();
        let part = Tree::open(profile, &whole.root(), &bytes).unwrap();
        let mut holes = 0;
        for (key, value) in &values {
            let mut part = part.clone();
            match part.get(key) {
                Ok(found) => {
                    assert_eq!(found, Some(*value));
                    assert!(opened.contains(key));
                }
                Err(miss) => {
                    assert!(!opened.contains(key) && miss.key == *key && !miss.sibling);
                    assert!(part.clone().write(&[(*key, Some([7; 32]))]).is_err());
                    assert!(part.prove(&[*key], &[]).is_err());
                    holes += 1;
                }
            }
        }
        assert_eq!(holes, values.len() - opened.len());
        // A key that is nowhere is absent or behind a hole, never there.
        for _ in 0..1_000 {
            let key = random.key(profile);
            if let Ok(found) = part.clone().get(&key) {
                assert_eq!(found, values.get(&key).copied());
            }
        }
    }
}

/// Removing one of two keys moves what is beside it, which reading it does not ask for.
#[test]
fn a_removal_needs_what_moves() {
    let profile = Profile::Eip8297;
    let mut random = Random(31);
    let mut moved = 0;
    for _ in 0..200 {
        let values = random.values(profile, 30);
        let mut whole = tree_of(profile, &values);
        let key = *values.keys().nth(random.below(values.len() as u64) as usize).unwrap();
        let (read, removal) = ([key], [(key, None)]);
        let bytes = whole.prove(&read, &[]).unwrap();
        let mut part = Tree::open(profile, &whole.root(), &bytes).unwrap();
        let longer = whole.prove(&read, &removal).unwrap();
        // A value in the place of the old one moves nothing.
        assert_eq!(whole.prove(&read, &[(key, Some([1; 32]))]).unwrap(), bytes);
        match part.write(&removal) {
            Ok(written) => {
                assert_eq!(longer, bytes);
                assert_eq!(written.root, whole.write(&removal).unwrap().root);
            }
            Err(miss) => {
                assert!(miss.sibling && longer != bytes);
                moved += 1;
            }
        }
    }
    assert!(moved > 50);
}

#[test]
fn nothing_can_be_proven_of_nothing() {
    for profile in Profile::ALL {
        let mut random = Random(41);
        let mut empty = Tree::new(profile);
        let key = random.key(profile);
        let bytes = empty.prove(&[key], &[]).unwrap();
        assert_eq!(bytes.len(), 9);
        let mut part = Tree::open(profile, &[0; 32], &bytes).unwrap();
        assert_eq!(part.get(&key), Ok(None));
        let writes = [(key, Some([1; 32]))];
        assert_eq!(part.write(&writes).unwrap().root, empty.write(&writes).unwrap().root);
        // Of no keys there is the root alone.
        let none = empty.prove(&[], &[]).unwrap();
        assert_eq!(none.len(), 9 + 1 + 32);
        let mut part = Tree::open(profile, &empty.root(), &none).unwrap();
        assert!(part.get(&key).is_err());
    }
}

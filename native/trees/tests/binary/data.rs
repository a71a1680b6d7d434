//! Vectors from the data folder, and keys that look random.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value as Json;
use weakstate_trees::binary::{Change, Key, Profile, Tree, Value};

/// A file of vectors in JSON; `None` means that the test has nothing to do.
pub fn json(name: &str) -> Option<Json> {
    let Some(folder) = std::env::var_os("WEAKSTATE_DATA") else {
        let required = std::env::var_os("WEAKSTATE_DATA_REQUIRED").is_some_and(|set| set == "1");
        assert!(!required, "WEAKSTATE_DATA_REQUIRED is 1 and WEAKSTATE_DATA is not set");
        eprintln!("skipped: WEAKSTATE_DATA is not set");
        return None;
    };
    let path = PathBuf::from(folder).join("verkle").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    Some(serde_json::from_str(&text).unwrap())
}

pub fn hex(value: &Json) -> Vec<u8> {
    const_hex::decode(value.as_str().unwrap()).unwrap()
}

pub fn hex32(value: &Json) -> [u8; 32] {
    hex(value).try_into().unwrap()
}

pub fn key(profile: Profile, bytes: &[u8]) -> Key {
    profile.key(bytes).unwrap()
}

/// The tree that holds these values.
pub fn tree_of(profile: Profile, values: &BTreeMap<Key, Value>) -> Tree {
    let mut tree = Tree::new(profile);
    let changes: Vec<Change> = values.iter().map(|(key, value)| (*key, Some(*value))).collect();
    tree.write(&changes).unwrap();
    tree
}

/// Numbers that look random and are the same in every run.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    pub fn value(&mut self) -> Value {
        match self.below(9) {
            0 => [0; 32],
            _ => std::array::from_fn(|_| self.next() as u8),
        }
    }

    /// A key near others: paths fork late, stems have several values.
    pub fn key(&mut self, profile: Profile) -> Key {
        let mut bytes = match profile {
            Profile::Eip8297 => {
                let (zone, length) = [(0, 34), (1, 34), (0xff, 66)][self.below(3) as usize];
                let mut bytes = vec![0; length];
                bytes[0] = zone;
                bytes
            }
            _ => vec![0; 32],
        };
        let first = if profile == Profile::Eip8297 { 1 } else { 0 };
        for _ in 0..self.below(5) {
            let room = bytes.len() as u64 - 1 - first;
            let at = first + self.below(room) / (1 + self.below(8));
            bytes[at as usize] = [0, 1, 0x40, 0x80][self.below(4) as usize];
        }
        *bytes.last_mut().unwrap() = [0, 1, 64, 127, 128, 255][self.below(6) as usize];
        key(profile, &bytes)
    }

    pub fn values(&mut self, profile: Profile, count: usize) -> BTreeMap<Key, Value> {
        (0..count).map(|_| (self.key(profile), self.value())).collect()
    }

    /// Changes of keys that are there and of others, in no order and some twice.
    pub fn changes(&mut self, profile: Profile, present: &BTreeMap<Key, Value>) -> Vec<Change> {
        let known: Vec<Key> = present.keys().copied().collect();
        (0..self.below(12))
            .map(|_| {
                let key = match self.below(3) {
                    0 => self.key(profile),
                    _ if known.is_empty() => self.key(profile),
                    _ => known[self.below(known.len() as u64) as usize],
                };
                (key, (self.below(5) > 1).then(|| self.value()))
            })
            .collect()
    }
}

/// Makes changes to a map as a tree makes them.
pub fn apply(profile: Profile, values: &mut BTreeMap<Key, Value>, changes: &[Change]) {
    for (key, value) in changes {
        match value {
            Some(value) => drop(values.insert(*key, *value)),
            None if profile == Profile::Eip8297 => drop(values.remove(key)),
            None => drop(values.insert(*key, [0; 32])),
        }
    }
}

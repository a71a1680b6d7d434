//! Honest witnesses, to be turned into lies.

use std::collections::BTreeMap;

use weakstate_codec::Code;
use weakstate_trees::verkle::machine::Machine;
use weakstate_trees::verkle::tree::{
    Key, Opened, Proof, StateDiff, StemDiff, SuffixDiff, Tree, Value,
};

use crate::data::{Random, tables};

/// A key near others: paths are shared, stems have several values.
pub fn random_key(random: &mut Random) -> Key {
    let mut key = [0; 32];
    let forks = random.below(5) as usize;
    for _ in 0..forks {
        key[random.below(31) as usize / (1 + random.below(8) as usize)] = random.below(3) as u8;
    }
    key[0] = random.below(6) as u8;
    key[31] = [0, 1, 64, 127, 128, 255][random.below(6) as usize];
    key
}

pub fn random_pairs(random: &mut Random, count: usize) -> Vec<(Key, Value)> {
    let pairs: BTreeMap<Key, Value> = (0..count)
        .map(|_| (random_key(random), if random.below(9) == 0 { [0; 32] } else { random.bytes() }))
        .collect();
    pairs.into_iter().collect()
}

/// The diff of a witness for these values and writes.
pub fn diff(values: &[(Key, Option<Value>)], writes: &BTreeMap<Key, Value>) -> StateDiff {
    let mut stems: StateDiff = Vec::new();
    for (key, current) in values {
        let stem: [u8; 31] = key[..31].try_into().unwrap();
        let new = writes.get(key).copied();
        let suffix = SuffixDiff { suffix: key[31], current: *current, new };
        match stems.last_mut() {
            Some(last) if last.stem == stem => last.suffixes.push(suffix),
            _ => stems.push(StemDiff { stem, suffixes: vec![suffix] }),
        }
    }
    stems
}

/// The key that begins with `path` and ends with `suffix`.
pub fn key(path: &[u8], suffix: u8) -> Key {
    let mut key = [0; 32];
    key[..path.len()].copy_from_slice(path);
    key[31] = suffix;
    key
}

/// An honest witness, and the whole tree.
pub struct Honest {
    pub tree: Tree,
    pub root: [u8; 32],
    pub proof: Proof,
    pub diff: StateDiff,
}

impl Honest {
    /// What a tree with these values proves under some keys, beside some writes.
    pub fn new(present: &[(Key, Value)], keys: &[Key], writes: &BTreeMap<Key, Value>) -> Self {
        let mut tree = Tree::new();
        tree.write(present, tables(), Machine::new(1)).unwrap();
        let proven = tree.prove(keys, tables(), Machine::new(1)).unwrap();
        let diff = diff(&proven.values, writes);
        Self { root: tree.root().point.to_bytes(), proof: proven.proof, diff, tree }
    }

    /// A witness of some keys, there or not, of a tree of any shape.
    pub fn random(random: &mut Random) -> Self {
        let size = 1 + random.below(40) as usize;
        let present = random_pairs(random, size);
        let mut keys: Vec<Key> = (0..random.below(8)).map(|_| random_key(random)).collect();
        keys.extend(present.iter().filter(|_| random.below(4) == 0).map(|(key, _)| *key));
        keys.push(present[0].0);
        Self::new(&present, &keys, &BTreeMap::new())
    }

    pub fn verdict(&self) -> Result<(), Code> {
        let opened = Opened::read(&self.root, &self.proof, &self.diff, Machine::new(1));
        let checked = opened.and_then(|opened| opened.check(Machine::new(1)));
        checked.map(drop).map_err(|error| error.code)
    }

    /// Whether all values are what the tree holds.
    pub fn is_true(&mut self) -> bool {
        self.diff.iter().all(|stem| {
            stem.suffixes.iter().all(|diff| {
                let key = key(&stem.stem, diff.suffix);
                self.tree.get(&key) == Ok(diff.current)
            })
        })
    }

    /// Lets values be changed, and checks that what is accepted is still true.
    pub fn true_if_accepted(&mut self, change: impl FnOnce(&mut Self)) {
        let diff = self.diff.clone();
        change(self);
        assert!(self.verdict().is_err() || self.is_true());
        self.diff = diff;
    }

    /// Lets a lie be told, and checks that it is found; then takes it back.
    pub fn refused(&mut self, lie: impl FnOnce(&mut Self)) -> Code {
        let (proof, diff, root) = (self.proof.clone(), self.diff.clone(), self.root);
        lie(self);
        let changed = (&self.proof, &self.diff, self.root) != (&proof, &diff, root);
        let verdict = self.verdict();
        (self.proof, self.diff, self.root) = (proof, diff, root);
        assert!(changed, "no lie");
        verdict.unwrap_err()
    }
}

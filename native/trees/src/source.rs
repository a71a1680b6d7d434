//! Where the nodes of a tree come from.

use std::hash::{BuildHasher, RandomState};

use alloy_primitives::B256;
use hashbrown::HashTable;
use weakstate_codec::{Blobs, Error};

use crate::{keccak, nibbles};

/// Where a node hangs: in whose tree, and at the end of which path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Key of the account whose storage it is; `None` in the tree of accounts.
    pub owner: Option<B256>,
    /// A key whose first nibbles lead there.
    pub path: B256,
    /// How many of them do.
    pub depth: usize,
}

impl Place {
    /// The same place with nothing in the path beyond its depth: equal places are then equal.
    pub fn canonical(mut self) -> Self {
        let whole = self.depth.div_ceil(2);
        if !self.depth.is_multiple_of(2) {
            nibbles::set_nibble(&mut self.path, self.depth, 0);
        }
        if let Some(rest) = self.path.0.get_mut(whole..) {
            rest.fill(0);
        }
        self
    }
}

/// Gives the nodes that a tree's root commits to, when they are touched.
pub trait Source<'w> {
    /// The node at `place`, whose Keccak-256 is `hash`; `None` if nobody is to blame for its
    /// absence but the proof.
    ///
    /// # Errors
    /// Where the source should have had it.
    fn node(&mut self, place: &Place, hash: &B256) -> Result<Option<&'w [u8]>, Box<Error>>;
}

/// Byte strings found by their own hash: whatever stood beside them is not believed.
#[derive(Debug)]
pub struct Preimages<'w> {
    blobs: &'w Blobs,
    hashes: Vec<B256>,
    table: HashTable<u32>,
    used: Vec<bool>,
    seeds: (u64, u64),
}

impl<'w> Preimages<'w> {
    /// Hashes every string once. Of equal strings the first stands for all.
    pub fn new(blobs: &'w Blobs) -> Self {
        let strings: Vec<&[u8]> = blobs.iter().collect();
        let hashes = keccak::hash_all(&strings);
        let random = RandomState::new();
        let seeds = (random.hash_one(0u8), random.hash_one(1u8));
        let mut table = HashTable::with_capacity(hashes.len());
        for (index, hash) in hashes.iter().enumerate() {
            let equal = |&other: &u32| hashes.get(other as usize) == Some(hash);
            let rehash = |&other: &u32| slot(seeds, hashes.get(other as usize));
            if let hashbrown::hash_table::Entry::Vacant(vacant) =
                table.entry(slot(seeds, Some(hash)), equal, rehash)
            {
                vacant.insert(index as u32);
            }
        }
        let used = vec![false; hashes.len()];
        Self { blobs, hashes, table, used, seeds }
    }

    /// Index of the string whose Keccak-256 is `hash`; counts it as used.
    pub fn find(&mut self, hash: &B256) -> Option<usize> {
        let equal = |&other: &u32| self.hashes.get(other as usize) == Some(hash);
        let index = *self.table.find(slot(self.seeds, Some(hash)), equal)? as usize;
        if let Some(used) = self.used.get_mut(index) {
            *used = true;
        }
        Some(index)
    }

    /// The string whose Keccak-256 is `hash`; counts it as used.
    pub fn get(&mut self, hash: &B256) -> Option<&'w [u8]> {
        let index = self.find(hash)?;
        self.blobs.get(index)
    }

    /// Keccak-256 of the string at `index`.
    pub fn hash(&self, index: usize) -> Option<B256> {
        self.hashes.get(index).copied()
    }

    /// The strings themselves.
    pub fn blobs(&self) -> &'w Blobs {
        self.blobs
    }

    /// For each string, whether it was asked for.
    pub fn used(&self) -> &[bool] {
        &self.used
    }
}

impl<'w> Source<'w> for Preimages<'w> {
    fn node(&mut self, _: &Place, hash: &B256) -> Result<Option<&'w [u8]>, Box<Error>> {
        Ok(self.get(hash))
    }
}

/// Place of a hash in the table. The seeds keep whoever chooses the strings from choosing
/// their places too: grinding hashes with equal low bits would otherwise be cheap.
#[inline]
fn slot(seeds: (u64, u64), hash: Option<&B256>) -> u64 {
    let Some(&[a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, ..]) = hash.map(|hash| &hash.0)
    else {
        return 0;
    };
    let low = u64::from_le_bytes([a, b, c, d, e, f, g, h]) ^ seeds.0;
    let high = u64::from_le_bytes([i, j, k, l, m, n, o, p]) ^ seeds.1;
    let product = u128::from(low) * u128::from(high);
    (product as u64) ^ ((product >> 64) as u64)
}

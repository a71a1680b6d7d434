//! Leaves in a binary tree, whichever it is.

use alloy_primitives::{Address, B256};
use weakstate_codec::{Code as ErrorCode, Error};

use super::kept::no_such_key;
use super::{Found, Leaf, Leaves, Part, Value};
use crate::binary::embedding::{self, IndexOrder, Place};
use crate::binary::{Change, Key, Miss, NoSource, Profile, Source, Tree};
use crate::state::Result;

/// The leaves of a binary tree.
#[derive(Debug)]
pub struct BinaryLeaves<S = NoSource> {
    tree: Tree<S>,
}

/// In which order indices are hashed: in `binary-7864` as in the EIP of 2025, in `binary-geth` as in
/// go-ethereum. There are none in `binary-8297`.
const fn order(profile: Profile) -> IndexOrder {
    match profile {
        Profile::Eip7864 => IndexOrder::Little,
        Profile::Geth | Profile::Eip8297 => IndexOrder::Big,
    }
}

/// The keys of leaves, in their order.
pub(super) fn keys(profile: Profile, leaves: impl Iterator<Item = Leaf>) -> Vec<Key> {
    let place = |Leaf { address, part }: Leaf| {
        let place = match part {
            // No gas rules name other leaves of a binary tree.
            Part::Header(suffix) | Part::At(_, suffix) => Place::Header(suffix),
            Part::Slot(slot) => Place::Slot(slot.to_be_bytes()),
            Part::Chunk(chunk) => Place::Chunk { code_hash: [0; 32], chunk },
            Part::Shared(code_hash, chunk) => Place::Chunk { code_hash: code_hash.0, chunk },
        };
        (address.into_array(), place)
    };
    let places: Vec<([u8; 20], Place)> = leaves.map(place).collect();
    embedding::keys(profile, order(profile), &places)
}

/// What a witness is blamed for that does not show what a key needs.
pub(super) fn beside(miss: Miss) -> Box<Error> {
    Box::new(Error::new(ErrorCode::SiblingNotWitnessed).at(miss))
}

impl BinaryLeaves {
    /// Opens what a witness shows of the tree with this root.
    ///
    /// # Errors
    /// `malformed_proof`, `wrong_proof`.
    pub fn open(profile: Profile, root: &B256, witness: &[u8]) -> Result<Self> {
        Ok(Self::new(Tree::open(profile, &root.0, witness)?))
    }
}

impl<S> BinaryLeaves<S> {
    /// The leaves of a tree.
    pub const fn new(tree: Tree<S>) -> Self {
        Self { tree }
    }

    /// The tree itself.
    pub(super) fn tree_mut(&mut self) -> &mut Tree<S> {
        &mut self.tree
    }

    /// The key of a leaf.
    pub(super) fn key(&self, leaf: &Leaf) -> Key {
        keys(self.tree.profile(), std::iter::once(*leaf)).first().copied().unwrap_or_default()
    }

    /// What is kept under a key; `None` is proven absence.
    ///
    /// # Errors
    /// `leaf_not_witnessed`; `missing_part` if the tree has no such key.
    pub(in crate::state) fn value(&mut self, key: &[u8]) -> Result<Option<Value>>
    where
        S: Source,
    {
        let key = self.tree.profile().key(key).ok_or_else(no_such_key)?;
        let missing = |miss| Box::new(Error::new(ErrorCode::LeafNotWitnessed).at(miss));
        self.tree.get(&key).map_err(missing)
    }

    /// What writing these leaves does to the tree.
    pub(super) fn changes(&self, writes: &[(Leaf, Value)]) -> Vec<Change> {
        let profile = self.tree.profile();
        let keys = keys(profile, writes.iter().map(|(leaf, _)| *leaf));
        keys.into_iter().zip(writes).map(|(key, (_, value))| profile.change(key, *value)).collect()
    }
}

impl<S: Source + std::fmt::Debug> Leaves for BinaryLeaves<S> {
    fn get(&mut self, leaf: &Leaf) -> Result<Found> {
        let key = self.key(leaf);
        Ok(match self.tree.get(&key) {
            Ok(Some(value)) => Found::Value(value),
            Ok(None) => Found::Absent,
            Err(_) => Found::Unknown,
        })
    }

    fn has_header(&mut self, address: &Address) -> Result<Option<bool>> {
        let mut known = Some(false);
        for suffix in [embedding::BASIC_DATA, embedding::CODE_HASH, embedding::DELEGATION] {
            match self.get(&Leaf::new(*address, Part::Header(suffix)))? {
                Found::Value(_) => return Ok(Some(true)),
                Found::Unknown => known = None,
                Found::Absent => {}
            }
        }
        Ok(known)
    }

    fn write(&mut self, writes: &[(Leaf, Value)]) -> Result<B256> {
        let changes = self.changes(writes);
        let written = self.tree.write(&changes).map_err(beside)?;
        Ok(B256::from(written.root))
    }
}

//! A tree's nodes, and reading.

use std::fmt;

use super::node::{Child, Inner, InnerId, Rest, StemId, StemNode};
use super::source::{NoSource, Source, StoredInner, StoredNode};
use super::vector::{Committed, Ipa, Scalar, VectorCommitment};
use super::{Key, Value};

/// Why a key could not be followed: there is a hole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Miss {
    /// The key.
    pub key: Key,
    /// How many of its bytes lead to the hole. With 32, it is the value that is not known.
    pub depth: usize,
}

impl fmt::Display for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("path 0x")?;
        self.key.iter().take(self.depth).try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::error::Error for Miss {}

/// A Verkle tree, whole or in part.
#[derive(Clone, Debug)]
pub struct Tree<S = NoSource, V: VectorCommitment = Ipa> {
    source: S,
    inners: Vec<Inner<V>>,
    stems: Vec<StemNode<V>>,
}

/// Index of the root.
pub(super) const ROOT: InnerId = InnerId(0);

/// What is found at a slot, once it is in memory.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found {
    Empty,
    Inner(InnerId),
    Stem(StemId),
}

impl Tree {
    /// The tree that holds nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::empty(NoSource)
    }
}

impl Default for Tree {
    fn default() -> Self {
        Self::new()
    }
}

impl<S, V: VectorCommitment> Tree<S, V> {
    pub(super) fn with_root(source: S, root: Inner<V>) -> Self {
        Self { source, inners: vec![root], stems: Vec::new() }
    }

    /// The commitment to the whole tree. Its point's encoding is the state root.
    pub fn root(&self) -> &Committed<V> {
        &self.inner(ROOT).commitment
    }

    /// Where nodes come from that are not in memory.
    pub fn source(&self) -> &S {
        &self.source
    }

    /// Where nodes come from that are not in memory.
    pub fn source_mut(&mut self) -> &mut S {
        &mut self.source
    }

    #[expect(clippy::indexing_slicing, reason = "ids come from `push_inner` of this very tree")]
    pub(super) fn inner(&self, id: InnerId) -> &Inner<V> {
        &self.inners[id.0 as usize]
    }

    #[expect(clippy::indexing_slicing, reason = "ids come from `push_inner` of this very tree")]
    pub(super) fn inner_mut(&mut self, id: InnerId) -> &mut Inner<V> {
        &mut self.inners[id.0 as usize]
    }

    #[expect(clippy::indexing_slicing, reason = "ids come from `push_stem` of this very tree")]
    pub(super) fn stem(&self, id: StemId) -> &StemNode<V> {
        &self.stems[id.0 as usize]
    }

    #[expect(clippy::indexing_slicing, reason = "ids come from `push_stem` of this very tree")]
    pub(super) fn stem_mut(&mut self, id: StemId) -> &mut StemNode<V> {
        &mut self.stems[id.0 as usize]
    }

    pub(super) fn push_inner(&mut self, inner: Inner<V>) -> InnerId {
        self.inners.push(inner);
        InnerId(self.inners.len() as u32 - 1)
    }

    pub(super) fn push_stem(&mut self, stem: StemNode<V>) -> StemId {
        self.stems.push(stem);
        StemId(self.stems.len() as u32 - 1)
    }

    /// What the commitment at a slot maps to; zero where there is nothing.
    pub(super) fn scalar(&self, found: Found) -> Scalar<V> {
        match found {
            Found::Empty => Scalar::<V>::ZERO,
            Found::Inner(id) => self.inner(id).commitment.scalar,
            Found::Stem(id) => self.stem(id).commitment.scalar,
        }
    }
}

impl<V: VectorCommitment, S: Source<V>> Tree<S, V> {
    /// The tree over a source that holds nothing yet.
    pub fn empty(source: S) -> Self {
        Self::with_root(source, Inner::new(V::EMPTY, Rest::Empty))
    }

    /// The tree that `source` keeps; `None` if there is no inner node at its root.
    pub fn load(mut source: S) -> Option<Self> {
        let Some(StoredNode::Inner(root)) = source.node(&[]) else { return None };
        Some(Self::below(&root, source))
    }

    /// The tree that `source` keeps, whose root was read already.
    pub fn below(root: &StoredInner<V>, source: S) -> Self {
        let scalar = V::scalar_of(&root.commitment);
        Self::with_root(source, Inner::from_stored(root, scalar))
    }

    /// The value under a key; `None` is proven absence.
    ///
    /// # Errors
    ///
    /// If there is a hole in the way.
    pub fn get(&mut self, key: &Key) -> Result<Option<Value>, Miss> {
        let [path @ .., suffix] = key;
        let mut id = ROOT;
        for depth in 0..path.len() {
            match self.resolve(id, key, depth)? {
                Found::Inner(child) => id = child,
                Found::Empty => return Ok(None),
                Found::Stem(stem) => {
                    let node = self.stem(stem);
                    return if node.stem == *path {
                        node.value(*suffix).ok_or(Miss { key: *key, depth: key.len() })
                    } else {
                        Ok(None)
                    };
                }
            }
        }
        Err(Miss { key: *key, depth: path.len() })
    }

    /// Whether there is a value under any key with the stem of `key`.
    ///
    /// # Errors
    ///
    /// If there is a hole in the way.
    pub fn has_stem(&mut self, key: &Key) -> Result<bool, Miss> {
        let [path @ .., _] = key;
        let mut id = ROOT;
        for depth in 0..path.len() {
            match self.resolve(id, key, depth)? {
                Found::Inner(child) => id = child,
                Found::Empty => return Ok(false),
                Found::Stem(stem) => return Ok(self.stem(stem).stem == *path),
            }
        }
        Err(Miss { key: *key, depth: path.len() })
    }

    /// What hangs at the slot of the inner node `id`, at `depth`, to which `key` leads; loads it if
    /// need be.
    pub(super) fn resolve(&mut self, id: InnerId, key: &Key, depth: usize) -> Result<Found, Miss> {
        let miss = Miss { key: *key, depth: depth + 1 };
        let slot = key.get(depth).copied().ok_or(miss)?;
        let scalar = match self.inner(id).child(slot) {
            Child::Empty => return Ok(Found::Empty),
            Child::Inner(child) => return Ok(Found::Inner(child)),
            Child::Stem(child) => return Ok(Found::Stem(child)),
            Child::Hole => return Err(miss),
            Child::Stored(scalar) => scalar,
        };
        let path = key.get(..=depth).unwrap_or_default();
        let found = match self.source.node(path).ok_or(miss)? {
            StoredNode::Inner(inner) => {
                Found::Inner(self.push_inner(Inner::from_stored(&inner, scalar)))
            }
            StoredNode::Stem(stem) => {
                Found::Stem(self.push_stem(StemNode::from_stored(*stem, scalar)))
            }
        };
        self.inner_mut(id).set(slot, found.into());
        Ok(found)
    }
}

impl<V: VectorCommitment> From<Found> for Child<V> {
    fn from(found: Found) -> Self {
        match found {
            Found::Empty => Self::Empty,
            Found::Inner(id) => Self::Inner(id),
            Found::Stem(id) => Self::Stem(id),
        }
    }
}

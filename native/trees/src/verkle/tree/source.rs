//! Where nodes come from that are not in memory.

use super::Value;
use super::vector::{Committed, Ipa, Scalar, VectorCommitment};
use crate::verkle::keys::Stem;

/// An inner node as it is kept.
///
/// With what the children map to beside the node, a writer needs no child's point, and a prover
/// needs no child at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredInner<V: VectorCommitment = Ipa> {
    /// The node's commitment.
    pub commitment: V::Point,
    /// Slots that are not empty, in ascending order, and what their commitments map to.
    pub slots: Vec<(u8, Scalar<V>)>,
}

/// A stem as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredStem<V: VectorCommitment = Ipa> {
    /// The stem.
    pub stem: Stem,
    /// Its commitment.
    pub commitment: V::Point,
    /// The commitments to the two halves of its values.
    pub halves: [Committed<V>; 2],
    /// Suffixes in ascending order, and their values.
    pub values: Vec<(u8, Value)>,
}

/// A node as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoredNode<V: VectorCommitment = Ipa> {
    /// An inner node.
    Inner(StoredInner<V>),
    /// A stem.
    Stem(Box<StoredStem<V>>),
}

/// Gives the nodes of a whole tree when they are touched.
pub trait Source<V: VectorCommitment = Ipa> {
    /// The node at `path`, the bytes of a stem that lead there; `None` if this source lacks it.
    ///
    /// It is believed: whatever keeps nodes has to see for itself that they are not damaged.
    fn node(&mut self, path: &[u8]) -> Option<StoredNode<V>>;
}

/// For trees whose nodes are all in memory, or were opened from a proof.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSource;

impl<V: VectorCommitment> Source<V> for NoSource {
    fn node(&mut self, _: &[u8]) -> Option<StoredNode<V>> {
        None
    }
}

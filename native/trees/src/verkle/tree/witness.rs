//! What a block's witness says of a Verkle tree: values, and their proof.
//!
//! Source: EIP-6800, `ExecutionWitness` of the consensus specification.

use super::Value;
use super::vector::{Ipa, VectorCommitment};
use crate::verkle::keys::Stem;

/// A value before and after a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SuffixDiff {
    /// Last byte of the key.
    pub suffix: u8,
    /// The value before; `None` if there is none.
    pub current: Option<Value>,
    /// The value afterwards; `None` if it was not changed.
    pub new: Option<Value>,
}

/// The values of one stem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StemDiff {
    /// First 31 bytes of the keys.
    pub stem: Stem,
    /// Values in ascending order of suffix, at least one.
    pub suffixes: Vec<SuffixDiff>,
}

/// The values that a block touches, in ascending order of stem.
pub type StateDiff = Vec<StemDiff>;

/// The proof of the values before a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof<V: VectorCommitment = Ipa> {
    /// Stems, in ascending order, that stand where stems of the diff would stand if they were there.
    pub other_stems: Vec<Stem>,
    /// For each stem of the diff, how deep its path goes (five bits), and an [`Extension`] (three).
    pub depth_extension_present: Vec<u8>,
    /// Encodings of the commitments on the paths, in ascending order of path, without the root's.
    pub commitments_by_path: Vec<V::Encoding>,
    /// That the commitments hold what they have to.
    pub multiproof: V::Multiproof,
}

/// What stands at the end of a stem's path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extension {
    /// An empty slot.
    Empty,
    /// Another stem.
    Other,
    /// The stem.
    Present,
}

impl Extension {
    /// The byte for a stem whose path takes this many of its bytes.
    pub(super) fn with_depth(self, depth: usize) -> u8 {
        (depth as u8) << 3 | self as u8
    }

    /// What a byte says; `None` if it says nothing that can be.
    pub(super) fn from_byte(byte: u8) -> Option<(usize, Self)> {
        let extension = match byte & 7 {
            0 => Self::Empty,
            1 => Self::Other,
            2 => Self::Present,
            _ => return None,
        };
        // Five bits are at most the 31 bytes of a stem, and the root is always an inner node.
        let depth = usize::from(byte >> 3);
        (depth > 0).then_some((depth, extension))
    }
}

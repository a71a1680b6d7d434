//! The tree: 256-ary nodes above stems of 256 values.
//!
//! ```text
//! inner node   Σ f(child) · G[slot]                               one byte of the stem a level
//! stem         G[0] + stem · G[1] + f(C1) · G[2] + f(C2) · G[3]   as high as it is alone there
//! C1, C2       Σ low · G[2·s] + high · G[2·s + 1]                 suffixes below 128, and the others
//! ```
//!
//! `f` maps a commitment to a scalar; `low` is the value's first half plus 2¹²⁸, so that a value of
//! zeros differs from no value, and `high` the second half. The root is an inner node even where
//! there is only one stem. Values are never removed. Source: EIP-6800.
//!
//! A tree is whole, or the part that a proof opens; the rest of it is loaded from a [`Source`] or is
//! a hole, which no read takes for absence.

mod check;
mod commit;
pub mod json;
mod node;
mod nodes;
mod open;
mod prove;
pub mod record;
mod shape;
mod source;
pub mod ssz;
pub mod survey;
mod vector;
mod witness;
mod write;

pub use check::{Visit, check};
pub use nodes::{Miss, Tree};
pub use open::{Opened, check_all};
pub use prove::Proven;
pub(crate) use shape::Shape;
pub use source::{NoSource, Source, StoredInner, StoredNode, StoredStem};
pub use vector::{Claims, Committed, Ipa, Scalar, VectorCommitment};
pub use witness::{Proof, StateDiff, StemDiff, SuffixDiff};
pub use write::{GROUP, Write, Written};

use super::field::{Field, Prime};

/// A stem and a suffix.
pub type Key = [u8; 32];
/// What is kept under a key.
pub type Value = [u8; 32];

/// The label of the transcript in which trees are proven.
const TRANSCRIPT: &[u8] = b"vt";

/// Places in a stem's polynomial.
mod place {
    /// Holds one, which tells stems from inner nodes.
    pub(super) const MARKER: u8 = 0;
    /// Holds the stem.
    pub(super) const STEM: u8 = 1;
    /// Holds what the commitment to the lower half of the values maps to; the upper half follows.
    pub(super) const HALVES: u8 = 2;
}

/// Which half of a stem's values a suffix belongs to.
fn half_of(suffix: u8) -> usize {
    usize::from(suffix >= 128)
}

/// The two places of a suffix in its half's polynomial.
fn places_of(suffix: u8) -> [u8; 2] {
    let low = 2 * (suffix % 128);
    [low, low + 1]
}

/// What a half's polynomial holds for a value, or for none.
fn scalars_of<P: Prime>(value: Option<&Value>) -> [Field<P>; 2] {
    let Some(value) = value else { return [Field::ZERO; 2] };
    let (halves, _) = value.as_chunks();
    let [low, high] = match halves {
        [low, high] => [low, high].map(|half| u128::from_le_bytes(*half)),
        _ => [0; 2],
    };
    [Field::with_marker(low), Field::from(high)]
}

/// A stem as a scalar.
fn stem_scalar<P: Prime>(stem: &super::keys::Stem) -> Field<P> {
    let mut bytes = [0; 32];
    bytes.iter_mut().zip(stem).for_each(|(byte, stem)| *byte = *stem);
    // 248 bits are below the order of the group.
    Field::from_le_bytes_reduced(&bytes)
}

//! Banderwagon: the group of prime order in which Verkle commitments live.
//!
//! Its elements are points of the twisted Edwards curve Bandersnatch, `-5x² + y² = 1 + d·x²·y²`
//! over [`Fp`](super::field::Fp), in the subgroup of order `r` or shifted from there by the point
//! of order two, `(0, -1)`. Two points that differ by it, `(x, y)` and `(-x, -y)`, are the same
//! element. The order of the group is prime, so that nothing has to be said of cofactors.
//!
//! Sources: Masson, Sanso, Zhang, "Bandersnatch", 2021; "Banderwagon", ethereum/verkle-trie-ref and
//! the specification that EIP-6800 refers to, 2023.
//!
//! Commitments, proofs and challenges are public: variable time is right throughout.

mod affine;
mod batch;
mod encoding;
mod endomorphism;
mod montgomery;
mod point;
#[cfg(test)]
mod tests;

#[cfg(target_arch = "x86_64")]
pub(crate) use affine::D;
pub use affine::{Addend, Affine};
pub(crate) use batch::decompress_beside;
pub use batch::{Commitment, commitments, decompress_all};
pub use encoding::MalformedPoint;
#[cfg(target_arch = "x86_64")]
pub(crate) use endomorphism::ENDOMORPHISM;
pub(crate) use endomorphism::{apply_endomorphism, decompose};
pub(crate) use montgomery::Montgomery;
pub use point::Point;

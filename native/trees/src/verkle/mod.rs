//! The Verkle tree: commitments over the Banderwagon group and proofs of many openings at once.

pub mod crs;
pub mod field;
pub mod group;
#[cfg(test)] mod scratch;

//! The Verkle tree: commitments over the Banderwagon group and proofs of many openings at once.

pub mod crs;
pub mod field;
pub mod group;
pub mod keys;
pub mod msm;
pub mod pedersen;
pub mod proof;
pub mod threads;
pub mod transcript;
pub mod tree;

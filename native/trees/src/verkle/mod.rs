//! The Verkle tree: commitments over the Banderwagon group and proofs of many openings at once.

pub mod crs;
pub mod field;
pub mod group;
pub mod keys;
#[cfg(target_arch = "x86_64")]
mod lanes;
pub mod machine;
pub mod msm;
pub mod pedersen;
pub mod proof;
pub mod transcript;
pub mod tree;

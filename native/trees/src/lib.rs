//! State trees: where nodes come from, how they are read and written, and the state over them.

pub mod binary;
pub mod chunks;
pub mod keccak;
pub mod kzg;
pub mod mpt;
pub mod nibbles;
mod source;
pub mod state;
pub mod survey;
pub mod verkle;

pub use source::{Place, Preimages, Source};

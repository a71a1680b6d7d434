//! The Verkle tree against the vectors of other implementations, and against itself.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod data;
mod honest;
mod hostile;
mod json;
mod keys;
mod kzg;
mod lies;
mod partial;
mod proofs;
mod roots;
mod witnesses;

//! Verkle trees whose commitments are Kate, Zaverucha and Goldberg's (KZG), over BLS12-381.
//!
//! Keys, stems, nodes and paths are those of [`verkle`](crate::verkle); what differs is how a node
//! is committed to and how many openings are proven at once. There is no standard of such a tree:
//! what is hashed, and the bytes of a witness, are this project's, and stand in `docs/verkle/kzg.md`.

pub mod curve;
mod domain;
mod multiproof;
mod open;
mod scheme;
pub mod setup;

pub use multiproof::{Multiproof, Rooted};
pub use open::open;
pub use scheme::{Kzg, hash, root_hash};

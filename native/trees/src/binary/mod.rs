//! Binary state trees: two children a node, one hash function, proofs of siblings.
//!
//! Three trees share this code, since each is a tree that branches only where keys differ and only
//! what is hashed is not the same:
//!
//! ```text
//!                 binary-7864            binary-geth    binary-8297
//! hash            BLAKE3                 SHA-256        BLAKE3
//! keys            31 bytes of stem and a suffix         34 or 66 bytes, a zone first
//! leaf            H(value)                              H(0 ‖ key ‖ value)
//! branch          H(left ‖ right)                       H(1 ‖ bits shared ‖ these bits ‖ left ‖ right)
//! one way only    H(child ‖ 0), H(0 ‖ child)            part of the branch below
//! stem            H(stem ‖ 0 ‖ root of its 256 values)  none
//! removal         never; zeros are a value              yes
//! ```
//!
//! A stem stands as high as it is alone. The empty tree's root is zero. Sources: EIP-7864 (as of
//! 2025), go-ethereum `trie/bintrie`, EIP-8297 with the execution specifications.
//!
//! A tree is whole, or the part that a witness opens; the rest of it is loaded from a [`Source`] or
//! is a hole, which no read takes for absence.

mod arena;
mod bits;
mod check;
mod commit;
mod decode;
pub mod embedding;
mod encode;
pub mod hash;
mod key;
mod node;
mod profile;
mod prove;
pub mod record;
mod source;
pub mod survey;
#[cfg(test)]
mod tests;
mod tree;
mod write;

pub use check::{check, hash_of};
pub use key::Key;
pub use node::{StoredBranch, StoredNode};
pub use profile::Profile;
pub use source::{NoSource, Source};
pub use tree::{Miss, Tree};
pub use write::{Change, Written};

/// What is kept under a key.
pub type Value = [u8; 32];
/// A digest; zero stands for an empty subtree.
pub type Hash = [u8; 32];

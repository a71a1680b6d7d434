//! A Merkle Patricia witness in our own bytes: a trie of nodes inside each other.
//!
//! In a list of nodes each hash of a child that is also in the list says what the child says
//! already. Here the child stands in the hash's place, and the reader computes the hash. What
//! else a node's RLP repeats (prefixes, empty hashes, the length of a path) is left out too.
//! `docs/bytes.md` describes the layout. Nothing read here is trusted: what a reader gives is
//! the plain list, which a verifier hashes itself.

mod by_hash;
mod node;
mod read;
mod write;

/// The first bytes of a witness. No text, RLP list or compressed input starts with them.
pub const MAGIC: [u8; 4] = *b"\x89WSW";
/// The version of the layout, which follows the magic.
pub const VERSION: u8 = 1;

/// Most headers that are read, as in other forms; verification takes no more than 256.
const MAX_HEADERS: usize = 4096;

/// What stands where a node is wanted.
mod tag {
    /// No node: in the place of the root alone.
    pub(super) const NONE: u8 = 0;
    /// A hash whose node is not here.
    pub(super) const HASH: u8 = 1;
    /// A node that stood before: its number in the order in which nodes end.
    pub(super) const SAME: u8 = 2;
    /// A node of less than 32 bytes, as its parent holds it.
    pub(super) const INLINE: u8 = 3;
    /// Leaves and their proof, as a byte string: in the place of the root alone.
    pub(super) const PROOF: u8 = 7;
    pub(super) const EXTENSION: u8 = 4;
    /// A leaf of any value.
    pub(super) const LEAF: u8 = 5;
    /// A leaf of storage.
    pub(super) const SLOT: u8 = 6;
    /// A branch that carries several children: bits of those that are there follow, then bits
    /// of those that are carried.
    pub(super) const BRANCH: u8 = 8;
    /// A branch that carries none: bits of the children follow.
    pub(super) const BARE: u8 = 10;
    /// A branch that carries the child in the low bits: bits of the children follow.
    pub(super) const CARRIES: u8 = 0x40;
    /// Added to the branches above: all 16 children are there, and their bits are left out.
    pub(super) const FULL: u8 = 1;
    pub(super) const FULL_CARRIES: u8 = 0x50;
    /// A leaf of the trie of accounts; the low bits say which hashes follow.
    pub(super) const ACCOUNT: u8 = 0x20;
    /// The account's storage root follows as a hash.
    pub(super) const STORAGE_HASH: u8 = 1;
    /// The account's storage trie follows.
    pub(super) const STORAGE_TRIE: u8 = 2;
    /// The account has code.
    pub(super) const CODE: u8 = 4;
}

/// Which trie a node belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trie {
    Accounts,
    Storage,
}

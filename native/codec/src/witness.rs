//! A witness as read: bytes that nothing has checked yet.

use alloy_primitives::B256;

use crate::Blobs;

/// What a verifier needs beside the block.
///
/// Nothing in it is trusted: nodes and codes are found by their own hash, headers by the
/// chain of hashes that ends with the block's parent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Witness {
    /// Nodes of the state trie and of storage tries, in any order.
    pub nodes: Blobs,
    /// Contract codes, in any order.
    pub codes: Blobs,
    /// What proves the pre-state of a chain whose tree holds leaves alone, instead of nodes and
    /// codes: leaves and their proof, as the scheme lays them out.
    pub proof: Vec<u8>,
    /// Ancestor headers in RLP, oldest first, the block's parent last.
    pub headers: Blobs,
    /// Addresses and slots that the producer says were asked for, in its order. A hint for
    /// people: nothing is found or proven by it.
    pub keys: Blobs,
}

/// Values that a file states beside its witness. They prove nothing; a caller may choose
/// to trust them, and the result then says so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// The chain's id.
    pub chain_id: Option<u64>,
    /// The state root before the block.
    pub pre_state_root: Option<B256>,
    /// Hashes of the block's ancestors, the parent's first.
    pub block_hashes: Vec<B256>,
}

/// One thing that an input holds: a block, a witness, a delta, or several of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item {
    /// The block in RLP.
    pub block: Option<Vec<u8>>,
    /// Its witness.
    pub witness: Option<Witness>,
    /// The bytes of its delta, which nothing has looked at.
    pub delta: Option<Vec<u8>>,
    /// What the input states beside them.
    pub claims: Claims,
}

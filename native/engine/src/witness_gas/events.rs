//! Access events: which leaves of the tree are touched, and what touching them costs.
//!
//! Source: EIP-4762 as of January 2024, without the cost of filling a leaf, which the network
//! never charged.

use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};

use alloy_primitives::map::HashMap;
use alloy_primitives::{Address, U256};
use weakstate_trees::chunks::CHUNK;
use weakstate_trees::state::leaves;
use weakstate_trees::verkle::keys::{TreeIndex, chunk_place, slot_place};

const BRANCH_READ: u64 = 1900;
const LEAF_READ: u64 = 200;
const BRANCH_WRITE: u64 = 3000;
const LEAF_WRITE: u64 = 500;

/// What a touch costs where every leaf that it concerns was touched before.
pub(crate) const WARM: u64 = 100;

/// Leaves of an account's header.
pub(crate) const VERSION: u8 = 0;
pub(crate) const BALANCE: u8 = 1;
pub(crate) const NONCE: u8 = 2;
pub(crate) const CODE_HASH: u8 = 3;
pub(crate) const CODE_SIZE: u8 = 4;
const HEADER: [u8; 5] = [VERSION, BALANCE, NONCE, CODE_HASH, CODE_SIZE];

/// A leaf of the tree, before address and index are hashed to its stem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Leaf {
    /// Whose leaf it is.
    pub address: Address,
    /// The index of its stem, least significant byte first.
    pub index: TreeIndex,
    /// Its place in the stem.
    pub suffix: u8,
}

impl Leaf {
    /// The leaf, as a state knows it.
    pub(crate) fn in_state(&self) -> leaves::Leaf {
        leaves::Leaf::new(self.address, leaves::Part::At(self.index, self.suffix))
    }
}

/// The leaves that a block touched, each with whether it was written: what its witness holds.
pub type AccessEvents = BTreeMap<Leaf, bool>;

/// How a leaf is touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

/// The leaves that a transaction has touched so far, and those of the block before it.
///
/// Nothing is ever taken back: a call that fails has touched what it touched.
#[derive(Debug, Default)]
pub(crate) struct Events {
    /// Stems, and whether any of their leaves was written.
    branches: HashMap<(Address, TreeIndex), bool>,
    leaves: HashMap<Leaf, bool>,
    block: AccessEvents,
}

impl Events {
    /// Begins a transaction.
    pub(crate) fn begin(&mut self) {
        self.branches.clear();
        self.leaves.clear();
    }

    /// Makes what the transaction touched part of the block.
    #[expect(clippy::iter_over_hash_type, reason = "the block's leaves are sorted")]
    pub(crate) fn keep(&mut self) {
        for (leaf, written) in self.leaves.drain() {
            *self.block.entry(leaf).or_default() |= written;
        }
        self.begin();
    }

    /// All that the block touched until now.
    pub(crate) fn all(&self) -> &AccessEvents {
        &self.block
    }

    /// All that the block touched.
    pub(crate) fn take(&mut self) -> AccessEvents {
        std::mem::take(&mut self.block)
    }

    /// Touches a leaf. Returns the gas that is due.
    pub(crate) fn touch(&mut self, leaf: Leaf, access: Access) -> u64 {
        let mut gas = 0;
        let branch = self.branches.entry((leaf.address, leaf.index)).or_insert_with(|| {
            gas += BRANCH_READ;
            false
        });
        let written = self.leaves.entry(leaf).or_insert_with(|| {
            gas += LEAF_READ;
            false
        });
        if access == Access::Write {
            if !std::mem::replace(branch, true) {
                gas += BRANCH_WRITE;
            }
            if !std::mem::replace(written, true) {
                gas += LEAF_WRITE;
            }
        }
        gas
    }

    /// Touches leaves of an account's header.
    pub(crate) fn header(&mut self, address: Address, suffixes: &[u8], access: Access) -> u64 {
        let index = TreeIndex::default();
        let touch = |&suffix: &u8| self.touch(Leaf { address, index, suffix }, access);
        suffixes.iter().map(touch).sum()
    }

    /// Touches all leaves of an account's header.
    pub(crate) fn full(&mut self, address: Address, access: Access) -> u64 {
        self.header(address, &HEADER, access)
    }

    /// Touches what a creation begins with.
    pub(crate) fn creation(&mut self, address: Address, value: &U256) -> u64 {
        let balance: &[u8] = if value.is_zero() { &[] } else { &[BALANCE] };
        self.header(address, &[VERSION, NONCE], Access::Write)
            + self.header(address, balance, Access::Write)
    }

    /// Touches a storage slot.
    pub(crate) fn slot(&mut self, address: Address, slot: &U256, access: Access) -> u64 {
        let (index, suffix) = slot_place(&slot.to_be_bytes());
        self.touch(Leaf { address, index, suffix }, access)
    }

    /// Touches chunks of code.
    pub(crate) fn chunks(
        &mut self,
        address: Address,
        chunks: RangeInclusive<u32>,
        access: Access,
    ) -> u64 {
        let touch = |chunk| {
            let (index, suffix) = chunk_place(chunk);
            self.touch(Leaf { address, index, suffix }, access)
        };
        chunks.map(touch).sum()
    }
}

/// The chunks that a copy of these bytes of a code touches. A copy of nothing touches one too,
/// save at the first byte of a chunk other than the first: so the network's clients had it.
pub(crate) fn copied_chunks(bytes: &Range<usize>, code_len: usize) -> Option<RangeInclusive<u32>> {
    let last = bytes.end.saturating_sub(1);
    let chunks = chunk(bytes.start)..=chunk(last);
    (code_len != 0 && !chunks.is_empty()).then_some(chunks)
}

/// The chunk in which a byte of code stands.
pub(crate) fn chunk(at: usize) -> u32 {
    u32::try_from(at / CHUNK).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_touched_is_paid_once_and_a_write_covers_the_read() {
        let mut events = Events::default();
        let address = Address::ZERO;
        let slot = U256::from(3);
        assert_eq!(events.slot(address, &slot, Access::Read), 1900 + 200);
        assert_eq!(events.slot(address, &slot, Access::Read), 0);
        assert_eq!(events.slot(address, &slot, Access::Write), 3000 + 500);
        assert_eq!(events.slot(address, &slot, Access::Write), 0);
        // The header shares the stem of the first slots.
        assert_eq!(events.header(address, &[BALANCE], Access::Read), 200);
        assert_eq!(events.slot(address, &U256::from(64), Access::Write), 5600);
    }

    #[test]
    fn a_transaction_that_is_not_kept_leaves_nothing() {
        let mut events = Events::default();
        events.full(Address::ZERO, Access::Read);
        events.begin();
        events.header(Address::ZERO, &[NONCE], Access::Write);
        events.keep();
        assert_eq!(events.header(Address::ZERO, &[NONCE], Access::Read), 2100);
        events.keep();
        let block = events.take();
        assert_eq!(block.len(), 1);
        assert!(block.values().all(|&written| written));
    }

    #[test]
    fn a_copy_of_nothing_touches_a_chunk_save_at_the_start_of_a_later_one() {
        assert_eq!(copied_chunks(&(0..0), 40), Some(0..=0));
        assert_eq!(copied_chunks(&(31..31), 40), None);
        assert_eq!(copied_chunks(&(32..32), 40), Some(1..=1));
        assert_eq!(copied_chunks(&(0..0), 0), None);
        assert_eq!(copied_chunks(&(30..33), 40), Some(0..=1));
    }
}

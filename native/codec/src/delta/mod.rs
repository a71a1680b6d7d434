//! What a block, or blocks in a row, changed: enough to follow a chain without executing it.
//!
//! A delta is a claim. What makes it true is that applying it to the pre-state gives the root
//! that the block's header states.

mod ascending;
mod bytes;
mod read;
mod survey;
mod then;

use alloy_primitives::{Address, B256, Bytes, U256};

pub use ascending::Ascending;
pub use bytes::{MAGIC, VERSION};
pub use survey::Survey;
pub use then::ZeroWrites;

/// An account's own fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// Number of transactions sent, or of contracts created.
    pub nonce: u64,
    /// Balance in wei.
    pub balance: U256,
    /// Keccak-256 of the code.
    pub code_hash: B256,
}

/// What happened to one slot. `None` is absence, which under some schemes is not zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotDelta {
    /// The value before.
    pub before: Option<U256>,
    /// The value after.
    pub after: Option<U256>,
}

/// What happened to an account's storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StorageDelta {
    /// These slots were written.
    Written(Ascending<U256, SlotDelta>),
    /// All slots were cleared, then these were written. Values before are not listed: of a
    /// contract that is destroyed nobody sees them all.
    Cleared(Ascending<U256, U256>),
}

impl Default for StorageDelta {
    fn default() -> Self {
        Self::Written(Ascending::default())
    }
}

impl StorageDelta {
    /// Whether all slots of before were cleared.
    pub const fn cleared(&self) -> bool {
        matches!(self, Self::Cleared(_))
    }

    /// Slots that are written, each with its value afterwards, ascending.
    pub fn after(&self) -> impl Iterator<Item = (U256, Option<U256>)> + '_ {
        let (written, cleared) = match self {
            Self::Written(slots) => (Some(slots), None),
            Self::Cleared(slots) => (None, Some(slots)),
        };
        let written = written.into_iter().flatten().map(|(key, slot)| (*key, slot.after));
        let cleared = cleared.into_iter().flatten().map(|(key, value)| (*key, Some(*value)));
        written.chain(cleared)
    }
}

/// What happened to one account. `None` is absence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountDelta {
    /// The account before.
    pub before: Option<Account>,
    /// The account after.
    pub after: Option<Account>,
    /// Its storage.
    pub storage: StorageDelta,
}

/// What one block, or `blocks` in a row, changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delta {
    /// Number of the last block.
    pub number: u64,
    /// How many blocks this covers, at least one.
    pub blocks: u64,
    /// Hash of the last block.
    pub block_hash: B256,
    /// Hash of the first block's parent.
    pub parent_hash: B256,
    /// State root before.
    pub pre_state_root: B256,
    /// State root after.
    pub post_state_root: B256,
    /// Accounts that changed, or whose storage did.
    pub accounts: Ascending<Address, AccountDelta>,
    /// Codes that were created, by their Keccak-256. The bytes of a delta hold no hashes of
    /// codes, so a code under another hash does not come back.
    pub codes: Ascending<B256, Bytes>,
}

//! Accounts, slots and codes as values of 32 bytes, for trees that hold nothing else.
//!
//! An account has a few leaves of its own, its header; each slot is a leaf, and so is each chunk of
//! its code. Which key a leaf has is the tree's business, what stands in it the embedding's.

mod binary;
mod header;
mod kept;
mod kept_binary;
mod partial;
mod verkle;
mod whole;
mod writes;

use std::fmt::{self, Debug};

use alloy_primitives::{Address, B256, U256};
use weakstate_codec::{Code as ErrorCode, Error};

use super::Result;
use crate::verkle::keys::{HEADER_SLOT_OFFSET, TreeIndex};

pub use binary::BinaryLeaves;
pub use header::Existence;
pub(super) use kept::check;
pub use kept::{Visit, keys_of};
pub use partial::LeafState;
pub use verkle::{StateCommitment, VerkleLeaves};
pub use whole::{EMPTY_ROOT, Entry};
pub(super) use whole::{Made, WholeLeaves};

/// What a leaf holds.
pub type Value = [u8; 32];

/// A leaf, by what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Leaf {
    /// The account that it belongs to.
    pub address: Address,
    /// Which of the account's leaves it is.
    pub part: Part,
}

/// A part of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// A leaf of the account's header, by its suffix.
    Header(u8),
    /// A storage slot.
    Slot(U256),
    /// A chunk of its code.
    Chunk(u32),
    /// A chunk of the code with this hash, which all accounts that have it share; the address is then
    /// [`Address::ZERO`].
    Shared(B256, u32),
    /// Whatever stands at this index and suffix: what gas is charged for need be none of the above.
    At(TreeIndex, u8),
}

impl Leaf {
    /// A leaf of an account.
    pub const fn new(address: Address, part: Part) -> Self {
        Self { address, part }
    }

    /// The account, if this is a leaf of its header.
    fn of_header(&self) -> Option<Address> {
        let header = match self.part {
            Part::Header(_) => true,
            Part::At(index, suffix) => index == TreeIndex::default() && suffix < HEADER_SLOT_OFFSET,
            Part::Slot(_) | Part::Chunk(_) | Part::Shared(..) => false,
        };
        header.then_some(self.address)
    }

    /// The error of whoever needs this leaf, if a witness does not cover it.
    pub fn hole(&self) -> Box<Error> {
        let code = match self.part {
            Part::Header(_) => ErrorCode::AccountNotWitnessed,
            Part::Slot(_) => ErrorCode::SlotNotWitnessed,
            Part::Chunk(_) | Part::Shared(..) | Part::At(..) => ErrorCode::CodeNotWitnessed,
        };
        Box::new(Error::new(code).at(self))
    }
}

impl fmt::Display for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, part } = self;
        match part {
            Part::Header(suffix) => write!(f, "account {address} leaf {suffix}"),
            Part::Slot(slot) => write!(f, "account {address} slot {slot:#x}"),
            Part::Chunk(chunk) => write!(f, "account {address} code chunk {chunk}"),
            Part::Shared(hash, chunk) => write!(f, "code {hash} chunk {chunk}"),
            Part::At(_, suffix) => write!(f, "account {address} suffix {suffix}"),
        }
    }
}

/// What is known of a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing: the witness does not cover it.
    Unknown,
    /// There is no such leaf.
    Absent,
    /// Its value.
    Value(Value),
}

impl Found {
    /// The value, if there is one.
    pub const fn value(self) -> Option<Value> {
        match self {
            Self::Value(value) => Some(value),
            Self::Unknown | Self::Absent => None,
        }
    }
}

/// A tree of leaves, whole or in part.
pub trait Leaves: Debug {
    /// What is known of a leaf.
    ///
    /// # Errors
    /// Where the leaves are kept, not in what a witness covers.
    fn get(&mut self, leaf: &Leaf) -> Result<Found>;

    /// Whether the tree holds any leaf at the place of an account's header; `None` if that is not
    /// known.
    ///
    /// # Errors
    /// As [`Self::get`].
    fn has_header(&mut self, address: &Address) -> Result<Option<bool>>;

    /// Writes leaves, and returns the root.
    ///
    /// # Errors
    /// A write that needs what a witness does not cover. The tree is then half written.
    fn write(&mut self, writes: &[(Leaf, Value)]) -> Result<B256>;
}

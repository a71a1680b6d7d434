//! Accounts, storage slots and codes over any scheme's tree: the seam to execution.

mod embedding;
mod fields;
pub mod leaves;
mod names;
mod opened;
mod partial;
mod tries;
mod whole;
mod witnessed;

use std::collections::BTreeMap;
use std::sync::Arc;

use alloy_primitives::{Address, B256, Bytes, U256};
use weakstate_codec::{Error, PADDING};

pub use embedding::{Embedding, Header};
pub use fields::Fields;
pub use names::{Named, UnknownLayout};
pub use opened::{Layout, OpenedState, Scheme, Witnessed};
pub use partial::PartialState;
pub use tries::{Tries, decode_account, encode_account};
pub use weakstate_codec::delta::Account;
pub use whole::{Forgotten, Mark, Sealed, Tables, Touch, WholeState};
pub use witnessed::{WitnessedState, build};

/// A read or write that could not be answered, and who is to blame.
pub type Result<T> = std::result::Result<T, Box<Error>>;

/// A contract's code: `len` bytes, followed by zeros.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// The code and [`weakstate_codec::PADDING`] zero bytes after it.
    pub padded: Bytes,
    /// Length of the code itself.
    pub len: usize,
    /// What is known of it, where its tree holds it in chunks; `None` if all of it is.
    ///
    /// A chunk that is known says how many of its first bytes belong to a push that began
    /// before it; the bytes of the others are zeros here.
    pub chunks: Option<Arc<[Option<u8>]>>,
}

impl Code {
    /// The code of an account that has none.
    pub fn empty() -> Self {
        Self { padded: Bytes::from_static(&[0; PADDING]), len: 0, chunks: None }
    }
}

/// What a block, or a transaction, did to one account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountChange {
    /// The account afterwards; `None` if it no longer exists.
    pub account: Option<Account>,
    /// Whether all slots of before were cleared first.
    pub storage_cleared: bool,
    /// Slots that have another value than before, in ascending order; zero deletes.
    pub slots: Vec<(U256, U256)>,
}

/// Changes of accounts, in ascending order of address.
pub type Changes = Vec<(Address, AccountChange)>;

/// Codes by their hash.
pub type Codes = BTreeMap<B256, Bytes>;

/// The state of all accounts: the whole, or the part that a witness proves.
///
/// `Ok(None)` and zero are proven absence. What the source does not cover is an error.
pub trait State {
    /// The account at `address`.
    fn account(&mut self, address: &Address) -> Result<Option<Account>>;

    /// Whether the account has any storage slot.
    fn has_storage(&mut self, address: &Address) -> Result<bool>;

    /// The value of a storage slot; zero where there is none.
    fn slot(&mut self, address: &Address, slot: &U256) -> Result<U256>;

    /// The code with this hash.
    fn code(&mut self, hash: &B256) -> Result<Code>;

    /// The fields of an account that exists, but that the source does not cover. In what
    /// [`Self::account`] answers they are zero. Where the source covers accounts in whole there
    /// are none.
    fn unknown(&mut self, _: &Address) -> Result<Fields> {
        Ok(Fields::NONE)
    }

    /// The code of an account, if it is found by the account and not by its hash.
    fn code_of(&mut self, _: &Address, _: &Account) -> Result<Option<Code>> {
        Ok(None)
    }

    /// Takes down that execution needs these chunks of an account's code, where a chunk is what
    /// a witness holds of it.
    fn touch_code(&mut self, _: &Address, _: std::ops::RangeInclusive<u32>) {}

    /// Takes down that a verifier needs a leaf, where gas rules say which.
    fn touch_leaf(&mut self, _: leaves::Leaf) {}

    /// Whether [`Self::touch_code`] takes anything down.
    fn records_code(&self) -> bool {
        false
    }

    /// Writes `changes`, updates and inserts first, then deletions, and returns the new root.
    /// `codes` holds those that accounts were given.
    ///
    /// On an error the state is left half written and must be dropped.
    fn write(&mut self, changes: &Changes, codes: &Codes) -> Result<B256>;
}

//! What verifying a block touches: accounts, slots and ancestors.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use alloy_primitives::{Address, B256, U256};
use weakstate_trees::state::{Account, Changes, Code, Codes, Fields, State};

use crate::Result;

/// What a block read, wrote and asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// Accounts, present or absent, and the slots of each.
    pub accounts: BTreeMap<Address, BTreeSet<U256>>,
    /// The lowest number of a block whose hash was asked for.
    pub oldest_hash: Option<u64>,
}

impl Touched {
    /// Whether the header of an ancestor with this number is needed to verify a block. The
    /// parent's always is; the hash of any other block stands in the header of the next.
    pub fn need_header(&self, number: u64, block: u64) -> bool {
        let oldest = self.oldest_hash.map_or(u64::MAX, |oldest| oldest.saturating_add(1));
        number >= oldest.min(block.saturating_sub(1))
    }
}

/// A state that keeps a list of what is asked of it.
#[derive(Debug)]
pub(crate) struct Recording<S> {
    pub(crate) state: S,
    pub(crate) touched: Touched,
}

impl<S> Recording<S> {
    pub(crate) fn new(state: S) -> Self {
        Self { state, touched: Touched::default() }
    }

    fn touch(&mut self, address: &Address) -> &mut BTreeSet<U256> {
        self.touched.accounts.entry(*address).or_default()
    }
}

impl<S: State> State for Recording<S> {
    fn account(&mut self, address: &Address) -> Result<Option<Account>> {
        self.touch(address);
        self.state.account(address)
    }

    fn has_storage(&mut self, address: &Address) -> Result<bool> {
        self.touch(address);
        self.state.has_storage(address)
    }

    fn slot(&mut self, address: &Address, slot: &U256) -> Result<U256> {
        self.touch(address).insert(*slot);
        self.state.slot(address, slot)
    }

    fn code(&mut self, hash: &B256) -> Result<Code> {
        self.state.code(hash)
    }

    fn unknown(&mut self, address: &Address) -> Result<Fields> {
        self.state.unknown(address)
    }

    fn code_of(&mut self, address: &Address, account: &Account) -> Result<Option<Code>> {
        self.state.code_of(address, account)
    }

    fn touch_code(&mut self, address: &Address, chunks: RangeInclusive<u32>) {
        self.state.touch_code(address, chunks);
    }

    fn records_code(&self) -> bool {
        self.state.records_code()
    }

    fn write(&mut self, changes: &Changes, codes: &Codes) -> Result<B256> {
        for (address, change) in changes {
            self.touch(address).extend(change.slots.iter().map(|(slot, _)| slot));
        }
        self.state.write(changes, codes)
    }
}

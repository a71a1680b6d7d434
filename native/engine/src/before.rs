//! The state before a block, for whoever wants parts of it again after executing.

use alloy_primitives::map::{AddressMap, HashMap};
use alloy_primitives::{Address, U256};
use weakstate_trees::state::{Account, Tables, Touch};

use crate::Result;

/// What the tables have answered already; for the rest they are asked.
pub(crate) struct Before<'a, T> {
    tables: &'a T,
    accounts: AddressMap<Option<Account>>,
    storage: AddressMap<bool>,
    slots: HashMap<(Address, U256), U256>,
}

impl<'a, T: Tables> Before<'a, T> {
    pub(crate) fn new(tables: &'a T, touches: &[Touch]) -> Self {
        let mut before = Self {
            tables,
            accounts: AddressMap::default(),
            storage: AddressMap::default(),
            slots: HashMap::default(),
        };
        for touch in touches {
            match *touch {
                Touch::Account(address, told) => {
                    before.accounts.insert(address, told);
                }
                Touch::Storage(address, told) => {
                    before.storage.insert(address, told);
                }
                Touch::Slot(address, slot, told) => {
                    before.slots.insert((address, slot), told);
                }
            }
        }
        before
    }

    pub(crate) fn account(&self, address: &Address) -> Result<Option<Account>> {
        let known = self.accounts.get(address).copied();
        known.map_or_else(|| self.tables.account(address), Ok)
    }

    pub(crate) fn has_storage(&self, address: &Address) -> Result<bool> {
        let known = self.storage.get(address).copied();
        known.map_or_else(|| self.tables.has_storage(address), Ok)
    }

    /// A slot that is there, if only as zero: what has no leaf is `None`.
    pub(crate) fn slot_if_there(&self, address: &Address, slot: &U256) -> Result<Option<U256>> {
        self.tables.slot_if_there(address, slot)
    }

    pub(crate) fn slot(&self, address: &Address, slot: &U256) -> Result<U256> {
        let known = self.slots.get(&(*address, *slot)).copied();
        known.map_or_else(|| self.tables.slot(address, slot), Ok)
    }
}

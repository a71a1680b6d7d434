//! A whole state in memory.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use weakstate_codec::{Code as ErrorCode, Error};

use super::{Account, Changes, Result, Sealed, Tables, build};
use crate::source::{Place, Source};

/// Accounts, slots, codes and nodes of a state.
#[derive(Clone, Debug, Default)]
pub struct MemoryState {
    root: B256,
    accounts: BTreeMap<Address, Account>,
    slots: BTreeMap<(Address, U256), U256>,
    codes: BTreeMap<B256, Bytes>,
    nodes: BTreeMap<Place, Bytes>,
}

impl MemoryState {
    /// The state that `changes` make of nothing.
    ///
    /// # Errors
    /// None in practice: nothing is read.
    pub fn from_changes(changes: &Changes, codes: Vec<Bytes>) -> Result<Self> {
        let mut state = Self::default();
        let nodes = &mut state.nodes;
        state.root = build(changes, |place, _, node| {
            nodes.insert(place.canonical(), Bytes::copy_from_slice(node));
        })?;
        state.codes = codes.into_iter().map(|code| (keccak256(&code), code)).collect();
        state.write_tables(changes);
        Ok(state)
    }

    /// The state root.
    pub fn root(&self) -> B256 {
        self.root
    }

    /// All accounts in ascending order of address.
    pub fn accounts(&self) -> impl Iterator<Item = (&Address, &Account)> {
        self.accounts.iter()
    }

    /// The slots of an account in ascending order.
    pub fn slots(&self, address: &Address) -> impl Iterator<Item = (&U256, &U256)> {
        let range = (*address, U256::ZERO)..=(*address, U256::MAX);
        self.slots.range(range).map(|((_, slot), value)| (slot, value))
    }

    /// Becomes the state after a block.
    pub fn commit(
        &mut self,
        root: B256,
        changes: &Changes,
        created: &BTreeMap<B256, Bytes>,
        sealed: &Sealed,
    ) {
        for (address, change) in changes {
            if change.storage_cleared || change.account.is_none() {
                let owner = Some(keccak256(address));
                let first = Place { owner, path: B256::ZERO, depth: 0 };
                let last = Place { owner, path: B256::repeat_byte(0xff), depth: usize::MAX };
                let of_owner: Vec<Place> =
                    self.nodes.range(first..=last).map(|(place, _)| *place).collect();
                for place in of_owner {
                    self.nodes.remove(&place);
                }
            }
        }
        for place in &sealed.gone {
            self.nodes.remove(place);
        }
        for (place, node) in &sealed.changed {
            self.nodes.insert(*place, Bytes::copy_from_slice(node));
        }
        self.codes.extend(created.iter().map(|(hash, code)| (*hash, code.clone())));
        self.write_tables(changes);
        self.root = root;
    }

    fn write_tables(&mut self, changes: &Changes) {
        for (address, change) in changes {
            if change.storage_cleared || change.account.is_none() {
                let slots: Vec<U256> = self.slots(address).map(|(slot, _)| *slot).collect();
                for slot in slots {
                    self.slots.remove(&(*address, slot));
                }
            }
            match change.account {
                Some(account) => self.accounts.insert(*address, account),
                None => self.accounts.remove(address),
            };
            for (slot, value) in &change.slots {
                if value.is_zero() {
                    self.slots.remove(&(*address, *slot));
                } else {
                    self.slots.insert((*address, *slot), *value);
                }
            }
        }
    }
}

impl Tables for &MemoryState {
    fn account(&self, address: &Address) -> Result<Option<Account>> {
        Ok(self.accounts.get(address).copied())
    }

    fn has_storage(&self, address: &Address) -> Result<bool> {
        Ok(self.slots(address).next().is_some())
    }

    fn slot(&self, address: &Address, slot: &U256) -> Result<U256> {
        Ok(self.slots.get(&(*address, *slot)).copied().unwrap_or_default())
    }

    fn code(&self, hash: &B256) -> Result<Bytes> {
        self.codes.get(hash).cloned().ok_or_else(|| {
            Box::new(Error::new(ErrorCode::CodeNotWitnessed).at(format_args!("code {hash}")))
        })
    }
}

impl<'s> Source<'s> for &'s MemoryState {
    fn node(&mut self, place: &Place, _: &B256) -> Result<Option<&'s [u8]>> {
        Ok(self.nodes.get(&place.canonical()).map(|node| node.as_ref()))
    }
}

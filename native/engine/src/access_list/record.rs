//! Takes down what the steps of a block read and change.

use std::collections::BTreeMap;

use alloy_eip7928::{
    AccountChanges, BalanceChange, BlockAccessIndex, CodeChange, NonceChange, SlotChanges,
    StorageChange,
};
use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256};
use weakstate_trees::state::Account;

use super::AccessList;

/// Values after the steps that changed them, by the step's index.
type Steps<V> = Vec<(u64, V)>;

/// What a block has read and changed so far.
#[derive(Debug, Default)]
pub(crate) struct Accesses {
    /// 0 before the transactions, then the transaction's number from 1 on, then one more.
    index: u64,
    accounts: BTreeMap<Address, Access>,
}

#[derive(Debug, Default)]
struct Access {
    /// Slots that were read or written; only read where there is no step.
    slots: BTreeMap<U256, Steps<U256>>,
    balances: Steps<U256>,
    nonces: Steps<u64>,
    codes: Steps<Bytes>,
}

impl Accesses {
    /// What comes now belongs to this step.
    pub(crate) fn enter(&mut self, index: u64) {
        self.index = index;
    }

    /// A slot was read or, with another value than before the step, `written`.
    pub(crate) fn slot(&mut self, address: &Address, slot: &U256, written: Option<U256>) {
        let slots = &mut self.accounts.entry(*address).or_default().slots;
        let steps = slots.entry(*slot).or_default();
        if let Some(value) = written {
            put(steps, self.index, value);
        }
    }

    /// An account was read: as it was before the step, and as it is after.
    pub(crate) fn account(
        &mut self,
        address: &Address,
        before: Option<Account>,
        after: Option<Account>,
        code: impl FnOnce(&B256) -> Bytes,
    ) {
        let (before, after) = (before.unwrap_or(NOTHING), after.unwrap_or(NOTHING));
        let access = self.accounts.entry(*address).or_default();
        if before.balance != after.balance {
            put(&mut access.balances, self.index, after.balance);
        }
        if before.nonce != after.nonce {
            put(&mut access.nonces, self.index, after.nonce);
        }
        if before.code_hash != after.code_hash {
            put(&mut access.codes, self.index, code(&after.code_hash));
        }
    }

    /// The whole list.
    pub(crate) fn into_list(self) -> AccessList {
        let accounts = self.accounts.into_iter();
        AccessList(accounts.map(|(address, access)| access.into_changes(address)).collect())
    }
}

const NOTHING: Account = Account { nonce: 0, balance: U256::ZERO, code_hash: KECCAK256_EMPTY };

/// Of several values in one step the last stays.
fn put<V>(steps: &mut Steps<V>, index: u64, value: V) {
    match steps.last_mut() {
        Some((last, kept)) if *last == index => *kept = value,
        _ => steps.push((index, value)),
    }
}

fn map<V, C>(steps: Steps<V>, make: impl Fn(BlockAccessIndex, V) -> C) -> Vec<C> {
    steps.into_iter().map(|(index, value)| make(BlockAccessIndex::new(index), value)).collect()
}

impl Access {
    fn into_changes(self, address: Address) -> AccountChanges {
        let mut changes = AccountChanges::new(address);
        for (slot, steps) in self.slots {
            if steps.is_empty() {
                changes.storage_reads.push(slot);
            } else {
                let steps = map(steps, StorageChange::new);
                changes.storage_changes.push(SlotChanges::new(slot, steps));
            }
        }
        changes.balance_changes = map(self.balances, BalanceChange::new);
        changes.nonce_changes = map(self.nonces, NonceChange::new);
        changes.code_changes = map(self.codes, CodeChange::new);
        changes
    }
}

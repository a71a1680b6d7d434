//! What a block asked of the state before it, and what it made of it: the record of an
//! execution, ours or another's.

use std::collections::{BTreeMap, BTreeSet};

use alloy_eip7928::AccountChanges;
use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256, keccak256};
use weakstate_trees::state::{Account, Touch};

use crate::access_list::AccessList;

/// What a block asked of the state before it, and of the hashes of its ancestors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touches {
    /// Accounts that were read, there or absent.
    pub accounts: BTreeSet<Address>,
    /// Slots that were read, by the account that they are of.
    pub slots: BTreeSet<(Address, U256)>,
    /// Codes of the state before that were read.
    pub codes: BTreeSet<CodeOf>,
    /// The lowest block whose hash was read.
    pub oldest_hash: Option<u64>,
}

/// A code of the state before a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CodeOf {
    /// The code with this hash.
    Hash(B256),
    /// The code of this account, if it had any.
    Account(Address),
}

impl Touches {
    /// What execution asked a state for, in its order.
    pub(crate) fn of_state(touches: &[Touch], codes: &[B256], oldest_hash: Option<u64>) -> Self {
        let codes = codes.iter().copied().map(CodeOf::Hash).collect();
        let mut all = Self { codes, oldest_hash, ..Self::default() };
        for touch in touches {
            match *touch {
                // Whether there is storage stands in the account.
                Touch::Account(address, _) | Touch::Storage(address, _) => {
                    all.accounts.insert(address);
                }
                Touch::Slot(address, slot, _) => {
                    all.slots.insert((address, slot));
                }
            }
        }
        all
    }

    /// The accounts and slots of an access list. It does not say which codes and block hashes
    /// were read.
    pub fn of_access_list(list: &AccessList) -> Self {
        let mut all = Self::default();
        for account in &list.0 {
            all.accounts.insert(account.address);
            all.slots.extend(account.storage_slots().map(|slot| (account.address, slot)));
        }
        all
    }
}

/// What became of the accounts that a block changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PostValues {
    /// By address; accounts that did not change may be among them.
    pub accounts: BTreeMap<Address, PostAccount>,
    /// Codes that the block gave to accounts, by their hash.
    pub codes: BTreeMap<B256, Bytes>,
    /// The highest step of the access list that this comes from.
    pub last_step: Option<u64>,
}

/// An account after a block. What is `None` is as before, or zero if there was no account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PostAccount {
    /// Whether it no longer exists.
    pub gone: bool,
    /// Its nonce.
    pub nonce: Option<u64>,
    /// Its balance in wei.
    pub balance: Option<U256>,
    /// Hash of its code.
    pub code_hash: Option<B256>,
    /// Whether all slots of before were cleared first.
    pub storage_cleared: bool,
    /// Slots that were written, each with its value; zero deletes.
    pub slots: BTreeMap<U256, U256>,
}

impl PostAccount {
    /// The account after, given the one before. An empty one is no account (EIP-161).
    pub(crate) fn account(&self, before: Option<Account>) -> Option<Account> {
        if self.gone {
            return None;
        }
        let before = before.unwrap_or(EMPTY);
        let account = Account {
            nonce: self.nonce.unwrap_or(before.nonce),
            balance: self.balance.unwrap_or(before.balance),
            code_hash: self.code_hash.unwrap_or(before.code_hash),
        };
        (account != EMPTY).then_some(account)
    }
}

const EMPTY: Account = Account { nonce: 0, balance: U256::ZERO, code_hash: KECCAK256_EMPTY };

impl PostValues {
    /// The last value of each field and slot of an access list.
    pub fn of_access_list(list: &AccessList) -> Self {
        let mut all = Self::default();
        for account in &list.0 {
            all.last_step = all.last_step.max(last_step(account));
            for change in &account.code_changes {
                let code = &change.new_code;
                if !code.is_empty() {
                    all.codes.insert(keccak256(code), code.clone());
                }
            }
            let post = PostAccount {
                nonce: account.nonce_post_state(),
                balance: account.balance_post_state(),
                code_hash: account.code_post_state().map(keccak256),
                slots: account.storage_post_states().collect(),
                ..PostAccount::default()
            };
            if post != PostAccount::default() {
                all.accounts.insert(account.address, post);
            }
        }
        all
    }
}

/// The last step in which an account changed.
fn last_step(account: &AccountChanges) -> Option<u64> {
    let slots = account.storage_changes.iter().filter_map(|slot| slot.changes.last());
    let last = [
        slots.map(|change| change.block_access_index).max(),
        account.balance_changes.last().map(|change| change.block_access_index),
        account.nonce_changes.last().map(|change| change.block_access_index),
        account.code_changes.last().map(|change| change.block_access_index),
    ];
    last.into_iter().flatten().max().map(|index| index.get())
}

//! One account under way.

use alloy_primitives::map::U256Map;
use alloy_primitives::{Address, U256};
use revm::bytecode::Bytecode;
use weakstate_trees::state::{Account, AccountChange, Fields};

use super::Chunks;

/// One account, as it was and as it is.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) address: Address,
    pub(super) before: Option<Account>,
    pub(super) now: Option<Account>,
    /// Slots that were read or written: as they were, and as they are.
    pub(super) slots: U256Map<(U256, U256)>,
    /// Whether all slots of before are gone.
    pub(super) cleared: bool,
    /// Whether anything was written.
    pub(super) written: bool,
    /// Fields of before that the state does not cover.
    pub(super) unknown: Fields,
    /// Its code, if that is found by the account, and what is known of it.
    pub(super) code: Option<(Bytecode, Option<Chunks>)>,
}

/// An account of which there is nothing.
pub(super) const EMPTY: Account =
    Account { nonce: 0, balance: U256::ZERO, code_hash: alloy_primitives::KECCAK256_EMPTY };

impl Entry {
    /// The difference between before and now; `None` if there is none.
    pub(super) fn change(&self) -> Option<AccountChange> {
        let differs = |&(_, &(before, now)): &(&U256, &(U256, U256))| match self.cleared {
            true => !now.is_zero(),
            false => before != now,
        };
        let mut slots: Vec<(U256, U256)> = match self.now {
            Some(_) => {
                let changed = self.slots.iter().filter(differs);
                changed.map(|(slot, &(_, now))| (*slot, now)).collect()
            }
            None => Vec::new(),
        };
        slots.sort_unstable();
        let cleared = self.cleared && self.before.is_some();
        if self.before == self.now && slots.is_empty() && !cleared {
            return None;
        }
        Some(AccountChange { account: self.now, storage_cleared: self.cleared, slots })
    }

    /// Takes what is for what was before.
    pub(super) fn settle(&mut self) {
        self.before = self.now;
        if self.cleared {
            // The slots that are left are all that there are: none need be asked for.
            self.slots.retain(|_, (_, now)| !now.is_zero());
        }
        let kept = self.slots.iter_mut().map(|(_, slot)| slot);
        kept.for_each(|(before, now)| *before = *now);
        self.written = false;
    }

    /// Whether fields differ from before that are not known: nobody can say by how much.
    pub(super) fn changes_unknown(&self, account: &Account) -> bool {
        let Some(now) = self.now else { return false };
        let differs = [
            (Fields::NONCE, now.nonce != account.nonce),
            (Fields::BALANCE, now.balance != account.balance),
            (Fields::CODE_HASH, now.code_hash != account.code_hash),
        ];
        differs.iter().any(|&(field, differs)| differs && self.unknown.intersects(field))
    }
}

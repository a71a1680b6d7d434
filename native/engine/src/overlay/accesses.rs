//! What goes to a block's access list, where it is asked for: nothing is done otherwise.

use alloy_primitives::{Address, B256};
use revm::bytecode::Bytecode;
use revm::state::Account as JournalAccount;
use weakstate_trees::state::{Account, State};

use super::Overlay;
use crate::access_list::AccessList;

impl<S: State> Overlay<S> {
    /// Takes down the block's access list from now on.
    pub fn keep_accesses(&mut self) {
        self.accesses = Some(Box::default());
    }

    /// Says which step of the block comes now, by its index in an access list.
    pub fn enter(&mut self, index: u64) {
        if let Some(accesses) = &mut self.accesses {
            accesses.enter(index);
        }
    }

    /// The access list, if it was taken down.
    pub fn take_accesses(&mut self) -> Option<AccessList> {
        self.accesses.take().map(|accesses| accesses.into_list())
    }

    /// Takes down the slots that a transaction read or wrote, and returns its account as it was.
    #[expect(clippy::iter_over_hash_type, reason = "the access list sorts them")]
    pub(super) fn note_slots(
        &mut self,
        address: &Address,
        account: &JournalAccount,
    ) -> Option<Account> {
        let accesses = self.accesses.as_mut()?;
        let written = account.is_touched() && !account.is_selfdestructed();
        for (slot, value) in &account.storage {
            let value = (written && value.is_changed()).then_some(value.present_value);
            accesses.slot(address, slot, value);
        }
        self.now(address)
    }

    /// Takes down that an account was read, and how it differs from before.
    pub(super) fn note_account(&mut self, address: &Address, before: Option<Account>) {
        if self.accesses.is_none() {
            return;
        }
        let after = self.now(address);
        let code = |hash: &B256| self.codes.get(hash).map(Bytecode::original_bytes);
        if let Some(accesses) = &mut self.accesses {
            accesses.account(address, before, after, |hash| code(hash).unwrap_or_default());
        }
    }

    /// The account as it is, if it was ever asked for.
    fn now(&self, address: &Address) -> Option<Account> {
        let id = *self.index.get(address)?;
        self.entries.get(id as usize)?.now
    }
}

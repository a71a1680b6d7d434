//! What a delta is made of, and how many bytes each part takes.

use super::bytes::{put_account, put_storage};
use super::{Delta, StorageDelta};
use crate::cursor::put_bytes;

/// Counts over a delta. Its bytes that belong to no part (magic, hashes, counts) are the rest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// Accounts.
    pub accounts: usize,
    /// Accounts that were not there before and are after.
    pub created: usize,
    /// Accounts that were there before and are not after.
    pub destroyed: usize,
    /// Accounts whose storage was cleared.
    pub cleared: usize,
    /// Bytes of addresses and of accounts' own fields.
    pub account_bytes: usize,
    /// Slots.
    pub slots: usize,
    /// Bytes of slots, with how many each account has.
    pub slot_bytes: usize,
    /// Codes.
    pub codes: usize,
    /// Bytes of codes, with their lengths.
    pub code_bytes: usize,
}

impl Delta {
    /// Counts what the delta is made of.
    pub fn survey(&self) -> Survey {
        let mut survey =
            Survey { accounts: self.accounts.len(), codes: self.codes.len(), ..Survey::default() };
        let mut scratch = Vec::new();
        let mut length = |put: &dyn Fn(&mut Vec<u8>)| {
            scratch.clear();
            put(&mut scratch);
            scratch.len()
        };
        for (address, account) in &self.accounts {
            let (before, after) = (account.before.is_some(), account.after.is_some());
            survey.created += usize::from(!before && after);
            survey.destroyed += usize::from(before && !after);
            survey.cleared += usize::from(account.storage.cleared());
            survey.account_bytes += address.len() + length(&|out| put_account(out, account));
            survey.slots += match &account.storage {
                StorageDelta::Written(slots) => slots.len(),
                StorageDelta::Cleared(slots) => slots.len(),
            };
            survey.slot_bytes += length(&|out| put_storage(out, &account.storage));
        }
        for (_, code) in &self.codes {
            survey.code_bytes += length(&|out| put_bytes(out, code));
        }
        survey
    }
}

//! A delta's bytes, written. `docs/bytes.md` describes them.
//!
//! A plain binary layout of our own, since none of the field's has one encoding a value and
//! tells absent from zero at no cost. An account after is written as what differs from before,
//! so that an unchanged code hash takes no bytes.

use alloy_primitives::{B256, KECCAK256_EMPTY, U256};

use super::{Account, AccountDelta, Delta, SlotDelta, StorageDelta};
use crate::cursor::{put_bytes, put_integer, put_number};

/// The first bytes of a delta. No text, RLP list or compressed input starts with them.
pub const MAGIC: [u8; 4] = *b"\x89WSD";
/// The version of the layout, which follows the magic.
pub const VERSION: u8 = 1;

/// The account was there before.
pub(super) const BEFORE: u8 = 1;
/// The account is there after.
pub(super) const AFTER: u8 = 1 << 1;
/// Its storage was cleared.
pub(super) const CLEARED: u8 = 1 << 2;
/// It had code before.
pub(super) const CODE_BEFORE: u8 = 1 << 3;
/// The nonce after is another.
pub(super) const NONCE: u8 = 1 << 4;
/// The balance after is another.
pub(super) const BALANCE: u8 = 1 << 5;
/// The code after is another.
pub(super) const CODE: u8 = 1 << 6;

/// Stands where the length of a slot's value would: there is none.
pub(super) const ABSENT: u8 = 33;

/// What an account that was not there is held against.
pub(super) const NOTHING: Account =
    Account { nonce: 0, balance: U256::ZERO, code_hash: KECCAK256_EMPTY };

impl Delta {
    /// Whether `bytes` start as [`Self::to_bytes`] does.
    pub fn is_bytes(bytes: &[u8]) -> bool {
        bytes.starts_with(&MAGIC)
    }

    /// The delta's only encoding.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(160 + self.accounts.len() * 64);
        out.extend_from_slice(&MAGIC);
        out.push(VERSION);
        put_number(&mut out, self.number);
        put_number(&mut out, self.blocks);
        let roots: [&B256; 4] =
            [&self.block_hash, &self.parent_hash, &self.pre_state_root, &self.post_state_root];
        for hash in roots {
            out.extend_from_slice(hash.as_slice());
        }
        put_number(&mut out, self.accounts.len() as u64);
        for (address, account) in &self.accounts {
            out.extend_from_slice(address.as_slice());
            put_account(&mut out, account);
            put_storage(&mut out, &account.storage);
        }
        put_number(&mut out, self.codes.len() as u64);
        for (_, code) in &self.codes {
            put_bytes(&mut out, code);
        }
        out
    }
}

/// Appends an account's own fields, behind their flags.
pub(super) fn put_account(out: &mut Vec<u8>, account: &AccountDelta) {
    let before = account.before.unwrap_or(NOTHING);
    let after = account.after.unwrap_or(before);
    let flag = |flag: u8, set: bool| if set { flag } else { 0 };
    let flags = flag(BEFORE, account.before.is_some())
        | flag(AFTER, account.after.is_some())
        | flag(CLEARED, account.storage.cleared())
        | flag(CODE_BEFORE, before.code_hash != KECCAK256_EMPTY)
        | flag(NONCE, after.nonce != before.nonce)
        | flag(BALANCE, after.balance != before.balance)
        | flag(CODE, after.code_hash != before.code_hash);
    out.push(flags);
    if account.before.is_some() {
        put_number(out, before.nonce);
        put_integer(out, &before.balance);
    }
    if flags & CODE_BEFORE != 0 {
        out.extend_from_slice(before.code_hash.as_slice());
    }
    if flags & NONCE != 0 {
        put_number(out, after.nonce);
    }
    if flags & BALANCE != 0 {
        put_integer(out, &after.balance);
    }
    if flags & CODE != 0 {
        out.extend_from_slice(after.code_hash.as_slice());
    }
}

/// Appends an account's slots, behind their number.
pub(super) fn put_storage(out: &mut Vec<u8>, storage: &StorageDelta) {
    match storage {
        StorageDelta::Written(slots) => {
            put_number(out, slots.len() as u64);
            for (key, SlotDelta { before, after }) in slots {
                put_integer(out, key);
                put_value(out, before.as_ref());
                put_value(out, after.as_ref());
            }
        }
        StorageDelta::Cleared(slots) => {
            put_number(out, slots.len() as u64);
            for (key, value) in slots {
                put_integer(out, key);
                put_integer(out, value);
            }
        }
    }
}

fn put_value(out: &mut Vec<u8>, value: Option<&U256>) {
    match value {
        Some(value) => put_integer(out, value),
        None => out.push(ABSENT),
    }
}

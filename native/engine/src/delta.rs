//! A block's changes as a delta, and a delta applied without executing.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256};
use weakstate_codec::delta::{AccountDelta, Ascending, SlotDelta, StorageDelta};
use weakstate_codec::{Code, Delta, Error};
use weakstate_trees::Source;
use weakstate_trees::state::{AccountChange, Changes, Sealed, State, Tables, WholeState};

use crate::Result;
use crate::block::SealedHeader;

/// The delta of a block that changed what `tables` hold.
pub(crate) fn of_block(
    tables: &impl Tables,
    header: &SealedHeader,
    pre_state_root: B256,
    changes: &Changes,
    created: &BTreeMap<B256, Bytes>,
) -> Result<Delta> {
    let mut delta = Delta {
        number: header.header.number,
        blocks: 1,
        block_hash: header.hash,
        parent_hash: header.header.parent_hash,
        pre_state_root,
        post_state_root: header.header.state_root,
        ..Delta::default()
    };
    for (address, change) in changes {
        let account = of_account(tables, address, change)?;
        push(&mut delta.accounts, *address, account)?;
    }
    for (hash, code) in created {
        push(&mut delta.codes, *hash, code.clone())?;
    }
    Ok(delta)
}

fn of_account(
    tables: &impl Tables,
    address: &Address,
    change: &AccountChange,
) -> Result<AccountDelta> {
    let before = tables.account(address)?;
    let present = |value: U256| (!value.is_zero()).then_some(value);
    let storage = if change.storage_cleared && tables.has_storage(address)? {
        let mut slots = Ascending::default();
        for (slot, value) in &change.slots {
            if !value.is_zero() {
                push(&mut slots, *slot, *value)?;
            }
        }
        StorageDelta::Cleared(slots)
    } else {
        let mut slots = Ascending::default();
        for (slot, value) in &change.slots {
            let before = present(tables.slot(address, slot)?);
            let after = present(*value);
            if before != after {
                push(&mut slots, *slot, SlotDelta { before, after })?;
            }
        }
        StorageDelta::Written(slots)
    };
    Ok(AccountDelta { before, after: change.account, storage })
}

fn push<K: Ord, V>(list: &mut Ascending<K, V>, key: K, value: V) -> Result<()> {
    match list.push(key, value) {
        true => Ok(()),
        false => Err(Box::new(Error::new(Code::MalformedDelta).expected("ascending keys"))),
    }
}

/// What applying a delta makes.
#[derive(Debug)]
pub struct Applied {
    /// The state root afterwards.
    pub root: B256,
    /// The delta's changes.
    pub changes: Changes,
    /// Codes that it brings, by their hash.
    pub codes: BTreeMap<B256, Bytes>,
    /// Nodes of the tree that have changed or gone.
    pub sealed: Sealed,
}

/// Applies a delta to the state after `head`, which `tables` and `nodes` hold and which stays
/// as it is. `header` is that of the delta's last block; the caller trusts it.
///
/// # Errors
/// `delta_wrong_parent`, `delta_wrong_block`, `delta_wrong_pre_state`,
/// `delta_wrong_post_state`, `malformed_delta`.
pub fn apply<'s, T, N>(
    delta: &Delta,
    head: &SealedHeader,
    header: &SealedHeader,
    tables: T,
    nodes: N,
) -> Result<Applied>
where
    T: Tables + Copy + std::fmt::Debug,
    N: Source<'s> + std::fmt::Debug,
{
    let same = |code, at: &str, expected: B256, actual: B256| {
        let error = Error::new(code).expected(expected).actual(actual).at(at);
        if expected == actual { Ok(()) } else { Err(Box::new(error)) }
    };
    let before = head.header.state_root;
    same(Code::DeltaWrongParent, "parent_hash", head.hash, delta.parent_hash)?;
    same(Code::DeltaWrongBlock, "block_hash", header.hash, delta.block_hash)?;
    if delta.blocks == 1 {
        same(Code::DeltaWrongBlock, "header.parent_hash", head.hash, header.header.parent_hash)?;
    }
    same(Code::DeltaWrongPreState, "pre_state_root", before, delta.pre_state_root)?;
    let codes: BTreeMap<B256, Bytes> =
        delta.codes.iter().map(|(hash, code)| (*hash, code.clone())).collect();
    let mut changes = Changes::new();
    for (address, account) in &delta.accounts {
        changes.push((*address, change(&tables, &codes, address, account)?));
    }
    let mut state = WholeState::new(&before, tables, nodes);
    let root = state.write(&changes)?;
    let expected = header.header.state_root;
    same(Code::DeltaWrongPostState, "post_state_root", expected, delta.post_state_root)?;
    same(Code::DeltaWrongPostState, "the state's root", expected, root)?;
    Ok(Applied { root, changes, codes, sealed: state.seal() })
}

/// One account's change, once what was before is what the delta says.
fn change(
    tables: &impl Tables,
    codes: &BTreeMap<B256, Bytes>,
    address: &Address,
    account: &AccountDelta,
) -> Result<AccountChange> {
    let wrong = |at: String| Box::new(Error::new(Code::DeltaWrongPreState).at(at));
    if tables.account(address)? != account.before {
        return Err(wrong(format!("account {address}")));
    }
    if let StorageDelta::Written(slots) = &account.storage {
        for (slot, value) in slots {
            if tables.slot(address, slot)? != value.before.unwrap_or_default() {
                return Err(wrong(format!("account {address} slot {slot:#x}")));
            }
        }
    }
    if let Some(after) = &account.after {
        let hash = after.code_hash;
        let known = hash == KECCAK256_EMPTY
            || account.before.is_some_and(|before| before.code_hash == hash)
            || codes.contains_key(&hash)
            || tables.code(&hash).is_ok();
        if !known {
            let error = Error::new(Code::MalformedDelta).expected(format_args!("code {hash}"));
            return Err(Box::new(error.at(format_args!("account {address}"))));
        }
    }
    let slots = account.storage.after().map(|(slot, value)| (slot, value.unwrap_or_default()));
    Ok(AccountChange {
        account: account.after,
        storage_cleared: account.storage.cleared(),
        slots: slots.collect(),
    })
}

//! A block's changes as a delta, and a delta applied without executing.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256};
use weakstate_codec::delta::{Account, AccountDelta, Ascending, SlotDelta, StorageDelta};
use weakstate_codec::{Code, Delta, Error};
use weakstate_trees::Source;
use weakstate_trees::state::{
    AccountChange, Changes, Codes, Layout, Scheme, Sealed, State, Tables, WholeState,
};

use crate::Result;
use crate::before::Before;
use crate::block::SealedHeader;

/// The delta of a block that changed this state.
pub(crate) fn of_block<T: Tables>(
    state: &Before<'_, T>,
    layout: &Layout,
    (header, pre_state_root): (&SealedHeader, B256),
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
        let account = of_account(state, layout, address, change)?;
        push(&mut delta.accounts, *address, account)?;
    }
    for (hash, code) in created {
        push(&mut delta.codes, *hash, code.clone())?;
    }
    Ok(delta)
}

fn of_account<T: Tables>(
    state: &Before<'_, T>,
    layout: &Layout,
    address: &Address,
    change: &AccountChange,
) -> Result<AccountDelta> {
    let before = state.account(address)?;
    if layout.scheme != Scheme::Mpt {
        return of_leaves(state, layout, address, change);
    }
    let present = |value: U256| (!value.is_zero()).then_some(value);
    let storage = if change.storage_cleared && state.has_storage(address)? {
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
            let before = present(state.slot(address, slot)?);
            let after = present(*value);
            if before != after {
                push(&mut slots, *slot, SlotDelta { before, after })?;
            }
        }
        StorageDelta::Written(slots)
    };
    Ok(AccountDelta { before, after: change.account, storage })
}

/// What happened to an account whose slots are leaves. Where zeros stay, zero is a value, and none is
/// taken away.
fn of_leaves<T: Tables>(
    state: &Before<'_, T>,
    layout: &Layout,
    address: &Address,
    change: &AccountChange,
) -> Result<AccountDelta> {
    let mut slots = Ascending::default();
    for (slot, value) in &change.slots {
        let before = state.slot_if_there(address, slot)?;
        let after = Some(*value).filter(|value| layout.scheme.zeros_stay() || !value.is_zero());
        if layout.scheme.zeros_stay() || before != after {
            push(&mut slots, *slot, SlotDelta { before, after })?;
        }
    }
    let storage = StorageDelta::Written(slots);
    Ok(AccountDelta { before: state.account(address)?, after: change.account, storage })
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
/// The codes of [`InvalidDelta`](weakstate_codec::Blame::InvalidDelta).
pub fn apply<'s, T, N>(
    layout: &Layout,
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
    let before = head.header.state_root;
    same(Code::DeltaWrongParent, "parent_hash", head.hash, delta.parent_hash)?;
    starts_after(delta, head.header.number)?;
    ends_with(delta, header)?;
    same(Code::DeltaWrongPreState, "pre_state_root", before, delta.pre_state_root)?;
    let mut state = WholeState::unproven(layout, &before, tables, nodes)?;
    let changes = changes(delta, &mut state)?;
    let codes = codes(delta);
    let root = state.write(&changes, &codes)?;
    same(Code::DeltaWrongPostState, "the state's root", header.header.state_root, root)?;
    Ok(Applied { root, changes, codes, sealed: state.seal() })
}

/// The codes that accounts were given.
pub(crate) fn codes(delta: &Delta) -> Codes {
    delta.codes.iter().map(|(hash, code)| (*hash, code.clone())).collect()
}

/// Refuses what differs.
pub(crate) fn same<V>(code: Code, at: &str, expected: V, actual: V) -> Result<()>
where
    V: PartialEq + std::fmt::Display,
{
    if expected == actual {
        return Ok(());
    }
    Err(Box::new(Error::new(code).expected(expected).actual(actual).at(at)))
}

/// The delta's first block must be the one after the block with this number.
pub(crate) fn starts_after(delta: &Delta, number: u64) -> Result<()> {
    let before = delta.number.saturating_sub(delta.blocks);
    same(Code::DeltaWrongParent, "number", number, before)
}

/// The delta's last block must be the one with this header.
pub(crate) fn ends_with(delta: &Delta, header: &SealedHeader) -> Result<()> {
    let SealedHeader { header, hash, .. } = header;
    same(Code::DeltaWrongBlock, "block_hash", *hash, delta.block_hash)?;
    same(Code::DeltaWrongBlock, "number", header.number, delta.number)?;
    if delta.blocks == 1 {
        let (expected, actual) = (delta.parent_hash, header.parent_hash);
        same(Code::DeltaWrongBlock, "header.parent_hash", expected, actual)?;
    }
    same(Code::DeltaWrongPostState, "post_state_root", header.state_root, delta.post_state_root)
}

/// What the delta changes, once each value before is that of `state`.
pub(crate) fn changes(delta: &Delta, state: &mut impl State) -> Result<Changes> {
    let accounts = delta.accounts.iter();
    let changes = accounts.map(|(address, account)| {
        check_before(state, address, account)?;
        check_after(state, delta, address, account)?;
        let slots = account.storage.after().map(|(slot, value)| (slot, value.unwrap_or_default()));
        let change = AccountChange {
            account: account.after,
            storage_cleared: account.storage.cleared(),
            slots: slots.collect(),
        };
        Ok((*address, change))
    });
    changes.collect()
}

/// An account and its slots must be in `state` as the delta says that they were.
fn check_before(state: &mut impl State, address: &Address, account: &AccountDelta) -> Result<()> {
    let before = state.account(address)?;
    if before != account.before {
        let tell = |account: Option<Account>| match account {
            None => "no account".to_owned(),
            Some(Account { nonce, balance, code_hash }) => {
                format!("nonce {nonce}, balance {balance}, code {code_hash}")
            }
        };
        let error = Error::new(Code::DeltaWrongPreState).expected(tell(before));
        return Err(Box::new(error.actual(tell(account.before)).at(place(address))));
    }
    if let StorageDelta::Written(slots) = &account.storage {
        for (slot, value) in slots {
            let (expected, actual) = (state.slot(address, slot)?, value.before.unwrap_or_default());
            let at = format!("{} slot {slot:#x}", place(address));
            same(Code::DeltaWrongPreState, &at, expected, actual)?;
        }
    }
    Ok(())
}

/// An account must have a code that is there, and none of its slots may outlive it.
fn check_after(
    state: &mut impl State,
    delta: &Delta,
    address: &Address,
    account: &AccountDelta,
) -> Result<()> {
    let Some(after) = &account.after else {
        let mut slots = account.storage.after().filter_map(|(_, value)| value);
        if slots.any(|value| !value.is_zero()) {
            let error = Error::new(Code::MalformedDelta).expected("no slots where no account is");
            return Err(Box::new(error.at(place(address))));
        }
        return Ok(());
    };
    if delta.codes.get(&after.code_hash).is_some() {
        return Ok(());
    }
    check_code(address, account.before, after.code_hash, |hash| state.code(hash).map(drop))
}

/// An account that gets a code which does not come along must have had it, or `look_up` finds it.
pub(crate) fn check_code(
    address: &Address,
    before: Option<Account>,
    hash: B256,
    look_up: impl FnOnce(&B256) -> Result<()>,
) -> Result<()> {
    if hash == KECCAK256_EMPTY || before.is_some_and(|before| before.code_hash == hash) {
        return Ok(());
    }
    look_up(&hash).map_err(|error| {
        if !is_missing(&error) {
            return error;
        }
        let error = Error::new(Code::DeltaMissingCode).expected(format_args!("code {hash}"));
        Box::new(error.at(place(address)))
    })
}

/// Whether a lookup failed because what was asked for is not there, not because it broke.
pub(crate) fn is_missing(error: &Error) -> bool {
    matches!(error.code, Code::CodeNotWitnessed | Code::StoreMissingNode)
}

fn place(address: &Address) -> String {
    format!("account {address}")
}

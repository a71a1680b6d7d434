//! From the state after one block to that after another, and back: one durable step each.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, keccak256};
use weakstate_codec::{Code, Error};
use weakstate_store::tables::{
    Head, Key, block_key, encode_account, encode_slot, meta, node_key, slot_key, storage_prefix,
};
use weakstate_store::{Batch, Table};
use weakstate_trees::Place;
use weakstate_trees::state::{Account, AccountChange, Changes, Header, Layout, Scheme, Sealed};

use crate::start::layout;
use crate::undo::{Undoing, Write, undo};
use crate::{KEPT_HEADERS, Result, StateStore};

/// What leads from the state after one block to that after another.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// Hash of the block that it starts from.
    pub parent: B256,
    /// The state root that it starts from.
    pub pre_state_root: B256,
    /// The block that it leads to.
    pub head: Head,
    /// That block's header in RLP.
    pub header: &'a [u8],
    /// Accounts and slots that change.
    pub changes: &'a Changes,
    /// Codes that accounts were given, by their hash.
    pub codes: &'a BTreeMap<B256, Bytes>,
    /// Nodes of the tree that change.
    pub sealed: &'a Sealed,
}

impl StateStore {
    /// Takes a step. When it returns, the step has outlived a power cut, where the state is on
    /// disk. `false` if the state is not the one from which the step starts: nothing has
    /// changed, nor has it after an error.
    ///
    /// # Errors
    /// `store_full`, `store_read_only`, `store_damaged`, `store_failed`.
    #[must_use = "`false` says that nothing was committed"]
    pub fn commit(&self, step: &Step<'_>) -> Result<bool> {
        let batch = self.store.begin()?;
        let before = Head::read(&*batch)?;
        let fits = |head: Head| head.hash == step.parent && head.root == step.pre_state_root;
        if !before.is_some_and(fits) {
            return Ok(false);
        }
        let number = step.head.number;
        let layout = layout(&*batch)?;
        let mut undoing = Undoing::new(batch, number);
        for (key, before) in step.sealed.before.iter().flatten() {
            undoing.note_leaf(key, before.as_ref())?;
        }
        write(&mut undoing, &layout, step.changes, step.codes, step.sealed)?;
        undoing.put(Table::Headers, &block_key(number), step.header)?;
        undoing.put(Table::Meta, meta::HEAD, &step.head.to_bytes())?;
        let mut batch = undoing.finish()?;
        forget(&mut *batch, number, self.kept_blocks)?;
        batch.commit()?;
        Ok(true)
    }

    /// Takes the latest `blocks` blocks back, and returns the head that there is then.
    ///
    /// # Errors
    /// `store_missing_undo` if they were not kept, or if the step to one of them came over
    /// several blocks at once and the state in between is not known; `store_damaged` if another
    /// root comes out than the head then had. Nothing has then changed.
    pub fn revert(&self, blocks: u64) -> Result<Head> {
        let mut batch = self.store.begin()?;
        let none = || Box::new(Error::new(Code::StoreMissing).expected("a state"));
        let mut head = Head::read(&*batch)?.ok_or_else(none)?;
        let from = head.number;
        let missing = |at: u64| {
            let error = Error::new(Code::StoreMissingUndo);
            let error = error.expected(format_args!("what takes back {blocks} blocks"));
            Box::new(error.at(format_args!("block {at}")))
        };
        let target = from.checked_sub(blocks).ok_or_else(|| missing(0))?;
        while head.number > target {
            let number = head.number;
            let before = undo(&mut *batch, &head)?.ok_or_else(|| missing(number))?;
            head = Some(before).filter(|before| before.number < number).ok_or_else(none)?;
        }
        if head.number != target {
            return Err(missing(target));
        }
        if blocks > 0 {
            batch.commit()?;
        }
        Ok(head)
    }
}

/// Writes what changes of accounts, slots, codes and nodes.
pub(crate) fn write(
    batch: &mut impl Write,
    layout: &Layout,
    changes: &Changes,
    codes: &BTreeMap<B256, Bytes>,
    sealed: &Sealed,
) -> Result<()> {
    for (address, change) in changes {
        if layout.scheme != Scheme::Mpt {
            write_leaves(batch, layout, address, change)?;
            continue;
        }
        if change.storage_cleared || change.account.is_none() {
            batch.delete_prefix(Table::Slots, address.as_slice())?;
            batch.delete_prefix(Table::Nodes, &storage_prefix(&keccak256(address)))?;
        }
        match &change.account {
            Some(account) => {
                let value = encode_account(account.nonce, &account.balance, &account.code_hash);
                batch.put(Table::Accounts, address.as_slice(), &value)?;
            }
            None => batch.delete(Table::Accounts, address.as_slice())?,
        }
        for (slot, value) in &change.slots {
            let key = slot_key(address, slot);
            if value.is_zero() {
                batch.delete(Table::Slots, &key)?;
            } else {
                batch.put(Table::Slots, &key, &encode_slot(value))?;
            }
        }
    }
    for (hash, code) in codes {
        batch.put(Table::Codes, hash.as_slice(), code)?;
    }
    write_nodes(batch, sealed)
}

/// Writes an account under a scheme whose tree holds leaves alone. Where zeros stay, what is gone is
/// there as nothing, and a slot that is zero is there as zero.
fn write_leaves(
    batch: &mut impl Write,
    layout: &Layout,
    address: &Address,
    change: &AccountChange,
) -> Result<()> {
    let zeros_stay = layout.scheme.zeros_stay();
    let account = match change.account {
        Some(account) => Some(account),
        None if !zeros_stay => {
            batch.delete(Table::Accounts, address.as_slice())?;
            None
        }
        None => batch.has(Table::Accounts, address.as_slice())?.then_some(Header::EMPTY.account),
    };
    if let Some(Account { nonce, balance, code_hash }) = account {
        let value = encode_account(nonce, &balance, &code_hash);
        batch.put(Table::Accounts, address.as_slice(), &value)?;
    }
    for (slot, value) in &change.slots {
        let key = slot_key(address, slot);
        match zeros_stay || !value.is_zero() {
            true => batch.put(Table::Slots, &key, &encode_slot(value))?,
            false => batch.delete(Table::Slots, &key)?,
        }
    }
    Ok(())
}

/// Writes the nodes that change.
pub(crate) fn write_nodes(batch: &mut impl Write, sealed: &Sealed) -> Result<()> {
    for place in &sealed.gone {
        batch.delete(Table::Nodes, &key_of(place))?;
    }
    for (place, node) in &sealed.changed {
        batch.put(Table::Nodes, &key_of(place), node)?;
    }
    Ok(())
}

/// Key of a node.
pub(crate) fn key_of(place: &Place) -> Key {
    node_key(place.owner.as_ref(), &place.path, place.depth)
}

/// Forgets how to take back what lies `kept` blocks and more behind block `number`, and headers
/// that nobody asks for any longer.
pub(crate) fn forget(batch: &mut dyn Batch, number: u64, kept: u64) -> Result<()> {
    let last = |kept: u64| number.checked_sub(kept);
    forget_to(batch, Table::Undo, last(kept))?;
    forget_to(batch, Table::Headers, last(kept.saturating_add(KEPT_HEADERS)))
}

/// Removes the entries of all blocks up to `last` from a table whose keys start with a number.
fn forget_to(batch: &mut dyn Batch, table: Table, last: Option<u64>) -> Result<()> {
    let Some(last) = last else { return Ok(()) };
    loop {
        let first = batch.scan_from(table, &[])?.next().transpose()?;
        let number = first.and_then(|(key, _)| key.first_chunk().copied()).map(u64::from_be_bytes);
        match number.filter(|&number| number <= last) {
            Some(number) => batch.delete_prefix(table, &block_key(number))?,
            None => return Ok(()),
        };
    }
}

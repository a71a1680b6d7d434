//! What takes a block back: each account and slot that it changed, as it was before.
//!
//! Nodes of the tree are not among it: what they were follows from what was changed, and the
//! root that comes out says whether it does. So the record of a block is short.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, U256};
use weakstate_codec::{Code, Error};
use weakstate_store::tables::{Head, block_key, decode_account, decode_slot, undo_key};
use weakstate_store::{Batch, Table};
use weakstate_trees::state::leaves::Entry;
use weakstate_trees::state::{
    Account, AccountChange, Changes, Codes, Layout, Scheme, State, WholeState,
};

use crate::Result;
use crate::commit::{write, write_nodes};
use crate::start::layout;
use crate::view::{Flat, Nodes};

/// Entries are gathered until they are this long: two such records fill a page of the disk, and
/// what is longer goes on pages of its own.
const RECORD: usize = 1_900;

/// Table, length of the key, presence, length of the value.
const HEAD: usize = 1 + 1 + 1 + 4;

/// Where entries are written.
pub(crate) trait Write {
    /// Puts `value` under `key`.
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<()>;
    /// Removes what is under `key`.
    fn delete(&mut self, table: Table, key: &[u8]) -> Result<()>;
    /// Removes every entry whose key starts with `prefix`.
    fn delete_prefix(&mut self, table: Table, prefix: &[u8]) -> Result<()>;

    /// Whether there is anything under `key`.
    fn has(&self, table: Table, key: &[u8]) -> Result<bool>;
}

/// A batch whose work is not taken back.
pub(crate) struct Entries<'b>(pub &'b mut dyn Batch);

impl Write for Entries<'_> {
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<()> {
        self.0.put(table, key, value)
    }

    fn delete(&mut self, table: Table, key: &[u8]) -> Result<()> {
        self.0.delete(table, key).map(drop)
    }

    fn delete_prefix(&mut self, table: Table, prefix: &[u8]) -> Result<()> {
        self.0.delete_prefix(table, prefix).map(drop)
    }

    fn has(&self, table: Table, key: &[u8]) -> Result<bool> {
        Ok(self.0.get(table, key)?.is_some())
    }
}

/// A batch that writes down how to take back what it does.
pub(crate) struct Undoing<'b> {
    batch: Box<dyn Batch + 'b>,
    number: u64,
    records: u32,
    record: Vec<u8>,
}

impl<'b> Undoing<'b> {
    /// Undoes what leads to block `number`.
    pub fn new(batch: Box<dyn Batch + 'b>, number: u64) -> Self {
        Self { batch, number, records: 0, record: Vec::with_capacity(2 * RECORD) }
    }

    /// The batch, once everything is written down.
    pub fn finish(mut self) -> Result<Box<dyn Batch + 'b>> {
        self.put_record(1)?;
        Ok(self.batch)
    }

    /// Writes down what a leaf of the tree held. It stands among the records as a node would.
    pub fn note_leaf(&mut self, key: &[u8], before: Option<&[u8; 32]>) -> Result<()> {
        append(&mut self.record, Table::Nodes, key, before.map(<[u8; 32]>::as_slice));
        self.put_record(RECORD)
    }

    /// Writes down what is under `key` now.
    fn note(&mut self, table: Table, key: &[u8]) -> Result<()> {
        if table == Table::Nodes {
            return Ok(());
        }
        let value = self.batch.get(table, key)?;
        append(&mut self.record, table, key, value);
        self.put_record(RECORD)
    }

    /// Puts the record away if it is at least this long.
    fn put_record(&mut self, least: usize) -> Result<()> {
        if self.record.len() >= least {
            let key = undo_key(self.number, self.records);
            self.batch.put(Table::Undo, &key, &self.record)?;
            self.records += 1;
            self.record.clear();
        }
        Ok(())
    }
}

impl Write for Undoing<'_> {
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<()> {
        self.note(table, key)?;
        self.batch.put(table, key, value)
    }

    fn delete(&mut self, table: Table, key: &[u8]) -> Result<()> {
        self.note(table, key)?;
        self.batch.delete(table, key).map(drop)
    }

    fn delete_prefix(&mut self, table: Table, prefix: &[u8]) -> Result<()> {
        let mut keys = Vec::new();
        if table != Table::Nodes {
            for entry in self.batch.scan(table, prefix)? {
                keys.push(entry?.0.to_vec());
            }
        }
        for key in keys {
            self.note(table, &key)?;
        }
        self.batch.delete_prefix(table, prefix).map(drop)
    }

    fn has(&self, table: Table, key: &[u8]) -> Result<bool> {
        Ok(self.batch.get(table, key)?.is_some())
    }
}

fn append(record: &mut Vec<u8>, table: Table, key: &[u8], value: Option<&[u8]>) {
    let tag = Table::ALL.iter().position(|&other| other == table).unwrap_or_default();
    let len = value.map_or(0, <[u8]>::len) as u32;
    record.extend_from_slice(&[tag as u8, key.len() as u8, u8::from(value.is_some())]);
    record.extend_from_slice(&len.to_le_bytes());
    record.extend_from_slice(key);
    record.extend_from_slice(value.unwrap_or_default());
}

/// One entry as it was: table, key, value.
type Before<'r> = (Table, &'r [u8], Option<&'r [u8]>);

fn split(record: &[u8]) -> Option<(Before<'_>, &[u8])> {
    let (&[tag, key_len, present, a, b, c, d], rest) = record.split_first_chunk::<HEAD>()?;
    let table = *Table::ALL.get(usize::from(tag))?;
    let (key, rest) = rest.split_at_checked(usize::from(key_len))?;
    let len = u32::from_le_bytes([a, b, c, d]) as usize;
    let (value, rest) = rest.split_at_checked(len)?;
    Some(((table, key, (present == 1).then_some(value)), rest))
}

/// Visits every entry of a record.
fn each<'r>(
    number: u64,
    record: &'r [u8],
    mut visit: impl FnMut(Before<'r>) -> Result<()>,
) -> Result<()> {
    let mut rest = record;
    while !rest.is_empty() {
        let (entry, tail) = split(rest).ok_or_else(|| damaged(number))?;
        visit(entry)?;
        rest = tail;
    }
    Ok(())
}

/// One account as it was, where it was changed, and its slots.
#[derive(Default)]
struct Former {
    account: Option<Option<Account>>,
    slots: BTreeMap<U256, U256>,
}

/// Takes back what led to the block of `head`; `None` if that was not written down.
///
/// # Errors
/// `store_damaged` if that leads to another root than the block before had.
pub(crate) fn undo(batch: &mut dyn Batch, head: &Head) -> Result<Option<Head>> {
    let number = head.number;
    let mut records: Vec<Vec<u8>> = Vec::new();
    for entry in batch.scan(Table::Undo, &block_key(number))? {
        records.push(entry?.1.to_vec());
    }
    if records.is_empty() {
        return Ok(None);
    }
    let layout = layout(batch)?;
    if layout.scheme != Scheme::Mpt {
        return undo_leaves(batch, head, &layout, &records).map(Some);
    }
    let mut former: BTreeMap<Address, Former> = BTreeMap::new();
    for record in &records {
        each(number, record, |(table, key, value)| match (table, value) {
            // What was written twice was written down twice: the first time says what was before.
            (Table::Accounts | Table::Slots, _) => gather(&mut former, number, key, value),
            (_, Some(value)) => batch.put(table, key, value),
            (_, None) => batch.delete(table, key).map(drop),
        })?;
    }
    let before = Head::read(batch)?.ok_or_else(|| damaged(number))?;
    let changes = changes(batch, former)?;
    let mut state = WholeState::new(&layout, &head.root, Flat(&*batch), Nodes(&*batch))?;
    let root = state.write(&changes, &Codes::new())?;
    let sealed = state.seal();
    expect(&before, number, root)?;
    write(&mut Entries(batch), &layout, &changes, &BTreeMap::new(), &sealed)?;
    batch.delete_prefix(Table::Undo, &block_key(number))?;
    Ok(Some(before))
}

/// The same under a scheme whose tree holds leaves alone: leaves and entries are put back as they
/// were.
fn undo_leaves(
    batch: &mut dyn Batch,
    head: &Head,
    layout: &Layout,
    records: &[Vec<u8>],
) -> Result<Head> {
    let number = head.number;
    let mut leaves: Vec<Entry> = Vec::new();
    let mut entries: BTreeMap<(Table, &[u8]), Option<&[u8]>> = BTreeMap::new();
    for record in records {
        each(number, record, |(table, key, value)| {
            if table != Table::Nodes {
                entries.entry((table, key)).or_insert(value);
                return Ok(());
            }
            let value = value.map(<[u8; 32]>::try_from).transpose();
            leaves.push((key.to_vec(), value.map_err(|_| damaged(number))?));
            Ok(())
        })?;
    }
    let mut state = WholeState::unproven(layout, &head.root, Flat(&*batch), Nodes(&*batch))?;
    let root = state.restore(&leaves)?;
    let sealed = state.seal();
    for ((table, key), value) in entries {
        match value {
            Some(value) => batch.put(table, key, value)?,
            None => batch.delete(table, key).map(drop)?,
        }
    }
    let before = Head::read(batch)?.ok_or_else(|| damaged(number))?;
    expect(&before, number, root)?;
    write_nodes(&mut Entries(batch), &sealed)?;
    batch.delete_prefix(Table::Undo, &block_key(number))?;
    Ok(before)
}

/// Refuses another root than the block before had.
fn expect(before: &Head, number: u64, root: B256) -> Result<()> {
    if root == before.root {
        return Ok(());
    }
    let error = Error::new(Code::StoreDamaged).expected(before.root).actual(root);
    Err(Box::new(error.at(format_args!("state root before block {number}"))))
}

/// Takes note of an account or slot, unless something earlier was noted of it.
fn gather(
    former: &mut BTreeMap<Address, Former>,
    number: u64,
    key: &[u8],
    value: Option<&[u8]>,
) -> Result<()> {
    let (address, slot) = key.split_at_checked(20).ok_or_else(|| damaged(number))?;
    let former = former.entry(Address::from_slice(address)).or_default();
    if slot.is_empty() {
        let account = value.map(decode_account).transpose()?;
        let account =
            account.map(|(nonce, balance, code_hash)| Account { nonce, balance, code_hash });
        former.account.get_or_insert(account);
    } else {
        let slot = U256::try_from_be_slice(slot).ok_or_else(|| damaged(number))?;
        let value = value.map_or(Ok(U256::ZERO), decode_slot)?;
        former.slots.entry(slot).or_insert(value);
    }
    Ok(())
}

/// What leads back.
fn changes(batch: &dyn Batch, former: BTreeMap<Address, Former>) -> Result<Changes> {
    use weakstate_trees::state::Tables;
    let changes = former.into_iter().map(|(address, Former { account, slots })| {
        let account = match account {
            Some(account) => account,
            None => Flat(batch).account(&address)?,
        };
        let slots = slots.into_iter().collect();
        Ok((address, AccountChange { account, storage_cleared: false, slots }))
    });
    changes.collect()
}

fn damaged(number: u64) -> Box<Error> {
    let error = Error::new(Code::StoreDamaged).expected("entries as they were before");
    Box::new(error.at(format_args!("{} of block {number}", Table::Undo.name())))
}

/// The values of a table that blocks which can be taken back have replaced.
pub(crate) fn values_before(batch: &dyn Batch, wanted: Table) -> Result<Vec<Vec<u8>>> {
    let mut values = Vec::new();
    for entry in batch.scan_from(Table::Undo, &[])? {
        let (key, record) = entry?;
        let number = key.first_chunk().copied().map_or(0, u64::from_be_bytes);
        each(number, record, |(table, _, value)| {
            values.extend(value.filter(|_| table == wanted).map(<[u8]>::to_vec));
            Ok(())
        })?;
    }
    Ok(values)
}

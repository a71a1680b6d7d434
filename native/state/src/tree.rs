//! The tree over flat tables, made in the order of its keys and in bounded memory.
//!
//! Accounts lie in the order of their addresses, the tree in that of the addresses' hashes. So
//! the addresses are gone through once for each part of the hashes that fits in memory, and each
//! part is written to the tree from left to right, where every node is written about once.

use alloy_primitives::{Address, B256, KECCAK256_EMPTY, U256};
use weakstate_store::tables::decode_account;
use weakstate_store::{Batch, Read, Snapshot, Store, Table};
use weakstate_trees::keccak;
use weakstate_trees::mpt::EMPTY_ROOT;
use weakstate_trees::state::{Account, AccountChange, Changes, Tries};

use crate::Result;
use crate::commit::key_of;
use crate::view::{Nodes, lacks, slot};

/// How many addresses are sorted at a time: 52 bytes each.
const PART: u64 = 2 << 20;

/// How many accounts and slots are written in one transaction.
const CHUNK: usize = 50_000;

/// How far the tree has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grown {
    /// Root of what is there.
    pub root: B256,
    /// Hash of the last address that is in it.
    pub last: Option<B256>,
    /// How many accounts are in it.
    pub accounts: u64,
}

impl Grown {
    /// A tree that holds nothing.
    pub const NOTHING: Self = Self { root: EMPTY_ROOT, last: None, accounts: 0 };
}

/// Takes the tree on until it holds all accounts. `note` is to write down with each transaction
/// how far it has come, and may end the work with an error.
pub(crate) fn grow(
    store: &dyn Store,
    mut grown: Grown,
    mut note: impl FnMut(&mut dyn Batch, &Grown) -> Result<()>,
) -> Result<B256> {
    let accounts = store.snapshot()?.count(Table::Accounts)?;
    let parts = accounts.div_ceil(PART);
    for part in 0..parts {
        if grown.last.is_some_and(|last| part_of(&last, parts) > part) {
            continue;
        }
        let snapshot = store.snapshot()?;
        let mut keys = hashed(&*snapshot, part, parts)?;
        keys.retain(|(key, _)| grown.last.is_none_or(|last| *key > last));
        keys.sort_unstable();
        let mut writer = Writer { store, changes: Changes::new(), size: 0, note: &mut note };
        for (key, address) in keys {
            write_account(&mut writer, &*snapshot, &address, &mut grown)?;
            (grown.last, grown.accounts) = (Some(key), grown.accounts + 1);
            if writer.size >= CHUNK {
                writer.flush(&mut grown)?;
            }
        }
        writer.flush(&mut grown)?;
    }
    Ok(grown.root)
}

/// Which of `parts` equal ranges of hashes this one lies in.
fn part_of(key: &B256, parts: u64) -> u64 {
    let top = key.first_chunk().copied().map_or(0, u64::from_be_bytes);
    ((u128::from(top) * u128::from(parts)) >> 64) as u64
}

/// The addresses whose hashes lie in a part, with these.
fn hashed(snapshot: &dyn Snapshot, part: u64, parts: u64) -> Result<Vec<(B256, Address)>> {
    let mut found = Vec::new();
    let mut batch: Vec<&[u8]> = Vec::with_capacity(4096);
    let mut flush = |batch: &mut Vec<&[u8]>| {
        let hashes = keccak::hash_all(batch);
        let pairs = hashes.into_iter().zip(batch.drain(..));
        let wanted = pairs.filter(|(hash, _)| part_of(hash, parts) == part);
        found.extend(wanted.map(|(hash, address)| (hash, Address::from_slice(address))));
    };
    for entry in snapshot.scan_from(Table::Accounts, &[])? {
        batch.push(entry?.0);
        if batch.len() == batch.capacity() {
            flush(&mut batch);
        }
    }
    flush(&mut batch);
    Ok(found)
}

/// Gathers what one transaction writes to the tree.
struct Writer<'s, N> {
    store: &'s dyn Store,
    changes: Changes,
    size: usize,
    note: &'s mut N,
}

impl<N: FnMut(&mut dyn Batch, &Grown) -> Result<()>> Writer<'_, N> {
    fn push(&mut self, address: &Address, account: Account, slots: Vec<(U256, U256)>) {
        self.size += 1 + slots.len();
        let change = AccountChange { account: Some(account), storage_cleared: false, slots };
        self.changes.push((*address, change));
    }

    fn flush(&mut self, grown: &mut Grown) -> Result<()> {
        let changes = std::mem::take(&mut self.changes);
        self.size = 0;
        if changes.is_empty() {
            return Ok(());
        }
        let mut batch = self.store.begin()?;
        let snapshot = self.store.snapshot()?;
        let mut failed = Ok(());
        let mut tries = Tries::open(&grown.root, Nodes(&*snapshot));
        grown.root = tries.write(&changes, |place, _, node| {
            if failed.is_ok() {
                failed = batch.put(Table::Nodes, &key_of(place), node);
            }
        })?;
        failed?;
        (self.note)(&mut *batch, grown)?;
        batch.commit()
    }
}

/// Hands an account to the writer; one whose storage is larger than a transaction, in pieces.
/// Only its last piece makes it count as written: after an interruption all are written again.
fn write_account<N: FnMut(&mut dyn Batch, &Grown) -> Result<()>>(
    writer: &mut Writer<'_, N>,
    tables: &dyn Snapshot,
    address: &Address,
    grown: &mut Grown,
) -> Result<()> {
    let account = account(tables, address)?;
    let mut slots = Vec::new();
    for entry in tables.scan(Table::Slots, address.as_slice())? {
        slots.push(slot(entry?)?);
        if writer.size + slots.len() >= CHUNK {
            writer.push(address, account, std::mem::take(&mut slots));
            writer.flush(grown)?;
        }
    }
    writer.push(address, account, slots);
    Ok(())
}

fn account(tables: &dyn Read, address: &Address) -> Result<Account> {
    let value = tables.get(Table::Accounts, address.as_slice())?;
    let value = value.ok_or_else(|| Box::new(lacks(format_args!("account {address}"))))?;
    let (nonce, balance, code_hash) = decode_account(value)?;
    if code_hash != KECCAK256_EMPTY && tables.get(Table::Codes, code_hash.as_slice())?.is_none() {
        let error = lacks(format_args!("code {code_hash}"));
        return Err(Box::new(error.at(format_args!("account {address}"))));
    }
    Ok(Account { nonce, balance, code_hash })
}

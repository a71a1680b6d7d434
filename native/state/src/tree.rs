//! The tree over flat tables, made in the order of its keys and in bounded memory.
//!
//! Accounts lie in the order of their addresses, the tree in that of the addresses' hashes. So
//! they are sorted by these, and go to the tree from left to right, where every node is written
//! about once. The same goes for the slots of an account that has more of them than a transaction
//! takes.

use alloy_primitives::{Address, B256, KECCAK256_EMPTY, U256};
use weakstate_store::tables::{decode_account, decode_slot, encode_slot, storage_prefix};
use weakstate_store::{Batch, Read, Snapshot, Sorted, Sorter, Store, Table};
use weakstate_trees::keccak;
use weakstate_trees::state::{Account, AccountChange, Changes, Layout, Tries};

use crate::Result;
use crate::commit::key_of;
use crate::view::{Nodes, lacks, slot};

/// How many keys are hashed at a time.
const HASHED: usize = 4096;

/// Bytes of memory that changing an account or slot takes, about.
const BYTES_A_CHANGE: usize = 2 << 10;

/// Keys between those of accounts' nodes and those of storage's, which no node has.
const FILLERS: [[u8; 2]; 3] = [[0, 0xfd], [0, 0xfe], [0, 0xff]];

/// Bytes of a filler: two of them fill a page of 4 KiB, with what LMDB and the store add to each.
const FILLER: usize = 2024;

/// How far the tree has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grown {
    /// Root of what is there.
    pub root: B256,
    /// Hash of the last address that is in it; of a tree of leaves, its last key.
    pub last: Option<B256>,
    /// How many accounts are in it, or leaves.
    pub accounts: u64,
}

impl Grown {
    /// A tree that holds nothing.
    pub fn nothing(layout: &Layout) -> Self {
        Self { root: layout.empty_root(), last: None, accounts: 0 }
    }
}

/// Takes the tree on until it holds all accounts, with about `room` bytes of memory. `note` is to
/// write down with each transaction how far it has come, and may end the work with an error.
pub(crate) fn grow(
    store: &dyn Store,
    mut grown: Grown,
    room: usize,
    mut note: impl FnMut(&mut dyn Batch, &Grown) -> Result<()>,
) -> Result<B256> {
    let snapshot = store.snapshot()?;
    let mut accounts = hashed(store, &*snapshot, grown.last, room / 2)?;
    let most = (room / BYTES_A_CHANGE).max(1);
    let mut writer =
        Writer { store, room, most, changes: Changes::new(), size: 0, note: &mut note };
    while let Some((key, found)) = accounts.next()? {
        let found = Found::from_bytes(found)?;
        writer.write(&*snapshot, found, &mut grown)?;
        (grown.last, grown.accounts) = (Some(B256::from_slice(key)), grown.accounts + 1);
        if writer.size >= most {
            writer.flush(&mut grown)?;
        }
    }
    writer.flush(&mut grown)?;
    Ok(grown.root)
}

/// An account as the table has it.
struct Found {
    address: Address,
    account: Account,
    has_slots: bool,
}

impl Found {
    fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let (address, rest) = bytes.split_first_chunk().unwrap_or((&[0; 20], &[]));
        let (has_slots, account) = rest.split_first().unwrap_or((&0, &[]));
        let (nonce, balance, code_hash) = decode_account(account)?;
        let account = Account { nonce, balance, code_hash };
        Ok(Self { address: address.into(), account, has_slots: *has_slots == 1 })
    }
}

/// The accounts whose hashed address is greater than `last`, in the order of these.
fn hashed(
    store: &dyn Store,
    snapshot: &dyn Snapshot,
    last: Option<B256>,
    room: usize,
) -> Result<Sorted> {
    let mut sorter = Sorter::new(store, room);
    let mut owners = Owners { snapshot, next: Some(Address::ZERO) };
    let mut entries = snapshot.scan_from(Table::Accounts, &[])?;
    let mut value = Vec::new();
    loop {
        let batch: Vec<_> = entries.by_ref().take(HASHED).collect::<Result<_>>()?;
        if batch.is_empty() {
            return sorter.sorted();
        }
        let addresses: Vec<&[u8]> = batch.iter().map(|(address, _)| *address).collect();
        for ((address, account), key) in batch.iter().zip(keccak::hash_all(&addresses)) {
            if last.is_some_and(|last| key <= last) {
                continue;
            }
            value.clear();
            value.extend_from_slice(address);
            value.push(u8::from(owners.has(&Address::from_slice(address))?));
            value.extend_from_slice(account);
            sorter.push(key.as_slice(), &value)?;
        }
    }
}

/// Who has slots, asked in ascending order: the others need not be looked for.
struct Owners<'s> {
    snapshot: &'s dyn Snapshot,
    /// No account between the last that was asked for and this one has any.
    next: Option<Address>,
}

impl Owners<'_> {
    fn has(&mut self, address: &Address) -> Result<bool> {
        if self.next.is_some_and(|next| next < *address) {
            let first = self.snapshot.scan_from(Table::Slots, address.as_slice())?.next();
            let owner = first.transpose()?.and_then(|(key, _)| key.first_chunk::<20>());
            self.next = owner.map(Address::from);
        }
        Ok(self.next == Some(*address))
    }
}

/// Gathers what one transaction writes to the tree.
struct Writer<'s, N> {
    store: &'s dyn Store,
    room: usize,
    /// Most accounts and slots in a transaction.
    most: usize,
    changes: Changes,
    size: usize,
    note: &'s mut N,
}

impl<N: FnMut(&mut dyn Batch, &Grown) -> Result<()>> Writer<'_, N> {
    /// Adds an account; one whose storage is larger than a transaction, in pieces. Only its last
    /// piece makes it count as written: after an interruption all are written again.
    fn write(&mut self, tables: &dyn Snapshot, found: Found, grown: &mut Grown) -> Result<()> {
        let Found { address, account, has_slots } = found;
        expect_code(tables, &address, &account.code_hash)?;
        let mut slots = Vec::new();
        if has_slots {
            let mut entries = tables.scan(Table::Slots, address.as_slice())?;
            for entry in entries.by_ref().take(self.most) {
                slots.push(slot(entry?)?);
            }
            if slots.len() == self.most {
                let found = slots.drain(..).map(Ok).chain(entries.map(|entry| slot(entry?)));
                let mut sorted = by_hash(self.store, found, self.room / 4)?;
                while let Some((_, found)) = sorted.next()? {
                    let (number, value) =
                        found.split_first_chunk::<32>().unwrap_or((&[0; 32], &[]));
                    slots.push((U256::from_be_bytes(*number), decode_slot(value)?));
                    if self.size + slots.len() >= self.most {
                        self.push(&address, account, std::mem::take(&mut slots));
                        self.flush(grown)?;
                    }
                }
            }
        }
        self.push(&address, account, slots);
        Ok(())
    }

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
        let snapshot = self.store.snapshot()?;
        let mut nodes = Sorter::new(self.store, usize::MAX);
        let mut failed = Ok(());
        let mut tries = Tries::open(&grown.root, Nodes(&*snapshot));
        grown.root = tries.write(&changes, |place, _, node| {
            if failed.is_ok() {
                failed = nodes.push(&key_of(place), node);
            }
        })?;
        failed?;
        drop((changes, tries));
        let mut batch = self.store.begin()?;
        put_nodes(&mut *batch, nodes.sorted()?)?;
        (self.note)(&mut *batch, grown)?;
        batch.commit()
    }
}

/// Puts nodes into their table.
///
/// Nodes of accounts stand before all of storage. On a page that held both they would be put into
/// the middle, where LMDB splits pages in halves that stay half full; at a page's end it fills
/// them. So the first node of storage is put where a page begins: after fillers that leave no
/// room on the page before, and then go.
fn put_nodes(batch: &mut dyn Batch, mut nodes: Sorted) -> Result<()> {
    let start = storage_prefix(&B256::ZERO);
    let mut divided = batch.scan_from(Table::Nodes, &start)?.next().is_some();
    let mut fillers: &[[u8; 2]] = &[];
    while let Some((key, node)) = nodes.next()? {
        if !divided && key >= &start[..] {
            divided = true;
            fillers = &FILLERS;
            for filler in fillers {
                batch.put(Table::Nodes, filler, &[0; FILLER])?;
            }
        }
        batch.put(Table::Nodes, key, node)?;
    }
    for filler in fillers {
        batch.delete(Table::Nodes, filler)?;
    }
    Ok(())
}

/// Slots in the order of their hashes, which is that of the tree.
fn by_hash(
    store: &dyn Store,
    slots: impl Iterator<Item = Result<(U256, U256)>>,
    room: usize,
) -> Result<Sorted> {
    let mut sorter = Sorter::new(store, room);
    let mut slots = slots.peekable();
    while slots.peek().is_some() {
        let batch: Vec<_> = slots.by_ref().take(HASHED).collect::<Result<_>>()?;
        let numbers: Vec<[u8; 32]> = batch.iter().map(|(slot, _)| slot.to_be_bytes()).collect();
        let inputs: Vec<&[u8]> = numbers.iter().map(|number| &number[..]).collect();
        let keys = keccak::hash_all(&inputs);
        for ((number, (_, value)), key) in numbers.iter().zip(&batch).zip(keys) {
            sorter.push(key.as_slice(), &[&number[..], &encode_slot(value)].concat())?;
        }
    }
    sorter.sorted()
}

fn expect_code(tables: &dyn Read, address: &Address, hash: &B256) -> Result<()> {
    if *hash != KECCAK256_EMPTY && tables.get(Table::Codes, hash.as_slice())?.is_none() {
        let error = lacks(format_args!("code {hash}"));
        return Err(Box::new(error.at(format_args!("account {address}"))));
    }
    Ok(())
}

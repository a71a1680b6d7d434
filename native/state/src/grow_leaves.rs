//! A tree of leaves over flat tables, made in the order of its keys and in bounded memory.
//!
//! The keys of an account's leaves have nothing to do with its address. So all leaves are sorted
//! by key, and go to the tree from left to right, where every node is written about once.

use alloy_primitives::{Address, B256};
use weakstate_codec::{Code, Error};
use weakstate_store::tables::meta;
use weakstate_store::{Sorted, Sorter, Store, Table};
use weakstate_trees::chunks::chunks;
use weakstate_trees::state::leaves::{Entry, Leaf, Part};
use weakstate_trees::state::{Layout, WholeState};

use crate::check::STRIDE;
use crate::commit::write_nodes;
use crate::leaves::{Keyed, of_account, of_cleared};
use crate::mark::Mark;
use crate::tree::Grown;
use crate::undo::Entries;
use crate::view::{Flat, Nodes, accounts, slots};
use crate::{Progress, Result};

/// Bytes of memory that writing a leaf takes, about.
const BYTES_A_LEAF: usize = 6 << 10;

/// Takes the tree on until it holds all leaves, with about `room` bytes of memory. Each transaction
/// writes down how far it has come. `progress` hears of it, and ends the work by an error.
pub(crate) fn grow_leaves(
    store: &dyn Store,
    layout: &Layout,
    mut grown: Grown,
    room: usize,
    progress: &mut dyn FnMut(Progress) -> Result<()>,
) -> Result<B256> {
    let mut leaves = sorted(store, layout, grown.last, room / 2, progress)?;
    let most = (room / BYTES_A_LEAF).max(1);
    let mut entries: Vec<Entry> = Vec::new();
    loop {
        entries.clear();
        while entries.len() < most
            && let Some((key, value)) = leaves.next()?
        {
            entries.push((key.to_vec(), Some(word(value))));
        }
        let Some((last, _)) = entries.last() else { return Ok(grown.root) };
        grown.last = Some(start(last));
        grown.accounts += entries.len() as u64;
        write(store, layout, &mut grown, &entries)?;
        progress(Progress::Tree(grown.accounts))?;
    }
}

fn write(store: &dyn Store, layout: &Layout, grown: &mut Grown, entries: &[Entry]) -> Result<()> {
    let snapshot = store.snapshot()?;
    let (tables, nodes) = (Flat(&*snapshot), Nodes(&*snapshot));
    let mut state = WholeState::unproven(layout, &grown.root, tables, nodes)?;
    grown.root = state.restore(entries)?;
    let sealed = state.seal();
    drop(snapshot);
    let mut batch = store.begin()?;
    write_nodes(&mut Entries(&mut *batch), &sealed)?;
    Mark::Growing(*grown).write(&mut *batch)?;
    batch.commit()
}

/// The leaves whose keys are greater than `last`, in the order of these.
fn sorted(
    store: &dyn Store,
    layout: &Layout,
    last: Option<B256>,
    room: usize,
    progress: &mut dyn FnMut(Progress) -> Result<()>,
) -> Result<Sorted> {
    let snapshot = store.snapshot()?;
    let mut sorter = Sorter::new(store, room);
    let mut keyed = Keyed::new(layout.scheme, |key, value| {
        // Of keys that begin alike some are written twice after an interruption.
        match last.is_none_or(|last| key > last.as_slice()) {
            true => sorter.push(key, value),
            false => Ok(()),
        }
    });
    let mut count = 0;
    for entry in accounts(&*snapshot, &Address::ZERO)? {
        let (address, account) = entry?;
        if !layout.embedding.holds(&account.balance) {
            let error = Error::new(Code::MalformedField).expected("a balance below 2^128");
            return Err(Box::new(
                error.actual(account.balance).at(format_args!("account {address}")),
            ));
        }
        for (leaf, value) in of_account(&*snapshot, layout, &address, account)? {
            keyed.add(leaf, value)?;
        }
        for slot in slots(&*snapshot, &address)? {
            let (slot, value) = slot?;
            keyed.add(Leaf::new(address, Part::Slot(slot)), value.to_be_bytes())?;
        }
        count += 1;
        if count % STRIDE == 0 {
            progress(Progress::Accounts(count))?;
        }
    }
    for entry in snapshot.scan(Table::Meta, meta::CLEARED)? {
        let (key, code) = entry?;
        let address = key.get(meta::CLEARED.len()..).and_then(|key| key.try_into().ok());
        if let (Some(address), Some(chunk)) = (address, chunks(code).next()) {
            for (leaf, value) in of_cleared(layout, address, chunk) {
                keyed.add(leaf, value)?;
            }
        }
    }
    keyed.finish()?;
    sorter.sorted()
}

/// The first 32 bytes of a key.
fn start(key: &[u8]) -> B256 {
    let mut start = B256::ZERO;
    start.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    start
}

/// What the sorter was given is given back: 32 bytes.
fn word(bytes: &[u8]) -> [u8; 32] {
    bytes.try_into().unwrap_or_default()
}

//! What was changed behind the store's back is blamed on the store, and found by a check.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::fs;

use alloy_primitives::{KECCAK256_EMPTY, U256};
use common::{World, changes_of, layouts, start_of, step, worlds_of};
use weakstate_codec::{Blame, Code};
use weakstate_state::{Options, StateStore};
use weakstate_store::tables::encode_account;
use weakstate_store::{Batch, Disk, Store, Table};
use weakstate_trees::state::{Changes, Layout, State, WholeState};

const BLOCKS: usize = 30;

/// The file of a store that holds the state after some blocks.
fn whole(layout: &Layout, worlds: &[World]) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let store = StateStore::create(&path, &Options::default()).unwrap();
    start_of(layout, &store);
    for world in &worlds[..BLOCKS] {
        step(&store, world).unwrap();
    }
    drop(store);
    fs::read(path.join("data.mdb")).unwrap()
}

/// The same state, once `damage` was done to its tables.
fn damaged(whole: &[u8], damage: impl FnOnce(&mut dyn Batch)) -> StateStore {
    let path = tempfile::tempdir().unwrap().keep();
    fs::write(path.join("data.mdb"), whole).unwrap();
    let disk = Disk::open(&path, &Options::default()).unwrap();
    let mut batch = disk.begin().unwrap();
    damage(&mut *batch);
    batch.commit().unwrap();
    drop(disk);
    let store = StateStore::open(&path, &Options::default()).unwrap();
    fs::remove_dir_all(path).unwrap();
    store
}

/// Keys of a table, the first of them at most `count`.
fn keys(batch: &dyn Batch, table: Table, count: usize) -> Vec<Vec<u8>> {
    let entries = batch.scan_from(table, &[]).unwrap().take(count);
    entries.map(|entry| entry.unwrap().0.to_vec()).collect()
}

fn read_all(store: &StateStore, changes: &Changes) -> weakstate_state::Result<()> {
    let view = store.view()?;
    let mut state = WholeState::new(view.layout(), &view.head().root, &view, &view)?;
    for (address, _) in changes {
        state.account(address)?;
        state.slot(address, &U256::from(3))?;
    }
    state.write(changes, &Default::default()).map(drop)
}

#[test]
fn a_table_that_says_something_else_than_the_tree_is_damage() {
    layouts().iter().for_each(something_else);
}

fn something_else(layout: &Layout) {
    let worlds = worlds_of(layout, BLOCKS as u64);
    let changes = changes_of(layout, &worlds[BLOCKS], 99);
    let address =
        changes.iter().find(|(address, _)| worlds[BLOCKS].contains_key(address)).unwrap().0;
    let store = damaged(&whole(layout, &worlds), |batch| {
        let value = encode_account(7, &U256::MAX, &KECCAK256_EMPTY);
        batch.put(Table::Accounts, address.as_slice(), &value).unwrap();
    });
    assert_eq!(read_all(&store, &changes).unwrap_err().code, Code::StoreDamaged);
    assert_eq!(store.check(&mut |_| Ok(())).unwrap_err().code, Code::StoreDamaged);
}

#[test]
fn a_node_that_is_not_there_is_damage_and_no_hole() {
    layouts().iter().for_each(not_there);
}

fn not_there(layout: &Layout) {
    let worlds = worlds_of(layout, BLOCKS as u64);
    let changes = changes_of(layout, &worlds[BLOCKS], 99);
    let store = damaged(&whole(layout, &worlds), |batch| {
        for key in keys(batch, Table::Nodes, usize::MAX) {
            batch.delete(Table::Nodes, &key).unwrap();
        }
    });
    let error = read_all(&store, &changes).unwrap_err();
    assert_eq!((error.code, error.blame()), (Code::StoreMissingNode, Blame::StoreError));
    assert_eq!(store.check(&mut |_| Ok(())).unwrap_err().code, Code::StoreMissingNode);
}

#[test]
fn a_check_sees_every_entry() {
    layouts().iter().for_each(every_entry);
}

fn every_entry(layout: &Layout) {
    let worlds = worlds_of(layout, BLOCKS as u64);
    let whole = whole(layout, &worlds);
    for table in [Table::Accounts, Table::Slots, Table::Nodes, Table::Codes] {
        for (index, lost) in [(0, true), (5, true), (1, false), (4, false)] {
            let store = damaged(&whole, |batch| {
                let key = keys(batch, table, index + 1).pop().unwrap();
                if lost {
                    batch.delete(table, &key).unwrap();
                } else {
                    let mut value = batch.get(table, &key).unwrap().unwrap().to_vec();
                    match value.last_mut() {
                        Some(last) => *last ^= 1,
                        None => value.push(1),
                    }
                    batch.put(table, &key, &value).unwrap();
                }
            });
            let checked = store.check(&mut |_| Ok(()));
            // A code that no account has any longer may go.
            if !(table == Table::Codes && lost && checked.is_ok()) {
                assert_eq!(checked.unwrap_err().blame(), Blame::StoreError, "{table:?} {index}");
            }
        }
    }
    let mut nodes = 0;
    damaged(&whole, |batch| nodes = keys(batch, Table::Nodes, usize::MAX).len());
    for index in (0..nodes).step_by(3) {
        let store = damaged(&whole, |batch| {
            let key = keys(batch, Table::Nodes, index + 1).pop().unwrap();
            let mut value = batch.get(Table::Nodes, &key).unwrap().unwrap().to_vec();
            let at = 11 * index % value.len();
            value[at] ^= 1;
            batch.put(Table::Nodes, &key, &value).unwrap();
        });
        let error = store.check(&mut |_| Ok(())).unwrap_err();
        assert_eq!(error.blame(), Blame::StoreError, "node {index}");
    }
    let store = damaged(&whole, |batch| batch.put(Table::Nodes, &[1; 40], b"more").unwrap());
    assert_eq!(store.check(&mut |_| Ok(())).unwrap_err().code, Code::StoreDamaged);
}

//! What was changed behind the store's back is blamed on the store, and found by a check.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use alloy_primitives::U256;
use common::{World, changes, start, step, worlds};
use weakstate_codec::{Blame, Code};
use weakstate_state::{Options, StateStore};
use weakstate_store::tables::encode_account;
use weakstate_store::{Batch, Disk, Store, Table};
use weakstate_trees::state::{Changes, State, WholeState};

const BLOCKS: usize = 30;

/// The state after some blocks, once `damage` was done to its tables.
fn damaged(worlds: &[World], damage: impl Fn(&mut dyn Batch)) -> StateStore {
    let dir = tempfile::tempdir().unwrap().keep();
    let path = dir.join("store");
    let store = StateStore::create(&path, &Options::default()).unwrap();
    start(&store);
    for world in &worlds[..BLOCKS] {
        step(&store, world).unwrap();
    }
    drop(store);
    let disk = Disk::open(&path, &Options::default()).unwrap();
    let mut batch = disk.begin().unwrap();
    damage(&mut *batch);
    batch.commit().unwrap();
    drop(disk);
    let store = StateStore::open(&path, &Options::default()).unwrap();
    std::fs::remove_dir_all(dir).unwrap();
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
    let worlds = worlds(BLOCKS as u64);
    let changes = changes(&worlds[BLOCKS], 99);
    let address =
        changes.iter().find(|(address, _)| worlds[BLOCKS].contains_key(address)).unwrap().0;
    let store = damaged(&worlds, |batch| {
        let value = encode_account(7, &U256::MAX, &alloy_primitives::KECCAK256_EMPTY);
        batch.put(Table::Accounts, address.as_slice(), &value).unwrap();
    });
    assert_eq!(read_all(&store, &changes).unwrap_err().code, Code::StoreDamaged);
    assert_eq!(store.check(&mut |_| Ok(())).unwrap_err().code, Code::StoreDamaged);
}

#[test]
fn a_node_that_is_not_there_is_damage_and_no_hole() {
    let worlds = worlds(BLOCKS as u64);
    let changes = changes(&worlds[BLOCKS], 99);
    let store = damaged(&worlds, |batch| {
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
    let worlds = worlds(BLOCKS as u64);
    for table in [Table::Accounts, Table::Slots, Table::Nodes, Table::Codes] {
        for (index, lost) in [(0, true), (5, true), (1, false), (4, false)] {
            let store = damaged(&worlds, |batch| {
                let key = keys(batch, table, index + 1).pop().unwrap();
                if lost {
                    batch.delete(table, &key).unwrap();
                } else {
                    let mut value = batch.get(table, &key).unwrap().unwrap().to_vec();
                    *value.last_mut().unwrap() ^= 1;
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
    let store = damaged(&worlds, |batch| batch.put(Table::Nodes, &[1; 40], b"more").unwrap());
    assert_eq!(store.check(&mut |_| Ok(())).unwrap_err().code, Code::StoreDamaged);
}

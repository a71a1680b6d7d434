//! Steps forward and back, on disk and in memory, against a model.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use alloy_primitives::B256;
use common::{
    World, address, dump, expect_whole, head, header, layouts, root, start, start_of, step, worlds,
    worlds_of,
};
use weakstate_codec::Code;
use weakstate_state::{Options, StateStore, Step};
use weakstate_trees::state::{Changes, Layout, Scheme, Sealed};

/// In memory and on disk, under every scheme but the one whose commitments take long; a store holds
/// the state after nothing.
fn each(test: impl Fn(StateStore, Layout)) {
    for layout in layouts().into_iter().filter(|layout| layout.scheme != Scheme::VerkleKzg) {
        let memory = StateStore::memory();
        let dir = tempfile::tempdir().unwrap();
        let disk = StateStore::create(&dir.path().join("store"), &Options::default()).unwrap();
        for store in [memory, disk] {
            start_of(&layout, &store);
            test(store, layout);
        }
    }
}

#[test]
fn each_step_leads_to_what_the_model_says() {
    each(|store, layout| {
        let worlds = worlds_of(&layout, 60);
        for world in &worlds[..60] {
            step(&store, world).unwrap();
            expect_whole(&store, &worlds);
        }
    });
}

#[test]
fn going_back_leads_to_what_was() {
    each(|store, layout| {
        let worlds = worlds_of(&layout, 40);
        let mut at = 0;
        for (up, down) in [(7, 3), (1, 1), (20, 12), (10, 22), (30, 30), (40, 5)] {
            for _ in 0..up {
                step(&store, &worlds[at]).unwrap();
                at += 1;
            }
            store.revert(down as u64).unwrap();
            at -= down;
            assert_eq!(expect_whole(&store, &worlds), at as u64);
        }
    });
}

#[test]
fn only_so_many_blocks_can_be_taken_back() {
    each(|store, layout| {
        let worlds = worlds_of(&layout, 30);
        let store = store.keep(10);
        for world in &worlds[..30] {
            step(&store, world).unwrap();
        }
        assert_eq!(store.view().unwrap().undoable().unwrap(), 10);
        assert_eq!(store.revert(11).unwrap_err().code, Code::StoreMissingUndo);
        assert_eq!(store.revert(31).unwrap_err().code, Code::StoreMissingUndo);
        assert_eq!(expect_whole(&store, &worlds), 30);
        store.revert(0).unwrap();
        store.revert(10).unwrap();
        assert_eq!(expect_whole(&store, &worlds), 20);
        assert_eq!(store.revert(1).unwrap_err().code, Code::StoreMissingUndo);
    });
}

#[test]
fn headers_stay_as_long_as_a_block_may_ask_for_them() {
    let store = StateStore::memory().keep(4);
    start(&store);
    let worlds = worlds(300);
    for world in &worlds[..300] {
        step(&store, world).unwrap();
    }
    store.revert(4).unwrap();
    let view = store.view().unwrap();
    let headers = view.headers(256).unwrap();
    assert_eq!(headers.len(), 256);
    assert_eq!((headers[0], headers[255]), (&header(41)[..], &header(296)[..]));
}

#[test]
fn a_step_from_elsewhere_changes_nothing() {
    each(|store, layout| {
        let worlds = worlds_of(&layout, 3);
        step(&store, &worlds[0]).unwrap();
        let at = store.view().unwrap().head();
        let (changes, sealed) = (Changes::new(), Sealed::default());
        for (parent, pre_state_root) in [(at.hash, B256::ZERO), (B256::ZERO, at.root)] {
            let taken = store.commit(&Step {
                parent,
                pre_state_root,
                head: head(2, at.root),
                header: &header(2),
                changes: &changes,
                codes: &Default::default(),
                sealed: &sealed,
            });
            assert!(!taken.unwrap());
        }
        assert_eq!(expect_whole(&store, &worlds), 1);
    });
}

#[test]
fn a_fork_goes_its_own_way() {
    for layout in layouts() {
        let worlds = worlds_of(&layout, 8);
        let store = StateStore::memory();
        start_of(&layout, &store);
        for world in &worlds[..5] {
            step(&store, world).unwrap();
        }
        let other = store.fork().unwrap();
        store.revert(4).unwrap();
        for world in &worlds[5..8] {
            step(&other, world).unwrap();
        }
        assert_eq!((expect_whole(&store, &worlds), expect_whole(&other, &worlds)), (1, 8));
    }
}

#[test]
fn a_backup_is_the_same_state() {
    let worlds = worlds(6);
    let dir = tempfile::tempdir().unwrap();
    let store = StateStore::create(&dir.path().join("store"), &Options::default()).unwrap();
    start(&store);
    for world in &worlds[..5] {
        step(&store, world).unwrap();
    }
    let path = dir.path().join("backup");
    store.backup(&path).unwrap();
    let backup = StateStore::open(&path, &Options::default()).unwrap();
    assert_eq!(backup.view().unwrap().identity().unwrap(), common::identity());
    step(&backup, &worlds[5]).unwrap();
    assert_eq!((expect_whole(&store, &worlds), expect_whole(&backup, &worlds)), (5, 6));
    assert_eq!(store.backup(&path).unwrap_err().code, Code::StoreExists);
}

#[test]
fn pruning_keeps_codes_that_can_come_back() {
    let worlds = worlds(50);
    let store = StateStore::memory();
    start(&store);
    for world in &worlds[..50] {
        step(&store, world).unwrap();
    }
    let before = store.check(&mut |_| Ok(())).unwrap().codes;
    let pruned = store.prune(20).unwrap();
    assert!(pruned.undo_records > 0 && pruned.codes > 0);
    assert_eq!(store.check(&mut |_| Ok(())).unwrap().codes, before - pruned.codes);
    for back in 1..=20 {
        store.revert(1).unwrap();
        assert_eq!(expect_whole(&store, &worlds), 50 - back);
    }
    assert_eq!(store.revert(1).unwrap_err().code, Code::StoreMissingUndo);
}

#[test]
fn a_proof_leads_from_the_root_to_what_it_proves() {
    use alloy_trie::{Nibbles, proof::verify_proof};
    let worlds = worlds(40);
    let store = StateStore::memory();
    start(&store);
    for world in &worlds[..40] {
        step(&store, world).unwrap();
    }
    let (view, world) = (store.view().unwrap(), &worlds[40]);
    let mut proven = 0;
    for number in 0..45 {
        let address = address(number);
        let slots: Vec<_> = (0..22).map(alloy_primitives::U256::from).collect();
        let proof = view.proof(&address, &slots).unwrap();
        let (account, storage) = world.get(&address).cloned().unzip();
        assert_eq!(proof.account, account);
        let leaf = account.map(|account| {
            weakstate_trees::state::encode_account(&account, &proof.storage_root).into_vec()
        });
        let key = Nibbles::unpack(alloy_primitives::keccak256(address));
        verify_proof(root(world), key, leaf, &proof.nodes).unwrap();
        for slot in proof.slots {
            let value = storage.as_ref().and_then(|storage| storage.get(&slot.slot)).copied();
            assert_eq!(slot.value, value.unwrap_or_default());
            let key = alloy_primitives::keccak256(slot.slot.to_be_bytes::<32>());
            let leaf = value.map(alloy_rlp::encode);
            verify_proof(proof.storage_root, Nibbles::unpack(key), leaf, &slot.nodes).unwrap();
            proven += usize::from(value.is_some());
        }
    }
    assert!(proven > 20);
    let _: World = dump(&view);
}

//! The accounts of a store in Merkle Patricia tries, under another commitment in another store.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::{World, head, header, identity_of, leaves, start, step, worlds};
use weakstate_codec::{Code, Error};
use weakstate_state::{Progress, Rebuild, Result, StateStore, View};
use weakstate_trees::binary::Profile;
use weakstate_trees::state::{Embedding, Layout, Scheme};

const BLOCKS: u64 = 40;

fn layout(embedding: Embedding) -> Layout {
    Layout { scheme: Scheme::Verkle, embedding, ..Layout::default() }
}

fn source() -> (StateStore, Vec<World>) {
    let worlds = worlds(BLOCKS);
    let store = StateStore::memory();
    start(&store);
    for world in &worlds[..BLOCKS as usize] {
        step(&store, world).unwrap();
    }
    (store, worlds)
}

fn rebuild(
    target: &StateStore,
    source: &View,
    layout: &Layout,
    room: usize,
    mut progress: impl FnMut(Progress) -> Result<()>,
) -> Result<()> {
    let rebuild = Rebuild { source, identity: &identity_of(layout), room };
    target.rebuild(&rebuild, |root| (head(BLOCKS, root), header(BLOCKS)), &mut progress)
}

#[test]
fn the_same_accounts_have_the_root_of_a_tree_that_is_written_at_once() {
    let (store, worlds) = source();
    let view = store.view().unwrap();
    let kzg = Layout { scheme: Scheme::VerkleKzg, ..Layout::default() };
    let binary = Profile::ALL.map(|profile| Layout::of(Scheme::Binary(profile)));
    let verkle = [layout(Embedding::Packed), layout(Embedding::FiveLeaf), kzg];
    for layout in verkle.into_iter().chain(binary) {
        for room in [Rebuild::ROOM, 1 << 16] {
            let target = StateStore::memory();
            rebuild(&target, &view, &layout, room, |_| Ok(())).unwrap();
            let made = target.view().unwrap();
            assert_eq!(made.head().root, leaves::root(&layout, &worlds));
            assert_eq!(common::dump(&made), worlds[BLOCKS as usize]);
            assert_eq!(made.headers(256).unwrap(), view.headers(256).unwrap());
            drop(made);
            target.check(&mut |_| Ok(())).unwrap();
            let refusal = rebuild(&target, &view, &layout, room, |_| Ok(())).unwrap_err();
            assert_eq!(refusal.code, Code::StoreExists);
        }
    }
}

#[test]
fn what_was_interrupted_goes_on() {
    let (store, worlds) = source();
    let view = store.view().unwrap();
    let layout = layout(Embedding::Packed);
    let mut done = false;
    let target = StateStore::memory();
    let mut runs = 0;
    while !done {
        runs += 1;
        let mut heard = 0;
        let stop = |_| {
            heard += 1;
            match heard > 3 {
                true => Err(Box::new(Error::new(Code::TooSlow))),
                false => Ok(()),
            }
        };
        done = rebuild(&target, &view, &layout, 1 << 16, stop).is_ok();
        assert!(runs < 1000);
    }
    assert!(runs > 3);
    assert_eq!(target.view().unwrap().head().root, leaves::root(&layout, &worlds));
    target.check(&mut |_| Ok(())).unwrap();
}

#[test]
fn part_of_another_rebuild_is_not_gone_on_with() {
    let (store, worlds) = source();
    let view = store.view().unwrap();
    let target = StateStore::memory();
    let stop = |_| Err(Box::new(Error::new(Code::TooSlow)));
    let packed = layout(Embedding::Packed);
    // The second report comes once something was written.
    let mut heard = 0;
    let stop = |progress| {
        heard += 1;
        if heard > 1 { stop(progress) } else { Ok(()) }
    };
    rebuild(&target, &view, &packed, 1 << 16, stop).unwrap_err();
    let other = layout(Embedding::FiveLeaf);
    let refusal = rebuild(&target, &view, &other, 1 << 16, |_| Ok(())).unwrap_err();
    assert_eq!(refusal.code, Code::StoreExists);
    step(&store, &worlds[BLOCKS as usize]).unwrap();
    let later = store.view().unwrap();
    let refusal = rebuild(&target, &later, &packed, 1 << 16, |_| Ok(())).unwrap_err();
    assert_eq!(refusal.code, Code::StoreExists);
}

#[test]
fn a_tree_of_leaves_is_no_source() {
    let (store, _) = source();
    let (target, layout) = (StateStore::memory(), layout(Embedding::Packed));
    rebuild(&target, &store.view().unwrap(), &layout, Rebuild::ROOM, |_| Ok(())).unwrap();
    let view = target.view().unwrap();
    let refusal = rebuild(&StateStore::memory(), &view, &layout, Rebuild::ROOM, |_| Ok(()));
    assert_eq!(refusal.unwrap_err().code, Code::MissingPart);
}

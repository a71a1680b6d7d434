//! Steps over a simulated disk that loses, tears and reorders what was not synced, or is full.
#![cfg(all(target_os = "linux", target_pointer_width = "64"))]
#![expect(clippy::expect_used, clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod common;
#[path = "../../store/tests/common/cut.rs"]
mod cut;
#[path = "../../store/tests/common/disk.rs"]
#[allow(dead_code, clippy::allow_attributes, reason = "not every fault is met here")]
mod disk;

use std::fs;

use common::{Random, World, expect_whole, layouts, start_of, step, worlds_of};
use cut::{Run, after_power_cut};
use disk::{Event, Fault, record, with_fault};
use weakstate_codec::Code;
use weakstate_state::{Options, StateStore};
use weakstate_trees::state::{Layout, Scheme};

const OPTIONS: Options = Options { max_bytes: 1 << 30, max_snapshots: 8 };
const BLOCKS: u64 = 40;
/// After this block the writer goes back by ten.
const TURN: u64 = 25;

/// Takes steps over a recording disk.
fn run(layout: &Layout, worlds: &[World]) -> Run {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let store = StateStore::create(&path, &OPTIONS).unwrap();
    start_of(layout, &store);
    let before = fs::read(path.join("data.mdb")).unwrap();
    let events = record(&path, |note| {
        for number in 1..=TURN {
            step(&store, &worlds[number as usize - 1]).unwrap();
            note(number);
        }
        store.revert(10).unwrap();
        note(TURN - 10);
        for number in TURN - 9..=BLOCKS {
            step(&store, &worlds[number as usize - 1]).unwrap();
            note(number);
        }
    });
    Run { before, events }
}

#[test]
fn no_reported_step_is_lost_with_the_power() {
    power_cuts(&Layout::default(), 200);
}

#[test]
fn no_reported_step_is_lost_with_the_power_where_leaves_stay() {
    for layout in layouts().iter().filter(|layout| layout.scheme != Scheme::Mpt) {
        power_cuts(layout, 12);
    }
}

fn power_cuts(layout: &Layout, cuts: u64) {
    let worlds = worlds_of(layout, BLOCKS + 3);
    let run = run(layout, &worlds);
    let notes: Vec<u64> = run
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Note(number) => Some(*number),
            _ => None,
        })
        .collect();
    for seed in 0..cuts {
        let mut random = Random(seed);
        let mut below = |bound: usize| random.below(bound as u64) as usize;
        let count = below(run.events.len() + 1);
        let kept = [0, 16, below(17)][below(3)];
        let reported =
            run.events[..count].iter().filter(|event| matches!(event, Event::Note(_))).count();
        let dir = tempfile::tempdir().unwrap();
        let file = after_power_cut(&run, count, kept, &mut below);
        fs::write(dir.path().join("data.mdb"), file).unwrap();
        let store = StateStore::open(dir.path(), &OPTIONS).expect("opens");
        let found = expect_whole(&store, &worlds);
        let last = reported.checked_sub(1).map_or(0, |last| notes[last]);
        let in_flight = notes.get(reported).copied().unwrap_or(last);
        assert!(found == last || found == in_flight, "seed {seed}: {last}, {found} found");
        for number in found..(found + 3).min(BLOCKS + 3) {
            step(&store, &worlds[number as usize]).unwrap();
        }
        expect_whole(&store, &worlds);
        store.revert(found.min(5)).unwrap();
        expect_whole(&store, &worlds);
    }
}

#[test]
fn a_full_disk_loses_nothing() {
    layouts().iter().for_each(full_disk);
}

fn full_disk(layout: &Layout) {
    let worlds = worlds_of(layout, 8);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let store = StateStore::create(&path, &OPTIONS).unwrap();
    start_of(layout, &store);
    for world in &worlds[..4] {
        step(&store, world).unwrap();
    }
    drop(store);
    let whole = fs::read(path.join("data.mdb")).unwrap();
    for after in 0.. {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("data.mdb"), &whole).unwrap();
        let store = StateStore::open(dir.path(), &OPTIONS).unwrap();
        let (result, met) = with_fault(dir.path(), Fault::Full, after, || step(&store, &worlds[4]));
        if !met {
            result.unwrap();
            assert!(after > 0);
            break;
        }
        assert_eq!(result.expect_err("refused").code, Code::StoreFull);
        drop(store);
        let store = StateStore::open(dir.path(), &OPTIONS).unwrap();
        let found = expect_whole(&store, &worlds);
        assert!(found == 4 || found == 5);
        step(&store, &worlds[found as usize]).unwrap();
        expect_whole(&store, &worlds);
    }
}

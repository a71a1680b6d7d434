//! A simulated disk under the store: it loses, tears and reorders what was not synced, or is full.
//!
//! LMDB writes through the C library. This program defines those functions itself, so that the
//! engine's calls come here: they do what they say, and write down what they did to the tables'
//! file. From that journal the file is rebuilt as a power cut at any moment may have left it.
#![cfg(all(target_os = "linux", target_pointer_width = "64"))]
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "tests")]

mod common;
#[path = "common/cut.rs"]
mod cut;
#[path = "common/disk.rs"]
mod disk;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::{next, write};
use cut::{Run, after_power_cut};
use disk::{Event, Fault, record, with_fault};
use weakstate_codec::Code;
use weakstate_store::{Disk, Options, Store};

const OPTIONS: Options = Options { max_bytes: 1 << 30, max_snapshots: 8 };
const BLOCKS: u64 = 40;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 16) as usize % bound
    }
}

/// Commits blocks over a recording disk.
fn run() -> Run {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let store = Disk::create(&path, &OPTIONS).unwrap();
    let before = fs::read(path.join("data.mdb")).unwrap();
    let events = record(&path, |note| {
        for number in 0..BLOCKS {
            write(&store, number).unwrap();
            note(number);
        }
    });
    Run { before, events }
}

/// Cuts the power once and opens the store again.
fn survive(run: &Run, seed: u64) {
    let mut random = Random(seed);
    let count = random.below(run.events.len() + 1);
    let kept = [0, 16, random.below(17)].into_iter().nth(random.below(3)).unwrap();
    let mut reported = run.events.iter().take(count).filter_map(|event| match event {
        Event::Note(number) => Some(number + 1),
        _ => None,
    });
    let reported = reported.next_back().unwrap_or(0);
    let dir = tempfile::tempdir().unwrap();
    fs::write(
        dir.path().join("data.mdb"),
        after_power_cut(run, count, kept, &mut |bound| random.below(bound)),
    )
    .unwrap();
    let store = Disk::open(dir.path(), &OPTIONS).expect("opens");
    let found = next(&store);
    assert!(found == reported || found == reported + 1, "seed {seed}: {reported}, {found} found");
    store.check().unwrap();
    for number in found..found + 3 {
        write(&store, number).unwrap();
    }
    drop(store);
    assert_eq!(next(&Disk::open(dir.path(), &OPTIONS).unwrap()), found + 3);
}

#[test]
fn no_reported_block_is_lost_with_the_power() {
    let run = run();
    let writes = run.events.iter().filter(|event| matches!(event, Event::Write { .. })).count();
    let syncs = run.events.iter().filter(|event| matches!(event, Event::Sync)).count();
    assert!(writes > 3 * BLOCKS as usize && syncs >= BLOCKS as usize, "{writes} {syncs}");
    for seed in 0..200 {
        survive(&run, seed);
    }
}

/// Would the test above see an engine that does not sync? In its own process: LMDB may crash.
#[test]
fn a_disk_that_ignores_syncs_is_found_out() {
    let own = std::env::current_exe().unwrap();
    let args = ["without_syncs", "--exact"];
    let output = Command::new(own).args(args).env("STORE_SYNCS", "ignored").output().unwrap();
    assert!(!output.status.success());
}

#[test]
fn without_syncs() {
    if std::env::var_os("STORE_SYNCS").is_none() {
        return;
    }
    let mut run = run();
    run.events.retain(|event| !matches!(event, Event::Sync));
    for event in &mut run.events {
        if let Event::Write { through, .. } = event {
            *through = false;
        }
    }
    for seed in 0..200 {
        survive(&run, seed);
    }
}

/// Runs into `fault` at one write after the other, until none is left to run into.
fn at_every_write(fault: Fault, expected: &[Code]) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let store = Disk::create(&path, &OPTIONS).unwrap();
    for number in 0..3 {
        write(&store, number).unwrap();
    }
    drop(store);
    let whole = fs::read(path.join("data.mdb")).unwrap();
    for after in 0.. {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("data.mdb"), &whole).unwrap();
        let store = Disk::open(dir.path(), &OPTIONS).unwrap();
        let (result, met) = with_fault(dir.path(), fault, after, || write(&store, 3));
        if !met {
            result.unwrap();
            assert!(after > 0);
            break;
        }
        goes_on(store, dir.path(), result, expected);
    }
}

fn goes_on(store: Disk, dir: &Path, result: weakstate_store::Result<()>, expected: &[Code]) {
    let error = result.expect_err("refused");
    assert!(expected.contains(&error.code), "{error}");
    // After a failure in the last write of a commit the engine wants to be opened anew.
    match store.snapshot() {
        Err(error) => assert_eq!(error.code, Code::StoreFailed),
        Ok(_) => {
            assert_eq!(next(&store), 3);
            write(&store, 3).unwrap();
        }
    }
    drop(store);
    let store = Disk::open(dir, &OPTIONS).unwrap();
    store.check().unwrap();
    let found = next(&store);
    assert!(found == 3 || found == 4);
    write(&store, found).unwrap();
    assert_eq!(next(&store), found + 1);
}

#[test]
fn a_full_disk_loses_nothing() {
    at_every_write(Fault::Full, &[Code::StoreFull]);
    at_every_write(Fault::Short, &[Code::StoreFull]);
}

#[test]
fn a_disk_that_fails_loses_nothing() {
    at_every_write(Fault::Broken, &[Code::StoreFailed]);
    at_every_write(Fault::SyncFails, &[Code::StoreFailed]);
}

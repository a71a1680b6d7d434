//! A process that is killed while it takes the state on, or back, loses no step that it had
//! reported; what is there is the state of its head.
#![expect(clippy::expect_used, clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use common::{Random, expect_whole, layouts, start_of, step, worlds_of};
use weakstate_state::{Options, StateStore};
use weakstate_trees::state::{Layout, Scheme};

/// How far the writer goes before it turns back, and how far it comes back.
const TOP: u64 = 120;
const BACK: u64 = 30;

/// Goes up and back, and reports each step once it is durable. Runs until it is killed.
#[test]
fn writer_process() {
    let Some(dir) = std::env::var_os("STATE_DIR") else { return };
    let store = StateStore::open(Path::new(&dir), &Options::default()).unwrap();
    let worlds = worlds_of(store.view().unwrap().layout(), TOP);
    loop {
        let at = store.view().unwrap().head().number;
        if at == TOP {
            store.revert(BACK).unwrap();
        } else {
            step(&store, &worlds[at as usize]).unwrap();
        }
        println!("durable: {}", store.view().unwrap().head().number);
    }
}

#[test]
fn the_last_step_reported_is_there() {
    killed(Layout::default(), std::env::var("KILLS").map_or(200, |runs| runs.parse().unwrap()));
}

#[test]
fn the_last_step_reported_is_there_where_leaves_stay() {
    let runs = std::env::var("KILLS").map_or(12, |runs| runs.parse().unwrap());
    for layout in layouts().into_iter().filter(|layout| layout.scheme != Scheme::Mpt) {
        killed(layout, runs);
    }
}

fn killed(layout: Layout, runs: u32) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let store = StateStore::create(&path, &Options::default()).unwrap();
    start_of(&layout, &store);
    drop(store);
    let worlds = worlds_of(&layout, TOP);
    let mut random = Random(u64::from(std::process::id()));
    for _ in 0..runs {
        let mut writer = Command::new(std::env::current_exe().unwrap())
            .args(["writer_process", "--exact", "--nocapture"])
            .env("STATE_DIR", &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines();
        let mut durable = None;
        let mut reported = |line: String| {
            let number = line.split_once("durable: ").map(|(_, number)| number.parse::<u64>());
            durable = number.map(|number| number.expect("a number")).or(durable);
        };
        // Killed in a step, mostly, and not while it starts.
        for line in lines.by_ref().take(3 + random.below(4) as usize) {
            reported(line.unwrap());
        }
        std::thread::sleep(Duration::from_micros(random.below(8_000)));
        writer.kill().unwrap();
        writer.wait().unwrap();
        for line in lines {
            reported(line.unwrap());
        }
        let durable = durable.expect("some step");
        let next = if durable == TOP { TOP - BACK } else { durable + 1 };
        let store = StateStore::open(&path, &Options::default()).unwrap();
        let found = expect_whole(&store, &worlds);
        assert!(found == durable || found == next, "{durable} reported, {found} found");
    }
    let store = StateStore::open(&path, &Options::default()).unwrap();
    let found = expect_whole(&store, &worlds);
    store.revert(found.min(BACK)).unwrap();
    expect_whole(&store, &worlds);
}

//! A process that is killed while it commits loses no block that it had reported.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "tests")]

mod common;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use common::{next, write};
use weakstate_store::{Disk, Options, Store, Table};

/// Commits block after block, and reports each once it is durable. Runs until it is killed.
#[test]
fn writer_process() {
    let Some(dir) = std::env::var_os("STORE_DIR") else { return };
    let store = Disk::open(Path::new(&dir), &Options::default()).unwrap();
    for number in next(&store).. {
        write(&store, number).unwrap();
        println!("durable: {number}");
    }
}

#[test]
fn the_last_block_reported_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    drop(Disk::create(&path, &Options::default()).unwrap());
    let mut random = u64::from(std::process::id());
    let mut blocks = 0;
    for _ in 0..20 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let mut writer = Command::new(std::env::current_exe().unwrap())
            .args(["writer_process", "--exact", "--nocapture"])
            .env("STORE_DIR", &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines();
        let mut durable = None;
        let mut reported = |line: String| {
            let number = line.split_once("durable: ").map(|(_, number)| number.parse::<u64>());
            durable = number.map(|number| number.expect("a number")).or(durable);
        };
        // Killed in a commit, mostly, and not while it starts.
        for line in lines.by_ref().take(6) {
            reported(line.unwrap());
        }
        std::thread::sleep(Duration::from_micros((random >> 33) % 20_000));
        writer.kill().unwrap();
        writer.wait().unwrap();
        for line in lines {
            reported(line.unwrap());
        }
        let durable = durable.expect("some block");
        let store = Disk::open(&path, &Options::default()).unwrap();
        let found = next(&store);
        assert!(found == durable + 1 || found == durable + 2, "{durable} reported, {found} found");
        write(&store, found).unwrap();
        store.check().unwrap();
        blocks = found;
    }
    assert!(blocks > 40);
}

#[test]
fn a_reader_outlives_the_writer_and_a_killed_reader_holds_nothing_up() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let store = Disk::create(&path, &Options::default()).unwrap();
    for number in 0..50 {
        write(&store, number).unwrap();
    }
    let before = store.snapshot().unwrap();
    let moment = before.moment();
    drop(before);
    drop(store);
    let reader = Disk::open_read_only(&path).unwrap();
    let snapshot = reader.snapshot().unwrap();
    assert_eq!(snapshot.moment(), moment);
    let mut writer = Command::new(std::env::current_exe().unwrap())
        .args(["writer_process", "--exact", "--nocapture"])
        .env("STORE_DIR", &path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(writer.stdout.take().unwrap()).lines();
    lines.take(30).for_each(|line| drop(line.unwrap()));
    writer.kill().unwrap();
    writer.wait().unwrap();
    assert_eq!(snapshot.count(Table::Headers).unwrap(), 50);
    assert!(next(&reader) > 60);
}

//! What a changed byte in the tables' file does: found, unseen, or the end of the process.
//!
//! `cargo run --release -p weakstate-store --example rot -- [RUNS]`
//!
//! Each run changes one random byte of a store of 20,000 nodes and walks all of it, in a process
//! of its own. The figures are in `docs/decisions/0009-lmdb-under-the-store.md`.
#![expect(clippy::expect_used, reason = "a measurement, not a library")]

use std::path::Path;
use std::process::Command;

use weakstate_store::{Disk, Options, Store, Table};

fn random(seed: u64) -> u64 {
    let z = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn fill(store: &Disk) {
    for block in 0..20_u64 {
        let mut batch = store.begin().expect("begin");
        for node in 0..1_000 {
            let number = random(1 + block * 1_000 + node);
            let key = number.to_le_bytes().repeat(5);
            let value = number.to_be_bytes().repeat(12 + number as usize % 54);
            batch.put(Table::Nodes, &key, &value).expect("put");
        }
        batch.commit().expect("commit");
    }
}

fn main() {
    let argument = std::env::args().nth(1);
    if let Some(dir) = argument.as_deref().filter(|text| text.contains('/')) {
        let checked = Disk::open(Path::new(dir), &Options::default()).and_then(|disk| disk.check());
        std::process::exit(if checked.is_ok() { 0 } else { 6 });
    }
    let runs = argument.and_then(|runs| runs.parse().ok()).unwrap_or(300);
    let dir = tempfile::tempdir().expect("directory");
    // A copy has no pages that are not in use, though pages that are not full.
    let (made, path) = (dir.path().join("made"), dir.path().join("store"));
    let store = Disk::create(&made, &Options::default()).expect("create");
    fill(&store);
    store.copy_to(&path).expect("copy");
    let held = store.check().expect("check");
    let data = path.join("data.mdb");
    let whole = std::fs::read(&data).expect("read");
    let (mut found, mut unseen, mut ended) = (0, 0, 0);
    for run in 0..runs {
        let mut bytes = whole.clone();
        let at = random(run + 7) % bytes.len() as u64;
        if let Some(byte) = bytes.get_mut(at as usize) {
            *byte ^= 1 + (random(run + 11) % 255) as u8;
        }
        std::fs::write(&data, bytes).expect("write");
        let own = std::env::current_exe().expect("own path");
        let status = Command::new(own).arg(&path).status().expect("child");
        match status.code() {
            Some(0) => unseen += 1,
            Some(6) => found += 1,
            _ => ended += 1,
        }
    }
    println!("{} % of the file are keys and values", held * 100 / whole.len() as u64);
    println!("{runs} changed bytes: {found} found, {unseen} unseen, {ended} ended the process");
}

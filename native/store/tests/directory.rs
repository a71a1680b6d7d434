//! A store on disk says what is wrong with its directory, and loses nothing over it.
#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;
use weakstate_codec::Code;
use weakstate_store::{Disk, FORMAT, Options, Result, Store, Table};

const OPTIONS: Options = Options { max_bytes: 1 << 30, max_snapshots: 8 };

fn dir() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// A store in `dir` whose key `n` holds 1 in each table.
fn store(dir: &Path) -> Disk {
    let store = Disk::create(dir, &OPTIONS).unwrap();
    let mut batch = store.begin().unwrap();
    for table in Table::ALL {
        batch.put(table, b"n", &[1]).unwrap();
    }
    batch.commit().unwrap();
    store
}

fn put(store: &Disk, value: &[u8]) -> Result<()> {
    let mut batch = store.begin()?;
    batch.put(Table::Codes, b"n", value)?;
    batch.commit()
}

fn get(store: &Disk) -> Vec<u8> {
    store.snapshot().unwrap().get(Table::Codes, b"n").unwrap().unwrap().to_vec()
}

#[track_caller]
fn refused<T>(result: Result<T>, code: Code) {
    let error = result.err().expect("refused");
    assert_eq!(error.code, code, "{error}");
    assert!(!error.at.is_empty());
}

/// Runs this test program again as the other process of a test; gives what it says.
fn other(role: &str, dir: &Path) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["other_process", "--exact", "--nocapture"])
        .env("STORE_ROLE", role)
        .env("STORE_DIR", dir)
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let said = text.lines().find_map(|line| line.split_once("said: ")).expect("says something");
    said.1.to_owned()
}

#[test]
fn other_process() {
    let (Ok(role), Some(dir)) = (std::env::var("STORE_ROLE"), std::env::var_os("STORE_DIR")) else {
        return;
    };
    let dir = Path::new(&dir);
    let said = match role.as_str() {
        "writer" => slug(Disk::open(dir, &OPTIONS).map(|_| "open".to_owned())),
        "reader" => slug(Disk::open_read_only(dir).map(|store| format!("{:?}", get(&store)))),
        _ => {
            // SAFETY: nothing here depends on who we are; a user who is not root already fails.
            unsafe { libc::setuid(65_534) };
            let write = slug(Disk::open(dir, &OPTIONS).map(|_| "open".to_owned()));
            let create = slug(Disk::create(&dir.join("b"), &OPTIONS).map(|_| "open".to_owned()));
            let read = Disk::open_read_only(dir);
            let begun = read.as_ref().map_or_else(
                |error| error.code.slug(),
                |store| store.begin().err().map_or("begun", |error| error.code.slug()),
            );
            let read = slug(read.map(|store| format!("{:?}", get(&store))));
            format!("{write} {create} {begun} {read}")
        }
    };
    println!("said: {said}");
}

fn slug(result: Result<String>) -> String {
    result.unwrap_or_else(|error| error.code.slug().to_owned())
}

#[test]
fn it_opens_again_with_what_was_committed() {
    let dir = dir();
    drop(store(dir.path()));
    for n in 1..20_u8 {
        let store = Disk::open(dir.path(), &OPTIONS).unwrap();
        assert_eq!(get(&store), [n]);
        put(&store, &[n + 1]).unwrap();
    }
    assert_eq!(Disk::open_read_only(dir.path()).unwrap().check().unwrap(), 14 + 26);
}

#[test]
fn nothing_is_no_store_and_a_store_is_not_made_twice() {
    let dir = dir();
    for missing in [dir.path().to_owned(), dir.path().join("a/b")] {
        refused(Disk::open(&missing, &OPTIONS), Code::StoreMissing);
        refused(Disk::open_read_only(&missing), Code::StoreMissing);
        refused(Disk::upgrade(&missing, &OPTIONS), Code::StoreMissing);
    }
    let deep = dir.path().join("a/b");
    drop(store(&deep));
    refused(Disk::create(&deep, &OPTIONS), Code::StoreExists);
    assert_eq!(get(&Disk::open(&deep, &OPTIONS).unwrap()), [1]);
}

#[test]
fn a_directory_of_something_else_is_left_alone() {
    let dir = dir();
    let note = dir.path().join("note");
    fs::write(&note, "mine").unwrap();
    for place in [dir.path(), &note] {
        refused(Disk::create(place, &OPTIONS), Code::StoreForeign);
        refused(Disk::open(place, &OPTIONS), Code::StoreForeign);
        refused(Disk::open_read_only(place), Code::StoreForeign);
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    assert_eq!(fs::read(&note).unwrap(), b"mine");
}

#[test]
fn another_programs_lmdb_file_is_foreign() {
    for table in [None, Some("accounts"), Some("meta")] {
        let dir = dir();
        let mut options = heed::EnvOpenOptions::new();
        options.max_dbs(4).map_size(1 << 20);
        // SAFETY: nobody else has this new directory.
        let env = unsafe { options.open(dir.path()) }.unwrap();
        env.create_databases_and_commit(env.write_txn().unwrap(), |opener, txn| {
            let table =
                opener.create_database::<heed::types::Bytes, heed::types::Bytes>(txn, table)?;
            table.put(txn, b"format", b"weakstate sture 1234")?;
            heed::Result::Ok(heed::CommitOrAbort::<(), ()>::Commit(()))
        })
        .unwrap();
        drop(env);
        refused(Disk::open(dir.path(), &OPTIONS), Code::StoreForeign);
        refused(Disk::open_read_only(dir.path()), Code::StoreForeign);
        refused(Disk::upgrade(dir.path(), &OPTIONS), Code::StoreForeign);
    }
}

#[test]
fn another_format_is_named_and_kept() {
    let dir = dir();
    for (version, code) in [(FORMAT - 1, Code::StoreOldFormat), (FORMAT + 1, Code::StoreNewFormat)]
    {
        let other = dir.path().join(version.to_string());
        let store = store(&other);
        let mut batch = store.begin().unwrap();
        let mark = batch.get(Table::Meta, b"format").unwrap().unwrap();
        let mark = [mark.strip_suffix(&FORMAT.to_be_bytes()).unwrap(), &version.to_be_bytes()];
        let mark = mark.concat();
        batch.put(Table::Meta, b"format", &mark).unwrap();
        batch.commit().unwrap();
        drop(store);
        refused(Disk::open_read_only(&other), code);
        let error = Disk::open(&other, &OPTIONS).expect_err("refused");
        assert_eq!(error.code, code);
        assert_eq!((error.expected, error.actual), (FORMAT.to_string(), version.to_string()));
        // No format came before the first.
        refused(Disk::upgrade(&other, &OPTIONS), code);
    }
    let current = dir.path().join("current");
    drop(store(&current));
    Disk::upgrade(&current, &OPTIONS).unwrap();
    assert_eq!(get(&Disk::open(&current, &OPTIONS).unwrap()), [1]);
}

#[test]
fn there_is_one_writer() {
    let dir = dir();
    let store = store(dir.path());
    refused(Disk::open(dir.path(), &OPTIONS), Code::StoreLocked);
    refused(Disk::upgrade(dir.path(), &OPTIONS), Code::StoreLocked);
    refused(Disk::open_read_only(dir.path()), Code::StoreLocked);
    assert_eq!(other("writer", dir.path()), "store_locked");
    put(&store, &[2]).unwrap();
    let clone = store.clone();
    drop(store);
    assert_eq!(other("writer", dir.path()), "store_locked");
    drop(clone);
    assert_eq!(other("writer", dir.path()), "open");
}

#[test]
fn another_process_reads_while_one_writes() {
    let dir = dir();
    let store = store(dir.path());
    for n in 2..6_u8 {
        put(&store, &[n; 3]).unwrap();
        let batch = store.begin().unwrap();
        assert_eq!(other("reader", dir.path()), format!("{:?}", vec![n; 3]));
        drop(batch);
    }
}

#[test]
fn a_directory_that_may_not_be_written_to_can_be_read() {
    let dir = dir();
    let path = dir.path().join("store");
    let store = store(&path);
    let allow = |mode_of_dir, mode_of_files| {
        for file in fs::read_dir(&path).unwrap() {
            let mode = fs::Permissions::from_mode(mode_of_files);
            fs::set_permissions(file.unwrap().path(), mode).unwrap();
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(mode_of_dir)).unwrap();
    };
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    allow(0o555, 0o444);
    // Beside a writer it could not be seen.
    let said = other("nobody", &path);
    assert_eq!(said, "store_read_only store_read_only store_locked store_locked");
    drop(store);
    assert_eq!(other("nobody", &path), "store_read_only store_read_only store_read_only [1]");
    allow(0o755, 0o644);
    assert_eq!(get(&Disk::open(&path, &OPTIONS).unwrap()), [1]);
}

#[test]
fn a_full_store_keeps_what_it_has_and_goes_on_when_it_may_grow() {
    let dir = dir();
    let small = Options { max_bytes: 1 << 20, ..OPTIONS };
    let store = Disk::create(dir.path(), &small).unwrap();
    assert_eq!(store.usage().max_bytes, 1 << 20);
    put(&store, &[1]).unwrap();
    refused(put(&store, &vec![2; 2 << 20]), Code::StoreFull);
    assert_eq!(get(&store), [1]);
    for n in 0..10 {
        put(&store, &[n]).unwrap();
    }
    drop(store);
    let store = Disk::open(dir.path(), &OPTIONS).unwrap();
    assert_eq!(get(&store), [9]);
    put(&store, &vec![2; 2 << 20]).unwrap();
    assert!(store.usage().used_bytes > 2 << 20);
}

#[test]
fn snapshots_are_bounded() {
    let dir = dir();
    let store = store(dir.path());
    let taken: Vec<_> = (0..OPTIONS.max_snapshots).map(|_| store.snapshot().unwrap()).collect();
    refused(store.snapshot(), Code::StoreLocked);
    drop(taken);
    store.snapshot().unwrap();
}

#[test]
fn a_cut_file_is_damage_and_does_not_end_the_process() {
    let dir = dir();
    let path = dir.path().join("whole");
    let whole = store(&path);
    for n in 0..40_u8 {
        let mut batch = whole.begin().unwrap();
        for m in 0..40 {
            batch.put(Table::Nodes, &[n, m], &[n; 400]).unwrap();
            batch.put(Table::Codes, &[n, m], &vec![m; usize::from(n) * 100]).unwrap();
        }
        batch.commit().unwrap();
    }
    let used = whole.usage().used_bytes;
    drop(whole);
    let bytes = fs::read(path.join("data.mdb")).unwrap();
    let last = used as usize - 1;
    for kept in (0..last).step_by(last / 50).chain([last]) {
        let cut = dir.path().join(kept.to_string());
        fs::create_dir(&cut).unwrap();
        fs::write(cut.join("data.mdb"), bytes.get(..kept).unwrap()).unwrap();
        refused(Disk::open_read_only(&cut), Code::StoreDamaged);
        refused(Disk::open(&cut, &OPTIONS), Code::StoreDamaged);
        assert_eq!(fs::metadata(cut.join("data.mdb")).unwrap().len(), kept as u64);
    }
    let cut = fs::OpenOptions::new().write(true).open(path.join("data.mdb")).unwrap();
    cut.set_len(used).unwrap();
    let store = Disk::open(&path, &OPTIONS).unwrap();
    store.check().unwrap();
    put(&store, &[2]).unwrap();
}

#[test]
fn a_changed_value_is_damage() {
    let dir = dir();
    let store = store(dir.path());
    put(&store, b"the value that changes").unwrap();
    drop(store);
    let data = dir.path().join("data.mdb");
    let mut bytes = fs::read(&data).unwrap();
    let text = b"value that";
    let at = bytes.windows(text.len()).position(|window| window == text).unwrap();
    bytes[at] ^= 1;
    fs::write(&data, bytes).unwrap();
    let store = Disk::open(dir.path(), &OPTIONS).unwrap();
    let snapshot = store.snapshot().unwrap();
    let error = snapshot.get(Table::Codes, b"n").expect_err("refused");
    assert_eq!(error.code, Code::StoreDamaged);
    assert!(error.at.ends_with("/codes") && error.actual.ends_with(" 0x6e"), "{error}");
    refused(snapshot.last(Table::Codes), Code::StoreDamaged);
    refused(
        snapshot.scan_from(Table::Codes, b"").unwrap().collect::<Result<Vec<_>>>(),
        Code::StoreDamaged,
    );
    refused(store.check(), Code::StoreDamaged);
    assert_eq!(snapshot.get(Table::Nodes, b"n").unwrap(), Some(&[1][..]));
    put(&store, &[2]).unwrap();
    store.check().unwrap();
}

#[test]
fn a_file_of_noise_is_damage() {
    for noise in [vec![], vec![0; 100], vec![0; 16_384], b"SQLite format 3\0".repeat(1_024)] {
        let dir = dir();
        fs::write(dir.path().join("data.mdb"), &noise).unwrap();
        refused(Disk::open(dir.path(), &OPTIONS), Code::StoreDamaged);
        assert_eq!(fs::read(dir.path().join("data.mdb")).unwrap(), noise);
        refused(Disk::create(dir.path(), &OPTIONS), Code::StoreExists);
    }
}

#[test]
fn what_a_killed_creation_left_is_no_obstacle() {
    let dir = dir();
    fs::create_dir(dir.path().join("new")).unwrap();
    fs::write(dir.path().join("new/data.mdb"), [0; 4096]).unwrap();
    File::create(dir.path().join("writer.lock")).unwrap();
    refused(Disk::open(dir.path(), &OPTIONS), Code::StoreMissing);
    drop(store(dir.path()));
    assert!(!dir.path().join("new").exists());
    assert_eq!(get(&Disk::open(dir.path(), &OPTIONS).unwrap()), [1]);
}

#[test]
fn a_copy_is_a_store_of_that_moment() {
    let dir = dir();
    let (from, to) = (dir.path().join("from"), dir.path().join("to"));
    let store = store(&from);
    put(&store, &vec![1; 1 << 20]).unwrap();
    put(&store, &[2]).unwrap();
    store.copy_to(&to).unwrap();
    put(&store, &[3]).unwrap();
    refused(store.copy_to(&to), Code::StoreExists);
    refused(store.copy_to(&from), Code::StoreExists);
    let copy = Disk::open(&to, &OPTIONS).unwrap();
    assert_eq!(get(&copy), [2]);
    assert!(copy.usage().used_bytes < store.usage().used_bytes / 4);
    put(&copy, &[4]).unwrap();
    assert_eq!((get(&store), get(&copy)), (vec![3], vec![4]));
}

#[test]
fn a_forked_process_is_refused() {
    let dir = dir();
    let store = store(dir.path());
    // SAFETY: the child only asks the store, which refuses, and leaves.
    match unsafe { libc::fork() } {
        0 => {
            let locked = |code: Option<Code>| code == Some(Code::StoreLocked);
            let snapshot = store.snapshot().err().map(|error| error.code);
            let batch = store.begin().err().map(|error| error.code);
            let failed = !(locked(snapshot) && locked(batch));
            // SAFETY: leaves without running what the parent's threads set up.
            unsafe { libc::_exit(failed.into()) };
        }
        child => {
            let mut status = 0;
            // SAFETY: the pointer is to a local number.
            unsafe { libc::waitpid(child, &raw mut status, 0) };
            assert_eq!(status, 0);
        }
    }
    put(&store, &[2]).unwrap();
}

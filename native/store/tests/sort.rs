//! Entries come out sorted, however many they are and wherever they are kept meanwhile.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::fs;

use weakstate_codec::Code;
use weakstate_store::{Disk, Memory, Options, Sorter, Store};

type Pair = (Vec<u8>, Vec<u8>);

/// Entries whose keys often start alike and sometimes are alike; values tell them apart.
fn entries(count: u32) -> Vec<Pair> {
    let entry = |number: u32| {
        let mixed = number.wrapping_mul(2_654_435_761) >> 8;
        let mut key = vec![7; (mixed % 60) as usize];
        key.extend_from_slice(&(mixed % 997).to_be_bytes());
        let mut value = number.to_be_bytes().to_vec();
        value.resize(4 + (mixed % 3 * 50) as usize, 1);
        (key, value)
    };
    (0..count).map(entry).collect()
}

fn sorted(store: &dyn Store, room: usize, entries: &[Pair]) -> Vec<Pair> {
    let mut sorter = Sorter::new(store, room);
    assert!(sorter.is_empty());
    for (key, value) in entries {
        sorter.push(key, value).unwrap();
    }
    let mut sorted = sorter.sorted().unwrap();
    let mut found = Vec::new();
    while let Some((key, value)) = sorted.next().unwrap() {
        found.push((key.to_vec(), value.to_vec()));
    }
    assert!(sorted.next().unwrap().is_none());
    found
}

#[test]
fn in_memory_and_on_disk_they_come_in_the_same_order() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Disk::create(&dir.path().join("store"), &Options::default()).unwrap();
    let entries = entries(20_000);
    let mut expected = entries.clone();
    // A stable sort: of equal keys the first comes first.
    expected.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(sorted(&Memory::new(), 1_000, &entries), expected);
    for room in [1, 5_000, 300_000, usize::MAX] {
        assert!(sorted(&disk, room, &entries[..2_000]) == sorted(&disk, 77_777, &entries[..2_000]));
        if room > 1 {
            assert!(sorted(&disk, room, &entries) == expected, "{room}");
        }
    }
    assert_eq!(sorted(&disk, 5_000, &[]), []);
}

#[test]
fn what_is_sorted_on_disk_has_no_name() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let disk = Disk::create(&path, &Options::default()).unwrap();
    let names = || {
        let mut names: Vec<_> =
            fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = names();
    let mut sorter = Sorter::new(&disk, 1_000);
    for (key, value) in entries(1_000) {
        sorter.push(&key, &value).unwrap();
    }
    assert_eq!(names(), before);
    let mut sorted = sorter.sorted().unwrap();
    assert!(sorted.next().unwrap().is_some());
    assert_eq!(names(), before);
    // What a kill may have left is no obstacle.
    fs::write(path.join("scratch"), b"left").unwrap();
    assert_eq!(self::sorted(&disk, 1_000, &entries(500)).len(), 500);
    assert_eq!(names(), before);
    fs::create_dir(path.join("scratch")).unwrap();
    let mut sorter = Sorter::new(&disk, 1);
    assert_eq!(sorter.push(b"key", b"").unwrap_err().code, Code::StoreFailed);
}

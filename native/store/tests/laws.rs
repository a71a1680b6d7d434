//! What every store promises, asked of each.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use weakstate_codec::Code;
use weakstate_store::{Batch, Disk, MAX_KEY, Memory, Options, Read, Store, Table};

fn of_each(law: impl Fn(&dyn Store)) {
    law(&Memory::new());
    let dir = tempfile::tempdir().unwrap();
    law(&Disk::create(dir.path(), &Options::default()).unwrap());
}

fn write(store: &dyn Store, changes: impl FnOnce(&mut dyn Batch)) {
    let mut batch = store.begin().unwrap();
    changes(&mut *batch);
    batch.commit().unwrap();
}

fn all(tables: &(impl Read + ?Sized), table: Table) -> Vec<(Vec<u8>, Vec<u8>)> {
    owned(tables.scan_from(table, &[]).unwrap())
}

fn owned(entries: weakstate_store::Entries<'_>) -> Vec<(Vec<u8>, Vec<u8>)> {
    let owned = |(key, value): (&[u8], &[u8])| (key.to_vec(), value.to_vec());
    entries.map(|entry| owned(entry.unwrap())).collect()
}

fn keys(entries: weakstate_store::Entries<'_>) -> Vec<Vec<u8>> {
    owned(entries).into_iter().map(|(key, _)| key).collect()
}

#[test]
fn what_is_put_is_got() {
    of_each(|store| {
        write(store, |batch| {
            for table in Table::ALL {
                batch.put(table, b"key", table.name().as_bytes()).unwrap();
                batch.put(table, b"other", b"1").unwrap();
                batch.put(table, b"other", b"22").unwrap();
            }
        });
        let snapshot = store.snapshot().unwrap();
        for table in Table::ALL {
            assert_eq!(snapshot.get(table, b"key").unwrap(), Some(table.name().as_bytes()));
            assert_eq!(snapshot.get(table, b"other").unwrap(), Some(&b"22"[..]));
            assert_eq!(snapshot.get(table, b"ke").unwrap(), None);
            assert_eq!(snapshot.get(table, b"key0").unwrap(), None);
        }
    });
}

#[test]
fn a_batch_reads_its_own_changes_and_nobody_else_does() {
    of_each(|store| {
        write(store, |batch| batch.put(Table::Nodes, b"b", b"old").unwrap());
        let mut batch = store.begin().unwrap();
        batch.put(Table::Nodes, b"a", b"1").unwrap();
        batch.put(Table::Nodes, b"b", b"new").unwrap();
        batch.put(Table::Nodes, b"c", b"3").unwrap();
        assert!(batch.delete(Table::Nodes, b"a").unwrap());
        assert!(!batch.delete(Table::Nodes, b"a").unwrap());
        assert_eq!(batch.get(Table::Nodes, b"a").unwrap(), None);
        assert_eq!(batch.get(Table::Nodes, b"b").unwrap(), Some(&b"new"[..]));
        assert_eq!(keys(batch.scan_from(Table::Nodes, b"").unwrap()), [b"b", b"c"]);
        assert_eq!(batch.last(Table::Nodes).unwrap(), Some((&b"c"[..], &b"3"[..])));
        assert_eq!(batch.count(Table::Nodes).unwrap(), 2);
        let beside = store.snapshot().unwrap();
        assert_eq!(all(&*beside, Table::Nodes), [(b"b".to_vec(), b"old".to_vec())]);
        drop(batch);
        assert_eq!(all(&*store.snapshot().unwrap(), Table::Nodes), all(&*beside, Table::Nodes));
    });
}

#[test]
fn a_snapshot_keeps_its_view() {
    of_each(|store| {
        write(store, |batch| batch.put(Table::Slots, b"x", b"1").unwrap());
        let before = store.snapshot().unwrap();
        let kept = before.get(Table::Slots, b"x").unwrap();
        for round in 0..50_u8 {
            write(store, |batch| {
                batch.put(Table::Slots, b"x", &[round; 300]).unwrap();
                for n in 0..100_u8 {
                    batch.put(Table::Slots, &[round, n], &[n; 200]).unwrap();
                }
            });
        }
        assert_eq!(kept, Some(&b"1"[..]));
        assert_eq!(all(&*before, Table::Slots), [(b"x".to_vec(), b"1".to_vec())]);
        let after = store.snapshot().unwrap();
        assert_eq!(after.count(Table::Slots).unwrap(), 5001);
        assert_eq!(after.moment(), before.moment() + 50);
        assert_eq!(after.moment(), store.snapshot().unwrap().moment());
    });
}

#[test]
fn a_snapshot_moves_to_another_thread_while_one_writes() {
    of_each(|store| {
        write(store, |batch| batch.put(Table::Meta, b"n", &[0]).unwrap());
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    let snapshot = store.snapshot().unwrap();
                    let all = std::thread::scope(|inner| {
                        inner.spawn(move || all(&*snapshot, Table::Undo)).join().unwrap()
                    });
                    let first = all.first().map(|(_, value)| value.clone());
                    assert!(all.iter().all(|(_, value)| Some(value) == first.as_ref()));
                }
            });
            for round in 0..100_u8 {
                write(store, |batch| {
                    for n in 0..20_u8 {
                        batch.put(Table::Undo, &[n], &[round]).unwrap();
                    }
                });
            }
            done.store(true, Ordering::Relaxed);
        });
    });
}

#[test]
fn a_scan_is_in_order_from_where_it_is_asked() {
    of_each(|store| {
        let expected: [&[u8]; 7] = [b"\0", b"a", b"a\0", b"aa", b"ab", b"b", b"\xff\xff"];
        write(store, |batch| {
            for key in expected.iter().rev() {
                batch.put(Table::Nodes, key, key).unwrap();
            }
        });
        let snapshot = store.snapshot().unwrap();
        let from = |key: &[u8]| keys(snapshot.scan_from(Table::Nodes, key).unwrap());
        let within = |prefix: &[u8]| keys(snapshot.scan(Table::Nodes, prefix).unwrap());
        assert_eq!(from(b""), expected);
        assert_eq!(from(b"aa"), expected[3..]);
        assert_eq!(from(b"a\x01"), expected[3..]);
        assert_eq!(from(b"\xff\xff\xff"), [b""; 0]);
        assert_eq!(within(b""), expected);
        assert_eq!(within(b"a"), expected[1..5]);
        assert_eq!(within(b"\xff"), expected[6..]);
        assert_eq!(within(b"c"), [b""; 0]);
        let last = snapshot.last(Table::Nodes).unwrap();
        assert_eq!(last, Some((&b"\xff\xff"[..], &b"\xff\xff"[..])));
        assert_eq!(snapshot.last(Table::Codes).unwrap(), None);
    });
}

#[test]
fn a_prefix_is_deleted_and_nothing_beside_it() {
    of_each(|store| {
        let all_keys: [&[u8]; 7] = [b"a", b"b", b"b\0", b"b\xff\xff", b"c", b"\xff", b"\xff\xff"];
        write(store, |batch| {
            for key in all_keys {
                batch.put(Table::Slots, key, b"").unwrap();
                batch.put(Table::Nodes, key, b"").unwrap();
            }
        });
        let mut batch = store.begin().unwrap();
        batch.put(Table::Slots, b"bb", b"").unwrap();
        batch.delete(Table::Slots, b"b\0").unwrap();
        assert_eq!(batch.delete_prefix(Table::Slots, b"b").unwrap(), 3);
        assert_eq!(batch.delete_prefix(Table::Slots, b"b").unwrap(), 0);
        assert_eq!(batch.delete_prefix(Table::Slots, b"\xff").unwrap(), 2);
        assert_eq!(keys(batch.scan_from(Table::Slots, b"").unwrap()), [b"a", b"c"]);
        assert_eq!(batch.delete_prefix(Table::Nodes, b"").unwrap(), 7);
        batch.put(Table::Nodes, b"b", b"again").unwrap();
        batch.commit().unwrap();
        let snapshot = store.snapshot().unwrap();
        assert_eq!(keys(snapshot.scan_from(Table::Slots, b"").unwrap()), [b"a", b"c"]);
        assert_eq!(keys(snapshot.scan_from(Table::Nodes, b"").unwrap()), [b"b"]);
    });
}

#[test]
fn an_empty_value_is_not_absence() {
    of_each(|store| {
        write(store, |batch| batch.put(Table::Slots, b"zero", b"").unwrap());
        let snapshot = store.snapshot().unwrap();
        assert_eq!(snapshot.get(Table::Slots, b"zero").unwrap(), Some(&b""[..]));
        assert_eq!(snapshot.get(Table::Slots, b"none").unwrap(), None);
        assert_eq!(snapshot.count(Table::Slots).unwrap(), 1);
    });
}

#[test]
fn values_may_be_long() {
    of_each(|store| {
        let code = |n: u8| -> Vec<u8> { (0..65_536).map(|at| (at / 251) as u8 ^ n).collect() };
        for round in 0..4_u8 {
            write(store, |batch| {
                for n in 0..10_u8 {
                    batch.put(Table::Codes, &[n; 32], &code(n ^ round)).unwrap();
                }
            });
        }
        let snapshot = store.snapshot().unwrap();
        for n in 0..10_u8 {
            let found = snapshot.get(Table::Codes, &[n; 32]).unwrap();
            assert_eq!(found, Some(&code(n ^ 3)[..]));
        }
    });
}

#[test]
fn keys_have_a_length() {
    of_each(|store| {
        let mut batch = store.begin().unwrap();
        for key in [vec![], vec![1; MAX_KEY + 1]] {
            let refused = batch.put(Table::Nodes, &key, b"").expect_err("bad key");
            assert_eq!((refused.code, refused.at.as_str()), (Code::StoreFailed, "nodes"));
            assert!(batch.get(Table::Nodes, &key).is_err());
            assert!(batch.delete(Table::Nodes, &key).is_err());
        }
        batch.put(Table::Nodes, &[7; MAX_KEY], b"long").unwrap();
        batch.commit().unwrap();
        let snapshot = store.snapshot().unwrap();
        assert_eq!(snapshot.get(Table::Nodes, &[7; MAX_KEY]).unwrap(), Some(&b"long"[..]));
    });
}

/// Random puts and deletions, against a map.
#[test]
fn a_store_is_a_map() {
    of_each(|store| {
        let mut map = BTreeMap::new();
        let mut random = 1_u64;
        let mut next = |below: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (random >> 33) % below
        };
        for _ in 0..40 {
            let mut batch = store.begin().unwrap();
            let mut changed = map.clone();
            for _ in 0..next(200) {
                let key = vec![b'k'; 1 + next(3) as usize];
                let key = [key, vec![next(40) as u8]].concat();
                match next(10) {
                    0..6 => {
                        let value = vec![next(256) as u8; next(700) as usize];
                        batch.put(Table::Accounts, &key, &value).unwrap();
                        changed.insert(key, value);
                    }
                    6..9 => {
                        let found = batch.delete(Table::Accounts, &key).unwrap();
                        assert_eq!(found, changed.remove(&key).is_some());
                    }
                    _ => {
                        let count = batch.delete_prefix(Table::Accounts, &key).unwrap();
                        let before = changed.len();
                        changed.retain(|other, _| !other.starts_with(&key));
                        assert_eq!(count as usize, before - changed.len());
                    }
                }
            }
            let expected: Vec<_> = changed.clone().into_iter().collect();
            assert_eq!(all(&*batch, Table::Accounts), expected);
            if next(4) > 0 {
                batch.commit().unwrap();
                map = changed;
            }
            let expected: Vec<_> = map.clone().into_iter().collect();
            assert_eq!(all(&*store.snapshot().unwrap(), Table::Accounts), expected);
        }
    });
}

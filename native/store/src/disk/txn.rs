//! Snapshots and batches as LMDB's transactions.

use std::io::Write;
use std::ops::Bound;
use std::sync::Arc;

use heed::types::Bytes;
use heed::{Database, RoTxn, RwTxn, WithoutTls};
use weakstate_codec::Code;

use super::Opened;
use super::env::lengthen;
use super::error::{of_heed, of_io, store_error};
use super::files::{DATA, is_full};
use super::sum;
use crate::kv::{Batch, Entries, Entry, MAX_KEY, Read, Snapshot, after, bad_key};
use crate::{Result, Table};

type Range<'r> = (Bound<&'r [u8]>, Bound<&'r [u8]>);

/// LMDB's view of the tables at one moment.
struct View {
    txn: RoTxn<'static, WithoutTls>,
    opened: Arc<Opened>,
}

/// LMDB's one writing transaction.
pub(super) struct Changes<'s> {
    txn: RwTxn<'s>,
    opened: &'s Opened,
    /// More than the pages that it has written to.
    pages: u64,
}

/// Pages that changing an entry may take: those down to its leaf, mostly shared, and a split.
const PAGES_A_CHANGE: u64 = 4;

/// Pages that a commit takes for itself, to list those that became free.
const PAGES_A_COMMIT: u64 = 64;

pub(super) fn snapshot(opened: &Arc<Opened>) -> Result<Box<dyn Snapshot>> {
    opened.check_process()?;
    let txn = opened.env.clone().static_read_txn();
    let txn = txn.map_err(|error| of_heed(error, &opened.dir))?;
    Ok(Box::new(View { txn, opened: Arc::clone(opened) }))
}

pub(super) fn begin(opened: &Opened) -> Result<Changes<'_>> {
    opened.check_process()?;
    let txn = opened.env.write_txn().map_err(|error| of_heed(error, &opened.dir))?;
    Ok(Changes { txn, opened, pages: PAGES_A_COMMIT })
}

impl Opened {
    fn get<'t>(&self, txn: &'t RoTxn<'_>, table: Table, key: &[u8]) -> Result<Option<&'t [u8]>> {
        let found =
            self.of(table, key)?.get(txn, key).map_err(|error| of_heed(error, &self.dir))?;
        found.map(|value| sum::checked(table, key, value, &self.dir)).transpose()
    }

    fn scan_from<'t>(
        &'t self,
        txn: &'t RoTxn<'_>,
        table: Table,
        from: &[u8],
    ) -> Result<Entries<'t>> {
        let range: Range<'_> = (at_least(from), Bound::Unbounded);
        let entries = self.tables.of(table).range(txn, &range);
        let entries = entries.map_err(|error| of_heed(error, &self.dir))?;
        Ok(Box::new(entries.map(move |entry| self.checked(table, entry))))
    }

    fn last<'t>(&self, txn: &'t RoTxn<'_>, table: Table) -> Result<Option<Entry<'t>>> {
        let last = self.tables.of(table).last(txn).transpose();
        last.map(|entry| self.checked(table, entry)).transpose()
    }

    fn checked<'t>(&self, table: Table, entry: heed::Result<Entry<'t>>) -> Result<Entry<'t>> {
        let (key, value) = entry.map_err(|error| of_heed(error, &self.dir))?;
        Ok((key, sum::checked(table, key, value, &self.dir)?))
    }

    fn count(&self, txn: &RoTxn<'_>, table: Table) -> Result<u64> {
        self.tables.of(table).len(txn).map_err(|error| of_heed(error, &self.dir))
    }

    /// The table, if it may have such a key.
    fn of(&self, table: Table, key: &[u8]) -> Result<&Database<'static, Bytes, Bytes>> {
        if (1..=MAX_KEY).contains(&key.len()) {
            Ok(self.tables.of(table))
        } else {
            Err(bad_key(table, key))
        }
    }
}

/// LMDB knows no empty key.
fn at_least(key: &[u8]) -> Bound<&[u8]> {
    if key.is_empty() { Bound::Unbounded } else { Bound::Included(key) }
}

impl Read for View {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<&[u8]>> {
        self.opened.get(&self.txn, table, key)
    }

    fn scan_from<'a>(&'a self, table: Table, from: &[u8]) -> Result<Entries<'a>> {
        self.opened.scan_from(&self.txn, table, from)
    }

    fn last(&self, table: Table) -> Result<Option<Entry<'_>>> {
        self.opened.last(&self.txn, table)
    }

    fn count(&self, table: Table) -> Result<u64> {
        self.opened.count(&self.txn, table)
    }
}

impl Snapshot for View {
    fn moment(&self) -> u64 {
        self.txn.id() as u64
    }
}

impl Read for Changes<'_> {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<&[u8]>> {
        self.opened.get(&self.txn, table, key)
    }

    fn scan_from<'a>(&'a self, table: Table, from: &[u8]) -> Result<Entries<'a>> {
        self.opened.scan_from(&self.txn, table, from)
    }

    fn last(&self, table: Table) -> Result<Option<Entry<'_>>> {
        self.opened.last(&self.txn, table)
    }

    fn count(&self, table: Table) -> Result<u64> {
        self.opened.count(&self.txn, table)
    }
}

impl Batch for Changes<'_> {
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<()> {
        let len = value.len() + sum::LEN;
        self.pages += PAGES_A_CHANGE + (len >> 12) as u64;
        let sum = sum::of(table, key, value);
        let put = self.opened.of(table, key)?.put_reserved(&mut self.txn, key, len, |space| {
            space.write_all(value)?;
            space.write_all(&sum)
        });
        put.map_err(|error| of_heed(error, &self.opened.dir))
    }

    fn delete(&mut self, table: Table, key: &[u8]) -> Result<bool> {
        self.pages += PAGES_A_CHANGE;
        let deleted = self.opened.of(table, key)?.delete(&mut self.txn, key);
        deleted.map_err(|error| of_heed(error, &self.opened.dir))
    }

    fn delete_prefix(&mut self, table: Table, prefix: &[u8]) -> Result<u64> {
        let end = after(prefix);
        let end = end.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        let range: Range<'_> = (at_least(prefix), end);
        let deleted = self.opened.tables.of(table).delete_range(&mut self.txn, &range);
        let deleted = deleted.map_err(|error| of_heed(error, &self.opened.dir))? as u64;
        self.pages += PAGES_A_CHANGE * deleted;
        Ok(deleted)
    }

    fn commit(self: Box<Self>) -> Result<()> {
        let Self { txn, opened, pages } = *self;
        if let Some(file) = &opened.file {
            let lengthened = lengthen(&opened.env, file, pages);
            lengthened.map_err(|error| of_io(&error, &opened.dir.join(DATA)))?;
        }
        txn.commit().map_err(|error| {
            let error = of_heed(error, &opened.dir);
            if error.code == Code::StoreFailed && is_full(&opened.dir) {
                return store_error(Code::StoreFull, &opened.dir, "a disk without space");
            }
            error
        })
    }
}

//! A store in memory: for tests, and for states that need not outlive the process.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use crate::Result;
use crate::kv::{Batch, Entries, Entry, MAX_KEY, Read, Snapshot, Store, after, bad_key};
use crate::table::{PerTable, Table};

type Map<V> = BTreeMap<Vec<u8>, V>;

/// A store in memory.
///
/// Taking a snapshot is cheap; a commit while one is alive copies the tables that it changes.
#[derive(Debug, Default)]
pub struct Memory {
    current: RwLock<View>,
    writer: Mutex<()>,
}

/// The tables after some commit.
#[derive(Clone, Debug, Default)]
struct View {
    tables: PerTable<Arc<Map<Vec<u8>>>>,
    moment: u64,
}

/// What a batch changes: over the tables of `base`, `None` where it removes.
struct Changes<'s> {
    base: View,
    tables: PerTable<Map<Option<Vec<u8>>>>,
    store: &'s Memory,
    _writer: MutexGuard<'s, ()>,
}

impl Memory {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Store for Memory {
    fn snapshot(&self) -> Result<Box<dyn Snapshot>> {
        Ok(Box::new(self.current.read().unwrap_or_else(PoisonError::into_inner).clone()))
    }

    fn begin(&self) -> Result<Box<dyn Batch + '_>> {
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let base = self.current.read().unwrap_or_else(PoisonError::into_inner).clone();
        let tables = PerTable::default();
        Ok(Box::new(Changes { base, tables, store: self, _writer: writer }))
    }

    fn fork(&self) -> Option<Arc<dyn Store>> {
        let view = self.current.read().unwrap_or_else(PoisonError::into_inner).clone();
        Some(Arc::new(Self { current: RwLock::new(view), writer: Mutex::default() }))
    }
}

fn check(table: Table, key: &[u8]) -> Result<()> {
    if (1..=MAX_KEY).contains(&key.len()) { Ok(()) } else { Err(bad_key(table, key)) }
}

impl Read for View {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<&[u8]>> {
        check(table, key)?;
        Ok(self.tables.of(table).get(key).map(Vec::as_slice))
    }

    fn scan_from<'a>(&'a self, table: Table, from: &[u8]) -> Result<Entries<'a>> {
        let range = (Bound::Included(from), Bound::Unbounded);
        let entries = self.tables.of(table).range::<[u8], _>(range);
        Ok(Box::new(entries.map(|(key, value)| Ok((key.as_slice(), value.as_slice())))))
    }

    fn last(&self, table: Table) -> Result<Option<Entry<'_>>> {
        let last = self.tables.of(table).last_key_value();
        Ok(last.map(|(key, value)| (key.as_slice(), value.as_slice())))
    }

    fn count(&self, table: Table) -> Result<u64> {
        Ok(self.tables.of(table).len() as u64)
    }
}

impl Snapshot for View {
    fn moment(&self) -> u64 {
        self.moment
    }
}

/// Two ordered runs of entries as one; of equal keys the change counts.
struct Merged<B: Iterator, C: Iterator> {
    base: Peekable<B>,
    changes: Peekable<C>,
}

impl<'a, B, C> Iterator for Merged<B, C>
where
    B: Iterator<Item = (&'a Vec<u8>, &'a Vec<u8>)>,
    C: Iterator<Item = (&'a Vec<u8>, &'a Option<Vec<u8>>)>,
{
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        loop {
            let changed = match (self.base.peek(), self.changes.peek()) {
                (Some((base, _)), Some((change, _))) => change <= base,
                (base, _) => base.is_none(),
            };
            if !changed {
                return self.base.next().map(|(key, value)| (key.as_slice(), value.as_slice()));
            }
            let (key, value) = self.changes.next()?;
            self.base.next_if(|(base, _)| *base == key);
            if let Some(value) = value {
                return Some((key.as_slice(), value.as_slice()));
            }
        }
    }
}

impl Changes<'_> {
    fn merged<'a>(&'a self, table: Table, from: &[u8]) -> impl Iterator<Item = Entry<'a>> + 'a {
        let range = (Bound::Included(from), Bound::Unbounded);
        let base = self.base.tables.of(table).range::<[u8], _>(range).peekable();
        let changes = self.tables.of(table).range::<[u8], _>(range).peekable();
        Merged { base, changes }
    }
}

impl Read for Changes<'_> {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<&[u8]>> {
        match self.tables.of(table).get(key) {
            Some(change) => Ok(change.as_deref()),
            None => self.base.get(table, key),
        }
    }

    fn scan_from<'a>(&'a self, table: Table, from: &[u8]) -> Result<Entries<'a>> {
        Ok(Box::new(self.merged(table, from).map(Ok)))
    }

    fn last(&self, table: Table) -> Result<Option<Entry<'_>>> {
        Ok(self.merged(table, &[]).last())
    }

    fn count(&self, table: Table) -> Result<u64> {
        Ok(self.merged(table, &[]).count() as u64)
    }
}

impl Batch for Changes<'_> {
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<()> {
        check(table, key)?;
        self.tables.of_mut(table).insert(key.to_vec(), Some(value.to_vec()));
        Ok(())
    }

    fn delete(&mut self, table: Table, key: &[u8]) -> Result<bool> {
        let found = self.get(table, key)?.is_some();
        self.tables.of_mut(table).insert(key.to_vec(), None);
        Ok(found)
    }

    fn delete_prefix(&mut self, table: Table, prefix: &[u8]) -> Result<u64> {
        let end = after(prefix);
        let within = |key: &[u8]| end.as_deref().is_none_or(|end| key < end);
        let entries = self.merged(table, prefix).take_while(|(key, _)| within(key));
        let keys: Vec<Vec<u8>> = entries.map(|(key, _)| key.to_vec()).collect();
        let count = keys.len() as u64;
        self.tables.of_mut(table).extend(keys.into_iter().map(|key| (key, None)));
        Ok(count)
    }

    fn commit(self: Box<Self>) -> Result<()> {
        let Self { base, tables: mut changes, store, _writer } = *self;
        // So that a table is copied only if a snapshot still looks at it.
        drop(base);
        let mut current = store.current.write().unwrap_or_else(PoisonError::into_inner);
        for table in Table::ALL {
            let changes = std::mem::take(changes.of_mut(table));
            if changes.is_empty() {
                continue;
            }
            let map = Arc::make_mut(current.tables.of_mut(table));
            for (key, value) in changes {
                match value {
                    Some(value) => map.insert(key, value),
                    None => map.remove(&key),
                };
            }
        }
        current.moment += 1;
        Ok(())
    }
}

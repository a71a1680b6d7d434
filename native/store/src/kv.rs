//! What a store does, whatever holds its bytes.
//!
//! The traits are object safe: who uses a store takes `&dyn Read` or `Arc<dyn Store>` and is
//! compiled once. A call through the table costs nothing beside a look-up.

use std::fs::File;
use std::sync::Arc;

use weakstate_codec::{Code, Error};

use crate::{Result, Table};

/// A key and its value.
pub type Entry<'a> = (&'a [u8], &'a [u8]);

/// Entries in ascending order of key. An error ends them.
pub type Entries<'a> = Box<dyn Iterator<Item = Result<Entry<'a>>> + 'a>;

/// Reads one unchanging view of all tables.
///
/// Keys are 1 to [`MAX_KEY`] bytes long; values may be empty, which is not absence.
pub trait Read {
    /// The value under `key`; `None` if there is none.
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<&[u8]>>;

    /// Entries whose key is `from` or greater; all of them if it is empty.
    fn scan_from<'a>(&'a self, table: Table, from: &[u8]) -> Result<Entries<'a>>;

    /// Entries whose key starts with `prefix`.
    fn scan<'a>(&'a self, table: Table, prefix: &[u8]) -> Result<Entries<'a>> {
        let own = prefix.to_vec();
        let within = move |entry: &Result<Entry<'a>>| match entry {
            Ok((key, _)) => key.starts_with(&own),
            Err(_) => true,
        };
        Ok(Box::new(self.scan_from(table, prefix)?.take_while(within)))
    }

    /// The entry with the greatest key.
    fn last(&self, table: Table) -> Result<Option<Entry<'_>>>;

    /// Number of entries.
    fn count(&self, table: Table) -> Result<u64>;
}

/// Longest key that every store takes.
pub const MAX_KEY: usize = 511;

/// The tables as they were when it was taken, whatever the writer does meanwhile.
///
/// While it lives, the space of what the writer replaces cannot be used again: drop it soon.
/// It may move to another thread, but is not shared by two: take one for each, and compare
/// their [`Snapshot::moment`]s.
pub trait Snapshot: Read + Send {
    /// Number of the last commit that it sees.
    fn moment(&self) -> u64;
}

/// The changes of one transaction. Reading it sees them; nobody else does before the commit.
///
/// Dropped without a commit, it has changed nothing.
pub trait Batch: Read {
    /// Puts `value` under `key`, in place of what was there.
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<()>;

    /// Removes what is under `key`; whether there was something.
    fn delete(&mut self, table: Table, key: &[u8]) -> Result<bool>;

    /// Removes every entry whose key starts with `prefix`, all if it is empty; how many.
    fn delete_prefix(&mut self, table: Table, prefix: &[u8]) -> Result<u64>;

    /// Makes the changes visible all at once. When it returns they have outlived a power cut,
    /// where the store is on disk. After an error none of them is there.
    fn commit(self: Box<Self>) -> Result<()>;
}

/// Tables that many may read while one writes.
pub trait Store: Send + Sync {
    /// The tables as they are now. Never waits for the writer.
    fn snapshot(&self) -> Result<Box<dyn Snapshot>>;

    /// The one batch that there may be at a time: waits for the one before to end, for ever if it
    /// is the same thread that holds it.
    fn begin(&self) -> Result<Box<dyn Batch + '_>>;

    /// An empty file beside the store, without a name: it goes with the process at the latest.
    /// `None` if the store is in memory.
    fn scratch(&self) -> Result<Option<File>> {
        Ok(None)
    }

    /// A store that holds the same and goes its own way from now; `None` if that would copy it.
    fn fork(&self) -> Option<Arc<dyn Store>> {
        None
    }
}

/// The least key that is greater than all that start with `prefix`; `None` if there is none.
pub(crate) fn after(prefix: &[u8]) -> Option<Vec<u8>> {
    let kept = prefix.iter().rposition(|&byte| byte != 0xff)?;
    let mut end = prefix.get(..=kept)?.to_vec();
    if let Some(last) = end.last_mut() {
        *last += 1;
    }
    Some(end)
}

/// No key has this length: that the caller asks for it is a mistake in the store's own layers.
pub(crate) fn bad_key(table: Table, key: &[u8]) -> Box<Error> {
    let found = format!("{} bytes", key.len());
    let error = Error::new(Code::StoreFailed).expected(format!("a key of 1 to {MAX_KEY} bytes"));
    Box::new(error.actual(found).at(table.name()))
}

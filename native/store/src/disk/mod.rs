//! A store on disk: LMDB under the traits, and the directory around it.
//!
//! Why LMDB, and what it does not protect against: `docs/decisions/0009-lmdb-under-the-store.md`.

mod env;
mod error;
mod files;
mod format;
mod sum;
mod txn;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use heed::types::Bytes;
use heed::{CompactionOption, Database, Env, EnvFlags, WithoutTls};
use weakstate_codec::Code;

pub(crate) use error::of_io;
pub use format::FORMAT;

use crate::Result;
use crate::kv::{Batch, Snapshot, Store};
use crate::table::{PerTable, Table};
use env::{create_tables, expect_whole, open_env, open_tables, used};
use error::{of_heed, store_error};
use files::{DATA, Lock};

/// How large a store may grow.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Most bytes that the tables may take on disk. They are reserved as address space, not as
    /// memory or disk. Readers in other processes take the writer's.
    pub max_bytes: u64,
    /// Most snapshots alive at a time, over all processes. Whoever opens the store first sets it.
    pub max_snapshots: u32,
}

impl Default for Options {
    /// 256 GiB: half of the smallest address space of the 64-bit systems in use, which is the
    /// 512 GiB of some single-board computers.
    fn default() -> Self {
        Self { max_bytes: 256 << 30, max_snapshots: 510 }
    }
}

/// Size of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Bytes of the file up to the last that was ever in use. The file's length is more.
    pub used_bytes: u64,
    /// Most that it may grow to.
    pub max_bytes: u64,
}

/// A store on disk.
///
/// What is read is mapped, not copied: it costs no memory that the system cannot take back. The
/// directory must not be on a network file system. A process that is forked off cannot use what
/// its parent opened.
#[derive(Clone, Debug)]
pub struct Disk(Arc<Opened>);

/// An open store. Snapshots hold it as well: what the lock keeps out must stay out for them.
#[derive(Debug)]
struct Opened {
    env: Env<WithoutTls>,
    tables: PerTable<Database<'static, Bytes, Bytes>>,
    dir: PathBuf,
    /// The tables' file, to lengthen it; `None` if opened to read.
    file: Option<File>,
    process: u32,
    /// Last, so that it is released when the file is closed.
    _lock: Option<Lock>,
}

impl Disk {
    /// Makes an empty store in `dir`, which must be empty or not there, and opens it to write.
    ///
    /// A power cut or a kill at any moment leaves a whole store or none.
    ///
    /// # Errors
    /// `store_exists`, `store_foreign`, `store_locked`, `store_read_only`, `store_full`.
    pub fn create(dir: &Path, options: &Options) -> Result<Self> {
        let lock = files::make(dir)?;
        let new = files::fresh(dir)?;
        let env = open_env(&new, Some(options), EnvFlags::empty())?;
        let tables = create_tables(&env).map_err(|error| of_heed(error, &new))?;
        let file = Some(files::to_write(&new)?);
        let made = Opened { env, tables, dir: new, file, process: own(), _lock: None };
        format::upgrade(txn::begin(&made)?, &[])?;
        drop(made);
        files::publish(dir)?;
        Self::open_locked(dir, options, lock)
    }

    /// Opens the store in `dir` to read and write.
    ///
    /// # Errors
    /// `store_missing`, `store_foreign`, `store_old_format`, `store_new_format`, `store_locked`,
    /// `store_read_only`, `store_damaged`.
    pub fn open(dir: &Path, options: &Options) -> Result<Self> {
        files::expect_store(dir)?;
        Self::open_locked(dir, options, Lock::exclusive(dir)?)
    }

    fn open_locked(dir: &Path, options: &Options, lock: Lock) -> Result<Self> {
        let file = files::to_write(dir)?;
        let env = open_env(dir, Some(options), EnvFlags::empty())?;
        expect_whole(&env, dir)?;
        env.clear_stale_readers().map_err(|error| of_heed(error, dir))?;
        let tables = open_tables(&env, dir)?;
        let (dir, process) = (dir.to_owned(), own());
        let opened = Opened { env, tables, dir, file: Some(file), process, _lock: Some(lock) };
        Ok(Self(Arc::new(opened)))
    }

    /// Opens the store in `dir` to read, beside the process that may write.
    ///
    /// Where this process may not enter LMDB's list of readers, as on a read-only medium, it
    /// keeps writers out instead for as long as it reads.
    ///
    /// # Errors
    /// As [`Self::open`], save `store_read_only`.
    pub fn open_read_only(dir: &Path) -> Result<Self> {
        files::expect_store(dir)?;
        let (lock, flags) = if files::may_list_readers(dir) {
            (None, EnvFlags::READ_ONLY)
        } else {
            (Lock::shared(dir)?, EnvFlags::READ_ONLY | EnvFlags::NO_LOCK)
        };
        let env = open_env(dir, None, flags)?;
        expect_whole(&env, dir)?;
        let tables = open_tables(&env, dir)?;
        let dir = dir.to_owned();
        let opened = Opened { env, tables, dir, file: None, process: own(), _lock: lock };
        Ok(Self(Arc::new(opened)))
    }

    /// Brings the store in `dir` to this release's format, in one transaction.
    ///
    /// # Errors
    /// As [`Self::open`], save `store_old_format`.
    pub fn upgrade(dir: &Path, options: &Options) -> Result<()> {
        files::expect_store(dir)?;
        let lock = Lock::exclusive(dir)?;
        let env = open_env(dir, Some(options), EnvFlags::empty())?;
        expect_whole(&env, dir)?;
        let steps = format::steps(&env, dir)?;
        let tables = create_tables(&env).map_err(|error| of_heed(error, dir))?;
        let (file, dir) = (Some(files::to_write(dir)?), dir.to_owned());
        let opened = Opened { env, tables, dir, file, process: own(), _lock: Some(lock) };
        format::upgrade(txn::begin(&opened)?, steps)
    }

    /// Writes the tables as they are now, without gaps, as a new store in `dir`.
    ///
    /// # Errors
    /// As [`Self::create`] of `dir`.
    pub fn copy_to(&self, dir: &Path) -> Result<()> {
        self.0.check_process()?;
        let _lock = files::make(dir)?;
        let data = files::fresh(dir)?.join(DATA);
        let copied = self.0.env.copy_to_path(&data, CompactionOption::Enabled);
        copied.map_err(|error| of_heed(error, &data))?;
        files::publish(dir)
    }

    /// Reads everything; the bytes of all keys and values.
    ///
    /// Finds what the disk or another program changed. Whether the tables are a state, and the
    /// right one, is for its root to say.
    ///
    /// # Errors
    /// `store_damaged`.
    pub fn check(&self) -> Result<u64> {
        let snapshot = self.snapshot()?;
        let mut bytes = 0;
        for table in Table::ALL {
            let (mut entries, mut previous) = (0, None);
            for entry in snapshot.scan_from(table, &[])? {
                let (key, value) = entry?;
                if previous.is_some_and(|previous| previous >= key) {
                    return Err(self.damaged(table, "keys out of order"));
                }
                previous = Some(key);
                entries += 1;
                bytes += (key.len() + value.len()) as u64;
            }
            if entries != snapshot.count(table)? {
                return Err(self.damaged(table, "another number of entries than it says"));
            }
        }
        Ok(bytes)
    }

    fn damaged(&self, table: Table, found: &str) -> Box<weakstate_codec::Error> {
        store_error(Code::StoreDamaged, &self.0.dir.join(table.name()), found)
    }

    /// How large the store is.
    pub fn usage(&self) -> Usage {
        let (used, most) = (used(&self.0.env), self.0.env.info().map_size as u64);
        Usage { used_bytes: used, max_bytes: most }
    }
}

impl Store for Disk {
    fn snapshot(&self) -> Result<Box<dyn Snapshot>> {
        txn::snapshot(&self.0)
    }

    fn begin(&self) -> Result<Box<dyn Batch + '_>> {
        if self.0.file.is_none() {
            let found = "a store opened to read";
            return Err(store_error(Code::StoreReadOnly, &self.0.dir, found));
        }
        Ok(Box::new(txn::begin(&self.0)?))
    }

    fn scratch(&self) -> Result<Option<File>> {
        files::scratch(&self.0.dir).map(Some)
    }
}

impl Opened {
    /// LMDB's locks and list of readers do not survive a fork.
    fn check_process(&self) -> Result<()> {
        if self.process == own() {
            return Ok(());
        }
        let found = "a process forked off after the store was opened";
        Err(store_error(Code::StoreLocked, &self.dir, found))
    }
}

fn own() -> u32 {
    std::process::id()
}

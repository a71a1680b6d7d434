//! LMDB's files: opening them, their tables, and their length.

use std::fs::File;
use std::io;
use std::path::Path;

use heed::types::Bytes;
use heed::{CommitOrAbort, Database, Env, EnvFlags, EnvOpenOptions, OnCommit, WithoutTls};
use weakstate_codec::Code;

use super::Options;
use super::error::{of_heed, of_io, store_error};
use super::files::DATA;
use crate::Result;
use crate::table::{PerTable, Table};

/// Granularity of the size limit: a multiple of every system's page size.
const ROUND: u64 = 64 << 10;

/// By how much the file is longer than the next commit needs.
const MARGIN: u64 = 1 << 20;

pub(super) type Tables = PerTable<Database<'static, Bytes, Bytes>>;

impl<T: OnCommit> OnCommit for PerTable<T> {
    type Committed = PerTable<T::Committed>;

    fn on_commit(self, token: &heed::CommitToken) -> Self::Committed {
        self.map(|table| table.on_commit(token))
    }
}

/// Opens LMDB's files in `dir`; with a size limit if to write.
pub(super) fn open_env(
    dir: &Path,
    options: Option<&Options>,
    flags: EnvFlags,
) -> Result<Env<WithoutTls>> {
    let mut settings = EnvOpenOptions::new().read_txn_without_tls();
    settings.max_dbs(Table::ALL.len() as u32);
    if let Some(options) = options {
        let most = usize::MAX as u64 / 2 / ROUND;
        let bytes = options.max_bytes.div_ceil(ROUND).clamp(1, most) * ROUND;
        settings.map_size(bytes as usize);
        settings.max_readers(options.max_snapshots);
    }
    // SAFETY: none of these flags weakens a commit. NO_LOCK is given only by a reader that keeps
    // writers out by our own lock.
    unsafe { settings.flags(flags | EnvFlags::NO_READ_AHEAD) };
    // SAFETY: the files are LMDB's alone while they are mapped: one process writes, by our lock,
    // and only through LMDB; `lengthen` adds bytes beyond all that is used.
    unsafe { settings.open(dir) }.map_err(|error| of_heed(error, dir))
}

/// Makes the tables that are not there yet.
pub(super) fn create_tables(env: &Env<WithoutTls>) -> heed::Result<Tables> {
    let made = env.create_databases_and_commit(env.write_txn()?, |opener, txn| {
        let make = |table: Table| opener.create_database(txn, Some(table.name()));
        heed::Result::Ok(CommitOrAbort::<_, ()>::Commit(PerTable::try_new(make)?))
    })?;
    made.commit().ok_or(heed::Error::Mdb(heed::MdbError::BadTxn))
}

/// Opens the tables of a store of this format.
pub(super) fn open_tables(env: &Env<WithoutTls>, dir: &Path) -> Result<Tables> {
    super::format::check(env, dir)?;
    let told = |error| of_heed(error, dir);
    let opened = env.open_databases_and_commit(env.read_txn().map_err(told)?, |opener, txn| {
        let open = |table: Table| {
            let found = opener.open_database(txn, Some(table.name()))?;
            found.ok_or(heed::Error::Mdb(heed::MdbError::Corrupted))
        };
        heed::Result::Ok(CommitOrAbort::<_, ()>::Commit(PerTable::try_new(open)?))
    });
    let lacking = || store_error(Code::StoreDamaged, dir, "a store without its tables");
    opened.map_err(told)?.commit().ok_or_else(lacking)
}

/// Bytes of the file's pages up to the last that the tables may refer to.
pub(super) fn used(env: &Env<WithoutTls>) -> u64 {
    let page = u64::from(env.unnamed_database_stat().page_size);
    (env.info().last_page_number as u64 + 1) * page
}

/// Refuses a file that lacks pages: to touch one of them would end the process.
pub(super) fn expect_whole(env: &Env<WithoutTls>, dir: &Path) -> Result<()> {
    let data = dir.join(DATA);
    let len = std::fs::metadata(&data).map_err(|error| of_io(&error, &data))?.len();
    let used = used(env);
    if len >= used {
        return Ok(());
    }
    let found = format!("{len} bytes of {used}");
    Err(store_error(Code::StoreDamaged, &data, found))
}

/// Makes the file longer than it can need to be after a commit of so many pages.
///
/// LMDB takes pages at the end of the file, and does not write those of them that the same
/// transaction gives back. Without this, a whole file could be as short as one that was cut.
pub(super) fn lengthen(env: &Env<WithoutTls>, file: &File, pages: u64) -> io::Result<()> {
    let page = u64::from(env.unnamed_database_stat().page_size);
    let least = used(env) + pages * page;
    if file.metadata()?.len() >= least {
        return Ok(());
    }
    // Some more, so that few commits have to wait for this. It is not space, only length.
    file.set_len(least + MARGIN)?;
    file.sync_all()
}

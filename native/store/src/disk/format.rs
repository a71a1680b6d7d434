//! The version of a store's format: how it is marked, checked and raised.

use std::path::Path;

use heed::types::Bytes;
use heed::{CommitOrAbort, Env, WithoutTls};
use weakstate_codec::{Code, Error};

use super::error::{of_heed, store_error};
use super::sum;
use crate::kv::Batch;
use crate::tables::meta;
use crate::{Result, Table};

/// The format that this release reads and writes.
pub const FORMAT: u32 = 1;

/// What stands before the version.
const MAGIC: &[u8] = b"weakstate store ";

/// Brings a store from one format to the next.
pub(super) type Step = fn(&mut dyn Batch) -> Result<()>;

/// The first leads from format 1 to 2. There are as many as there were formats before this.
const STEPS: [Step; FORMAT as usize - 1] = [];

fn mark(batch: &mut dyn Batch, version: u32) -> Result<()> {
    batch.put(Table::Meta, meta::FORMAT, &[MAGIC, &version.to_be_bytes()].concat())
}

/// The format of the store that LMDB has open. Looks at the one table that all formats have.
pub(super) fn read(env: &Env<WithoutTls>, dir: &Path) -> Result<u32> {
    let told = |error| of_heed(error, dir);
    let foreign = || store_error(Code::StoreForeign, dir, "an LMDB file of something else");
    let opened = env.open_databases_and_commit(env.read_txn().map_err(told)?, |opener, txn| {
        let table = opener.open_database::<Bytes, Bytes>(txn, Some(Table::Meta.name()))?;
        heed::Result::Ok(CommitOrAbort::<_, ()>::Commit(table))
    });
    let table = opened.map_err(told)?.commit().flatten().ok_or_else(foreign)?;
    let txn = env.read_txn().map_err(told)?;
    let value = table.get(&txn, meta::FORMAT).map_err(told)?.ok_or_else(foreign)?;
    if !value.starts_with(MAGIC) {
        return Err(foreign());
    }
    let value = sum::checked(Table::Meta, meta::FORMAT, value, dir)?;
    let version = value.strip_prefix(MAGIC).and_then(|version| version.try_into().ok());
    version.map(u32::from_be_bytes).ok_or_else(foreign)
}

/// Refuses a store of another format.
pub(super) fn check(env: &Env<WithoutTls>, dir: &Path) -> Result<()> {
    let found = read(env, dir)?;
    let code = match found.cmp(&FORMAT) {
        std::cmp::Ordering::Equal => return Ok(()),
        std::cmp::Ordering::Less => Code::StoreOldFormat,
        std::cmp::Ordering::Greater => Code::StoreNewFormat,
    };
    Err(other(code, found, dir))
}

fn other(code: Code, found: u32, dir: &Path) -> Box<Error> {
    Box::new(Error::new(code).expected(FORMAT).actual(found).at(dir.display()))
}

/// The steps from the format of the store that LMDB has open to this one.
pub(super) fn steps(env: &Env<WithoutTls>, dir: &Path) -> Result<&'static [Step]> {
    let from = read(env, dir)?;
    let before = from.checked_sub(1).map(|before| before as usize);
    let steps = before.and_then(|before| STEPS.get(before..));
    let code = if from > FORMAT { Code::StoreNewFormat } else { Code::StoreOldFormat };
    steps.ok_or_else(|| other(code, from, dir))
}

/// Takes the steps and marks the store as being of this format, all in `batch`.
pub(super) fn upgrade(batch: impl Batch, steps: &[Step]) -> Result<()> {
    let mut batch: Box<dyn Batch + '_> = Box::new(batch);
    for step in steps {
        step(&mut *batch)?;
    }
    mark(&mut *batch, FORMAT)?;
    batch.commit()
}

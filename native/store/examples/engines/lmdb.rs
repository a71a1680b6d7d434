//! LMDB through heed, as it comes: synced commits, no write map.

use std::path::Path;

use heed::types::Bytes;
use heed::{CommitOrAbort, Database, Env, EnvFlags, EnvOpenOptions, WithoutTls};

use super::{Engine, Table};

pub struct Lmdb {
    env: Env<WithoutTls>,
    tables: [Database<'static, Bytes, Bytes>; 2],
}

fn told(error: heed::Error) -> String {
    error.to_string()
}

fn open(dir: &Path, flags: EnvFlags) -> Result<Lmdb, String> {
    let mut options = EnvOpenOptions::new().read_txn_without_tls();
    options.map_size(64 << 30).max_dbs(8);
    // SAFETY: nothing but LMDB writes to its files.
    let env = unsafe { options.flags(EnvFlags::NO_READ_AHEAD | flags).open(dir) }.map_err(told)?;
    let tables = if flags.contains(EnvFlags::READ_ONLY) {
        env.open_databases_and_commit(env.read_txn().map_err(told)?, |opener, txn| {
            let accounts = opener.open_database(txn, Some("accounts"))?;
            let nodes = opener.open_database(txn, Some("nodes"))?;
            let tables = accounts.zip(nodes).ok_or(heed::Error::Mdb(heed::MdbError::NotFound))?;
            Ok(CommitOrAbort::<_, ()>::Commit([tables.0, tables.1]))
        })
    } else {
        env.create_databases_and_commit(env.write_txn().map_err(told)?, |opener, txn| {
            let accounts = opener.create_database(txn, Some("accounts"))?;
            let nodes = opener.create_database(txn, Some("nodes"))?;
            Ok(CommitOrAbort::<_, ()>::Commit([accounts, nodes]))
        })
    };
    let tables = tables.map_err(told)?.commit().ok_or("aborted")?;
    Ok(Lmdb { env, tables })
}

impl Engine for Lmdb {
    fn open(dir: &Path) -> Result<Self, String> {
        open(dir, EnvFlags::empty())
    }

    fn open_reader(dir: &Path) -> Result<Self, String> {
        open(dir, EnvFlags::READ_ONLY)
    }

    fn write(&self, entries: &[(Table, Vec<u8>, Vec<u8>)]) -> Result<(), String> {
        let mut txn = self.env.write_txn().map_err(told)?;
        for (table, key, value) in entries {
            self.tables[*table as usize].put(&mut txn, key, value).map_err(told)?;
        }
        txn.commit().map_err(told)
    }

    fn read(&self, keys: &[(Table, Vec<u8>)]) -> Result<usize, String> {
        let txn = self.env.read_txn().map_err(told)?;
        let mut sum = 0;
        for (table, key) in keys {
            let found = self.tables[*table as usize].get(&txn, key).map_err(told)?;
            sum += found.map_or(0, <[u8]>::len);
        }
        Ok(sum)
    }
}

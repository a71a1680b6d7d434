//! redb: as fast as it can be, or within bounds like LMDB's of memory and of time to open.

use std::fmt::Display;
use std::path::Path;

use redb::{Database, ReadableDatabase, TableDefinition};

use super::{Engine, Table};

type Definition = TableDefinition<'static, &'static [u8], &'static [u8]>;

const TABLES: [Definition; 2] = [Definition::new("accounts"), Definition::new("nodes")];

/// With `BOUNDED`, a cache of 256 MiB instead of the default 1 GiB, and commits that need no
/// repair after a kill.
pub struct Redb<const BOUNDED: bool>(Database);

fn told(error: impl Display) -> String {
    error.to_string()
}

impl<const BOUNDED: bool> Engine for Redb<BOUNDED> {
    fn open(dir: &Path) -> Result<Self, String> {
        let mut builder = Database::builder();
        builder.set_cache_size(if BOUNDED { 256 << 20 } else { 1 << 30 });
        builder.create(dir.join("redb")).map(Self).map_err(told)
    }

    fn open_reader(dir: &Path) -> Result<Self, String> {
        Self::open(dir)
    }

    fn write(&self, entries: &[(Table, Vec<u8>, Vec<u8>)]) -> Result<(), String> {
        let mut txn = self.0.begin_write().map_err(told)?;
        txn.set_quick_repair(BOUNDED);
        {
            let mut accounts = txn.open_table(TABLES[0]).map_err(told)?;
            let mut nodes = txn.open_table(TABLES[1]).map_err(told)?;
            for (table, key, value) in entries {
                let table = match table {
                    Table::Accounts => &mut accounts,
                    Table::Nodes => &mut nodes,
                };
                table.insert(key.as_slice(), value.as_slice()).map_err(told)?;
            }
        }
        txn.commit().map_err(told)
    }

    fn read(&self, keys: &[(Table, Vec<u8>)]) -> Result<usize, String> {
        let txn = self.0.begin_read().map_err(told)?;
        let accounts = txn.open_table(TABLES[0]).map_err(told)?;
        let nodes = txn.open_table(TABLES[1]).map_err(told)?;
        let mut sum = 0;
        for (table, key) in keys {
            let table = match table {
                Table::Accounts => &accounts,
                Table::Nodes => &nodes,
            };
            let found = table.get(key.as_slice()).map_err(told)?;
            sum += found.map_or(0, |value| value.value().len());
        }
        Ok(sum)
    }
}

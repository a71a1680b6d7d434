//! The store of this crate: LMDB behind the traits, with a checksum behind every value.

use std::path::Path;

use weakstate_store::{Disk, Options, Store};

use super::{Engine, Table};

pub struct Own(Disk);

fn told(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn table(table: Table) -> weakstate_store::Table {
    match table {
        Table::Accounts => weakstate_store::Table::Accounts,
        Table::Nodes => weakstate_store::Table::Nodes,
    }
}

impl Engine for Own {
    fn open(dir: &Path) -> Result<Self, String> {
        let options = Options::default();
        let opened = Disk::open(dir, &options).or_else(|_| Disk::create(dir, &options));
        opened.map(Self).map_err(told)
    }

    fn open_reader(dir: &Path) -> Result<Self, String> {
        Disk::open_read_only(dir).map(Self).map_err(told)
    }

    fn write(&self, entries: &[(Table, Vec<u8>, Vec<u8>)]) -> Result<(), String> {
        let mut batch = self.0.begin().map_err(told)?;
        for (of, key, value) in entries {
            batch.put(table(*of), key, value).map_err(told)?;
        }
        batch.commit().map_err(told)
    }

    fn read(&self, keys: &[(Table, Vec<u8>)]) -> Result<usize, String> {
        let snapshot = self.0.snapshot().map_err(told)?;
        let mut sum = 0;
        for (of, key) in keys {
            let found = snapshot.get(table(*of), key).map_err(told)?;
            sum += found.map_or(0, <[u8]>::len);
        }
        Ok(sum)
    }
}

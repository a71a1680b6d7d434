//! What takes a block back: each entry that it wrote, as it was before.

use weakstate_codec::{Code, Error};
use weakstate_store::tables::{block_key, undo_key};
use weakstate_store::{Batch, Table};

use crate::Result;

/// Entries are gathered until they are this long: two such records fill a page of the disk, and
/// what is longer goes on pages of its own.
const RECORD: usize = 1_900;

/// Table, length of the key, presence, length of the value.
const HEAD: usize = 1 + 1 + 1 + 4;

/// Where entries are written.
pub(crate) trait Write {
    /// Puts `value` under `key`.
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<()>;
    /// Removes what is under `key`.
    fn delete(&mut self, table: Table, key: &[u8]) -> Result<()>;
    /// Removes every entry whose key starts with `prefix`.
    fn delete_prefix(&mut self, table: Table, prefix: &[u8]) -> Result<()>;
}

/// A batch whose work is not taken back.
pub(crate) struct Entries<'b>(pub &'b mut dyn Batch);

impl Write for Entries<'_> {
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<()> {
        self.0.put(table, key, value)
    }

    fn delete(&mut self, table: Table, key: &[u8]) -> Result<()> {
        self.0.delete(table, key).map(drop)
    }

    fn delete_prefix(&mut self, table: Table, prefix: &[u8]) -> Result<()> {
        self.0.delete_prefix(table, prefix).map(drop)
    }
}

/// A batch that writes down how to take back what it does.
pub(crate) struct Undoing<'b> {
    batch: Box<dyn Batch + 'b>,
    number: u64,
    records: u32,
    record: Vec<u8>,
}

impl<'b> Undoing<'b> {
    /// Undoes what leads to block `number`.
    pub fn new(batch: Box<dyn Batch + 'b>, number: u64) -> Self {
        Self { batch, number, records: 0, record: Vec::with_capacity(2 * RECORD) }
    }

    /// The batch, once everything is written down.
    pub fn finish(mut self) -> Result<Box<dyn Batch + 'b>> {
        if !self.record.is_empty() {
            let record = std::mem::take(&mut self.record);
            self.put_record(&record)?;
        }
        Ok(self.batch)
    }

    fn note_present(&mut self, table: Table, key: &[u8]) -> Result<()> {
        let value = self.batch.get(table, key)?;
        append(&mut self.record, table, key, value);
        if self.record.len() >= RECORD {
            let record = std::mem::take(&mut self.record);
            self.put_record(&record)?;
            self.record = record;
            self.record.clear();
        }
        Ok(())
    }

    fn put_record(&mut self, record: &[u8]) -> Result<()> {
        let key = undo_key(self.number, self.records);
        self.records += 1;
        self.batch.put(Table::Undo, &key, record)
    }
}

impl Write for Undoing<'_> {
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<()> {
        self.note_present(table, key)?;
        self.batch.put(table, key, value)
    }

    fn delete(&mut self, table: Table, key: &[u8]) -> Result<()> {
        self.note_present(table, key)?;
        self.batch.delete(table, key).map(drop)
    }

    fn delete_prefix(&mut self, table: Table, prefix: &[u8]) -> Result<()> {
        let mut full = Vec::new();
        for entry in self.batch.scan(table, prefix)? {
            let (key, value) = entry?;
            append(&mut self.record, table, key, Some(value));
            if self.record.len() >= RECORD {
                full.push(std::mem::take(&mut self.record));
            }
        }
        for record in full {
            self.put_record(&record)?;
        }
        self.batch.delete_prefix(table, prefix).map(drop)
    }
}

fn append(record: &mut Vec<u8>, table: Table, key: &[u8], value: Option<&[u8]>) {
    let tag = Table::ALL.iter().position(|&other| other == table).unwrap_or_default();
    let len = value.map_or(0, <[u8]>::len) as u32;
    record.extend_from_slice(&[tag as u8, key.len() as u8, u8::from(value.is_some())]);
    record.extend_from_slice(&len.to_le_bytes());
    record.extend_from_slice(key);
    record.extend_from_slice(value.unwrap_or_default());
}

/// One entry as it was: table, key, value.
type Before<'r> = (Table, &'r [u8], Option<&'r [u8]>);

fn split(record: &[u8]) -> Option<(Before<'_>, &[u8])> {
    let (&[tag, key_len, present, a, b, c, d], rest) = record.split_first_chunk::<HEAD>()?;
    let table = *Table::ALL.get(usize::from(tag))?;
    let (key, rest) = rest.split_at_checked(usize::from(key_len))?;
    let len = u32::from_le_bytes([a, b, c, d]) as usize;
    let (value, rest) = rest.split_at_checked(len)?;
    Some(((table, key, (present == 1).then_some(value)), rest))
}

/// Takes back what led to block `number`; `false` if that was not written down.
pub(crate) fn undo(batch: &mut dyn Batch, number: u64) -> Result<bool> {
    let mut records: Vec<Vec<u8>> = Vec::new();
    for entry in batch.scan(Table::Undo, &block_key(number))? {
        records.push(entry?.1.to_vec());
    }
    // What was written twice was written down twice: the first time says what was before.
    for record in records.iter().rev() {
        let mut entries = Vec::new();
        let mut rest = record.as_slice();
        while !rest.is_empty() {
            let (entry, tail) = split(rest).ok_or_else(|| damaged(number))?;
            entries.push(entry);
            rest = tail;
        }
        for (table, key, value) in entries.into_iter().rev() {
            match value {
                Some(value) => batch.put(table, key, value)?,
                None => batch.delete(table, key).map(drop)?,
            }
        }
    }
    batch.delete_prefix(Table::Undo, &block_key(number))?;
    Ok(!records.is_empty())
}

fn damaged(number: u64) -> Box<Error> {
    let error = Error::new(Code::StoreDamaged).expected("entries as they were before");
    Box::new(error.at(format_args!("{} of block {number}", Table::Undo.name())))
}

/// The values of a table that blocks which can be taken back have replaced.
pub(crate) fn values_before(batch: &dyn Batch, wanted: Table) -> Result<Vec<Vec<u8>>> {
    let mut values = Vec::new();
    for entry in batch.scan_from(Table::Undo, &[])? {
        let (key, mut rest) = entry?;
        while !rest.is_empty() {
            let number = key.first_chunk().copied().map_or(0, u64::from_be_bytes);
            let ((table, _, value), tail) = split(rest).ok_or_else(|| damaged(number))?;
            values.extend(value.filter(|_| table == wanted).map(<[u8]>::to_vec));
            rest = tail;
        }
    }
    Ok(values)
}

//! How far an import has come, as a store keeps it.

use alloy_primitives::B256;
use weakstate_codec::{Code, Error};
use weakstate_store::tables::meta;
use weakstate_store::{Batch, Read, Table};

use crate::Result;
use crate::tree::Grown;

/// How far an import has come. Before the first mark the store holds nothing of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Entries of this dump, in ascending order up to the one with this key, are in the tables.
    Loading { dump: Sum, last: Vec<u8> },
    /// All of them are, and so much of the tree.
    Growing(Grown),
}

/// By what a dump is known again: its lines and bytes, and the CRC-32C of these.
///
/// That is enough to notice a mistake. What decides about a state is its root.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    pub lines: u64,
    pub bytes: u64,
    pub crc: u32,
}

impl Sum {
    /// Adds bytes of the dump.
    pub fn add(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.crc = crc32c::crc32c_append(self.crc, bytes);
    }
}

const LOADING: u8 = 0;
const GROWING: u8 = 1;

impl Mark {
    pub fn read(tables: &(impl Read + ?Sized)) -> Result<Option<Self>> {
        let Some(bytes) = tables.get(Table::Meta, meta::IMPORT)? else { return Ok(None) };
        let mark = match bytes.split_first() {
            Some((&LOADING, rest)) => loading(rest),
            Some((&GROWING, rest)) => growing(rest),
            _ => None,
        };
        let damaged = || {
            let error = Error::new(Code::StoreDamaged).expected("how far an import has come");
            Box::new(error.at(Table::Meta.name()))
        };
        mark.ok_or_else(damaged).map(Some)
    }

    pub fn write(&self, batch: &mut dyn Batch) -> Result<()> {
        let bytes = match self {
            Self::Loading { dump: Sum { lines, bytes, crc }, last } => {
                let numbers = [&lines.to_be_bytes()[..], &bytes.to_be_bytes(), &crc.to_be_bytes()];
                [&[LOADING], &numbers.concat()[..], last].concat()
            }
            Self::Growing(Grown { root, last, accounts }) => {
                let last = last.as_ref().map_or(&[][..], |last| &last[..]);
                [&[GROWING], &root[..], &accounts.to_be_bytes(), last].concat()
            }
        };
        batch.put(Table::Meta, meta::IMPORT, &bytes)
    }
}

fn loading(bytes: &[u8]) -> Option<Mark> {
    let (lines, rest) = bytes.split_first_chunk()?;
    let (bytes, rest) = rest.split_first_chunk()?;
    let (crc, last) = rest.split_first_chunk()?;
    let dump = Sum {
        lines: u64::from_be_bytes(*lines),
        bytes: u64::from_be_bytes(*bytes),
        crc: u32::from_be_bytes(*crc),
    };
    Some(Mark::Loading { dump, last: last.to_vec() })
}

fn growing(bytes: &[u8]) -> Option<Mark> {
    let (root, rest) = bytes.split_first_chunk::<32>()?;
    let (accounts, last) = rest.split_first_chunk()?;
    let last = match last {
        [] => None,
        last => Some(B256::new(last.try_into().ok()?)),
    };
    Some(Mark::Growing(Grown { root: root.into(), last, accounts: u64::from_be_bytes(*accounts) }))
}

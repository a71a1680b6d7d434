//! A state from a dump of its accounts, in bounded memory; an interruption costs little.
//!
//! First the lines go to the flat tables, then the tree is made over them. Each transaction writes
//! down how far it has come, so that the same dump given again goes on there. Until the root is
//! found to be the trusted one, the store holds no state.

use std::io::{BufRead, Read as _};

use alloy_primitives::{B256, KECCAK256_EMPTY, keccak256};
use weakstate_codec::{Code, Error};
use weakstate_store::tables::{
    Head, block_key, decode_account, encode_account, encode_slot, meta, slot_key,
};
use weakstate_store::{Batch, Read, Table};

use crate::line::{Line, Name, Pairs};
use crate::start::{Identity, begin, expect_none, expect_root};
use crate::tree::{Grown, grow};
use crate::{Result, StateStore};

/// Longest line that is read.
const MAX_LINE: u64 = 1 << 30;

/// How many entries are written in one transaction: at worst each has a page of its own.
const CHUNK: u64 = 40_000;

/// What is imported, and what it is held against.
#[derive(Debug)]
pub struct Import<'a> {
    /// Whose state it is.
    pub identity: &'a Identity,
    /// The block after which it is the state. Its root is trusted.
    pub head: Head,
    /// That block's header in RLP.
    pub header: &'a [u8],
    /// Headers in RLP of blocks before it, by number, which the EVM may ask for.
    pub ancestors: &'a [(u64, Vec<u8>)],
}

/// How far a long piece of work has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// So many lines of the dump are in the flat tables.
    Lines(u64),
    /// So many accounts are in the tree.
    Tree(u64),
    /// So many accounts were looked at.
    Accounts(u64),
}

/// What is written down of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    /// Lines that were read, and what they sum up to.
    Reading { lines: u64, sum: B256 },
    /// All lines were read.
    Growing(Grown),
}

impl StateStore {
    /// Reads a dump into a store that holds no state, or goes on with an import that was
    /// interrupted. `progress` hears of each transaction, and ends the work by an error.
    ///
    /// # Errors
    /// `malformed_dump`, `wrong_dump`; `store_exists` if there is a state, or part of another
    /// dump; `store_full` and what else a store may say.
    pub fn import(
        &self,
        import: &Import<'_>,
        dump: &mut dyn BufRead,
        progress: &mut dyn FnMut(Progress) -> Result<()>,
    ) -> Result<()> {
        let snapshot = self.store.snapshot()?;
        expect_none(&*snapshot)?;
        let mark = Mark::read(&*snapshot)?;
        drop(snapshot);
        let grown = match mark {
            Mark::Growing(grown) => grown,
            Mark::Reading { lines, sum } => {
                let mut reader =
                    Reader { store: self, lines: 0, sum: B256::ZERO, line: Vec::new() };
                reader.skip(dump, lines, sum)?;
                reader.read(dump, &import.head, progress)?;
                Grown::NOTHING
            }
        };
        let root = grow(&*self.store, grown, |batch, grown| {
            progress(Progress::Tree(grown.accounts))?;
            Mark::Growing(*grown).write(batch)
        })?;
        expect_root(&import.head, root)?;
        let mut batch = self.store.begin()?;
        begin(&mut *batch, import.identity, &import.head, import.header)?;
        for (number, header) in import.ancestors {
            batch.put(Table::Headers, &block_key(*number), header)?;
        }
        batch.delete(Table::Meta, meta::IMPORT)?;
        batch.commit()
    }
}

/// Reads lines into the flat tables.
struct Reader<'s> {
    store: &'s StateStore,
    lines: u64,
    sum: B256,
    line: Vec<u8>,
}

impl Reader<'_> {
    /// The next line, and what all up to it sum up to; `false` after the last.
    fn next(&mut self, dump: &mut dyn BufRead) -> Result<bool> {
        loop {
            self.line.clear();
            let read = dump.take(MAX_LINE).read_until(b'\n', &mut self.line);
            let read = read.map_err(|error| self.malformed(error))?;
            if read as u64 == MAX_LINE {
                return Err(self.malformed("a line of more than 1 GiB"));
            }
            if read == 0 {
                return Ok(false);
            }
            self.lines += 1;
            if !self.line.trim_ascii().is_empty() {
                self.sum = keccak256([self.sum.as_slice(), &keccak256(&self.line)[..]].concat());
                return Ok(true);
            }
        }
    }

    fn malformed(&self, found: impl std::fmt::Display) -> Box<Error> {
        let error = Error::new(Code::MalformedDump).actual(found);
        Box::new(error.at(format_args!("line {}", self.lines + 1)))
    }

    /// Passes over what an earlier run has read.
    fn skip(&mut self, dump: &mut dyn BufRead, lines: u64, sum: B256) -> Result<()> {
        while self.lines < lines && self.next(dump)? {}
        if (self.lines, self.sum) == (lines, sum) {
            return Ok(());
        }
        let found = "part of another dump: import into an empty directory";
        Err(Box::new(Error::new(Code::StoreExists).actual(found)))
    }

    /// Reads all that is left.
    fn read(
        &mut self,
        dump: &mut dyn BufRead,
        head: &Head,
        progress: &mut dyn FnMut(Progress) -> Result<()>,
    ) -> Result<()> {
        let mut more = true;
        while more {
            let mut batch = self.store.store.begin()?;
            let mut entries = 0;
            while entries < CHUNK {
                more = self.next(dump)?;
                if !more {
                    break;
                }
                entries += self.put_line(&mut *batch, head)?;
            }
            let mark = match more {
                true => Mark::Reading { lines: self.lines, sum: self.sum },
                false => Mark::Growing(Grown::NOTHING),
            };
            progress(Progress::Lines(self.lines))?;
            mark.write(&mut *batch)?;
            batch.commit()?;
        }
        Ok(())
    }

    /// Puts what the line says into the tables; how many entries that was.
    fn put_line(&self, batch: &mut dyn Batch, head: &Head) -> Result<u64> {
        let line: Line = serde_json::from_slice(&self.line).map_err(|error| {
            let error = Error::new(Code::MalformedDump).actual(error);
            Box::new(error.at(format_args!("line {}", self.lines)))
        })?;
        let Line { root, address, accounts, alloc, .. } = &line;
        if let Some(Name(address)) = address {
            return put_account(batch, address, &line);
        }
        let mut entries = 0;
        if let Some(Pairs(accounts)) = accounts.as_ref().or(alloc.as_ref()) {
            for (Name(address), account) in accounts {
                entries += put_account(batch, address, account)?;
            }
        }
        if let Some(code) = &line.code {
            batch.put(Table::Codes, keccak256(&code.0).as_slice(), &code.0)?;
            return Ok(1);
        }
        match root {
            Some(root) => expect_root(head, root.hash()).map(|()| entries),
            None if accounts.is_some() || alloc.is_some() => Ok(entries),
            None => {
                let expected = "an account with its address, a code or a root";
                let error = Error::new(Code::MalformedDump).expected(expected);
                Err(Box::new(error.at(format_args!("line {}", self.lines))))
            }
        }
    }
}

fn put_account(
    batch: &mut dyn Batch,
    address: &alloy_primitives::Address,
    line: &Line,
) -> Result<u64> {
    let mut entries = 1;
    let mut code_hash = line.code_hash.map(|hash| hash.hash());
    if let Some(code) = line.code.as_ref().filter(|code| !code.0.is_empty()) {
        let hash = keccak256(&code.0);
        batch.put(Table::Codes, hash.as_slice(), &code.0)?;
        code_hash = Some(hash);
        entries += 1;
    }
    // A later line of the same account says what the first did not: more slots, as a rule.
    let known = batch.get(Table::Accounts, address.as_slice())?.map(decode_account).transpose()?;
    let (nonce, balance, known_code) = known.unwrap_or((0, Default::default(), KECCAK256_EMPTY));
    let nonce = match line.nonce {
        None => nonce,
        Some(nonce) => u64::try_from(nonce.0).map_err(|_| {
            let error = Error::new(Code::MalformedDump).expected("a nonce below 2^64");
            Box::new(error.actual(nonce.0).at(format_args!("account {address}")))
        })?,
    };
    let balance = line.balance.map_or(balance, |balance| balance.0);
    let value = encode_account(nonce, &balance, &code_hash.unwrap_or(known_code));
    batch.put(Table::Accounts, address.as_slice(), &value)?;
    for (slot, value) in line.storage.iter().flat_map(|storage| &storage.0) {
        if !value.0.is_zero() {
            batch.put(Table::Slots, &slot_key(address, &slot.0), &encode_slot(&value.0))?;
            entries += 1;
        }
    }
    Ok(entries)
}

impl Mark {
    fn read(tables: &(impl Read + ?Sized)) -> Result<Self> {
        let Some(bytes) = tables.get(Table::Meta, meta::IMPORT)? else {
            return Ok(Self::Reading { lines: 0, sum: B256::ZERO });
        };
        let read = || {
            let (&[tag, present], rest) = bytes.split_first_chunk()?;
            let (number, rest) = rest.split_first_chunk()?;
            let (first, rest) = rest.split_first_chunk::<32>()?;
            let last: [u8; 32] = rest.try_into().ok()?;
            let number = u64::from_be_bytes(*number);
            Some(match tag {
                0 => Self::Reading { lines: number, sum: first.into() },
                _ => Self::Growing(Grown {
                    root: first.into(),
                    last: (present == 1).then_some(last.into()),
                    accounts: number,
                }),
            })
        };
        read().ok_or_else(|| {
            let error = Error::new(Code::StoreDamaged).expected("how far an import has come");
            Box::new(error.at(Table::Meta.name()))
        })
    }

    fn write(&self, batch: &mut dyn Batch) -> Result<()> {
        let (tag, present, number, first, last) = match *self {
            Self::Reading { lines, sum } => (0, 0, lines, sum, B256::ZERO),
            Self::Growing(Grown { root, last, accounts }) => {
                (1, u8::from(last.is_some()), accounts, root, last.unwrap_or_default())
            }
        };
        let parts = [&[tag, present][..], &number.to_be_bytes(), &first[..], &last[..]];
        batch.put(Table::Meta, meta::IMPORT, &parts.concat())
    }
}

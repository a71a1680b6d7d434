//! From the lines of a dump to sorted entries, in bounded memory whatever a line holds.

use std::io::{self, BufRead, Read};

use alloy_primitives::map::B256Set;
use alloy_primitives::{Address, B256, U256, keccak256};
use weakstate_codec::{Code, Error};
use weakstate_store::tables::{Head, decode_slot, encode_slot};
use weakstate_store::{Sorted, Sorter, Store};

use crate::line::{self, Line, Sink};
use crate::load::{Entries, Said};
use crate::mark::Sum;
use crate::start::expect_root;
use crate::value::Name;
use crate::{Progress, Result};

/// A longer line is read piece by piece.
const WHOLE: u64 = 4 << 20;

/// Longest text in such a line: a code, at most.
const LONGEST: u64 = 64 << 20;

/// How many lines are read between two reports of progress.
const STRIDE: u64 = 10_000;

/// How many hashes of codes are kept, to pass over codes that were read: 32 bytes each.
const CODES: usize = 100_000;

/// Reads a dump and sorts what it says, save what is in the tables up to the key `last`. Slots that
/// are zero, and delegations that were cleared, count only for a tree of `leaves`.
///
/// # Errors
/// `malformed_dump`; `wrong_dump` if it says another root than the head's; `store_full`.
pub(crate) fn read(
    store: &dyn Store,
    dump: &mut dyn BufRead,
    head: &Head,
    last: &[u8],
    room: usize,
    leaves: bool,
    progress: &mut dyn FnMut(Progress) -> Result<()>,
) -> Result<(Sum, Sorted)> {
    let entries = Entries::new(store, room / 2, last);
    let spool = room / 8;
    let unnamed = Sorter::new(store, spool);
    let codes = B256Set::default();
    let mut gathered = Gathered { store, head, entries, spool, unnamed, codes, leaves, line: 0 };
    let mut sum = Sum::default();
    let mut text = Vec::new();
    loop {
        text.clear();
        let read = dump.take(WHOLE).read_until(b'\n', &mut text);
        let read = read.map_err(|error| malformed(error, sum.lines + 1))?;
        if read == 0 {
            break;
        }
        sum.lines += 1;
        sum.add(&text);
        gathered.line = sum.lines;
        if read as u64 == WHOLE && text.last() != Some(&b'\n') {
            let rest = Rest { dump, sum: &mut sum, since_quote: 0, ended: false };
            let whole = text.as_slice().chain(rest);
            gathered.take(serde_json::de::IoRead::new(io::BufReader::new(whole)))?;
        } else if !text.trim_ascii().is_empty() {
            gathered.take(serde_json::de::SliceRead::new(&text))?;
        }
        if sum.lines % STRIDE == 0 {
            progress(Progress::Lines(sum.lines))?;
        }
    }
    progress(Progress::Lines(sum.lines))?;
    Ok((sum, gathered.entries.sorted()?))
}

fn malformed(found: impl std::fmt::Display, line: u64) -> Box<Error> {
    let error = Error::new(Code::MalformedDump).actual(found);
    Box::new(error.at(format_args!("line {line}")))
}

/// The rest of a line that is not held as a whole.
struct Rest<'r> {
    dump: &'r mut dyn BufRead,
    sum: &'r mut Sum,
    since_quote: u64,
    ended: bool,
}

impl Read for Rest<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if self.ended {
            return Ok(0);
        }
        let found = self.dump.fill_buf()?;
        let found = found.get(..room.len()).unwrap_or(found);
        let end = found.iter().position(|&byte| byte == b'\n');
        let taken = end.and_then(|end| found.get(..=end)).unwrap_or(found);
        let after_quote = taken.iter().rev().position(|&byte| byte == b'"');
        self.since_quote = after_quote.map_or(self.since_quote + taken.len() as u64, |n| n as u64);
        if self.since_quote > LONGEST {
            return Err(io::Error::other("a text of more than 64 MiB"));
        }
        let len = taken.len();
        if let Some(space) = room.get_mut(..len) {
            space.copy_from_slice(taken);
        }
        self.ended = end.is_some();
        self.sum.add(taken);
        self.dump.consume(len);
        Ok(len)
    }
}

/// Puts together what the parts of a line say.
struct Gathered<'s> {
    store: &'s dyn Store,
    head: &'s Head,
    entries: Entries<'s>,
    /// Memory for slots whose account is not known yet.
    spool: usize,
    /// Slots in a line whose address comes after them, as in geth's dumps.
    unnamed: Sorter<'s>,
    /// Codes that were read, of late.
    codes: B256Set,
    /// Whether the tree holds leaves alone, which stay.
    leaves: bool,
    line: u64,
}

impl Gathered<'_> {
    fn take<'de>(&mut self, from: impl serde_json::de::Read<'de>) -> Result<()> {
        let line = line::read(from, self)?.map_err(|error| malformed(error, self.line))?;
        let unnamed = std::mem::replace(&mut self.unnamed, Sorter::new(self.store, self.spool));
        if let Some(Name(address)) = line.address {
            self.account(&address, &line)?;
            if !unnamed.is_empty() {
                let mut slots = unnamed.sorted()?;
                while let Some((slot, value)) = slots.next()? {
                    let slot = U256::try_from_be_slice(slot).unwrap_or_default();
                    self.entries.slot(&address, &slot, &decode_slot(value)?)?;
                }
            }
            return Ok(());
        }
        if let Some(code) = &line.code {
            return self.code(&code.0).map(drop);
        }
        match line.root {
            Some(root) => expect_root(self.head, root.hash()),
            None if line.accounts => Ok(()),
            None => {
                let expected = "an account with its address, a code or a root";
                let error = Error::new(Code::MalformedDump).expected(expected);
                Err(Box::new(error.at(format_args!("line {}", self.line))))
            }
        }
    }

    fn code(&mut self, code: &[u8]) -> Result<B256> {
        let hash = keccak256(code);
        if self.codes.len() == CODES {
            self.codes.clear();
        }
        if self.codes.insert(hash) {
            self.entries.code(&hash, code)?;
        }
        Ok(hash)
    }
}

impl Sink for Gathered<'_> {
    fn account(&mut self, address: &Address, line: &Line) -> Result<()> {
        let mut code_hash = line.code_hash.map(|hash| hash.hash());
        if let Some(code) = line.code.as_ref().filter(|code| !code.0.is_empty()) {
            code_hash = Some(self.code(&code.0)?);
        }
        let nonce = line.nonce.map(|nonce| {
            u64::try_from(nonce.0).map_err(|_| {
                let error = Error::new(Code::MalformedDump).expected("a nonce below 2^64");
                Box::new(error.actual(nonce.0).at(format_args!("account {address}")))
            })
        });
        let balance = line.balance.map(|balance| balance.0);
        if let Some(code) = line.cleared.as_ref().filter(|_| self.leaves) {
            self.entries.cleared(address, &code.0)?;
        }
        self.entries.account(address, Said { nonce: nonce.transpose()?, balance, code_hash })
    }

    fn slot(&mut self, address: Option<&Address>, slot: &U256, value: &U256) -> Result<()> {
        match address {
            _ if value.is_zero() && !self.leaves => Ok(()),
            Some(address) => self.entries.slot(address, slot, value),
            None => self.unnamed.push(&slot.to_be_bytes::<32>(), &encode_slot(value)),
        }
    }
}

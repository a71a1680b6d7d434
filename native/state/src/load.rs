//! From sorted entries of a dump to the flat tables, in ascending order of their keys.
//!
//! So every page of a table is written about once, however the dump was ordered. Each transaction
//! writes down how far it has come; a dump that is given again is sorted again, and what is in the
//! tables is left out.

use alloy_primitives::{Address, B256, KECCAK256_EMPTY, U256};
use weakstate_store::tables::{decode_account, encode_account, encode_slot, meta, slot_key};
use weakstate_store::{Batch, Sorted, Sorter, Store, Table};
use weakstate_trees::state::Layout;

use crate::mark::{Mark, Sum};
use crate::tree::Grown;
use crate::{Progress, Result};

/// Tables that a dump fills, in this order. The index of one stands before the keys of entries.
pub(crate) const TABLES: [Table; 3] = [Table::Accounts, Table::Slots, Table::Codes];
const ACCOUNTS: u8 = 0;
const SLOTS: u8 = 1;
const CODES: u8 = 2;

/// What stands in their place before the addresses of delegations that were cleared.
const CLEARED: u8 = 3;

/// What one place in a dump says of an account. Another may say the rest.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Said {
    pub nonce: Option<u64>,
    pub balance: Option<U256>,
    pub code_hash: Option<B256>,
}

impl Said {
    /// With what is said further on, which counts where both say something.
    fn then(self, later: Self) -> Self {
        Self {
            nonce: later.nonce.or(self.nonce),
            balance: later.balance.or(self.balance),
            code_hash: later.code_hash.or(self.code_hash),
        }
    }

    /// As [`Table::Accounts`] has it.
    fn account(self) -> Vec<u8> {
        let code_hash = self.code_hash.unwrap_or(KECCAK256_EMPTY);
        encode_account(self.nonce.unwrap_or(0), &self.balance.unwrap_or_default(), &code_hash)
    }

    /// What was said, after a byte that says which of it was.
    fn to_bytes(self) -> Vec<u8> {
        let given = [self.nonce.is_some(), self.balance.is_some(), self.code_hash.is_some()];
        let given = given.iter().fold(0, |bits, &given| bits << 1 | u8::from(given));
        [&[given], &self.account()[..]].concat()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let (given, account) = bytes.split_first().unwrap_or((&0, &[]));
        let (nonce, balance, code_hash) = decode_account(account)?;
        Ok(Self {
            nonce: (given & 4 != 0).then_some(nonce),
            balance: (given & 2 != 0).then_some(balance),
            code_hash: (given & 1 != 0).then_some(code_hash),
        })
    }
}

/// Sorts what a dump says, save what is in the tables.
pub(crate) struct Entries<'s> {
    sorter: Sorter<'s>,
    last: &'s [u8],
}

impl<'s> Entries<'s> {
    /// Leaves out everything up to the key `last`. Takes `room` bytes of memory.
    pub fn new(store: &'s dyn Store, room: usize, last: &'s [u8]) -> Self {
        Self { sorter: Sorter::new(store, room), last }
    }

    pub fn account(&mut self, address: &Address, said: Said) -> Result<()> {
        self.push(ACCOUNTS, address.as_slice(), &said.to_bytes())
    }

    pub fn slot(&mut self, address: &Address, slot: &U256, value: &U256) -> Result<()> {
        self.push(SLOTS, &slot_key(address, slot), &encode_slot(value))
    }

    pub fn code(&mut self, hash: &B256, code: &[u8]) -> Result<()> {
        self.push(CODES, hash.as_slice(), code)
    }

    pub fn cleared(&mut self, address: &Address, code: &[u8]) -> Result<()> {
        self.push(CLEARED, address.as_slice(), code)
    }

    fn push(&mut self, table: u8, key: &[u8], value: &[u8]) -> Result<()> {
        let mut whole = [0; 1 + 20 + 32];
        let whole = whole.get_mut(..=key.len()).unwrap_or_default();
        if let Some((first, rest)) = whole.split_first_mut() {
            *first = table;
            rest.copy_from_slice(key);
        }
        if *whole <= *self.last { Ok(()) } else { self.sorter.push(whole, value) }
    }

    pub fn sorted(self) -> Result<Sorted> {
        self.sorter.sorted()
    }
}

/// Writes the entries of `dump`, in transactions of about `room` bytes. After the last the
/// tables hold all that was in the dump.
pub(crate) fn load(
    store: &dyn Store,
    dump: Sum,
    mut sorted: Sorted,
    room: usize,
    layout: &Layout,
    progress: &mut dyn FnMut(Progress) -> Result<()>,
) -> Result<()> {
    let mut batch = store.begin()?;
    let (mut key, mut value) = (Vec::new(), Vec::new());
    let (mut size, mut count) = (0, 0);
    loop {
        let next = sorted.next()?;
        if let Some((next_key, next_value)) = next
            && next_key == key
        {
            value = combined(next_key, &value, next_value)?;
            continue;
        }
        put(&mut *batch, &key, &value)?;
        size += key.len() + value.len();
        count += 1;
        let Some((next_key, next_value)) = next else { break };
        if size >= room {
            progress(Progress::Entries(count))?;
            Mark::Loading { dump, last: key.clone() }.write(&mut *batch)?;
            batch.commit()?;
            batch = store.begin()?;
            size = 0;
        }
        key.clear();
        key.extend_from_slice(next_key);
        value.clear();
        value.extend_from_slice(next_value);
    }
    progress(Progress::Entries(count))?;
    Mark::Growing(Grown::nothing(layout)).write(&mut *batch)?;
    batch.commit()
}

/// Of a slot or code that stands in the dump again, the later counts.
fn combined(key: &[u8], first: &[u8], later: &[u8]) -> Result<Vec<u8>> {
    match key.first() {
        Some(&ACCOUNTS) => Ok(Said::from_bytes(first)?.then(Said::from_bytes(later)?).to_bytes()),
        _ => Ok(later.to_vec()),
    }
}

/// Puts an entry into its table. The empty key stands for none.
fn put(batch: &mut dyn Batch, key: &[u8], value: &[u8]) -> Result<()> {
    let Some((&first, key)) = key.split_first() else { return Ok(()) };
    if first == CLEARED {
        return batch.put(Table::Meta, &[meta::CLEARED, key].concat(), value);
    }
    let Some(&table) = TABLES.get(usize::from(first)) else { return Ok(()) };
    if first == ACCOUNTS {
        return batch.put(table, key, &Said::from_bytes(value)?.account());
    }
    batch.put(table, key, value)
}

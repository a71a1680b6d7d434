//! The state after one block, as a reader sees it.

use std::fmt;

use alloy_primitives::{Address, B256, Bytes, U256};
use weakstate_codec::{Code, Error};
use weakstate_store::tables::{self, Head, block_key, slot_key};
use weakstate_store::{Entry, Read, Snapshot, Table};
use weakstate_trees::state::leaves::Existence;
use weakstate_trees::state::{Account, Header, Layout, Scheme, Tables};
use weakstate_trees::{Place, Source, nibbles};

use crate::Result;
use crate::commit::key_of;
use crate::start::{Identity, layout};

/// The state after its head, whatever the writer does meanwhile.
///
/// While it lives the store cannot use again what the writer replaces: drop it soon.
pub struct View {
    snapshot: Box<dyn Snapshot>,
    head: Head,
    layout: Layout,
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View").field("head", &self.head).finish_non_exhaustive()
    }
}

impl View {
    pub(crate) fn of(snapshot: Box<dyn Snapshot>) -> Result<Self> {
        let head = Head::read(&*snapshot)?
            .ok_or_else(|| Box::new(Error::new(Code::StoreMissing).expected("a state")))?;
        let layout = layout(&*snapshot)?;
        Ok(Self { snapshot, head, layout })
    }

    pub(crate) fn read(&self) -> &dyn Snapshot {
        &*self.snapshot
    }

    /// The block that this is the state after.
    pub fn head(&self) -> Head {
        self.head
    }

    /// How the state lies in its tree.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Whether an entry of the table of accounts is one: under some schemes what is gone is there
    /// as nothing.
    fn is_there(&self, account: &Account) -> bool {
        self.layout.scheme == Scheme::Mpt
            || self.layout.existence == Existence::AnyLeaf
            || *account != Header::EMPTY.account
    }

    /// Whose state this is.
    ///
    /// # Errors
    /// `store_damaged`.
    pub fn identity(&self) -> Result<Identity> {
        Identity::read(&*self.snapshot)
    }

    /// Headers in RLP of the head, last, and of at most `count - 1` blocks before it, without a
    /// gap.
    ///
    /// # Errors
    /// `store_missing_node`.
    pub fn headers(&self, count: u64) -> Result<Vec<&[u8]>> {
        let mut headers = Vec::new();
        for number in
            (0..=self.head.number).rev().take(usize::try_from(count).unwrap_or(usize::MAX))
        {
            match self.snapshot.get(Table::Headers, &block_key(number))? {
                Some(header) => headers.push(header),
                None if number == self.head.number => {
                    return Err(Box::new(lacks(format_args!("header {number}"))));
                }
                None => break,
            }
        }
        headers.reverse();
        Ok(headers)
    }

    /// The header in RLP of block `number`; `None` if it is not kept, or not reached.
    ///
    /// # Errors
    /// `store_damaged`.
    pub fn header(&self, number: u64) -> Result<Option<&[u8]>> {
        self.snapshot.get(Table::Headers, &block_key(number))
    }

    /// How many of the latest blocks can be taken back.
    ///
    /// # Errors
    /// `store_damaged`.
    pub fn undoable(&self) -> Result<u64> {
        let first = self.snapshot.scan_from(Table::Undo, &[])?.next().transpose()?;
        let number = first.and_then(|(key, _)| key.first_chunk().copied().map(u64::from_be_bytes));
        Ok(number.map_or(0, |number| (self.head.number + 1).saturating_sub(number)))
    }

    /// How many accounts there are.
    ///
    /// # Errors
    /// `store_failed`.
    pub fn account_count(&self) -> Result<u64> {
        self.snapshot.count(Table::Accounts)
    }

    /// How many slots there are.
    ///
    /// # Errors
    /// `store_failed`.
    pub fn slot_count(&self) -> Result<u64> {
        self.snapshot.count(Table::Slots)
    }

    /// All accounts in ascending order of address, from `from` on.
    ///
    /// # Errors
    /// `store_failed`; the entries, `store_damaged`.
    pub fn accounts(
        &self,
        from: &Address,
    ) -> Result<impl Iterator<Item = Result<(Address, Account)>> + '_> {
        accounts(&*self.snapshot, from)
    }

    /// The slots of an account in ascending order.
    ///
    /// # Errors
    /// `store_failed`; the entries, `store_damaged`.
    pub fn slots(
        &self,
        address: &Address,
    ) -> Result<impl Iterator<Item = Result<(U256, U256)>> + '_> {
        slots(&*self.snapshot, address)
    }
}

/// All accounts in ascending order of address, from `from` on.
pub(crate) fn accounts<'s>(
    tables: &'s (impl Read + ?Sized),
    from: &Address,
) -> Result<impl Iterator<Item = Result<(Address, Account)>> + 's> {
    let entries = tables.scan_from(Table::Accounts, from.as_slice())?;
    Ok(entries.map(|entry| {
        let (key, value) = entry?;
        let address = Address::try_from(key).map_err(|_| damaged_key(Table::Accounts, key))?;
        Ok((address, decode(value)?))
    }))
}

/// The slots of an account in ascending order.
pub(crate) fn slots<'s>(
    tables: &'s (impl Read + ?Sized),
    address: &Address,
) -> Result<impl Iterator<Item = Result<(U256, U256)>> + 's> {
    let entries = tables.scan(Table::Slots, address.as_slice())?;
    Ok(entries.map(|entry| slot(entry?)))
}

/// A slot's number and value.
pub(crate) fn slot((key, value): Entry<'_>) -> Result<(U256, U256)> {
    let slot = key.get(20..).and_then(U256::try_from_be_slice);
    let slot = slot.ok_or_else(|| damaged_key(Table::Slots, key))?;
    Ok((slot, tables::decode_slot(value)?))
}

fn decode(value: &[u8]) -> Result<Account> {
    let (nonce, balance, code_hash) = tables::decode_account(value)?;
    Ok(Account { nonce, balance, code_hash })
}

fn damaged_key(table: Table, key: &[u8]) -> Box<Error> {
    let found = format!("a key of {} bytes", key.len());
    Box::new(Error::new(Code::StoreDamaged).actual(found).at(table.name()))
}

/// Refuses what can be had of Merkle Patricia tries alone.
pub(crate) fn expect_tries(layout: &Layout) -> Result<()> {
    if layout.scheme == Scheme::Mpt {
        return Ok(());
    }
    let error = Error::new(Code::MissingPart).expected("a state in Merkle Patricia tries");
    Err(Box::new(error.actual(layout)))
}

/// What the state's root commits to is not in the store.
pub(crate) fn lacks(what: impl fmt::Display) -> Error {
    Error::new(Code::StoreMissingNode).expected(what)
}

/// Accounts, slots and codes in flat tables.
#[derive(Clone, Copy)]
pub(crate) struct Flat<'s, R: ?Sized>(pub &'s R);

impl<R: ?Sized> fmt::Debug for Flat<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Flat")
    }
}

impl<R: Read + ?Sized> Tables for Flat<'_, R> {
    fn account(&self, address: &Address) -> Result<Option<Account>> {
        self.0.get(Table::Accounts, address.as_slice())?.map(decode).transpose()
    }

    fn has_storage(&self, address: &Address) -> Result<bool> {
        Ok(self.0.scan(Table::Slots, address.as_slice())?.next().transpose()?.is_some())
    }

    fn slot(&self, address: &Address, slot: &U256) -> Result<U256> {
        let value = self.0.get(Table::Slots, &slot_key(address, slot))?;
        value.map_or(Ok(U256::ZERO), tables::decode_slot)
    }

    fn slot_if_there(&self, address: &Address, slot: &U256) -> Result<Option<U256>> {
        let value = self.0.get(Table::Slots, &slot_key(address, slot))?;
        value.map(tables::decode_slot).transpose()
    }

    fn code(&self, hash: &B256) -> Result<Bytes> {
        let code = self.0.get(Table::Codes, hash.as_slice())?;
        code.map(Bytes::copy_from_slice).ok_or_else(|| Box::new(lacks(format_args!("code {hash}"))))
    }
}

impl Tables for &View {
    fn account(&self, address: &Address) -> Result<Option<Account>> {
        Ok(Flat(self.read()).account(address)?.filter(|account| self.is_there(account)))
    }

    fn has_storage(&self, address: &Address) -> Result<bool> {
        Flat(self.read()).has_storage(address)
    }

    fn slot(&self, address: &Address, slot: &U256) -> Result<U256> {
        Flat(self.read()).slot(address, slot)
    }

    fn slot_if_there(&self, address: &Address, slot: &U256) -> Result<Option<U256>> {
        Flat(self.read()).slot_if_there(address, slot)
    }

    fn code(&self, hash: &B256) -> Result<Bytes> {
        Flat(self.read()).code(hash)
    }
}

/// Nodes of the tree, each of which must be there.
#[derive(Clone, Copy)]
pub(crate) struct Nodes<'s, R: ?Sized>(pub &'s R);

impl<R: ?Sized> fmt::Debug for Nodes<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nodes")
    }
}

impl<'s, R: Read + ?Sized> Source<'s> for Nodes<'s, R> {
    fn node(&mut self, place: &Place, hash: &B256) -> Result<Option<&'s [u8]>> {
        let tables: &'s R = self.0;
        if let Some(node) = tables.get(Table::Nodes, &key_of(place))? {
            return Ok(Some(node));
        }
        let trie = place.owner.map_or("accounts".into(), |owner| format!("storage {owner}"));
        let path = nibbles::show_path(&place.path, place.depth);
        Err(Box::new(lacks(format_args!("node {hash}")).at(format_args!("{trie}, {path}"))))
    }
}

impl<'s> Source<'s> for &'s View {
    fn node(&mut self, place: &Place, hash: &B256) -> Result<Option<&'s [u8]>> {
        Nodes(self.read()).node(place, hash)
    }
}

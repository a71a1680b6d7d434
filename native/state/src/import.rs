//! A state from a dump of its accounts, in bounded memory; an interruption costs little.
//!
//! First the dump is read and sorted, next its entries go to the flat tables, then the tree is
//! made over them: all of it in the order of the keys, so that no page is written often. From the
//! second step on each transaction writes down how far it has come, so that the same dump given
//! again goes on there. Until the root is found to be the trusted one, the store holds no state.

use std::io::BufRead;

use alloy_primitives::B256;
use weakstate_codec::{Code, Error};
use weakstate_store::Table;
use weakstate_store::tables::{Head, block_key, meta};
use weakstate_trees::state::{Layout, Scheme};

use crate::grow_leaves::grow_leaves;
use crate::load::load;
use crate::mark::{Mark, Sum};
use crate::read::read;
use crate::start::{Identity, begin, expect_none, expect_root};
use crate::tree::{Grown, grow};
use crate::{Result, StateStore};

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
    /// About how many bytes of memory it may take, save for what the longest text in the dump
    /// takes. What is sorted in it beyond that goes to disk.
    pub room: usize,
}

impl Import<'_> {
    /// What `room` is where nobody says otherwise.
    pub const ROOM: usize = 128 << 20;
}

/// How far a long piece of work has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// So many lines of the dump were read.
    Lines(u64),
    /// So many accounts, slots and codes were put into the flat tables.
    Entries(u64),
    /// So many accounts, or leaves, are in the tree.
    Tree(u64),
    /// So many accounts were looked at.
    Accounts(u64),
}

impl StateStore {
    /// Reads a dump into a store that holds no state, or goes on with an import that was
    /// interrupted. `progress` hears of each transaction, and ends the work by an error.
    ///
    /// # Errors
    /// `malformed_dump`, `wrong_dump`; `store_exists` if there is a state, or part of another
    /// dump; `malformed_field` if a balance has no place in its leaf; `store_full` and what else a
    /// store may say.
    pub fn import(
        &self,
        import: &Import<'_>,
        dump: &mut dyn BufRead,
        progress: &mut dyn FnMut(Progress) -> Result<()>,
    ) -> Result<()> {
        let layout = &import.identity.layout;
        let snapshot = self.store.snapshot()?;
        expect_none(&*snapshot)?;
        let mark = Mark::read(&*snapshot)?;
        drop(snapshot);
        let grown = match mark {
            Some(Mark::Growing(grown)) => grown,
            Some(Mark::Loading { dump: before, last }) => {
                self.load(import, dump, Some(before), &last, progress)?;
                Grown::nothing(layout)
            }
            None => {
                self.load(import, dump, None, &[], progress)?;
                Grown::nothing(layout)
            }
        };
        let root = self.grow(layout, grown, import.room, progress)?;
        expect_root(&import.head, root)?;
        let mut batch = self.store.begin()?;
        begin(&mut *batch, import.identity, &import.head, import.header)?;
        for (number, header) in import.ancestors {
            batch.put(Table::Headers, &block_key(*number), header)?;
        }
        batch.delete(Table::Meta, meta::IMPORT)?;
        batch.delete_prefix(Table::Meta, meta::CLEARED)?;
        batch.commit()
    }

    /// Takes the tree over the flat tables on until it holds all that is in them.
    pub(crate) fn grow(
        &self,
        layout: &Layout,
        grown: Grown,
        room: usize,
        progress: &mut dyn FnMut(Progress) -> Result<()>,
    ) -> Result<B256> {
        if layout.scheme != Scheme::Mpt {
            return grow_leaves(&*self.store, layout, grown, room, progress);
        }
        grow(&*self.store, grown, room, |batch, grown| {
            progress(Progress::Tree(grown.accounts))?;
            Mark::Growing(*grown).write(batch)
        })
    }

    /// Brings the dump into the flat tables, where another run may have been before.
    fn load(
        &self,
        import: &Import<'_>,
        dump: &mut dyn BufRead,
        before: Option<Sum>,
        last: &[u8],
        progress: &mut dyn FnMut(Progress) -> Result<()>,
    ) -> Result<()> {
        let store = &*self.store;
        let layout = &import.identity.layout;
        let leaves = layout.scheme.zeros_stay();
        let (sum, sorted) = read(store, dump, &import.head, last, import.room, leaves, progress)?;
        if before.is_some_and(|before| before != sum) {
            let found = "part of another dump: import into an empty directory";
            return Err(Box::new(Error::new(Code::StoreExists).actual(found)));
        }
        load(store, sum, sorted, import.room / 4, layout, progress)
    }
}

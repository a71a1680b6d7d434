//! The accounts of one store under another commitment, in another store.
//!
//! Accounts, slots and codes are copied in the order of their keys, then the tree is made over
//! them. Each transaction writes down how far it has come, so that a rebuild that was interrupted
//! goes on there. Until the tree holds all, the store holds no state.

use alloy_primitives::B256;
use weakstate_codec::{Code, Error};
use weakstate_store::Table;
use weakstate_store::tables::{Head, block_key, meta};

use crate::import::Import;
use crate::load::TABLES;
use crate::mark::{Mark, Sum};
use crate::start::{Identity, begin, expect_none};
use crate::tree::Grown;
use crate::view::{View, expect_tries};
use crate::{Progress, Result, StateStore};

/// What is rebuilt.
#[derive(Debug)]
pub struct Rebuild<'a> {
    /// The state whose accounts are taken: one in Merkle Patricia tries.
    pub source: &'a View,
    /// Whose state it will be.
    pub identity: &'a Identity,
    /// About how many bytes of memory it may take, as in [`Import`].
    pub room: usize,
}

impl Rebuild<'_> {
    /// What `room` is where nobody says otherwise.
    pub const ROOM: usize = Import::ROOM;
}

impl StateStore {
    /// Makes the same accounts, slots and codes a state in this store, which holds none or part
    /// of the same rebuild. `head` is asked once the new root is known: the block after which it
    /// is the state, and that block's header in RLP. Headers before it are copied.
    ///
    /// # Errors
    /// `store_exists` if there is a state, or part of another; `missing_part` if the source is not
    /// in Merkle Patricia tries: others keep what tables do not know; `malformed_field` if a
    /// balance has no place in its leaf; `store_full` and what else a store may say.
    pub fn rebuild(
        &self,
        rebuild: &Rebuild<'_>,
        head: impl FnOnce(B256) -> (Head, Vec<u8>),
        progress: &mut dyn FnMut(Progress) -> Result<()>,
    ) -> Result<()> {
        let Rebuild { source, identity, room } = *rebuild;
        expect_tries(source.layout())?;
        let grown = match self.interrupted(rebuild)? {
            Some(Mark::Growing(grown)) => grown,
            Some(Mark::Loading { last, .. }) => self.copy(rebuild, last, progress)?,
            None => self.copy(rebuild, Vec::new(), progress)?,
        };
        let root = self.grow(&identity.layout, grown, room, progress)?;
        let (head, header) = head(root);
        let mut batch = self.store.begin()?;
        begin(&mut *batch, identity, &head, &header)?;
        for number in source.head().number.saturating_sub(crate::KEPT_HEADERS)..head.number {
            if let Some(header) = source.header(number)? {
                batch.put(Table::Headers, &block_key(number), header)?;
            }
        }
        batch.delete(Table::Meta, meta::IMPORT)?;
        batch.commit()
    }

    /// How far the same rebuild came before. Whose it is, identity and header say.
    fn interrupted(&self, rebuild: &Rebuild<'_>) -> Result<Option<Mark>> {
        let snapshot = self.store.snapshot()?;
        expect_none(&*snapshot)?;
        let Some(mark) = Mark::read(&*snapshot)? else { return Ok(None) };
        let number = rebuild.source.head().number;
        let header = snapshot.get(Table::Headers, &block_key(number))?;
        let same = header.is_some()
            && header == rebuild.source.header(number)?
            && Identity::read(&*snapshot)? == *rebuild.identity;
        if same {
            return Ok(Some(mark));
        }
        let found = "part of another state: rebuild into an empty directory";
        Err(Box::new(Error::new(Code::StoreExists).actual(found)))
    }

    /// Copies what the tables of the source hold beyond the entry `last`.
    fn copy(
        &self,
        rebuild: &Rebuild<'_>,
        last: Vec<u8>,
        progress: &mut dyn FnMut(Progress) -> Result<()>,
    ) -> Result<Grown> {
        let Rebuild { source, identity, room } = *rebuild;
        let number = source.head().number;
        let mut batch = self.store.begin()?;
        identity.write(&mut *batch)?;
        if let Some(header) = source.header(number)? {
            batch.put(Table::Headers, &block_key(number), header)?;
        }
        let (mut size, mut count) = (0, 0);
        for (index, table) in (0u8..).zip(TABLES) {
            let after = match last.split_first() {
                Some((&reached, _)) if index < reached => continue,
                Some((&reached, key)) if index == reached => key,
                _ => &[],
            };
            for entry in source.read().scan_from(table, after)? {
                let (key, value) = entry?;
                if key == after {
                    continue;
                }
                batch.put(table, key, value)?;
                size += key.len() + value.len();
                count += 1;
                if size >= room / 4 {
                    progress(Progress::Entries(count))?;
                    let last = [&[index], key].concat();
                    Mark::Loading { dump: Sum::default(), last }.write(&mut *batch)?;
                    batch.commit()?;
                    batch = self.store.begin()?;
                    size = 0;
                }
            }
        }
        progress(Progress::Entries(count))?;
        let grown = Grown::nothing(&identity.layout);
        Mark::Growing(grown).write(&mut *batch)?;
        batch.commit()?;
        Ok(grown)
    }
}

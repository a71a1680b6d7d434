//! The whole state of a chain in a store: accounts, slots and codes in flat tables, the tree over
//! them by path, and what undoes the latest blocks.
//!
//! A [`StateStore`] gives [`View`]s, each of the state after one block, to any number of readers.
//! One writer takes it on: [`StateStore::commit`] makes one durable step, all of it or nothing,
//! [`StateStore::revert`] takes steps back. What goes wrong here is blamed on the store, never on
//! a block, witness or delta.

mod check;
mod check_leaves;
mod commit;
mod export;
mod grow_leaves;
mod import;
mod leaf_proof;
mod leaves;
mod line;
mod load;
mod mark;
mod proof;
mod prune;
mod read;
mod rebuild;
mod start;
mod tree;
mod undo;
mod value;
mod view;

use std::path::Path;
use std::sync::Arc;

pub use check::Checked;
pub use commit::Step;
pub use export::export;
pub use import::{Import, Progress};
pub use leaf_proof::{Answered, Asked, open_leaf_proof};
pub use proof::{Proof, SlotProof, open_proof};
pub use prune::Pruned;
pub use rebuild::Rebuild;
pub use start::Identity;
pub use view::View;
pub use weakstate_store::tables::Head;
pub use weakstate_store::{Options, Usage};

use weakstate_codec::{Code, Error};
use weakstate_store::{Disk, Memory, Store};

/// What the store could not do, and what it found instead.
pub type Result<T> = std::result::Result<T, Box<Error>>;

/// How many blocks can be taken back, where nobody says otherwise.
pub const KEPT_BLOCKS: u64 = 256;

/// How many headers stand before the oldest block that can be taken back: as many as the EVM asks
/// for.
const KEPT_HEADERS: u64 = 256;

/// The state of a chain, and the store that holds it.
#[derive(Clone)]
pub struct StateStore {
    store: Arc<dyn Store>,
    disk: Option<Disk>,
    kept_blocks: u64,
}

impl std::fmt::Debug for StateStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StateStore").field("disk", &self.disk).finish_non_exhaustive()
    }
}

impl StateStore {
    /// An empty state in memory.
    pub fn memory() -> Self {
        Self { store: Arc::new(Memory::new()), disk: None, kept_blocks: KEPT_BLOCKS }
    }

    /// An empty state in a new store in `dir`.
    ///
    /// # Errors
    /// As [`Disk::create`].
    pub fn create(dir: &Path, options: &Options) -> Result<Self> {
        Ok(Self::on(Disk::create(dir, options)?))
    }

    /// The state in `dir`, to read and write.
    ///
    /// # Errors
    /// As [`Disk::open`].
    pub fn open(dir: &Path, options: &Options) -> Result<Self> {
        Ok(Self::on(Disk::open(dir, options)?))
    }

    /// An empty state in a new store in `dir`, or what is in the store that is there.
    ///
    /// # Errors
    /// As [`Disk::create`] and [`Disk::open`].
    pub fn create_or_open(dir: &Path, options: &Options) -> Result<Self> {
        match Self::open(dir, options) {
            Err(error) if error.code == Code::StoreMissing => Self::create(dir, options),
            opened => opened,
        }
    }

    /// Brings the store in `dir` to the format of this release.
    ///
    /// # Errors
    /// As [`Disk::upgrade`].
    pub fn upgrade(dir: &Path, options: &Options) -> Result<()> {
        Disk::upgrade(dir, options)
    }

    /// The state in `dir`, to read beside the process that writes.
    ///
    /// # Errors
    /// As [`Disk::open_read_only`].
    pub fn open_read_only(dir: &Path) -> Result<Self> {
        Ok(Self::on(Disk::open_read_only(dir)?))
    }

    fn on(disk: Disk) -> Self {
        Self { store: Arc::new(disk.clone()), disk: Some(disk), kept_blocks: KEPT_BLOCKS }
    }

    /// Sets how many blocks can be taken back from now on.
    #[must_use]
    pub fn keep(mut self, blocks: u64) -> Self {
        self.kept_blocks = blocks;
        self
    }

    /// The state as it is now.
    ///
    /// # Errors
    /// `store_missing` if no state was put in yet; `store_damaged`.
    pub fn view(&self) -> Result<View> {
        View::of(self.store.snapshot()?)
    }

    /// How large the store is on disk; `None` if it is in memory.
    pub fn usage(&self) -> Option<Usage> {
        self.disk.as_ref().map(Disk::usage)
    }

    /// Writes the state as it is now, without gaps, as a new store in `dir`.
    ///
    /// # Errors
    /// As [`Disk::copy_to`]; `store_missing` if the state is in memory.
    pub fn backup(&self, dir: &Path) -> Result<()> {
        match &self.disk {
            Some(disk) => disk.copy_to(dir),
            None => Err(Box::new(Error::new(Code::StoreMissing).expected("a state on disk"))),
        }
    }

    /// The same state, in memory, to go another way from. Costs nothing until one is written.
    ///
    /// # Errors
    /// `store_exists` if the state is on disk, where it is backed up instead.
    pub fn fork(&self) -> Result<Self> {
        match self.store.fork() {
            Some(store) => Ok(Self { store, ..self.clone() }),
            None => Err(Box::new(Error::new(Code::StoreExists).expected("a state in memory"))),
        }
    }
}

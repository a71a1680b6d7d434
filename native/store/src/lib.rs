//! Embedded ordered key-value store of a state: named tables, snapshots, one durable transaction
//! a block.
//!
//! [`Memory`] and [`Disk`] stand behind the same traits: [`Store`] gives [`Snapshot`]s to any
//! number of readers and one [`Batch`] at a time to the writer. [`tables`] says what the bytes
//! mean. Everything that goes wrong here is blamed on the store, never on a block or witness.

mod disk;
mod kv;
mod memory;
mod sort;
mod table;
pub mod tables;

pub use disk::{Disk, FORMAT, Options, Usage};
pub use kv::{Batch, Entries, Entry, MAX_KEY, Read, Snapshot, Store};
pub use memory::Memory;
pub use sort::{Sorted, Sorter};
pub use table::Table;

use weakstate_codec::Error;

/// What the store could not do, and what it found instead.
pub type Result<T> = std::result::Result<T, Box<Error>>;

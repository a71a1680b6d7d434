//! Bounded readers of blocks and witnesses, and the types that they give.

mod blobs;
mod budget;
mod cursor;
pub mod delta;
mod error;
mod read;
pub mod rlp;
mod witness;
mod witness_bytes;
mod write;

pub use blobs::{Blobs, BlobsBuilder, PADDING, sort_unique};
pub use budget::Budget;
pub use delta::Delta;
pub use error::{Blame, Code, Error};
pub use read::read;
pub use witness::{Claims, Item, Witness};

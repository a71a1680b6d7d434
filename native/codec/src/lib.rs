//! Bounded readers of blocks and witnesses, and the types that they give.

mod blobs;
mod budget;
mod error;
mod read;
pub mod rlp;
mod witness;

pub use blobs::{Blobs, BlobsBuilder, PADDING};
pub use budget::Budget;
pub use error::{Blame, Code, Error};
pub use read::read;
pub use witness::{Claims, Item, Witness};

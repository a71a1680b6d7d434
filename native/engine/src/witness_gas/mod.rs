//! Gas by access events, as the Kaustinen-6 test network charged it: for the leaves of the tree
//! that an execution touches, which are also what a stateless verifier needs.
//!
//! Source: the rules by which the network's 998 blocks are reproduced. They are those of
//! EIP-4762 of January 2024 as the network's clients had them. In two things we differ, which no
//! block of the network shows. Where a chunk of code costs more than the gas that is left, those
//! clients let the gas wrap around; here the frame is out of gas. And where a transaction ends
//! with more gas than it began with, by the stipends of calls that fail for want of their value,
//! they report a gas of nearly 2⁶⁴, and we of zero.

mod accounts;
mod calls;
mod creations;
mod events;
mod table;
mod transaction;

use alloy_primitives::{Address, address};

pub(crate) use calls::enter;
pub(crate) use creations::{begin, complete};
pub(crate) use events::{Access, Events, chunk, copied_chunks};
pub use events::{AccessEvents, Leaf};
pub(crate) use table::install;
pub(crate) use transaction::{before_block, check_sender, pay, start, withdrawals};

/// Whose slots hold the hashes of the last blocks (EIP-2935 as of early 2024). It has no code.
pub(crate) const HISTORY: Address = address!("fffffffffffffffffffffffffffffffffffffffe");

/// Number of block hashes that are kept.
const HISTORY_SLOTS: u64 = 8192;

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests;

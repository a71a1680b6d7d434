//! Chain rules and the verification of a block from its witness.

pub mod access_list;
pub mod anchor;
mod assemble;
mod before;
pub mod blobs;
pub mod block;
mod body;
pub mod build;
pub mod chain;
pub mod check_delta;
mod code;
mod context;
pub mod delta;
mod difficulty;
mod evm;
mod execute;
mod fees;
pub mod genesis;
mod header;
mod instructions;
mod judge;
mod ommers;
mod overlay;
mod own;
pub mod payload;
mod pick;
pub mod plant;
mod precompiles;
pub mod produce;
pub mod produce_from;
pub mod receipt;
mod reward;
mod sender;
mod steps;
mod system;
pub mod touched;
pub mod touches;
mod transaction;
pub mod verified;
pub mod verify;
mod witness_gas;
mod written;

pub use access_list::AccessList;
pub use anchor::Anchor;
pub use build::{Attributes, Building, Built, GasLimit, build};
pub use chain::Chain;
pub use check_delta::{Claim, Consistent, check_delta};
pub use context::{Limits, Poll};
pub use pick::RefusedTransaction;
pub use plant::{Planted, plant};
pub use produce::{
    Advanced, Attempt, Produced, Production, Refusal, advance, attempt, attempt_partial, produce,
};
pub use produce_from::{Recorded, produce_from};
pub use touched::Touched;
pub use touches::{PostValues, Touches};
pub use verified::Verified;
pub use verify::{Request, verify, verify_touching};
pub use witness_gas::{AccessEvents, Leaf};

/// A refusal, or what was asked for.
pub type Result<T> = std::result::Result<T, Box<weakstate_codec::Error>>;

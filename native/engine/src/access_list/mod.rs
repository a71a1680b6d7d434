//! Block access lists: what a block read, and what each of its steps changed.
//!
//! Source: EIP-7928. A list says which accounts and slots a block needs and what they are
//! afterwards. It does not say which codes and block hashes were read, nor that storage was
//! cleared, as a contract's end did before Cancun.

mod read;
mod record;

use alloy_eip7928::AccountChanges;
use weakstate_trees::Source;
use weakstate_trees::state::{Tables, WholeState};

pub(crate) use record::Accesses;

use crate::block::Block;
use crate::overlay::Overlay;
use crate::produce::{Production, link};
use crate::{Result, execute, sender};

/// The access list of one block, in its only order: accounts ascending, slots ascending,
/// changes by the index of the step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessList(pub(crate) Vec<AccountChanges>);

impl AccessList {
    /// The list's only encoding, whose Keccak-256 stands in headers from Amsterdam on.
    pub fn to_rlp(&self) -> Vec<u8> {
        alloy_rlp::encode(&self.0)
    }
}

/// Executes a block and hands out its access list, without holding the header against what
/// execution came to: gas, receipts and roots may be any. It says nothing about the block.
///
/// # Errors
/// As [`produce`](crate::produce()), save for what steps 2, 6 and 8 find.
pub fn of_unjudged<'s, T, N>(production: &Production<'_>, tables: T, nodes: N) -> Result<AccessList>
where
    T: Tables + Copy + std::fmt::Debug,
    N: Source<'s> + std::fmt::Debug,
{
    let Production { chain, limits, .. } = *production;
    let block = Block::decode(production.block)?;
    let rules = chain.rules_at(block.header().number, block.header().timestamp)?;
    let ancestors = link(block.header().parent_hash, production.ancestors)?;
    let senders = sender::senders(&block.transactions, chain.id, &rules)?;
    let state = WholeState::unproven(&chain.layout(), &ancestors.state_root, tables, nodes)?;
    let mut overlay = Overlay::new(state, ancestors.hashes);
    overlay.keep_accesses();
    let (executed, mut overlay) =
        execute::execute(overlay, chain, &rules, &block, &senders, limits);
    executed?;
    Ok(overlay.take_accesses().unwrap_or_default())
}

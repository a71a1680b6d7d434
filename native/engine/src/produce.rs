//! Executes a block over the whole state and hands out what others need of it.

use std::collections::BTreeMap;

use alloy_primitives::map::HashMap;
use alloy_primitives::{B256, Bytes};
use weakstate_codec::{Code, Delta, Error, Witness};
use weakstate_trees::Source;
use weakstate_trees::state::{Changes, Sealed, Tables, WholeState};

use crate::anchor::Ancestors;
use crate::block::{Block, SealedHeader};
use crate::chain::Chain;
use crate::context::Limits;
use crate::judge::{Case, judge};
use crate::receipt::Receipt;
use crate::verified::{Phases, Status};
use crate::{Result, delta};

/// The block to execute and what came before it.
#[derive(Debug)]
pub struct Production<'a> {
    /// The rules.
    pub chain: &'a Chain,
    /// The block in RLP.
    pub block: &'a [u8],
    /// Ancestors, the oldest first and the block's parent last; as many as there are, up to
    /// 256.
    pub ancestors: &'a [SealedHeader],
    /// Ancestors with their ommers, as [`Request::ancestry`](crate::Request::ancestry).
    pub ancestry: Option<&'a [Vec<u8>]>,
    /// How much memory and time it may take.
    pub limits: Limits<'a>,
}

/// What a block came to, and what proves it.
#[derive(Debug)]
pub struct Produced {
    /// The block's header.
    pub header: SealedHeader,
    /// The state root before the block.
    pub pre_state_root: B256,
    /// What a verifier needs: sorted, unique and minimal.
    pub witness: Witness,
    /// What execution changed, in ascending order of address.
    pub changes: Changes,
    /// Codes that the block gave to accounts, by their hash.
    pub created_codes: BTreeMap<B256, Bytes>,
    /// One receipt a transaction.
    pub receipts: Vec<Receipt>,
    /// The same with what was before: what a replica needs.
    pub delta: Delta,
    /// Nodes of the tree that have changed or gone.
    pub sealed: Sealed,
}

/// Executes a block over the state that `tables` and `nodes` hold. They stay as they are.
///
/// # Errors
/// As [`verify`](crate::verify()) where the block is at fault.
pub fn produce<'s, T, N>(production: &Production<'_>, tables: T, nodes: N) -> Result<Produced>
where
    T: Tables + Copy + std::fmt::Debug,
    N: Source<'s> + std::fmt::Debug,
{
    let Production { chain, ancestors: known, ancestry, limits, .. } = *production;
    let block = Block::decode(production.block)?;
    let rules = chain.rules_at(block.header().number, block.header().timestamp)?;
    let ancestors = link(&block, known)?;
    let pre_state_root = ancestors.state_root;
    let trust = Status::Proven;
    let case = Case { chain, rules, block: &block, ancestors, ancestry, trust, limits };
    let judged = judge(case, Phases::start(), |root| WholeState::new(root, tables, nodes))?;
    let sealed = judged.state.seal();
    // The hash of a block stands in the header of the next.
    let oldest = judged.oldest_hash.map(|number| number.saturating_add(1));
    let parent = block.header().number.saturating_sub(1);
    let oldest = oldest.unwrap_or(parent).min(parent);
    let headers = known.iter().filter(|sealed| sealed.header.number >= oldest);
    let witness = Witness {
        nodes: sealed.nodes.iter().collect(),
        codes: sealed.codes.iter().collect(),
        headers: headers.map(|sealed| &sealed.rlp).collect(),
    };
    let (changes, created) = (&judged.changes, &judged.created_codes);
    let delta = delta::of_block(&tables, &block.sealed, pre_state_root, changes, created)?;
    Ok(Produced {
        delta,
        pre_state_root,
        witness,
        changes: judged.changes,
        created_codes: judged.created_codes,
        receipts: judged.receipts,
        header: block.sealed,
        sealed,
    })
}

/// The block's parent must be the last of the known headers.
fn link(block: &Block<'_>, known: &[SealedHeader]) -> Result<Ancestors> {
    let parent_hash = block.header().parent_hash;
    let Some(parent) = known.last().filter(|parent| parent.hash == parent_hash) else {
        let error = Error::new(Code::WrongParent).actual(parent_hash);
        let expected = known.last().map_or(B256::ZERO, |parent| parent.hash);
        return Err(Box::new(error.expected(expected).at("header.parent_hash")));
    };
    let mut hashes: HashMap<u64, B256> = HashMap::default();
    for sealed in known {
        hashes.insert(sealed.header.number, sealed.hash);
        if let Some(before) = sealed.header.number.checked_sub(1) {
            hashes.insert(before, sealed.header.parent_hash);
        }
    }
    Ok(Ancestors {
        parent: Some(parent.clone()),
        state_root: parent.header.state_root,
        hashes,
        headers: known.len(),
    })
}

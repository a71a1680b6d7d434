//! Executes a block over the whole state, or the part that a witness proves, and hands out
//! what others need of it.

use std::collections::BTreeMap;

use alloy_primitives::map::HashMap;
use alloy_primitives::{B256, Bytes};
use weakstate_codec::{Code, Delta, Error, Witness};
use weakstate_trees::Source;
use weakstate_trees::state::{Changes, Layout, PartialState, Scheme, Sealed, Tables, WholeState};

use crate::access_list::AccessList;
use crate::anchor::Ancestors;
use crate::before::Before;
use crate::block::{Block, SealedHeader};
use crate::chain::Chain;
use crate::context::{Limits, Poll};
use crate::judge::{Case, Refused, judge};
use crate::receipt::Receipt;
use crate::touches::Touches;
use crate::verified::{Phases, Status};
use crate::verify::{Request, check_budget};
use crate::witness_gas::AccessEvents;
use crate::written::Written;
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
    /// Whether the block's access list is asked for.
    pub access_list: bool,
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
    /// The lowest block whose hash was read.
    pub oldest_hash: Option<u64>,
    /// One receipt a transaction; none if it was executed elsewhere.
    pub receipts: Vec<Receipt>,
    /// What each step of the block read and changed, if it was asked for.
    pub access_list: Option<AccessList>,
    /// The leaves that the block touched, where the chain charges gas by them; none elsewhere,
    /// nor if the block was executed elsewhere.
    pub access_events: AccessEvents,
    /// The same with what was before: what a replica needs.
    pub delta: Delta,
    /// Nodes of the tree that have changed or gone.
    pub sealed: Sealed,
}

/// What a block came to, with nothing for others.
#[derive(Debug)]
pub struct Advanced {
    /// The block's header.
    pub header: SealedHeader,
    /// The state root before the block.
    pub pre_state_root: B256,
    /// What execution changed, in ascending order of address.
    pub changes: Changes,
    /// Codes that the block gave to accounts, by their hash.
    pub created_codes: BTreeMap<B256, Bytes>,
    /// Nodes of the tree that have changed or gone.
    pub sealed: Sealed,
}

/// Why a block was refused, and what a verifier needs to refuse it for the same reason.
#[derive(Debug)]
pub struct Refusal {
    /// The reason.
    pub error: Box<Error>,
    /// What was read until then: of a block that fails before it is executed the parent's
    /// header alone, and nothing if it does not even extend the parent.
    pub witness: Witness,
}

impl From<Box<Error>> for Refusal {
    fn from(error: Box<Error>) -> Self {
        Self { error, witness: Witness::default() }
    }
}

/// What was produced, or a refusal with its witness.
pub type Attempt = std::result::Result<Produced, Refusal>;

impl Produced {
    /// What the block asked of the state before it, and of its ancestors' hashes.
    pub fn touches(&self) -> Touches {
        Touches::of_state(&self.sealed.touches, &self.sealed.code_hashes, self.oldest_hash)
    }
}

/// Executes a block over the state that `tables` and `nodes` hold. They stay as they are.
///
/// # Errors
/// As [`verify`](crate::verify()) where the block is at fault; else what `tables` and `nodes`
/// fail with.
pub fn produce<'s, T, N>(production: &Production<'_>, tables: T, nodes: N) -> Result<Produced>
where
    T: Tables + Copy + std::fmt::Debug,
    N: Source<'s> + std::fmt::Debug,
{
    attempt(production, tables, nodes).map_err(|refusal| refusal.error)
}

/// As [`produce`], with the witness of a refusal.
///
/// # Errors
/// As [`produce`].
pub fn attempt<'s, T, N>(production: &Production<'_>, tables: T, nodes: N) -> Attempt
where
    T: Tables + Copy + std::fmt::Debug,
    N: Source<'s> + std::fmt::Debug,
{
    let block = Block::decode(production.block)?;
    let ancestors = link(block.header().parent_hash, production.ancestors)?;
    run(production, block, ancestors, tables, nodes)
}

/// Executes a block as [`produce`] does, but makes neither witness nor delta.
///
/// # Errors
/// As [`produce`].
pub fn advance<'s, T, N>(production: &Production<'_>, tables: T, nodes: N) -> Result<Advanced>
where
    T: Tables + Copy + std::fmt::Debug,
    N: Source<'s> + std::fmt::Debug,
{
    let Production { chain, ancestry, limits, .. } = *production;
    let block = Block::decode(production.block)?;
    let ancestors = link(block.header().parent_hash, production.ancestors)?;
    let rules = chain.rules_at(block.header().number, block.header().timestamp)?;
    let pre_state_root = ancestors.state_root;
    let trust = Status::Proven;
    let case = Case {
        chain,
        rules,
        block: &block,
        ancestors,
        ancestry,
        trust,
        limits,
        access_list: false,
    };
    let judged = judge(case, Phases::start(), |root| {
        WholeState::unproven(&chain.layout(), root, tables, nodes)
    });
    let judged = judged.map_err(|refused| refused.error)?;
    let Written { state, changes, created_codes, .. } = judged.written;
    let (header, sealed) = (block.sealed, state.seal());
    Ok(Advanced { header, pre_state_root, changes, created_codes, sealed })
}

/// As [`attempt`], over the part of the pre-state that a witness proves. The witness that
/// comes out is what the block needs of the one that goes in.
///
/// # Errors
/// As [`verify`](crate::verify()).
pub fn attempt_partial(request: &Request<'_>, access_list: bool, poll: Poll<'_>) -> Attempt {
    let Request { chain, anchor, block, witness, ancestry, budget } = *request;
    check_budget(witness, budget)?;
    let decoded = Block::decode(block)?;
    let (ancestors, headers) = Ancestors::link(anchor, &witness.headers, &decoded.sealed)?;
    if chain.scheme != Scheme::Mpt {
        let error = Error::new(Code::MissingPart).expected("a whole state");
        let actual = "a witness, whose proof is of its leaves and no fewer";
        return Err(Box::new(error.actual(actual)).into());
    }
    let state = PartialState::open(&ancestors.state_root, witness);
    let limits = Limits { memory: budget.memory, poll };
    let production =
        Production { chain, block, ancestors: &headers, ancestry, limits, access_list };
    run(&production, decoded, ancestors, &state, &state)
}

fn run<'s, T, N>(
    production: &Production<'_>,
    block: Block<'_>,
    ancestors: Ancestors,
    tables: T,
    nodes: N,
) -> Attempt
where
    T: Tables + Copy + std::fmt::Debug,
    N: Source<'s> + std::fmt::Debug,
{
    let Production { chain, ancestors: headers, ancestry, limits, access_list, .. } = *production;
    let rules = chain.rules_at(block.header().number, block.header().timestamp)?;
    let pre_state_root = ancestors.state_root;
    let trust = Status::Proven;
    let case =
        Case { chain, rules, block: &block, ancestors, ancestry, trust, limits, access_list };
    let judged =
        judge(case, Phases::start(), |root| WholeState::new(&chain.layout(), root, tables, nodes));
    let judged = judged.map_err(|refused| refuse(refused, headers))?;
    let layout = chain.layout();
    Ok(package(&layout, (block.sealed, pre_state_root), judged.written, headers, tables)?)
}

/// What a block came to, with what others need of it.
pub(crate) fn package<'s, T, N>(
    layout: &Layout,
    (header, pre_state_root): (SealedHeader, B256),
    written: Written<WholeState<'s, T, N>>,
    headers: &[SealedHeader],
    tables: T,
) -> Result<Produced>
where
    T: Tables + Copy,
    N: Source<'s> + std::fmt::Debug,
{
    let Written {
        state,
        receipts,
        changes,
        created_codes,
        access_list,
        oldest_hash,
        access_events,
    } = written;
    let sealed = state.seal();
    let before = Before::new(&tables, &sealed.touches);
    let block = (&header, pre_state_root);
    let delta = delta::of_block(&before, layout, block, &changes, &created_codes)?;
    Ok(Produced {
        header,
        pre_state_root,
        witness: witness(&sealed, headers, oldest_hash),
        changes,
        created_codes,
        oldest_hash,
        receipts,
        access_list,
        access_events,
        delta,
        sealed,
    })
}

/// What was needed, sorted and unique: nodes, codes, and the headers that prove the hashes that were read.
pub(crate) fn witness(
    sealed: &Sealed,
    headers: &[SealedHeader],
    oldest_hash: Option<u64>,
) -> Witness {
    // The hash of a block stands in the header of the next; the parent's is always needed.
    let oldest = oldest_hash.map_or(u64::MAX, |number| number.saturating_add(1));
    let parent = headers.last().map_or(u64::MAX, |parent| parent.header.number);
    let headers = headers.iter().filter(|sealed| sealed.header.number >= oldest.min(parent));
    Witness {
        nodes: sealed.nodes.clone(),
        proof: sealed.proof.clone(),
        codes: sealed.codes.clone(),
        headers: headers.map(|sealed| &sealed.rlp).collect(),
        ..Witness::default()
    }
}

fn refuse<'s, T, N>(refused: Refused<WholeState<'s, T, N>>, headers: &[SealedHeader]) -> Refusal
where
    T: Tables,
    N: Source<'s> + std::fmt::Debug,
{
    let Refused { error, reached } = refused;
    let Some((mut state, oldest_hash)) = reached else {
        return Refusal { error, witness: witness(&Sealed::default(), headers, None) };
    };
    // What the tables said is proven before a block is refused for it.
    match state.prove() {
        Ok(()) => Refusal { error, witness: witness(&state.seal(), headers, oldest_hash) },
        Err(damage) => damage.into(),
    }
}

/// The block's parent must be the last of the known headers.
pub(crate) fn link(parent_hash: B256, known: &[SealedHeader]) -> Result<Ancestors> {
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
    let state_root = parent.header.state_root;
    Ok(Ancestors { parent: Some(parent.clone()), state_root, hashes })
}

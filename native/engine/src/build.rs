//! Builds a block from pending transactions over the whole state.
//!
//! The block is executed as [`produce`](crate::produce()) does it, by the same code; what is
//! refused on the way leaves no trace in state or witness.

use alloy_consensus::Header;
use alloy_consensus::constants::EMPTY_OMMER_ROOT_HASH;
use alloy_eips::eip4895::Withdrawal;
use alloy_primitives::{Address, B64, B256, Bytes, keccak256};
use weakstate_codec::{Code, Error};
use weakstate_trees::Source;
use weakstate_trees::mpt::ordered_root;
use weakstate_trees::state::{Tables, WholeState};

use crate::anchor::Ancestors;
use crate::assemble::{self, Body};
use crate::block::SealedHeader;
use crate::chain::{Chain, Fork, Rules};
use crate::context::{Limits, Poll};
use crate::execute::{Executed, Execution};
use crate::overlay::Overlay;
use crate::pick::{Picker, RefusedTransaction};
use crate::produce::{Produced, link, package};
use crate::written::{self, Written};
use crate::{Result, body, difficulty, header, receipt};

/// What a block is to be, as far as neither its parent nor its transactions decide it.
#[derive(Clone, Debug, Default)]
pub struct Attributes {
    /// Seconds since 1970; more than the parent's.
    pub timestamp: u64,
    /// Who is paid for the transactions, and before the merge for the block.
    pub fee_recipient: Address,
    /// How much gas the block may use.
    pub gas_limit: GasLimit,
    /// At most 32 bytes of anything; at the DAO fork its mark.
    pub extra_data: Bytes,
    /// Randomness of the beacon chain; before the merge the hash of a seal, not checked.
    pub prev_randao: B256,
    /// The other part of a seal before the merge, not checked; zero after it.
    pub nonce: B64,
    /// Withdrawals, from Shanghai on.
    pub withdrawals: Vec<Withdrawal>,
    /// Root of the parent's beacon block, from Cancun on.
    pub parent_beacon_block_root: Option<B256>,
}

/// How the gas limit of a block is chosen. It moves by less than a 1024th of the parent's,
/// save that it doubles at London.
#[derive(Clone, Copy, Debug, Default)]
pub enum GasLimit {
    /// As the parent's.
    #[default]
    Parent,
    /// As near to this as one block can come.
    Toward(u64),
    /// Exactly this; no block is built if it is out of reach.
    Exactly(u64),
}

/// The block to build and what came before it.
#[derive(Clone, Copy)]
pub struct Building<'a> {
    /// The rules.
    pub chain: &'a Chain,
    /// Ancestors, the oldest first and the block's parent last; as many as there are, up to
    /// 256.
    pub ancestors: &'a [SealedHeader],
    /// What the block is to be.
    pub attributes: &'a Attributes,
    /// Pending transactions in the order in which they are tried, each in its canonical
    /// encoding (EIP-2718), without blobs.
    pub transactions: &'a [&'a [u8]],
    /// How much memory and time it may take.
    pub limits: Limits<'a>,
    /// Asked before each transaction, and while one is executed: once it answers `true` no
    /// further ones are taken, and the block is finished.
    pub closes: Option<Poll<'a>>,
    /// Whether the block's access list is asked for.
    pub access_list: bool,
}

impl std::fmt::Debug for Building<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { attributes, transactions, limits, .. } = self;
        let mut debug = f.debug_struct("Building");
        debug.field("attributes", attributes).field("transactions", &transactions.len());
        debug.field("limits", limits).finish_non_exhaustive()
    }
}

/// A valid block and what others need of it.
#[derive(Debug)]
pub struct Built {
    /// The block in RLP.
    pub block: Vec<u8>,
    /// What [`produce`](crate::produce()) makes of it.
    pub produced: Produced,
    /// Transactions that are not in the block, in ascending order of their index.
    pub refused: Vec<RefusedTransaction>,
}

/// Builds a block over the state that `tables` and `nodes` hold. They stay as they are.
///
/// # Errors
/// `wrong_parent` if no ancestor is given; the code of the first rule that `attributes`
/// break, `wrong_timestamp` or `header_field_missing` for instance; those of system calls;
/// `too_slow` once the limits' poll answers `true`. No transaction makes it fail: those that
/// are not valid now, do not fit, or take more memory than the limits allow, are refused.
pub fn build<'s, T, N>(building: &Building<'_>, tables: T, nodes: N) -> Result<Built>
where
    T: Tables + Copy + std::fmt::Debug,
    N: Source<'s> + std::fmt::Debug,
{
    let Building { chain, ancestors: known, attributes, .. } = *building;
    let Some(parent) = known.last() else {
        return Err(Box::new(Error::new(Code::WrongParent).expected("a parent").actual("none")));
    };
    let (mut header, rules) = draft(attributes, parent, chain)?;
    let Ancestors { state_root: pre_state_root, hashes, .. } = link(parent.hash, known)?;
    let layout = chain.layout();
    let state = WholeState::new(&layout, &pre_state_root, tables, nodes)?;
    let mut overlay = Overlay::new(state, hashes);
    if building.access_list {
        overlay.keep_accesses();
    }
    let withdrawals = rules.since(Fork::Shanghai).then_some(&*attributes.withdrawals);

    let picker = Picker::new(building, &rules);
    let poll = || picker.stops();
    let limits = Limits { poll: &poll, ..building.limits };
    let mut body = Body::new(withdrawals);
    let mut execution = Execution::new(overlay, chain, &rules, &header, limits);
    let run = execution
        .open()
        .and_then(|()| picker.pick(&mut execution, &mut body))
        .and_then(|refused| execution.close(&[], &attributes.withdrawals).map(|()| refused));
    let (executed, mut overlay) = execution.end(run);
    let (executed, refused) = executed?;

    commit(&mut header, &body, &executed);
    let (state_root, changes) = written::write(&mut overlay, executed.written)?;
    header.state_root = state_root;
    let rlp = alloy_rlp::encode(&header);
    let block = assemble::encode(&rlp, &body);
    body::check_size(block.len(), &rules)?;
    let sealed = SealedHeader { hash: keccak256(&rlp), header, rlp };
    let written = Written::new(overlay, executed.receipts, changes);
    let produced = package(&layout, (sealed, pre_state_root), written, known, tables)?;
    Ok(Built { block, produced, refused })
}

/// The header as far as it stands before executing, and the rules that then hold.
fn draft(attributes: &Attributes, parent: &SealedHeader, chain: &Chain) -> Result<(Header, Rules)> {
    let SealedHeader { header: parent, hash: parent_hash, .. } = parent;
    let number = parent.number.saturating_add(1);
    let rules = chain.rules_at(number, attributes.timestamp)?;
    let gas_limit = match attributes.gas_limit {
        GasLimit::Exactly(limit) => limit,
        GasLimit::Toward(target) => header::gas_limit(Some(target), parent, chain, &rules),
        GasLimit::Parent => header::gas_limit(None, parent, chain, &rules),
    };
    // What is not known yet stands as nothing.
    let since = |fork| rules.since(fork).then_some(B256::ZERO);
    let mut header = Header {
        parent_hash: *parent_hash,
        number,
        timestamp: attributes.timestamp,
        beneficiary: attributes.fee_recipient,
        gas_limit,
        extra_data: attributes.extra_data.clone(),
        mix_hash: attributes.prev_randao,
        nonce: attributes.nonce,
        ommers_hash: EMPTY_OMMER_ROOT_HASH,
        base_fee_per_gas: header::base_fee(parent, chain, &rules),
        excess_blob_gas: header::excess_blob_gas(parent, &rules),
        blob_gas_used: rules.since(Fork::Cancun).then_some(0),
        withdrawals_root: since(Fork::Shanghai),
        requests_hash: since(Fork::Prague),
        parent_beacon_block_root: attributes.parent_beacon_block_root,
        ..Header::default()
    };
    if !attributes.withdrawals.is_empty() {
        header.withdrawals_root = Some(B256::ZERO);
    }
    if !rules.since(Fork::Paris) {
        header.difficulty = difficulty::next(&header, parent, rules.fork);
    }
    header::check_alone(&header, chain, &rules)?;
    header::check_child(&header, parent, chain, &rules)?;
    Ok((header, rules))
}

/// Puts into the header what executing came to, save for the state root.
fn commit(header: &mut Header, body: &Body<'_>, executed: &Executed) {
    header.transactions_root = ordered_root(body.transactions());
    header.withdrawals_root = body.withdrawals().map(ordered_root);
    if let Some(used) = &mut header.blob_gas_used {
        *used = body.blob_gas();
    }
    header.gas_used = executed.gas_used;
    (header.receipts_root, header.logs_bloom) = receipt::commit(&executed.receipts);
    if let Some(requests) = &executed.requests {
        header.requests_hash = Some(requests.requests_hash());
    }
}

//! Holds a block against its parent and a state: what a verifier and a sequencer both do.

use alloy_primitives::B256;
use weakstate_codec::{Code, Error};
use weakstate_trees::state::{Changes, State};

use crate::anchor::Ancestors;
use crate::block::Block;
use crate::chain::{Chain, Fork, Rules};
use crate::context::Limits;
use crate::execute::{self, Executed};
use crate::ommers::Ancestor;
use crate::overlay::Overlay;
use crate::receipt::{self, Receipt};
use crate::verified::{Check, Phases, Status};
use crate::written::{self, Written};
use crate::{Result, body, header, ommers, sender};

/// What is judged, and by what.
#[derive(Debug)]
pub(crate) struct Case<'a> {
    pub chain: &'a Chain,
    pub rules: Rules,
    pub block: &'a Block<'a>,
    pub ancestors: Ancestors,
    pub ancestry: Option<&'a [Vec<u8>]>,
    /// How much is said by what rests on the parent.
    pub trust: Status,
    pub limits: Limits<'a>,
    /// Whether the access list is taken down.
    pub access_list: bool,
}

/// What a valid block came to.
#[derive(Debug)]
pub(crate) struct Judged<S> {
    pub written: Written<S>,
    pub checks: Vec<Check>,
    /// The last phase still runs: giving the memory of the state back is part of it.
    pub phases: Phases,
}

/// A block that was refused, and the state as far as it had come, if it was opened.
#[derive(Debug)]
pub(crate) struct Refused<S> {
    pub error: Box<Error>,
    /// The state, and the lowest block whose hash was read.
    pub reached: Option<(S, Option<u64>)>,
}

impl<S> From<Box<Error>> for Refused<S> {
    fn from(error: Box<Error>) -> Self {
        Self { error, reached: None }
    }
}

/// Steps 2 to 8 of [`verify`](crate::verify()); `open` is the fourth.
pub(crate) fn judge<S: State + std::fmt::Debug>(
    case: Case<'_>,
    mut phases: Phases,
    open: impl FnOnce(&B256) -> Result<S>,
) -> std::result::Result<Judged<S>, Refused<S>> {
    let Case { chain, rules, block, ancestors, ancestry, trust, limits, access_list } = case;
    let mut checks = Vec::with_capacity(24);
    checks.push(Check { name: "parent", status: trust });

    // 2. The header follows from its parent.
    check_header(block, &ancestors, chain, &rules, &mut checks)?;
    phases.end("header");

    // 3. The body is the one that the header names; who sent what is recovered.
    body::check(block, &rules)?;
    check_ommers(block, ancestry, chain, &rules, &mut checks)?;
    let senders = sender::senders(&block.transactions, chain.id, &rules)?;
    body_checks(&rules, &mut checks);
    phases.end("senders");

    // 4. The proof opens against the parent's state root; nothing can be read before.
    let state = open(&ancestors.state_root)?;
    checks.push(Check { name: "pre_state_root", status: trust });
    checks.push(Check { name: "block_hashes", status: trust });
    phases.end("witness");

    // 5. Execute over the state.
    let mut overlay = Overlay::new(state, ancestors.hashes);
    if access_list {
        overlay.keep_accesses();
    }
    let (executed, mut overlay) = execute::execute(overlay, chain, &rules, block, &senders, limits);
    phases.end("execution");

    let settled = executed.and_then(|executed| {
        settle(block, executed, &mut overlay, &rules, &mut checks, &mut phases)
    });
    match settled {
        Ok((receipts, changes)) => {
            let written = Written::new(overlay, receipts, changes);
            Ok(Judged { written, checks, phases })
        }
        Err(error) => {
            let oldest_hash = overlay.oldest_hash();
            Err(Refused { error, reached: Some((overlay.into_state(), oldest_hash)) })
        }
    }
}

/// Holds what execution came to against the header: steps 6 to 8.
fn settle<S: State>(
    block: &Block<'_>,
    executed: Executed,
    overlay: &mut Overlay<S>,
    rules: &Rules,
    checks: &mut Vec<Check>,
    phases: &mut Phases,
) -> Result<(Vec<Receipt>, Changes)> {
    // 6. What execution came to is what the header says.
    check_commitments(block, &executed, rules, checks)?;
    phases.end("receipts");

    // 7. Write the changes: updates and inserts first, then deletions.
    let (post_state_root, changes) = written::write(overlay, executed.written)?;

    // 8. The root is the header's.
    body::same(block.header().state_root, post_state_root, Code::WrongStateRoot)?;
    checks.push(Check { name: "post_state_root", status: Status::Proven });
    Ok((executed.receipts, changes))
}

fn check_header(
    block: &Block<'_>,
    ancestors: &Ancestors,
    chain: &Chain,
    rules: &Rules,
    checks: &mut Vec<Check>,
) -> Result<()> {
    header::check_alone(block.header(), chain, rules)?;
    let status = match &ancestors.parent {
        Some(parent) => {
            header::check_child(block.header(), &parent.header, chain, rules)?;
            Status::Proven
        }
        None => Status::Skipped("no parent header is given"),
    };
    let since = |fork| {
        if rules.since(fork) { status } else { Status::NotApplicable }
    };
    let before = |fork| {
        if rules.since(fork) { Status::NotApplicable } else { status }
    };
    checks.extend([
        Check { name: "header", status: Status::Proven },
        Check { name: "number", status },
        Check { name: "timestamp", status },
        Check { name: "gas_limit", status },
        Check { name: "base_fee", status: since(Fork::London) },
        Check { name: "excess_blob_gas", status: since(Fork::Cancun) },
        Check { name: "difficulty", status: before(Fork::Paris) },
        Check {
            name: "proof_of_work",
            status: match rules.since(Fork::Paris) {
                true => Status::NotApplicable,
                false => Status::Skipped("seals are out of scope"),
            },
        },
    ]);
    Ok(())
}

fn check_ommers(
    block: &Block<'_>,
    ancestry: Option<&[Vec<u8>]>,
    chain: &Chain,
    rules: &Rules,
    checks: &mut Vec<Check>,
) -> Result<()> {
    let status = if rules.since(Fork::Paris) {
        Status::NotApplicable
    } else if block.ommers.is_empty() {
        Status::Proven
    } else {
        ommers::check_alone(block)?;
        let given = ancestry.unwrap_or_default();
        let ancestry: Vec<Ancestor> =
            given.iter().filter_map(|bytes| Ancestor::decode(bytes)).collect();
        match ommers::check(block, &ancestry, chain)? {
            true => Status::Proven,
            false => Status::Skipped("needs the headers and ommers of seven ancestors"),
        }
    };
    checks.push(Check { name: "ommers", status });
    Ok(())
}

fn body_checks(rules: &Rules, checks: &mut Vec<Check>) {
    let since = |fork| {
        if rules.since(fork) { Status::Proven } else { Status::NotApplicable }
    };
    checks.extend([
        Check { name: "transactions_root", status: Status::Proven },
        Check { name: "ommers_hash", status: Status::Proven },
        Check { name: "withdrawals_root", status: since(Fork::Shanghai) },
        Check { name: "senders", status: Status::Proven },
    ]);
}

fn check_commitments(
    block: &Block<'_>,
    executed: &Executed,
    rules: &Rules,
    checks: &mut Vec<Check>,
) -> Result<()> {
    let header = block.header();
    if executed.gas_used != header.gas_used {
        let error = Error::new(Code::WrongGasUsed).expected(header.gas_used);
        return Err(Box::new(error.actual(executed.gas_used).at("header.gas_used")));
    }
    let (root, bloom) = receipt::commit(&executed.receipts);
    body::same(header.receipts_root, root, Code::WrongReceiptsRoot)?;
    if header.logs_bloom != bloom {
        let error = Error::new(Code::WrongLogsBloom).expected(header.logs_bloom);
        return Err(Box::new(error.actual(bloom).at("header.logs_bloom")));
    }
    if let Some(requests) = &executed.requests {
        let expected = header.requests_hash.unwrap_or_default();
        body::same(expected, requests.requests_hash(), Code::WrongRequestsHash)?;
    }
    let since = |fork| {
        if rules.since(fork) { Status::Proven } else { Status::NotApplicable }
    };
    checks.extend([
        Check { name: "gas_used", status: Status::Proven },
        Check { name: "blob_gas_used", status: since(Fork::Cancun) },
        Check { name: "receipts_root", status: Status::Proven },
        Check { name: "logs_bloom", status: Status::Proven },
        Check { name: "requests_hash", status: since(Fork::Prague) },
    ]);
    Ok(())
}

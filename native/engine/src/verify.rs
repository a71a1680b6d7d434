//! Verifies a block from its witness, in eight steps; each has one party to blame.

use std::collections::BTreeMap;

use weakstate_codec::{Budget, Code, Error, Witness};
use weakstate_trees::state::{Changes, WitnessedState};

use crate::anchor::{Ancestors, Anchor};
use crate::block::Block;
use crate::chain::{Chain, Fork, Rules};
use crate::context::{Interrupt, Limits};
use crate::execute::{self, Executed};
use crate::ommers::Ancestor;
use crate::overlay::Overlay;
use crate::verified::{Check, Phases, Status, Verified};
use crate::{Result, body, header, ommers, receipt, sender};

/// What is verified, and what it is held against.
#[derive(Debug)]
pub struct Request<'a> {
    /// The rules.
    pub chain: &'a Chain,
    /// What the caller trusts.
    pub anchor: &'a Anchor,
    /// The block in RLP.
    pub block: &'a [u8],
    /// Its witness.
    pub witness: &'a Witness,
    /// Ancestors with their ommers, as blocks or as lists of header and ommers in RLP.
    pub ancestry: Option<&'a [Vec<u8>]>,
    /// How large the witness may be.
    pub budget: &'a Budget,
}

/// Verifies a block.
///
/// # Errors
/// The first refusal, with the party to blame; `too_slow` once `interrupt` is raised.
pub fn verify(request: &Request<'_>, interrupt: Interrupt<'_>) -> Result<Verified> {
    let mut phases = Phases::start();
    let mut checks = Vec::with_capacity(24);
    let Request { chain, anchor, witness, .. } = *request;

    // 1. The witness is well formed and leads to the block's parent; that is the anchor.
    check_budget(witness, request.budget)?;
    let block = Block::decode(request.block)?;
    let rules = chain.rules_at(block.header().number, block.header().timestamp)?;
    let ancestors = Ancestors::link(anchor, &witness.headers, &block.sealed)?;
    let trust = match anchor {
        Anchor::Header(_) | Anchor::Hash(_) => Status::Proven,
        Anchor::StateRoot { .. } => Status::Trusted,
    };
    checks.push(Check { name: "parent", status: trust });

    // 2. The header follows from its parent.
    check_header(&block, &ancestors, chain, &rules, &mut checks)?;
    phases.end("header");

    // 3. The body is the one that the header names; who sent what is recovered.
    body::check(&block, &rules)?;
    check_ommers(&block, request.ancestry, chain, &rules, &mut checks)?;
    let senders = sender::senders(&block.transactions, chain.id, &rules)?;
    body_checks(&rules, &mut checks);
    phases.end("senders");

    // 4. The proof opens against the parent's state root; nothing can be read before.
    let state = WitnessedState::open(&ancestors.state_root, witness);
    checks.push(Check { name: "pre_state_root", status: trust });
    checks.push(Check { name: "block_hashes", status: trust });
    phases.end("witness");

    // 5. Execute over the partial state.
    let overlay = Overlay::new(state, ancestors.hashes);
    let limits = Limits { memory: request.budget.memory, interrupt };
    let (executed, mut overlay) =
        execute::execute(overlay, chain, &rules, &block, &senders, limits);
    let executed = executed?;
    phases.end("execution");

    // 6. What execution came to is what the header says.
    check_commitments(&block, &executed, &rules, &mut checks)?;
    phases.end("receipts");

    // 7. Write the changes: updates and inserts first, then deletions.
    let (post_state_root, last) = overlay.write()?;

    // 8. The root is the header's.
    body::same(block.header().state_root, post_state_root, Code::WrongStateRoot)?;
    checks.push(Check { name: "post_state_root", status: Status::Proven });
    phases.end("post_state");

    let created_codes = overlay.take_created();
    let state = overlay.state();
    Ok(Verified {
        created_codes,
        fork: rules.fork.name(),
        pre_state_root: ancestors.state_root,
        changes: merge(executed.written, last),
        receipts: executed.receipts,
        nodes_used: state.nodes_used().to_vec(),
        codes_used: state.codes_used().to_vec(),
        header: block.sealed,
        checks,
        phases,
    })
}

fn check_budget(witness: &Witness, budget: &Budget) -> Result<()> {
    for (at, count) in
        [("witness.state", witness.nodes.len()), ("witness.codes", witness.codes.len())]
    {
        if count > budget.nodes {
            let error =
                Error::new(Code::TooManyNodes).expected(format_args!("at most {}", budget.nodes));
            return Err(Box::new(error.actual(count).at(at)));
        }
    }
    Ok(())
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

/// All changes of a block whose transactions were written one by one.
fn merge(written: Vec<Changes>, last: Changes) -> Changes {
    if written.is_empty() {
        return last;
    }
    let mut merged = BTreeMap::new();
    for (address, change) in written.into_iter().flatten().chain(last) {
        let all: &mut weakstate_trees::state::AccountChange = merged.entry(address).or_default();
        if change.storage_cleared {
            all.storage_cleared = true;
            all.slots.clear();
        }
        all.account = change.account;
        let mut slots: BTreeMap<_, _> = all.slots.drain(..).collect();
        slots.extend(change.slots);
        all.slots = slots.into_iter().collect();
    }
    merged.into_iter().collect()
}

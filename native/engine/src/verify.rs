//! Verifies a block from its witness, in eight steps; each has one party to blame.

use weakstate_codec::{Budget, Code, Error, Witness};
use weakstate_trees::state::{OpenedState, State};

use crate::Result;
use crate::anchor::{Ancestors, Anchor};
use crate::block::Block;
use crate::chain::Chain;
use crate::context::{Limits, Poll};
use crate::judge::{Case, judge};
use crate::touched::{Recording, Touched};
use crate::verified::{Phases, Verified};
use crate::written::Written;

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
/// The first refusal, with the party to blame; `too_slow` once `poll` answers `true`.
pub fn verify(request: &Request<'_>, poll: Poll<'_>) -> Result<Verified> {
    let (verified, ()) = verify_over(request, poll, |state| state, |state, _| (state, ()))?;
    Ok(verified)
}

/// As [`verify()`], and says what the block asked for.
///
/// # Errors
/// The same.
pub fn verify_touching(request: &Request<'_>, poll: Poll<'_>) -> Result<(Verified, Touched)> {
    verify_over(request, poll, Recording::new, |recording, oldest_hash| {
        (recording.state, Touched { oldest_hash, ..recording.touched })
    })
}

/// Verifies over the state that `wrap` makes of the witness's, which `unwrap` gives back with
/// what it learnt; it is also told the lowest number of a block whose hash was asked for.
fn verify_over<'w, S: State + std::fmt::Debug, T>(
    request: &Request<'w>,
    poll: Poll<'_>,
    wrap: impl FnOnce(OpenedState<'w>) -> S,
    unwrap: impl FnOnce(S, Option<u64>) -> (OpenedState<'w>, T),
) -> Result<(Verified, T)> {
    let phases = Phases::start();
    let Request { chain, anchor, witness, .. } = *request;

    // 1. The witness is well formed and leads to the block's parent; that is the anchor.
    check_budget(witness, request.budget)?;
    let block = Block::decode(request.block)?;
    let rules = chain.rules_at(block.header().number, block.header().timestamp)?;
    let (ancestors, _) = Ancestors::link(anchor, &witness.headers, &block.sealed)?;
    let pre_state_root = ancestors.state_root;
    let trust = anchor.status();

    // 2 to 8.
    let limits = Limits { memory: request.budget.memory, poll };
    let ancestry = request.ancestry;
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
    let judged =
        judge(case, phases, |root| OpenedState::open(&chain.layout(), root, witness).map(wrap))
            .map_err(|refused| refused.error)?;
    let Written { state, receipts, changes, created_codes, oldest_hash, .. } = judged.written;
    let (state, learnt) = unwrap(state, oldest_hash);
    let nodes_used = state.nodes_used().to_vec();
    let codes_used = state.codes_used().to_vec();
    drop(state);
    let mut phases = judged.phases;
    phases.end("post_state");
    let verified = Verified {
        fork: rules.fork.name(),
        pre_state_root,
        nodes_used,
        codes_used,
        receipts,
        changes,
        created_codes,
        checks: judged.checks,
        phases,
        header: block.sealed,
    };
    Ok((verified, learnt))
}

/// A witness must be no larger than the budget allows.
pub(crate) fn check_budget(witness: &Witness, budget: &Budget) -> Result<()> {
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

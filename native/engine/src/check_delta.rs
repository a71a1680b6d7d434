//! Holds a delta against a witness: whether it leads from the anchored state to the root of a
//! header. Nothing is executed, so the answer is about the delta and not about the block.

use alloy_primitives::B256;
use weakstate_codec::{Budget, Code, Delta, Error, Witness};
use weakstate_trees::state::{Layout, OpenedState, State};

use crate::Result;
use crate::anchor::{Ancestors, Anchor};
use crate::block::SealedHeader;
use crate::delta::{changes, codes, ends_with, same, starts_after};
use crate::verified::{Check, Status};
use crate::verify::check_budget;

/// What a [`Consistent`] says, and what it does not.
pub const MEANING: &str = "consistent, which is not valid: the delta leads from the anchored \
    state root to the header's, and nothing was executed";

/// A delta, and what it is held against.
#[derive(Debug)]
pub struct Claim<'a> {
    /// How the state lies in its tree.
    pub layout: Layout,
    /// What the caller trusts of the state before the delta's first block.
    pub anchor: &'a Anchor,
    /// Proves the part of that state that the delta changes: the block's own witness does.
    pub witness: &'a Witness,
    /// What the block changed.
    pub delta: &'a Delta,
    /// The header of the delta's last block. It is not judged.
    pub header: &'a SealedHeader,
    /// How large the witness may be.
    pub budget: &'a Budget,
}

/// A delta that leads from an anchored state root to a header's. Nothing but
/// [`check_delta`] makes one.
///
/// It proves consistency, not validity: whether a block may change the state so can only be
/// told by executing it.
#[derive(Debug)]
#[must_use = "it says which checks were proven and which only trusted"]
pub struct Consistent {
    header: SealedHeader,
    pre_state_root: B256,
    blocks: u64,
    checks: Vec<Check>,
    nodes_used: Vec<bool>,
}

impl Consistent {
    /// The header of the delta's last block, as it was given.
    pub fn header(&self) -> &SealedHeader {
        &self.header
    }

    /// The state root before.
    pub fn pre_state_root(&self) -> B256 {
        self.pre_state_root
    }

    /// How many blocks the delta covers.
    pub fn blocks(&self) -> u64 {
        self.blocks
    }

    /// Every check, in the order in which they were made; the execution is among the skipped.
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// For each node of the witness, whether it was needed.
    pub fn nodes_used(&self) -> &[bool] {
        &self.nodes_used
    }
}

/// Applies a delta to the part of the state that a witness proves, without executing.
///
/// # Errors
/// The first refusal, with the party to blame: `InvalidDelta` if the delta does not lead from
/// the anchor to the header, `InvalidWitness` and `NotWitnessed` if the witness does not prove
/// what the delta changes; `too_many_nodes`.
pub fn check_delta(claim: &Claim<'_>) -> Result<Consistent> {
    let Claim { layout, anchor, witness, delta, header, budget } = *claim;
    check_budget(witness, budget)?;

    // The delta starts at the anchor and ends with the header.
    let first = delta.number.saturating_sub(delta.blocks).saturating_add(1);
    let ancestors = Ancestors::before(anchor, &witness.headers, first, delta.parent_hash);
    let (ancestors, _) = ancestors.map_err(blame_delta)?;
    if let Some(parent) = &ancestors.parent {
        starts_after(delta, parent.header.number)?;
    }
    ends_with(delta, header)?;
    let root = ancestors.state_root;
    same(Code::DeltaWrongPreState, "pre_state_root", root, delta.pre_state_root)?;

    // The proof opens against the anchored root; nothing can be read before.
    let mut state = OpenedState::open(&layout, &root, witness)?;
    let changes = changes(delta, &mut state)?;
    let post_state_root = state.write(&changes, &codes(delta))?;
    let expected = header.header.state_root;
    same(Code::DeltaWrongPostState, "the state's root", expected, post_state_root)?;

    Ok(Consistent {
        header: header.clone(),
        pre_state_root: root,
        blocks: delta.blocks,
        checks: checks(anchor, delta),
        nodes_used: state.nodes_used().to_vec(),
    })
}

/// Here it is the delta that names the parent.
fn blame_delta(mut error: Box<Error>) -> Box<Error> {
    if error.code == Code::WrongParent {
        error.code = Code::DeltaWrongParent;
        if error.at == "header.parent_hash" {
            error.at = "parent_hash".to_owned();
        }
    }
    error
}

fn checks(anchor: &Anchor, delta: &Delta) -> Vec<Check> {
    let trust = anchor.status();
    let ancestry = match delta.blocks {
        1 => Status::Proven,
        _ => Status::Skipped("the headers in between are not given"),
    };
    vec![
        Check { name: "parent", status: trust },
        Check { name: "ancestry", status: ancestry },
        Check { name: "pre_state_root", status: trust },
        Check { name: "pre_state_values", status: Status::Proven },
        Check { name: "created_codes", status: Status::Proven },
        Check { name: "post_state_root", status: Status::Proven },
        Check {
            name: "execution",
            status: Status::Skipped("a delta proves consistency, not validity"),
        },
    ]
}

//! The result of a verification.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use alloy_primitives::{B256, Bytes};
use weakstate_trees::state::Changes;

use crate::block::SealedHeader;
use crate::receipt::Receipt;

/// How much a check says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It follows from the anchor.
    Proven,
    /// It rests on what the caller chose to trust.
    Trusted,
    /// It was not made, and why.
    Skipped(&'static str),
    /// The block's fork knows no such thing.
    NotApplicable,
}

/// One check and how it came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was checked.
    pub name: &'static str,
    /// How much it says.
    pub status: Status,
}

/// A block that [`verify`](crate::verify()) found valid. Nothing else makes one.
#[derive(Debug)]
#[must_use = "it says which checks were proven and which only trusted"]
pub struct Verified {
    pub(crate) header: SealedHeader,
    pub(crate) fork: &'static str,
    pub(crate) pre_state_root: B256,
    pub(crate) receipts: Vec<Receipt>,
    pub(crate) changes: Changes,
    pub(crate) created_codes: BTreeMap<B256, Bytes>,
    pub(crate) checks: Vec<Check>,
    pub(crate) phases: Phases,
    pub(crate) nodes_used: Vec<bool>,
    pub(crate) codes_used: Vec<bool>,
}

impl Verified {
    /// The block's header. Its state root is that of the post-state.
    pub fn header(&self) -> &SealedHeader {
        &self.header
    }

    /// The fork whose rules held.
    pub fn fork(&self) -> &'static str {
        self.fork
    }

    /// The state root before the block.
    pub fn pre_state_root(&self) -> B256 {
        self.pre_state_root
    }

    /// One receipt a transaction.
    pub fn receipts(&self) -> &[Receipt] {
        &self.receipts
    }

    /// What execution changed, in ascending order of address.
    pub fn changes(&self) -> &Changes {
        &self.changes
    }

    /// Codes that the block gave to accounts, by their hash.
    pub fn created_codes(&self) -> &BTreeMap<B256, Bytes> {
        &self.created_codes
    }

    /// Every check, in the order in which they were made.
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// Time that each phase took.
    pub fn phases(&self) -> &[(&'static str, Duration)] {
        &self.phases.done
    }

    /// For each node of the witness, whether it was needed.
    pub fn nodes_used(&self) -> &[bool] {
        &self.nodes_used
    }

    /// For each code of the witness, whether it was needed.
    pub fn codes_used(&self) -> &[bool] {
        &self.codes_used
    }
}

/// A stopwatch that names its laps.
#[derive(Debug)]
pub(crate) struct Phases {
    last: Instant,
    done: Vec<(&'static str, Duration)>,
}

impl Phases {
    pub(crate) fn start() -> Self {
        Self { last: Instant::now(), done: Vec::with_capacity(8) }
    }

    pub(crate) fn end(&mut self, name: &'static str) {
        let now = Instant::now();
        self.done.push((name, now.duration_since(self.last)));
        self.last = now;
    }
}

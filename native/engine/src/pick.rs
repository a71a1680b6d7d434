//! Which of the pending transactions come into a block: all that are valid when it is their
//! turn, and fit.

use std::cell::Cell;
use std::fmt::Debug;

use alloy_consensus::{Header, Transaction as _};
use alloy_primitives::B256;
use weakstate_codec::{Blame, Code, Error};
use weakstate_trees::Source;
use weakstate_trees::state::{State, Tables, WholeState};

use crate::assemble::Body;
use crate::blobs::GAS_PER_BLOB;
use crate::block::{Transaction, decode_transaction};
use crate::build::Building;
use crate::chain::{Fork, Rules};
use crate::execute::Execution;
use crate::{Result, body, sender};

/// A pending transaction that is not in the block.
#[derive(Clone, Debug)]
pub struct RefusedTransaction {
    /// Its place in the list that was given.
    pub index: usize,
    /// Why it is not. What does not fit any more is `block_gas_exhausted` (gas or blobs),
    /// `block_too_large` or `too_slow`; it may come into a later block.
    pub reason: Box<Error>,
}

/// Takes pending transactions for as long as it may.
pub struct Picker<'a> {
    building: &'a Building<'a>,
    rules: &'a Rules,
    /// Whether transactions are taken: not yet, or not any more, when it is closed.
    open: Cell<bool>,
    /// Whether the whole build is to stop.
    stopped: Cell<bool>,
}

impl<'a> Picker<'a> {
    /// Has taken nothing yet.
    pub fn new(building: &'a Building<'a>, rules: &'a Rules) -> Self {
        Self { building, rules, open: Cell::new(false), stopped: Cell::new(false) }
    }

    /// Whether to stop what is being executed.
    pub fn stops(&self) -> bool {
        self.is_over() || (self.open.get() && self.closes())
    }

    /// Whether the whole build is to stop.
    fn is_over(&self) -> bool {
        self.stopped.set(self.stopped.get() || (self.building.limits.poll)());
        self.stopped.get()
    }

    fn closes(&self) -> bool {
        self.building.closes.is_some_and(|closes| closes())
    }

    /// Executes the transactions that come into the block, and puts them into `body`.
    ///
    /// # Errors
    /// What no transaction is to blame for: `too_slow`, or a hole.
    pub fn pick<'s, T, N>(
        &self,
        execution: &mut Execution<'_, WholeState<'s, T, N>>,
        body: &mut Body<'a>,
    ) -> Result<Vec<RefusedTransaction>>
    where
        T: Tables + Debug,
        N: Source<'s> + Debug,
    {
        let mut refused = Vec::new();
        self.open.set(true);
        for (index, raw) in self.building.transactions.iter().enumerate() {
            let mark = execution.mark();
            let taken = match self.closes() {
                true => Err(Box::new(Error::new(Code::TooSlow).actual("no time left for it"))),
                false => self.take(execution, body, raw),
            };
            let Err(mut reason) = taken else { continue };
            if !self.is_to_blame(&reason) {
                return Err(reason);
            }
            execution.forget(mark);
            reason.at = format!("transaction {index}");
            refused.push(RefusedTransaction { index, reason });
        }
        self.open.set(false);
        Ok(refused)
    }

    /// Whether an error is the transaction's fault: the block can do without it.
    fn is_to_blame(&self, error: &Error) -> bool {
        match error.code {
            Code::TooSlow => !self.is_over(),
            Code::TooMuchMemory => true,
            _ => error.blame() == Blame::InvalidBlock,
        }
    }

    fn take<S: State + Debug>(
        &self,
        execution: &mut Execution<'_, S>,
        body: &mut Body<'a>,
        raw: &'a [u8],
    ) -> Result<()> {
        let transaction = decode_transaction(raw)?;
        let blobs = transaction.blob_versioned_hashes().map_or(0, <[B256]>::len) as u64;
        // What is cheap to find comes first: most of a long list does not fit.
        execution.check_gas(&transaction)?;
        self.check_blobs(body, blobs)?;
        self.check_size(execution, body, &transaction, raw, blobs)?;
        let sender = sender::sender(&transaction, self.building.chain.id, self.rules)?;
        execution.transact(&transaction, sender)?;
        body.push(raw, blobs);
        Ok(())
    }

    /// More blobs than any block holds are a fault that executing finds.
    fn check_blobs(&self, body: &Body<'_>, blobs: u64) -> Result<()> {
        let max = self.rules.blobs.map_or(0, |schedule| schedule.max);
        let left = max.saturating_sub(body.blobs());
        if blobs <= left || blobs > max {
            return Ok(());
        }
        let error = Error::new(Code::BlockGasExhausted).expected(format_args!("{left} blobs"));
        Err(Box::new(error.actual(blobs)))
    }

    /// The block's length may not yet be known to the byte: the gas of this transaction is in
    /// it. Its limit stands for it.
    fn check_size<S: State + Debug>(
        &self,
        execution: &Execution<'_, S>,
        body: &Body<'_>,
        transaction: &Transaction,
        raw: &[u8],
        blobs: u64,
    ) -> Result<()> {
        if !self.rules.since(Fork::Osaka) {
            return Ok(());
        }
        let header = execution.header();
        let gas_used = header.gas_limit - execution.gas_left() + transaction.gas_limit();
        let blob_gas_used = Some(body.blob_gas() + blobs * GAS_PER_BLOB);
        let header = Header { gas_used, blob_gas_used, ..header.clone() };
        body::check_size(body.size_with(&header, raw), self.rules)
    }
}

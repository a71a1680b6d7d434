//! Executes a block over a state: step 5 of [`verify`](crate::verify()).
//!
//! We drive the block ourselves, so that what the state cannot answer comes out as that and
//! nothing else, and so that the DAO fork's transfer precedes the transactions.

use std::fmt::Debug;

use alloy_consensus::{Header, Transaction as _};
use alloy_eips::eip4895::Withdrawal;
use alloy_eips::eip7685::Requests;
use alloy_primitives::{Address, Log, U256};
use revm::context::result::ExecutionResult;
use revm::context::{BlockEnv, CfgEnv};
use revm::context_interface::block::BlobExcessGasAndPrice;
use revm::context_interface::cfg::gas_params::GasId;
use weakstate_codec::{Code, Error};
use weakstate_trees::Source;
use weakstate_trees::state::{Changes, State, Tables, WholeState};

use crate::block::{Block, SealedHeader, Transaction, at_transaction};
use crate::chain::{Chain, Fork, Gas, Rules};
use crate::context::Limits;
use crate::evm::BlockEvm;
use crate::overlay::{Mark, Overlay};
use crate::receipt::{Outcome, Receipt};
use crate::{Result, blobs, reward, system, transaction, witness_gas};

/// What executing a block came to.
#[derive(Debug, Default)]
pub struct Executed {
    /// One receipt a transaction.
    pub receipts: Vec<Receipt>,
    /// Gas that all transactions used.
    pub gas_used: u64,
    /// What the block asks of the beacon chain, from Prague on.
    pub requests: Option<Requests>,
    /// Changes that were written while executing, before Byzantium.
    pub written: Vec<Changes>,
}

/// Executes `block`, whose transactions were sent by `senders`, over `overlay`.
///
/// # Errors
/// A hole in the state; `block_gas_exhausted` and the other codes of transactions; the codes
/// of system calls; `too_much_memory`, `too_slow` past `limits`.
pub fn execute<S: State + Debug>(
    overlay: Overlay<S>,
    chain: &Chain,
    rules: &Rules,
    block: &Block<'_>,
    senders: &[Address],
    limits: Limits<'_>,
) -> (Result<Executed>, Overlay<S>) {
    let mut execution = Execution::new(overlay, chain, rules, block.header(), limits);
    let run = execution.run(block, senders);
    let (executed, overlay) = execution.end(run);
    (executed.map(|(executed, ())| executed), overlay)
}

/// A block under way: opened, then one transaction after the other, then closed.
#[derive(Debug)]
pub struct Execution<'a, S: State> {
    evm: BlockEvm<'a, S>,
    chain: &'a Chain,
    rules: &'a Rules,
    header: &'a Header,
    executed: Executed,
    /// Deposits that the transactions have logged, one after the other.
    deposits: Vec<u8>,
}

impl<'a, S: State + Debug> Execution<'a, S> {
    /// A block over `overlay`. Of `header` only what stands before executing is looked at.
    pub fn new(
        overlay: Overlay<S>,
        chain: &'a Chain,
        rules: &'a Rules,
        header: &'a Header,
        limits: Limits<'a>,
    ) -> Self {
        let mut cfg = configuration(chain, rules);
        cfg.memory_limit = limits.memory as u64;
        let environment = block_environment(header, rules);
        let evm = BlockEvm::new(overlay, environment, cfg, limits, chain);
        let executed = Executed::default();
        Self { evm, chain, rules, header, executed, deposits: Vec::new() }
    }

    fn run(&mut self, block: &Block<'_>, senders: &[Address]) -> Result<()> {
        self.executed.receipts.reserve(block.transactions.len());
        self.open()?;
        for (index, (transaction, sender)) in block.transactions.iter().zip(senders).enumerate() {
            self.transact(transaction, *sender).map_err(|error| at_transaction(error, index))?;
        }
        self.close(&block.ommers, block.withdrawals.as_deref().unwrap_or_default())
    }

    /// Does what comes before the transactions.
    pub fn open(&mut self) -> Result<()> {
        let dao = reward::dao_fork(self.evm.overlay(), self.chain, self.header.number);
        dao.map_err(|hole| self.evm.fault(hole.into()))?;
        system::before(&mut self.evm, self.header, self.rules)
    }

    /// Says to the access list which step comes now: the first after the transactions so far.
    fn enter(&mut self) {
        let index = self.executed.receipts.len() as u64 + 1;
        self.evm.overlay().enter(index);
    }

    /// Gas that is left in the block.
    pub fn gas_left(&self) -> u64 {
        self.header.gas_limit.saturating_sub(self.executed.gas_used)
    }

    /// Whether the gas that is left suffices for a transaction.
    pub fn check_gas(&self, transaction: &Transaction) -> Result<()> {
        let left = self.gas_left();
        if transaction.gas_limit() <= left {
            return Ok(());
        }
        let error = Error::new(Code::BlockGasExhausted).expected(format_args!("at most {left}"));
        Err(Box::new(error.actual(transaction.gas_limit())))
    }

    /// Executes the next transaction. One that is refused has changed nothing.
    pub fn transact(&mut self, transaction: &Transaction, sender: Address) -> Result<()> {
        self.check_gas(transaction)?;
        self.enter();
        let environment = transaction::environment(transaction, sender);
        let ty = environment.tx_type;
        let ran = self.evm.transact(environment);
        let (result, changes) = ran.map_err(|failure| self.evm.fault(failure))?;
        let cumulative_gas = self.executed.gas_used.saturating_add(result.tx_gas_used());
        let success = result.is_success();
        let logs = logs(result);
        if self.rules.since(Fork::Prague) {
            let deposits = system::deposits(&logs, self.chain.deposit_contract)?;
            self.deposits.extend_from_slice(&deposits);
        }
        self.evm.commit(changes).map_err(|failure| self.evm.fault(failure))?;
        let outcome = if self.rules.since(Fork::Byzantium) {
            Outcome::Success(success)
        } else {
            let (root, changes) = self.evm.overlay().write()?;
            self.evm.overlay().settle();
            self.executed.written.push(changes);
            Outcome::Root(root)
        };
        self.executed.gas_used = cumulative_gas;
        self.executed.receipts.push(Receipt { ty, outcome, cumulative_gas, logs });
        Ok(())
    }

    /// Does what comes after the transactions.
    pub fn close(&mut self, ommers: &[SealedHeader], withdrawals: &[Withdrawal]) -> Result<()> {
        self.enter();
        system::own(&mut self.evm, &self.chain.hooks.after)?;
        if self.chain.gas == Gas::Kaustinen6 {
            witness_gas::withdrawals(self.evm.overlay(), withdrawals);
        }
        let paid = reward::withdrawals(self.evm.overlay(), withdrawals)
            .and_then(|()| reward::mining(self.evm.overlay(), self.header, ommers, self.rules));
        paid.map_err(|hole| self.evm.fault(hole.into()))?;
        if self.rules.since(Fork::Prague) {
            self.executed.requests = Some(system::requests(&mut self.evm, &self.deposits)?);
        }
        Ok(())
    }

    /// The block's header, as far as it stands before executing.
    pub fn header(&self) -> &Header {
        self.header
    }

    /// What it all came to, unless `run` failed. The first hole outranks whatever the
    /// interpreter made of it.
    pub fn end<R>(mut self, run: Result<R>) -> (Result<(Executed, R)>, Overlay<S>) {
        if run.is_err() {
            self.evm.overlay().events.keep();
        }
        self.evm.overlay().tell_events();
        let hole = self.evm.overlay().take_hole();
        let executed = hole.map_or(run, Err).map(|result| (self.executed, result));
        (executed, self.evm.into_overlay())
    }
}

impl<'s, T: Tables + Debug, N: Source<'s> + Debug> Execution<'_, WholeState<'s, T, N>> {
    /// Everything that was read until now.
    pub fn mark(&mut self) -> Mark {
        self.evm.overlay().mark()
    }

    /// Forgets what was read since `mark` by a transaction that was refused.
    pub fn forget(&mut self, mark: Mark) {
        self.evm.recover();
        self.evm.overlay().forget(mark);
    }
}

fn logs(result: ExecutionResult) -> Vec<Log> {
    match result {
        ExecutionResult::Success { logs, .. } => logs,
        ExecutionResult::Revert { .. } | ExecutionResult::Halt { .. } => Vec::new(),
    }
}

fn block_environment(header: &Header, rules: &Rules) -> BlockEnv {
    let blob_fee = header.excess_blob_gas.zip(rules.blobs);
    BlockEnv {
        number: U256::from(header.number),
        beneficiary: header.beneficiary,
        timestamp: U256::from(header.timestamp),
        gas_limit: header.gas_limit,
        basefee: header.base_fee_per_gas.unwrap_or_default(),
        difficulty: header.difficulty,
        prevrandao: rules.since(Fork::Paris).then_some(header.mix_hash),
        blob_excess_gas_and_price: blob_fee.map(|(excess_blob_gas, schedule)| {
            BlobExcessGasAndPrice {
                excess_blob_gas,
                blob_gasprice: blobs::fee(excess_blob_gas, &schedule),
            }
        }),
        slot_num: header.slot_number.unwrap_or_default(),
    }
}

fn configuration(chain: &Chain, rules: &Rules) -> CfgEnv {
    let mut cfg = CfgEnv::new_with_spec(rules.spec).with_chain_id(chain.id);
    cfg.set_spec_and_mainnet_gas_params(rules.spec);
    if chain.gas == Gas::Kaustinen6 {
        // Codes are paid for by their chunks.
        cfg.gas_params.override_gas([(GasId::code_deposit_cost(), 0)]);
    }
    if let Some(schedule) = rules.blobs {
        cfg.blob_base_fee_update_fraction = Some(schedule.update_fraction);
        // From Osaka on a single transaction carries six blobs at most (EIP-7594).
        let per_transaction = if rules.since(Fork::Osaka) { 6 } else { schedule.max };
        cfg.max_blobs_per_tx = Some(per_transaction.min(schedule.max));
    }
    cfg
}

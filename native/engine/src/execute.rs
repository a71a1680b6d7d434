//! Executes a block over a state: step 5 of [`verify`](crate::verify()).
//!
//! We drive the block ourselves, so that what the state cannot answer comes out as that and
//! nothing else, and so that the DAO fork's transfer precedes the transactions.

use alloy_eips::eip7685::Requests;
use alloy_primitives::{Address, U256};
use revm::context::result::ExecutionResult;
use revm::context::{BlockEnv, CfgEnv};
use revm::context_interface::block::BlobExcessGasAndPrice;
use weakstate_codec::{Code, Error};
use weakstate_trees::state::{Changes, State};

use crate::block::Block;
use crate::chain::{Chain, Fork, Rules};
use crate::context::Limits;
use crate::evm::BlockEvm;
use crate::overlay::Overlay;
use crate::receipt::{Outcome, Receipt};
use crate::{Result, blobs, reward, system, transaction};

/// What executing a block came to.
#[derive(Debug)]
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
pub fn execute<S: State + std::fmt::Debug>(
    overlay: Overlay<S>,
    chain: &Chain,
    rules: &Rules,
    block: &Block<'_>,
    senders: &[Address],
    limits: Limits<'_>,
) -> (Result<Executed>, Overlay<S>) {
    let mut cfg = configuration(chain, rules);
    cfg.memory_limit = limits.memory as u64;
    let environment = block_environment(block, rules);
    let mut evm = BlockEvm::new(overlay, environment, cfg, limits);
    let executed = run(&mut evm, chain, rules, block, senders);
    // The first hole outranks whatever the interpreter made of it.
    let hole = evm.overlay().take_hole();
    (hole.map_or(executed, Err), evm.into_overlay())
}

fn run<S: State + std::fmt::Debug>(
    evm: &mut BlockEvm<'_, S>,
    chain: &Chain,
    rules: &Rules,
    block: &Block<'_>,
    senders: &[Address],
) -> Result<Executed> {
    let header = block.header();
    let dao = reward::dao_fork(evm.overlay(), chain, header.number);
    dao.map_err(|hole| evm.fault(hole.into()))?;
    system::before(evm, header, rules)?;

    let mut receipts: Vec<Receipt> = Vec::with_capacity(block.transactions.len());
    let mut written = Vec::new();
    let mut gas_used = 0u64;
    for (index, (transaction, sender)) in block.transactions.iter().zip(senders).enumerate() {
        evm.overlay().enter(index as u64 + 1);
        let place = |mut error: Box<Error>| {
            if error.at.is_empty() {
                error.at = format!("transaction {index}");
            }
            error
        };
        let environment = transaction::environment(transaction, *sender);
        let left = header.gas_limit.saturating_sub(gas_used);
        if environment.gas_limit > left {
            let error =
                Error::new(Code::BlockGasExhausted).expected(format_args!("at most {left}"));
            return Err(place(Box::new(error.actual(environment.gas_limit))));
        }
        let ty = environment.tx_type;
        let result = evm.transact(environment);
        let result = result.map_err(|failure| place(evm.fault(failure)))?;
        gas_used = gas_used.saturating_add(result.tx_gas_used());
        let outcome = if rules.since(Fork::Byzantium) {
            Outcome::Success(result.is_success())
        } else {
            let (root, changes) = evm.overlay().write()?;
            evm.overlay().settle();
            written.push(changes);
            Outcome::Root(root)
        };
        receipts.push(Receipt { ty, outcome, cumulative_gas: gas_used, logs: logs(result) });
    }

    evm.overlay().enter(block.transactions.len() as u64 + 1);
    let paid = reward::withdrawals(evm.overlay(), block)
        .and_then(|()| reward::mining(evm.overlay(), block, rules));
    paid.map_err(|hole| evm.fault(hole.into()))?;
    let requests = match rules.since(Fork::Prague) {
        true => Some(system::requests(evm, &receipts, chain)?),
        false => None,
    };
    Ok(Executed { receipts, gas_used, requests, written })
}

fn logs(result: ExecutionResult) -> Vec<alloy_primitives::Log> {
    match result {
        ExecutionResult::Success { logs, .. } => logs,
        ExecutionResult::Revert { .. } | ExecutionResult::Halt { .. } => Vec::new(),
    }
}

fn block_environment(block: &Block<'_>, rules: &Rules) -> BlockEnv {
    let header = block.header();
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
    if let Some(schedule) = rules.blobs {
        cfg.blob_base_fee_update_fraction = Some(schedule.update_fraction);
        // From Osaka on a single transaction carries six blobs at most (EIP-7594).
        let per_transaction = if rules.since(Fork::Osaka) { 6 } else { schedule.max };
        cfg.max_blobs_per_tx = Some(per_transaction.min(schedule.max));
    }
    cfg
}

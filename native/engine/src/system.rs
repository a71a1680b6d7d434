//! What the protocol itself does around a block's transactions: calls to system contracts,
//! and the requests that these and the deposit contract leave.
//!
//! Sources: EIP-2935, EIP-4788, EIP-6110, EIP-7002, EIP-7251, EIP-7685.

use alloy_consensus::Header;
use alloy_eips::eip7685::Requests;
use alloy_primitives::{Address, B256, Bytes, Log, address, b256};
use revm::Database as _;
use revm::context::result::ExecutionResult;
use weakstate_codec::{Code, Error};
use weakstate_trees::state::State;

use crate::Result;
use crate::chain::{Fork, Rules, SYSTEM_CALL_GAS, SystemCall};
use crate::evm::BlockEvm;
use crate::witness_gas;

const BEACON_ROOTS: Address = address!("000F3df6D732807Ef1319fB7B8bB8522d0Beac02");
const HISTORY: Address = address!("0000F90827F1C53a10cb7A02335B175320002935");
const WITHDRAWAL_REQUESTS: Address = address!("00000961Ef480Eb55e80D19ad83579A64c007002");
const CONSOLIDATION_REQUESTS: Address = address!("0000BBdDc7CE488642fb579F8B00f3a590007251");

const DEPOSIT_EVENT: B256 =
    b256!("649bbc62d0e31342afea4e5cd82d4049e7e1ee912fc0889aa790803be39038c5");

/// Calls that come before the transactions. A contract that is not there is no error.
pub fn before<S: State + std::fmt::Debug>(
    evm: &mut BlockEvm<'_, S>,
    header: &Header,
    rules: &Rules,
) -> Result<()> {
    if let Some(root) = header.parent_beacon_block_root.filter(|_| rules.since(Fork::Cancun)) {
        call(evm, BEACON_ROOTS, root.0.into())?;
    }
    if rules.since(Fork::Prague) {
        call(evm, HISTORY, header.parent_hash.0.into())?;
    }
    if evm.charges_access {
        let written = witness_gas::before_block(evm.overlay(), header);
        written.map_err(|hole| evm.fault(hole.into()))?;
    }
    own(evm, &evm.hooks.before)
}

/// Calls that a chain makes of its own. Nothing comes of one that fails.
pub fn own<S: State + std::fmt::Debug>(
    evm: &mut BlockEvm<'_, S>,
    calls: &[SystemCall],
) -> Result<()> {
    for call in calls {
        evm.system_call(call).map_err(|failure| evm.fault(failure))?;
    }
    Ok(())
}

/// The requests that a block leaves to the beacon chain, after `deposits`.
///
/// # Errors
/// `system_contract_missing`, `system_call_failed`, or a hole.
pub fn requests<S: State + std::fmt::Debug>(
    evm: &mut BlockEvm<'_, S>,
    deposits: &[u8],
) -> Result<Requests> {
    let mut requests = Requests::default();
    if !deposits.is_empty() {
        requests.push_request_with_type(0, deposits.to_vec());
    }
    for (ty, contract) in [(1, WITHDRAWAL_REQUESTS), (2, CONSOLIDATION_REQUESTS)] {
        let data = checked_call(evm, contract)?;
        if !data.is_empty() {
            requests.push_request_with_type(ty, data);
        }
    }
    Ok(requests)
}

fn call<S: State + std::fmt::Debug>(
    evm: &mut BlockEvm<'_, S>,
    contract: Address,
    data: Bytes,
) -> Result<ExecutionResult> {
    let result = evm.system_call(&SystemCall { contract, input: data, gas: SYSTEM_CALL_GAS });
    result.map_err(|failure| evm.fault(failure))
}

/// A call whose contract must be there and must succeed.
fn checked_call<S: State + std::fmt::Debug>(
    evm: &mut BlockEvm<'_, S>,
    contract: Address,
) -> Result<Bytes> {
    let at = format_args!("system contract {contract}");
    let account = evm.overlay().basic(contract);
    let account = account.map_err(|hole| evm.fault(hole.into()))?;
    if account.is_none_or(|account| account.is_empty_code_hash()) {
        return Err(Box::new(Error::new(Code::SystemContractMissing).at(at)));
    }
    match call(evm, contract, Bytes::new())? {
        ExecutionResult::Success { output, .. } => Ok(output.into_data()),
        _ => Err(Box::new(Error::new(Code::SystemCallFailed).at(at))),
    }
}

/// The deposits that a transaction logged, one after the other.
///
/// # Errors
/// `malformed_deposit`
pub fn deposits(logs: &[Log], contract: Address) -> Result<Vec<u8>> {
    let mut deposits = Vec::new();
    for log in logs {
        if log.address == contract && log.topics().first() == Some(&DEPOSIT_EVENT) {
            let deposit = read_deposit(&log.data.data).ok_or_else(|| {
                Box::new(Error::new(Code::MalformedDeposit).expected("576 bytes of five fields"))
            })?;
            deposits.extend_from_slice(&deposit);
        }
    }
    Ok(deposits)
}

/// The five fields of a deposit: their offset in the log's data, their place, their length.
const DEPOSIT_FIELDS: [(usize, usize, usize); 5] =
    [(0, 160, 48), (32, 256, 32), (64, 320, 8), (96, 384, 96), (128, 512, 8)];
const DEPOSIT_DATA: usize = 576;

/// The 192 bytes of a deposit; `None` if the log is not laid out as the contract does.
fn read_deposit(data: &[u8]) -> Option<Vec<u8>> {
    if data.len() != DEPOSIT_DATA {
        return None;
    }
    let mut deposit = Vec::with_capacity(192);
    for (head, place, len) in DEPOSIT_FIELDS {
        if word(data, head)? != place || word(data, place)? != len {
            return None;
        }
        deposit.extend_from_slice(data.get(place + 32..place + 32 + len)?);
    }
    Some(deposit)
}

fn word(data: &[u8], at: usize) -> Option<usize> {
    let (high, low) = data.get(at..at + 32)?.split_at_checked(24)?;
    let small = high.iter().all(|&byte| byte == 0);
    small.then(|| low.iter().fold(0, |word, &byte| word << 8 | usize::from(byte)))
}

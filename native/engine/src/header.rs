//! A header against its fork and its parent.
//!
//! Sources: Yellow Paper section 4.4.4; EIP-1559, 3675, 4788, 4844, 4895, 7685, 7892, 7918.

use std::cmp::Ordering;

use alloy_consensus::Header;
use alloy_consensus::constants::EMPTY_OMMER_ROOT_HASH;
use alloy_eips::eip1559::INITIAL_BASE_FEE;
use alloy_primitives::B64;
use weakstate_codec::{Code, Error};

use crate::chain::{Chain, Fork, Rules};
use crate::{Result, blobs, difficulty};

const MIN_GAS_LIMIT: u64 = 5_000;
/// A block's gas limit moves by less than this part of its parent's.
const GAS_LIMIT_BOUND_DIVISOR: u64 = 1_024;
/// A block may use this many times its gas target.
const ELASTICITY: u64 = 2;
/// A full block raises the base fee by this part of itself.
const BASE_FEE_DIVISOR: u128 = 8;
const MAX_EXTRA_DATA: usize = 32;
const DAO_EXTRA_DATA: &[u8] = b"dao-hard-fork";
const DAO_EXTRA_RANGE: u64 = 10;

/// Rules that need nothing but the header.
///
/// # Errors
/// The code of the first field that breaks a rule.
pub fn check_alone(header: &Header, chain: &Chain, rules: &Rules) -> Result<()> {
    check_fields(header, rules)?;
    if header.gas_used > header.gas_limit {
        return refuse(Code::GasUsedAboveLimit, header.gas_limit, header.gas_used, "gas_used");
    }
    if header.gas_limit > i64::MAX as u64 {
        return refuse(Code::WrongGasLimit, "at most 2^63 - 1", header.gas_limit, "gas_limit");
    }
    if header.extra_data.len() > MAX_EXTRA_DATA {
        let actual = format!("{} bytes", header.extra_data.len());
        return refuse(Code::WrongExtraData, "at most 32 bytes", actual, "extra_data");
    }
    check_dao_mark(header, chain)?;
    if rules.since(Fork::Paris) {
        if !header.difficulty.is_zero() {
            return refuse(Code::WrongDifficulty, 0, header.difficulty, "difficulty");
        }
        if header.nonce != B64::ZERO {
            return refuse(Code::WrongNonce, B64::ZERO, header.nonce, "nonce");
        }
        if header.ommers_hash != EMPTY_OMMER_ROOT_HASH {
            let expected = EMPTY_OMMER_ROOT_HASH;
            return refuse(Code::WrongOmmersHash, expected, header.ommers_hash, "ommers_hash");
        }
    }
    Ok(())
}

/// The fields that the fork knows, no more and no fewer.
fn check_fields(header: &Header, rules: &Rules) -> Result<()> {
    let fields = [
        (Fork::London, "base_fee_per_gas", header.base_fee_per_gas.is_some()),
        (Fork::Shanghai, "withdrawals_root", header.withdrawals_root.is_some()),
        (Fork::Cancun, "blob_gas_used", header.blob_gas_used.is_some()),
        (Fork::Cancun, "excess_blob_gas", header.excess_blob_gas.is_some()),
        (Fork::Cancun, "parent_beacon_block_root", header.parent_beacon_block_root.is_some()),
        (Fork::Prague, "requests_hash", header.requests_hash.is_some()),
        (Fork::Amsterdam, "block_access_list_hash", header.block_access_list_hash.is_some()),
        (Fork::Amsterdam, "slot_number", header.slot_number.is_some()),
    ];
    for (fork, name, present) in fields {
        match (rules.since(fork), present) {
            (true, false) => {
                let expected = format!("a field of {}", rules.fork.name());
                return refuse(Code::HeaderFieldMissing, expected, "nothing", name);
            }
            (false, true) => {
                let expected = format!("no such field at {}", rules.fork.name());
                return refuse(Code::HeaderFieldUnexpected, expected, "one", name);
            }
            _ => {}
        }
    }
    Ok(())
}

fn check_dao_mark(header: &Header, chain: &Chain) -> Result<()> {
    let Some(back) = chain.dao_block.and_then(|block| header.number.checked_sub(block)) else {
        return Ok(());
    };
    if back < DAO_EXTRA_RANGE && header.extra_data.as_ref() != DAO_EXTRA_DATA {
        return refuse(Code::WrongExtraData, "dao-hard-fork", &header.extra_data, "extra_data");
    }
    Ok(())
}

/// Rules that follow from the parent.
///
/// # Errors
/// The code of the first field that breaks a rule.
pub fn check_child(header: &Header, parent: &Header, chain: &Chain, rules: &Rules) -> Result<()> {
    if parent.number.checked_add(1) != Some(header.number) {
        let expected = parent.number.saturating_add(1);
        return refuse(Code::WrongNumber, expected, header.number, "number");
    }
    if header.timestamp <= parent.timestamp {
        let expected = format!("more than {}", parent.timestamp);
        return refuse(Code::WrongTimestamp, expected, header.timestamp, "timestamp");
    }
    check_gas_limit(header, parent, chain, rules)?;
    if let Some(expected) = base_fee(parent, chain, rules) {
        let actual = header.base_fee_per_gas.unwrap_or_default();
        if actual != expected {
            return refuse(Code::WrongBaseFee, expected, actual, "base_fee_per_gas");
        }
    }
    if let Some(expected) = excess_blob_gas(parent, rules) {
        let actual = header.excess_blob_gas.unwrap_or_default();
        if actual != expected {
            return refuse(Code::WrongExcessBlobGas, expected, actual, "excess_blob_gas");
        }
    }
    if !rules.since(Fork::Paris) {
        let expected = difficulty::next(header, parent, rules.fork);
        if header.difficulty != expected {
            return refuse(Code::WrongDifficulty, expected, header.difficulty, "difficulty");
        }
    }
    Ok(())
}

/// The base fee of a block after `parent`, from London on.
pub fn base_fee(parent: &Header, chain: &Chain, rules: &Rules) -> Option<u64> {
    let next = |parent| match is_london(parent, chain) {
        true => next_base_fee(parent),
        false => INITIAL_BASE_FEE,
    };
    rules.since(Fork::London).then(|| next(parent))
}

/// The excess blob gas of a block after `parent`, from Cancun on.
pub fn excess_blob_gas(parent: &Header, rules: &Rules) -> Option<u64> {
    let schedule = rules.blobs.filter(|_| rules.since(Fork::Cancun))?;
    Some(blobs::next_excess(parent, &schedule, rules.fork))
}

/// The gas limit nearest to `target` that a block after `parent` may have; without one, that
/// of the parent.
pub fn gas_limit(target: Option<u64>, parent: &Header, chain: &Chain, rules: &Rules) -> u64 {
    let (base, bound) = gas_limit_range(parent, chain, rules);
    let target = target.unwrap_or(base);
    let step = bound.saturating_sub(1);
    let least = base.saturating_sub(step).max(MIN_GAS_LIMIT);
    target.min(base.saturating_add(step)).max(least)
}

fn is_london(header: &Header, chain: &Chain) -> bool {
    chain.fork_at(header.number, header.timestamp).fork >= Fork::London
}

/// The base fee after `parent` (EIP-1559).
fn next_base_fee(parent: &Header) -> u64 {
    let base_fee = u128::from(parent.base_fee_per_gas.unwrap_or_default());
    let target = u128::from(parent.gas_limit / ELASTICITY);
    let used = u128::from(parent.gas_used);
    let delta = base_fee.saturating_mul(used.abs_diff(target)) / target.max(1) / BASE_FEE_DIVISOR;
    let next = match used.cmp(&target) {
        Ordering::Equal => base_fee,
        Ordering::Greater => base_fee.saturating_add(delta.max(1)),
        Ordering::Less => base_fee.saturating_sub(delta),
    };
    u64::try_from(next).unwrap_or(u64::MAX)
}

/// What a gas limit is held against, and by how much less than this it may differ.
fn gas_limit_range(parent: &Header, chain: &Chain, rules: &Rules) -> (u64, u64) {
    let mut base = parent.gas_limit;
    if rules.since(Fork::London) && !is_london(parent, chain) {
        base = base.saturating_mul(ELASTICITY);
    }
    (base, base / GAS_LIMIT_BOUND_DIVISOR)
}

fn check_gas_limit(header: &Header, parent: &Header, chain: &Chain, rules: &Rules) -> Result<()> {
    let (base, bound) = gas_limit_range(parent, chain, rules);
    if header.gas_limit.abs_diff(base) >= bound || header.gas_limit < MIN_GAS_LIMIT {
        let expected = format!("within {bound} of {base}, and at least {MIN_GAS_LIMIT}");
        return refuse(Code::WrongGasLimit, expected, header.gas_limit, "gas_limit");
    }
    Ok(())
}

fn refuse<T>(
    code: Code,
    expected: impl std::fmt::Display,
    actual: impl std::fmt::Display,
    field: &str,
) -> Result<T> {
    let error = Error::new(code).expected(expected).actual(actual);
    Err(Box::new(error.at(format_args!("header.{field}"))))
}

//! Blob gas: how its excess and its fee follow from the parent.
//!
//! Sources: EIP-4844, EIP-7691, EIP-7918.

use alloy_consensus::Header;
use alloy_primitives::U256;

use crate::chain::{BlobSchedule, Fork};

/// Gas of one blob.
pub const GAS_PER_BLOB: u64 = 1 << 17;
/// Execution gas that a blob is held to cost at least (EIP-7918).
const BLOB_BASE_COST: u64 = 1 << 13;

/// The excess blob gas after `parent`, by the schedule that holds after it.
pub fn next_excess(parent: &Header, schedule: &BlobSchedule, fork: Fork) -> u64 {
    let excess = parent.excess_blob_gas.unwrap_or_default();
    let used = parent.blob_gas_used.unwrap_or_default();
    let target = schedule.target.saturating_mul(GAS_PER_BLOB);
    let Some(above) = excess.saturating_add(used).checked_sub(target) else {
        return 0;
    };
    if fork < Fork::Osaka {
        return above;
    }
    let base_fee = u128::from(parent.base_fee_per_gas.unwrap_or_default());
    let floor = u128::from(BLOB_BASE_COST).saturating_mul(base_fee);
    let price = fee(excess, schedule).saturating_mul(u128::from(GAS_PER_BLOB));
    if floor <= price {
        return above;
    }
    let spare = u128::from(schedule.max.saturating_sub(schedule.target));
    let slowed = u128::from(used) * spare / u128::from(schedule.max.max(1));
    excess.saturating_add(u64::try_from(slowed).unwrap_or(u64::MAX))
}

/// Fee of a unit of blob gas in wei; the highest number there is, where it does not fit.
pub fn fee(excess: u64, schedule: &BlobSchedule) -> u128 {
    let numerator = U256::from(excess);
    let denominator = U256::from(schedule.update_fraction.max(1));
    // exp(numerator / denominator) by its Taylor series, in units of 1 / denominator.
    let mut sum = U256::ZERO;
    let mut term = denominator;
    for index in 1u64.. {
        if term.is_zero() {
            break;
        }
        let next = sum.checked_add(term).zip(term.checked_mul(numerator));
        let Some((grown, product)) = next else {
            return u128::MAX;
        };
        sum = grown;
        term = product / denominator / U256::from(index);
    }
    u128::try_from(sum / denominator).unwrap_or(u128::MAX)
}

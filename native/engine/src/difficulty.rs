//! The difficulty that a mined block must have.
//!
//! Sources: Yellow Paper section 4.3.4; EIP-2, 100, 649, 1234, 2384, 3554, 4345, 5133.

use alloy_consensus::Header;
use alloy_consensus::constants::EMPTY_OMMER_ROOT_HASH;
use alloy_primitives::U256;

use crate::chain::Fork;

const MIN_DIFFICULTY: u64 = 131_072;
/// A block's difficulty moves in steps of this part of its parent's.
const BOUND_DIVISOR: u64 = 2_048;
/// Number of blocks in which the bomb doubles.
const BOMB_PERIOD: u64 = 100_000;

/// The difficulty that `header` must have.
pub fn next(header: &Header, parent: &Header, fork: Fork) -> U256 {
    let step = parent.difficulty / U256::from(BOUND_DIVISOR);
    let elapsed = header.timestamp.saturating_sub(parent.timestamp);
    let minimum = U256::from(MIN_DIFFICULTY);
    let (up, down) = match fork {
        Fork::Frontier if elapsed < 13 => (1, 0),
        Fork::Frontier => (0, 1),
        // max(base - elapsed / period, -99)
        _ => {
            let (base, period) = match fork {
                _ if fork < Fork::Byzantium => (1, 10),
                _ if parent.ommers_hash == EMPTY_OMMER_ROOT_HASH => (1, 9),
                _ => (2, 9),
            };
            let late = elapsed / period;
            (u64::saturating_sub(base, late), late.saturating_sub(base).min(99))
        }
    };
    let raised = parent.difficulty.saturating_add(step.saturating_mul(U256::from(up)));
    let difficulty = raised.saturating_sub(step.saturating_mul(U256::from(down))).max(minimum);
    match bomb(header.number, fork) {
        Some(bomb) => difficulty.saturating_add(bomb).max(minimum),
        None => difficulty,
    }
}

/// What is added as the chain grows; every delay of it is a fork of its own.
fn bomb(number: u64, fork: Fork) -> Option<U256> {
    let delay = match fork {
        _ if fork < Fork::Byzantium => 0,
        Fork::Byzantium => 3_000_000,
        _ if fork < Fork::MuirGlacier => 5_000_000,
        _ if fork < Fork::London => 9_000_000,
        Fork::London => 9_700_000,
        Fork::ArrowGlacier => 10_700_000,
        _ => 11_400_000,
    };
    let exponent = (number.saturating_sub(delay) / BOMB_PERIOD).checked_sub(2)?;
    Some(U256::from(1) << usize::try_from(exponent).unwrap_or(usize::MAX).min(255))
}

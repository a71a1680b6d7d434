//! Balances that change without a transaction: mining rewards, withdrawals, the DAO fork.
//!
//! Sources: Yellow Paper section 11.3; EIP-649, EIP-779, EIP-1234, EIP-4895.

use alloy_consensus::Header;
use alloy_eips::eip4895::Withdrawal;
use alloy_primitives::{Address, U256, address};
use weakstate_trees::state::State;

use crate::block::SealedHeader;
use crate::chain::{Chain, Fork, Rules};
use crate::overlay::{Hole, Overlay};

const ETHER: u64 = 1_000_000_000_000_000_000;
const GWEI: u64 = 1_000_000_000;
const DAO_REFUND: Address = address!("bf4ed7b27f1d666546e30d74d50d173d20bca754");
/// The accounts whose ether the DAO fork moved, one address a line.
const DAO_ACCOUNTS: &str = include_str!("dao_accounts.txt");

/// Moves the DAO's ether, at the block of that fork, before its transactions.
pub fn dao_fork<S: State>(
    overlay: &mut Overlay<S>,
    chain: &Chain,
    number: u64,
) -> Result<(), Hole> {
    if chain.dao_block != Some(number) {
        return Ok(());
    }
    let accounts = DAO_ACCOUNTS.lines().filter_map(|line| line.parse::<Address>().ok());
    for account in accounts {
        let balance = overlay.drain(&account)?;
        overlay.credit(&DAO_REFUND, balance, true)?;
    }
    Ok(())
}

/// Pays the miner of a block and those of its ommers.
pub fn mining<S: State>(
    overlay: &mut Overlay<S>,
    header: &Header,
    ommers: &[SealedHeader],
    rules: &Rules,
) -> Result<(), Hole> {
    let reward = match rules.fork {
        _ if rules.since(Fork::Paris) => return Ok(()),
        _ if rules.since(Fork::Constantinople) => 2,
        _ if rules.since(Fork::Byzantium) => 3,
        _ => 5,
    };
    let reward = U256::from(reward) * U256::from(ETHER);
    let keep_empty = !rules.since(Fork::SpuriousDragon);
    let nephew = reward / U256::from(32) * U256::from(ommers.len());
    for ommer in ommers {
        let distance = header.number.saturating_sub(ommer.header.number);
        let share = U256::from(8u64.saturating_sub(distance));
        let paid = reward * share / U256::from(8);
        overlay.credit(&ommer.header.beneficiary, paid, keep_empty)?;
    }
    overlay.credit(&header.beneficiary, reward + nephew, keep_empty)
}

/// Pays the block's withdrawals.
pub fn withdrawals<S: State>(
    overlay: &mut Overlay<S>,
    withdrawals: &[Withdrawal],
) -> Result<(), Hole> {
    for withdrawal in withdrawals {
        let amount = U256::from(withdrawal.amount) * U256::from(GWEI);
        overlay.credit(&withdrawal.address, amount, false)?;
    }
    Ok(())
}

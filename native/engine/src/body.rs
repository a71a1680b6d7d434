//! A block's body against its header: step 3 of [`verify`](crate::verify()).

use alloy_consensus::Transaction as _;
use alloy_primitives::{B256, keccak256};
use weakstate_codec::{Code, Error};
use weakstate_trees::mpt::ordered_root;

use crate::Result;
use crate::blobs::GAS_PER_BLOB;
use crate::block::Block;
use crate::chain::{Fork, Rules};

/// Longest RLP of a block from Osaka on (EIP-7934).
const MAX_BLOCK_SIZE: usize = (10 << 20) - (2 << 20);

/// Checks that transactions, ommers, withdrawals and blobs are those that the header names.
///
/// # Errors
/// `block_too_large`, `malformed_block`, `wrong_transactions_root`, `wrong_ommers_hash`,
/// `wrong_withdrawals_root`, `invalid_blobs`, `wrong_blob_gas_used`.
pub fn check(block: &Block<'_>, rules: &Rules) -> Result<()> {
    let header = block.header();
    check_size(block.size, rules)?;
    let transactions_root = ordered_root(&block.raw_transactions);
    same(header.transactions_root, transactions_root, Code::WrongTransactionsRoot)?;
    same(header.ommers_hash, keccak256(block.raw_ommers), Code::WrongOmmersHash)?;
    match (&block.withdrawals, header.withdrawals_root) {
        (Some(_), Some(root)) => {
            same(root, ordered_root(&block.raw_withdrawals), Code::WrongWithdrawalsRoot)?;
        }
        (None, None) => {}
        (None, Some(_)) => return malformed("a list of withdrawals", "none"),
        (Some(_), None) => return malformed("no list of withdrawals", "one"),
    }
    check_blobs(block, rules)
}

/// Checks the length of a block's RLP.
///
/// # Errors
/// `block_too_large`
pub fn check_size(size: usize, rules: &Rules) -> Result<()> {
    if rules.since(Fork::Osaka) && size > MAX_BLOCK_SIZE {
        let error = Error::new(Code::BlockTooLarge).actual(format_args!("{size} bytes"));
        return Err(Box::new(error.expected(format_args!("at most {MAX_BLOCK_SIZE} bytes"))));
    }
    Ok(())
}

fn malformed(expected: &str, actual: &str) -> Result<()> {
    let error = Error::new(Code::MalformedBlock).expected(expected).actual(actual);
    Err(Box::new(error.at("block")))
}

/// Counts the blobs of the transactions, up to the fork's limit.
fn check_blobs(block: &Block<'_>, rules: &Rules) -> Result<()> {
    let (Some(expected), Some(schedule)) = (block.header().blob_gas_used, rules.blobs) else {
        return Ok(());
    };
    let mut blobs = 0;
    for (index, transaction) in block.transactions.iter().enumerate() {
        blobs += transaction.blob_versioned_hashes().map_or(0, <[B256]>::len) as u64;
        if blobs > schedule.max {
            let error = Error::new(Code::InvalidBlobs).actual(format_args!("{blobs} blobs so far"));
            let error = error.expected(format_args!("at most {} in a block", schedule.max));
            return Err(Box::new(error.at(format_args!("transaction {index}"))));
        }
    }
    let actual = blobs.saturating_mul(GAS_PER_BLOB);
    if actual != expected {
        let error = Error::new(Code::WrongBlobGasUsed).expected(actual).actual(expected);
        return Err(Box::new(error.at("header.blob_gas_used")));
    }
    Ok(())
}

/// Compares a hash in the header with the one that the block comes to.
pub(crate) fn same(header: B256, computed: B256, code: Code) -> Result<()> {
    if header == computed {
        return Ok(());
    }
    let field = code.slug().trim_start_matches("wrong_");
    let error = Error::new(code).expected(header).actual(computed);
    Err(Box::new(error.at(format_args!("header.{field}"))))
}

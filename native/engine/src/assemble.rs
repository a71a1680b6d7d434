//! The body of a block that is being built, and its encoding.

use alloy_consensus::Header;
use alloy_eips::eip4895::Withdrawal;
use alloy_rlp::{Encodable, Header as Prefix};

use crate::blobs::GAS_PER_BLOB;
use crate::block::is_list;

/// Transactions and withdrawals so far.
#[derive(Debug)]
pub struct Body<'a> {
    transactions: Vec<&'a [u8]>,
    /// Length of all transactions in the block's RLP.
    transactions_length: usize,
    /// The RLP of each withdrawal, from Shanghai on.
    withdrawals: Option<Vec<Vec<u8>>>,
    blobs: u64,
}

/// The RLP of no ommers.
const NO_OMMERS: u8 = 0xc0;

impl<'a> Body<'a> {
    /// A body without transactions.
    pub fn new(withdrawals: Option<&[Withdrawal]>) -> Self {
        let withdrawals = withdrawals.map(|list| list.iter().map(alloy_rlp::encode).collect());
        Self { transactions: Vec::new(), transactions_length: 0, withdrawals, blobs: 0 }
    }

    /// Appends a transaction that carries so many blobs.
    pub fn push(&mut self, transaction: &'a [u8], blobs: u64) {
        self.transactions.push(transaction);
        self.transactions_length += item_length(transaction);
        self.blobs += blobs;
    }

    /// The encodings of the transactions.
    pub fn transactions(&self) -> &[&'a [u8]] {
        &self.transactions
    }

    /// The encodings of the withdrawals.
    pub fn withdrawals(&self) -> Option<&[Vec<u8>]> {
        self.withdrawals.as_deref()
    }

    /// Number of blobs.
    pub fn blobs(&self) -> u64 {
        self.blobs
    }

    /// Gas of all blobs.
    pub fn blob_gas(&self) -> u64 {
        self.blobs.saturating_mul(GAS_PER_BLOB)
    }

    /// Length of the block's RLP with this header and one more transaction.
    pub fn size_with(&self, header: &Header, transaction: &[u8]) -> usize {
        let transactions = self.transactions_length + item_length(transaction);
        list_length(header.length() + self.length(transactions))
    }

    /// Length of the parts after the header, given that of all transactions.
    fn length(&self, transactions: usize) -> usize {
        let withdrawals = self.withdrawals.as_ref().map_or(0, |list| list_length(total(list)));
        list_length(transactions) + 1 + withdrawals
    }
}

/// The RLP of a block.
pub fn encode(header: &[u8], body: &Body<'_>) -> Vec<u8> {
    let payload_length = header.len() + body.length(body.transactions_length);
    let mut out = Vec::with_capacity(list_length(payload_length));
    Prefix { list: true, payload_length }.encode(&mut out);
    out.extend_from_slice(header);
    Prefix { list: true, payload_length: body.transactions_length }.encode(&mut out);
    for transaction in &body.transactions {
        if !is_list(transaction) {
            Prefix { list: false, payload_length: transaction.len() }.encode(&mut out);
        }
        out.extend_from_slice(transaction);
    }
    out.push(NO_OMMERS);
    if let Some(withdrawals) = &body.withdrawals {
        Prefix { list: true, payload_length: total(withdrawals) }.encode(&mut out);
        withdrawals.iter().for_each(|withdrawal| out.extend_from_slice(withdrawal));
    }
    out
}

/// Length of a transaction as an item: a legacy one is a list, others stand in a byte string.
fn item_length(transaction: &[u8]) -> usize {
    let len = transaction.len();
    if is_list(transaction) { len } else { list_length(len) }
}

/// Length of a list, or of a byte string that is longer than a byte, with its prefix.
fn list_length(payload: usize) -> usize {
    alloy_rlp::length_of_length(payload) + payload
}

fn total(items: &[Vec<u8>]) -> usize {
    items.iter().map(Vec::len).sum()
}

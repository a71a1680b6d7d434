//! Receipts, their root and their bloom.
//!
//! Sources: Yellow Paper section 4.4.1; EIP-658, EIP-2718.

use alloy_primitives::{B256, Bloom, Log};
use alloy_rlp::{Encodable, Header};
use weakstate_trees::{keccak, mpt};

/// What a transaction left behind.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// The transaction's type.
    pub ty: u8,
    /// How it ended.
    pub outcome: Outcome,
    /// Gas that it and those before it in the block used.
    pub cumulative_gas: u64,
    /// What it logged.
    pub logs: Vec<Log>,
}

/// How a transaction ended, as its receipt says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The state root after it, before Byzantium.
    Root(B256),
    /// Whether it succeeded.
    Success(bool),
}

/// Root and bloom of a block's receipts.
pub fn commit(receipts: &[Receipt]) -> (B256, Bloom) {
    let blooms = blooms(receipts);
    let encoded: Vec<Vec<u8>> =
        receipts.iter().zip(&blooms).map(|(receipt, bloom)| encode(receipt, bloom)).collect();
    let all = blooms.iter().fold(Bloom::ZERO, |all, bloom| all | *bloom);
    (mpt::ordered_root(&encoded), all)
}

/// The bloom of each receipt. Addresses and topics of the whole block are hashed at once,
/// each but once where it comes again in the same place of the next log, as it mostly does.
fn blooms(receipts: &[Receipt]) -> Vec<Bloom> {
    let mut inputs: Vec<&[u8]> = Vec::new();
    // For each receipt, where in `inputs` its items end, and items of before that it has too.
    let mut shares: Vec<(usize, Vec<usize>)> = Vec::with_capacity(receipts.len());
    // What stood last in each place of a log, and where that is in `inputs`.
    let mut last: [Option<(usize, &[u8])>; 5] = [None; 5];
    for receipt in receipts {
        let first = inputs.len();
        let mut again = Vec::new();
        for log in &receipt.logs {
            let topics = log.topics().iter().map(|topic| topic.as_slice());
            let items = std::iter::once(log.address.as_slice()).chain(topics);
            for (item, last) in items.zip(&mut last) {
                match last {
                    Some((index, same)) if *same == item => {
                        if *index < first && again.last() != Some(index) {
                            again.push(*index);
                        }
                    }
                    _ => {
                        *last = Some((inputs.len(), item));
                        inputs.push(item);
                    }
                }
            }
        }
        shares.push((inputs.len(), again));
    }
    let hashes = keccak::hash_all(&inputs);
    let mut start = 0;
    let bloom = |(end, again): &(usize, Vec<usize>)| {
        let own = hashes.get(std::mem::replace(&mut start, *end)..*end).unwrap_or_default();
        let mut bloom = Bloom::ZERO;
        own.iter().for_each(|hash| set(&mut bloom, hash));
        again.iter().filter_map(|&index| hashes.get(index)).for_each(|hash| set(&mut bloom, hash));
        bloom
    };
    shares.iter().map(bloom).collect()
}

/// Sets the three bits that a hash names in its first six bytes.
fn set(bloom: &mut Bloom, hash: &B256) {
    for pair in hash.0.chunks_exact(2).take(3) {
        let bit = pair.iter().fold(0, |bits, &byte| bits << 8 | usize::from(byte)) & 0x7ff;
        if let Some(byte) = bloom.0.get_mut(255 - bit / 8) {
            *byte |= 1 << (bit % 8);
        }
    }
}

fn encode(receipt: &Receipt, bloom: &Bloom) -> Vec<u8> {
    let mut logs = Vec::new();
    receipt.logs.iter().for_each(|log| log.encode(&mut logs));
    let logs_length = logs.len() + alloy_rlp::length_of_length(logs.len());
    let outcome_length = match receipt.outcome {
        Outcome::Root(root) => root.length(),
        Outcome::Success(success) => success.length(),
    };
    let payload_length =
        outcome_length + receipt.cumulative_gas.length() + bloom.length() + logs_length;
    let mut out = Vec::with_capacity(payload_length + 10);
    if receipt.ty != 0 {
        out.push(receipt.ty);
    }
    Header { list: true, payload_length }.encode(&mut out);
    match receipt.outcome {
        Outcome::Root(root) => root.encode(&mut out),
        Outcome::Success(success) => success.encode(&mut out),
    }
    receipt.cumulative_gas.encode(&mut out);
    bloom.encode(&mut out);
    Header { list: true, payload_length: logs.len() }.encode(&mut out);
    out.extend_from_slice(&logs);
    out
}

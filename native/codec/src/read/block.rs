//! Blocks as `eth_getBlockByNumber(…, true)` answers them.
//!
//! The block's RLP is made anew of its fields. What the answer says about itself (the hashes of
//! the block and its transactions) must come out again, so that a field lost on the way is
//! found here and never blamed on the block.

use alloy_consensus::{EMPTY_OMMER_ROOT_HASH, EthereumTxEnvelope, TxEip4844};
use alloy_eips::eip2718::Encodable2718;
use alloy_eips::eip4895::Withdrawal;
use alloy_primitives::keccak256;
use alloy_rlp::{Encodable, Header as RlpHeader};

use super::field::wrong;
use super::json::{Tree, place};
use super::witness::{check_hash, header_of};
use crate::{Code, Error};

/// Whether an object has what such an answer has.
pub(super) fn is_rpc(tree: &Tree<'_>) -> bool {
    let has = |key| matches!(tree.get(key, ""), Ok(Some(_)));
    has("parentHash") && has("transactionsRoot")
}

/// The block's RLP, made of its fields.
pub(super) fn from_rpc(tree: &Tree<'_>, at: &str) -> Result<Vec<u8>, Error> {
    if !matches!(tree, Tree::Object(_)) {
        return Err(wrong("RLP in hexadecimal, or a block's fields", tree.kind(), at));
    }
    let (header, mut payload) = header_of(tree, at)?;
    let Some(transactions) = list(tree, "transactions", at)? else {
        return Err(missing("full transactions (eth_getBlockByNumber with true)", "none")
            .at(place(at, "transactions")));
    };
    let ommers = list(tree, "uncles", at)?.unwrap_or_default();
    if !ommers.is_empty() || header.ommers_hash != EMPTY_OMMER_ROOT_HASH {
        let error = missing("the headers of the ommers, as debug_getRawBlock has them", "hashes");
        return Err(error.at(place(at, "uncles")));
    }
    let mut encoded = Vec::new();
    for (index, value) in transactions.iter().enumerate() {
        transaction(value, &format!("{}[{index}]", place(at, "transactions")), &mut encoded)?;
    }
    RlpHeader { list: true, payload_length: encoded.len() }.encode(&mut payload);
    payload.extend_from_slice(&encoded);
    RlpHeader { list: true, payload_length: 0 }.encode(&mut payload);
    match list(tree, "withdrawals", at)? {
        Some(values) if header.withdrawals_root.is_some() || !values.is_empty() => {
            let at = place(at, "withdrawals");
            let values = values.iter().enumerate();
            let withdrawals: Result<Vec<Withdrawal>, Error> =
                values.map(|(index, value)| value.parse(&format!("{at}[{index}]"))).collect();
            withdrawals?.encode(&mut payload);
        }
        None if header.withdrawals_root.is_some() => {
            let error = missing("withdrawals, as the header has their root", "none");
            return Err(error.at(place(at, "withdrawals")));
        }
        _ => {}
    }
    let mut rlp = Vec::with_capacity(payload.len() + 9);
    RlpHeader { list: true, payload_length: payload.len() }.encode(&mut rlp);
    rlp.extend_from_slice(&payload);
    Ok(rlp)
}

/// Appends a transaction as a block's RLP holds it.
fn transaction(tree: &Tree<'_>, at: &str, encoded: &mut Vec<u8>) -> Result<(), Error> {
    match tree {
        Tree::Object(_) => {}
        Tree::String(_) => {
            let error = missing("full transactions (eth_getBlockByNumber with true)", "a hash");
            return Err(error.at(at));
        }
        other => return Err(wrong("a transaction", other.kind(), at)),
    }
    if let Some(Tree::String(kind)) = tree.get("type", at)?
        && !matches!(kind.as_ref(), "0x0" | "0x1" | "0x2" | "0x3" | "0x4")
    {
        let expected = "0x0 to 0x4; debug_getRawBlock gives a block with others";
        let kind: String = kind.chars().take(16).collect();
        return Err(wrong(expected, &kind, &place(at, "type")));
    }
    let transaction: EthereumTxEnvelope<TxEip4844> = tree.parse(at)?;
    check_hash(tree, "hash", keccak256(transaction.encoded_2718()), at)?;
    transaction.network_encode(encoded);
    Ok(())
}

/// The list under `key`, if it is there.
fn list<'a, 'b>(tree: &'b Tree<'a>, key: &str, at: &str) -> Result<Option<&'b [Tree<'a>]>, Error> {
    match tree.get(key, at)? {
        None => Ok(None),
        Some(Tree::List(values)) => Ok(Some(values)),
        Some(other) => Err(wrong("a list", other.kind(), &place(at, key))),
    }
}

fn missing(expected: &str, actual: &str) -> Error {
    Error::new(Code::MissingField).expected(expected).actual(actual)
}

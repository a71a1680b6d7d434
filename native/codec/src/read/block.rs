//! Blocks as `eth_getBlockByNumber(…, true)` answers them.

use alloy_consensus::TxEnvelope;
use alloy_eips::eip2718::Encodable2718;
use alloy_eips::eip4895::Withdrawal;
use alloy_rlp::{Encodable, Header as RlpHeader};
use serde::de::DeserializeOwned;

use super::item::wrong;
use super::json::{Tree, place};
use super::witness::header_rlp;
use crate::{Code, Error};

/// Whether an object has what such an answer has.
pub(super) fn is_rpc(tree: &Tree<'_>) -> bool {
    let has = |key| matches!(tree.get(key, ""), Ok(Some(_)));
    has("parentHash") && has("transactions")
}

/// The block's RLP, made of its fields.
pub(super) fn from_rpc(tree: &Tree<'_>, at: &str) -> Result<Vec<u8>, Error> {
    if !is_rpc(tree) {
        return Err(wrong("a block", tree.kind(), at));
    }
    let header = header_rlp(tree, at)?;
    let transactions: Vec<TxEnvelope> = list(tree, "transactions", at, |value, at| {
        if matches!(value, Tree::String(_)) {
            let error = Error::new(Code::MissingField).actual("a hash");
            return Err(error.expected("transactions in full (second parameter true)").at(at));
        }
        parse(value, at)
    })?
    .unwrap_or_default();
    if let Some(ommers) = list(tree, "uncles", at, |_, _| Ok(()))?
        && !ommers.is_empty()
    {
        let error = Error::new(Code::MissingField).actual("their hashes");
        let error = error.expected("the headers of the ommers, as debug_getRawBlock has them");
        return Err(error.at(place(at, "uncles")));
    }
    let withdrawals: Option<Vec<Withdrawal>> = list(tree, "withdrawals", at, parse)?;
    let mut encoded = Vec::new();
    for transaction in &transactions {
        transaction.network_encode(&mut encoded);
    }
    let mut payload = header;
    RlpHeader { list: true, payload_length: encoded.len() }.encode(&mut payload);
    payload.extend_from_slice(&encoded);
    RlpHeader { list: true, payload_length: 0 }.encode(&mut payload);
    if let Some(withdrawals) = withdrawals {
        withdrawals.encode(&mut payload);
    }
    let mut rlp = Vec::with_capacity(payload.len() + 9);
    RlpHeader { list: true, payload_length: payload.len() }.encode(&mut rlp);
    rlp.extend_from_slice(&payload);
    Ok(rlp)
}

/// The elements of a list under `key`, if it is there.
fn list<T>(
    tree: &Tree<'_>,
    key: &str,
    at: &str,
    each: impl Fn(&Tree<'_>, &str) -> Result<T, Error>,
) -> Result<Option<Vec<T>>, Error> {
    let at = place(at, key);
    match tree.get(key, &at)? {
        None => Ok(None),
        Some(Tree::List(values)) => {
            let values = values.iter().enumerate();
            values
                .map(|(i, value)| each(value, &format!("{at}[{i}]")))
                .collect::<Result<_, _>>()
                .map(Some)
        }
        Some(other) => Err(wrong("a list", other.kind(), &at)),
    }
}

fn parse<T: DeserializeOwned>(tree: &Tree<'_>, at: &str) -> Result<T, Error> {
    serde_json::from_value(tree.to_value())
        .map_err(|error| Error::new(Code::MalformedField).actual(error).at(at))
}

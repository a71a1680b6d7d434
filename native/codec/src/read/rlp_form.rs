//! Blocks, and geth's witnesses, as RLP.
//!
//! Source: go-ethereum `core/stateless/encoding.go`: a witness is a list of headers, codes,
//! nodes and, in older ones, keys.

use super::FORMS;
use super::witness::in_order;
use crate::{BlobsBuilder, Budget, Code, Error, Item, Witness, rlp};

/// A block or a witness, told apart by its first part: a block's is a header.
pub(super) fn item(bytes: &[u8], at: &str, budget: &Budget) -> Result<Item, Error> {
    let (payload, rest) = rlp::list(bytes).ok_or_else(|| malformed("a list", at))?;
    if !rest.is_empty() {
        return Err(malformed("nothing after the list", at));
    }
    let Some((first, _)) = rlp::list(payload) else {
        let error = Error::new(Code::UnknownForm).expected(FORMS);
        return Err(error.actual("RLP whose first item is no list").at(at));
    };
    if rlp::string(first).is_some_and(|(hash, _)| hash.len() == 32) {
        return Ok(Item { block: Some(bytes.to_vec()), ..Item::default() });
    }
    Ok(Item { witness: Some(witness(bytes, at, budget)?), ..Item::default() })
}

/// A witness of three or four parts.
pub(super) fn witness(bytes: &[u8], at: &str, budget: &Budget) -> Result<Witness, Error> {
    let (payload, rest) = rlp::list(bytes).ok_or_else(|| malformed("a list", at))?;
    let parts = items(payload).ok_or_else(|| malformed("a list", at))?;
    let (&[headers, codes, state] | &[headers, codes, state, _]) = parts.as_slice() else {
        return Err(malformed("headers, codes, nodes and perhaps keys", at));
    };
    if !rest.is_empty() {
        return Err(malformed("nothing after the list", at));
    }
    let (headers, _) = rlp::list(headers).ok_or_else(|| malformed("a list of headers", at))?;
    let headers = items(headers).ok_or_else(|| malformed("a list of headers", at))?;
    Ok(Witness {
        nodes: strings(state, "nodes", at, budget)?,
        codes: strings(codes, "codes", at, budget)?,
        headers: in_order(headers.into_iter().map(<[u8]>::to_vec).collect()),
    })
}

fn strings(list: &[u8], what: &str, at: &str, budget: &Budget) -> Result<crate::Blobs, Error> {
    let (mut rest, _) = rlp::list(list).ok_or_else(|| malformed(what, at))?;
    let mut builder = BlobsBuilder::with_capacity(rest.len());
    while !rest.is_empty() {
        let (string, tail) = rlp::string(rest).ok_or_else(|| malformed(what, at))?;
        if builder.len() == budget.nodes {
            let error = Error::new(Code::TooManyNodes).at(what);
            return Err(error.expected(format_args!("at most {}", budget.nodes)));
        }
        if !builder.push(string) {
            return Err(Error::new(Code::InputTooLarge).expected("less than 4 GiB").at(what));
        }
        rest = tail;
    }
    Ok(builder.build())
}

/// The items of a list's payload, each with its prefix.
fn items(mut payload: &[u8]) -> Option<Vec<&[u8]>> {
    let mut items = Vec::new();
    while !payload.is_empty() {
        let (item, rest) = rlp::item(payload)?;
        items.push(item);
        payload = rest;
    }
    Some(items)
}

fn malformed(expected: &str, at: &str) -> Error {
    Error::new(Code::MalformedRlp).expected(expected).at(at)
}

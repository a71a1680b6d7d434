//! Witnesses as JSON: the answers of `debug_executionWitness`, old and new.

use alloy_consensus::Header;
use alloy_primitives::keccak256;
use alloy_rlp::Decodable;

use super::decode_hex;
use super::item::{hex, wrong};
use super::json::{Tree, place};
use crate::{Blobs, BlobsBuilder, Budget, Code, Error, PADDING, Witness};

/// Most headers that are read; verification takes no more than 256.
const MAX_HEADERS: usize = 4096;

pub(super) fn from_json(tree: &Tree<'_>, at: &str, budget: &Budget) -> Result<Witness, Error> {
    let Some(state) = tree.get("state", at)? else {
        return Err(Error::new(Code::MissingField).expected("state").at(place(at, "state")));
    };
    let nodes = blobs(state, &place(at, "state"), budget)?;
    let codes = match tree.get("codes", at)? {
        Some(codes) => blobs(codes, &place(at, "codes"), budget)?,
        None => Blobs::default(),
    };
    let headers = match tree.get("headers", at)? {
        Some(list) => headers(list, &place(at, "headers"))?,
        None => Blobs::default(),
    };
    Ok(Witness { nodes, codes, headers })
}

/// A list of hexadecimal strings, or a map from hashes to them: the hashes say nothing.
fn blobs(tree: &Tree<'_>, at: &str, budget: &Budget) -> Result<Blobs, Error> {
    let values: Vec<&Tree<'_>> = match tree {
        Tree::List(values) => values.iter().collect(),
        Tree::Object(entries) => entries.iter().map(|(_, value)| value).collect(),
        other => return Err(wrong("a list of hexadecimal strings", other.kind(), at)),
    };
    if values.len() > budget.nodes {
        let error =
            Error::new(Code::TooManyNodes).expected(format_args!("at most {}", budget.nodes));
        return Err(error.actual(values.len()).at(at));
    }
    let length: usize = values.iter().map(|value| digits(value).map_or(0, <[u8]>::len)).sum();
    let mut builder = BlobsBuilder::with_capacity(length / 2 + values.len() * PADDING);
    for (index, value) in values.iter().enumerate() {
        let Some(digits) = digits(value) else {
            return Err(wrong("a hexadecimal string", value.kind(), &format!("{at}[{index}]")));
        };
        if digits.len() % 2 != 0 {
            let error = Error::new(Code::MalformedHex).actual("an odd number of digits");
            return Err(error.at(format_args!("{at}[{index}]")));
        }
        let pushed: Result<(), Option<const_hex::FromHexError>> = builder
            .push_with(digits.len() / 2, |room| {
                const_hex::decode_to_slice(digits, room).map_err(Some)
            });
        pushed.map_err(|error| match error {
            Some(error) => {
                Error::new(Code::MalformedHex).actual(error).at(format_args!("{at}[{index}]"))
            }
            None => Error::new(Code::InputTooLarge).expected("less than 4 GiB").at(at),
        })?;
    }
    Ok(builder.build())
}

fn digits<'a>(value: &'a Tree<'_>) -> Option<&'a [u8]> {
    match value {
        Tree::String(text) => {
            let digits = text.as_bytes();
            Some(digits.strip_prefix(b"0x").unwrap_or(digits))
        }
        _ => None,
    }
}

/// Headers as RLP or as objects, in any order; the youngest comes last.
fn headers(tree: &Tree<'_>, at: &str) -> Result<Blobs, Error> {
    let Tree::List(values) = tree else {
        return Err(wrong("a list of headers", tree.kind(), at));
    };
    if values.len() > MAX_HEADERS {
        let error = Error::new(Code::TooManyNodes).expected(format_args!("at most {MAX_HEADERS}"));
        return Err(error.actual(values.len()).at(at));
    }
    let mut headers = Vec::with_capacity(values.len());
    for (index, value) in values.iter().enumerate() {
        let at = format!("{at}[{index}]");
        headers.push(match value {
            Tree::String(text) => decode_hex(text.as_bytes(), &at)?,
            Tree::Object(_) => header_rlp(value, &at)?,
            other => return Err(wrong("a header", other.kind(), &at)),
        });
    }
    Ok(in_order(headers))
}

/// Sorts headers by number. What is no header comes first, for verification to refuse.
pub(super) fn in_order(mut headers: Vec<Vec<u8>>) -> Blobs {
    headers.sort_by_cached_key(|rlp| Header::decode(&mut rlp.as_slice()).ok().map(|h| h.number));
    headers.iter().collect()
}

/// The RLP of a header that is given as an object, held against the hash given with it.
pub(super) fn header_rlp(tree: &Tree<'_>, at: &str) -> Result<Vec<u8>, Error> {
    let header: Header = serde_json::from_value(tree.to_value()).map_err(|error| {
        Error::new(Code::MalformedField).expected("a header").actual(error).at(at)
    })?;
    let rlp = alloy_rlp::encode(&header);
    if let Some(Tree::String(stated)) = tree.get("hash", at)? {
        let at = place(at, "hash");
        let computed = keccak256(&rlp);
        if hex(stated, &at)? != computed.as_slice() {
            let error = Error::new(Code::MalformedField).expected(computed);
            return Err(error.actual(stated).at(at));
        }
    }
    Ok(rlp)
}
